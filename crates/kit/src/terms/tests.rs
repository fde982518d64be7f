#![expect(clippy::unwrap_used, reason = "a test may stop")]

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::timetable::Timetable;

static CALENDAR: LazyLock<Calendar> =
    LazyLock::new(|| Calendar::parse(include_str!("../../../../rules/calendar.toml")).unwrap());
static TABLE: LazyLock<Timetable> =
    LazyLock::new(|| Timetable::parse(include_str!("../../../../rules/sessions.toml")).unwrap());

const A: Uuid = Uuid::from_u128(1);
const B: Uuid = Uuid::from_u128(2);

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn term(school: Option<Uuid>, year: i32, season: &str, from: &str, until: &str, home: Home) -> Term {
    Term { school, year, season: season.into(), from: day(from), until: day(until), home }
}

fn special(school: Uuid, kind: Special, on: &str, name: &str) -> SpecialDays {
    SpecialDays {
        place: Where::Schools(HashSet::from([school])),
        kind,
        from: day(on),
        until: day(on),
        name: name.into(),
    }
}

/// The county's two terms of 2021; B begins its autumn earlier and lets its boarders home every second week.
fn terms() -> Terms {
    let all = [
        term(None, 2020, "spring", "2021-03-01", "2021-07-09", Home::Weekly),
        term(None, 2021, "autumn", "2021-09-01", "2022-01-14", Home::Weekly),
        term(Some(B), 2021, "autumn", "2021-08-23", "2022-01-21", Home::Fortnightly),
    ];
    let flood = Suspension {
        place: Where::Schools(HashSet::from([A])),
        from: day("2021-06-28"),
        until: day("2021-06-29"),
        reason: "rain".into(),
    };
    let everywhere =
        Suspension { place: Where::Everywhere, from: day("2021-12-27"), until: NaiveDate::MAX, reason: "ice".into() };
    let specials = vec![
        special(A, Special::Exam, "2021-11-11", "期中考试"),
        special(A, Special::Off, "2021-11-12", "运动会调休"),
        special(A, Special::Lessons, "2021-11-13", "调课"),
        special(A, Special::Stay, "2021-11-20", "留校"),
    ];
    Terms::new(all, vec![flood, everywhere], specials, TABLE.usual())
}

#[test]
fn days_of_every_kind() {
    let terms = terms();
    for (school, on, kind) in [
        (A, "2021-02-28", SchoolDay::Vacation),
        (A, "2021-03-01", SchoolDay::Lessons),
        (A, "2021-03-06", SchoolDay::Weekend),
        (A, "2021-04-05", SchoolDay::Holiday("清明节")),
        (A, "2021-04-25", SchoolDay::MadeUp),
        (A, "2021-06-28", SchoolDay::Suspended("rain")),
        (B, "2021-06-28", SchoolDay::Lessons),
        (A, "2021-08-23", SchoolDay::Vacation),
        (B, "2021-08-23", SchoolDay::Lessons),
        (A, "2021-11-11", SchoolDay::Exam("期中考试")),
        (A, "2021-11-12", SchoolDay::Off("运动会调休")),
        (A, "2021-11-13", SchoolDay::MadeUp),
        (B, "2021-11-13", SchoolDay::Weekend),
        (A, "2021-12-27", SchoolDay::Suspended("ice")),
        (A, "2022-01-17", SchoolDay::Vacation),
        // A year whose terms nobody entered: the usual ones.
        (A, "2024-03-01", SchoolDay::Lessons),
        (A, "2024-08-01", SchoolDay::Vacation),
    ] {
        // The suspension without an end would hide everything after it.
        let terms = if on < "2022-02-01" { terms.clone() } else { without_end(&terms) };
        assert_eq!(school_day(&CALENDAR, &terms, school, day(on)), kind, "{on}");
        assert_eq!(is_school_day(&CALENDAR, &terms, school, day(on)), kind.is_school_day(), "{on}");
    }
    assert!(terms.known(A, day("2021-10-01")) && !terms.known(A, day("2024-03-01")));
    assert!(!Terms::default().known(A, day("2021-10-01")));
}

