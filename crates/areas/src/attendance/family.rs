//! 联系监护人: from a child who is looked for to the telephone of its family, by two touches. Who has the number shown is noted like every sensitive reading,
//! and there is one to be shown only as long as the child is not accounted for.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use engine::area::Paper;
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::{self, Refused};
use engine::view::LinkView;
use engine::web::{Posted, Reader};
use engine::{App, Cx, show};
use kit::{Query, Row};
use uuid::Uuid;

use super::chain;
use super::record::{MISSING, goes_on};
use super::view::{FamilyPage, GuardianView};
use crate::organisation::record::{GUARDIAN, PUPIL};

/// On the page of a check that is not over.
pub const PAPERS: &[Paper] = &[Paper {
    name: "family",
    label: "missing.family",
    icon: "phone",
    needs: "search",
    fits: goes_on,
    many: false,
    first: true,
}];

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/missing/{id}/family", get(ask).post(call))
}

/// Whether it is this reader's to speak with the family.
pub(super) fn may(cx: &Cx) -> bool {
    cx.may(MISSING.name, PAPERS[0].needs) && cx.may(GUARDIAN.name, "open")
}

async fn ask(reader: Reader, Path(id): Path<String>) -> Response {
    let made = page(&reader, &id, false).await;
    made.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn call(Path(id): Path<String>, posted: Posted) -> Response {
    let reader = &posted.reader;
    let made = page(reader, &id, true).await;
    made.unwrap_or_else(|refused| refused_page(reader, &refused))
}

async fn page(reader: &Reader, id: &str, shown: bool) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let kind = cx.app.kind_of(MISSING.name).ok_or(Refused::Missing)?;
    let check = save::find(cx, kind, id.parse().map_err(|_| Refused::Missing)?).await?;
    if !may(cx) {
        return Err(Refused::Forbidden);
    }
    let pupil = check.get(&MISSING, "pupil").id().ok_or(Refused::Missing)?;
    let open = (PAPERS[0].fits)(&check);
    // Whose check it is speaks with the family, wherever the child is a pupil by now.
    let own = Query::new().is("pupil", kit::Cell::Id(pupil));
    let rows = cx.app.store.all(&GUARDIAN, &own, &kit::Scope::county()).await?;
    let phones = if shown && open { phones(cx, &rows).await? } else { vec![None; rows.len()] };
    let names = engine::web::labels(cx, [("pupil", vec![pupil])].into()).await?;
    let heading = names.get(&pupil).cloned().unwrap_or_default();
    let mut layout = titled(reader, cx.word("missing.family").to_owned());
    let here = format!("/missing/{}", check.id);
    layout.crumbs.push(LinkView { label: cx.word("missing.board").to_owned(), href: "/rollcall/missing".into() });
    layout.crumbs.push(LinkView { label: heading.clone(), href: here.clone() });
    Ok(unkept(render(&FamilyPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading,
        action: (open && !shown && !rows.is_empty()).then(|| format!("{here}/family")),
        hops: chain::steps(cx, &check).await?,
        guardians: rows.iter().zip(phones).map(|(row, phone)| guardian(cx, row, phone)).collect(),
        sealed: shown && open,
        add: (rows.is_empty() && cx.may(GUARDIAN.name, "create")).then(|| new_guardian(pupil)),
        back: here,
    })))
}

/// Noted before they are shown, each for itself: whose number somebody had is asked of the person.
async fn phones(cx: &Cx, rows: &[Row]) -> Result<Vec<Option<String>>, Refused> {
    let noted = cx.word("missing.family.noted");
    for row in rows {
        cx.app.store.note_reading(cx.now, cx.actor.account, &GUARDIAN, row.id, "phone", noted).await?;
    }
    Ok(cx.app.store.reveal(&GUARDIAN, "phone", rows).await?)
}

fn guardian(cx: &Cx, row: &Row, phone: Option<String>) -> GuardianView {
    let relation = row.get(&GUARDIAN, "relation").text().unwrap_or_default();
    GuardianView {
        name: show::title(cx, &GUARDIAN, row),
        relation: cx.word(&format!("guardian.relation.{relation}")).to_owned(),
        phone,
    }
}

fn new_guardian(pupil: Uuid) -> String {
    format!("/{}/new?{}={pupil}", GUARDIAN.plural, PUPIL.name)
}
