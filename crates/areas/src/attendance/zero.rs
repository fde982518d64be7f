//! 因病缺课日报、零报告: who is ill today, by symptom, what makes a cluster, and who has not been said to be back. Derived from the sheets: nobody
//! types it, and zero stands there only when every class has been called.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::{Days, NaiveDate};
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::Refused;
use engine::view::{LinkView, Tone};
use engine::web::{Asked, Reader, labels};
use engine::{App, Cx};
use kit::{Cell, Query, Row, Test};
use uuid::Uuid;

use super::bed::BED;
use super::board::{fill, going_on, of_each_school};
use super::outbreak::{self, OUTBREAK};
use super::pages::clock;
use super::record::{MARK, SHEET, SYMPTOMS};
use super::roll::{counts, enrolled_on};
use super::sickness::{self, Found, Group, Ill};
use super::view::{BoardLine, Schools, ZeroPage};
use super::{door, session};
use crate::organisation::record::{CLASS, ENROLMENT};

/// An illness that nobody has spoken of for so long is looked for no more.
const LOOKED_BACK: u64 = 30;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall/sickness", get(own)).route("/rollcall/sickness/{id}", get(school))
}

async fn own(reader: Reader, asked: Asked) -> Response {
    let made = async {
        let day = day(&reader.cx, &asked)?;
        match reader.cx.scope().home.filter(|_| !reader.cx.scope().all) {
            Some(home) => of_school(&reader, home, day).await,
            None => of_county(&reader, day).await,
        }
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn school(reader: Reader, Path(id): Path<String>, asked: Asked) -> Response {
    let made = async {
        let day = day(&reader.cx, &asked)?;
        of_school(&reader, id.parse().map_err(|_| Refused::Missing)?, day).await
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

fn day(cx: &Cx, asked: &Asked) -> Result<NaiveDate, Refused> {
    if !cx.may(MARK.name, "read") {
        return Err(Refused::Missing);
    }
    let day = asked.get("day").and_then(kit::dates::read_date).unwrap_or_else(|| cx.today());
    Ok(day.min(cx.today()))
}

/// The classes that there were on a day: those that have begun, and not ended before it, and that had pupils.
async fn there(cx: &Cx, day: NaiveDate, school: Option<Uuid>) -> Result<Vec<Row>, Refused> {
    let mut query = going_on(day);
    if let Some(school) = school {
        query = query.is("school", Cell::Id(school));
    }
    let mut classes = cx.app.store.all(&CLASS, &query, cx.scope()).await?;
    let with_pupils = door::with_pupils(cx, day).await?;
    classes.retain(|class| with_pupils.contains(&class.id));
    Ok(classes)
}

/// Whether a school calls its pupils' arrival on a day: one that is closed owes no roll.
fn opens(cx: &Cx, school: Uuid, day: NaiveDate) -> bool {
    session::takes_place("arrival", school, day, &door::facts(cx))
}

/// Which of these classes were called in the session of arrival.
async fn called(cx: &Cx, day: NaiveDate, query: Query) -> Result<Vec<Row>, Refused> {
    let query = query.is("day", Cell::Date(day)).among("session", &["arrival"]).among("state", &["called"]);
    Ok(cx.app.store.all(&SHEET, &query, cx.scope()).await?)
}

async fn of_school(reader: &Reader, school: Uuid, day: NaiveDate) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let (store, scope) = (&cx.app.store, cx.scope());
    let here = Query::new().is("school", Cell::Id(school));
    let classes = store.all(&CLASS, &here, scope).await?;
    if classes.is_empty() {
        return Err(Refused::Missing);
    }
    let owed = if opens(cx, school, day) { there(cx, day, Some(school)).await? } else { Vec::new() };
    let sheets = called(cx, day, here).await?;
    let first = day.checked_sub_days(Days::new(LOOKED_BACK)).unwrap_or(day);
    let marks = Query::new().is("school", Cell::Id(school)).within("day", first, day).among("kind", &["sick"]);
    let mut marks = store.all(&MARK, &marks, scope).await?;
    marks.retain(counts);
    let of_day: Vec<_> = marks.iter().filter(|mark| mark.get(&MARK, "day").date() == Some(day)).collect();
    let waiting = owed.iter().filter(|class| sheets.iter().all(|row| row.get(&SHEET, "class").id() != Some(class.id)));
    let sees = cx.may(MARK.name, "see");
    let page = Made {
        heading: cx.app.tree().name(school).to_owned(),
        day,
        action: format!("/rollcall/sickness/{school}"),
        closed: owed.is_empty() && sheets.is_empty(),
        called: sheets.len(),
        waiting: waiting.count(),
        ill: children(of_day.iter().copied()).len(),
        symptoms: if sees { symptoms(cx, &of_day) } else { Vec::new() },
        clusters: clusters(cx, school, &classes, &marks, day).await?,
        open: if sees { open(cx, &classes, &marks, day).await? } else { Vec::new() },
        schools: Schools::default(),
    };
    Ok(page.render(reader))
}

fn children<'a>(marks: impl Iterator<Item = &'a Row>) -> HashSet<Uuid> {
    marks.filter_map(|mark| mark.get(&MARK, "pupil").id()).collect()
}

/// Every symptom with how many children have it, and one without a name.
fn symptoms(cx: &Cx, marks: &[&Row]) -> Vec<(String, usize)> {
    let of = |symptom: Option<&str>| {
        let mine = marks.iter().copied().filter(|mark| mark.get(&MARK, "symptom").text() == symptom);
        children(mine).len()
    };
    let named = SYMPTOMS.iter().map(|code| (cx.word(&format!("mark.symptom.{code}")).to_owned(), of(Some(code))));
    named.chain([(cx.word("sickness.unsaid").to_owned(), of(None))]).collect()
}

/// Those of nobody in one line: zero is said.
fn nobody_with(cx: &Cx, symptoms: &[(String, usize)]) -> Option<String> {
    let names: Vec<_> = symptoms.iter().filter(|(_, n)| *n == 0).map(|(name, _)| name.as_str()).collect();
    let names = names.join(cx.word("sickness.comma"));
    (!names.is_empty()).then(|| cx.app.words.fill(cx.lang, "sickness.nobody_with", &[("names", names)]))
}

/// Classes and dormitories with so many ill that it is reported, and by when.
async fn clusters(
    cx: &Cx,
    school: Uuid,
    classes: &[Row],
    marks: &[Row],
    day: NaiveDate,
) -> Result<Vec<BoardLine>, Refused> {
    let norms = cx.app.norms();
    let beds = Query::new().in_force(day).is("school", Cell::Id(school));
    let beds = cx.app.store.all(&BED, &beds, cx.scope()).await?;
    let mut lines = Vec::new();
    let all = sickness::clusters(marks, &beds, day, &norms)?;
    let ids: Vec<_> = all.iter().map(outbreak::id).collect();
    let records = cx.app.store.find_many(&OUTBREAK, &ids, cx.scope()).await?;
    for one in all {
        let record = records.get(&outbreak::id(&one)).filter(|_| cx.may(OUTBREAK.name, "read"));
        let Found { group, cluster, .. } = one;
        let by = sickness::report_by(&cluster, day, &norms)?;
        let label = match &group {
            Group::Class(id) => classes.iter().find(|row| row.id == *id).map(|row| row.get(&CLASS, "name")),
            Group::Dormitory { .. } => None,
        };
        let label = label.and_then(Cell::text).map(str::to_owned);
        let label = label.unwrap_or_else(|| match &group {
            Group::Dormitory { name, .. } => {
                cx.app.words.fill(cx.lang, "sickness.dormitory", &[("name", name.clone())])
            }
            Group::Class(_) => String::new(),
        });
        let numbers = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let reported = reported(cx, record, by);
        lines.push(BoardLine {
            label,
            href: record.map(|record| format!("/outbreaks/{}", record.id)).unwrap_or_default(),
            detail: fill(cx, "sickness.cluster", &[("n", numbers(cluster.today)), ("span", numbers(cluster.span))]),
            mark: reported.0,
            tone: reported.1,
        });
    }
    lines.sort_by(|left, right| left.label.cmp(&right.label));
    Ok(lines)
}

/// Whether a cluster was reported, and else by when it has to be.
fn reported(cx: &Cx, record: Option<&Row>, by: i64) -> (String, Tone) {
    let said = |key: &str, at: i64| cx.app.words.fill(cx.lang, key, &[("at", moment(at))]);
    let at = record.and_then(|record| record.get(&OUTBREAK, "reported_at").int());
    match (record.and_then(|record| record.get(&OUTBREAK, "state").text()), at) {
        (Some("reported"), Some(at)) => (said("sickness.reported", at), Tone::Good),
        (Some("set_aside"), _) => (cx.word("outbreak.state.set_aside").to_owned(), Tone::Plain),
        _ if by <= cx.now => (said("sickness.report_late", by), Tone::Bad),
        _ => (said("sickness.report_by", by), Tone::Warn),
    }
}

fn moment(at: i64) -> String {
    kit::dates::shanghai_time(at).format("%m-%d %H:%M").to_string()
}

/// Who has not been said to be back; where a later sheet has the child in class, that is said.
async fn open(cx: &Cx, classes: &[Row], marks: &[Row], day: NaiveDate) -> Result<Vec<BoardLine>, Refused> {
    let ill = sickness::still_ill(marks);
    let id = |one: &Ill<'_>, field| one.last.get(&MARK, field).id();
    let pupils: Vec<_> = ill.iter().filter_map(|one| id(one, "pupil")).collect();
    let names = labels(cx, [("pupil", pupils.clone())].into()).await?;
    let seen = seen(cx, &ill, &pupils, day).await?;
    let line = |one: &Ill<'_>| {
        let pupil = id(one, "pupil").unwrap_or_default();
        let class = classes.iter().find(|row| Some(row.id) == id(one, "class"));
        let class = class.and_then(|row| row.get(&CLASS, "name").text()).unwrap_or_default();
        let symptom = one.last.get(&MARK, "symptom").text();
        let symptom = symptom.map(|code| cx.word(&format!("mark.symptom.{code}")).to_owned()).unwrap_or_default();
        let since = cx.app.words.fill(cx.lang, "sickness.since", &[("day", one.since.to_string())]);
        let parts = [class, &symptom, &since];
        let back = seen.get(&pupil);
        let mark = match back {
            Some(day) => cx.app.words.fill(cx.lang, "sickness.seen", &[("day", day.to_string())]),
            None => cx.word("sickness.away").to_owned(),
        };
        BoardLine {
            label: names.get(&pupil).cloned().unwrap_or_default(),
            href: format!("/marks/{}", one.last.id),
            detail: parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · "),
            mark,
            tone: if back.is_some() { Tone::Warn } else { Tone::Info },
        }
    };
    // Whose return waits only for being written down comes first.
    let mut lines: Vec<_> = ill.iter().map(line).collect();
    lines.sort_by_key(|line| line.tone != Tone::Warn);
    Ok(lines)
}

/// On which later day each of them was called and there.
async fn seen(cx: &Cx, ill: &[Ill<'_>], pupils: &[Uuid], day: NaiveDate) -> Result<HashMap<Uuid, NaiveDate>, Refused> {
    let Some(first) = ill.iter().filter_map(|one| one.last.get(&MARK, "day").date()).min() else {
        return Ok(HashMap::new());
    };
    let ids = |ids: Vec<Uuid>| Test::OneOf(ids.into_iter().map(Cell::Id).collect());
    // Of whoever changed his class, the roll of the new one says whether he is back.
    let enrolments = cx.app.store.of_each(&ENROLMENT, "pupil", pupils, &Query::new()).await?;
    let classes = enrolments.iter().filter_map(|row| row.get(&ENROLMENT, "class").id()).collect();
    let span = Query::new().within("day", first, day);
    let sheets = span.clone().filter("class", ids(classes)).among("session", &["arrival"]).among("state", &["called"]);
    let sheets = cx.app.store.all(&SHEET, &sheets, cx.scope()).await?;
    let marks = cx.app.store.all(&MARK, &span.filter("pupil", ids(pupils.to_vec())), cx.scope()).await?;
    let away: HashSet<_> = marks
        .iter()
        .filter(|mark| counts(mark) && mark.get(&MARK, "kind").text() != Some("late"))
        .filter_map(|mark| Some((mark.get(&MARK, "sheet").id()?, mark.get(&MARK, "pupil").id()?)))
        .collect();
    let mut seen = HashMap::new();
    for one in ill {
        let (pupil, last) = (one.last.get(&MARK, "pupil").id(), one.last.get(&MARK, "day").date());
        let own = |sheet: &Row| {
            let here = |row: &&Row| sheet.get(&SHEET, "day").date().is_some_and(|day| enrolled_on(row, day));
            let his = enrolments.iter().filter(|row| row.get(&ENROLMENT, "pupil").id() == pupil);
            his.filter(here).any(|row| row.get(&ENROLMENT, "class") == sheet.get(&SHEET, "class"))
        };
        let later = sheets.iter().filter(|row| {
            row.get(&SHEET, "day").date() > last
                && pupil.is_some_and(|pupil| !away.contains(&(row.id, pupil)))
                && own(row)
        });
        if let (Some(pupil), Some(day)) = (pupil, later.filter_map(|row| row.get(&SHEET, "day").date()).min()) {
            seen.insert(pupil, day);
        }
    }
    Ok(seen)
}

/// How many children of each school are ill on a day: whoever is marked in two sessions is one child, as on the school's own page.
async fn ill_of_each(cx: &Cx, day: NaiveDate) -> Result<HashMap<Uuid, i64>, Refused> {
    let sick = Query::new().is("day", Cell::Date(day)).among("kind", &["sick"]);
    let marks = cx.app.store.all(&MARK, &sick, cx.scope()).await?;
    let of = |mark: &Row| Some((mark.get(&MARK, "school").id()?, mark.get(&MARK, "pupil").id()?));
    let each: HashSet<_> = marks.iter().filter(|mark| counts(mark)).filter_map(of).collect();
    let mut children = HashMap::new();
    for (school, _) in each {
        *children.entry(school).or_default() += 1;
    }
    Ok(children)
}

/// The county: a line for each school, those with children who are ill first. Numbers alone; a school is at zero when all of it has been called.
async fn of_county(reader: &Reader, day: NaiveDate) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let (store, scope) = (&cx.app.store, cx.scope());
    let arrivals = Query::new().is("day", Cell::Date(day)).among("session", &["arrival"]).among("state", &["called"]);
    let called = store.group(&SHEET, "class", None, &arrivals, scope).await?;
    let there = there(cx, day, None).await?;
    let there: Vec<_> = there.iter().map(|class| (class.id, class.get(&CLASS, "school").clone())).collect();
    let sizes = of_each_school(&there, &called);
    let children = ill_of_each(cx, day).await?;
    let (mut schools, mut waiting, mut ill) = (Vec::new(), 0, 0);
    for (id, (size, n)) in sizes {
        // A school that is closed that day stands here only with what was called before it was.
        let size = if opens(cx, id, day) { size } else { n };
        if size == 0 {
            continue;
        }
        let sick = children.get(&id).copied().unwrap_or_default();
        let open = (size - n).max(0);
        waiting += open;
        ill += sick;
        schools.push((sick, open, school_line(cx, (id, day), (n, size, sick))));
    }
    schools.sort_by(|left, right| (-left.0, left.1, &left.2.label).cmp(&(-right.0, right.1, &right.2.label)));
    let count = |n: i64| usize::try_from(n).unwrap_or_default();
    let page = Made {
        heading: cx.word("sickness.report").to_owned(),
        day,
        action: "/rollcall/sickness".into(),
        closed: schools.is_empty(),
        called: called.len(),
        waiting: count(waiting),
        ill: count(ill),
        symptoms: Vec::new(),
        clusters: Vec::new(),
        open: Vec::new(),
        schools: by_state(cx, schools),
    };
    Ok(page.render(reader))
}

/// Schools by what is to be read of them: those with children who are ill, and, each folded under how many they are, those that are not called yet
/// and those at zero.
fn by_state(cx: &Cx, schools: Vec<(i64, i64, BoardLine)>) -> Schools {
    let (ill, well): (Vec<_>, Vec<_>) = schools.into_iter().partition(|(sick, ..)| *sick > 0);
    let (zero, waiting): (Vec<_>, Vec<_>) = well.into_iter().partition(|(_, open, _)| *open == 0);
    let lines = |schools: Vec<(i64, i64, BoardLine)>| schools.into_iter().map(|(.., line)| line).collect::<Vec<_>>();
    let folded = |key, schools| {
        let lines = lines(schools);
        (fill(cx, key, &[("n", i64::try_from(lines.len()).unwrap_or(i64::MAX))]), lines)
    };
    let rest = [folded("sickness.schools.waiting", waiting), folded("sickness.schools.zero", zero)];
    Schools { ill: lines(ill), rest: rest.into_iter().filter(|(_, lines)| !lines.is_empty()).collect() }
}

/// A school with how many of its classes were called, of how many, and how many children are ill so far.
fn school_line(cx: &Cx, (school, day): (Uuid, NaiveDate), (n, of, sick): (i64, i64, i64)) -> BoardLine {
    let (mark, tone) = match (of > n, sick) {
        (false, 0) => (cx.word("sickness.zero").to_owned(), Tone::Good),
        (false, _) => (fill(cx, "sickness.ill", &[("n", sick)]), Tone::Warn),
        (true, _) => (fill(cx, "sickness.ill_so_far", &[("n", sick)]), Tone::Plain),
    };
    BoardLine {
        label: cx.app.tree().name(school).to_owned(),
        href: format!("/rollcall/sickness/{school}?day={day}"),
        detail: fill(cx, "rollcall.board.of", &[("n", n), ("of", of)]),
        mark,
        tone,
    }
}

/// What a page says.
struct Made {
    heading: String,
    day: NaiveDate,
    action: String,
    /// No roll was owed, and none was called: that is no zero.
    closed: bool,
    called: usize,
    waiting: usize,
    ill: usize,
    symptoms: Vec<(String, usize)>,
    clusters: Vec<BoardLine>,
    open: Vec<BoardLine>,
    schools: Schools,
}

impl Made {
    fn render(self, reader: &Reader) -> Response {
        let cx = &reader.cx;
        let number = |key: &str, n: usize| fill(cx, key, &[("n", i64::try_from(n).unwrap_or(i64::MAX))]);
        let (said, tone) = match (self.waiting, self.ill) {
            _ if self.closed => (cx.word("sickness.report.closed").to_owned(), Tone::Plain),
            (0, 0) => (cx.word("sickness.report.zero").to_owned(), Tone::Good),
            (0, n) => (number("sickness.report.ill", n), Tone::Warn),
            (waiting, _) => (number("sickness.report.waiting", waiting), Tone::Info),
        };
        let mut layout = titled(reader, cx.word("sickness.report").to_owned());
        layout.crumbs.push(LinkView { label: cx.word("rollcall.board").to_owned(), href: "/rollcall/board".into() });
        // What is said of another day is not as of this hour.
        let when = if self.day == cx.today() { clock(cx.now) } else { self.day.to_string() };
        unkept(render(&ZeroPage {
            t: words(&cx.app, cx.lang),
            layout,
            heading: self.heading,
            meta: format!("{} · {when}", cx.word("sickness.report")),
            action: self.action,
            day: self.day.to_string(),
            said,
            tone,
            figures: vec![
                (cx.word("sickness.children").to_owned(), self.ill.to_string()),
                (cx.word("rollcall.called").to_owned(), self.called.to_string()),
                (cx.word("rollcall.not_called").to_owned(), self.waiting.to_string()),
            ],
            nobody_with: nobody_with(cx, &self.symptoms),
            symptoms: self
                .symptoms
                .into_iter()
                .filter(|(_, n)| *n > 0)
                .map(|(name, n)| (name, n.to_string()))
                .collect(),
            clusters: self.clusters,
            open: self.open,
            schools: self.schools,
        }))
    }
}
