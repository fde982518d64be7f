//! Topics of the day, times of the offers, and the rules of a talk.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{NaiveDate, NaiveTime};
use kit::life::Input;
use kit::timetable::Slot;
use kit::topics::Topics;
use kit::{Actor, Cell, Facts, Life, Role, Row, Scope, Words};
use uuid::Uuid;

use super::life::TalkLife;
use super::offer::{Time, begins_week, days_off, flag_raising, minute_before};
use super::record::TALK;
use super::rules;
use crate::aside::standing;
use crate::attendance::handover::HANDOVER;
use crate::organisation::record::CLASS;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn shipped() -> Topics {
    Topics::parse(crate::house::TOPICS).unwrap()
}

#[test]
fn the_topics_that_ship_can_be_read_and_every_day_has_one() {
    let shipped = shipped();
    assert!(shipped.iter().count() > 15);
    let mut told: BTreeMap<&str, usize> = BTreeMap::new();
    for day in day("2021-01-01").iter_days().take(365) {
        let topic = shipped.on(day, 0).unwrap();
        *told.entry(&topic.code).or_default() += 1;
        assert_ne!(shipped.on(day.succ_opt().unwrap(), 0), None);
    }
    for topic in shipped.iter().filter(|topic| topic.before.is_none()) {
        assert!(told.contains_key(topic.code.as_str()), "{} is never told", topic.code);
    }
    assert!(told["drowning"] > 30, "{told:?}");
}

#[test]
fn the_topic_fits_the_season_and_what_comes() {
    let shipped = shipped();
    for (on, off, expected) in [
        ("2021-06-18", 2, vec!["weekend"]),
        ("2021-09-30", 7, vec!["holiday"]),
        ("2021-06-15", 0, vec!["drowning", "rain", "heat", "food", "road", "stairs", "stranger", "bullying"]),
        ("2021-12-20", 0, vec!["ice", "fire_winter", "flu", "road", "stairs", "stranger", "bullying"]),
    ] {
        let topic = shipped.on(day(on), off).unwrap();
        assert!(expected.contains(&topic.code.as_str()), "{on}: {}", topic.code);
    }
    // 31 December and 1 January lie in a season that runs over New Year; 29 February in one at all.
    for on in ["2021-12-31", "2022-01-01", "2024-02-29"] {
        assert!(shipped.of(day(on), 0).iter().any(|topic| topic.code == "flu"), "{on}");
    }
    let two: HashSet<_> = (20..24).map(|at| &shipped.on(day(&format!("2021-12-{at}")), 0).unwrap().code).collect();
    assert!(two.len() > 1, "topics take turns");
}

#[test]
fn a_faulty_topic_is_named() {
    let one = "[[topic]]\ncode = \"a\"\nfrom = \"04-01\"\nuntil = \"09-30\"\ntitle = \"水\"\ntext = \"不去。\"\n";
    assert!(Topics::parse(one).is_ok());
    for (text, says) in [
        (format!("{one}{one}"), "a: stands twice"),
        (one.replace("04-01", "02-30"), "is not a month and a day"),
        (one.replace("until = \"09-30\"\n", ""), "needs either"),
        (one.replace("title = \"水\"", "before = \"holiday\"\ntitle = \"水\""), "needs either"),
        (one.replace("不去。", " "), "needs a title"),
        (one.replace("不去。", &"长".repeat(201)), "needs a title"),
        (one.replace("title", "titel"), "unknown field"),
        (one.replace("04-01\"", "04-01\"\nbefore = \"lunch\""), "unknown variant"),
    ] {
        let error = Topics::parse(&text).unwrap_err();
        assert!(error.contains(says), "{says}: {error}");
    }
}

