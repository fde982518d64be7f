//! 安全提醒的话题: which two sentences fit a day. Data of `rules/topics.toml`; the choice is a calculation, so that a class and its school hear the
//! same on the same day, and another thing tomorrow.

use chrono::{Datelike, NaiveDate};
use serde::Deserialize;

use crate::lines;

/// Before what a topic stands, when it is not a season's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Before {
    /// Two days off.
    Weekend,
    /// More than two.
    Holiday,
}

/// Two sentences to read aloud.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Topic {
    pub code: String,
    /// Month and day, 04-01.
    #[serde(default)]
    pub from: Option<String>,
    #[serde(default)]
    pub until: Option<String>,
    #[serde(default)]
    pub before: Option<Before>,
    pub title: String,
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    topic: Vec<toml::Spanned<Topic>>,
}

/// All topics, in the order of the file.
#[derive(Clone, Debug, Default)]
pub struct Topics(Vec<Topic>);

/// A title is a title, and two sentences are read in half a minute.
const MOST: (usize, usize) = (20, 200);

impl Topics {
    /// Reads `rules/topics.toml`.
    ///
    /// # Errors
    /// A sentence with the line that names the topic: a day that is none, half a stretch, a code that comes twice, nothing to say, or too much.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| lines::fault(text, &error))?;
        let mut all: Vec<Topic> = Vec::new();
        for spanned in file.topic {
            let start = spanned.span().start;
            let topic = spanned.into_inner();
            let wrong = |error: String| lines::at(text, start, &format!("{}: {error}", topic.code));
            check(&topic).map_err(wrong)?;
            if all.iter().any(|other| other.code == topic.code) {
                return Err(wrong("stands twice".into()));
            }
            all.push(topic);
        }
        Ok(Self(all))
    }

    pub fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.0.iter()
    }

    pub fn get(&self, code: &str) -> Option<&Topic> {
        self.0.iter().find(|topic| topic.code == code)
    }

    /// Those that fit a day before so many days off, the fittest first: what stands before days off, then what is told for a week or two, then the
    /// season's, and every fourth day what holds all the year. Those of a kind take turns.
    pub fn of(&self, day: NaiveDate, days_off: u32) -> Vec<&Topic> {
        let turn = usize::try_from(day.num_days_from_ce()).unwrap_or(0);
        let mut groups: [Vec<&Topic>; 4] = std::array::from_fn(|_| Vec::new());
        for topic in self.0.iter().filter(|topic| fits(topic, day, days_off)) {
            groups[rank(topic)].push(topic);
        }
        // Seasons have three days of four, what holds all the year the fourth: each group turns by its own days.
        for (group, turn) in groups.iter_mut().zip([0, turn, turn / 4 * 3 + turn % 4, turn / 4]) {
            let by = turn.checked_rem(group.len()).unwrap_or(0);
            group.rotate_left(by);
        }
        let [special, weeks, seasons, always] = groups;
        let (first, then) = if turn % 4 == 3 { (always, seasons) } else { (seasons, always) };
        [special, weeks, first, then].concat()
    }

    /// The one for a day.
    pub fn on(&self, day: NaiveDate, days_off: u32) -> Option<&Topic> {
        self.of(day, days_off).into_iter().next()
    }
}

/// Days of a topic that is told for a week or two, and of a season at most.
const WEEKS: i64 = 21;
const SEASON: i64 = 250;

/// What comes first on an ordinary day.
fn rank(topic: &Topic) -> usize {
    match length(topic) {
        _ if topic.before.is_some() => 0,
        days if days <= WEEKS => 1,
        days if days <= SEASON => 2,
        _ => 3,
    }
}

