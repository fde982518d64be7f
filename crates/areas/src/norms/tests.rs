#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::NaiveDate;
use kit::norms::{Figure, Norms, UNITS};
use kit::{Actor, Cell, Facts, Kind, Role, Row, Rules, Scope, Words};
use uuid::Uuid;

use super::record::NORM_DECISION;
use super::{applied, area, chapters, rules};
use crate::house::NORMS;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn shipped() -> Norms {
    Norms::parse(NORMS).unwrap()
}

fn facts(norms: Norms) -> Facts {
    Facts {
        now: 0,
        today: day("2021-12-20"),
        tree: Arc::default(),
        calendar: Arc::default(),
        norms: Arc::new(norms),
        terms: Arc::default(),
        timetable: Arc::default(),
        conduct: Arc::default(),
        known: Arc::default(),
        beside: Arc::default(),
        evidence: Arc::default(),
        pretend: None,
    }
}

fn row(n: u128, cells: &[(&str, &str)]) -> Row {
    let mut row = Row::blank(&NORM_DECISION, Uuid::from_u128(n));
    for (field, value) in [
        ("approval", "道教字〔2021〕30号"),
        ("approver", "局长办公会"),
        ("approved_on", "2021-12-17"),
        ("reason", "本县实际"),
    ]
    .iter()
    .chain(cells)
    {
        let date = matches!(NORM_DECISION.field(field).unwrap().kind, Kind::Date);
        row.set(&NORM_DECISION, field, if date { Cell::Date(day(value)) } else { Cell::Text((*value).into()) });
    }
    row
}

fn change(key: &str, value: &str, from: &str) -> Row {
    row(1, &[("key", key), ("kind", "change"), ("value", value), ("from_on", from)])
}

#[test]
fn a_decision_is_judged_by_the_norm_it_is_about() {
    let facts = facts(shipped());
    let kind = |key: &str, kind: &str, from: &str| row(1, &[("key", key), ("kind", kind), ("from_on", from)]);
    let of_stage = |key: &str, value: &str, stage: &str| {
        let from = ("from_on", "2025-05-01");
        row(1, &[("key", key), ("kind", "change"), ("value", value), from, ("stage", stage)])
    };
    for (row, codes) in [
        (change("hazard.sign", "12", "2022-01-01"), &[][..]),
        (change("hazard.sing", "12", "2022-01-01"), &["norm_decision.key_unknown"]),
        (change("hazard.sign", "soon", "2022-01-01"), &["norm_decision.value_wrong"]),
        (change("hazard.sign", "99999999", "2022-01-01"), &["norm_decision.value_range"]),
        (change("hazard.sign", "", "2022-01-01"), &["value.required"]),
        (change("guard.rounding", "ceil", "2022-01-01"), &[]),
        (change("guard.rounding", "half", "2022-01-01"), &["norm_decision.value_wrong"]),
        (change("office.morning_from", "08:30", "2022-01-01"), &[]),
        (change("letter.due", "03-15", "2022-01-01"), &[]),
        (change("report.head", "30", "2022-01-01"), &[]),
        (change("report.head", "90", "2022-01-01"), &["norm_decision.weaker"]),
        (change("report.abuse", "5", "2022-01-01"), &["norm_decision.fixed"]),
        (change("guard.combine", "sum", "1999-01-01"), &["norm_decision.not_in_force"]),
        (of_stage("canteen.director_diners", "400", "primary"), &[]),
        (of_stage("canteen.director_diners", "400", "kindergarten"), &["norm_decision.weaker"]),
        (of_stage("canteen.director_diners", "250", "kindergarten"), &[]),
        (change("canteen.director_diners", "400", "2025-05-01"), &["norm_decision.weaker"]),
        (of_stage("edu.hours", "12", "kindergarten"), &["norm_decision.not_in_force"]),
        (kind("hazard.sign", "confirm", "2021-12-20"), &[]),
        (kind("report.head", "confirm", "2021-12-20"), &["norm_decision.certain"]),
        (kind("guard.key_places", "adopt", "2021-12-20"), &[]),
        (kind("hazard.sign", "adopt", "2021-12-20"), &["norm_decision.nothing_coming"]),
    ] {
        let found: Vec<_> = rules::decision(&row, &facts).iter().map(|fault| fault.code).collect();
        assert_eq!(found, codes, "{row:?}");
    }
    let mut late = change("hazard.sign", "12", "2022-01-01");
    late.set(&NORM_DECISION, "until_on", Cell::Date(day("2021-12-31")));
    late.set(&NORM_DECISION, "approved_on", Cell::Date(day("2021-12-21")));
    let found: Vec<_> = rules::decision(&late, &facts).iter().map(|fault| fault.code).collect();
    assert_eq!(found, ["norm_decision.until_before_from", "norm_decision.approved_later"]);
}

