#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use kit::calendar::Calendar;
use kit::life::Input;
use kit::terms::is_school_day;
use kit::tree::Node;
use kit::{Actor, Cell, Facts, Kind, Life, Noun, Role, Row, Rules, Scope, Tree, Words};
use uuid::Uuid;

use super::record::{SCHOOL_DAY, SUSPENSION, TERM};
use super::{applied, area, rules, withdraw};

const COUNTY: Uuid = Uuid::from_u128(1);
const TOWN: Uuid = Uuid::from_u128(2);
const SCHOOL: Uuid = Uuid::from_u128(3);
const CAMPUS: Uuid = Uuid::from_u128(4);
const ELSEWHERE: Uuid = Uuid::from_u128(5);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn tree() -> Tree {
    Tree::new([
        Node::of(COUNTY, None, "county"),
        Node::of(TOWN, Some(COUNTY), "township"),
        Node::of(SCHOOL, Some(TOWN), "school"),
        Node::of(CAMPUS, Some(SCHOOL), "campus"),
        Node::of(ELSEWHERE, Some(COUNTY), "school"),
    ])
}

fn facts() -> Facts {
    Facts {
        now: 0,
        today: day("2021-12-20"),
        tree: Arc::new(tree()),
        calendar: Arc::default(),
        norms: Arc::default(),
        terms: Arc::default(),
        timetable: Arc::default(),
        conduct: Arc::default(),
        known: Arc::default(),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

/// Whoever works for the county, or for one school and its campus.
fn actor(role: Role) -> Actor {
    Actor {
        account: Uuid::from_u128(9),
        login: "x".into(),
        name: "x".into(),
        role,
        unit: None,
        scope: Scope { all: role.county_wide(), units: vec![SCHOOL, CAMPUS], ..Scope::default() },
    }
}

/// A record from `field=value` pairs; the fields of dates, numbers and references read as such.
fn row(noun: &Noun, n: u128, cells: &[(&str, &str)]) -> Row {
    let mut row = Row::blank(noun, Uuid::from_u128(100 + n));
    for (field, value) in cells {
        let cell = match noun.field(field).unwrap().kind {
            Kind::Date => Cell::Date(day(value)),
            Kind::Int { .. } => Cell::Int(value.parse().unwrap()),
            Kind::Ref(_) => Cell::Id(Uuid::from_u128(value.parse().unwrap())),
            _ => Cell::Text((*value).into()),
        };
        row.set(noun, field, cell);
    }
    row
}

fn term(n: u128, school: &str, year: &str, season: &str, from: &str, until: &str) -> Row {
    let mut cells =
        vec![("year", year), ("season", season), ("from_on", from), ("until_on", until), ("home", "weekly")];
    if !school.is_empty() {
        cells.push(("school", school));
    }
    row(&TERM, n, &cells)
}

#[test]
fn records_become_the_days_of_each_school() {
    let rules = Rules {
        calendar: Arc::new(Calendar::parse(include_str!("../../../../rules/calendar.toml")).unwrap()),
        ..Rules::default()
    };
    let gap = |n, place: (&'static str, &'static str), from, until: &'static str| {
        let mut cells = vec![("reason", "rain"), ("from_on", from), ("decided_by", "县教育局")];
        cells.extend((!until.is_empty()).then_some(("until_on", until)));
        cells.extend((!place.0.is_empty()).then_some(place));
        row(&SUSPENSION, n, &cells)
    };
    let records = HashMap::from([
        (
            TERM.name,
            vec![
                term(1, "", "2021", "autumn", "2021-09-01", "2022-01-14"),
                term(2, "3", "2021", "autumn", "2021-08-23", "2022-01-21"),
            ],
        ),
        (
            SUSPENSION.name,
            vec![
                gap(3, ("unit", "2"), "2021-09-06", "2021-09-07"),
                gap(4, ("unit", "1"), "2021-09-13", "2021-09-13"),
                gap(5, ("school", "5"), "2022-01-10", ""),
            ],
        ),
        (
            SCHOOL_DAY.name,
            vec![row(
                &SCHOOL_DAY,
                6,
                &[
                    ("kind", "lessons"),
                    ("name", "调课"),
                    ("from_on", "2021-09-11"),
                    ("until_on", "2021-09-11"),
                    ("school", "3"),
                ],
            )],
        ),
    ]);
    let rules = applied(&rules, &records, &tree());
    for (on, who) in [
        // Its own term, which its campus shares.
        ("2021-08-23", [true, true, false]),
        ("2021-09-01", [true, true, true]),
        // The township's schools, its campus too.
        ("2021-09-06", [false, false, true]),
        ("2021-09-08", [true, true, true]),
        // The county as a unit is everywhere.
        ("2021-09-13", [false, false, false]),
        ("2021-09-11", [true, true, false]),
        // Without an end, to the end of the term.
        ("2022-01-14", [true, true, false]),
        ("2022-01-17", [true, true, false]),
    ] {
        for (school, teaches) in [SCHOOL, CAMPUS, ELSEWHERE].into_iter().zip(who) {
            assert_eq!(is_school_day(&rules.calendar, &rules.terms, school, day(on)), teaches, "{on} {school}");
        }
    }
}

/// What nobody has ended (classes, routes, posts) asks for nothing at a school that is closed.
#[test]
fn no_school_is_held_where_it_is_closed() {
    let shipped = crate::house::rules().unwrap();
    let closed = |id, parent, kind: &str, on: &str| Node { closed: on.parse().ok(), ..Node::of(id, parent, kind) };
    let tree = Tree::new([
        Node::of(COUNTY, None, "county"),
        closed(SCHOOL, Some(COUNTY), "school", "2021-11-15"),
        closed(CAMPUS, Some(SCHOOL), "campus", ""),
        closed(ELSEWHERE, Some(COUNTY), "school", ""),
    ]);
    let rules = applied(&shipped, &HashMap::new(), &tree);
    for (on, who) in
        [("2021-11-12", [true, true, true]), ("2021-11-15", [false, false, true]), ("2022-03-01", [false, false, true])]
    {
        for (school, held) in [SCHOOL, CAMPUS, ELSEWHERE].into_iter().zip(who) {
            assert_eq!(is_school_day(&rules.calendar, &rules.terms, school, day(on)), held, "{on} {school}");
            assert!(rules.terms.in_season(school, day(on)), "as it was planned");
        }
    }
    let stays = |on: &str| kit::terms::boarders_stay(&rules.calendar, &rules.terms, SCHOOL, day(on));
    assert!(
        stays("2021-11-11") && !stays("2021-11-14") && !stays("2021-11-15"),
        "nobody comes back the evening before"
    );
}

#[test]
fn faults_are_said_where_they_are() {
    let codes = |faults: Vec<kit::Refusal>| faults.iter().map(|fault| fault.code).collect::<Vec<_>>();
    for (row, code) in [
        (term(1, "", "2021", "autumn", "2021-09-01", "2022-01-14"), None),
        (term(1, "", "2021", "spring", "2022-02-14", "2022-07-01"), None),
        (term(1, "", "2021", "spring", "2021-02-14", "2021-07-01"), Some("term.season_dates")),
        (term(1, "", "2021", "autumn", "2021-12-01", "2022-01-14"), Some("term.season_dates")),
        (term(1, "", "2021", "autumn", "2021-09-01", "2021-08-31"), Some("term.until_before_from")),
        (term(1, "", "2021", "autumn", "2021-09-01", "2022-07-14"), Some("term.too_long")),
    ] {
        assert_eq!(codes(rules::term(&row, &facts())), code.into_iter().collect::<Vec<_>>());
    }
    let both =
        row(&SUSPENSION, 1, &[("school", "3"), ("unit", "2"), ("from_on", "2021-09-02"), ("until_on", "2021-09-01")]);
    assert_eq!(codes(rules::suspension(&both, &facts())), ["suspension.until_before_from", "suspension.place_both"]);
    let long = row(&SCHOOL_DAY, 1, &[("from_on", "2021-09-01"), ("until_on", "2021-12-01")]);
    assert_eq!(codes(rules::school_day(&long, &facts())), ["school_day.too_long"]);
}

#[test]
fn a_school_suspends_for_itself_alone() {
    let of = |school: &'static str| {
        let place: &[(&str, &str)] = if school.is_empty() { &[] } else { &[("school", school)] };
        row(&SUSPENSION, 1, &[&[("reason", "ice"), ("from_on", "2021-12-21")], place].concat())
    };
    for (role, before, after, may) in [
        (Role::Principal, None, of("3"), true),
        (Role::Principal, None, of("4"), true),
        (Role::Principal, None, of("5"), false),
        (Role::Principal, None, of(""), false),
        // Neither taken away from another school nor given to it.
        (Role::School, Some(of("5")), of("3"), false),
        (Role::School, Some(of("3")), of(""), false),
        (Role::Bureau, Some(of("5")), of(""), true),
    ] {
        let answer = rules::suspension_derived(before.as_ref(), after, &actor(role), &facts());
        assert_eq!(answer.map_err(|refusal| refusal.code).err(), (!may).then_some("suspension.not_yours"));
    }
    let day = row(&SCHOOL_DAY, 1, &[("school", "5"), ("kind", "off"), ("from_on", "2021-09-01")]);
    let refused = rules::school_day_derived(None, day, &actor(Role::School), &facts()).unwrap_err();
    assert_eq!((refused.code, refused.field), ("school_day.not_yours", Some("school")));
}

