//! What kind of day it is, said beside every day by which something must be done: whoever reads "Saturday" plans otherwise.

use chrono::{Datelike, NaiveDate};
use kit::calendar::DayKind;
use kit::dates::Period;
use kit::terms::is_school_day;
use kit::{Lang, Noun, Row};
use uuid::Uuid;

use crate::app::Cx;
use crate::view::{CellKind, CellView};

/// A short word, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayNote {
    pub word: String,
    pub title: String,
}

/// The kind of a day: of the school's own calendar where it is about a school, else of the county's.
pub fn note(cx: &Cx, day: NaiveDate, school: Option<Uuid>) -> DayNote {
    let rules = cx.app.rules();
    let key = |key: &str| DayNote {
        word: cx.word(&format!("day.{key}")).to_owned(),
        title: cx.word(&format!("day.{key}.title")).to_owned(),
    };
    let kind = rules.calendar.kind(day);
    if let DayKind::Holiday(name) = kind {
        // Its name is in the notice of the State Council, and has no other language.
        let plain = key("holiday");
        return if cx.lang == Lang::En { plain } else { DayNote { word: name.to_owned(), ..plain } };
    }
    match (kind, school.is_some_and(|school| is_school_day(&rules.calendar, &rules.terms, school, day))) {
        (DayKind::MadeUp, _) => key("made_up"),
        (_, true) => key("school"),
        (DayKind::Weekend, _) => key("weekend"),
        _ => key("workday"),
    }
}

/// A day as papers and reports write it: `2021年12月20日`.
pub fn written(lang: Lang, day: NaiveDate) -> String {
    match lang {
        Lang::En => day.to_string(),
        Lang::Zh | Lang::Tw => format!("{}年{}月{}日", day.year(), day.month(), day.day()),
    }
}

/// A period as one says it: `2021年第4季度`, where its code is `2021-Q4`.
pub fn spoken(lang: Lang, period: Period) -> String {
    match (lang, period) {
        (Lang::En, _) => period.to_string(),
        (_, Period::Day(day)) => written(lang, day),
        (_, Period::Month { year, month }) => format!("{year}年{month}月"),
        (_, Period::Quarter { year, quarter }) => format!("{year}年第{quarter}季度"),
        (_, Period::Year(year)) => format!("{year}年"),
        (Lang::Tw, Period::SchoolYear(year)) => format!("{year}–{}學年", year + 1),
        (Lang::Zh, Period::SchoolYear(year)) => format!("{year}–{}学年", year + 1),
    }
}

/// A day with its weekday: `2021-12-20 星期一`.
pub fn of_week(cx: &Cx, day: NaiveDate) -> String {
    format!("{day} {}", cx.word(&format!("ui.weekday_{}", day.weekday().number_from_monday())))
}

/// A day with its kind, for a line of text: `12-26 周末`.
pub fn beside(cx: &Cx, text: &str, day: NaiveDate, school: Option<Uuid>) -> String {
    format!("{text} {}", note(cx, day, school).word)
}

/// A day with its kind, for a table.
pub fn cell(cx: &Cx, text: String, day: NaiveDate, school: Option<Uuid>) -> CellView {
    CellView { text, kind: CellKind::Day(note(cx, day, school)) }
}

/// The school that a record is about: its own, or the reader's.
pub fn school_of(cx: &Cx, noun: &Noun, row: &Row) -> Option<Uuid> {
    row.get(noun, "school").id().or(cx.scope().home)
}
