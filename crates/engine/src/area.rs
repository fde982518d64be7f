//! What an area tells the engine about itself, as data and pure functions.

use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use chrono::NaiveDate;
use kit::duty::Fulfil;
use kit::figure::FigureDef;
use kit::{Actor, Change, Facts, Field, Life, Message, Noun, Query, Refusal, Role, Row};
use store::Migration;
use uuid::Uuid;

use crate::app::{App, Cx};
use crate::view::{PaperView, StepView, Tone};

/// Completes a record with what only the program may write: its first state, who found it, whose school it is, which stretch of time began.
/// It runs on every create, edit and import, before the rules; the first argument is the record as it stands, `None` for a new one.
pub type Derive = fn(Option<&Row>, Row, &Actor, &Facts) -> Result<Row, Refusal>;
/// Typed values that an empty form begins with, for this reader on this day.
pub type Suggest = fn(&Actor, NaiveDate) -> Vec<(&'static str, String)>;
/// What a record that is entered by itself holds where nobody said it, on this day. A file leaves such a field open: it brings what was there before.
pub type Begin = fn(Row, NaiveDate) -> Row;
/// Whether a form offers a code of a field to whoever fills it in; of the empty code, whether it asks for the field at all. What would always be refused is not
/// offered; the rules refuse it all the same, by whatever door it comes. What the asker's school is may decide it, not his role alone.
pub type Offers = fn(&Cx, &str, &str) -> bool;
/// Whether the form of a known record asks this reader for a field, by what its rules may know. What they would not let him change stands on the record's page.
pub type Edits = fn(&Actor, &Row, &str, &Facts) -> bool;
/// Which records a field of a form about this record can name on this day, where not every one can: no case is merged into itself. `None` is any.
pub type Among = fn(&Row, &str, NaiveDate) -> Option<Query>;
/// Whether this reader may name in a field any record of what it refers to, also one out of his sight: that a school is there is no secret.
pub type Names = fn(&Actor, &str) -> bool;
/// What people call a record that has a better name than its own fields: what it is about, in the reader's language.
pub type Called = fn(&Cx, &Row) -> Option<String>;
/// What a record's page says of it beside its state, in words with their colour; the moment is that of its first event.
pub type Marks = fn(&Cx, &Row, i64) -> Vec<(&'static str, Tone)>;
/// Rules across the fields of one record; every fault at once. A new record still has version 0 here.
pub type Rules = fn(&Row, &Facts) -> Vec<Refusal>;
/// The records of a changed record's companions, each with its noun.
pub type Company<'a> = &'a [(&'static Noun, Row)];
/// Changes of other records that this one entails, in the same transaction (a pupil's move to another class ends one enrolment and begins
/// another, and his guardians move with him). A pure function over data, not a hook: page, interface, import and bulk pass through it alike.
pub type Entails = fn(&Change, Company<'_>, &Facts, &mut dyn FnMut() -> Uuid) -> Vec<Change>;

/// The changes that follow from another, as they are worked out.
pub type Following<'a> = Pin<Box<dyn Future<Output = Result<Vec<Change>, crate::save::Refused>> + Send + 'a>>;

/// Changes that follow from one that is about to be made, and for which more has to be read than what refers to its record.
pub type Follows = for<'a> fn(&'a Cx, &'a Change, &'a Facts) -> Following<'a>;

/// Who is told of a change that is about to be made, beside those whom its move tells: whoever has to be looked for among the records.
pub type Tells = for<'a> fn(
    &'a Cx,
    &'a Change,
) -> Pin<Box<dyn Future<Output = Result<Vec<Message>, store::StoreError>> + Send + 'a>>;

/// What a room has to say on a reader's first page, computed for him: an action, within his own scope.
pub type Board =
    for<'a> fn(&'a Cx) -> Pin<Box<dyn Future<Output = Result<crate::view::BoardView, store::StoreError>> + Send + 'a>>;

/// How far a record is, step by step, where a reader must see it before anything else: an action, for some steps are told by what was sent.
pub type Steps =
    for<'a> fn(&'a Cx, &'a Row) -> Pin<Box<dyn Future<Output = Result<Vec<StepView>, store::StoreError>> + Send + 'a>>;

/// One record type of an area.
pub struct Kind {
    pub noun: &'static Noun,
    pub life: Option<&'static dyn Life>,
    pub called: Option<Called>,
    pub marks: Option<Marks>,
    pub steps: Option<Steps>,
    pub derive: Option<Derive>,
    pub rules: Option<Rules>,
    pub entails: Option<Entails>,
    pub follows: Option<Follows>,
    pub tells: Option<Tells>,
    /// Nouns whose records follow this one's, with the field that names it: the engine reads them beside a changed record, in one statement
    /// for all records of a change, and hands them to `entails`.
    pub companions: &'static [(&'static Noun, &'static str)],
    /// Records that follow one that a typed record refers to: the field that refers to it, their noun, and the field that names it. They are read beside
    /// what is typed, so that the rules know them (in which class a pupil was on a day).
    pub beside: &'static [(&'static str, &'static Noun, &'static str)],
    /// The same of the day alone on which it is typed, of nouns that have a day: what a class called, what was said of a pupil.
    pub beside_of_day: &'static [(&'static str, &'static Noun, &'static str)],
    /// What whoever enters a record by hand must say, and what the records that a step makes need not have: why a mark was added after its roll.
    pub asks: &'static [&'static str],
    /// Columns that a list shows only to whoever asks for them: there is no room for all on an ordinary screen. A file has them.
    pub spare: &'static [&'static str],
    /// A filter that holds as long as nobody asks about its field, shown like any other: campuses do not swell the list of schools.
    pub unless_asked: Option<(&'static str, &'static str)>,
    /// The field that holds a deadline in working days, and the one from which it is counted.
    pub deadline: Option<(&'static str, &'static str)>,
    /// What an empty form is filled with.
    pub suggest: Option<Suggest>,
    pub begin: Option<Begin>,
    /// What its forms leave out.
    pub offers: Option<Offers>,
    /// What the form of a known record asks for.
    pub edits: Option<Edits>,
    /// What its forms have to choose from.
    pub among: Option<Among>,
    /// Which of its fields name more than the reader sees.
    pub names: Option<Names>,
    /// What of it stands on the first page.
    pub today: &'static [Card],
    /// Which facts of duties its records prove.
    pub fulfils: &'static [Fulfil],
    /// Cards of the first page that no single question can make.
    pub board: Option<Board>,
    /// The colours of its states; one that is not here is under way.
    pub tones: &'static [(&'static str, Tone)],
    /// Pages of the area's own to which its records' pages lead.
    pub papers: &'static [Paper],
    /// Files of the area's own that are offered beside the common exports, for the same question: last part of the address, word key.
    pub files: &'static [(&'static str, &'static str)],
    /// Photographs of before and after stand side by side, and keep when and where they were taken.
    pub pairs: bool,
    /// Its forms are kept on an enrolled telephone while there is no network, and its empty form is there without one.
    pub offline: bool,
    /// Its form and its moves are kept, too, on the pages that lead to them, and what is filled in without a network is derived and judged as of the moment
    /// when it was done (放学交接: who was handed over, and when; 点名异常: within the minute in which a slip is taken back).
    pub as_done: bool,
    /// Where a message about it leads, by its code, if there is a page on which more can be done than on the record's own.
    pub leads: Option<fn(&Row, &str) -> Option<String>>,
    /// Where its work of the day is done, and the noun and verb that one needs for it: the page that a telephone keeps, and to which a duty leads.
    pub day: Option<(&'static str, (&'static str, &'static str))>,
    /// Name of an icon of the sprite.
    pub icon: &'static str,
    /// Stands in the menu.
    pub menu: bool,
    /// Its records are begun where they belong, from a duty or a case: the first page has no button that begins one.
    pub begun_elsewhere: bool,
    /// What is said of a value that a record out of the asker's sight has: he can neither open it nor compare, and asks somebody who can.
    pub out_of_sight: Option<&'static str>,
}

