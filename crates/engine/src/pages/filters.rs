//! What a list can be asked, and what it is being asked.

use kit::{Cell, Field, Kind as FieldKind, Noun};
use store::StoreError;
use uuid::Uuid;

use super::{input, rows};
use crate::app::Cx;
use crate::area::Kind;
use crate::save::{Typed, typed};
use crate::show;
use crate::view::{DateRangeView, FilterKind, FilterView, LinkView, OptionView};
use crate::views::{Asked, View};
use crate::web::encode;

/// The address of a list with some parameters taken out and one put in.
pub(super) fn href(kind: &Kind, asked: &Typed, without: &[&str], with: Option<(&str, &str)>) -> String {
    let kept = asked.iter().filter(|(name, _)| !without.contains(&name.as_str()));
    let all = kept.map(|(name, value)| (name.as_str(), value.as_str())).chain(with);
    let parts: Vec<_> = all.map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    if parts.is_empty() {
        format!("/{}", kind.noun.plural)
    } else {
        format!("/{}?{}", kind.noun.plural, parts.join("&"))
    }
}

/// A question as the address of its list.
pub(super) fn address(kind: &Kind, query: &kit::Query) -> String {
    href(kind, &crate::ask::address(query), &[], None)
}

/// The filter form. Fields that this reader sees masked are not in it, nor are references to more than a list can hold.
pub(super) async fn filters(cx: &Cx, kind: &Kind, asked: &Typed) -> Result<Vec<FilterView>, StoreError> {
    let mut filters: Vec<_> = search(cx, kind, asked).into_iter().collect();
    let mut choices = input::Choices::default();
    let offered =
        |field: &&Field| field.filtered && !field.hidden && (field.listed || !field.fixed) && field.sealed.is_none();
    let mut fields: Vec<_> =
        kind.noun.fields.iter().filter(offered).filter(|field| cx.sees(kind.noun, field)).collect();
    // Only the first few stand open, and the state is asked for most.
    fields.sort_by_key(|field| field.name != "state");
    for field in fields {
        let now = typed(asked, field.name).unwrap_or_default();
        let control = match field.kind {
            FieldKind::Choice(codes) => {
                FilterKind::Select(codes.iter().map(|code| choice(cx, kind, field, code, now)).collect())
            }
            FieldKind::Bool => FilterKind::Select(input::flags(cx, now)),
            FieldKind::Date => FilterKind::Dates(range(field, asked)),
            FieldKind::Ref(target) => match choices.of(cx, target, field.name).await? {
                Some(options) => FilterKind::Select(input::options(&options, now)),
                None => continue,
            },
            FieldKind::Text { .. } if let Some(under) = field.worded => FilterKind::Select(worded(cx, under, now)),
            FieldKind::Int { .. } | FieldKind::Text { .. } => {
                FilterKind::Text { value: now.to_owned(), hint: String::new() }
            }
            _ => continue,
        };
        filters.push(FilterView {
            name: field.name.to_owned(),
            label: rows::label(cx, kind, field.name),
            kind: control,
        });
    }
    Ok(filters)
}

fn search(cx: &Cx, kind: &Kind, asked: &Typed) -> Option<FilterView> {
    let searched: Vec<_> = kind.noun.fields.iter().filter(|field| field.searched).collect();
    if searched.is_empty() || !searched.iter().all(|field| cx.sees(kind.noun, field)) {
        return None;
    }
    let hint =
        searched.iter().map(|field| rows::label(cx, kind, field.name)).collect::<Vec<_>>().join(cx.word("ui.comma"));
    let value = typed(asked, "q").unwrap_or_default().to_owned();
    Some(FilterView {
        name: "q".into(),
        label: cx.word("ui.search").to_owned(),
        kind: FilterKind::Text { value, hint },
    })
}

/// The codes that have words under this, by their words.
pub(super) fn worded(cx: &Cx, under: &str, now: &str) -> Vec<OptionView> {
    let codes = cx.app.words.iter().filter_map(|(key, _)| key.strip_prefix(under));
    let option = |code: &str| OptionView {
        value: code.to_owned(),
        label: crate::messages::text::blank(cx.word(&format!("{under}{code}"))),
        selected: now == code,
    };
    let mut options: Vec<_> = codes.map(option).collect();
    options.sort_by(|one, other| one.label.cmp(&other.label));
    options
}

