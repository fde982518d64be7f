//! What a mark becomes, and what its sheet says then.

use kit::life::Input;
use kit::{Change, Life, Refusal};

use super::super::anew::missed as missed_anew;
use super::super::life::{MarkLife, SheetLife};
use super::super::record::{MARK, SHEET};
use super::super::{roll, rules};
use super::*;

/// A sheet called at 7:55 with one absent and one sick.
fn sheet() -> (Row, Row, Row) {
    let all = [missed(0, "absent"), missed(1, "sick")];
    let [sheet, absent, sick] = <[Row; 3]>::try_from(written(&sent(&all), &ground(), "2021-12-20 07:55")).unwrap();
    (sheet, absent, sick)
}

fn act(row: &Row, mv: &str, input: &[(&'static str, Cell)], now: &str, who: &Actor) -> Result<Change, Refusal> {
    let facts = facts(now, &[]);
    MarkLife.next(row.get(&MARK, "state").text().unwrap(), mv).ok_or_else(|| Refusal::new("move.not_now"))?;
    MarkLife.may(who, row, mv, &facts)?;
    MarkLife.step(who, row, mv, &Input(input.to_vec()), &facts)
}

/// The sheet after a change of one of its marks.
fn after(sheet: &Row, change: &Change) -> Row {
    let facts = facts("2021-12-20 09:00", std::slice::from_ref(sheet));
    let entailed = rules::mark_entails(change, &[], &facts, &mut Uuid::nil);
    entailed.into_iter().next().map_or_else(|| sheet.clone(), |change| change.after)
}

fn counts(sheet: &Row) -> [i64; 5] {
    ["absent", "sick", "on_leave", "late", "left_early"].map(|field| sheet.get(&SHEET, field).int().unwrap())
}

#[test]
fn a_slip_is_taken_back_within_the_minute_by_whoever_made_it() {
    let (sheet, absent, _) = sheet();
    let change = act(&absent, "take_back", &[], "2021-12-20 07:56", &teacher()).unwrap();
    assert!(!roll::counts(&change.after));
    assert_eq!(counts(&after(&sheet, &change)), [0, 1, 0, 0, 0]);
    let late = act(&absent, "take_back", &[], "2021-12-20 07:57", &teacher()).err().unwrap();
    assert_eq!(late.code, "mark.too_late_to_take_back");
    let other = actor(Role::Principal, COLLEAGUE, SCHOOL, &[]);
    assert_eq!(act(&absent, "take_back", &[], "2021-12-20 07:55", &other).err().unwrap().code, "mark.not_yours");
}

#[test]
fn the_counters_follow_every_move() {
    let (sheet, absent, sick) = sheet();
    let who = teacher();
    let now = "2021-12-20 08:30";
    let leave = [("kind", text("leave")), ("reply", text("奶奶来电，去县城看病"))];
    let fix = [("kind", text("left_early")), ("reason", text("记错了"))];
    let why = [("reason", text("人在教室"))];
    for (row, mv, input, expected, state) in [
        (&absent, "excuse", &leave[..], [0, 1, 1, 0, 0], "known"),
        (&absent, "arrived", &[], [0, 1, 0, 1, 0], "arrived"),
        (&absent, "mistaken", &why[..], [0, 1, 0, 0, 0], "mistaken"),
        (&sick, "correct", &fix[..], [1, 0, 0, 0, 1], "known"),
        (&sick, "mistaken", &why[..], [1, 0, 0, 0, 0], "mistaken"),
    ] {
        let change = act(row, mv, input, now, &who).unwrap();
        assert_eq!(change.after.get(&MARK, "state").text(), Some(state), "{mv}");
        assert_eq!(counts(&after(&sheet, &change)), expected, "{mv}");
    }
    let morning_after = act(&absent, "arrived", &[], "2021-12-21 08:05", &who).err().unwrap();
    assert_eq!(morning_after.code, "mark.day_over", "who comes the next day was not late the day before");
    let same = [("kind", text("sick")), ("reason", text("记错了"))];
    assert_eq!(act(&sick, "correct", &same, now, &who).err().unwrap().code, "mark.same_kind");
    assert_eq!(act(&sick, "excuse", &leave, now, &who).err().unwrap().code, "move.not_now", "nobody asked");
}

/// Of whom it was thought that it was known, or who was another child.
#[test]
fn whoever_is_missing_after_all_is_absent_on_the_day_of_the_roll() {
    let (sheet, absent, sick) = sheet();
    let input = [("kind", text("absent")), ("reason", text("记错了人"))];
    let now = "2021-12-20 10:00";
    let change = act(&sick, "correct", &input, now, &teacher()).unwrap();
    assert_eq!(["kind", "state"].map(|field| change.after.get(&MARK, field).text()), [Some("absent"), Some("unknown")]);
    assert_eq!(change.after.get(&MARK, "marked_at"), &Cell::Int(at("2021-12-20 10:00:00")), "its clock runs from now");
    assert!(missed_anew(&change));
    assert_eq!(counts(&after(&sheet, &change)), [2, 0, 0, 0, 0]);
    let later = act(&sick, "correct", &input, "2021-12-21 08:05", &teacher()).err().unwrap();
    assert_eq!(later.code, "mark.absent_day");
    assert_eq!(act(&absent, "correct", &input, now, &teacher()).err().unwrap().code, "mark.same_kind");
}

#[test]
fn a_day_pupil_is_added_to_no_boarders_roll() {
    use crate::organisation::record::PUPIL;
    let (sheet, ..) = sheet();
    let codes = |session: &str, boards: bool| {
        let sheet = sheet.clone().with(&SHEET, "session", text(session));
        let pupil_row = Row::blank(&PUPIL, pupil(4)).with(&PUPIL, "class", Cell::Id(CLASS_ID));
        let pupil_row = pupil_row.with(&PUPIL, "boarder", Cell::Bool(boards));
        let facts = facts("2021-12-20 23:00", &[sheet.clone(), pupil_row]);
        let typed = Row::blank(&MARK, Uuid::from_u128(9))
            .with(&MARK, "sheet", Cell::Id(sheet.id))
            .with(&MARK, "pupil", Cell::Id(pupil(4)))
            .with(&MARK, "kind", text("absent"));
        let row = rules::mark_derived(None, typed, &teacher(), &facts).unwrap();
        rules::mark(&row, &facts).iter().map(|fault| fault.code).collect::<Vec<_>>()
    };
    assert_eq!(codes("dormitory", false), ["mark.not_boarder"]);
    assert_eq!(codes("evening", false), ["mark.not_boarder"]);
    assert!(codes("dormitory", true).is_empty() && codes("arrival", false).is_empty());
}

/// A child comes back when there is school, a boarder also on the evening before: Sunday 26 December is free, 4 January is the first day after the holiday.
#[test]
fn whoever_was_ill_is_back_on_a_day_on_which_somebody_could_come() {
    use crate::organisation::record::PUPIL;
    let (_, _, sick) = sheet();
    let back = |on: &str, boards: bool, boarder: Option<bool>| {
        let pupil = sick.get(&MARK, "pupil").id().unwrap();
        let known = boarder.map(|is| Row::blank(&PUPIL, pupil).with(&PUPIL, "boarder", Cell::Bool(is)));
        let school = Node { boards, ..Node::of(SCHOOL, None, "school") };
        let facts = Facts { tree: Arc::new(Tree::new([school])), ..facts("2022-01-10 08:00", known.as_slice()) };
        let input = Input(vec![("returned_on", Cell::Date(day(on)))]);
        MarkLife.step(&teacher(), &sick, "returned", &input, &facts).map(|_| ()).map_err(|refusal| refusal.code)
    };
    let free = Err("mark.returned_free");
    for (on, boards, boarder, expected) in [
        ("2021-12-24", false, Some(false), Ok(())),
        ("2021-12-25", false, Some(false), free),
        ("2021-12-26", false, Some(false), free),
        ("2021-12-26", true, Some(false), free),
        ("2021-12-26", true, Some(true), Ok(())),
        ("2021-12-26", true, None, Ok(())),
        ("2021-12-26", false, Some(true), free),
        ("2021-12-27", false, Some(false), Ok(())),
        ("2022-01-02", true, Some(true), free),
        ("2022-01-03", true, Some(true), Ok(())),
        ("2022-01-03", true, Some(false), free),
        ("2022-01-04", false, Some(false), Ok(())),
    ] {
        assert_eq!(back(on, boards, boarder), expected, "{on} {boards} {boarder:?}");
    }
}

#[test]
fn whoever_was_ill_is_back_on_a_later_day_and_not_tomorrow() {
    let (_, absent, sick) = sheet();
    let back = |on: &str| {
        let change = act(&sick, "returned", &[("returned_on", Cell::Date(day(on)))], "2021-12-22 08:00", &teacher());
        change.map(|change| change.after.get(&MARK, "returned_on").clone()).map_err(|refusal| refusal.code)
    };
    assert_eq!(back("2021-12-20"), Err("mark.returned_day"));
    let same_day =
        |now: &str| MarkLife.may(&teacher(), &sick, "returned", &facts(now, &[])).map_err(|refusal| refusal.code);
    assert_eq!((same_day("2021-12-20 16:00"), same_day("2021-12-21 07:30")), (Err("mark.returned_day"), Ok(())));
    for on in ["2021-12-21", "2021-12-22"] {
        assert_eq!(back(on), Ok(Cell::Date(day(on))));
    }
    assert_eq!(back("2021-12-23"), Err("mark.returned_day"));
    let leave = [("kind", text("leave")), ("reply", text("奶奶来电"))];
    let excused = act(&absent, "excuse", &leave, "2021-12-20 08:30", &teacher()).unwrap().after;
    let returned = [("returned_on", Cell::Date(day("2021-12-21")))];
    let refused = act(&excused, "returned", &returned, "2021-12-22 08:00", &teacher()).err().unwrap();
    assert_eq!(refused.code, "mark.not_sick");
    // Who was late has been there all along.
    let rows = written(&sent(&[missed(2, "late"), missed(3, "left_early")]), &ground(), "2021-12-20 07:55");
    for row in &rows[1..] {
        let refused = act(row, "arrived", &[], "2021-12-20 08:30", &teacher()).err().unwrap();
        assert_eq!(refused.code, "mark.was_there");
    }
}

#[test]
fn somebody_forgotten_is_added_to_the_class_of_that_day() {
    let (sheet, ..) = sheet();
    let pupil_row = |class| {
        use crate::organisation::record::PUPIL;
        Row::blank(&PUPIL, pupil(4)).with(&PUPIL, "class", Cell::Id(class))
    };
    let facts = |class| facts("2021-12-20 09:00", &[sheet.clone(), pupil_row(class)]);
    let typed = Row::blank(&MARK, Uuid::from_u128(9))
        .with(&MARK, "sheet", Cell::Id(sheet.id))
        .with(&MARK, "pupil", Cell::Id(pupil(4)))
        .with(&MARK, "kind", text("absent"));
    let row = rules::mark_derived(None, typed.clone(), &teacher(), &facts(CLASS_ID)).unwrap();
    assert_eq!(row.get(&MARK, "state").text(), Some("unknown"));
    let codes = |row: &Row, class| rules::mark(row, &facts(class)).iter().map(|fault| fault.code).collect::<Vec<_>>();
    assert!(codes(&row, CLASS_ID).is_empty());
    assert_eq!(codes(&row, OTHER_CLASS), ["mark.not_in_class"], "moved yesterday");
    // Where he was on the sheet's day counts, wherever he is now.
    let was = |class, from: &str, until| {
        let held = enrolment(4, class, from, until);
        let known = super::facts("2021-12-22 09:00", &[sheet.clone(), pupil_row(OTHER_CLASS)]);
        Facts { beside: Arc::from([(&ENROLMENT, held)]), ..known }
    };
    for (known, expected) in [
        (was(CLASS_ID, "2019-09-01", Some("2021-12-21")), &[][..]),
        (was(CLASS_ID, "2019-09-01", Some("2021-12-19")), &["mark.not_in_class"]),
        (was(CLASS_ID, "2021-12-21", None), &["mark.not_in_class"]),
        (was(OTHER_CLASS, "2019-09-01", None), &["mark.not_in_class"]),
    ] {
        let found: Vec<_> = rules::mark(&row, &known).iter().map(|fault| fault.code).collect();
        assert_eq!(found, expected);
    }
    assert_eq!(codes(&row.clone().with(&MARK, "symptom", text("fever")), CLASS_ID), ["mark.symptom_not_sick"]);
    assert_eq!(counts(&after(&sheet, &Change::create(&MARK, "create", row))), [2, 1, 0, 0, 0]);
    let stranger = actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]);
    let refused = rules::mark_derived(None, typed, &stranger, &facts(CLASS_ID)).err().unwrap();
    assert_eq!(refused.code, "mark.not_yours");
}

