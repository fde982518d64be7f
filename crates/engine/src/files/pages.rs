//! Attachments in the browser: adding, looking, taking away, and the bureau's page of pictures that repeat each other.

use std::sync::Arc;

use axum::Router;
use axum::extract::multipart::Field;
use axum::extract::{DefaultBodyLimit, Multipart, Path};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kit::query::Test;
use kit::{Author, Row};

use super::show::{Beside, Tried, may_remove, parents, piece};
use super::take::{Taken, Upload, Want};
use super::{ATTACHMENT, ROLES, around, keeping, serve, take};
use crate::app::{App, Cx};
use crate::area::Kind;
use crate::error::{Failure, Where, refused_page, render};
use crate::save::{self, Refused};
use crate::view::{AlikePage, LinkView, Tone, TwinView};
use crate::web::{Asked, Posted, Reader, same_origin};
use crate::{ask, pages};

/// Most that one form may send: read file by file, so that no more than one is in memory.
const MOST_POST: usize = 1024 * 1024 * 1024;
/// Most letters of a field that is no file.
const MOST_TEXT: usize = 1000;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/attachments/alike", get(alike))
        .route("/attachments/{id}/record", get(record))
        .route("/{plural}/{id}/files", post(add))
        .route("/{plural}/{id}/files/{file}", get(file))
        .route("/{plural}/{id}/files/{file}/thumb", get(thumb))
        .route("/{plural}/{id}/files/{file}/remove", post(remove))
        .layer(DefaultBodyLimit::max(MOST_POST))
        .merge(super::api::routes())
}

fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

async fn file(reader: Reader, Path((plural, id, file)): Path<(String, String, String)>) -> Response {
    let made = found(&reader.cx, &plural, &id, &file, false).await;
    answer(&reader, made)
}

async fn thumb(reader: Reader, Path((plural, id, file)): Path<(String, String, String)>) -> Response {
    let made = found(&reader.cx, &plural, &id, &file, true).await;
    answer(&reader, made)
}

pub(super) async fn found(cx: &Cx, plural: &str, id: &str, file: &str, small: bool) -> Result<Response, Refused> {
    let (kind, record) = serve::parent(cx, plural, id).await?;
    let row = serve::one(cx, kind, record.id, file).await?;
    serve::bytes(cx, &row, small).await
}

/// What came with a form of files.
#[derive(Default)]
struct Sent {
    taken: Vec<Taken>,
    tried: Tried,
}

/// Takes files in one by one. Those that are good are kept, and each that is not is named with its reason: who sends ten
/// photographs from a telephone does not send nine again because of one.
async fn add(
    mut reader: Reader,
    Path((plural, id)): Path<(String, String)>,
    headers: HeaderMap,
    parts: Multipart,
) -> Result<Response, Response> {
    let cx = reader.cx.clone();
    let parent = serve::parent(&cx, &plural, &id).await;
    let (kind, record) = parent.map_err(|refused| refused_page(&reader, &refused))?;
    if !cx.may(kind.noun.name, "attach") {
        return Err(refused_page(&reader, &Refused::Forbidden));
    }
    let sent = read(&mut reader, &headers, parts, kind, &record).await?;
    let cx = &reader.cx;
    let there = !sent.taken.is_empty();
    keep(cx, kind, &record, sent.taken, &sent.tried.role).await.map_err(|refused| refused_page(&reader, &refused))?;
    let back = format!("/{plural}/{id}");
    if sent.tried.refused.is_empty() {
        return Ok(if there {
            pages::done(&cx.app, &format!("{back}#evidence"), "attached")
        } else {
            Redirect::to(&format!("{back}#evidence")).into_response()
        });
    }
    let page = pages::record_again(&reader, kind, &record, &sent.tried).await.map_err(pages::broken(&reader))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

async fn read(
    reader: &mut Reader,
    headers: &HeaderMap,
    mut parts: Multipart,
    kind: &Kind,
    record: &Row,
) -> Result<Sent, Response> {
    let foreign = |reader: &Reader| Failure::page(&Where::of(reader), StatusCode::FORBIDDEN, "form.foreign");
    if !same_origin(headers) {
        return Err(foreign(reader));
    }
    let mut sent = Sent { tried: Tried { role: "other".into(), ..Tried::default() }, ..Sent::default() };
    let broken = |error: store::StoreError, reader: &Reader| refused_page(reader, &Refused::Broken(error));
    let had = around::of(&reader.cx.app.store, kind.noun, record.id).await;
    let mut had = had.map_err(|error| broken(error, reader))?;
    had.retain(around::is_live);
    let mut proven = reader.trusts("");
    while let Some(mut part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        let name = part.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "csrf" => proven = reader.trusts(&text(&mut part).await?),
            // The proof stands before everything else, so that nothing of somebody else's form is ever taken.
            _ if !proven => {}
            "request_id" => {
                if let Ok(id) = text(&mut part).await?.parse() {
                    reader.cx.request = id;
                }
                if reader.cx.app.store.carried_out(reader.cx.request).await.map_err(|error| broken(error, reader))? {
                    return Ok(sent);
                }
            }
            "role" => sent.tried.role = text(&mut part).await?,
            "place" => sent.tried.place = text(&mut part).await?,
            "taken_on" => sent.tried.taken_on = text(&mut part).await?,
            "file" | "camera" => one_file(&reader.cx, kind, &had, &mut part, name == "camera", &mut sent).await?,
            _ => {}
        }
    }
    if proven { Ok(sent) } else { Err(foreign(reader)) }
}

