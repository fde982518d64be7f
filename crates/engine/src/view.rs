//! What a page is made of: plain text and lists, already in the reader's language and already within the
//! reader's scope. Nothing here knows a database or a rule; the templates only lay these values out.
//!
//! A page carries no inline style, script or event attribute, so the content security policy needs no
//! `unsafe-inline`; a template's own words come from [`Words`], never from the template.

mod device;
mod evidence;
mod find;
mod form;
mod life;
mod list;
mod pages;
mod paper;
mod search;
mod show;
mod together;
mod tools;

use std::fmt;
use std::sync::Arc;

pub use device::{DeviceView, DevicesPage, ShellPage};
pub use evidence::{AlikePage, AlikeView, AttachView, EvidenceView, GoneView, PieceView, SideView, TwinView};
pub use find::{FindPage, FoundView};
pub use form::{ChangedView, ErrorLine, FaultView, FieldKind, FieldView, FormPage, ImportPage, ImportPreview};
pub use life::{ArrowView, HelpPage, LifeMove, LifeState, LifeView, RoleLine, StateBox};
pub use list::{
    BulkView, CellKind, CellView, ColumnView, DateRangeView, FilterKind, FilterView, ListPage, OptionView, PagerView,
    RowView, SortView, Sorted,
};
pub use pages::{
    BoardView, CardView, CompareLine, ErrorPage, FigurePage, FindingView, ItemView, LoginPage, ParagraphView, PartView,
    PasswordPage, PastValue, ReportPage, SessionView, SessionsPage, TapView, TileView, TodayPage, VerifyPage,
};
pub use paper::{OncePage, PaperPage, SheetView};
pub use search::{SearchPage, SearchedView};
pub use show::{
    ChangeView, EventView, MoveView, PairView, PaperView, RelatedView, SectionView, ShowPage, StepView, UnmaskView,
    ValueKind,
};
pub use together::{DifferenceView, MergeLine, MergePage, Side, VersionsPage};
pub use tools::{BackView, ListTools, OwnView, ViewLink, ViewsPage};

/// The dictionary of one language, as the templates ask for it.
#[derive(Clone)]
pub struct Words {
    /// BCP 47 tag for `<html lang>`: `zh-Hans`, `zh-Hant` or `en`.
    pub lang: String,
    look_up: Arc<dyn Fn(&str) -> String + Send + Sync>,
}

impl Words {
    /// Words of `lang`, each found by `look_up` from its key (`ui.save`).
    pub fn new(lang: impl Into<String>, look_up: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        Self { lang: lang.into(), look_up: Arc::new(look_up) }
    }

    /// The word of `key`.
    pub fn get(&self, key: &str) -> String {
        (self.look_up)(key)
    }

    /// The word of `key` with `{n}` replaced by `value`.
    pub fn put(&self, key: &str, value: &str) -> String {
        kit::words::put(&self.get(key), "n", value)
    }
}

impl fmt::Debug for Words {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Words").field("lang", &self.lang).finish_non_exhaustive()
    }
}

/// The colour of a state. Colour never stands alone: the words beside it say the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tone {
    /// Nothing to see.
    #[default]
    Plain,
    /// Under way.
    Info,
    /// Done, confirmed.
    Good,
    /// Due soon, waiting.
    Warn,
    /// Late, refused, dangerous.
    Bad,
}

impl fmt::Display for Tone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Plain => "plain",
            Self::Info => "info",
            Self::Good => "good",
            Self::Warn => "warn",
            Self::Bad => "bad",
        })
    }
}

/// A word that leads somewhere.
#[derive(Debug, Clone, Default)]
pub struct LinkView {
    pub label: String,
    pub href: String,
}

/// One line of the menu.
#[derive(Debug, Clone, Default)]
pub struct NavItem {
    pub label: String,
    pub href: String,
    /// Name of a symbol in `icons.svg`.
    pub icon: String,
    pub active: bool,
    /// How much waits there, if anything does.
    pub badge: Option<String>,
}

/// A group of the menu; its label may be empty.
#[derive(Debug, Clone, Default)]
pub struct NavGroup {
    /// By which it is remembered; empty for what stands alone.
    pub name: String,
    pub label: String,
    pub items: Vec<NavItem>,
    /// It can be shut, and is if it is not open.
    pub folds: bool,
    pub open: bool,
}

/// Who is signed in.
#[derive(Debug, Clone, Default)]
pub struct UserView {
    pub name: String,
    /// The role and, where there is one, the school.
    pub role: String,
}

/// A language to switch to, written in that language itself.
#[derive(Debug, Clone, Default)]
pub struct LanguageView {
    /// BCP 47 tag.
    pub tag: String,
    pub label: String,
    pub href: String,
    pub current: bool,
}

/// What the last request has to say, once.
#[derive(Debug, Clone, Default)]
pub struct FlashView {
    pub tone: Tone,
    pub text: String,
    pub link: Option<LinkView>,
}

/// What surrounds every page.
#[derive(Debug, Clone, Default)]
pub struct Layout {
    /// Title of the page, without the product's name.
    pub title: String,
    /// Name of the county, shown beside the product's name.
    pub county: String,
    /// Clock of a sample county (`2021-12-20 08:00`); `None` in a real one.
    pub sample_clock: Option<String>,
    /// `light` or `dark` as the cookie `theme` says; `None` follows the system.
    pub theme: Option<String>,
    /// Where the built files lie, with a slash at the end: `/assets/`.
    pub assets: String,
    pub nav: Vec<NavGroup>,
    /// `None` while signed out.
    pub user: Option<UserView>,
    pub languages: Vec<LanguageView>,
    /// Token that every form sends back in the field `csrf`.
    pub csrf: String,
    /// The account that is signed in: a telephone compares it with whom it was opened for.
    pub person: Option<String>,
    /// Larger letters and targets.
    pub large: bool,
    pub flash: Vec<FlashView>,
    /// The way here, without the page itself.
    pub crumbs: Vec<LinkView>,
    /// The top line has the field of the search over everything, which takes so many characters. The page of that search has
    /// it itself.
    pub search: Option<usize>,
}

impl Layout {
    /// The first letter of the reader's name, for the round mark at the top.
    pub fn initial(&self) -> String {
        self.user.as_ref().and_then(|user| user.name.chars().next()).map(String::from).unwrap_or_default()
    }
}
