//! Whole journeys of a file: in, again, out, corrected, refused.

use kit::{Cell, Role, Scope};

use super::house::{CHILD, House, ROOM, SCHOOL, UNIT, number, told};
use crate::io::{Format, carry_out, export, quiet, template_bytes, write_faults};
use crate::save::Refused;

pub const HEAD: &str = "姓名,性别,学校,班级,证件号码,出生日期,寄宿,备注\n";

pub fn line(name: &str, serial: u32) -> String {
    format!("{name},男,濂溪小学,1班,{},2010-01-01,是,\n", number(serial))
}

#[tokio::test]
async fn a_file_is_imported_once_and_then_changes_nothing() {
    let house = House::new().await;
    let cx = house.bureau();
    let text = format!("{HEAD}{}{}", line("欧阳明", 1), line("何小雨", 2));
    let summary = house.import(&cx, &CHILD, &text).await;
    assert_eq!((summary.new, summary.changed, summary.unchanged), (2, 0, 0));
    let again = house.import(&cx, &CHILD, &text).await;
    assert_eq!((again.new, again.changed, again.unchanged), (0, 0, 2));
    assert!(house.all(&CHILD).await.iter().all(|row| row.version == 1));
    let moved = text.replacen("1班", "2班", 1);
    let changed = house.import(&cx, &CHILD, &moved).await;
    assert_eq!((changed.new, changed.changed, changed.unchanged), (0, 1, 1));
    let versions: Vec<_> = house.all(&CHILD).await.iter().map(|row| row.version).collect();
    assert_eq!(versions.iter().sum::<i64>(), 3);
}

#[tokio::test]
async fn a_changed_row_keeps_its_sealed_values_untouched() {
    let house = House::new().await;
    let cx = house.bureau();
    house.import(&cx, &CHILD, &format!("{HEAD}{}", line("何小雨", 2))).await;
    let before = house.all(&CHILD).await;
    house.import(&cx, &CHILD, &format!("{HEAD}{}", line("何晓雨", 2))).await;
    let after = house.all(&CHILD).await;
    assert_eq!(before[0].get(&CHILD, "number"), after[0].get(&CHILD, "number"));
    assert_eq!(after[0].get(&CHILD, "name").text(), Some("何晓雨"));
}

#[tokio::test]
async fn what_is_exported_comes_back_without_a_change_for_every_role() {
    let house = House::new().await;
    let bureau = house.bureau();
    let odd = format!(
        "姓名,性别,学校,班级,证件号码,电话,出生日期,身高,体重,寄宿,备注\n\
         欧阳明,女,001,2班,{},13800138000,2010年1月2日,140,35.5,否,=cmd|' /C calc'!A0\n\
         何小雨,9,002 月岩学校,3班,{},,20100103,,,true,\"第一行\n-第二行\"\n\
         周'一,1,月岩学校,1班,{},0746-5221234,2010.1.4,,110.123456789,0,'\n",
        number(1),
        number(2),
        number(3)
    );
    house.import(&bureau, &CHILD, &odd).await;
    for cx in [house.bureau(), house.school()] {
        for format in [Format::Xlsx, Format::Csv] {
            for lang in kit::Lang::ALL {
                let cx = crate::app::Cx { lang: *lang, ..cx.clone() };
                let bytes = export(&cx, house.kind(&CHILD), &[], format).await.unwrap();
                let plan = house.plan(&cx, &CHILD, &format!("x.{}", format.ending()), &bytes).await.unwrap();
                assert_eq!(told(&plan), Vec::new());
                let seen = if cx.actor.scope.all { 3 } else { 1 };
                assert_eq!((plan.new, plan.changed, plan.unchanged, plan.ignored.len()), (0, 0, seen, 0));
                assert!(plan.changes.is_empty());
            }
        }
    }
    for noun in [&SCHOOL, &ROOM, &UNIT] {
        let bytes = export(&bureau, house.kind(noun), &[], Format::Xlsx).await.unwrap();
        let plan = house.plan(&bureau, noun, "x.xlsx", &bytes).await;
        assert!(plan.map_or(noun.name == "unit", |plan| plan.changes.is_empty() && plan.faults.is_empty()));
    }
}

