//! Reading files as they come from schools: made by hand, with titles, merged headings and all kinds of damage.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its file has failed")]

use encoding_rs::GB18030;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook, Worksheet};

use super::{Mark, SheetError, Table, from_bytes, open};

const KNOWN: [&str; 8] = ["姓名", "身份证号", "学校", "出生日期", "监护人姓名", "监护人电话", "Pupil number", "寄宿"];

pub(super) fn known(label: &str) -> bool {
    KNOWN.contains(&label)
}

/// A workbook of one sheet.
pub(super) fn book(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    fill(book.add_worksheet());
    book.save_to_buffer().unwrap()
}

fn words(sheet: &mut Worksheet, row: u32, words: &[&str]) {
    for (at, word) in (0_u16..).zip(words) {
        sheet.write_string(row, at, *word).unwrap();
    }
}

pub(super) fn read(bytes: &[u8]) -> Table {
    from_bytes("名单.xlsx", bytes, &known).unwrap()
}

fn csv(text: &[u8]) -> Table {
    from_bytes("名单.csv", text, &known).unwrap()
}

pub(super) fn cells(table: &Table) -> Vec<(u32, Vec<&str>)> {
    table.rows.iter().map(|row| (row.number(), row.cells().collect())).collect()
}

fn code(name: &str, bytes: &[u8]) -> &'static str {
    from_bytes(name, bytes, &known).unwrap_err().code()
}

#[test]
fn titles_units_and_notes_above_the_headings_are_skipped_and_blank_rows_keep_their_numbers() {
    let file = book(|s| {
        s.merge_range(0, 0, 0, 3, "道县学生花名册（学校）", &Format::new()).unwrap();
        words(s, 1, &["填报单位：", "第一小学", "2021年12月"]);
        words(s, 3, &["序号", "姓\n名", "身份证号*", " 学 校 ", "备注"]);
        words(s, 4, &["1", "张三", "431124201001010011", "第一小学"]);
        words(s, 7, &["2", " 李四\u{3000}", "", "第一小学", "转入"]);
    });
    let table = read(&file);
    assert_eq!(table.headings, ["序号", "姓名", "身份证号", "学校", "备注"]);
    assert_eq!((table.heading_row, table.sheet.as_str()), (4, "Sheet1"));
    assert_eq!(
        cells(&table),
        [(5, vec!["1", "张三", "431124201001010011", "第一小学", ""]), (8, vec!["2", "李四", "", "第一小学", "转入"]),]
    );
}

#[test]
fn headings_that_every_page_repeats_are_no_rows() {
    let file = book(|s| {
        words(s, 0, &["序号", "姓名*", "学校（必填）"]);
        words(s, 1, &["1", "张三", "第一小学"]);
        words(s, 2, &["序号", "姓 名*", "学校（必填）"]);
        words(s, 3, &["2", "李四", "第一小学"]);
        for row in 4..20 {
            words(s, row, &["3", "学校", "姓名"]);
        }
        words(s, 20, &["序号", "姓名", "学校"]);
        words(s, 21, &["", "姓名", ""]);
    });
    let table = read(&file);
    let numbers: Vec<_> = cells(&table).iter().map(|(number, _)| *number).collect();
    // Words of the headings in other columns, and a single cell, are data, or at least have to be told as faults.
    assert_eq!(numbers, [vec![2, 4], (5..=20).collect(), vec![22]].concat());
}

#[test]
fn a_title_that_is_one_known_word_does_not_win_over_the_headings() {
    let file = book(|s| {
        words(s, 0, &["学校"]);
        words(s, 1, &["序号", "姓名", "寄宿"]);
        words(s, 2, &["1", "张三", "是"]);
    });
    assert_eq!(read(&file).headings, ["序号", "姓名", "寄宿"]);
}

#[test]
fn what_a_form_adds_to_a_heading_is_no_part_of_it() {
    let file = book(|s| {
        words(
            s,
            0,
            &[
                "姓名（必填）",
                "身份证号(18位)",
                "学校：",
                "寄宿（是/否）",
                "监护人电话（如13800000000）",
                "出生日期（农历）",
            ],
        );
        words(s, 1, &["张三", "", "第一小学", "是", "", ""]);
    });
    assert_eq!(read(&file).headings, ["姓名", "身份证号", "学校", "寄宿", "监护人电话", "出生日期（农历）"]);
    let twice = csv("姓名,姓名（必填）,学校\n张三,李四,一小\n".as_bytes());
    assert_eq!(twice.headings, ["姓名", "姓名（必填）", "学校"], "a second column of that name stays what it is");
}

