//! The chain of a missing child: its clocks, who is told when, and that it ends with where the child was.

use kit::change::Follow;
use kit::life::Input;
use kit::tree::Node;
use kit::{Change, Life, Refusal, To};

use super::super::call::called;
use super::super::hops::hops;
use super::super::incident::{self, INCIDENT, IncidentLife};
use super::super::missing::{MissingLife, People, answer, answers, cause, follow, over, police_cause, settled};
use super::super::named;
use super::super::record::{MARK, MISSING, SHEET};
use super::super::rules;
use super::*;
use crate::organisation::record::{GUARDIAN, POST};

pub(super) const LEADER: Uuid = Uuid::from_u128(110);
pub(super) const OFFICER: Uuid = Uuid::from_u128(111);
pub(super) const CALLER: Uuid = Uuid::from_u128(112);

fn guardian(number: u128) -> Row {
    Row::blank(&GUARDIAN, Uuid::from_u128(4_000 + number)).with(&GUARDIAN, "pupil", Cell::Id(pupil(number))).with(
        &GUARDIAN,
        "phone",
        text("sealed"),
    )
}

fn people() -> People {
    People {
        guardians: vec![guardian(0), guardian(3)],
        names: HashMap::from([(pupil(0), "周小满".to_owned())]),
        leader: Some(LEADER),
        officer: Some(OFFICER),
        caller: Some(CALLER),
        ..People::default()
    }
}

/// A roll with one absent, called at a time by a class of a grade: sheet, mark, check.
pub(super) fn begun(grade: i64, now: &str) -> [Change; 3] {
    let ground = Ground { grade: Some(grade), people: people(), ..ground() };
    let changes = called(&sent(&[missed(0, "absent")]), &ground, &teacher(), &facts(now, &[])).unwrap();
    changes.try_into().unwrap()
}

pub(super) fn moment(change: &Change, field: &str) -> i64 {
    change.after.get(&MISSING, field).int().unwrap()
}

/// Who is told what, and when.
fn told(change: &Change) -> Vec<(Uuid, &'static str, i64)> {
    change.messages.iter().map(|message| (message.recipient(), message.code, message.not_before)).collect()
}

pub(super) fn minute(text: &str) -> i64 {
    at(&format!("2021-12-20 {text}:00"))
}

#[test]
fn a_guardian_is_asked_until_it_is_known_and_the_day_is_over() {
    let [_, _, check] = begun(15, "2021-12-20 08:10");
    let [today, tomorrow] = [20, 21].map(|day| chrono::NaiveDate::from_ymd_opt(2021, 12, day).unwrap());
    assert!(!over(&check.after, today) && !over(&check.after, tomorrow), "nobody knows where the child is");
    let closed = check.after.with(&MISSING, "state", text("closed"));
    assert!(!over(&closed, today) && over(&closed, tomorrow));
}

#[test]
fn the_whole_chain_is_written_with_the_mark() {
    // Called ten minutes before the gate closes: nobody is frightened before school begins.
    let [_, _, check] = begun(15, "2021-12-20 08:10");
    assert_eq!(check.after.get(&MISSING, "state").text(), Some("asked"));
    let guardian = guardian(0).id;
    let expected = [
        (guardian, "missing.guardian", minute("08:20")),
        (TEACHER, "missing.teacher", minute("08:20")),
        (LEADER, "missing.search", minute("08:50")),
        (OFFICER, "missing.bureau", minute("09:20")),
        (CALLER, "missing.police", minute("09:20")),
    ];
    assert_eq!(told(&check), expected);
    let of = |code| if code == "missing.police" { police_cause(check.after.id) } else { cause(check.after.id) };
    assert!(check.messages.iter().all(|message| message.urgent && message.cause == of(message.code)));
    let places: Vec<_> =
        check.messages.iter().filter(|message| message.params.iter().any(|(name, _)| *name == "school")).collect();
    assert!(places.len() == 1 && places[0].code == "missing.bureau", "who answers for many schools hears of which one");
    assert_eq!(places[0].params, [("school", "濂溪小学".to_owned())]);
    let outside = check.messages.iter().filter(|message| matches!(message.to, To::Outside(_))).collect::<Vec<_>>();
    assert_eq!(outside.len(), 1, "the other child's guardian hears nothing");
    assert_eq!(
        (outside[0].answers, outside[0].params.as_slice()),
        (Some("missing"), &[("name", "周小满".to_owned())][..])
    );
    // Later than that, a minute for a slip of the finger.
    let [_, _, late] = begun(15, "2021-12-20 08:31");
    assert_eq!((moment(&late, "told_at"), moment(&late, "search_at")), (minute("08:32"), minute("08:50")));
}

