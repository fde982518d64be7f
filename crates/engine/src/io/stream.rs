//! A list as a file at any size: read at one moment and a batch at a time, and sent while it is read.
//!
//! A CSV file goes out as it grows. One that breaks in the middle ends its connection abnormally, so that nobody takes half a
//! list for a whole one. A workbook is whole only at its end: it grows in a nameless file of the system's (`TMPDIR`), which is gone
//! with whoever held it open, and is sent when it is finished or not at all.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Cursor, Error, Read, Seek, Write};
use std::path::Path;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use kit::{Noun, Refusal, Row, Scope};
use store::{Snapshot, StoreError, Walk};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::export::{Format, sheet_name};
use super::import::refusal_of;
use crate::app::Cx;
use crate::area::Kind;
use crate::ask;
use crate::pages::thousands;
use crate::save::{Refused, Typed};
use crate::sheet::{self, Book, Column, Out, SheetError};

/// Whoever takes nothing for so long has gone: the moment that is held for him costs the database.
const PATIENCE: Duration = Duration::from_mins(1);
/// Bytes of a finished workbook that are sent together.
const CHUNK: usize = 64 * 1024;
/// Labels that are remembered from batch to batch.
const LABELS: usize = 20_000;

/// What a file says of each row: its columns, and the lines of a batch.
pub trait Lines: Send + 'static {
    fn columns(&self) -> Vec<Column>;

    fn lines(
        &mut self,
        snapshot: &Snapshot,
        rows: Vec<Row>,
    ) -> impl Future<Output = Result<Vec<Vec<Out>>, StoreError>> + Send;
}

/// Records whose labels are wanted, by noun.
pub type Wanted = HashMap<&'static str, HashSet<Uuid>>;

/// What the records are called to which rows refer: asked once for each batch, remembered for the next.
pub struct Labels {
    known: HashMap<Uuid, String>,
    name: fn(&Cx, &'static Noun, &Row) -> String,
}

impl Labels {
    pub fn new(name: fn(&Cx, &'static Noun, &Row) -> String) -> Self {
        Self { known: HashMap::new(), name }
    }

    /// Reads what is not known yet; for the county, because who sees a row sees what it says.
    pub async fn learn(&mut self, cx: &Cx, snapshot: &Snapshot, wanted: Wanted) -> Result<(), StoreError> {
        if self.known.len() > LABELS {
            self.known.clear();
        }
        for (noun, ids) in wanted {
            let Some(kind) = cx.app.kind_of(noun) else { continue };
            let new: Vec<_> = ids.into_iter().filter(|id| !self.known.contains_key(id)).collect();
            let rows = snapshot.find_many(kind.noun, &new, &Scope::county()).await?;
            self.known.extend(rows.into_iter().map(|(id, row)| (id, (self.name)(cx, kind.noun, &row))));
        }
        Ok(())
    }

    pub fn get(&self, id: Uuid) -> Option<&String> {
        self.known.get(&id)
    }
}

/// A question as its list asks it, a saved view included, without the place: paging is the page's business, a file is the whole list.
///
/// # Errors
/// `Missing` for a view that is not there for this reader.
pub async fn question(cx: &Cx, kind: &Kind, asked: &Typed) -> Result<Vec<(String, String)>, Refused> {
    let mut asked = crate::views::asked(cx, kind, asked).await?.asked;
    asked.retain(|(name, _)| !["after", "before", "limit"].contains(&name.as_str()));
    Ok(asked)
}

/// A list of persons that is taken away is a reading of all of them, noted once before its first row is handed out. It concerns no one record
/// and no one field.
pub(super) async fn noted(cx: &Cx, noun: &'static Noun, rows: i64) -> Result<(), StoreError> {
    if noun.fields.iter().all(|field| field.hidden || field.class < kit::Class::Personal) {
        return Ok(());
    }
    let said = cx.app.words.fill(cx.lang, "export.noted", &[("n", thousands(rows))]);
    cx.app.store.note_reading(cx.now, cx.actor.account, noun, Uuid::nil(), "", &said).await
}

/// A list on its way into a file.
pub struct Flow<L> {
    snapshot: Snapshot,
    walk: Walk,
    lines: L,
    sheet: String,
}

impl<L: Lines> Flow<L> {
    /// Asks whether this reader may take the list away, and begins to read it. `asked` is what [`question`] says, `sheet` what the
    /// workbook's sheet is called.
    ///
    /// # Errors
    /// `Missing` without the right to read, `Forbidden` without the right to export, the faults of the question, more rows than a workbook
    /// can hold, too many who export at once.
    pub async fn open(
        cx: &Cx,
        kind: &Kind,
        asked: &Typed,
        format: Format,
        sheet: &str,
        lines: L,
    ) -> Result<Self, Refused> {
        if !cx.may(kind.noun.name, "read") {
            return Err(Refused::Missing);
        }
        if !cx.may(kind.noun.name, "export") {
            return Err(Refused::Forbidden);
        }
        let query = ask::query(cx, kind.noun, asked).map_err(Refused::Faults)?;
        let snapshot = cx.app.store.snapshot().await?;
        let walk = snapshot.walk(kind.noun, &query, cx.scope()).await?;
        let most = i64::from(sheet::MAX_ROWS) - 1;
        if format == Format::Xlsx && walk.total() > most {
            let (most, rows) = (thousands(most), thousands(walk.total()));
            return Err(Refusal::new("export.too_many_rows").with("most", most).with("n", rows).into());
        }
        noted(cx, kind.noun, walk.total()).await?;
        Ok(Self { snapshot, walk, lines, sheet: sheet_name(sheet) })
    }