/// A short text of the form; the rest of a long one is not read into memory.
async fn text(part: &mut Field<'_>) -> Result<String, Response> {
    let bytes = capped(part, MOST_TEXT * 4).await?;
    Ok(String::from_utf8_lossy(&bytes.unwrap_or_default()).chars().take(MOST_TEXT).collect())
}

/// The bytes of a part; `None` when there are too many, of which the rest is read and forgotten.
async fn capped(part: &mut Field<'_>, most: usize) -> Result<Option<Vec<u8>>, Response> {
    let (mut bytes, mut fits) = (Vec::new(), true);
    while let Some(chunk) = part.chunk().await.map_err(IntoResponse::into_response)? {
        fits = fits && bytes.len() + chunk.len() <= most;
        if fits {
            bytes.extend_from_slice(&chunk);
        } else {
            bytes = Vec::new();
        }
    }
    Ok(fits.then_some(bytes))
}

async fn one_file(
    cx: &Cx,
    kind: &Kind,
    had: &[Row],
    part: &mut Field<'_>,
    camera: bool,
    sent: &mut Sent,
) -> Result<(), Response> {
    let name: String = part.file_name().unwrap_or_default().chars().take(300).collect();
    let most = cx.app.files.as_ref().map(|files| files.limits);
    let bytes = capped(part, most.map_or(0, |limits| limits.file)).await?;
    // A chooser in which nothing was chosen sends an empty part without a name.
    if name.is_empty() && bytes.as_ref().is_some_and(Vec::is_empty) {
        return Ok(());
    }
    let said = Said { role: &sent.tried.role, place: &sent.tried.place, taken_on: &sent.tried.taken_on, camera };
    let upload = bytes.map(|bytes| Upload { name: name.clone(), bytes });
    match accept(cx, kind, had.len() + sent.taken.len(), upload, &said).await {
        // The same file in the same place is there already.
        Ok(taken) if sent.taken.iter().any(|other| other.about.sha256 == taken.about.sha256) => {}
        Ok(taken) if had.iter().any(|row| repeats(row, &taken, &sent.tried.role)) => {}
        Ok(taken) => sent.taken.push(taken),
        Err(refusal) => sent.tried.refused.push((short(&name), cx.app.text(cx.lang, &refusal))),
    }
    Ok(())
}

fn repeats(row: &Row, taken: &Taken, role: &str) -> bool {
    row.get(&ATTACHMENT, "sha256").text() == Some(&taken.about.sha256)
        && row.get(&ATTACHMENT, "role").text() == Some(role)
}

