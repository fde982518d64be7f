//! What ends a search, what does not, and what makes it no slower.

use kit::life::Input;
use kit::{Change, Life};

use super::super::called_off::{may_withdraw, taken_back};
use super::super::missing::{MissingLife, settled};
use super::super::record::{MARK, MISSING};
use super::missing::{act, begun, minute, moment};
use super::*;

const NOW: &str = "2021-12-20 08:35";

#[test]
fn a_roll_whose_search_goes_on_is_not_withdrawn() {
    let refused = |row: &Row, now: &str| {
        may_withdraw(std::slice::from_ref(row), "sheet.search_open", facts(now, &[]).now).err().map(|fault| fault.code)
    };
    let open = Some("sheet.search_open");
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    assert_eq!(refused(&check.after, NOW), None, "the family and the teacher were told, and nobody else");
    assert_eq!(refused(&check.after, "2021-12-20 08:50"), open, "who leads the search was told");
    for (mv, input) in [
        ("unreached", vec![]),
        ("on_the_way", vec![]),
        ("search", vec![("campus", Cell::Bool(true))]),
        ("near_water", vec![("reply", text("河边"))]),
        ("police_called", vec![("at", text("08:34")), ("police_note", text("出警"))]),
    ] {
        let gone_on = act(&check.after, mv, &input, NOW).unwrap().after;
        assert_eq!(refused(&gone_on, NOW), open, "{mv}");
    }
    let here = act(&check.after, "here", &[], "2021-12-20 08:55").unwrap().after;
    assert_eq!(refused(&here, "2021-12-20 09:00"), None);
    // Of a small child the search is told with the first message, and the bureau half an hour after the gate closed.
    let [_, _, small] = begun(11, "2021-12-20 08:31");
    assert_eq!((refused(&small.after, NOW), refused(&small.after, "2021-12-20 08:50")), (None, open));
}

#[test]
fn what_is_called_off_is_not_said_to_be_found() {
    let [_, mark, check] = begun(15, "2021-12-20 08:31");
    let now = facts("2021-12-20 08:52", &[]);
    let off = taken_back(&check.after, &now).unwrap();
    assert_eq!(off.verb, "called_off");
    assert!(off.notices.len() == 2 && off.notices.iter().all(|notice| notice.code == "missing.called_off"));
    assert!(off.followed.len() == 2 && off.followed.iter().all(|one| one.code == "missing.called_off_family"));
    for (kind, state, verb) in [("late", "arrived", "at_school"), ("sick", "known", "excused")] {
        let after = mark.after.clone().with(&MARK, "state", text(state)).with(&MARK, "kind", text(kind));
        let ended = settled(&check.after, &Change::update(&MARK, "correct", mark.after.clone(), after), &now).unwrap();
        assert_eq!((ended.verb, ended.notices[0].code), (verb, "missing.found"));
    }
}

/// Whose clock is the halved one already waits for none.
#[test]
fn near_water_everything_is_due_now_and_the_words_stay() {
    let [_, _, check] = begun(11, "2021-12-20 08:31");
    let seen = [("reply", text("在河边"))];
    let water = act(&check.after, "near_water", &seen, "2021-12-20 08:40").unwrap();
    assert_eq!(["report_at", "police_at"].map(|field| moment(&water, field)), ["08:40", "08:40"].map(minute));
    let due = water.hastened.iter().filter(|one| matches!(one.code, "missing.bureau" | "missing.police"));
    assert!(due.clone().count() == 4 && due.into_iter().all(|one| one.at == minute("08:40")), "{:?}", water.hastened);
    let said = act(&water.after, "on_the_way", &[("reply", text("七点半出门了"))], "2021-12-20 08:42").unwrap().after;
    let words = ["sighting", "reply", "urgent"].map(|field| said.get(&MISSING, field).text());
    assert_eq!(words, [Some("在河边"), Some("七点半出门了"), Some("near_water")]);
}

#[test]
fn a_search_that_goes_on_is_due_no_later_than_it_was() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let ended = act(&check.after, "here", &[], "2021-12-20 09:00").unwrap().after;
    let again = act(&ended, "again", &[], "2021-12-20 09:15").unwrap();
    let clocks = ["search_at", "report_at", "police_at"].map(|field| moment(&again, field));
    assert_eq!(clocks, ["09:15", "09:20", "09:20"].map(minute));
}

