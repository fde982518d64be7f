//! What a reader sees where a record has no name of its own: words, never a code or a dash.

use areas::attendance::record::MISSING;
use areas::organisation::record::{ENROLMENT, PUPIL};
use areas::patrols::record::ROUND;
use axum::http::StatusCode;
use kit::query::Query;
use kit::{Cell, Scope};

use crate::county;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_list_calls_its_records_by_words() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        // A term of the whole county has no school: its link says which term it is.
        let page = bureau.get("/terms").await.text();
        assert!(page.contains("2021 秋季学期</a>") && !page.contains(">—</a>"), "{page}");
        // A duty is read and chosen in words; what is sent is its code.
        let page = bureau.get("/waivers").await.text();
        assert!(page.contains("寄宿生夜间巡查</a>") && !page.contains(">patrol.night</a>"), "{page}");
        let form = bureau.get("/waivers/new?duty=patrol.night").await;
        assert_eq!(form.status, StatusCode::OK);
        assert!(
            form.text().contains("<option value=\"patrol.night\" selected>寄宿生夜间巡查</option>"),
            "{}",
            form.text()
        );
    }
}

/// Line after line where the reader himself belongs says nothing; another school's, and what he asked for, stand there.
#[tokio::test(flavor = "multi_thread")]
async fn a_list_does_not_tell_a_reader_on_every_line_which_school_he_is_at() {
    for county in county::both().await {
        let (school, bureau) = (Visitor::sign_in(&county, "school").await, Visitor::sign_in(&county, "bureau").await);
        let home = county.cx("school").await.scope().home.unwrap();
        for (visitor, path, stands) in [
            (&school, "/classes".to_owned(), false),
            (&school, "/hazards".to_owned(), false),
            // The column that leads to the record stays.
            (&school, "/monthly-returns".to_owned(), true),
            (&school, "/classes?columns=name,school".to_owned(), true),
            (&bureau, "/classes".to_owned(), true),
            (&bureau, format!("/classes?school={home}"), true),
        ] {
            let page = visitor.get(&path).await;
            assert_eq!(page.status, StatusCode::OK, "{path}");
            let heads: Vec<_> =
                page.text().split("<th ").skip(1).map(|head| head.split("</th>").next().unwrap().to_owned()).collect();
            assert_eq!(heads.iter().any(|head| head.contains("学校")), stands, "{path}: {heads:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_help_says_in_words_who_may_do_what() {
    for county in county::both().await {
        let bureau = Visitor::sign_in(&county, "bureau").await;
        for path in ["/help", "/help/hazards", "/help/classes"] {
            let page = bureau.get(path).await.text();
            assert!(page.contains("岗位权限") && !page.contains("ui.verb."), "{path}: {page}");
        }
        // A line for each kind of record, a column for each role.
        let page = bureau.get("/help").await.text();
        assert!(page.contains("<th scope=\"row\">隐患</th><td data-label=\"县领导小组\">"), "{page}");
    }
}

/// On a telephone the days of the calendar stand one below the other: each says its weekday, and the way to today is one touch.
#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_of_duties_says_the_weekday_of_each_day() {
    for county in county::both().await {
        let page = Visitor::sign_in(&county, "guard").await.get("/duties/calendar").await.text();
        let today = page.split("id=\"today\"").nth(1).and_then(|rest| rest.split("</p>").next()).unwrap();
        assert!(today.contains(">20</a>") && today.contains("星期一"), "{today}");
        assert!(page.contains("day=2021-12-20#today\"") && page.contains("2021年12月"), "{page}");
    }
}

/// Three children who are missed are not three times the same day: each record is called by its child, as far as the reader may read the name.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_about_a_child_is_called_by_the_child() {
    for county in county::both().await {
        let page = county.app.store.list(&MISSING, &Query::new().limit(1), &Scope::county()).await.unwrap();
        let row = &page.rows[0];
        let pupil = row.get(&MISSING, "pupil").id().unwrap();
        let pupil = county.app.store.find(&PUPIL, pupil, &Scope::county()).await.unwrap().unwrap();
        let name = pupil.get(&PUPIL, "name").text().unwrap();
        let day = row.get(&MISSING, "day").date().unwrap();
        let heading = async |login: &str| {
            let page = Visitor::sign_in(&county, login).await.get(&format!("/missing/{}", row.id)).await.text();
            page.split("<h1>").nth(1).and_then(|rest| rest.split("</h1>").next()).unwrap_or_default().to_owned()
        };
        let family: String = name.chars().take(1).collect();
        let office = heading("bureau").await;
        assert!(office.starts_with(&format!("{family}*")) && office.contains(&format!("· {day}")), "{office}");
        assert!(!office.contains(name), "{office}");
        // In a list, too, the child stands first, and the school that it shares with the others behind it.
        let list = Visitor::sign_in(&county, "bureau").await.get("/missing").await.text();
        let first = list.split("class=\"ax-row-link\" href=\"/missing/").nth(1);
        let first = first.and_then(|rest| rest.split(['>', '<']).nth(1)).unwrap_or_default();
        assert!(first.ends_with('*'), "{first}");
    }
}

/// An enrolment has no name of its own and no personal value: it is called by its child all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_enrolment_is_called_by_its_child_and_a_list_below_says_only_what_differs() {
    let county = county::sqlite().await;
    let cx = county.cx("teacher").await;
    let class = *cx.scope().classes.first().unwrap();
    let of_class = Query::new().is("class", Cell::Id(class)).limit(1);
    let row = county.app.store.list(&ENROLMENT, &of_class, cx.scope()).await.unwrap().rows.remove(0);
    let pupil = row.get(&ENROLMENT, "pupil").id().unwrap();
    let pupil = county.app.store.find(&PUPIL, pupil, cx.scope()).await.unwrap().unwrap();
    let name = pupil.get(&PUPIL, "name").text().unwrap();
    let teacher = Visitor::sign_in(&county, "teacher").await;
    let page = teacher.get(&format!("/enrolments/{}", row.id)).await.text();
    assert!(page.contains(&format!("<h1>{name} · 在籍记录</h1>")), "{page}");
    // All pupils of a class are of its school, which stands above them.
    let page = teacher.get(&format!("/classes/{class}")).await.text();
    assert!(page.contains("data-label=\"性别\"") && !page.contains("data-label=\"学校\""), "{page}");
}

