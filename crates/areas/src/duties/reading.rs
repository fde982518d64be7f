//! Reading what duties are computed from: subjects, what was done, waivers. Sets, never one by one: one statement for each declaration of a room.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::{Cx, Kind};
use futures_util::future::try_join_all;
use kit::duty::{self, Acts, Almanac, Duty, DutyNorm, DutyNorms, Fact, Fulfil, Level, Per, Subject, Waived};
use kit::terms::is_school_day;
use kit::{Cell, Kind as FieldKind, Noun, Query, Row, Scope};
use store::{Asked, Proven, StoreError};
use uuid::Uuid;

use super::record::WAIVER;
use super::{days, hours};
use crate::organisation::record::{CLASS, SCHOOL};

/// What began longer ago than this before a period is asked apart: what is done every day is read for the days that are asked for, not for the month that
/// another norm looks back upon.
const LONG: [i64; 2] = [7, 45];

/// What somebody wants to know.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Duties whose due day lies between these.
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub levels: Vec<Level>,
    /// One subject; `None` for all in scope.
    pub subject: Option<Uuid>,
    /// One norm.
    pub code: Option<String>,
    /// The program asks for all who will be told: classes one by one, whoever teaches them.
    pub everyone: bool,
}

impl Wanted {
    pub fn new(from: NaiveDate, to: NaiveDate, levels: &[Level]) -> Self {
        Self { from, to, levels: levels.to_vec(), subject: None, code: None, everyone: false }
    }
}

/// Everything that was read, from which duties are computed without another statement.
pub struct Reading {
    pub from: NaiveDate,
    pub to: NaiveDate,
    pub norms: DutyNorms,
    pub subjects: Vec<Subject>,
    almanacs: HashMap<Uuid, Arc<Almanac>>,
    pub acts: Acts,
    waived: Vec<Waived>,
}

impl Reading {
    /// Each duty of the period with its state at a moment.
    pub fn each<'a>(&'a self, now: i64, out: impl FnMut(Duty<'a>)) {
        let with_days = |subject: &Subject| Some((subject.clone(), self.almanacs.get(&days_of(subject))?.as_ref()));
        let subjects: Vec<_> = self.subjects.iter().filter_map(with_days).collect();
        duty::each(&self.norms, &subjects, &self.acts, &self.waived, (self.from, self.to), now, out);
    }

    /// Leaves only those who have recorded nothing yet of a day though something was due: their duties alone are told from now on.
    pub fn keep_silent(&mut self, day: NaiveDate, now: i64) {
        let mut silent = Silent::on(day);
        self.each(now, |duty| silent.add(&duty));
        let silent = silent.subjects();
        self.subjects.retain(|subject| silent.contains(&subject.id));
    }

    /// Whether school is held anywhere among these subjects.
    pub fn is_school_day(&self, day: NaiveDate) -> bool {
        self.almanacs.values().any(|almanac| almanac.is_school_day(day))
    }
}

/// Whose days a subject has: its school's, or the county's.
fn days_of(subject: &Subject) -> Uuid {
    match subject.level {
        Level::School => subject.id,
        Level::Class => subject.school.unwrap_or_default(),
        Level::County | Level::Bureau | Level::Department | Level::Township => Uuid::nil(),
    }
}

/// Reads within the reader's own scope.
pub async fn read(cx: &Cx, wanted: &Wanted) -> Result<Reading, StoreError> {
    read_for(cx, wanted, cx.scope()).await
}

