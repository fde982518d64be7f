//! Pages that an area fills with its own: sheets to print, and a secret that is shown once.

use askama::Template;

use super::{Layout, LinkView, Words};

/// One sheet of paper: a letter with a table and places to sign.
#[derive(Debug, Clone, Default)]
pub struct SheetView {
    pub heading: String,
    /// The file number, or the place for it.
    pub number: String,
    /// Whom it is addressed to.
    pub to: String,
    pub before: Vec<String>,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
    pub after: Vec<String>,
    /// Lines at the end: who issues, who receives.
    pub signs: Vec<String>,
}

/// Sheets to print on A4, each on a page of its own.
#[derive(Debug, Clone, Template)]
#[template(path = "paper.html")]
pub struct PaperPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    pub sheets: Vec<SheetView>,
    /// Why there is none.
    pub empty: String,
}

/// Asks before something is made, and shows once what was made.
#[derive(Debug, Clone, Template)]
#[template(path = "once.html")]
pub struct OncePage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    /// Makes it; none once it is made or where it may not be.
    pub action: Option<LinkView>,
    /// What was made: a label and the secret.
    pub made: Option<(String, String)>,
    pub back: LinkView,
}
