//! Sending a tip: once, however often the button is pressed; nothing typed is lost on the way.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::multipart::MultipartRejection;
use axum::extract::{Extension, Multipart, Path};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use engine::auth::Verdict;
use engine::save::{self, Refused};
use engine::{Cx, parse};
use kit::{Author, Cell, Change, Facts, Field, Lang, Query, Refusal, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::form::{blank, closed, purpose};
use super::typed::Typed;
use super::visitor::Visitor;
use super::{Door, Wall, follow_code, follow_digest, wall};
use crate::tips::record::{Sent, TIP, received, said};
use crate::tips::same::{self, Report};
use crate::tips::view::{SamePage, SameView};
use crate::tips::{due, guess, photo, token, triage};

/// As many likely duplicates as fit on a telephone.
const FEW: usize = 3;

pub async fn send(
    visitor: Visitor,
    Extension(door): Extension<Arc<Door>>,
    Path(code): Path<String>,
    multipart: Result<Multipart, MultipartRejection>,
) -> Response {
    let mut typed = Typed::read(multipart).await;
    match wall(&visitor.app, &code).await {
        Ok(Wall::School { id, code }) => {
            let sending = Sending { visitor: &visitor, door: &door, school: id, code: &code };
            sending.answer(&mut typed).await.unwrap_or_else(visitor.broken())
        }
        Ok(none) => closed(&visitor, &none),
        Err(error) => visitor.broken()(error),
    }
}

struct Sending<'a> {
    visitor: &'a Visitor,
    door: &'a Door,
    school: Uuid,
    code: &'a str,
}

