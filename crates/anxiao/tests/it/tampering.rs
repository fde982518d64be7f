//! Someone with the database's own shell changes something: it is found, and named.

use kit::Kind;

use crate::backup::Home;
use crate::county::{self, County};

#[tokio::test(flavor = "multi_thread")]
async fn an_untouched_county_is_whole() {
    for county in county::both().await {
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
    }
}

/// Beside a server that goes on writing and signing, nothing is taken for altered that is only newer.
#[tokio::test(flavor = "multi_thread")]
async fn a_county_that_is_being_written_is_whole() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        let proved = std::sync::atomic::AtomicBool::new(false);
        let write = async {
            let mut written = 0;
            while !proved.load(std::sync::atomic::Ordering::SeqCst) {
                let body = serde_json::json!({ "place_kind": "school", "place": format!("操场{written}"), "description": "跑道积水", "category": "building", "source": "self_check", "found_on": "2021-12-20" });
                let (status, answer) = county.post(&token, "/api/v1/hazards", body).await;
                assert_eq!(status, axum::http::StatusCode::CREATED, "{answer}");
                county.app.store.checkpoint(county.app.clock.now()).await.unwrap();
                written += 1;
            }
            written
        };
        let prove = async {
            for _ in 0..4 {
                assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
                assert_eq!(county.app.store.check_search().await.unwrap(), 0, "{}", county.backend());
            }
            proved.store(true, std::sync::atomic::Ordering::SeqCst);
        };
        let (written, ()) = tokio::join!(write, prove);
        assert!(written > 3, "{}: {written}", county.backend());
    }
}

/// Another value for a column, in SQL.
pub fn other_value(kind: Option<&Kind>, column: &str, backend: &str) -> String {
    match kind {
        None => "\"version\" + 1".to_owned(),
        Some(Kind::Bool) => format!("not coalesce(\"{column}\", false)"),
        Some(Kind::Int { .. } | Kind::Moment) => format!("coalesce(\"{column}\", 0) + 1000"),
        Some(Kind::Real { .. }) => format!("coalesce(\"{column}\", 0) + 0.5"),
        Some(Kind::Date) if backend == "PostgreSQL" => format!("coalesce(\"{column}\", '2001-02-03'::date) + 1000"),
        Some(Kind::Date) => format!("date(coalesce(\"{column}\", '2001-02-03'), '+1000 days')"),
        Some(Kind::Ref(_)) => "id".to_owned(),
        // The last of its codes, which is rarely in use: where a code is part of a key, another row may have the first.
        Some(Kind::Choice(codes)) => {
            format!("case when \"{column}\" = '{0}' then '{1}' else '{0}' end", codes[codes.len() - 1], codes[0])
        }
        Some(Kind::Text { .. } | Kind::Long { .. }) => format!("coalesce(\"{column}\", '') || 'x'"),
    }
}

/// Each column of a table is edited in a row of its own, in all tables at once, so that one verification must name them all; what has fewer rows
/// than columns has its turn again.
#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_every_table_is_watched() {
    for county in county::both().await {
        let mut tables = tables(&county).await;
        let mut edits = 0;
        while !tables.is_empty() {
            let (mut keep, mut edit, mut mend) = (String::new(), String::new(), String::new());
            let mut edited = Vec::new();
            for Table { noun, rows, columns } in &mut tables {
                keep += &format!("create table \"kept_{noun}\" as select * from \"{noun}\";\n");
                for (row, (column, kind)) in rows.iter().zip(columns.drain(..columns.len().min(rows.len()))) {
                    let (value, place) = (other_value(kind, column, county.backend()), place_of(&county, *row));
                    edit += &format!("update \"{noun}\" set \"{column}\" = {value} where id = {place};\n");
                    edited.push((*noun, column, row.to_string()));
                }
                mend += &format!("delete from \"{noun}\";\ninsert into \"{noun}\" select * from \"kept_{noun}\";\n");
                mend += &format!("drop table \"kept_{noun}\";\n");
            }
            county.raw(&keep).await;
            county.raw(&edit).await;
            let flaws = county.flaws().await;
            for (noun, column, row) in &edited {
                let named = flaws.iter().any(|flaw| flaw.contains(row) && flaw.contains(column));
                assert!(named, "{} {noun}.{column}: {flaws:?}", county.backend());
            }
            assert_eq!(flaws.len(), edited.len(), "{flaws:?}");
            edits += edited.len();
            county.raw(&mend).await;
            tables.retain(|table| !table.columns.is_empty());
        }
        assert!(edits > 100);
        assert!(county.flaws().await.is_empty());
    }
}

