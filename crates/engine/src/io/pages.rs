//! Import and export in the browser and for programs: upload, preview, confirm; the faulty rows; lists and templates as files.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Extension, Multipart, Path};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kit::Refusal;
use uuid::Uuid;

use super::changes;
use super::export::{Format, answer, of_rows, template_bytes, template_refused};
use super::faults::write_faults;
use super::import::{Stopped, Summary, carry_out, message, read, read_and_plan};
use super::mend::{corrects, mend, tag, tags};
use super::plan::{self, Plan};
use super::quiet;
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::error::{Failure, Where, refused_page, render};
use crate::save::Refused;
use crate::sheet;
use crate::view;
use crate::web::{Asked, Posted, Reader, same, same_origin};

/// How long an uploaded file waits for its confirmation, in milliseconds.
const KEPT_MS: i64 = 30 * 60_000;
/// How many files wait at most, and how many bytes together; the oldest gives way.
const KEPT: usize = 20;
const KEPT_BYTES: usize = 256 * 1024 * 1024;
/// As many faults as a page shows; all of them are in the workbook.
pub(super) const SHOWN: usize = 100;
/// Room in an upload for what is not the file.
const EXTRA: usize = 64 * 1024;

pub fn routes() -> Router<Arc<App>> {
    let limit = usize::try_from(sheet::MAX_FILE).unwrap_or(usize::MAX).saturating_add(EXTRA);
    let uploads = Router::new()
        .route("/{plural}/import", get(ask).post(preview))
        .route("/api/v1/{plural}/import", post(super::api::import))
        .layer(DefaultBodyLimit::max(limit));
    Router::new()
        .merge(uploads)
        .route("/{plural}/import/confirm", post(confirm))
        .route("/{plural}/import/faults/{ticket}", get(faults))
        .route("/{plural}/import/missing/{ticket}", get(missing))
        .route("/{plural}/export.xlsx", get(export_xlsx))
        .route("/{plural}/export.csv", get(export_csv))
        .route("/{plural}/template.xlsx", get(template))
        .layer(Extension(Desk::default()))
}

/// An uploaded file that waits for its owner.
#[derive(Clone)]
struct Ticket {
    id: Uuid,
    owner: Uuid,
    plural: &'static str,
    name: String,
    /// What a workbook of this file's faults bears in the name of its sheet.
    tag: String,
    bytes: Bytes,
    at: i64,
}

/// Where uploaded files wait.
#[derive(Clone, Default)]
struct Desk(Arc<Mutex<Vec<Ticket>>>);

impl Desk {
    fn put(&self, ticket: Ticket) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|old| ticket.at - old.at < KEPT_MS);
        all.push(ticket);
        while all.len() > KEPT
            || all.len() > 1 && all.iter().map(|ticket| ticket.bytes.len()).sum::<usize>() > KEPT_BYTES
        {
            all.remove(0);
        }
    }

    /// A reader's own file, as long as it waits.
    fn get(&self, cx: &Cx, kind: &Kind, id: Uuid) -> Option<Ticket> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = |ticket: &&Ticket| {
            ticket.id == id
                && ticket.owner == cx.actor.account
                && ticket.plural == kind.noun.plural
                && cx.now - ticket.at < KEPT_MS
        };
        all.iter().find(mine).cloned()
    }

    /// The reader's own file that one of these names bears.
    fn named(&self, cx: &Cx, kind: &Kind, names: [&str; 2]) -> Option<Ticket> {
        let borne = |ticket: &&Ticket| names.iter().flat_map(|name| tags(name)).any(|tag| tag == ticket.tag);
        let ids: Vec<_> = {
            let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            all.iter().filter(borne).map(|ticket| ticket.id).collect()
        };
        // Somebody else may have uploaded the same file.
        ids.into_iter().find_map(|id| self.get(cx, kind, id))
    }

    fn remove(&self, id: Uuid) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|ticket| ticket.id != id);
    }
}

fn kind<'a>(reader: &'a Reader, plural: &str, verb: &str) -> Result<&'a Kind, Response> {
    let kind = reader.cx.app.kind(plural).filter(|kind| reader.cx.may(kind.noun.name, "read"));
    let kind = kind.ok_or_else(|| refused_page(reader, &Refused::Missing))?;
    if reader.cx.may(kind.noun.name, verb) { Ok(kind) } else { Err(refused_page(reader, &Refused::Forbidden)) }
}

