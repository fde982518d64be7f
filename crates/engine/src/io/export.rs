//! Lists as files: what a reader sees in a list, complete, and in a form that an import takes back without changing anything.

use std::collections::HashMap;
use std::io::Cursor;
use std::path::Path;

use kit::{Cell, Field, Kind as FieldKind, Lang, Noun, Refusal, Row};
use store::{Snapshot, StoreError};

use super::columns::{choice_texts, exported, read_in, written};
use super::import::refusal_of;
use super::refs;
use super::stream::{self, Flow, Labels, Lines, Wanted};
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::save::Refused;
use crate::sheet::{self, Column, Out, SheetError, TemplateWords};
use crate::show;

/// The kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Xlsx,
    Csv,
}

impl Format {
    /// By the ending of a name; what is not `.csv` is a workbook.
    pub fn of(name: &Path) -> Self {
        let csv = name.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv"));
        if csv { Self::Csv } else { Self::Xlsx }
    }

    pub const fn ending(self) -> &'static str {
        match self {
            Self::Xlsx => "xlsx",
            Self::Csv => "csv",
        }
    }

    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Csv => "text/csv; charset=utf-8",
        }
    }
}

/// The file's name: the list and the day, nobody's name.
pub fn file_name(cx: &Cx, noun: &Noun, format: Format) -> String {
    format!("{}-{}.{}", noun.plural, cx.today(), format.ending())
}

/// Excel refuses longer names of sheets, in UTF-16 units, and these characters in them.
const SHEET_NAME: usize = 31;

pub(super) fn sheet_name(word: &str) -> String {
    let fit: String = word.chars().filter(|letter| !"[]:*?/\\'".contains(*letter)).take(SHEET_NAME).collect();
    if fit.is_empty() { "1".to_owned() } else { fit }
}

/// All rows of a filtered list, as this reader sees them, in memory: for lists that are known to be short.
///
/// # Errors
/// As [`Flow::open`].
pub async fn export(cx: &Cx, kind: &Kind, asked: &[(String, String)], format: Format) -> Result<Vec<u8>, Refused> {
    opened(cx, kind, asked, format).await?.bytes(format).await
}

/// The same into a file of one's own choice, at any size; answers how many bytes it has.
///
/// # Errors
/// As [`Flow::open`]; the disk. What is half written is taken away.
pub async fn export_to(cx: &Cx, kind: &Kind, asked: &[(String, String)], path: &Path) -> Result<u64, Refused> {
    let format = Format::of(path);
    opened(cx, kind, asked, format).await?.to_path(path, format).await
}

/// The same as the answer to a request, at any size.
///
/// # Errors
/// As [`Flow::open`].
pub async fn answer(
    cx: &Cx,
    kind: &Kind,
    asked: &[(String, String)],
    format: Format,
) -> Result<axum::response::Response, Refused> {
    let name = file_name(cx, kind.noun, format);
    opened(cx, kind, asked, format).await?.answer(&name, format).await
}

async fn opened(cx: &Cx, kind: &Kind, asked: &[(String, String)], format: Format) -> Result<Flow<Records>, Refused> {
    let asked = stream::question(cx, kind, asked).await?;
    let chosen = crate::views::chosen(kind, &asked)?;
    let name = cx.word(&format!("{}.plural", kind.noun.name)).to_owned();
    Flow::open(cx, kind, &asked, format, &name, Records::new(cx, kind.noun, chosen)).await
}

/// These rows, which the caller has read within the reader's scope, as a file.
pub async fn of_rows(cx: &Cx, noun: &'static Noun, rows: Vec<Row>, format: Format) -> Result<Vec<u8>, Refused> {
    stream::noted(cx, noun, i64::try_from(rows.len()).unwrap_or(i64::MAX)).await?;
    let mut records = Records::new(cx, noun, None);
    let lines = records.lines(&cx.app.store.snapshot().await?, rows).await?;
    let (name, columns) = (sheet_name(cx.word(&format!("{}.plural", noun.name))), records.columns());
    stream::apart(move || {
        let mut out = Cursor::new(Vec::new());
        match format {
            Format::Xlsx => sheet::write_xlsx(&mut out, &name, &columns, lines.into_iter())?,
            Format::Csv => sheet::write_csv(&mut out, &columns, lines.into_iter())?,
        }
        Ok(out.into_inner())
    })
    .await
}

/// A record's own columns: its id, by which an import finds it again, and its fields.
struct Records {
    cx: Cx,
    noun: &'static Noun,
    fields: Vec<(usize, &'static Field)>,
    labels: Labels,
    choices: HashMap<usize, HashMap<&'static str, String>>,
}

/// What a batch of rows says beyond its own cells, by field and row: sealed fields as they are shown.
type Masked = HashMap<usize, Vec<String>>;

impl Records {
    /// With the fields that were chosen, else with all that an import reads and a list shows.
    fn new(cx: &Cx, noun: &'static Noun, chosen: Option<Vec<&'static Field>>) -> Self {
        let fields: Vec<_> = match chosen {
            Some(chosen) => chosen.iter().filter_map(|field| Some((noun.index(field.name)?, *field))).collect(),
            None => exported(noun).collect(),
        };
        let coded = fields.iter().filter(|(_, field)| matches!(field.kind, FieldKind::Choice(_)));
        let choices = coded.map(|(index, field)| (*index, choice_texts(&cx.app.words, cx.lang, noun, field))).collect();
        Self { cx: cx.clone(), noun, fields, labels: Labels::new(refs::label), choices }
    }