#[test]
fn it_is_offered_at_the_right_minute() {
    let time = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap();
    let slot = |session: &str, from, until| Slot { session: session.into(), from, until };
    let slots = [
        slot("arrival", time(7, 40), time(8, 10)),
        slot("lesson.1", time(8, 20), time(9, 0)),
        slot("dismissal", time(16, 0), time(16, 30)),
    ];
    assert_eq!(minute_before(&slots), Some(Time { from: 15 * 60 + 45, until: 16 * 60 + 30 }));
    assert_eq!(flag_raising(&slots, true), Some(Time { from: 460, until: 540 }));
    assert_eq!(flag_raising(&slots, false), None);
    assert_eq!((minute_before(&[]), flag_raising(&[], true)), (None, None));
    let house = crate::house::rules().unwrap();
    for (on, expected) in [
        ("2021-12-20", true),
        ("2021-12-21", false),
        // A holiday until Monday, and one until Tuesday.
        ("2022-01-03", false),
        ("2022-01-04", true),
        ("2022-01-05", false),
        ("2021-09-20", false),
        ("2021-09-21", false),
        ("2021-09-22", true),
        // A Sunday that is worked closes a week, and no flag is raised on a free day.
        ("2021-09-26", false),
        ("2021-09-27", true),
        ("2021-12-19", false),
        ("2021-10-08", true),
        ("2021-10-09", false),
    ] {
        assert_eq!(begins_week(&house.calendar, &house.terms, Uuid::nil(), day(on)), expected, "{on}");
    }
    for (on, expected) in [("2021-12-20", 0), ("2021-12-17", 2), ("2021-09-30", 7)] {
        assert_eq!(days_off(&house.calendar, &house.terms, Uuid::nil(), day(on)), expected, "{on}");
    }
}

fn facts(known: &[Row]) -> Facts {
    Facts {
        known: Arc::new(known.iter().map(|row| (row.id, row.clone())).collect::<HashMap<_, _>>()),
        ..Facts::at(&crate::house::rules().unwrap(), kit::dates::shanghai_start(day("2021-12-20")))
    }
}

#[test]
fn a_talk_is_of_a_class_or_of_a_school() {
    let school = Uuid::from_u128(10);
    let class = Row::blank(&CLASS, Uuid::from_u128(11)).with(&CLASS, "school", Cell::Id(school)).with(
        &CLASS,
        "entry_year",
        Cell::Int(2019),
    );
    let facts = facts(std::slice::from_ref(&class));
    let scope = Scope { home: Some(school), person: Some(Uuid::from_u128(12)), ..Scope::default() };
    let actor = Actor {
        account: Uuid::nil(),
        login: String::new(),
        name: String::new(),
        role: Role::Principal,
        unit: None,
        scope,
    };
    // A class teacher says it to his own classes; who has none of them says it to nobody, and the flag is the leaders'.
    let teacher = |classes: &[Uuid]| Actor {
        role: Role::Teacher,
        scope: Scope { classes: classes.to_vec(), ..actor.scope.clone() },
        ..actor.clone()
    };
    let made = |kind: &str, with_class: bool, who: &Actor| {
        let row = Row::blank(&TALK, Uuid::from_u128(14)).with(&TALK, "kind", Cell::Text(kind.into()));
        let row = row.with(&TALK, "class", if with_class { Cell::Id(class.id) } else { Cell::Null });
        rules::derive(None, row, who, &facts).map(|_| ()).map_err(|fault| fault.code)
    };
    assert_eq!(made("minute", true, &teacher(&[class.id])), Ok(()));
    assert_eq!(made("minute", true, &teacher(&[Uuid::from_u128(99)])), Err("talk.own_class"));
    assert_eq!(made("flag", false, &teacher(&[class.id])), Err("talk.leaders"));
    let talk = |kind: &str, on: &str, with_class: bool| {
        let row = Row::blank(&TALK, Uuid::from_u128(13))
            .with(&TALK, "kind", Cell::Text(kind.into()))
            .with(&TALK, "day", Cell::Date(day(on)))
            .with(&TALK, "class", if with_class { Cell::Id(class.id) } else { Cell::Null });
        let row = rules::derive(None, row, &actor, &facts).unwrap();
        let faults = rules::rules(&row, &facts).iter().map(|fault| fault.code).collect::<Vec<_>>();
        (row, faults)
    };
    for (kind, on, with_class, late, expected) in [
        ("minute", "2021-12-20", true, false, vec![]),
        ("minute", "2021-12-17", true, true, vec![]),
        ("minute", "2021-12-20", false, false, vec!["talk.which_class"]),
        ("lesson", "2021-12-21", false, false, vec!["talk.to_come", "talk.which_class"]),
        ("minute", "2018-12-20", true, true, vec!["talk.no_class"]),
        ("flag", "2021-12-20", true, false, vec!["talk.whole_school"]),
        ("flag", "2021-12-20", false, false, vec![]),
        ("assembly", "2021-12-20", true, false, vec![]),
    ] {
        let (row, faults) = talk(kind, on, with_class);
        assert_eq!(faults, expected, "{kind} {on}");
        assert_eq!(row.get(&TALK, "late"), &Cell::Bool(late), "{kind} {on}");
        assert_eq!(row.get(&TALK, "school").id(), Some(school));
        assert_eq!(row.get(&TALK, "speaker").id(), actor.person());
    }
}