impl Kind {
    pub const fn new(noun: &'static Noun, icon: &'static str) -> Self {
        Self {
            noun,
            life: None,
            called: None,
            marks: None,
            steps: None,
            derive: None,
            rules: None,
            entails: None,
            follows: None,
            tells: None,
            companions: &[],
            beside: &[],
            beside_of_day: &[],
            asks: &[],
            spare: &[],
            unless_asked: None,
            suggest: None,
            begin: None,
            offers: None,
            edits: None,
            among: None,
            names: None,
            deadline: None,
            today: &[],
            fulfils: &[],
            board: None,
            tones: &[],
            papers: &[],
            files: &[],
            pairs: false,
            offline: false,
            as_done: false,
            leads: None,
            day: None,
            icon,
            menu: true,
            begun_elsewhere: false,
            out_of_sight: None,
        }
    }

    pub const fn life(self, life: &'static dyn Life) -> Self {
        Self { life: Some(life), ..self }
    }

    pub const fn called(self, called: Called) -> Self {
        Self { called: Some(called), ..self }
    }

    pub const fn marks(self, marks: Marks) -> Self {
        Self { marks: Some(marks), ..self }
    }

    pub const fn steps(self, steps: Steps) -> Self {
        Self { steps: Some(steps), ..self }
    }

