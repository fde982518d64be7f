//! Exact totals: what the tallies say is what one counts, after any changes, refused ones among them; and a page that is read in
//! parts is the page that a plain sort gives. On both databases.

use areas::hazards::record::{Category, HAZARD, State};
use chrono::Days;
use kit::{Author, Cell, Change, Query, Row, Scope, Test};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use uuid::Uuid;

use crate::county::{self, County};

/// Questions of every kind that a tally answers, and some that none does.
fn questions(day: chrono::NaiveDate, school: Uuid) -> Vec<Query> {
    let open = || Query::new().among("state", &["graded", "handed_over", "rectifying", "submitted"]);
    vec![
        Query::new(),
        open(),
        open().up_to("due_on", day),
        Query::new().not_among("state", &["mistaken", "merged"]).within("found_on", day - Days::new(200), day),
        Query::new().is("school", Cell::Id(school)).among("grade", &["major"]),
        Query::new().is("grade", Cell::Null),
        Query::new().among("category", &["fire", "food"]),
        Query::new().filter("township", Test::Present),
        Query::new().filter("closed_on", Test::After("due_on")),
        open().filter("keeper", Test::Present).among("source", &["self_check", "tip"]),
        Query { sort: Some("due_on"), ..open() },
        open().up_to("due_on", day).as_of(day - Days::new(1)),
        Query { sort: Some("due_on"), ..Query::new().is("school", Cell::Id(school)).as_of(day - Days::new(90)) },
        Query { sort: Some("closed_on"), descending: true, ..Query::new().among("category", &["fire"]) },
    ]
}

/// Filters in any mixture, in any order of the list.
fn mixtures(dice: &mut StdRng, day: chrono::NaiveDate, school: Uuid) -> Vec<Query> {
    let one = |dice: &mut StdRng| {
        let sort = ["found_on", "due_on", "closed_on"].choose(dice).copied();
        let mut query = Query { sort, descending: dice.random(), ..Query::new() };
        for _ in 0..dice.random_range(1..5) {
            let back = day - Days::new(dice.random_range(0..400));
            query = match dice.random_range(0..9) {
                0 => query.among("source", &["self_check", "inspection"]),
                1 => query.among("category", &["fire", "food", "building"]),
                2 => query.among("state", &["closed", "rectifying"]),
                3 => query.among("place_kind", &["school"]),
                4 => query.is("on_the_spot", Cell::Bool(dice.random())),
                5 => query.within("found_on", back, day),
                6 => query.up_to("due_on", back),
                7 => query.filter("closed_on", Test::After("due_on")),
                _ => query.is("school", Cell::Id(school)),
            };
        }
        query
    };
    (0..8).map(|_| one(dice)).collect()
}

/// Every total beside the number of rows that are there, and every page beside the rows in their order.
async fn agree(county: &County, eyes: &[(&str, Scope)], questions: &[Query], seed: u64) {
    let store = &county.app.store;
    assert_eq!(store.check_tallies().await.unwrap(), 0, "{}: seed {seed}", county.backend());
    for (who, scope) in eyes {
        for query in questions {
            let mut rows = store.all(&HAZARD, query, scope).await.unwrap();
            let total = store.count(&HAZARD, query, scope).await.unwrap();
            assert_eq!(
                usize::try_from(total),
                Ok(rows.len()),
                "{} as {who}: {query:?} (seed {seed})",
                county.backend()
            );
            let page = store.list(&HAZARD, &Query { limit: 7, ..query.clone() }, scope).await.unwrap();
            let (field, descending) = query.sort.map_or(("found_on", true), |field| (field, query.descending));
            rows.sort_by_key(|row| (row.get(&HAZARD, field).date(), row.id));
            if descending {
                rows.reverse();
            }
            let ids = |rows: &[Row]| rows.iter().take(7).map(|row| row.id).collect::<Vec<_>>();
            assert_eq!(ids(&page.rows), ids(&rows), "{} as {who}: {query:?} (seed {seed})", county.backend());
            assert_eq!(page.total, total);
        }
    }
}