/// A care flag hastens everything and is not named.
#[test]
fn whoever_has_a_care_flag_is_searched_for_at_once() {
    let ground = Ground { people: People { cared: vec![pupil(0)], ..people() }, ..ground() };
    let all = [missed(0, "absent"), missed(1, "absent")];
    let changes = called(&sent(&all), &ground, &teacher(), &facts("2021-12-20 08:31", &[])).unwrap();
    let check = |number| {
        let of = |change: &&Change| change.after.get(&MISSING, "pupil").id() == Some(pupil(number));
        changes.iter().filter(|change| change.noun.name == "missing").find(of).unwrap()
    };
    let (flagged, other) = (check(0), check(1));
    assert_eq!(
        (flagged.after.get(&MISSING, "urgent").text(), other.after.get(&MISSING, "urgent").text()),
        (Some("direct"), None)
    );
    let clocks = ["search_at", "report_at", "police_at"].map(|field| moment(flagged, field));
    assert_eq!(clocks, ["08:32", "08:50", "08:50"].map(minute));
    assert_eq!(moment(other, "search_at"), minute("08:50"));
}

#[test]
fn the_end_of_a_chain_is_an_incident_and_ends_with_the_child() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let now = facts("2021-12-20 09:31", &[]);
    let call =
        act(&check.after, "police_called", &[("at", text("09:28")), ("police_note", text("出警"))], "2021-12-20 09:31");
    let call = call.unwrap();
    let opened = incident::follow(&call, [].into_iter(), &now).unwrap();
    let told: Vec<_> = opened.notices.iter().map(|notice| (notice.person, notice.code)).collect();
    assert_eq!(told, [LEADER, OFFICER, CALLER].map(|person| (person, "incident.opened")));
    let row = opened.after;
    assert_eq!(row.get(&INCIDENT, "state").text(), Some("opened"));
    assert_eq!(incident::opened(&check.after, 0).after.id, row.id, "whoever opens it, it is the same");
    assert!(incident::follow(&call, [&row].into_iter(), &now).is_none(), "never a second one");
    // As long as the child is looked for, only the check says where it was.
    let sought = facts("2021-12-20 09:40", std::slice::from_ref(&call.after));
    let close = |facts: &Facts| IncidentLife.may(&teacher(), &row, "close", facts).map_err(|refusal| refusal.code);
    assert_eq!(close(&sought), Err("incident.sought"));
    let found =
        act(&call.after, "found", &[("found", text("relatives")), ("place", text("姑姑家"))], "2021-12-20 10:02")
            .unwrap();
    let ended = incident::follow(&found, [&row].into_iter(), &now).unwrap().after;
    let said = ["state", "found", "place"].map(|field| ended.get(&INCIDENT, field).text().unwrap().to_owned());
    assert_eq!(said, ["closed", "relatives", "姑姑家"]);
    assert!(incident::ended(&ended, &found.after).is_none());
    let input = Input(vec![("reported_to", text("县教育局安全股")), ("words", text("失联一小时"))]);
    let reported = IncidentLife.step(&teacher(), &row, "report", &input, &sought).unwrap().after;
    assert_eq!(reported.get(&INCIDENT, "reported_at").int(), Some(sought.now));
    assert!(IncidentLife.step(&teacher(), &reported, "report", &input, &sought).is_err(), "reported once");
}