/// By whom and when a suspension is taken back, and that the calendar then goes on as if there had been none.
#[test]
fn what_does_not_come_about_is_taken_back() {
    let life = &withdraw::SUSPENSION_LIFE;
    let of = |school: &'static str, until: &'static str| {
        let cells = [("reason", "ice"), ("school", school), ("from_on", "2021-09-01"), ("until_on", until)];
        row(&SUSPENSION, 1, cells.get(..if until.is_empty() { 3 } else { 4 }).unwrap())
    };
    let on = |today: &str| Facts { today: day(today), ..facts() };
    for (role, row, today, refused) in [
        (Role::Principal, of("3", "2021-09-03"), "2021-09-01", None),
        (Role::Principal, of("3", ""), "2021-08-31", None),
        (Role::Principal, of("3", ""), "2021-09-02", Some("calendar.past")),
        (Role::Bureau, of("3", "2021-09-02"), "2021-09-03", None),
        (Role::School, of("5", "2021-09-03"), "2021-09-01", Some("suspension.not_yours")),
        (Role::Bureau, of("5", "2021-09-03"), "2021-09-01", None),
    ] {
        let said = life.may(&actor(role), &row, "withdraw", &on(today)).err().map(|refusal| refusal.code);
        assert_eq!(said, refused, "{role:?} {today} {row:?}");
    }
    let today = on("2021-09-03");
    let change = life.step(&actor(Role::Bureau), &of("3", ""), "withdraw", &Input::default(), &today).unwrap();
    assert!(!withdraw::stands(&SUSPENSION, &change.after));
    let again = life.step(&actor(Role::Bureau), &change.after, "withdraw", &Input::default(), &today).unwrap_err();
    assert_eq!(again.code, "move.not_now");
    let edited = rules::suspension_derived(Some(&change.after), of("3", ""), &actor(Role::Bureau), &today).unwrap_err();
    assert_eq!(edited.code, "calendar.withdrawn");
    let calendar = Arc::new(Calendar::parse(include_str!("../../../../rules/calendar.toml")).unwrap());
    let rules = Rules { calendar, ..Rules::default() };
    for (suspended, teaches) in [(of("3", ""), false), (change.after, true)] {
        let terms = vec![term(2, "", "2021", "autumn", "2021-09-01", "2022-01-14")];
        let records = HashMap::from([(TERM.name, terms), (SUSPENSION.name, vec![suspended])]);
        let applied = applied(&rules, &records, &tree());
        let day = day("2021-09-02");
        assert_eq!(is_school_day(&applied.calendar, &applied.terms, SCHOOL, day), teaches);
    }
}

