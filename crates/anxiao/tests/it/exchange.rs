//! Workbooks out and in again, for every record type, as every role, on both databases.

use areas::patrols::record::POINT;
use engine::io::{self, Format};
use engine::save::Refused;
use kit::Lang;

use axum::http::StatusCode;

use crate::county;
use crate::visitor::{Answer, Visitor};

const LOGINS: &[&str] = &["bureau", "principal", "school"];

#[tokio::test(flavor = "multi_thread")]
async fn what_is_exported_can_be_imported_and_changes_nothing() {
    for county in county::both().await {
        let mut tried = 0;
        for login in LOGINS {
            for (format, lang) in [(Format::Xlsx, Lang::Zh), (Format::Csv, Lang::Tw), (Format::Xlsx, Lang::En)] {
                let cx = engine::Cx { lang, ..county.cx(login).await };
                for kind in county
                    .app
                    .kinds()
                    .filter(|kind| cx.may(kind.noun.name, "import") && cx.may(kind.noun.name, "export"))
                {
                    let name = format!("{}.{}", kind.noun.plural, format.ending());
                    let bytes = io::export(&cx, kind, &[], format)
                        .await
                        .unwrap_or_else(|refused| panic!("{login} exports {name}: {refused:?}"));
                    let held = county.app.store.count(kind.noun, &kit::Query::new(), cx.scope()).await.unwrap();
                    let plan = io::read_and_plan(&cx, kind, &name, bytes, &io::quiet).await;
                    // Headings with nothing under them are no list.
                    if held == 0 {
                        assert!(plan.is_err(), "{login} reads {name}");
                        continue;
                    }
                    let plan = plan.unwrap_or_else(|_| panic!("{login} reads {name}"));
                    let faults: Vec<_> = plan
                        .faults
                        .iter()
                        .map(|fault| (fault.row, io::message(&county.app, Lang::En, kind, fault)))
                        .collect();
                    assert!(faults.is_empty(), "{} {login} {name}: {faults:?}", county.backend());
                    assert_eq!((plan.new, plan.changed), (0, 0), "{} {login} {name}", county.backend());
                    tried += 1;
                }
            }
        }
        assert!(tried > 60, "{tried}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_template_is_understood_by_the_import() {
    let county = county::sqlite().await;
    let cx = county.cx("bureau").await;
    for kind in county.app.kinds().filter(|kind| cx.may(kind.noun.name, "import")) {
        for lang in Lang::ALL {
            let bytes = io::template_bytes(&county.app, kind, *lang).unwrap();
            let read = io::read_and_plan(&cx, kind, "template.xlsx", bytes, &io::quiet).await;
            // Its headings are known; that there is nothing under them yet is said, and nothing else is wrong.
            let told = match read.map_err(engine::io::Stopped::refused) {
                Err(Refused::Faults(faults)) => faults.iter().map(|fault| fault.code).collect::<Vec<_>>(),
                other => panic!("{} {lang:?}: {:?}", kind.noun.name, other.is_ok()),
            };
            assert_eq!(told, ["sheet.empty"], "{} {lang:?}", kind.noun.name);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_school_cannot_import_into_another_school() {
    for county in county::both().await {
        let bureau = county.cx("bureau").await;
        let kind = county.app.kind("staff").unwrap();
        let bytes = io::export(&bureau, kind, &[], Format::Xlsx).await.unwrap();
        let school = county.cx("school").await;
        let plan = io::read_and_plan(&school, kind, "staff.xlsx", bytes, &io::quiet)
            .await
            .unwrap_or_else(|_| panic!("unreadable"));
        assert!(!plan.faults.is_empty());
        assert_eq!(plan.changed, 0);
    }
}

/// Uploads a file of schools as a browser does.
async fn upload(visitor: &Visitor<'_>, name: &str, text: &str) -> Answer {
    upload_to(visitor, "schools", name, text).await
}

async fn upload_to(visitor: &Visitor<'_>, plural: &str, name: &str, text: &str) -> Answer {
    let part = |head: &str, text: &str| format!("--XX\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n");
    let body = part("name=\"csrf\"", visitor.csrf()) + &part(&format!("name=\"file\"; filename=\"{name}\""), text);
    let form = ("multipart/form-data; boundary=XX".to_owned(), (body + "--XX--\r\n").into_bytes());
    visitor.send_form(&format!("/{plural}/import"), form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_go_into_the_file_that_they_come_from_and_into_no_other() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let good = bureau.get("/schools/export.csv").await.text().replace('\u{feff}', "");
        let lines: Vec<&str> = good.lines().collect();
        let at = lines[0].split(',').position(|heading| heading == "学校类型").unwrap();
        let with = |line: &str, at: usize, value: &str| {
            let mut cells: Vec<_> = line.split(',').collect();
            cells[at] = value;
            cells.join(",")
        };
        let faulty = good.replacen(lines[1], &with(lines[1], at, "太空学校"), 1);
        let phone = lines[0].split(',').position(|heading| heading == "联系电话").unwrap();
        let other = faulty.replacen(lines[2], &with(lines[2], phone, "0746-5229999"), 1);

        let page = upload(&bureau, "a.csv", &faulty).await.text();
        let ticket = page.split("href=\"/schools/import/faults/").nth(1).unwrap().split('"').next().unwrap();
        let workbook = bureau.get(&format!("/schools/import/faults/{ticket}")).await;
        assert_eq!(workbook.status, StatusCode::OK);
        let name = workbook.headers["content-disposition"].to_str().unwrap();
        let name = name.split("filename=\"").nth(1).unwrap().trim_end_matches('"').replace(".xlsx", ".csv");
        assert!(upload(&bureau, "b.csv", &other).await.text().contains("/schools/import/faults/"));

        // The workbook, corrected and saved as CSV: the row numbers of its file come first.
        let corrected = format!("原行号,{}\n2,{}\n", lines[0], lines[1]);
        let page = upload(&bureau, &name, &corrected).await;
        let text = page.text();
        assert_eq!(page.status, StatusCode::OK, "{} {text}", county.backend());
        assert!(text.contains("<dt>变更</dt><dd>0</dd>") && text.contains("<dt>有错误</dt><dd>0</dd>"), "{text}");
        // Whose file is not known goes nowhere.
        let lost = upload(&bureau, "somewhere.csv", &corrected).await;
        assert_eq!(lost.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(lost.text().contains("原文件"), "{}", lost.text());
        // A workbook of a file that is not here, as the command line writes them: its rows alone, and that is said.
        let alone = upload(&bureau, "schools-0123456789ab.csv", &corrected).await;
        assert_eq!(alone.status, StatusCode::OK);
        assert!(alone.text().contains("这是错误表") && !text.contains("这是错误表"), "{}", alone.text());
        // Once that file is uploaded, they go back into it: the tag is the file's own, whoever wrote the workbook.
        let name = format!("schools-{}.csv", io::tag(faulty.as_bytes()));
        let whole = upload(&bureau, &name, &corrected).await.text();
        assert!(!whole.contains("这是错误表") && whole.contains("<dt>变更</dt><dd>0</dd>"), "{whole}");
    }
}

/// Whose record becomes what, before anybody confirms it; what is sealed is masked there, too.
#[tokio::test(flavor = "multi_thread")]
async fn what_would_change_is_named_field_by_field() {
    for county in county::both().await {
        for (login, plural, heading, new, shown) in [
            ("bureau", "schools", "联系电话", "0746-5229999", "0746-5229999"),
            ("school", "guardians", "联系电话", "13900001111", "139****1111"),
        ] {
            let visitor = Visitor::sign_in(&county, login).await;
            let good = visitor.get(&format!("/{plural}/export.csv")).await.text().replace('\u{feff}', "");
            let lines: Vec<&str> = good.lines().collect();
            let at = lines[0].split(',').position(|own| own == heading).unwrap();
            let mut cells: Vec<_> = lines[1].split(',').collect();
            let name =
                cells[lines[0].split(',').position(|own| own == "学校名称" || own == "姓名").unwrap()].to_owned();
            cells[at] = new;
            let file = good.replacen(lines[1], &cells.join(","), 1);
            let page = upload_to(&visitor, plural, "a.csv", &file).await.text();
            let changes = page.split("ax-fold").nth(1).unwrap_or_else(|| panic!("{plural}: {page}"));
            let changes = changes.split("</details>").next().unwrap();
            assert_eq!(
                changes.matches("<tr>").count(),
                2,
                "{}: its heading and one field: {changes}",
                county.backend()
            );
            assert!(changes.contains(shown) && changes.contains(&name) && changes.contains(heading), "{changes}");
            assert!(shown == new || !page.contains(new), "{plural}: {page}");
            let same = upload_to(&visitor, plural, "a.csv", &good).await.text();
            assert!(!same.contains("ax-fold"), "{same}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_kind_of_file_that_is_read_can_be_chosen() {
    for county in county::both().await {
        let page = Visitor::sign_in(&county, "bureau").await.get("/schools/import").await.text();
        let accept = page.split("accept=\"").nth(1).unwrap().split('"').next().unwrap();
        for ending in [".xlsx", ".xls", ".et", ".csv"] {
            assert!(accept.split(',').any(|own| own == ending) && page.contains(ending), "{ending}: {accept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_is_named_before_the_import() {
    let county = county::sqlite().await;
    let bureau = Visitor::sign_in(&county, "bureau").await;
    let good = bureau.get("/schools/export.csv").await.text().replace('\u{feff}', "");
    assert!(!upload(&bureau, "a.csv", &good).await.text().contains("没有读取"));
    let longer = |(at, line): (usize, &str)| format!("{line},{}\n", if at == 0 { "校训" } else { "勤学" });
    let more = good.lines().enumerate().map(longer).collect::<Vec<_>>().concat();
    let page = upload(&bureau, "a.csv", &more).await.text();
    assert!(page.contains("没有读取：校训"), "{page}");
    // What people call a thing otherwise is understood.
    let page = upload(&bureau, "a.csv", &good.replacen("学校名称", "校名", 1)).await.text();
    assert!(!page.contains("没有读取") && page.contains("<dt>有错误</dt><dd>0</dd>"), "{page}");
}

/// Routes are called alike in every school: a row says of which one it speaks, and who leaves that open is told what there is to choose from.
#[tokio::test(flavor = "multi_thread")]
async fn a_point_says_of_which_school_its_route_is() {
    for county in county::both().await {
        let cx = county.cx("bureau").await;
        let kind = county.app.kind_of(POINT.name).unwrap();
        let school = county.cx("guard").await.scope().home.unwrap();
        let name = county.app.tree().name(school).to_owned();
        let plan = async |line: &str| {
            let text = format!("巡查路线,学校,序号,巡查点名称\n{line}\n");
            let read = io::read_and_plan(&cx, kind, "points.csv", text.into_bytes(), &io::quiet).await;
            read.unwrap_or_else(|_| panic!("{line}"))
        };
        for (line, code) in [
            ("教学楼课间,,60,天台门", "io.several_within"),
            ("教学楼课间,没有的学校,60,天台门", "value.unknown"),
            ("没有的路线,,60,天台门", "value.unknown"),
        ] {
            let plan = plan(line).await;
            let codes: Vec<_> = plan.faults.iter().map(|fault| fault.refusal.code).collect();
            assert_eq!(codes, [code], "{} {line}", county.backend());
            if code == "io.several_within" {
                let said = io::message(&county.app, Lang::Zh, kind, &plan.faults[0]);
                let list: Vec<_> = said.split('：').nth(1).unwrap().trim_end_matches('。').split(" / ").collect();
                let different: std::collections::HashSet<_> = list.iter().collect();
                assert!(said.contains("“学校”") && different.len() == list.len() && list.len() > 1, "{said}");
                assert!(list.iter().all(|one| one.starts_with("教学楼课间（") && one.ends_with('）')), "{said}");
            }
        }
        let mut good = plan(&format!("教学楼课间,{name},60,天台门")).await;
        assert_eq!((good.faults.as_slice(), good.new), (&[][..], 1), "{}", county.backend());
        io::carry_out(&cx, kind, &mut good, &io::quiet).await.unwrap();
        let query = kit::Query::new().is("name", kit::Cell::Text("天台门".into()));
        let made = county.app.store.all(&POINT, &query, &kit::Scope::county()).await.unwrap();
        let schools: Vec<_> = made.iter().map(|point| point.get(&POINT, "school").id()).collect();
        assert_eq!(schools, [Some(school)], "{}", county.backend());
        // The same again is known by its route and its number.
        assert_eq!(plan(&format!("教学楼课间,{name},60,天台门")).await.unchanged, 1, "{}", county.backend());
    }
}