#[test]
fn nobody_is_told_twice_and_nobody_of_yesterday() {
    let sought = Ground { people: People { sought: vec![pupil(0)], ..people() }, ..ground() };
    let absent = [missed(0, "absent")];
    let now = facts("2021-12-20 08:31", &[]);
    assert_eq!(called(&sent(&absent), &sought, &teacher(), &now).unwrap().len(), 2, "looked for already");
    let ground = Ground { people: people(), ..ground() };
    let friday = Sent { day: day("2021-12-17"), ..sent(&absent) };
    assert_eq!(called(&friday, &ground, &teacher(), &now).unwrap().len(), 2, "sent three days later");
    for kind in ["sick", "leave", "late", "left_early"] {
        assert_eq!(called(&sent(&[missed(0, kind)]), &ground, &teacher(), &now).unwrap().len(), 2, "{kind}");
    }
}

/// 22:20 is when the seniors are in bed: the page that is sent after midnight, or in the morning, is last evening's, and a child that it misses is asked for.
#[test]
fn a_night_goes_on_after_midnight() {
    let slots = slots(&timetable(), "senior", true, day("2021-12-20"));
    let ground = Ground { slots, people: people(), ..ground() };
    for (session, now, begun) in [
        ("dormitory", "2021-12-20 23:58", true),
        ("dormitory", "2021-12-21 00:03", true),
        ("evening", "2021-12-21 00:03", true),
        ("dormitory", "2021-12-21 03:59", true),
        ("dormitory", "2021-12-21 07:30", true),
        ("dormitory", "2021-12-22 05:00", false),
        ("arrival", "2021-12-21 00:03", false),
    ] {
        let sent = Sent { session, ..sent(&[missed(0, "absent")]) };
        let changes = called(&sent, &ground, &teacher(), &facts(now, &[])).unwrap();
        let check = changes.iter().find(|change| change.noun.name == "missing");
        assert_eq!(check.is_some(), begun, "{session} {now}");
        if let Some(check) = check {
            assert_eq!(moment(check, "told_at"), at(&format!("{now}:00")) + 60_000, "{session} {now}");
        }
    }
    let sent = Sent { session: "dormitory", ..sent(&[missed(0, "absent")]) };
    let changes = called(&sent, &ground, &teacher(), &facts("2021-12-20 23:50", &[])).unwrap();
    let check = &changes.last().unwrap().after;
    let call = |time: &str| {
        act(check, "police_called", &[("at", text(time)), ("police_note", text("出警"))], "2021-12-21 00:05")
    };
    for (typed, expected) in [("23:58", "2021-12-20 23:58:00"), ("00:04", "2021-12-21 00:04:00")] {
        assert_eq!(moment(&call(typed).unwrap(), "police_called_at"), at(expected), "{typed}");
    }
}