impl Sending<'_> {
    async fn answer(&self, typed: &mut Typed) -> Result<Response, StoreError> {
        let visitor = self.visitor;
        if !visitor.own {
            return self.again(StatusCode::FORBIDDEN, typed, &[Refusal::new("form.foreign")]);
        }
        if let Some(fault) = typed.fault.clone() {
            return self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &[fault]);
        }
        let now = visitor.now;
        let Some(id) = typed.id("id").filter(|_| !typed.get("token").is_empty()) else {
            return self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &[Refusal::new("tip.again")]);
        };
        if !token::holds(&visitor.app, typed.get("token"), &purpose(self.code), id, now)? {
            return self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &[Refusal::new("tip.again")]);
        }
        // Sent before: the answer was lost on the way, and here it is again.
        if visitor.app.store.carried_out(id).await? {
            return self.sent_before(id, typed).await;
        }
        if let Some(refused) = self.slowed(typed).await? {
            return Ok(refused);
        }
        let read = self.read(typed).await;
        match read {
            Ok(sent) => self.take(id, &sent, typed).await,
            Err(faults) => self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &faults),
        }
    }

    /// Who goes back and writes something else would believe that it was sent: it is said, and his words stay in a form of their own.
    async fn sent_before(&self, id: Uuid, typed: &mut Typed) -> Result<Response, StoreError> {
        let app = &self.visitor.app;
        let Some(row) = app.store.find(&TIP, id, &Scope::county()).await? else { return self.done(id) };
        let cell = |field: &'static Field| parse::cell(field, typed.get(field.name), app.pretend);
        let same = |field: &'static Field| cell(field).is_ok_and(|cell| cell == *row.get(&TIP, field.name));
        if ["spot", "words"].into_iter().filter_map(|name| TIP.field(name)).all(same) {
            return self.done(id);
        }
        typed.anew();
        self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &[Refusal::new("tip.sent_before")])
    }

    async fn slowed(&self, typed: &Typed) -> Result<Option<Response>, StoreError> {
        let visitor = self.visitor;
        match self.door.throttle.ask(&visitor.device, self.code, &visitor.address, visitor.now) {
            Verdict::Refuse => {
                self.again(StatusCode::TOO_MANY_REQUESTS, typed, &[Refusal::new("tip.throttled")]).map(Some)
            }
            Verdict::Slow(ms) => {
                tokio::time::sleep(Duration::from_millis(ms)).await;
                Ok(None)
            }
            Verdict::Go => Ok(None),
        }
    }

    /// Every fault at once; a photograph that is one is kept meanwhile.
    async fn read(&self, typed: &mut Typed) -> Result<Sent, Vec<Refusal>> {
        let app = &self.visitor.app;
        let (mut faults, mut cells) = (Vec::new(), Vec::new());
        for name in ["spot", "words", "contact"] {
            let Some(field) = TIP.field(name) else { continue };
            match parse::cell(field, typed.get(name), app.pretend) {
                Ok(Cell::Null) if field.required => faults.push(Refusal::at("value.required", name)),
                Ok(Cell::Text(text) | Cell::Secret(text)) => cells.push((name, text)),
                Ok(_) => {}
                // The general sentence speaks of certificates.
                Err(refusal) if name == "contact" && refusal.code.starts_with("code.") => {
                    faults.push(Refusal::at("tip.phone", name));
                }
                Err(refusal) => faults.push(refusal),
            }
        }
        if let (Some(upload), Some(id)) = (typed.photo.take(), typed.id("id")) {
            match photo::take(app, upload).await {
                Ok(taken) => self.door.held.put(id, taken, self.visitor.now),
                Err(refusal) => faults.push(refusal),
            }
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        let text = |name| cells.iter().find(|(field, _)| *field == name).map(|(_, text)| text.clone());
        let (spot, words) = (text("spot").unwrap_or_default(), text("words").unwrap_or_default());
        Ok(Sent {
            school: self.school,
            category: guess::category(&spot, &words),
            about_people: typed.ticked("about_people"),
            contact: text("contact"),
            spot,
            words,
        })
    }

    async fn take(&self, id: Uuid, sent: &Sent, typed: &Typed) -> Result<Response, StoreError> {
        let cx = self.visitor.cx(id);
        let facts = cx.facts(&[], &[]).await?;
        let trapped = !typed.get("website").is_empty();
        let candidates = if sent.about_people || trapped { Vec::new() } else { candidates(&cx, &facts, sent).await? };
        let same = typed.id("same").and_then(|id| candidates.iter().find(|row| row.id == id));
        if !candidates.is_empty() && same.is_none() && !typed.ticked("different") {
            let page = self.asked(id, sent, typed, &candidates)?;
            return Ok(self.visitor.page(StatusCode::OK, &page));
        }
        let row = match due::answer(&facts) {
            Ok(due) => received(id, sent, self.visitor.now, due),
            Err(refusal) => return self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &[refusal]),
        };
        let row = settled(row, same.map(|row| row.id), trapped.then(|| cx.app.words.get(Lang::Zh, "tips.trapped")));
        match self.commit(&cx, &facts, row).await {
            Ok(()) => self.done(id),
            Err(Refused::Faults(faults)) => self.again(StatusCode::UNPROCESSABLE_ENTITY, typed, &faults),
            Err(Refused::Broken(error)) => Err(error),
            Err(_) => self.again(StatusCode::CONFLICT, typed, &[Refusal::new("tip.again")]),
        }
    }

    async fn commit(&self, cx: &Cx, facts: &Facts, row: Row) -> Result<(), Refused> {
        let visitor = self.visitor;
        let kind = cx.app.kind_of(TIP.name).ok_or(Refused::Missing)?;
        let digest = follow_digest(&cx.app.store, &follow_code(&cx.app.store, row.id)?)?;
        let row = row.with(&TIP, "follow", Cell::Text(digest));
        let row = save::judge(cx, kind, None, row, facts).map_err(Refused::Faults)?;
        let id = row.id;
        let taken = self.door.held.take(id);
        let author = Author { actor: None, at: cx.now, request: cx.request };
        let mut changes = vec![Change::create(&TIP, "create", row)];
        changes.extend(taken.as_ref().map(|taken| photo::attached(&cx.app.store, author, id, taken)));
        if let Err(error) = cx.app.store.commit(author, changes).await {
            // It waits again: who sends the same once more need not take the picture once more.
            if let Some(taken) = taken {
                self.door.held.put(id, taken, visitor.now);
            }
            return Err(error.into());
        }
        self.door.throttle.note(&visitor.device, self.code, &visitor.address, visitor.now);
        Ok(())
    }

    /// On to the page that follows it, so that going back and reloading send nothing again.
    fn done(&self, id: Uuid) -> Result<Response, StoreError> {
        let visitor = self.visitor;
        let to = format!("{}&new=1", visitor.href(&format!("/t/follow/{}", follow_code(&visitor.app.store, id)?)));
        Ok(visitor.dressed(Redirect::to(&to).into_response()))
    }

    fn again(&self, status: StatusCode, typed: &Typed, faults: &[Refusal]) -> Result<Response, StoreError> {
        let page = blank(self.visitor, self.door, (self.school, self.code), typed, faults)?;
        Ok(self.visitor.page(status, &page))
    }

    /// Is it one of these? What nobody here has read yet is shown by place and day alone: words of a stranger about a stranger are
    /// not published unread.
    fn asked(&self, id: Uuid, sent: &Sent, typed: &Typed, candidates: &[Row]) -> Result<SamePage, StoreError> {
        let visitor = self.visitor;
        let view = |row: &Row| SameView {
            id: row.id.to_string(),
            spot: visitor.word(&format!("tip.spot.{}", said(row, "spot"))),
            when: row.get(&TIP, "received_on").date().map(|day| day.to_string()).unwrap_or_default(),
            category: visitor.word(&format!("tip.category.{}", said(row, "category"))),
            words: if said(row, "state") == "received" { String::new() } else { said(row, "words").to_owned() },
            state: visitor.word(&format!("tip.state.{}", said(row, "state"))),
        };
        let school = visitor.app.tree().name(self.school).to_owned();
        Ok(SamePage {
            t: visitor.t(),
            frame: visitor.frame(school),
            action: visitor.href(&format!("/t/{}", self.code)),
            id: id.to_string(),
            token: token::issue(&visitor.app, &purpose(self.code), id, visitor.now)?,
            spot: sent.spot.clone(),
            words: sent.words.clone(),
            contact: typed.get("contact").to_owned(),
            likely: candidates.iter().map(view).collect(),
        })
    }
}

