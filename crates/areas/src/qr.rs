//! Codes to print (二维码), as they are drawn.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use engine::save::Refused;
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

/// Pixels of the image; it is drawn by lines and scales to the sheet.
const SIDE: u32 = 320;

/// Black on white whatever the theme, with a quarter of it allowed to be torn off the wall (level Q).
pub fn drawn(address: &str) -> Result<Response, Refused> {
    let Ok(code) = QrCode::with_error_correction_level(address, EcLevel::Q) else { return Err(Refused::Missing) };
    let image = code.render::<svg::Color<'_>>().min_dimensions(SIDE, SIDE).quiet_zone(true).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}