#[test]
fn two_decisions_about_one_norm_do_not_overlap() {
    let first = row(
        1,
        &[
            ("key", "hazard.sign"),
            ("kind", "change"),
            ("value", "12"),
            ("from_on", "2021-12-20"),
            ("until_on", "2022-01-31"),
        ],
    );
    let of = |rows: Vec<Row>| {
        let rules = Rules { norms: Arc::new(shipped()), ..Rules::default() };
        (*applied(&rules, &HashMap::from([(NORM_DECISION.name, rows)])).norms).clone()
    };
    let facts = facts(of(vec![first.clone()]));
    assert_eq!(facts.norms.value("hazard.sign", day("2022-01-31")), Ok(12));
    assert_eq!(facts.norms.value("hazard.sign", day("2022-02-01")), Ok(24));
    let second = |from, stage: &'static str| {
        let mut cells = vec![("key", "hazard.sign"), ("kind", "change"), ("value", "6"), ("from_on", from)];
        cells.extend((!stage.is_empty()).then_some(("stage", stage)));
        row(2, &cells)
    };
    let found = |row: &Row| rules::decision(row, &facts).iter().map(|fault| fault.code).collect::<Vec<_>>();
    assert_eq!(found(&second("2022-01-31", "")), ["norm_decision.overlap"]);
    assert!(found(&second("2022-02-01", "")).is_empty());
    assert!(found(&second("2022-01-31", "senior")).is_empty());
    // The record itself, edited, is not its own rival.
    assert!(found(&first).is_empty());
}

#[test]
fn days_that_are_over_keep_their_norm() {
    let facts = facts(shipped());
    let actor = Actor {
        account: Uuid::nil(),
        login: "x".into(),
        name: "x".into(),
        role: Role::Director,
        unit: None,
        scope: Scope::county(),
    };
    let with = |row: &Row, field: &str, on: &str| {
        let mut row = row.clone();
        row.set(&NORM_DECISION, field, Cell::Date(day(on)));
        row
    };
    let (begun, later) = (change("hazard.sign", "12", "2021-12-01"), change("hazard.sign", "12", "2022-01-01"));
    for (before, after, refused) in [
        (None, later.clone(), None),
        (None, with(&later, "from_on", "2021-12-20"), None),
        (None, with(&later, "from_on", "2021-12-19"), Some("norm_decision.past")),
        // Not begun yet: anything.
        (Some(&later), change("hazard.sign", "6", "2022-02-01"), None),
        (Some(&begun), change("hazard.sign", "6", "2021-12-01"), Some("norm_decision.begun")),
        (Some(&begun), with(&begun, "from_on", "2021-12-02"), Some("norm_decision.begun")),
        (Some(&begun), with(&begun, "until_on", "2021-12-19"), None),
        (Some(&begun), with(&begun, "until_on", "2021-12-18"), Some("norm_decision.ended")),
    ] {
        let answer = rules::derived(before, after, &actor, &facts).map_err(|refusal| refusal.code).err();
        assert_eq!(answer, refused);
    }
}

