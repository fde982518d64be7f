//! Photographs: decoded within limits, upright, no larger than needed, encoded anew, with a small one beside and a hash of what
//! they look like.
//!
//! Pure, and a crate of its own: what goes over every point of a picture is compiled for speed, which its users need not be.

use std::fmt;
use std::io::Cursor;
use std::str::FromStr;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use kit::Refusal;

pub mod notes;
pub mod painted;

#[cfg(test)]
mod tests;

/// Most that a side may measure before anything is decoded: no camera of a telephone has more.
const MOST_SIDE: u32 = 20_000;
/// Most points, and so most memory: 64 million are a telephone's best mode, and two hundred megabytes.
const MOST_POINTS: u64 = 64_000_000;
const MOST_MEMORY: u64 = 600 * 1024 * 1024;
/// The longest side of what is kept: a number plate in the middle of a wide view can still be read.
const SIDE: u32 = 2560;
const QUALITY: u8 = 82;
const THUMB_SIDE: u32 = 480;
const THUMB_QUALITY: u8 = 70;

/// A picture as it is kept.
#[derive(Clone, Debug)]
pub struct Made {
    pub bytes: Vec<u8>,
    pub thumb: Vec<u8>,
    pub format: ImageFormat,
    pub width: u32,
    pub height: u32,
    pub look: Option<Look>,
    pub taken: notes::Taken,
}

/// Decodes, turns upright, and makes what is kept; with `place`, what the camera said of moment and position is read first.
pub fn made(bytes: &[u8], format: ImageFormat, place: bool) -> Result<Made, Refusal> {
    let broken = |error: ImageError| match error {
        ImageError::Limits(_) => Refusal::at("files.points", "file"),
        _ => Refusal::at("files.broken", "file"),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MOST_SIDE), Some(MOST_SIDE));
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MOST_POINTS || width.max(height) > MOST_SIDE {
        return Err(Refusal::at("files.points", "file"));
    }
    // A picture whose notes cannot be read is still a picture.
    let upright = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let beside = if place { decoder.exif_metadata().ok().flatten() } else { None };
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(upright);
    // What is transparent stays a PNG; everything else is a photograph.
    let format =
        if format == ImageFormat::Png || picture.color().has_alpha() { ImageFormat::Png } else { ImageFormat::Jpeg };
    Ok(Made { taken: beside.map(notes::read).unwrap_or_default(), ..drawn(picture, format)? })
}

/// What is kept of a picture that stands upright: by itself also for pictures that a program draws.
pub fn drawn(picture: DynamicImage, format: ImageFormat) -> Result<Made, Refusal> {
    let picture = smaller(picture, SIDE);
    let (width, height) = (picture.width(), picture.height());
    let look = Look::of(&picture);
    let thumb = jpeg(&smaller(picture.clone(), THUMB_SIDE), THUMB_QUALITY)?;
    let bytes = if format == ImageFormat::Png {
        let mut out = Cursor::new(Vec::new());
        picture.write_to(&mut out, ImageFormat::Png).map_err(|_| Refusal::at("files.broken", "file"))?;
        out.into_inner()
    } else {
        jpeg(&picture, QUALITY)?
    };
    Ok(Made { bytes, thumb, format, width, height, look, taken: notes::Taken::default() })
}

/// A picture no larger than this many points on its longer side.
pub fn smaller(picture: DynamicImage, side: u32) -> DynamicImage {
    if picture.width().max(picture.height()) <= side {
        picture
    } else {
        picture.resize(side, side, FilterType::Triangle)
    }
}

/// As JPEG; on white, for that knows nothing transparent.
pub fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Refusal> {
    let flat = if picture.color().has_alpha() {
        let mut ground = image::RgbaImage::from_pixel(picture.width(), picture.height(), image::Rgba([255; 4]));
        image::imageops::overlay(&mut ground, &picture.to_rgba8(), 0, 0);
        DynamicImage::ImageRgba8(ground).to_rgb8()
    } else {
        picture.to_rgb8()
    };
    let mut out = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut out, quality);
    flat.write_with_encoder(encoder).map_err(|_| Refusal::at("files.broken", "file"))?;
    Ok(out)
}

/// What a picture looks like: for 64 places, whether it grows brighter to the right, and for 64 whether downwards. Scaling and
/// encoding anew change few of these, another picture about half of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    pub across: u64,
    pub down: u64,
}

/// Differences up to this many of 128 count as the same picture.
pub const NEAR: u32 = 10;
/// A picture with less contrast than this (of 255) says nothing about itself: a white sheet, the night.
const CONTRAST: u8 = 16;

impl Look {
    /// `None` for a picture too even to be told from others.
    pub fn of(picture: &DynamicImage) -> Option<Self> {
        let gray = DynamicImage::ImageLuma8(picture.to_luma8());
        let (across, across_even) = bits(&gray, 9, 8);
        let (down, down_even) = bits(&gray, 8, 9);
        (!across_even && !down_even).then_some(Self { across, down })
    }

    pub fn distance(&self, other: &Self) -> u32 {
        (self.across ^ other.across).count_ones() + (self.down ^ other.down).count_ones()
    }

    /// Four parts of sixteen bits: two looks that differ in at most three places across share one of them, so an index on
    /// each finds every such pair.
    pub fn bands(&self) -> [i64; 4] {
        [48, 32, 16, 0].map(|shift| i64::from(u16::try_from((self.across >> shift) & 0xffff).unwrap_or_default()))
    }
}

fn bits(gray: &DynamicImage, width: u32, height: u32) -> (u64, bool) {
    let small = gray.resize_exact(width, height, FilterType::Triangle).to_luma8();
    let at = |x, y| small.get_pixel(x, y).0[0];
    let (dx, dy) = (width - 8, height - 8);
    let places = (0..8).flat_map(|y| (0..8).map(move |x| (x, y)));
    let hash = places.fold(0, |hash, (x, y)| (hash << 1) | u64::from(at(x, y) < at(x + dx, y + dy)));
    let (low, high) =
        small.pixels().fold((255, 0), |(low, high): (u8, u8), point| (low.min(point.0[0]), high.max(point.0[0])));
    (hash, high - low < CONTRAST)
}

impl fmt::Display for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}{:016x}", self.across, self.down)
    }
}

impl FromStr for Look {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (across, down) = text.split_at_checked(16).unwrap_or((text, ""));
        Ok(Self { across: u64::from_str_radix(across, 16)?, down: u64::from_str_radix(down, 16)? })
    }
}
