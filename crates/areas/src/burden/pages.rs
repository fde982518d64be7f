//! `/burden`: for those who decide what is asked of others.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::response::Response;
use axum::routing::get;
use chrono::Days;
use engine::auth::ACCOUNT;
use engine::error::{refused_page, render};
use engine::figures::{TableView, TablesPage};
use engine::pages::{layout, words};
use engine::save::Refused;
use engine::view::{CellKind, CellView, RowView};
use engine::web::Reader;
use engine::{App, Cx};
use kit::{Query, Role, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use super::count::{self, Burden, Effort, PEOPLE};
use super::twice::{self, Asked};

/// Whole weeks, so that a Sunday is in it as often as a Monday.
const WEEKS: u64 = 4;
/// As many fields and forms as one reads.
const LINES: usize = 15;

pub fn routes() -> Router<Arc<App>> {
    Router::new().route("/burden", get(page))
}

async fn page(reader: Reader) -> Response {
    if !reader.cx.may("burden", "read") {
        return refused_page(&reader, &Refused::Missing);
    }
    match tables(&reader.cx).await {
        Ok(tables) => render(&TablesPage {
            t: words(&reader.cx.app, reader.cx.lang),
            layout: layout(&reader, "burden.title"),
            heading: reader.cx.word("burden.title").to_owned(),
            lead: reader.cx.app.words.fill(
                reader.cx.lang,
                "burden.lead",
                &[("weeks", WEEKS.to_string()), ("n", PEOPLE.to_string())],
            ),
            others: Vec::new(),
            tables,
            empty: reader.cx.word("burden.none").to_owned(),
        }),
        Err(error) => refused_page(&reader, &Refused::Broken(error)),
    }
}

async fn tables(cx: &Cx) -> Result<Vec<TableView>, StoreError> {
    let from = cx.today().checked_sub_days(Days::new(7 * WEEKS)).unwrap_or(cx.today());
    let entries = cx.app.store.entered(dates::shanghai_start(from), cx.now + 1).await?;
    let burden = count::count(&entries, &roles(cx).await?);
    let tables = [by_role(cx, &burden), by_form(cx, &burden), by_field(cx, &burden), asked_twice(cx)];
    Ok(tables.into_iter().filter(|table| !table.rows.is_empty()).collect())
}

async fn roles(cx: &Cx) -> Result<HashMap<Uuid, Role>, StoreError> {
    let rows = cx.app.store.all(&ACCOUNT, &Query::new(), &Scope::county()).await?;
    let role = |row: &kit::Row| row.get(&ACCOUNT, "role").text().and_then(|code| code.parse().ok());
    Ok(rows.iter().filter_map(|row| Some((row.id, role(row)?))).collect())
}

fn table(cx: &Cx, name: &str, columns: &[&str], rows: Vec<RowView>) -> TableView {
    let columns = columns.iter().map(|column| cx.word(&format!("burden.{column}")).to_owned()).collect();
    TableView { heading: cx.word(&format!("burden.{name}")).to_owned(), columns, rows }
}

fn row(cells: Vec<CellView>) -> RowView {
    RowView { href: String::new(), cells, pick: None }
}

fn by_role(cx: &Cx, burden: &Burden) -> TableView {
    let line = |(role, effort): (&Role, &Effort)| {
        let mut cells = vec![CellView::text(cx.word(&format!("role.{}", role.code())))];
        if effort.few() {
            let kept = figure(cx.app.words.fill(cx.lang, "burden.few", &[("n", PEOPLE.to_string())]));
            cells.extend([kept, figure("—".into()), figure("—".into()), figure("—".into())]);
        } else {
            cells.extend([
                figure(effort.people.to_string()),
                figure(tenths(effort.entries * 10, effort.people * weeks())),
                figure(seconds(effort.median)),
                figure(timed(effort, 60_000, effort.people * weeks())),
            ]);
        }
        row(cells)
    };
    table(cx, "roles", &["role", "people", "weekly", "median", "minutes"], burden.roles.iter().map(line).collect())
}

fn by_form(cx: &Cx, burden: &Burden) -> TableView {
    let mut forms: Vec<_> = burden.forms.iter().filter(|(_, effort)| !effort.few()).collect();
    forms.sort_by_key(|(_, effort)| std::cmp::Reverse((effort.together, effort.entries)));
    let line = |((noun, verb), effort): &(&(String, String), &Effort)| {
        row(vec![
            CellView::text(form(cx, noun, verb)),
            figure(effort.entries.to_string()),
            figure(seconds(effort.median)),
            figure(timed(effort, 3_600_000, 1)),
        ])
    };
    table(cx, "forms", &["form", "entries", "median", "hours"], forms.iter().take(LINES).map(line).collect())
}

/// A field of a record's own form is asked for as often as that form was sent.
fn by_field(cx: &Cx, burden: &Burden) -> TableView {
    let sent = |noun: &str, verbs: &[&str]| -> usize {
        verbs
            .iter()
            .filter_map(|verb| burden.forms.get(&(noun.to_owned(), (*verb).to_owned())))
            // Of a form that few people send it is not said how often, field by field neither.
            .filter(|effort| !effort.few())
            .map(|effort| effort.entries)
            .sum()
    };
    let kinds = cx.app.areas.iter().flat_map(|area| &area.kinds);
    let mut asked = Vec::new();
    for kind in kinds {
        let own = sent(kind.noun.name, &["create", "edit"]);
        asked.extend(
            kind.noun.fields.iter().filter(|field| field.writable()).map(|field| (own, kind.noun.name, None, field)),
        );
        for spec in kind.life.iter().flat_map(|life| life.moves()) {
            let times = sent(kind.noun.name, &[spec.name]);
            asked.extend(spec.fields.iter().map(|field| (times, kind.noun.name, Some(spec.name), field)));
        }
    }
    asked.retain(|(times, ..)| *times > 0);
    // Stable: what a form asks for stays in the form's order.
    asked.sort_by_key(|(times, ..)| std::cmp::Reverse(*times));
    let line = |(times, noun, step, field): &(usize, &str, Option<&str>, &kit::Field)| {
        let place = step.map_or_else(|| cx.word(noun).to_owned(), |step| form(cx, noun, step));
        let must = if field.required { "burden.must" } else { "burden.may" };
        row(vec![
            CellView::text(place),
            CellView::text(name(cx, noun, *step, field.name)),
            figure(times.to_string()),
            CellView::text(cx.word(must)),
        ])
    };
    table(cx, "fields", &["form", "field", "times", "required"], asked.iter().take(LINES).map(line).collect())
}

fn asked_twice(cx: &Cx) -> TableView {
    let twice = twice::twice(cx.app.areas.iter().flat_map(|area| &area.kinds));
    let place = |one: &Asked| {
        let form = one.step.map_or_else(|| cx.word(one.noun).to_owned(), |step| form(cx, one.noun, step));
        format!("{form} · {}", name(cx, one.noun, one.step, one.field))
    };
    let line = |asked: &Vec<Asked>| {
        let places = |source: bool| {
            asked.iter().filter(|one| one.source == source).map(place).collect::<Vec<_>>().join(cx.word("ui.comma"))
        };
        row(vec![CellView::text(places(true)), CellView::text(places(false))])
    };
    table(cx, "twice", &["source", "again"], twice.values().map(line).collect())
}

fn figure(text: String) -> CellView {
    CellView { text, kind: CellKind::Number }
}

/// 隐患 · 整改完成
fn form(cx: &Cx, noun: &str, verb: &str) -> String {
    let own = format!("move.{noun}.{verb}");
    let common = format!("ui.verb.{verb}");
    let verb = if cx.app.words.has(&own) { cx.word(&own) } else { cx.word(&common) };
    format!("{} · {verb}", cx.word(noun))
}

/// What a field is called: a move may call it otherwise than the record does.
fn name(cx: &Cx, noun: &str, step: Option<&str>, field: &str) -> String {
    let own = step.map(|step| format!("move.{noun}.{step}.{field}")).filter(|key| cx.app.words.has(key));
    cx.word(&own.unwrap_or_else(|| format!("{noun}.{field}"))).to_owned()
}

fn weeks() -> usize {
    usize::try_from(WEEKS).unwrap_or(1)
}

/// How many units of so many milliseconds were spent, each divided among so many. What nobody timed did not take no time at all.
fn timed(effort: &Effort, unit: usize, by: usize) -> String {
    let together = usize::try_from(effort.together).unwrap_or_default();
    if effort.median.is_some() { tenths(together * 10, unit * by) } else { "—".to_owned() }
}

fn seconds(median: Option<i64>) -> String {
    median.map_or_else(|| "—".to_owned(), |millis| (millis / 1000).to_string())
}

/// A quotient of which the dividend counts tenths, rounded half up: `12.3`.
fn tenths(tenths: usize, by: usize) -> String {
    let by = by.max(1);
    let value = (tenths + by / 2) / by;
    format!("{}.{}", value / 10, value % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_nobody_timed_took_no_time_that_is_known_and_what_is_known_is_rounded() {
        for (tenths_of, by, said) in [(0, 1, "0.0"), (10, 3, "0.3"), (20, 3, "0.7"), (123, 1, "12.3"), (5, 0, "0.5")] {
            assert_eq!(tenths(tenths_of, by), said);
        }
        let effort = |median, together| Effort { people: 5, entries: 9, median, together };
        assert_eq!(timed(&effort(None, 0), 60_000, 20), "—");
        assert_eq!(timed(&effort(Some(30_000), 3_570_000), 60_000, 20), "3.0");
        assert_eq!(timed(&effort(Some(30_000), 3_570_000), 3_600_000, 1), "1.0");
    }
}
