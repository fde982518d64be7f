//! What the shipped norms say of known cases: boundary values of the laws and standards themselves.

#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::sync::LazyLock;

use chrono::NaiveDate;

use super::*;
use crate::measures;

static NORMS: LazyLock<Norms> = LazyLock::new(|| {
    Norms::parse(&[
        ("guards.toml", include_str!("../../../../rules/guards.toml")),
        ("drills.toml", include_str!("../../../../rules/drills.toml")),
        ("canteen.toml", include_str!("../../../../rules/canteen.toml")),
        ("patrols.toml", include_str!("../../../../rules/patrols.toml")),
        ("attendance.toml", include_str!("../../../../rules/attendance.toml")),
        ("reports.toml", include_str!("../../../../rules/reports.toml")),
        ("risk.toml", include_str!("../../../../rules/risk.toml")),
        ("assessment.toml", include_str!("../../../../rules/assessment.toml")),
        ("mechanisms.toml", include_str!("../../../../rules/mechanisms.toml")),
    ])
    .unwrap()
});

fn today() -> NaiveDate {
    "2021-12-20".parse().unwrap()
}

fn with(key: &str, value: &str) -> Norms {
    NORMS.decided(&[Decision {
        id: uuid::Uuid::nil(),
        kind: decide::Kind::Change,
        key: key.into(),
        stage: None,
        value: value.into(),
        from: today(),
        until: None,
    }])
}

#[test]
fn guards_by_pupils_and_boarders() {
    let ceil = with("guard.rounding", "ceil");
    for (pupils, boarders, floor, up) in [
        (0, 0, 0, 0),
        (99, 0, 1, 1),
        (100, 0, 2, 2),
        (999, 0, 2, 2),
        (1000, 0, 3, 3),
        // A full five hundred more, or a begun one.
        (1001, 0, 3, 4),
        (1499, 0, 3, 4),
        (1500, 0, 4, 4),
        (1501, 0, 4, 5),
        (2000, 0, 5, 5),
        // Boarders have a table of their own; the larger number holds.
        (299, 299, 2, 2),
        (300, 300, 2, 2),
        (600, 600, 3, 3),
        (899, 899, 3, 4),
        (900, 900, 4, 4),
        (2000, 300, 4, 5),
    ] {
        assert_eq!(measures::guards(&NORMS, today(), pupils, boarders), Ok(floor), "{pupils} {boarders}");
        assert_eq!(measures::guards(&ceil, today(), pupils, boarders), Ok(up), "{pupils} {boarders} begun");
    }
    let sum = with("guard.combine", "sum");
    assert_eq!(measures::guards(&sum, today(), 1600, 600), Ok(6));
    // 76 schools of 1,500 day pupils need 304 guards; with 275 the county is 29 short.
    let needed = 76 * measures::guards(&NORMS, today(), 1500, 0).unwrap();
    assert_eq!((needed, needed - 275), (304, 29));
}

#[test]
fn lec_and_its_colours() {
    let of = |text: &str| text.parse::<Decimal>().unwrap();
    for (factors, product, colour) in [
        (["10", "10", "100"], "10000", "red"),
        (["3", "6", "15"], "270", "orange"),
        (["1", "10", "7"], "70", "yellow"),
        (["0.5", "6", "7"], "21", "blue"),
        (["0.1", "0.5", "1"], "0.05", "blue"),
        (["1", "3", "7"], "21", "blue"),
        (["10", "2", "15"], "300", "orange"),
        (["0.2", "10", "100"], "200", "orange"),
    ] {
        let answer = measures::lec(&NORMS, today(), factors.map(of));
        assert_eq!(answer, Ok((of(product), colour.to_owned())), "{factors:?}");
    }
    // At a bound the higher colour.
    for (value, colour) in [("69.9", "blue"), ("70", "yellow"), ("159.9", "yellow"), ("160", "orange"), ("320", "red")]
    {
        assert_eq!(measures::grade(&NORMS, "risk.lec.colour", today(), of(value)), Ok(colour.to_owned()), "{value}");
    }
    let none = measures::lec(&NORMS, today(), [of("5"), of("6"), of("15")]).unwrap_err();
    assert_eq!(none.code, "norm.outside");
}

