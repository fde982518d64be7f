//! A norm in words: its figure, whom it is for, how certain it is.

use chrono::NaiveDate;
use engine::Cx;
use engine::view::Tone;
use kit::Row;
use kit::norms::{Figure, Norm, Stricter};

use super::pages::chinese;
use super::record::NORM_DECISION;

/// What it is about, in the reader's language.
pub fn about(cx: &Cx, norm: &Norm) -> String {
    if chinese(cx) { norm.about.clone() } else { norm.en.clone() }
}

/// What a decision is called: like the norm that it is about. One that stands in no file any more is known by its key.
pub fn called(cx: &Cx, row: &Row) -> Option<String> {
    let norms = cx.app.norms();
    let mut abouts = norms.history(row.get(&NORM_DECISION, "key").text()?).map(|norm| about(cx, norm));
    abouts.find(|about| !about.is_empty())
}

/// The badges, in the order in which they are explained.
pub const CODES: &[&str] = &["law", "known", "pending", "local", "decided", "coming"];

/// Which badge a norm bears on a day.
pub fn code_of(norm: &Norm, day: NaiveDate) -> &'static str {
    if norm.from > day {
        return "coming";
    }
    if norm.decided.is_some_and(|decided| decided.since <= day) {
        return "decided";
    }
    match norm.mark.as_str() {
        "law" => "law",
        "known" => "known",
        "local" => "local",
        _ => "pending",
    }
}

/// The colour of a badge.
pub fn tone_of(code: &str) -> Tone {
    match code {
        "coming" => Tone::Info,
        "decided" => Tone::Good,
        "pending" => Tone::Warn,
        _ => Tone::Plain,
    }
}

/// The badge with its colour.
pub fn mark(cx: &Cx, norm: &Norm, day: NaiveDate) -> (String, Tone) {
    let code = code_of(norm, day);
    (cx.word(&format!("norms.mark.{code}")).to_owned(), tone_of(code))
}

/// 待核: uncertain, and confirmed by nobody yet. What the county itself proposes is its own figure, not an uncertain one.
pub fn pending(norm: &Norm, day: NaiveDate) -> bool {
    norm.mark == "unsure" && norm.unconfirmed(day)
}

fn code(cx: &Cx, code: &str) -> String {
    cx.word(&format!("norms.code.{code}")).to_owned()
}

/// The figure with its unit; of a table, how many lines it has.
pub fn figure(cx: &Cx, norm: &Norm) -> String {
    let unit = |value: String| {
        let key = format!("norms.unit.{}", norm.unit);
        cx.app.words.fill(cx.lang, &key, &[("n", value)])
    };
    let separator = if chinese(cx) { "、" } else { ", " };
    match &norm.figure {
        Figure::Number(number) => unit(number.to_string()),
        Figure::Choice { code: chosen, .. } => code(cx, chosen),
        Figure::List(items) if chinese(cx) => items.join(separator),
        Figure::List(items) => cx.app.words.fill(cx.lang, "norms.items", &[("n", items.len().to_string())]),
        Figure::Day(month, day) => format!("{month:02}-{day:02}"),
        Figure::Time(time) => time.format("%H:%M").to_string(),
        Figure::Bands(bands) => lines(cx, bands.len()),
        Figure::Scores(scores) => lines(cx, scores.len()),
        Figure::Matrix(rows) => lines(cx, rows.len()),
        Figure::Weights { rows, .. } => lines(cx, rows.len()),
        Figure::Steps(steps) => lines(cx, steps.len()),
    }
}

/// The figure as a list shows it: of things that are named one by one, how many they are; the table beneath names them.
pub fn short(cx: &Cx, norm: &Norm) -> String {
    match &norm.figure {
        Figure::List(items) => cx.app.words.fill(cx.lang, "norms.items", &[("n", items.len().to_string())]),
        _ => figure(cx, norm),
    }
}

fn lines(cx: &Cx, count: usize) -> String {
    cx.app.words.fill(cx.lang, "norms.lines", &[("n", count.to_string())])
}

/// The lines of a table, each as its cells.
pub fn table(cx: &Cx, norm: &Norm) -> Vec<Vec<String>> {
    let text = |zh: &str, en: &str| if chinese(cx) { zh.to_owned() } else { en.to_owned() };
    match &norm.figure {
        Figure::Bands(bands) => bands
            .iter()
            .map(|band| {
                let to = band.to.map(|to| to.to_string()).unwrap_or_default();
                vec![format!("{} – {to}", band.from), code(cx, &band.code)]
            })
            .collect(),
        Figure::Scores(scores) => {
            scores.iter().map(|score| vec![score.value.to_string(), text(&score.text, &score.en)]).collect()
        }
        Figure::Matrix(rows) => rows.iter().map(|row| row.iter().map(|one| code(cx, one)).collect()).collect(),
        Figure::Weights { rows, .. } => rows
            .iter()
            .map(|row| {
                let items: Vec<_> = row.items.iter().map(ToString::to_string).collect();
                vec![row.code.clone(), text(&row.text, &row.en), row.weight.to_string(), items.join(" + ")]
            })
            .collect(),
        Figure::Steps(steps) => steps
            .iter()
            .map(|step| {
                let to = step.to.map(|to| to.to_string()).unwrap_or_default();
                let more = step.per.map(|per| format!("+{} / {per}", step.more)).unwrap_or_default();
                vec![format!("{} – {to}", step.from), step.count.to_string(), more]
            })
            .collect(),
        Figure::List(items) if chinese(cx) => items.iter().map(|item| vec![item.clone()]).collect(),
        _ => Vec::new(),
    }
}

/// Whom it is for.
pub fn applies(cx: &Cx, norm: &Norm) -> String {
    let applies = &norm.applies;
    let mut parts: Vec<String> = Vec::new();
    parts.extend(applies.units.iter().map(|unit| cx.word(&format!("norms.for.{unit}")).to_owned()));
    parts.extend(applies.stages.iter().map(|stage| cx.word(&format!("school.kind.{stage}")).to_owned()));
    parts.extend(
        applies
            .boarding
            .map(|boarding| cx.word(if boarding { "norms.for.boarding" } else { "norms.for.day" }).to_owned()),
    );
    let size = |key: &str, count: u32| cx.app.words.fill(cx.lang, key, &[("n", count.to_string())]);
    parts.extend(applies.size_from.map(|from| size("norms.for.size_from", from)));
    parts.extend(applies.size_to.map(|to| size("norms.for.size_to", to)));
    parts.extend(applies.features.iter().map(|one| cx.word(&format!("norms.for.{one}")).to_owned()));
    if parts.is_empty() {
        return cx.word("norms.for.all").to_owned();
    }
    parts.join(if chinese(cx) { "、" } else { ", " })
}

/// What else is to be known.
pub fn notes(cx: &Cx, norm: &Norm, day: NaiveDate) -> Vec<String> {
    let mut notes = Vec::new();
    let mut say = |key: &str| notes.push(cx.word(key).to_owned());
    if norm.from > day {
        say("norms.note.coming");
    }
    if pending(norm, day) {
        say("norms.note.pending");
    } else if norm.unconfirmed(day) {
        say("norms.note.local");
    }
    if norm.fixed {
        say("norms.note.fixed");
    }
    match norm.stricter {
        Some(Stricter::Min) => say("norms.note.min"),
        Some(Stricter::Max) => say("norms.note.max"),
        None => {}
    }
    notes
}