/// A school lets itself off nothing that is over, and gives itself nothing more to do there; the office puts it right.
#[test]
fn days_that_are_over_are_the_offices() {
    let of = |from: &'static str, until: &'static str, kind: &'static str| {
        let cells = [("school", "3"), ("from_on", from), ("kind", kind), ("until_on", until)];
        row(&SCHOOL_DAY, 1, cells.get(..if until.is_empty() { 3 } else { 4 }).unwrap())
    };
    let today = Facts { today: day("2021-09-08"), ..facts() };
    for (before, after, may) in [
        (None, of("2021-09-08", "2021-09-09", "off"), true),
        (None, of("2021-09-07", "2021-09-09", "off"), false),
        (None, of("2021-09-07", "2021-09-07", "off"), false),
        // What goes on is ended yesterday, today or later, and not before.
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-06", "2021-09-07", "off"), true),
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-06", "2021-09-30", "off"), true),
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-06", "2021-09-06", "off"), false),
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-05", "2021-09-10", "off"), false),
        (Some(of("2021-09-06", "2021-09-06", "off")), of("2021-09-06", "2021-09-07", "off"), false),
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-06", "2021-09-10", "lessons"), false),
        (Some(of("2021-09-06", "2021-09-10", "off")), of("2021-09-08", "2021-09-10", "off"), false),
        (Some(of("2021-09-09", "2021-09-10", "off")), of("2021-09-08", "2021-09-08", "lessons"), true),
    ] {
        for role in [Role::School, Role::Principal, Role::Bureau] {
            let said = rules::school_day_derived(before.as_ref(), after.clone(), &actor(role), &today);
            let expected = (!may && role != Role::Bureau).then_some("calendar.past");
            assert_eq!(said.err().map(|refusal| refusal.code), expected, "{role:?} {before:?} {after:?}");
        }
    }
}