/// A table that has rows, with the columns that are still to be edited.
struct Table {
    noun: &'static str,
    rows: Vec<uuid::Uuid>,
    columns: Vec<(&'static str, Option<&'static Kind>)>,
}

/// Tables in which the sample has nothing to edit: what comes to them is told as that of the others is, by the same code. One more is noticed.
const EMPTY: [&str; 11] = [
    "climb",
    "device",
    "disposal",
    "duty_feed",
    "handover",
    "incident",
    "outbreak",
    "reading_day",
    "reminder",
    "report_snapshot",
    "saved_view",
];

async fn tables(county: &County) -> Vec<Table> {
    let (mut tables, mut empty) = (Vec::new(), Vec::new());
    for noun in areas::house::nouns() {
        let rows = county.app.store.all(noun, &kit::Query::new(), &kit::Scope::county()).await.unwrap();
        let rows: Vec<_> = rows.iter().map(|row| row.id).take(noun.fields.len() + 1).collect();
        let fields = noun.fields.iter().map(|field| (field.name, Some(&field.kind)));
        let columns = std::iter::once(("version", None)).chain(fields).collect();
        if rows.is_empty() {
            empty.push(noun.name);
        } else {
            tables.push(Table { noun: noun.name, rows, columns });
        }
    }
    empty.sort_unstable();
    assert_eq!(empty, EMPTY, "{}", county.backend());
    tables
}

