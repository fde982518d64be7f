//! Rules across the fields of one record. Each fault is said at the field where it can be put right, all of them at once.

use chrono::{Datelike, NaiveDate};
use kit::dates::Period;
use kit::{Actor, Cell, Facts, Noun, Refusal, Row, codes};
use uuid::Uuid;

use super::record::{CLASS, CLASS_YEAR, INSPECTOR_AREA, POST, PUPIL, SCHOOL, SCHOOL_POSTS, STAFF, UNIT};
use super::rollover::{cohort, grade_in};

/// Age on the first day at school, in completed years: younger or older is taken for a slip in the ID number or the date.
const AGES: std::ops::RangeInclusive<u32> = 2..=25;

fn date(noun: &Noun, row: &Row, field: &str) -> Option<NaiveDate> {
    row.get(noun, field).date()
}

/// A sealed value that came in the clear; one that is stored, and so was checked when it came, is left alone.
fn plain<'a>(noun: &Noun, row: &'a Row, field: &str) -> Option<&'a str> {
    match row.get(noun, field) {
        Cell::Secret(plain) => Some(plain),
        _ => None,
    }
}

/// The faults among these, in order.
fn faults(checks: impl IntoIterator<Item = Option<Refusal>>) -> Vec<Refusal> {
    checks.into_iter().flatten().collect()
}

fn when(fault: bool, code: &'static str, field: &'static str) -> Option<Refusal> {
    fault.then(|| Refusal::at(code, field))
}

/// 学校、校区、教学点
pub fn school(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let get = |field| row.get(&SCHOOL, field);
    let is = |field| *get(field) == Cell::Bool(true);
    let (campus, coded) = (is("campus"), !get("code").is_null());
    let closed = date(&SCHOOL, row, "closed_on");
    let opened = date(&SCHOOL, row, "opened_on");
    let me = |field| get(field).id() == Some(row.id);
    let known = |field| get(field).id().and_then(|id| facts.known.get(&id));
    let (parent, successor) = (known("parent"), known("successor"));
    faults([
        when(!campus && !coded, "school.code_missing", "code"),
        when(campus && coded, "school.campus_code", "code"),
        code_fits(row),
        when(campus && get("parent").is_null(), "school.parent_missing", "parent"),
        when(
            campus && (me("parent") || parent.is_some_and(|row| *row.get(&SCHOOL, "campus") == Cell::Bool(true))),
            "school.parent_campus",
            "parent",
        ),
        when(!campus && get("kind").text() == Some("teaching_point"), "school.teaching_point", "campus"),
        when(
            closed.zip(opened).is_some_and(|(closed, opened)| closed <= opened),
            "school.closed_before_opened",
            "closed_on",
        ),
        when(closed.is_none() && !get("successor").is_null(), "school.successor_open", "successor"),
        when(me("successor"), "school.successor_self", "successor"),
        successor_later(closed, successor),
        when(get("lat").is_null() && !get("lon").is_null(), "school.position_half", "lat"),
        when(get("lon").is_null() && !get("lat").is_null(), "school.position_half", "lon"),
        outside(row, facts, "lat", ["county.south", "county.north"]),
        outside(row, facts, "lon", ["county.west", "county.east"]),
        alone_in_name(row, facts),
    ])
}

/// What a school is told apart by: two open ones of one name in one township would be taken for each other in every list. Campuses are told apart by their
/// school. Two that are there already can be put right one after the other: it is asked when a school is named, moved or opened again.
fn alone_in_name(row: &Row, facts: &Facts) -> Option<Refusal> {
    let open = |school: &Row| date(&SCHOOL, school, "closed_on").is_none_or(|day| day > facts.today);
    let alike = |school: &&Row| {
        open(school)
            && ["name", "township", "parent"].iter().all(|field| school.get(&SCHOOL, field) == row.get(&SCHOOL, field))
    };
    let others = facts.beside.iter().filter(|(noun, _)| noun.name == SCHOOL.name).map(|(_, school)| school);
    let mut others: Vec<_> = others.filter(alike).collect();
    others.sort_by_key(|school| school.id);
    if !open(row) || others.iter().any(|school| school.id == row.id) {
        return None;
    }
    let other = others.first()?;
    let code = ["code", "local_code"].into_iter().find_map(|field| other.get(&SCHOOL, field).text());
    let refusal =
        Refusal::at("school.same_name", "name").with("name", other.get(&SCHOOL, "name").text().unwrap_or_default());
    Some(refusal.with("code", code.unwrap_or_default()))
}

