//! Following a tip by its code: what has become of it, by when, and at the end whether it is really fixed.

use std::sync::Arc;

use axum::extract::{Extension, Form, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::{Datelike, NaiveDate};
use engine::auth::Verdict;
use engine::save::{Refused, typed};
use engine::web::Asked;
use kit::life::Input;
use kit::{Author, Cell, Facts, Life, Refusal, Row, Scope};
use store::StoreError;

use super::visitor::Visitor;
use super::{Door, follow_digest};
use crate::hazards::record::HAZARD;
use crate::tips::life::TipLife;
use crate::tips::record::{TIP, WORDS, said};
use crate::tips::view::{AskView, FollowPage, StepView};
use crate::tips::{code, due, entails, token, who};

/// Where no code was given yet.
pub async fn ask(visitor: Visitor, Asked(asked): Asked) -> Response {
    let typed = code::read(typed(&asked, "code").unwrap_or_default());
    if typed.is_empty() {
        return visitor.plain(StatusCode::OK, "follow", Some(String::new()));
    }
    visitor.dressed(Redirect::to(&visitor.href(&format!("/t/follow/{typed}"))).into_response())
}

pub async fn page(
    visitor: Visitor,
    Extension(door): Extension<Arc<Door>>,
    Path(code): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let answer = match followed(&visitor, &door, &code).await {
        Ok(Some(case)) => case.page(&visitor, typed(&asked, "new").is_some(), None),
        Ok(None) => return nothing(&visitor, &code),
        Err(error) => Err(error),
    };
    answer.map_or_else(visitor.broken(), |page| visitor.page(StatusCode::OK, &page))
}

fn nothing(visitor: &Visitor, typed: &str) -> Response {
    visitor.plain(StatusCode::NOT_FOUND, "no_tip", Some(code::grouped(&code::read(typed))))
}

/// A tip as its reporter follows it.
struct Case {
    code: String,
    /// What he sent.
    tip: Row,
    /// The one that is worked on: another, if his was found to be the same.
    origin: Row,
    hazard: Option<Row>,
    /// The tip that his late "no" began.
    next: Option<Row>,
    facts: Facts,
}

/// The case behind a code. Guessing codes is slowed down like sending.
async fn followed(visitor: &Visitor, door: &Door, typed: &str) -> Result<Option<Case>, StoreError> {
    let (app, code) = (&visitor.app, code::read(typed));
    let blocked = door.throttle.ask(&visitor.device, "follow", &visitor.address, visitor.now);
    if code.len() != code::FOLLOW || blocked == Verdict::Refuse {
        return Ok(None);
    }
    let all = Scope::county();
    let digest = Cell::Text(follow_digest(&app.store, &code)?);
    let Some(tip) = app.store.find_by(&TIP, "follow", &[digest], &all).await?.into_iter().next() else {
        door.throttle.note(&visitor.device, "follow", &visitor.address, visitor.now);
        return Ok(None);
    };
    let mut origin = tip.clone();
    // A merged tip may have been merged into one that was merged later; a ring cannot be made, and is not followed for ever.
    for _ in 0..8 {
        let Some(id) = origin.get(&TIP, "duplicate_of").id() else { break };
        match app.store.find(&TIP, id, &all).await? {
            Some(row) => origin = row,
            None => break,
        }
    }
    let facts = visitor.cx(tip.id).facts(&[(&TIP, &origin)], &[]).await?;
    let hazard = origin.get(&TIP, "hazard").id().and_then(|id| facts.known.get(&id).cloned());
    let next = app.store.find_by(&TIP, "earlier", &[Cell::Id(origin.id)], &all).await?.into_iter().next();
    Ok(Some(Case { code, tip, origin, hazard, next, facts }))
}

impl Case {
    fn page(&self, visitor: &Visitor, fresh: bool, fault: Option<&Refusal>) -> Result<FollowPage, StoreError> {
        let title = visitor.word(if fresh { "tips.thanks" } else { "tips.follow_one" });
        let school = self.tip.get(&TIP, "school").id();
        Ok(FollowPage {
            t: visitor.t(),
            frame: visitor.frame(title.clone()),
            heading: title,
            code: code::grouped(&self.code),
            link: visitor.href(&format!("/t/follow/{}", self.code)),
            school: school.map(|id| visitor.app.tree().name(id).to_owned()).unwrap_or_default(),
            spot: visitor.word(&format!("tip.spot.{}", said(&self.tip, "spot"))),
            words: said(&self.tip, "words").to_owned(),
            same: self.tip.id != self.origin.id,
            steps: self.steps(visitor),
            next: self.expected(visitor),
            answer: said(&self.origin, "answer").to_owned(),
            question: self.question(visitor)?,
            fault: fault.map(|fault| visitor.text(fault)),
        })
    }

    /// What has happened, in order, with its day.
    fn steps(&self, visitor: &Visitor) -> Vec<StepView> {
        let day = |row: &Row, field| row.get(&TIP, field).date();
        let hazard = |field| self.hazard.as_ref().and_then(|row| row.get(&HAZARD, field).date());
        let state = said(&self.origin, "state");
        let taken = if self.hazard.is_some() { "tips.step.hazard" } else { "tips.step.read" };
        let steps = [
            ("tips.step.received", day(&self.tip, "received_on")),
            (taken, day(&self.origin, "triaged_on").filter(|_| state != "set_aside")),
            ("tips.step.set_aside", day(&self.origin, "triaged_on").filter(|_| state == "set_aside")),
            ("tips.step.answered", day(&self.origin, "answered_on")),
            ("tips.step.handed", hazard("handed_on")),
            ("tips.step.submitted", hazard("submitted_on")),
            ("tips.step.closed", hazard("closed_on")),
            ("tips.step.confirmed", day(&self.origin, "said_on").filter(|_| state == "confirmed")),
            ("tips.step.not_fixed", day(&self.origin, "said_on").filter(|_| state == "not_fixed")),
            ("tips.step.again", self.next.as_ref().and_then(|row| day(row, "received_on"))),
        ];
        let view = |(word, day): (&str, Option<NaiveDate>)| {
            Some(StepView { label: visitor.word(word), when: day?.to_string() })
        };
        steps.into_iter().filter_map(view).collect()
    }

    /// What comes next and by when, with how the days were counted.
    fn expected(&self, visitor: &Visitor) -> String {
        let mut waiting = [self.next.as_ref(), Some(&self.origin)].into_iter().flatten();
        if let Some(row) = waiting.find(|row| said(row, "state") == "received") {
            let day = |field| row.get(&TIP, field).date().unwrap_or_default();
            let key = if row.get(&TIP, "about_people") == &Cell::Bool(true) { "tips.due_bureau" } else { "tips.due" };
            return self.by(visitor, key, day("received_on"), day("due_on"));
        }
        let open = self.hazard.as_ref().filter(|row| row.get(&HAZARD, "closed_on").is_null());
        match open.map(|row| (row.get(&HAZARD, "handed_on").date(), row.get(&HAZARD, "due_on").date())) {
            Some((Some(from), Some(due))) => self.by(visitor, "tips.due_hazard", from, due),
            Some(_) => visitor.word("tips.due_soon"),
            None => String::new(),
        }
    }

    fn by(&self, visitor: &Visitor, key: &str, from: NaiveDate, due: NaiveDate) -> String {
        let calendar = &self.facts.calendar;
        let counted = calendar.workdays_between(from, due);
        let weekday = visitor.word(&format!("ui.weekday_{}", due.weekday().number_from_monday()));
        let free = from.iter_days().skip(1).take_while(|day| *day <= due).filter(|day| !calendar.is_workday(*day));
        let args = [("due", due.to_string()), ("weekday", weekday), ("n", counted.to_string())];
        let mut text = visitor.app.words.fill(visitor.lang, key, &args);
        let free = free.count();
        if free > 0 {
            text.push_str(&visitor.app.words.fill(visitor.lang, "tips.free", &[("n", free.to_string())]));
        }
        text
    }

    /// Whether it is really fixed can be said from the day on which it was closed; weeks later it is asked.
    fn question(&self, visitor: &Visitor) -> Result<Option<AskView>, StoreError> {
        let Some(hazard) = &self.hazard else { return Ok(None) };
        let state = said(&self.origin, "state");
        let open = |mv| {
            TipLife.next(state, mv).is_some() && who::may(&kit::Actor::program(), &self.origin, mv, &self.facts).is_ok()
        };
        if !open("say_not_fixed") {
            return Ok(None);
        }
        let asked = due::ask(hazard, &self.facts).ok().flatten().is_some_and(|day| self.facts.today >= day);
        let id = visitor.app.store.new_id(visitor.now);
        Ok(Some(AskView {
            action: visitor.href(&format!("/t/follow/{}", self.code)),
            id: id.to_string(),
            token: token::issue(&visitor.app, &purpose(&self.code), id, visitor.now)?,
            loud: asked && open("say_fixed"),
            yes: open("say_fixed"),
            most: WORDS,
        }))
    }
}

fn purpose(code: &str) -> String {
    format!("say {code}")
}

/// The reporter's word: "fixed" ends it, "not fixed" reopens the hazard or begins a new tip.
pub async fn say(
    visitor: Visitor,
    Extension(door): Extension<Arc<Door>>,
    Path(code): Path<String>,
    Form(values): Form<Vec<(String, String)>>,
) -> Response {
    match followed(&visitor, &door, &code).await {
        Ok(Some(case)) => match spoken(&visitor, &case, &values).await {
            Ok(()) => {
                let to = visitor.href(&format!("/t/follow/{}", case.code));
                visitor.dressed(Redirect::to(&to).into_response())
            }
            Err(Refused::Broken(error)) => visitor.broken()(error),
            Err(refused) => {
                let fault = match refused {
                    Refused::Faults(faults) => faults.into_iter().next(),
                    _ => None,
                };
                let fault = fault.unwrap_or_else(|| Refusal::new("record.stale"));
                let page = case.page(&visitor, false, Some(&fault));
                page.map_or_else(visitor.broken(), |page| visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &page))
            }
        },
        Ok(None) => nothing(&visitor, &code),
        Err(error) => visitor.broken()(error),
    }
}

