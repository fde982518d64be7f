//! The pages of whoever calls: my classes now, the names as tiles, what was called. Simple forms, so that they work on any telephone.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use chrono::NaiveDate;
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::Refused;
use engine::view::{LinkView, Tone};
use engine::web::{Asked, Posted, Reader, labels};
use engine::{App, Cx, days};
use kit::{Cell, Facts, Query, Refusal, Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::call::{self, Caller, Missed, Sent};
use super::record::{MARK, MISSING, SESSIONS, SHEET};
use super::session::{self, Slot, Standing, roll_day};
use super::view::{CalledPage, ClassView, MarkView, MinePage, SessionView, SoughtView, SubstitutePage};
use super::{board, door, forgot, instead, late, led, lesson, missing, roll, seen, tiles};
use crate::organisation::record::{CLASS, PUPIL};

/// Classes of one school that can be offered to a substitute.
const MANY: u64 = 200;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall", get(mine)).route("/rollcall/{id}/{code}", get(page).post(send))
}

/// The name of a session.
pub fn session_word(cx: &Cx, code: &str) -> String {
    cx.word(&format!("sheet.session.{code}")).to_owned()
}

pub fn clock(at: i64) -> String {
    dates::shanghai_time(at).format("%H:%M").to_string()
}

async fn mine(reader: Reader) -> Response {
    let made = mine_made(&reader).await;
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn mine_made(reader: &Reader) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !door::calls(cx) {
        return Err(Refused::Missing);
    }
    let today = cx.today();
    let facts = door::facts(cx);
    let place = cx.scope().home.or(cx.actor.unit).unwrap_or_default();
    let takes_place = |session: &&str| session::takes_place(session, place, roll_day(session, cx.now), &facts);
    let school = SESSIONS.iter().any(takes_place);
    let own = own(cx).await?;
    let mut classes = Vec::with_capacity(own.len());
    if school {
        let sheets = sheets(cx, &own).await?;
        let boarding = door::with_boarders(cx, Some(&own)).await?;
        let lessons = door::lessons(cx, &own, today).await?;
        let mut unknown = led::of_classes(cx, &own).await?;
        for class in &own {
            let mut view = class_view(cx, &facts, (class, boarding.contains(&class.id)), &sheets)?;
            let table = lessons.get(&class.id).map_or(&[][..], Vec::as_slice);
            view.unknown = unknown.remove(&class.id);
            view.lessons = lesson::offered(cx, class, table, &sheets).await?;
            classes.push(view);
        }
    }
    let none = own.is_empty().then_some("rollcall.no_class");
    let nothing = if school { none } else { Some(session::off(&[place], today, &facts)) };
    let page = MinePage {
        t: words(&cx.app, cx.lang),
        layout: titled(reader, cx.word("rollcall").to_owned()),
        day: days::of_week(cx, today),
        classes,
        others: if school { others(cx, &own).await? } else { Vec::new() },
        board: cx
            .may(SHEET.name, "read")
            .then(|| LinkView { label: cx.word("rollcall.board").to_owned(), href: "/rollcall/board".into() }),
        nothing: nothing.map(|key| cx.word(key).to_owned()),
    };
    Ok(render(&page))
}

/// The classes that this reader is the teacher of.
async fn own(cx: &Cx) -> Result<Vec<Row>, StoreError> {
    let scope = Scope { classes: cx.scope().classes.clone(), ..Scope::default() };
    let mut rows = cx.app.store.all(&CLASS, &board::going_on(cx.today()), &scope).await?;
    rows.sort_by_key(|row| cell_text(row, "name"));
    Ok(rows)
}

fn cell_text(class: &Row, field: &str) -> String {
    class.get(&CLASS, field).text().unwrap_or_default().to_owned()
}

/// Everybody else's class of his school.
async fn others(cx: &Cx, own: &[Row]) -> Result<Vec<LinkView>, StoreError> {
    let Some(home) = cx.scope().home else { return Ok(Vec::new()) };
    let query = board::going_on(cx.today()).is("school", Cell::Id(home)).limit(MANY);
    let page = cx.app.store.list(&CLASS, &query, cx.scope()).await?;
    let other = |class: &&Row| own.iter().all(|mine| mine.id != class.id);
    let others: Vec<_> = page.rows.iter().filter(other).cloned().collect();
    let now = door::now_of(cx, &others).await?;
    let link = |class: &Row| LinkView {
        label: cell_text(class, "name"),
        href: format!("/rollcall/{}/{}", class.id, now.get(&class.id).copied().unwrap_or("arrival")),
    };
    Ok(others.iter().map(link).collect())
}

