//! The parts of the year report about what was asked and done: duties, ladders, messages, the school day.
//!
//! Duties are no records, so their numbers are no figures of an area: they are counted by the room of duties, and each opens its list. No school is
//! named and none stands before another.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use engine::{Cx, figures};
use kit::figure::{Figure, Frame};
use kit::{Lang, Words};
use store::StoreError;

use super::numbers::{Number, Numbers};
use crate::attendance::record::SHEET;
use crate::duties::rhythm::{RHYTHMS, address, tallies};
use crate::duties::rolls;

/// Figures of the year alone; they are not compared with the year before.
pub const FIGURES: &[&str] = &[
    "climbs.raised",
    "climbs.raised_keeper",
    "climbs.raised_head",
    "climbs.raised_section",
    "climbs.raised_deputy",
    "climbs.raised_director",
    "climbs.raised_group",
    "climbs.solved",
    "messages.all",
    "messages.app",
    "messages.mail",
    "messages.sms",
    "messages.wecom",
    "messages.dingtalk",
    "messages.push",
    "messages.arrived",
    "messages.read",
    "messages.answered",
    "messages.withdrawn",
    "messages.dead",
    "messages.sent_median",
    "messages.sent_p90",
    "messages.answer_median",
    "messages.answer_p90",
    "attendance.sheets",
    "attendance.in_time",
    "attendance.substituted",
    "attendance.expected",
    "attendance.sick",
    "attendance.leave",
    "attendance.late",
    "missing.total",
    "missing.police",
    "patrols.rounds",
    "patrols.break",
    "patrols.noon",
    "patrols.night",
    "patrols.guard",
    "patrols.head",
    "patrols.gate",
    "patrols.findings",
    "patrols.hazards",
    "talks.held",
    "talks.minute",
    "talks.flag",
    "talks.assembly",
    "talks.lesson",
    "talks.reach",
];

/// Those of the messages that leave the app.
const CHANNELS: [&str; 5] = ["messages.mail", "messages.sms", "messages.wecom", "messages.dingtalk", "messages.push"];

const DONE: &str = "done";

/// What is counted of duties: `duties.missed`, and by rhythm `duties.daily.missed`.
pub const COUNTED: &[&str] = &["asked", DONE, "done_late", "missed", "waived", "due"];

/// What was done in time is told as a share of what was owed: its time has come, and nobody was let off. In the first version it was one of all.
const SHARE_OF_OWED: u32 = 2;

/// States are those of the cut-off; the versions before knew those of the last day that counts, when what is due on it can still be done.
const AS_OF_CUTOFF: u32 = 2;
const DONE_AS_OF_CUTOFF: u32 = SHARE_OF_OWED + 1;

/// The days whose duties are counted. The day of the cut-off is not over while it is counted, so it is left out; the year's last is in.
pub fn stretch(frame: &Frame) -> Option<(NaiveDate, NaiveDate)> {
    let last = frame.last();
    let last = if last == frame.period.last() { last } else { last.pred_opt()? };
    (frame.first() <= last).then_some((frame.first(), last))
}

/// The day as of which the duties of a stretch are asked: the cut-off where the period is over by then, so that what was due on its last day does not stay
/// due for ever, and what was done late since is told.
fn seen(frame: &Frame, to: NaiveDate) -> NaiveDate {
    if frame.cutoff > frame.period.last() { frame.cutoff } else { to }
}

/// Reads what these parts say. Nobody missed a roll before the register began.
pub async fn gather(cx: &Cx, frame: &Frame, began: Option<NaiveDate>) -> Result<BTreeMap<String, Number>, StoreError> {
    let mut numbers = duties(cx, frame).await?;
    let days = stretch(frame).map(|(from, to)| (began.map_or(from, |began| began.max(from)), to));
    if let Some((from, to)) = days.filter(|(from, to)| from <= to) {
        numbers.extend(of_rolls(cx, from, to).await?);
    }
    let values = figures::values(cx, FIGURES, frame).await?;
    // The middle of nothing is no nought: what has no value is not among the numbers.
    let values = values.into_iter().filter(|(_, figure)| !figure.none);
    numbers.extend(values.map(|(id, figure)| (id.to_owned(), counted(cx, id, &figure))));
    Ok(numbers)
}

