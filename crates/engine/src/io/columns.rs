//! The columns of a record type as a sheet has them: which there are, how they are called, and how a cell of one is read.

use std::collections::HashMap;

use kit::tidy::fold;
use kit::{Cell, Field, Kind, Lang, Noun, Refusal, Words};

use crate::parse;
use crate::sheet::{self, Table};

const YES: &str = "yes";
const NO: &str = "no";

/// What stands in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The record's id, by which an exported row finds its record whatever is masked.
    Id,
    /// A field, by its place in the field table.
    Field(usize),
    /// The same, by another name that people give it: it yields to a column that bears the field's own.
    Also(usize),
    /// Shown in an export and never read: what only a move may write.
    Shown,
    /// The row number of the file that a workbook of faults was made from.
    Line,
    /// The reasons in a workbook of faults.
    Reasons,
    /// What a row had more than its heading row, in a workbook of faults.
    Surplus,
}

/// Whether an import reads the field. An instant is never typed.
pub fn importable(field: &Field) -> bool {
    field.writable() && !matches!(field.kind, Kind::Moment)
}

/// Whether a file has a column for the field that is read: to be written, or to tell apart what another column names.
pub fn read_in(field: &Field) -> bool {
    importable(field) || field.apart
}

/// The fields of an export, by their places: all that an import reads, and of the others those that lists show.
pub fn exported(noun: &'static Noun) -> impl Iterator<Item = (usize, &'static Field)> {
    noun.fields.iter().enumerate().filter(|(_, field)| !field.hidden && (importable(field) || field.listed))
}

/// The heading of a field.
pub fn heading(words: &Words, lang: Lang, noun: &Noun, field: &Field) -> String {
    let key = format!("{}.{}", noun.name, field.name);
    let word = words.get(lang, &key);
    if read_in(field) { word.to_owned() } else { shown(words, lang, word) }
}

/// How a column is headed that is not read.
fn shown(words: &Words, lang: Lang, word: &str) -> String {
    words.fill(lang, "io.shown", &[("n", word.to_owned())])
}

/// Every heading that is understood: the words of all languages and the plain names, whatever the width and case, and what else people call a
/// field (`….also`: 身份证号 for 身份证件号).
pub struct Headings(HashMap<String, Place>);

impl Headings {
    pub fn of(words: &Words, noun: &'static Noun) -> Self {
        let mut all = HashMap::new();
        let mut add = |text: &str, place| {
            all.entry(fold(text)).or_insert(place);
        };
        // What is read comes first, so that a shown field of the same name takes nothing away.
        for (at, field) in noun.fields.iter().enumerate().filter(|(_, field)| read_in(field)) {
            for lang in Lang::ALL {
                add(&heading(words, *lang, noun, field), Place::Field(at));
            }
            add(field.name, Place::Field(at));
        }
        for lang in Lang::ALL {
            for (key, place) in [
                ("io.id", Place::Id),
                ("io.row", Place::Line),
                ("io.reasons", Place::Reasons),
                ("io.surplus", Place::Surplus),
            ] {
                add(words.get(*lang, key), place);
            }
            for field in noun.fields.iter().filter(|field| !importable(field) && !field.hidden) {
                let key = format!("{}.{}", noun.name, field.name);
                let word = words.get(*lang, &key);
                add(&shown(words, *lang, word), Place::Shown);
                add(word, Place::Shown);
            }
        }
        add("id", Place::Id);
        // What else a field is called comes last: it takes no other field's own name away.
        for (at, field) in noun.fields.iter().enumerate().filter(|(_, field)| importable(field)) {
            for lang in Lang::ALL {
                for name in also(words, *lang, &format!("{}.{}", noun.name, field.name)) {
                    add(&name, Place::Also(at));
                }
            }
        }
        Self(all)
    }

    pub fn find(&self, text: &str) -> Option<Place> {
        self.0.get(&fold(text)).copied()
    }
}

