//! Serving: logging, TLS, and an end that loses nothing.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, bail};
use areas::retention::sealing;
use axum_server::Handle;
use engine::App;
use engine::files::keeping;
use tracing_subscriber::EnvFilter;

use crate::keep::{held, moment_text};
use crate::options::Config;
use crate::patience::limited;
use crate::spoken::say;
use crate::{county, tls, watch};

pub fn logging(config: &Config) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&config.log).context("the setting `log`")?;
    // Colours are for whoever looks on; in a journal or a file they are signs that nobody can read.
    let lines = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let lines = lines.with_ansi(std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none());
    if config.log_json {
        lines.json().init();
    } else {
        lines.init();
    }
    Ok(())
}

pub async fn serve(config: &Config) -> anyhow::Result<()> {
    let tls = config.tls_cert.as_ref().zip(config.tls_key.as_ref());
    if !config.listen.ip().is_loopback() && tls.is_none() && !config.trusted_proxy {
        bail!(say("cli.serve.outside", &[("address", &config.listen)]));
    }
    if county::about(config)?.sample && !config.listen.ip().is_loopback() {
        bail!(say("cli.demo.loopback", &[("address", &config.listen)]));
    }
    serve_app(config, county::open(config).await?).await
}

/// Serves what is open already.
pub async fn serve_app(config: &Config, app: Arc<App>) -> anyhow::Result<()> {
    // First of all: a second program on the same address or of the same county ends here, before it takes over the messages of the one that serves.
    let listener = tokio::net::TcpListener::bind(config.listen).await;
    let cannot = || say("cli.serve.cannot", &[("address", &config.listen)]);
    let listener = listener.with_context(cannot)?.into_std()?;
    held::take(config, &county::about(config)?.code).await?;
    if let Err(error) = look_back(&app).await {
        tracing::error!(%error, "clock and history were not looked at");
    }
    let tls = tls::read(config).await?;
    watch::begin()?;
    let mut router = engine::router::router(app.clone());
    if config.trusted_proxy {
        router = router.layer(axum::middleware::from_fn(crate::proxy::unwrap_address));
    }
    let router = router.into_make_service_with_connect_info::<SocketAddr>();
    let server = Handle::new();
    let told = tokio::spawn(until_told(app.clone(), server.clone()));
    tokio::spawn(announce(server.clone(), tls.is_some()));
    tokio::spawn(checkpoints(app.clone()));
    tokio::spawn(monthly_returns(app.clone()));
    tokio::spawn(sweep_files(app.clone()));
    tokio::spawn(tips(app.clone()));
    let carrier = tokio::spawn(engine::messages::worker::run(app.clone(), areas::house::PHONES));
    // 升级督办
    tokio::spawn(each_minute(app.clone(), "what climbs", |app, now| async move {
        areas::climbs::run::round(&app, now).await
    }));
    tokio::spawn(mornings(app.clone()));
    // 催点名、失联
    tokio::spawn(each_minute(app.clone(), "the rolls", |app, now| async move {
        areas::attendance::round::round(&app, now).await
    }));
    // 漏巡提醒
    tokio::spawn(each_minute(app.clone(), "the patrols", |app, now| async move {
        areas::patrols::round::round(&app, now).await
    }));
    tokio::spawn(crate::rules::reread(app.clone(), config.clone()));
    tokio::spawn(watch::run(app.clone(), config.clone()));
    match tls {
        Some(tls) => {
            tokio::spawn(tls::reread(tls.clone(), config.clone()));
            limited(axum_server::from_tcp_rustls(listener, tls)?).handle(server).serve(router).await?;
        }
        None => limited(axum_server::from_tcp(listener)?).handle(server).serve(router).await?,
    }
    // A gateway that does not answer holds up no stop.
    let _ = tokio::time::timeout(Duration::from_secs(10), carrier).await;
    county::close(&app).await?;
    match told.await {
        Ok(Some(error)) => Err(error.into()),
        _ => Ok(()),
    }
}

/// What the history says of the machine: deadlines and terms follow its clock, and what was signed is not undone.
async fn look_back(app: &App) -> Result<(), store::StoreError> {
    const APART: i64 = 60_000;
    let (now, last) = (app.clock.now(), app.store.health().await?.last_at);
    if let Some(last) = last.filter(|last| *last > now + APART && !app.clock.is_own()) {
        tracing::error!(
            now = moment_text(now),
            last = moment_text(last),
            "the machine's clock stands before the last event: set it, and let it follow a time server"
        );
    }
    if let Some(signed) = app.store.signed_beyond().await? {
        tracing::error!(
            signed,
            "the history ends before its last checkpoint: its end was cut off or an old copy was put back; `anxiao verify` says more"
        );
    }
    Ok(())
}

