use std::collections::HashSet;

use kit::dates::Period;
use kit::figure::Frame;
use kit::{Kind, Words};

use super::super::{area, figures};
use super::day;

fn words() -> Words {
    Words::parse(&[("organisation", include_str!("../text.toml"))]).unwrap()
}

#[test]
fn everything_that_is_shown_has_a_word() {
    let (words, area) = (words(), area());
    let mut keys = vec![format!("area.{}", area.name)];
    for noun in area.kinds.iter().map(|kind| kind.noun) {
        keys.extend([noun.name.to_owned(), format!("{}.plural", noun.name)]);
        for field in noun.fields.iter().filter(|field| !field.hidden) {
            let key = format!("{}.{}", noun.name, field.name);
            if let Kind::Choice(codes) = field.kind {
                keys.extend(codes.iter().map(|code| format!("{key}.{code}")));
            }
            if let Some(under) = field.worded {
                keys.extend((1..=3).chain(11..=16).chain(21..=23).chain(31..=33).map(|code| format!("{under}{code}")));
            }
            keys.push(key);
        }
    }
    // What the timeline says of changes that no form makes.
    keys.extend(
        [
            "class.roll_over",
            "class_year.roll_over",
            "pupil.roll_over",
            "enrolment.roll_over",
            "pupil.erase",
            "guardian.erase",
        ]
        .map(|verb| format!("move.{verb}")),
    );
    for figure in area.figures {
        keys.extend([
            format!("figure.{}", figure.id),
            format!("figure.{}.definition", figure.id),
            figure.unit.to_owned(),
        ]);
    }
    // Every code in the rules' own text, so that a new refusal cannot be forgotten.
    for source in [
        include_str!("../rules.rs"),
        include_str!("../closing.rs"),
        include_str!("../entails.rs"),
        include_str!("../leaving.rs"),
        include_str!("../rollover.rs"),
    ] {
        let quoted =
            source.split('"').skip(1).step_by(2).filter(|text| text.split('.').count() == 2 && !text.contains(' '));
        keys.extend(quoted.filter(|text| !text.starts_with("county.")).map(|code| format!("error.{code}")));
    }
    let missing: Vec<_> = keys.iter().filter(|key| !words.has(key)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let used: HashSet<&str> = keys.iter().map(String::as_str).collect();
    let bare = |key: &str| key.trim_end_matches(".hint").trim_end_matches(".also").to_owned();
    // A yes or no has no words of its own, only what else people write for it.
    let of = |key: &&str| used.contains(bare(key).trim_end_matches(".yes").trim_end_matches(".no"));
    let idle: Vec<_> = words.iter().map(|(key, _)| key).filter(|key| !of(key)).collect();
    assert!(idle.is_empty(), "{idle:?}");
}

#[test]
fn headings_of_one_sheet_are_different_words() {
    let words = words();
    for noun in area().kinds.iter().map(|kind| kind.noun) {
        let shown =
            noun.fields.iter().filter(|field| !field.hidden).map(|field| format!("{}.{}", noun.name, field.name));
        let mut seen = HashSet::new();
        for key in shown {
            let heading = words.get(kit::Lang::Zh, &key).to_owned();
            assert!(seen.insert(heading), "{key} repeats a heading");
        }
    }
}

#[test]
fn figures_ask_for_fields_that_exist() {
    let frame = Frame { period: Period::Year(2021), cutoff: day("2021-12-20"), unit: None, now: None };
    for figure in figures::ALL {
        for filter in (figure.rows)(&frame).filters {
            assert!(figure.noun.index(filter.field).is_some(), "{}: {}", figure.id, filter.field);
        }
    }
}

#[test]
fn the_schema_has_the_columns_of_the_field_tables() {
    let schema = include_str!("../schema.sql");
    for noun in area().kinds.iter().map(|kind| kind.noun) {
        let (_, rest) = schema.split_once(&format!("create table {} (", noun.name)).unwrap();
        let table = rest.split(";\n").next().unwrap();
        let mut columns: HashSet<&str> = table.split(',').filter_map(|part| part.split_whitespace().next()).collect();
        let later = area().migrations.iter().filter_map(|step| {
            step.sql.strip_prefix(&format!("alter table {} add column ", noun.name))?.split_whitespace().next()
        });
        columns.extend(later);
        for field in noun.fields {
            assert!(columns.contains(field.name), "{}.{}", noun.name, field.name);
        }
    }
}
