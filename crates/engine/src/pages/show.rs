//! One record: what it says, what this reader may do with it now, what belongs to it and what has happened to it.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use kit::{Cell, Field, Kind as FieldKind, MoveSpec, Refusal, Row};
use store::StoreError;

use super::input::{Asking, Choices, resolve};
use super::together::{self, Late, Three};
use super::{back, broken, done, kept, kind, related, rows, timeline, titled, versions, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::save::{self, Refused, Typed};
use crate::together::Past;
use crate::view::{MoveView, PairView, PaperView, SectionView, ShowPage, Tone, UnmaskView, ValueKind};
use crate::web::{Asked, Posted, Reader};

/// What a page shows beside the record itself.
#[derive(Default)]
pub(super) struct Beside<'a> {
    /// A move that was refused, with what was typed.
    pub tried: Option<(&'a str, &'a Typed, Vec<Refusal>)>,
    /// A masked field that was opened, in the clear.
    pub opened: Option<(&'static str, String)>,
    pub flash: Option<(Tone, String)>,
    /// The list from which the reader came.
    pub back: Option<&'a str>,
    /// Files of which some were refused.
    pub files: Option<&'a crate::files::Tried>,
}

pub async fn page(
    reader: Reader,
    Path((plural, id)): Path<(String, String)>,
    asked: Asked,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let id = super::id(&reader, &id)?;
    let row = save::find(&reader.cx, kind, id).await.map_err(|refused| refused_page(&reader, &refused))?;
    heard(&reader.cx, &row).await.map_err(broken(&reader))?;
    // From a message to where something can be done about it.
    let better = asked.get("told").zip(kind.leads).and_then(|(code, leads)| leads(&row, code));
    if let Some(better) = better {
        return Ok(Redirect::to(&better).into_response());
    }
    let beside = Beside { back: back::of(kind, asked.get("back")), ..Beside::default() };
    view(&reader, kind, &row, beside).await.map_err(broken(&reader))
}

/// Who has seen the record has heard what he was told about it.
async fn heard(cx: &Cx, row: &Row) -> Result<(), StoreError> {
    let Some(person) = cx.actor.person() else { return Ok(()) };
    let waiting = cx.app.store.notices(person, 200).await?;
    if waiting.iter().any(|notice| notice.record == row.id) {
        cx.app.store.notices_read(person, row.id, cx.now).await?;
    }
    Ok(())
}

/// Makes a move; refused, its form stands open with what was typed.
pub async fn act(
    Path((plural, id, name)): Path<(String, String, String)>,
    posted: Posted,
) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let id = super::id(reader, &id)?;
    let spec = kind.life.and_then(|life| life.moves().iter().find(|spec| spec.name == name));
    let fields: Vec<_> = spec.iter().flat_map(|spec| spec.fields).collect();
    let sent = crate::together::picked(&posted.values);
    let values = resolve(cx, kind, &fields, &sent, None).await.map_err(broken(reader))?;
    let version = posted.get("version").and_then(|text| text.parse().ok());
    let back = posted.get("back");
    let done_at = if kind.as_done { reader.done_at() } else { cx.now };
    let faults = match (save::act_done(cx, kind, id, (&name, done_at), version, &values).await, spec) {
        (Ok(row), _) => {
            let step = format!("move.{}.{name}", kind.noun.name);
            return Ok(done(&cx.app, &back::after(kind, &row, back), &step));
        }
        (Err(Refused::Faults(faults)), _) => faults,
        (Err(Refused::Stale), Some(spec)) => return stale(&posted, kind, id, spec, &values).await,
        (Err(refused), _) => return Err(refused_page(reader, &refused)),
    };
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let beside = Beside { tried: Some((&name, &sent, faults)), back: back::of(kind, back), ..Beside::default() };
    let page = view(reader, kind, &row, beside).await.map_err(broken(reader))?;
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
}

