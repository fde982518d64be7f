//! The sheet for the wall: a code to scan, what it is for, and the address in letters.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use engine::error::{refused_page, render};
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::web::{Asked, Reader};
use engine::{App, Cx};
use kit::{Query, Row};
use uuid::Uuid;

use super::record::TIP_CODE;
use super::view::{SheetPage, WallView};
use crate::qr;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/tip-codes/sheet", get(several))
        .route("/tip-codes/{id}/sheet", get(one))
        .route("/tip-codes/{id}/qr.svg", get(image))
}

fn answer(reader: &Reader, made: Result<Response, Refused>) -> Response {
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

async fn found(cx: &Cx, id: &str) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(TIP_CODE.name).ok_or(Refused::Missing)?;
    save::find(cx, kind, id.parse().map_err(|_| Refused::Missing)?).await
}

async fn one(reader: Reader, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let made = found(&reader.cx, &id).await.map(|row| sheets(&reader, &headers, vec![row]));
    answer(&reader, made)
}

/// The chosen ones; without a choice, every code in use within the reader's scope.
async fn several(reader: Reader, headers: HeaderMap, asked: Asked) -> Response {
    let made = chosen(&reader, &asked).await.map(|rows| sheets(&reader, &headers, rows));
    answer(&reader, made)
}

async fn chosen(reader: &Reader, asked: &Asked) -> Result<Vec<Row>, Refused> {
    let cx = &reader.cx;
    if !cx.may(TIP_CODE.name, "read") {
        return Err(Refused::Missing);
    }
    let ids: Vec<Uuid> =
        asked.0.iter().filter(|(name, _)| name == "id").filter_map(|(_, id)| id.parse().ok()).collect();
    let mut rows = cx.app.store.all(&TIP_CODE, &Query::new().among("state", &["in_use"]), cx.scope()).await?;
    rows.retain(|row| ids.is_empty() || ids.contains(&row.id));
    Ok(rows)
}

fn sheets(reader: &Reader, headers: &HeaderMap, mut rows: Vec<Row>) -> Response {
    let cx = &reader.cx;
    let tree = cx.app.tree();
    rows.retain(|row| row.get(&TIP_CODE, "ended_on").is_null());
    let wall = |row: &Row| {
        let school = row.get(&TIP_CODE, "school").id().map(|id| tree.name(id).to_owned()).unwrap_or_default();
        WallView {
            alt: cx.app.words.fill(cx.lang, "tips.sheet.alt", &[("school", school.clone())]),
            school,
            image: format!("/tip-codes/{}/qr.svg", row.id),
            address: address(&cx.app, headers, row),
        }
    };
    let mut sheets: Vec<_> = rows.iter().map(wall).collect();
    sheets.sort_by(|left, right| left.school.cmp(&right.school));
    render(&SheetPage { t: words(&cx.app, cx.lang), layout: layout(reader, "tips.sheet"), sheets })
}

/// Where the code leads: the site as the settings name it, else as whoever prints the sheet reached it.
fn address(app: &App, headers: &HeaderMap, row: &Row) -> String {
    format!("{}/t/{}", engine::web::site(app, headers), row.get(&TIP_CODE, "code").text().unwrap_or_default())
}

async fn image(reader: Reader, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let made = match found(&reader.cx, &id).await {
        Ok(row) => qr::drawn(&address(&reader.cx.app, &headers, &row)),
        Err(refused) => Err(refused),
    };
    answer(&reader, made)
}
