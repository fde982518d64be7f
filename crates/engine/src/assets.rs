//! Style sheet, script, icons: embedded into the binary and named by what is in them, so that a browser keeps them for good.

use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::RustEmbed;
use sha2::{Digest, Sha256};

#[derive(RustEmbed)]
#[folder = "../../web/dist"]
struct Dist;

/// A digest over all files: one changed file changes every address.
static VERSION: LazyLock<String> = LazyLock::new(|| {
    let mut names: Vec<_> = Dist::iter().collect();
    names.sort();
    let mut all = Sha256::new();
    for file in names.iter().filter_map(|name| Dist::get(name)) {
        all.update(file.metadata.sha256_hash());
    }
    hex::encode(all.finalize()).chars().take(12).collect()
});

/// Where the files lie: `/assets/<digest>/`.
pub fn base() -> String {
    format!("/assets/{}/", *VERSION)
}

/// One file. An address of another build is answered too, but not kept.
pub async fn file(Path((version, name)): Path<(String, String)>) -> Response {
    let Some(file) = Dist::get(&name) else { return StatusCode::NOT_FOUND.into_response() };
    let keep = if version == *VERSION { "public, max-age=31536000, immutable" } else { "no-cache" };
    let kind = file.metadata.mimetype().to_owned();
    let kind = if kind.starts_with("text/") { kind + "; charset=utf-8" } else { kind };
    ([(header::CONTENT_TYPE, kind), (header::CACHE_CONTROL, keep.to_owned())], file.data).into_response()
}

/// Browsers ask for it without being told to.
pub async fn icon() -> Response {
    file(Path((VERSION.clone(), "favicon.svg".to_owned()))).await
}

/// A file as text, for what has to stand at an address of its own.
pub fn text(name: &str) -> Option<String> {
    Dist::get(name).and_then(|file| String::from_utf8(file.data.into_owned()).ok())
}