pub async fn read_for(cx: &Cx, wanted: &Wanted, scope: &Scope) -> Result<Reading, StoreError> {
    let rules = cx.app.rules();
    let asked = rules
        .conduct
        .duties
        .only(|norm| wanted.levels.contains(&norm.level) && wanted.code.as_ref().is_none_or(|code| norm.code == *code));
    let mut subjects = subjects(cx, wanted, scope).await?;
    let facts = cx.facts_with(HashMap::new());
    hours::put(&mut subjects, &asked, &facts, (eve(wanted.from), wanted.to));
    let mut places: Vec<_> = subjects.iter().map(days_of).collect();
    places.sort_unstable();
    places.dedup();
    let almanacs = days::almanacs(&cx.app.calendar(), &cx.app.terms(), &places, (wanted.from, wanted.to));
    let distinct = distinct(&almanacs);
    // Whoever may see that a school has a duty sees whether it is done, not the record that proves it.
    let ids: Vec<_> = subjects.iter().map(|subject| subject.id).collect();
    let few = (!scope.all || wanted.subject.is_some()).then_some(ids.as_slice());
    let declared = cx.app.kinds().flat_map(|kind| kind.fulfils.iter().map(move |fulfil| (kind.noun, fulfil)));
    let declared = declared.filter(|(noun, fulfil)| concerns(noun, fulfil, &wanted.levels));
    let parts: Vec<_> = declared
        .flat_map(|(noun, fulfil)| {
            parts(&asked, fulfil, &distinct, wanted).into_iter().map(move |part| (noun, fulfil, part))
        })
        .collect();
    let grace = grace(cx, wanted.to);
    let proven = try_join_all(parts.iter().map(|(noun, fulfil, part)| proven(cx, noun, fulfil, part, (few, grace))));
    let (proven, waived) = tokio::try_join!(proven, waived(cx, wanted.from, wanted.to))?;
    let mut acts = Acts::default();
    for (fact, subject, act) in proven.into_iter().flatten() {
        acts.add(&fact, subject, act);
    }
    Ok(Reading { from: wanted.from, to: wanted.to, norms: asked, subjects, almanacs, acts, waived })
}

async fn proven(
    cx: &Cx,
    noun: &Noun,
    fulfil: &Fulfil,
    part: &Part,
    (subjects, grace): (Option<&[Uuid]>, u32),
) -> Result<Vec<Proven>, StoreError> {
    let asked = Asked { first: part.first, last: part.last, facts: &part.facts, subjects, grace };
    cx.app.store.proofs(noun, fulfil, &asked, &Scope::county()).await
}

/// Entered within so many days, it counts for its day: what a page calls entered late (补录) is what proves its day late. Without the norm there is no grace.
fn grace(cx: &Cx, day: NaiveDate) -> u32 {
    cx.app.norms().value("hazard.late_entry", day).ok().and_then(|days| u32::try_from(days).ok()).unwrap_or(0)
}

/// Schools with the same days share an almanac.
fn distinct(almanacs: &HashMap<Uuid, Arc<Almanac>>) -> Vec<Arc<Almanac>> {
    let mut found: Vec<Arc<Almanac>> = Vec::new();
    for almanac in almanacs.values() {
        if !found.iter().any(|known| Arc::ptr_eq(known, almanac)) {
            found.push(Arc::clone(almanac));
        }
    }
    found
}

/// Whether a declaration is about subjects of these levels.
fn concerns(noun: &Noun, fulfil: &Fulfil, levels: &[Level]) -> bool {
    let target = noun.field(fulfil.subject).and_then(|field| match field.kind {
        FieldKind::Ref(target) => Some(target),
        _ => None,
    });
    levels.iter().any(|level| match level {
        Level::Class => target == Some("class"),
        Level::School => target == Some("school"),
        Level::County | Level::Bureau | Level::Department | Level::Township => target == Some("unit"),
    })
}

/// A stretch of days for which some facts are asked together.
struct Part {
    first: NaiveDate,
    last: NaiveDate,
    facts: Vec<String>,
}

/// A night that ends in the period began on the day before it.
fn eve(day: NaiveDate) -> NaiveDate {
    day.pred_opt().unwrap_or(day)
}

/// What is done every day is asked for the days of the period, what is done once a year for the year: not for both at once.
fn parts(norms: &DutyNorms, fulfil: &Fulfil, almanacs: &[Arc<Almanac>], wanted: &Wanted) -> Vec<Part> {
    let answers = |norm: &&DutyNorm| match fulfil.fact {
        Fact::Is(fact) => norm.fact == fact,
        Fact::In(_) => true,
    };
    let mut parts: [Option<Part>; 3] = [None, None, None];
    for norm in norms.iter().filter(answers) {
        let from = if norm.hours.is_some() { eve(wanted.from) } else { wanted.from };
        let spans: Vec<_> = almanacs.iter().flat_map(|almanac| almanac.spans(norm, from, wanted.to)).collect();
        let (Some(first), Some(last)) =
            (spans.iter().map(|span| span.first).min(), spans.iter().map(|span| span.closes).max())
        else {
            continue;
        };
        let back = (wanted.from - first).num_days();
        let slot = &mut parts[LONG.iter().filter(|long| back > **long).count()];
        let part = slot.get_or_insert_with(|| Part { first, last, facts: Vec::new() });
        (part.first, part.last) = (part.first.min(first), part.last.max(last));
        part.facts.push(norm.fact.clone());
    }
    parts.into_iter().flatten().collect()
}

