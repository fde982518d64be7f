//! Why nobody is waited for: a day without school, one on which it was called off, and a roll that is waived.

use kit::terms::{Special, SpecialDays, Suspension, Where};

use super::super::board::idle;
use super::super::session::off;
use super::*;

const MONDAY: &str = "2021-12-20";

fn ice(schools: Where) -> Suspension {
    Suspension { place: schools, from: day("2021-12-18"), until: day("2022-01-28"), reason: "ice".into() }
}

fn free(schools: Where) -> SpecialDays {
    SpecialDays { place: schools, kind: Special::Off, from: day(MONDAY), until: day(MONDAY), name: "调休".into() }
}

#[test]
fn a_day_that_was_called_off_is_no_holiday() {
    let one = || Where::Schools([OTHER].into());
    for (suspensions, specials, on, expected) in [
        (vec![ice(Where::Everywhere)], vec![], MONDAY, "rollcall.suspended"),
        (vec![], vec![free(Where::Everywhere)], MONDAY, "rollcall.suspended"),
        (vec![ice(one())], vec![free(Where::Everywhere)], MONDAY, "rollcall.suspended"),
        // A Saturday is one, suspended or not, and so is a day of the vacation.
        (vec![ice(Where::Everywhere)], vec![], "2021-12-18", "rollcall.no_school"),
        (vec![ice(Where::Everywhere)], vec![], "2022-01-28", "rollcall.no_school"),
        (vec![], vec![], "2021-12-18", "rollcall.no_school"),
    ] {
        let terms = Arc::new(Terms::new([], suspensions, specials, timetable().usual()));
        let known = Facts { terms, ..facts("2021-12-20 08:00", &[]) };
        assert_eq!(off(&[SCHOOL, OTHER], day(on), &known), expected, "{on}");
    }
}

#[test]
fn the_board_says_why_nobody_is_waited_for() {
    for (peopled, school, asked, expected) in [
        (false, true, true, Some("rollcall.no_pupils")),
        (true, false, false, Some("rollcall.suspended")),
        (true, false, true, Some("rollcall.suspended")),
        (true, true, false, Some("rollcall.let_off")),
        (true, true, true, None),
    ] {
        assert_eq!(idle(peopled, school, asked, "rollcall.suspended"), expected, "{peopled} {school} {asked}");
    }
}