async fn duties(cx: &Cx, frame: &Frame) -> Result<BTreeMap<String, Number>, StoreError> {
    let Some((from, to)) = stretch(frame) else { return Ok(BTreeMap::new()) };
    let tallies = tallies(cx, (from, to), seen(frame, to)).await?;
    let mut numbers: BTreeMap<String, Number> = BTreeMap::new();
    for (rhythm, tally) in &tallies {
        let whole = i64::try_from(tally.asked()).unwrap_or(i64::MAX);
        let parts = [whole, of(tally.done), of(tally.done_late), of(tally.missed), of(tally.waived), of(tally.due)];
        for (state, value) in COUNTED.iter().zip(parts) {
            let (denominator, formula) = match *state {
                "asked" => (None, 1),
                DONE => (Some(whole - of(tally.waived) - of(tally.due)), DONE_AS_OF_CUTOFF),
                _ => (Some(whole), AS_OF_CUTOFF),
            };
            for id in [format!("duties.{state}"), format!("duties.{rhythm}.{state}")] {
                let none = Number { value: 0, denominator: None, formula, small: false };
                let number = numbers.entry(id).or_insert(none);
                number.value += value;
                number.denominator = denominator.map(|all| number.denominator.unwrap_or(0) + all);
            }
        }
    }
    Ok(numbers)
}

/// What is counted of the rolls of arrival, `rolls.owed` and so on: as of duties, a share is one of what was owed.
pub const ROLLS: [&str; 5] = [OWED, "in_time", "late", "missed", BESIDE];
const OWED: &str = "owed";
/// Called where none was owed; they are told apart.
const BESIDE: &str = "beside";
/// Only those that were owed are in time or late. In the first version all were that were called.
const OF_THE_OWED: u32 = 2;

async fn of_rolls(cx: &Cx, from: NaiveDate, to: NaiveDate) -> Result<BTreeMap<String, Number>, StoreError> {
    let counted = rolls::rolls(cx, from, to).await?;
    let number = |(state, value): (&str, i64)| {
        let denominator = Some(counted.owed).filter(|_| ![OWED, BESIDE].contains(&state));
        (format!("rolls.{state}"), Number { value, denominator, formula: OF_THE_OWED, small: false })
    };
    let values = [counted.owed, counted.in_time, counted.late, counted.missed(), counted.beside];
    Ok(ROLLS.into_iter().zip(values).map(number).collect())
}

fn of(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// A figure as the report keeps it: a group of children that is too small, or whose rest is, is not written down at all.
fn counted(cx: &Cx, id: &str, figure: &Figure) -> Number {
    let def = cx.app.figure(id);
    let small = |value: i64| def.is_some_and(|def| figures::too_small_to_publish(cx, def, value));
    let formula = def.map_or(0, |def| def.formula);
    let rest = figure.denominator.map_or(0, |whole| whole - figure.value);
    if small(figure.value) || small(rest) {
        return Number { value: 0, denominator: None, formula, small: true };
    }
    Number { value: figure.value, denominator: figure.denominator, formula, small: false }
}

/// Paragraphs as keys of their sentences, with the heading that opens a section.
pub type Paragraphs = Vec<(Option<&'static str>, Vec<&'static str>)>;

/// Which sentences the numbers ask for. A report that was frozen before these parts were written has none of them.
pub fn sentences(numbers: &Numbers) -> Paragraphs {
    let has = |id: &str| numbers.figures.get(id).is_some_and(|number| number.value > 0 || number.small);
    let known = |id: &str| numbers.figures.contains_key(id);
    let mut all: Paragraphs = Vec::new();
    let mut add = |heading: &'static str, keys: Vec<&'static str>| {
        if !keys.is_empty() {
            all.push((Some(heading), keys));
        }
    };
    if known("messages.all") {
        add("report.year.duties.heading", of_duties(numbers, &has));
        let raised = if has("climbs.raised") { "report.year.ladders.raised" } else { "report.year.ladders.none" };
        add("report.year.ladders.heading", vec![raised]);
        add("report.year.messages.heading", of_messages(&has, &known));
    }
    // Of reports that were frozen when the share was one of what was called.
    let [owed, beside] = [OWED, BESIDE].map(|state| format!("rolls.{state}"));
    let rolls = if known(&owed) { "report.year.schoolday.called" } else { "report.year.schoolday.rolls" };
    let day = [
        (owed.as_str(), "report.year.schoolday.owed"),
        (beside.as_str(), "report.year.schoolday.beside"),
        ("attendance.sheets", rolls),
        ("missing.total", "report.year.schoolday.missing"),
        ("patrols.rounds", "report.year.schoolday.patrols"),
        ("talks.held", "report.year.schoolday.talks"),
    ];
    let day = day.into_iter().filter(|(id, _)| has(id)).map(|(_, key)| key);
    add("report.year.schoolday.heading", day.collect());
    all
}

fn of_duties(numbers: &Numbers, has: &impl Fn(&str) -> bool) -> Vec<&'static str> {
    const SENTENCES: [&str; 5] = [
        "report.year.duties.daily",
        "report.year.duties.weekly",
        "report.year.duties.monthly",
        "report.year.duties.termly",
        "report.year.duties.yearly",
    ];
    if !has("duties.asked") {
        return vec!["report.year.duties.none"];
    }
    let parts = RHYTHMS.iter().zip(SENTENCES).filter(|(rhythm, _)| has(&format!("duties.{rhythm}.asked")));
    // What was frozen says what its share was of.
    let done = numbers.figures.get(&format!("duties.{DONE}"));
    let whole = if done.is_some_and(|number| number.formula < SHARE_OF_OWED) {
        "report.year.duties.asked"
    } else {
        "report.year.duties.owed"
    };
    std::iter::once(whole).chain(parts.map(|(_, key)| key)).collect()
}

