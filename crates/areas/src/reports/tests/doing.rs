//! What was asked and done: counted by hand where one can, each number opening its list, and nothing that was not known when a report was frozen.

use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kit::dates::shanghai_start;
use tower::ServiceExt;

use super::super::compose::{self, Part};
use super::super::doing::{COUNTED, ROLLS, duties_page, own, sentences, stretch};
use super::super::numbers::Number;
use super::*;
use crate::attendance::record::SHEET;
use crate::duties::record::{DEED, WAIVER};
use crate::duties::rhythm::RHYTHMS;
use crate::terms::record::SUSPENSION;

pub(super) fn deed(n: u128, fact: &str, school: u128, on_day: &str, entered: &str) -> (&'static Noun, Row) {
    let cells = [
        ("fact", word(fact)),
        ("school", refer(school)),
        ("day", on(on_day)),
        ("entered_at", Cell::Int(shanghai_start(day(entered)) + 3_600_000)),
        ("state", word("recorded")),
    ];
    (&DEED, row(&DEED, n, &cells))
}

fn waiver(n: u128, duty: &str, school: u128, from: &str, until: &str) -> (&'static Noun, Row) {
    let cells = [
        ("duty", word(duty)),
        ("school", refer(school)),
        ("from_on", on(from)),
        ("until_on", on(until)),
        ("reason", word("flood")),
        ("granted_on", on(from)),
        ("state", word("granted")),
    ];
    (&WAIVER, row(&WAIVER, n, &cells))
}

async fn read(county: &County) -> Numbers {
    gather(&county.bureau(), 2021, day("2021-12-20")).await.unwrap()
}

fn whole(numbers: &Numbers) {
    for of in RHYTHMS.iter().map(|rhythm| format!("duties.{rhythm}")).chain(["duties".to_owned()]) {
        let parts: i64 = COUNTED[1..].iter().map(|state| numbers.value(&format!("{of}.{state}"))).sum();
        assert_eq!(parts, numbers.value(&format!("{of}.asked")), "{of}");
    }
    for state in COUNTED {
        let parts: i64 = RHYTHMS.iter().map(|rhythm| numbers.value(&format!("duties.{rhythm}.{state}"))).sum();
        assert_eq!(parts, numbers.value(&format!("duties.{state}")), "{state}");
    }
}

