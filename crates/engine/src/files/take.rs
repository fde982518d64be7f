//! Taking a file in: what it really is, what is kept of it, where it lies, and whether it has been seen before.

use image::ImageFormat;
use kit::Refusal;
use photo::{Look, Made};
use sha2::{Digest, Sha256};
use store::StoreError;
use uuid::Uuid;

use super::vault::THUMB;
use super::{Files, Limits, Pin, alike, real};
use crate::app::App;

/// A file as it came.
pub struct Upload {
    pub name: String,
    pub bytes: Vec<u8>,
}

/// What is wanted of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Want {
    /// Nothing but pictures.
    pub pictures: bool,
    /// Moment and position are kept as values; without it nobody ever learns them.
    pub place: bool,
    /// The name is not kept: files about persons are often called after them.
    pub nameless: bool,
}

/// A file as it will be kept: everything but where.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub name: String,
    pub media: &'static str,
    pub bytes: Vec<u8>,
    pub thumb: Option<Vec<u8>>,
    pub about: About,
}

/// What is known of it.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub size: usize,
    pub sha256: String,
    /// Of the file as it came.
    pub original: String,
    pub look: Option<Look>,
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// Milliseconds since 1970, UTC.
    pub taken_at: Option<i64>,
    /// Latitude and longitude.
    pub position: Option<(f64, f64)>,
    /// Where it was taken, in words.
    pub place: Option<String>,
    /// The moment is the uploader's word, not the camera's.
    pub stated: bool,
}

/// A file that lies where it belongs and waits for its row. Commit the row ([`super::attached`]) before letting go of this.
#[derive(Debug)]
pub struct Taken {
    pub name: String,
    pub media: &'static str,
    pub about: About,
    /// The picture that it repeats, and in how many points it differs.
    pub alike: Option<(Uuid, u32)>,
    _pin: Pin,
}

impl Taken {
    /// What the uploader says of when and where; what the camera says of the moment goes before it.
    #[must_use]
    pub fn stated(mut self, at: Option<i64>, place: Option<String>) -> Self {
        if self.about.look.is_some() || self.media.starts_with("image/") {
            self.about.stated = self.about.taken_at.is_none() && at.is_some();
            self.about.taken_at = self.about.taken_at.or(at);
            self.about.place =
                place.map(|place| place.trim().chars().take(80).collect()).filter(|place: &String| !place.is_empty());
        }
        self
    }
}

/// Takes a file in. Its bytes are there when this answers; it is nobody's until its row is committed. The same file taken twice
/// lies there once.
pub async fn take(app: &App, upload: Upload, want: &Want) -> Result<Taken, Refusal> {
    let files = app.files.as_ref().ok_or_else(|| Refusal::at("files.nowhere", "file"))?;
    let lost = |error: &dyn std::error::Error| {
        tracing::error!(%error, "an attachment was not kept");
        Refusal::at("files.unkept", "file")
    };
    let turn = files.turns.acquire().await.map_err(|error| lost(&error))?;
    let (want, limits) = (*want, files.limits);
    let made =
        tokio::task::spawn_blocking(move || prepare(&upload, &want, limits)).await.map_err(|error| lost(&error))?;
    drop(turn);
    let Prepared { name, media, bytes, thumb, mut about } = made?;
    // A clock that is ahead is a clock that is wrong.
    about.taken_at = about.taken_at.filter(|at| *at <= app.clock.now());
    let gate = files.gate.lock().await;
    let pin = files.pin(&about.sha256);
    if let Some(thumb) = thumb {
        files.vault().put(&format!("{}{THUMB}", about.sha256), thumb).await.map_err(|error| lost(&error))?;
    }
    files.vault().put(&about.sha256, bytes).await.map_err(|error| lost(&error))?;
    drop(gate);
    let alike = alike::first(&app.store, &about).await.map_err(|error: StoreError| lost(&error))?;
    Ok(Taken { name, media, about, alike, _pin: pin })
}

/// The part of it that needs neither a disk nor a clock.
pub fn prepare(upload: &Upload, want: &Want, limits: Limits) -> Result<Prepared, Refusal> {
    if upload.bytes.len() > limits.file {
        return Err(Refusal::at("files.too_large", "file").with("most", limits.file / (1024 * 1024)));
    }
    let sort = real::sort(&upload.name, &upload.bytes)?;
    if want.pictures && sort.picture().is_none() {
        return Err(Refusal::at("files.pictures_only", "file"));
    }
    let original = hash(&upload.bytes);
    let mut prepared = match sort.picture() {
        Some(format) => of_picture(&upload.name, photo::made(&upload.bytes, format, want.place)?),
        None => Prepared {
            name: real::tidy_name(&upload.name, sort.ending(&upload.name)),
            media: sort.media,
            bytes: upload.bytes.clone(),
            thumb: None,
            about: About { size: upload.bytes.len(), sha256: original.clone(), ..About::default() },
        },
    };
    prepared.about.original = original;
    if want.nameless {
        prepared.name = real::tidy_name("", prepared.name.rsplit('.').next().unwrap_or_default());
    }
    Ok(prepared)
}

/// A picture that a program painted, as it would be kept.
pub fn painted(name: &str, picture: image::DynamicImage) -> Result<Prepared, Refusal> {
    Ok(of_picture(name, photo::drawn(picture, ImageFormat::Jpeg)?))
}

/// Puts prepared files where they belong: of a county that is made, not uploaded.
pub async fn lay(files: &Files, prepared: Vec<Prepared>) -> std::io::Result<()> {
    for file in prepared {
        if let Some(thumb) = file.thumb {
            files.vault().put(&format!("{}{THUMB}", file.about.sha256), thumb).await?;
        }
        files.vault().put(&file.about.sha256, file.bytes).await?;
    }
    Ok(())
}

/// A picture that was made by [`picture::made`] or drawn by a program.
fn of_picture(name: &str, made: Made) -> Prepared {
    let (media, ending) = match made.format {
        ImageFormat::Png => ("image/png", "png"),
        _ => ("image/jpeg", "jpg"),
    };
    let sha256 = hash(&made.bytes);
    let about = About {
        size: made.bytes.len(),
        original: sha256.clone(),
        sha256,
        look: made.look,
        width: Some(made.width),
        height: Some(made.height),
        taken_at: made.taken.at,
        position: made.taken.place,
        ..About::default()
    };
    Prepared { name: real::tidy_name(name, ending), media, bytes: made.bytes, thumb: Some(made.thumb), about }
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