/// Where pupils go on must be there when their school is not any more: the next day, at the latest.
fn successor_later(closed: Option<NaiveDate>, successor: Option<&Row>) -> Option<Refusal> {
    let opened = date(&SCHOOL, successor?, "opened_on")?;
    let late = opened > closed?.succ_opt()?;
    late.then(|| Refusal::at("school.successor_later", "successor").with("day", opened))
}

/// A day on which a school was not there, at the field that says it. The day on which it is closed is still its own. It is asked of new records: those
/// that are known were right when they were made.
pub fn not_open(school: &Cell, day: Option<NaiveDate>, field: &'static str, facts: &Facts) -> Option<Refusal> {
    let (school, day) = (facts.known.get(&school.id()?)?, day?);
    let early = date(&SCHOOL, school, "opened_on").is_some_and(|opened| day < opened);
    let late = date(&SCHOOL, school, "closed_on").is_some_and(|closed| day > closed);
    let name = school.get(&SCHOOL, "name").text().unwrap_or_default();
    (early || late).then(|| Refusal::at("school.not_open_on", field).with("school", name).with("day", day))
}

/// The first two digits of a 学校标识码 are the kind of school.
fn code_fits(row: &Row) -> Option<Refusal> {
    let prefix = kind_prefix(row.get(&SCHOOL, "kind").text()?)?;
    let code = row.get(&SCHOOL, "code").text()?;
    (!code.starts_with(prefix)).then(|| Refusal::at("school.code_kind", "code").with("prefix", prefix))
}

/// What the school code of a kind begins with; a teaching point has none of its own.
pub fn kind_prefix(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "kindergarten" => "11",
        "incomplete_primary" | "primary" | "central_primary" => "21",
        "nine_year" | "junior" => "31",
        "complete_secondary" | "senior" | "twelve_year" => "34",
        "vocational" => "36",
        "reform" => "37",
        "special" => "51",
        _ => return None,
    })
}

/// Outside the county's box, whose edges are norms in minutes of arc. Without them only the country's bounds of the field hold.
fn outside(row: &Row, facts: &Facts, field: &'static str, [low, high]: [&str; 2]) -> Option<Refusal> {
    let degrees = match row.get(&SCHOOL, field) {
        Cell::Real(degrees) => *degrees,
        Cell::Int(degrees) => f64::from(i32::try_from(*degrees).ok()?),
        _ => return None,
    };
    let edge = |key| facts.norms.on(key, facts.today).and_then(|norm| i32::try_from(norm.value).ok()).map(f64::from);
    let (low, high) = (edge(low)?, edge(high)?);
    when(!(low..=high).contains(&(degrees * 60.0)), "school.position_outside", field)
}

/// 单位: each kind hangs below the kinds that the organisation tree has above it.
pub fn unit(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let kind = row.get(&UNIT, "kind").text().unwrap_or_default();
    let parent = row.get(&UNIT, "parent").id();
    let (opened, closed) = (date(&UNIT, row, "opened_on"), date(&UNIT, row, "closed_on"));
    let above: &[&str] = match kind {
        "bureau" | "department" | "township" | "farm" => &["county"],
        "section" => &["bureau", "department"],
        "village" | "community" => &["township", "farm"],
        _ => &[],
    };
    let misplaced = |id: Uuid| {
        let found = unit_kind(id, facts)?;
        (id == row.id || !above.contains(&found)).then(|| Refusal::at("unit.parent_kind", "parent"))
    };
    faults([
        when(parent.is_none() && !above.is_empty(), "unit.parent_missing", "parent"),
        when(parent.is_some() && above.is_empty(), "unit.parent_unwanted", "parent"),
        parent.filter(|_| !above.is_empty()).and_then(misplaced),
        when(
            closed.zip(opened).is_some_and(|(closed, opened)| closed <= opened),
            "unit.closed_before_opened",
            "closed_on",
        ),
    ])
}