/// What was called of the rolls that are called now.
async fn sheets(cx: &Cx, classes: &[Row]) -> Result<Vec<Row>, StoreError> {
    let ids: Vec<_> = classes.iter().map(|class| Cell::Id(class.id)).collect();
    let days = (dates::shanghai_date(cx.now - session::NIGHT), cx.today());
    let query = Query::new().filter("class", kit::Test::OneOf(ids)).within("day", days.0, days.1);
    let mut sheets = cx.app.store.all(&SHEET, &query.among("state", &["called"]), cx.scope()).await?;
    let day = |sheet: &Row| sheet.get(&SHEET, "session").text().map(|session| roll_day(session, cx.now));
    sheets.retain(|sheet| sheet.get(&SHEET, "day").date() == day(sheet));
    Ok(sheets)
}

/// The hours are those of the school, as for reminders and checks; only the boarders' rolls are none of a class that has no boarders.
fn class_view(cx: &Cx, facts: &Facts, (class, boarders): (&Row, bool), sheets: &[Row]) -> Result<ClassView, Refusal> {
    let mut sessions = Vec::new();
    let school = class.get(&CLASS, "school").id().unwrap_or_default();
    let rolls = session::rolls(&facts.timetable, door::stage(class), door::boards(cx, class), facts.now);
    let own = |session| boarders || !session::boarders_only(session);
    let held = |day, session| own(session) && session::takes_place(session, school, day, facts);
    for (day, slot) in rolls.iter().filter(|(day, slot)| held(*day, slot.session)) {
        let called = sheets.iter().find(|row| {
            row.get(&SHEET, "class").id() == Some(class.id) && row.get(&SHEET, "session").text() == Some(slot.session)
        });
        // Lessons that nobody called and nobody need call stand in nobody's way.
        if called.is_none() && !session::asked(slot.session) {
            continue;
        }
        sessions.push(session_view(cx, class, (*day, slot), called)?);
    }
    let hand_over = format!("/handovers/new?class={}", class.id);
    Ok(ClassView { name: cell_text(class, "name"), hand_over, sessions, unknown: None, lessons: Vec::new() })
}

fn session_view(
    cx: &Cx,
    class: &Row,
    (day, slot): (NaiveDate, &Slot),
    called: Option<&Row>,
) -> Result<SessionView, Refusal> {
    let standing = session::standing(slot, day, cx.now, &cx.app.norms())?;
    let (state, tone) = match (called, standing) {
        (Some(sheet), _) => (called_words(cx, sheet), Tone::Good),
        (None, Standing::Later) => (cx.word("rollcall.later").to_owned(), Tone::Plain),
        (None, Standing::Open) => (cx.word("rollcall.open").to_owned(), Tone::Info),
        (None, Standing::Overdue) => (cx.word("rollcall.overdue").to_owned(), Tone::Bad),
    };
    let open = called.is_none() && standing != Standing::Later;
    let href = format!("/rollcall/{}/{}", class.id, slot.session);
    Ok(SessionView {
        label: session_word(cx, slot.session),
        // Of the evening before, its day is said.
        when: if day == cx.today() { String::new() } else { day.format("%m-%d ").to_string() }
            + &slot.at.format("%H:%M").to_string(),
        href,
        state,
        tone,
        open,
    })
}

/// "7:58 called, 2 not there".
fn called_words(cx: &Cx, sheet: &Row) -> String {
    let at = clock(roll::called_at(sheet));
    cx.app.words.fill(cx.lang, "rollcall.called_at", &[("at", at), ("n", away(sheet).to_string())])
}

/// How many of a sheet are not in the room: whoever came late is.
pub fn away(sheet: &Row) -> i64 {
    ["absent", "sick", "on_leave"].iter().map(|field| sheet.get(&SHEET, field).int().unwrap_or_default()).sum()
}

/// What an address asks for: class, session, day.
pub(super) struct Wanted {
    pub class: Row,
    pub session: &'static str,
    pub day: NaiveDate,
    substitute: bool,
}

impl Wanted {
    /// Of today's roll without the day: so it stands among the pages of the day that a telephone keeps.
    fn address(&self, cx: &Cx) -> String {
        let path = format!("/rollcall/{}/{}", self.class.id, self.session);
        if self.day == roll_day(self.session, cx.now) { path } else { format!("{path}?day={}", self.day) }
    }
}