impl County {
    /// How many duties the list says that there are.
    async fn listed(&self, href: &str) -> i64 {
        let account = self.app.account_id("bureau").await.unwrap().unwrap();
        let cookie = self.app.begin_session(account, "test").await.unwrap();
        let request = Request::get(href).header(header::COOKIE, format!("sid={cookie}")).body(Body::empty()).unwrap();
        let routes = crate::duties::area().routes.unwrap();
        let response = routes().with_state(Arc::clone(&self.app)).oneshot(request).await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{href}");
        let body = to_bytes(response.into_body(), 4_000_000).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(!text.contains("地址中的条件有误"), "{href}");
        let total = text.split("role=\"status\">共 ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        total.parse().unwrap()
    }
}

#[tokio::test]
async fn duties_of_a_year_are_counted_and_each_number_opens_its_list() {
    let county = County::new().await;
    let before = read(&county).await;
    whole(&before);
    // A month is confirmed by its room: of twenty returns all but the one of September, when the young school was only half a month old and was
    // asked for nothing yet; a draft is none, and December is not over.
    assert_eq!((before.value("duties.monthly.done"), before.value("duties.yearly.done")), (19, 0));
    let rows = vec![
        // In time; entered weeks after its month; waived; done on the day of the cut-off, which is not counted.
        deed(3000, "fire.check", CENTRAL, "2021-05-12", "2021-05-13"),
        deed(3001, "fire.check", CENTRAL, "2021-06-12", "2021-07-20"),
        waiver(3002, "fire.check", CENTRAL, "2021-03-01", "2021-03-31"),
        deed(3003, "fire.check", CENTRAL, "2021-12-20", "2021-12-20"),
    ];
    county.add(6000, rows).await;
    let after = read(&county).await;
    whole(&after);
    let change = |state: &str| {
        let id = format!("duties.monthly.{state}");
        after.value(&id) - before.value(&id)
    };
    let changes: Vec<_> = COUNTED.iter().map(|state| change(state)).collect();
    assert_eq!(changes, [0, 1, 1, -3, 1, 0]);
    // The share of what was done in time is not lowered by what one was let off, nor by what can still be done.
    let [asked, waived, due] = ["asked", "waived", "due"].map(|state| after.value(&format!("duties.{state}")));
    let of = |state: &str| after.figures[&format!("duties.{state}")].denominator;
    assert!(waived > 0, "{asked} {waived} {due}");
    assert_eq!((of("done"), of("missed"), of("asked")), (Some(asked - waived - due), Some(asked), None));
    let cx = county.bureau();
    let report = compose::year(&cx.app.words, Lang::Zh, &after);
    let links = report.paragraphs.iter().flat_map(|paragraph| &paragraph.parts).filter_map(|part| match part {
        Part::Figure { id, href, text, .. } if id.starts_with("duties.") && !text.contains('%') => Some((id, href)),
        _ => None,
    });
    let mut opened = 0;
    for (id, href) in links {
        assert_eq!(Some(href), duties_page(id, &after.frame()).as_ref());
        assert_eq!(county.listed(href).await, after.value(id), "{href}");
        opened += 1;
    }
    assert!(opened > 20, "{opened}");
}

/// At the end of 2020 nobody had confirmed its December, and what was due on its last day could still be done: both are known later. What was open then
/// was open then all the same.
#[tokio::test]
async fn a_year_that_is_over_is_counted_as_it_is_known_today() {
    let county = County::new().await;
    let december = draft(id(2900), id(CENTRAL), day("2020-12-01"), 0)
        .with(&MONTHLY_RETURN, "state", word("confirmed"))
        .with(&MONTHLY_RETURN, "confirmed_on", on("2021-01-04"));
    let late = deed(3000, "meeting.group", CENTRAL, "2020-12-30", "2021-01-20");
    county.add(6000, vec![(&MONTHLY_RETURN, december), late]).await;
    let cx = county.bureau();
    let counted = async |asked: Option<&str>| {
        let last = super::super::last_day(&cx, 2020, asked.map(day)).unwrap();
        gather(&cx, 2020, last).await.unwrap()
    };
    let (then, now) = (counted(Some("2020-12-31")).await, counted(None).await);
    whole(&now);
    let both = |id: &str| (then.value(id), now.value(id));
    assert_eq!((both("returns.made"), both("returns.confirmed")), ((0, 1), (0, 1)));
    assert_eq!((both("hazards.open"), both("hazards.closed")), ((1, 1), (1, 2)));
    let (due_then, due_now) = both("duties.due");
    assert!(due_then > 0 && due_now == 0, "{due_then} {due_now}");
    let (late_then, late_now) = both("duties.termly.done_late");
    assert_eq!(late_now, late_then + 1);
    assert_eq!(now.value("duties.asked"), then.value("duties.asked"));
    for id in ["duties.termly.done_late", "duties.missed"] {
        assert_eq!(county.listed(&duties_page(id, &now.frame()).unwrap()).await, now.value(id), "{id}");
    }
}

/// As a report was frozen before there were these parts, in the form of that time.
fn without_parts(numbers: &Numbers) -> Numbers {
    let mut old = serde_json::to_value(numbers).unwrap();
    let figures = old["figures"].as_object_mut().unwrap();
    figures.retain(|id, _| super::super::numbers::FIGURES.contains(&id.as_str()));
    assert!(!old.to_string().contains("small"));
    serde_json::from_value(old).unwrap()
}

/// What a report of a school day and its messages counts.
const SAID: [(&str, i64); 9] = [
    ("talks.held", 9),
    ("attendance.sheets", 7),
    ("messages.all", 5),
    ("messages.sms", 2),
    ("messages.sent_median", 900),
    ("messages.sent_p90", 1200),
    ("messages.answered", 1),
    ("messages.answer_median", 40),
    ("messages.answer_p90", 60),
];

#[tokio::test]
async fn parts_say_what_there_is_and_an_old_report_has_none_of_them() {
    let county = County::new().await;
    let numbers = read(&county).await;
    let headings =
        |numbers: &Numbers| sentences(numbers).iter().filter_map(|(heading, _)| *heading).collect::<Vec<_>>();
    let now = [
        "report.year.duties.heading",
        "report.year.ladders.heading",
        "report.year.messages.heading",
        "report.year.schoolday.heading",
    ];
    assert_eq!(headings(&numbers), now);
    let day = sentences(&numbers).pop().unwrap().1;
    assert_eq!(day, ["report.year.schoolday.owed"], "nobody walked or spoke, nor called a roll that was owed");
    let keys: Vec<_> = sentences(&numbers).into_iter().flat_map(|(_, keys)| keys).collect();
    assert!(keys.contains(&"report.year.ladders.none") && keys.contains(&"report.year.messages.none"), "{keys:?}");
    let old = without_parts(&numbers);
    assert_eq!(headings(&old), Vec::<&str>::new());
    assert_eq!(recompute(&county.bureau(), &old).await, []);
    // A school day, and one child too many to be told.
    let mut told = numbers.clone();
    let rate = |numbers: &Numbers| {
        let keys = sentences(numbers).into_iter().flat_map(|(_, keys)| keys);
        keys.filter(|key| key.starts_with("report.year.duties.")).take(1).collect::<Vec<_>>()
    };
    assert_eq!(rate(&told), ["report.year.duties.owed"]);
    // As it was frozen when the share was one of all: it says so, and of its numbers only that share is another today.
    let done = told.figures.get_mut("duties.done").unwrap();
    let now = done.share();
    (done.denominator, done.formula) = (Some(numbers.value("duties.asked")), 1);
    let then = done.share();
    assert_eq!(rate(&told), ["report.year.duties.asked"]);
    let differences = recompute(&county.bureau(), &told).await;
    let [difference] = differences.as_slice() else { panic!("{differences:?}") };
    assert_eq!((difference.id.as_str(), difference.shares), ("duties.done", then.zip(now)));
    assert!(difference.frozen == difference.current && then != now, "{difference:?}");
    let number = |value| Number { value, denominator: Some(value * 2), formula: 1, small: false };
    for (id, value) in SAID {
        told.figures.insert(id.into(), number(value));
    }
    told.figures.insert("missing.total".into(), Number { value: 0, denominator: None, formula: 1, small: true });
    let text: String = compose::year(&county.app.words, Lang::Zh, &told)
        .paragraphs
        .iter()
        .flat_map(|paragraph| paragraph.parts.iter().map(Part::text))
        .collect();
    for said in ["点名7次", "未到校核查<5起", "安全提醒9次", "产生消息5条", "90%不超过"] {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains("巡查和护学"), "{text}");
}

/// Before a gateway is connected every message by SMS is given up: none of them took no time.
#[tokio::test]
async fn what_never_went_took_no_time_at_all() {
    let county = County::new().await;
    let mut numbers = read(&county).await;
    let middles = ["messages.sent_median", "messages.sent_p90", "messages.answer_median", "messages.answer_p90"];
    assert!(middles.iter().all(|id| !numbers.figures.contains_key(*id)), "{numbers:?}");
    let said = |numbers: &Numbers| {
        let keys = sentences(numbers).into_iter().flat_map(|(_, keys)| keys);
        keys.filter(|key| key.starts_with("report.year.messages.")).collect::<Vec<_>>()
    };
    let number = |value| Number { value, denominator: None, formula: 1, small: false };
    for (id, value) in [("messages.all", 2), ("messages.sms", 2), ("messages.dead", 2)] {
        numbers.figures.insert(id.into(), number(value));
    }
    assert_eq!(said(&numbers), ["report.year.messages.all"]);
    numbers.figures.insert("messages.sent_median".into(), number(700));
    assert_eq!(said(&numbers), ["report.year.messages.all", "report.year.messages.sent"]);
    // As it was frozen when the middle of nothing was written down as nought: that there is none is the same.
    let mut old = read(&county).await;
    old.figures.extend(middles.map(|id| (id.to_owned(), number(0))));
    assert_eq!(recompute(&county.bureau(), &old).await, []);
}

fn sheet(n: u128, session: &str, on_day: &str, overdue: bool) -> (&'static Noun, Row) {
    let counts = ["called_at", "enrolled", "absent", "sick", "on_leave", "late", "left_early"];
    let mut cells = vec![
        ("school", refer(CENTRAL)),
        ("class", refer(100)),
        ("day", on(on_day)),
        ("session", word(session)),
        ("state", word("called")),
        ("substitute", Cell::Bool(false)),
        ("overdue", Cell::Bool(overdue)),
    ];
    cells.extend(counts.map(|field| (field, Cell::Int(1))));
    (&SHEET, row(&SHEET, n, &cells))
}

/// Whoever calls one roll of many and that in time has not called all in time.
#[tokio::test]
async fn a_share_of_rolls_is_one_of_those_that_were_owed() {
    let county = County::new().await;
    let before = read(&county).await;
    let owed = before.value("rolls.owed");
    assert!(owed > 200 && before.value("rolls.missed") == owed, "two classes, and one that ended in summer: {owed}");
    let called = vec![
        sheet(4000, "arrival", "2021-12-16", false),
        sheet(4001, "arrival", "2021-12-17", true),
        sheet(4002, "noon", "2021-12-17", false),
        // Of the day of the cut-off, which is not over.
        sheet(4003, "arrival", "2021-12-20", false),
    ];
    county.add(6100, called).await;
    let after = read(&county).await;
    let values: Vec<_> = ROLLS.iter().map(|state| after.value(&format!("rolls.{state}"))).collect();
    assert_eq!(values, [owed, 1, 1, owed - 2, 0]);
    assert_eq!(after.figures["rolls.in_time"].denominator, Some(owed));
    let href = own("rolls.late", &after, &after.frame()).unwrap().1.unwrap();
    assert!(href.starts_with("/sheets?") && href.contains("overdue"), "{href}");
    assert_eq!(
        own("rolls.missed", &after, &after.frame()),
        Some(("report.rolls.missed".into(), None)),
        "no roll is no record"
    );
}

/// A day that is declared closed when its rolls had been called is owed by nobody, and its rolls are no part of what was owed.
#[tokio::test]
async fn rolls_of_a_day_that_is_closed_afterwards_are_told_apart() {
    let county = County::new().await;
    let called = vec![
        sheet(4000, "arrival", "2021-12-16", false),
        sheet(4001, "arrival", "2021-12-17", false),
        sheet(4002, "arrival", "2021-12-15", true),
        // Of a Sunday; and of a class that was gone by then.
        sheet(4003, "arrival", "2021-12-19", true),
        (&SHEET, sheet(4004, "arrival", "2021-12-16", false).1.with(&SHEET, "class", refer(101))),
    ];
    county.add(6100, called).await;
    let values = |numbers: &Numbers| ROLLS.map(|state| numbers.value(&format!("rolls.{state}")));
    let before = read(&county).await;
    let [owed, ..] = values(&before);
    assert_eq!(values(&before), [owed, 2, 1, owed - 3, 2]);
    let closed = [
        ("school", refer(CENTRAL)),
        ("reason", word("rain")),
        ("from_on", on("2021-12-17")),
        ("until_on", on("2021-12-17")),
        ("decided_by", word("bureau")),
    ];
    county.add(6101, vec![(&SUSPENSION, row(&SUSPENSION, 4100, &closed))]).await;
    county.app.grow_rules().await.unwrap();
    let after = read(&county).await;
    assert_eq!(values(&after), [owed - 1, 1, 1, owed - 3, 3]);
    assert_eq!(after.figures["rolls.in_time"].denominator, Some(owed - 1));
    // The list of what was called holds more than was counted, and is not offered as its rows.
    assert_eq!(own("rolls.in_time", &after, &after.frame()).unwrap().1, None);
    let keys: Vec<_> = sentences(&after).into_iter().flat_map(|(_, keys)| keys).collect();
    assert!(keys.contains(&"report.year.schoolday.beside"), "{keys:?}");
}

/// A roll that a school was let off is owed by nobody; where it was called all the same, it is told apart.
#[tokio::test]
async fn rolls_that_were_waived_are_not_owed() {
    let county = County::new().await;
    county.add(6100, vec![sheet(4000, "arrival", "2021-12-16", false)]).await;
    let values = |numbers: &Numbers| ROLLS.map(|state| numbers.value(&format!("rolls.{state}")));
    let [owed, in_time, ..] = values(&read(&county).await);
    assert_eq!(in_time, 1);
    // Of another duty, and of another school: neither concerns it.
    let others = vec![
        waiver(4100, "talk.minute", CENTRAL, "2021-12-15", "2021-12-16"),
        waiver(4101, "rollcall.arrival", CAMPUS, "2021-12-15", "2021-12-16"),
    ];
    county.add(6101, others).await;
    assert_eq!(values(&read(&county).await), [owed, 1, 0, owed - 1, 0]);
    county.add(6102, vec![waiver(4102, "rollcall.arrival", CENTRAL, "2021-12-15", "2021-12-16")]).await;
    assert_eq!(values(&read(&county).await), [owed - 2, 0, 0, owed - 2, 1]);
}

/// A waiver counts in each period that it reaches into, not only in the one in which it began.
#[tokio::test]
async fn a_waiver_counts_as_long_as_it_is_in_force() {
    let county = County::new().await;
    let waivers = vec![
        waiver(4100, "fire.check", CENTRAL, "2020-09-01", "2021-03-31"),
        waiver(4101, "fire.check", SILENT, "2020-09-01", "2020-12-31"),
        waiver(4102, "fire.check", CENTRAL, "2021-12-20", "2022-06-30"),
        waiver(4103, "fire.check", SILENT, "2021-12-21", "2022-06-30"),
    ];
    county.add(6100, waivers).await;
    let cx = county.bureau();
    let def = county.app.figure("waivers.granted").unwrap();
    let figure = engine::figures::value(&cx, def, &super::year(None)).await.unwrap();
    assert_eq!(figure.value, 2, "the first and the third");
    assert_eq!(engine::figures::rows_sum_to_value(&cx, def, &super::year(None)).await.unwrap(), Vec::<String>::new());
}

#[test]
fn the_day_of_the_cut_off_is_not_counted_unless_it_ends_the_year() {
    let of = |cutoff: &str| stretch(&Frame { period: Period::Year(2021), cutoff: day(cutoff), unit: None, now: None });
    for (cutoff, last) in [
        ("2021-12-20", Some("2021-12-19")),
        ("2021-12-31", Some("2021-12-31")),
        ("2022-03-01", Some("2021-12-31")),
        ("2021-01-02", Some("2021-01-01")),
        ("2021-01-01", None),
        ("2020-06-01", None),
    ] {
        assert_eq!(of(cutoff), last.map(|last| (day("2021-01-01"), day(last))), "{cutoff}");
    }
}
