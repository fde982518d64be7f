//! Finding a record by a sealed value that somebody holds in his hand: the whole of it and nothing like it, only with a reason, and noted before
//! anything is shown. What was typed stands in no address, no log and no answer.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Cell, Field, Noun, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::open::REASON;
use super::{broken, kept, kind, rows, shown, thousands, titled, views, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::parse;
use crate::save::Refused;
use crate::view::{ErrorLine, FieldKind, FieldView, FindPage, FoundView, LinkView, OptionView};
use crate::web::{Posted, Reader};

/// As many as one page shows; a number that more have is nobody's own.
const MOST: usize = 50;

/// What somebody wants to find.
struct Sought {
    field: &'static Field,
    index: &'static str,
    value: String,
    reason: String,
}

/// What may be found so: what is sealed, by the hidden column that knows it.
fn findable(noun: &'static Noun) -> impl Iterator<Item = (&'static Field, &'static str)> {
    noun.fields.iter().filter(|field| !field.hidden).filter_map(|field| Some((field, field.sealed?)))
}

/// Where this reader finds records of a kind so: whoever may open a sealed value, and nobody else.
pub(super) fn link(cx: &Cx, kind: &Kind) -> Option<String> {
    let may = cx.may(kind.noun.name, "open") && findable(kind.noun).next().is_some();
    may.then(|| format!("/{}/find", kind.noun.plural))
}

fn opened<'a>(reader: &'a Reader, plural: &str) -> Result<&'a Kind, Response> {
    let kind = kind(reader, plural)?;
    if findable(kind.noun).next().is_none() {
        return Err(refused_page(reader, &Refused::Missing));
    }
    if !reader.cx.may(kind.noun.name, "open") {
        return Err(refused_page(reader, &Refused::Forbidden));
    }
    Ok(kind)
}

pub async fn page(reader: Reader, Path(plural): Path<String>) -> Result<Response, Response> {
    let kind = opened(&reader, &plural)?;
    Ok(dressed(&reader, kind, &Typed::default(), &[], None))
}

pub async fn find(Path(plural): Path<String>, posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let kind = opened(reader, &plural)?;
    let typed = Typed::of(&posted);
    let sought = match read(&reader.cx, kind, &typed) {
        Ok(sought) => sought,
        Err(faults) => {
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, dressed(reader, kind, &typed, &faults, None)).into_response());
        }
    };
    let found = look(&reader.cx, kind, &sought).await.map_err(broken(reader))?;
    let found = told(&reader.cx, kind, &sought, &found).await.map_err(broken(reader))?;
    // The value is done with; another one is asked for the same reason.
    let typed = Typed { value: String::new(), reason: sought.reason, ..typed };
    Ok(dressed(reader, kind, &typed, &[], Some(found)))
}

/// The form as it was filled in.
#[derive(Default)]
struct Typed {
    field: String,
    value: String,
    reason: String,
}

impl Typed {
    fn of(posted: &Posted) -> Self {
        let get = |name: &str| posted.get(name).unwrap_or_default().trim().to_owned();
        Self { field: get("field"), value: get("value"), reason: get("reason").chars().take(200).collect() }
    }
}

/// Every fault at once, each at the control where it is mended.
fn read(cx: &Cx, kind: &Kind, typed: &Typed) -> Result<Sought, Vec<Refusal>> {
    let mut faults = Vec::new();
    if typed.reason.chars().count() < REASON {
        faults.push(Refusal::at("open.reason", "reason"));
    }
    let Some((field, index)) = findable(kind.noun).find(|(field, _)| field.name == typed.field) else {
        faults.insert(0, Refusal::at("value.required", "field"));
        return Err(faults);
    };
    let value = match parse::cell(field, &typed.value, cx.app.pretend) {
        Ok(Cell::Secret(value) | Cell::Text(value)) => value,
        Ok(_) => {
            faults.insert(0, Refusal::at("value.required", "value"));
            return Err(faults);
        }
        Err(fault) => {
            faults.insert(0, Refusal { field: Some("value"), ..fault });
            return Err(faults);
        }
    };
    if !faults.is_empty() {
        return Err(faults);
    }
    // Who gives the value as its own reason does not bring it into the log.
    let reason = typed.reason.replace(&value, "…");
    Ok(Sought { field, index, value, reason })
}

