//! An empty history with two nouns of its own: baskets, and the eggs that are parts of them.

use std::collections::{HashMap, HashSet};

use areas::sample;
use kit::{Author, Cell, Change, Field, Kind, Mask, Noun, Row, Scope, ScopeBy};
use proptest::collection::vec;
use proptest::prelude::*;
use store::keys::KeyFolder;
use store::{Event, Migration, Opening, Report, Store, Target};
use tempfile::TempDir;
use uuid::Uuid;

use crate::county;

const WORDS: &[&str] = &["north", "south"];

/// Some of its fields are called as those of its eggs are.
static BASKET_FIELDS: [Field; 6] = [
    Field::text("place", 40),
    Field::date("day"),
    Field::choice("state", WORDS),
    Field::int("size", 0, 9),
    Field::text("note", 40),
    Field::bool("shut"),
];

const fn egg_fields(basket: Field) -> [Field; 9] {
    [
        Field::text("place", 40),
        Field::refer("person", "person"),
        basket,
        Field::date("day"),
        Field::choice("state", WORDS),
        Field::int("size", 0, 9),
        // The basket's is nobody's, the egg's a person's.
        Field::text("note", 40).personal(Mask::Whole),
        Field::text("number", 40).sealed(Mask::Number, "number_index"),
        Field::index("number_index"),
    ]
}

static EGG_FIELDS: [Field; 9] = egg_fields(Field::refer("basket", "basket").whole());
/// The same before it was said to be a part.
static OLD_FIELDS: [Field; 9] = egg_fields(Field::refer("basket", "basket"));

const fn noun(name: &'static str, fields: &'static [Field], subject: Option<&'static str>) -> Noun {
    let scope = ScopeBy::EVERYONE;
    Noun { name, plural: name, fields, scope, title: &["place"], subject, order: "id", tallies: &[&["state"]] }
}

pub static BASKET: Noun = noun("basket", &BASKET_FIELDS, None);
pub static EGG: Noun = noun("egg", &EGG_FIELDS, Some("person"));
pub static OLD_EGG: Noun = noun("egg", &OLD_FIELDS, Some("person"));

const TABLES: Migration = Migration {
    name: "0001_eggs",
    sql: "
create table basket (id uuid primary key, version bigint not null, place text, day date, state text, size bigint, note text, shut boolean);
create table egg (id uuid primary key, version bigint not null,
  place text, person uuid, basket uuid, day date, state text, size bigint, note text, number text, number_index text)",
};

/// What is put into the fields `place`, `day`, `state`, `size`, `note` and `number`: nothing, or one of two values, so that whole and part are
/// often alike.
pub type Values = [u8; 6];

#[derive(Clone, Debug)]
pub enum Step {
    /// A basket with its eggs; each made by the same verb or by another, and the first perhaps changed in the same breath.
    Basket(Values, Vec<(Values, bool)>, bool),
    /// An egg for a basket that is there.
    Later(usize, Values),
    /// Another state of an egg, and of a basket.
    Egg(usize, Values),
    Turn(usize, Values),
}

pub fn step() -> impl Strategy<Value = Step> {
    let values = || proptest::array::uniform6(0_u8..3);
    let eggs = || vec((values(), prop::bool::weighted(0.9)), 0..4);
    prop_oneof![
        4 => (values(), eggs(), prop::bool::weighted(0.2)).prop_map(|(basket, eggs, again)| Step::Basket(basket, eggs, again)),
        1 => (any::<usize>(), values()).prop_map(|(at, values)| Step::Later(at, values)),
        3 => (any::<usize>(), values()).prop_map(|(at, values)| Step::Egg(at, values)),
        1 => (any::<usize>(), values()).prop_map(|(at, values)| Step::Turn(at, values)),
    ]
}

/// An empty history with two nouns of its own.
pub struct Shop {
    pub store: Store,
    pub target: Target,
    folder: TempDir,
    egg: &'static Noun,
    /// Every version that was read back.
    pub known: HashMap<Uuid, Vec<Row>>,
    pub baskets: Vec<Uuid>,
    pub eggs: Vec<Uuid>,
    next: u128,
}

impl Shop {
    pub async fn both(egg: &'static Noun) -> [Self; 2] {
        let schema = format!("county_{}", sample::COUNTY);
        let postgres = Target::Postgres { url: county::empty_database().await, schema };
        let folders = [TempDir::new().unwrap(), TempDir::new().unwrap()];
        let sqlite = Target::Sqlite(folders[0].path().join("anxiao.db"));
        let [one, two] = folders;
        [Self::new(one, sqlite, egg).await, Self::new(two, postgres, egg).await]
    }

