//! What a workbook is when it is unpacked, before any reader holds it in memory: 600 MB of blanks are 0.6 MB in an archive.

use std::cell::Cell;
use std::io::{BufReader, Cursor, Read};

use quick_xml::Reader;
use quick_xml::events::Event;

use super::{MAX_UNPACKED, SheetError};

/// Bytes of the parts of a workbook that are held in memory at once (shared texts, styles) when unpacked.
const MAX_HELD: u64 = 256 * 1024 * 1024;
/// Bytes of one piece: a tag, a stretch of text, or a cell with all its runs. A reader holds each as a whole; Excel's longest cell,
/// each of its characters in a font of its own, stays below.
const MAX_PIECE: u64 = 8 * 1024 * 1024;
/// Merged cells, which the reader holds all at once.
const MAX_MERGED: u64 = 1_000_000;
/// Bytes of a part that is no XML: a picture.
const MAX_OTHER: u64 = 64 * 1024 * 1024;

/// Refuses archives that unpack to more than is sensible, altogether or in a piece, and those that hold another kind of document. Answers whether
/// cells are merged anywhere.
pub(super) fn check(bytes: &[u8]) -> Result<bool, SheetError> {
    check_declared(bytes)?;
    // What cannot be opened here cannot be opened by the reader either, who says what is wrong.
    let Ok(mut archive) = zip::ZipArchive::new(Cursor::new(bytes)) else { return Ok(false) };
    if !archive.file_names().flatten().any(|name| is_workbook(&name)) {
        // Slides, a letter, .ods, .xlsb, .numbers, an archive of workbooks: to save one once more as what it is would be of no use.
        return Err(SheetError::WrongType);
    }
    let (mut all, mut held, mut merged) = (0, 0, 0);
    for at in 0..archive.len() {
        let Ok(part) = archive.by_index(at) else { continue };
        let name = part.name().map(|name| name.to_ascii_lowercase()).unwrap_or_default();
        let markup = matches!(name.rsplit('.').next(), Some("xml" | "rels"));
        let (size, said) = if markup { pieces(part)? } else { (counted(part)?, 0) };
        merged += said;
        all += size;
        if !name.starts_with("xl/worksheets/") {
            held += size;
        }
        if all > MAX_UNPACKED || held > MAX_HELD || merged > MAX_MERGED {
            return Err(SheetError::Bomb);
        }
    }
    Ok(merged > 0)
}

/// The part that names the sheets; some programs give it a number (`xl/workbook2.xml`).
fn is_workbook(name: &str) -> bool {
    let last = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    last.rsplit_once('.').is_some_and(|(stem, ending)| stem.starts_with("workbook") && ending == "xml")
}

fn counted(part: impl Read) -> Result<u64, SheetError> {
    let size = std::io::copy(&mut part.take(MAX_OTHER + 1), &mut std::io::sink()).unwrap_or_default();
    if size > MAX_OTHER { Err(SheetError::Bomb) } else { Ok(size) }
}

/// Stops giving when a piece or the whole has become too long.
struct Watched<'a, R> {
    part: R,
    size: &'a Cell<u64>,
    /// The size when the piece that is being read began.
    began: &'a Cell<u64>,
}

impl<R: Read> Read for Watched<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.size.get() > MAX_UNPACKED || self.size.get() - self.began.get() > MAX_PIECE {
            return Err(std::io::ErrorKind::FileTooLarge.into());
        }
        let count = self.part.read(into)?;
        self.size.set(self.size.get() + count as u64);
        Ok(count)
    }
}

/// Goes through a part of XML as the reader of sheets will, with the same parser set the same way: what is a piece to the one is a piece to the other.
/// Answers its size and how many cells it says are merged.
fn pieces(part: impl Read) -> Result<(u64, u64), SheetError> {
    let (size, began) = (Cell::new(0), Cell::new(0));
    let mut reader = Reader::from_reader(BufReader::new(Watched { part, size: &size, began: &began }));
    let config = reader.config_mut();
    config.check_end_names = false;
    config.expand_empty_elements = true;
    let mut piece = Vec::new();
    let (mut inside, mut merged) = (false, 0);
    loop {
        piece.clear();
        match reader.read_event_into(&mut piece) {
            Ok(Event::Start(tag)) if tag.local_name().as_ref() == "mergeCell" => merged += 1,
            Ok(Event::Start(tag)) if is_cell(tag.local_name().as_ref()) => inside = true,
            Ok(Event::End(tag)) if is_cell(tag.local_name().as_ref()) => inside = false,
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(quick_xml::Error::Io(error)) if error.kind() == std::io::ErrorKind::FileTooLarge => {
                return Err(SheetError::Bomb);
            }
            // Damaged from here on: the reader stops here, too, or has what it wants already.
            Err(_) => break,
        }
        if !inside {
            began.set(size.get());
        }
    }
    Ok((size.get(), merged))
}