    pub const fn derive(self, derive: Derive) -> Self {
        Self { derive: Some(derive), ..self }
    }

    pub const fn rules(self, rules: Rules) -> Self {
        Self { rules: Some(rules), ..self }
    }

    pub const fn entails(self, entails: Entails) -> Self {
        Self { entails: Some(entails), ..self }
    }

    pub const fn follows(self, follows: Follows) -> Self {
        Self { follows: Some(follows), ..self }
    }

    pub const fn tells(self, tells: Tells) -> Self {
        Self { tells: Some(tells), ..self }
    }

    pub const fn companions(self, companions: &'static [(&'static Noun, &'static str)]) -> Self {
        Self { companions, ..self }
    }

    pub const fn beside(self, beside: &'static [(&'static str, &'static Noun, &'static str)]) -> Self {
        Self { beside, ..self }
    }

    pub const fn beside_of_day(self, beside: &'static [(&'static str, &'static Noun, &'static str)]) -> Self {
        Self { beside_of_day: beside, ..self }
    }

    pub const fn out_of_sight(self, code: &'static str) -> Self {
        Self { out_of_sight: Some(code), ..self }
    }

    pub const fn asks(self, asks: &'static [&'static str]) -> Self {
        Self { asks, ..self }
    }

    /// Whether a field must be filled, in a new record or in one that is known.
    pub fn demands(&self, field: &Field, new: bool) -> bool {
        field.required || (new && self.asks.contains(&field.name))
    }

    pub const fn spare(self, spare: &'static [&'static str]) -> Self {
        Self { spare, ..self }
    }

    pub const fn unless_asked(self, field: &'static str, value: &'static str) -> Self {
        Self { unless_asked: Some((field, value)), ..self }
    }

    pub const fn deadline(self, due: &'static str, since: &'static str) -> Self {
        Self { deadline: Some((due, since)), ..self }
    }

    pub const fn suggest(self, suggest: Suggest) -> Self {
        Self { suggest: Some(suggest), ..self }
    }

    pub const fn begin(self, begin: Begin) -> Self {
        Self { begin: Some(begin), ..self }
    }

    pub const fn offers(self, offers: Offers) -> Self {
        Self { offers: Some(offers), ..self }
    }

    pub const fn edits(self, edits: Edits) -> Self {
        Self { edits: Some(edits), ..self }
    }

    pub const fn among(self, among: Among) -> Self {
        Self { among: Some(among), ..self }
    }

    pub const fn names(self, names: Names) -> Self {
        Self { names: Some(names), ..self }
    }

    pub const fn today(self, today: &'static [Card]) -> Self {
        Self { today, ..self }
    }

    pub const fn fulfils(self, fulfils: &'static [Fulfil]) -> Self {
        Self { fulfils, ..self }
    }

    pub const fn board(self, board: Board) -> Self {
        Self { board: Some(board), ..self }
    }

    pub const fn tones(self, tones: &'static [(&'static str, Tone)]) -> Self {
        Self { tones, ..self }
    }

    pub const fn papers(self, papers: &'static [Paper]) -> Self {
        Self { papers, ..self }
    }

    pub const fn files(self, files: &'static [(&'static str, &'static str)]) -> Self {
        Self { files, ..self }
    }

    pub const fn pairs(self) -> Self {
        Self { pairs: true, ..self }
    }

    pub const fn offline(self) -> Self {
        Self { offline: true, ..self }
    }

    pub const fn as_done(self) -> Self {
        Self { as_done: true, ..self }
    }

    pub const fn leads(self, leads: fn(&Row, &str) -> Option<String>) -> Self {
        Self { leads: Some(leads), ..self }
    }

    pub const fn day(self, page: &'static str, noun: &'static str, verb: &'static str) -> Self {
        Self { day: Some((page, (noun, verb))), ..self }
    }

    /// Its page of the day, for whoever has work there.
    pub fn day_of(&self, cx: &Cx) -> Option<&'static str> {
        self.day.filter(|(_, (noun, verb))| cx.may(noun, verb)).map(|(page, _)| page)
    }

    /// The colour of a state.
    pub fn tone(&self, state: &str) -> Tone {
        self.tones.iter().find(|(name, _)| *name == state).map_or(Tone::Info, |(_, tone)| *tone)
    }

    /// Reached from other records, not from the menu.
    pub const fn off_menu(self) -> Self {
        Self { menu: false, ..self }
    }

    pub const fn begun_elsewhere(self) -> Self {
        Self { begun_elsewhere: true, ..self }
    }
}

