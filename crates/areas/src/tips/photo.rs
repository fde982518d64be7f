//! The photograph of a tip: the only place that knows how attachments are kept.
//!
//! It is attached to the tip and so seen by whoever sees the tip: those who triage it, and nobody else.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use engine::App;
use engine::files::{self, ATTACHMENT, Taken, Upload, Want};
use kit::{Author, Cell, Change, Refusal, Row};
use store::{Store, StoreError};
use uuid::Uuid;

use super::record::TIP;
use crate::hazards::record::HAZARD;

/// How long a photograph waits while its reporter looks at likely duplicates or mends a field, and how many wait at once.
const WAITS_MS: i64 = 30 * 60_000;
const MOST: usize = 200;

/// Photographs that were taken in before their tip was sent: nobody takes a picture twice because a word was missing.
#[derive(Default)]
pub struct Held(Mutex<HashMap<Uuid, (i64, Taken)>>);

impl Held {
    pub fn put(&self, tip: Uuid, taken: Taken, now: i64) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        held.retain(|_, (at, _)| now - *at < WAITS_MS);
        if held.len() >= MOST
            && let Some(oldest) = held.iter().min_by_key(|(_, (at, _))| *at).map(|(id, _)| *id)
        {
            held.remove(&oldest);
        }
        held.insert(tip, (now, taken));
    }

    pub fn has(&self, tip: Uuid) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&tip)
    }

    pub fn take(&self, tip: Uuid) -> Option<Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&tip).map(|(_, taken)| taken)
    }
}

/// Takes a photograph in: nothing but a picture, nothing of where it was taken, and not what the telephone called it.
pub async fn take(app: &App, upload: Upload) -> Result<Taken, Refusal> {
    let want = Want { pictures: true, place: false, nameless: true };
    files::take(app, upload, &want).await.map_err(|refusal| Refusal { field: Some("photo"), ..refusal })
}

pub fn attached(store: &Store, author: Author, tip: Uuid, taken: &Taken) -> Change {
    files::attached(store, author, &TIP, tip, taken, "other")
}

fn is_live(row: &Row) -> bool {
    row.get(&ATTACHMENT, "removed_at").is_null()
}

/// What is attached to a tip; the caller has found it in its reader's scope.
pub async fn of(store: &Store, tip: Uuid) -> Result<Vec<Row>, StoreError> {
    let mut rows = files::of(store, &TIP, tip).await?;
    rows.retain(is_live);
    Ok(rows)
}

/// The same bytes once more, as what a hazard looked like before: only where the triager saw no face and no number plate.
pub fn along(photo: &Row, hazard: Uuid, id: Uuid) -> Option<Change> {
    let mut row = photo.clone();
    (row.id, row.version) = (id, 0);
    row.set(&ATTACHMENT, "noun", Cell::Text(HAZARD.name.into()));
    row.set(&ATTACHMENT, "record", Cell::Id(hazard));
    row.set(&ATTACHMENT, "role", Cell::Text("before".into()));
    is_live(photo).then(|| Change::create(&ATTACHMENT, "create", row))
}