/// The kind of a unit: of the row at hand, which may be newer, or else of the tree; `None` where neither knows it.
fn unit_kind(id: Uuid, facts: &Facts) -> Option<&str> {
    let known = facts.known.get(&id).and_then(|row| row.get(&UNIT, "kind").text());
    known.or_else(|| facts.tree.get(id).map(|node| node.kind.as_str()))
}

/// 班级
pub fn class(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let entry = row.get(&CLASS, "entry_year").int();
    // The classes of the coming school year are made in summer, before it begins.
    let latest = i64::from(facts.today.year()) + 1;
    let ended = date(&CLASS, row, "ended_on").map(|day| i64::from(day.year()));
    faults([
        when(entry.is_some_and(|year| year > latest), "class.entry_future", "entry_year"),
        when(ended.zip(entry).is_some_and(|(ended, entry)| ended < entry), "class.ended_before_entry", "ended_on"),
        not_open(row.get(&CLASS, "school"), begins(row, facts), "entry_year", facts),
    ])
}

/// The first day of a new class at its school. A cohort may be older than the school: it came with its pupils from another one.
fn begins(row: &Row, facts: &Facts) -> Option<NaiveDate> {
    let year = row.get(&CLASS, "entry_year").int().filter(|_| row.version == 0)?;
    let first = Period::SchoolYear(i32::try_from(year).ok()?).first();
    let school = facts.known.get(&row.get(&CLASS, "school").id()?)?;
    Some(date(&SCHOOL, school, "opened_on").map_or(first, |opened| opened.max(first)))
}

/// 学年班级: its grade follows from the class's stage and year of entry.
pub fn class_year(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let class = row.get(&CLASS_YEAR, "class").id().and_then(|id| facts.known.get(&id));
    let (Some(class), Some(year), Some(grade)) =
        (class, row.get(&CLASS_YEAR, "year").int(), row.get(&CLASS_YEAR, "grade").int())
    else {
        return Vec::new();
    };
    let due = cohort(class).and_then(|(stage, entry)| grade_in(stage, entry, year));
    let grade_fault = match due {
        None => Some(Refusal::at("class_year.year_outside", "year")),
        Some(due) if due != grade => Some(Refusal::at("class_year.grade", "grade").with("due", due)),
        Some(_) => None,
    };
    let elsewhere = class.get(&CLASS, "school") != row.get(&CLASS_YEAR, "school");
    faults([grade_fault, when(elsewhere, "class_year.school", "school")])
}

/// A child whom another school has on its roll is not entered a second time; to which school it belongs is not a stranger's to know.
pub const PUPIL_ELSEWHERE: &str = "pupil.elsewhere";

/// 学生
pub fn pupil(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let (first, last) = (date(&PUPIL, row, "enrolled_on"), date(&PUPIL, row, "left_on"));
    let class = row.get(&PUPIL, "class").id().and_then(|id| facts.known.get(&id));
    let elsewhere = class.is_some_and(|class| class.get(&CLASS, "school") != row.get(&PUPIL, "school"));
    faults([
        age(row, first),
        when(sex_differs(&PUPIL, row), "pupil.sex_differs", "sex"),
        when(number_differs(row), "pupil.number_differs", "number"),
        when(last.zip(first).is_some_and(|(last, first)| last < first), "pupil.left_before_enrolled", "left_on"),
        when(elsewhere, "pupil.class_school", "class"),
    ])
}

fn age(row: &Row, first: Option<NaiveDate>) -> Option<Refusal> {
    let birth = codes::id_birth(plain(&PUPIL, row, "id_number")?)?;
    let years = first?.years_since(birth);
    if years.is_some_and(|years| AGES.contains(&years)) {
        return None;
    }
    Some(Refusal::at("pupil.age", "id_number").with("low", AGES.start()).with("high", AGES.end()))
}