    /// The lines of the next rows; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<Vec<Out>>>, StoreError> {
        let rows = self.snapshot.next(&mut self.walk).await?;
        if rows.is_empty() { Ok(None) } else { self.lines.lines(&self.snapshot, rows).await.map(Some) }
    }

    /// The same as text; the first piece has the headings.
    async fn next_text(&mut self, first: bool) -> Result<Option<Vec<u8>>, Refused> {
        let lines = self.next().await?;
        if lines.is_none() && !first {
            return Ok(None);
        }
        let columns = first.then(|| self.lines.columns());
        let piece = move || {
            let mut text = Vec::new();
            columns.map_or(Ok(()), |columns| sheet::csv_head(&mut text, &columns))?;
            sheet::csv_rows(&mut text, lines.into_iter().flatten())?;
            Ok(text)
        };
        apart(piece).await.map(Some)
    }

    /// The whole as a workbook.
    async fn book(&mut self) -> Result<Book, Refused> {
        let (name, columns) = (self.sheet.clone(), self.lines.columns());
        let mut book = apart(move || Book::begin(&name, columns)).await?;
        while let Some(lines) = self.next().await? {
            book = apart(move || {
                lines.into_iter().try_for_each(|line| book.push(line))?;
                Ok(book)
            })
            .await?;
        }
        Ok(book)
    }

    /// The whole in memory.
    ///
    /// # Errors
    /// The store; what a workbook cannot hold.
    pub async fn bytes(mut self, format: Format) -> Result<Vec<u8>, Refused> {
        if format == Format::Xlsx {
            let book = self.book().await?;
            return apart(move || {
                let mut out = Cursor::new(Vec::new());
                book.finish(&mut out)?;
                Ok(out.into_inner())
            })
            .await;
        }
        let mut all = Vec::new();
        while let Some(text) = self.next_text(all.is_empty()).await? {
            all.extend(text);
        }
        Ok(all)
    }