#[test]
fn sub_headings_below_merged_group_headings_are_taken() {
    let file = book(|s| {
        let f = Format::new();
        s.merge_range(0, 0, 1, 0, "姓名", &f).unwrap();
        s.merge_range(0, 1, 1, 1, "身份证号", &f).unwrap();
        s.merge_range(0, 2, 0, 3, "监护人", &f).unwrap();
        s.write_string(1, 2, "监护人姓名").unwrap();
        s.write_string(1, 3, "监护人电话").unwrap();
        words(s, 2, &["张三", "431124201001010011", "张父", "13800000000"]);
    });
    let table = read(&file);
    assert_eq!(table.headings, ["姓名", "身份证号", "监护人姓名", "监护人电话"]);
    assert_eq!((table.heading_row, table.rows.len()), (2, 1));
}

#[test]
fn a_group_row_with_few_known_words_still_lends_its_single_headings() {
    let file = book(|s| {
        words(s, 0, &["序号", "姓名", "监护人", "", "家庭", "其他"]);
        s.write_string(1, 2, "监护人姓名").unwrap();
        s.write_string(1, 3, "监护人电话").unwrap();
        words(s, 2, &["1", "张三", "张父", "13800000000"]);
    });
    let table = read(&file);
    assert_eq!(table.headings.get(..4).unwrap(), ["", "姓名", "监护人姓名", "监护人电话"]);
    assert_eq!(table.rows.get(0).unwrap().cell(1), "张三");
}

#[test]
fn a_first_row_of_data_that_is_a_heading_word_is_data() {
    let file = book(|s| {
        words(s, 0, &["姓名", "学校", "寄宿"]);
        s.write_string(1, 1, "学校").unwrap();
    });
    assert_eq!(cells(&read(&file)), [(2, vec!["", "学校", ""])]);
}

#[test]
fn values_become_the_text_people_see() {
    let file = book(|s| {
        let date = Format::new().set_num_format("yyyy/m/d");
        let time = Format::new().set_num_format("yyyy-mm-dd hh:mm");
        words(s, 0, &["姓名", "身份证号", "学校", "出生日期", "监护人姓名", "监护人电话", "寄宿"]);
        s.write_string(1, 0, "１２３ＡＢＣ").unwrap();
        s.write_number(1, 1, 431_124_201_001_010_011_f64).unwrap();
        s.write_number(1, 2, 0.1 + 0.2).unwrap();
        let day = ExcelDateTime::from_ymd(2021, 3, 1).unwrap();
        s.write_datetime_with_format(1, 3, &day, &date).unwrap();
        s.write_formula(1, 4, Formula::new("=A1&\"x\"").set_result("缓存")).unwrap();
        s.write_number(1, 5, 13_800_000_000_f64).unwrap();
        s.write_boolean(1, 6, true).unwrap();
        s.write_string(2, 0, "00123").unwrap();
        s.write_number_with_format(2, 3, 20_210_301, &date).unwrap();
        let at = ExcelDateTime::from_ymd(2021, 3, 1).unwrap().and_hms(7, 50, 0).unwrap();
        s.write_datetime_with_format(3, 3, &at, &time).unwrap();
        s.write_formula(3, 4, Formula::new("=B9").set_result("#REF!")).unwrap();
        s.write_number(3, 5, -7).unwrap();
        s.write_boolean(3, 6, false).unwrap();
    });
    let table = read(&file);
    let rows = cells(&table);
    let first = ["１２３ＡＢＣ", "431124201001010000", "0.3", "2021-03-01", "缓存", "13800000000", "是"];
    assert_eq!(rows[0].1, first);
    assert_eq!(rows[1].1, ["00123", "", "", "20210301", "", "", ""]);
    assert_eq!(rows[2].1, ["", "", "", "2021-03-01 07:50", "#REF!", "-7", "否"]);
    assert_eq!(table.rows.marks(), [(2, 1, Mark::Lossy), (4, 4, Mark::Error)]);
    assert_eq!(table.rows.get(0).unwrap().mark(1), Mark::Lossy);
    assert_eq!(table.rows.get(0).unwrap().mark(2), Mark::None);
}