/// What is settled as it comes: the same as an earlier one, or a machine's, with what the history says of that in the county's language.
fn settled(row: Row, same: Option<Uuid>, trapped: Option<&str>) -> Row {
    let state = match (same, trapped) {
        (_, Some(_)) => "set_aside",
        (Some(_), _) => "merged",
        _ => return row,
    };
    let today = row.get(&TIP, "received_on").clone();
    let row = row.with(&TIP, "state", Cell::Text(state.into())).with(&TIP, "triaged_on", today);
    match (same, trapped) {
        (_, Some(words)) => row.with(&TIP, "reason", Cell::Text(words.into())),
        (same, None) => row.with(&TIP, "duplicate_of", same.map_or(Cell::Null, Cell::Id)),
    }
}

/// Earlier tips of the same school that are likely the same; none about people, none that were set aside.
async fn candidates(cx: &Cx, facts: &Facts, sent: &Sent) -> Result<Vec<Row>, StoreError> {
    let days = facts.norms.value("tip.same", facts.today).unwrap_or_default();
    let first = TimeDelta::try_days(days).and_then(|span| facts.today.checked_sub_signed(span)).unwrap_or(facts.today);
    let query = Query::new()
        .is("school", Cell::Id(sent.school))
        .is("about_people", Cell::Bool(false))
        .not_among("state", &["merged", "set_aside"])
        .within("received_on", first, facts.today)
        .limit(200);
    let rows = cx.app.store.list(&TIP, &query, &Scope::county()).await?.rows;
    let mine =
        Report { spot: &sent.spot, place: "", category: sent.category.code(), words: &sent.words, on: facts.today };
    let others = rows.iter().map(|row| (row.clone(), triage::of_tip(row)));
    Ok(same::likely(&mine, others, days, FEW))
}
