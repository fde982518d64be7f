//! An overdue hazard of a school climbs to the leading group over simulated days, and everybody on the way is told.

use areas::climbs::record::CLIMB;
use areas::climbs::{run, today};
use areas::hazards::record::HAZARD;
use axum::http::StatusCode;
use engine::auth::ACCOUNT;
use kit::dates::shanghai_start;
use kit::{Author, Cell, Change, Query, Row, Scope};
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

const HOUR: i64 = 3_600_000;

async fn climb(county: &County, hazard: Uuid) -> Option<Row> {
    let found = county.app.store.find_by(&CLIMB, "hazard", &[Cell::Id(hazard)], &Scope::county()).await.unwrap();
    assert!(found.len() < 2);
    found.into_iter().next()
}

/// A general hazard of a school that waits for its keeper, put back to a limit and a state.
async fn overdue(county: &County, due: chrono::NaiveDate) -> Row {
    let query = Query::new().among("state", &["closed"]).among("grade", &["general"]).is("handed_unit", Cell::Null);
    let query = query.filter("school", kit::Test::Present).filter("keeper", kit::Test::Present).limit(200);
    let rows = county.app.store.list(&HAZARD, &query, &Scope::county()).await.unwrap().rows;
    // Kept by the school itself, not handed to another.
    let own =
        |row: &Row| row.get(&HAZARD, "handed_school").id().is_none_or(|to| row.get(&HAZARD, "school").id() == Some(to));
    let before = rows.into_iter().find(own).unwrap();
    let after = before
        .clone()
        .with(&HAZARD, "state", Cell::Text("rectifying".into()))
        .with(&HAZARD, "closed_on", Cell::Null)
        .with(&HAZARD, "due_on", Cell::Date(due));
    change(county, before, after, county.app.clock.now()).await
}

async fn change(county: &County, before: Row, after: Row, at: i64) -> Row {
    let change = Change::update(&HAZARD, "edit", before, after);
    let row = change.after.clone();
    let author = Author { actor: None, at, request: county.app.store.new_id(at) };
    county.app.store.commit(author, vec![change]).await.unwrap();
    row
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(&CLIMB, field).text().unwrap_or_default()
}

