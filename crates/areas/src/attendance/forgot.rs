//! 补记 by whoever called in a colleague's place: on the day of the roll he adds whom he forgot. The class is not his, so the common form would know none
//! of its children.

use std::sync::Arc;

use axum::Router;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use engine::error::{refused_page, render};
use engine::pages::{titled, unkept, words};
use engine::save::{self, Refused, Typed, typed};
use engine::view::{ErrorLine, FieldKind, FieldView, FormPage, LinkView, OptionView};
use engine::web::{Asked, Posted, Reader};
use engine::{App, Cx};
use kit::{Refusal, Row};
use uuid::Uuid;

use super::pages::session_word;
use super::record::{KINDS, MARK, SHEET, SYMPTOMS};
use super::session::{self, roll_day};
use super::{door, roll, rules};
use crate::organisation::record::CLASS;

/// What he is asked.
const FIELDS: [&str; 4] = ["pupil", "kind", "symptom", "reason"];

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/rollcall/{id}/{code}/add", get(page).post(send))
}

/// Where this reader adds to a roll because it was he who called it.
pub fn way(cx: &Cx, class: Uuid, sheet: &Row) -> Option<String> {
    let (session, day) = (sheet.get(&SHEET, "session").text()?, sheet.get(&SHEET, "day").date()?);
    let may = cx.may(MARK.name, "create") && rules::called_it(&cx.actor, sheet, cx.now);
    may.then(|| format!("/rollcall/{class}/{session}/add?day={day}"))
}

/// A roll of now that this reader called.
struct Called {
    class: Row,
    session: &'static str,
    sheet: Row,
}

impl Called {
    fn address(&self) -> String {
        format!("/rollcall/{}/{}", self.class.id, self.session)
    }
}

async fn called(cx: &Cx, (id, code): (&str, &str)) -> Result<Called, Refused> {
    let id: Uuid = id.parse().map_err(|_| Refused::Missing)?;
    let session = session::code(code).ok_or(Refused::Missing)?;
    let class = door::class(cx, id).await?;
    let sheet = door::sheet_of(cx, id, roll_day(session, cx.now), session).await?;
    let sheet = sheet.filter(|sheet| way(cx, id, sheet).is_some()).ok_or(Refused::Missing)?;
    Ok(Called { class, session, sheet })
}

async fn page(reader: Reader, Path((id, code)): Path<(String, String)>, asked: Asked) -> Response {
    let made = async {
        let called = called(&reader.cx, (&id, &code)).await?;
        form(&reader, &called, &asked.0, &[]).await
    };
    made.await.unwrap_or_else(|refused| refused_page(&reader, &refused))
}

async fn send(Path((id, code)): Path<(String, String)>, posted: Posted) -> Response {
    let made = sent(&posted, (&id, &code)).await;
    made.unwrap_or_else(|refused| refused_page(&posted.reader, &refused))
}

async fn sent(posted: &Posted, address: (&str, &str)) -> Result<Response, Refused> {
    let cx = &posted.reader.cx;
    let called = called(cx, address).await?;
    let kind = cx.app.kind_of(MARK.name).ok_or(Refused::Missing)?;
    let asked = posted.values.iter().filter(|(name, _)| FIELDS.contains(&name.as_str())).cloned();
    let values: Vec<_> = asked.chain([("sheet".to_owned(), called.sheet.id.to_string())]).collect();
    // For this one mark the class counts as his: he stood before it.
    let mut before_it = cx.clone();
    before_it.actor.scope.classes.push(called.class.id);
    match save::create(&before_it, kind, Some(cx.request), &values).await {
        Ok(_) => Ok(Redirect::to(&called.address()).into_response()),
        Err(Refused::Faults(faults)) => form(&posted.reader, &called, &posted.values, &faults).await,
        Err(refused) => Err(refused),
    }
}

async fn form(reader: &Reader, called: &Called, values: &Typed, faults: &[Refusal]) -> Result<Response, Refused> {
    let cx = &reader.cx;
    let ground = door::ground(cx, called.class.clone(), roll_day(called.session, cx.now), called.session).await?;
    let marks = door::marks(cx, called.sheet.id).await?;
    let stands = |id: Uuid| marks.iter().any(|mark| mark.get(&MARK, "pupil").id() == Some(id) && roll::counts(mark));
    let names = door::names(cx, &ground.roll).await?;
    let forgotten = ground.roll.iter().filter(|id| !stands(**id));
    let pupils = forgotten.map(|id| (id.to_string(), names.get(id).cloned().unwrap_or_default())).collect();
    let codes = |field: &str, codes: &[&str]| {
        let word = |code: &&str| ((*code).to_owned(), cx.word(&format!("mark.{field}.{code}")).to_owned());
        codes.iter().map(word).collect::<Vec<_>>()
    };
    let fields = vec![
        field(cx, "pupil", Some(pupils), values, faults),
        field(cx, "kind", Some(codes("kind", KINDS)), values, faults),
        field(cx, "symptom", Some(codes("symptom", SYMPTOMS)), values, faults),
        field(cx, "reason", None, values, faults),
    ];
    let heading = cx.word("rollcall.add").to_owned();
    let name = called.class.get(&CLASS, "name").text().unwrap_or_default();
    let description = format!("{name} · {}", session_word(cx, called.session));
    let mut layout = titled(reader, heading.clone());
    layout.crumbs.push(LinkView { label: description.clone(), href: called.address() });
    let line = |fault: &Refusal| {
        let asked = fault.field.filter(|name| FIELDS.contains(name));
        let field_id = asked.map(|name| format!("f-{name}")).unwrap_or_default();
        ErrorLine { field_id, text: cx.app.text(cx.lang, fault) }
    };
    let request = typed(values, "request_id").and_then(|text| text.parse().ok()).unwrap_or(cx.request);
    let page = FormPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading,
        description,
        action: format!("{}/add", called.address()),
        groups: vec![(String::new(), fields)],
        errors: faults.iter().map(line).collect(),
        request_id: request.to_string(),
        version: String::new(),
        submit: String::new(),
        cancel: called.address(),
        keep: false,
        files: false,
        back: String::new(),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(unkept((status, render(&page)).into_response()))
}

/// A field with what was typed into it and what was wrong with that; one with choices begins with none of them.
fn field(
    cx: &Cx,
    name: &'static str,
    choices: Option<Vec<(String, String)>>,
    values: &Typed,
    faults: &[Refusal],
) -> FieldView {
    let now = typed(values, name).unwrap_or_default();
    let select = |choices: Vec<(String, String)>| {
        let none = OptionView { value: String::new(), label: cx.word("ui.choose").to_owned(), selected: false };
        let option = |(value, label): (String, String)| OptionView { selected: value == now, value, label };
        FieldKind::Select(std::iter::once(none).chain(choices.into_iter().map(option)).collect())
    };
    let fault = faults.iter().find(|fault| fault.field == Some(name));
    FieldView {
        name: name.to_owned(),
        label: cx.word(&format!("mark.{name}")).to_owned(),
        value: now.to_owned(),
        kind: choices.map_or(FieldKind::Text, select),
        error: fault.map(|fault| cx.app.text(cx.lang, fault)),
        required: name != "symptom",
        ..FieldView::default()
    }
}
