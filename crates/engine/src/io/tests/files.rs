//! What people's own files look like.

use kit::Cell;
use rust_xlsxwriter::{ExcelDateTime, Format, Formula, Workbook};

use super::house::{CHILD, House, ROOM, SCHOOL, number, told};
use super::journeys::{HEAD, line};
use crate::io::Stopped;
use crate::sheet::SheetError;
use crate::sheet::tests_foreign::altered;

#[tokio::test]
async fn dates_and_digits_in_every_form() {
    let house = House::new().await;
    let cx = house.bureau();
    let forms = [
        "2010-3-1",
        "2010/3/1",
        "2010.3.1",
        "2010年3月1日",
        "2010年3月1号",
        "20100301",
        "40238",
        "２０１０－３－１",
        "2010-03-01 08:30",
    ];
    let mut text = HEAD.to_owned();
    for (serial, form) in (1..).zip(forms) {
        let number: String = number(serial).chars().map(|c| char::from_u32(u32::from(c) + 0xFEE0).unwrap()).collect();
        text.push_str(&format!("　何 小雨 ,Male,００１,1班,{number},{form},√,\n"));
    }
    assert_eq!(house.import(&cx, &CHILD, &text).await.new, forms.len());
    let day = Cell::Date("2010-03-01".parse().unwrap());
    for row in house.all(&CHILD).await {
        assert_eq!((row.get(&CHILD, "born"), row.get(&CHILD, "boarder")), (&day, &Cell::Bool(true)));
        assert_eq!(row.get(&CHILD, "name").text(), Some("何 小雨"));
    }
    assert_eq!(house.import(&cx, &CHILD, &text).await.unchanged, forms.len());
}

#[tokio::test]
async fn a_yes_is_what_people_write_for_it_under_this_heading() {
    let house = House::new().await;
    let says = ["住校", "寄宿", "✔", "走读", "✘"];
    let mut text = HEAD.to_owned();
    for (serial, said) in (1..).zip(says) {
        text.push_str(&line("何小雨", serial).replacen(",是,", &format!(",{said},"), 1));
    }
    assert_eq!(house.import(&house.bureau(), &CHILD, &text).await.new, says.len());
    let rows = house.all(&CHILD).await;
    let boarders = rows.iter().filter(|row| row.get(&CHILD, "boarder") == &Cell::Bool(true)).count();
    assert_eq!(boarders, 3);
    let plan = house.refused(&house.bureau(), &text.replacen("走读", "也许", 1)).await;
    assert_eq!(told(&plan), [(5, "寄宿".to_owned(), "value.flag")]);
}

/// A workbook as an office keeps it: a title, a merged group heading, sub-headings, numbers as text and dates as dates.
#[tokio::test]
async fn merged_headings_and_numbers_as_text() {
    let house = House::new().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let look = Format::new();
    sheet.merge_range(0, 0, 0, 6, "学生花名册", &look).unwrap();
    for (column, text) in [(0, "姓　名"), (1, "性别")] {
        sheet.merge_range(1, column, 2, column, text, &look).unwrap();
    }
    sheet.merge_range(1, 2, 1, 3, "就读", &look).unwrap();
    sheet.merge_range(1, 4, 1, 6, "基本情况", &look).unwrap();
    for (column, text) in [(2, "学校"), (3, "班级"), (4, "证件号码*"), (5, "出生日期"), (6, "寄宿")] {
        sheet.write_string(2, column, text).unwrap();
    }
    let date = Format::new().set_num_format("yyyy/m/d");
    for (row, serial) in (3..).zip(1..=2) {
        for (column, text) in [(0, "何小雨"), (1, "女"), (3, "1班"), (6, "否")] {
            sheet.write_string(row, column, text).unwrap();
        }
        sheet.write_string(row, 2, "001").unwrap();
        sheet.write_string(row, 4, number(serial)).unwrap();
        sheet.write_datetime_with_format(row, 5, ExcelDateTime::from_ymd(2010, 3, 1).unwrap(), &date).unwrap();
    }
    let bytes = book.save_to_buffer().unwrap();
    let plan = house.plan(&house.bureau(), &CHILD, "花名册.xlsx", &bytes).await.unwrap();
    assert_eq!((told(&plan), plan.new), (Vec::new(), 2));
    assert_eq!(*plan.changes[0].after.get(&CHILD, "born"), Cell::Date("2010-03-01".parse().unwrap()));
}

