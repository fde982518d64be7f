//! Tips by strangers, through the real router on both databases: sent, followed, triaged, reopened; and what must not happen.

mod life;
mod sending;

use areas::tips::record::{TIP, TIP_CODE};
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use kit::query::Query;
use kit::{Cell, Row, Scope};
use serde_json::{Value, json};

use crate::county::County;

/// Somebody with a telephone, whom nobody knows.
pub struct Stranger<'a> {
    county: &'a County,
    cookie: String,
}

impl<'a> Stranger<'a> {
    pub fn new(county: &'a County) -> Self {
        let (secret, _) = engine::auth::new_secret();
        Self { county, cookie: format!("tip={secret}") }
    }

    pub async fn ask(&self, request: axum::http::request::Builder, body: Body) -> (StatusCode, HeaderMap, String) {
        let request =
            request.header("cookie", &self.cookie).header("accept-language", "zh-CN").header("host", "anxiao.example");
        let (status, headers, bytes) = self.county.send(request.body(body).unwrap()).await;
        (status, headers, String::from_utf8_lossy(&bytes).into_owned())
    }

    pub async fn get(&self, path: &str) -> (StatusCode, String) {
        let (status, _, text) = self.ask(Request::get(path), Body::empty()).await;
        (status, text)
    }

    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let request = Request::post(path).header("content-type", format!("multipart/form-data; boundary={EDGE}"));
        self.ask(request, Body::from(multipart(fields))).await
    }

    /// Opens the form behind a code and sends it with the proof that stands in it.
    async fn send(&self, code: &str, fields: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let (status, page) = self.get(&format!("/t/{code}")).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        let (id, token) = (hidden(&page, "id"), hidden(&page, "token"));
        let mut all = vec![("id", id.as_str()), ("token", token.as_str())];
        all.extend(fields);
        self.post(&format!("/t/{code}"), &all).await
    }

    /// Sends what must be received, and answers with its follow code.
    async fn received(&self, code: &str, fields: &[(&str, &str)]) -> String {
        let (status, headers, page) = self.send(code, fields).await;
        assert_eq!(status, StatusCode::SEE_OTHER, "{page}");
        followed(&headers)
    }
}

pub const EDGE: &str = "edge-of-a-part";

fn multipart(fields: &[(&str, &str)]) -> String {
    let part = |(name, value): &(&str, &str)| {
        format!("--{EDGE}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    fields.iter().map(part).collect::<String>() + &format!("--{EDGE}--\r\n")
}

pub fn hidden(page: &str, name: &str) -> String {
    let start = format!("name=\"{name}\" value=\"");
    page.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default().to_owned()
}

fn followed(headers: &HeaderMap) -> String {
    let to = headers["location"].to_str().unwrap();
    to.strip_prefix("/t/follow/").unwrap().split('?').next().unwrap().to_owned()
}

/// The code on the wall of the sample accounts' school.
pub async fn wall(county: &County, state: &str) -> Row {
    let school = county.cx("school").await.scope().home.unwrap();
    let query = Query::new().is("school", Cell::Id(school)).among("state", &[state]);
    county.app.store.all(&TIP_CODE, &query, &Scope::county()).await.unwrap().remove(0)
}

pub fn code_of(row: &Row) -> String {
    row.get(&TIP_CODE, "code").text().unwrap().to_owned()
}

/// The tip that was sent with these words.
pub async fn tip(county: &County, words: &str) -> Row {
    let found = county.app.store.find_by(&TIP, "words", &[Cell::Text(words.into())], &Scope::county()).await.unwrap();
    assert_eq!(found.len(), 1, "{words}");
    found.into_iter().next().unwrap()
}

pub async fn count(county: &County) -> i64 {
    county.app.store.count(&TIP, &Query::new(), &Scope::county()).await.unwrap()
}

async fn act(county: &County, login: &str, path: &str, body: Value) -> (StatusCode, Value) {
    county.post(&county.token(login).await, &format!("/api/v1/{path}"), body).await
}

async fn done(county: &County, login: &str, path: &str, body: Value) -> Value {
    let (status, answer) = act(county, login, path, body).await;
    assert_eq!(status, StatusCode::OK, "{login} {path}: {answer}");
    answer
}

/// The hazard's own life, from registered to closed.
async fn closed(county: &County, id: &str) {
    let keeper = county.cx("guard").await.actor.person().unwrap().to_string();
    done(county, "school", &format!("hazards/{id}/grade"), json!({ "grade": "general" })).await;
    done(county, "school", &format!("hazards/{id}/hand_over"), json!({ "keeper": keeper, "measures": "更换" })).await;
    done(county, "guard", &format!("hazards/{id}/sign_for"), json!({})).await;
    done(county, "guard", &format!("hazards/{id}/submit"), json!({ "statement": "已更换" })).await;
    done(county, "principal", &format!("hazards/{id}/confirm"), json!({})).await;
}

/// A small picture, as a telephone would send it.
pub const PICTURE: &[u8] = include_bytes!("../data/wall.png");

pub fn with_photo(fields: &[(&str, &str)], name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut body = multipart(fields).into_bytes();
    body.truncate(body.len() - EDGE.len() - 6);
    let head = format!(
        "--{EDGE}\r\nContent-Disposition: form-data; name=\"photo\"; filename=\"{name}\"\r\nContent-Type: image/png\r\n\r\n"
    );
    body.extend(head.into_bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{EDGE}--\r\n").into_bytes());
    body
}