fn place_of(county: &County, id: uuid::Uuid) -> String {
    if county.backend() == "SQLite" { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_column_of_the_history_is_watched() {
    let columns = [
        ("at", "at + 1"),
        ("noun", "noun || 'x'"),
        ("verb", "verb || 'x'"),
        ("record", "id"),
        ("request", "id"),
        ("id", "record"),
        ("actor", "record"),
        ("payload", "payload || ' '"),
        ("payload_hash", "hash"),
        ("prev", "payload_hash"),
        ("hash", "payload_hash"),
        ("seq", "seq + 1000000"),
    ];
    for (column, value) in columns {
        for county in county::both().await {
            assert_eq!(county.raw(&format!("update event set {column} = {value} where seq = 2000")).await, 1);
            let flaws = county.flaws().await;
            let named =
                flaws.iter().any(|flaw| flaw.contains("2000") || flaw.contains("1999") || flaw.contains("2001"));
            assert!(named, "{} {column}: {flaws:?}", county.backend());
        }
    }
}

/// The note of where the history ends is one row of two columns: neither may be touched unseen, and what it says wrongly is not signed.
#[tokio::test(flavor = "multi_thread")]
async fn both_columns_of_the_history_s_end_are_watched() {
    let cases = [
        ("seq = seq + 1", "the history ends at event"),
        ("seq = seq - 1", "the history ends at event"),
        ("hash = (select prev from event where event.seq = chain.seq)", "another hash than event"),
        ("seq = seq - 1, hash = (select prev from event where event.seq = chain.seq)", "the history ends at event"),
    ];
    for (change, says) in cases {
        for county in county::both().await {
            let kept = std::fs::read_to_string(county.checkpoints()).unwrap();
            assert_eq!(county.raw(&format!("update chain set {change} where id = 1")).await, 1);
            let flaws = county.flaws().await;
            assert!(flaws.len() == 1 && flaws[0].contains(says), "{} {change}: {flaws:?}", county.backend());
            let signed = county.app.store.checkpoint(county.app.clock.now()).await;
            assert!(matches!(signed, Err(store::StoreError::Head(_))), "{} {change}: {signed:?}", county.backend());
            assert_eq!(std::fs::read_to_string(county.checkpoints()).unwrap(), kept);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_swapping_inserting_and_cutting_are_found() {
    let last = "(select max(seq) from event)";
    let cases = [
        ("delete from event where seq = 100", "event 100 is missing"),
        ("delete from event where seq > 4000", "the history ends at event 4000"),
        (
            "update event set seq = case seq when 100 then -1 else 100 end where seq in (100, 101); update event set seq = 101 where seq = -1",
            "event 100",
        ),
        (
            &format!(
                "insert into event select {last} + 1, id, at, actor, noun, record, verb, request, payload_hash, prev, hash, payload from event where seq = 5"
            ),
            "does not follow",
        ),
        ("delete from pupil where id = (select id from pupil limit 1)", "has events but no row"),
        (
            "update person_key set wrapped = (select wrapped from person_key order by person limit 1) where person = (select id from pupil where id_number is not null order by id desc limit 1)",
            "was exchanged or altered",
        ),
    ];
    for (statement, says) in cases {
        for county in county::both().await {
            for part in statement.split("; ") {
                county.raw(part).await;
            }
            let flaws = county.flaws().await;
            assert!(flaws.iter().any(|flaw| flaw.contains(says)), "{} {statement}: {flaws:?}", county.backend());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_cut_off_together_with_its_note_is_found_by_the_checkpoints() {
    for county in county::both().await {
        county.raw("delete from event where seq > 4000").await;
        county.raw("update chain set seq = 4000, hash = (select hash from event where seq = 4000) where id = 1").await;
        let flaws = county.flaws().await;
        assert!(flaws.iter().any(|flaw| flaw.contains("checkpoint was signed at event")), "{flaws:?}");
    }
}

/// The machine stopped while a checkpoint was written: the next one stands on a line of its own, and the history is whole.
#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_that_was_cut_short_speaks_against_nobody() {
    for county in county::both().await {
        let whole = std::fs::read_to_string(county.checkpoints()).unwrap();
        let line = whole.lines().last().unwrap();
        std::fs::write(county.checkpoints(), format!("{whole}{}", &line[..line.len() / 2])).unwrap();
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
        county.app.store.checkpoint(county.app.clock.now()).await.unwrap();
        let log = std::fs::read_to_string(county.checkpoints()).unwrap();
        assert!(log.lines().count() == whole.lines().count() + 2 && log.ends_with('\n'), "{log}");
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{}", county.backend());
        // What is whole counts on: a tail that is cut off is still found.
        county.raw("delete from event where seq > 4000").await;
        county.raw("update chain set seq = 4000, hash = (select hash from event where seq = 4000) where id = 1").await;
        let flaws = county.flaws().await;
        assert!(flaws.iter().any(|flaw| flaw.contains("checkpoint was signed at event")), "{flaws:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_without_any_checkpoint_is_not_called_whole() {
    for county in county::both().await {
        std::fs::write(county.checkpoints(), "").unwrap();
        let flaws = county.flaws().await;
        assert!(flaws.iter().any(|flaw| flaw.contains("no signed checkpoint")), "{} {flaws:?}", county.backend());
    }
}

/// What is no text at all where a person's wrapped key should stand is named like any other that does not open. PostgreSQL keeps its columns' types.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrapped_key_of_another_type_is_named() {
    let county = county::sqlite().await;
    let one = "(select id from pupil where id_number is not null order by id desc limit 1)";
    assert_eq!(county.raw(&format!("update person_key set wrapped = x'00ff' where person = {one}")).await, 1);
    let flaws = county.flaws().await;
    assert!(flaws.iter().any(|flaw| flaw.contains("was exchanged or altered")), "{flaws:?}");
}

/// Reports are printed from the totals, of which no event tells: they are held beside the rows.
#[tokio::test(flavor = "multi_thread")]
async fn totals_that_were_changed_by_hand_are_named() {
    for county in county::both().await {
        assert!(county.raw("update tally_hazard_3 set n = n + 5").await > 0);
        let wrong = county.app.store.wrong_tallies().await.unwrap();
        assert_eq!(wrong.keys().collect::<Vec<_>>(), ["tally_hazard_3"], "{}", county.backend());
        let backend = county.backend();
        let home = Home::of(county).await;
        let said = home.refused(&["verify"]);
        assert!(said.contains("WRONG  tally_hazard_3: ") && said.contains("things are wrong"), "{backend}: {said}");
        home.done(&["doctor", "--mend"]);
        assert!(home.done(&["verify"]).contains("the history is whole"), "{backend}");
    }
}
