//! Writing, and reading what was written.

#![expect(clippy::unwrap_used, reason = "a test that cannot make its file has failed")]

use calamine::{Reader, Xlsx};
use chrono::NaiveDate;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use super::guard::plain;
use super::tests::{cells, known, read};
use super::{
    Column, Fault, FaultWords, FaultyRow, Mark, Out, TemplateWords, from_bytes, safe, template, unsafe_prefix_removed,
    write_csv, write_faults, write_xlsx,
};

fn column(heading: &str) -> Column {
    Column { heading: heading.to_owned(), ..Column::default() }
}

fn text(value: &str) -> Out {
    Out::Text(value.to_owned())
}

fn xlsx(columns: &[Column], rows: Vec<Vec<Out>>) -> Vec<u8> {
    let mut out = Vec::new();
    write_xlsx(&mut out, "名单", columns, rows.into_iter()).unwrap();
    out
}

/// The names of all sheets, hidden ones included.
fn sheets(bytes: &[u8]) -> Vec<String> {
    Xlsx::new(std::io::Cursor::new(bytes)).unwrap().sheet_names()
}

#[test]
fn the_guard_is_undone_exactly() {
    for formula in ["=1+1", "+86", "-", "@x", "\t=1", "\r", "＝1", "＋", "－1", "＠", "  =1", "'=1", "''=1", "' =1"]
    {
        assert_eq!(safe(formula), format!("'{formula}"));
        assert_eq!(unsafe_prefix_removed(&safe(formula)), formula);
    }
    for harmless in ["", "'", "张三", "'quoted'", "a=b", "1-2", "''", "'' x"] {
        assert_eq!(safe(harmless), harmless);
        assert_eq!(unsafe_prefix_removed(harmless), harmless);
    }
}

/// Texts full of what breaks writers and readers.
fn nasty(random: &mut StdRng) -> String {
    const BITS: [&str; 36] = [
        "=",
        "+",
        "-",
        "@",
        "\t",
        "\r",
        "\n",
        "\r\n",
        "＝",
        "＠",
        "'",
        "\"",
        ",",
        ";",
        " ",
        "\u{3000}",
        "_x000D_",
        "_x0041_",
        "_x005F_",
        "&amp;",
        "<",
        "]]>",
        "张",
        "𠮷",
        "é",
        "e\u{301}",
        "\u{200B}",
        "\u{FEFF}",
        "\0",
        "\u{7}",
        "\u{FFFE}",
        "\u{85}",
        "0",
        "1E+17",
        "TRUE",
        "👩‍👧",
    ];
    (0..random.random_range(0..7)).map(|_| BITS[random.random_range(0..BITS.len())]).collect()
}

#[test]
fn any_text_survives_writing_and_reading_in_both_formats() {
    let mut random = StdRng::seed_from_u64(20_211_220);
    let columns = [column("姓名"), Column { text: true, ..column("身份证号") }, column("学校")];
    let rows: Vec<[String; 3]> =
        (0..4_000).map(|_| [nasty(&mut random), nasty(&mut random), nasty(&mut random)]).collect();
    let out = || rows.iter().map(|row| row.iter().map(|t| text(t)).collect::<Vec<_>>());
    // What a cell can hold: no control characters, one kind of line end, no white space around it.
    let held = rows.iter().map(|row| row.each_ref().map(|t| plain(t).trim().to_owned()));
    let held: Vec<_> = (2_u32..).zip(held).filter(|(_, row)| row.iter().any(|t| !t.is_empty())).collect();
    let mut csv = Vec::new();
    write_csv(&mut csv, &columns, out()).unwrap();
    for (name, file) in [("a.xlsx", xlsx(&columns, out().collect())), ("a.csv", csv)] {
        let table = from_bytes(name, &file, &known).unwrap();
        let read = cells(&table);
        assert_eq!(read.len(), held.len(), "{name}");
        for ((number, row), (expected, texts)) in read.iter().zip(&held) {
            assert_eq!((number, row), (expected, &texts.iter().map(String::as_str).collect()), "{name}");
        }
    }
}

#[test]
fn values_come_back_as_they_were_and_long_numbers_stay_whole() {
    let columns = [column("姓名"), Column { text: true, ..column("身份证号") }, column("学校"), column("出生日期")];
    let day = NaiveDate::from_ymd_opt(2010, 1, 31).unwrap();
    let early = NaiveDate::from_ymd_opt(1899, 1, 31).unwrap();
    let rows = vec![
        vec![text("张三"), Out::Int(431_124_201_001_010_011), Out::Int(-5), Out::Date(day)],
        vec![Out::Real(1.5), Out::Int(7), Out::Int(431_124_201_001_010_011), Out::Date(early)],
        vec![Out::Empty, text("00123"), Out::Real(f64::NAN), Out::Empty],
    ];
    let expected = [
        (2, vec!["张三", "431124201001010011", "-5", "2010-01-31"]),
        (3, vec!["1.5", "7", "431124201001010011", "1899-01-31"]),
        (4, vec!["", "00123", "", ""]),
    ];
    let mut csv = Vec::new();
    write_csv(&mut csv, &columns, rows.clone().into_iter()).unwrap();
    assert!(csv.starts_with("\u{FEFF}姓名,身份证号,学校,出生日期\r\n".as_bytes()));
    let book = xlsx(&columns, rows);
    for (name, file) in [("a.xlsx", book), ("a.csv", csv)] {
        let table = from_bytes(name, &file, &known).unwrap();
        assert_eq!(cells(&table), expected, "{name}");
        assert!(table.rows.marks().is_empty());
    }
}

