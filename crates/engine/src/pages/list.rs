//! A list: what was asked, what was found, and where to go on.

use axum::extract::Path;
use axum::response::Response;
use kit::{Field, Kind as FieldKind, Query, Row};

use super::filters::{self, href};
use super::{
    back, begin, broken, find, flash_of, kept, kind, rows, shown, thousands, titled, tools, views as lines, words,
};
use crate::app::Cx;
use crate::area::Kind;
use crate::ask;
use crate::error::{refused_page, render};
use crate::fresh::{Fresh, may_be_kept};
use crate::save::Typed;
use crate::view::{BulkView, ColumnView, LinkView, ListPage, PagerView, SortView, Sorted, Tone};
use crate::views;
use crate::web::{Asked, Reader};

/// Parameters that say where in the list one stands, not what is asked.
pub(super) const PLACES: &[&str] = &["after", "before"];

pub async fn page(reader: Reader, Path(plural): Path<String>, Asked(asked): Asked) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let fresh = Fresh::page(&reader).await.map_err(broken(&reader))?;
    if let Some(known) = fresh.known().filter(|_| may_be_kept(&reader.cx.app, kind.noun)) {
        return Ok(known);
    }
    let cx = &reader.cx;
    let saved = views::all(cx, kind).await.map_err(broken(&reader))?;
    let whole = views::of_page(cx, kind, &asked, &saved).map_err(|refused| refused_page(&reader, &refused))?;
    let (query, mut faults) = match ask::query(cx, kind.noun, &whole.asked) {
        Ok(query) => (query, Vec::new()),
        Err(faults) => (Query { limit: ask::PAGE, ..Query::new() }, faults),
    };
    let (chosen, wrong) = views::asked_for(kind, &whole.asked);
    faults.extend(wrong);
    let asked = &whole.links;
    let found = cx.app.store.list(kind.noun, &query, cx.scope()).await.map_err(broken(&reader))?;
    let fields = chosen.unwrap_or_else(|| worth_saying(cx, kind, &found.rows));
    let bulk = bulk(cx, kind);
    let mut lines = lines(cx, kind, &found.rows, &fields, bulk.is_some()).await.map_err(broken(&reader))?;
    let here = (!asked.is_empty()).then(|| href(kind, asked, &[], None));
    for line in &mut lines {
        line.href = back::carried(std::mem::take(&mut line.href), here.as_deref());
    }
    let filters = filters::filters(cx, kind, &whole.asked).await.map_err(broken(&reader))?;
    let chips = filters::chips(cx, kind, &whole).await.map_err(broken(&reader))?;
    let mut layout = titled(&reader, cx.word(&format!("{}.plural", kind.noun.name)).to_owned());
    layout.flash.extend(faults.iter().map(|fault| flash_of(Tone::Bad, cx.app.text(cx.lang, fault))));
    layout.flash.extend(whole.left_out.iter().map(|fault| {
        let reason = cx.app.text(cx.lang, fault);
        flash_of(Tone::Warn, cx.app.words.fill(cx.lang, "views.left_out", &[("reason", reason)]))
    }));
    let may = |verb| cx.may(kind.noun.name, verb);
    let t = words(&cx.app, cx.lang);
    let page = ListPage {
        heading: layout.title.clone(),
        description: optional(cx, &format!("{}.about", kind.noun.name)),
        total: t.put("ui.total", &thousands(found.total)),
        action: format!("/{plural}"),
        kept: tools::kept(asked),
        clear: tools::everything(cx, kind, &saved),
        columns: fields.iter().map(|field| column(cx, kind, field, asked, &query)).collect(),
        pager: pager(cx, kind, asked, &query, &found),
        new: may("create").then(|| LinkView { label: begin(cx, kind.noun), href: format!("/{plural}/new") }),
        find: find::link(cx, kind),
        import: may("import").then(|| format!("/{plural}/import")),
        exports: if may("export") { exports(cx, kind, asked) } else { Vec::new() },
        empty: empty(cx, kind),
        rows: lines,
        filters,
        chips,
        bulk,
        tools: Some(tools::tools(cx, kind, &saved, &whole, &fields, here)),
        layout,
        t,
    };
    Ok(fresh.mark(kept(&cx.app, kind.noun, render(&page))))
}