/// Whoever enters the autumn does so in summer, and the spring in winter: until then the usual spring stands in.
#[test]
fn a_season_that_nobody_has_entered_is_the_usual_one() {
    let only = |year, season, from, until| {
        Terms::new([term(None, year, season, from, until, Home::Weekly)], Vec::new(), Vec::new(), TABLE.usual())
    };
    let autumn = only(2021, "autumn", "2021-09-01", "2022-01-14");
    let spring = only(2021, "spring", "2022-03-07", "2022-07-01");
    for (terms, on, is, known) in [
        (&autumn, "2021-12-20", true, true),
        // Longer in most years, but not in this.
        (&autumn, "2022-01-17", false, true),
        (&autumn, "2022-02-14", false, true),
        (&autumn, "2022-03-01", true, false),
        (&autumn, "2022-07-04", true, false),
        (&autumn, "2022-07-20", false, true),
        (&spring, "2022-03-01", false, true),
        (&spring, "2022-03-07", true, true),
        (&spring, "2021-12-20", true, false),
        (&spring, "2022-01-17", true, false),
    ] {
        let found = (terms.in_term(A, day(on)), terms.known(A, day(on)));
        assert_eq!(found, (is, known), "{on}");
    }
    assert_eq!(add_school_days(&CALENDAR, &autumn, A, day("2022-01-14"), 1), Some(day("2022-02-21")));
    // A school's own term counts for it alone.
    let own = Terms::new(
        [term(Some(A), 2021, "spring", "2022-03-07", "2022-07-01", Home::Weekly)],
        Vec::new(),
        Vec::new(),
        TABLE.usual(),
    );
    assert!(!own.in_term(A, day("2022-03-01")) && own.in_term(B, day("2022-03-01")));
}

fn without_end(terms: &Terms) -> Terms {
    Terms { suspensions: Vec::new(), ..terms.clone() }
}

#[test]
fn deadlines_in_school_days() {
    let terms = without_end(&terms());
    for (from, n, due) in [
        ("2021-03-01", 1, Some("2021-03-02")),
        // The day of the event is not counted, and a free day moves on.
        ("2021-03-05", 1, Some("2021-03-08")),
        ("2021-03-06", 0, Some("2021-03-08")),
        ("2021-03-08", 0, Some("2021-03-08")),
        // Over the summer.
        ("2021-07-09", 1, Some("2021-09-01")),
        ("2021-09-30", 1, Some("2021-10-08")),
    ] {
        assert_eq!(add_school_days(&CALENDAR, &terms, A, day(from), n), due.map(day), "{from} + {n}");
    }
    assert_eq!(school_days_between(&CALENDAR, &terms, A, day("2021-07-09"), day("2021-09-01")), 1);
    assert_eq!(school_days_between(&CALENDAR, &terms, A, day("2021-09-01"), day("2021-07-09")), 0);
    // Without any terms, no count of school days ends.
    assert_eq!(add_school_days(&CALENDAR, &Terms::default(), A, day("2021-03-01"), 1), None);
}

#[test]
fn boarders_come_back_before_lessons_begin() {
    let terms = without_end(&terms());
    for (school, on, stay) in [
        // The evening before term, a week's nights, and home on Friday.
        (A, "2021-08-31", true),
        (A, "2021-09-01", true),
        (A, "2021-09-03", false),
        (A, "2021-09-05", true),
        // Every second weekend at home: the first one they go, the second they stay.
        (B, "2021-08-27", false),
        (B, "2021-09-03", true),
        (B, "2021-09-04", true),
        (B, "2021-09-10", false),
        // A weekend on which they stay, and a holiday on which nobody does.
        (A, "2021-11-20", true),
        (A, "2021-09-30", false),
        (B, "2021-10-01", false),
        (A, "2021-07-09", false),
    ] {
        assert_eq!(boarders_stay(&CALENDAR, &terms, school, day(on)), stay, "{on}");
    }
}

#[test]
fn who_goes_home_once_a_month_stays_three_weekends() {
    let monthly = [term(None, 2021, "autumn", "2021-09-01", "2022-01-14", Home::Monthly)];
    let terms = Terms::new(monthly, Vec::new(), Vec::new(), TABLE.usual());
    let stays = |on: &str| boarders_stay(&CALENDAR, &terms, A, day(on));
    // Fridays of the autumn: the first weekend and the ninth are spent at home; the fifth is that of National Day.
    let fridays = [
        "2021-09-03",
        "2021-09-10",
        "2021-09-17",
        "2021-09-24",
        "2021-10-15",
        "2021-10-22",
        "2021-10-29",
        "2021-11-05",
    ];
    assert_eq!(fridays.map(stays), [false, true, true, true, true, true, false, true]);
    assert!(!stays("2022-01-14"), "nobody stays when the term is over");
    assert!(stays("2022-01-07") && !stays("2022-01-15"));
}

