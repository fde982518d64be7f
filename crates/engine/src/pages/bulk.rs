//! One move for several records: each succeeds or is refused for itself, and the page says which.

use std::collections::HashMap;

use axum::extract::Path;
use axum::response::Response;
use kit::{MoveSpec, Refusal, Row};
use store::StoreError;
use uuid::Uuid;

use super::input::{Choices, resolve};
use super::show::step;
use super::{back, broken, flash_of, kind, rows, titled, words};
use crate::app::Cx;
use crate::area::{Kind, Paper};
use crate::error::{fault, refused_page, render};
use crate::save::{self, Refused, Typed, typed};
use crate::view::{
    BackView, CellView, FieldKind, FieldView, LinkView, MoveView, OptionView, PaperView, RelatedView, RowView,
    ShowPage, Tone,
};
use crate::web::{Asked, Posted, Reader};

/// As many as a person can still look over.
const MOST: usize = 200;
/// So many columns of the list say which records these are.
const COLUMNS: usize = 5;

/// The records that were chosen, and the moves that can be made with several.
pub async fn page(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let ids = chosen(&asked);
    let back = back::of(kind, typed(&asked, "back"));
    draw(&reader, kind, &ids, (&[], back), Vec::new(), None).await.map_err(broken(&reader))
}

pub async fn act(Path((plural, name)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let (reader, cx) = (&posted.reader, &posted.reader.cx);
    let kind = kind(reader, &plural)?;
    let spec = moves(cx, kind).into_iter().find(|spec| spec.name == name);
    let Some(spec) = spec else { return Err(refused_page(reader, &Refused::Missing)) };
    let ids = chosen(&posted.values);
    let fields: Vec<_> = spec.fields.iter().collect();
    let values = resolve(cx, kind, &fields, &posted.values, None).await.map_err(broken(reader))?;
    let answers = save::act_on_many(cx, kind, &ids, spec.name, &values).await;
    let left: Vec<_> = answers.iter().filter(|(_, answer)| answer.is_err()).map(|(id, _)| *id).collect();
    let faults = shared(&answers);
    // What was not done can be sent again at once; a new request, because the old one has been carried out in part.
    let again: Vec<_> = values.into_iter().filter(|(name, _)| name != "request_id").collect();
    let back = back::of(kind, posted.get("back"));
    draw(reader, kind, &left, (&again, back), answers, Some((spec.name, faults))).await.map_err(broken(reader))
}

/// The faults that every refused record shares stand at the form's fields.
fn shared(answers: &[(Uuid, Result<Row, Refused>)]) -> Vec<Refusal> {
    let mut refused = answers.iter().filter_map(|(_, answer)| match answer {
        Err(Refused::Faults(faults)) => Some(faults),
        _ => None,
    });
    let first = refused.next().cloned().unwrap_or_default();
    if refused.all(|faults| *faults == first) { first } else { Vec::new() }
}

fn chosen(values: &Typed) -> Vec<Uuid> {
    let mut ids: Vec<Uuid> =
        values.iter().filter(|(name, _)| name == "id").filter_map(|(_, value)| value.parse().ok()).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.truncate(MOST);
    ids
}

fn moves(cx: &Cx, kind: &Kind) -> Vec<&'static MoveSpec> {
    let all = kind.life.map(kit::Life::moves).unwrap_or_default();
    all.iter().filter(|spec| spec.bulk && cx.may(kind.noun.name, spec.name)).collect()
}

