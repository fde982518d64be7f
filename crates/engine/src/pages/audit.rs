//! Who opened what, and why: the log of sensitive readings.

use std::collections::HashMap;

use axum::response::Response;
use kit::dates;
use store::{Log, Reading, StoreError};
use uuid::Uuid;

use super::{broken, kept, layout, rows, thousands, timeline, words};
use crate::app::Cx;
use crate::auth::ACCOUNT;
use crate::error::{refused_page, render};
use crate::save::Refused;
use crate::view::{CellView, ColumnView, ListPage, PagerView, RowView};
use crate::web::{Asked, Reader, labels};

/// As many as one page shows.
const SHOWN: u64 = 100;

/// Every reading can be seen, page by page: a log of which only the newest is shown is emptied by whoever reads on.
pub async fn page(reader: Reader, asked: Asked) -> Result<Response, Response> {
    let cx = &reader.cx;
    if !cx.may("audit", "read") {
        return Err(refused_page(&reader, &Refused::Missing));
    }
    let all = cx.app.store.aged(Log::Reading, i64::MAX).await.map_err(broken(&reader))?.count;
    let wanted = asked.get("page").and_then(|text| text.parse().ok()).unwrap_or(1);
    let turn = Turn::of(wanted, all);
    let beyond = (turn.page - 1) * SHOWN;
    let readings = cx.app.store.older_readings(beyond, SHOWN).await.map_err(broken(&reader))?;
    let rows = lines(cx, &readings).await.map_err(broken(&reader))?;
    // Reasons and names of persons: as closely kept as an account.
    Ok(kept(&cx.app, &ACCOUNT, render(&view(&reader, rows, &turn))))
}

/// Which page of the log is shown, and what there is around it.
struct Turn {
    page: u64,
    pages: u64,
    all: u64,
}

impl Turn {
    fn of(wanted: u64, all: u64) -> Self {
        let pages = all.div_ceil(SHOWN).max(1);
        Self { page: wanted.clamp(1, pages), pages, all }
    }

    fn pager(&self) -> PagerView {
        let to = |page: u64, there: bool| there.then(|| format!("/audit?page={page}"));
        let first = (self.page - 1) * SHOWN;
        let whole = i64::try_from(self.all).unwrap_or(i64::MAX);
        PagerView {
            range: format!("{}–{} / {}", first + self.all.min(1), (first + SHOWN).min(self.all), thousands(whole)),
            first: to(1, self.page > 2),
            previous: to(self.page - 1, self.page > 1),
            next: to(self.page + 1, self.page < self.pages),
        }
    }
}

async fn lines(cx: &Cx, readings: &[Reading]) -> Result<Vec<RowView>, StoreError> {
    let who = timeline::accounts(cx, readings.iter().map(|reading| reading.1).collect()).await?;
    let mut wanted: HashMap<&'static str, Vec<Uuid>> = HashMap::new();
    for (_, _, noun, record, _, _) in readings {
        if let Some(kind) = cx.app.kind_of(noun) {
            wanted.entry(kind.noun.name).or_default().push(*record);
        }
    }
    let titles = labels(cx, wanted).await?;
    let row = |(at, actor, noun, record, field, reason): &Reading| {
        // An export concerns no one field.
        let kind = cx.app.kind_of(noun).filter(|_| !field.is_empty());
        let label = kind.map(|kind| rows::label(cx, kind, field)).unwrap_or_default();
        let texts = [
            dates::shanghai_time(*at).format("%Y-%m-%d %H:%M").to_string(),
            // From the command line nobody is signed in.
            if actor.is_nil() { cx.word("ui.program").to_owned() } else { who.get(actor).cloned().unwrap_or_default() },
            cx.word(noun).to_owned(),
            titles.get(record).cloned().unwrap_or_default(),
            label,
            reason.clone(),
        ];
        RowView { href: String::new(), cells: texts.into_iter().map(CellView::text).collect(), pick: None }
    };
    Ok(readings.iter().map(row).collect())
}

fn view(reader: &Reader, rows: Vec<RowView>, turn: &Turn) -> ListPage {
    let cx = &reader.cx;
    let column = |key: &str| ColumnView { label: cx.word(key).to_owned(), ..ColumnView::default() };
    let t = words(&cx.app, cx.lang);
    ListPage {
        layout: layout(reader, "ui.audit"),
        heading: cx.word("ui.audit").to_owned(),
        description: cx.word("ui.audit_lead").to_owned(),
        total: t.put("ui.total", &thousands(i64::try_from(turn.all).unwrap_or(i64::MAX))),
        action: "/audit".into(),
        filters: Vec::new(),
        kept: Vec::new(),
        chips: Vec::new(),
        clear: "/audit".into(),
        columns: ["ui.when", "ui.who", "ui.what", "ui.record", "ui.field", "ui.reason"].map(column).to_vec(),
        rows,
        pager: turn.pager(),
        new: None,
        find: None,
        import: None,
        exports: Vec::new(),
        bulk: None,
        tools: None,
        empty: cx.word("ui.audit_empty").to_owned(),
        t,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reading_stands_on_a_page() {
        let around = |wanted, all| {
            let turn = Turn::of(wanted, all);
            let pager = turn.pager();
            (turn.page, pager.range, pager.previous, pager.next)
        };
        let to = |page: u64| Some(format!("/audit?page={page}"));
        assert_eq!(around(1, 0), (1, "0–0 / 0".to_owned(), None, None));
        assert_eq!(around(1, 100), (1, "1–100 / 100".to_owned(), None, None));
        assert_eq!(around(2, 1_234), (2, "101–200 / 1,234".to_owned(), to(1), to(3)));
        assert_eq!(around(13, 1_234), (13, "1201–1234 / 1,234".to_owned(), to(12), None));
        assert_eq!((around(0, 5).0, around(u64::MAX, 101).0), (1, 2), "an address that somebody typed");
    }
}