/// Something that somebody might do to a hazard, or to a new one like it.
fn change(dice: &mut StdRng, county: &County, rows: &[Row]) -> Change {
    let before = rows.choose(dice).unwrap().clone();
    let mut after = before.clone();
    let mut set = |field: &str, cell: Cell| after.set(&HAZARD, field, cell);
    match dice.random_range(0..6) {
        0 => set("state", Cell::from_code(State::CODES.choose(dice).unwrap())),
        1 => set(
            "grade",
            [Cell::Null, Cell::from_code("general"), Cell::from_code("major")][dice.random_range(0..3)].clone(),
        ),
        2 => set("category", Cell::from_code(Category::CODES.choose(dice).unwrap())),
        3 => set("school", rows.choose(dice).unwrap().get(&HAZARD, "school").clone()),
        4 => {
            let day = before.get(&HAZARD, "found_on").date().unwrap();
            set("due_on", Cell::Date(day + Days::new(dice.random_range(0..40))));
        }
        _ => {
            after.id = county.app.store.new_id(county.app.clock.now());
            return Change::create(&HAZARD, "create", after);
        }
    }
    let mut change = Change::update(&HAZARD, "edit", before, after);
    // One in five comes too late: somebody else was faster, and nothing of it may remain.
    if dice.random_ratio(1, 5) {
        change.after.version -= 1;
    }
    change
}

trait Code {
    fn from_code(code: &str) -> Cell;
}

impl Code for Cell {
    fn from_code(code: &str) -> Cell {
        Cell::Text(code.to_owned())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_what_one_counts_whatever_happens_on_postgresql() {
    totals_are_what_one_counts(county::postgres().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn totals_are_what_one_counts_whatever_happens_on_sqlite() {
    totals_are_what_one_counts(county::sqlite().await).await;
}

async fn totals_are_what_one_counts(county: County) {
    let store = &county.app.store;
    let mut eyes = vec![("the county", Scope::county())];
    for login in ["school", "township", "inspector", "guard"] {
        eyes.push((login, county.cx(login).await.actor.scope));
    }
    let school = eyes[1].1.home.unwrap();
    let today = county.cx("bureau").await.today();
    let questions = questions(today, school);
    for seed in 1..=3 {
        let mut dice = StdRng::seed_from_u64(seed);
        for _ in 0..12 {
            let rows = store.all(&HAZARD, &Query::new(), &Scope::county()).await.unwrap();
            let author = || Author { actor: None, at: county.app.clock.now(), request: store.new_id(0) };
            // Several jobs at once share a transaction; one that fails is tried for itself and leaves nothing.
            let jobs = (0..dice.random_range(1..6)).map(|_| {
                let changes = (0..dice.random_range(1..4)).map(|_| change(&mut dice, &county, &rows));
                store.commit(author(), changes.collect())
            });
            futures_util::future::join_all(jobs.collect::<Vec<_>>()).await;
        }
        let mixtures = mixtures(&mut dice, today, school);
        agree(&county, &eyes, &[questions.as_slice(), &mixtures].concat(), seed).await;
    }
    // Somebody writes past the house: the tallies are found wrong, and are made anew.
    county.raw("update hazard set state = 'closed' where state <> 'closed'").await;
    assert!(store.check_tallies().await.unwrap() > 0);
    store.remake_tallies().await.unwrap();
    agree(&county, &eyes, &questions, 0).await;
}

/// A county from before there were tallies gets them with its first opening.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_county_gets_its_tallies() {
    for county in county::both().await {
        for table in ["tally_hazard_1", "tally_hazard_5"] {
            county.raw(&format!("drop table {table}")).await;
        }
        county.raw("delete from tally where name in ('tally_hazard_1', 'tally_hazard_5')").await;
        county.raw("insert into tally (name, fields) values ('tally_gone_1', 'nothing')").await;
        let county = county.reopen().await;
        assert_eq!(county.app.store.check_tallies().await.unwrap(), 0, "{}", county.backend());
    }
}

/// An index that did not know one of the mixed fields would still answer, by looking at every row.
#[tokio::test(flavor = "multi_thread")]
async fn every_mixed_field_stands_in_the_index_of_every_order() {
    for county in county::both().await {
        let mut seen = 0;
        for noun in county.app.store.nouns() {
            let mixed: Vec<_> = noun.fields.iter().filter(|field| field.mixed).map(|field| field.name).collect();
            let units = noun.scope.units;
            let unit = units.first().copied().unwrap_or_default();
            let orders = noun.fields.iter().filter(|field| field.sorted && field.mixed);
            for (index, other) in orders.flat_map(|order| {
                [
                    (format!("{}_{}", noun.name, order.name), true),
                    (format!("{}_{unit}_{}", noun.name, order.name), false),
                ]
            }) {
                let question = match county.backend() {
                    "SQLite" => format!("select name from pragma_index_xinfo('{index}') where name is not null"),
                    _ => format!("select attname::text from pg_attribute where attrelid = '{index}'::regclass"),
                };
                let columns = county::texts(&county.target, &question).await;
                for field in mixed.iter().filter(|field| other || !units.contains(field)) {
                    assert!(columns.iter().any(|column| column == field), "{index} does not know {field}: {columns:?}");
                }
                seen += 1;
            }
        }
        assert!(seen >= 6, "{}", county.backend());
    }
}
