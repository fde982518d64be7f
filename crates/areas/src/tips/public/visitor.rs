//! Somebody whom we do not know: his language, his device, and whether the form was ours.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use engine::auth::new_secret;
use engine::error::{fault, render};
use engine::view::{LanguageView, Words};
use engine::web::{Asked, address, language, same_origin};
use engine::{App, Cx, pages};
use kit::{Lang, Refusal};
use store::StoreError;
use uuid::Uuid;

use crate::tips::view::{Frame, PlainPage};

/// The one cookie: chance, sent to these pages only, so that a device that sends too much can be told to wait.
const COOKIE: &str = "tip";
const COOKIE_SECONDS: i64 = 30 * 24 * 60 * 60;

pub struct Visitor {
    pub app: Arc<App>,
    pub lang: Lang,
    pub device: String,
    new_device: bool,
    /// For slowing down only; goes nowhere but there.
    pub address: String,
    /// Whether the request comes from a page of ours, as far as the browser says.
    pub own: bool,
    path: String,
    pub now: i64,
}

impl FromRequestParts<Arc<App>> for Visitor {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let jar = CookieJar::from_headers(&parts.headers);
        let asked = Asked::from_request_parts(parts, app).await.ok();
        let chosen = asked.as_ref().and_then(|asked| asked.get("lang")).and_then(|code| code.parse().ok());
        let known = jar.get(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|value| is_ours(value));
        Ok(Self {
            app: Arc::clone(app),
            // The language stands in the address: a choice needs no cookie.
            lang: chosen.unwrap_or_else(|| language(&parts.headers, &jar)),
            new_device: known.is_none(),
            device: known.unwrap_or_else(|| new_secret().0),
            address: address(parts.extensions.get::<ConnectInfo<SocketAddr>>()),
            own: same_origin(&parts.headers),
            path: parts.uri.path().to_owned(),
            now: app.clock.now(),
        })
    }
}

fn is_ours(value: &str) -> bool {
    value.len() == 64 && value.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Visitor {
    /// In the program's name: whoever is here is nobody to the county's records.
    pub fn cx(&self, request: Uuid) -> Cx {
        Cx { app: Arc::clone(&self.app), actor: kit::Actor::program(), lang: self.lang, now: self.now, request }
    }

    pub fn t(&self) -> Words {
        pages::words(&self.app, self.lang)
    }

    pub fn word(&self, key: &str) -> String {
        self.app.words.get(self.lang, key).to_owned()
    }

    pub fn text(&self, refusal: &Refusal) -> String {
        self.app.text(self.lang, refusal)
    }

    /// An address of these pages in the language that is being read.
    pub fn href(&self, path: &str) -> String {
        format!("{path}?lang={}", self.lang.code())
    }

    pub fn frame(&self, title: String) -> Frame {
        let outside = pages::frame(&self.app, self.lang, &self.path);
        let languages = Lang::ALL
            .iter()
            .zip(&outside.languages)
            .map(|(lang, view)| LanguageView { href: format!("{}?lang={}", self.path, lang.code()), ..view.clone() });
        Frame {
            title,
            assets: outside.assets.clone(),
            county: outside.county.clone(),
            sample: outside.sample_clock.is_some(),
            follow: self.href("/t/follow"),
            languages: languages.collect(),
        }
    }

    /// A page, kept nowhere: the telephone may be somebody else's.
    pub fn page(&self, status: StatusCode, page: &impl askama::Template) -> Response {
        self.dressed((status, render(page)).into_response())
    }

    pub fn dressed(&self, mut response: Response) -> Response {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if self.new_device {
            let secure = if self.app.secure { "; Secure" } else { "" };
            let cookie =
                format!("{COOKIE}={}; Path=/t; HttpOnly; SameSite=Lax; Max-Age={COOKIE_SECONDS}{secure}", self.device);
            if let Ok(value) = HeaderValue::from_str(&cookie) {
                response.headers_mut().append(header::SET_COOKIE, value);
            }
        }
        response
    }

    /// A page that says one thing; `code` is what was typed where a code was asked for.
    pub fn plain(&self, status: StatusCode, says: &str, code: Option<String>) -> Response {
        let heading = self.word(&format!("tips.{says}"));
        let page = PlainPage {
            t: self.t(),
            frame: self.frame(heading.clone()),
            heading,
            sentence: self.word(&format!("tips.{says}.lead")),
            code,
        };
        self.page(status, &page)
    }

    /// The program's own fault: nothing was saved, or nobody knows.
    pub fn broken(&self) -> impl Fn(StoreError) -> Response + '_ {
        |error| {
            tracing::error!(%error, "a request failed");
            let (status, _) = fault(&error);
            let says = if status == StatusCode::SERVICE_UNAVAILABLE { "busy" } else { "broken" };
            self.plain(status, says, None)
        }
    }
}