pub(super) fn act(row: &Row, mv: &str, input: &[(&'static str, Cell)], now: &str) -> Result<Change, Refusal> {
    MissingLife.step(&teacher(), row, mv, &Input(input.to_vec()), &facts(now, &[]))
}

#[test]
fn whoever_left_home_is_searched_for_now_and_nobody_falls_out_of_the_chain() {
    // Called ten minutes before the gate closes: the family would be told at 8:20.
    let [_, _, check] = begun(15, "2021-12-20 08:10");
    for mv in ["left_home", "near_water"] {
        let change = act(&check.after, mv, &[("reply", text("七点半出门了"))], "2021-12-20 08:12").unwrap();
        assert_eq!(change.after.get(&MISSING, "state").text(), Some("searching"));
        assert!(
            change.withdrawn.is_empty() && change.messages.is_empty(),
            "what waits is neither withdrawn nor said twice"
        );
        let expected = [
            ("missing.guardian", minute("08:12")),
            ("missing.teacher", minute("08:12")),
            ("missing.search", minute("08:12")),
            ("missing.bureau", minute("08:42")),
            ("missing.police", minute("08:42")),
        ];
        let sooner: Vec<_> = change.hastened[..5].iter().map(|one| (one.code, one.at)).collect();
        assert_eq!(sooner, expected, "{mv}");
        let of = |code| if code == "missing.police" { police_cause(check.after.id) } else { cause(check.after.id) };
        assert!(change.hastened[..5].iter().all(|one| one.cause == of(one.code)));
        let clocks = ["told_at", "search_at", "report_at", "police_at"].map(|field| moment(&change, field));
        assert_eq!(clocks, ["08:12", "08:12", "08:42", "08:42"].map(minute), "{mv}");
    }
    // Never later than it was.
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let late = act(&check.after, "left_home", &[], "2021-12-20 09:15").unwrap();
    assert_eq!((moment(&late, "told_at"), moment(&late, "police_at")), (minute("08:32"), minute("09:20")));
    // Nobody to be told is nobody told.
    let alone = check.after.clone().with(&MISSING, "told_at", Cell::Null);
    let alone = act(&alone, "left_home", &[], "2021-12-20 08:40").unwrap();
    assert!(alone.after.get(&MISSING, "told_at").is_null());
}

/// Nobody answered: that stands there, and no clock waits for it.
#[test]
fn a_call_that_nobody_answers_changes_no_clock_and_no_state() {
    let [_, _, check] = begun(15, "2021-12-20 08:10");
    let searching = act(&check.after, "left_home", &[], "2021-12-20 08:12").unwrap().after;
    for (row, state) in [(&check.after, "asked"), (&searching, "searching")] {
        let change = act(row, "unreached", &[], "2021-12-20 08:25").unwrap();
        let same = |field: &&kit::Field| row.get(&MISSING, field.name) == change.after.get(&MISSING, field.name);
        let changed: Vec<_> = MISSING.fields.iter().filter(|field| !same(field)).map(|field| field.name).collect();
        assert_eq!(changed, ["tried_at"], "{state}");
        assert_eq!(change.after.get(&MISSING, "state").text(), Some(state));
        assert!(change.messages.is_empty() && change.hastened.is_empty() && change.withdrawn.is_empty());
        let [guardian, ..] = hops(&change.after);
        assert_eq!(guardian.tried_at, Some(minute("08:25")));
    }
    let closed = act(&check.after, "here", &[], "2021-12-20 09:05").unwrap().after;
    assert_eq!(act(&closed, "unreached", &[], "2021-12-20 09:06").err().unwrap().code, "move.not_now");
}

#[test]
fn it_ends_only_with_where_the_child_was() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let found = [("found", text("relatives")), ("place", text("姑姑家"))];
    let change = act(&check.after, "found", &found, "2021-12-20 09:05").unwrap();
    assert_eq!(change.after.get(&MISSING, "state").text(), Some("closed"));
    assert_eq!(moment(&change, "closed_at"), minute("09:05"));
    assert_eq!(change.withdrawn[..2], [cause(check.after.id), police_cause(check.after.id)]);
    let who: Vec<_> = change.notices.iter().map(|notice| notice.person).collect();
    assert_eq!(who, [LEADER, TEACHER], "who had been told, and nobody who had not");
    let family = Follow { cause: cause(check.after.id), told: "missing.guardian", code: "missing.ended" };
    assert_eq!(change.followed[..1], [family], "the family hears that it is over, if it heard that it began");
    for mv in ["found", "search", "left_home", "police_called", "at_home"] {
        assert_eq!(act(&change.after, mv, &found, "2021-12-20 09:06").err().unwrap().code, "move.not_now", "{mv}");
    }
    let closing: Vec<_> =
        MissingLife.moves().iter().filter(|spec| MissingLife.next("searching", spec.name) == Some("closed")).collect();
    let says_where = |spec: &kit::MoveSpec| spec.name == "here" || spec.fields.iter().any(|field| field.required);
    assert!(closing.iter().all(|spec| says_where(spec)), "never without a place or a cause");
    let here = act(&check.after, "here", &[], "2021-12-20 09:05").unwrap().after;
    assert_eq!(["state", "found"].map(|field| here.get(&MISSING, field).text()), [Some("closed"), Some("school")]);
}

#[test]
fn a_search_says_where_and_a_call_says_when() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let none = act(&check.after, "search", &[], "2021-12-20 08:50").err().unwrap();
    assert_eq!((none.code, none.field), ("missing.searched_where", Some("campus")));
    let searched = act(&check.after, "search", &[("gate_video", Cell::Bool(true))], "2021-12-20 08:50").unwrap().after;
    let call = |time: &str| {
        act(&searched, "police_called", &[("at", text(time)), ("police_note", text("出警"))], "2021-12-20 09:31")
    };
    // A clock on the wall may be a minute ahead of ours.
    assert_eq!(moment(&call("09:32").unwrap(), "police_called_at"), minute("09:32"));
    for wrong in ["9", "25:00", "09:33", "09:40", "now", ""] {
        assert_eq!(call(wrong).err().unwrap().code, "missing.police_time", "{wrong}");
    }
    let called = call("09:28").unwrap();
    assert_eq!(
        (moment(&called, "police_called_at"), called.after.get(&MISSING, "state").text()),
        (minute("09:28"), Some("police"))
    );
    assert!(called.messages.is_empty(), "the machine calls nobody");
    // Noted after midnight: it was last night that he called, and not before the child was looked for.
    let noted = |time: &str| {
        act(&searched, "police_called", &[("at", text(time)), ("police_note", text("出警"))], "2021-12-21 00:05")
    };
    assert_eq!(moment(&noted("23:40").unwrap(), "police_called_at"), minute("23:40"));
    assert_eq!(moment(&noted("00:04").unwrap(), "police_called_at"), at("2021-12-21 00:04:00"));
    assert_eq!(noted("08:20").err().unwrap().code, "missing.police_time");
}

