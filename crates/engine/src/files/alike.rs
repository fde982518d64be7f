//! The same picture again: by its bytes, or by what it looks like when it was scaled or encoded anew. Found for a person to look
//! at; nothing follows from it by itself.

use std::collections::HashMap;

use kit::{Cell, Row, Scope};
use photo::{Look, NEAR};
use store::{Store, StoreError};
use uuid::Uuid;

use super::ATTACHMENT;
use super::take::About;

const BANDS: [&str; 4] = ["look_a", "look_b", "look_c", "look_d"];

/// What one attachment is known by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    pub sha256: String,
    pub original: String,
    pub look: Option<Look>,
}

impl Known {
    pub fn of(row: &Row) -> Self {
        let text = |field| row.get(&ATTACHMENT, field).text().unwrap_or_default().to_owned();
        Self { sha256: text("sha256"), original: text("original"), look: text("look").parse().ok() }
    }

    /// In how many points two differ; `None` when they are two pictures.
    pub fn differs(&self, other: &Self) -> Option<u32> {
        if self.sha256 == other.sha256 || self.original == other.original {
            return Some(0);
        }
        Some(self.look?.distance(&other.look?)).filter(|distance| *distance <= NEAR)
    }
}

/// The picture that a new one repeats: the nearest, and among those the first.
pub async fn first(store: &Store, about: &About) -> Result<Option<(Uuid, u32)>, StoreError> {
    let known = Known { sha256: about.sha256.clone(), original: about.original.clone(), look: about.look };
    let candidates = candidates(store, std::slice::from_ref(&known)).await?;
    let near = candidates.values().filter_map(|row| Some((known.differs(&Known::of(row))?, row.id)));
    Ok(near.min().map(|(distance, id)| (id, distance)))
}

/// Every attachment of the county that could be one of these: six statements for any number.
pub async fn candidates(store: &Store, known: &[Known]) -> Result<HashMap<Uuid, Row>, StoreError> {
    let all = Scope::county();
    let texts = |of: fn(&Known) -> &String| known.iter().map(|known| Cell::Text(of(known).clone())).collect::<Vec<_>>();
    let mut found = HashMap::new();
    for (field, values) in [("sha256", texts(|known| &known.sha256)), ("original", texts(|known| &known.original))] {
        let rows = store.find_by(&ATTACHMENT, field, &values, &all).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let looks: Vec<_> = known.iter().filter_map(|known| known.look).map(|look| look.bands()).collect();
    for (at, band) in BANDS.iter().enumerate().filter(|_| !looks.is_empty()) {
        let values: Vec<_> = looks.iter().map(|bands| Cell::Int(bands[at])).collect();
        let rows = store.find_by(&ATTACHMENT, band, &values, &all).await?;
        found.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    Ok(found)
}

/// For each of a record's attachments, the others that repeat it, nearest first.
pub async fn repeated(store: &Store, rows: &[Row]) -> Result<HashMap<Uuid, Vec<(u32, Row)>>, StoreError> {
    let known: Vec<_> = rows.iter().map(Known::of).collect();
    if known.is_empty() {
        return Ok(HashMap::new());
    }
    let candidates = candidates(store, &known).await?;
    let others = |(row, known): (&Row, &Known)| {
        let mut near: Vec<_> = candidates
            .values()
            .filter(|other| other.id != row.id)
            .filter_map(|other| Some((known.differs(&Known::of(other))?, other.clone())))
            .collect();
        near.sort_by_key(|(distance, other)| (*distance, other.id));
        (row.id, near)
    };
    Ok(rows.iter().zip(&known).map(others).filter(|(_, near)| !near.is_empty()).collect())
}
