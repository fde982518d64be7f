//! The page on which a question is kept as a view, and one's own views are renamed, shared and removed.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Refusal, Role};
use uuid::Uuid;

use super::{back, broken, done, filters, kind, rows, titled, tools, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::{refused_page, render};
use crate::save::{Refused, Typed, typed};
use crate::view::{FieldKind, FieldView, OptionView, OwnView, ViewsPage};
use crate::views::{self, Draft, SHARED, View};
use crate::web::{Asked, Posted, Reader, encode};

/// A form that was refused: of which view, what was typed, and why.
type Tried<'a> = Option<(Option<Uuid>, &'a Typed, Vec<Refusal>)>;

pub async fn page(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    draw(&reader, kind, &asked, None).await
}

async fn draw(reader: &Reader, kind: &Kind, asked: &Typed, tried: Tried<'_>) -> Result<Response, Response> {
    let cx = &reader.cx;
    let saved = views::all(cx, kind).await.map_err(broken(reader))?;
    let whole = views::of_page(cx, kind, asked, &saved).map_err(|refused| refused_page(reader, &refused))?;
    let says = says(reader, kind, &whole).await?;
    let mut own = Vec::new();
    for view in saved.iter().filter(|view| view.is_own(&cx.actor)) {
        let whole = views::of_page(cx, kind, &[("view".into(), view.name.clone())], &saved);
        let whole = whole.map_err(|refused| refused_page(reader, &refused))?;
        let says = self::says(reader, kind, &whole).await?.join(cx.word("ui.comma"));
        own.push(own_view(cx, kind, view, says, &tried));
    }
    let mut layout = titled(reader, cx.word("views.heading").to_owned());
    layout.crumbs.push(back::crumb(cx, kind, None));
    let refused = tried.as_ref().filter(|(id, ..)| id.is_none());
    let page = ViewsPage {
        t: words(&cx.app, cx.lang),
        heading: layout.title.clone(),
        says,
        action: format!("/{}/views", kind.noun.plural),
        question: question(&whole),
        request_id: cx.app.store.new_id(cx.now).to_string(),
        fields: fields(cx, "", None, refused.map(|(_, values, faults)| (*values, faults.as_slice()))),
        own,
        others: saved
            .iter()
            .filter(|view| !view.is_own(&cx.actor))
            .map(|view| tools::link(cx, kind, view, None))
            .collect(),
        back: filters::href(kind, &whole.links, &[], None),
        layout,
    };
    let status = if tried.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, render(&page)).into_response())
}

/// The whole question as an address, places apart.
fn question(whole: &views::Asked) -> String {
    let place = |name: &str| ["after", "before", "limit", "view", "back"].contains(&name);
    let parts = whole.asked.iter().filter(|(name, value)| !place(name) && !value.is_empty());
    parts.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect::<Vec<_>>().join("&")
}

/// A question in words: its filters, its order, its columns.
async fn says(reader: &Reader, kind: &Kind, whole: &views::Asked) -> Result<Vec<String>, Response> {
    let cx = &reader.cx;
    let chips = filters::chips(cx, kind, whole).await.map_err(broken(reader))?;
    let mut says: Vec<_> = chips.into_iter().map(|chip| chip.label).collect();
    let sort = typed(&whole.asked, "sort").map(|sort| sort.trim_start_matches('-'));
    if let Some(field) = sort.and_then(|name| kind.noun.field(name)).filter(|field| !field.hidden) {
        says.push(cx.app.words.fill(cx.lang, "views.sorted", &[("field", rows::label(cx, kind, field.name))]));
    }
    if let (Some(columns), _) = views::asked_for(kind, &whole.asked) {
        let labels: Vec<_> = columns.iter().map(|field| rows::label(cx, kind, field.name)).collect();
        let labels = labels.join(cx.word("ui.comma"));
        says.push(cx.app.words.fill(cx.lang, "views.columns_are", &[("fields", labels)]));
    }
    if says.is_empty() {
        says.push(cx.word("views.says_all").to_owned());
    }
    Ok(says)
}

