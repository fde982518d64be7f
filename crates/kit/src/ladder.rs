//! 升级督办: how what is left undone climbs, from its keeper to the leading group. Data (`rules/ladders.toml`) and calculations; no clock.
//!
//! A step is reached when so many working hours have passed since the case came into the state that must not last. The clock runs on that
//! state, not on the record: an edit changes nothing, only the end of the state, or a pause with its reason, does.

use chrono::{NaiveTime, Timelike};
use serde::Deserialize;

use crate::calendar::Calendar;
use crate::dates::{shanghai_date, shanghai_start};
use crate::lines;

/// The rungs, from the bottom.
pub const RUNGS: &[&str] = &["keeper", "head", "section", "deputy", "director", "group"];
/// What a step may be on paper: 督办、通报、约谈、挂牌督办.
pub const PAPERS: &[&str] = &["supervision", "circular", "interview", "listing"];
/// Whose posts are asked: the case's own keeper, its school or unit, the bureau's section, the bureau, the county's leading group.
const PLACES: &[&str] = &["keeper", "school", "unit", "section", "bureau", "county"];

const MINUTE: i64 = 60_000;
/// Days that are looked through for working hours: beyond them the calendar itself must be wrong.
const HORIZON: usize = 4_000;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    pub rung: String,
    /// Working hours since the state began.
    pub after: u32,
    pub at: String,
    /// The posts that answer there, in this order; all who hold one are told.
    #[serde(default)]
    pub posts: Vec<String>,
    /// What is issued with it.
    #[serde(default)]
    pub paper: Option<String>,
    /// A condition of the case's own (`major`), without which the step is left out.
    #[serde(default)]
    pub only: Option<String>,
}

impl Step {
    pub fn rank(&self) -> usize {
        RUNGS.iter().position(|rung| *rung == self.rung).unwrap_or_default()
    }
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ladder {
    pub code: String,
    pub basis: String,
    pub mark: String,
    pub step: Vec<Step>,
}

impl Ladder {
    /// The highest step that is due for a case, and the next one above it; `due` gives the moment of a step, `holds` says whether a condition does.
    pub fn reached(&self, now: i64, due: impl Fn(&Step) -> i64, holds: impl Fn(&str) -> bool) -> Reached<'_> {
        let fits = |step: &&Step| step.only.as_deref().is_none_or(&holds);
        let steps = || self.step.iter().filter(fits);
        let on =
            steps().filter(|step| due(step) <= now).max_by_key(|step| (step.rank(), std::cmp::Reverse(step.after)));
        let floor = on.map_or(0, |step| step.rank() + 1);
        let next =
            steps().filter(|step| step.rank() >= floor && due(step) > now).min_by_key(|step| (step.after, step.rank()));
        Reached { on, next }
    }
}

/// Where a case stands.
#[derive(Clone, Copy, Debug)]
pub struct Reached<'a> {
    pub on: Option<&'a Step>,
    pub next: Option<&'a Step>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    hours: Vec<String>,
    #[serde(default)]
    section: String,
    #[serde(default)]
    ladder: Vec<toml::Spanned<Ladder>>,
}

/// All ladders, and the hours in which the county works.
#[derive(Clone, Debug, Default)]
pub struct Ladders {
    hours: Vec<(i64, i64)>,
    section: String,
    all: Vec<Ladder>,
}