/// The records that have it, within the reader's scope. That nothing was found is noted too: whoever asks learns something either way.
async fn look(cx: &Cx, kind: &Kind, sought: &Sought) -> Result<Vec<Row>, StoreError> {
    let Sought { field, index, ref value, ref reason } = *sought;
    let hash = Cell::Text(cx.app.store.blind(field.name, value)?);
    let found = cx.app.store.find_by(kind.noun, index, &[hash], cx.scope()).await?;
    let said = cx.app.words.fill(cx.lang, "find.noted", &[("reason", reason.clone())]);
    let seen: Vec<_> = found.iter().take(MOST).map(|row| row.id).collect();
    let noted = if seen.is_empty() { vec![Uuid::nil()] } else { seen };
    for id in noted {
        cx.app.store.note_reading(cx.now, cx.actor.account, kind.noun, id, field.name, &said).await?;
    }
    Ok(found)
}

async fn told(cx: &Cx, kind: &Kind, sought: &Sought, found: &[Row]) -> Result<FoundView, StoreError> {
    let mut fields = shown(kind);
    if !fields.iter().any(|field| field.name == sought.field.name) {
        fields.push(sought.field);
    }
    let first = found.get(..MOST).unwrap_or(found);
    let key = if found.is_empty() { "find.none" } else { "find.found" };
    let count = thousands(i64::try_from(found.len()).unwrap_or(i64::MAX));
    Ok(FoundView {
        said: cx.app.words.fill(cx.lang, key, &[("n", count)]),
        columns: fields.iter().map(|field| rows::label(cx, kind, field.name)).collect(),
        rows: views(cx, kind, first, &fields, false).await?,
    })
}

fn dressed(reader: &Reader, kind: &Kind, typed: &Typed, faults: &[Refusal], found: Option<FoundView>) -> Response {
    let cx = &reader.cx;
    let list = cx.word(&format!("{}.plural", kind.noun.name)).to_owned();
    let heading = cx.app.words.fill(cx.lang, "find.heading", &[("n", list.clone())]);
    let mut layout = titled(reader, heading.clone());
    let back = format!("/{}", kind.noun.plural);
    layout.crumbs.push(LinkView { label: list, href: back.clone() });
    let fields = controls(cx, kind, typed, faults);
    let errors = fields.iter().filter_map(|field| Some(ErrorLine { field_id: field.id(), text: field.error.clone()? }));
    let page = FindPage {
        t: words(&cx.app, cx.lang),
        layout,
        heading,
        action: format!("{back}/find"),
        errors: errors.collect(),
        fields,
        back,
        found,
    };
    kept(&cx.app, kind.noun, render(&page))
}

fn controls(cx: &Cx, kind: &Kind, typed: &Typed, faults: &[Refusal]) -> Vec<FieldView> {
    let option = |(at, (field, _)): (usize, (&'static Field, &str))| OptionView {
        value: field.name.to_owned(),
        label: rows::label(cx, kind, field.name),
        selected: typed.field == field.name || (typed.field.is_empty() && at == 0),
    };
    let control = |name: &str, label: &str, value: &str| FieldView {
        name: name.to_owned(),
        label: cx.word(label).to_owned(),
        value: value.to_owned(),
        required: true,
        autocomplete: "off".to_owned(),
        error: faults.iter().find(|fault| fault.field == Some(name)).map(|fault| cx.app.text(cx.lang, fault)),
        ..FieldView::default()
    };
    let which = FieldKind::Radio(findable(kind.noun).enumerate().map(option).collect());
    vec![
        FieldView { kind: which, ..control("field", "find.field", "") },
        control("value", "find.value", &typed.value),
        control("reason", "ui.reason", &typed.reason),
    ]
}
