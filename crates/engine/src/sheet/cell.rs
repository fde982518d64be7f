//! Values of a cell as text.

use calamine::{Data, DataRef, ExcelDateTime, XlsxFormulaMetadata};
use chrono::{NaiveDate, NaiveDateTime, TimeDelta, Timelike};

use super::guard::tidied;
use super::table::Mark;

/// From here on Excel has dropped digits: it keeps 15 significant ones.
const FIFTEEN_DIGITS: f64 = 1e15;
/// 10000-01-01 as a day of the 1900 calendar: Excel has no date with that serial number or a later one.
const AFTER_LAST_DAY: f64 = 2_958_466.0;

/// The error value of what is not there.
pub(super) const NOT_AVAILABLE: &str = "#N/A";
/// Error values as they stand in text: in CSV, and where a program copied values without their formulas.
const ERRORS: [&str; 9] =
    [NOT_AVAILABLE, "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#DATA!", "#GETTING_DATA"];

/// The text of a value and what has to be said about it.
pub(super) fn text(value: &DataRef<'_>) -> (String, Mark) {
    match value {
        DataRef::Empty => (String::new(), Mark::None),
        DataRef::String(s) => string(s),
        DataRef::SharedString(s) => string(s),
        DataRef::Int(i) => (i.to_string(), Mark::None),
        DataRef::Float(f) => number(*f),
        DataRef::Bool(b) => (if *b { "是" } else { "否" }.to_owned(), Mark::None),
        DataRef::DateTime(d) => moment(*d),
        DataRef::DateTimeIso(s) => (iso(s), Mark::None),
        DataRef::DurationIso(s) => (s.clone(), Mark::None),
        DataRef::Error(e) => (e.to_string(), Mark::Error),
    }
}

/// The text of a cell that may have a formula: one without a stored result shows itself. An empty text is a result like any other.
pub(super) fn solved(value: &DataRef<'_>, formula: Option<&XlsxFormulaMetadata>) -> (String, Mark) {
    match (value, formula) {
        (
            DataRef::Empty,
            Some(XlsxFormulaMetadata::Normal { formula } | XlsxFormulaMetadata::Shared { formula, .. }),
        ) => (format!("={formula}"), Mark::Unsolved),
        (DataRef::Empty, Some(_)) => unsolved(),
        (value, _) => text(value),
    }
}

/// A formula without a result that nothing else is known about.
pub(super) fn unsolved() -> (String, Mark) {
    ("=".to_owned(), Mark::Unsolved)
}

/// A whole number with as many digits as its cell shows at least.
pub(super) fn padded((text, mark): (String, Mark), width: usize) -> (String, Mark) {
    let digits = text.len() < width && !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (if digits { format!("{text:0>width$}") } else { text }, mark)
}

/// The same value in the shape of the streaming reader, so that .xls and .xlsx share [`text`].
pub(super) fn borrowed(value: &Data) -> DataRef<'_> {
    match value {
        Data::Int(i) => DataRef::Int(*i),
        Data::Float(f) => DataRef::Float(*f),
        Data::String(s) => DataRef::SharedString(s),
        Data::Bool(b) => DataRef::Bool(*b),
        Data::DateTime(d) => DataRef::DateTime(*d),
        Data::DateTimeIso(s) => DataRef::DateTimeIso(s.clone()),
        Data::DurationIso(s) => DataRef::DurationIso(s.clone()),
        Data::Error(e) => DataRef::Error(e.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// A text cell; `4.31124E+17`, as Excel writes a long number into CSV, has lost its digits, and `#N/A` is nobody's name.
pub(super) fn string(text: &str) -> (String, Mark) {
    let text = tidied(text);
    let mark = match &text {
        text if scientific(text) => Mark::Lossy,
        text if ERRORS.iter().any(|error| error.eq_ignore_ascii_case(text)) => Mark::Error,
        _ => Mark::None,
    };
    (text, mark)
}

/// A number whose last digits are lost, so that whoever reads it again sees that they are: `4.31124E+17`.
pub(super) fn lossy(text: &str) -> String {
    if scientific(text) {
        return text.to_owned();
    }
    let number: f64 = text.trim_start_matches('-').parse().unwrap_or_default();
    let short = format!("{:.5E}", number.clamp(FIFTEEN_DIGITS, f64::MAX));
    short.replace('E', "E+")
}

/// Whether the text is a number with a positive exponent of two digits or more, as Excel shows long numbers.
fn scientific(text: &str) -> bool {
    let Some((digits, exponent)) = text.split_once(['E', 'e']) else {
        return false;
    };
    let Some(exponent) = exponent.strip_prefix('+') else {
        return false;
    };
    exponent.len() >= 2
        && exponent.bytes().all(|b| b.is_ascii_digit())
        && digits.starts_with(|c: char| c.is_ascii_digit())
        && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}

/// A number as Excel would show it: whole numbers without a point, otherwise 15 significant digits.
fn number(value: f64) -> (String, Mark) {
    if value.abs() >= FIFTEEN_DIGITS {
        return (format!("{value}"), Mark::Lossy);
    }
    // The detour removes the binary noise of a formula (0.1 + 0.2), exactly as Excel's own display does.
    let rounded = format!("{value:.14e}").parse().unwrap_or(value);
    (format!("{}", if rounded == 0.0 { 0.0 } else { rounded }), Mark::None)
}

/// A date, a date with time, a time of day or a length of time, by ISO 8601 (GB/T 7408).
fn moment(value: ExcelDateTime) -> (String, Mark) {
    let serial = value.as_f64();
    if !(0.0..AFTER_LAST_DAY).contains(&serial) {
        // Someone typed 20210301 into a cell with a date format: it is a number, and the importer reads it as a date.
        return number(serial);
    }
    if value.is_duration() {
        let minutes = (serial * 1440.0).round();
        return (format!("{:02}:{:02}", (minutes / 60.0).floor(), minutes % 60.0), Mark::None);
    }
    let Some(at) = nearest_second(value) else {
        return number(serial);
    };
    let clock = match (at.second(), at.hour() + at.minute()) {
        (0, 0) => String::new(),
        (0, _) => at.format("%H:%M").to_string(),
        _ => at.format("%H:%M:%S").to_string(),
    };
    let text = match (serial < 1.0, clock.is_empty()) {
        (true, true) => "00:00".to_owned(),
        (true, false) => clock,
        (false, true) => at.format("%Y-%m-%d").to_string(),
        (false, false) => format!("{} {clock}", at.format("%Y-%m-%d")),
    };
    (text, Mark::None)
}

/// The moment rounded to the second; the fraction of a day that Excel stores is rarely exact.
fn nearest_second(value: ExcelDateTime) -> Option<NaiveDateTime> {
    let (year, month, day, hour, minute, second, milli) = value.to_ymd_hms_milli();
    let date = NaiveDate::from_ymd_opt(year.into(), month.into(), day.into())?;
    let at = date.and_hms_opt(hour.into(), minute.into(), second.into())?;
    Some(at + TimeDelta::seconds(i64::from(milli >= 500)))
}

/// A date cell of a strict workbook (`2021-03-01T00:00:00`) in the form of [`moment`].
fn iso(text: &str) -> String {
    let text = tidied(text);
    text.strip_suffix("T00:00:00").map_or_else(|| text.replacen('T', " ", 1), str::to_owned)
}
