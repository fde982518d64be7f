//! The pages of norms: all of them with their figure on a day, and one with its history and who uses it.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use chrono::NaiveDate;
use engine::error::{refused_page, render};
use engine::pages::{titled, words};
use engine::save::Refused;
use engine::view::LinkView;
use engine::web::{Asked, Reader};
use engine::{App, Cx};
use kit::norms::decide::Kind;
use kit::norms::{Norm, Norms};
use kit::{Lang, dates};

use super::list::{Found, listed, named};
use super::record::NORM_DECISION;
use super::view::{NormPage, StateView};
use super::{chapters, uses, words as said};

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/norms", get(list)).route("/norms/{key}", get(one))
}

fn may(cx: &Cx) -> Result<(), Refused> {
    if cx.may(NORM_DECISION.name, "read") { Ok(()) } else { Err(Refused::Missing) }
}

/// The day that is asked about; what is no day means today.
pub fn day(cx: &Cx, asked: &Asked) -> NaiveDate {
    asked.get("day").and_then(dates::read_date).unwrap_or_else(|| cx.today())
}

async fn list(reader: Reader, asked: Asked) -> Response {
    match may(&reader.cx).map(|()| listed(&reader, &asked)) {
        Ok(Found::Index(page)) => render(&*page),
        Ok(Found::Norms(page)) => render(&*page),
        Err(refused) => refused_page(&reader, &refused),
    }
}

/// What of a key is shown on a day: every line in force, each for its own people; where none is, the next that will be, or the last that was.
pub fn shown<'a>(norms: &'a Norms, key: &str, day: NaiveDate) -> Vec<&'a Norm> {
    let held: Vec<_> = norms.history(key).filter(|norm| norm.in_force(day)).collect();
    if !held.is_empty() {
        return held;
    }
    let coming = norms.history(key).filter(|norm| norm.from > day).min_by_key(|norm| norm.from);
    coming.or_else(|| norms.history(key).max_by_key(|norm| norm.from)).into_iter().collect()
}

async fn one(reader: Reader, Path(key): Path<String>, asked: Asked) -> Response {
    let made = may(&reader.cx).and_then(|()| shown_one(&reader, &key, &asked));
    match made {
        Ok(page) => render(&page),
        Err(refused) => refused_page(&reader, &refused),
    }
}

fn shown_one(reader: &Reader, key: &str, asked: &Asked) -> Result<NormPage, Refused> {
    let cx = &reader.cx;
    let (norms, day) = (cx.app.norms(), day(cx, asked));
    let mut history: Vec<_> = norms.history(key).collect();
    history.sort_by_key(|norm| std::cmp::Reverse(norm.from));
    let first = *shown(&norms, key, day).first().ok_or(Refused::Missing)?;
    let about = said::about(cx, first);
    let title = if about.is_empty() { key.to_owned() } else { about.clone() };
    Ok(NormPage {
        t: words(&cx.app, cx.lang),
        layout: titled(reader, title),
        key: key.to_owned(),
        about,
        topic: LinkView {
            label: named(cx, chapters::topic(key)),
            href: format!("/norms?topic={}", chapters::topic(key)),
        },
        day: day.to_string(),
        now: history.iter().filter(|norm| norm.in_force(day)).map(|norm| state(cx, norm, day)).collect(),
        history: history.iter().map(|norm| state(cx, norm, day)).collect(),
        uses: uses::of(key).map(|area| cx.word(&format!("area.{area}")).to_owned()).collect(),
        actions: actions(cx, first, &norms),
    })
}

fn state(cx: &Cx, norm: &Norm, day: NaiveDate) -> StateView {
    let (mark, tone) = said::mark(cx, norm, day);
    let decision = norm.decided.map(|decided| LinkView {
        label: cx.word(&format!("norm_decision.kind.{}", code(decided.kind))).to_owned(),
        href: format!("/norm-decisions/{}", decided.record),
    });
    StateView {
        value: said::figure(cx, norm),
        table: said::table(cx, norm),
        applies: said::applies(cx, norm),
        from: norm.from.to_string(),
        until: norm.until.map(|day| day.to_string()).unwrap_or_default(),
        mark,
        tone,
        level: cx.word(&format!("norms.level.{}", norm.level)).to_owned(),
        basis: norm.basis.clone(),
        source: norm.source.clone(),
        place: format!("{}:{}", norm.place.0, norm.place.1),
        decision,
        notes: said::notes(cx, norm, day),
    }
}

const fn code(kind: Kind) -> &'static str {
    match kind {
        Kind::Change => "change",
        Kind::Confirm => "confirm",
        Kind::Adopt => "adopt",
    }
}

/// What whoever may decide can do about a norm now; the form comes filled.
fn actions(cx: &Cx, norm: &Norm, norms: &Norms) -> Vec<LinkView> {
    if !cx.may(NORM_DECISION.name, "create") {
        return Vec::new();
    }
    let today = cx.today();
    let coming = norms.coming(&norm.key, today).is_some();
    let kinds = [
        (Kind::Change, norm.in_force(today) && !norm.fixed),
        (Kind::Confirm, norm.in_force(today) && norm.unconfirmed(today)),
        (Kind::Adopt, coming),
    ];
    let link = |kind: Kind| LinkView {
        label: cx.word(&format!("norms.decide.{}", code(kind))).to_owned(),
        href: format!("/norm-decisions/new?key={}&kind={}&from_on={today}", norm.key, code(kind)),
    };
    kinds.into_iter().filter(|(_, possible)| *possible).map(|(kind, _)| link(kind)).collect()
}

/// Whether the texts of the files, which are Chinese, are this reader's language.
pub fn chinese(cx: &Cx) -> bool {
    cx.lang != Lang::En
}
