//! Cells as a reader sees them: in his language, and masked where he may not see.

use kit::alert::Status;
use kit::{Cell, Field, Kind, Mask, Noun, Row, codes, dates};

use crate::app::Cx;

/// What a person calls a record; a masked title is masked here too.
pub fn title(cx: &Cx, noun: &'static Noun, row: &Row) -> String {
    if let Some(called) = cx.app.kind_of(noun.name).and_then(|kind| kind.called?(cx, row)) {
        return called;
    }
    let parts = noun.title.iter().filter_map(|name| {
        let field = noun.field(name)?;
        let text = match row.get(noun, field.name) {
            // A unit or school by its name, which costs nothing.
            Cell::Id(place) => cx.app.tree().name(*place).to_owned(),
            _ => told(cx, noun, field, row),
        };
        (!text.is_empty()).then_some(text)
    });
    parts.collect::<Vec<_>>().join(" ")
}

/// What a record says in a field: as [`plain`], and a code that is read in words with the numbers that the record knows.
pub fn told(cx: &Cx, noun: &Noun, field: &Field, row: &Row) -> String {
    match row.get(noun, field.name).text().and_then(|code| word_of(cx, field, code)) {
        Some(key) => {
            let params = row.get(noun, "params").text().unwrap_or_default();
            let said = crate::messages::text::numbers(&cx.app.words, cx.lang, &key, params);
            // An exercise is never taken for the real thing, in a list neither.
            let status = row.get(noun, "status").text().and_then(|status| status.parse::<Status>().ok());
            match status.and_then(Status::mark).filter(|_| noun.title.contains(&field.name)) {
                Some(mark) => format!("{}{said}", cx.word(mark)),
                None => said,
            }
        }
        None => plain(cx, noun, field, row.get(noun, field.name)),
    }
}

/// The key of the words that stand for a code; `None` for what is no code, such as what a gateway answered in its own words.
fn word_of(cx: &Cx, field: &Field, code: &str) -> Option<String> {
    field.worded.map(|under| format!("{under}{code}")).filter(|key| cx.app.words.has(key))
}

/// A cell as text, except for references (their labels are read elsewhere) and sealed values (see [`masked`]).
pub fn plain(cx: &Cx, noun: &Noun, field: &Field, cell: &Cell) -> String {
    match (field.kind, cell) {
        (Kind::Choice(_), Cell::Text(code)) => cx.word(&format!("{}.{}.{code}", noun.name, field.name)).to_owned(),
        (Kind::Moment, Cell::Int(at)) => dates::shanghai_time(*at).format("%Y-%m-%d %H:%M").to_string(),
        (_, Cell::Text(text)) if field.mask.is_some() && !cx.sees(noun, field) => mask(field, text),
        (_, Cell::Text(code)) if let Some(key) = word_of(cx, field, code) => {
            crate::messages::text::blank(cx.word(&key))
        }
        (_, Cell::Text(text)) => text.clone(),
        (_, Cell::Int(fen)) if field.yuan => crate::parse::yuan(*fen),
        (_, Cell::Int(size)) if field.bytes => self::size(*size),
        (_, Cell::Int(code)) if let Some(under) = field.worded => cx.word(&format!("{under}{code}")).to_owned(),
        (_, Cell::Int(int)) => int.to_string(),
        (_, Cell::Real(real)) => real.to_string(),
        (_, Cell::Date(date)) if field.monthly => date.format("%Y-%m").to_string(),
        (_, Cell::Date(date)) => date.to_string(),
        (_, Cell::Bool(flag)) => cx.word(if *flag { "ui.yes" } else { "ui.no" }).to_owned(),
        (_, Cell::Id(id)) => id.to_string(),
        (_, Cell::Null | Cell::Secret(_)) => String::new(),
    }
}

/// How large a file is, as people read it: 1.2 MB.
pub fn size(bytes: i64) -> String {
    let kilo = (bytes + 512) / 1024;
    if kilo < 1024 { format!("{} kB", kilo.max(1)) } else { format!("{}.{} MB", kilo / 1024, kilo % 1024 * 10 / 1024) }
}

/// A clear value as those see it who may not see it.
pub fn mask(field: &Field, clear: &str) -> String {
    match field.mask {
        Some(Mask::Name) => codes::mask_name(clear),
        Some(Mask::Number) => codes::mask_id(clear),
        Some(Mask::Phone) => codes::mask_phone(clear),
        Some(Mask::Whole) => "***".to_owned(),
        None => clear.to_owned(),
    }
}

/// The masked text of a sealed field for each row: opened in memory, masked, never handed out whole. Where the key is away
/// or erased it says so.
pub async fn masked(
    cx: &Cx,
    noun: &'static Noun,
    field: &Field,
    rows: &[Row],
) -> Result<Vec<String>, store::StoreError> {
    Ok(veiled(cx, noun, field, rows, cx.app.store.reveal(noun, field.name, rows).await?))
}

/// What [`masked`] says of these rows, whose clear texts somebody has read.
pub fn veiled(cx: &Cx, noun: &Noun, field: &Field, rows: &[Row], clear: Vec<Option<String>>) -> Vec<String> {
    let text = |(clear, row): (Option<String>, &Row)| match clear {
        Some(clear) => mask(field, &clear),
        None if row.get(noun, field.name).is_null() => String::new(),
        None => cx.word("ui.sealed").to_owned(),
    };
    clear.into_iter().zip(rows).map(text).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn how_large_a_file_is_can_be_read() {
        for (bytes, text) in [
            (0, "1 kB"),
            (1024, "1 kB"),
            (58_900, "58 kB"),
            (1_048_063, "1023 kB"),
            (1_048_064, "1.0 MB"),
            (20 * 1024 * 1024, "20.0 MB"),
        ] {
            assert_eq!(super::size(bytes), text);
        }
    }
}
