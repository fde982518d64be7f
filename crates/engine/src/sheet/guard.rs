//! The formula guard and the tidying of text, each in one place.

use std::borrow::Cow;

/// What spreadsheet programs take as the beginning of a formula; the full-width forms are folded by East Asian versions.
const TRIGGERS: [char; 10] = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];

/// Whether a program might run the text: leading white space counts as nothing, because some programs drop it.
fn triggers(text: &str) -> bool {
    text.starts_with(TRIGGERS) || text.trim_start().starts_with(TRIGGERS)
}

/// Whether an apostrophe before the text is a guard: before a formula, or before digits that are to stay a text (`'000778`).
fn guarded(rest: &str) -> bool {
    let bare = rest.trim_start_matches('\'');
    triggers(bare) || bare.starts_with(|c: char| c.is_ascii_digit())
}

/// The text with a leading apostrophe when a spreadsheet program might take it for a formula.
///
/// Used for CSV **and** for .xlsx. In .xlsx a text is stored as a text and never runs, but whoever saves that workbook
/// as CSV and opens it again would run it, so both formats carry the apostrophe. Text that already looks guarded gets
/// one more, so that [`unsafe_prefix_removed`] is the exact inverse and an export can be imported unchanged.
pub fn safe(text: &str) -> Cow<'_, str> {
    let needed = triggers(text) || text.strip_prefix('\'').is_some_and(guarded);
    if needed { Cow::Owned(format!("'{text}")) } else { Cow::Borrowed(text) }
}

/// The text without the apostrophe that [`safe`] (or a person, for the same reason) put in front of it.
pub fn unsafe_prefix_removed(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if guarded(rest) => rest,
        _ => text,
    }
}

/// The text as a cell can hold it: line ends are LF, no control characters but LF and TAB, nothing XML 1.0 forbids.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    let odd = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{FFFE}' | '\u{FFFF}');
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n").replace(odd, ""))
}

/// A text as it is written: plain, trimmed and guarded.
pub(super) fn written(text: &str) -> String {
    safe(plain(text).trim()).into_owned()
}

/// A text as it is read: plain, without the guard, trimmed.
pub(super) fn tidied(text: &str) -> String {
    let text = plain(text);
    unsafe_prefix_removed(text.trim()).trim().to_owned()
}