async fn wanted(cx: &Cx, (id, code): (&str, &str), day: Option<&str>, substitute: bool) -> Result<Wanted, Refused> {
    let id: Uuid = id.parse().map_err(|_| Refused::Missing)?;
    let session = session::code(code).ok_or(Refused::Missing)?;
    let class = door::class(cx, id).await?;
    let day = day.and_then(|text| text.parse().ok()).unwrap_or_else(|| roll_day(session, cx.now));
    Ok(Wanted { class, session, day, substitute })
}

async fn page(reader: Reader, Path((id, code)): Path<(String, String)>, asked: Asked) -> Response {
    let made = async {
        let substitute = asked.get("substitute").is_some();
        let wanted = wanted(&reader.cx, (&id, &code), asked.get("day"), substitute).await?;
        shown(&reader, wanted, &Tried::default()).await
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

/// What was sent and refused.
#[derive(Default)]
pub(super) struct Tried {
    pub missed: Vec<Missed>,
    pub id: Option<Uuid>,
    pub faults: Vec<String>,
}

async fn shown(reader: &Reader, wanted: Wanted, tried: &Tried) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let lesson = door::taught_by(cx, &wanted.class, wanted.day, wanted.session).await?;
    let caller = call::caller(&cx.actor, &wanted.class, lesson)?;
    if let Some(sheet) = door::sheet_of(cx, wanted.class.id, wanted.day, wanted.session).await? {
        return called_page(reader, &wanted, &sheet, tried).await;
    }
    // Nobody says that he calls in another's place only to hear then that nobody can.
    if caller == Caller::Substitute && !wanted.substitute && tiles::open(cx, &wanted).await? {
        return Ok(substitute_page(reader, &wanted));
    }
    tiles::page(reader, wanted, caller, tried).await
}

pub(super) fn heading(cx: &Cx, wanted: &Wanted) -> String {
    format!("{} · {}", cell_text(&wanted.class, "name"), session_word(cx, wanted.session))
}

pub(super) fn layout(reader: &Reader, heading: &str) -> engine::view::Layout {
    let mut layout = titled(reader, heading.to_owned());
    layout.crumbs.push(LinkView { label: reader.cx.word("rollcall").to_owned(), href: "/rollcall".into() });
    layout
}

fn substitute_page(reader: &Reader, wanted: &Wanted) -> Response {
    let cx = &reader.cx;
    let heading = heading(cx, wanted);
    render(&SubstitutePage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, &heading),
        heading,
        sentence: cx.word("rollcall.substitute.lead").to_owned(),
        go: format!("/rollcall/{}/{}?day={}&substitute=1", wanted.class.id, wanted.session, wanted.day),
    })
}

async fn called_page(reader: &Reader, wanted: &Wanted, sheet: &Row, tried: &Tried) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let heading = heading(cx, wanted);
    let marks = door::marks(cx, sheet.id).await?;
    let pupils: Vec<_> = marks.iter().filter_map(|mark| mark.get(&MARK, "pupil").id()).collect();
    let names = door::names(cx, &pupils).await?;
    let by = sheet.get(&SHEET, "called_by").id();
    let who = labels(cx, by.map(|id| ("staff", vec![id])).into_iter().collect()).await?;
    let who = by.and_then(|id| who.get(&id).cloned()).unwrap_or_default();
    let number = |field| sheet.get(&SHEET, field).int().unwrap_or_default();
    let (day, at) = (wanted.day.to_string(), moment(number("called_at")));
    let views = marks.iter().filter(|mark| mark.get(&MARK, "state").text() != Some("taken_back"));
    let mut checks = led::checks(cx, &marks).await?;
    let mut shown = Vec::new();
    for mark in views {
        let pupil = mark.get(&MARK, "pupil").id().filter(|_| roll::counts(mark));
        let check = pupil.and_then(|pupil| checks.remove(&pupil));
        shown.push(MarkView { check, ..mark_view(cx, mark, &names)? });
    }
    let own = wanted.class.id;
    let adds = cx.may(MARK.name, "create") && (cx.scope().classes.contains(&own) || cx.scope().holds(school_of(sheet)));
    let add = adds.then(|| format!("/marks/new?sheet={}", sheet.id)).or_else(|| forgot::way(cx, own, sheet));
    let mut mine = None;
    if !tried.faults.is_empty() {
        let ground = door::ground(cx, wanted.class.clone(), wanted.day, wanted.session).await?;
        mine = Some(instead::lines(cx, &ground.roll, &tried.missed, (&marks, add.as_deref())).await?);
    }
    let page = CalledPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, &heading),
        heading,
        meta: if at.starts_with(&day) { [at, who].join(" · ") } else { [day, who, at].join(" · ") },
        notes: notes(cx, sheet),
        present: (number("enrolled") - away(sheet)).to_string(),
        enrolled: number("enrolled").to_string(),
        everybody: shown.is_empty() && away(sheet) == 0,
        hidden: if shown.is_empty() { away(sheet) } else { 0 },
        ahead: shown.iter().any(|mark| mark.check.is_some()),
        marks: shown,
        add,
        sheet: LinkView { label: cx.word("sheet").to_owned(), href: format!("/sheets/{}", sheet.id) },
        faults: tried.faults.clone(),
        untold: late::untold(cx, sheet).await?,
        sought: sought(cx, sheet).await?,
        mine,
        next: LinkView { label: cx.word("rollcall.back").to_owned(), href: "/rollcall".into() },
        keeps: (wanted.day == roll_day(wanted.session, cx.now)).then(|| wanted.address(cx)),
    };
    let status = if tried.faults.is_empty() { StatusCode::OK } else { StatusCode::CONFLICT };
    Ok(unkept((status, render(&page)).into_response()))
}

