//! From numbers to a report: sentences with places in which only figures can stand.
//!
//! A place names what fills it: `{hazards.found}` a figure's value, `{pupils~}` the value as it is said (11.4万余),
//! `{hazards.found%}` its share, `{hazards.found<}` the value a year earlier, `{hazards.found+}` what became of it since;
//! `{year}`, `{before}`, `{first}`, `{last}`, `{counted}`, `{cutoff}`, `{before_cutoff}`, `{most}`, `{began}` and `{county}` are given. A clause in brackets is
//! left out where one of its places has no answer: `[，占{hazards.relapsed%}]` where nothing was closed. What went badly is said in the same form as what
//! went well: a number with the way to its rows.

use std::cmp::Ordering;

use chrono::NaiveDate;
use engine::figures;
use kit::figure::Frame;
use kit::{Lang, Words};

use super::doing::{self, Paragraphs};
use super::freeze::WITHOUT_RETURN;
use super::numbers::{Number, Numbers};

/// A piece of a sentence.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// The sentence's own words: no number stands in them.
    Text(String),
    /// The year, a day, the county's name.
    Given(String),
    /// A number, and where it comes from.
    Figure { id: String, text: String, href: String, name: String },
}

impl Part {
    pub fn text(&self) -> &str {
        match self {
            Self::Text(text) | Self::Given(text) | Self::Figure { text, .. } => text,
        }
    }
}

/// A paragraph, under a heading if it opens a section.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paragraph {
    pub heading: String,
    pub parts: Vec<Part>,
}

/// A figure beside the year before.
#[derive(Clone, Debug, PartialEq)]
pub struct Compared {
    pub label: String,
    pub href: String,
    pub now: String,
    pub before: String,
    pub change: String,
    /// A problem that grew, or shrank.
    pub worse: Option<bool>,
}

/// A report in one language.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub lang: Lang,
    pub heading: String,
    pub year: i32,
    pub cutoff: NaiveDate,
    /// `截至2021年12月20日`
    pub subtitle: String,
    pub paragraphs: Vec<Paragraph>,
    /// Headings of the comparison: figure, this year, the year before, change.
    pub columns: [String; 4],
    pub compare: Vec<Compared>,
}

/// What the table compares, and whether more of it is worse.
///
/// Not the pupils: a county that begins with this program has no record of those who left before it.
const COMPARE: &[(&str, bool)] = &[
    ("schools", false),
    ("hazards.found", false),
    ("hazards.major_found", false),
    ("hazards.closed", false),
    ("hazards.closed_late", true),
    ("hazards.open", true),
    ("hazards.overdue", true),
    ("hazards.major_open", true),
    ("hazards.relapsed", true),
    ("hazards.refused", true),
];

/// Composes the report of a year.
pub fn year(words: &Words, lang: Lang, numbers: &Numbers) -> Report {
    let pen = Pen { words, lang, numbers };
    let plain = |key: &str| pen.parts(key).iter().map(Part::text).collect::<String>();
    let compared = COMPARE.iter().filter(|_| !numbers.nothing());
    Report {
        lang,
        heading: plain("report.year.heading"),
        year: numbers.year,
        cutoff: numbers.cutoff,
        subtitle: plain("report.year.subtitle"),
        paragraphs: sentences(numbers).into_iter().map(|(heading, keys)| pen.paragraph(heading, &keys)).collect(),
        columns: [
            "report.year.column.figure",
            "report.year.column.now",
            "report.year.column.before",
            "report.year.column.change",
        ]
        .map(plain),
        compare: compared.map(|(id, problem)| pen.compared(id, *problem)).collect(),
    }
}

/// Which sentences the numbers ask for, paragraph by paragraph.
fn sentences(numbers: &Numbers) -> Paragraphs {
    if numbers.nothing() {
        return vec![(None, vec!["report.year.opening_unwritten"]), (None, vec!["report.year.nothing"])];
    }
    let complete = numbers.returns.as_ref().is_some_and(|returns| returns.missing == 0);
    let mut found = match (numbers.value("hazards.found"), complete) {
        (0, true) => vec!["report.year.hazards.none_confirmed"],
        (0, false) => vec!["report.year.hazards.none_reported"],
        _ => vec!["report.year.hazards.found", "report.year.hazards.closed"],
    };
    if numbers.value("hazards.due") > 0 {
        found.push("report.year.hazards.due");
    }
    let returns = match &numbers.returns {
        None => "report.year.returns.not_due",
        Some(returns) if returns.missing > 0 => "report.year.returns.missing",
        Some(_) => "report.year.returns.complete",
    };
    // What came back and is still open was not among the numbers of the first reports.
    let problems = if numbers.figures.contains_key("hazards.reopened") {
        "report.year.hazards.problems"
    } else {
        "report.year.hazards.problems_closed"
    };
    let compared = if kept_before(numbers) { "report.year.compared" } else { "report.year.not_compared" };
    let mut all = vec![
        (None, vec![if numbers.unwritten() { "report.year.opening_unwritten" } else { "report.year.opening" }]),
        (Some("report.year.hazards.heading"), found),
        (None, vec![problems]),
        (None, vec![returns]),
        (None, vec![compared]),
    ];
    all.extend(doing::sentences(numbers));
    all
}

