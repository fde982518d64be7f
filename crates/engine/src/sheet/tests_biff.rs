//! Workbooks in the format of before 2007, put together record by record: nothing here writes such, and what other programs leave in them is what matters.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its file has failed")]

use std::io::{Cursor, Write};

use super::tests::{cells, known};
use super::{Mark, SheetError, Table, from_bytes};

/// A record: its number, its length, what it holds.
fn record(kind: u16, parts: &[&[u8]]) -> Vec<u8> {
    let data = parts.concat();
    let length = u16::try_from(data.len()).unwrap();
    [&kind.to_le_bytes(), &length.to_le_bytes(), &data[..]].concat()
}

/// Row, column and style.
fn at(row: u16, column: u16, style: u16) -> Vec<u8> {
    [row, column, style].iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// A text in UTF-16 behind its length and its flag.
fn text(text: &str) -> Vec<u8> {
    let units: Vec<u16> = text.encode_utf16().collect();
    let length = u16::try_from(units.len()).unwrap().to_le_bytes();
    [&length[..], &[1], &units.iter().flat_map(|unit| unit.to_le_bytes()).collect::<Vec<_>>()].concat()
}

fn label(row: u16, column: u16, said: &str) -> Vec<u8> {
    record(0x0204, &[&at(row, column, 0), &text(said)])
}

fn number(row: u16, column: u16, style: u16, value: f64) -> Vec<u8> {
    record(0x0203, &[&at(row, column, style), &value.to_le_bytes()])
}

/// A whole number as those of up to thirty bits are kept.
fn rk(value: u32) -> [u8; 4] {
    (value << 2 | 2).to_le_bytes()
}

/// A formula (`=5`) with what is stored as its result and what it asks for.
fn formula(row: u16, column: u16, style: u16, (result, asks): ([u8; 8], u16)) -> Vec<u8> {
    record(0x0006, &[&at(row, column, style), &result, &asks.to_le_bytes(), &[0; 4], &[3, 0, 0x1E, 5, 0]])
}

const TEXT: [u8; 8] = [0, 0, 0, 0, 0, 0, 0xFF, 0xFF];
const BLANK: [u8; 8] = [3, 0, 0, 0, 0, 0, 0xFF, 0xFF];

/// A workbook of one sheet, whose styles have these formats.
fn book(formats: &[&str], rows: &[Vec<u8>]) -> Vec<u8> {
    counting(0, formats, rows)
}

/// The same, with its days counted from 1900 (0) or from 1904 (1), as the programs of the Macintosh did.
fn counting(from: u16, formats: &[&str], rows: &[Vec<u8>]) -> Vec<u8> {
    let begin = |what: u8| record(0x0809, &[&[0, 6, what, 0], &[0; 12]]);
    let mut head = begin(5);
    head.extend(record(0x0022, &[&from.to_le_bytes()]));
    for (id, code) in (164_u16..).zip(formats) {
        head.extend(record(0x041E, &[&id.to_le_bytes(), &text(code)]));
    }
    head.extend(record(0x00E0, &[&[0; 20]]));
    for (id, _) in (164_u16..).zip(formats) {
        head.extend(record(0x00E0, &[&[0, 0], &id.to_le_bytes(), &[0; 16]]));
    }
    let place = u32::try_from(head.len() + 4 + 9 + 4).unwrap();
    head.extend(record(0x0085, &[&place.to_le_bytes(), &[0, 0, 1, 0, b'A']]));
    head.extend(record(0x000A, &[]));
    let stream = [&head[..], &begin(16), &rows.concat(), &record(0x000A, &[])].concat();
    compound("/Workbook", &stream)
}

fn compound(name: &str, stream: &[u8]) -> Vec<u8> {
    let mut file = cfb::CompoundFile::create_with_version(cfb::Version::V3, Cursor::new(Vec::new())).unwrap();
    file.create_stream(name).unwrap().write_all(stream).unwrap();
    file.flush().unwrap();
    file.into_inner().into_inner()
}

fn read(bytes: &[u8]) -> Table {
    from_bytes("x.xls", bytes, &known).unwrap()
}

fn headed(rows: &[Vec<u8>]) -> Vec<Vec<u8>> {
    let headings = (0..).zip(["姓名", "身份证号", "学校"]).map(|(column, word)| label(0, column, word));
    headings.chain(rows.iter().cloned()).collect()
}

#[test]
fn a_number_is_read_with_the_zeros_that_its_cell_shows() {
    let rows = [
        number(1, 0, 1, 123.0),
        record(0x027E, &[&at(1, 1, 1), &rk(7)]),
        number(1, 2, 0, 123.0),
        // Two in one record: the second shows no zeros.
        record(0x00BD, &[&at(2, 0, 1), &rk(1), &[0, 0], &rk(2), &[1, 0]]),
        number(3, 0, 1, 1_234_567.0),
        number(3, 1, 1, 1.5),
        formula(3, 2, 1, (7_f64.to_le_bytes(), 0)),
        number(4, 0, 2, 45.0),
        number(4, 1, 3, 45.0),
    ];
    let table = read(&book(&["000000", "[$-804]0000_ ;-0000", "#,##0"], &headed(&rows)));
    let expected = [
        (2, vec!["000123", "000007", "123"]),
        (3, vec!["000001", "2", ""]),
        (4, vec!["1234567", "1.5", "000007"]),
        (5, vec!["0045", "45", ""]),
    ];
    assert_eq!(cells(&table), expected);
}

#[test]
fn a_day_is_the_same_from_whichever_year_days_are_counted() {
    for (from, first) in [(0, 44_256_u32), (1, 42_794)] {
        let rows = [
            number(1, 0, 1, first.into()),
            record(0x027E, &[&at(1, 1, 1), &rk(first)]),
            formula(1, 2, 1, (f64::from(first).to_le_bytes(), 0)),
        ];
        let table = read(&counting(from, &["yyyy-mm-dd"], &headed(&rows)));
        assert_eq!(cells(&table), [(2, vec!["2021-03-01"; 3])], "{from}");
    }
}

#[test]
fn a_formula_that_was_never_calculated_is_not_its_zero() {
    let rows = [
        label(1, 0, "张三"),
        // As a program leaves it that does not calculate: a zero, and calculate on opening.
        formula(1, 1, 0, ([0; 8], 2)),
        formula(1, 2, 0, (BLANK, 2)),
        label(2, 0, "李四"),
        formula(2, 1, 0, ([0; 8], 0)),
        formula(2, 2, 0, (TEXT, 2)),
        record(0x0207, &[&text("第一小学")]),
        // A text that is announced and never comes.
        label(3, 0, "王五"),
        formula(3, 1, 0, (9_f64.to_le_bytes(), 2)),
        formula(3, 2, 0, (TEXT, 0)),
    ];
    let table = read(&book(&[], &headed(&rows)));
    let expected = [(2, vec!["张三", "=", "="]), (3, vec!["李四", "0", "第一小学"]), (4, vec!["王五", "9", "="])];
    assert_eq!(cells(&table), expected);
    let unsolved = [(2, 1), (2, 2), (4, 2)].map(|(row, column)| (row, column, Mark::Unsolved));
    assert_eq!(table.rows.marks(), unsolved);
}

#[test]
fn what_is_merged_over_several_rows_stands_in_each() {
    let region: Vec<u8> = [1_u16, 1, 2, 2, 2].iter().flat_map(|number| number.to_le_bytes()).collect();
    let rows = [label(1, 0, "张三"), label(1, 2, "第一小学"), label(2, 0, "李四"), record(0x00E5, &[&region])];
    let expected = [(2, vec!["张三", "", "第一小学"]), (3, vec!["李四", "", "第一小学"])];
    assert_eq!(cells(&read(&book(&[], &headed(&rows)))), expected);
}

#[test]
fn cells_far_apart_and_sheets_that_announce_too_much_are_refused_before_room_is_made_for_them() {
    let bomb =
        |rows: &[Vec<u8>]| matches!(from_bytes("x.xls", &book(&[], &headed(rows)), &known), Err(SheetError::Bomb));
    assert!(bomb(&[number(65_535, 255, 0, 1.0)]));
    assert!(bomb(&[number(1, 256, 0, 1.0)]));
    assert!(bomb(&[record(0x0200, &[&0_u32.to_le_bytes(), &u32::MAX.to_le_bytes(), &[0, 0, 3, 0, 0, 0]])]));
    assert!(!bomb(&[number(65_535, 2, 0, 1.0)]));
    assert!(!bomb(&[record(0x0200, &[&0_u32.to_le_bytes(), &65_536_u32.to_le_bytes(), &[0, 0, 0, 1, 0, 0]])]));
}

#[test]
fn a_password_of_either_kind_is_told_as_such() {
    for kind in [0_u8, 1] {
        let stream = [record(0x0809, &[&[0, 6, 5, 0], &[0; 12]]), record(0x002F, &[&[kind, 0], &[0xA5; 52]])].concat();
        assert!(matches!(from_bytes("x.xls", &compound("/Workbook", &stream), &known), Err(SheetError::Encrypted)));
    }
}

#[test]
fn a_document_is_no_damaged_workbook_and_a_workbook_that_is_cut_off_is() {
    let document = compound("/WordDocument", b"x");
    assert!(matches!(from_bytes("x.xls", &document, &known), Err(SheetError::WrongType)));
    let whole = book(&["0000"], &headed(&(1..400).map(|row| number(row, 0, 1, 5.0)).collect::<Vec<_>>()));
    assert_eq!(read(&whole).rows.len(), 399);
    for part in [600, whole.len() / 2, whole.len() - 600] {
        assert!(matches!(from_bytes("x.xls", &whole[..part], &known), Err(SheetError::Corrupt(_))), "{part}");
    }
}
