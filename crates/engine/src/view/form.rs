//! Forms and the import of a workbook.

use askama::Template;

use super::{Layout, OptionView, Words};

/// How a field is asked for.
#[derive(Debug, Clone, Default)]
pub enum FieldKind {
    #[default]
    Text,
    Textarea,
    /// Bounds and step as the browser wants them, or empty.
    Number {
        min: String,
        max: String,
        step: String,
    },
    Date,
    Select(Vec<OptionView>),
    /// One of several, all in sight (up to about five).
    Radio(Vec<OptionView>),
    /// Value `1` when ticked.
    Checkbox,
    /// Several of a list; each ticked one is sent under the field's name.
    Checklist(Vec<OptionView>),
    /// Too many for a select: typed, with suggestions.
    Picker(Vec<OptionView>),
    Password,
    /// Accepted endings: `.xlsx,.csv`.
    File(String),
}

/// One field of a form, with what was typed and what was wrong with it.
#[derive(Debug, Clone, Default)]
pub struct FieldView {
    pub name: String,
    pub label: String,
    pub value: String,
    pub kind: FieldKind,
    pub hint: String,
    pub error: Option<String>,
    pub required: bool,
    /// Prefix of the element id, where one page holds several forms.
    pub prefix: String,
    /// Value of `autocomplete`, or empty.
    pub autocomplete: String,
}

impl FieldView {
    /// The element id: prefix and name.
    pub fn id(&self) -> String {
        format!("{}f-{}", self.prefix, self.name)
    }

    /// Whether the hint or the error describes the field.
    pub fn described(&self) -> bool {
        !self.hint.is_empty() || self.error.is_some()
    }

    /// The ids of what describes the field, for `aria-describedby`.
    pub fn describers(&self) -> String {
        let hint = (!self.hint.is_empty()).then(|| format!("{}-hint", self.id()));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id()));
        [error, hint].into_iter().flatten().collect::<Vec<_>>().join(" ")
    }

    /// Takes the whole width of the form.
    pub fn wide(&self) -> bool {
        matches!(self.kind, FieldKind::Textarea | FieldKind::Checklist(_) | FieldKind::Radio(_) | FieldKind::File(_))
    }
}

/// A line of the summary above a refused form.
#[derive(Debug, Clone, Default)]
pub struct ErrorLine {
    /// Element id of the field, or empty when the whole form is meant.
    pub field_id: String,
    pub text: String,
}

/// A form to make or change one record.
#[derive(Debug, Clone, Template)]
#[template(path = "form.html")]
pub struct FormPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub description: String,
    pub action: String,
    /// Fields under their headings; a heading may be empty.
    pub groups: Vec<(String, Vec<FieldView>)>,
    pub errors: Vec<ErrorLine>,
    /// Client-made id, so that sending twice makes one record.
    pub request_id: String,
    /// Version the reader has seen; empty for a new record.
    pub version: String,
    /// Word of the button, or empty for "save".
    pub submit: String,
    pub cancel: String,
    /// An enrolled telephone keeps it while there is no network.
    pub keep: bool,
    /// Photographs and a voice note may come with it.
    pub files: bool,
    /// The list to which the reader goes back, or empty.
    pub back: String,
}

/// A faulty cell of a workbook.
#[derive(Debug, Clone, Default)]
pub struct FaultView {
    /// Row in the workbook as Excel counts it, from 1.
    pub row: String,
    pub column: String,
    pub value: String,
    pub reason: String,
}

/// What an import would do; nothing has been changed yet.
#[derive(Debug, Clone, Default)]
pub struct ImportPreview {
    pub file: String,
    /// Rows read.
    pub rows: String,
    pub new: String,
    pub changed: String,
    pub unchanged: String,
    pub faulty: String,
    /// In the system and not in the file: listed, never deleted.
    pub missing: String,
    /// Which columns were not read, because nobody understands their headings, and which sheets.
    pub ignored: Vec<String>,
    /// That these are the faulty rows of a file which is not here, and nothing else of it.
    pub alone: Option<String>,
    pub has_faults: bool,
    /// The first faults; all of them are in the workbook.
    pub faults: Vec<FaultView>,
    /// All faulty rows with their reasons, as a workbook to correct and feed back.
    pub faults_href: Option<String>,
    /// List of those missing from the file.
    pub missing_href: Option<String>,
    /// Address that carries the import out; `None` while there are faults or nothing to do.
    pub confirm: Option<String>,
    /// Names the uploaded file to the confirming request.
    pub ticket: String,
    /// The first fields that would say something else.
    pub changes: Vec<ChangedView>,
    /// That there may be more of them.
    pub more: Option<String>,
}

/// A field of a record that an import would change.
#[derive(Debug, Clone, Default)]
pub struct ChangedView {
    /// Of the file.
    pub row: String,
    pub record: String,
    pub href: String,
    pub field: String,
    pub old: String,
    pub new: String,
}

/// Import of one kind of record.
#[derive(Debug, Clone, Template)]
#[template(path = "import.html")]
pub struct ImportPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub description: String,
    pub action: String,
    /// The empty workbook with headings, hints and allowed values.
    pub template: String,
    pub error: Option<String>,
    pub preview: Option<ImportPreview>,
    pub back: String,
}
