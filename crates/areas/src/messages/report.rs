//! Status reports: a gateway says later whether a message arrived. It proves by a shared secret that it is the gateway.
//!
//! ```text
//! POST /messages/reports/sms
//! Authorization: Bearer <secret>
//! [{"id": "<the gateway's own number>", "status": "delivered" | "failed", "reason": "…"}]
//! → {"taken": 1}
//! ```

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use engine::App;
use engine::messages::settings;
use engine::web::same;
use serde::Deserialize;
use serde_json::json;

/// As many reports as one call may bring.
const MOST: usize = 1_000;

#[derive(Deserialize)]
pub struct Report {
    id: String,
    status: String,
    #[serde(default)]
    reason: String,
}

pub async fn take(
    State(app): State<Arc<App>>,
    Path(channel): Path<String>,
    headers: HeaderMap,
    body: Result<Json<Vec<Report>>, axum::extract::rejection::JsonRejection>,
) -> Response {
    if !proven(&app, &channel, &headers) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(Json(reports)) = body else { return StatusCode::UNPROCESSABLE_ENTITY.into_response() };
    if reports.len() > MOST {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    }
    let (now, mut taken) = (app.clock.now(), 0);
    for report in &reports {
        let reason: String = report.reason.chars().take(300).collect();
        let fault = match report.status.as_str() {
            "delivered" => None,
            "failed" => Some(if reason.is_empty() { "failed" } else { reason.as_str() }),
            // What is on its way is no news.
            _ => continue,
        };
        match app.store.reported(&report.id, now, fault).await {
            Ok(found) => taken += usize::from(found),
            Err(error) => {
                tracing::error!(%error, "a status report was not written");
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            }
        }
    }
    Json(json!({ "taken": taken })).into_response()
}

/// Without a secret in the settings nobody is the gateway.
fn proven(app: &App, channel: &str, headers: &HeaderMap) -> bool {
    let sms = app.outside.settings.sms.as_ref().filter(|_| channel == "sms");
    let Some(secret) = sms.and_then(|sms| settings::secret(sms.report_secret_file.as_ref()?).ok()) else {
        return false;
    };
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    same(&format!("Bearer {secret}"), given)
}
