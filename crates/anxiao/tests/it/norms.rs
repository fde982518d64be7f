//! Norms as everybody reads them, what the county decides about them, and the calendar of a school.

use std::path::Path;
use std::process::{Command, Output};

use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use crate::county::{self, County};
use crate::visitor::Visitor;

fn decision(key: &str, kind: &str, value: Option<&str>, from: &str) -> Value {
    json!({"key": key, "kind": kind, "value": value, "from_on": from, "approval": "道教字〔2021〕30号", "approver": "局长办公会",
        "approved_on": "2021-12-17", "reason": "本县实际"})
}

fn value(county: &County, day: &str) -> i64 {
    county.app.norms().value("hazard.sign", day.parse().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_county_decides_holds_from_its_day_and_leaves_the_past_alone() {
    for county in county::both().await {
        let path = "/api/v1/norm-decisions";
        let (director, school) = (county.token("director").await, county.token("school").await);
        // Everybody reads; nobody but the director and his section decides.
        assert_eq!(county.get(&school, path).await.0, StatusCode::OK);
        let (status, _) = county.post(&school, path, decision("hazard.sign", "change", Some("12"), "2021-12-20")).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        for (body, code) in [
            (decision("hazard.sing", "change", Some("12"), "2021-12-20"), "norm_decision.key_unknown"),
            (decision("hazard.sign", "change", Some("12"), "2021-12-19"), "norm_decision.past"),
            (decision("report.head", "change", Some("90"), "2021-12-20"), "norm_decision.weaker"),
            (decision("hazard.sign", "change", Some("'; drop table"), "2021-12-20"), "norm_decision.value_wrong"),
        ] {
            let (status, answer) = county.post(&director, path, body).await;
            assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{answer}");
            assert!(answer.to_string().contains(code), "{answer}");
        }
        assert_eq!(value(&county, "2021-12-20"), 24);
        let (status, made) =
            county.post(&director, path, decision("hazard.sign", "change", Some("12"), "2021-12-20")).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        // At once, and for no day that is over.
        assert_eq!((value(&county, "2021-12-20"), value(&county, "2021-12-19")), (12, 24));
        let (status, _) =
            county.post(&director, path, decision("hazard.sign", "change", Some("6"), "2022-01-01")).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        // What hangs on it is computed by it: the hand-over of today is signed for within twelve hours.
        let facts = county.cx("school").await.facts_with(std::collections::HashMap::default());
        assert_eq!(facts.norms.value("hazard.sign", facts.today), Ok(12));
        let norm = facts.norms.on("hazard.sign", facts.today).unwrap().clone();
        assert_eq!(norm.decided.unwrap().record.to_string(), made["id"].as_str().unwrap());
        // The same after the county is opened anew, and the history is whole.
        assert!(county.flaws().await.is_empty());
        let county = county.reopen().await;
        assert_eq!((value(&county, "2021-12-20"), value(&county, "2021-12-19")), (12, 24));
        // In lists and on its page it is called like the norm that it is about; a file has the key.
        let director = Visitor::sign_in(&county, "director").await;
        let own = format!("/norm-decisions/{}", made["id"].as_str().unwrap());
        assert!(director.get("/norm-decisions").await.text().contains("交办后签收时限"), "{}", county.backend());
        assert!(director.get(&own).await.text().contains("<h1>交办后签收时限</h1>"), "{}", county.backend());
        assert!(director.get("/norm-decisions/export.csv").await.text().contains("hazard.sign"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_reads_every_norm_with_its_basis() {
    for county in county::both().await {
        let guard = Visitor::sign_in(&county, "guard").await;
        // The first page counts them by chapter; a click shows each.
        let page = guard.get("/norms").await;
        assert_eq!(page.status, StatusCode::OK);
        for shown in
            ["在校一日", "/norms?topic=schoolday", "/norms?topic=patrol", "待核", "不确定，核定前以正式文件为准"]
        {
            assert!(page.text().contains(shown), "{shown}");
        }
        assert!(!page.text().contains("每日巡查重点部位次数") && page.text().len() < 60_000, "{}", page.text().len());
        let chapter = guard.get("/norms?topic=schoolday").await;
        for shown in ["每日巡查重点部位次数", "每天5次", "县定"] {
            assert!(chapter.text().contains(shown), "{shown}");
        }
        let both = guard.get("/norms?topic=patrol&day=2022-07-01&q=GB%2FT%2029315-2022").await;
        assert!(both.text().contains("GB/T 29315-2022") && !both.text().contains("/norms/hazard.sign?"));
        // Found by a word and by a topic; a table's lines are found and stand folded in its row.
        let few = guard.get("/norms?q=巡查&topic=patrol").await;
        assert!(few.text().contains("/norms/patrol.guard?") && !few.text().contains("/norms/hazard.sign?"));
        let table = guard.get("/norms?q=大灾难").await;
        assert!(table.text().contains("<summary>表（6行）</summary>") && table.text().contains("灾难，数人死亡"));
        // Every norm is on one of the pages, once.
        let mut found = 0;
        let mut next = Some("/norms?q=.".to_owned());
        while let Some(address) = next {
            let page = guard.get(&address).await.text();
            found += page.matches("<tr data-href").count();
            let after = page.split("rel=\"next\" href=\"").nth(1).and_then(|rest| rest.split('"').next());
            next = after.map(|address| address.replace("&#38;", "&").replace("&amp;", "&"));
        }
        assert!(found > 400 && guard.get("/norms").await.text().contains(&format!("共 {found} 项")), "{found}");
        let coming = guard.get("/norms/hazard.judgement.direct?day=2021-12-20").await;
        assert!(coming.text().contains("尚未施行") && coming.text().contains("当日没有执行中的规范"));
        let one = guard.get("/norms/hazard.sign").await;
        assert!(
            one.text().contains("24小时") && one.text().contains("隐患") && !one.text().contains("/norm-decisions/new")
        );
        let director = Visitor::sign_in(&county, "director").await;
        assert!(director.get("/norms/hazard.sign").await.text().contains("/norm-decisions/new?key=hazard.sign"));
        for odd in ["topic=patrol&page=99", "topic=patrol&page=-1", "q=%00", "mark=pending&page=x", "topic=nothing"] {
            assert_eq!(guard.get(&format!("/norms?{odd}")).await.status, StatusCode::OK, "{odd}");
        }
        for wrong in ["/norms/nothing", "/norms/%27%3B", "/norms/hazard.sig"] {
            assert_eq!(guard.get(wrong).await.status, StatusCode::NOT_FOUND, "{wrong}");
        }
        // What is no day is today, and what is no topic is nothing.
        assert_eq!(guard.get("/norms?day=yesterday&mark=x&topic=%00").await.status, StatusCode::OK);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_month_of_a_school_is_shown_with_what_interrupted_it() {
    for county in county::both().await {
        let school = Visitor::sign_in(&county, "school").await;
        let june = school.get("/calendar?month=2021-06").await;
        assert_eq!(june.status, StatusCode::OK);
        // The rain of the township, the holiday, and the term.
        for shown in ["停课", "暴雨洪涝", "端午节", "春季学期", "教学日"] {
            assert!(june.text().contains(shown), "{shown}");
        }
        assert!(school.get("/calendar?month=2021-11").await.text().contains("期中考试"));
        assert!(school.get("/calendar?month=2028-03").await.text().contains("2028年的放假通知尚未录入"));
        for odd in ["month=2021-13", "month=x", "school=x", "month=-1-1&school=00000000-0000-0000-0000-000000000000"] {
            assert_eq!(school.get(&format!("/calendar?{odd}")).await.status, StatusCode::OK, "{odd}");
        }
        // A suspension is seen at once, by the rules too; of another school nobody decides.
        let (token, home) = (county.token("principal").await, county.cx("principal").await.actor.scope.home.unwrap());
        let today = "2021-12-20".parse().unwrap();
        let teaches = |county: &County| {
            let rules = county.app.rules();
            kit::terms::is_school_day(&rules.calendar, &rules.terms, home, today)
        };
        assert!(teaches(&county));
        let gap = json!({"school": home, "reason": "ice", "from_on": "2021-12-20", "until_on": "2021-12-20", "decided_by": "本校"});
        let (status, made) = county.post(&token, "/api/v1/suspensions", gap).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        assert!(!teaches(&county));
        let everywhere = json!({"reason": "ice", "from_on": "2021-12-21", "decided_by": "本校"});
        let (status, answer) = county.post(&token, "/api/v1/suspensions", everywhere).await;
        assert!(
            status == StatusCode::UNPROCESSABLE_ENTITY && answer.to_string().contains("suspension.not_yours"),
            "{answer}"
        );
        assert_eq!(county.post(&token, "/api/v1/terms", json!({})).await.0, StatusCode::FORBIDDEN);
        assert!(county.flaws().await.is_empty());
    }
}

/// The ice did not come: taken back, it never was, for the rules and for the calendar; what the county closed no school opens.
#[tokio::test(flavor = "multi_thread")]
async fn a_suspension_that_does_not_come_about_is_taken_back() {
    for county in county::both().await {
        let (token, home) = (county.token("principal").await, county.cx("principal").await.actor.scope.home.unwrap());
        let school = Visitor::sign_in(&county, "school").await;
        let today = "2021-12-20".parse().unwrap();
        let teaches = |county: &County| {
            let rules = county.app.rules();
            kit::terms::is_school_day(&rules.calendar, &rules.terms, home, today)
        };
        let ice = json!({ "school": home, "reason": "ice", "from_on": "2021-12-20", "until_on": "2021-12-20", "decided_by": "本校" });
        let (status, made) = county.post(&token, "/api/v1/suspensions", ice).await;
        assert_eq!((status, made["state"].as_str()), (StatusCode::CREATED, Some("in_force")), "{made}");
        assert!(!teaches(&county) && school.get("/calendar?month=2021-12").await.text().contains("低温冰冻"));
        let path = format!("/api/v1/suspensions/{}", made["id"].as_str().unwrap());
        let why = json!({ "version": made["version"], "withdrawn_for": "降温未达预期，照常上课" });
        let (status, back) = county.post(&token, &format!("{path}/withdraw"), why.clone()).await;
        assert_eq!((status, back["state"].as_str()), (StatusCode::OK, Some("withdrawn")), "{back}");
        assert!(teaches(&county) && !school.get("/calendar?month=2021-12").await.text().contains("低温冰冻"));
        let later = json!({ "version": back["version"], "until_on": "2021-12-21" });
        let (status, answer) = county.ask(&token, Method::PATCH, &path, Some(later)).await;
        let told = (status, answer["error"]["code"].as_str());
        assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, Some("calendar.withdrawn")), "{answer}");
        let ice =
            json!({ "reason": "ice", "from_on": "2021-12-20", "until_on": "2021-12-20", "decided_by": "县教育局" });
        let (status, made) = county.post(&county.token("bureau").await, "/api/v1/suspensions", ice).await;
        assert_eq!(status, StatusCode::CREATED, "{made}");
        let path = format!("/api/v1/suspensions/{}/withdraw", made["id"].as_str().unwrap());
        let (status, answer) = county.post(&token, &path, why).await;
        let told = (status, answer["error"]["code"].as_str());
        assert_eq!(told, (StatusCode::UNPROCESSABLE_ENTITY, Some("suspension.not_yours")), "{answer}");
        assert!(!teaches(&county));
        // A school's own form knows the school, and asks for no township.
        let form = school.get("/suspensions/new").await.text();
        assert!(form.contains(&format!("value=\"{home}\" selected")) && !form.contains("name=\"unit\""), "{form}");
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn other_files_take_the_place_of_the_old_ones_as_a_whole() {
    let county = county::sqlite().await;
    let shipped = areas::house::NORMS.iter().map(|(name, text)| {
        (*name, text.replace("key = \"hazard.sign\", value = 24", "key = \"hazard.sign\", value = 36"))
    });
    let files: Vec<_> = shipped.collect();
    let files: Vec<_> = files.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let rules = areas::house::rules_of(areas::house::OTHERS, &files).unwrap();
    let director = county.token("director").await;
    county.post(&director, "/api/v1/norm-decisions", decision("tip.answer", "change", Some("2"), "2021-12-20")).await;
    county.app.take_rules(rules).await.unwrap();
    // The new figure, and what the county decided still on top of it; terms and suspensions are there as before.
    let norms = county.app.norms();
    let today = "2021-12-20".parse().unwrap();
    assert_eq!((norms.value("hazard.sign", today), norms.value("tip.answer", today)), (Ok(36), Ok(2)));
    assert!(county.app.terms().iter().count() >= 6);
}

fn rules(args: &[&str], dir: &Path) -> Output {
    Command::new(env!("CARGO_BIN_EXE_anxiao")).arg("rules").args(args).arg(dir).output().unwrap()
}

#[test]
fn a_folder_of_rules_is_checked_by_file_and_line() {
    let folder = tempfile::TempDir::new().unwrap();
    let dir = folder.path().join("rules");
    let said = |output: &Output| {
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
    };
    let written = rules(&["write"], &dir);
    assert!(written.status.success(), "{}", said(&written));
    let checked = rules(&["check"], &dir);
    assert!(checked.status.success() && said(&checked).contains("norms, in order"), "{}", said(&checked));
    // Nothing is written over what somebody edited.
    assert!(!rules(&["write"], &dir).status.success());
    let (path, calendar) = (dir.join("guards.toml"), dir.join("calendar.toml"));
    let whole = std::fs::read_to_string(&path).unwrap();
    let line = whole.lines().position(|line| line.contains("guard.combine")).unwrap() + 1;
    for (broken, says) in [
        (
            whole.replace("choice = \"max\", unit", "choice = \"most\", unit"),
            format!("guards.toml:{line}: guard.combine"),
        ),
        (
            whole.replace("key = \"guard.combine\"", "kye = \"guard.combine\""),
            format!("guards.toml:{line}: unknown field"),
        ),
        (whole.replacen(']', "", 1), "guards.toml:".to_owned()),
    ] {
        assert_ne!(broken, whole);
        std::fs::write(&path, broken).unwrap();
        let output = rules(&["check"], &dir);
        assert!(!output.status.success() && said(&output).contains(&says), "{says}: {}", said(&output));
    }
    std::fs::write(&path, whole).unwrap();
    let old = std::fs::read_to_string(&calendar).unwrap();
    std::fs::write(&calendar, old.replace("work = [2026-01-04", "work = [2026-01-05")).unwrap();
    let output = rules(&["check"], &dir);
    assert!(!output.status.success() && said(&output).contains("year 2026"), "{}", said(&output));
    std::fs::write(&calendar, old).unwrap();
    for name in ["tips.toml", "duties.toml", "ladders.toml", "messages.toml", "topics.toml"] {
        let kept = std::fs::read_to_string(dir.join(name)).unwrap();
        std::fs::remove_file(dir.join(name)).unwrap();
        let output = rules(&["check"], &dir);
        assert!(
            !output.status.success() && said(&output).contains(&format!("there is no {name}")),
            "{}",
            said(&output)
        );
        std::fs::write(dir.join(name), kept).unwrap();
    }
}
