//! A deadline with the calendar beside it: how it was counted, so that whoever is bound by it can count again.

use chrono::{Datelike, NaiveDate};
use kit::Row;
use kit::calendar::DayKind;

use crate::app::Cx;
use crate::area::Kind;

/// The note beside a date field: for the deadline of a case, its working days and the days that do not count
/// (民法典, arts. 200–204); nothing for any other field.
pub fn note(cx: &Cx, kind: &Kind, row: &Row, field: &str) -> String {
    let Some((due, since)) = kind.deadline.filter(|(due, _)| *due == field) else { return String::new() };
    let (Some(due), Some(since)) = (row.get(kind.noun, due).date(), row.get(kind.noun, since).date()) else {
        return String::new();
    };
    if due < since {
        return String::new();
    }
    let calendar = &cx.app.calendar();
    let workdays = calendar.workdays_between(since, due);
    let skipped: Vec<_> =
        since.iter_days().skip(1).take_while(|day| *day <= due).filter(|day| !calendar.is_workday(*day)).collect();
    let mut text = cx.app.words.fill(
        cx.lang,
        "deadline.counted",
        &[("n", workdays.to_string()), ("day", weekday(cx, due)), ("from", since.to_string())],
    );
    if !skipped.is_empty() {
        text.push_str(&cx.app.words.fill(cx.lang, "deadline.skipped", &[("days", list(cx, &skipped))]));
    }
    if let Some(year) = calendar.unknown_years(since, due).first() {
        text.push_str(&cx.app.words.fill(cx.lang, "deadline.unknown", &[("year", year.to_string())]));
    }
    text
}

fn weekday(cx: &Cx, day: NaiveDate) -> String {
    cx.word(&format!("ui.weekday_{}", day.weekday().number_from_monday())).to_owned()
}

/// The days that were not counted, runs of them as from–to, with the holiday's name where there is one.
fn list(cx: &Cx, days: &[NaiveDate]) -> String {
    let calendar = cx.app.calendar();
    let mut runs: Vec<(NaiveDate, NaiveDate, &str)> = Vec::new();
    for day in days {
        let name = match calendar.kind(*day) {
            DayKind::Holiday(name) => name,
            _ => "",
        };
        match runs.last_mut() {
            Some((_, last, same)) if last.succ_opt() == Some(*day) && *same == name => *last = *day,
            _ => runs.push((*day, *day, name)),
        }
    }
    let short = |day: NaiveDate| day.format("%m-%d").to_string();
    let run = |(first, last, name): &(NaiveDate, NaiveDate, &str)| {
        let days = if first == last { short(*first) } else { format!("{}–{}", short(*first), short(*last)) };
        if name.is_empty() || cx.lang == kit::Lang::En { days } else { format!("{days} {name}") }
    };
    runs.iter().map(run).collect::<Vec<_>>().join(cx.word("deadline.comma"))
}