/// The 17th digit of an ID number tells the sex (GB 11643-1999); a sex that is not stated contradicts nothing.
fn sex_differs(noun: &Noun, row: &Row) -> bool {
    let told = plain(noun, row, "id_number").and_then(codes::id_sex);
    match row.get(noun, "sex").text() {
        Some("1") => told == Some(2),
        Some("2") => told == Some(1),
        _ => false,
    }
}

/// A new pupil's G number is `G` and his ID number. Later it stays what it is even when the ID number is corrected, so it is compared once.
fn number_differs(row: &Row) -> bool {
    let number = plain(&PUPIL, row, "number").and_then(|number| number.strip_prefix('G'));
    let id_number = plain(&PUPIL, row, "id_number");
    row.version == 0 && number.zip(id_number).is_some_and(|(number, id)| number != id)
}

/// 教职工
pub fn staff(row: &Row, _: &Facts) -> Vec<Refusal> {
    let mut all = one_place(&STAFF, row, ["staff.place_missing", "staff.place_both"]);
    all.extend(when(sex_differs(&STAFF, row), "staff.sex_differs", "sex"));
    let stay = date(&STAFF, row, "left_on").zip(date(&STAFF, row, "joined_on"));
    all.extend(when(stay.is_some_and(|(left, joined)| left < joined), "staff.left_before_joined", "left_on"));
    all
}

/// Whoever is entered by himself has come today, if nobody says when. A county's first file brings those who were there before it.
pub fn staff_begun(row: Row, today: NaiveDate) -> Row {
    let open = ["joined_on", "left_on"].iter().all(|field| row.get(&STAFF, field).is_null());
    if open { row.with(&STAFF, "joined_on", Cell::Date(today)) } else { row }
}

pub fn staff_derived(before: Option<&Row>, row: Row, actor: &Actor, _: &Facts) -> Result<Row, Refusal> {
    in_charge(&STAFF, before, row, actor)
}

/// Whoever holds a post is told of what climbs to it and signs for it, so a school fills its own posts and no others.
pub fn post_derived(before: Option<&Row>, row: Row, actor: &Actor, _: &Facts) -> Result<Row, Refusal> {
    in_charge(&POST, before, row, actor)
}

/// Where somebody belongs is said by whoever is in charge of that school or unit. That it is about oneself is not enough.
fn in_charge(noun: &Noun, before: Option<&Row>, row: Row, actor: &Actor) -> Result<Row, Refusal> {
    let places = || ["school", "unit"].into_iter();
    let kept = before.is_some_and(|before| places().all(|field| before.get(noun, field) == row.get(noun, field)));
    let alien = places().find(|field| row.get(noun, field).id().is_some_and(|id| !actor.scope.holds(id)));
    match alien.filter(|_| !kept) {
        Some(field) => Err(Refusal { field: Some(field), ..engine::save::outside(noun) }),
        None => Ok(row),
    }
}

/// Which posts whoever belongs to one school fills: its own, and none of a unit.
pub fn post_offered(actor: &Actor, field: &str, code: &str) -> bool {
    actor.scope.home.is_none()
        || match field {
            "unit" => false,
            "post" => code.is_empty() || SCHOOL_POSTS.contains(&code) || is_group(code),
            _ => true,
        }
}

/// A post of the leading group (领导小组), of a school or above it.
fn is_group(post: &str) -> bool {
    post.starts_with("group_")
}

/// 任职
pub fn post(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let mut all = one_place(&POST, row, ["post.place_missing", "post.place_both"]);
    let post = row.get(&POST, "post").text().unwrap_or_default();
    let group = is_group(post);
    let schools = SCHOOL_POSTS.contains(&post);
    let known = !post.is_empty();
    all.extend(when(known && !schools && !group && !row.get(&POST, "school").is_null(), "post.not_at_school", "post"));
    all.extend(when(schools && !row.get(&POST, "unit").is_null(), "post.only_at_school", "post"));
    all.extend(when(reversed(&POST, row), "post.until_before_from", "until_on"));
    all.extend(post_days(row, facts));
    all
}