/// A column that an import reads.
pub struct Column {
    /// Its place in the sheet, from 0.
    pub at: usize,
    /// Its field's place in the field table.
    pub index: usize,
    pub field: &'static Field,
    choices: HashMap<String, &'static str>,
    /// The field whose code is meant where the text names no record, with its codes by what people write.
    or: Option<(usize, HashMap<String, &'static str>)>,
    /// What a sealed cell says when its key is away, in every language.
    sealed: Vec<String>,
}

/// The columns of a file.
pub struct Columns {
    pub id: Option<usize>,
    pub fields: Vec<Column>,
    /// Of a workbook of faults: what its rows had more than their heading row. As long as something stands there, it has no place.
    pub surplus: Vec<usize>,
    /// Headings that are not understood: left out, and said.
    pub ignored: Vec<String>,
}

impl Columns {
    /// # Errors
    /// `io.heading_twice` when two columns claim one field: nobody can know which of them is meant.
    pub fn of(words: &Words, noun: &'static Noun, table: &Table) -> Result<Self, Refusal> {
        let headings = Headings::of(words, noun);
        let mut columns = Self { id: None, fields: Vec::new(), surplus: Vec::new(), ignored: Vec::new() };
        let twice = |text: &str| Refusal::new("io.heading_twice").with("n", text);
        let mut others = Vec::new();
        for (at, text) in table.headings.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
            match headings.find(text) {
                Some(Place::Id) if columns.id.is_some() => return Err(twice(text)),
                Some(Place::Id) => columns.id = Some(at),
                Some(Place::Field(index)) if columns.of_field(index).is_some() => return Err(twice(text)),
                Some(Place::Field(index)) => columns.fields.extend(Column::new(words, noun, at, index)),
                Some(Place::Also(index)) => others.push((at, index, text)),
                Some(Place::Surplus) => columns.surplus.push(at),
                Some(Place::Shown | Place::Line | Place::Reasons) => {}
                None => columns.ignored.push(text.clone()),
            }
        }
        for (at, index, text) in others {
            if columns.of_field(index).is_some() {
                columns.ignored.push(text.clone());
            } else {
                columns.fields.extend(Column::new(words, noun, at, index));
            }
        }
        // In the order of the field table: a class is looked up in the school that stands before it, wherever the file has it. What only tells
        // others apart comes first.
        columns.fields.sort_by_key(|column| (!column.field.apart, column.index));
        Ok(columns)
    }

    /// The sheet's columns that are read.
    pub fn places(&self) -> impl Iterator<Item = usize> + '_ {
        self.id.into_iter().chain(self.fields.iter().map(|column| column.at)).chain(self.surplus.iter().copied())
    }

    /// The sheet's column of a field.
    pub fn of_field(&self, index: usize) -> Option<usize> {
        self.fields.iter().find(|column| column.index == index).map(|column| column.at)
    }
}

impl Column {
    fn new(words: &Words, noun: &Noun, at: usize, index: usize) -> Option<Self> {
        let field = noun.fields.get(index)?;
        let sealed = Lang::ALL.iter().filter(|_| field.sealed.is_some());
        let sealed = sealed.map(|lang| words.get(*lang, "ui.sealed").to_owned()).collect();
        let or = field.or.and_then(|other| Some((noun.index(other)?, choices(words, noun, noun.field(other)?))));
        Some(Self { at, index, field, choices: choices(words, noun, field), or, sealed })
    }

    /// The other field that a text which names no record means, with its code.
    pub fn instead(&self, text: &str) -> Option<(usize, Cell)> {
        let (index, codes) = self.or.as_ref()?;
        Some((*index, Cell::Text((*codes.get(&fold(text))?).to_owned())))
    }

    /// Whether the text is what a reader sees instead of the value: it means "unchanged".
    pub fn veiled(&self, text: &str) -> bool {
        self.field.mask.is_some() && (text.contains('*') || self.sealed.iter().any(|word| word == text))
    }

    /// Reads a cell that is no reference.
    pub fn read(&self, text: &str, pretend: Option<&str>) -> Result<Cell, Refusal> {
        if matches!(self.field.kind, Kind::Choice(_) | Kind::Bool) && !text.is_empty() {
            // Most cells are in their plain form already, and a roster has a hundred thousand of them.
            let code = self.choices.get(text).or_else(|| self.choices.get(&fold(text)));
            match code {
                Some(code) if matches!(self.field.kind, Kind::Bool) => return Ok(Cell::Bool(*code == YES)),
                Some(code) => return Ok(Cell::Text((*code).to_owned())),
                None => {}
            }
        }
        parse::cell(self.field, text, pretend)
    }
}