async fn draw(
    reader: &Reader,
    kind: &Kind,
    ids: &[Uuid],
    (typed, back): (&Typed, Option<&str>),
    answers: Vec<(Uuid, Result<Row, Refused>)>,
    tried: Option<(&str, Vec<Refusal>)>,
) -> Result<Response, StoreError> {
    let cx = &reader.cx;
    let mut wanted: Vec<_> = answers.iter().map(|(id, _)| *id).collect();
    wanted.extend(ids);
    let known = cx.app.store.find_many(kind.noun, &wanted, cx.scope()).await?;
    let title = |id: &Uuid| known.get(id).map_or_else(|| id.to_string(), |row| rows::title(cx, kind, row));
    let options: Vec<_> = ids
        .iter()
        .filter(|id| known.contains_key(id))
        .map(|id| OptionView { value: id.to_string(), label: title(id), selected: true })
        .collect();
    let mut layout = titled(reader, cx.word("ui.bulk").to_owned());
    layout.crumbs.push(back::crumb(cx, kind, back));
    let done = answers.iter().filter(|(_, answer)| answer.is_ok()).count();
    if !answers.is_empty() {
        let args = [("done", done.to_string()), ("left", (answers.len() - done).to_string())];
        let tone = if done == answers.len() { Tone::Good } else { Tone::Warn };
        layout.flash.push(flash_of(tone, cx.app.words.fill(cx.lang, "ui.bulk_done", &args)));
    } else if options.is_empty() {
        layout.flash.push(flash_of(Tone::Warn, cx.word("ui.bulk_none").to_owned()));
    }
    let left: Vec<_> = ids.iter().filter_map(|id| known.get(id)).cloned().collect();
    let moves = if left.is_empty() { Vec::new() } else { forms(cx, kind, (&left, &options), typed, tried).await? };
    if answers.is_empty() && moves.is_empty() && !left.is_empty() {
        layout.flash.push(flash_of(Tone::Info, cx.word("ui.bulk_not_now").to_owned()));
    }
    let table = match answers.as_slice() {
        [] => looked_over(cx, kind, &left, back).await?,
        _ => results(cx, kind, &answers, &known, back),
    };
    let page = ShowPage {
        keep: false,
        t: words(&cx.app, cx.lang),
        kicker: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(),
        heading: layout.title.clone(),
        state: String::new(),
        state_tone: Tone::Plain,
        marks: Vec::new(),
        steps: Vec::new(),
        edit: None,
        papers: papers(cx, kind, &known),
        moves,
        sections: Vec::new(),
        evidence: None,
        related: table.into_iter().collect(),
        events: Vec::new(),
        compare: String::new(),
        versions: Vec::new(),
        back: back.map(|address| BackView {
            list: LinkView { label: cx.word("ui.back_to_list").to_owned(), href: address.to_owned() },
            carried: address.to_owned(),
            ..BackView::default()
        }),
        layout,
    };
    Ok(render(&page))
}

/// What was chosen, before anything is done with it: the first columns of its list.
async fn looked_over(
    cx: &Cx,
    kind: &Kind,
    chosen: &[Row],
    back: Option<&str>,
) -> Result<Option<RelatedView>, StoreError> {
    if chosen.is_empty() {
        return Ok(None);
    }
    let mut fields = rows::shown(kind);
    fields.truncate(COLUMNS);
    let mut lines = rows::views(cx, kind, chosen, &fields, false).await?;
    for line in &mut lines {
        line.href = back::carried(std::mem::take(&mut line.href), back);
    }
    Ok(Some(RelatedView {
        heading: cx.app.words.fill(cx.lang, "ui.bulk_chosen", &[("n", chosen.len().to_string())]),
        total: cx.word("ui.back_to_list").to_owned(),
        href: back::crumb(cx, kind, back).href,
        columns: fields.iter().map(|field| rows::label(cx, kind, field.name)).collect(),
        rows: lines,
        empty: String::new(),
    }))
}

