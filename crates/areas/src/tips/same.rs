//! Whether two reports are likely the same: place, category, words, days apart. A suggestion, never a decision.

use std::collections::HashSet;

use chrono::NaiveDate;

/// What is compared; of the same school already.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// One of the spots; empty for a hazard, whose place is free text.
    pub spot: &'a str,
    /// Free text that says where, for a hazard.
    pub place: &'a str,
    pub category: &'a str,
    pub words: &'a str,
    pub on: NaiveDate,
}

/// In hundredths, so much of their words must agree where place or category do not.
const ALIKE: usize = 40;

/// How alike two reports are, in hundredths; 0 for those that are not likely the same. `days` is how far apart they may be.
pub fn likeness(left: &Report<'_>, right: &Report<'_>, days: i64) -> usize {
    if (left.on - right.on).num_days().abs() > days {
        return 0;
    }
    let words = alike(&text(left), &text(right));
    let place = same_place(left, right);
    let category = left.category == right.category;
    match (place && category, words) {
        (true, words) => 20 + words * 8 / 10,
        (false, words) if words >= ALIKE => words * 8 / 10,
        _ => 0,
    }
}

/// The likeliest of several, best first, at most `most`.
pub fn likely<'a, T>(
    report: &Report<'_>,
    others: impl IntoIterator<Item = (T, Report<'a>)>,
    days: i64,
    most: usize,
) -> Vec<T> {
    let scored = others.into_iter().map(|(what, other)| (likeness(report, &other, days), other.on, what));
    let mut scored: Vec<_> = scored.filter(|(score, ..)| *score > 0).collect();
    scored.sort_by_key(|(score, on, _)| std::cmp::Reverse((*score, *on)));
    scored.into_iter().take(most).map(|(.., what)| what).collect()
}

fn text(report: &Report<'_>) -> String {
    format!("{}{}", report.place, report.words)
}

fn same_place(left: &Report<'_>, right: &Report<'_>) -> bool {
    match (left.spot, right.spot) {
        ("", "") => alike(left.place, right.place) >= ALIKE,
        ("", spot) => names(left.place, spot),
        (spot, "") => names(right.place, spot),
        (left, right) => left == right,
    }
}

/// What a spot is called where somebody wrote the place down.
fn names(place: &str, spot: &str) -> bool {
    let called: &[&str] = match spot {
        "gate" => &["校门", "大门", "门口", "门卫"],
        "classroom" => &["教室", "教学楼", "实验室"],
        "corridor" => &["楼梯", "走廊", "楼道", "通道"],
        "playground" => &["操场", "跑道", "球场", "单杠"],
        "canteen" => &["食堂", "厨房", "餐"],
        "dormitory" => &["宿舍", "寝室"],
        "toilet" => &["厕所", "卫生间"],
        "bus" => &["校车", "车"],
        "surroundings" => &["周边", "路口", "门前", "校外"],
        _ => &[],
    };
    called.iter().any(|name| place.contains(name))
}

/// Dice's coefficient over pairs of neighbouring characters, in hundredths: it needs no dictionary to split Chinese into words.
fn alike(left: &str, right: &str) -> usize {
    let (left, right) = (pairs(left), pairs(right));
    if left.is_empty() || right.is_empty() {
        return 0;
    }
    200 * left.intersection(&right).count() / (left.len() + right.len())
}

fn pairs(text: &str) -> HashSet<[char; 2]> {
    let letters: Vec<char> =
        kit::tidy::fold(text).chars().filter(|letter| letter.is_alphanumeric()).take(600).collect();
    letters.windows(2).map(|pair| [pair[0], pair[1]]).collect()
}