fn short(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    if last.chars().count() > 60 {
        format!("{}…", last.chars().take(60).collect::<String>())
    } else {
        last.to_owned()
    }
}

/// What is said beside a file.
pub(super) struct Said<'a> {
    pub role: &'a str,
    pub place: &'a str,
    pub taken_on: &'a str,
    /// It comes from the camera itself: taken just now.
    pub camera: bool,
}

/// Takes one file of a record in; `None` is one that was too large to be read. Page and interface come through here.
pub(super) async fn accept(
    cx: &Cx,
    kind: &Kind,
    count: usize,
    upload: Option<Upload>,
    said: &Said<'_>,
) -> Result<Taken, kit::Refusal> {
    let limits = cx.app.files.as_ref().map(|files| files.limits).unwrap_or_default();
    if count >= limits.record {
        return Err(kit::Refusal::at("files.many", "file").with("most", limits.record));
    }
    let too_large = || kit::Refusal::at("files.too_large", "file").with("most", limits.file / (1024 * 1024));
    if !ROLES.contains(&said.role) {
        let short: String = said.role.chars().take(40).collect();
        return Err(kit::Refusal::at("value.choice", "role").with("value", short));
    }
    let stated = match moment(said.taken_on).filter(|at| *at <= cx.now) {
        None if !said.taken_on.trim().is_empty() => return Err(kit::Refusal::at("files.taken_on", "taken_on")),
        stated => stated.or(said.camera.then_some(cx.now)),
    };
    let want = Want { pictures: false, place: kind.pairs, nameless: kind.noun.subject.is_some() };
    let taken = take(&cx.app, upload.ok_or_else(too_large)?, &want).await?;
    if !kind.pairs {
        return Ok(taken);
    }
    Ok(taken.stated(stated, Some(said.place.to_owned())))
}

/// `2021-12-20T08:30` as browsers send it, here.
fn moment(text: &str) -> Option<i64> {
    let at = chrono::NaiveDateTime::parse_from_str(text.get(..16)?, "%Y-%m-%dT%H:%M").ok()?;
    let seconds = (at - at.date().and_hms_opt(0, 0, 0)?).num_seconds();
    Some(kit::dates::shanghai_start(at.date()) + seconds * 1000)
}

/// Commits the rows of what was taken.
pub(super) async fn keep(
    cx: &Cx,
    kind: &Kind,
    record: &Row,
    taken: Vec<Taken>,
    role: &str,
) -> Result<Vec<Row>, Refused> {
    if taken.is_empty() {
        return Ok(Vec::new());
    }
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request };
    let change = |taken: &Taken| around::attached(&cx.app.store, author, kind.noun, record.id, taken, role);
    let changes: Vec<_> = taken.iter().map(change).collect();
    let rows = changes.iter().map(|change| change.after.clone()).collect();
    let own = cx.app.kind_of(ATTACHMENT.name).ok_or(Refused::Missing)?;
    save::commit(cx, own, changes, &cx.facts_with(std::collections::HashMap::new())).await?;
    Ok(rows)
}

async fn remove(Path((plural, id, file)): Path<(String, String, String)>, posted: Posted) -> Response {
    let reader = &posted.reader;
    match taken_away(&reader.cx, &plural, &id, &file, posted.get("reason").unwrap_or_default()).await {
        Ok(_) => pages::done(&reader.cx.app, &format!("/{plural}/{id}#evidence"), "detached"),
        Err(refused) => refused_page(reader, &refused),
    }
}

/// Takes an attachment away; its bytes go when no other row names them.
pub(super) async fn taken_away(cx: &Cx, plural: &str, id: &str, file: &str, reason: &str) -> Result<Row, Refused> {
    let (kind, record) = serve::parent(cx, plural, id).await?;
    let row = serve::one(cx, kind, record.id, file).await?;
    may_remove(cx, kind, &row).map_err(|code| match code {
        "forbidden" => Refused::Forbidden,
        code => kit::Refusal::new(code).into(),
    })?;
    let reason: String = reason.trim().chars().take(300).collect();
    if reason.chars().count() < 4 {
        return Err(kit::Refusal::at("files.reason", "reason").into());
    }
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request };
    let change = around::removed(row, author, &reason);
    let after = change.after.clone();
    let own = cx.app.kind_of(ATTACHMENT.name).ok_or(Refused::Missing)?;
    save::commit(cx, own, vec![change], &cx.facts_with(std::collections::HashMap::new())).await?;
    if let Some(files) = &cx.app.files {
        keeping::let_go(&cx.app.store, files, std::slice::from_ref(&after)).await?;
    }
    Ok(after)
}