    async fn new(folder: TempDir, target: Target, egg: &'static Noun) -> Self {
        KeyFolder::create(&folder.path().join("keys"), &mut |bytes: &mut [u8]| engine::clock::random(bytes)).unwrap();
        let store = open(&folder, &target, egg).await;
        Self { store, target, folder, egg, known: HashMap::new(), baskets: Vec::new(), eggs: Vec::new(), next: 1 }
    }

    /// The same history for a program that knows this noun.
    pub async fn reopened(self, egg: &'static Noun) -> Self {
        self.store.close().await;
        let store = open(&self.folder, &self.target, egg).await;
        Self { store, egg, ..self }
    }

    fn id(&mut self) -> Uuid {
        self.next += 1;
        Uuid::from_u128(self.next)
    }

    pub fn author(&mut self) -> Author {
        Author { actor: Some(Uuid::from_u128(7)), at: 1_640_000_000_000, request: self.id() }
    }

    fn made(&mut self, noun: &'static Noun, values: Values, basket: Option<Uuid>) -> Row {
        let mut row = Row::blank(noun, self.id());
        if let Some(basket) = basket {
            // Two persons, so that keys are shared and told apart.
            row.set(noun, "basket", Cell::Id(basket));
            row.set(noun, "person", Cell::Id(Uuid::from_u128(u128::MAX - u128::from(values[0]) % 2)));
        }
        filled(noun, row, values)
    }

    /// The changes of one job, and how many parts have no event of their own. A record is touched by one job of a round.
    fn job(&mut self, steps: &[Step], touched: &mut HashSet<Uuid>) -> (Vec<Change>, usize) {
        let (egg, mut changes, mut parts) = (self.egg, Vec::new(), 0);
        for step in steps {
            match step {
                Step::Basket(values, eggs, again) => {
                    let basket = self.made(&BASKET, *values, None);
                    let rows: Vec<_> =
                        eggs.iter().map(|(values, alike)| (self.made(egg, *values, Some(basket.id)), *alike)).collect();
                    touched.extend(rows.iter().map(|(row, _)| row.id).chain([basket.id]));
                    let told = rows.iter().filter(|(_, alike)| *alike && egg.whole().is_some()).count();
                    let verb = |alike: bool| if alike { "create" } else { "import" };
                    let first = changes.len();
                    changes.extend(rows.into_iter().map(|(row, alike)| Change::create(egg, verb(alike), row)));
                    let plain = |change: &&Change| *again && change.after.get(egg, "number").is_null();
                    let moved = changes.get(first).filter(plain).map(|made: &Change| {
                        let after = filled(egg, made.after.clone(), [0, 1, 2, 0, 2, 0]);
                        Change::update(egg, "move", made.after.clone(), after)
                    });
                    // Whoever is changed in the same breath has events of its own.
                    parts += told - usize::from(moved.is_some() && egg.whole().is_some() && eggs[0].1);
                    changes.extend(moved);
                    // The whole comes before its parts, or after them.
                    let at = if values[5] == 0 { first } else { changes.len() };
                    changes.insert(at, Change::create(&BASKET, "create", basket));
                }
                Step::Later(at, values) if !self.baskets.is_empty() => {
                    let basket = self.baskets[at % self.baskets.len()];
                    let row = self.made(egg, *values, Some(basket));
                    touched.insert(row.id);
                    changes.push(Change::create(egg, "create", row));
                }
                Step::Egg(at, values) => changes.extend(self.moved(egg, &self.eggs, *at, *values, touched)),
                Step::Turn(at, values) => changes.extend(self.moved(&BASKET, &self.baskets, *at, *values, touched)),
                Step::Later(..) => {}
            }
        }
        (changes, parts)
    }

    fn moved(
        &self,
        noun: &'static Noun,
        ids: &[Uuid],
        at: usize,
        values: Values,
        touched: &mut HashSet<Uuid>,
    ) -> Option<Change> {
        let before = self.known[ids.get(at.checked_rem(ids.len())?)?].last()?.clone();
        let after = filled(noun, before.clone(), values);
        touched.insert(before.id).then(|| Change::update(noun, "move", before, after))
    }

