//! An attachment's row: made, removed, read, and what a rule may know of it.

use std::sync::Arc;

use kit::{Author, Cell, Change, Noun, Piece, Row, Scope, dates};
use store::{Store, StoreError};
use uuid::Uuid;

use super::ATTACHMENT;
use super::take::{About, Taken};

/// The row of a file that was taken in, to be committed together with whatever else changes.
pub fn attached(store: &Store, author: Author, noun: &Noun, record: Uuid, taken: &Taken, role: &str) -> Change {
    let id = store.new_id(author.at);
    let row = row(id, author, noun, record, (&taken.name, taken.media, &taken.about), role);
    let row = match taken.alike {
        Some((alike, distance)) => {
            row.with(&ATTACHMENT, "alike", Cell::Id(alike)).with(&ATTACHMENT, "distance", Cell::Int(distance.into()))
        }
        None => row,
    };
    Change::create(&ATTACHMENT, "create", row)
}

/// The same as data, for those who bring their own id.
pub fn row(
    id: Uuid,
    author: Author,
    noun: &Noun,
    record: Uuid,
    (name, media, about): (&str, &str, &About),
    role: &str,
) -> Row {
    let text = |text: &str| Cell::Text(text.to_owned());
    let int = |value: Option<i64>| value.map_or(Cell::Null, Cell::Int);
    let bands = about.look.map(|look| look.bands());
    let band = |at: usize| int(bands.map(|bands| bands[at]));
    let (lat, lon) = about.position.map_or((Cell::Null, Cell::Null), |(lat, lon)| (Cell::Real(lat), Cell::Real(lon)));
    let cells = [
        ("name", text(name)),
        ("noun", text(noun.name)),
        ("record", Cell::Id(record)),
        ("role", text(role)),
        ("media", text(media)),
        ("size", Cell::Int(i64::try_from(about.size).unwrap_or(i64::MAX))),
        ("sha256", text(&about.sha256)),
        ("original", text(&about.original)),
        ("look", about.look.map_or(Cell::Null, |look| Cell::Text(look.to_string()))),
        ("look_a", band(0)),
        ("look_b", band(1)),
        ("look_c", band(2)),
        ("look_d", band(3)),
        ("width", int(about.width.map(i64::from))),
        ("height", int(about.height.map(i64::from))),
        ("taken_at", int(about.taken_at)),
        ("stated", Cell::Bool(about.stated)),
        ("place", about.place.as_deref().map_or(Cell::Null, text)),
        ("lat", lat),
        ("lon", lon),
        ("uploaded_by", author.actor.map_or(Cell::Null, Cell::Id)),
        ("uploaded_at", Cell::Int(author.at)),
    ];
    cells.into_iter().fold(Row::blank(&ATTACHMENT, id), |row, (field, cell)| row.with(&ATTACHMENT, field, cell))
}

/// Taking one away: the row stays with its hash and the reason.
pub fn removed(before: Row, author: Author, reason: &str) -> Change {
    let after = before
        .clone()
        .with(&ATTACHMENT, "removed_by", author.actor.map_or(Cell::Null, Cell::Id))
        .with(&ATTACHMENT, "removed_at", Cell::Int(author.at))
        .with(&ATTACHMENT, "removed_reason", Cell::Text(reason.to_owned()));
    Change::update(&ATTACHMENT, "remove", before, after)
}

/// Whether it is still there.
pub fn is_live(row: &Row) -> bool {
    row.get(&ATTACHMENT, "removed_at").is_null()
}

/// Everything that was ever attached to a record, in the order in which it came. Who may see the record may see these: the
/// caller has found the record in its reader's scope.
pub async fn of(store: &Store, noun: &Noun, record: Uuid) -> Result<Vec<Row>, StoreError> {
    let mut rows = store.find_by(&ATTACHMENT, "record", &[Cell::Id(record)], &Scope::county()).await?;
    rows.retain(|row| row.get(&ATTACHMENT, "noun").text() == Some(noun.name));
    rows.sort_by_key(|row| (row.get(&ATTACHMENT, "uploaded_at").int(), row.id));
    Ok(rows)
}

/// What a rule may know of a record's attachments, with one statement.
pub async fn pieces(store: &Store, noun: &Noun, record: Uuid) -> Result<Arc<[Piece]>, StoreError> {
    let rows = of(store, noun, record).await?;
    let piece = |row: &Row| {
        let has = |field| !row.get(&ATTACHMENT, field).is_null();
        Piece {
            role: row.get(&ATTACHMENT, "role").text().unwrap_or_default().to_owned(),
            picture: row.get(&ATTACHMENT, "media").text().is_some_and(|media| media.starts_with("image/")),
            timed: has("taken_at"),
            placed: has("lat") || has("place"),
            added: dates::shanghai_date(row.get(&ATTACHMENT, "uploaded_at").int().unwrap_or_default()),
        }
    };
    Ok(rows.iter().filter(|row| is_live(row)).map(piece).collect())
}

/// What goes with an erasure (Personal Information Protection Law, art. 47): whatever was attached to the
/// records that are erased.
pub async fn erased(store: &Store, author: Author, changes: &[Change]) -> Result<Vec<Change>, StoreError> {
    if changes.iter().all(|change| change.forget.is_none()) {
        return Ok(Vec::new());
    }
    // Those whose records are sealed under the same key go in the same breath: a pupil's guardians.
    let persons: Vec<_> = changes.iter().map(|change| Cell::Id(change.after.id)).collect();
    let rows = store.find_by(&ATTACHMENT, "record", &persons, &Scope::county()).await?;
    Ok(rows.into_iter().filter(is_live).map(|row| removed(row, author, "erasure")).collect())
}
