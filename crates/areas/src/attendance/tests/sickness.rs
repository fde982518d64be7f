//! When so many are ill that it is reported, who is told, and until when a child is followed.

use super::super::call::called;
use super::super::missing::People;
use super::super::record::MARK;
use super::super::sickness::{Case, Circle, Group, case, cluster, first_day, report_by, still_ill};
use super::*;

fn ill(number: u128, on: &str) -> Case {
    Case { pupil: pupil(number), day: day(on), at: at(&format!("{on} 08:00:00")) + i64::try_from(number).unwrap() }
}

/// 学校和托幼机构传染病疫情报告工作规范: three in a day, five within three days, counted as children.
#[test]
fn three_in_a_day_or_five_in_three() {
    const DAYS: [&str; 4] = ["2021-12-17", "2021-12-18", "2021-12-19", "2021-12-20"];
    let norms = facts("2021-12-20 08:10", &[]).norms;
    assert_eq!(first_day(day("2021-12-20"), &norms), Ok(day("2021-12-18")));
    // Who is ill on each of the four days; the answer is how many today and in three days, if that is a cluster.
    for (who, expected) in [
        ([&[][..], &[], &[], &[]], None),
        ([&[], &[], &[], &[1, 2]], None),
        ([&[], &[], &[], &[1, 2, 3]], Some((3, 3))),
        ([&[], &[], &[1, 2, 3, 4], &[5]], Some((1, 5))),
        ([&[], &[1, 2], &[3], &[4]], None),
        ([&[], &[1, 2], &[3], &[4, 5]], Some((2, 5))),
        // The same child every day is one case, and a child on two sheets of a day too.
        ([&[], &[1, 2], &[1, 2], &[1, 2]], None),
        ([&[], &[], &[], &[1, 1, 1, 2]], None),
        // Before the three days, or nobody today: nothing new to report.
        ([&[1, 2, 3, 4, 5], &[], &[], &[6, 7]], None),
        ([&[], &[1, 2], &[3, 4, 5], &[]], None),
    ] {
        let cases = who.iter().zip(DAYS).flat_map(|(who, on)| who.iter().map(move |number| ill(*number, on)));
        let cases: Vec<_> = cases.collect();
        let found = cluster(&cases, day("2021-12-20"), &norms).unwrap();
        assert_eq!(found.map(|found| (found.today, found.span)), expected, "{who:?}");
    }
}

#[test]
fn the_clock_runs_from_the_case_that_made_it() {
    let norms = facts("2021-12-20 08:10", &[]).norms;
    let cases = [ill(9, "2021-12-20"), ill(1, "2021-12-20"), ill(5, "2021-12-20"), ill(7, "2021-12-20")];
    let found = cluster(&cases, day("2021-12-20"), &norms).unwrap().unwrap();
    assert_eq!((found.today, found.known_at), (4, ill(7, "2021-12-20").at), "the third that became known");
    // The county's own two hours are stricter than the ministry's day.
    assert_eq!(report_by(&found, day("2021-12-20"), &norms), Ok(found.known_at + 2 * 3_600_000));
}

fn circle(group: Group, members: Option<&[u128]>, before: &[u128]) -> Circle {
    Circle {
        group,
        members: members.map(|all| all.iter().map(|number| pupil(*number)).collect()),
        cases: before.iter().map(|number| ill(*number, "2021-12-19")).collect(),
    }
}

#[test]
fn whoever_leads_is_told_once_a_day_with_the_clock() {
    let principal = Uuid::from_u128(110);
    let people = People { leader: Some(principal), caller: Some(principal), ..People::default() };
    let now = facts("2021-12-20 08:10", &[]);
    let told = |circles: Vec<Circle>, all: &[Missed]| {
        let ground = Ground { circles, people: people.clone(), ..ground() };
        let changes = called(&sent(all), &ground, &teacher(), &now).unwrap();
        changes[0].messages.clone()
    };
    let class = || circle(Group::Class(CLASS_ID), None, &[11, 12, 13, 14]);
    let [message] = &told(vec![class()], &[missed(0, "sick")])[..] else { panic!("one") };
    assert_eq!((message.code, message.recipient()), ("sickness.cluster", principal));
    assert!(message.params.contains(&("hours", "2".to_owned())) && message.cause.ends_with("/2021-12-20"));
    assert!(told(vec![class()], &[missed(0, "leave")]).is_empty(), "nobody is ill");
    let hurt = Missed { symptom: Some("injury"), ..missed(0, "sick") };
    assert!(told(vec![class()], &[hurt]).is_empty(), "whoever was hurt infects nobody");
    // A dormitory is of several classes: who of this one sleeps there counts with the others.
    let room = |members: &'static [u128]| circle(Group::Dormitory("2栋305".into()), Some(members), &[11, 12, 13, 14]);
    let [message] = &told(vec![room(&[0, 11, 12, 13, 14])], &[missed(0, "sick")])[..] else { panic!("one") };
    assert_eq!(message.code, "sickness.dormitory");
    assert!(message.params.contains(&("dormitory", "2栋305".to_owned())) && message.cause.contains("2栋305"));
    assert!(told(vec![room(&[1, 11, 12, 13, 14])], &[missed(0, "sick")]).is_empty(), "he sleeps elsewhere");
}

fn mark(number: u128, on: &str, state: &str) -> Row {
    let hour = at(&format!("{on} 08:00:00"));
    Row::blank(&MARK, Uuid::new_v5(&pupil(number), on.as_bytes()))
        .with(&MARK, "pupil", Cell::Id(pupil(number)))
        .with(&MARK, "class", Cell::Id(CLASS_ID))
        .with(&MARK, "day", Cell::Date(day(on)))
        .with(&MARK, "kind", text("sick"))
        .with(&MARK, "state", text(state))
        .with(&MARK, "marked_at", Cell::Int(hour))
}

#[test]
fn a_child_is_followed_until_somebody_says_that_it_is_back() {
    let marks = [
        mark(1, "2021-12-14", "known"),
        mark(1, "2021-12-15", "known"),
        mark(2, "2021-12-14", "known"),
        mark(2, "2021-12-15", "returned"),
        // Back, and ill again.
        mark(3, "2021-12-14", "returned"),
        mark(3, "2021-12-17", "known"),
        mark(4, "2021-12-15", "mistaken"),
    ];
    let found: Vec<_> = still_ill(&marks)
        .iter()
        .map(|one| (one.last.get(&MARK, "pupil").id().unwrap(), one.since, one.last.get(&MARK, "day").date().unwrap()))
        .collect();
    let expected = [(pupil(1), day("2021-12-14"), day("2021-12-15")), (pupil(3), day("2021-12-17"), day("2021-12-17"))];
    assert_eq!(found, expected);
    assert_eq!(case(&marks[0]).map(|case| case.pupil), Some(pupil(1)));
    assert_eq!(case(&marks[6]), None, "a mistake is no case");
}