impl Ladders {
    /// Reads the file; what is not a rung, a place, a paper, or stands out of order is refused by name.
    ///
    /// # Errors
    /// The line, the ladder and what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| lines::fault(text, &error))?;
        let hours = file.hours.iter().map(|text| span(text).ok_or(format!("hours: {text:?}: write it as 08:00-12:00")));
        let hours = hours.collect::<Result<Vec<_>, _>>()?;
        if hours.is_empty() || hours.windows(2).any(|pair| pair[0].1 > pair[1].0) {
            return Err("hours: none, or not in order".into());
        }
        let mut all: Vec<Ladder> = Vec::new();
        for spanned in file.ladder {
            let start = spanned.span().start;
            let ladder = spanned.into_inner();
            let wrong = |error: String| lines::at(text, start, &format!("{}: {error}", ladder.code));
            if all.iter().any(|other| other.code == ladder.code) {
                return Err(wrong("said twice".into()));
            }
            check(&ladder).map_err(wrong)?;
            all.push(ladder);
        }
        Ok(Self { hours, section: file.section, all })
    }

    /// What the name of the bureau's section holds that answers for safety (安全股); empty where none is named.
    pub fn section(&self) -> &str {
        &self.section
    }

    pub fn get(&self, code: &str) -> Option<&Ladder> {
        self.all.iter().find(|ladder| ladder.code == code)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Ladder> {
        self.all.iter()
    }

    /// The moment at which so many working minutes have passed since another (milliseconds UTC). Nothing to wait for: that moment itself.
    pub fn after(&self, calendar: &Calendar, from: i64, minutes: i64) -> i64 {
        let mut left = minutes;
        if left <= 0 {
            return from;
        }
        for (start, end) in self.spans(calendar, from) {
            let length = (end - start) / MINUTE;
            if left <= length {
                return start + left * MINUTE;
            }
            left -= length;
        }
        i64::MAX
    }

    /// Working minutes between two moments.
    pub fn worked(&self, calendar: &Calendar, from: i64, until: i64) -> i64 {
        let spans = self.spans(calendar, from).take_while(|(start, _)| *start < until);
        spans.map(|(start, end)| (end.min(until) - start) / MINUTE).sum()
    }

    /// The stretches of work from a moment on.
    fn spans<'a>(&'a self, calendar: &'a Calendar, from: i64) -> impl Iterator<Item = (i64, i64)> + 'a {
        let days = shanghai_date(from).iter_days().take(HORIZON).filter(|day| calendar.is_workday(*day));
        days.flat_map(move |day| {
            let midnight = shanghai_start(day);
            let span =
                move |(start, end): &(i64, i64)| ((midnight + start * MINUTE).max(from), midnight + end * MINUTE);
            self.hours.iter().map(span).filter(|(start, end)| start < end)
        })
    }
}

fn span(text: &str) -> Option<(i64, i64)> {
    let minute = |text: &str| {
        let time = NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()?;
        Some(i64::from(time.num_seconds_from_midnight()) / 60)
    };
    let (from, until) = text.split_once('-')?;
    let (from, until) = (minute(from)?, minute(until)?);
    (from < until).then_some((from, until))
}