/// Children of the class who are looked for still, though whoever called says that they are there: nothing but a person's word ends a search, and nobody is
/// searched for who sits in the room.
async fn sought(cx: &Cx, sheet: &Row) -> Result<Vec<SoughtView>, Refused> {
    let here = ["school", "class"].map(|field| (field, sheet.get(&SHEET, field).clone()));
    let open = here.into_iter().fold(missing::open(), |query, (field, cell)| query.is(field, cell));
    let open = cx.app.store.all(&MISSING, &open, &Scope::county()).await?;
    let now = sheet.get(&SHEET, "session").text().map(|session| roll_day(session, cx.now));
    if open.is_empty() || sheet.get(&SHEET, "day").date() != now {
        return Ok(Vec::new());
    }
    // All of them: who does not see a mark is not told that there is none.
    let marks = cx.app.store.find_by(&MARK, "sheet", &[Cell::Id(sheet.id)], &Scope::county()).await?;
    let ids: Vec<_> = open.iter().filter_map(|check| check.get(&MISSING, "pupil").id()).collect();
    let pupils = cx.app.store.find_many(&PUPIL, &ids, &Scope::county()).await?;
    let line = |check: &Row| {
        let pupil = pupils.get(&check.get(&MISSING, "pupil").id()?)?;
        let name = pupil.get(&PUPIL, "name").text().unwrap_or_default().to_owned();
        let here = seen::here(cx, check);
        let key = if here.is_some() { "rollcall.sought" } else { "rollcall.sought.tell" };
        let href = if here.is_some() { format!("/missing/{}", check.id) } else { String::new() };
        let label = cx.app.words.fill(cx.lang, key, &[("name", name)]);
        seen::is_there(check, pupil, sheet, &marks).then_some(SoughtView { label, href, here })
    };
    Ok(open.iter().filter_map(line).collect())
}

fn moment(at: i64) -> String {
    dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string()
}

/// Who called it, when, and whether the telephone's clock is believed, where one of these is not as usual. What was called without a network says both times.
fn notes(cx: &Cx, sheet: &Row) -> Vec<String> {
    let is = |field| sheet.get(&SHEET, field) == &Cell::Bool(true);
    let came = clock(sheet.get(&SHEET, "called_at").int().unwrap_or_default());
    let offline = |done| cx.app.words.fill(cx.lang, "rollcall.note.offline", &[("at", moment(done)), ("came", came)]);
    let believed = sheet.get(&SHEET, "clock").text();
    let notes = [
        is("substitute").then_some("rollcall.note.substitute"),
        is("overdue").then_some("rollcall.note.overdue"),
        believed.map(|clock| if clock == "ahead" { "rollcall.note.ahead" } else { "rollcall.note.behind" }),
    ];
    let notes = notes.into_iter().flatten().map(|key| cx.word(key).to_owned());
    sheet.get(&SHEET, "device_at").int().map(offline).into_iter().chain(notes).collect()
}

