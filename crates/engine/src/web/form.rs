//! A form as it comes: fields alone, or fields and files.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::Reader;
use crate::app::App;
use crate::device::KEPT;
use crate::files::Upload;
use crate::router::BODY;

/// What a form holds: its fields in their order, and its files, each with the name of its field.
pub(super) type Held = (Vec<(String, String)>, Vec<(String, Upload)>);

/// Reads a form. Of one with files nothing is taken before its token was seen to be right: the token stands before the files.
pub(super) async fn read(request: Request, app: &Arc<App>, reader: &Reader) -> Result<Held, Response> {
    let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if media.is_some_and(|media| media.starts_with("multipart/form-data")) {
        let parts = Multipart::from_request(request, app).await.map_err(IntoResponse::into_response)?;
        return apart(parts, reader).await;
    }
    // What holds no file is short, also where files are let in.
    let request = request.map(|body| Body::new(http_body_util::Limited::new(body, BODY)));
    let axum::Form(values) =
        axum::Form::<Vec<(String, String)>>::from_request(request, app).await.map_err(IntoResponse::into_response)?;
    Ok((values, Vec::new()))
}

async fn apart(mut parts: Multipart, reader: &Reader) -> Result<Held, Response> {
    let (mut values, mut files, mut size) = (Vec::new(), Vec::new(), 0);
    let mut ours = reader.trusts("");
    while let Some(part) = parts.next_field().await.map_err(IntoResponse::into_response)? {
        let name = part.name().unwrap_or_default().to_owned();
        let file = part.file_name().map(|name| name.chars().take(300).collect::<String>());
        let bytes = part.bytes().await.map_err(IntoResponse::into_response)?;
        size += bytes.len();
        if size > KEPT {
            return Err(StatusCode::PAYLOAD_TOO_LARGE.into_response());
        }
        match file {
            // A chooser in which nothing was chosen sends an empty part.
            Some(file) if ours && !bytes.is_empty() => {
                files.push((name, Upload { name: file, bytes: bytes.to_vec() }));
            }
            Some(_) => {}
            None => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                ours = ours || (name == "csrf" && reader.trusts(&text));
                values.push((name, text));
            }
        }
    }
    Ok((values, files))
}