/// A cell of a sheet, or a text that cells share.
fn is_cell(name: &str) -> bool {
    matches!(name, "c" | "si")
}

/// Refuses archives that declare more than is sensible, before anything is unpacked.
///
/// Every central directory header (APPNOTE.TXT 4.3.12) counts wherever it stands, so no archive with two directories
/// can show a small one here and a large one to the reader.
fn check_declared(bytes: &[u8]) -> Result<(), SheetError> {
    let (mut all, mut held) = (0_u64, 0_u64);
    for (at, window) in bytes.windows(4).enumerate() {
        if window != b"PK\x01\x02" {
            continue;
        }
        let Some((name, size)) = bytes.get(at..).and_then(entry) else {
            continue;
        };
        all = all.saturating_add(size);
        if !name.starts_with(b"xl/worksheets/") && !name.starts_with(b"xl/media/") {
            held = held.saturating_add(size);
        }
    }
    if all > MAX_UNPACKED || held > MAX_HELD { Err(SheetError::Bomb) } else { Ok(()) }
}

/// Name and unpacked size of a central directory header; none when the bytes only look like one.
fn entry(header: &[u8]) -> Option<(&[u8], u64)> {
    let short = |at: usize| Some(u16::from_le_bytes(header.get(at..at + 2)?.try_into().ok()?));
    let long = |at: usize| Some(u32::from_le_bytes(header.get(at..at + 4)?.try_into().ok()?));
    if !matches!(short(10)?, 0 | 8) {
        return None;
    }
    let name_end = 46 + usize::from(short(28)?);
    let name = header.get(46..name_end)?;
    let size = long(24)?;
    if size != u32::MAX {
        return Some((name, size.into()));
    }
    // Zip64: the size stands first in the extra field 0x0001 (4.5.3).
    let mut extra = header.get(name_end..name_end + usize::from(short(30)?))?;
    while let [a, b, c, d, rest @ ..] = extra {
        let length = usize::from(u16::from_le_bytes([*c, *d]));
        if [*a, *b] == [1, 0] {
            return Some((name, u64::from_le_bytes(rest.get(..8)?.try_into().ok()?)));
        }
        extra = rest.get(length..)?;
    }
    Some((name, size.into()))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot make its file has failed")]
mod tests {
    use std::io::Write;

    use super::*;

    /// An archive with a sheet of a beginning, so many megabytes of a filling, and an end.
    fn sheet(head: &str, filling: &str, megabytes: usize, tail: &str) -> Vec<u8> {
        let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
        out.start_file("xl/workbook.xml", zip::write::SimpleFileOptions::default()).unwrap();
        out.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(head.as_bytes()).unwrap();
        let megabyte = filling.repeat(1_000_000 / filling.len());
        for _ in 0..megabytes {
            out.write_all(megabyte.as_bytes()).unwrap();
        }
        out.write_all(tail.as_bytes()).unwrap();
        out.finish().unwrap().into_inner()
    }

    #[test]
    fn one_piece_of_many_megabytes_is_refused_and_many_small_ones_are_not() {
        let bombs = [
            ("<sheetData><row>", " ", "</row></sheetData>"),
            ("<sheetData><!--", "< > <c/>", "--></sheetData>"),
            ("<sheetData><![CDATA[", "< > <c/>", "]]></sheetData>"),
            ("<sheetData><row a=\"", "<c/> ' > ", "\"/></sheetData>"),
            ("<sheetData><c><is>", "<r><t>x</t></r>", "</is></c></sheetData>"),
            ("<sheetData><c><v>", "1<!-- -->", "</v></c></sheetData>"),
        ];
        for (head, filling, tail) in bombs {
            let file = sheet(head, filling, 20, tail);
            assert!(file.len() < 200_000, "{head}");
            assert!(matches!(check(&file), Err(SheetError::Bomb)), "{head}");
            assert!(check(&sheet(head, filling, 2, tail)).is_ok(), "{head}");
        }
        let rows = sheet("<sheetData>", "<row r=\"1\"><c r=\"A1\" s=\"1\"/></row>", 20, "</sheetData>");
        assert!(check(&rows).is_ok());
    }

    #[test]
    fn a_document_of_another_kind_is_named_as_such() {
        for (part, expected) in [
            ("content.xml", false),
            ("word/document.xml", false),
            ("xl/workbook.bin", false),
            ("Index/Document.iwa", false),
            ("roster.xlsx", false),
            ("xl/Workbook2.xml", true),
        ] {
            let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
            out.start_file(part, zip::write::SimpleFileOptions::default()).unwrap();
            out.write_all(b"<a/>").unwrap();
            let checked = check(&out.finish().unwrap().into_inner());
            assert!(matches!((checked, expected), (Ok(_), true) | (Err(SheetError::WrongType), false)), "{part}");
        }
    }
}