#[tokio::test]
async fn lost_digits_are_a_fault_and_no_value() {
    let house = House::new().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(HEAD.trim().split(',')) {
        sheet.write_string(0, column, text).unwrap();
    }
    for (column, text) in [(0, "何小雨"), (1, "女"), (2, "001"), (3, "1班"), (5, "2010-1-1"), (6, "否")] {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_number(1, 4, 4.311_242_010_010_112e17).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let plan = house.plan(&house.bureau(), &CHILD, "x.xlsx", &bytes).await.unwrap();
    assert_eq!(told(&plan), [(2, "证件号码".to_owned(), "io.lossy")]);
}

#[tokio::test]
async fn a_number_that_has_lost_its_zeros_makes_no_second_record() {
    let house = House::new().await;
    let cx = house.bureau();
    let text = "code,name\n1,濂溪小学\n0002,月岩学校\n3,新学校\n001,濂溪小学\nA1,别的\n";
    let plan = house.plan(&cx, &SCHOOL, "x.csv", text.as_bytes()).await.unwrap();
    let zeros = [2, 3].map(|row| (row, "code".to_owned(), "io.zeros"));
    assert_eq!((told(&plan), plan.new, plan.unchanged), (zeros.to_vec(), 2, 1));
    assert_eq!(plan.faults[0].refusal.args, [("value", "001".to_owned())]);
    // What refers to it does not find it.
    let plan = house.plan(&cx, &ROOM, "x.csv", "school,number,name\n1,9,九班\n".as_bytes()).await.unwrap();
    assert_eq!(told(&plan), [(2, "school".to_owned(), "value.unknown")]);
}

#[tokio::test]
async fn duplicates_name_the_other_row() {
    let house = House::new().await;
    let text = format!("{HEAD}{}{}{}", line("何小雨", 1), line("周一", 2), line("何小雨", 1));
    let plan = house.refused(&house.bureau(), &text).await;
    assert_eq!(told(&plan), [(4, "证件号码".to_owned(), "io.twice")]);
    assert_eq!(plan.faults[0].refusal.args, [("row", "2".to_owned())]);
    // The same where the record exists already.
    house.import(&house.bureau(), &CHILD, &format!("{HEAD}{}", line("何小雨", 1))).await;
    let plan = house.refused(&house.bureau(), &text).await;
    assert_eq!(told(&plan), [(4, "证件号码".to_owned(), "io.twice")]);
}

/// A key that can be read is told with whatever else is wrong in its row or in the other.
#[tokio::test]
async fn duplicates_are_told_of_faulty_rows_too() {
    let house = House::new().await;
    let twice = |row: u32| (row, "证件号码".to_owned(), "io.twice");
    let sex = |row: u32| (row, "性别".to_owned(), "value.choice");
    let room = |row: u32| (row, "班级".to_owned(), "value.unknown");
    let good = line("何小雨", 1);
    let wrong = good.replacen(",男,", ",公,", 1);
    let lost = good.replacen(",1班,", ",9班,", 1);
    for (first, second, faults) in [
        (&good, &wrong, vec![sex(3), twice(3)]),
        (&wrong, &good, vec![sex(2), twice(3)]),
        (&lost, &lost, vec![room(2), room(3), twice(3)]),
    ] {
        let plan = house.refused(&house.bureau(), &format!("{HEAD}{first}{second}")).await;
        assert_eq!(told(&plan), faults, "{first}{second}");
    }
}

#[tokio::test]
async fn of_a_key_of_several_fields_all_are_named() {
    let house = House::new().await;
    let cx = house.bureau();
    for text in ["school,number,name\n001,9,九班\n001,9,玖班\n", "school,number,name\n001,1,一班\n001,1,壹班\n"]
    {
        let plan = house.plan(&cx, &ROOM, "x.csv", text.as_bytes()).await.unwrap();
        assert_eq!(told(&plan), [(3, String::new(), "io.twice_key")]);
        let said = crate::io::message(&house.app, kit::Lang::Zh, house.kind(&ROOM), &plan.faults[0]);
        assert_eq!(said, "与第 2 行重复：学校 / 班号都相同。");
    }
}

#[tokio::test]
async fn every_fault_of_a_row_is_told_at_once() {
    let house = House::new().await;
    let text = format!("{HEAD},龙,幸福小学,1班,123,2031-01-01,也许,{}\n", "长".repeat(201));
    let plan = house.refused(&house.bureau(), &text).await;
    let codes: Vec<_> = told(&plan).into_iter().map(|(_, heading, code)| (heading, code)).collect();
    let expected = [
        ("姓名", "value.required"),
        ("性别", "value.choice"),
        ("学校", "value.unknown"),
        ("证件号码", "code.length"),
        ("出生日期", "child.unborn"),
        ("寄宿", "value.flag"),
        ("备注", "value.long"),
    ];
    assert_eq!(codes, expected.map(|(heading, code)| (heading.to_owned(), code)));
}

#[tokio::test]
async fn a_missing_required_column_is_said_once() {
    let house = House::new().await;
    let text =
        format!("姓名,学校,班级,证件号码,寄宿,别的\n甲,001,1班,{},是,x\n乙,001,1班,{},是,y\n", number(1), number(2));
    let plan = house.refused(&house.bureau(), &text).await;
    assert_eq!(told(&plan), [(1, String::new(), "io.column_missing")]);
    assert_eq!(plan.faults[0].refusal.args, [("n", "性别 / 出生日期".to_owned())]);
    assert_eq!(plan.ignored, ["别的"]);
    let twice = "姓名,Full name\n甲,乙\n";
    let stopped = house.plan(&house.bureau(), &CHILD, "x.csv", twice.as_bytes()).await.err().unwrap();
    assert!(matches!(stopped.refused(), crate::save::Refused::Faults(faults) if faults[0].code == "io.heading_twice"));
}

#[tokio::test]
async fn a_field_is_known_by_what_people_call_it_and_its_own_name_comes_first() {
    let house = House::new().await;
    let cx = house.bureau();
    let text = format!("{HEAD}{}", line("何小雨", 1));
    for name in ["身份证号", "身份證號碼", "ID Card"] {
        let plan = house.plan(&cx, &CHILD, "x.csv", text.replacen("证件号码", name, 1).as_bytes()).await.unwrap();
        assert_eq!((told(&plan), plan.new, plan.ignored.len()), (Vec::new(), 1, 0), "{name}");
    }
    // Both: the field's own name is read, the other is left out and told, whichever stands first.
    let both = format!("身份证号,{HEAD}x,{}", line("何小雨", 1));
    let plan = house.plan(&cx, &CHILD, "x.csv", both.as_bytes()).await.unwrap();
    assert_eq!((told(&plan), plan.new, plan.ignored), (Vec::new(), 1, vec!["身份证号".to_owned()]));
}

#[tokio::test]
async fn a_new_record_cannot_begin_masked() {
    let house = House::new().await;
    let plan = house.refused(&house.bureau(), &format!("{HEAD}何**,男,001,1班,{},2010-01-01,是,\n", number(1))).await;
    assert_eq!(told(&plan), [(2, "姓名".to_owned(), "io.veiled")]);
}

#[tokio::test]
async fn empty_files_and_huge_cells_are_told_in_words() {
    let house = House::new().await;
    let cx = house.bureau();
    for (bytes, code) in [
        (&b""[..], "sheet.empty"),
        (HEAD.as_bytes(), "sheet.empty"),
        (&b"\x89PNG\r\n\x1a\n\0\0"[..], "sheet.wrong_type"),
        ("甲,乙\n1,2\n".as_bytes(), "sheet.no_headings"),
    ] {
        let refused = house.plan(&cx, &CHILD, "x.csv", bytes).await.err().unwrap().refused();
        let crate::save::Refused::Faults(faults) = refused else { panic!("{code}") };
        assert_eq!(faults[0].code, code);
        assert!(house.app.words.has(&format!("error.{code}")));
    }
    let huge = format!("{HEAD}{}\"{}\"\n", line("何小雨", 1).trim_end(), "长".repeat(40_000));
    let stopped = house.plan(&cx, &CHILD, "x.csv", huge.as_bytes()).await.err().unwrap();
    assert!(matches!(stopped, Stopped::Sheet(SheetError::LongCell { row: 2, .. })));
}

#[tokio::test]
async fn a_formula_without_a_result_empties_nothing() {
    let house = House::new().await;
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(HEAD.trim().split(',')) {
        sheet.write_string(0, column, text).unwrap();
    }
    for (column, text) in (0..).zip(line("何小雨", 1).trim().split(',')) {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_formula(1, 7, Formula::new("=A1").set_result("7531")).unwrap();
    let bytes = altered(&book.save_to_buffer().unwrap(), "xl/worksheets/sheet1.xml", |xml| {
        xml.replace("<v>7531</v>", "<v></v>")
    });
    let plan = house.plan(&house.bureau(), &CHILD, "x.xlsx", &bytes).await.unwrap();
    assert_eq!(told(&plan), [(2, "备注".to_owned(), "io.unsolved")]);
}

#[tokio::test]
async fn a_sheet_beside_the_list_is_told_and_our_own_notes_are_not() {
    let house = House::new().await;
    let mut book = Workbook::new();
    for (name, rows) in
        [("名单", [HEAD, &line("何小雨", 1)]), ("二", [&line("周一", 2), &line("黄二", 3)]), ("说明", ["请填写", ""])]
    {
        let sheet = book.add_worksheet().set_name(name).unwrap();
        for (row, cells) in (0..).zip(rows) {
            for (column, text) in (0..).zip(cells.trim().split(',')) {
                sheet.write_string(row, column, text).unwrap();
            }
        }
    }
    let cx = house.bureau();
    let plan = house.plan(&cx, &CHILD, "x.xlsx", &book.save_to_buffer().unwrap()).await.unwrap();
    assert_eq!((plan.new, plan.faults.len()), (1, 0));
    assert_eq!(plan.left_out(&cx), ["工作表“二”"]);
}
