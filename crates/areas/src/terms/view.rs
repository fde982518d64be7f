//! The page of a school's month: plain text, laid out by the template.

use askama::Template;
use engine::view::{Layout, LinkView, OptionView, Tone, Words};

/// `/calendar`
#[derive(Template)]
#[template(path = "terms/calendar.html")]
pub struct CalendarPage {
    pub t: Words,
    pub layout: Layout,
    /// 2021年12月
    pub title: String,
    pub month: String,
    pub schools: Vec<OptionView>,
    pub before: LinkView,
    pub after: LinkView,
    /// Monday to Sunday.
    pub weekdays: Vec<String>,
    pub weeks: Vec<Vec<Option<DayView>>>,
    /// School days and working days of the month.
    pub counts: Vec<(String, String)>,
    /// What is not known about the month.
    pub warnings: Vec<String>,
    /// Terms, suspensions and special days that touch the month.
    pub events: Vec<EventView>,
    pub actions: Vec<LinkView>,
}

/// One day of the month.
pub struct DayView {
    pub number: u32,
    pub date: String,
    pub label: String,
    pub tone: Tone,
    /// Whether pupils are at school.
    pub teaches: bool,
    pub today: bool,
    /// What else is to be known: exams, boarders who stay.
    pub note: String,
}

/// A line below the month.
pub struct EventView {
    pub label: String,
    pub days: String,
    pub href: String,
}