/// One room of the house.
pub struct Area {
    /// Name, last part of its word key `area.<name>`.
    pub name: &'static str,
    pub kinds: Vec<Kind>,
    pub migrations: &'static [Migration],
    /// Its `text.toml`.
    pub words: &'static str,
    pub figures: &'static [FigureDef],
    /// Pages of its own, beside those that every record type has.
    pub routes: Option<fn() -> Router<Arc<App>>>,
    /// Those of them that are for programs, as the description of the interface has them.
    pub described: Option<fn() -> Vec<Described>>,
    /// Their lines in the menu.
    pub nav: &'static [Entry],
}

/// A path of the interface with what it takes and answers (OpenAPI 3.1, Path Item Object).
pub type Described = (String, serde_json::Value);

/// A page of an area's own about a record: something to print, or to do there and nowhere else. It stands at
/// `/<plural>/<id>/<name>`; one for `many` also at `/<plural>/<name>?id=…&id=…`. The area serves both.
#[derive(Clone, Copy, Debug)]
pub struct Paper {
    /// Last part of its address.
    pub name: &'static str,
    /// Word key.
    pub label: &'static str,
    pub icon: &'static str,
    /// Verb that the reader must be allowed with this noun.
    pub needs: &'static str,
    /// Whether there is one for this record.
    pub fits: fn(&Row) -> bool,
    /// One page can be about several records.
    pub many: bool,
    /// While there is one, it is what to do first: it stands out, and no move beside it does.
    pub first: bool,
}

impl Paper {
    pub(crate) fn view(&self, cx: &Cx, href: String) -> PaperView {
        PaperView { label: cx.word(self.label).to_owned(), href, icon: self.icon.to_owned(), first: self.first }
    }
}

/// A line of the menu that leads to an area's own page.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// Word key.
    pub label: &'static str,
    pub href: &'static str,
    pub icon: &'static str,
    /// Noun and verb that the reader must be allowed.
    pub needs: (&'static str, &'static str),
}

/// Rooms that stand together in the menu, under one heading that folds.
#[derive(Clone, Copy, Debug)]
pub struct Chapter {
    /// Name, last part of its word key `menu.<name>`.
    pub name: &'static str,
    /// Names of areas, in the order of the menu.
    pub areas: &'static [&'static str],
    /// Whether it is open for this reader until he shuts or opens one.
    pub first: fn(&Actor) -> bool,
}

/// A card of the first page: a question whose rows someone has to do something about.
pub struct Card {
    /// Word key of its heading.
    pub label: &'static str,
    pub tone: Tone,
    /// Roles that see it.
    pub roles: &'static [Role],
    pub query: fn(&Actor, NaiveDate) -> Query,
}
