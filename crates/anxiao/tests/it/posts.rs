//! Who may put whom where: a school fills its own posts, and what somebody writes stays where he can find it.

use areas::organisation::record::{POST, SCHOOL, STAFF, UNIT};
use axum::http::{Method, StatusCode};
use engine::io;
use kit::query::Query;
use kit::{Cell, Scope};
use serde_json::json;

use crate::county;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn a_school_fills_its_own_posts_and_no_others() {
    for county in county::both().await {
        let name = county.backend();
        let section = Query::new().among("kind", &["section"]);
        let section = county.app.store.all(&UNIT, &section, &Scope::county()).await.unwrap().remove(0).id;
        for (login, day) in [("school", "2019-01-07"), ("principal", "2019-01-08")] {
            let (cx, token) = (county.cx(login).await, county.token(login).await);
            let home = cx.scope().home.unwrap();
            let own = Query::new().is("school", Cell::Id(home)).is("left_on", Cell::Null);
            let own = county.app.store.all(&STAFF, &own, &Scope::county()).await.unwrap();
            let count = county.app.store.count(&POST, &Query::new(), &Scope::county()).await.unwrap();
            // His own person too: that a post is about oneself gives nobody the right to it.
            for staff in [own[0].id, cx.actor.person().unwrap()] {
                for (post, place, code) in [
                    ("section_head", ("unit", section), "record.outside"),
                    ("group_head", ("unit", section), "record.outside"),
                    ("inspector", ("school", home), "post.not_at_school"),
                ] {
                    let body = json!({ "staff": staff, "post": post, place.0: place.1, "from_on": "2021-12-01" });
                    let (status, answer) = county.post(&token, "/api/v1/posts", body).await;
                    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {login} {post}: {answer}");
                    assert_eq!(answer["error"]["code"], code, "{name} {login} {post}: {answer}");
                }
            }
            let body = json!({ "name": "新来的", "number": "X900", "unit": section });
            let (status, answer) = county.post(&token, "/api/v1/staff", body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
            let moved = json!({ "version": own[0].version, "school": null, "unit": section });
            let (status, answer) =
                county.ask(&token, Method::PATCH, &format!("/api/v1/staff/{}", own[0].id), Some(moved)).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {answer}");
            assert_eq!(answer["error"]["code"], "record.outside", "{name} {answer}");
            assert_eq!(county.app.store.count(&POST, &Query::new(), &Scope::county()).await.unwrap(), count, "{name}");
            let kept =
                json!({ "staff": own[0].id, "post": "group_member", "school": home, "from_on": day, "until_on": day });
            let (status, answer) = county.post(&token, "/api/v1/posts", kept.clone()).await;
            assert_eq!(status, StatusCode::CREATED, "{name} {login}: its own it fills; {answer}");
            let (status, answer) = county.post(&token, "/api/v1/posts", kept).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{name} {login}: once; {answer}");
            assert_eq!(answer["error"]["code"], "post.twice", "{name} {login}: {answer}");
        }
    }
}

/// The rows of one file stand beside each other as records do: of two that meet, the later one is told, and a post that the file ends is over.
#[tokio::test(flavor = "multi_thread")]
async fn the_same_post_twice_in_one_file_is_told_at_the_later_row() {
    for county in county::both().await {
        let (name, cx) = (county.backend(), county.cx("school").await);
        let kind = county.app.kind_of(POST.name).unwrap();
        let home = cx.scope().home.unwrap();
        let own = Query::new().is("school", Cell::Id(home)).is("left_on", Cell::Null);
        let own = county.app.store.all(&STAFF, &own, &Scope::county()).await.unwrap();
        let number = own[0].get(&STAFF, "number").text().unwrap().to_owned();
        let school = county.app.tree().name(home).to_owned();
        let read = async |days: &[&str]| {
            let lines: Vec<_> = days.iter().map(|days| format!("{number},领导小组成员,{school},{days}\n")).collect();
            let file = format!("教职工,职务,学校,任职日期,离任日期\n{}", lines.concat()).into_bytes();
            let plan = io::read_and_plan(&cx, kind, "posts.csv", file, &io::quiet).await;
            plan.unwrap_or_else(|stopped| panic!("{name} {:?}", stopped.refused()))
        };
        let (january, february) = ("2019-01-07,2019-01-31", "2019-02-01,2019-02-28");
        for (days, expected) in [
            (&[january, "2019-01-31,2019-02-28"][..], (3, "post.twice")),
            (&["2019-01-31,2019-02-28", january], (3, "post.twice")),
            (&[january, february, "2019-01-10,2019-01-20"], (4, "post.twice")),
        ] {
            let plan = read(days).await;
            let told: Vec<_> = plan.faults.iter().map(|fault| (fault.row, fault.refusal.code)).collect();
            assert_eq!(told, [expected], "{name} {days:?}");
        }
        let mut plan = read(&[january, february]).await;
        assert_eq!((plan.faults.as_slice(), plan.new), (&[][..], 2), "{name}");
        io::carry_out(&cx, kind, &mut plan, &io::quiet).await.unwrap();
        let plan = read(&["2019-01-07,2019-01-20", "2019-01-21,2019-01-31"]).await;
        assert_eq!((plan.faults.as_slice(), plan.new, plan.changed), (&[][..], 1, 1), "{name}");
    }
}

/// A school has one head at a time; who follows comes with the day on which the other ends, in whichever order a file has the two.
#[tokio::test(flavor = "multi_thread")]
async fn who_follows_a_head_comes_when_he_is_over() {
    for county in county::both().await {
        let (name, cx, token) = (county.backend(), county.cx("school").await, county.token("school").await);
        let (kind, home) = (county.app.kind_of(POST.name).unwrap(), cx.scope().home.unwrap());
        let heads = Query::new().is("school", Cell::Id(home)).among("post", &["principal"]).is("until_on", Cell::Null);
        let head = county.app.store.all(&POST, &heads, &Scope::county()).await.unwrap().remove(0);
        let own = Query::new().is("school", Cell::Id(home)).is("left_on", Cell::Null);
        let own = county.app.store.all(&STAFF, &own, &Scope::county()).await.unwrap();
        let is_head = |row: &&kit::Row| Some(row.id) == head.get(&POST, "staff").id();
        let (old, next) = (own.iter().find(is_head).unwrap(), own.iter().find(|row| !is_head(row)).unwrap());
        let body = json!({ "staff": next.id, "post": "principal", "school": home, "from_on": "2021-12-01" });
        let (status, answer) = county.post(&token, "/api/v1/posts", body).await;
        let told = (status, answer["error"]["code"].as_str(), answer["error"]["faults"][0]["field"].as_str());
        assert_eq!(
            told,
            (StatusCode::UNPROCESSABLE_ENTITY, Some("post.taken_open"), Some("from_on")),
            "{name} {answer}"
        );
        let number = |row: &kit::Row| row.get(&STAFF, "number").text().unwrap().to_owned();
        let (school, from) = (county.app.tree().name(home).to_owned(), head.get(&POST, "from_on").date().unwrap());
        let ends = format!("{},校（园）长,{school},{from},2021-12-19\n", number(old));
        let begins = format!("{},校（园）长,{school},2021-12-20,\n", number(next));
        for lines in [[&ends, &begins], [&begins, &ends]].map(|lines| lines.map(String::as_str).concat()) {
            let file = format!("教职工,职务,学校,任职日期,离任日期\n{lines}").into_bytes();
            let plan = io::read_and_plan(&cx, kind, "posts.csv", file, &io::quiet).await;
            let plan = plan.unwrap_or_else(|stopped| panic!("{name} {:?}", stopped.refused()));
            assert_eq!((plan.faults.as_slice(), plan.new, plan.changed), (&[][..], 1, 1), "{name}");
        }
    }
}

/// Two open schools of one name in one township would be taken for each other.
#[tokio::test(flavor = "multi_thread")]
async fn two_schools_of_a_township_have_two_names() {
    for county in county::both().await {
        let (name, token) = (county.backend(), county.token("bureau").await);
        let open = Query::new().is("closed_on", Cell::Null).is("campus", Cell::Bool(false));
        let schools = county.app.store.all(&SCHOOL, &open, &Scope::county()).await.unwrap();
        let same = |one: &kit::Row, other: &kit::Row| one.get(&SCHOOL, "township") == other.get(&SCHOOL, "township");
        let other = |one: &&kit::Row| schools.iter().find(|other| other.id != one.id && same(one, other));
        let (one, other) = schools.iter().find_map(|one| Some((one, other(&one)?))).unwrap();
        let path = format!("/api/v1/schools/{}", other.id);
        let called = one.get(&SCHOOL, "name").text().unwrap();
        let code = one.get(&SCHOOL, "code").text().unwrap();
        let body = json!({ "version": other.version, "name": called });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
        let told = (status, answer["error"]["code"].as_str(), answer["error"]["faults"][0]["field"].as_str());
        assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, Some("school.same_name"), Some("name")), "{name} {answer}");
        // A file has many of them: the sentence says which.
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(code) && message.contains(called), "{name} {answer}");
        let body = json!({ "version": other.version, "name": format!("{called}东校") });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(body)).await;
        assert_eq!(status, StatusCode::OK, "{name} {answer}");
    }
}

