//! "Said": one touch becomes one record, however often it is sent.

use chrono::NaiveDate;
use engine::Cx;
use engine::save::{self, Refused, typed};
use kit::{Cell, Query, Refusal, Row, Scope};
use uuid::Uuid;

use super::record::TALK;
use crate::aside::standing;
use crate::organisation::record::{CLASS, PUPIL};

/// Writes down that something was said on a day: today, or while its telephone was without a network. What has been said of this kind to this
/// class on that day already is not said twice.
pub async fn said(cx: &Cx, day: NaiveDate, form: &[(String, String)]) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(TALK.name).ok_or(Refused::Missing)?;
    let text = |name| typed(form, name).unwrap_or_default();
    let rules = cx.app.rules();
    let topic = rules.conduct.topics.get(text("topic")).ok_or_else(|| Refusal::at("talk.which_topic", "topic"))?;
    let class = match text("class") {
        "" => None,
        id => Some(class(cx, id).await?),
    };
    if let Some(row) = before(cx, day, text("kind"), class).await? {
        return Ok(row);
    }
    let listeners = match (class, cx.actor.scope.home) {
        (Some(class), _) => Query::new().is("class", Cell::Id(class)),
        (None, Some(school)) => Query::new().is("school", Cell::Id(school)),
        (None, None) => return Err(Refusal::at("value.required", "school").into()),
    };
    // Whoever has a last day is there until it.
    let here = listeners.not_ended("left_on", cx.today().pred_opt().unwrap_or(cx.today()));
    let reach = cx.app.store.count(&PUPIL, &here, &Scope::county()).await?;
    let value = |name: &str, value: String| (name.to_owned(), value);
    let mut values = vec![
        value("day", day.to_string()),
        value("kind", text("kind").to_owned()),
        value("topic", topic.title.clone()),
        value("reach", reach.to_string()),
    ];
    values.extend(class.map(|class| value("class", class.to_string())));
    if class.is_none() {
        values.extend(cx.actor.scope.home.map(|school| value("school", school.to_string())));
    }
    save::create(cx, kind, Some(Uuid::new_v5(&cx.request, b"talk")), &values).await
}

async fn class(cx: &Cx, id: &str) -> Result<Uuid, Refused> {
    let id = id.parse().map_err(|_| Refused::Missing)?;
    cx.app.store.find(&CLASS, id, cx.scope()).await?.map(|row| row.id).ok_or(Refused::Missing)
}

/// What was said of a kind on a day, to a class or to the school.
async fn before(cx: &Cx, day: NaiveDate, kind: &str, class: Option<Uuid>) -> Result<Option<Row>, Refused> {
    Ok(on(cx, day, class)
        .await?
        .into_iter()
        .find(|row| row.get(&TALK, "kind").text() == Some(kind) && row.get(&TALK, "class").id() == class))
}

/// What was said on a day to a class, or to the reader's school.
pub async fn on(cx: &Cx, day: NaiveDate, class: Option<Uuid>) -> Result<Vec<Row>, Refused> {
    let query = standing().is("day", Cell::Date(day)).limit(500);
    let query = match (class, cx.actor.scope.home) {
        (Some(class), _) => query.is("class", Cell::Id(class)),
        (None, Some(school)) => query.is("school", Cell::Id(school)),
        (None, None) => return Ok(Vec::new()),
    };
    Ok(cx.app.store.list(&TALK, &query, &Scope::county()).await?.rows)
}