/// The minute before going home is said before going home, and not at eight; a lesson is given at any hour.
#[test]
fn the_minute_is_not_said_in_the_morning() {
    let class = Row::blank(&CLASS, Uuid::from_u128(11))
        .with(&CLASS, "school", Cell::Id(Uuid::from_u128(10)))
        .with(&CLASS, "stage", Cell::Text("primary".into()))
        .with(&CLASS, "entry_year", Cell::Int(2019));
    for (kind, on, hour, expected) in [
        ("minute", "2021-12-20", 8, vec!["talk.not_yet"]),
        ("minute", "2021-12-20", 17, vec![]),
        ("minute", "2021-12-17", 8, vec![]),
        ("lesson", "2021-12-20", 8, vec![]),
    ] {
        let known = facts(std::slice::from_ref(&class));
        let known = Facts { now: known.now + hour * 3_600_000, ..known };
        let row = Row::blank(&TALK, Uuid::from_u128(13))
            .with(&TALK, "kind", Cell::Text(kind.into()))
            .with(&TALK, "day", Cell::Date(day(on)))
            .with(&TALK, "class", Cell::Id(class.id));
        let faults = rules::rules(&row, &known).iter().map(|fault| fault.code).collect::<Vec<_>>();
        assert_eq!(faults, expected, "{kind} {on} {hour}");
    }
}