/// The address of a step that was refused, opened once more (in another language, by a reload): the record, where the step begins.
pub async fn not_moved(
    Path((plural, id, name)): Path<(String, String, String)>,
    reader: Reader,
) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let id = super::id(&reader, &id)?;
    let known = kind.life.is_some_and(|life| life.moves().iter().any(|spec| spec.name == name));
    if !known {
        return Err(refused_page(&reader, &Refused::Missing));
    }
    Ok(Redirect::to(&format!("/{plural}/{id}#move-{name}")).into_response())
}

/// Someone else was faster: what he did, beside what was typed.
async fn stale(
    posted: &Posted,
    kind: &Kind,
    id: uuid::Uuid,
    spec: &MoveSpec,
    values: &Typed,
) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let row = save::find(cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    let version = posted.get("version").and_then(|text| text.parse().ok()).unwrap_or_default();
    let three = Three::read(cx, kind, row, version).await.map_err(broken(reader))?;
    let mine = together::moved(cx, kind, spec, three.ground(), values);
    together::page(posted, kind, &Late::Move(spec), &three, &mine, values).await.map_err(broken(reader))
}

/// The page of a record.
pub(super) async fn view(reader: &Reader, kind: &Kind, row: &Row, beside: Beside<'_>) -> Result<Response, StoreError> {
    let cx = &reader.cx;
    let heading = rows::named(cx, kind, std::slice::from_ref(row)).await?.pop().unwrap_or_default();
    let past = Past::of(cx, kind, row).await?;
    let mut layout = titled(reader, heading.clone());
    layout.crumbs.push(back::crumb(cx, kind, beside.back));
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    let papers = papers(cx, kind, row);
    let first = papers.iter().any(|paper| paper.first);
    let moves = moves(reader, kind, row, &beside, first).await?;
    // A move that was refused because it is no longer possible has no form to stand in.
    if let Some((name, _, faults)) =
        beside.tried.as_ref().filter(|(name, ..)| moves.iter().all(|step| step.name != *name))
    {
        tracing::debug!(name, "a refused move is not open now");
        layout.flash.extend(faults.iter().map(|fault| super::flash_of(Tone::Bad, cx.app.text(cx.lang, fault))));
    }
    layout.flash.extend(beside.flash.iter().map(|(tone, text)| super::flash_of(*tone, text.clone())));
    let steps = match kind.steps {
        Some(steps) => steps(cx, row).await?,
        None => Vec::new(),
    };
    let (related, others) = related::related(cx, kind, row).await?;
    // What was opened, and the children of a class on its page, are about persons, whatever the record is about.
    let persons = beside.opened.is_some() || others.iter().any(|noun| !crate::fresh::may_be_kept(&cx.app, noun));
    let page = ShowPage {
        t: words(&cx.app, cx.lang),
        keep: kind.offline || kind.as_done,
        kicker: cx.word(kind.noun.name).to_owned(),
        heading,
        state: if state.is_empty() {
            String::new()
        } else {
            cx.word(&format!("{}.state.{state}", kind.noun.name)).to_owned()
        },
        state_tone: kind.tone(state),
        marks: marks(cx, kind, row, &past),
        steps,
        edit: cx
            .may(kind.noun.name, "edit")
            .then(|| back::carried(format!("{}/edit", rows::href(kind, row)), beside.back)),
        papers,
        moves,
        sections: vec![section(cx, kind, row, beside.opened).await?],
        evidence: crate::files::view(cx, kind, row, beside.files).await?,
        related,
        events: timeline::events(cx, kind, row, &past).await?,
        compare: if past.events.len() > 1 { format!("{}/versions", rows::href(kind, row)) } else { String::new() },
        versions: versions::options(cx, kind, &past, row.version),
        back: back::view(cx, kind, row, beside.back).await?,
        layout,
    };
    let response = render(&page);
    Ok(if persons { super::unkept(response) } else { kept(&cx.app, kind.noun, response) })
}

