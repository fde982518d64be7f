//! What a file really is, whatever it is called: known by its first bytes, compared with its name.

use std::io::Cursor;

use image::ImageFormat;
use kit::Refusal;

use super::sound;

/// A kind of file that may be attached.
#[derive(Clone, Copy, Debug)]
pub struct Sort {
    pub media: &'static str,
    /// The first is the one that a file without a fitting ending gets.
    endings: &'static [&'static str],
    nature: Nature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Nature {
    Picture(ImageFormat),
    Pdf,
    /// An Office file of today: an archive that holds this part.
    Parts(&'static str),
    /// An Office file of before 2007, and of WPS: a compound file.
    Compound,
    /// A voice note, as telephones and browsers record it.
    Sound(sound::Box),
}

macro_rules! sorts {
    ($($media:literal [$($ending:literal)+] $nature:expr;)+) => {
        const SORTS: &[Sort] = &[$(Sort { media: $media, endings: &[$($ending),+], nature: $nature }),+];
        /// Every ending, for the file chooser of a browser.
        pub const ENDINGS: &str = concat!($($(".", $ending, ","),+),+);
    };
}

sorts! {
    "image/jpeg" ["jpg" "jpeg"] Nature::Picture(ImageFormat::Jpeg);
    "image/png" ["png"] Nature::Picture(ImageFormat::Png);
    "image/webp" ["webp"] Nature::Picture(ImageFormat::WebP);
    "application/pdf" ["pdf"] Nature::Pdf;
    "audio/webm" ["webm"] Nature::Sound(sound::Box::Webm);
    "audio/ogg" ["ogg" "oga"] Nature::Sound(sound::Box::Ogg);
    "audio/mp4" ["m4a" "mp4"] Nature::Sound(sound::Box::Mp4);
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document" ["docx"] Nature::Parts("word/document.xml");
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" ["xlsx"] Nature::Parts("xl/workbook.xml");
    "application/vnd.openxmlformats-officedocument.presentationml.presentation" ["pptx"] Nature::Parts("ppt/presentation.xml");
    "application/msword" ["doc" "wps"] Nature::Compound;
    "application/vnd.ms-excel" ["xls" "et"] Nature::Compound;
    "application/vnd.ms-powerpoint" ["ppt" "dps"] Nature::Compound;
}

/// Most parts that an Office file may list: a real one has some hundred.
const MOST_PARTS: usize = 10_000;

impl Sort {
    pub fn picture(&self) -> Option<ImageFormat> {
        match self.nature {
            Nature::Picture(format) => Some(format),
            _ => None,
        }
    }

    /// The ending of a name of this sort, or the usual one.
    pub fn ending(&self, name: &str) -> &'static str {
        let own = ending(name);
        self.endings.iter().find(|known| Some(**known) == own.as_deref()).unwrap_or(&self.endings[0])
    }
}

pub fn ending(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    let fits = !stem.is_empty() && ending.len() <= 5 && ending.bytes().all(|byte| byte.is_ascii_alphanumeric());
    fits.then(|| ending.to_ascii_lowercase())
}

/// A media type that a browser may show by itself: everything else is taken away as a file.
pub fn shown_in_place(media: &str) -> bool {
    media.starts_with("image/") || media.starts_with("audio/") || media == "application/pdf"
}

