//! A save that came too late: both versions side by side, field by field, and one tap to save what comes of them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Cell, Field, MoveSpec, Row};
use store::StoreError;

use super::{back, kept, rows, timeline, titled, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::render;
use crate::save::{self, Typed, typed};
use crate::show;
use crate::together::{self, Both, Past, Side};
use crate::view::{self, LinkView, MergeLine, MergePage};
use crate::web::Posted;

/// What was to be saved.
pub(super) enum Late<'a> {
    Edit,
    Move(&'a MoveSpec),
}

/// Where the one who is late began, where the other has got to, and what was typed.
pub(super) struct Three {
    past: Past,
    version: i64,
    base: Option<Row>,
    pub theirs: Row,
}

impl Three {
    pub async fn read(cx: &Cx, kind: &Kind, theirs: Row, version: i64) -> Result<Self, StoreError> {
        let past = Past::of(cx, kind, &theirs).await?;
        let base = past.beside(kind, &theirs, version);
        Ok(Self { past, version, base, theirs })
    }

    /// What the one who is late began with; nobody can say it of a version that never was.
    pub fn ground(&self) -> &Row {
        self.base.as_ref().unwrap_or(&self.theirs)
    }
}

/// The page of an edit or a move that came too late; `mine` is the beginning with what was typed.
pub(super) async fn page(
    posted: &Posted,
    kind: &Kind,
    late: &Late<'_>,
    three: &Three,
    mine: &Row,
    values: &Typed,
) -> Result<Response, StoreError> {
    let reader = &posted.reader;
    let cx = &reader.cx;
    let back = back::of(kind, posted.get("back"));
    let theirs = &three.theirs;
    let record = LinkView { label: rows::title(cx, kind, theirs), href: back::carried(rows::href(kind, theirs), back) };
    let mut layout = titled(reader, cx.word("together.heading").to_owned());
    layout.crumbs.extend([back::crumb(cx, kind, back), record.clone()]);
    let (action, submit, refused) = match late {
        Late::Edit => (Some(rows::href(kind, theirs)), cx.word("together.save").to_owned(), String::new()),
        Late::Move(spec) => step(cx, kind, theirs, spec).await?,
    };
    let since =
        |event: &store::Event| (timeline::verb(cx, kind, &event.verb), who(cx, three, event), together::when(event.at));
    let page = MergePage {
        t: words(&cx.app, cx.lang),
        heading: layout.title.clone(),
        description: record.label.clone(),
        since: three.past.since(three.version).map(since).collect(),
        lines: lines(cx, kind, late, three, mine, values).await?,
        action,
        refused,
        submit,
        request_id: cx.request.to_string(),
        version: theirs.version.to_string(),
        back: back.map(ToOwned::to_owned),
        record,
        layout,
    };
    Ok(kept(&cx.app, kind.noun, (StatusCode::CONFLICT, render(&page)).into_response()))
}

/// Whether the move can still be made, and if not, why.
async fn step(
    cx: &Cx,
    kind: &Kind,
    row: &Row,
    spec: &MoveSpec,
) -> Result<(Option<String>, String, String), StoreError> {
    let facts = cx.facts(&[(kind.noun, row)], &[]).await?;
    let label = cx.word(&format!("move.{}.{}", kind.noun.name, spec.name)).to_owned();
    if save::moves(cx, kind, row, &facts).iter().any(|open| open.name == spec.name) {
        return Ok((Some(format!("{}/{}", rows::href(kind, row), spec.name)), label, String::new()));
    }
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    let state = cx.word(&format!("{}.state.{state}", kind.noun.name)).to_owned();
    let refused = cx.app.words.fill(cx.lang, "together.move_gone", &[("move", label), ("state", state)]);
    Ok((None, String::new(), refused))
}

/// Every field that somebody changed, then what a move asks for beyond the record's own fields.
async fn lines(
    cx: &Cx,
    kind: &Kind,
    late: &Late<'_>,
    three: &Three,
    mine: &Row,
    values: &Typed,
) -> Result<Vec<MergeLine>, StoreError> {
    let both = together::compare(kind.noun, three.base.as_ref(), &three.theirs, mine);
    let fields: Vec<_> = both.iter().map(|both| both.field).filter(|field| field.sealed.is_none()).collect();
    let versions = [three.ground().clone(), three.theirs.clone(), mine.clone()];
    let said = rows::said(cx, kind, &versions, &fields).await?;
    let text = |at: usize, field: &Field| value(cx, kind, &said, &versions, at, field);
    let line = |both: &Both| {
        let field = both.field;
        let event = three.past.of_field(field.name, three.version);
        let typed = typed(values, field.name).map(ToOwned::to_owned);
        // A move's form begins empty: what stands in it was meant, even where it is what the record said before.
        let meant = matches!(late, Late::Move(_)) && typed.as_ref().is_some_and(|text| !text.is_empty());
        let same = three.theirs.get(kind.noun, field.name) == mine.get(kind.noun, field.name);
        let chosen = if meant && !same && both.side == Side::Theirs { view::Side::Choice(true) } else { side(both) };
        MergeLine {
            name: field.name.to_owned(),
            label: rows::label(cx, kind, field.name),
            base: if three.base.is_some() { text(0, field) } else { String::new() },
            theirs: text(1, field),
            by: event.map(|event| by(cx, three, event)).unwrap_or_default(),
            mine: text(2, field),
            side: chosen,
            typed: typed.filter(|_| chosen != view::Side::Theirs),
            other: matches!(late, Late::Move(_)).then(|| sent(cx, kind, field, &three.theirs)),
        }
    };
    let mut lines: Vec<_> = both.iter().map(line).collect();
    if let Late::Move(spec) = late {
        lines.extend(others(cx, kind, spec, &lines, values).await?);
    }
    Ok(lines)
}

/// Whoever has the same record open twice is told that it was himself.
fn who(cx: &Cx, three: &Three, event: &store::Event) -> String {
    let mine = event.actor == Some(cx.actor.account);
    if mine { cx.word("together.you").to_owned() } else { three.past.who(cx, event) }
}

fn by(cx: &Cx, three: &Three, event: &store::Event) -> String {
    let args = [("who", who(cx, three, event)), ("when", together::when(event.at))];
    cx.app.words.fill(cx.lang, "together.by", &args)
}

fn side(both: &Both) -> view::Side {
    match both.side {
        Side::Theirs => view::Side::Theirs,
        Side::Mine => view::Side::Mine,
        Side::Clash => view::Side::Choice(both.suggest_mine),
    }
}

/// A value in words: a sealed one shows at most that it is there, and of one's own new secret what its mask leaves.
fn value(cx: &Cx, kind: &Kind, said: &rows::Said, versions: &[Row; 3], at: usize, field: &Field) -> String {
    let row = &versions[at];
    match row.get(kind.noun, field.name) {
        Cell::Null => String::new(),
        Cell::Secret(secret) => show::mask(field, secret),
        _ if field.sealed.is_some() => "***".to_owned(),
        _ => said.text(cx, kind, at, row, field),
    }
}

/// The other's value as a form would send it. What this reader does not see in the clear is never sent through his browser.
fn sent(cx: &Cx, kind: &Kind, field: &Field, row: &Row) -> String {
    match row.get(kind.noun, field.name) {
        _ if !cx.sees(kind.noun, field) => String::new(),
        Cell::Bool(flag) => if *flag { "1" } else { "0" }.to_owned(),
        Cell::Text(text) => text.clone(),
        cell => show::plain(cx, kind.noun, field, cell),
    }
}

/// What was typed into a move and is no difference of the record: it goes along, and is shown.
async fn others(
    cx: &Cx,
    kind: &Kind,
    spec: &MoveSpec,
    known: &[MergeLine],
    values: &Typed,
) -> Result<Vec<MergeLine>, StoreError> {
    let mut lines = Vec::new();
    for field in spec.fields {
        let open = known.iter().all(|line| line.name != field.name || line.typed.is_none());
        let Some(text) = typed(values, field.name).filter(|text| open && !text.is_empty()) else { continue };
        let cell = crate::parse::cell(field, text, cx.app.pretend).unwrap_or_else(|_| Cell::Text(text.to_owned()));
        let mine = match (field.kind, &cell) {
            (kit::Kind::Ref(target), Cell::Id(id)) => {
                let wanted = std::collections::HashMap::from([(target, vec![*id])]);
                crate::web::labels(cx, wanted).await?.remove(id).unwrap_or_default()
            }
            _ => show::plain(cx, kind.noun, field, &cell),
        };
        lines.push(MergeLine {
            name: field.name.to_owned(),
            label: cx.word(&format!("move.{}.{}.{}", kind.noun.name, spec.name, field.name)).to_owned(),
            mine,
            side: view::Side::Mine,
            typed: Some(text.to_owned()),
            ..MergeLine::default()
        });
    }
    Ok(lines)
}

/// The beginning with what was typed into a move, where the record has a field of the same name and kind.
pub(super) fn moved(cx: &Cx, kind: &Kind, spec: &MoveSpec, ground: &Row, values: &Typed) -> Row {
    let mut row = ground.clone();
    for field in spec.fields {
        let Some(own) = kind.noun.field(field.name).filter(|own| !own.hidden && own.sealed.is_none()) else { continue };
        if std::mem::discriminant(&own.kind) != std::mem::discriminant(&field.kind) {
            continue;
        }
        if let Some(Ok(cell)) = typed(values, field.name)
            .filter(|text| !text.is_empty())
            .map(|text| crate::parse::cell(field, text, cx.app.pretend))
        {
            row.set(kind.noun, own.name, cell);
        }
    }
    row
}