/// The page of a record after files were sent of which some were refused.
pub(crate) async fn again(
    reader: &Reader,
    kind: &Kind,
    row: &Row,
    tried: &crate::files::Tried,
) -> Result<Response, StoreError> {
    view(reader, kind, row, Beside { files: Some(tried), ..Beside::default() }).await
}

/// The area's own pages about this record, as far as this reader may use them.
fn papers(cx: &Cx, kind: &Kind, row: &Row) -> Vec<PaperView> {
    let open = kind.papers.iter().filter(|paper| cx.may(kind.noun.name, paper.needs) && (paper.fits)(row));
    open.map(|paper| paper.view(cx, format!("{}/{}", rows::href(kind, row), paper.name))).collect()
}

fn marks(cx: &Cx, kind: &Kind, row: &Row, past: &Past) -> Vec<(String, Tone)> {
    let days = rows::late_by(cx, kind, row);
    let late = (days > 0).then(|| (cx.app.words.fill(cx.lang, "ui.overdue", &[("n", days.to_string())]), Tone::Bad));
    let own = kind.marks.zip(past.events.first()).map(|(marks, first)| marks(cx, row, first.at)).unwrap_or_default();
    late.into_iter().chain(own.into_iter().map(|(key, tone)| (cx.word(key).to_owned(), tone))).collect()
}

async fn section(
    cx: &Cx,
    kind: &Kind,
    row: &Row,
    opened: Option<(&'static str, String)>,
) -> Result<SectionView, StoreError> {
    // What only moves, or only the program, write and nobody has written yet says nothing.
    let nothing = |cell: &Cell| matches!(cell, Cell::Null | Cell::Int(0) | Cell::Bool(false));
    let written = kind.life.is_some() || kind.noun.fields.iter().all(|field| field.fixed);
    // A number that there always is says something as nought too: nobody was ill, nought seconds from point to point.
    let silent = |field: &Field| {
        let cell = row.get(kind.noun, field.name);
        written && field.fixed && nothing(cell) && !(field.required && matches!(cell, Cell::Int(_)))
    };
    let shown = |field: &&'static Field| !field.hidden && field.name != "state" && !silent(field);
    let fields: Vec<_> = kind.noun.fields.iter().filter(shown).collect();
    let said = rows::said(cx, kind, std::slice::from_ref(row), &fields).await?;
    let mut pairs = Vec::with_capacity(fields.len());
    for field in fields {
        let clear = opened.as_ref().filter(|(name, _)| *name == field.name).map(|(_, clear)| clear.clone());
        let look = if clear.is_some() { ValueKind::Text } else { look(cx, kind, row, field).await? };
        pairs.push(PairView {
            label: rows::label(cx, kind, field.name),
            text: clear.unwrap_or_else(|| rows::with_day(cx, kind, row, field, said.text(cx, kind, 0, row, field))),
            kind: look,
            wide: matches!(field.kind, FieldKind::Long { .. }),
            note: super::deadline::note(cx, kind, row, field.name),
        });
    }
    Ok(SectionView { heading: cx.word("ui.facts").to_owned(), pairs })
}

/// How a value is written: a link where its record exists for this reader, a mask with a way to ask.
async fn look(cx: &Cx, kind: &Kind, row: &Row, field: &Field) -> Result<ValueKind, StoreError> {
    let cell = row.get(kind.noun, field.name);
    if cell.is_null() {
        return Ok(ValueKind::Text);
    }
    if field.sealed.is_some() && !cx.app.store.has_keys() {
        return Ok(ValueKind::Sealed);
    }
    if field.mask.is_some() && !cx.sees(kind.noun, field) {
        let form = UnmaskView { action: format!("{}/open", rows::href(kind, row)), field: field.name.to_owned() };
        return Ok(ValueKind::Masked(cx.may(kind.noun.name, "open").then_some(form)));
    }
    let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, cell) else { return Ok(ValueKind::Text) };
    let Some(target) = cx.app.kind_of(target).filter(|kind| cx.may(kind.noun.name, "read")) else {
        return Ok(ValueKind::Text);
    };
    let found = cx.app.store.find(target.noun, *id, cx.scope()).await?;
    Ok(found.map_or(ValueKind::Text, |row| ValueKind::Link(rows::href(target, &row))))
}