#[test]
fn every_shipped_norm_says_what_it_is_about_and_can_be_shown() {
    let words = crate::house::words().unwrap();
    let mut missing = BTreeSet::new();
    let mut need = |key: String| {
        if !words.has(&key) {
            missing.insert(key);
        }
    };
    for norm in shipped().iter() {
        let han = |text: &str| text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter));
        assert!(han(&norm.about) && han(&norm.basis), "{}", norm.key);
        assert!(!norm.en.is_empty() && !han(&norm.en), "{}", norm.key);
        need(format!("norms.topic.{}", norm.key.split('.').next().unwrap()));
        need(format!("norms.level.{}", norm.level));
        need(format!("norms.unit.{}", norm.unit));
        let (applies, figure) = (&norm.applies, &norm.figure);
        for one in applies.units.iter().chain(&applies.features) {
            need(format!("norms.for.{one}"));
        }
        match figure {
            Figure::Choice { choices, .. } => choices.iter().for_each(|code| need(format!("norms.code.{code}"))),
            Figure::Bands(bands) => bands.iter().for_each(|band| need(format!("norms.code.{}", band.code))),
            Figure::Matrix(rows) => rows.iter().flatten().for_each(|code| need(format!("norms.code.{code}"))),
            _ => {}
        }
    }
    for code in super::words::CODES {
        need(format!("norms.mark.{code}"));
        need(format!("norms.means.{code}"));
    }
    for unit in UNITS {
        need(format!("norms.unit.{unit}"));
    }
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_topic_stands_in_one_chapter_and_no_chapter_is_empty() {
    let norms = shipped();
    let topics: BTreeSet<&str> = norms.iter().map(|norm| chapters::topic(&norm.key)).collect();
    let listed: Vec<&str> = chapters::CHAPTERS.iter().flat_map(|(_, topics)| topics.iter().copied()).collect();
    let once: BTreeSet<&str> = listed.iter().copied().collect();
    assert_eq!((listed.len(), &once), (once.len(), &topics), "a topic is missing, doubled or empty");
    let words = crate::house::words().unwrap();
    for (code, topics) in chapters::CHAPTERS {
        // One parameter of the address asks for either.
        assert!(!once.contains(code) && words.has(&format!("norms.chapter.{code}")), "{code}");
        assert!(topics.iter().all(|topic| chapters::of(topic) == *code), "{code}");
    }
    assert_eq!(chapters::of("weather"), chapters::OTHER);
    assert!(words.has("norms.chapter.other") && chapters::place("weather") > chapters::place("county"));
}

/// The rooms whose rules name a norm, found in their text.
fn found() -> String {
    let mut of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let norms = shipped();
    let keys: HashSet<&str> = norms.iter().map(|norm| norm.key.as_str()).collect();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for area in crate::all() {
        let mut folders: Vec<PathBuf> = vec![root.join(area.name)];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).into_iter().flatten().map(|entry| entry.unwrap().path()) {
                let name = entry.file_name().unwrap().to_string_lossy().into_owned();
                if entry.is_dir() && name != "tests" {
                    folders.push(entry);
                } else if std::path::Path::new(&name).extension().is_some_and(|ending| ending == "rs")
                    && name != "tests.rs"
                {
                    let text = std::fs::read_to_string(&entry).unwrap();
                    for quoted in text.split('"').skip(1).step_by(2).filter(|quoted| keys.contains(quoted)) {
                        of.entry(quoted.to_owned()).or_default().insert(area.name.to_owned());
                    }
                }
            }
        }
    }
    let lines: Vec<_> = of
        .into_iter()
        .map(|(key, areas)| format!("{key}: {}", areas.into_iter().collect::<Vec<_>>().join(" ")))
        .collect();
    lines.join("\n") + "\n"
}

#[test]
fn who_uses_a_norm_is_what_the_rules_say() {
    let (path, now) = (Path::new(env!("CARGO_MANIFEST_DIR")).join("src/norms/uses.txt"), found());
    if std::env::var_os("ANXIAO_PRINT").is_some() {
        std::fs::write(&path, &now).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), now, "run once with ANXIAO_PRINT=1 and read the difference");
    assert!(now.contains("hazard.sign: hazards\n") && now.contains("tip.answer: tips\n"));
    assert_eq!(super::uses::of("hazard.sign").collect::<Vec<_>>(), ["hazards"]);
    assert_eq!(super::uses::of("hazard.sig").count(), 0);
}

#[test]
fn everything_that_is_shown_has_a_word() {
    let words = Words::parse(&[("norms", include_str!("text.toml"))]).unwrap();
    let mut keys = vec![format!("area.{}", area().name), "norm_decision".into(), "norm_decision.plural".into()];
    for field in NORM_DECISION.fields {
        let key = format!("norm_decision.{}", field.name);
        if let Kind::Choice(codes) = field.kind {
            keys.extend(codes.iter().map(|code| format!("{key}.{code}")));
        }
        if let (Kind::Choice(codes), true) = (field.kind, field.name == "kind") {
            keys.extend(codes.iter().map(|code| format!("norms.decide.{code}")));
        }
        keys.push(key);
    }
    for source in
        [include_str!("rules.rs"), include_str!("words.rs"), include_str!("pages.rs"), include_str!("list.rs")]
    {
        let quoted = source.split('"').skip(1).step_by(2);
        let codes = quoted.filter(|text| text.starts_with("norm_decision.") && !text.contains('{'));
        keys.extend(codes.map(|code| format!("error.{code}")));
        keys.extend(
            source.split('"').filter(|text| text.starts_with("norms.") && !text.contains(['{', ' '])).map(Into::into),
        );
    }
    let missing: Vec<_> = keys.iter().filter(|key| !words.has(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