#[test]
fn a_template_is_an_empty_list_with_a_page_of_notes() {
    let schools: Vec<String> = (0..200).map(|n| format!("第{n}小学")).collect();
    let columns = [
        Column { required: true, hint: "与户口簿一致".to_owned(), ..column("姓名") },
        Column { choices: schools, ..column("学校") },
        Column { choices: vec!["是".to_owned(), "否".to_owned()], ..column("寄宿") },
    ];
    let word = str::to_owned;
    let words = TemplateWords {
        sheet: word("说明"),
        notes: vec![word("请勿改动标题行")],
        column: word("列"),
        required: word("必填"),
        hint: word("填写说明"),
        choices: word("可填的值"),
        yes: word("是"),
        no: word("否"),
    };
    let mut out = Vec::new();
    template(&mut out, "学生", &columns, &words).unwrap();
    assert_eq!(sheets(&out), ["学生", "说明", "_lists"]);
    let table = read(&out);
    assert_eq!((table.sheet.as_str(), table.heading_row, table.rows.len()), ("学生", 1, 0));
    assert_eq!(table.headings, ["姓名", "学校", "寄宿"]);
    let notes = from_bytes("x.xlsx", &out, &|label| ["列", "必填", "填写说明", "可填的值"].contains(&label)).unwrap();
    let rows = cells(&notes);
    assert_eq!((notes.sheet.as_str(), notes.heading_row), ("说明", 2));
    assert_eq!(rows[0].1, ["姓名", "是", "与户口簿一致", ""]);
    assert_eq!(rows[2].1, ["寄宿", "否", "", "是 / 否"]);
}

#[test]
fn the_fault_workbook_can_be_corrected_and_read_again() {
    let columns = [column("姓名"), Column { text: true, ..column("身份证号") }];
    let words = FaultWords {
        sheet: "错误".to_owned(),
        row: "原行号".to_owned(),
        reasons: "错误原因".to_owned(),
        separator: "；".to_owned(),
    };
    let fault = |column, message: &str| Fault { column, message: message.to_owned() };
    let faulty = FaultyRow {
        number: 118,
        cells: vec!["=张三".to_owned(), "431124201001010011".to_owned()],
        faults: vec![fault(Some(1), "校验码不对"), fault(None, "重复")],
    };
    let mut out = Vec::new();
    write_faults(&mut out, &words, &columns, std::iter::once(faulty)).unwrap();
    let table = read(&out);
    assert_eq!(table.headings, ["原行号", "姓名", "身份证号", "错误原因"]);
    let row = vec!["118", "=张三", "431124201001010011", "身份证号: 校验码不对；重复"];
    assert_eq!(cells(&table), [(2, row)]);
}

#[test]
fn a_workbook_that_cannot_be_made_says_so() {
    let long = vec![vec![text(&"长".repeat(40_000))]];
    let error = write_xlsx(Vec::new(), "名单", &[column("姓名")], long.into_iter()).unwrap_err();
    assert_eq!(error.code(), "sheet.write");
    let error = write_xlsx(Vec::new(), "a/b", &[column("姓名")], std::iter::empty()).unwrap_err();
    assert_eq!(error.code(), "sheet.write");
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the time is printed for people and decides nothing")]
fn a_county_of_pupils_stays_small_in_memory() {
    let columns: Vec<Column> = (0..12).map(|n| column(if n < 6 { "姓名" } else { "学校" })).collect();
    let row = |n: u64| {
        (0..12).map(move |c| match c {
            0 => Out::Text(format!("学生{n}")),
            1 => Out::Text(format!("43112420100101{:04}", n % 10_000)),
            c => Out::Text(format!("第{}小学{c}", n % 76)),
        })
    };
    let started = std::time::Instant::now();
    let file = xlsx(&columns, (0..114_000).map(|n| row(n).collect()).collect());
    let written = started.elapsed();
    let started = std::time::Instant::now();
    let table = read(&file);
    let taken = started.elapsed();
    println!("write {written:?}, read {taken:?}, {} kB held", table.rows.bytes() / 1024);
    assert_eq!((table.rows.len(), table.rows.width()), (114_000, 12));
    assert!(table.rows.bytes() < 100_000_000);
    let last = table.rows.get(113_999).unwrap();
    assert_eq!((last.number(), last.cell(0), last.mark(1)), (114_001, "学生113999", Mark::None));
}
