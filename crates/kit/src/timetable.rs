//! Session times (作息时间) by stage and boarding, as dated templates: `rules/sessions.toml`.
//!
//! What a school's own timetable says is finer; where it has none, its sessions are those of its stage's template on that day.

use chrono::{Datelike, NaiveDate, NaiveTime};
use serde::{Deserialize, Deserializer};

use crate::lines;

/// What happens in a stretch of a school's day; lessons are `lesson.1` and so on.
pub const SESSIONS: &[&str] = &["arrival", "break", "noon", "dismissal", "evening", "dormitory"];
/// The stages of classes and the types of schools that a template may be for.
pub const STAGES: &[&str] = &[
    "kindergarten",
    "teaching_point",
    "incomplete_primary",
    "primary",
    "central_primary",
    "nine_year",
    "junior",
    "complete_secondary",
    "senior",
    "twelve_year",
    "vocational",
    "special",
    "reform",
];
/// More lessons than this in a day are taken for a slip.
const MOST_LESSONS: u32 = 12;

/// One session of a day. One that ends before it begins runs past midnight (就寝).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Slot {
    /// `arrival`, `break`, `noon`, `dismissal`, `evening`, `dormitory`, `lesson.1`
    pub session: String,
    #[serde(deserialize_with = "time")]
    pub from: NaiveTime,
    #[serde(deserialize_with = "time")]
    pub until: NaiveTime,
}

/// The sessions of some stages for a time, with who says so.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub stages: Vec<String>,
    pub boarding: bool,
    pub from: NaiveDate,
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// As a norm's: `law`, `known`, `unsure`, `local`.
    pub mark: String,
    pub basis: String,
    pub slots: Vec<Slot>,
}

/// When a term usually lies, for a season of a school year whose term nobody entered. Month and day; one that ends before it begins ends in the next year.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Usual {
    /// `autumn` or `spring`
    pub season: String,
    #[serde(deserialize_with = "month_day")]
    pub from: (u32, u32),
    #[serde(deserialize_with = "month_day")]
    pub until: (u32, u32),
}

impl Usual {
    pub fn holds(&self, day: NaiveDate) -> bool {
        let at = (day.month(), day.day());
        if self.from <= self.until {
            (self.from..=self.until).contains(&at)
        } else {
            at >= self.from || at <= self.until
        }
    }
}

/// All templates.
#[derive(Clone, Debug, Default)]
pub struct Timetable {
    templates: Vec<Template>,
    usual: Vec<Usual>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    usual: Vec<Usual>,
    template: Vec<toml::Spanned<Template>>,
}

impl Timetable {
    /// Reads `rules/sessions.toml`.
    ///
    /// # Errors
    /// A sentence with the line: for what is not the expected TOML, a stage, session or mark that does not exist, a session that comes twice
    /// or before the one that it follows, dates the wrong way round, and two templates for one stage on one day.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| lines::fault(text, &error))?;
        let mut templates: Vec<Template> = Vec::new();
        for spanned in file.template {
            let line = lines::line_at(text, spanned.span().start);
            let template = spanned.into_inner();
            check(&template, &templates).map_err(|error| format!("line {line}: {error}"))?;
            templates.push(template);
        }
        Ok(Self { templates, usual: file.usual })
    }

    /// The sessions of a stage of classes, or a type of school, on a day; none where no template is for it.
    pub fn slots(&self, stage: &str, boarding: bool, day: NaiveDate) -> Vec<Slot> {
        self.template(stage, boarding, day).map_or_else(Vec::new, |template| template.slots.clone())
    }

    /// The template in force; a boarding school without one of its own keeps the hours of the day schools.
    pub fn template(&self, stage: &str, boarding: bool, day: NaiveDate) -> Option<&Template> {
        let held = |template: &&Template| {
            template.from <= day
                && template.until.is_none_or(|until| day <= until)
                && template.stages.iter().any(|name| name == stage)
        };
        let of = |boarding| self.templates.iter().filter(held).find(|template| template.boarding == boarding);
        of(boarding).or_else(|| of(false))
    }

    /// The usual terms.
    pub fn usual(&self) -> &[Usual] {
        &self.usual
    }

    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.templates.iter()
    }
}

