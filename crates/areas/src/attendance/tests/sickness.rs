//! When so many are ill that it is reported, who is told, and until when a child is followed.

use super::super::bed::BED;
use super::super::missing::People;
use super::super::record::MARK;
use super::super::sickness::{
    Called, Case, Group, alarm, case, cluster, clusters, first_day, report_by, settled, still_ill,
};
use super::*;

fn ill(number: u128, on: &str) -> Case {
    Case { pupil: pupil(number), day: day(on), at: at(&format!("{on} 08:00:00")) + i64::try_from(number).unwrap() }
}

/// Friday to Monday.
const DAYS: [&str; 4] = ["2021-12-17", "2021-12-18", "2021-12-19", "2021-12-20"];

/// 学校和托幼机构传染病疫情报告工作规范: three in a day, five within three days, counted as children.
#[test]
fn three_in_a_day_or_five_in_three() {
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
fn the_same_children_ill_for_another_day_are_no_news() {
    let norms = facts("2021-12-20 08:10", &[]).norms;
    for (who, grows) in [
        ([&[][..], &[], &[], &[1, 2, 3]], true),
        ([&[], &[], &[1, 2, 3], &[1, 2, 3]], false),
        ([&[], &[1, 2, 3], &[], &[3, 2, 1]], false),
        ([&[], &[], &[1, 2, 3], &[1, 2, 4]], true),
        // Before the days that are counted together it is another outbreak.
        ([&[1, 2, 3], &[], &[], &[1, 2, 3]], true),
    ] {
        let cases: Vec<_> = who.iter().zip(DAYS).flat_map(|(who, on)| who.iter().map(move |n| ill(*n, on))).collect();
        let found = cluster(&cases, day("2021-12-20"), &norms).unwrap().unwrap();
        assert_eq!(found.grows, grows, "{who:?}");
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

/// A child's bed from the summer on, until a day.
fn bed(number: u128, school: Uuid, name: &str, until: Option<&str>) -> Row {
    Row::blank(&BED, Uuid::from_u128(6_000 + number))
        .with(&BED, "school", Cell::Id(school))
        .with(&BED, "pupil", Cell::Id(pupil(number)))
        .with(&BED, "dormitory", text(name))
        .with(&BED, "from_on", Cell::Date(day("2021-09-01")))
        .with(&BED, "until_on", until.map_or(Cell::Null, |until| Cell::Date(day(until))))
}

/// The causes of what is found on Monday 20 December, and how many are ill on that day.
fn found(marks: &[Row], beds: &[Row]) -> Vec<(String, usize)> {
    let norms = facts("2021-12-20 08:10", &[]).norms;
    let found = clusters(marks, beds, day("2021-12-20"), &norms).unwrap();
    found.iter().map(|one| (one.cause(), one.cluster.today)).collect()
}

/// Whatever a mark came from, a sheet, a guardian's answer, a correction or an addition: it is ill, or it is not.
#[test]
fn every_mark_counts_wherever_it_came_from() {
    let today = |number: u128| mark(number, "2021-12-20", "known");
    let class = (format!("sickness/{CLASS_ID}/2021-12-20"), 3);
    let mut three = [today(1), today(2), today(3)];
    assert_eq!(found(&three, &[]), std::slice::from_ref(&class));
    assert_eq!(found(&three[..2], &[]), []);
    // He was absent first, and his guardian has said why.
    three[2] = today(3).with(&MARK, "kind", text("absent")).with(&MARK, "state", text("unknown"));
    assert_eq!(found(&three, &[]), []);
    three[2].set(&MARK, "kind", text("sick"));
    three[2].set(&MARK, "state", text("known"));
    assert_eq!(found(&three, &[]), std::slice::from_ref(&class));
    for (field, code) in [("state", "taken_back"), ("state", "mistaken"), ("symptom", "injury"), ("kind", "leave")] {
        let other = [three[0].clone(), three[1].clone(), three[2].clone().with(&MARK, field, text(code))];
        assert_eq!(found(&other, &[]), [], "{code}");
    }
    // Of two classes, in one dormitory: whoever sleeps elsewhere, in a room of that name elsewhere, or slept there once, is not of it.
    three[2].set(&MARK, "class", Cell::Id(OTHER_CLASS));
    let room = |number, school, name, until| bed(number, school, name, until);
    let beds = |third: Row| [room(1, SCHOOL, "2栋305", None), room(2, SCHOOL, "2栋305", None), third];
    let dormitory = (format!("sickness/{SCHOOL}/2栋305/2021-12-20"), 3);
    assert_eq!(found(&three, &beds(room(3, SCHOOL, "2栋305", None))), std::slice::from_ref(&dormitory));
    assert_eq!(found(&three, &beds(room(3, SCHOOL, "2栋305", Some("2021-12-20")))), std::slice::from_ref(&dormitory));
    let since = |on: &str| room(3, SCHOOL, "2栋305", None).with(&BED, "from_on", Cell::Date(day(on)));
    assert_eq!(found(&three, &beds(since("2021-12-20"))), [dormitory]);
    assert_eq!(found(&three, &beds(since("2021-12-21"))), [], "he sleeps there from tomorrow");
    for third in
        [room(3, SCHOOL, "2栋306", None), room(3, OTHER, "2栋305", None), room(3, SCHOOL, "2栋305", Some("2021-12-19"))]
    {
        assert_eq!(found(&three, &beds(third)), []);
    }
}

/// A slip of the finger frightens nobody: what can still be taken back is not told of.
#[test]
fn what_can_be_taken_back_waits_for_its_minute() {
    let mark = mark(1, "2021-12-20", "known");
    for (now, expected) in [("08:00:00", false), ("08:01:00", false), ("08:01:01", true)] {
        assert_eq!(settled(&mark, 60_000, at(&format!("2021-12-20 {now}"))), expected, "{now}");
    }
}

#[test]
fn whoever_leads_and_the_bureau_are_told_with_the_clock() {
    let (principal, officer) = (Uuid::from_u128(110), Uuid::from_u128(111));
    let people =
        People { leader: Some(principal), caller: Some(principal), officer: Some(officer), ..People::default() };
    let norms = facts("2021-12-20 08:10", &[]).norms;
    let marks = [1, 2, 3].map(|number| mark(number, "2021-12-20", "known").with(&MARK, "sheet", Cell::Id(pupil(9))));
    let beds = [1, 2, 3].map(|number| bed(number, SCHOOL, "2栋305", None));
    let all = clusters(&marks, &beds, day("2021-12-20"), &norms).unwrap();
    assert_eq!(all.len(), 2, "class and dormitory");
    for one in &all {
        assert_eq!((one.class, one.sheet), (CLASS_ID, pupil(9)), "the roll that made it");
        let called = Called { school: "下蒋学校", class: "三年级2班" };
        let messages = alarm(one, called, &people, &norms).unwrap();
        let told: Vec<_> = messages.iter().map(kit::Message::recipient).collect();
        assert_eq!(told, [principal, officer]);
        let room = matches!(one.group, Group::Dormitory { .. });
        for message in messages {
            // The school reports; the bureau sees to it that it does.
            let expected = match (room, message.recipient() == officer) {
                (true, false) => "sickness.in_room",
                (false, false) => "sickness.in_class",
                (true, true) => "sickness.room_of",
                (false, true) => "sickness.class_of",
            };
            assert_eq!(message.code, expected);
            assert!(message.urgent && message.cause == one.cause());
            let says = |name, value: &str| message.params.contains(&(name, value.to_owned()));
            assert!(says("school", "下蒋学校") && says("n", "3") && says("span", "3"), "{:?}", message.params);
            assert!(says("days", "3") && says("hours", "2"), "{:?}", message.params);
            assert_eq!((says("dormitory", "2栋305"), says("class", "三年级2班")), (room, !room));
        }
    }
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