    async fn read(&mut self, snapshot: &Snapshot, rows: &[Row]) -> Result<Masked, StoreError> {
        let mut wanted: Wanted = HashMap::new();
        let mut masked = HashMap::new();
        for (index, field) in &self.fields {
            if let FieldKind::Ref(target) = field.kind {
                wanted.entry(target).or_default().extend(rows.iter().filter_map(|row| row.cells.get(*index)?.id()));
            } else if field.sealed.is_some() {
                let clear = snapshot.reveal(self.noun, field.name, rows).await?;
                masked.insert(*index, show::veiled(&self.cx, self.noun, field, rows, clear));
            }
        }
        self.labels.learn(&self.cx, snapshot, wanted).await?;
        Ok(masked)
    }

    fn row(&self, masked: &Masked, at: usize, row: &Row) -> Vec<Out> {
        let id = Out::Text(row.id.to_string());
        let cells = self.fields.iter().map(|(index, field)| match (masked.get(index), row.cells.get(*index)) {
            (Some(masked), _) => text(masked.get(at)),
            (None, Some(cell)) => self.cell(*index, field, cell),
            (None, None) => Out::Empty,
        });
        std::iter::once(id).chain(cells).collect()
    }

    fn cell(&self, index: usize, field: &Field, cell: &Cell) -> Out {
        match cell {
            Cell::Text(code) if matches!(field.kind, FieldKind::Choice(_)) => {
                Out::Text(self.choices.get(&index).and_then(|words| words.get(code.as_str())).unwrap_or(code).clone())
            }
            Cell::Id(id) => text(self.labels.get(*id)),
            Cell::Int(fen) if field.yuan => Out::Text(crate::parse::yuan(*fen)),
            Cell::Int(size) if field.bytes => Out::Text(show::size(*size)),
            Cell::Int(int) if !matches!(field.kind, FieldKind::Moment) => Out::Int(*int),
            Cell::Real(real) => Out::Real(*real),
            Cell::Date(date) => Out::Date(*date),
            Cell::Bool(flag) => Out::Text(self.cx.word(if *flag { "io.yes" } else { "io.no" }).to_owned()),
            Cell::Null | Cell::Secret(_) => Out::Empty,
            cell => text(Some(&show::plain(&self.cx, self.noun, field, cell))),
        }
    }
}

fn text(text: Option<&String>) -> Out {
    text.filter(|text| !text.is_empty()).map_or(Out::Empty, |text| Out::Text(text.clone()))
}

impl Lines for Records {
    fn columns(&self) -> Vec<Column> {
        let words = &self.cx.app.words;
        let id =
            Column { heading: words.get(self.cx.lang, "io.id").to_owned(), width: 38, text: true, ..Column::default() };
        let fields = self.fields.iter().map(|(_, field)| written(words, self.cx.lang, self.noun, field));
        std::iter::once(id).chain(fields).collect()
    }

    async fn lines(&mut self, snapshot: &Snapshot, rows: Vec<Row>) -> Result<Vec<Vec<Out>>, StoreError> {
        let masked = self.read(snapshot, &rows).await?;
        Ok(rows.iter().enumerate().map(|(at, row)| self.row(&masked, at, row)).collect())
    }
}

/// The empty workbook of a record type: headings, hints, and the values that are allowed.
pub fn template_bytes(app: &App, kind: &Kind, lang: Lang) -> Result<Vec<u8>, SheetError> {
    let word = |key: &str| app.words.get(lang, key).to_owned();
    let fields = kind.noun.fields.iter().filter(|field| read_in(field));
    let columns: Vec<_> = fields.map(|field| written(&app.words, lang, kind.noun, field)).collect();
    let words = TemplateWords {
        sheet: word("io.notes"),
        notes: ["io.note.rows", "io.note.dates", "io.note.masked", "io.note.never"]
            .iter()
            .map(|key| word(key))
            .collect(),
        column: word("io.column"),
        required: word("io.required"),
        hint: word("io.hint"),
        choices: word("io.choices"),
        yes: word("io.yes"),
        no: word("io.no"),
    };
    let name = sheet_name(app.words.get(lang, &format!("{}.plural", kind.noun.name)));
    let mut out = Cursor::new(Vec::new());
    sheet::template(&mut out, &name, &columns, &words)?;
    Ok(out.into_inner())
}

/// Why a template cannot be had.
pub fn template_refused(error: &SheetError) -> Refused {
    let refusal: Refusal = refusal_of(error);
    refusal.into()
}