fn check(topic: &Topic) -> Result<(), String> {
    match (topic.before, &topic.from, &topic.until) {
        (Some(_), None, None) => {}
        (None, Some(from), Some(until)) => {
            for text in [from, until] {
                month_day(text).ok_or_else(|| format!("{text:?} is not a month and a day, 04-01"))?;
            }
        }
        _ => return Err("needs either `before`, or `from` and `until`".into()),
    }
    let long = |text: &str, most: usize| text.trim().is_empty() || text.chars().count() > most;
    if long(&topic.title, MOST.0) || long(&topic.text, MOST.1) {
        return Err(format!("needs a title of at most {} characters and a text of at most {}", MOST.0, MOST.1));
    }
    Ok(())
}

/// A month and a day in a leap year, so that 29 February is one.
fn month_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d").ok()
}

fn stretch(topic: &Topic) -> Option<(NaiveDate, NaiveDate)> {
    Some((month_day(topic.from.as_deref()?)?, month_day(topic.until.as_deref()?)?))
}

fn length(topic: &Topic) -> i64 {
    stretch(topic).map_or(0, |(from, until)| (until - from).num_days().rem_euclid(366))
}

fn fits(topic: &Topic, day: NaiveDate, days_off: u32) -> bool {
    match topic.before {
        Some(Before::Weekend) => days_off == 2,
        Some(Before::Holiday) => days_off > 2,
        None => stretch(topic).zip(NaiveDate::from_ymd_opt(2000, day.month(), day.day())).is_some_and(
            |((from, until), at)| {
                if from <= until { (from..=until).contains(&at) } else { at >= from || at <= until }
            },
        ),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn topics() -> Topics {
        let topic =
            |code: &str, when: &str| format!("[[topic]]\ncode = \"{code}\"\n{when}\ntitle = \"t\"\ntext = \"x\"\n");
        let stretch = |from: &str, until: &str| format!("from = \"{from}\"\nuntil = \"{until}\"");
        let all = [
            topic("all", &stretch("01-01", "12-31")),
            topic("season", &stretch("06-01", "06-23")),
            topic("weeks", &stretch("06-01", "06-22")),
            topic("winter", &stretch("12-01", "02-28")),
            topic("weekend", "before = \"weekend\""),
            topic("holiday", "before = \"holiday\""),
        ];
        Topics::parse(&all.concat()).unwrap()
    }

    fn of(on: &str, days_off: u32) -> Vec<String> {
        topics().of(on.parse().unwrap(), days_off).iter().map(|topic| topic.code.clone()).collect()
    }

    #[test]
    fn what_stands_before_days_off_comes_first_then_what_is_told_for_weeks() {
        for (days_off, first) in [(0, "weeks"), (1, "weeks"), (2, "weekend"), (3, "holiday"), (7, "holiday")] {
            assert_eq!(of("2021-06-10", days_off)[0], first, "{days_off}");
        }
        assert_eq!([0, 1, 2, 3].map(|days_off| of("2021-06-10", days_off).len()), [3, 3, 4, 4], "one of them, or none");
    }

    #[test]
    fn first_and_last_day_belong_to_a_topic_and_a_season_may_run_over_new_year() {
        for (on, code, told) in [
            ("2021-05-31", "weeks", false),
            ("2021-06-01", "weeks", true),
            ("2021-06-22", "weeks", true),
            ("2021-06-23", "weeks", false),
            ("2021-06-23", "season", true),
            ("2021-06-24", "season", false),
            ("2021-11-30", "winter", false),
            ("2021-12-01", "winter", true),
            ("2022-02-28", "winter", true),
            ("2022-03-01", "winter", false),
            ("2024-02-29", "winter", false),
            ("2024-02-29", "all", true),
        ] {
            assert_eq!(of(on, 0).iter().any(|one| one == code), told, "{on} {code}");
        }
    }

    #[test]
    fn three_days_of_four_are_the_season_s_and_the_fourth_is_for_all_the_year() {
        let first: Vec<_> =
            ["2021-12-20", "2021-12-21", "2021-12-22", "2021-12-23"].map(|on| of(on, 0).remove(0)).into();
        assert_eq!(first.iter().filter(|code| *code == "winter").count(), 3, "{first:?}");
        assert_eq!(first.iter().filter(|code| *code == "all").count(), 1, "{first:?}");
    }
}
