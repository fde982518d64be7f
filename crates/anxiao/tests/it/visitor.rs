//! A signed-in browser, without a browser.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};

use crate::county::County;

pub struct Visitor<'a> {
    county: &'a County,
    cookie: String,
    csrf: String,
}

/// What came back.
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }
}

impl<'a> Visitor<'a> {
    /// Signs in as an account whose password nobody needs to know here.
    pub async fn sign_in(county: &'a County, login: &str) -> Self {
        let account = county.app.account_id(login).await.unwrap().unwrap();
        let cookie = county.app.begin_session(account, "test").await.unwrap();
        let session = county.app.store.session(&engine::auth::digest(&cookie)).await.unwrap().unwrap();
        Self { county, cookie, csrf: session.csrf }
    }

    /// What proves that a form is ours.
    pub fn csrf(&self) -> &str {
        &self.csrf
    }

    /// Sends a form of any kind: its media type and its body.
    pub async fn send_form(&self, path: &str, (kind, body): (String, Vec<u8>)) -> Answer {
        self.send("POST", path, [("content-type", kind.as_str())], Body::from(body)).await
    }

    async fn send<const N: usize>(&self, method: &str, path: &str, headers: [(&str, &str); N], body: Body) -> Answer {
        let request =
            Request::builder().method(method).uri(path).header("cookie", format!("sid={}; lang=zh", self.cookie));
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let (status, headers, bytes) = self.county.send(request.body(body).unwrap()).await;
        Answer { status, headers, bytes }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, [], Body::empty()).await
    }

    /// Asks for a page as a browser that has it already, under this tag.
    pub async fn get_known(&self, path: &str, tag: &str) -> Answer {
        self.send("GET", path, [("if-none-match", tag)], Body::empty()).await
    }

    /// Sends a form with the session's own proof.
    pub async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = format!("csrf={}", self.csrf);
        for (name, value) in fields {
            form.push_str(&format!("&{name}={}", engine::web::encode(value)));
        }
        self.send("POST", path, [("content-type", "application/x-www-form-urlencoded")], Body::from(form)).await
    }

    /// Whether the session still opens anything.
    pub async fn is_in(&self) -> bool {
        self.get("/").await.status == StatusCode::OK
    }
}
