//! Lists as files: what a reader sees in a list, complete, and in a form that an import takes back without changing anything.

use std::collections::{HashMap, HashSet};
use std::io::{BufWriter, Cursor, Seek, Write};
use std::path::Path;

use kit::{Cell, Field, Kind as FieldKind, Lang, Noun, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::columns::{choice_texts, exported, importable, written};
use super::import::refusal_of;
use super::refs;
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::ask;
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

fn sheet_name(word: &str) -> String {
    let fit: String = word.chars().filter(|letter| !"[]:*?/\\'".contains(*letter)).take(SHEET_NAME).collect();
    if fit.is_empty() { "1".to_owned() } else { fit }
}

/// All rows of a filtered list, as this reader sees them.
///
/// # Errors
/// As [`asked_rows`].
pub async fn export(cx: &Cx, kind: &Kind, asked: &[(String, String)], format: Format) -> Result<Vec<u8>, Refused> {
    let rows = asked_rows(cx, kind, asked).await?;
    of_rows(cx, kind.noun, rows, format).await
}

/// Paging is the page's business: a file is the whole list.
async fn whole(cx: &Cx, kind: &Kind, asked: &[(String, String)]) -> Result<Vec<Row>, Refused> {
    let asked: Vec<_> = asked
        .iter()
        .filter(|(name, _)| !["after", "before", "limit", "view"].contains(&name.as_str()))
        .cloned()
        .collect();
    let mut query = ask::query(cx, kind.noun, &asked).map_err(Refused::Faults)?;
    query.limit = u64::from(sheet::MAX_ROWS) - 1;
    let page = cx.app.store.list(kind.noun, &query, cx.scope()).await?;
    if page.next.is_some() {
        return Err(refusal_of(&SheetError::TooManyRows).into());
    }
    Ok(page.rows)
}

/// The same into a file of one's own choice; answers how many bytes it has.
pub async fn export_to(cx: &Cx, kind: &Kind, asked: &[(String, String)], path: &Path) -> Result<u64, Refused> {
    let bytes = export(cx, kind, asked, Format::of(path)).await?;
    let length = bytes.len() as u64;
    let path = path.to_owned();
    let write = move || BufWriter::new(std::fs::File::create(path)?).write_all(&bytes);
    let done = tokio::task::spawn_blocking(write).await.map_err(|_| Refused::Broken(StoreError::Closed))?;
    done.map_err(|error| Refused::Broken(StoreError::Folder(error)))?;
    Ok(length)
}

/// These rows, which the caller has read within the reader's scope, as a file.
pub async fn of_rows(cx: &Cx, noun: &'static Noun, rows: Vec<Row>, format: Format) -> Result<Vec<u8>, Refused> {
    let page = Page::load(cx, noun, rows).await?;
    let name = sheet_name(cx.word(&format!("{}.plural", noun.name)));
    let write = move || {
        let mut out = Cursor::new(Vec::new());
        page.write(&mut out, &name, format).map(|()| out.into_inner())
    };
    let written = tokio::task::spawn_blocking(write).await.map_err(|_| Refused::Broken(StoreError::Closed))?;
    written.map_err(|error| refusal_of(&error).into())
}

/// A table of an area's own making as a file.
pub async fn of_table(
    name: &str,
    columns: Vec<Column>,
    rows: Vec<Vec<Out>>,
    format: Format,
) -> Result<Vec<u8>, Refused> {
    let name = sheet_name(name);
    let write = move || {
        let mut out = Cursor::new(Vec::new());
        let written = match format {
            Format::Xlsx => sheet::write_xlsx(&mut out, &name, &columns, rows.into_iter()),
            Format::Csv => sheet::write_csv(&mut out, &columns, rows.into_iter()),
        };
        written.map(|()| out.into_inner())
    };
    let written = tokio::task::spawn_blocking(write).await.map_err(|_| Refused::Broken(StoreError::Closed))?;
    written.map_err(|error| refusal_of(&error).into())
}

/// The rows of a whole list, unpaged, that this reader may read, and only if he may take them away.
///
/// # Errors
/// `Missing` without the right to read, `Forbidden` without the right to export, the faults of the question, `sheet.too_many_rows`.
pub async fn asked_rows(cx: &Cx, kind: &Kind, asked: &[(String, String)]) -> Result<Vec<Row>, Refused> {
    if !cx.may(kind.noun.name, "read") {
        return Err(Refused::Missing);
    }
    if !cx.may(kind.noun.name, "export") {
        return Err(Refused::Forbidden);
    }
    whole(cx, kind, asked).await
}

/// Everything that the rows say, read beforehand, so that writing needs neither the database nor the keys.
struct Page {
    cx: Cx,
    noun: &'static Noun,
    rows: Vec<Row>,
    fields: Vec<(usize, &'static Field)>,
    labels: HashMap<Uuid, String>,
    /// Sealed fields as they are shown, by field and row.
    masked: HashMap<usize, Vec<String>>,
    choices: HashMap<usize, HashMap<&'static str, String>>,
}

impl Page {
    async fn load(cx: &Cx, noun: &'static Noun, rows: Vec<Row>) -> Result<Self, StoreError> {
        let fields: Vec<_> = exported(noun).collect();
        let mut wanted: HashMap<&'static str, HashSet<Uuid>> = HashMap::new();
        let (mut masked, mut choices) = (HashMap::new(), HashMap::new());
        for (index, field) in &fields {
            match field.kind {
                FieldKind::Ref(target) => {
                    wanted.entry(target).or_default().extend(rows.iter().filter_map(|row| row.cells.get(*index)?.id()));
                }
                FieldKind::Choice(_) => _ = choices.insert(*index, choice_texts(&cx.app.words, cx.lang, noun, field)),
                _ if field.sealed.is_some() => _ = masked.insert(*index, show::masked(cx, noun, field, &rows).await?),
                _ => {}
            }
        }
        let labels = refs::labels(cx, wanted).await?;
        Ok(Self { cx: cx.clone(), noun, rows, fields, labels, masked, choices })
    }

    fn columns(&self) -> Vec<Column> {
        let words = &self.cx.app.words;
        let id =
            Column { heading: words.get(self.cx.lang, "io.id").to_owned(), width: 38, text: true, ..Column::default() };
        let fields = self.fields.iter().map(|(_, field)| written(words, self.cx.lang, self.noun, field));
        std::iter::once(id).chain(fields).collect()
    }

    fn write(&self, out: impl Write + Seek + Send, name: &str, format: Format) -> Result<(), SheetError> {
        let rows = self.rows.iter().enumerate().map(|(at, row)| self.row(at, row));
        match format {
            Format::Xlsx => sheet::write_xlsx(out, name, &self.columns(), rows),
            Format::Csv => sheet::write_csv(out, &self.columns(), rows),
        }
    }

    fn row(&self, at: usize, row: &Row) -> Vec<Out> {
        let id = Out::Text(row.id.to_string());
        let cells = self.fields.iter().map(|(index, field)| match row.cells.get(*index) {
            Some(cell) => self.cell(at, *index, field, cell),
            None => Out::Empty,
        });
        std::iter::once(id).chain(cells).collect()
    }

    fn cell(&self, at: usize, index: usize, field: &Field, cell: &Cell) -> Out {
        let text = |text: Option<&String>| {
            text.filter(|text| !text.is_empty()).map_or(Out::Empty, |text| Out::Text(text.clone()))
        };
        if let Some(masked) = self.masked.get(&index) {
            return text(masked.get(at));
        }
        match cell {
            Cell::Text(code) if matches!(field.kind, FieldKind::Choice(_)) => {
                Out::Text(self.choices.get(&index).and_then(|words| words.get(code.as_str())).unwrap_or(code).clone())
            }
            Cell::Id(id) => text(self.labels.get(id)),
            Cell::Int(fen) if field.yuan => Out::Text(crate::parse::yuan(*fen)),
            Cell::Int(int) if !matches!(field.kind, FieldKind::Moment) => Out::Int(*int),
            Cell::Real(real) => Out::Real(*real),
            Cell::Date(date) => Out::Date(*date),
            Cell::Bool(flag) => Out::Text(self.cx.word(if *flag { "io.yes" } else { "io.no" }).to_owned()),
            Cell::Null | Cell::Secret(_) => Out::Empty,
            cell => text(Some(&show::plain(&self.cx, self.noun, field, cell))),
        }
    }
}

/// The empty workbook of a record type: headings, hints, and the values that are allowed.
pub fn template_bytes(app: &App, kind: &Kind, lang: Lang) -> Result<Vec<u8>, SheetError> {
    let word = |key: &str| app.words.get(lang, key).to_owned();
    let fields = kind.noun.fields.iter().filter(|field| importable(field));
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
