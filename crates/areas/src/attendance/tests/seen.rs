//! Who is looked for, and whom a later roll does not miss.

use super::super::record::{MARK, MISSING, SHEET};
use super::super::seen::is_there;
use super::*;
use crate::organisation::record::PUPIL;

fn check() -> Row {
    Row::blank(&MISSING, Uuid::from_u128(6_000))
        .with(&MISSING, "pupil", Cell::Id(pupil(0)))
        .with(&MISSING, "class", Cell::Id(CLASS_ID))
        .with(&MISSING, "begun_at", Cell::Int(at("2021-12-20 08:20:00")))
}

fn his(class: Uuid, boards: bool, left: Option<&str>) -> Row {
    Row::blank(&PUPIL, pupil(0))
        .with(&PUPIL, "class", Cell::Id(class))
        .with(&PUPIL, "boarder", Cell::Bool(boards))
        .with(&PUPIL, "left_on", left.map_or(Cell::Null, |left| Cell::Date(day(left))))
}

fn sheet(class: Uuid, session: &str, called: &str) -> Row {
    Row::blank(&SHEET, Uuid::from_u128(6_100))
        .with(&SHEET, "class", Cell::Id(class))
        .with(&SHEET, "session", text(session))
        .with(&SHEET, "day", Cell::Date(day(&called[..10])))
        .with(&SHEET, "called_at", Cell::Int(at(&format!("{called}:00"))))
}

fn mark(kind: &str, state: &str) -> Row {
    Row::blank(&MARK, Uuid::from_u128(6_200))
        .with(&MARK, "pupil", Cell::Id(pupil(0)))
        .with(&MARK, "sheet", Cell::Id(Uuid::from_u128(6_100)))
        .with(&MARK, "kind", text(kind))
        .with(&MARK, "state", text(state))
}

#[test]
fn a_later_roll_that_expects_the_child_and_does_not_miss_it_has_seen_it() {
    let lesson = |called| sheet(CLASS_ID, "lesson.2", called);
    let (own, next) = (his(CLASS_ID, false, None), "2021-12-21 08:10");
    for (pupil, sheet, marks, there) in [
        (own.clone(), lesson("2021-12-20 09:20"), vec![], true),
        (own.clone(), lesson(next), vec![], true),
        (own.clone(), lesson("2021-12-20 08:19"), vec![], false),
        (own.clone(), lesson("2021-12-20 09:20"), vec![mark("absent", "unknown")], false),
        (own.clone(), lesson("2021-12-20 09:20"), vec![mark("sick", "known")], false),
        (own.clone(), lesson("2021-12-20 09:20"), vec![mark("late", "known")], true),
        (own.clone(), lesson("2021-12-20 09:20"), vec![mark("absent", "mistaken")], true),
        // Of a day pupil the boarders' rolls say nothing.
        (own.clone(), sheet(CLASS_ID, "evening", "2021-12-20 19:00"), vec![], false),
        (his(CLASS_ID, true, None), sheet(CLASS_ID, "evening", "2021-12-20 19:00"), vec![], true),
        // Who has another class since ten was on neither's roll at nine.
        (own.clone(), sheet(OTHER_CLASS, "lesson.2", "2021-12-20 09:20"), vec![], false),
        (his(OTHER_CLASS, false, None), sheet(OTHER_CLASS, "lesson.2", "2021-12-20 09:20"), vec![], false),
        (his(OTHER_CLASS, false, None), lesson("2021-12-20 09:20"), vec![], false),
        (his(CLASS_ID, false, Some("2021-12-20")), lesson(next), vec![], false),
    ] {
        assert_eq!(is_there(&check(), &pupil, &sheet, &marks), there, "{pupil:?} {sheet:?} {marks:?}");
    }
}