async fn spoken(visitor: &Visitor, case: &Case, values: &[(String, String)]) -> Result<(), Refused> {
    let get = |name| typed(values, name).unwrap_or_default();
    let app = &visitor.app;
    let id = get("id").parse().map_err(|_| Refusal::new("tip.again"))?;
    if !visitor.own || !token::holds(app, get("token"), &purpose(&case.code), id, visitor.now)? {
        return Err(Refusal::new("tip.again").into());
    }
    if app.store.carried_out(id).await? {
        return Ok(());
    }
    let mv = if get("says") == "fixed" { "say_fixed" } else { "say_not_fixed" };
    let spec = TipLife.moves().iter().find(|spec| spec.name == mv).ok_or(Refused::Missing)?;
    let mut input = Input::default();
    for field in spec.fields {
        input.0.push((field.name, engine::parse::cell(field, get(field.name), app.pretend)?));
    }
    let actor = kit::Actor::program();
    if TipLife.next(said(&case.origin, "state"), mv).is_none() {
        return Err(Refusal::new("tip.not_closed").into());
    }
    TipLife.may(&actor, &case.origin, mv, &case.facts)?;
    let change = TipLife.step(&actor, &case.origin, mv, &input, &case.facts)?;
    let entailed = entails::of_tip(&change, &[], &case.facts, &mut || app.store.new_id(visitor.now));
    let mut changes = entailed;
    changes.push(change);
    app.store.commit(Author { actor: None, at: visitor.now, request: id }, changes).await?;
    Ok(())
}
