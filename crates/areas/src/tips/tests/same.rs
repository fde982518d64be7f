//! Likely duplicates: a table, and what holds for any two reports.

use proptest::prelude::*;

use super::super::same::{Report, likely, likeness};
use super::day;

fn report<'a>(spot: &'a str, category: &'a str, words: &'a str, on: &str) -> Report<'a> {
    Report { spot, place: "", category, words, on: day(on) }
}

#[test]
fn place_category_words_and_days() {
    let mine = report("gate", "security", "路灯坏了", "2021-12-20");
    let near = "2021-12-10";
    for (other, expected) in [
        (report("gate", "security", "门口的路灯坏了", near), true),
        (report("gate", "security", "没人站岗", near), true),
        (report("surroundings", "other", "路灯坏了", near), true),
        (report("gate", "traffic", "停车太乱", near), false),
        (report("canteen", "food", "有虫子", near), false),
        (report("gate", "security", "路灯坏了", "2021-11-19"), false),
        (report("gate", "security", "路灯坏了", "2021-11-20"), true),
        (report("gate", "security", "路灯坏了", "2022-01-25"), false),
    ] {
        assert_eq!(likeness(&mine, &other, 30) > 0, expected, "{other:?}");
    }
    // A hazard's place is free text.
    let hazard =
        Report { spot: "", place: "学校大门左侧", category: "security", words: "路灯不亮", on: day(near) };
    assert!(likeness(&mine, &hazard, 30) > 0);
    assert_eq!(likeness(&mine, &Report { place: "食堂后厨", ..hazard }, 30), 0);
}

#[test]
fn the_likeliest_come_first_and_few() {
    let mine = report("gate", "security", "路灯坏了", "2021-12-20");
    let others = [
        ("far", report("canteen", "food", "有虫子", "2021-12-19")),
        ("weak", report("gate", "security", "没人站岗", "2021-12-19")),
        ("same", report("gate", "security", "路灯坏了", "2021-12-18")),
        ("close", report("gate", "security", "门口路灯坏了几天", "2021-12-18")),
    ];
    assert_eq!(likely(&mine, others, 30, 3), ["same", "close", "weak"]);
    assert_eq!(likely(&mine, others, 30, 1), ["same"]);
    assert!(likely(&mine, others, 0, 3).is_empty());
}

proptest! {
    #[test]
    fn likeness_is_the_same_both_ways_and_bounded(
        left in "[路灯坏了楼梯a-z ]{0,12}", right in "[路灯坏了楼梯a-z ]{0,12}", spot in 0..3_usize, days in 0..40_i64,
    ) {
        let spots = ["gate", "corridor", ""];
        let on = day("2021-12-01");
        let one = Report { spot: "gate", place: "", category: "fire", words: &left, on };
        let two = Report { spot: spots[spot], place: &left, category: "fire", words: &right, on: on + chrono::TimeDelta::days(days) };
        prop_assert_eq!(likeness(&one, &two, 30), likeness(&two, &one, 30));
        prop_assert!(likeness(&one, &two, 30) <= 100);
        prop_assert!(days <= 30 || likeness(&one, &two, 30) == 0);
        prop_assert!(likeness(&one, &one, 30) > 0);
    }
}