fn check(ladder: &Ladder) -> Result<(), String> {
    if ladder.step.is_empty() || ladder.basis.is_empty() {
        return Err("has no steps or no basis".into());
    }
    if !["law", "known", "unsure", "local"].contains(&ladder.mark.as_str()) {
        return Err(format!("unknown mark {:?}", ladder.mark));
    }
    for step in &ladder.step {
        let known = |set: &[&str], value: &str| {
            set.contains(&value).then_some(()).ok_or(format!("{value:?} is none of {set:?}"))
        };
        known(RUNGS, &step.rung)?;
        known(PLACES, &step.at)?;
        step.paper.as_deref().map_or(Ok(()), |paper| known(PAPERS, paper))?;
        if (step.at == "keeper") != step.posts.is_empty() {
            return Err(format!("{}: the keeper has no posts, everybody else is found by one", step.rung));
        }
    }
    let usual: Vec<_> =
        ladder.step.iter().filter(|step| step.only.is_none()).map(|step| (step.after, step.rank())).collect();
    let rises = |pair: &[(u32, usize)]| pair[0].0 < pair[1].0 && pair[0].1 < pair[1].1;
    if usual.windows(2).all(rises) { Ok(()) } else { Err("a later step is not a higher one".into()) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str = r#"
        hours = ["08:00-12:00", "14:00-18:00"]
        [[ladder]]
        code = "x"
        basis = "a decision"
        mark = "local"
        step = [
          { rung = "keeper", after = 0, at = "keeper" },
          { rung = "head", after = 8, at = "school", posts = ["principal"] },
          { rung = "group", after = 4, at = "county", posts = ["group_head"], only = "major" },
          { rung = "group", after = 24, at = "county", posts = ["group_head"], paper = "listing" },
        ]
    "#;

    fn calendar() -> Calendar {
        Calendar::parse("basis = \"\"\nyear = []").unwrap()
    }

    fn at(day: &str, hour: i64, minute: i64) -> i64 {
        shanghai_start(day.parse().unwrap()) + (hour * 60 + minute) * MINUTE
    }

    #[test]
    fn hours_are_counted_while_people_work() {
        let (ladders, calendar) = (Ladders::parse(TEXT).unwrap(), calendar());
        // 2021-12-17 is a Friday.
        for (from, minutes, until) in [
            (at("2021-12-17", 8, 0), 60, at("2021-12-17", 9, 0)),
            (at("2021-12-17", 11, 30), 60, at("2021-12-17", 14, 30)),
            (at("2021-12-17", 3, 0), 240, at("2021-12-17", 12, 0)),
            (at("2021-12-17", 17, 0), 120, at("2021-12-20", 9, 0)),
            (at("2021-12-18", 10, 0), 480, at("2021-12-20", 18, 0)),
            (at("2021-12-18", 10, 0), 0, at("2021-12-18", 10, 0)),
        ] {
            assert_eq!(ladders.after(&calendar, from, minutes), until);
        }
        assert_eq!(ladders.worked(&calendar, at("2021-12-17", 11, 0), at("2021-12-20", 9, 0)), 60 + 240 + 60);
        assert_eq!(ladders.worked(&calendar, at("2021-12-18", 0, 0), at("2021-12-19", 23, 0)), 0);
    }

    #[test]
    fn a_case_stands_on_the_highest_step_that_is_due_and_sees_the_next() {
        let ladders = Ladders::parse(TEXT).unwrap();
        assert_eq!(ladders.section(), "");
        assert_eq!(Ladders::parse(&format!("section = \"x\"\n{TEXT}")).unwrap().section(), "x");
        let ladder = ladders.get("x").unwrap();
        let rungs = |hours: i64, major: bool| {
            let reached = ladder.reached(hours, |step| i64::from(step.after), |only| only == "major" && major);
            let said = |step: Option<&Step>| step.map_or("", |step| step.rung.as_str()).to_owned();
            (said(reached.on), said(reached.next))
        };
        let pair = |on: &str, next: &str| (on.to_owned(), next.to_owned());
        assert_eq!(rungs(-1, false), pair("", "keeper"));
        assert_eq!(rungs(0, false), pair("keeper", "head"));
        assert_eq!(rungs(8, false), pair("head", "group"));
        assert_eq!(rungs(23, false), pair("head", "group"));
        assert_eq!(rungs(24, false), pair("group", ""));
        assert_eq!(rungs(4, true), pair("group", ""));
        assert_eq!(rungs(9_999, true), pair("group", ""));
        // Two ways to one rung: whoever came there by the sooner one stands on it, and is not put there again with a paper.
        let on = ladder.reached(24, |step| i64::from(step.after), |_| true).on.unwrap();
        assert_eq!((on.after, on.paper.as_deref()), (4, None));
    }

    #[test]
    fn what_is_no_ladder_is_refused_by_name() {
        for (from, to, says) in [
            ("\"head\"", "\"boss\"", "boss"),
            ("\"school\"", "\"moon\"", "moon"),
            ("\"listing\"", "\"letter\"", "letter"),
            ("after = 8", "after = 30", "higher"),
            ("posts = [\"principal\"]", "posts = []", "found by one"),
            ("basis = \"a decision\"", "basis = \"\"", "basis"),
            ("08:00-12:00", "12:00-08:00", "08:00-12:00"),
            ("14:00-18:00", "11:00-18:00", "order"),
            ("\"local\"", "\"maybe\"", "maybe"),
            ("after = 8,", "after = -8,", "invalid"),
        ] {
            let error = Ladders::parse(&TEXT.replacen(from, to, 1)).unwrap_err();
            assert!(error.contains(says), "{to}: {error}");
            assert!(error.starts_with("line ") || says == "08:00-12:00" || says == "order", "{to}: {error}");
        }
        let twice = format!("{TEXT}{}", TEXT.split_once("-18:00\"]").unwrap().1);
        assert_eq!(Ladders::parse(&twice).unwrap_err(), "line 14: x: said twice");
    }

    proptest! {
        #[test]
        fn what_has_been_worked_is_what_was_waited_for(start in 0_i64..100_000_000_000, minutes in 1_i64..20_000) {
            let (ladders, calendar) = (Ladders::parse(TEXT).unwrap(), calendar());
            let from = start / MINUTE * MINUTE;
            let until = ladders.after(&calendar, from, minutes);
            prop_assert_eq!(ladders.worked(&calendar, from, until), minutes);
            prop_assert!(ladders.after(&calendar, from, minutes + 1) > until);
        }
    }
}