/// What a list shows to whoever chose nothing, less the school that he belongs to where it stood on every line. The first column leads to the record and stays.
fn worth_saying(cx: &Cx, kind: &Kind, rows: &[Row]) -> Vec<&'static Field> {
    let home = cx.scope().home;
    let his = |row: &Row, field: &Field| home.is_some() && row.get(kind.noun, field.name).id() == home;
    let known = |field: &Field| !rows.is_empty() && rows.iter().all(|row| his(row, field));
    let columns = shown(kind).into_iter().enumerate();
    columns.filter(|(at, field)| *at == 0 || !known(field)).map(|(_, field)| field).collect()
}

/// A word that need not exist.
pub(super) fn optional(cx: &Cx, key: &str) -> String {
    if cx.app.words.has(key) { cx.word(key).to_owned() } else { String::new() }
}

fn empty(cx: &Cx, kind: &Kind) -> String {
    let own = optional(cx, &format!("{}.empty", kind.noun.name));
    let common = if cx.may(kind.noun.name, "create") { "ui.empty_new" } else { "ui.empty" };
    if own.is_empty() { cx.word(common).to_owned() } else { own }
}

/// What may be done to several rows at once, if anything.
fn bulk(cx: &Cx, kind: &Kind) -> Option<BulkView> {
    let mut moves = kind.life?.moves().iter().filter(|spec| spec.bulk && cx.may(kind.noun.name, spec.name));
    moves.next()?;
    Some(BulkView {
        action: format!("/{}/bulk", kind.noun.plural),
        label: cx.word("ui.bulk").to_owned(),
        icon: "list-check".into(),
    })
}

fn column(cx: &Cx, kind: &Kind, field: &'static Field, asked: &Typed, query: &Query) -> ColumnView {
    let sortable = field.sorted && field.sealed.is_none() && cx.sees(kind.noun, field);
    let sort = sortable.then(|| {
        let (now, next) = match (query.sort == Some(field.name), query.descending) {
            (true, false) => (Sorted::Up, format!("-{}", field.name)),
            (true, true) => (Sorted::Down, field.name.to_owned()),
            (false, _) => (Sorted::No, field.name.to_owned()),
        };
        SortView { href: href(kind, asked, &["sort", "after", "before"], Some(("sort", &next))), now }
    });
    let number = matches!(field.kind, FieldKind::Int { .. } | FieldKind::Real { .. });
    ColumnView { label: rows::label(cx, kind, field.name), sort, number }
}

fn pager(cx: &Cx, kind: &Kind, asked: &Typed, query: &Query, found: &store::Page) -> PagerView {
    let go = |name: &str, place: &kit::query::Place| href(kind, asked, PLACES, Some((name, &ask::place_word(place))));
    let here = i64::try_from(found.rows.len()).unwrap_or_default();
    let range = if query.place.is_none() && here > 0 {
        format!("1–{}", thousands(here))
    } else {
        cx.app.words.fill(cx.lang, "ui.rows_here", &[("n", thousands(here))])
    };
    PagerView {
        range,
        first: query.place.is_some().then(|| href(kind, asked, PLACES, None)),
        previous: found.previous.as_ref().map(|place| go("before", place)),
        next: found.next.as_ref().map(|place| go("after", place)),
    }
}

/// The same question as a file.
fn exports(cx: &Cx, kind: &Kind, asked: &Typed) -> Vec<LinkView> {
    let address = href(kind, asked, &["after", "before", "limit"], None);
    let question = address.split_once('?').map(|(_, question)| format!("?{question}")).unwrap_or_default();
    let link = |ending: &str| LinkView {
        label: cx.word(&format!("ui.export_{ending}")).to_owned(),
        href: format!("/{}/export.{ending}{question}", kind.noun.plural),
    };
    let own = kind.files.iter().map(|(file, label)| LinkView {
        label: cx.word(label).to_owned(),
        href: format!("/{}/{file}{question}", kind.noun.plural),
    });
    own.chain([link("xlsx"), link("csv")]).collect()
}