async fn moves(
    reader: &Reader,
    kind: &Kind,
    row: &Row,
    beside: &Beside<'_>,
    first: bool,
) -> Result<Vec<MoveView>, StoreError> {
    let cx = &reader.cx;
    let facts = cx.facts(&[(kind.noun, row)], &[]).await?;
    let mut choices = Choices::default();
    let mut views = Vec::new();
    for spec in save::moves(cx, kind, row, &facts) {
        let tried = beside.tried.as_ref().filter(|(name, ..)| *name == spec.name);
        let (typed, faults): (&Typed, &[Refusal]) = tried.map_or((&[], &[]), |(_, typed, faults)| (typed, faults));
        let mut view = step(cx, kind, spec, Some(row), typed, faults, &mut choices).await?;
        view.action = format!("{}/{}", rows::href(kind, row), spec.name);
        view.version = row.version.to_string();
        if !first
            && !spec.grave
            && onward(kind, row, spec)
            && !views.iter().any(|view: &MoveView| view.tone == Tone::Good)
        {
            view.tone = Tone::Good;
        }
        views.push(view);
    }
    Ok(views)
}

/// Whether a move brings the case further: the states stand in the order of a life, and only what leads on is offered first.
fn onward(kind: &Kind, row: &Row, spec: &MoveSpec) -> bool {
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    let Some(life) = kind.life else { return false };
    let place = |state: &str| life.states().iter().position(|known| *known == state);
    life.next(state, spec.name).is_some_and(|next| place(next) > place(state))
}

/// The form of a move.
pub(super) async fn step(
    cx: &Cx,
    kind: &Kind,
    spec: &'static MoveSpec,
    about: Option<&Row>,
    typed: &Typed,
    faults: &[Refusal],
    choices: &mut Choices,
) -> Result<MoveView, StoreError> {
    let words = format!("move.{}.{}", kind.noun.name, spec.name);
    let prefix = format!("{}-", spec.name);
    let fields = spec.fields.iter().collect();
    let asking = Asking { kind, step: Some(spec.name), fields, row: None, about, typed, faults, prefix };
    let label = cx.word(&words).to_owned();
    // A fault of a field that the form does not have is said above it.
    let elsewhere =
        faults.iter().filter(|fault| fault.field.is_none_or(|name| spec.fields.iter().all(|field| field.name != name)));
    let said: Vec<_> = elsewhere.map(|fault| cx.app.text(cx.lang, fault)).collect();
    let request = save::typed(typed, "request_id").and_then(|text| text.parse().ok());
    Ok(MoveView {
        name: spec.name.to_owned(),
        icon: String::new(),
        tone: if spec.grave { Tone::Bad } else { Tone::Plain },
        action: String::new(),
        description: super::list::optional(cx, &format!("{words}.hint")),
        fields: asking.views(cx, choices).await?,
        request_id: request.unwrap_or_else(|| cx.app.store.new_id(cx.now)).to_string(),
        version: String::new(),
        confirm: spec.grave.then(|| question(cx, &words, &label)),
        open: !faults.is_empty(),
        error: (!said.is_empty()).then(|| said.join(" ")),
        label,
    })
}

/// What is asked before a grave move is made: that it cannot be undone, or the move's own question, where it can.
fn question(cx: &Cx, words: &str, label: &str) -> String {
    let own = super::list::optional(cx, &format!("{words}.ask"));
    if own.is_empty() { cx.app.words.fill(cx.lang, "ui.grave", &[("n", label.to_owned())]) } else { own }
}