#[test]
fn a_guardian_answers_with_one_touch_and_mark_and_sheet_follow() {
    let [sheet, mark, check] = begun(15, "2021-12-20 08:31");
    let known = facts("2021-12-20 08:36", &[sheet.after.clone(), mark.after.clone()]);
    let after = |changes: &[Change], noun: &kit::Noun| {
        changes.iter().find(|change| change.noun.name == noun.name).map(|change| change.after.clone())
    };
    for (choice, state, kind, mark_state, counts) in [
        ("sick", "closed", "sick", "known", [0, 1]),
        ("leave", "closed", "leave", "known", [0, 0]),
        ("on_the_way", "answered", "absent", "unknown", [1, 0]),
        ("left_home", "searching", "absent", "unknown", [1, 0]),
        ("not_known", "searching", "absent", "unknown", [1, 0]),
    ] {
        let changes = answer(&check.after, choice, "奶奶回的", &known).unwrap();
        let missing = after(&changes, &MISSING).unwrap();
        assert_eq!(missing.get(&MISSING, "state").text(), Some(state), "{choice}");
        assert_eq!(missing.get(&MISSING, "answer").text(), Some(choice));
        let marked = after(&changes, &MARK).unwrap();
        assert_eq!(
            (marked.get(&MARK, "kind").text(), marked.get(&MARK, "state").text()),
            (Some(kind), Some(mark_state))
        );
        assert_eq!(marked.get(&MARK, "reply").text(), Some("奶奶回的"));
        let sheet = after(&changes, &SHEET).unwrap_or_else(|| sheet.after.clone());
        assert_eq!(["absent", "sick"].map(|field| sheet.get(&SHEET, field).int().unwrap()), counts, "{choice}");
    }
    let closed = answer(&check.after, "sick", "", &known).unwrap()[0].after.clone();
    for agrees in ["sick", "leave", "not_known"] {
        assert_eq!(answer(&closed, agrees, "", &known).err().unwrap().code, "missing.over", "answered when it is over");
    }
}

#[test]
fn what_the_family_says_during_the_search_is_heard() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let searched = act(&check.after, "search", &[("campus", Cell::Bool(true))], "2021-12-20 08:50").unwrap().after;
    let noted = [("at", text("08:55")), ("police_note", text("出警"))];
    let police = act(&searched, "police_called", &noted, "2021-12-20 08:56").unwrap().after;
    let now = facts("2021-12-20 09:00", &[]);
    for (row, state) in [(&searched, "searching"), (&police, "police")] {
        for (choice, words) in [("on_the_way", "刚上车"), ("left_home", "七点半出门了")] {
            let said = &answer(row, choice, words, &now).unwrap()[0].after;
            let told = ["state", "answer", "reply"].map(|field| said.get(&MISSING, field).text().unwrap());
            assert_eq!(told, [state, choice, words]);
            assert_eq!(said.get(&MISSING, "answered_at"), &Cell::Int(minute("09:00")));
        }
    }
}