/// What else a heading or a choice is called in a language, with commas between.
fn also(words: &Words, lang: Lang, key: &str) -> Vec<String> {
    let key = format!("{key}.also");
    if words.has(&key) { words.get(lang, &key).split([',', '，']).map(str::to_owned).collect() } else { Vec::new() }
}

/// The codes of a choice by what people write: the codes themselves first, then the words of every language, and what else it is called there
/// (`….also`: 初一 for 七年级), with commas between.
fn choices(words: &Words, noun: &Noun, field: &Field) -> HashMap<String, &'static str> {
    let codes = match field.kind {
        Kind::Choice(codes) => codes,
        Kind::Bool => return yes_and_no(words, noun, field),
        _ => return HashMap::new(),
    };
    let mut all: HashMap<String, &'static str> = codes.iter().map(|code| (fold(code), *code)).collect();
    for lang in Lang::ALL {
        for code in codes {
            let key = format!("{}.{}.{code}", noun.name, field.name);
            all.entry(fold(words.get(*lang, &key))).or_insert(code);
            for name in also(words, *lang, &key) {
                all.entry(fold(&name)).or_insert(code);
            }
        }
    }
    all
}

/// What else a yes and a no of this field are called (`….yes.also`: 住校 for 是 under 是否寄宿).
fn yes_and_no(words: &Words, noun: &Noun, field: &Field) -> HashMap<String, &'static str> {
    let mut all = HashMap::new();
    for lang in Lang::ALL {
        for code in [YES, NO] {
            for name in also(words, *lang, &format!("{}.{}.{code}", noun.name, field.name)) {
                all.entry(fold(&name)).or_insert(code);
            }
        }
    }
    all
}

/// A choice as it is written: its word, or its code where the word would be read back as another choice.
pub fn choice_texts(words: &Words, lang: Lang, noun: &Noun, field: &Field) -> HashMap<&'static str, String> {
    let Kind::Choice(codes) = field.kind else { return HashMap::new() };
    let back = choices(words, noun, field);
    let text = |code: &'static str| {
        let word = words.get(lang, &format!("{}.{}.{code}", noun.name, field.name)).to_owned();
        (code, if back.get(&fold(&word)) == Some(&code) { word } else { code.to_owned() })
    };
    codes.iter().map(|code| text(code)).collect()
}

/// A field as a column to write.
pub fn written(words: &Words, lang: Lang, noun: &Noun, field: &'static Field) -> sheet::Column {
    let texts = choice_texts(words, lang, noun, field);
    let choices = match field.kind {
        Kind::Choice(codes) => codes.iter().filter_map(|code| texts.get(code).cloned()).collect(),
        Kind::Bool => ["io.yes", "io.no"].iter().map(|key| words.get(lang, key).to_owned()).collect(),
        _ => Vec::new(),
    };
    sheet::Column {
        heading: heading(words, lang, noun, field),
        hint: hint(words, lang, noun, field),
        width: 0,
        choices,
        required: field.required && importable(field),
        text: matches!(field.kind, Kind::Text { .. } | Kind::Ref(_)),
    }
}

fn hint(words: &Words, lang: Lang, noun: &Noun, field: &Field) -> String {
    let own = format!("{}.{}.hint", noun.name, field.name);
    if words.has(&own) {
        return words.get(lang, &own).to_owned();
    }
    match field.kind {
        Kind::Text { max } | Kind::Long { max } => words.fill(lang, "io.hint.text", &[("max", max.to_string())]),
        Kind::Int { min, max } => {
            words.fill(lang, "io.hint.number", &[("min", min.to_string()), ("max", max.to_string())])
        }
        Kind::Real { min, max } => {
            words.fill(lang, "io.hint.number", &[("min", min.to_string()), ("max", max.to_string())])
        }
        Kind::Date => words.get(lang, "io.hint.date").to_owned(),
        Kind::Bool | Kind::Choice(_) => words.get(lang, "io.hint.choice").to_owned(),
        Kind::Ref(target) => words.fill(lang, "io.hint.reference", &[("n", words.get(lang, target).to_owned())]),
        Kind::Moment => String::new(),
    }
}