#[tokio::test]
async fn an_export_hides_what_its_reader_may_not_see_and_runs_nowhere() {
    let house = House::new().await;
    let text = format!("{HEAD}欧阳明,男,001,1班,{},2010-01-01,是,\"=HYPERLINK(\"\"http://x\"\")\"\n", number(7));
    house.import(&house.bureau(), &CHILD, &text).await;
    let bytes = export(&house.school(), house.kind(&CHILD), &[], Format::Csv).await.unwrap();
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains("欧**") && !text.contains("欧阳明"));
    assert!(text.contains("009900**********") && !text.contains(&number(7)));
    assert!(text.contains("\"'=HYPERLINK(") && text.contains("状态（不导入）"));
    let nobody = house.cx(Role::Guard, Scope::county());
    assert!(matches!(export(&nobody, house.kind(&CHILD), &[], Format::Csv).await, Err(Refused::Missing)));
}

#[tokio::test]
async fn the_faulty_rows_are_corrected_in_their_workbook_and_fed_back() {
    let house = House::new().await;
    let cx = house.bureau();
    let good = format!("{HEAD}{}{}", line("何小雨", 1), line("周一", 2));
    let bad = good.replacen("2010-01-01", "2010-02-30", 1);
    let plan = house.refused(&cx, &bad).await;
    assert_eq!(told(&plan), [(2, "出生日期".to_owned(), "value.date")]);
    let book = write_faults(&house.app, house.kind(&CHILD), &plan, kit::Lang::Zh, None).unwrap();
    let again = house.plan(&cx, &CHILD, "faults.xlsx", &book).await.unwrap();
    assert_eq!(told(&again), [(2, "出生日期".to_owned(), "value.date")]);
    let twice = write_faults(&house.app, house.kind(&CHILD), &again, kit::Lang::Zh, None).unwrap();
    let rows = read(&twice);
    assert_eq!(rows.iter().filter(|cell| *cell == "原行号").count(), 1, "the extra columns do not pile up");
    let corrected = csv_of(&book).replacen("2010-02-30", "2010-02-28", 1);
    let summary = house.import(&cx, &CHILD, &corrected).await;
    assert_eq!((summary.new, house.count(&CHILD).await), (1, 1));
}

#[tokio::test]
async fn corrected_rows_go_back_into_their_file() {
    let house = House::new().await;
    let cx = house.bureau();
    let good = format!("花名册\n\n{HEAD}{}\n{}{}", line("何小雨", 1), line("=周一", 2), line("黄二", 3));
    let bad = good.replacen("2010-01-01", "2010-02-30", 1).replacen(&number(3), "4.31124E+17", 1);
    let plan = house.refused(&cx, &bad).await;
    assert_eq!(told(&plan).iter().map(|(row, _, _)| *row).collect::<Vec<_>>(), [4, 7]);
    let book = write_faults(&house.app, house.kind(&CHILD), &plan, kit::Lang::Zh, None).unwrap();
    let half = csv_of(&book).replacen("2010-02-30", "2010-02-28", 1);
    let whole = mended(&house, &bad, half.as_bytes()).await.unwrap();
    let plan = house.refused(&cx, &whole).await;
    assert_eq!(told(&plan), [(7, "证件号码".to_owned(), "io.lossy")]);
    let corrected = half.replacen("4.31124E+17", &number(3), 1);
    let whole = mended(&house, &bad, corrected.as_bytes()).await.unwrap();
    assert_eq!(house.import(&cx, &CHILD, &whole).await.new, 3);
    assert!(house.all(&CHILD).await.iter().any(|row| row.get(&CHILD, "name").text() == Some("=周一")));
    assert!(mended(&house, &good, good.as_bytes()).await.is_none(), "no workbook of faults");
}