#[test]
fn a_check_that_found_the_child_answers_for_what_was_marked_meanwhile() {
    let [_, mark, check] = begun(15, "2021-12-20 08:31");
    let ended = |found: &str| {
        let closed = check.after.clone().with(&MISSING, "found", text(found)).with(&MISSING, "state", text("closed"));
        closed.with(&MISSING, "closed_at", Cell::Int(minute("10:00")))
    };
    let marked = |number, time: &str| {
        let row = Row::blank(&MARK, Uuid::from_u128(77)).with(&MARK, "pupil", Cell::Id(pupil(number)));
        row.with(&MARK, "state", text("unknown")).with(&MARK, "marked_at", Cell::Int(minute(time)))
    };
    let came = mark.after.clone().with(&MARK, "state", text("arrived"));
    let slip = mark.after.clone().with(&MARK, "state", text("mistaken"));
    let (lesson, noon) = (marked(0, "09:00"), marked(0, "14:00"));
    assert!(answers(&ended("school"), Some(&came), &lesson));
    assert!(!answers(&ended("school"), Some(&came), &noon), "gone again");
    assert!(!answers(&ended("school"), Some(&came), &marked(1, "09:00")), "another child");
    assert!(!answers(&check.after, Some(&came), &lesson), "looked for still");
    assert!(!answers(&ended("taken_back"), Some(&came), &lesson), "the other class was called");
    assert!(!answers(&ended("school"), Some(&slip), &lesson) && !answers(&ended("school"), None, &lesson));
}

#[test]
fn a_mark_that_says_why_ends_the_check() {
    let [sheet, mark, check] = begun(15, "2021-12-20 08:31");
    let now = facts("2021-12-20 08:45", std::slice::from_ref(&sheet.after));
    let moved = |verb, kind: &str, state: &str| {
        let after = mark.after.clone().with(&MARK, "state", text(state)).with(&MARK, "kind", text(kind));
        Change::update(&MARK, verb, mark.after.clone(), after)
    };
    for (verb, kind, state, found) in [
        ("arrived", "late", "arrived", Some("school")),
        ("take_back", "absent", "taken_back", Some("taken_back")),
        ("mistaken", "absent", "mistaken", Some("school")),
        ("excuse", "sick", "known", Some("home")),
        ("excuse", "leave", "known", Some("home")),
        ("correct", "sick", "known", Some("home")),
        ("correct", "leave", "known", Some("home")),
        ("correct", "late", "known", Some("school")),
        ("correct", "left_early", "known", Some("school")),
        ("edit", "absent", "unknown", None),
    ] {
        let settled = settled(&check.after, &moved(verb, kind, state), &now);
        let ended = settled.as_ref().and_then(|change| change.after.get(&MISSING, "found").text());
        assert_eq!(ended, found, "{verb} {kind}");
        let causes = [cause(check.after.id), police_cause(check.after.id)];
        assert!(settled.is_none_or(|change| change.withdrawn[..2] == causes));
    }
    // And the other way round.
    let found =
        act(&check.after, "found", &[("found", text("school")), ("place", text("操场"))], "2021-12-20 08:45").unwrap();
    let known = facts("2021-12-20 08:45", &[sheet.after.clone(), mark.after.clone()]);
    let followed = follow(&found, &known);
    assert_eq!(followed[0].after.get(&MARK, "state").text(), Some("arrived"));
    assert_eq!(followed[1].after.get(&SHEET, "late").int(), Some(1));
    // Who is at school the next morning was not late the day before.
    let next = facts("2021-12-21 08:45", &[sheet.after.clone(), mark.after.clone()]);
    let found = act(&check.after, "here", &[], "2021-12-21 08:45").unwrap();
    let [marked] = <[Change; 1]>::try_from(follow(&found, &next)).unwrap();
    assert_eq!(["kind", "state"].map(|field| marked.after.get(&MARK, field).text()), [Some("absent"), Some("known")]);
}