#[test]
fn the_matrix_is_the_product_s_bands() {
    for likelihood in 1..=5 {
        for severity in 1..=5 {
            let expected = match likelihood * severity {
                20..=25 => "red",
                15..=16 => "orange",
                9..=12 => "yellow",
                _ => "blue",
            };
            let colour = measures::matrix(&NORMS, today(), likelihood, severity);
            assert_eq!(colour, Ok(expected.to_owned()), "{likelihood}×{severity}");
        }
    }
    for outside in [(0, 1), (1, 0), (6, 1), (1, 6)] {
        assert!(measures::matrix(&NORMS, today(), outside.0, outside.1).is_err());
    }
}

#[test]
fn accidents_have_the_highest_grade_of_three() {
    for (deaths, injured, loss, grade) in [
        (0, 1, 0, "general"),
        (2, 9, 9_999_999, "general"),
        (3, 0, 0, "larger"),
        (0, 10, 0, "larger"),
        (0, 0, 10_000_000, "larger"),
        (9, 49, 49_999_999, "larger"),
        (10, 0, 0, "major"),
        (0, 50, 0, "major"),
        (1, 1, 50_000_000, "major"),
        (29, 99, 99_999_999, "major"),
        (30, 0, 0, "extra"),
        (0, 100, 0, "extra"),
        (0, 0, 100_000_000, "extra"),
    ] {
        assert_eq!(
            measures::accident(&NORMS, today(), deaths, injured, loss),
            Ok(grade.to_owned()),
            "{deaths} {injured} {loss}"
        );
    }
    assert!(measures::accident(&NORMS, today(), -1, 0, 0).is_err());
}

#[test]
fn scores_have_their_grade() {
    for (score, grade) in [
        ("0", "fail"),
        ("59.9", "fail"),
        ("60", "pass"),
        ("79.99", "pass"),
        ("80", "good"),
        ("90", "excellent"),
        ("100", "excellent"),
    ] {
        let answer = measures::grade(&NORMS, "assessment.grades", today(), score.parse().unwrap());
        assert_eq!(answer, Ok(grade.to_owned()), "{score}");
    }
    assert!(measures::grade(&NORMS, "assessment.grades", today(), "100.1".parse().unwrap()).is_err());
}

#[test]
fn reports_have_their_clock() {
    let (school, bureau) = (Subject::default(), Subject { unit: "bureau", ..Subject::default() });
    for (key, subject, minutes) in [
        ("report.scene", school, 0),
        ("report.head", school, 60),
        ("report.authority", bureau, 120),
        ("report.phone", school, 15),
        ("report.written", school, 60),
        ("report.general", school, 24 * 60),
        ("report.food", school, 120),
        // The ministry says 24 hours, the county 2: the stricter one holds.
        ("report.cluster", school, 120),
        ("report.abuse", school, 0),
    ] {
        let due = measures::report_due(&NORMS, key, &subject, today(), 1_000);
        assert_eq!(due, Ok(1_000 + minutes * 60_000), "{key}");
    }
    assert!(measures::report_due(&NORMS, "report.authority", &school, today(), 0).is_err());
    assert!(measures::report_due(&NORMS, "report.yearly_ministry", &school, today(), 0).is_err());
}

#[test]
fn drills_are_monthly_in_schools_and_quarterly_in_kindergartens() {
    let every =
        |stage, on: &str| NORMS.value_for("drill.every", &Subject { stage, ..Subject::default() }, on.parse().unwrap());
    assert_eq!(every("primary", "2021-12-20"), Ok(1));
    assert_eq!(every("kindergarten", "2021-12-20"), Ok(3));
    // Before the guide only the floor of each term.
    assert_eq!(every("primary", "2013-12-20"), Ok(6));
}
