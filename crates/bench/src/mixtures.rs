//! Mixtures of filters that nobody named: a few of all that a hazard is asked by, in one of the orders of its list. The dice are thrown
//! alike in every run, so that two runs ask the same.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};

use crate::lists::List;

/// So many of them.
const MIXTURES: usize = 40;

/// A column and what it may be asked for, several at a time.
const CODES: &[(&str, &[&str])] = &[
    ("state", &["registered", "graded", "handed_over", "rectifying", "submitted", "closed", "mistaken", "merged"]),
    ("grade", &["general", "major"]),
    ("category", &["fire", "food", "building", "traffic", "water"]),
    ("source", &["self_check", "inspection", "joint", "tip"]),
    ("place_kind", &["school", "surroundings", "township"]),
];
const FLAGS: &[&str] = &["on_the_spot", "refused"];
/// A column, and days before or after which it may be asked for.
const DAYS: &[(&str, &[&str])] = &[
    ("found_on", &["1995-03-01", "2010-02-01", "2021-11-30"]),
    ("due_on", &["2000-06-01", "2005-01-01", "2021-12-19"]),
    ("closed_on", &["2001-01-01", "2018-05-01"]),
];
const ORDERS: &[&str] = &["found_on", "due_on", "closed_on"];

pub fn lists() -> Vec<List> {
    let mut dice = StdRng::seed_from_u64(20_211_220);
    (1..=MIXTURES).map(|number| one(&mut dice, number)).collect()
}

fn one(dice: &mut StdRng, number: usize) -> List {
    let (mut ask, mut tests) = (Vec::new(), Vec::new());
    let columns = CODES.len() + FLAGS.len() + DAYS.len();
    let count = dice.random_range(1..=4);
    for at in rand::seq::index::sample(dice, columns, count) {
        let (asked, test) = filter(dice, at);
        ask.push(asked);
        tests.push(test);
    }
    let (order, descending) = (ORDERS.choose(dice).copied().unwrap_or_default(), dice.random());
    ask.push(format!("sort={}{order}", if descending { "-" } else { "" }));
    let key =
        if order == "found_on" { "\"found_on\"".to_owned() } else { format!("coalesce(\"{order}\", '0001-01-01')") };
    let direction = if descending { "desc" } else { "asc" };
    List {
        name: format!("mixture {number}"),
        ask: ask.join("&"),
        r#where: tests.join(" and "),
        order: format!("{key} {direction}, \"id\" {direction}"),
    }
}

/// As it is asked, and as one writes it by hand.
fn filter(dice: &mut StdRng, at: usize) -> (String, String) {
    if let Some((column, codes)) = CODES.get(at) {
        let count = dice.random_range(1..=3.min(codes.len()));
        let some: Vec<&str> = codes.choose_multiple(dice, count).copied().collect();
        return (format!("{column}={}", some.join(",")), format!("\"{column}\" in ('{}')", some.join("', '")));
    }
    let at = at - CODES.len();
    if let Some(column) = FLAGS.get(at) {
        let flag: bool = dice.random();
        return (format!("{column}={flag}"), format!("\"{column}\" = {flag}"));
    }
    let (column, days) = DAYS[at - FLAGS.len()];
    let day = days.choose(dice).copied().unwrap_or_default();
    let (end, sign) = if dice.random() { ("from", ">=") } else { ("to", "<=") };
    (format!("{column}.{end}={day}"), format!("\"{column}\" {sign} '{day}'"))
}