/// Among the records of another one, the first column leads to each: ten links with the same word lead nowhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_round_of_a_route_is_called_by_its_day() {
    for county in county::both().await {
        let round =
            county.app.store.list(&ROUND, &Query::new().limit(1), &Scope::county()).await.unwrap().rows.remove(0);
        let route = round.get(&ROUND, "route").id().unwrap();
        let bureau = Visitor::sign_in(&county, "bureau").await.get(&format!("/patrol-routes/{route}")).await.text();
        let link = "<a class=\"ax-row-link\" href=\"/patrol-rounds/";
        let said = bureau.split(link).nth(1).and_then(|rest| rest.split(['>', '<']).nth(1)).unwrap_or_default();
        assert!(said.starts_with("2021-"), "{said}: {bureau}");
    }
}

/// Whoever opens the page of the day reads which day of the week it is.
#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_the_day_say_the_weekday() {
    for county in county::both().await {
        let teacher = Visitor::sign_in(&county, "teacher").await;
        for path in ["/rollcall", "/rollcall/board", "/patrol", "/talk"] {
            let page = teacher.get(path).await.text();
            assert!(page.contains("2021-12-20 星期一"), "{path}: {page}");
        }
    }
}

/// A filter that cannot be read is shown as it was asked: not as if records without a value had been asked for.
#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_cannot_be_read_is_not_called_empty() {
    let county = county::sqlite().await;
    let page = Visitor::sign_in(&county, "bureau").await.get("/hazards?due_on.from=2021-02-30").await.text();
    assert!(page.contains("“2021-02-30”不是有效日期") && page.contains("时限：2021-02-30 起"), "{page}");
    assert!(!page.contains("时限：未填写"), "{page}");
}

/// Whoever opens his first page on a telephone sees what is grave without scrolling past what is not.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_grave_stands_first_on_the_first_page() {
    let county = county::sqlite().await;
    let page = Visitor::sign_in(&county, "bureau").await.get("/").await.text();
    let at = |heading: &str| page.find(&format!("{heading}</h2>")).unwrap_or_else(|| panic!("{heading}: {page}"));
    assert!(at("逾期未销号") < at("我今天要做的"), "{page}");
    assert!(at("我今天要做的") < at("近一周漏办的职责"), "{page}");
}