#[tokio::test]
async fn what_is_still_wrong_is_corrected_after_what_was_and_another_file_takes_nothing() {
    let house = House::new().await;
    let (cx, kind) = (house.bureau(), house.kind(&CHILD));
    let good = format!("{HEAD}{}{}", line("何小雨", 1), line("周一", 2));
    let bad = good.replace("2010-01-01", "2010-02-30");
    let tag = crate::io::tag(bad.as_bytes());
    let book = |rows: String| (format!("faults-{tag}.csv"), format!("原行号,{HEAD}{rows}").into());
    let (first, second) = (book(format!("2,{}", line("何小雨", 1))), book(format!("3,{}", line("周一", 2))));
    let one = vec![first.clone()];
    let plan = crate::io::corrected(&cx, kind, ("x.csv", bad.clone().into()), one, &quiet).await.unwrap();
    assert_eq!(told(&plan), [(3, "出生日期".to_owned(), "value.date")]);
    let both = vec![first, second.clone()];
    let plan = crate::io::corrected(&cx, kind, ("x.csv", bad.into()), both, &quiet).await.unwrap();
    assert_eq!((plan.new, plan.faults.len()), (2, 0));
    let other = crate::io::corrected(&cx, kind, ("x.csv", good.clone().into()), vec![second], &quiet).await;
    assert!(other.is_err(), "the tag is another file's");
    let none = vec![("x.csv".to_owned(), good.clone().into())];
    assert!(crate::io::corrected(&cx, kind, ("x.csv", good.into()), none, &quiet).await.is_err());
}

#[tokio::test]
async fn a_row_with_a_comma_too_many_is_a_fault_until_it_is_corrected() {
    let house = House::new().await;
    let cx = house.bureau();
    let bad = format!("{HEAD}{}{}", line("何小雨", 1).replacen("是,", "是,过敏,花生", 1), line("周一", 2));
    let plan = house.refused(&cx, &bad).await;
    assert_eq!(told(&plan), [(2, String::new(), "io.more_cells")]);
    let book = write_faults(&house.app, house.kind(&CHILD), &plan, kit::Lang::Zh, None).unwrap();
    let whole = mended(&house, &bad, &book).await.unwrap();
    assert_eq!(told(&house.refused(&cx, &whole).await), [(2, String::new(), "io.more_cells")], "nothing was corrected");
    // What was too much stands in a column of its own, and is wrong there until it is moved.
    let halfway = csv_of(&book).replacen("过敏", "过敏,花生", 1);
    let whole = mended(&house, &bad, halfway.as_bytes()).await.unwrap();
    assert_eq!(told(&house.refused(&cx, &whole).await), [(2, String::new(), "io.more_cells")]);
    let alone = house.refused(&cx, &halfway).await;
    assert_eq!(told(&alone), [(2, "多出的内容".to_owned(), "io.surplus")], "the workbook without its file");
    let again = write_faults(&house.app, house.kind(&CHILD), &alone, kit::Lang::En, None).unwrap();
    assert_eq!(read(&again).iter().filter(|heading| *heading == "多出的内容").count(), 1);
    assert!(csv_of(&again).contains("\"花生\""), "fed back, it is kept");
    let corrected = halfway.replacen("\"花生\"", "", 1);
    let whole = mended(&house, &bad, corrected.as_bytes()).await.unwrap();
    assert_eq!(house.import(&cx, &CHILD, &whole).await.new, 2);
    let nameless = format!("{},\n{}x\n", HEAD.trim_end(), line("何小雨", 1).replacen("是,", "是,,", 1).trim_end());
    assert_eq!(house.plan(&cx, &CHILD, "x.csv", nameless.as_bytes()).await.unwrap().ignored, ["I 列（无标题）"]);
}

