//! The doors that a person of the day goes through: each of these is what a page or the interface does with what somebody touched.

use chrono::NaiveDate;
use engine::Cx;
use engine::messages::MESSAGE;
use engine::save::{self, Refused};
use kit::{Cell, Query, Row, Scope, Test};
use uuid::Uuid;

use crate::attendance::call::{Missed, Sent};
use crate::attendance::door;
use crate::attendance::handover::HANDOVER;
use crate::attendance::record::{MARK, MISSING};
use crate::organisation::record::{GUARDIAN, SCHOOL};
use crate::patrols::act;
use crate::patrols::day::School;
use crate::talks;

fn values(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Calls a roll; `missed` is chosen from the names that the page shows.
pub async fn call(
    cx: &Cx,
    class: Uuid,
    (day, session, substitute): (NaiveDate, &'static str, bool),
    missed: impl FnOnce(&[Uuid]) -> Vec<Missed>,
) -> Result<(Row, Vec<Missed>), Refused> {
    let class = door::class(cx, class).await?;
    let ground = door::ground(cx, class.clone(), day, session).await?;
    let missed = missed(&ground.roll);
    let sent = Sent {
        id: cx.request,
        day,
        session,
        missed: missed.clone(),
        device_at: None,
        skew: 0,
        opened_at: Some(cx.now),
        substitute,
    };
    let (sheet, _) = door::call(cx, class, &sent).await?;
    Ok((sheet, missed))
}

/// The checks that a sheet began.
pub async fn checks(cx: &Cx, sheet: Uuid) -> Result<Vec<Row>, Refused> {
    Ok(cx.app.store.find_by(&MISSING, "sheet", &[Cell::Id(sheet)], cx.scope()).await?)
}

/// A step of a check, or of a mark.
pub async fn step(
    cx: &Cx,
    noun: &'static kit::Noun,
    id: Uuid,
    name: &str,
    said: &[(&str, &str)],
) -> Result<Row, Refused> {
    let kind = cx.app.kind_of(noun.name).ok_or(Refused::Missing)?;
    save::act(cx, kind, id, name, None, &values(said)).await
}

/// The mark of a pupil, once he is there.
pub async fn arrived(cx: &Cx, mark: Uuid) -> Result<(), Refused> {
    step(cx, &MARK, mark, "arrived", &[]).await.map(drop)
}

/// A guardian touches an answer in his message. What lies on his telephone nobody reads but he; here its number is found by its cause.
pub async fn answer(cx: &Cx, missing: Uuid, choice: &str) -> Result<(), Refused> {
    let row = cx.app.store.find(&MISSING, missing, &Scope::county()).await?.ok_or(Refused::Missing)?;
    let begun = row.get(&MISSING, "begun_at").int().unwrap_or(cx.now);
    let sent = Test::Between(Some(Cell::Int(begun - 3_600_000)), Some(Cell::Int(cx.now)));
    let query = Query::new().among("code", &["missing.guardian"]).filter("at", sent);
    for message in cx.app.store.all(&MESSAGE, &query, &Scope::county()).await? {
        let told = cx.app.store.told(message.id).await?;
        if told.is_some_and(|told| told.record == missing) {
            return crate::messages::answered(&cx.app, message.id, choice, cx.now).await;
        }
    }
    Err(Refused::Missing)
}

/// Scans a code and touches: all is well, or what is wrong.
pub async fn visit(cx: &Cx, code: &str, trouble: Option<&str>) -> Result<act::Done, Refused> {
    let point = act::behind(cx, code).await?.map_err(|why| Refused::from(kit::Refusal::new(why)))?;
    let place = act::place(cx, point).await?;
    let form = match trouble {
        Some(trouble) => values(&[("result", "finding"), ("trouble", trouble)]),
        None => values(&[("result", "ok")]),
    };
    let phone = cx.actor.account.to_string();
    act::visit(cx, &place, "scanned", cx.now, &form, Some(phone.as_str())).await
}

/// Leaves the gate.
pub async fn leave(cx: &Cx, route: Uuid) -> Result<(), Refused> {
    let (route, _) = act::route_of(cx, route).await?;
    act::finish(cx, &route, cx.now).await
}

/// The two sentences of the day.
pub async fn say(cx: &Cx, kind: &str, class: Option<Uuid>) -> Result<(), Refused> {
    let home = cx.scope().home.ok_or(Refused::Missing)?;
    let school = cx.app.store.find(&SCHOOL, home, &Scope::county()).await?.ok_or(Refused::Missing)?;
    let facts = cx.facts(&[], &[]).await?;
    let off = talks::offer::days_off(&facts.calendar, &facts.terms, School::of(&school).id, cx.today());
    let topic = facts.conduct.topics.of(cx.today(), off).first().map(|topic| topic.code.clone()).unwrap_or_default();
    let class = class.map(|class| class.to_string()).unwrap_or_default();
    talks::act::said(cx, cx.today(), &values(&[("kind", kind), ("topic", &topic), ("class", &class)])).await.map(drop)
}

/// The class goes home; with `apart` one of those who are there is fetched by a registered guardian.
pub async fn hand_over(cx: &Cx, class: Uuid, taken_by: &str, apart: bool, away: &[Uuid]) -> Result<usize, Refused> {
    let kind = cx.app.kind_of(HANDOVER.name).ok_or(Refused::Missing)?;
    let (class_id, mut count) = (class.to_string(), 1);
    save::create(cx, kind, None, &values(&[("class", &class_id), ("taken_by", taken_by)])).await?;
    if apart {
        let row = door::class(cx, class).await?;
        let roll = door::ground(cx, row, cx.today(), "arrival").await?.roll;
        let here = roll.iter().find(|pupil| !away.contains(pupil)).copied();
        let ids: Vec<_> = here.into_iter().map(Cell::Id).collect();
        let guardians = cx.app.store.find_by(&GUARDIAN, "pupil", &ids, cx.scope()).await?;
        if let (Some(pupil), Some(guardian)) = (here, guardians.first()) {
            let (pupil, guardian) = (pupil.to_string(), guardian.id.to_string());
            let one =
                [("class", class_id.as_str()), ("pupil", &pupil), ("taken_by", "guardian"), ("guardian", &guardian)];
            let own = Cx { request: Uuid::new_v5(&cx.request, b"apart"), ..cx.clone() };
            save::create(&own, kind, None, &values(&one)).await?;
            count += 1;
        }
    }
    Ok(count)
}