/// A year without hazards and without confirmed returns is not a year of nought: nobody kept the books. Returns that the program made and nobody
/// confirmed say nothing.
fn kept_before(numbers: &Numbers) -> bool {
    numbers.value_before("hazards.found") > 0 || numbers.value_before("returns.confirmed") > 0
}

struct Pen<'a> {
    words: &'a Words,
    lang: Lang,
    numbers: &'a Numbers,
}

impl Pen<'_> {
    fn paragraph(&self, heading: Option<&str>, keys: &[&str]) -> Paragraph {
        let heading = heading.map_or_else(String::new, |key| self.words.get(self.lang, key).to_owned());
        let mut parts = Vec::new();
        for (at, key) in keys.iter().enumerate() {
            if at > 0 && self.lang == Lang::En {
                parts.push(Part::Text(" ".to_owned()));
            }
            parts.extend(self.parts(key));
        }
        Paragraph { heading, parts }
    }

    /// The sentence of a key, its places filled.
    fn parts(&self, key: &str) -> Vec<Part> {
        clauses(self.words.get(self.lang, key), &|place| match place.strip_suffix('+') {
            Some(id) => Some(self.became(id)),
            None => self.place(place).map(|part| vec![part]),
        })
    }

    /// What became of a number since the year before, in words. Of a few, a percentage says nothing.
    fn became(&self, id: &str) -> Vec<Part> {
        let (now, then) = (self.numbers.value(id), self.numbers.value_before(id));
        let key = match now.cmp(&then) {
            Ordering::Greater => "report.year.change.grew",
            Ordering::Less => "report.year.change.fell",
            Ordering::Equal => "report.year.change.level",
        };
        let difference = (now - then).abs();
        let rate = Number { value: difference, denominator: Some(then), formula: 0, small: false }.share();
        let said = |text: String| self.linked(id, text, &self.numbers.frame());
        let part = |place: &str| match place {
            "then" => self.figure(&format!("{id}<")),
            "now" => self.figure(id),
            "by" => Some(said(self.hazards(difference))),
            "rate" => rate.filter(|_| then >= figures::SMALL).map(|rate| said(figures::percent(rate))),
            _ => None,
        };
        clauses(self.words.get(self.lang, key), &|place| part(place).map(|part| vec![part]))
    }

    /// With its unit, because it is not what stands on the page that it opens.
    fn hazards(&self, count: i64) -> String {
        let n = figures::number(self.lang, count);
        let unit = self.words.fill(self.lang, "unit.hazards", &[("n", n.clone())]);
        self.words.fill(self.lang, "reports.with_unit", &[("n", n), ("unit", unit)])
    }

    fn place(&self, place: &str) -> Option<Part> {
        let numbers = self.numbers;
        Some(match place {
            "year" => Part::Given(numbers.year.to_string()),
            "before" => Part::Given((numbers.year - 1).to_string()),
            "cutoff" => Part::Given(self.day(numbers.cutoff)),
            "first" => Part::Given(self.day(numbers.frame().first())),
            "last" => Part::Given(self.day(numbers.frame().last())),
            "counted" => {
                Part::Given(self.day(doing::stretch(&numbers.frame()).map_or(numbers.cutoff, |(_, last)| last)))
            }
            // What a percentile of the messages is of: 九成.
            "most" => Part::Given("90%".to_owned()),
            "before_cutoff" => Part::Given(self.day(numbers.before_cutoff)),
            "county" => Part::Given(numbers.county.clone()),
            "began" => Part::Given(numbers.began.map_or_else(String::new, |began| self.day(began))),
            "coverage.all" => self.returns(|returns| returns.all, "schools"),
            "coverage.missing" => self.returns(|returns| returns.missing, WITHOUT_RETURN),
            _ => return self.figure(place),
        })
    }

    fn day(&self, day: NaiveDate) -> String {
        engine::days::written(self.lang, day)
    }

    fn returns(&self, count: fn(&super::numbers::Returns) -> i64, id: &str) -> Part {
        let returns = self.numbers.returns.as_ref();
        let page = if id == "schools" { id } else { "returns.confirmed" };
        let page = figures::page(page, &self.numbers.frame());
        let href = returns.filter(|_| id != "schools").and_then(|returns| returns.rows.clone()).unwrap_or(page);
        let text = figures::number(self.lang, returns.map_or(0, count));
        Part::Figure {
            id: id.to_owned(),
            text,
            href,
            name: self.words.get(self.lang, &format!("figure.{id}")).to_owned(),
        }
    }

    /// `None` for a share of nothing.
    fn figure(&self, place: &str) -> Option<Part> {
        let id = place.trim_end_matches(['~', '%', '<']);
        let how = &place[id.len()..];
        let (now, before) = (self.numbers.figures.get(id), self.numbers.before.get(id));
        let value = |number: Option<&Number>| number.map_or(0, |number| number.value);
        let text = match how {
            // A value that is not kept: too small, or the key to one that is.
            _ if now.is_some_and(|now| now.small) => format!("<{}", figures::number(self.lang, figures::SMALL)),
            "~" => said(self.words, self.lang, value(now)),
            "%" => figures::percent(now.and_then(Number::share)?),
            "<" => figures::number(self.lang, value(before)),
            _ => figures::number(self.lang, value(now)),
        };
        let frame = if how == "<" { self.numbers.frame_before() } else { self.numbers.frame() };
        Some(self.linked(id, text, &frame))
    }

    fn linked(&self, id: &str, text: String, frame: &Frame) -> Part {
        let (name, href) = match doing::own(id, self.numbers, frame) {
            Some((_, None)) => return Part::Given(text),
            Some((name, Some(href))) => (name, href),
            None => (format!("figure.{id}"), figures::page(id, frame)),
        };
        Part::Figure { id: id.to_owned(), text, href, name: doing::named(self.words, self.lang, id, &name) }
    }

    fn compared(&self, id: &str, problem: bool) -> Compared {
        let (now, before) = (self.numbers.value(id), self.numbers.value_before(id));
        // What nobody wrote down is no nought to have grown from; the schools have their own dates.
        let known = !id.starts_with("hazards.") || kept_before(self.numbers);
        let said = |text: String| if known { text } else { "—".to_owned() };
        Compared {
            label: self.words.get(self.lang, &format!("figure.{id}")).to_owned(),
            href: figures::page(id, &self.numbers.frame()),
            now: figures::number(self.lang, now),
            before: said(figures::number(self.lang, before)),
            change: said(figures::change(self.words, self.lang, now, before)),
            worse: (problem && known && now != before).then_some(now > before),
        }
    }
}

