//! A whole school day of the township, played from event to event on both databases: what the boards, the figures and the records say at its end is
//! what was done in it.

use std::collections::HashMap;

use areas::attendance::record::{MARK, MISSING, SHEET};
use areas::hazards::record::HAZARD;
use areas::patrols::board;
use areas::patrols::due::Sum;
use areas::patrols::record::{FLAG, ROUND, ROUTE, VISIT};
use areas::sample::live::{Player, free_day};
use engine::figures;
use kit::dates::Period;
use kit::figure::Frame;
use kit::query::Query;
use kit::{Cell, Noun, Scope, dates};

use crate::county::{self, County};
use crate::visitor::Visitor;

const HOUR: i64 = 3_600_000;

/// What a day's figures are compared by.
const FIGURES: [&str; 9] = [
    "attendance.sheets",
    "attendance.expected",
    "attendance.absent",
    "missing.total",
    "missing.answered",
    "missing.open",
    "patrols.rounds",
    "patrols.points",
    "patrols.findings",
];

async fn numbers(county: &County, day: chrono::NaiveDate) -> HashMap<&'static str, i64> {
    let cx = county.cx("bureau").await;
    let frame = Frame { period: Period::Day(day), cutoff: day, unit: None, now: None };
    figures::values(&cx, &FIGURES, &frame).await.unwrap().into_iter().map(|(id, figure)| (id, figure.value)).collect()
}

async fn count(county: &County, noun: &'static Noun, query: Query) -> usize {
    county.app.store.count(noun, &query, &Scope::county()).await.unwrap().try_into().unwrap()
}

/// What became of everything that was due on a day, in the whole township.
async fn walked(county: &County, day: chrono::NaiveDate) -> Sum {
    let cx = county.cx("bureau").await;
    let routes = county.app.store.all(&ROUTE, &Query::new(), cx.scope()).await.unwrap();
    let (_, turns) = board::turns(&cx, &routes, day).await.unwrap();
    turns.iter().fold(Sum::default(), |sum, turn| sum.and(turn.sum()))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_played_and_its_boards_say_what_was_done() {
    for county in county::both().await {
        let today = county.cx("bureau").await.today();
        let day = free_day(&county.app, today).await.unwrap();
        assert_eq!(day, today, "nobody has called the roll of the sample county's own day");
        let hazards = count(&county, &HAZARD, Query::new()).await;
        let mut player = Player::ready(&county.app, day, 1).await.unwrap();
        assert!(player.left_out > 0 && player.not_called > 0, "a day without gaps shows nothing");
        while let Some(at) = player.next() {
            player.play(at).await.unwrap();
        }
        let done = player.played;
        assert_eq!(player.refusals, Vec::<String>::new(), "{} {done:?}", county.backend());
        assert!(done.checks >= 4 && done.found == done.checks - done.checks.div_ceil(4), "{done:?}");
        assert!(done.findings > 0 && done.handovers > done.arrivals / 2 && done.talks > 0, "{done:?}");

        // The morning after: everything of the day is over.
        let county = county.at(dates::shanghai_start(day) + 37 * HOUR).await;
        let of_day = || Query::new().is("day", Cell::Date(day));
        let told = numbers(&county, day).await;
        let said = |id: &str| usize::try_from(told[id]).unwrap();
        assert_eq!((said("attendance.sheets"), said("patrols.points")), (done.sheets, done.points), "{told:?}");
        assert_eq!((said("missing.total"), said("missing.open")), (done.checks, 0), "every child was found: {told:?}");
        assert_eq!(said("missing.answered"), done.checks - done.checks / 4, "{told:?}");
        assert_eq!((said("patrols.rounds"), said("patrols.findings")), (done.rounds, done.findings), "{told:?}");
        assert_eq!(count(&county, &HAZARD, Query::new()).await, hazards + done.findings, "each finding is a hazard");

        // What was not done is derived: the rounds that were left out, and the classes that nobody called.
        let sum = walked(&county, day).await;
        assert_eq!(usize::try_from(sum.missed).unwrap(), player.left_out, "{sum:?}");
        assert_eq!((sum.due, sum.late), (sum.walked + sum.missed, 0), "{sum:?}");
        let arrivals = of_day().among("session", &["arrival"]);
        assert_eq!(count(&county, &SHEET, arrivals.clone()).await, done.arrivals);
        assert_eq!(count(&county, &SHEET, arrivals.is("substitute", Cell::Bool(true))).await, 1);
        let overdue = of_day().is("overdue", Cell::Bool(true));
        assert!(count(&county, &SHEET, overdue).await >= 2, "one class too late, one by somebody else");
        assert_eq!(count(&county, &MARK, of_day().among("session", &["arrival"])).await, done.marks);
        assert_eq!(count(&county, &MARK, of_day().among("state", &["unknown"])).await, 0);
        let searched = of_day().filter("searched_at", kit::Test::Present);
        assert_eq!(count(&county, &MISSING, searched).await, done.checks / 4);
        assert_eq!(count(&county, &ROUND, of_day().among("state", &["walking"])).await, 0, "everybody has come home");
        assert_eq!(count(&county, &FLAG, of_day()).await, 0, "people walk as people do");
        assert_eq!(count(&county, &VISIT, of_day().among("entry", &["scanned"])).await, done.points);

        // The page of the day says the same to those who look at it.
        let bureau = Visitor::sign_in(&county, "bureau").await;
        let page = bureau.get(&format!("/patrol/today?day={day}")).await.text();
        assert!(page.contains("漏巡") && page.contains(&player.left_out.to_string()), "{page}");
        assert!(county.flaws().await.is_empty(), "{:?}", county.flaws().await);
        let again = free_day(&county.app, day).await.unwrap();
        assert!(again > day, "the next start plays the next school day");
    }
}

/// What is not asked of a school is no gap of its board; once the waiver is withdrawn it is one again.
#[tokio::test(flavor = "multi_thread")]
async fn rounds_that_are_waived_are_not_due() {
    for county in county::both().await {
        let cx = county.cx("school").await;
        let home = cx.scope().home.unwrap();
        let routes =
            county.app.store.all(&ROUTE, &Query::new().is("school", Cell::Id(home)), cx.scope()).await.unwrap();
        let due = async || {
            let (_, turns) = board::turns(&cx, &routes, cx.today()).await.unwrap();
            let of = |guard: bool| turns.iter().filter(move |turn| (turn.kind.code() == "guard") == guard);
            [true, false].map(|guard| of(guard).map(|turn| turn.due.len()).sum::<usize>())
        };
        let [guards, others] = due().await;
        assert!(guards > 0 && others > 0, "{}", county.backend());
        let bureau = county.token("bureau").await;
        let today = cx.today().to_string();
        let waiver = serde_json::json!({ "duty": "patrol.guard", "school": home, "from_on": today, "until_on": today, "reason": "停课" });
        let (status, made) = county.post(&bureau, "/api/v1/waivers", waiver).await;
        assert!(status.is_success(), "{made}");
        assert_eq!(due().await, [0, others], "{}", county.backend());
        let withdraw = format!("/api/v1/waivers/{}/withdraw", made["id"].as_str().unwrap());
        let (status, answer) = county.post(&bureau, &withdraw, serde_json::json!({ "version": 1 })).await;
        assert!(status.is_success(), "{answer}");
        assert_eq!(due().await, [guards, others], "{}", county.backend());
    }
}
