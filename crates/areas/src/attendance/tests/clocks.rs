//! When the steps of a missing child's chain are due.

use super::missing::{begun, minute, moment};
use crate::attendance::record::MISSING;

#[test]
fn small_children_are_searched_for_at_once() {
    for (grade, why, [search, report, police]) in [
        (1, Some("kindergarten"), ["08:32", "08:50", "08:50"]),
        (3, Some("kindergarten"), ["08:32", "08:50", "08:50"]),
        (11, Some("lower_grade"), ["08:32", "08:50", "08:50"]),
        (13, Some("lower_grade"), ["08:32", "08:50", "08:50"]),
        (14, None, ["08:50", "09:20", "09:20"]),
        (31, None, ["08:50", "09:20", "09:20"]),
    ] {
        let [_, _, check] = begun(grade, "2021-12-20 08:31");
        assert_eq!(check.after.get(&MISSING, "urgent").text(), why, "{grade}");
        let clocks = ["search_at", "report_at", "police_at"].map(|field| moment(&check, field));
        assert_eq!(clocks, [search, report, police].map(minute), "{grade}");
    }
}

/// A late roll takes away the wait before the search, and leaves the school its time to search and the family its time to answer.
#[test]
fn the_clocks_run_from_the_planned_start_and_not_from_the_roll() {
    for (grade, called, expected) in [
        (15, "08:21", ["08:22", "08:50", "09:20", "09:20"]),
        (15, "08:49", ["08:50", "08:50", "09:20", "09:20"]),
        (15, "09:05", ["09:06", "09:06", "09:36", "09:36"]),
        (15, "11:00", ["11:01", "11:01", "11:31", "11:31"]),
        (11, "08:21", ["08:22", "08:22", "08:50", "08:50"]),
        (11, "09:05", ["09:06", "09:06", "09:21", "09:21"]),
    ] {
        let [_, _, check] = begun(grade, &format!("2021-12-20 {called}"));
        let clocks = ["told_at", "search_at", "report_at", "police_at"].map(|field| moment(&check, field));
        assert_eq!(clocks, expected.map(minute), "{grade} {called}");
    }
}
