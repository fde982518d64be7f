//! Making and changing one record: what was typed stays, every fault stands at its field.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Field, Refusal, Row};
use store::StoreError;

use super::input::{Asking, Choices, resolve};
use super::together::{self, Late, Three};
use super::{back, begin, broken, done, kept, kind, rows, titled, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::files::{self, Upload};
use crate::save::{self, Refused, Typed, typed};
use crate::show;
use crate::together::Past;
use crate::view::{FormPage, LinkView};
use crate::web::{Asked, Posted, Reader};

/// What the form asks this reader for: of a known record what its rules, which know the same as when it is saved, let him change.
async fn asked_of(cx: &Cx, kind: &Kind, row: Option<&Row>) -> Result<Vec<&'static Field>, StoreError> {
    let mut fields = writable(kind);
    if let (Some(row), Some(edits)) = (row, kind.edits) {
        let facts = save::beside(cx, kind, &[row], cx.facts(&[(kind.noun, row)], &[]).await?).await?;
        fields.retain(|field| edits(&cx.actor, row, field.name, &facts));
    }
    Ok(fields)
}

fn writable(kind: &Kind) -> Vec<&'static Field> {
    kind.noun.fields.iter().filter(|field| field.writable()).collect()
}

/// An empty form; parameters of the address fill it in advance.
pub async fn blank(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    if !reader.cx.may(kind.noun.name, "create") {
        return Err(refused_page(&reader, &Refused::Forbidden));
    }
    // What the product knows already is not asked again; what the address says counts more.
    let known = kind.suggest.map(|suggest| suggest(&reader.cx.actor, reader.cx.today())).unwrap_or_default();
    let mut values: Vec<_> = known.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    values.extend(asked);
    page(&reader, kind, None, &values, &[]).await.map_err(broken(&reader))
}

/// The form of a record as it stands.
pub async fn edit(
    reader: Reader,
    Path((plural, id)): Path<(String, String)>,
    Asked(asked): Asked,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let id = super::id(&reader, &id)?;
    let row = save::find(&reader.cx, kind, id).await.map_err(|refused| refused_page(&reader, &refused))?;
    if !reader.cx.may(kind.noun.name, "edit") {
        return Err(refused_page(&reader, &Refused::Forbidden));
    }
    let back: Vec<_> = asked.into_iter().filter(|(name, _)| name == "back").collect();
    page(&reader, kind, Some(&row), &back, &[]).await.map_err(broken(&reader))
}

pub async fn create(Path(plural): Path<String>, mut posted: Posted) -> Result<Response, Response> {
    let files = std::mem::take(&mut posted.files);
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    if posted.changed {
        return before(&posted, kind).await.map_err(broken(reader));
    }
    let values = resolve(cx, kind, &writable(kind), &posted.values, None).await.map_err(broken(reader))?;
    // The form's own id names the record: the form sent twice makes one.
    let done = if kind.as_done { reader.done_at() } else { cx.now };
    let made = save::create_done(cx, kind, Some(cx.request), &values, done).await;
    if let Ok(row) = &made
        && reader.offline.is_none()
        && made_otherwise(cx, kind, row, &values).await.map_err(broken(reader))?
    {
        return before(&posted, kind).await.map_err(broken(reader));
    }
    match made {
        Ok(row) => with_files(reader, kind, &row, files).await,
        Err(Refused::Faults(mut faults)) => {
            // A browser gives no file a second time.
            faults.extend((!files.is_empty()).then(|| Refusal::new("files.again")));
            page(reader, kind, None, &posted.values, &faults).await.map_err(broken(reader))
        }
        Err(refused) => Err(refused_page(reader, &refused)),
    }
}

/// Whether this form made its record before, with something else in it. What a form was sent with is known in memory; of one that was sent before the
/// program was started the history tells what it made. What is empty, sealed or masked says nothing: a rule may have completed it, and nobody reads it.
pub(crate) async fn made_otherwise(cx: &Cx, kind: &Kind, row: &Row, values: &Typed) -> Result<bool, StoreError> {
    let Ok(typed) = save::fill(cx, kind, Row::blank(kind.noun, row.id), values) else { return Ok(false) };
    let differs = |made: &Row| {
        let mut told = typed.pairs(kind.noun).filter(|(field, cell)| field.sealed.is_none() && !cell.is_null());
        told.any(|(field, cell)| made.get(kind.noun, field.name) != cell)
    };
    if !differs(row) {
        return Ok(false);
    }
    let past = Past::of(cx, kind, row).await?;
    let earlier = past.events.first().is_some_and(|event| event.at != cx.now);
    Ok(earlier && past.at(kind, row.id, 1).is_some_and(|made| differs(&made)))
}