/// The page of an import, with what is to be said and the preview of a file.
fn page(reader: &Reader, kind: &Kind, error: Option<String>, preview: Option<view::ImportPreview>) -> Response {
    let cx = &reader.cx;
    let plural = kind.noun.plural;
    let label = cx.word(&format!("{}.plural", kind.noun.name)).to_owned();
    let status = if error.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = view::ImportPage {
        t: crate::pages::words(&cx.app, cx.lang),
        layout: crate::pages::layout(reader, "ui.import"),
        heading: cx.app.words.fill(cx.lang, "io.heading", &[("n", label)]),
        description: cx.word("io.description").to_owned(),
        action: format!("/{plural}/import"),
        template: format!("/{plural}/template.xlsx"),
        error,
        preview,
        back: format!("/{plural}"),
    };
    // The rows at fault and those that are missing name whom the list is about.
    crate::pages::kept(&cx.app, kind.noun, (status, render(&page)).into_response())
}

fn sentence(reader: &Reader, refused: Refused) -> Result<String, Response> {
    match refused {
        Refused::Faults(refusals) => {
            let texts: Vec<_> =
                refusals.iter().take(SHOWN).map(|refusal| reader.cx.app.text(reader.cx.lang, refusal)).collect();
            Ok(texts.join(" "))
        }
        Refused::Stale => Ok(reader.cx.word("error.record.stale").to_owned()),
        refused => Err(refused_page(reader, &refused)),
    }
}

async fn ask(reader: Reader, Path(plural): Path<String>) -> Result<Response, Response> {
    let kind = kind(&reader, &plural, "import")?;
    Ok(page(&reader, kind, None, None))
}

/// What was uploaded, once the form has proved to be ours.
async fn upload(
    reader: &Reader,
    headers: &HeaderMap,
    mut parts: Multipart,
) -> Result<Option<(String, Bytes)>, Response> {
    let foreign = || Failure::page(&Where::of(reader), StatusCode::FORBIDDEN, "form.foreign");
    if !same_origin(headers) {
        return Err(foreign());
    }
    let mut proven = false;
    while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        match part.name() {
            Some("csrf") => {
                proven = same(&part.text().await.map_err(IntoResponse::into_response)?, &reader.session.csrf);
            }
            // The token stands before the file, so that nobody else's file is ever read.
            Some("file") if proven => {
                let name = part.file_name().unwrap_or_default().chars().take(200).collect();
                let bytes = part.bytes().await.map_err(IntoResponse::into_response)?;
                return Ok((!bytes.is_empty()).then_some((name, bytes)));
            }
            _ => {}
        }
    }
    if proven { Ok(None) } else { Err(foreign()) }
}

/// A file that came in, checked. Corrected rows go back into the very file that they come from; anything else is taken as it is.
async fn taken(
    cx: &Cx,
    desk: &Desk,
    kind: &Kind,
    name: String,
    bytes: Bytes,
) -> Result<(String, Bytes, Plan), Stopped> {
    let table = read(cx, kind, &name, bytes.clone()).await?;
    let Some(line) = corrects(cx, kind, &table) else {
        let plan = plan::build(cx, kind, table, &quiet).await.map_err(Stopped::Refused)?;
        return Ok((name, bytes, plan));
    };
    // Never into another file: its rows bear the same numbers.
    let Some(ticket) = desk.named(cx, kind, [&table.sheet, &name]) else {
        if tags(&table.sheet).chain(tags(&name)).next().is_none() {
            return Err(Stopped::Refused(Refusal::new("io.original_gone").into()));
        }
        // Made at the command line, or of a file that waits no more: its rows alone, and the preview says that they are.
        let plan = plan::build(cx, kind, table, &quiet).await.map_err(Stopped::Refused)?;
        return Ok((name, bytes, plan));
    };
    let whole: Bytes = mend(cx, kind, (&ticket.name, ticket.bytes), (&table, line)).await?.into();
    // The name says what it now is: text.
    let name = format!("{}.csv", ticket.name.trim_end_matches(".csv"));
    let plan = read_and_plan(cx, kind, &name, whole.clone(), &quiet).await?;
    Ok((name, whole, plan))
}

async fn preview(
    reader: Reader,
    Extension(desk): Extension<Desk>,
    Path(plural): Path<String>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural, "import")?;
    let Some((name, bytes)) = upload(&reader, &headers, parts).await? else {
        return Ok(page(&reader, kind, Some(reader.cx.word("error.sheet.empty").to_owned()), None));
    };
    let cx = &reader.cx;
    match taken(cx, &desk, kind, name, bytes).await {
        Ok((name, bytes, plan)) => {
            let id = cx.app.store.new_id(cx.now);
            desk.put(Ticket {
                id,
                owner: cx.actor.account,
                plural: kind.noun.plural,
                name: name.clone(),
                tag: tag(&bytes),
                bytes,
                at: cx.now,
            });
            let preview = shown(&reader, kind, &plan, &name, id).await?;
            Ok(page(&reader, kind, None, Some(preview)))
        }
        Err(stopped) => Ok(page(&reader, kind, Some(sentence(&reader, stopped.refused())?), None)),
    }
}

