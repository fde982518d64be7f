//! A school's own timetable, on both databases: brought in as a file, it says which lesson can be called and with whom a child should be.

use areas::lessons::day::{Lesson, of_classes, on};
use areas::lessons::record::LESSON;
use areas::organisation::record::{CLASS, CLASS_YEAR};
use axum::http::StatusCode;
use engine::io;
use kit::{Cell, Query, Scope, dates};
use serde_json::json;
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

async fn lessons(county: &County, class: Uuid, day: &str) -> Vec<Lesson> {
    let rows = county.app.store.find_by(&LESSON, "class", &[Cell::Id(class)], &Scope::county()).await.unwrap();
    on(&rows, day.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lesson_is_called_where_somebody_wants_to_and_a_child_is_with_its_teacher() {
    for county in county::both().await {
        let class = county.cx("teacher").await.scope().classes[0];
        let today = lessons(&county, class, "2021-12-20").await;
        // Of those with a teacher, one that is neither the first nor the last.
        let at = (1..today.len() - 1).find(|at| today[*at].teacher.is_some()).unwrap();
        let (lesson, last) = (&today[at], today.last().unwrap());
        let begins = dates::shanghai_start("2021-12-20".parse().unwrap())
            + lesson.from.signed_duration_since(chrono::NaiveTime::MIN).num_milliseconds();
        let county = county.at(begins + 5 * 60_000).await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let page = teacher.get("/rollcall").await.text();
        let address = format!("/rollcall/{class}/{}", lesson.session());
        assert!(
            page.contains("按课表点名") && page.contains(&format!("class=\"ax-row-link\" href=\"{address}\"")),
            "{page}"
        );
        assert!(!page.contains(&format!("/rollcall/{class}/{}\"", last.session())), "it is too early for the last one");
        let token = county.token("teacher").await;
        // Its hours are the timetable's: nobody waits for them, and somebody may call.
        let (status, roll) = county.get(&token, &format!("/api/v1{address}")).await;
        assert_eq!(status, StatusCode::OK, "{roll}");
        let pupil = roll["roll"][0]["id"].as_str().unwrap().to_owned();
        let (status, sheet) = county.post(&token, &format!("/api/v1{address}"), json!({ "day": "2021-12-20" })).await;
        assert_eq!((status, &sheet["overdue"]), (StatusCode::CREATED, &json!(false)), "{sheet}");
        let late = format!("/api/v1/rollcall/{class}/{}", last.session());
        let (status, early) = county.post(&token, &late, json!({ "day": "2021-12-20" })).await;
        assert_eq!(
            (status, early["error"]["code"].as_str()),
            (StatusCode::UNPROCESSABLE_ENTITY, Some("sheet.too_early")),
            "{early}"
        );
        // Called, it stands with what was called, and is offered no more.
        let after = teacher.get("/rollcall").await.text();
        assert!(
            !after.contains(&format!("class=\"ax-row-link\" href=\"{address}\"")) && after.contains(&address),
            "{after}"
        );
        // With whom it should be: now, and of any day its lessons; a day without school has none.
        let cx = county.cx("teacher").await;
        let names = engine::web::labels(&cx, [("staff", vec![lesson.teacher.unwrap()])].into()).await.unwrap();
        let name = names.into_values().next().unwrap();
        let now = teacher.get(&format!("/pupils/{pupil}/presence")).await.text();
        let said = format!("按课表：第{}节{}", lesson.number, lesson.subject);
        assert!(now.contains("此刻（") && now.contains(&said) && now.contains(&format!("任课教师{name}")), "{now}");
        let friday = teacher.get(&format!("/pupils/{pupil}/presence?day=2021-12-17")).await.text();
        assert!(friday.contains("当日课表") && !friday.contains("此刻（"));
        let sunday = teacher.get(&format!("/pupils/{pupil}/presence?day=2021-12-19")).await.text();
        assert!(!sunday.contains("当日课表") && !sunday.contains("此刻（"));
        // The school's own: for a guard or a department there is no such list.
        assert_eq!(Visitor::sign_in(&county, "guard").await.get("/lessons").await.status, StatusCode::NOT_FOUND);
        assert_eq!(county.get(&county.token("department").await, "/api/v1/lessons").await.0, StatusCode::NOT_FOUND);
        assert_eq!(county.post(&token, "/api/v1/lessons", json!({})).await.0, StatusCode::FORBIDDEN);
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

const HEAD: &str = "学校,班级,星期,节次,开始时间,结束时间,科目,任课教师,启用日期,停用日期";

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_brought_in_once_and_the_next_takes_its_place() {
    for county in county::both().await {
        let cx = county.cx("school").await;
        let kind = county.app.kind_of("lesson").unwrap();
        let class = county.cx("teacher").await.scope().classes[0];
        let row =
            county.app.store.find(county.app.kind_of("class").unwrap().noun, class, cx.scope()).await.unwrap().unwrap();
        let noun = county.app.kind_of("class").unwrap().noun;
        let name = row.get(noun, "name").text().unwrap().to_owned();
        let school = county.app.tree().name(row.get(noun, "school").id().unwrap()).to_owned();
        let file = |lines: &[String]| format!("\u{feff}{HEAD}\r\n{}\r\n", lines.join("\r\n")).into_bytes();
        let line = |of: &str| format!("{school},{name},{of}");
        let read = async |lines: &[String]| {
            io::read_and_plan(&cx, kind, "课程表.csv", file(lines), &io::quiet)
                .await
                .unwrap_or_else(|stopped| panic!("{:?}", stopped.refused()))
        };
        // Everything that is wrong, each at its row and column; nothing is written.
        let wrong = [
            line("星期一,1,8:30,9:10,语文,,2022-02-21,"),
            line("星期一,1,8:40,9:20,数学,,2022-02-21,"),
            line("星期八,2,8:30,9:10,语文,,2022-02-21,"),
            line("星期二,9,8:30,9:10,语文,,2022-02-21,"),
            line("星期二,2,八点半,9:10,语文,,2022-02-21,"),
            line("星期二,3,10:30,10:30,语文,,2022-02-21,"),
            line("星期二,4,10:30,11:10,,,2022-02-21,"),
            line("星期二,5,10:30,11:10,语文,,2022-02-21,2022-02-20"),
            format!("{school},九十九班,星期二,6,10:30,11:10,语文,,2022-02-21,"),
        ];
        let plan = read(&wrong).await;
        let told: Vec<_> = plan.faults.iter().map(|fault| (fault.row, fault.column.unwrap_or(99))).collect();
        for expected in [(4, 2), (5, 3), (6, 4), (7, 5), (8, 6), (9, 9), (10, 1)] {
            assert!(told.contains(&expected), "{expected:?}: {told:?}");
        }
        assert!(told.iter().any(|(row, _)| *row == 2 || *row == 3), "the same lesson twice: {told:?}");
        // Right, it is there at once, in one form, and the same file again changes nothing.
        let right = [line("星期一,1,8:30,9:10,语文,,2022-02-21,"), line("星期一,2,09：20,10:00:00,劳动,,2022-02-21,")];
        let mut plan = read(&right).await;
        assert_eq!((plan.faults.len(), plan.new), (0, 2), "{:?}", plan.faults.first().map(|fault| &fault.refusal));
        assert!(io::carry_out(&cx, kind, &mut plan, &io::quiet).await.is_ok());
        let again = read(&right).await;
        assert_eq!((again.faults.len(), again.new, again.changed, again.unchanged), (0, 0, 0, 2));
        // From its day on it holds as a whole; the old one keeps the days before.
        assert!(lessons(&county, class, "2022-02-18").await.len() > 4);
        let monday = lessons(&county, class, "2022-02-21").await;
        let said: Vec<_> =
            monday.iter().map(|one| (one.subject.as_str(), one.from.format("%H:%M").to_string())).collect();
        assert_eq!(said, [("语文", "08:30".to_owned()), ("劳动", "09:20".to_owned())]);
        assert!(lessons(&county, class, "2022-02-22").await.is_empty());
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// A file of lessons as an import understands it.
async fn read(cx: &engine::Cx, head: &str, lines: &[String]) -> io::Plan {
    let file = format!("\u{feff}{head}\r\n{}\r\n", lines.join("\r\n")).into_bytes();
    let kind = cx.app.kind_of("lesson").unwrap();
    let read = io::read_and_plan(cx, kind, "课程表.csv", file, &io::quiet).await;
    read.unwrap_or_else(|stopped| panic!("{:?}", stopped.refused()))
}

/// The lessons of two classes of a school on a day: number and subject.
async fn held(cx: &engine::Cx, school: Uuid, classes: [Uuid; 2], day: &str) -> [Vec<String>; 2] {
    let facts = cx.facts_with(std::collections::HashMap::new());
    let found = of_classes(cx, school, &classes, day.parse().unwrap(), &facts).await.unwrap();
    classes.map(|id| {
        let lessons = found.get(&id).map_or(&[][..], Vec::as_slice);
        lessons.iter().map(|one| format!("{} {}", one.number, one.subject)).collect()
    })
}

/// A line for a whole grade is one line, in the class's column or in its own, and serves every class of it.
#[tokio::test(flavor = "multi_thread")]
async fn one_line_serves_a_whole_grade() {
    for county in county::both().await {
        let (cx, backend) = (county.cx("school").await, county.backend());
        let kind = county.app.kind_of("lesson").unwrap();
        let (store, all) = (&county.app.store, Scope::county());
        let class = county.cx("teacher").await.scope().classes[0];
        let row = store.find(&CLASS, class, &all).await.unwrap().unwrap();
        let home = row.get(&CLASS, "school").id().unwrap();
        let (school, name) = (county.app.tree().name(home).to_owned(), row.get(&CLASS, "name").text().unwrap());
        let years = Query::new().is("school", Cell::Id(home)).is("year", Cell::Int(2021));
        let years = store.all(&CLASS_YEAR, &years, &all).await.unwrap();
        let grade_of = |id: Uuid| {
            let of = years.iter().find(|year| year.get(&CLASS_YEAR, "class").id() == Some(id)).unwrap();
            of.get(&CLASS_YEAR, "grade").int().unwrap()
        };
        let grade = grade_of(class);
        let word = cx.word(&format!("class_year.grade.{grade}")).to_owned();
        let other = years.iter().filter_map(|year| year.get(&CLASS_YEAR, "class").id());
        let other = other.into_iter().find(|id| grade_of(*id) == 21).expect("a junior class");
        let line = |of: &str, rest: &str| format!("{school},{of},{rest},2021-12-27,");
        let mut plan = read(
            &cx,
            HEAD,
            &[
                line(name, "星期一,2,9:20,10:00,数学,"),
                line(&word, "星期一,2,9:20,10:00,语文,"),
                line(&word, "星期一,3,10:20,11:00,班会,"),
                line("初一", "星期一,1,8:30,9:10,晨读,"),
            ],
        )
        .await;
        assert_eq!((plan.faults.len(), plan.new), (0, 4), "{:?}", plan.faults.first().map(|fault| &fault.refusal));
        assert!(io::carry_out(&cx, kind, &mut plan, &io::quiet).await.is_ok());
        // The same in a column of its own changes nothing.
        let own = HEAD.replacen("班级", "班级,年级", 1);
        let again = read(&cx, &own, &[line(&format!(",{word}"), "星期一,3,10:20,11:00,班会,")]).await;
        assert_eq!((again.faults.len(), again.new, again.unchanged), (0, 0, 1), "{backend}");
        for (of, column) in [("三十年级,", 1), (&*format!("{name},{word}"), 2), (",", 1)] {
            let plan = read(&cx, &own, &[line(of, "星期一,4,10:20,11:00,班会,")]).await;
            let told: Vec<_> = plan.faults.iter().map(|fault| (fault.refusal.code, fault.column)).collect();
            assert!(told.iter().any(|(_, at)| *at == Some(column)), "{backend} {of}: {told:?}");
        }
        let of = async |day: &str| held(&cx, home, [class, other], day).await;
        let [mine, junior] = of("2021-12-27").await;
        assert_eq!((mine, junior), (vec!["2 数学".to_owned(), "3 班会".into()], vec!["1 晨读".into()]), "{backend}");
        assert!(of("2021-12-20").await.iter().all(|lessons| lessons.len() > 3), "{backend}: the old tables");
        // The interface takes one, and not the same again.
        let token = county.token("school").await;
        let body = json!({ "school": home, "grade": "21", "weekday": "mon", "number": 5, "begins": "14:00", "ends": "14:40",
            "subject": "体育", "from_on": "2021-12-27" });
        let (status, answer) = county.post(&token, "/api/v1/lessons", body.clone()).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        let (status, answer) = county.post(&token, "/api/v1/lessons", body).await;
        assert!(status.is_client_error(), "{backend} {answer}");
        let page = Visitor::sign_in(&county, "school").await.get("/lessons?grade=21").await.text();
        assert!(page.contains("七年级") && page.contains("晨读") && page.contains("体育"), "{page}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// Whoever has the lesson calls it as his own; in another lesson of the same class he is a substitute.
#[tokio::test(flavor = "multi_thread")]
async fn a_subject_teacher_calls_his_lesson_as_his_own() {
    for county in county::both().await {
        let backend = county.backend();
        let cx = county.cx("teacher").await;
        let (own, person) = (cx.scope().classes.clone(), cx.actor.person().unwrap());
        let mine = county.app.store.find_by(&LESSON, "teacher", &[Cell::Id(person)], &Scope::county()).await.unwrap();
        let class = mine.iter().filter_map(|row| row.get(&LESSON, "class").id()).find(|id| !own.contains(id)).unwrap();
        let today = lessons(&county, class, "2021-12-20").await;
        let his = today.iter().find(|lesson| lesson.teacher == Some(person)).expect("a lesson on Monday");
        let another = today.iter().find(|lesson| lesson.teacher != Some(person)).unwrap();
        let county = county.at_minute(17 * 60).await;
        let token = county.token("teacher").await;
        let visitor = Visitor::sign_in(&county, "teacher").await;
        for (lesson, substitute) in [(his, false), (another, true)] {
            let address = format!("/rollcall/{class}/{}", lesson.session());
            let page = visitor.get(&address).await.text();
            assert_eq!(page.contains("ax-roll-tile"), !substitute, "{backend} {page}");
            let post = async |substitute: bool| {
                let body = json!({ "day": "2021-12-20", "substitute": substitute });
                county.post(&token, &format!("/api/v1{address}"), body).await
            };
            if substitute {
                let (status, answer) = post(false).await;
                assert_eq!(
                    (status, &answer["error"]["code"]),
                    (StatusCode::UNPROCESSABLE_ENTITY, &json!("sheet.say_substitute"))
                );
            }
            let (status, sheet) = post(substitute).await;
            assert_eq!((status, &sheet["substitute"]), (StatusCode::CREATED, &json!(substitute)), "{backend} {sheet}");
            let called = visitor.get(&address).await.text();
            assert_eq!(called.contains("代点"), substitute, "{backend} {called}");
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}