/// A workbook with a remark beside its table, and one between: neither is lost on the way, whether the rows go back into their file or not.
#[tokio::test]
async fn what_stands_in_a_column_without_a_heading_stays_with_its_row() {
    let house = House::new().await;
    let cx = house.bureau();
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    let rows = [line("何小雨", 1).replacen("2010-01-01", "2010-02-30", 1), line("周一", 2)];
    for (row, text) in (0..).zip([HEAD, &rows[0], &rows[1]]) {
        for (column, cell) in (0..).zip(text.trim().split(',')) {
            sheet.write_string(row, column, cell).unwrap();
        }
    }
    sheet.write_string(1, 9, "转学").unwrap();
    let original = book.save_to_buffer().unwrap();
    let plan = house.plan(&cx, &CHILD, "x.xlsx", &original).await.unwrap();
    assert_eq!((told(&plan).len(), &plan.ignored[..]), (1, &["J 列（无标题）".to_owned()][..]));
    let faults = write_faults(&house.app, house.kind(&CHILD), &plan, kit::Lang::Zh, None).unwrap();
    assert!(csv_of(&faults).contains("\"转学\""));
    let alone = house.plan(&cx, &CHILD, "faults.xlsx", &faults).await.unwrap();
    assert_eq!((alone.faults.len(), &alone.ignored[..]), (1, &["J 列（无标题）".to_owned()][..]));
    let fixed = csv_of(&faults).replacen("2010-02-30", "2010-02-28", 1);
    let table = crate::io::import::read(&cx, house.kind(&CHILD), "y.csv", fixed.into_bytes().into()).await.unwrap();
    let original = ("x.xlsx", original.into());
    let whole = crate::io::mend::mend(&cx, house.kind(&CHILD), original, (&table, 0)).await.unwrap();
    let plan = house.plan(&cx, &CHILD, "x.csv", &whole).await.unwrap();
    assert_eq!((plan.new, plan.faults.len(), &plan.ignored[..]), (2, 0, &["J 列（无标题）".to_owned()][..]));
}

#[tokio::test]
async fn a_row_that_a_workbook_of_faults_adds_is_new_or_refused_and_never_dropped() {
    let house = House::new().await;
    let (cx, kind) = (house.bureau(), house.kind(&CHILD));
    let bad = format!("{HEAD}{}{}", line("何小雨", 1), line("周一", 2)).replacen("2010-01-01", "2010-02-30", 1);
    let corrections = |rows: &[(&str, u32)]| {
        let rows: Vec<_> =
            rows.iter().map(|(number, serial)| format!("{number},{}", line("何小雨", *serial))).collect();
        let rows = rows.concat();
        vec![("y.csv".to_owned(), format!("原行号,{HEAD}1,,,,,,,,\n{rows},,,,,,,,\n").into())]
    };
    let tried = async |rows: &[(&str, u32)]| {
        crate::io::corrected(&cx, kind, ("x.csv", bad.clone().into()), corrections(rows), &quiet).await
    };
    let plan = tried(&[("2", 1), ("", 3)]).await.unwrap();
    assert_eq!((plan.new, told(&plan)), (3, Vec::new()));
    for (rows, code) in [
        (&[("2", 1), ("2", 3)][..], "io.row_twice"),
        (&[("2", 1), ("9", 3)], "io.row_unknown"),
        (&[("2", 1), ("新", 3)], "io.row_unknown"),
    ] {
        let Refused::Faults(faults) = tried(rows).await.err().unwrap().refused() else { panic!("{code}") };
        assert_eq!((faults.len(), faults[0].code, &faults[0].args[0]), (1, code, &("row", "4".to_owned())));
    }
}

/// A file with the corrections of a workbook of its faults.
async fn mended(house: &House, original: &str, corrections: &[u8]) -> Option<String> {
    let (cx, kind) = (house.bureau(), house.kind(&CHILD));
    let name = if corrections.starts_with(b"PK") { "y.xlsx" } else { "y.csv" };
    let table = crate::io::import::read(&cx, kind, name, corrections.to_vec().into()).await.unwrap();
    let line = crate::io::mend::corrects(&cx, kind, &table)?;
    let original = ("x.csv", original.to_owned().into());
    let whole = crate::io::mend::mend(&cx, kind, original, (&table, line)).await.unwrap();
    Some(String::from_utf8(whole).unwrap())
}