#[test]
fn whoever_called_a_roll_adds_to_it_as_long_as_it_is_that_of_now() {
    let (sheet, ..) = sheet();
    let withdrawn = sheet.clone().with(&SHEET, "state", text("withdrawn"));
    let colleague = actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]);
    let caller = actor(Role::Teacher, TEACHER, SCHOOL, &[OTHER_CLASS]);
    for (who, row, now, expected) in [
        (&caller, &sheet, "2021-12-20 15:00", true),
        (&caller, &sheet, "2021-12-21 07:55", false),
        (&caller, &withdrawn, "2021-12-20 15:00", false),
        (&colleague, &sheet, "2021-12-20 15:00", false),
    ] {
        assert_eq!(rules::called_it(who, row, facts(now, &[]).now), expected, "{now}");
    }
}

#[test]
fn a_withdrawn_sheet_takes_its_marks_with_it() {
    let (sheet, absent, sick) = sheet();
    let now = facts("2021-12-20 09:00", &[]);
    let input = Input(vec![("reason", text("点错班"))]);
    assert!(SheetLife.may(&teacher(), &sheet, "withdraw", &now).is_ok());
    let stranger = actor(Role::Teacher, COLLEAGUE, SCHOOL, &[OTHER_CLASS]);
    assert!(SheetLife.may(&stranger, &sheet, "withdraw", &now).is_err());
    let change = SheetLife.step(&teacher(), &sheet, "withdraw", &input, &now).unwrap();
    let company = [(&MARK, absent), (&MARK, sick)];
    let taken = rules::sheet_entails(&change, &company, &now, &mut Uuid::nil);
    assert_eq!(taken.len(), 2);
    assert!(taken.iter().all(|change| !roll::counts(&change.after)));
}