/// From an attachment in the bureau's list to the record that it belongs to.
async fn record(reader: Reader, Path(id): Path<String>) -> Response {
    let made = whose(&reader.cx, &id).await.map(|href| Redirect::to(&href).into_response());
    answer(&reader, made)
}

async fn whose(cx: &Cx, id: &str) -> Result<String, Refused> {
    let own = cx.app.kind_of(ATTACHMENT.name).ok_or(Refused::Missing)?;
    let row = save::find(cx, own, id.parse().map_err(|_| Refused::Missing)?).await?;
    let link = parents(cx, &[&row]).await?.into_values().next();
    link.map(|link| format!("{}#evidence", link.href)).ok_or(Refused::Missing)
}

/// 重复照片: pictures that look like one that was there before, each beside it.
async fn alike(reader: Reader, asked: Asked) -> Response {
    let made = twins(&reader, &asked).await.map(|page| render(&page));
    answer(&reader, made)
}

async fn twins(reader: &Reader, asked: &Asked) -> Result<AlikePage, Refused> {
    let cx = &reader.cx;
    if !cx.may(ATTACHMENT.name, "read") {
        return Err(Refused::Missing);
    }
    let after: Vec<_> = asked.0.iter().filter(|(name, _)| name == "after").cloned().collect();
    let query = ask::query(cx, &ATTACHMENT, &after).map_err(Refused::Faults)?;
    let live = Test::OneOf(vec![kit::Cell::Null]);
    let query = query.filter("alike", Test::Present).filter("removed_at", live).limit(20);
    let page = cx.app.store.list(&ATTACHMENT, &query, cx.scope()).await?;
    let firsts: Vec<_> = page.rows.iter().filter_map(|row| row.get(&ATTACHMENT, "alike").id()).collect();
    let firsts = cx.app.store.find_many(&ATTACHMENT, &firsts, cx.scope()).await?;
    let all: Vec<Row> = page.rows.iter().chain(firsts.values()).cloned().collect();
    let (beside, records) = (Beside::names(cx, &all).await?, parents(cx, &all.iter().collect::<Vec<_>>()).await?);
    let shown = |row: &Row| {
        let kind = cx.app.kind_of(row.get(&ATTACHMENT, "noun").text()?)?;
        let link = records.get(&row.get(&ATTACHMENT, "record").id()?)?;
        Some((piece(cx, kind, &format!("{}/files", link.href), row, &beside), link.clone()))
    };
    let twin = |row: &Row| {
        let distance = row.get(&ATTACHMENT, "distance").int().unwrap_or_default();
        let (key, tone) = if distance == 0 { ("evidence.same", Tone::Bad) } else { ("evidence.near", Tone::Warn) };
        let first = row.get(&ATTACHMENT, "alike").id().and_then(|id| firsts.get(&id));
        let pieces: Vec<(_, LinkView)> = [Some(row), first].into_iter().flatten().filter_map(shown).collect();
        TwinView { mark: (cx.word(key).to_owned(), tone), pieces }
    };
    let mut layout = pages::layout(reader, "evidence.alike");
    layout.crumbs.push(LinkView { label: cx.word("attachment.plural").to_owned(), href: "/attachments".into() });
    Ok(AlikePage {
        t: pages::words(&cx.app, cx.lang),
        layout,
        total: pages::thousands(page.total),
        twins: page.rows.iter().map(twin).collect(),
        next: page.next.as_ref().map(|place| format!("/attachments/alike?after={}", ask::place_word(place))),
    })
}
