//! The pages that are not about one kind of record.

use askama::Template;

use super::{CellKind, ErrorLine, FieldKind, FieldView, Layout, LinkView, RowView, Tone, Words};

/// Sign-in; the fields are `login` and `password`.
#[derive(Debug, Clone, Template)]
#[template(path = "login.html")]
pub struct LoginPage {
    pub t: Words,
    pub layout: Layout,
    /// What was typed.
    pub login: String,
    pub error: Option<String>,
    /// Where to go afterwards.
    pub next: String,
}

/// Change of one's own password.
#[derive(Debug, Clone, Template)]
#[template(path = "password.html")]
pub struct PasswordPage {
    pub t: Words,
    pub layout: Layout,
    /// Why it must be changed now, if it must.
    pub reason: Option<String>,
    pub action: String,
    pub fields: Vec<FieldView>,
    pub errors: Vec<ErrorLine>,
    pub rules: Vec<String>,
}

/// One session of this account.
#[derive(Debug, Clone, Default)]
pub struct SessionView {
    pub id: String,
    pub device: String,
    pub address: String,
    pub since: String,
    pub last: String,
    pub current: bool,
}

/// One's own sessions, each of which can be ended.
#[derive(Debug, Clone, Template)]
#[template(path = "sessions.html")]
pub struct SessionsPage {
    pub t: Words,
    pub layout: Layout,
    pub sessions: Vec<SessionView>,
    /// Ends the session sent as `id`.
    pub end: String,
    /// Ends all but this one.
    pub end_others: String,
    /// Programs that act in the reader's name: name, since when, id.
    pub tokens: Vec<(String, String, String)>,
    /// Ends the token sent as `id`.
    pub end_token: String,
}

/// Something went wrong; says what, and what to do next.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    pub t: Words,
    pub layout: Layout,
    /// HTTP status.
    pub code: u16,
    pub sentence: String,
    pub detail: String,
    pub next: Vec<LinkView>,
    /// For those who are asked for help.
    pub request: String,
}

impl ErrorPage {
    /// What happened, and what to do about it: a heading that holds both is a paragraph in large letters.
    fn parts(&self) -> (&str, &str) {
        let cut = self.sentence.split_once('。').or_else(|| self.sentence.split_once(". "));
        cut.unwrap_or((self.sentence.trim_end_matches('.'), ""))
    }
}

/// A number at the top of the first page.
#[derive(Debug, Clone, Default)]
pub struct TileView {
    pub label: String,
    pub value: String,
    pub unit: String,
    pub note: String,
    pub href: String,
    pub tone: Tone,
}

impl TileView {
    /// Nothing waits there, and nothing is said besides.
    pub fn quiet(&self) -> bool {
        self.value == "0" && self.unit.is_empty() && self.note.is_empty()
    }
}

/// One thing to do.
#[derive(Debug, Clone, Default)]
pub struct ItemView {
    pub title: String,
    pub meta: String,
    pub href: String,
    /// Short word at the right: what is due, how late.
    pub mark: String,
    pub tone: Tone,
    /// The one touch that does it.
    pub tap: Option<TapView>,
}

/// A button that does one thing: where it is sent, and what with it.
#[derive(Debug, Clone, Default)]
pub struct TapView {
    pub label: String,
    pub action: String,
    pub request_id: String,
    pub values: Vec<(&'static str, String)>,
}

/// What a room puts on the first page: numbers at the top, and cards under them.
#[derive(Debug, Clone, Default)]
pub struct BoardView {
    pub tiles: Vec<TileView>,
    pub cards: Vec<CardView>,
    /// Buttons beside those that begin a record, with their icons: where this reader looks in the morning.
    pub links: Vec<(LinkView, String)>,
}

/// A group of things to do.
#[derive(Debug, Clone, Default)]
pub struct CardView {
    pub heading: String,
    pub icon: String,
    pub total: String,
    pub tone: Tone,
    pub items: Vec<ItemView>,
    pub more: Option<LinkView>,
    pub empty: String,
}

/// The first page: what this reader must do today.
#[derive(Debug, Clone, Template)]
#[template(path = "today.html")]
pub struct TodayPage {
    pub t: Words,
    pub layout: Layout,
    pub greeting: String,
    /// The day with its weekday, school week and kind.
    pub day: String,
    pub tiles: Vec<TileView>,
    /// Those that say that nothing waits.
    pub quiet: Vec<TileView>,
    pub cards: Vec<CardView>,
    /// What this reader does most.
    pub actions: Vec<(LinkView, String)>,
}

/// The same figure of an earlier period.
#[derive(Debug, Clone, Default)]
pub struct PastValue {
    pub period: String,
    pub value: String,
    /// Difference in words: `+12`, `−3.1 个百分点`.
    pub change: String,
    pub tone: Tone,
    pub href: String,
}

/// A figure and the rows it was computed from.
#[derive(Debug, Clone, Template)]
#[template(path = "figure.html")]
pub struct FigurePage {
    pub t: Words,
    pub layout: Layout,
    pub name: String,
    pub value: String,
    pub unit: String,
    pub definition: String,
    /// What the value is a part of, if it is a part.
    pub denominator: Option<String>,
    pub period: String,
    pub scope: String,
    /// Moment up to which events count.
    pub cut_off: String,
    pub past: Option<PastValue>,
    pub columns: Vec<String>,
    pub rows: Vec<RowView>,
    /// `共 318 条`.
    pub rows_total: String,
    /// All the rows as a list; `None` when the scope does not allow it.
    pub rows_href: Option<String>,
}

/// A piece of a sentence.
#[derive(Debug, Clone)]
pub enum PartView {
    Text(String),
    /// A number that opens its figure.
    Figure {
        text: String,
        href: String,
        name: String,
    },
}

/// A paragraph of the report, under a heading if it opens a section.
#[derive(Debug, Clone, Default)]
pub struct ParagraphView {
    pub heading: String,
    pub parts: Vec<PartView>,
}

/// A figure of this year beside the year before.
#[derive(Debug, Clone, Default)]
pub struct CompareLine {
    pub label: String,
    pub href: String,
    pub now: String,
    pub before: String,
    pub change: String,
    pub tone: Tone,
}

/// A report composed from figures.
#[derive(Debug, Clone, Template)]
#[template(path = "report.html")]
pub struct ReportPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub period: String,
    pub cut_off: String,
    pub paragraphs: Vec<ParagraphView>,
    /// Headings of the two columns: this year and the year before.
    pub years: (String, String),
    pub compare: Vec<CompareLine>,
    /// Hash of the frozen snapshot; empty while it is a draft.
    pub hash: String,
    pub frozen: String,
    /// Freezes the draft; `None` when this reader may not or it is frozen.
    pub freeze: Option<String>,
    pub downloads: Vec<LinkView>,
}

/// A place where the history does not hold.
#[derive(Debug, Clone, Default)]
pub struct FindingView {
    pub place: String,
    pub kind: String,
    pub detail: String,
}

/// The proof of the history.
#[derive(Debug, Clone, Template)]
#[template(path = "verify.html")]
pub struct VerifyPage {
    pub t: Words,
    pub layout: Layout,
    pub holds: bool,
    pub events: String,
    pub rows: String,
    pub checkpoints: String,
    pub checked: String,
    /// Hash of the last event.
    pub head: String,
    pub findings: Vec<FindingView>,
    /// Checks again.
    pub action: String,
}