#[test]
fn hidden_sheets_and_sheets_without_known_headings_are_passed_over() {
    let mut file = Workbook::new();
    words(file.add_worksheet(), 0, &["请先阅读", "填表说明"]);
    let hidden = file.add_worksheet().set_hidden(true);
    words(hidden, 0, &["姓名", "学校"]);
    let real = file.add_worksheet().set_name("学生").unwrap();
    words(real, 0, &["姓名", "寄宿"]);
    let bytes = file.save_to_buffer().unwrap();
    assert_eq!((read(&bytes).sheet.as_str(), read(&bytes).rows.len()), ("学生", 0));
}

#[test]
fn a_sheet_for_each_grade_is_refused_by_name_and_what_stands_beside_a_list_is_not() {
    let grades = |second: &[&str], row: &[&str]| {
        let mut file = Workbook::new();
        let first = file.add_worksheet().set_name("一年级").unwrap();
        words(first, 0, &["姓名", "学校", "寄宿"]);
        words(first, 1, &["张三", "第一小学", "是"]);
        let sheet = file.add_worksheet().set_name("二年级").unwrap();
        words(sheet, 0, second);
        words(sheet, 1, row);
        file.save_to_buffer().unwrap()
    };
    match from_bytes("x.xlsx", &grades(&["姓名", "学校", "备注"], &["李四", "第一小学"]), &known) {
        Err(SheetError::Several(sheets)) => assert_eq!(sheets, ["一年级", "二年级"]),
        other => panic!("{other:?}"),
    }
    // Headings without rows, sums, notes.
    for (second, row) in [
        (&["姓名", "学校", "寄宿"][..], &[][..]),
        (&["学校", "人数"], &["第一小学", "1"]),
        (&["学校", "出生日期"], &["第一小学", "2010-03-01"]),
        (&["怎样填写"], &["一行一条"]),
    ] {
        let table = from_bytes("x.xlsx", &grades(second, row), &known).unwrap();
        assert_eq!((table.sheet.as_str(), table.rows.len()), ("一年级", 1), "{second:?}");
        assert_eq!(table.unread.iter().any(|name| name == "二年级"), !row.is_empty(), "{second:?}");
    }
    // The list goes on and the headings do not.
    let on = from_bytes("x.xlsx", &grades(&["李四", "第一小学", "是"], &["王五", "第一小学", "否"]), &known).unwrap();
    assert_eq!((on.rows.len(), on.unread), (1, vec!["二年级".to_owned()]));
    // An empty template before the list.
    let mut file = Workbook::new();
    words(file.add_worksheet(), 0, &["姓名", "学校"]);
    let filled = file.add_worksheet().set_name("名单").unwrap();
    words(filled, 0, &["姓名", "学校"]);
    words(filled, 1, &["张三", "第一小学"]);
    assert_eq!(read(&file.save_to_buffer().unwrap()).sheet, "名单");
}

#[test]
fn csv_is_read_in_the_encodings_and_with_the_delimiters_of_practice() {
    let text = "姓名,学校,寄宿\r\n张三,第一小学,是\r\n\r\n李四,\"第二\n小学\",否\r\n\"王\"\"五\",x,\r\n";
    let utf16 = |units: fn(u16) -> [u8; 2], mark: bool| -> Vec<u8> {
        let marked = format!("{}{text}", if mark { "\u{FEFF}" } else { "" });
        marked.encode_utf16().flat_map(units).collect()
    };
    let files = [
        text.as_bytes().to_vec(),
        format!("\u{FEFF}{text}").into_bytes(),
        utf16(u16::to_le_bytes, true),
        utf16(u16::to_be_bytes, true),
        utf16(u16::to_le_bytes, false),
        utf16(u16::to_be_bytes, false),
        GB18030.encode(text).0.into_owned(),
        text.replace(',', ";").into_bytes(),
        text.replace(',', "\t").into_bytes(),
        text.replace("\r\n", "\r").into_bytes(),
    ];
    for (index, file) in files.iter().enumerate() {
        let table = csv(file);
        let rows = cells(&table);
        assert_eq!(table.headings, ["姓名", "学校", "寄宿"], "file {index}");
        let expected =
            [(2, vec!["张三", "第一小学", "是"]), (4, vec!["李四", "第二\n小学", "否"]), (5, vec!["王\"五", "x", ""])];
        assert_eq!(rows, expected, "file {index}");
        assert_eq!(table.sheet, "名单");
    }
}