/// What the bytes are. A name that says otherwise is refused; pictures alone may carry each other's endings, because
/// telephones and messengers rename them, and they are encoded anew anyway.
pub fn sort(name: &str, bytes: &[u8]) -> Result<&'static Sort, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::at("files.empty", "file"));
    }
    let said = ending(name);
    let by_name = said.as_deref().and_then(|said| SORTS.iter().find(|sort| sort.endings.contains(&said)));
    let real = infer::get(bytes).map(|found| found.mime_type());
    let found = match real {
        Some("image/heif" | "image/heic" | "image/avif") => return Err(Refusal::at("files.heic", "file")),
        Some("image/jpeg") => by_media("image/jpeg"),
        Some("image/png") => by_media("image/png"),
        Some("image/webp") => by_media("image/webp"),
        _ if bytes.starts_with(b"%PDF-") => by_media("application/pdf"),
        _ if sound::kind(bytes).is_some() => {
            sound::kind(bytes).and_then(|sound| SORTS.iter().find(|sort| sort.nature == Nature::Sound(sound)))
        }
        _ if bytes.starts_with(b"PK\x03\x04") => archive(bytes)?,
        _ if bytes.starts_with(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1") => {
            by_name.filter(|sort| sort.nature == Nature::Compound)
        }
        _ => None,
    };
    let both_pictures =
        |found: &Sort| found.picture().is_some() && by_name.is_some_and(|sort| sort.picture().is_some());
    match (found, &said) {
        (Some(found), None) => whole(found, bytes),
        (Some(found), Some(said)) if found.endings.contains(&said.as_str()) || both_pictures(found) => {
            whole(found, bytes)
        }
        (Some(_), _) => Err(Refusal::at("files.not_what_it_says", "file")),
        (None, _) if by_name.is_some() => Err(Refusal::at("files.not_what_it_says", "file")),
        (None, _) => Err(Refusal::at("files.kind", "file")),
    }
}

fn by_media(media: &str) -> Option<&'static Sort> {
    SORTS.iter().find(|sort| sort.media == media)
}

/// An Office file by the list of its parts; nothing is unpacked, so nothing can burst.
fn archive(bytes: &[u8]) -> Result<Option<&'static Sort>, Refusal> {
    let Ok(archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Err(Refusal::at("files.cut", "file")) };
    if archive.len() > MOST_PARTS {
        return Err(Refusal::at("files.kind", "file"));
    }
    // A name that cannot be read is none that we look for.
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_ascii_lowercase()).collect();
    if names.iter().any(|name| name.ends_with("vbaproject.bin")) {
        return Err(Refusal::at("files.macros", "file"));
    }
    let has = |part: &str| names.iter().any(|name| name.eq_ignore_ascii_case(part));
    let fits = |sort: &&Sort| matches!(sort.nature, Nature::Parts(part) if has(part));
    Ok(if has("[Content_Types].xml") { SORTS.iter().find(fits) } else { None })
}

/// A file that ends before its end was cut off on the way.
fn whole(sort: &'static Sort, bytes: &[u8]) -> Result<&'static Sort, Refusal> {
    let ends = match sort.nature {
        Nature::Pdf => tail(bytes, 4096).windows(5).any(|part| part == b"%%EOF"),
        Nature::Picture(ImageFormat::Jpeg) => jpeg_ends(bytes),
        Nature::Picture(_) | Nature::Parts(_) | Nature::Compound | Nature::Sound(_) => true,
    };
    if ends { Ok(sort) } else { Err(Refusal::at("files.cut", "file")) }
}

fn tail(bytes: &[u8], length: usize) -> &[u8] {
    &bytes[bytes.len().saturating_sub(length)..]
}

/// Whether the picture itself is closed by its end marker. The headers are stepped over, for they may hold a whole small
/// picture of their own; what telephones append after the end (a short film) does not matter.
fn jpeg_ends(bytes: &[u8]) -> bool {
    const START_OF_SCAN: u8 = 0xda;
    let mut at = 2;
    while let Some([0xff, marker, high, low]) = bytes.get(at..at + 4) {
        if *marker == START_OF_SCAN {
            return bytes[at..].windows(2).any(|pair| pair == [0xff, 0xd9]);
        }
        // A marker may be preceded by any number of filling bytes.
        at += if *marker == 0xff { 1 } else { 2 + usize::from(u16::from_be_bytes([*high, *low])) };
    }
    false
}

/// A name as it may stand in a list and in a header: no path, no control or direction mark, at most 100 letters, and the
/// ending of what it is.
pub fn tidy_name(name: &str, sort_ending: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let stem = match ending(last) {
        Some(ending) => &last[..last.len() - ending.len() - 1],
        None => last,
    };
    let unseen = |letter: &char| {
        letter.is_control()
            || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '"')
    };
    let stem: String = stem.chars().filter(|letter| !unseen(letter)).take(100).collect();
    let stem = stem.trim().trim_start_matches('.');
    format!("{}.{sort_ending}", if stem.is_empty() { "file" } else { stem })
}