#[tokio::test]
async fn what_is_no_value_is_none_in_its_workbook_of_faults_either() {
    let house = House::new().await;
    let cx = house.bureau();
    let text = format!("{HEAD}{}{}", line("#N/A", 1), line("何小雨", 2).replacen("2010-01-01", "#ref!", 1));
    let plan = house.refused(&cx, &text).await;
    let faults = [(2, "姓名".to_owned(), "io.error_cell"), (3, "出生日期".to_owned(), "io.error_cell")];
    assert_eq!(told(&plan), faults);
    // A long number in a cell of numbers, as a spreadsheet program keeps it.
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, text) in (0..).zip(HEAD.trim().split(',')) {
        sheet.write_string(0, column, text).unwrap();
    }
    for (column, text) in (0..).zip(line("何小雨", 2).trim().split(',')) {
        sheet.write_string(1, column, text).unwrap();
    }
    sheet.write_number(1, 4, 4.311_242_010_010_112e17).unwrap();
    let bytes = book.save_to_buffer().unwrap();
    let lost = house.plan(&cx, &CHILD, "x.xlsx", &bytes).await.unwrap();
    assert_eq!(told(&lost), [(2, "证件号码".to_owned(), "io.lossy")]);
    // Nothing is corrected: the same faults once more, by the workbook alone and put back into the file.
    for (plan, faults) in [(&plan, told(&plan)), (&lost, told(&lost))] {
        let book = write_faults(&house.app, house.kind(&CHILD), plan, kit::Lang::Zh, Some("0123456789ab")).unwrap();
        let again = house.plan(&cx, &CHILD, "faults.xlsx", &book).await.unwrap();
        let codes =
            |told: Vec<(u32, String, &'static str)>| told.into_iter().map(|(_, _, code)| code).collect::<Vec<_>>();
        assert_eq!(codes(told(&again)), codes(faults.clone()));
        assert_eq!(again.table.sheet, "错误行 0123456789ab");
        let whole = mended(&house, &text, &book).await.unwrap();
        let back = house.refused(&cx, &whole).await;
        assert!(codes(told(&back)).contains(&faults[0].2), "{:?}", told(&back));
    }
}

fn read(book: &[u8]) -> Vec<String> {
    let table = crate::sheet::from_bytes("x.xlsx", book, &|_| true).unwrap();
    table.headings.clone()
}

/// A workbook as a spreadsheet program would save it after a correction.
fn csv_of(book: &[u8]) -> String {
    let known = |text: &str| HEAD.trim().split(',').any(|heading| heading == text);
    let table = crate::sheet::from_bytes("x.xlsx", book, &known).unwrap();
    let quoted = |cells: Vec<String>| {
        cells.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect::<Vec<_>>().join(",")
    };
    let mut text = quoted(table.headings.clone()) + "\n";
    for row in table.rows.iter() {
        text.push_str(&(quoted(row.cells().map(str::to_owned).collect()) + "\n"));
    }
    text
}

#[tokio::test]
async fn who_is_missing_is_listed_and_stays() {
    let house = House::new().await;
    let cx = house.bureau();
    let other = format!("黄二,男,月岩学校,1班,{},2010-01-01,是,\n", number(9));
    house.import(&cx, &CHILD, &format!("{HEAD}{}{}{other}", line("何小雨", 1), line("周一", 2))).await;
    let plan = house.plan(&cx, &CHILD, "x.csv", format!("{HEAD}{}", line("何小雨", 1)).as_bytes()).await.unwrap();
    let missing: Vec<_> = plan.missing.iter().map(|row| row.get(&CHILD, "name").text().unwrap().to_owned()).collect();
    assert_eq!(missing, ["周一"], "of the schools in the file, and nobody else's");
    assert_eq!(house.count(&CHILD).await, 3);
}

#[tokio::test]
async fn what_is_out_of_scope_does_not_exist() {
    let house = House::new().await;
    let theirs = format!("黄二,男,月岩学校,1班,{},2010-01-01,是,\n", number(9));
    let plan = house.refused(&house.school(), &format!("{HEAD}{theirs}")).await;
    assert_eq!(told(&plan), [(2, "学校".to_owned(), "value.unknown")]);
    house.import(&house.bureau(), &CHILD, &format!("{HEAD}{theirs}")).await;
    // The other school's pupil in one's own school: his number is taken, and more is not said.
    let mine = format!("{HEAD}{}", line("黄二", 9));
    let plan = house.refused(&house.school(), &mine).await;
    assert_eq!(told(&plan), [(2, "证件号码".to_owned(), "io.taken")]);
    let id = house.all(&CHILD).await[0].id;
    let named = format!("id,姓名\n{id},何三\n");
    let plan = house.refused(&house.school(), &named).await;
    assert_eq!(told(&plan).iter().filter(|(_, _, code)| *code == "io.id_unknown").count(), 1);
    assert_eq!(house.all(&CHILD).await[0].get(&CHILD, "name").text(), Some("黄二"));
}

