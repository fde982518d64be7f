//! Numbers without the zeros before them. A spreadsheet program makes 123 of 000123 when it opens a text file or where the cell is a number, and nothing
//! in the file says so any more; what is known of the other records does.

use std::collections::HashMap;

use kit::{Cell, Field, Kind, Refusal};
use store::StoreError;

use super::draft::Spot;
use super::judge::Case;
use super::known::Key;
use crate::app::Cx;

/// As many zeros are thought of.
const ZEROS: usize = 9;

/// A number that is its record's whole key, in the clear, and of no fixed length: one of a fixed length is refused when it is shorter.
fn number(key: &Key) -> Option<(usize, &'static Field)> {
    let [index] = key.fields.as_slice() else { return None };
    let field = key.noun.fields.get(*index)?;
    let open = field.key && field.sealed.is_none() && field.check.is_none();
    (open && matches!(field.kind, Kind::Text { .. })).then_some((*index, field))
}

/// The same number with fewer and more zeros before it.
fn variants(text: &str) -> Vec<String> {
    let bare = text.trim_start_matches('0');
    if bare.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Vec::new();
    }
    let all = (0..=ZEROS).map(|zeros| format!("{}{bare}", "0".repeat(zeros)));
    all.filter(|other| other != text).collect()
}

/// Tells the new records whose number is that of another but for zeros before it: it would be there twice.
pub async fn told(cx: &Cx, key: &Key, cases: &mut [Case]) -> Result<(), StoreError> {
    let Some((index, field)) = number(key) else { return Ok(()) };
    let mut places: HashMap<String, Vec<usize>> = HashMap::new();
    for (place, case) in cases.iter().enumerate().filter(|(_, case)| case.before.is_none()) {
        let text = case.draft.row.cells.get(index).and_then(Cell::text).unwrap_or_default();
        for other in variants(text) {
            places.entry(other).or_default().push(place);
        }
    }
    let cells: Vec<_> = places.keys().cloned().map(Cell::Text).collect();
    for row in cx.app.store.find_by(key.noun, field.name, &cells, cx.scope()).await? {
        let other = row.get(key.noun, field.name).text().unwrap_or_default();
        for place in places.get(other).into_iter().flatten() {
            let Some(case) = cases.get_mut(*place) else { continue };
            case.draft.fault(Spot::Field(index), Refusal::at("io.zeros", field.name).with("value", other));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_has_zeros_to_lose() {
        assert_eq!(variants("0123")[..3], ["123".to_owned(), "00123".to_owned(), "000123".to_owned()]);
        assert_eq!(variants("7").len(), ZEROS);
        for text in ["", "0", "000", "DX07", "1.5", "１"] {
            assert_eq!(variants(text), Vec::<String>::new(), "{text}");
        }
    }
}
