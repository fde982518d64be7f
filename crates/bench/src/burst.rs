//! A morning's burst: causes one after another that each tell many people at once, while others write what they have done, one durable
//! transaction each. The bench measures it, a test sees that nothing is lost of it; both read this file.

use anyhow::Context;
use areas::duties::record::DEED;
use areas::hazards::record::HAZARD;
use areas::organisation::record::STAFF;
use engine::App;
use kit::dates::shanghai_date;
use kit::{Author, Cell, Change, Message, Query, Row, Scope};
use uuid::Uuid;

const CAUSES: usize = 20;
/// Told by each.
const TOLD: u64 = 50;
/// As many deeds are written meanwhile.
const DEEDS: usize = 200;

/// Writes it all, the deeds as those of `school`. Answers how many messages there will be.
pub async fn write(app: &App, school: Uuid) -> anyhow::Result<usize> {
    let (told, ()) = tokio::try_join!(causes(app), deeds(app, school))?;
    Ok(told)
}

async fn causes(app: &App) -> anyhow::Result<usize> {
    let (store, all) = (&app.store, Scope::county());
    let staff = store.list(&STAFF, &Query::new().filter("phone", kit::Test::Present).limit(TOLD), &all).await?.rows;
    for cause in 0..CAUSES {
        let closed = Query::new().among("state", &["closed"]).limit(1);
        let before = store.list(&HAZARD, &closed, &all).await?.rows.pop().context("no hazard was closed")?;
        let after = before.clone().with(&HAZARD, "remark", Cell::Text(format!("{cause} {}", before.version)));
        let tell = |row: &Row| Message::person(row.id, "hazard.sent_back").urgent().because(format!("burst/{cause}"));
        let change = staff.iter().map(tell).fold(Change::update(&HAZARD, "edit", before, after), Change::send);
        store.commit(author(app), vec![change]).await?;
    }
    Ok(CAUSES * staff.len())
}

async fn deeds(app: &App, school: Uuid) -> anyhow::Result<()> {
    for _ in 0..DEEDS {
        let author = author(app);
        let row = Row::blank(&DEED, app.store.new_id(author.at))
            .with(&DEED, "fact", Cell::Text("gate.post".into()))
            .with(&DEED, "school", Cell::Id(school))
            .with(&DEED, "day", Cell::Date(shanghai_date(author.at)))
            .with(&DEED, "entered_at", Cell::Int(author.at))
            .with(&DEED, "state", Cell::Text("recorded".into()));
        app.store.commit(author, vec![Change::create(&DEED, "create", row)]).await?;
    }
    Ok(())
}

fn author(app: &App) -> Author {
    let at = app.clock.now();
    Author { actor: None, at, request: app.store.new_id(at) }
}
