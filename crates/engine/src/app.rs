//! The house as a value: everything that a request needs and nothing that changes but the records.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use kit::calendar::Calendar;
use kit::figure::FigureDef;
use kit::query::Query;
use kit::tree::Node;
use kit::{
    Actor, Cell, Facts, Kind as FieldKind, Lang, Norms, Noun, Policy, Refusal, Row, Rules, Scope, Terms, Timetable,
    Tree, Words, dates,
};
use store::{Store, StoreError};
use uuid::Uuid;

use crate::area::{Area, Chapter, Kind};
use crate::clock::Clock;
use crate::files::Files;

/// Builds the tree from the rows of units and schools; given by the area that knows them.
pub type TreeOf = fn(&[Row], &[Row]) -> Vec<Node>;

/// What the county decided as records, on top of the files of `rules/`: overrides of norms, terms, suspensions.
#[derive(Clone, Copy)]
pub struct Decided {
    pub nouns: &'static [&'static Noun],
    /// The rules of the files with these records applied; the records by the name of their noun.
    pub apply: fn(&Rules, &HashMap<&'static str, Vec<Row>>, &Tree) -> Rules,
}

/// What the program hands to the engine.
pub struct Setting {
    pub store: Store,
    pub areas: Vec<Area>,
    pub words: Words,
    pub policy: Policy,
    /// As the files of `rules/` say.
    pub rules: Rules,
    pub decided: Option<Decided>,
    pub clock: Clock,
    /// 道县
    pub county_name: String,
    /// A sample county: the area prefix of its invented ID numbers.
    pub pretend: Option<&'static str>,
    /// The nouns of units and schools, and how they become a tree.
    pub tree: (&'static Noun, &'static Noun, TreeOf),
    /// How roles reach units and classes by records.
    pub reaches: Vec<crate::auth::Reach>,
    /// The chapters of the menu; an area in none of them is reached from elsewhere.
    pub menu: &'static [Chapter],
    /// Cookies only over TLS.
    pub secure: bool,
    /// How the site is reached from outside, `https://anquan.example.gov.cn`: what is printed or sent leads there.
    pub public_url: Option<String>,
    /// The text of `/metrics`, if anybody keeps one.
    pub metrics: Option<fn() -> String>,
    /// Where attachments lie; `None` where nobody attaches anything: a command that only counts, a test.
    pub files: Option<Files>,
    /// What may leave the house, and by which gateways.
    pub outside: crate::messages::Outside,
}

/// Shared by every request.
pub struct App {
    pub store: Store,
    pub areas: Vec<Area>,
    pub words: Arc<Words>,
    pub policy: Policy,
    pub clock: Clock,
    pub county_name: String,
    pub pretend: Option<&'static str>,
    pub menu: &'static [Chapter],
    pub secure: bool,
    pub public_url: Option<String>,
    pub metrics: Option<fn() -> String>,
    pub files: Option<Files>,
    pub outside: crate::messages::Outside,
    pub(crate) reaches: Vec<crate::auth::Reach>,
    tree_of: (&'static Noun, &'static Noun, TreeOf),
    tree: RwLock<Arc<Tree>>,
    decided: Option<Decided>,
    /// Counts how often the files were read.
    edition: std::sync::atomic::AtomicU64,
    /// Of the files alone, and with what the county decided.
    rules: RwLock<[Arc<Rules>; 2]>,
    by_plural: HashMap<&'static str, (usize, usize)>,
    by_name: HashMap<&'static str, (usize, usize)>,
    /// Names this run of the program: what was shown by another one is not taken for what this one shows.
    pub(crate) run: Uuid,
    /// Asked too often: see `auth::throttle`.
    pub(crate) throttle: crate::auth::Throttle,
    /// What forms were sent with.
    pub(crate) sent: crate::web::Sent,
    /// What programs sent under the names that they gave their requests: apart from the forms, which a busy program would make forgotten.
    pub(crate) named: crate::web::Sent,
    pub(crate) doors: crate::auth::Doors,
    pub(crate) strangers: crate::auth::Strangers,
    /// Says that the program is about to stop: what would go on by itself, a stream, ends.
    pub ending: tokio::sync::watch::Sender<bool>,
    /// Asked of telephones that open with a PIN.
    pub(crate) challenges: crate::device::Challenges,
    /// How far looks that are taken again and again have come.
    pub looked: crate::looked::Looked,
}