    /// Carries out the jobs of a round side by side, and reads back what they touched.
    pub async fn round(&mut self, jobs: &[Vec<Step>]) {
        let head = self.store.head().await.unwrap();
        let (mut touched, mut events) = (HashSet::new(), 0);
        let mut all = Vec::new();
        for steps in jobs {
            let (changes, parts) = self.job(steps, &mut touched);
            events += changes.len() - parts;
            all.push((self.author(), changes));
        }
        self.store.commit_all(all).await.unwrap();
        assert_eq!(self.store.head().await.unwrap() - head, i64::try_from(events).unwrap(), "{jobs:?}");
        let touched: Vec<_> = touched.into_iter().collect();
        for noun in [&BASKET, self.egg] {
            for (id, row) in self.store.find_many(noun, &touched, &Scope::county()).await.unwrap() {
                let versions = self.known.entry(id).or_default();
                if versions.is_empty() {
                    if std::ptr::eq(noun, self.egg) { &mut self.eggs } else { &mut self.baskets }.push(id);
                }
                versions.push(row);
            }
        }
        self.eggs.sort_unstable();
        self.baskets.sort_unstable();
    }

    pub async fn timeline(&self, noun: &'static Noun, id: Uuid) -> Vec<Event> {
        self.store.timeline(noun, self.known[&id].last().unwrap()).await.unwrap()
    }

    /// What the history tells of a record is what was read back at each of its versions.
    pub async fn tells(&self, noun: &'static Noun, id: Uuid) {
        let (events, versions) = (self.timeline(noun, id).await, &self.known[&id]);
        let mut row = Row::blank(noun, id);
        for event in &events {
            row.version += 1;
            assert_eq!((event.version, event.actor), (row.version, Some(Uuid::from_u128(7))));
            assert_eq!(event.verb == "move", event.version > 1, "{}", event.verb);
            for (name, before, after) in &event.changes {
                let field = noun.field(name).unwrap_or_else(|| panic!("{} has no {name}", noun.name));
                assert_eq!(before, &row.get(noun, name).json(), "{name}");
                row.set(noun, name, Cell::from_json(&field.kind, after).unwrap());
            }
            if let Some(known) = versions.iter().find(|known| known.version == event.version) {
                assert_eq!(&row, known, "{} version {}", noun.name, event.version);
            }
        }
        assert_eq!(row.version, versions.last().unwrap().version);
        assert!(events.is_sorted_by_key(|event| event.seq));
    }

    pub async fn report(&self) -> Report {
        self.store.checkpoint(1).await.unwrap();
        let key = store::keys::read_public(&self.folder.path().join("keys")).unwrap();
        let log = std::fs::read_to_string(self.folder.path().join("keys/checkpoints.log")).unwrap();
        self.store.verify(&log, &key, &mut |_| {}).await.unwrap()
    }

    pub async fn flaws(&self) -> Vec<String> {
        self.report().await.flaws.iter().map(ToString::to_string).collect()
    }

    pub async fn raw(&self, statement: &str) -> u64 {
        county::raw(&self.target, statement).await
    }

    pub fn backend(&self) -> &'static str {
        if matches!(self.target, Target::Sqlite(_)) { "SQLite" } else { "PostgreSQL" }
    }

    pub fn place(&self, id: Uuid) -> String {
        if self.backend() == "SQLite" { format!("x'{}'", id.simple()) } else { format!("'{id}'") }
    }
}

async fn open(folder: &TempDir, target: &Target, egg: &'static Noun) -> Store {
    let keys = folder.path().join("keys");
    let opening = Opening {
        target: target.clone(),
        county: sample::COUNTY.to_owned(),
        keys: KeyFolder::open_optional(&keys).unwrap(),
        checkpoints: keys.join("checkpoints.log"),
        nouns: vec![&BASKET, egg],
        migrations: &[TABLES],
        random: engine::clock::random,
    };
    Store::open(opening).await.unwrap()
}

fn filled(noun: &Noun, mut row: Row, values: Values) -> Row {
    for (name, value) in ["place", "day", "state", "size", "note", "number"].into_iter().zip(values) {
        let Some(field) = noun.field(name) else { continue };
        let cell = match (field.kind, value) {
            // A secret is replaced, never taken back: the row that is read holds it sealed.
            (_, 0) if field.sealed.is_some() => continue,
            (_, n) if field.sealed.is_some() => Cell::Secret(format!("1390000000{n}")),
            (_, 0) => Cell::Null,
            (Kind::Date, n) => Cell::Date(chrono::NaiveDate::from_ymd_opt(2021, 12, n.into()).unwrap()),
            (Kind::Int { .. }, n) => Cell::Int(n.into()),
            (_, n) => Cell::Text(WORDS[usize::from(n) - 1].into()),
        };
        row.set(noun, name, cell);
    }
    row
}