/// Also two that are new, and where the other stands in the same file: at the row, before anything is written. What is renamed in the file stands in nobody's way.
#[tokio::test(flavor = "multi_thread")]
async fn two_new_schools_of_one_file_have_two_names() {
    for county in county::both().await {
        let (name, cx) = (county.backend(), county.cx("bureau").await);
        let kind = cx.app.kind_of(SCHOOL.name).unwrap();
        let branch = Query::new().is("closed_on", Cell::Null).is("campus", Cell::Bool(true));
        let branch = county.app.store.all(&SCHOOL, &branch, &Scope::county()).await.unwrap().swap_remove(0);
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let all = bureau.get("/schools/export.csv?campus=1").await.text().replace('\u{feff}', "");
        let [local, called] = ["local_code", "name"].map(|field| branch.get(&SCHOOL, field).text().unwrap());
        let head = all.lines().next().unwrap();
        let line = all.lines().find(|line| line.split(',').any(|cell| cell == local)).unwrap();
        let new = |code: &str, called_now: &str| {
            line.replace(&branch.id.to_string(), "").replace(local, code).replace(called, called_now)
        };
        let renamed = line.replace(called, "东风教学点");
        for (lines, row) in [
            (vec![new("X901", "新生教学点"), new("X902", "新生教学点")], Some(3)),
            (vec![new("X901", called)], Some(2)),
            (vec![new("X901", "新生教学点"), new("X902", "新民教学点")], None),
            (vec![renamed.clone(), new("X901", called)], None),
            (vec![new("X901", called), renamed], None),
        ] {
            let file = [head.to_owned(), lines.join("\n")].join("\n").into_bytes();
            let plan = io::read_and_plan(&cx, kind, "schools.csv", file, &io::quiet).await;
            let plan = plan.unwrap_or_else(|stopped| panic!("{name} {:?}", stopped.refused()));
            let faults: Vec<_> = plan.faults.iter().map(|fault| (fault.refusal.code, fault.row)).collect();
            let expected: Vec<_> = row.map(|row| ("school.same_name", row)).into_iter().collect();
            assert_eq!(faults, expected, "{name} {lines:?}");
        }
    }
}

