//! 删除个人信息: what erasing a pupil changes (Personal Information Protection Law, art. 47; 儿童个人信息网络保护规定, art. 20).
//!
//! The record stays, so that counts of past years stay true; what it said about the person is emptied in the row, and the
//! person's key is destroyed, which makes every sealed value of the history unreadable without touching the chain.

use std::collections::HashSet;

use engine::Cx;
use engine::files::ATTACHMENT;
use kit::{Cell, Change, Kind, Noun, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::record::{GUARDIAN, PUPIL};

/// Stands where a name stood.
const GONE: &str = "（已删除）";

/// Everything that erasing a pupil changes: himself and his guardians, and what any room wrote about him (a symptom, a guardian's reply, where
/// he was found, a note with his handover). A record that says nothing but has a picture is erased too, because its pictures go with it.
///
/// # Errors
/// Those of the store.
pub async fn whole(cx: &Cx, pupil: &Row) -> Result<Vec<Change>, StoreError> {
    let (mut guardians, mut changes) = (Vec::new(), Vec::new());
    for noun in crate::house::nouns().into_iter().filter(|noun| noun.subject == Some("pupil")) {
        let rows = cx.app.store.find_by(noun, "pupil", &[Cell::Id(pupil.id)], &Scope::county()).await?;
        if noun.name == GUARDIAN.name {
            guardians = rows;
        } else {
            changes.extend(rows.iter().map(|row| Change::update(noun, "erase", row.clone(), emptied(noun, row, GONE))));
        }
    }
    let attached = attached(cx, &changes).await?;
    changes.retain(|change| !change.is_empty() || attached.contains(&change.after.id));
    changes.extend(erase(pupil, &guardians));
    Ok(changes)
}

/// Those of the records that something was attached to.
async fn attached(cx: &Cx, changes: &[Change]) -> Result<HashSet<Uuid>, StoreError> {
    let records: Vec<_> = changes.iter().map(|change| Cell::Id(change.after.id)).collect();
    let rows = cx.app.store.find_by(&ATTACHMENT, "record", &records, &Scope::county()).await?;
    Ok(rows.iter().filter_map(|row| row.get(&ATTACHMENT, "record").id()).collect())
}

/// The changes that erase a pupil and his guardians, who are sealed under the pupil's key.
pub fn erase(pupil: &Row, guardians: &[Row]) -> Vec<Change> {
    // Numbered: one pupil's guardians are told apart by their names.
    let guardian = |(at, row): (usize, &Row)| {
        Change::update(&GUARDIAN, "erase", row.clone(), emptied(&GUARDIAN, row, &format!("{GONE}{}", at + 1)))
    };
    let mut changes: Vec<Change> = guardians.iter().enumerate().map(guardian).collect();
    changes.push(Change::update(&PUPIL, "erase", pupil.clone(), emptied(&PUPIL, pupil, GONE)).forgetting(pupil.id));
    changes
}

/// Names are replaced, indexes emptied; a sealed value that must not be empty stays as ciphertext that no key opens.
fn emptied(noun: &Noun, row: &Row, name: &str) -> Row {
    let mut after = row.clone();
    for field in noun.fields.iter().filter(|field| field.about_person()) {
        match field.sealed {
            Some(index) => {
                after.set(noun, index, Cell::Null);
                if !field.required {
                    after.set(noun, field.name, Cell::Null);
                }
            }
            // A code that nobody chose says nothing; nothing was said where nothing stands.
            None if matches!(field.kind, Kind::Choice(_)) => after.set(noun, field.name, Cell::Null),
            None if row.get(noun, field.name).is_null() => {}
            None => after.set(noun, field.name, Cell::Text(name.to_owned())),
        }
    }
    after
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_about_the_person_is_left_in_the_clear() {
        let pupil = Row::blank(&PUPIL, uuid::Uuid::nil())
            .with(&PUPIL, "name", Cell::Text("张三".into()))
            .with(&PUPIL, "number", Cell::Text("s1:abc".into()))
            .with(&PUPIL, "number_index", Cell::Text("h1:abc".into()))
            .with(&PUPIL, "id_number", Cell::Text("s1:def".into()));
        let changes = erase(&pupil, &[]);
        assert_eq!(changes.len(), 1);
        assert_eq!(changes[0].forget, Some(pupil.id));
        let after = &changes[0].after;
        assert_eq!(after.get(&PUPIL, "name"), &Cell::Text(GONE.into()));
        for field in ["number_index", "id_number", "id_number_index"] {
            assert!(after.get(&PUPIL, field).is_null(), "{field}");
        }
    }
}
