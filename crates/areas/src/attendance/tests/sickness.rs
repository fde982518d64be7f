//! When so many are ill that it is reported.

use super::super::call::called;
use super::super::missing::People;
use super::super::sickness::is_cluster;
use super::*;

#[test]
fn three_in_a_day_or_five_in_three() {
    let now = facts("2021-12-20 08:10", &[]);
    for (today, before, expected) in
        [(0, 9, false), (1, 3, false), (1, 4, true), (2, 2, false), (2, 3, true), (3, 0, true), (4, 0, true)]
    {
        assert_eq!(is_cluster(today, before, &now), Ok(expected), "{today} {before}");
    }
}

#[test]
fn whoever_leads_is_told_once_a_day_with_the_clock() {
    let principal = Uuid::from_u128(110);
    let people = People { leader: Some(principal), caller: Some(principal), ..People::default() };
    let ground = Ground { sick_before: 4, people, ..ground() };
    let now = facts("2021-12-20 08:10", &[]);
    let changes = called(&sent(&[missed(0, "sick")]), &ground, &teacher(), &now).unwrap();
    let [message] = changes[0].messages.as_slice() else { panic!("{:?}", changes[0].messages) };
    assert_eq!((message.code, message.recipient()), ("sickness.cluster", principal));
    // The county's own two hours are stricter than the ministry's day.
    assert!(message.params.contains(&("hours", "2".to_owned())) && message.cause.ends_with("/2021-12-20"));
    let well = called(&sent(&[missed(0, "leave")]), &ground, &teacher(), &now).unwrap();
    assert!(well[0].messages.is_empty());
}