/// A class that has gone home early was told before it went; one child that was fetched, another class, another day and a mistake say nothing of it.
#[test]
fn a_class_that_went_early_was_told_before_it_went() {
    let class = Row::blank(&CLASS, Uuid::from_u128(11))
        .with(&CLASS, "school", Cell::Id(Uuid::from_u128(10)))
        .with(&CLASS, "stage", Cell::Text("primary".into()))
        .with(&CLASS, "entry_year", Cell::Int(2019));
    let talk = Row::blank(&TALK, Uuid::from_u128(13))
        .with(&TALK, "kind", Cell::Text("minute".into()))
        .with(&TALK, "day", Cell::Date(day("2021-12-20")))
        .with(&TALK, "class", Cell::Id(class.id));
    let handed = Row::blank(&HANDOVER, Uuid::from_u128(14))
        .with(&HANDOVER, "class", Cell::Id(class.id))
        .with(&HANDOVER, "day", Cell::Date(day("2021-12-20")))
        .with(&HANDOVER, "state", Cell::Text("handed".into()));
    let but = |field, cell: Cell| handed.clone().with(&HANDOVER, field, cell);
    for (row, expected) in [
        (handed.clone(), vec![]),
        (but("pupil", Cell::Id(Uuid::from_u128(15))), vec!["talk.not_yet"]),
        (but("class", Cell::Id(Uuid::from_u128(16))), vec!["talk.not_yet"]),
        (but("day", Cell::Date(day("2021-12-17"))), vec!["talk.not_yet"]),
        (but("state", Cell::Text("mistaken".into())), vec!["talk.not_yet"]),
    ] {
        let beside: Vec<(&'static kit::Noun, Row)> = vec![(&HANDOVER, row.clone())];
        let known = facts(std::slice::from_ref(&class));
        let known = Facts { now: known.now + 11 * 3_600_000, beside: beside.into(), ..known };
        let faults = rules::rules(&talk, &known).iter().map(|fault| fault.code).collect::<Vec<_>>();
        assert_eq!(faults, expected, "{row:?}");
    }
}

/// What was never said is set aside on its day, by whoever spoke or answers for the school, and counts nowhere.
#[test]
fn a_talk_by_mistake_is_set_aside_on_its_day() {
    let known = facts(&[]);
    let actor = |role, person| Actor {
        role,
        scope: Scope { person: Some(Uuid::from_u128(person)), ..Scope::default() },
        ..Actor::program()
    };
    let row = Row::blank(&TALK, Uuid::from_u128(13))
        .with(&TALK, "speaker", Cell::Id(Uuid::from_u128(12)))
        .with(&TALK, "recorded_at", Cell::Int(known.now))
        .with(&TALK, "state", Cell::Text("said".into()));
    let later = Facts { now: known.now + 86_400_000, today: day("2021-12-21"), ..known.clone() };
    for (role, person, facts, expected) in [
        (Role::Teacher, 12, &known, Ok(())),
        (Role::Principal, 99, &known, Ok(())),
        (Role::Teacher, 99, &known, Err("talk.not_yours")),
        (Role::Teacher, 12, &later, Err("talk.day_over")),
    ] {
        let may = TalkLife.may(&actor(role, person), &row, "mistaken", facts).map_err(|refusal| refusal.code);
        assert_eq!(may, expected, "{role} {person}");
    }
    let input = Input(vec![("reason", Cell::Text("slip".into()))]);
    let aside = TalkLife.step(&actor(Role::Teacher, 12), &row, "mistaken", &input, &known).unwrap().after;
    assert_eq!((standing().holds(&TALK, &row), standing().holds(&TALK, &aside)), (true, false));
    let again = rules::derive(Some(&aside), aside.clone(), &actor(Role::School, 1), &known);
    assert_eq!(again.unwrap_err().code, "talk.set_aside");
}

#[test]
fn every_word_is_there() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let sources = [
        include_str!("../life.rs"),
        include_str!("../rules.rs"),
        include_str!("../act.rs"),
        include_str!("../pages.rs"),
        include_str!("../../../templates/talks/now.html"),
    ];
    let named =
        sources.iter().flat_map(|source| source.split("\"talk.").skip(1).filter_map(|rest| rest.split('"').next()));
    let known =
        |key: &&str| words.has(&format!("talk.{key}")) || words.has(&format!("error.talk.{key}")) || key.contains('{');
    assert_eq!(named.filter(|key| !known(key)).collect::<Vec<_>>(), Vec::<&str>::new());
}

#[test]
fn the_form_knows_what_whoever_spoke_need_not_say() {
    let (school, class, person) = (Uuid::from_u128(1), Uuid::from_u128(2), Uuid::from_u128(3));
    let of = |classes: Vec<Uuid>| {
        let scope = Scope { home: Some(school), classes, person: Some(person), ..Scope::default() };
        rules::suggest(&Actor { scope, ..Actor::program() }, day("2021-12-20"))
    };
    let said = |known: &[(&str, String)], name: &str| {
        known.iter().find(|(field, _)| *field == name).map(|(_, value)| value.clone())
    };
    let known = of(vec![class]);
    assert_eq!(said(&known, "day").as_deref(), Some("2021-12-20"));
    assert_eq!(said(&known, "school"), Some(school.to_string()));
    assert_eq!(said(&known, "class"), Some(class.to_string()));
    assert_eq!(said(&known, "speaker"), Some(person.to_string()));
    assert_eq!(said(&of(vec![class, school]), "class"), None, "of two classes he has to say which");
}