fn school_of(sheet: &Row) -> Uuid {
    sheet.get(&SHEET, "school").id().unwrap_or_default()
}

fn mark_view(cx: &Cx, mark: &Row, names: &std::collections::HashMap<Uuid, String>) -> Result<MarkView, Refused> {
    let text = |field| mark.get(&MARK, field).text().unwrap_or_default();
    let pupil = mark.get(&MARK, "pupil").id().unwrap_or_default();
    let symptom = if text("symptom").is_empty() || !cx.may(MARK.name, "see") {
        String::new()
    } else {
        format!(" · {}", cx.word(&format!("mark.symptom.{}", text("symptom"))))
    };
    let kind = cx.app.kind_of(MARK.name).ok_or(Refused::Missing)?;
    let facts = door::facts(cx);
    let open: Vec<_> = engine::save::moves(cx, kind, mark, &facts).iter().map(|spec| spec.name).collect();
    let way = |mv: &str| open.contains(&mv).then(|| format!("/marks/{}/{mv}", mark.id));
    let name = names.get(&pupil).cloned().unwrap_or_default();
    // A search ends with it: the same is said as on the check itself.
    let sought = text("state") == "unknown";
    let sure = sought.then(|| cx.app.words.fill(cx.lang, "rollcall.arrived_sure", &[("name", name.clone())]));
    Ok(MarkView {
        name,
        sure,
        kind: format!("{}{symptom}", cx.word(&format!("mark.kind.{}", text("kind")))),
        tone: if sought { Tone::Bad } else { Tone::Warn },
        state: cx.word(&format!("mark.state.{}", text("state"))).to_owned(),
        reply: if cx.may(MARK.name, "see") { text("reply").to_owned() } else { String::new() },
        href: format!("/marks/{}", mark.id),
        check: None,
        take_back: way("take_back"),
        arrived: way("arrived"),
        version: mark.version.to_string(),
        requests: std::array::from_fn(|_| cx.app.store.new_id(cx.now).to_string()),
    })
}

/// What was touched: pupils, and below each a kind and, for the sick, a symptom.
fn missed(values: &[(String, String)]) -> Result<Vec<Missed>, Refusal> {
    let get = |name: &str| engine::save::typed(values, name).unwrap_or_default();
    let one = |id: &str| {
        let pupil = id.parse().map_err(|_| Refusal::at("value.reference", "pupil").with("value", "?"))?;
        let typed = get(&format!("kind.{id}"));
        let kind = if typed.is_empty() { Some("absent") } else { call::kind(typed) };
        let kind = kind.ok_or_else(|| Refusal::at("value.choice", "kind").with("value", "?"))?;
        let symptom = call::symptom(get(&format!("symptom.{id}"))).filter(|_| kind == "sick");
        Ok(Missed { pupil, kind, symptom })
    };
    values.iter().filter(|(name, _)| name == "missed").map(|(_, id)| one(id)).collect()
}

async fn send(Path((id, code)): Path<(String, String)>, posted: Posted) -> Response {
    let made = sent(&posted, (&id, &code)).await;
    made.unwrap_or_else(|refused| refused_page(&posted.reader, &refused))
}

async fn sent(posted: &Posted, address: (&str, &str)) -> Result<Response, Refused> {
    let cx = &posted.reader.cx;
    let substitute = posted.get("substitute").is_some_and(|text| text == "1");
    let wanted = wanted(cx, address, posted.get("day"), substitute).await?;
    let to = wanted.address(cx);
    let missed = missed(&posted.values)?;
    let offline = posted.reader.offline;
    let sent = Sent {
        id: cx.request,
        day: wanted.day,
        session: wanted.session,
        missed: missed.clone(),
        device_at: offline.map(|offline| offline.at(cx.now)),
        skew: offline.map_or(0, |offline| offline.lead(cx.now)),
        opened_at: posted.get("opened_at").and_then(|text| text.parse().ok()),
        substitute,
    };
    match door::call(cx, wanted.class.clone(), &sent).await {
        Ok(_) => Ok(Redirect::to(&to).into_response()),
        Err(Refused::Faults(faults)) => {
            let faults = faults.iter().map(|fault| cx.app.text(cx.lang, fault)).collect();
            shown(&posted.reader, wanted, &Tried { missed, id: Some(cx.request), faults }).await
        }
        Err(refused) => Err(refused),
    }
}