/// A sentence in parts; a clause in brackets is one only where all its places have an answer.
fn clauses(text: &str, place: &dyn Fn(&str) -> Option<Vec<Part>>) -> Vec<Part> {
    let (mut parts, mut rest) = (Vec::new(), text);
    while let Some((before, clause, after)) = cut(rest, '[', ']') {
        parts.extend(pieces(before, place).0);
        let (said, whole) = pieces(clause, place);
        if whole {
            parts.extend(said);
        }
        rest = after;
    }
    parts.extend(pieces(rest, place).0);
    parts
}

/// A text with its places filled, and whether all of them could be: a dash stands for what has no answer.
fn pieces(text: &str, place: &dyn Fn(&str) -> Option<Vec<Part>>) -> (Vec<Part>, bool) {
    let (mut parts, mut whole, mut rest) = (Vec::new(), true, text);
    let own = |text: &str| (!text.is_empty()).then(|| Part::Text(text.to_owned()));
    while let Some((before, name, after)) = cut(rest, '{', '}') {
        parts.extend(own(before));
        let filled = place(name);
        whole &= filled.is_some();
        parts.extend(filled.unwrap_or_else(|| vec![Part::Given("—".to_owned())]));
        rest = after;
    }
    parts.extend(own(rest));
    (parts, whole)
}

/// What stands before two marks, between them and after them.
fn cut(text: &str, open: char, close: char) -> Option<(&str, &str, &str)> {
    let (before, tail) = text.split_once(open)?;
    let (between, after) = tail.split_once(close)?;
    Some((before, between, after))
}

/// A large number as a Chinese report says it: 114213 → 11.4万余. Cut to one decimal, never rounded up, and 余 only where something
/// was cut off; below 万 the number itself.
pub fn said(words: &Words, lang: Lang, value: i64) -> String {
    const WAN: i64 = 10_000;
    if lang == Lang::En || value < WAN {
        return figures::number(lang, value);
    }
    let (whole, tenths) = (value / WAN, value % WAN / 1000);
    let number = if tenths == 0 { whole.to_string() } else { format!("{whole}.{tenths}") };
    let key = if value % 1000 == 0 { "report.number.wan" } else { "report.number.wan_odd" };
    words.fill(lang, key, &[("n", number)])
}
