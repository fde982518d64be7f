//! Workbooks as other programs write them: what ours never puts into one is put into its parts by hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its file has failed")]

use std::io::{Cursor, Read, Write};

use rust_xlsxwriter::{Format, Formula};

use super::Mark;
use super::tests::{book, cells, read};

/// A workbook with one of its parts changed.
pub(crate) fn altered(bytes: &[u8], name: &str, change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut out = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let names: Vec<String> = archive.file_names().map(|name| name.unwrap().into_owned()).collect();
    for part in names {
        let mut text = String::new();
        archive.by_name(&part).unwrap().read_to_string(&mut text).unwrap();
        let changed = if part == name { change(&text) } else { text.clone() };
        assert_eq!(part == name, changed != text, "{part}");
        out.start_file(part, zip::write::SimpleFileOptions::default()).unwrap();
        out.write_all(changed.as_bytes()).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn a_formula_without_a_result_is_not_empty_and_one_that_says_nothing_is() {
    let file = book(|s| {
        for (at, word) in (0..).zip(["姓名", "学校", "寄宿"]) {
            s.write_string(0, at, word).unwrap();
        }
        s.write_string(1, 0, "张三").unwrap();
        s.write_formula(1, 1, Formula::new("=B9").set_result("7531")).unwrap();
        s.write_formula(1, 2, Formula::new("=C9").set_result("8642")).unwrap();
    });
    let file = altered(&file, "xl/worksheets/sheet1.xml", |text| {
        let bare = text.replace("<v>7531</v>", "<v></v>");
        let (before, after) = bare.split_once("<f>C9</f><v>8642</v>").unwrap();
        let (head, _) = before.rsplit_once("<c ").unwrap();
        format!("{head}<c r=\"C2\" t=\"str\"><f>C9</f><v></v>{after}")
    });
    let table = read(&file);
    assert_eq!(cells(&table), [(2, vec!["张三", "=B9", ""])]);
    assert_eq!(table.rows.marks(), [(2, 1, Mark::Unsolved)]);
    assert_eq!(table.rows.get(0).unwrap().again(1), "#N/A", "said again when it is read again");
}

#[test]
fn a_number_is_read_with_the_zeros_that_its_cell_shows() {
    let file = book(|s| {
        let zeros = Format::new().set_num_format("000000");
        for (at, word) in (0..).zip(["姓名", "身份证号", "学校"]) {
            s.write_string(0, at, word).unwrap();
        }
        s.write_number_with_format(1, 0, 123, &zeros).unwrap();
        s.write_blank(1, 1, &Format::new().set_bold()).unwrap();
        s.write_number(1, 2, 123).unwrap();
        s.write_number_with_format(2, 0, 1_234_567, &zeros).unwrap();
        s.write_number_with_format(2, 1, 1.5, &zeros).unwrap();
        s.write_formula_with_format(2, 2, Formula::new("=A2").set_result("7"), &zeros).unwrap();
    });
    assert_eq!(cells(&read(&file)), [(2, vec!["000123", "", "123"]), (3, vec!["1234567", "1.5", "000007"])]);
    let text = "姓名,身份证号,学校\n\"=\"\"000777\"\"\",'000778,=\"一小\"\n='x,''9,'x\n";
    let table = super::from_bytes("x.csv", text.as_bytes(), &super::tests::known).unwrap();
    assert_eq!(cells(&table), [(2, vec!["000777", "000778", "一小"]), (3, vec!["='x", "'9", "'x"])]);
}

#[test]
fn what_is_merged_over_several_rows_stands_in_each() {
    let file = book(|s| {
        let look = Format::new();
        s.merge_range(0, 0, 1, 0, "姓名", &look).unwrap();
        s.merge_range(0, 1, 0, 2, "就读", &look).unwrap();
        s.write_string(1, 1, "学校").unwrap();
        s.write_string(1, 2, "身份证号").unwrap();
        // Its border goes further than the list; the second column of it is no cell.
        s.merge_range(2, 1, 40, 1, "第一小学", &look).unwrap();
        s.merge_range(3, 0, 4, 0, "李四", &look).unwrap();
        s.merge_range(5, 2, 6, 3, "x", &look).unwrap();
        s.write_string(2, 0, "张三").unwrap();
        s.write_string(5, 0, "王五").unwrap();
        s.write_string(6, 0, "赵六").unwrap();
        for row in 2..5 {
            s.write_number(row, 2, row).unwrap();
        }
    });
    let expected = [
        (3, vec!["张三", "第一小学", "2"]),
        (4, vec!["李四", "第一小学", "3"]),
        (5, vec!["李四", "第一小学", "4"]),
        (6, vec!["王五", "第一小学", "x"]),
        (7, vec!["赵六", "第一小学", "x"]),
    ];
    assert_eq!(cells(&read(&file)), expected);
}

#[test]
fn escaped_characters_are_what_they_stand_for() {
    let file = book(|s| {
        for (at, word) in (0..).zip(["姓名", "学校", "寄宿"]) {
            s.write_string(0, at, word).unwrap();
        }
        s.write_string(1, 0, "一Q000D~\n二").unwrap();
        s.write_string(1, 1, "Q005F~x000D~ Q00G0~").unwrap();
        s.write_string(1, 2, "_x000D_").unwrap();
        s.write_string(2, 0, "Q0041~Q0042~").unwrap();
        s.write_formula(2, 1, Formula::new("=A1").set_result("一Q000D~二")).unwrap();
    });
    let escape = |text: &str| text.replace('Q', "_x").replace('~', "_");
    let file = altered(&file, "xl/sharedStrings.xml", escape);
    let file = altered(&file, "xl/worksheets/sheet1.xml", escape);
    let expected = [(2, vec!["一\n二", "_x000D_ _x00G0_", "_x000D_"]), (3, vec!["AB", "一\n二", ""])];
    assert_eq!(cells(&read(&file)), expected);
}