/// What fell due while nobody looked is counted from the new beginning; what was said before the end is said again at once.
#[test]
fn a_search_that_begins_again_hours_later_begins_with_a_search() {
    for (grade, ended, again, due) in [
        (15, "08:40", "08:45", "09:15"),
        (15, "08:40", "09:20", "09:50"),
        (15, "09:00", "14:00", "14:30"),
        (15, "09:19", "14:00", "14:30"),
        (15, "09:20", "14:00", "09:20"),
        (15, "10:00", "14:00", "09:20"),
        (11, "08:40", "14:00", "14:30"),
        (11, "08:40", "08:45", "08:50"),
        (11, "09:00", "14:00", "08:50"),
    ] {
        let [_, _, check] = begun(grade, "2021-12-20 08:31");
        let ended = act(&check.after, "here", &[], &format!("2021-12-20 {ended}")).unwrap().after;
        let change = act(&ended, "again", &[], &format!("2021-12-20 {again}")).unwrap();
        let clocks = ["search_at", "report_at", "police_at"].map(|field| moment(&change, field));
        assert_eq!(clocks, [again, due, due].map(minute), "{grade} {again}");
        let said: Vec<_> = change.messages.iter().map(|message| (message.code, message.not_before)).collect();
        assert_eq!(
            said[said.len() - 2..],
            ["missing.bureau", "missing.police"].map(|code| (code, minute(due))),
            "{said:?}"
        );
    }
    // A second slip does not push back what the first one left ahead.
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let row = [("here", "09:00"), ("again", "14:00"), ("here", "14:05")]
        .into_iter()
        .fold(check.after, |row, (mv, now)| act(&row, mv, &[], &format!("2021-12-20 {now}")).unwrap().after);
    let again = act(&row, "again", &[], "2021-12-20 14:10").unwrap();
    assert_eq!(moment(&again, "police_at"), minute("14:30"));
}

#[test]
fn nobody_calls_the_police_before_a_child_is_missed() {
    let call = |row: &Row, at: &str, facts: &Facts| {
        let input = Input(vec![("at", text(at)), ("police_note", text("出警"))]);
        let change = MissingLife.step(&teacher(), row, "police_called", &input, facts);
        change.map(|change| moment(&change, "police_called_at")).map_err(|refusal| refusal.code)
    };
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let now = facts(NOW, &[]);
    assert_eq!(call(&check.after, "07:50", &now), Err("missing.before_begin"));
    assert_eq!(call(&check.after, "08:31", &now), Ok(minute("08:31")));
    assert_eq!(call(&check.after, "08:50", &now), Err("missing.police_time"));
    // Called before school begins: its clock runs from the gate, and nobody waits for that.
    let [sheet, _, early] = begun(15, "2021-12-20 08:10");
    let known = facts("2021-12-20 08:14", &[sheet.after]);
    assert_eq!(call(&early.after, "08:12", &known), Ok(minute("08:12")));
    assert_eq!(call(&early.after, "08:05", &known), Err("missing.before_begin"));
}

/// What is typed after midnight is of today, or of the night before since its roll could be called: never a time that is still to come.
#[test]
fn a_call_around_midnight_is_of_the_night_that_is_meant() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let (slot, early) = ("dormitory", "2021-12-20 21:10");
    for (begun, now, typed, expected) in [
        // The roll was sent after midnight: its evening counts.
        ("2021-12-21 00:20", "2021-12-21 00:30", "23:50", Some("2021-12-20 23:50")),
        ("2021-12-21 00:20", "2021-12-21 00:30", "20:10", Some("2021-12-20 20:10")),
        ("2021-12-21 00:20", "2021-12-21 00:30", "00:10", Some("2021-12-21 00:10")),
        ("2021-12-21 00:20", "2021-12-21 00:30", "00:25", Some("2021-12-21 00:25")),
        ("2021-12-21 00:20", "2021-12-21 00:30", "00:40", None),
        ("2021-12-21 00:20", "2021-12-21 00:30", "19:30", None),
        // And that which was sent in the morning.
        ("2021-12-21 08:40", "2021-12-21 09:00", "23:30", Some("2021-12-20 23:30")),
        ("2021-12-21 08:40", "2021-12-21 09:00", "08:50", Some("2021-12-21 08:50")),
        ("2021-12-21 08:40", "2021-12-21 09:00", "10:00", None),
        // It was sent in the evening: from then on.
        (early, "2021-12-21 00:30", "00:10", Some("2021-12-21 00:10")),
        (early, "2021-12-21 00:30", "23:50", Some("2021-12-20 23:50")),
        (early, "2021-12-21 00:30", "20:30", None),
        (early, "2021-12-20 23:59", "21:30", Some("2021-12-20 21:30")),
        // The second midnight knows nothing of the first evening.
        ("2021-12-21 00:20", "2021-12-22 00:10", "23:50", Some("2021-12-21 23:50")),
        ("2021-12-21 00:20", "2021-12-22 00:10", "00:05", Some("2021-12-22 00:05")),
    ] {
        let row = check.after.clone().with(&MISSING, "session", text(slot));
        let row = row.with(&MISSING, "begun_at", Cell::Int(at(&format!("{begun}:00"))));
        let input = Input(vec![("at", text(typed)), ("police_note", text("出警"))]);
        let change = MissingLife.step(&teacher(), &row, "police_called", &input, &facts(now, &[class()]));
        let called = change.map(|change| moment(&change, "police_called_at")).map_err(|refusal| refusal.code);
        let expected = expected.map(|time| at(&format!("{time}:00"))).ok_or("missing.police_time");
        assert_eq!(called, expected, "{begun} {now} {typed}");
    }
}