fn check(template: &Template, others: &[Template]) -> Result<(), String> {
    if let Some(stage) = template.stages.iter().find(|stage| !STAGES.contains(&stage.as_str())) {
        return Err(format!("no stage is called {stage:?}"));
    }
    if template.stages.is_empty() || template.slots.is_empty() {
        return Err("needs at least one stage and one session".into());
    }
    if !crate::norms::MARKS.contains(&template.mark.as_str()) {
        return Err(format!("unknown mark {:?}", template.mark));
    }
    let last = template.until.unwrap_or(NaiveDate::MAX);
    if last < template.from {
        return Err("ends before it begins".into());
    }
    ordered(&template.slots)?;
    let clash = others.iter().find(|other| {
        other.boarding == template.boarding
            && other.stages.iter().any(|stage| template.stages.contains(stage))
            && other.from <= last
            && template.from <= other.until.unwrap_or(NaiveDate::MAX)
    });
    clash.map_or(Ok(()), |other| Err(format!("overlaps the one from {} for {:?}", other.from, other.stages)))
}

/// One after the other through the day; only the last may run past midnight.
fn ordered(slots: &[Slot]) -> Result<(), String> {
    for (at, slot) in slots.iter().enumerate() {
        let lesson = slot.session.strip_prefix("lesson.").and_then(|number| number.parse::<u32>().ok());
        let known =
            SESSIONS.contains(&slot.session.as_str()) || lesson.is_some_and(|n| (1..=MOST_LESSONS).contains(&n));
        if !known {
            return Err(format!("no session is called {:?}", slot.session));
        }
        let before = &slots[..at];
        if before.iter().any(|other| other.session == slot.session) {
            return Err(format!("{} comes twice", slot.session));
        }
        if before.last().is_some_and(|other| slot.from < other.until || other.until < other.from) {
            return Err(format!("{} begins before what comes before it has ended", slot.session));
        }
        if slot.until == slot.from || (slot.until < slot.from && at + 1 < slots.len()) {
            return Err(format!("{} ends before it begins", slot.session));
        }
    }
    Ok(())
}

fn time<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveTime, D::Error> {
    let text = String::deserialize(from)?;
    NaiveTime::parse_from_str(&text, "%H:%M")
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is not a time, 07:40")))
}

