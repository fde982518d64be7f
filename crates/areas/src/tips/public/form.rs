//! The page behind a code: where, three words, a photograph. Half a minute, standing.

use axum::extract::{Extension, Path};
use axum::http::StatusCode;
use axum::response::Response;
use engine::view::OptionView;
use kit::Refusal;
use uuid::Uuid;

use std::sync::Arc;

use super::typed::Typed;
use super::visitor::Visitor;
use super::{Door, Wall, wall};
use crate::tips::record::SPOTS;
use crate::tips::token;
use crate::tips::view::FormPage;

pub async fn page(visitor: Visitor, Extension(door): Extension<Arc<Door>>, Path(code): Path<String>) -> Response {
    match wall(&visitor.app, &code).await {
        Ok(Wall::School { id, code }) => {
            let page = blank(&visitor, &door, (id, &code), &Typed::default(), &[]);
            page.map_or_else(visitor.broken(), |page| visitor.page(StatusCode::OK, &page))
        }
        Ok(none) => closed(&visitor, &none),
        Err(error) => visitor.broken()(error),
    }
}

/// A code that opens nothing says which of the two it is: mistyped, or printed before it was renewed.
pub fn closed(visitor: &Visitor, wall: &Wall) -> Response {
    match wall {
        Wall::Expired => visitor.plain(StatusCode::GONE, "expired", None),
        _ => visitor.plain(StatusCode::NOT_FOUND, "unknown", None),
    }
}

/// What a form's token is for: the code that it was opened by.
pub fn purpose(code: &str) -> String {
    format!("send {code}")
}

/// The form with what was typed, and what was wrong with it. The id stays what it was, so that sending again is sending the same.
pub fn blank(
    visitor: &Visitor,
    door: &Door,
    (school, code): (Uuid, &str),
    typed: &Typed,
    faults: &[Refusal],
) -> Result<FormPage, store::StoreError> {
    let app = &visitor.app;
    let id = typed.id("id").unwrap_or_else(|| app.store.new_id(visitor.now));
    let at = |field: &str| faults.iter().find(|fault| fault.field == Some(field)).map(|fault| visitor.text(fault));
    let spot = |code: &&str| OptionView {
        value: (*code).to_owned(),
        label: visitor.word(&format!("tip.spot.{code}")),
        selected: typed.get("spot") == *code,
    };
    let school = app.tree().name(school).to_owned();
    Ok(FormPage {
        t: visitor.t(),
        frame: visitor.frame(school.clone()),
        school,
        action: visitor.href(&format!("/t/{code}")),
        id: id.to_string(),
        token: token::issue(app, &purpose(code), id, visitor.now)?,
        spots: SPOTS.iter().map(spot).collect(),
        words: typed.get("words").to_owned(),
        about_people: typed.ticked("about_people"),
        contact: typed.get("contact").to_owned(),
        photographs: app.files.is_some(),
        photo_held: door.held.has(id),
        fault: faults.iter().find(|fault| fault.field.is_none()).map(|fault| visitor.text(fault)),
        wrong: !faults.is_empty(),
        spot_fault: at("spot"),
        words_fault: at("words"),
        contact_fault: at("contact"),
        photo_fault: at("photo"),
    })
}
