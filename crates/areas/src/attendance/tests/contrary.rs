//! What one says otherwise than another, and who hears of what.

use kit::{Change, Life};

use super::super::again::{causes, there_after_all};
use super::super::hops::hops;
use super::super::incident::{self, INCIDENT};
use super::super::missing::{MissingLife, answer, as_known, follow, police_cause};
use super::super::record::{MARK, MISSING, SHEET};
use super::missing::{CALLER, LEADER, OFFICER, act, begun, minute};
use super::*;

/// Who is told by a message of this code.
fn asked_again(change: &Change) -> Vec<Uuid> {
    let of = |message: &&kit::Message| message.code == "missing.contrary";
    change.messages.iter().filter(of).map(kit::Message::recipient).collect()
}

/// One says that the child is ill at home, another that it left for school: whichever comes first, the school hears of both, and nothing begins by itself.
#[test]
fn guardians_who_contradict_each_other_are_both_heard() {
    let [_, mark, check] = begun(15, "2021-12-20 08:31");
    let known = |time: &str| facts(&format!("2021-12-20 {time}"), std::slice::from_ref(&mark.after));
    let said = |row: &Row| {
        let one = |field| row.get(&MISSING, field).text().unwrap_or_default().to_owned();
        let at = |field| row.get(&MISSING, field).int().unwrap_or_default();
        let words = [one("answer"), one("reply"), one("other_answer"), one("other_reply")];
        (words, [at("answered_at"), at("other_answered_at")])
    };
    let first = &answer(&check.after, "sick", "发烧了", &known("08:40")).unwrap()[0];
    assert!(asked_again(first).is_empty(), "nobody has said otherwise");
    let second = answer(&first.after, "left_home", "七点半出门了", &known("08:45")).unwrap().remove(0);
    assert_eq!(asked_again(&second), [TEACHER, LEADER]);
    assert!(second.messages.iter().all(|message| message.urgent && message.params.is_empty()), "nobody is named");
    let words = ["sick", "发烧了", "left_home", "七点半出门了"].map(str::to_owned);
    assert_eq!(said(&second.after), (words, [minute("08:40"), minute("08:45")]));
    let stands = ["state", "found"].map(|field| second.after.get(&MISSING, field).text());
    assert_eq!(stands, [Some("closed"), Some("home")], "a person finds out, nothing begins anew");
    // The other way round: the search ends where a word says where the child is, and who led it is told of both and not that it was found.
    let first = &answer(&check.after, "left_home", "", &known("08:40")).unwrap()[0];
    let second = &answer(&first.after, "leave", "和奶奶在一起", &known("08:45")).unwrap()[0];
    assert_eq!(asked_again(second), [TEACHER, LEADER]);
    assert!(second.notices.iter().all(|notice| ![TEACHER, LEADER].contains(&notice.person)), "{:?}", second.notices);
    let words = ["leave", "和奶奶在一起", "left_home", ""].map(str::to_owned);
    assert_eq!(said(&second.after), (words, [minute("08:45"), minute("08:40")]));
}

/// What is noted of where the child was, and what a guardian answers later.
#[test]
fn an_answer_that_comes_later_is_news_only_where_it_says_otherwise() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let now = facts("2021-12-20 09:00", &[]);
    for (found, news) in [
        ("home", &["on_the_way", "left_home"][..]),
        ("school", &["sick", "leave"]),
        ("taken_back", &["sick", "leave"]),
        ("hospital", &[]),
        ("relatives", &[]),
        ("elsewhere", &[]),
    ] {
        let closed = check.after.clone().with(&MISSING, "state", text("closed")).with(&MISSING, "found", text(found));
        let heard = |choice: &&str| answer(&closed, choice, "", &now).is_ok();
        let heard: Vec<_> =
            ["sick", "leave", "on_the_way", "left_home", "not_known"].into_iter().filter(heard).collect();
        assert_eq!(heard, news, "{found}");
    }
}

/// Called before anything was due: nobody is told to call any more, and whoever heard of it hears of its end.
#[test]
fn the_police_are_called_once_and_who_heard_of_it_hears_of_the_end() {
    let [_, _, check] = begun(15, "2021-12-20 08:31");
    let noted = [("at", text("08:39")), ("police_note", text("出警"))];
    let call = act(&check.after, "police_called", &noted, "2021-12-20 08:40").unwrap();
    let [_, police] = causes(&check.after);
    assert_eq!(call.withdrawn, [police_cause(check.after.id), police], "what the bureau is told later it is told");
    let found = act(&call.after, "here", &[], "2021-12-20 08:45").unwrap();
    let who: Vec<_> = found.notices.iter().map(|notice| notice.person).collect();
    assert_eq!(who, [LEADER, OFFICER, CALLER, TEACHER]);
    // Without a registered guardian the teacher is told, and hears of the end.
    let alone = check.after.clone().with(&MISSING, "told_at", Cell::Null);
    let found = act(&alone, "here", &[], "2021-12-20 08:45").unwrap();
    assert_eq!(found.notices.iter().map(|notice| notice.person).collect::<Vec<_>>(), [TEACHER]);
}