#[tokio::test]
async fn a_value_taken_out_of_sight_comes_back_with_its_row() {
    let house = House::new().await;
    let school = house.school();
    let text = "code,name\n003,新学校\n";
    let plan = house.plan(&school, &SCHOOL, "x.csv", text.as_bytes()).await.unwrap();
    assert_eq!(plan.faults.len(), 1, "a new school is not a school's to make");
    let text = "school,number,name\n001,2,二班\n";
    let mut plan = house.plan(&house.bureau(), &ROOM, "x.csv", text.as_bytes()).await.unwrap();
    assert_eq!(plan.changed, 1);
    // Someone else is faster: the version is no longer the one that was read.
    house.import(&house.bureau(), &ROOM, "school,number,name\n001,2,贰班\n").await;
    assert!(matches!(carry_out(&house.bureau(), house.kind(&ROOM), &mut plan, &quiet).await, Err(Refused::Stale)));
    let text = "code,name\n010,甲\n011,乙\n";
    let mut plan = house.plan(&house.bureau(), &UNIT, "x.csv", text.as_bytes()).await.unwrap();
    house.import(&house.bureau(), &UNIT, "code,name\n011,丙\n").await;
    assert!(matches!(carry_out(&house.bureau(), house.kind(&UNIT), &mut plan, &quiet).await, Err(Refused::Faults(_))));
    assert_eq!(told(&plan), [(3, "code".to_owned(), "io.taken")]);
    assert_eq!(house.count(&UNIT).await, 1);
    // Of a key of several parts only the row is told whose whole key is taken.
    let text = "school,number,name\n001,4,四班\n002,4,四班\n002,5,五班\n";
    let mut plan = house.plan(&house.bureau(), &ROOM, "x.csv", text.as_bytes()).await.unwrap();
    assert_eq!((plan.faults.len(), plan.new), (0, 3));
    house.import(&house.bureau(), &ROOM, "school,number,name\n002,4,肆班\n").await;
    assert!(matches!(carry_out(&house.bureau(), house.kind(&ROOM), &mut plan, &quiet).await, Err(Refused::Faults(_))));
    assert_eq!(told(&plan), [(3, String::new(), "record.taken")]);
}

#[tokio::test]
async fn units_may_hang_below_units_of_the_same_file() {
    let house = House::new().await;
    let text = "code,name,parent\n43112401,一组,431124\n431124,道县,\n";
    let summary = house.import(&house.bureau(), &UNIT, text).await;
    assert_eq!(summary.new, 2);
    let rows = house.all(&UNIT).await;
    let county = rows.iter().find(|row| row.get(&UNIT, "name").text() == Some("道县")).unwrap();
    assert!(rows.iter().any(|row| *row.get(&UNIT, "parent") == Cell::Id(county.id)));
    assert_eq!(house.import(&house.bureau(), &UNIT, text).await.unchanged, 2);
}

#[tokio::test]
async fn roles_without_the_verb_import_nothing() {
    let house = House::new().await;
    let text = format!("{HEAD}{}", line("何小雨", 1));
    let teacher = house.cx(Role::Teacher, Scope::county());
    let refused = house.plan(&teacher, &CHILD, "x.csv", text.as_bytes()).await.err().unwrap().refused();
    assert!(matches!(refused, Refused::Forbidden));
    let guard = house.cx(Role::Guard, Scope::county());
    let refused = house.plan(&guard, &CHILD, "x.csv", text.as_bytes()).await.err().unwrap().refused();
    assert!(matches!(refused, Refused::Missing));
}

#[tokio::test]
async fn a_template_is_understood_and_empty() {
    let house = House::new().await;
    for lang in kit::Lang::ALL {
        let book = template_bytes(&house.app, house.kind(&CHILD), *lang).unwrap();
        let refused = house.plan(&house.bureau(), &CHILD, "x.xlsx", &book).await.err().unwrap().refused();
        assert!(matches!(refused, Refused::Faults(faults) if faults[0].code == "sheet.empty"));
    }
}