async fn shown(
    reader: &Reader,
    kind: &Kind,
    plan: &Plan,
    name: &str,
    ticket: Uuid,
) -> Result<view::ImportPreview, Response> {
    let cx = &reader.cx;
    let plural = kind.noun.plural;
    let cell = |fault: &super::Fault| {
        let column = fault.column?;
        let row = plan.table.rows.iter().find(|row| row.number() == fault.row)?;
        Some((plan.table.headings.get(column)?.clone(), super::refs::short(row.cell(column))))
    };
    let line = |fault: &super::Fault| {
        let (column, value) = cell(fault).unwrap_or_default();
        view::FaultView { row: fault.row.to_string(), column, value, reason: message(&cx.app, cx.lang, kind, fault) }
    };
    let (faulty, missing) = (plan.faulty(), plan.missing.len());
    let something = !plan.changes.is_empty() && plan.faults.is_empty();
    let would = changes::preview(cx, kind, plan, SHOWN).await.map_err(crate::pages::broken(reader))?;
    Ok(view::ImportPreview {
        file: name.to_owned(),
        rows: plan.table.rows.len().to_string(),
        new: plan.new.to_string(),
        changed: plan.changed.to_string(),
        unchanged: plan.unchanged.to_string(),
        faulty: faulty.to_string(),
        missing: missing.to_string(),
        ignored: ignored(cx, plan),
        alone: corrects(cx, kind, &plan.table).map(|_| cx.word("io.alone").to_owned()),
        has_faults: !plan.faults.is_empty(),
        faults: plan.faults.iter().take(SHOWN).map(line).collect(),
        faults_href: (!plan.faults.is_empty()).then(|| format!("/{plural}/import/faults/{ticket}")),
        missing_href: (missing > 0).then(|| format!("/{plural}/import/missing/{ticket}")),
        confirm: something.then(|| format!("/{plural}/import/confirm")),
        ticket: ticket.to_string(),
        more: (would.more > 0)
            .then(|| cx.app.words.fill(cx.lang, "io.changes_first", &[("n", would.changes.len().to_string())])),
        changes: would.changes.into_iter().map(|line| changed(kind, line)).collect(),
    })
}

fn changed(kind: &Kind, line: changes::Changed) -> view::ChangedView {
    let changes::Changed { row, id, record, label, old, new, .. } = line;
    let href = format!("/{}/{id}", kind.noun.plural);
    view::ChangedView { row: row.to_string(), record, href, field: label, old, new }
}

/// What was left out of a file is said before anything else: a roster whose ID numbers were not read looks whole.
fn ignored(cx: &Cx, plan: &Plan) -> Vec<String> {
    let sentence = |key: &str, names: &[String]| {
        let list: Vec<_> = names.iter().take(SHOWN).map(|name| super::refs::short(name)).collect();
        (!list.is_empty()).then(|| cx.app.words.fill(cx.lang, key, &[("list", list.join(" / "))]))
    };
    let sentences = [sentence("io.ignored", &plan.ignored), sentence("io.unread", &plan.unread)];
    sentences.into_iter().flatten().collect()
}

/// Reads the file again and does what it says: between preview and confirmation the records may have changed.
async fn confirm(
    Path(plural): Path<String>,
    Extension(desk): Extension<Desk>,
    posted: Posted,
) -> Result<Response, Response> {
    let mut posted = posted;
    let id = posted.get("ticket").and_then(|text| text.parse::<Uuid>().ok()).unwrap_or_default();
    // The ticket names the request: pressed twice, the file is imported once.
    posted.reader.cx.request = id;
    let reader = &posted.reader;
    let kind = kind(reader, &plural, "import")?;
    let Some(ticket) = desk.get(&reader.cx, kind, id) else {
        return Ok(page(reader, kind, Some(reader.cx.word("error.io.ticket").to_owned()), None));
    };
    let mut plan = match read_and_plan(&reader.cx, kind, &ticket.name, ticket.bytes.clone(), &quiet).await {
        Ok(plan) => plan,
        Err(stopped) => return Ok(page(reader, kind, Some(sentence(reader, stopped.refused())?), None)),
    };
    match carry_out(&reader.cx, kind, &mut plan, &quiet).await {
        Ok(summary) => {
            desk.remove(id);
            Ok(done(reader, kind, summary))
        }
        Err(_) if !plan.faults.is_empty() => {
            let preview = shown(reader, kind, &plan, &ticket.name, id).await?;
            Ok(page(reader, kind, None, Some(preview)))
        }
        Err(refused) => Ok(page(reader, kind, Some(sentence(reader, refused)?), None)),
    }
}

