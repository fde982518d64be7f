//! 未点名一览: which classes have not been called, for a school and for the county. Numbers and classes; no pupil is named here.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use engine::error::{refused_page, render};
use engine::pages::{titled, words};
use engine::save::Refused;
use engine::view::{LinkView, Tone};
use engine::web::{Asked, Reader};
use engine::{App, Cx, days};
use kit::{Cell, Query, Row, Test, dates};
use store::StoreError;
use uuid::Uuid;

use super::pages::{away, clock, session_word};
use super::record::{SESSIONS, SHEET};
use super::remind::REMINDER;
use super::session::{self, Standing, roll_day};
use super::view::{BoardLine, BoardPage};
use super::{door, roll};
use crate::duties::rolls;
use crate::organisation::record::CLASS;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall/board", get(county)).route("/rollcall/board/{id}", get(school))
}

/// What a board adds up.
const COUNTED: [&str; 6] = ["enrolled", "absent", "sick", "on_leave", "late", "left_early"];

const STAGES: [&str; 4] = ["kindergarten", "primary", "junior", "senior"];

/// The sums over all schools.
fn total(groups: &[(Cell, i64, Vec<i64>)]) -> [i64; COUNTED.len()] {
    std::array::from_fn(|at| groups.iter().filter_map(|(_, _, sums)| sums.get(at)).sum())
}

/// The sheets of one session of the roll that is called now.
fn called(cx: &Cx, session: &str) -> Query {
    Query::new()
        .is("day", Cell::Date(roll_day(session, cx.now)))
        .among("session", &[session])
        .among("state", &["called"])
}

/// The classes that there are on a day: those that have begun, and not ended before it; the last day belongs to a class.
pub(super) fn going_on(day: NaiveDate) -> Query {
    let begun = Cell::Int(i64::from(dates::school_year_of(day)));
    let begun = Query::new().filter("entry_year", Test::Between(None, Some(begun)));
    begun.not_ended("ended_on", day.pred_opt().unwrap_or(day))
}

/// The classes that have somebody to be called: boarders, where only they are expected.
async fn peopled(cx: &Cx, session: &str) -> Result<HashSet<Uuid>, StoreError> {
    if session::boarders_only(session) {
        return door::with_boarders(cx, None).await;
    }
    door::with_pupils(cx, roll_day(session, cx.now)).await
}

/// The session that the address names, else the one that is called now.
fn session_of(cx: &Cx, asked: &Asked) -> Result<&'static str, Refused> {
    if !cx.may(SHEET.name, "read") {
        return Err(Refused::Missing);
    }
    Ok(asked.get("session").and_then(session::code).unwrap_or_else(|| session::now(&door::facts(cx))))
}

/// Of how many classes of each school in scope this session is asked, and how many of these were called: what was called of a class that is none any more
/// stands for none that waits. All is asked at once: a board of the whole county has thousands of classes.
async fn sizes(cx: &Cx, session: &'static str) -> Result<HashMap<Uuid, (i64, i64)>, StoreError> {
    let (store, scope) = (&cx.app.store, cx.scope());
    let (classes, sheets) = (going_on(cx.today()), called(cx, session));
    let (mut classes, peopled, called) = tokio::try_join!(
        store.column(&CLASS, "school", &classes, scope),
        peopled(cx, session),
        store.group(&SHEET, "class", None, &sheets, scope),
    )?;
    classes.retain(|(class, _)| peopled.contains(class));
    Ok(of_each_school(&classes, &called))
}

/// How many classes each school has among these, and how many of them are among those that were called.
pub(super) fn of_each_school(classes: &[(Uuid, Cell)], called: &[(Cell, i64)]) -> HashMap<Uuid, (i64, i64)> {
    let called: HashSet<Uuid> = called.iter().filter_map(|(class, _)| class.id()).collect();
    let mut sizes: HashMap<Uuid, (i64, i64)> = HashMap::new();
    for (class, school) in classes {
        let Some(school) = school.id() else { continue };
        let (size, done) = sizes.entry(school).or_default();
        *size += 1;
        *done += i64::from(called.contains(class));
    }
    sizes
}