/// What is solved today climbed on those days, and no higher than it had come on the evening of each.
async fn stood_then(county: &County, record: &Row, mut stood: Vec<(chrono::NaiveDate, String)>) {
    stood.reverse();
    stood.dedup_by_key(|(day, _)| *day);
    for (day, rung) in stood {
        let then = Query::new().is("hazard", record.get(&CLIMB, "hazard").clone()).among("state", &["climbing"]);
        let then = county.app.store.all(&CLIMB, &then.as_of(day), &Scope::county()).await.unwrap();
        let then = then.iter().find(|row| row.id == record.id).map(|row| text(row, "rung"));
        assert_eq!(then, Some(rung.as_str()), "{}: {day}", county.backend());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overdue_hazard_climbs_to_the_leading_group_over_the_days_and_the_notices_are_all_there() {
    let mut seen = Vec::new();
    for county in county::both().await {
        let name = county.backend();
        let first = areas::sample::Plan::county().today;
        let mut hazard = overdue(&county, first).await;
        let mut rungs: Vec<(String, Uuid)> = Vec::new();
        let (mut last, mut stood) = (0, Vec::new());
        // Morning and evening of thirty days.
        for moment in first.iter_days().take(30).flat_map(|day| [9, 18].map(|hour| shanghai_start(day) + hour * HOUR)) {
            last = moment;
            // Somebody edits it all the time, which silences nothing.
            let edited = hazard.clone().with(&HAZARD, "remark", Cell::Text(moment.to_string()));
            hazard = change(&county, hazard, edited, last - HOUR).await;
            run::round(&county.app, last).await.unwrap();
            assert_eq!(run::round(&county.app, last).await.unwrap(), 0, "{name}: a step is taken once");
            let Some(climb) = climb(&county, hazard.id).await else { continue };
            let at = (
                text(&climb, "rung").to_owned(),
                climb.get(&CLIMB, "person").id().unwrap_or_else(|| panic!("{}", text(&climb, "rung"))),
            );
            stood.push((kit::dates::shanghai_date(last), at.0.clone()));
            if rungs.last() != Some(&at) {
                rungs.push(at);
            }
        }
        let order: Vec<_> = rungs.iter().map(|(rung, _)| rung.as_str()).collect();
        assert_eq!(order, ["keeper", "head", "section", "deputy", "director", "group"], "{name}");
        let record = climb(&county, hazard.id).await.unwrap();
        for (rung, person) in &rungs {
            let told = county.app.store.notices(*person, 10_000).await.unwrap();
            let here =
                told.iter().filter(|notice| notice.record == record.id && notice.code == format!("ladder.{rung}"));
            let params: Vec<_> = here.map(|notice| notice.params.clone()).collect();
            let place = hazard.get(&HAZARD, "place").text().unwrap().to_owned();
            assert_eq!(params, [vec![("title".to_owned(), place)]], "{name}: {rung}");
        }
        pages(&county, &record, &hazard).await;
        // Reported as done: it ends, and everybody hears it.
        let done = hazard.clone().with(&HAZARD, "state", Cell::Text("submitted".into()));
        let done = done.with(&HAZARD, "submitted_on", Cell::Date(kit::dates::shanghai_date(last)));
        let done = change(&county, hazard.clone(), done, last + HOUR).await;
        assert_eq!(run::round(&county.app, last + HOUR).await.unwrap(), 1, "{name}");
        assert_eq!(text(&climb(&county, hazard.id).await.unwrap(), "state"), "solved");
        for (_, person) in &rungs {
            let told = county.app.store.notices(*person, 10_000).await.unwrap();
            assert!(told.iter().any(|notice| notice.record == record.id && notice.code == "ladder.solved"), "{name}");
        }
        // It comes back with another limit, and that passes too: the first stays as it was.
        let again = done.clone().with(&HAZARD, "state", Cell::Text("rectifying".into()));
        let again = again.with(&HAZARD, "due_on", Cell::Date(kit::dates::shanghai_date(last)));
        change(&county, done, again, last + 2 * HOUR).await;
        run::round(&county.app, last + 8 * HOUR).await.unwrap();
        let both = county.app.store.find_by(&CLIMB, "hazard", &[Cell::Id(hazard.id)], &Scope::county()).await.unwrap();
        let mut both: Vec<_> = both.iter().map(|row| (text(row, "rung"), text(row, "state"))).collect();
        both.sort_unstable();
        assert_eq!(both, [("group", "solved"), ("keeper", "climbing")], "{name}");
        stood.retain(|(day, _)| *day < kit::dates::shanghai_date(last));
        stood_then(&county, &record, stood).await;
        assert_eq!(county.app.store.check_tallies().await.unwrap(), 0, "{name}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
        seen.push(order.iter().map(ToString::to_string).collect::<Vec<_>>());
    }
    assert_eq!(seen[0], seen[1]);
}

/// What the leading group sees, what others do, and the paper of the step.
async fn pages(county: &County, record: &Row, hazard: &Row) {
    let heads = Query::new().among("role", &["county"]).limit(1);
    let heads = county.app.store.list(&ACCOUNT, &heads, &Scope::county()).await.unwrap().rows;
    let login = heads[0].get(&ACCOUNT, "login").text().unwrap();
    let group = county.cx(login).await;
    let mine = county
        .app
        .store
        .list(&CLIMB, &today::mine(&group.actor, group.today()).limit(500), group.scope())
        .await
        .unwrap();
    assert!(mine.rows.iter().any(|row| row.id == record.id), "it climbed to the leading group");
    let leader = Visitor::sign_in(county, login).await;
    let page = leader.get(&format!("/climbs/{}/paper", record.id)).await;
    assert!(page.status == StatusCode::OK && page.text().contains("挂牌督办通知书"), "{}", page.text());
    let case = leader.get(&format!("/hazards/{}", hazard.id)).await.text();
    assert!(case.contains(&format!("/climbs/{}", record.id)), "the case shows its ladder");
    let (version, path) = (record.version.to_string(), format!("/climbs/{}", record.id));
    let numbered =
        leader.post(&format!("{path}/issue"), &[("version", &version), ("number", "道教安督〔2022〕1号")]).await;
    assert_eq!(numbered.status, StatusCode::SEE_OTHER, "{}", numbered.text());
    assert!(leader.get(&format!("{path}/paper")).await.text().contains("道教安督〔2022〕1号"));
    let guard = Visitor::sign_in(county, "guard").await;
    assert_eq!(guard.get(&format!("{path}/paper")).await.status, StatusCode::NOT_FOUND);
    // A pause can be ended again: its question does not say the contrary.
    let shown = leader.get(&path).await.text();
    assert!(shown.contains("确定暂停吗") && !shown.contains("“暂停督办”后不能恢复"), "{shown}");
    let unpaused = leader.post(&format!("{path}/pause"), &[("pause_reason", "")]).await;
    assert_eq!(unpaused.status, StatusCode::UNPROCESSABLE_ENTITY, "a pause has a reason");
}