fn own_view(cx: &Cx, kind: &Kind, view: &View, says: String, tried: &Tried<'_>) -> OwnView {
    let refused = tried.as_ref().filter(|(id, ..)| *id == Some(view.row.id));
    let shared = (view.shared != "own").then(|| cx.word(&format!("saved_view.shared.{}", view.shared)).to_owned());
    let opens = view.preferred.then(|| cx.word("views.opens").to_owned());
    let at = |end: &str| format!("/{}/views/{}/{end}", kind.noun.plural, view.row.id);
    OwnView {
        label: view.label.clone(),
        href: tools::link(cx, kind, view, None).href,
        says,
        notes: shared.into_iter().chain(opens).collect(),
        change: at("change"),
        remove: at("remove"),
        ask: cx.app.words.fill(cx.lang, "views.remove_ask", &[("n", view.label.clone())]),
        fields: fields(
            cx,
            &format!("v{}-", view.row.id.simple()),
            Some(view),
            refused.map(|(_, values, faults)| (*values, faults.as_slice())),
        ),
        open: refused.is_some(),
    }
}

/// Label, sharing, preference: as they were typed, else as they are.
fn fields(cx: &Cx, prefix: &str, view: Option<&View>, tried: Option<(&Typed, &[Refusal])>) -> Vec<FieldView> {
    let now = |name: &str, is: &str| match tried {
        Some((values, _)) => typed(values, name).unwrap_or_default().to_owned(),
        None => is.to_owned(),
    };
    let error = |name: &str| {
        let fault = tried?.1.iter().find(|fault| fault.field == Some(name))?;
        Some(cx.app.text(cx.lang, fault))
    };
    let field = |name: &str, value: String, kind: FieldKind| FieldView {
        name: name.to_owned(),
        label: cx.word(&format!("saved_view.{name}")).to_owned(),
        value,
        kind,
        error: error(name),
        prefix: prefix.to_owned(),
        ..FieldView::default()
    };
    let shared = now("shared", view.map_or("own", |view| view.shared.as_str()));
    let may = |code: &&&str| match **code {
        "county" => cx.actor.role == Role::Bureau,
        "unit" => cx.actor.unit.is_some(),
        _ => true,
    };
    let option = |code: &&str| OptionView {
        value: (*code).to_owned(),
        label: cx.word(&format!("saved_view.shared.{code}")).to_owned(),
        selected: *code == shared,
    };
    let preferred = view.is_some_and(|view| view.preferred);
    let mut label = field("label", now("label", view.map_or("", |view| view.label.as_str())), FieldKind::Text);
    label.required = true;
    vec![
        label,
        field("shared", shared.clone(), FieldKind::Radio(SHARED.iter().filter(may).map(option).collect())),
        field("preferred", now("preferred", if preferred { "1" } else { "" }), FieldKind::Checkbox),
    ]
}

fn draft(posted: &Posted) -> Draft {
    let get = |name| posted.get(name).unwrap_or_default().to_owned();
    Draft {
        label: get("label"),
        shared: get("shared"),
        preferred: get("preferred") == "1",
        asked: views::parameters(&get("question")),
    }
}

pub async fn keep(Path(plural): Path<String>, posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let kind = kind(reader, &plural)?;
    let draft = draft(&posted);
    let kept = views::keep(&reader.cx, kind, &draft).await;
    settled(&posted, kind, kept, None, &draft.asked).await
}

pub async fn change(Path((plural, id)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let (kind, id) = (kind(reader, &plural)?, super::id(reader, &id)?);
    let changed = views::change(&reader.cx, kind, id, &draft(&posted)).await;
    settled(&posted, kind, changed, Some(id), &[]).await
}

/// On to the view, or back to its form with what was wrong.
async fn settled(
    posted: &Posted,
    kind: &Kind,
    view: Result<View, Refused>,
    id: Option<Uuid>,
    asked: &Typed,
) -> Result<Response, Response> {
    let reader = &posted.reader;
    match view {
        Ok(view) => {
            let to = filters::href(kind, &[], &[], Some(("view", &view.name)));
            Ok(done(&reader.cx.app, &to, "view_kept"))
        }
        Err(Refused::Faults(faults)) if faults.iter().all(|fault| fault.field.is_some_and(own)) => {
            // A question without a word would open the preferred view instead of itself.
            let asked: Vec<_> =
                if asked.is_empty() { vec![("view".into(), views::ALL.into())] } else { asked.to_vec() };
            draw(reader, kind, &asked, Some((id, &posted.values, faults))).await
        }
        Err(refused) => Err(refused_page(reader, &refused)),
    }
}

/// What the form asks for.
fn own(name: &str) -> bool {
    ["label", "shared", "preferred"].contains(&name)
}

pub async fn remove(Path((plural, id)): Path<(String, String)>, posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let (kind, id) = (kind(reader, &plural)?, super::id(reader, &id)?);
    views::remove(&reader.cx, kind, id).await.map_err(|refused| refused_page(reader, &refused))?;
    Ok(done(&reader.cx.app, &format!("/{plural}/views"), "view_removed"))
}