async fn subjects(cx: &Cx, wanted: &Wanted, scope: &Scope) -> Result<Vec<Subject>, StoreError> {
    let mut found = Vec::new();
    if wanted.levels.contains(&Level::School) {
        let schools = cx.app.store.all(&SCHOOL, &Query::new().is("campus", Cell::Bool(false)), scope).await?;
        found.extend(schools.iter().map(|row| school(row, cx.today())));
    }
    if wanted.levels.contains(&Level::Class) {
        // Classes one by one for who teaches them; others are told counts.
        let own = if wanted.everyone {
            Scope::county()
        } else {
            Scope { classes: scope.classes.clone(), ..Scope::default() }
        };
        let query = Query::new().not_ended("ended_on", wanted.from);
        found.extend(cx.app.store.all(&CLASS, &query, &own).await?.iter().map(|row| class(row, cx.today())));
    }
    let tree = cx.app.tree();
    for level in &wanted.levels {
        let kind = match level {
            Level::County | Level::Bureau | Level::Department | Level::Township => level.code(),
            Level::School | Level::Class => continue,
        };
        let mine = |id: Uuid| scope.all || cx.actor.unit == Some(id) || scope.units.contains(&id);
        let units = tree.of_kind(kind).filter(|node| mine(node.id));
        found.extend(units.map(|node| Subject { id: node.id, level: *level, kind: kind.into(), ..Subject::default() }));
    }
    if let Some(subject) = wanted.subject {
        found.retain(|one| one.id == subject);
    }
    found.sort_by_key(|one| one.id);
    Ok(found)
}

fn school(row: &Row, today: NaiveDate) -> Subject {
    let text = |field| row.get(&SCHOOL, field).text().unwrap_or_default().to_owned();
    Subject {
        id: row.id,
        level: Level::School,
        kind: text("kind"),
        boarding: row.get(&SCHOOL, "boarding") == &Cell::Bool(true),
        canteen: matches!(text("canteen").as_str(), "own" | "contracted"),
        buses: row.get(&SCHOOL, "buses").int().is_some_and(|buses| buses > 0),
        school: None,
        from: kit::ids::known_from(row.id, row.get(&SCHOOL, "opened_on").date(), today),
        // On the day that is written down it is closed already.
        until: row.get(&SCHOOL, "closed_on").date().and_then(|day| day.pred_opt()),
        ..Subject::default()
    }
}

fn class(row: &Row, today: NaiveDate) -> Subject {
    let entered = row.get(&CLASS, "entry_year").int().and_then(|year| i32::try_from(year).ok());
    let began = entered.and_then(|year| NaiveDate::from_ymd_opt(year, 9, 1));
    Subject {
        id: row.id,
        level: Level::Class,
        kind: row.get(&CLASS, "stage").text().unwrap_or_default().to_owned(),
        school: row.get(&CLASS, "school").id(),
        from: kit::ids::known_from(row.id, began, today),
        until: row.get(&CLASS, "ended_on").date(),
        ..Subject::default()
    }
}

/// What is not asked, whole or in part, between two days.
pub async fn waived(cx: &Cx, from: NaiveDate, to: NaiveDate) -> Result<Vec<Waived>, StoreError> {
    let query = Query::new()
        .among("state", &["granted"])
        .up_to("from_on", to)
        .filter("until_on", kit::Test::Between(Some(Cell::Date(from)), None));
    let rows = cx.app.store.all(&WAIVER, &query, &Scope::county()).await?;
    let read = |row: &Row| {
        Some(Waived {
            duty: row.get(&WAIVER, "duty").text()?.to_owned(),
            subject: row.get(&WAIVER, "school").id().or_else(|| row.get(&WAIVER, "unit").id())?,
            first: row.get(&WAIVER, "from_on").date()?,
            last: row.get(&WAIVER, "until_on").date()?,
        })
    };
    Ok(rows.iter().filter_map(read).collect())
}