/// Closed by a word that was not true: the same day it goes on, whoever heard of the end hears of it, and nobody waits an hour again.
#[test]
fn a_search_that_ended_by_mistake_goes_on() {
    let [sheet, mark, check] = begun(15, "2021-12-20 08:31");
    let known = facts("2021-12-20 08:40", &[sheet.after.clone(), mark.after.clone()]);
    let [ended, marked, counted] = <[Change; 3]>::try_from(answer(&check.after, "sick", "", &known).unwrap()).unwrap();
    let again = act(&ended.after, "again", &[], "2021-12-20 08:50").unwrap();
    let row = &again.after;
    let said = ["state", "found", "place"].map(|field| row.get(&MISSING, field).text());
    assert_eq!((said, row.get(&MISSING, "closed_at")), ([Some("searching"), None, None], &Cell::Null));
    let told: Vec<_> = again.messages.iter().map(|one| (one.recipient(), one.code, one.not_before)).collect();
    let half = minute("09:20");
    let expected = [
        (LEADER, "missing.search", 0),
        (TEACHER, "missing.search", 0),
        (OFFICER, "missing.bureau", half),
        (CALLER, "missing.police", half),
    ];
    assert_eq!(told, expected);
    let [bureau, police] = causes(row);
    assert_eq!([&again.messages[2].cause, &again.messages[3].cause], [&bureau, &police]);
    let over = act(row, "here", &[], "2021-12-20 08:55").unwrap();
    assert!(over.withdrawn.contains(&bureau) && over.withdrawn.contains(&police), "{:?}", over.withdrawn);
    // Its mark says again that nobody knows, and its sheet counts it so.
    let known = facts("2021-12-20 08:50", &[counted.after.clone(), marked.after.clone()]);
    let [marked, counted] = <[Change; 2]>::try_from(follow(&again, &known)).unwrap();
    assert_eq!(["kind", "state"].map(|field| marked.after.get(&MARK, field).text()), [Some("absent"), Some("unknown")]);
    assert_eq!(["absent", "sick"].map(|field| counted.after.get(&SHEET, field).int()), [Some(1), Some(0)]);
    // And the incident that it had become goes on, too.
    let incident = incident::opened(&check.after, 1).after.with(&INCIDENT, "state", text("closed"));
    let incident = incident::follow(&again, [&incident].into_iter(), &known).unwrap().after;
    assert_eq!(incident.get(&INCIDENT, "state").text(), Some("opened"));
    let may = |row: &Row, now: &str| MissingLife.may(&teacher(), row, "again", &facts(now, &[])).is_ok();
    let [day, next] = ["2021-12-20 18:00", "2021-12-21 08:00"];
    assert!(may(&ended.after, day) && !may(&ended.after, next), "another day has another roll");
    assert!(!may(&ended.after.clone().with(&MISSING, "found", text("taken_back")), day));
    // Of last night's empty bed no roll asks before the next evening's.
    let night = ended.after.clone().with(&MISSING, "session", text("dormitory"));
    assert!(may(&night, next) && !may(&night, "2021-12-22 05:00"));
    // And as long as that its family may say otherwise.
    let silent = |row: &Row, today: &str| super::super::missing::over(row, today.parse().unwrap());
    assert!(silent(&ended.after, "2021-12-21") && !silent(&night, "2021-12-21") && silent(&night, "2021-12-22"));
}

/// Missing at eight and at nine: what is known of eight is known of nine.
#[test]
fn what_is_known_of_one_roll_is_known_of_the_next_that_missed_the_child() {
    let [_, first, _] = begun(15, "2021-12-20 08:31");
    let later = Row { id: Uuid::from_u128(77), ..first.after.clone() };
    for (kind, symptom, expected) in [
        ("sick", text("fever"), ["sick", "fever"]),
        ("leave", Cell::Null, ["leave", ""]),
        ("late", Cell::Null, ["absent", ""]),
        ("absent", Cell::Null, ["absent", ""]),
    ] {
        let first = first.after.clone().with(&MARK, "kind", text(kind)).with(&MARK, "symptom", symptom);
        let after = as_known(&later, &first).after;
        let said = ["kind", "symptom"].map(|field| after.get(&MARK, field).text().unwrap_or_default().to_owned());
        assert_eq!((said, after.get(&MARK, "state").text()), (expected.map(str::to_owned), Some("known")), "{kind}");
    }
}

/// What was done in the first search is not done in the second; and a slip is put right where its check says that the child was elsewhere.
#[test]
fn the_steps_of_a_search_are_its_own() {
    let [_, mark, check] = begun(15, "2021-12-20 08:31");
    let moment = Cell::Int(check.after.get(&MISSING, "begun_at").int().unwrap() + 60_000);
    let found = check
        .after
        .clone()
        .with(&MISSING, "state", Cell::Text("closed".into()))
        .with(&MISSING, "found", Cell::Text("elsewhere".into()))
        .with(&MISSING, "campus", Cell::Bool(true))
        .with(&MISSING, "searched_at", moment.clone())
        .with(&MISSING, "police_called_at", moment.clone());
    let done = |row: &Row| hops(row).map(|hop| hop.done_at.is_some());
    assert_eq!(done(&found), [false, true, false, true]);
    let again = act(&found, "again", &[], "2021-12-20 08:50").unwrap().after;
    assert_eq!((done(&again), again.get(&MISSING, "campus")), ([false; 4], &Cell::Null));
    assert_eq!(again.get(&MISSING, "police_called_at"), &moment, "that they were called once stays said");
    let marked = |verb, kind: &str| {
        let after = mark.after.clone().with(&MARK, "kind", Cell::Text(kind.into()));
        let change = Change::update(&MARK, verb, mark.after.clone(), after);
        let check = there_after_all(&found, &change)?;
        check.after.get(&MISSING, "found").text().map(str::to_owned)
    };
    for (verb, kind, expected) in [
        ("mistaken", "absent", Some("school")),
        ("correct", "left_early", Some("school")),
        ("correct", "late", None),
        ("excuse", "sick", None),
    ] {
        assert_eq!(marked(verb, kind).as_deref(), expected, "{verb} {kind}");
    }
}