fn choice(cx: &Cx, kind: &Kind, field: &Field, code: &str, now: &str) -> OptionView {
    let label = cx.word(&format!("{}.{}.{code}", kind.noun.name, field.name)).to_owned();
    OptionView { value: code.to_owned(), label, selected: now == code }
}

fn range(field: &Field, asked: &Typed) -> DateRangeView {
    let (from_name, to_name) = (format!("{}.from", field.name), format!("{}.to", field.name));
    let now = |name: &str| typed(asked, name).unwrap_or_default().to_owned();
    DateRangeView { from: now(&from_name), to: now(&to_name), from_name, to_name }
}

/// What is said of a list of an earlier day: its states are those of today, unless they are kept too or there are none.
fn as_of(noun: &Noun) -> &'static str {
    if noun.field("state").is_some_and(|state| !state.past) { "ui.chip_as_of" } else { "ui.chip_as_of_whole" }
}

/// Each filter in force, in words; its link takes it off.
pub(super) async fn chips(cx: &Cx, kind: &Kind, whole: &Asked) -> Result<Vec<LinkView>, StoreError> {
    let mut chips = Vec::new();
    let said: Vec<_> = whole.view.iter().flat_map(View::says).map(|(name, _)| name).collect();
    for (name, value) in whole.asked.iter().filter(|(_, value)| !value.is_empty()) {
        let label = match name.as_str() {
            "sort" | "after" | "before" | "limit" | "view" | "back" | "columns" | "fields" => continue,
            "q" => fill(cx, "is", cx.word("ui.search"), value),
            "as_of" => cx.app.words.fill(cx.lang, as_of(kind.noun), &[("day", value.clone())]),
            _ => match chip(cx, kind, name, value).await? {
                Some(label) => label,
                None => continue,
            },
        };
        // What a view says is taken off by saying nothing in its place.
        let off = said.contains(name).then_some((name.as_str(), ""));
        chips.push(LinkView { label, href: href(kind, &whole.links, &[name, "after", "before"], off) });
    }
    Ok(chips)
}

fn fill(cx: &Cx, test: &str, field: &str, value: &str) -> String {
    cx.app.words.fill(cx.lang, &format!("ui.chip_{test}"), &[("field", field.to_owned()), ("value", value.to_owned())])
}

async fn chip(cx: &Cx, kind: &Kind, name: &str, value: &str) -> Result<Option<String>, StoreError> {
    let (name, test) = name.split_once('.').unwrap_or((name, "is"));
    let Some(field) = kind.noun.field(name).filter(|field| !field.hidden) else { return Ok(None) };
    let label = rows::label(cx, kind, name);
    let value = match test {
        "later_than" | "not_later_than" => rows::label(cx, kind, value),
        "later_by" | "later_by_or_empty" => {
            let (other, minutes) = value.rsplit_once('.').unwrap_or((value, ""));
            let said = [("field", rows::label(cx, kind, other)), ("n", minutes.to_owned())];
            cx.app.words.fill(cx.lang, "ui.chip_minutes_after", &said)
        }
        _ => said(cx, kind, field, value).await?,
    };
    Ok(Some(fill(cx, test, &label, &value)))
}

/// What was asked for, in words; a record only where it exists for this reader.
async fn said(cx: &Cx, kind: &Kind, field: &'static Field, value: &str) -> Result<String, StoreError> {
    let mut words = Vec::new();
    for part in value.split(',').take(20) {
        let cell = if part == "-" { Ok(Cell::Null) } else { crate::ask::asked_for(cx, field, part) };
        let Ok(cell) = cell else {
            // What cannot be read is no value that is left out: it stands as it was asked, below what is said about it.
            words.push(part.to_owned());
            continue;
        };
        words.push(match (field.kind, cell) {
            (_, Cell::Null) => cx.word("ui.unfilled").to_owned(),
            (FieldKind::Ref(target), Cell::Id(id)) => record(cx, target, id).await?,
            (_, cell) => show::plain(cx, kind.noun, field, &cell),
        });
    }
    Ok(words.join(cx.word("ui.comma")))
}

async fn record(cx: &Cx, target: &str, id: Uuid) -> Result<String, StoreError> {
    let Some(kind) = cx.app.kind_of(target) else { return Ok(id.to_string()) };
    let row = cx.app.store.find(kind.noun, id, cx.scope()).await?;
    Ok(row.map_or_else(|| id.to_string(), |row| rows::title(cx, kind, &row)))
}