/// Facts that some room keeps better than a deed does.
pub fn room_of<'a>(cx: &'a Cx, fact: &str) -> Option<&'a Kind> {
    let says = |fulfil: &Fulfil| matches!(fulfil.fact, Fact::Is(known) if known == fact);
    cx.app.kinds().find(|kind| kind.fulfils.iter().any(says))
}

/// Whether a room's records are only what was found: then whoever looked in vain needs another way to say so, or he would have to find something.
pub fn may_find_nothing(fact: &str) -> bool {
    super::ROOMS.get(fact).copied().unwrap_or_default()
}

/// The way to a room: where the day's work is done, for whoever does it, else its records.
pub fn way_to(cx: &Cx, room: &Kind) -> String {
    room.day_of(cx).map_or_else(|| format!("/{}", room.noun.plural), str::to_owned)
}

/// Which subjects did nothing at all of what they were asked for on a day, though something was due.
pub struct Silent {
    day: NaiveDate,
    asked: HashSet<Uuid>,
    acted: HashSet<Uuid>,
}

impl Silent {
    pub fn on(day: NaiveDate) -> Self {
        Self { day, asked: HashSet::new(), acted: HashSet::new() }
    }

    pub fn add(&mut self, duty: &Duty<'_>) {
        if duty.span.first == self.day && duty.span.last == self.day {
            if duty.acts > 0 {
                self.acted.insert(duty.subject);
            } else if duty.state == duty::State::Missed {
                self.asked.insert(duty.subject);
            }
        }
    }

    pub fn subjects(mut self) -> HashSet<Uuid> {
        self.asked.retain(|subject| !self.acted.contains(subject));
        self.asked
    }
}

/// A duty of classes on one day, as a county or school is told it: how many of how many, and nobody's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Classes {
    pub code: String,
    pub fact: String,
    pub done: i64,
    pub whole: i64,
}

/// Duties that every class has on a school day, counted within the reader's scope: one statement for each declaration, one for the classes and one for the
/// waivers. Where there is no school, and where a school was let off, no class owes anything.
pub async fn classes(cx: &Cx, day: NaiveDate) -> Result<Vec<Classes>, StoreError> {
    let rules = cx.app.rules();
    let asked =
        rules.conduct.duties.only(|norm| norm.level == Level::Class && norm.per == Per::SchoolDay && norm.on(day));
    let begun = i64::from(kit::dates::school_year_of(day));
    let here =
        Query::new().not_ended("ended_on", day).filter("entry_year", kit::Test::Between(None, Some(Cell::Int(begun))));
    let sizes = cx.app.store.group(&CLASS, "school", None, &here, cx.scope()).await?;
    let waived = waived(cx, day, day).await?;
    let mut done: HashMap<(String, Uuid), i64> = HashMap::new();
    for kind in cx.app.kinds() {
        for fulfil in kind.fulfils.iter().filter(|fulfil| fulfil.school.is_some()) {
            let facts: Vec<_> = asked.iter().map(|norm| norm.fact.clone()).collect();
            let question = Asked { first: day, last: day, facts: &facts, subjects: None, grace: grace(cx, day) };
            for (fact, school, _, count) in cx.app.store.class_days(kind.noun, fulfil, &question, cx.scope()).await? {
                *done.entry((fact, school)).or_default() += count;
            }
        }
    }
    let (calendar, terms) = (cx.app.calendar(), cx.app.terms());
    let teaches = |(school, size): (Cell, i64)| {
        let school = school.id().filter(|school| is_school_day(&calendar, &terms, *school, day))?;
        Some((school, size))
    };
    let sizes: Vec<_> = sizes.into_iter().filter_map(teaches).collect();
    let line = |norm: &DutyNorm| {
        let let_off = |school: Uuid| waived.iter().any(|one| one.subject == school && one.duty == norm.code);
        let (mut did, mut whole) = (0, 0);
        for (school, size) in sizes.iter().filter(|(school, _)| !let_off(*school)) {
            did += done.get(&(norm.fact.clone(), *school)).copied().unwrap_or(0).min(*size);
            whole += size;
        }
        Classes { code: norm.code.clone(), fact: norm.fact.clone(), done: did, whole }
    };
    Ok(asked.iter().map(line).filter(|one| one.whole > 0).collect())
}