/// The form once more, when it has made a record already and something else stands in it now: whether that is another record or a correction
/// of the first, only he can say who typed it. Sent from here it is a form of its own.
async fn before(posted: &Posted, kind: &Kind) -> Result<Response, StoreError> {
    let cx = &posted.reader.cx;
    let mut values = posted.values.clone();
    values.push(("request_id".to_owned(), cx.app.store.new_id(cx.now).to_string()));
    page(&posted.reader, kind, None, &values, &[Refusal::new("form.sent_before")]).await
}

/// On to the record that was made, once what came with it is kept too; what was refused of it is said there, for the record stands.
async fn with_files(
    reader: &Reader,
    kind: &Kind,
    row: &Row,
    files: Vec<(String, Upload)>,
) -> Result<Response, Response> {
    let tried =
        files::come_with(&reader.cx, kind, row, files).await.map_err(|refused| refused_page(reader, &refused))?;
    if tried.refused.is_empty() {
        return Ok(done(&reader.cx.app, &rows::href(kind, row), "created"));
    }
    let page = super::record_again(reader, kind, row, &tried).await.map_err(broken(reader))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

pub async fn save(Path((plural, id)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let id = super::id(reader, &id)?;
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let sent = crate::together::picked(&posted.values);
    let values = resolve(cx, kind, &writable(kind), &sent, Some(&row)).await.map_err(broken(reader))?;
    let version = posted.get("version").and_then(|text| text.parse().ok()).unwrap_or_default();
    match save::edit(cx, kind, id, version, &values).await {
        Ok(row) => Ok(done(&cx.app, &back::after(kind, &row, posted.get("back")), "saved")),
        Err(Refused::Faults(faults)) => page(reader, kind, Some(&row), &sent, &faults).await.map_err(broken(reader)),
        Err(Refused::Stale) => stale(&posted, kind, id, version, (&sent, &values)).await,
        Err(refused) => Err(refused_page(reader, &refused)),
    }
}

/// Someone else was faster: both versions side by side. What cannot be read at all is mended first, in the form and on the version that
/// was seen, so that the comparison is not forgotten over it.
async fn stale(
    posted: &Posted,
    kind: &Kind,
    id: uuid::Uuid,
    version: i64,
    (sent, values): (&Typed, &Typed),
) -> Result<Response, Response> {
    let reader = &posted.reader;
    let row = save::find(&reader.cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let three = Three::read(&reader.cx, kind, row, version).await.map_err(broken(reader))?;
    let answer = match save::fill(&reader.cx, kind, three.ground().clone(), values) {
        Ok(mine) => together::page(posted, kind, &Late::Edit, &three, &mine, values).await,
        Err(Refused::Faults(faults)) => page(reader, kind, Some(three.ground()), sent, &faults).await,
        Err(refused) => return Err(refused_page(reader, &refused)),
    };
    answer.map_err(broken(reader))
}

async fn page(
    reader: &Reader,
    kind: &Kind,
    row: Option<&Row>,
    values: &Typed,
    faults: &[Refusal],
) -> Result<Response, StoreError> {
    let cx = &reader.cx;
    let asking = Asking {
        kind,
        step: None,
        fields: asked_of(cx, kind, row).await?,
        row,
        about: row,
        typed: values,
        faults,
        prefix: String::new(),
    };
    let fields = asking.views(cx, &mut Choices::default()).await?;
    let t = words(&cx.app, cx.lang);
    let noun = cx.word(kind.noun.name);
    let list = back::of(kind, typed(values, "back"));
    let crumb = back::crumb(cx, kind, list);
    let cancel = row.map_or_else(|| crumb.href.clone(), |row| back::carried(rows::href(kind, row), list));
    let heading = if row.is_some() { t.put("ui.edit_noun", noun) } else { begin(cx, kind.noun) };
    let mut layout = titled(reader, heading.clone());
    layout.crumbs.push(crumb);
    layout.crumbs.extend(row.map(|row| LinkView { label: rows::title(cx, kind, row), href: cancel.clone() }));
    let request = typed(values, "request_id").and_then(|text| text.parse().ok()).unwrap_or(cx.request);
    let page = FormPage {
        heading,
        description: row.map(|row| show::title(cx, kind.noun, row)).unwrap_or_default(),
        action: row.map_or_else(|| format!("/{}", kind.noun.plural), |row| rows::href(kind, row)),
        groups: vec![(String::new(), fields)],
        errors: asking.lines(cx),
        request_id: request.to_string(),
        version: row.map(|row| row.version.to_string()).unwrap_or_default(),
        submit: String::new(),
        cancel,
        back: list.unwrap_or_default().to_owned(),
        keep: kind.offline || kind.as_done,
        files: row.is_none() && files::asked_for(cx, kind),
        layout,
        t,
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(kept(&cx.app, kind.noun, (status, render(&page)).into_response()))
}
