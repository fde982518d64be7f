//! Duties in figures: by norm and by place, each number opening its duties.

use std::collections::BTreeMap;

use axum::response::Response;
use engine::error::render;
use engine::figures::{TableView, TablesPage};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellKind, CellView, RowView};
use engine::web::{Asked, Reader};
use kit::duty::{State, Tally};
use uuid::Uuid;

use super::called;
use super::pages::{answer, may, names, state_word};
use super::question::question;

pub async fn page(reader: Reader, asked: Asked) -> Response {
    let made = tables(&reader, &asked).await;
    answer(&reader, made.map(|page| render(&page)))
}

/// Duties by norm and by school, each number opening its duties. Schools stand in the order of their names: nobody is ranked.
async fn tables(reader: &Reader, asked: &Asked) -> Result<TablesPage, Refused> {
    let cx = &reader.cx;
    may(cx)?;
    let question = question(cx, asked);
    let reading = question.read(cx).await?;
    let (mut by_norm, mut by_subject) = (BTreeMap::<&str, Tally>::new(), BTreeMap::<Uuid, Tally>::new());
    reading.each(question.now(cx), |duty| {
        if question.counts(&duty) {
            by_norm.entry(duty.norm.code.as_str()).or_default().add(duty.state, 1);
            by_subject.entry(duty.subject).or_default().add(duty.state, 1);
        }
    });
    let names = names(cx, &reading).await?;
    // The list of exactly what is counted.
    let base = question.counted();
    let mut heads = vec![String::new()];
    heads.extend(["duties.asked"].into_iter().map(|key| cx.word(key).to_owned()));
    heads.extend(COUNTED.iter().map(|state| state_word(cx, *state)));
    let row = |name: String, tally: &Tally, href: String| RowView {
        href,
        cells: [CellView::text(name)].into_iter().chain(counts(tally)).collect(),
        pick: None,
    };
    let table = |heading: &str, rows: Vec<RowView>| TableView {
        heading: cx.word(heading).to_owned(),
        columns: [cx.word(heading).to_owned()].into_iter().chain(heads.iter().skip(1).cloned()).collect(),
        rows,
    };
    let norms = by_norm.iter().map(|(code, tally)| row(called(cx, code), tally, format!("{base}&duty={code}")));
    let norms = norms.collect();
    let mut places: Vec<_> =
        by_subject.iter().map(|(id, tally)| (names.get(id).cloned().unwrap_or_default(), *id, tally)).collect();
    places.sort_by(|one, other| (&one.0, one.1).cmp(&(&other.0, other.1)));
    let places = places.into_iter().map(|(name, id, tally)| row(name, tally, format!("{base}&subject={id}"))).collect();
    let (heading, lead) = if question.silent {
        ("duties.silent_schools", "duties.silent_lead")
    } else {
        ("duties.figures", "duties.figures_lead")
    };
    let period = [("from", question.wanted.from.to_string()), ("to", question.wanted.to.to_string())];
    Ok(TablesPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "duties.figures"),
        heading: cx.word(heading).to_owned(),
        lead: cx.app.words.fill(cx.lang, lead, &period),
        others: Vec::new(),
        tables: match [table("duties.by_norm", norms), table("duties.by_subject", places)] {
            _ if by_norm.is_empty() => Vec::new(),
            // Who asks which schools are silent is told that first.
            [norms, places] if question.silent => vec![places, norms],
            tables => tables.into(),
        },
        empty: cx.word("duties.none").to_owned(),
    })
}

const COUNTED: [State; 5] = [State::Due, State::Done, State::DoneLate, State::Missed, State::Waived];

fn counts(tally: &Tally) -> impl Iterator<Item = CellView> {
    let whole = std::iter::once(tally.asked());
    let parts = COUNTED.map(|state| tally.get(state));
    whole.chain(parts).map(|count| CellView { text: count.to_string(), kind: CellKind::Number })
}