#[test]
fn everything_that_is_shown_has_a_word() {
    let (words, area) = (Words::parse(&[("terms", include_str!("text.toml"))]).unwrap(), area());
    let mut keys = vec![format!("area.{}", area.name)];
    for noun in area.kinds.iter().map(|kind| kind.noun) {
        keys.extend([noun.name.to_owned(), format!("{}.plural", noun.name)]);
        for field in noun.fields {
            let key = format!("{}.{}", noun.name, field.name);
            if let Kind::Choice(codes) = field.kind {
                keys.extend(codes.iter().map(|code| format!("{key}.{code}")));
            }
            keys.push(key);
        }
    }
    for life in area.kinds.iter().filter_map(|kind| kind.life) {
        for spec in life.moves() {
            let key = format!("move.{}.{}", life.noun().name, spec.name);
            keys.extend(spec.fields.iter().map(|field| format!("{key}.{}", field.name)).chain([key.clone()]));
        }
    }
    let source = concat!(include_str!("rules.rs"), include_str!("withdraw.rs"));
    // The words of moves in general are the engine's.
    let own = |text: &&str| text.split('.').count() == 2 && !text.contains(' ') && !text.starts_with("move.");
    let quoted = source.split('"').skip(1).step_by(2).filter(own);
    keys.extend(quoted.map(|code| format!("error.{code}")));
    let missing: Vec<_> = keys.iter().filter(|key| !words.has(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let used: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let own = |key: &&str| !key.starts_with("calendar.");
    let idle: Vec<_> = words
        .iter()
        .map(|(key, _)| key)
        .filter(own)
        .filter(|key| !used.contains(key.trim_end_matches(".hint")))
        .collect();
    assert!(idle.is_empty(), "{idle:?}");
}