/// Nobody holds a post after he has left, nor one that he holds already, nor one at a school that is not there.
fn post_days(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let (from, until) = (date(&POST, row, "from_on"), date(&POST, row, "until_on"));
    let known = |field| row.get(&POST, field).id().and_then(|id| facts.known.get(&id));
    let left = known("staff").and_then(|staff| date(&STAFF, staff, "left_on"));
    let gone = left.filter(|left| from.is_some_and(|from| from > *left) || until.is_none_or(|until| until > *left));
    let school = row.get(&POST, "school");
    let closed = known("school").and_then(|school| date(&SCHOOL, school, "closed_on"));
    // Without a last day it would outlast a school whose own is known.
    let last = until.or_else(|| closed?.succ_opt());
    let new = row.version == 0;
    faults([
        gone.map(|left| Refusal::at("post.staff_left", "staff").with("day", left)),
        held_already(row, facts),
        taken(row, facts),
        not_open(school, from.filter(|_| new), "from_on", facts),
        not_open(school, last.filter(|_| new), "until_on", facts),
    ])
}

/// The days of another post that is alike in these fields and meets this one on one day.
fn meeting(row: &Row, alike: &[&str], facts: &Facts) -> Option<(NaiveDate, Option<NaiveDate>)> {
    let days = |row: &Row| Some((date(&POST, row, "from_on")?, date(&POST, row, "until_on")));
    let (from, until) = days(row)?;
    let same =
        |other: &&Row| other.id != row.id && alike.iter().all(|field| other.get(&POST, field) == row.get(&POST, field));
    let posts = facts.beside.iter().filter(|(noun, _)| noun.name == POST.name).map(|(_, other)| other);
    let mut meeting = posts
        .filter(same)
        .filter_map(days)
        .filter(|(first, last)| last.is_none_or(|last| from <= last) && until.is_none_or(|until| *first <= until));
    meeting.next()
}

/// A school has one head at a time (校长): what waits for him would else wait for two. One who was entered beside another before can still be ended.
fn taken(row: &Row, facts: &Facts) -> Option<Refusal> {
    let heads = row.get(&POST, "post").text() == Some("principal") && !row.get(&POST, "school").is_null();
    let ends = row.version > 0 && !row.get(&POST, "until_on").is_null();
    if !heads || ends || held_already(row, facts).is_some() {
        return None;
    }
    let (first, last) = meeting(row, &["post", "school"], facts)?;
    Some(match last {
        Some(last) => Refusal::at("post.taken", "from_on").with("from", first).with("until", last),
        None => Refusal::at("post.taken_open", "from_on").with("from", first),
    })
}

/// The same person in the same post at the same place twice on one day: ending one of the two would not end it.
fn held_already(row: &Row, facts: &Facts) -> Option<Refusal> {
    Some(match meeting(row, &["staff", "post", "school", "unit"], facts)? {
        (first, Some(last)) => Refusal::at("post.twice", "from_on").with("from", first).with("until", last),
        (first, None) => Refusal::at("post.twice_open", "from_on").with("from", first),
    })
}

/// 督学责任区: never the school where the inspector works himself (回避: 教育督导条例, 国务院令第624号, art. 10). He would confirm as an outsider what
/// his own colleagues put right.
pub fn inspector_area(row: &Row, facts: &Facts) -> Vec<Refusal> {
    let get = |field| row.get(&INSPECTOR_AREA, field).id();
    let works_at = get("staff").and_then(|staff| facts.known.get(&staff)?.get(&STAFF, "school").id());
    faults([
        when(works_at.is_some() && works_at == get("school"), "inspector_area.own_school", "school"),
        when(reversed(&INSPECTOR_AREA, row), "inspector_area.until_before_from", "until_on"),
    ])
}

/// Exactly one of school and unit: who belongs to both would be in two people's charge.
fn one_place(noun: &Noun, row: &Row, [missing, both]: [&'static str; 2]) -> Vec<Refusal> {
    let (school, unit) = (!row.get(noun, "school").is_null(), !row.get(noun, "unit").is_null());
    faults([when(!school && !unit, missing, "school"), when(school && unit, both, "unit")])
}

fn reversed(noun: &Noun, row: &Row) -> bool {
    date(noun, row, "until_on").zip(date(noun, row, "from_on")).is_some_and(|(until, from)| until < from)
}