/// The schools where nobody is waited for though there is school: they were let off the roll of the morning.
async fn let_off(cx: &Cx, session: &str) -> Result<HashSet<Uuid>, StoreError> {
    if session == "arrival" { rolls::let_off(cx, roll_day(session, cx.now)).await } else { Ok(HashSet::new()) }
}

async fn county(reader: Reader, asked: Asked) -> Response {
    let made = async {
        let cx = &reader.cx;
        let session = session_of(cx, &asked)?;
        // Whoever belongs to one school sees that one.
        if let Some(home) = cx.scope().home.filter(|_| !cx.scope().all) {
            return school_board(&reader, session, home).await;
        }
        county_board(&reader, session).await
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn school(reader: Reader, Path(id): Path<String>, asked: Asked) -> Response {
    let made = async {
        let session = session_of(&reader.cx, &asked)?;
        let id = id.parse().map_err(|_| Refused::Missing)?;
        school_board(&reader, session, id).await
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn county_board(reader: &Reader, session: &'static str) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let query = called(cx, session);
    let groups = cx.app.store.group_sums(&SHEET, "school", &COUNTED, &query, cx.scope());
    let (mut sizes, groups, let_off) = tokio::try_join!(sizes(cx, session), groups, let_off(cx, session))?;
    // A school that is closed, by its own term or because of ice, waits for nobody; nor does one that was let off.
    let all: Vec<_> = sizes.keys().copied().collect();
    sizes.retain(|school, _| takes_place(cx, session, *school));
    let open = !sizes.is_empty();
    sizes.retain(|school, _| !let_off.contains(school));
    let idle = idle(!all.is_empty(), open, !sizes.is_empty(), off(cx, session, &all));
    let counted = total(&groups);
    let standing = standing(cx, session)?;
    let tree = cx.app.tree();
    let mut schools: Vec<_> = sizes
        .iter()
        .map(|(school, (size, done))| (size - done, *size, *school))
        .filter(|(waiting, ..)| *waiting > 0)
        .collect();
    schools.sort_by_key(|(waiting, size, school)| (std::cmp::Reverse(*waiting), *size, *school));
    let line = |(waiting, size, school): &(i64, i64, Uuid)| BoardLine {
        label: tree.name(*school).to_owned(),
        href: format!("/rollcall/board/{school}?session={session}"),
        detail: fill(cx, "rollcall.board.of", &[("n", size - waiting), ("of", *size)]),
        mark: match standing {
            Standing::Later => cx.word("rollcall.later").to_owned(),
            _ => fill(cx, "rollcall.board.waiting", &[("n", *waiting)]),
        },
        tone: tone(standing),
    };
    let lines = schools.iter().map(line).collect();
    let (total, done) = sum(&sizes);
    let heading = (cx.word("rollcall.board").to_owned(), String::new(), idle);
    board(reader, session, heading, (done, total), counted, lines)
}

async fn school_board(reader: &Reader, session: &'static str, school: Uuid) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let here = going_on(cx.today()).is("school", Cell::Id(school));
    let mut classes = cx.app.store.all(&CLASS, &here, cx.scope()).await?;
    let query = called(cx, session).is("school", Cell::Id(school));
    let sheets = cx.app.store.all(&SHEET, &query, cx.scope()).await?;
    let reminded = Query::new().is("school", Cell::Id(school)).is("day", Cell::Date(roll_day(session, cx.now)));
    let reminded = cx.app.store.all(&REMINDER, &reminded.among("session", &[session]), cx.scope()).await?;
    let reminded = |class: &Row| {
        let mine = reminded.iter().find(|row| row.get(&REMINDER, "class").id() == Some(class.id));
        mine.and_then(|row| row.get(&REMINDER, "at").int())
    };
    if classes.is_empty() && sheets.is_empty() {
        return Err(Refused::Missing);
    }
    let standing = standing(cx, session)?;
    let sheet = |class: &Row| sheets.iter().find(|row| row.get(&SHEET, "class").id() == Some(class.id));
    let peopled = peopled(cx, session).await?;
    classes.retain(|class| peopled.contains(&class.id) || sheet(class).is_some());
    let mut lines: Vec<_> = classes.iter().map(|class| (class, sheet(class))).collect();
    // As a school counts its classes: the lower stage first, in it the first grade.
    lines.sort_by_key(|(class, sheet)| {
        let stage = STAGES.iter().position(|stage| *stage == door::stage(class));
        let year = class.get(&CLASS, "entry_year").int().map(std::cmp::Reverse);
        (sheet.is_some(), stage, year, class.get(&CLASS, "number").int())
    });
    let done = lines.iter().filter(|(_, sheet)| sheet.is_some()).count();
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    let total = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    let lines = lines
        .into_iter()
        .map(|(class, sheet)| class_line(cx, session, (class, sheet, reminded(class)), standing))
        .collect();
    let name = cx.app.tree().name(school).to_owned();
    let number = |row: &Row, field: &str| row.get(&SHEET, field).int().unwrap_or_default();
    let counted = COUNTED.map(|field| sheets.iter().map(|row| number(row, field)).sum());
    let let_off = let_off(cx, session).await?.contains(&school);
    let idle = idle(total > 0, takes_place(cx, session, school), !let_off, off(cx, session, &[school]));
    let heading = (cx.word("rollcall.board").to_owned(), name, idle);
    board(reader, session, heading, (done, total), counted, lines)
}

fn class_line(
    cx: &Cx,
    session: &'static str,
    (class, sheet, reminded): (&Row, Option<&Row>, Option<i64>),
    standing: Standing,
) -> BoardLine {
    let label = class.get(&CLASS, "name").text().unwrap_or_default().to_owned();
    let here = class.get(&CLASS, "school").id();
    let calls = door::calls(cx) && here.is_some() && (cx.scope().home == here);
    match sheet {
        Some(sheet) => BoardLine {
            label,
            href: format!("/sheets/{}", sheet.id),
            detail: clock(roll::called_at(sheet)),
            mark: fill(cx, "rollcall.board.away", &[("n", away(sheet))]),
            tone: if sheet.get(&SHEET, "absent").int() > Some(0) { Tone::Warn } else { Tone::Good },
        },
        None => BoardLine {
            label,
            href: if calls { format!("/rollcall/{}/{session}", class.id) } else { String::new() },
            detail: String::new(),
            mark: match reminded {
                Some(at) => cx.app.words.fill(cx.lang, "rollcall.reminded", &[("at", clock(at))]),
                None if standing == Standing::Later => cx.word("rollcall.later").to_owned(),
                None => cx.word("rollcall.not_called").to_owned(),
            },
            tone: tone(standing),
        },
    }
}

/// How a session stands: not begun before the first stage begins, and overdue when the norm's minutes are over for everybody, by the hours of primary schools,
/// which begin last.
fn standing(cx: &Cx, session: &'static str) -> Result<Standing, Refused> {
    let day = roll_day(session, cx.now);
    let of = |stage: &str| {
        let slots = session::slots(&cx.app.timetable(), stage, true, day);
        let slot = slots.iter().find(|slot| slot.session == session);
        slot.map(|slot| session::standing(slot, day, cx.now, &cx.app.norms())).transpose()
    };
    let all = STAGES.into_iter().map(of).collect::<Result<Vec<_>, _>>()?;
    let begun = all.iter().flatten().any(|standing| *standing != Standing::Later);
    let last = of("primary")?.filter(|last| *last == Standing::Overdue);
    Ok(last.unwrap_or(if begun { Standing::Open } else { Standing::Later }))
}

/// What waits is no fault before its hour.
fn tone(standing: Standing) -> Tone {
    match standing {
        Standing::Later => Tone::Plain,
        Standing::Open => Tone::Warn,
        Standing::Overdue => Tone::Bad,
    }
}

pub(super) fn fill(cx: &Cx, key: &str, numbers: &[(&'static str, i64)]) -> String {
    let args: Vec<_> = numbers.iter().map(|(name, n)| (*name, n.to_string())).collect();
    cx.app.words.fill(cx.lang, key, &args)
}

/// Whether the session takes place at a school on the day of its roll.
fn takes_place(cx: &Cx, session: &'static str, school: Uuid) -> bool {
    session::takes_place(session, school, roll_day(session, cx.now), &door::facts(cx))
}

/// Why schools have no session of the roll that is called now.
fn off(cx: &Cx, session: &'static str, schools: &[Uuid]) -> &'static str {
    session::off(schools, roll_day(session, cx.now), &door::facts(cx))
}

/// Why nobody is waited for, if nobody is: no class has anybody to be called, there is no school, or the schools that teach were let off the roll.
pub fn idle(peopled: bool, school: bool, asked: bool, off: &'static str) -> Option<&'static str> {
    match (peopled, school, asked) {
        (false, ..) => Some("rollcall.no_pupils"),
        (true, false, _) => Some(off),
        (true, true, false) => Some("rollcall.let_off"),
        (true, true, true) => None,
    }
}

fn board(
    reader: &Reader,
    session: &'static str,
    (heading, place, idle): (String, String, Option<&'static str>),
    (done, total): (i64, i64),
    counted: [i64; COUNTED.len()],
    lines: Vec<BoardLine>,
) -> Result<Response, Refused> {
    let cx = &reader.cx;
    // Where nobody was called, nothing was counted: that is no zero.
    let count = |(field, sum): (&&str, i64)| {
        let said = if done == 0 { "–".to_owned() } else { sum.to_string() };
        // Of the classes that have been called, which is not yet everybody.
        let key = if *field == "enrolled" { "rollcall.board.enrolled".to_owned() } else { format!("sheet.{field}") };
        (cx.word(&key).to_owned(), said)
    };
    let counts = COUNTED.iter().zip(counted).map(count).collect();
    let mut layout = titled(reader, heading.clone());
    let path = reader.here.split('?').next().unwrap_or("/rollcall/board");
    // From one school back to all of them; the board itself stands in the menu.
    if path != "/rollcall/board" {
        layout.crumbs.push(LinkView { label: heading.clone(), href: "/rollcall/board".into() });
    }
    let link = |code: &&'static str| {
        let label = session_word(cx, code);
        (LinkView { label, href: format!("{path}?session={code}") }, *code == session)
    };
    let day = roll_day(session, cx.now);
    let total = if idle.is_none() { total } else { done };
    let nothing = idle.or(lines.is_empty().then_some("rollcall.all_called"));
    let page = BoardPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading,
        meta: [place, days::of_week(cx, day), clock(cx.now)]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        sessions: SESSIONS.iter().filter(|code| session::asked(code)).map(link).collect(),
        called: done.to_string(),
        classes: total.to_string(),
        waiting: (total - done).max(0).to_string(),
        tone: if total > done { tone(standing(cx, session)?) } else { Tone::Good },
        counts,
        lines: if idle.is_none() { lines } else { Vec::new() },
        nothing: nothing.map(|key| cx.word(key).to_owned()),
    };
    Ok(render(&page))
}

/// What was called of a session's roll now, of how many classes that owe it: for the interface, as the boards count.
pub async fn numbers(cx: &Cx, session: &'static str) -> Result<(i64, i64), StoreError> {
    let (mut sizes, let_off) = tokio::try_join!(sizes(cx, session), let_off(cx, session))?;
    sizes.retain(|school, _| takes_place(cx, session, *school) && !let_off.contains(school));
    let (total, done) = sum(&sizes);
    Ok((done, total))
}

fn sum(sizes: &HashMap<Uuid, (i64, i64)>) -> (i64, i64) {
    sizes.values().fold((0, 0), |(total, all), (size, done)| (total + size, all + done))
}