#[test]
fn csv_rows_are_numbered_from_the_top_of_the_file_and_rare_characters_survive() {
    let text = "\n\n学生名册,,\n姓名,身份证号,学校\n\n\n𠮷田,4.31124E+17,=1+1";
    let table = csv(&GB18030.encode(text).0);
    assert_eq!(table.heading_row, 4);
    assert_eq!(cells(&table), [(7, vec!["𠮷田", "4.31124E+17", "=1+1"])]);
    assert_eq!(table.rows.marks(), [(7, 1, Mark::Lossy)]);
}

#[test]
fn a_file_is_what_it_holds_and_not_what_it_is_called() {
    let file = book(|s| words(s, 0, &["姓名", "学校"]));
    assert!(from_bytes("名单.csv", &file, &known).is_ok());
    assert!(from_bytes("名单.xls", &file, &known).is_ok());
    assert!(from_bytes("名单.xls", "姓名\t学校\n".as_bytes(), &known).is_ok());
    assert_eq!(code("名单.xlsx", "姓名,学校\n".as_bytes()), "sheet.wrong_type");
    assert_eq!(code("名单.xls", b"<html><table><tr><td>"), "sheet.markup");
    assert_eq!(code("通知.pdf", b"%PDF-1.7\n1 0 obj"), "sheet.wrong_type");
    assert_eq!(code("照片.csv", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "sheet.wrong_type");
    assert_eq!(code("名单.csv", b"\xC0\xC1\xFF,\xFF\xFE"), "sheet.encoding");
}

#[test]
fn damaged_empty_and_foreign_files_say_what_they_are() {
    let file = book(|s| words(s, 0, &["姓名", "学校"]));
    assert_eq!(code("名单.xlsx", file.get(..file.len() / 2).unwrap()), "sheet.corrupt");
    assert_eq!(code("名单.xlsx", b"PK\x03\x04 and then nothing"), "sheet.corrupt");
    assert_eq!(code("名单.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 short"), "sheet.corrupt");
    assert_eq!(code("名单.xlsx", b""), "sheet.empty");
    assert_eq!(code("名单.csv", b"\xEF\xBB\xBF\r\n"), "sheet.empty");
    assert_eq!(code("名单.xlsx", &book(|_| {})), "sheet.empty");
    let mut package = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    package.extend("EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(code("名单.xlsx", &package), "sheet.encrypted");
    let renamed = swap(&file, b"xl/workbook.xml", b"wd/document.xml");
    assert_eq!(code("名单.xlsx", &renamed), "sheet.wrong_type");
}

#[test]
fn without_headings_the_fullest_row_is_shown() {
    let file = book(|s| {
        words(s, 0, &["标题"]);
        words(s, 1, &["名字", "班"]);
    });
    match from_bytes("x.xlsx", &file, &known) {
        Err(SheetError::NoHeadings { seen }) => assert_eq!(seen, ["名字", "班"]),
        other => panic!("{other:?}"),
    }
    let long = "说明\n".repeat(12) + "姓名,学校\n";
    assert_eq!(code("x.csv", long.as_bytes()), "sheet.no_headings");
}

/// Every occurrence replaced by bytes of the same length.
fn swap(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    for at in 0..bytes.len() {
        if bytes.get(at..).is_some_and(|rest| rest.starts_with(from)) {
            bytes.splice(at..at + to.len(), to.iter().copied());
        }
    }
    bytes
}

#[test]
fn a_file_that_unpacks_to_too_much_or_is_too_big_is_refused() {
    let mut file = book(|s| words(s, 0, &["姓名", "学校"]));
    let header = (0..file.len()).find(|at| file[*at..].starts_with(b"PK\x01\x02")).unwrap();
    file.splice(header + 24..header + 28, 1_600_000_000_u32.to_le_bytes());
    assert_eq!(code("名单.xlsx", &file), "sheet.bomb");
    assert_eq!(code("名单.csv", &vec![b'x'; 64 * 1024 * 1024 + 1]), "sheet.too_big");
    let quote = format!("姓名,学校\n张三,\"{}\"\n", "第一小学\n".repeat(20_000));
    assert_eq!(code("名单.csv", quote.as_bytes()), "sheet.long_cell");
}

#[test]
fn more_rows_than_excel_has_are_refused() {
    let text = "姓名,学校\n".to_owned() + &"a,b\n".repeat(1_048_576);
    assert_eq!(code("名单.csv", text.as_bytes()), "sheet.too_many_rows");
}

#[test]
fn a_file_is_opened_by_its_path() {
    let path = std::env::temp_dir().join(format!("sheet-{}.csv", std::process::id()));
    std::fs::write(&path, "姓名,学校\n张三,一小\n").unwrap();
    let table = open(&path, &known);
    std::fs::remove_file(&path).unwrap();
    assert_eq!(cells(&table.unwrap()), [(2, vec!["张三", "一小"])]);
    assert_eq!(open(&path, &known).unwrap_err().code(), "sheet.io");
}

#[test]
fn what_stands_beyond_the_headings_is_told() {
    let file = book(|s| {
        words(s, 0, &["姓名", "学校", "", "寄宿"]);
        words(s, 1, &["张三", "第一小学", "x", "是", "", "y"]);
        words(s, 2, &["李四", "第一小学", "", "否"]);
    });
    let table = read(&file);
    assert_eq!((table.nameless(), table.rows.len()), (vec![2, 5], 2));
    assert!(table.rows.iter().all(|row| row.excess() == 0));
    // A program that writes all rows equally long has such a column, too; a row that is longer than the headings has a comma too many.
    let table = csv("姓名,学校,寄宿,\n张三,第一小学,是,y\n李四,第一小学,是,,\n王五,第一,小学,是,z\n".as_bytes());
    assert_eq!(table.nameless(), [3]);
    let beyond: Vec<_> = table.rows.iter().map(|row| (row.excess(), row.beyond().collect::<Vec<_>>())).collect();
    assert_eq!(beyond, [(0, vec![(3, "y")]), (0, vec![]), (1, vec![(3, "是"), (4, "z")])]);
}

#[test]
fn a_quotation_that_swallows_rows_is_refused_with_the_row_where_it_opens() {
    let row = |text: &str| match from_bytes("x.csv", format!("姓名,学校,寄宿\n{text}").as_bytes(), &known) {
        Err(SheetError::OpenQuote { row }) => Some(row),
        Ok(_) => None,
        other => panic!("{other:?}"),
    };
    assert_eq!(row("张三,一小,是\n李四,\"二\n小\",否\n\n王五,\"一小,是\n赵六,一小,是"), Some(5));
    assert_eq!(row("张三,\"一小,是\n李四,\"二小\",是\n"), Some(2), "closed by the mark that opens the next");
    for whole in
        ["张三,\"一\n小\" ,是", "\"张\"三,一小,是", "张三,5\"屏,是", "张三,\"\"\"一小\"\"\n\",\"\"", "张三,\"一小\""]
    {
        assert_eq!(row(whole), None, "{whole}");
    }
}

#[test]
fn many_known_headings_among_more_unknown_ones_are_a_heading_row_and_labels_with_values_are_none() {
    let file = book(|s| {
        words(s, 0, &["学校：", "第一小学", "出生日期：", "2010", "填表：", "张"]);
        words(
            s,
            1,
            &["序号", "姓名", "身份证号", "民族", "学校", "籍贯", "住址", "监护人姓名", "关系", "车牌", "寄宿"],
        );
        words(s, 2, &["1", "姓名", "", "", "第一小学", "", "", "学校", "", "", "寄宿"]);
    });
    let table = read(&file);
    assert_eq!((table.heading_row, table.rows.len()), (2, 1));
    // Three of seven are too few to tell a heading row from data.
    assert_eq!(code("x.csv", "姓名,a,b,学校,c,d,寄宿\n张三,1,2,一小,3,4,是\n".as_bytes()), "sheet.no_headings");
    let title = "学校：,一小,寄宿：,是\n序号,姓名,身份证号,民族,学校,籍贯,住址,监护人姓名,关系\n1,张三,,,一小,,,,\n";
    assert_eq!(csv(title.as_bytes()).heading_row, 2);
}
