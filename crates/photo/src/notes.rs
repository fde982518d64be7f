//! What a camera wrote beside a picture: read for the moment and the position, where a record type asks for them.

use chrono::NaiveDate;
use exif::{DateTime, Exif, In, Reader, Tag, Value};
use kit::dates;

/// When and where; each by itself, for many cameras know only the first.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Taken {
    /// Milliseconds since 1970, UTC.
    pub at: Option<i64>,
    /// Latitude and longitude in degrees (WGS 84), north and east positive.
    pub place: Option<(f64, f64)>,
}

/// Reads the block as it stands in the picture; what cannot be read was not said.
pub fn read(mut block: Vec<u8>) -> Taken {
    if block.starts_with(b"Exif\0\0") {
        block.drain(..6);
    }
    let Ok(said) = Reader::new().read_raw(block) else { return Taken::default() };
    Taken { at: moment(&said), place: position(&said) }
}

/// A camera that does not name its time zone hangs in this one.
fn moment(said: &Exif) -> Option<i64> {
    let text = |tag| match &said.get_field(tag, In::PRIMARY)?.value {
        Value::Ascii(lines) => lines.first(),
        _ => None,
    };
    let mut at = DateTime::from_ascii(text(Tag::DateTimeOriginal).or_else(|| text(Tag::DateTime))?).ok()?;
    if let Some(offset) = text(Tag::OffsetTimeOriginal) {
        // A zone that cannot be read counts as not named.
        at.parse_offset(offset).ok();
    }
    let day = NaiveDate::from_ymd_opt(i32::from(at.year), at.month.into(), at.day.into())?;
    let seconds = i64::from(at.hour) * 3600 + i64::from(at.minute) * 60 + i64::from(at.second);
    let elsewhere = at.offset.map_or(0, |minutes| 8 * 60 - i64::from(minutes));
    (1990..2200).contains(&at.year).then(|| dates::shanghai_start(day) + (seconds + elsewhere * 60) * 1000)
}

fn position(said: &Exif) -> Option<(f64, f64)> {
    let side = |value, letter, negative: u8| {
        let degrees = match &said.get_field(value, In::PRIMARY)?.value {
            Value::Rational(parts) if parts.len() == 3 => {
                parts[0].to_f64() + parts[1].to_f64() / 60.0 + parts[2].to_f64() / 3600.0
            }
            _ => return None,
        };
        let other = match &said.get_field(letter, In::PRIMARY)?.value {
            Value::Ascii(lines) => lines.first()?.first() == Some(&negative),
            _ => return None,
        };
        degrees.is_finite().then_some(if other { -degrees } else { degrees })
    };
    let lat = side(Tag::GPSLatitude, Tag::GPSLatitudeRef, b'S')?;
    let lon = side(Tag::GPSLongitude, Tag::GPSLongitudeRef, b'W')?;
    // Nought and nought is what a camera writes that does not know.
    let somewhere = lat.abs() <= 90.0 && lon.abs() <= 180.0 && (lat.abs() > 0.000_1 || lon.abs() > 0.000_1);
    somewhere.then_some((lat, lon))
}