    /// The whole in a file, which appears when it is finished; answers how many bytes it has.
    ///
    /// # Errors
    /// The store; the disk; what a workbook cannot hold.
    pub async fn to_path(mut self, path: &Path, format: Format) -> Result<u64, Refused> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let (folder, path) = (folder.to_owned(), path.to_owned());
        let mut file = apart(move || Ok(tempfile::NamedTempFile::new_in(folder)?)).await?;
        if format == Format::Xlsx {
            let book = self.book().await?;
            file = apart(move || {
                let mut out = BufWriter::new(file);
                book.finish(&mut out)?;
                Ok(out.into_inner().map_err(std::io::IntoInnerError::into_error)?)
            })
            .await?;
        } else {
            let mut first = true;
            while let Some(text) = self.next_text(std::mem::take(&mut first)).await? {
                file = apart(move || file.write_all(&text).map(|()| file).map_err(SheetError::Io)).await?;
            }
        }
        apart(move || {
            let length = file.as_file().metadata()?.len();
            hand_over(file.as_file())?;
            file.persist(path).map_err(|error| error.error)?;
            Ok(length)
        })
        .await
    }

    /// The whole as an answer.
    ///
    /// # Errors
    /// As [`Flow::bytes`]; of a text, only what its first rows meet.
    pub async fn answer(mut self, name: &str, format: Format) -> Result<Response, Refused> {
        if format == Format::Csv {
            let first = self.next_text(true).await?.unwrap_or_default();
            return Ok(attached(name, format, Body::from_stream(as_it_grows(self, first))));
        }
        let book = self.book().await?;
        drop(self);
        let (file, length) = apart(move || {
            let file = tempfile::tempfile()?;
            let mut out = BufWriter::new(file);
            book.finish(&mut out)?;
            let mut file = out.into_inner().map_err(std::io::IntoInnerError::into_error)?;
            let length = file.stream_position()?.max(file.metadata()?.len());
            file.rewind()?;
            Ok((file, length))
        })
        .await?;
        let mut response = attached(name, format, Body::from_stream(try_unfold(file, piece)));
        response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
        Ok(response)
    }
}

/// A temporary file is its owner's alone; a finished one is his group's too, and nobody else's: it may be about persons.
fn hand_over(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o640))
}

/// A piece of the text, or its end. An end that never comes is a break.
enum Piece {
    Text(Vec<u8>),
    End,
}

/// Sends what is read while it is read. The task that reads waits for whoever takes, but not for ever.
fn as_it_grows<L: Lines>(
    mut flow: Flow<L>,
    first: Vec<u8>,
) -> impl futures_util::Stream<Item = Result<Bytes, Error>> + Send {
    let (pieces, taken) = mpsc::channel(1);
    tokio::spawn(async move {
        let mut next = Some(first);
        while let Some(text) = next {
            if pieces.send_timeout(Piece::Text(text), PATIENCE).await.is_err() {
                return;
            }
            next = match flow.next_text(false).await {
                Ok(next) => next,
                Err(refused) => {
                    tracing::error!(?refused, "an export broke in the middle");
                    return;
                }
            };
        }
        let _ = pieces.send_timeout(Piece::End, PATIENCE).await;
    });
    try_unfold(taken, |mut taken| async move {
        match taken.recv().await {
            Some(Piece::Text(text)) => Ok(Some((Bytes::from(text), taken))),
            Some(Piece::End) => Ok(None),
            None => Err(Error::other("the export broke in the middle")),
        }
    })
}

async fn piece(file: File) -> Result<Option<(Bytes, File)>, Error> {
    let read = move || {
        let (mut file, mut bytes) = (file, vec![0; CHUNK]);
        let length = file.read(&mut bytes)?;
        bytes.truncate(length);
        Ok((length > 0).then(|| (Bytes::from(bytes), file)))
    };
    tokio::task::spawn_blocking(read).await.map_err(Error::other)?
}

/// Something to take away; kept by no cache.
fn attached(name: &str, format: Format, body: Body) -> Response {
    let headers = [
        (header::CONTENT_TYPE, format.media_type().to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, body).into_response()
}

/// Work for the processor and the disk, where it keeps nobody waiting.
pub(super) async fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SheetError> + Send + 'static,
) -> Result<T, Refused> {
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Refused::Broken(StoreError::Closed))?;
    done.map_err(|error| refusal_of(&error).into())
}