/// Whoever leaves is said to have left once: his posts end with him, his account opens no more, and nobody is told through him. A day that was wrong is put right alike.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_left_holds_no_post_and_signs_in_no_more() {
    for county in county::both().await {
        let name = county.backend();
        let (cx, school) = (county.cx("teacher").await, county.token("school").await);
        let (person, home) = (cx.actor.person().unwrap(), cx.scope().home.unwrap());
        let post = json!({ "staff": person, "post": "vice_safety", "school": home, "from_on": "2021-12-01" });
        let (status, post) = county.post(&school, "/api/v1/posts", post).await;
        assert_eq!(status, StatusCode::CREATED, "{name} {post}");
        let teacher = county.token("teacher").await;
        let path = format!("/api/v1/posts/{}", post["id"].as_str().unwrap());
        for (left, until, signs_in) in [
            (json!("2021-12-19"), json!("2021-12-19"), StatusCode::UNAUTHORIZED),
            (json!(null), json!(null), StatusCode::OK),
            (json!("2021-12-20"), json!("2021-12-20"), StatusCode::OK),
        ] {
            let staff = format!("/api/v1/staff/{person}");
            let version = county.get(&school, &staff).await.1["version"].clone();
            let body = json!({ "version": version, "left_on": left });
            let (status, answer) = county.ask(&school, Method::PATCH, &staff, Some(body)).await;
            assert_eq!(status, StatusCode::OK, "{name} {answer}");
            assert_eq!(county.get(&school, &path).await.1["until_on"], until, "{name} {left}");
            assert_eq!(county.get(&teacher, "/api/v1/pupils?limit=1").await.0, signs_in, "{name} {left}");
        }
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// A post that is to begin after its holder's last day is put right before he leaves; afterwards he is given none.
#[tokio::test(flavor = "multi_thread")]
async fn no_post_begins_after_its_holder_has_left() {
    for county in county::both().await {
        let name = county.backend();
        let (cx, school) = (county.cx("teacher").await, county.token("school").await);
        let (person, home) = (cx.actor.person().unwrap(), cx.scope().home.unwrap());
        let change = async |path: &str, mut body: serde_json::Value| {
            body["version"] = county.get(&school, path).await.1["version"].clone();
            let (status, answer) = county.ask(&school, Method::PATCH, path, Some(body)).await;
            (status, answer["error"]["code"].as_str().map(str::to_owned))
        };
        let begins = async |day: &str| {
            let post = json!({ "staff": person, "post": "vice_safety", "school": home, "from_on": day });
            county.post(&school, "/api/v1/posts", post).await
        };
        let refused = |code: &str| (StatusCode::UNPROCESSABLE_ENTITY, Some(code.to_owned()));
        let (status, made) = begins("2021-12-28").await;
        assert_eq!(status, StatusCode::CREATED, "{name} {made}");
        let (_, answer) = begins("2021-12-30").await;
        assert_eq!(answer["error"]["code"], "post.twice_open", "{name} {answer}");
        let staff = format!("/api/v1/staff/{person}");
        let leaves = json!({ "left_on": "2021-12-26" });
        assert_eq!(change(staff.as_str(), leaves.clone()).await, refused("staff.posts_later"), "{name}");
        let post = format!("/api/v1/posts/{}", made["id"].as_str().unwrap());
        let sooner = json!({ "from_on": "2021-12-20", "until_on": "2021-12-20" });
        assert_eq!(change(post.as_str(), sooner).await, (StatusCode::OK, None), "{name}");
        assert_eq!(change(staff.as_str(), leaves).await, (StatusCode::OK, None), "{name}");
        let (_, answer) = begins("2021-12-21").await;
        assert_eq!(answer["error"]["code"], "post.staff_left", "{name} {answer}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
    }
}

/// A child's day says what marks say of it, so it is theirs who may read marks.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_reads_no_marks_reads_no_day_of_a_child() {
    let county = county::sqlite().await;
    let director = county.cx("director").await;
    assert!(director.may("pupil", "read") && !director.may("mark", "read"));
    let (_, page) = county.get(&county.token("director").await, "/api/v1/pupils?limit=1").await;
    let path = format!("/pupils/{}/presence", page["items"][0]["id"].as_str().unwrap());
    assert_eq!(Visitor::sign_in(&county, "director").await.get(&path).await.status, StatusCode::NOT_FOUND);
    assert_eq!(Visitor::sign_in(&county, "bureau").await.get(&path).await.status, StatusCode::OK);
}
