//! What the pages of duties are made of.

use askama::Template;
use engine::view::{CellKind, Layout, LinkView, OptionView, PagerView, RowView, TapView, TileView, Words};

/// Duties of a period.
#[derive(Template)]
#[template(path = "duties/list.html")]
pub struct DutiesPage {
    pub t: Words,
    pub layout: Layout,
    pub from: String,
    pub to: String,
    pub tiles: Vec<TileView>,
    pub states: Vec<OptionView>,
    pub duties: Vec<OptionView>,
    pub subjects: Vec<OptionView>,
    pub rhythms: Vec<OptionView>,
    /// What the address asks and the form has no field for.
    pub kept: Vec<(&'static str, String)>,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    pub total: String,
    pub notes: Vec<String>,
    /// None where all fit on one page.
    pub pager: Option<PagerView>,
    pub links: Vec<LinkView>,
    pub fault: Option<String>,
}

/// One duty: what is asked, of whom, by when, and what proves it.
#[derive(Template)]
#[template(path = "duties/one.html")]
pub struct DutyPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub subject: String,
    pub state: String,
    pub tone: String,
    pub lines: Vec<(String, String)>,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    pub tap: Option<TapView>,
    pub links: Vec<LinkView>,
}

/// A day of the calendar.
pub struct DayView {
    pub number: String,
    pub label: String,
    pub href: String,
    /// Outside the month that is shown.
    pub beside: bool,
    pub today: bool,
    pub school: bool,
    pub note: String,
    pub items: Vec<DayItem>,
    pub more: usize,
}

pub struct DayItem {
    pub title: String,
    pub tone: String,
    pub href: String,
    pub state: String,
}

/// A month or a week of one's own duties.
#[derive(Template)]
#[template(path = "duties/calendar.html")]
pub struct CalendarPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub week: bool,
    pub weekdays: Vec<String>,
    pub weeks: Vec<Vec<DayView>>,
    pub before: LinkView,
    pub after: LinkView,
    pub other: LinkView,
    pub now: LinkView,
    /// The address of the feed, shown once when it was made.
    pub feed: Option<String>,
    pub has_feed: bool,
    pub request_id: String,
}

impl CalendarPage {
    /// Nothing is due in all of these days.
    pub fn bare(&self) -> bool {
        self.weeks.iter().flatten().all(|day| day.items.is_empty())
    }
}