/// The list again, with what was done as the page's first word.
fn done(reader: &Reader, kind: &Kind, summary: Summary) -> Response {
    let cx = &reader.cx;
    let counts = [("new", summary.new), ("changed", summary.changed), ("unchanged", summary.unchanged)]
        .map(|(name, count)| (name, count.to_string()));
    let text = cx.app.words.fill(cx.lang, "io.done", &counts);
    let label = cx.word(&format!("{}.plural", kind.noun.name)).to_owned();
    let mut layout = crate::pages::layout(reader, "ui.import");
    let link = Some(view::LinkView { label: label.clone(), href: format!("/{}", kind.noun.plural) });
    layout.flash.push(view::FlashView { tone: view::Tone::Good, text, link });
    render(&view::ImportPage {
        t: crate::pages::words(&cx.app, cx.lang),
        layout,
        heading: cx.app.words.fill(cx.lang, "io.heading", &[("n", label)]),
        description: cx.word("io.description").to_owned(),
        action: format!("/{}/import", kind.noun.plural),
        template: format!("/{}/template.xlsx", kind.noun.plural),
        error: None,
        preview: None,
        back: format!("/{}", kind.noun.plural),
    })
}

/// Bytes as a file to take away; kept by no cache.
pub fn file(name: &str, media_type: &'static str, bytes: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, media_type.to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
        (header::CACHE_CONTROL, "private, no-store".to_owned()),
    ];
    (headers, bytes).into_response()
}

/// The plan of a waiting file, read again.
async fn waiting(reader: &Reader, desk: &Desk, kind: &Kind, id: Uuid) -> Result<Plan, Response> {
    let ticket = desk.get(&reader.cx, kind, id).ok_or_else(|| refused_page(reader, &Refused::Missing))?;
    let plan = read_and_plan(&reader.cx, kind, &ticket.name, ticket.bytes, &quiet).await;
    plan.map_err(|stopped| refused_page(reader, &stopped.refused()))
}

async fn faults(
    reader: Reader,
    Extension(desk): Extension<Desk>,
    Path((plural, id)): Path<(String, Uuid)>,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural, "import")?;
    let plan = waiting(&reader, &desk, kind, id).await?;
    let tag = desk.get(&reader.cx, kind, id).map(|ticket| ticket.tag).unwrap_or_default();
    let bytes = write_faults(&reader.cx.app, kind, &plan, reader.cx.lang, Some(&tag));
    let bytes = bytes.map_err(|error| refused_page(&reader, &Stopped::Sheet(error).refused()))?;
    // Saved as CSV, a workbook leaves the names of its sheets behind and keeps its own.
    Ok(file(&format!("{plural}-faults-{}-{tag}.xlsx", reader.cx.today()), Format::Xlsx.media_type(), bytes))
}

async fn missing(
    reader: Reader,
    Extension(desk): Extension<Desk>,
    Path((plural, id)): Path<(String, Uuid)>,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural, "import")?;
    let plan = waiting(&reader, &desk, kind, id).await?;
    let bytes = of_rows(&reader.cx, kind.noun, plan.missing, Format::Xlsx)
        .await
        .map_err(|refused| refused_page(&reader, &refused))?;
    Ok(file(&format!("{plural}-missing-{}.xlsx", reader.cx.today()), Format::Xlsx.media_type(), bytes))
}

async fn export_xlsx(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    exported(&reader, &plural, &asked, Format::Xlsx).await
}

async fn export_csv(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    exported(&reader, &plural, &asked, Format::Csv).await
}

async fn exported(
    reader: &Reader,
    plural: &str,
    asked: &[(String, String)],
    format: Format,
) -> Result<Response, Response> {
    let kind = kind(reader, plural, "read")?;
    answer(&reader.cx, kind, asked, format).await.map_err(|refused| refused_page(reader, &refused))
}

async fn template(reader: Reader, Path(plural): Path<String>) -> Result<Response, Response> {
    let kind = kind(&reader, &plural, "import")?;
    let bytes = template_bytes(&reader.cx.app, kind, reader.cx.lang);
    let bytes = bytes.map_err(|error| refused_page(&reader, &template_refused(&error)))?;
    Ok(file(&format!("{plural}-template.xlsx"), Format::Xlsx.media_type(), bytes))
}
