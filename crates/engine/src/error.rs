//! Failures as answers: a page with a way out, or JSON with a stable code.

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use kit::{Lang, Refusal};
use serde_json::{Value, json};
use store::StoreError;

use crate::app::{App, Cx};
use crate::save::Refused;
use crate::view;
use crate::web::Reader;

/// Where a failure happened: enough to show a page in the reader's language.
pub struct Where {
    layout: view::Layout,
    words: view::Words,
}

impl Where {
    pub fn of(reader: &Reader) -> Self {
        Self {
            layout: crate::pages::layout(reader, "ui.error"),
            words: crate::pages::words(&reader.cx.app, reader.cx.lang),
        }
    }
}

/// Makes answers out of failures.
pub struct Failure;

impl Failure {
    /// The program's own fault: logged whole, told in one sentence.
    pub fn broken(error: &dyn std::error::Error) -> Response {
        tracing::error!(%error, "a request failed");
        (StatusCode::INTERNAL_SERVER_ERROR, "server.broken").into_response()
    }

    /// An error page: what happened, what to do next, and a way out.
    pub fn page(place: &Where, status: StatusCode, code: &str) -> Response {
        Self::told(place, status, place.words.get(&format!("error.{code}")), String::new())
    }

    /// An error page that says this, and what else there is to say.
    fn told(place: &Where, status: StatusCode, sentence: String, detail: String) -> Response {
        let page = view::ErrorPage {
            t: place.words.clone(),
            layout: place.layout.clone(),
            code: status.as_u16(),
            sentence,
            detail,
            next: vec![view::LinkView { label: place.words.get("ui.today"), href: "/".into() }],
            request: String::new(),
        };
        (status, render(&page)).into_response()
    }

    pub fn json(app: &Arc<App>, lang: Lang, status: StatusCode, code: &'static str) -> Response {
        let message = app.text(lang, &Refusal::new(code));
        (status, Json(json!({ "error": { "code": code, "message": message } }))).into_response()
    }
}

/// A template as an answer; one that cannot be rendered is the program's fault.
pub fn render(page: &impl askama::Template) -> Response {
    match page.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => Failure::broken(&error),
    }
}

/// One refusal as JSON: code, field, sentence in the asker's language.
pub fn refusal_json(cx: &Cx, refusal: &Refusal) -> Value {
    // A name that nobody knows is no field of ours: it is told as it was sent.
    let unknown = refusal.args.iter().find(|_| refusal.code == "member.unknown").map(|(_, name)| name.as_str());
    json!({ "code": refusal.code, "field": refusal.field.or(unknown), "message": cx.app.text(cx.lang, refusal) })
}

/// The program's own failure, as it is told: nothing was saved, or nobody knows.
pub fn fault(error: &StoreError) -> (StatusCode, &'static str) {
    match error {
        StoreError::Unanswered(_) => (StatusCode::SERVICE_UNAVAILABLE, "server.busy"),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, "server.broken"),
    }
}

/// A refusal as the answer of the interface.
pub fn refused_json(cx: &Cx, refused: &Refused) -> Response {
    let simple = |status, code| Failure::json(&cx.app, cx.lang, status, code);
    match refused {
        Refused::Forbidden => simple(StatusCode::FORBIDDEN, "forbidden"),
        Refused::Missing => simple(StatusCode::NOT_FOUND, "missing"),
        Refused::Stale => simple(StatusCode::CONFLICT, "record.stale"),
        Refused::Broken(error) => {
            tracing::error!(%error, "a request failed");
            let (status, code) = fault(error);
            simple(status, code)
        }
        Refused::Faults(faults) => {
            let faults: Vec<_> = faults.iter().map(|refusal| refusal_json(cx, refusal)).collect();
            let first = faults.first().cloned().unwrap_or(Value::Null);
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                Json(json!({ "error": { "code": first["code"], "message": first["message"], "faults": faults } })),
            )
                .into_response()
        }
    }
}

/// A refusal as a page, for what no form can show at its fields.
pub fn refused_page(reader: &Reader, refused: &Refused) -> Response {
    let place = Where::of(reader);
    match refused {
        Refused::Forbidden => Failure::page(&place, StatusCode::FORBIDDEN, "forbidden"),
        Refused::Missing => Failure::page(&place, StatusCode::NOT_FOUND, "missing"),
        Refused::Stale => Failure::page(&place, StatusCode::CONFLICT, "record.stale"),
        Refused::Faults(faults) => {
            let mut sentences = faults.iter().map(|refusal| reader.cx.app.text(reader.cx.lang, refusal));
            let first = sentences.next().unwrap_or_else(|| place.words.get("error.server.broken"));
            Failure::told(&place, StatusCode::UNPROCESSABLE_ENTITY, first, sentences.collect::<Vec<_>>().join(" "))
        }
        Refused::Broken(error) => {
            tracing::error!(%error, "a request failed");
            let (status, code) = fault(error);
            Failure::page(&place, status, code)
        }
    }
}
