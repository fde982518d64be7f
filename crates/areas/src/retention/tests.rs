#![expect(clippy::unwrap_used, reason = "a failing test may panic")]

use kit::{Field, Norms};

use super::record::{DISPOSAL, KINDS};
use super::terms::{Fate, TERMS, cut_off};
use crate::house::NORMS;

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

#[test]
fn every_kind_has_its_norm_and_every_norm_its_kind() {
    let norms = Norms::parse(NORMS).unwrap();
    for term in TERMS {
        let norm = norms.on(term.norm, day("2021-12-20")).unwrap_or_else(|| panic!("{}", term.norm));
        assert_eq!(term.norm, format!("retention.{}", term.kind));
        assert!(norm.unit == "month" && norm.value > 0 || norm.unit == "permanent", "{}", term.norm);
        if let Fate::Listed { noun, end, .. } = term.fate {
            assert!(noun.field(end).is_some(), "{}.{end}", noun.name);
        }
        if let Fate::Held(noun) = term.fate {
            assert!(["until_on", "class"].iter().all(|field| noun.field(field).is_some()), "{}", noun.name);
        }
    }
    let known = |key: &str| key == "retention.log_least" || TERMS.iter().any(|term| term.norm == key);
    for norm in norms.iter().filter(|norm| norm.key.starts_with("retention.")) {
        assert!(known(&norm.key), "{}", norm.key);
    }
}

#[test]
fn no_log_is_kept_shorter_than_the_law_asks() {
    let norms = Norms::parse(NORMS).unwrap();
    let today = day("2021-12-20");
    let least = norms.value("retention.log_least", today).unwrap();
    assert_eq!(least, 6);
    for term in TERMS.iter().filter(|term| matches!(term.fate, Fate::Deleted(_))) {
        assert!(norms.value(term.norm, today).unwrap() >= least, "{}", term.norm);
    }
}

#[test]
fn what_is_deleted_can_be_recorded() {
    let deleted: Vec<_> = TERMS
        .iter()
        .filter(|term| !matches!(term.fate, Fate::Listed { .. } | Fate::Held(_)))
        .map(|term| term.kind)
        .collect();
    assert!(deleted.len() == KINDS.len() && deleted.iter().all(|kind| KINDS.contains(kind)));
    assert!(DISPOSAL.fields.iter().all(|field: &Field| field.fixed), "nobody writes one by hand");
}

#[test]
fn a_month_is_a_month_of_the_calendar() {
    let norms = Norms::parse(NORMS).unwrap();
    for (key, today, expected) in [
        ("retention.session", "2021-12-20", Some("2019-12-20")),
        // The month's last day where there is no such day.
        ("retention.session", "2024-02-29", Some("2022-02-28")),
        ("retention.hazard_major", "2021-12-20", Some("1991-12-20")),
        ("retention.report_snapshot", "2021-12-20", None),
    ] {
        let norm = norms.on(key, day("2021-12-20")).unwrap();
        assert_eq!(cut_off(norm, day(today)), expected.map(day), "{key} {today}");
    }
}

#[test]
fn the_table_has_the_columns_of_the_record() {
    let schema = include_str!("schema.sql");
    for field in DISPOSAL.fields {
        assert!(schema.contains(&format!(" {} ", field.name)), "{}", field.name);
    }
}