async fn announce(server: Handle<SocketAddr>, tls: bool) {
    if let Some(address) = server.listening().await {
        let address = format!("{}://{address}", if tls { "https" } else { "http" });
        println!("{}", say("cli.serve.at", &[("address", &address)]));
    }
}

/// Waits for Ctrl-C or a service manager's stop, or until another program serves the county, which is then said; requests under way may finish.
async fn until_told(app: Arc<App>, server: Handle<SocketAddr>) -> Option<store::StoreError> {
    let interrupted = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    let lost = tokio::select! {
        () = interrupted => None,
        () = terminated => None,
        error = held::lost() => Some(error),
    };
    if let Some(error) = &lost {
        tracing::error!(%error, "this program ends");
    }
    // A board that moves by itself is a request that would never be finished.
    app.ending.send_replace(true);
    server.graceful_shutdown(Some(Duration::from_secs(20)));
    lost
}

/// 零报告: puts the month that ended before every school, at the start and then daily at 01:00 by the county's clock.
async fn monthly_returns(app: Arc<App>) {
    loop {
        let now = app.clock.now();
        match areas::hazards::returns::draft_missing(&app.store, now).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "monthly returns drafted"),
            Err(error) => {
                tracing::error!(%error, "the monthly returns were not drafted");
                watch::failed("monthly returns");
            }
        }
        tokio::time::sleep(until_one(app.clock.now())).await;
    }
}

/// 随手拍: a code for every school that has none, an end to telephone numbers; at the start and then daily at 01:00.
async fn tips(app: Arc<App>) {
    loop {
        match areas::tips::keeper::daily(&app.store, &app.norms(), app.clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "tips and their codes looked after"),
            Err(error) => {
                tracing::error!(%error, "tips and their codes were not looked after");
                watch::failed("tips");
            }
        }
        tokio::time::sleep(until_one(app.clock.now())).await;
    }
}

/// Looked at once a minute by the county's clock: what it answers is how many records it changed.
async fn each_minute<F>(app: Arc<App>, about: &'static str, round: impl Fn(Arc<App>, i64) -> F)
where
    F: Future<Output = Result<usize, store::StoreError>>,
{
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    loop {
        minute.tick().await;
        match round(app.clone(), app.clock.now()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "{about} looked after"),
            Err(error) => {
                tracing::error!(%error, "{about} not looked after");
                watch::failed(about);
            }
        }
    }
}

/// 晨报: what the day asks of each, looked at once a minute by the county's clock.
async fn mornings(app: Arc<App>) {
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    let mut told = None;
    loop {
        minute.tick().await;
        let now = app.clock.now();
        let today = kit::dates::shanghai_date(now);
        if told == Some(today) {
            continue;
        }
        match areas::duties::morning::round(&app, now).await {
            Ok(None) => {}
            Ok(Some(count)) => {
                told = Some(today);
                tracing::info!(count, %today, "the morning was told");
            }
            Err(error) => {
                tracing::error!(%error, "nobody was told what the day asks");
                watch::failed("the morning");
            }
        }
    }
}

/// How long it is until the next 01:00 in the county; `now` in milliseconds UTC.
fn until_one(now: i64) -> Duration {
    let today = kit::dates::shanghai_date(now);
    let one = |day| kit::dates::shanghai_start(day) + 3_600_000;
    let next = if one(today) > now { one(today) } else { one(today.succ_opt().unwrap_or(today)) };
    // At least a minute, so that a clock that is set back can never make this loop spin.
    Duration::from_millis(u64::try_from(next - now).unwrap_or_default()).max(Duration::from_mins(1))
}

/// Removes bytes that no attachment has named for a day (uploads that broke off): at the start and then daily.
async fn sweep_files(app: Arc<App>) {
    let mut day = tokio::time::interval(Duration::from_hours(24));
    while let Some(files) = &app.files {
        day.tick().await;
        match keeping::sweep(&app.store, files, engine::clock::of_files()).await {
            Ok(0) => {}
            Ok(count) => tracing::info!(count, "files without an attachment removed"),
            Err(error) => {
                tracing::error!(%error, "files without an attachment were not removed");
                watch::failed("files");
            }
        }
    }
}

/// Signs the history's head once a minute while there is news; where the log of readings ends is put into the history before.
async fn checkpoints(app: Arc<App>) {
    let mut minute = tokio::time::interval(Duration::from_mins(1));
    let mut sealed = 0;
    loop {
        minute.tick().await;
        match sealing::seal(&app.store, app.clock.now(), sealed).await {
            Ok(last) => sealed = last,
            Err(error) => {
                tracing::error!(%error, "the log of readings was not sealed");
                watch::failed("the log of readings");
            }
        }
        if let Err(error) = app.store.checkpoint(app.clock.now()).await {
            tracing::error!(%error, "the checkpoint was not written");
            watch::failed("the checkpoint");
        }
    }
}
