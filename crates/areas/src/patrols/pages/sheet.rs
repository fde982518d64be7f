//! 巡查点二维码: sheets to print and to hang at the points. For those who keep the routes, not for those who walk them.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::get;
use engine::error::render;
use engine::pages::{layout, words};
use engine::save::{self, Refused};
use engine::web::{Asked, Reader};
use engine::{App, Cx};
use kit::{Cell, Query, Row};
use uuid::Uuid;

use super::answer;
use crate::patrols::record::{CODE, POINT, ROUTE, in_use};
use crate::patrols::view::{PlateView, PlatesPage};
use crate::qr;

/// As many sheets as one print can hold.
const MOST: usize = 400;

pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/patrol-routes/sheet", get(several))
        .route("/patrol-routes/{id}/sheet", get(one))
        .route("/patrol-codes/{id}/qr.svg", get(image))
}

async fn one(reader: Reader, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let made = async {
        let kind = reader.cx.app.kind_of(ROUTE.name).ok_or(Refused::Missing)?;
        let route = save::find(&reader.cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
        plates(&reader, &headers, vec![route]).await
    };
    let made = made.await;
    answer(&reader, made)
}

/// The chosen routes; without a choice, all of the reader's school.
async fn several(reader: Reader, headers: HeaderMap, asked: Asked) -> Response {
    let made = async {
        let cx = &reader.cx;
        let ids: Vec<Uuid> =
            asked.0.iter().filter(|(name, _)| name == "id").filter_map(|(_, id)| id.parse().ok()).collect();
        let routes = match (ids.is_empty(), cx.actor.scope.home) {
            (true, None) => Vec::new(),
            (true, Some(home)) => {
                cx.app.store.all(&ROUTE, &Query::new().is("school", Cell::Id(home)), cx.scope()).await?
            }
            _ => cx.app.store.find_many(&ROUTE, &ids, cx.scope()).await?.into_values().collect(),
        };
        plates(&reader, &headers, routes).await
    };
    let made = made.await;
    answer(&reader, made)
}

async fn plates(reader: &Reader, headers: &HeaderMap, routes: Vec<Row>) -> Result<Response, Refused> {
    let cx = &reader.cx;
    if !cx.may(ROUTE.name, "print") {
        return Err(Refused::Forbidden);
    }
    let routes: HashMap<Uuid, Row> =
        routes.into_iter().filter(|route| in_use(&ROUTE, route, cx.today())).map(|route| (route.id, route)).collect();
    let ids: Vec<_> = routes.keys().copied().map(Cell::Id).collect();
    let mut points = cx.app.store.find_by(&POINT, "route", &ids, cx.scope()).await?;
    points.retain(|point| in_use(&POINT, point, cx.today()));
    let order = |point: &Row| {
        let route = point.get(&POINT, "route").id().and_then(|id| routes.get(&id));
        let name = route.and_then(|route| route.get(&ROUTE, "name").text()).unwrap_or_default().to_owned();
        (name, point.get(&POINT, "route").id(), point.get(&POINT, "number").int(), point.id)
    };
    points.sort_by_key(order);
    points.truncate(MOST);
    let of: Vec<_> = points.iter().map(|point| Cell::Id(point.id)).collect();
    let codes = cx.app.store.find_by(&CODE, "point", &of, cx.scope()).await?;
    let codes: HashMap<_, _> = codes
        .iter()
        .filter(|code| code.get(&CODE, "ended_on").is_null())
        .filter_map(|code| Some((code.get(&CODE, "point").id()?, code)))
        .collect();
    let plate = |point: &Row| Some(plate(cx, headers, &order(point).0, point, codes.get(&point.id)?));
    Ok(render(&PlatesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "patrol.sheet"),
        plates: points.iter().filter_map(plate).collect(),
    }))
}

fn plate(cx: &Cx, headers: &HeaderMap, route: &str, point: &Row, code: &Row) -> PlateView {
    let school = point.get(&POINT, "school").id().map(|id| cx.app.tree().name(id).to_owned()).unwrap_or_default();
    let name = point.get(&POINT, "name").text().unwrap_or_default();
    let number = point.get(&POINT, "number").int().unwrap_or_default();
    PlateView {
        school,
        route: route.to_owned(),
        point: format!("{number} {name}"),
        image: format!("/patrol-codes/{}/qr.svg", code.id),
        alt: cx.app.words.fill(cx.lang, "patrol.sheet.alt", &[("point", name.to_owned())]),
        address: address(&cx.app, headers, code),
    }
}

fn address(app: &App, headers: &HeaderMap, code: &Row) -> String {
    format!("{}/p/{}", engine::web::site(app, headers), code.get(&CODE, "code").text().unwrap_or_default())
}

async fn image(reader: Reader, headers: HeaderMap, Path(id): Path<String>) -> Response {
    let made = async {
        let kind = reader.cx.app.kind_of(CODE.name).ok_or(Refused::Missing)?;
        let code = save::find(&reader.cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
        qr::drawn(&address(&reader.cx.app, &headers, &code))
    };
    let made = made.await;
    answer(&reader, made)
}