/// The wrong class was called: its sheet goes, and with it every check that it began.
#[test]
fn a_sheet_that_is_withdrawn_ends_its_checks() {
    let [sheet, mark, check] = begun(15, "2021-12-20 08:31");
    let now = facts("2021-12-20 08:32", &[]);
    let withdrawn = |check: Row, verb| {
        let after = sheet.after.clone().with(&SHEET, "state", text("withdrawn"));
        let change = Change::update(&SHEET, verb, sheet.after.clone(), after);
        let company = [(&MARK, mark.after.clone()), (&MISSING, check)];
        rules::sheet_entails(&change, &company, &now, &mut Uuid::nil)
    };
    let [taken, ended] = <[Change; 2]>::try_from(withdrawn(check.after.clone(), "withdraw")).unwrap();
    assert_eq!(taken.after.get(&MARK, "state").text(), Some("taken_back"));
    let said = ["state", "found"].map(|field| ended.after.get(&MISSING, field).text());
    assert_eq!(said, [Some("closed"), Some("taken_back")]);
    let causes = [cause(check.after.id), police_cause(check.after.id)];
    assert_eq!(ended.withdrawn[..2], causes, "nothing of it is sent any more");
    assert_eq!(withdrawn(ended.after, "withdraw").len(), 1, "what is over stays as it ended");
    assert!(withdrawn(check.after, "recount").is_empty());
}

fn post(staff: u128, code: &str, field: &str, place: Uuid) -> Row {
    Row::blank(&POST, Uuid::from_u128(8_000 + staff))
        .with(&POST, "staff", Cell::Id(Uuid::from_u128(staff)))
        .with(&POST, "post", text(code))
        .with(&POST, field, Cell::Id(place))
        .with(&POST, "from_on", Cell::Date(day("2020-01-01")))
}

#[test]
fn each_hop_has_a_named_person_or_says_that_there_is_none() {
    let today = day("2021-12-20");
    let id = Uuid::from_u128;
    let school = |codes: &[&str]| {
        let posts: Vec<_> = codes.iter().zip(1..).map(|(code, at)| post(at, code, "school", SCHOOL)).collect();
        (named::leader(&posts, SCHOOL, today), named::caller(&posts, SCHOOL, today))
    };
    assert_eq!(school(&["principal", "vice_safety", "safety_officer"]), (Some(id(2)), Some(id(1))));
    assert_eq!(school(&["principal", "safety_officer"]), (Some(id(2)), Some(id(1))));
    assert_eq!(school(&["principal"]), (Some(id(1)), Some(id(1))), "a small school has a principal");
    assert_eq!(school(&["guard"]), (None, None));
    let node = |n: u128, above: u128, kind: &str, name: &str| Node {
        code: n.to_string(),
        name: name.into(),
        ..Node::of(id(n), Some(id(above)), kind)
    };
    let tree = Tree::new([
        node(2, 1, "bureau", "教育局"),
        node(21, 2, "section", "基教股"),
        node(22, 2, "section", "安全股"),
        node(3, 1, "department", "应急管理局"),
        node(31, 3, "section", "安全生产股"),
    ]);
    let heads = |places: &[u128]| places.iter().map(|n| post(*n, "section_head", "unit", id(*n))).collect::<Vec<_>>();
    let office = [post(51, "director", "unit", id(2)), post(52, "group_office", "unit", id(2))];
    let officer = |posts: &[Row], safety| named::officer(posts, &tree, safety, today);
    assert_eq!(officer(&heads(&[21, 31, 22]), "安全"), Some(id(22)), "not the oldest post of any section");
    assert_eq!(officer(&[heads(&[21, 31]), office.to_vec()].concat(), "安全"), Some(id(52)));
    assert_eq!(officer(&[heads(&[21, 22]), office[..1].to_vec()].concat(), ""), Some(id(51)), "no section is named");
    assert_eq!(officer(&heads(&[21, 31]), "安全"), None);
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let nobody = |row: &Row| hops(row).iter().filter(|hop| !hop.named).map(|hop| hop.code).collect::<Vec<_>>();
    assert!(nobody(&check.after).is_empty());
    let fields = ["told_at", "leader", "officer", "caller"];
    let alone = fields.into_iter().fold(check.after, |row, field| row.with(&MISSING, field, Cell::Null));
    assert_eq!(nobody(&alone), ["guardian", "search", "bureau", "police"]);
}

#[test]
fn percentiles_are_values_that_occurred() {
    use super::super::chain::percentile;
    for (values, median, most) in [
        (&[][..], None, None),
        (&[7][..], Some(7), Some(7)),
        (&[9, 1, 5][..], Some(5), Some(9)),
        (&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10][..], Some(5), Some(9)),
    ] {
        assert_eq!((percentile(values, 50), percentile(values, 90)), (median, most), "{values:?}");
    }
}
