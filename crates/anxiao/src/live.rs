//! A sample county with a school day going on in it: the day is played beside the server, by the same clock, through the same doors.

use std::sync::Arc;

use anyhow::bail;
use areas::sample::live::{Player, free_day};
use engine::App;
use engine::clock::Clock;
use engine::save::Refused;

use crate::county;
use crate::options::{Config, Demo};
use crate::serve::serve_app;

/// A line is printed for each half hour of the county's day.
const LINE: i64 = 30 * 60_000;
/// Half past six: before the first gate is opened.
const BEGINS: i64 = 390 * 60_000;

pub async fn serve(config: &Config, demo: &Demo) -> anyhow::Result<()> {
    let about = county::about(config)?;
    // First by the usual clock, to see which day is free; then by one that begins with that day.
    let app = county::open(config).await?;
    let day = free_day(&app, kit::dates::shanghai_date(app.clock.now())).await?;
    app.store.clone().close().await;
    drop(app);
    let begins = kit::dates::shanghai_start(day) + BEGINS;
    let app = county::open_at(config, &about, Clock::starting_at(begins).at_speed(demo.speed)).await?;
    let player = ready(&app, day, demo.seed).await?;
    println!("{day} begins at {}, {} times as fast as the real clock", time(begins), demo.speed);
    tokio::spawn(play(Arc::clone(&app), player));
    serve_app(config, app).await
}

async fn ready(app: &Arc<App>, day: chrono::NaiveDate, seed: u64) -> anyhow::Result<Player> {
    match Player::ready(app, day, seed).await {
        Ok(player) => Ok(player),
        Err(Refused::Broken(error)) => Err(error.into()),
        Err(refused) => bail!("nobody can play: {refused:?}"),
    }
}

fn time(at: i64) -> impl std::fmt::Display {
    kit::dates::shanghai_time(at).format("%H:%M").to_string()
}

/// One event after the other, each when the county's clock has come to it.
async fn play(app: Arc<App>, mut player: Player) {
    let mut told = app.clock.now() / LINE;
    while let Some(at) = player.next() {
        tokio::time::sleep(app.clock.until(at)).await;
        let now = app.clock.now();
        if now / LINE > told {
            told = now / LINE;
            println!("{}  {}", time(now), player.played);
        }
        if let Err(error) = player.play(now).await {
            return tracing::error!(%error, "the day is not played on");
        }
    }
    println!("{}  the day is over: {}", time(app.clock.now()), player.played);
}