impl App {
    pub async fn new(setting: Setting) -> Result<Arc<Self>, StoreError> {
        let places = |name: fn(&Kind) -> &'static str| {
            let kinds = setting
                .areas
                .iter()
                .enumerate()
                .flat_map(|(a, area)| area.kinds.iter().enumerate().map(move |(k, kind)| (kind, (a, k))));
            kinds.map(|(kind, place)| (name(kind), place)).collect::<HashMap<_, _>>()
        };
        let (by_plural, by_name) = (places(|kind| kind.noun.plural), places(|kind| kind.noun.name));
        let outside = setting.outside.with_push(&setting.store)?;
        let app = Self {
            run: setting.store.new_id(setting.clock.now()),
            ending: tokio::sync::watch::Sender::new(false),
            by_plural,
            by_name,
            store: setting.store,
            areas: setting.areas,
            words: Arc::new(setting.words),
            policy: setting.policy,
            clock: setting.clock,
            county_name: setting.county_name,
            pretend: setting.pretend,
            menu: setting.menu,
            secure: setting.secure,
            public_url: setting.public_url,
            metrics: setting.metrics,
            files: setting.files,
            outside,
            reaches: setting.reaches,
            tree_of: setting.tree,
            tree: RwLock::default(),
            decided: setting.decided,
            edition: std::sync::atomic::AtomicU64::new(0),
            rules: RwLock::new([Arc::new(setting.rules.clone()), Arc::new(setting.rules)]),
            throttle: crate::auth::Throttle::default(),
            sent: crate::web::Sent::default(),
            named: crate::web::Sent::default(),
            doors: crate::auth::Doors::default(),
            strangers: crate::auth::Strangers::default(),
            challenges: crate::device::Challenges::default(),
            looked: crate::looked::Looked::default(),
        };
        app.grow_tree().await?;
        app.grow_rules().await?;
        Ok(Arc::new(app))
    }

    /// The record type behind a part of an address.
    pub fn kind(&self, plural: &str) -> Option<&Kind> {
        self.by_plural.get(plural).map(|(area, kind)| &self.areas[*area].kinds[*kind])
    }

    pub fn kind_of(&self, noun: &str) -> Option<&Kind> {
        self.by_name.get(noun).map(|(area, kind)| &self.areas[*area].kinds[*kind])
    }

    pub fn kinds(&self) -> impl Iterator<Item = &Kind> {
        self.areas.iter().flat_map(|area| &area.kinds)
    }

    pub fn figures(&self) -> impl Iterator<Item = &FigureDef> {
        self.areas.iter().flat_map(|area| area.figures)
    }

    pub fn figure(&self, id: &str) -> Option<&FigureDef> {
        self.figures().find(|figure| figure.id == id)
    }

    pub fn tree(&self) -> Arc<Tree> {
        // A poisoned lock means that another request panicked while swapping one pointer for another: the pointer is whole.
        Arc::clone(&self.tree.read().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Reads units and schools again, after a change of one of them.
    pub async fn grow_tree(&self) -> Result<(), StoreError> {
        let (units, schools, tree_of) = self.tree_of;
        let all = Scope::county();
        let units = self.store.all(units, &Query::new(), &all).await?;
        let schools = self.store.all(schools, &Query::new(), &all).await?;
        let tree = Arc::new(Tree::new(tree_of(&units, &schools)));
        *self.tree.write().unwrap_or_else(std::sync::PoisonError::into_inner) = tree;
        Ok(())
    }

    /// Whether a change of this noun changes the tree.
    pub(crate) fn in_tree(&self, noun: &Noun) -> bool {
        noun.name == self.tree_of.0.name || noun.name == self.tree_of.1.name
    }

    /// What holds now: the files of `rules/` with what the county decided.
    pub fn rules(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(std::sync::PoisonError::into_inner)[1])
    }

    /// What the files of `rules/` say by themselves.
    pub fn shipped(&self) -> Arc<Rules> {
        Arc::clone(&self.rules.read().unwrap_or_else(std::sync::PoisonError::into_inner)[0])
    }

    pub fn calendar(&self) -> Arc<Calendar> {
        Arc::clone(&self.rules().calendar)
    }

    pub fn norms(&self) -> Arc<Norms> {
        Arc::clone(&self.rules().norms)
    }

    pub fn terms(&self) -> Arc<Terms> {
        Arc::clone(&self.rules().terms)
    }

    pub fn timetable(&self) -> Arc<Timetable> {
        Arc::clone(&self.rules().timetable)
    }

    /// Takes other files of `rules/` in place of those that were read before.
    pub async fn take_rules(&self, shipped: Rules) -> Result<(), StoreError> {
        let now = Arc::new(self.with_decided(&shipped).await?);
        *self.rules.write().unwrap_or_else(std::sync::PoisonError::into_inner) = [Arc::new(shipped), now];
        self.edition.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        Ok(())
    }

    /// Which reading of the files this is: what was shown by another one is not taken for what this one shows.
    pub(crate) fn edition(&self) -> u64 {
        self.edition.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Reads what the county decided again, after a change of it.
    pub async fn grow_rules(&self) -> Result<(), StoreError> {
        let shipped = self.shipped();
        let now = Arc::new(self.with_decided(&shipped).await?);
        self.rules.write().unwrap_or_else(std::sync::PoisonError::into_inner)[1] = now;
        Ok(())
    }

    async fn with_decided(&self, shipped: &Rules) -> Result<Rules, StoreError> {
        let Some(decided) = self.decided else { return Ok(shipped.clone()) };
        let mut records = HashMap::new();
        for noun in decided.nouns {
            records.insert(noun.name, self.store.all(noun, &Query::new(), &Scope::county()).await?);
        }
        Ok((decided.apply)(shipped, &records, &self.tree()))
    }

    /// Whether a change of this noun changes the rules.
    pub(crate) fn in_rules(&self, noun: &Noun) -> bool {
        self.decided.is_some_and(|decided| decided.nouns.iter().any(|own| own.name == noun.name))
    }

    /// A refusal in words. A rule knows no language: what it names as `words` are keys, told as what they stand for.
    pub fn text(&self, lang: Lang, refusal: &Refusal) -> String {
        let named = |keys: &str| {
            let words: Vec<_> = keys.split(' ').map(|key| self.words.get(lang, key)).collect();
            words.join(self.words.get(lang, "ui.comma"))
        };
        let said = |(name, value): &(&'static str, String)| {
            (*name, if *name == "words" { named(value) } else { value.clone() })
        };
        let args: Vec<_> = refusal.args.iter().map(said).collect();
        self.words.fill(lang, &format!("error.{}", refusal.code), &args)
    }
}

/// One request: who asks, in which language, when.
#[derive(Clone)]
pub struct Cx {
    pub app: Arc<App>,
    pub actor: Actor,
    pub lang: Lang,
    /// Milliseconds since 1970, UTC, by the county's clock.
    pub now: i64,
    /// Names the request: the same one twice changes nothing the second time.
    pub request: Uuid,
}

impl Cx {
    /// What the program itself does or reads.
    pub fn program(app: &Arc<App>, now: i64) -> Self {
        Self { app: Arc::clone(app), actor: Actor::program(), lang: Lang::Zh, now, request: app.store.new_id(now) }
    }

    pub fn today(&self) -> chrono::NaiveDate {
        dates::shanghai_date(self.now)
    }

    pub fn may(&self, noun: &str, verb: &str) -> bool {
        self.app.policy.allows(self.actor.role, noun, verb)
    }

    /// Whether this reader sees a masked field of a noun in the clear.
    pub fn sees(&self, noun: &Noun, field: &kit::Field) -> bool {
        field.mask.is_none() || (field.sealed.is_none() && self.may(noun.name, "see"))
    }

    pub fn word<'a>(&'a self, key: &'a str) -> &'a str {
        self.app.words.get(self.lang, key)
    }

    pub fn scope(&self) -> &Scope {
        &self.actor.scope
    }

    /// The facts for rules, with the records that these rows refer to. References that the rows already held are read for
    /// the county; what the asker brought must be in his own scope, and `known` of his own scope is all that he can bring.
    pub async fn facts(&self, held: &[(&Noun, &Row)], brought: &[(&'static str, Uuid)]) -> Result<Facts, StoreError> {
        let mut known = HashMap::new();
        let mut wanted: HashMap<&str, Vec<Uuid>> = HashMap::new();
        for (noun, row) in held {
            for (field, cell) in row.pairs(noun) {
                if let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, cell) {
                    wanted.entry(target).or_default().push(*id);
                }
            }
        }
        let mut mine: HashMap<&str, Vec<Uuid>> = HashMap::new();
        for (noun, id) in brought {
            mine.entry(noun).or_default().push(*id);
        }
        for (wanted, scope) in [(wanted, &Scope::county()), (mine, self.scope())] {
            for (name, mut ids) in wanted {
                ids.sort_unstable();
                ids.dedup();
                if let Some(kind) = self.app.kind_of(name) {
                    known.extend(self.app.store.find_many(kind.noun, &ids, scope).await?);
                }
            }
        }
        Ok(self.facts_with(known))
    }

    /// Facts with these records and no others.
    pub fn facts_with(&self, known: HashMap<Uuid, Row>) -> Facts {
        Facts {
            tree: self.app.tree(),
            known: Arc::new(known),
            pretend: self.app.pretend,
            ..Facts::at(&self.app.rules(), self.now)
        }
    }
}