/// How long it took is said where something went or was answered: what was given up or withdrawn took no time at all.
fn of_messages(has: &impl Fn(&str) -> bool, known: &impl Fn(&str) -> bool) -> Vec<&'static str> {
    if !has("messages.all") {
        return vec!["report.year.messages.none"];
    }
    let mut keys = vec!["report.year.messages.all"];
    if known("messages.sent_median") && CHANNELS.iter().any(|channel| has(channel)) {
        keys.push("report.year.messages.sent");
    }
    if known("messages.answer_median") && has("messages.answered") {
        keys.push("report.year.messages.answer");
    }
    keys
}

/// A number of duties: which rhythm, which state.
pub fn duty(id: &str) -> Option<(Option<&str>, &str)> {
    let rest = id.strip_prefix("duties.")?;
    Some(rest.split_once('.').map_or((None, rest), |(rhythm, state)| (Some(rhythm), state)))
}

/// The list of the duties that a number counts.
pub fn duties_page(id: &str, frame: &Frame) -> Option<String> {
    let ((rhythm, state), (from, to)) = (duty(id)?, stretch(frame)?);
    Some(address((from, to), seen(frame, to), rhythm, state))
}

/// What the numbers that are no figures are counted in: duties, rolls, schools.
pub fn unit(id: &str) -> &'static str {
    match id.split_once('.') {
        Some(("duties", _)) => "unit.duties",
        Some(("rolls", _)) => "unit.rolls",
        _ => "unit.schools",
    }
}

/// The name of a number: those of duties bear the same one for each rhythm, and the rhythm tells them apart.
pub fn named(words: &Words, lang: Lang, id: &str, key: &str) -> String {
    let name = words.get(lang, key).to_owned();
    let Some((Some(rhythm), _)) = duty(id) else { return name };
    let rhythm = words.get(lang, &format!("duties.rhythm.{rhythm}")).to_owned();
    words.fill(lang, "reports.of_rhythm", &[("name", name), ("rhythm", rhythm)])
}

/// What a number that is no figure is called, and where its rows are, if they are records: a roll that nobody called is none. The list of the rolls holds
/// all that were called, so it is not that of a number from which some were left out.
pub fn own(id: &str, numbers: &Numbers, frame: &Frame) -> Option<(String, Option<String>)> {
    if let Some((_, state)) = duty(id) {
        return Some((format!("report.duties.{state}"), duties_page(id, frame)));
    }
    let state = id.strip_prefix("rolls.").filter(|state| ROLLS.contains(state))?;
    let late = match state {
        "in_time" => Some(false),
        "late" => Some(true),
        _ => None,
    };
    let late = late.filter(|_| numbers.value(&format!("rolls.{BESIDE}")) == 0);
    let rows = late.zip(stretch(frame)).map(|(late, (from, to))| rolls::called(from, to, late));
    Some((format!("report.rolls.{state}"), rows.map(|rows| figures::address(&SHEET, &rows))))
}
