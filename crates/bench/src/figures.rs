//! The figures of hazards and of the organisation for a year and for the year before, and the report that is made of some of them, beside the same
//! counts written by hand (`figures.toml`). Those of the other rooms are read from what their own parts of the bench measure.

use std::collections::BTreeMap;

use anyhow::{Context, bail};
use areas::reports::{self, numbers, render};
use areas::sample::Plan;
use chrono::NaiveDate;
use engine::{Cx, clock, figures};
use kit::dates::{Period, school_year_of};
use kit::figure::Frame;

use crate::county::County;
use crate::raw::Raw;
use crate::report::{Leg, Run, Times, millis};

/// How often each side counts; the first time warms up.
const TIMES: usize = 8;
/// The year that is reported.
const YEAR: i32 = 2021;
/// The hazards of an earlier day, by hand.
const AS_OF: &str = "hazards_as_of";

pub async fn measure(county: &County, leg: &mut Leg) -> anyhow::Result<()> {
    let texts: BTreeMap<String, String> = toml::from_str(include_str!("../figures.toml"))?;
    let cx = county.cx("bureau").await?;
    let known: Vec<&'static str> = county.app.figures().map(|figure| figure.id).collect();
    let all: Vec<&'static str> = known.iter().copied().filter(|id| texts.contains_key(*id)).collect();
    // What is counted by hand and is no figure any more would be left out without a word.
    if let Some(gone) = texts.keys().find(|id| *id != AS_OF && !known.contains(&id.as_str())) {
        bail!("figures.toml counts {gone}, which is no figure");
    }
    let now = Frame { period: Period::Year(YEAR), cutoff: Plan::county().today, unit: None, now: None };
    let frames = [figures::year_before(&now), now];
    let mut raw = Raw::open(&county.ours).await?;
    let by_hand = statements(&texts, &all, &frames)?;
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for at in 0..TIMES {
        let started = clock::started();
        let counted = count(&cx, &all, &frames).await?;
        ours.add(at, millis(started.elapsed()));
        let numbers = count_by_hand(&mut raw, &by_hand, at, &mut theirs).await?;
        if let Some(at) = (0..numbers.len()).find(|at| counted.get(*at) != numbers.get(*at)) {
            bail!("{}: {:?}, raw {:?}", by_hand[at], counted.get(at), numbers.get(at));
        }
    }
    leg.push(Run::of(format!("{} figures of two years", all.len()), &ours, &theirs));
    let by_hand = statements(&texts, numbers::FIGURES, &frames)?;
    let (mut ours, mut theirs) = (Times::default(), Times::default());
    for at in 0..TIMES {
        let started = clock::started();
        let report = reports::year_report(&cx, YEAR, None).await;
        let report = report.map_err(|refused| anyhow::anyhow!("the report was refused: {refused:?}"))?;
        if render::markdown(&report).is_empty() {
            bail!("the report is empty");
        }
        ours.add(at, millis(started.elapsed()));
        count_by_hand(&mut raw, &by_hand, at, &mut theirs).await?;
    }
    leg.push(Run::of("year report, composed, beside its counts".to_owned(), &ours, &theirs));
    Ok(())
}

async fn count(cx: &Cx, ids: &[&'static str], frames: &[Frame]) -> anyhow::Result<Vec<i64>> {
    let mut counted = Vec::new();
    for frame in frames {
        let values = figures::values(cx, ids, frame).await?;
        counted.extend(ids.iter().map(|id| values.get(id).map_or(-1, |figure| figure.value)));
    }
    Ok(counted)
}

async fn count_by_hand(raw: &mut Raw, texts: &[String], at: usize, times: &mut Times) -> anyhow::Result<Vec<i64>> {
    let started = clock::started();
    let mut numbers = Vec::with_capacity(texts.len());
    for text in texts {
        numbers.push(raw.number(text, &[]).await?);
    }
    times.add(at, millis(started.elapsed()));
    Ok(numbers)
}

/// One statement for each figure of each year.
fn statements(texts: &BTreeMap<String, String>, ids: &[&str], frames: &[Frame]) -> anyhow::Result<Vec<String>> {
    let as_of = texts.get(AS_OF).context("figures.toml has no hazards of an earlier day")?;
    let pairs = frames.iter().flat_map(|frame| ids.iter().map(move |id| (frame, id)));
    let text = |(frame, id): (&Frame, &&str)| {
        let text = texts.get(*id).with_context(|| format!("figures.toml has no {id}"))?;
        Ok(filled(text, as_of, frame))
    };
    pairs.map(text).collect()
}

fn filled(text: &str, as_of: &str, frame: &Frame) -> String {
    let hazards = |day: NaiveDate| {
        if day < Plan::county().today { as_of.replace("{day}", &day.to_string()) } else { "hazard".to_owned() }
    };
    // A limit of today has not run out while the period goes on.
    let goes_on = frame.cutoff < frame.period.last();
    let run_out = frame.last().pred_opt().filter(|_| goes_on).unwrap_or_else(|| frame.last());
    let places = [
        ("{run_out}", run_out.to_string()),
        ("{at_cutoff}", hazards(frame.cutoff)),
        ("{at_last}", hazards(frame.last())),
        ("{first}", frame.first().to_string()),
        ("{last}", frame.last().to_string()),
        ("{over}", Period::month_of(frame.cutoff).previous().first().to_string()),
        ("{cutoff}", frame.cutoff.to_string()),
        ("{school_year}", school_year_of(frame.last()).to_string()),
    ];
    places.iter().fold(text.to_owned(), |text, (place, value)| text.replace(place, value))
}