fn month_day<'de, D: Deserializer<'de>>(from: D) -> Result<(u32, u32), D::Error> {
    let text = String::deserialize(from)?;
    // A leap year, so that 29 February is a day.
    NaiveDate::parse_from_str(&format!("2000-{text}"), "%Y-%m-%d")
        .map(|day| (day.month(), day.day()))
        .map_err(|_| serde::de::Error::custom(format!("{text:?} is not a month and a day, 09-01")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    const OFFICIAL: &str = include_str!("../../../rules/sessions.toml");

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn at(text: &str) -> NaiveTime {
        NaiveTime::parse_from_str(text, "%H:%M").unwrap()
    }

    #[test]
    fn every_stage_has_a_day_and_lessons_keep_the_ministry_s_bounds() {
        let table = Timetable::parse(OFFICIAL).unwrap();
        for stage in STAGES {
            for boarding in [false, true] {
                let slots = table.slots(stage, boarding, day("2021-12-20"));
                for session in ["arrival", "break", "noon", "dismissal"] {
                    assert!(slots.iter().any(|slot| slot.session == session), "{stage} {session}");
                }
                let nights =
                    slots.iter().filter(|slot| ["evening", "dormitory"].contains(&slot.session.as_str())).count();
                // A kindergarten has no boarders: it keeps its day.
                assert_eq!(nights, if boarding && *stage != "kindergarten" { 2 } else { 0 }, "{stage}");
                if let Some(first) = slots.iter().find(|slot| slot.session == "lesson.1") {
                    let primary = stage.contains("primary") || ["teaching_point", "special"].contains(stage);
                    assert!(first.from >= if primary { at("08:20") } else { at("08:00") }, "{stage}");
                }
            }
        }
        assert!(table.slots("university", false, day("2021-12-20")).is_empty());
        assert!(table.slots("primary", false, day("1999-12-31")).is_empty());
    }

    #[test]
    fn a_past_day_keeps_its_hours() {
        let table = Timetable::parse(OFFICIAL).unwrap();
        let first =
            |on: &str| table.slots("primary", false, day(on)).iter().find(|s| s.session == "lesson.1").unwrap().from;
        assert_eq!((first("2021-04-01"), first("2021-04-02")), (at("08:10"), at("08:30")));
    }

    #[test]
    fn the_usual_terms_run_over_new_year() {
        let table = Timetable::parse(OFFICIAL).unwrap();
        let season =
            |on: &str| table.usual().iter().find(|usual| usual.holds(day(on))).map(|usual| usual.season.as_str());
        for (on, term) in [
            ("2021-08-31", None),
            ("2021-09-01", Some("autumn")),
            ("2021-12-31", Some("autumn")),
            ("2022-01-20", Some("autumn")),
            ("2022-01-21", None),
            ("2022-02-20", Some("spring")),
            ("2022-07-06", None),
        ] {
            assert_eq!(season(on), term, "{on}");
        }
    }

    #[test]
    fn a_wrong_template_is_refused_with_its_line() {
        let file = |stages: &str, from: &str, slots: &str| {
            format!(
                "# one\n[[template]]\nstages = [{stages}]\nboarding = false\nfrom = \"{from}\"\nmark = \"local\"\nbasis = \"b\"\nslots = [{slots}]\n"
            )
        };
        let slot = |session: &str, from: &str, until: &str| {
            format!("{{ session = \"{session}\", from = \"{from}\", until = \"{until}\" }}")
        };
        let good = file("\"primary\"", "2020-01-01", &slot("arrival", "07:00", "08:00"));
        assert!(Timetable::parse(&good).is_ok());
        // The next may begin on the day after one ends, and not on the day on which it does.
        let until = good.replace("mark =", "until = \"2020-12-31\"\nmark =");
        let then = |from: &str| {
            let next = good.replace("2020-01-01", from);
            [format!("{until}{next}"), format!("{next}{until}")].map(|both| Timetable::parse(&both).is_ok())
        };
        assert_eq!((then("2021-01-01"), then("2020-12-31")), ([true; 2], [false; 2]), "in whatever order they stand");
        let two = |first: String, second: String| format!("{first},{second}");
        for (text, says) in [
            (file("\"moon\"", "2020-01-01", &slot("arrival", "07:00", "08:00")), "line 2: no stage is called"),
            (file("", "2020-01-01", &slot("arrival", "07:00", "08:00")), "line 2: needs at least"),
            (file("\"primary\"", "2020-01-01", &slot("lesson.13", "07:00", "08:00")), "no session is called"),
            (file("\"primary\"", "2020-01-01", &slot("arrival", "25:00", "08:00")), "is not a time"),
            (
                file(
                    "\"primary\"",
                    "2020-01-01",
                    &two(slot("noon", "12:00", "11:00"), slot("dismissal", "15:00", "16:00")),
                ),
                "ends before it begins",
            ),
            (
                file("\"primary\"", "2020-01-01", &two(slot("noon", "12:00", "14:00"), slot("noon", "15:00", "16:00"))),
                "comes twice",
            ),
            (
                file(
                    "\"primary\"",
                    "2020-01-01",
                    &two(slot("noon", "12:00", "14:00"), slot("break", "13:00", "16:00")),
                ),
                "begins before",
            ),
            (format!("{good}{}", good.replace("2020-01-01", "2021-01-01")), "line 10: overlaps"),
            ("template = 3".to_owned(), "line 1"),
        ] {
            let error = Timetable::parse(&text).err().unwrap_or_default();
            assert!(error.contains(says), "{error}");
        }
    }
}