#[test]
fn nobody_stays_where_the_day_was_suspended() {
    let (all, plain) = (terms(), without_end(&terms()));
    let stays = |terms: &Terms, on: &str| boarders_stay(&CALENDAR, terms, A, day(on));
    // The flood of Monday and Tuesday: on Sunday evening nobody comes back, on Tuesday nobody sleeps there, though Wednesday is a school day.
    for (on, suspended, otherwise) in [
        ("2021-06-27", false, true),
        ("2021-06-28", false, true),
        ("2021-06-29", false, true),
        ("2021-06-30", true, true),
    ] {
        assert_eq!((stays(&all, on), stays(&plain, on)), (suspended, otherwise), "{on}");
    }
}

#[test]
fn a_school_that_is_closed_holds_none_from_its_first_day_without() {
    let terms = without_end(&terms()).closing([(A, day("2021-11-15"))]);
    for (school, on, open) in
        [(A, "2021-11-11", true), (A, "2021-11-15", false), (A, "2021-11-16", false), (B, "2021-11-15", true)]
    {
        assert_eq!(is_school_day(&CALENDAR, &terms, school, day(on)), open, "{on}");
        assert_eq!((terms.in_term(school, day(on)), terms.term(school, day(on)).is_some()), (open, open), "{on}");
        assert!(terms.in_season(school, day(on)), "as it was planned");
    }
}

fn any_day() -> impl Strategy<Value = NaiveDate> {
    (0..1500_i64).prop_map(|n| day("2019-06-01") + TimeDelta::days(n))
}

/// Terms of three school years with suspensions and special days anywhere.
fn any_terms() -> impl Strategy<Value = Terms> {
    let spans = proptest::collection::vec((any_day(), 0..20_i64, any::<bool>()), 0..6);
    (spans, proptest::collection::vec((any_day(), 0..4_usize), 0..8)).prop_map(|(spans, days)| {
        let seasons = (2019..2023).flat_map(|year| {
            let next = year + 1;
            [
                term(None, year, "autumn", &format!("{year}-09-01"), &format!("{next}-01-15"), Home::Weekly),
                term(None, year, "spring", &format!("{next}-02-20"), &format!("{next}-07-05"), Home::Weekly),
            ]
        });
        let place = |here| if here { Where::Schools(HashSet::from([A])) } else { Where::Everywhere };
        let span = |(from, long, here): (NaiveDate, i64, bool)| Suspension {
            place: place(here),
            from,
            until: from + TimeDelta::days(long),
            reason: "rain".into(),
        };
        let kinds = [Special::Exam, Special::Lessons, Special::Off, Special::Stay];
        let one = |(on, kind): (NaiveDate, usize)| SpecialDays {
            place: Where::Everywhere,
            kind: kinds[kind],
            from: on,
            until: on,
            name: "x".into(),
        };
        let (spans, days) = (spans.into_iter().map(span).collect(), days.into_iter().map(one).collect());
        Terms::new(seasons, spans, days, TABLE.usual())
    })
}

proptest! {
    #[test]
    fn counting_forward_and_between_agree(terms in any_terms(), from in any_day(), n in 1..120_u32) {
        let Some(due) = add_school_days(&CALENDAR, &terms, A, from, n) else { return Ok(()) };
        prop_assert!(due > from && is_school_day(&CALENDAR, &terms, A, due));
        prop_assert_eq!(school_days_between(&CALENDAR, &terms, A, from, due), n);
        // One more is the next school day, and none lies between.
        if let Some(next) = add_school_days(&CALENDAR, &terms, A, due, 1) {
            prop_assert_eq!(add_school_days(&CALENDAR, &terms, A, from, n + 1), Some(next));
        }
    }

    #[test]
    fn between_adds_up(terms in any_terms(), mut three in proptest::array::uniform3(any_day())) {
        three.sort();
        let [a, b, c] = three;
        let between = |a, b| school_days_between(&CALENDAR, &terms, A, a, b);
        prop_assert_eq!(between(a, b) + between(b, c), between(a, c));
        // Never more than the days that passed.
        prop_assert!(i64::from(between(a, c)) <= (c - a).num_days());
    }

    #[test]
    fn a_suspension_only_ever_takes_days_away(terms in any_terms(), from in any_day(), long in 0..30_i64, on in any_day()) {
        let mut less = terms.clone();
        less.suspensions.push(Suspension {
            place: Where::Everywhere, from, until: from + TimeDelta::days(long), reason: "ice".into(),
        });
        let was = is_school_day(&CALENDAR, &terms, A, on);
        let inside = from <= on && on <= from + TimeDelta::days(long);
        prop_assert_eq!(is_school_day(&CALENDAR, &less, A, on), was && !inside);
    }
}