/// What has become of each of them.
fn results(
    cx: &Cx,
    kind: &Kind,
    answers: &[(Uuid, Result<Row, Refused>)],
    known: &HashMap<Uuid, Row>,
    back: Option<&str>,
) -> Option<RelatedView> {
    let outcome = |(id, answer): &(Uuid, Result<Row, Refused>)| {
        let row = known.get(id);
        let title = row.map_or_else(|| id.to_string(), |row| rows::title(cx, kind, row));
        RowView {
            href: row.map(|row| back::carried(rows::href(kind, row), back)).unwrap_or_default(),
            cells: vec![CellView::text(title), outcome(cx, answer)],
            pick: None,
        }
    };
    (!answers.is_empty()).then(|| RelatedView {
        heading: cx.word("ui.bulk_results").to_owned(),
        total: cx.word("ui.back_to_list").to_owned(),
        href: back::crumb(cx, kind, back).href,
        columns: vec![cx.word(kind.noun.name).to_owned(), cx.word("ui.outcome").to_owned()],
        rows: answers.iter().map(outcome).collect(),
        empty: String::new(),
    })
}

/// The area's own pages about several records, for those of the chosen ones that have one: also those that a move has just made fit.
fn papers(cx: &Cx, kind: &Kind, known: &HashMap<Uuid, Row>) -> Vec<PaperView> {
    let open = kind.papers.iter().filter(|paper| paper.many && cx.may(kind.noun.name, paper.needs));
    let link = |paper: &Paper| {
        let fitting = known.values().filter(|row| (paper.fits)(row));
        let mut ids: Vec<_> = fitting.map(|row| format!("id={}", row.id)).collect();
        ids.sort_unstable();
        let href = format!("/{}/{}?{}", kind.noun.plural, paper.name, ids.join("&"));
        (!ids.is_empty()).then(|| paper.view(cx, href))
    };
    open.filter_map(link).collect()
}

async fn forms(
    cx: &Cx,
    kind: &Kind,
    (rows, options): (&[Row], &[OptionView]),
    typed: &Typed,
    tried: Option<(&str, Vec<Refusal>)>,
) -> Result<Vec<MoveView>, StoreError> {
    let mut choices = Choices::default();
    let mut views = Vec::new();
    let state = |row: &Row| row.get(kind.noun, "state").text().map(ToOwned::to_owned).unwrap_or_default();
    // What none of them can do in its state is not offered; whether this reader may, each record says when it is done.
    let possible = |spec: &&MoveSpec| {
        let goes = |row: &Row| kind.life.is_some_and(|life| life.next(&state(row), spec.name).is_some());
        rows.iter().any(goes) || tried.as_ref().is_some_and(|(name, _)| *name == spec.name)
    };
    for spec in moves(cx, kind).into_iter().filter(possible) {
        let tried = tried.as_ref().filter(|(name, _)| *name == spec.name);
        let (values, faults): (&Typed, &[Refusal]) = tried.map_or((&[], &[]), |(_, faults)| (typed, faults));
        let mut view = step(cx, kind, spec, None, values, faults, &mut choices).await?;
        view.action = format!("/{}/bulk/{}", kind.noun.plural, spec.name);
        view.open |= tried.is_some();
        view.fields.insert(
            0,
            FieldView {
                name: "id".into(),
                label: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(),
                kind: FieldKind::Checklist(options.to_vec()),
                prefix: format!("{}-", spec.name),
                ..FieldView::default()
            },
        );
        views.push(view);
    }
    Ok(views)
}

fn outcome(cx: &Cx, answer: &Result<Row, Refused>) -> CellView {
    let simple = |code: &str| CellView::badge(cx.word(&format!("error.{code}")), Tone::Bad);
    match answer {
        Ok(_) => CellView::badge(cx.word("flash.done"), Tone::Good),
        Err(Refused::Forbidden) => simple("forbidden"),
        Err(Refused::Missing) => simple("missing"),
        Err(Refused::Stale) => simple("record.stale"),
        Err(Refused::Broken(error)) => {
            tracing::error!(%error, "one of several moves failed");
            simple(fault(error).1)
        }
        Err(Refused::Faults(faults)) => {
            let said: Vec<_> = faults.iter().map(|fault| cx.app.text(cx.lang, fault)).collect();
            CellView::text(said.join(" "))
        }
    }
}
