//! The one door through which records change: page, interface, import and bulk all come through here.

use std::collections::HashMap;

use kit::life::Input;
use kit::{Author, Cell, Change, Facts, Field, Kind as FieldKind, MoveSpec, Noun, Refusal, Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use crate::app::Cx;
use crate::area::Kind;
use crate::parse;

mod known;

pub use known::{at_home, beside};
use known::{brought, nameable};

/// As many as move records side by side, each of which changes the same third one, come one after the other.
const TRIES: usize = 12;

/// Why nothing was saved.
#[derive(Debug)]
pub enum Refused {
    /// Not in the table of permissions. Where the record may not even be read, it does not exist: see [`Refused::Missing`].
    Forbidden,
    /// Does not exist for this reader.
    Missing,
    /// Each at its field; nothing is lost, everything is said at once.
    Faults(Vec<Refusal>),
    /// Someone else was faster.
    Stale,
    Broken(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        match (&error, error.refusal()) {
            (StoreError::Stale { .. }, _) => Self::Stale,
            (StoreError::Taken { noun: "account", field }, _) if field == "administers" => {
                Self::Faults(vec![Refusal::at("account.administers", "role")])
            }
            (_, Some(refusal)) => Self::Faults(vec![refusal]),
            _ => Self::Broken(error),
        }
    }
}

impl From<Refusal> for Refused {
    fn from(refusal: Refusal) -> Self {
        Self::Faults(vec![refusal])
    }
}

/// Records that the asker refers to: noun and id.
type Brought = Vec<(&'static str, Uuid)>;

/// What was typed, by field name. A name that comes twice counts the last time.
pub type Typed = [(String, String)];

pub fn typed<'a>(values: &'a Typed, name: &str) -> Option<&'a str> {
    values.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// Creates a record. The id may be the client's own; sending the same request twice creates one record.
pub async fn create(cx: &Cx, kind: &Kind, id: Option<Uuid>, values: &Typed) -> Result<Row, Refused> {
    create_done(cx, kind, id, values, cx.now).await
}

/// The same of what was done at another moment, without a network: derived and judged as of then, written as of now.
pub async fn create_done(cx: &Cx, kind: &Kind, id: Option<Uuid>, values: &Typed, done: i64) -> Result<Row, Refused> {
    if !cx.may(kind.noun.name, "create") {
        return Err(Refused::Forbidden);
    }
    if let Some(row) = repeated(cx, kind, id).await? {
        return Ok(row);
    }
    let row = Row::blank(kind.noun, id.unwrap_or_else(|| cx.app.store.new_id(cx.now)));
    let row = fill(cx, kind, row, values)?;
    let row = match kind.begin {
        Some(begin) => begin(row, dates::shanghai_date(done)),
        None => row,
    };
    settle(cx, kind, "create", (None, row), done).await
}

/// The record as it is, when this very request was carried out before: its answer was lost on the way, and it was sent again. What somebody else sent
/// under this number, or what was sent about another record, is another request: it is refused, and not answered as done.
async fn repeated(cx: &Cx, kind: &Kind, id: Option<Uuid>) -> Result<Option<Row>, Refused> {
    let Some(id) = id else { return Ok(None) };
    let store = &cx.app.store;
    let Some(actor) = store.carried_out_by(cx.request).await? else { return Ok(None) };
    if actor != Some(cx.actor.account) || !store.carried_out_on(cx.request, id).await? {
        return Err(Refusal::new("request.other").into());
    }
    Ok(Some(find(cx, kind, id).await?))
}

/// Changes a record's own fields; `version` is the one that the editor saw.
pub async fn edit(cx: &Cx, kind: &Kind, id: Uuid, version: i64, values: &Typed) -> Result<Row, Refused> {
    let before = find(cx, kind, id).await?;
    if !cx.may(kind.noun.name, "edit") {
        return Err(Refused::Forbidden);
    }
    if let Some(row) = repeated(cx, kind, Some(id)).await? {
        return Ok(row);
    }
    if before.version != version {
        return Err(Refused::Stale);
    }
    let after = fill(cx, kind, before.clone(), values)?;
    settle(cx, kind, "edit", (Some(before), after), cx.now).await
}

/// Finds a record that this reader may read.
pub async fn find(cx: &Cx, kind: &Kind, id: Uuid) -> Result<Row, Refused> {
    if !cx.may(kind.noun.name, "read") {
        return Err(Refused::Missing);
    }
    cx.app.store.find(kind.noun, id, cx.scope()).await?.ok_or(Refused::Missing)
}

/// Puts typed values into a row; a name that is no writable field is ignored, a value that cannot be read is a fault at its field.
pub fn fill(cx: &Cx, kind: &Kind, mut row: Row, values: &Typed) -> Result<Row, Refused> {
    let mut faults = Vec::new();
    for field in kind.noun.fields.iter().filter(|field| field.writable()) {
        let Some(text) = typed(values, field.name) else { continue };
        // A masked value that comes back as it was shown means "unchanged"; so does an empty sealed field of a known record.
        if field.mask.is_some()
            && (text.contains('*') || (field.sealed.is_some() && text.is_empty() && row.version > 0))
        {
            continue;
        }
        match parse::cell(field, text, cx.app.pretend) {
            Ok(cell) => row.set(kind.noun, field.name, cell),
            Err(refusal) => faults.push(refusal),
        }
    }
    if faults.is_empty() { Ok(row) } else { Err(Refused::Faults(with_missing(kind, &row, faults))) }
}

/// What cannot be read, and with it what is still empty and must not be: whoever mends the one is not sent back for the other.
fn with_missing(kind: &Kind, row: &Row, mut faults: Vec<Refusal>) -> Vec<Refusal> {
    let told = |field: &Field| faults.iter().any(|fault| fault.field == Some(field.name));
    let demanded = |field: &Field| field.writable() && kind.demands(field, row.version == 0);
    let missing = row.pairs(kind.noun).filter(|(field, cell)| demanded(field) && cell.is_null());
    let missing: Vec<_> = missing.filter(|(field, _)| !told(field)).map(|(field, _)| field.name).collect();
    faults.extend(missing.into_iter().map(|name| Refusal::at("value.required", name)));
    faults
}

/// Derives, checks and commits one changed record with everything that it entails.
async fn settle(
    cx: &Cx,
    kind: &Kind,
    verb: &'static str,
    (before, after): (Option<Row>, Row),
    done: i64,
) -> Result<Row, Refused> {
    let own = at_home(cx, kind, before.as_ref(), &after);
    let brought: Vec<_> = brought(kind, before.as_ref(), &after).chain(own).collect();
    let held: Vec<_> = before.iter().map(|row| (kind.noun, row)).collect();
    let facts = Facts { now: done, today: dates::shanghai_date(done), ..cx.facts(&held, &brought).await? };
    let facts = nameable(cx, kind, &after, facts).await?;
    let facts = beside(cx, kind, &[&after], facts).await?;
    let after = judge(cx, kind, before.as_ref(), after, &facts).map_err(Refused::Faults)?;
    if !cx.scope().sees(kind.noun, &after) {
        return Err(outside(kind.noun).into());
    }
    let change = match before {
        None => Change::create(kind.noun, verb, after),
        Some(before) => Change::update(kind.noun, verb, before, after),
    };
    if change.is_empty() {
        // As it is stored: nothing was written, so nothing is counted.
        return Ok(change.before.unwrap_or(change.after));
    }
    written(cx, kind, change, &facts).await
}

/// Nobody puts a record where he could not find it again: it would be another's business.
pub fn outside(noun: &Noun) -> Refusal {
    let by = noun.scope;
    let columns = [by.units, by.home, by.persons, by.classes].into_iter().flatten();
    let field = columns.filter_map(|column| noun.field(column)).find(|field| field.writable());
    Refusal { field: field.map(|field| field.name), ..Refusal::new("record.outside") }
}

/// Commits one change and answers with the record as it then is. Where the same request came twice at once, that is what the first has made of it.
async fn written(cx: &Cx, kind: &Kind, change: Change, facts: &Facts) -> Result<Row, Refused> {
    let row = change.after.clone();
    match conclude(cx, kind, vec![change], facts).await {
        Ok((0, _)) => find(cx, kind, row.id).await,
        Ok((_, own)) => Ok(own.unwrap_or(row)),
        Err(refused) => Err(taken_by(cx, kind, &row, refused).await?),
    }
}

/// A value that is another record's: where that one is out of the asker's sight, he is not sent to a list in which it does not stand.
async fn taken_by(cx: &Cx, kind: &Kind, row: &Row, refused: Refused) -> Result<Refused, StoreError> {
    let noun = kind.noun;
    let Refused::Faults(faults) = &refused else { return Ok(refused) };
    let taken = faults.iter().find(|fault| fault.code == "record.taken");
    let named = taken.and_then(|fault| fault.args.iter().find(|(name, _)| *name == "field"));
    let Some(field) = named.and_then(|(_, name)| noun.field(name)) else { return Ok(refused) };
    let cell = match row.get(noun, field.name) {
        Cell::Secret(plain) => Cell::Text(cx.app.store.blind(field.name, plain)?),
        cell => cell.clone(),
    };
    let found = cx.app.store.find_by(noun, field.sealed.unwrap_or(field.name), &[cell], &Scope::county()).await?;
    let others: Vec<_> = found.iter().filter(|other| other.id != row.id).collect();
    if others.is_empty() || others.iter().any(|other| cx.scope().sees(noun, other)) {
        return Ok(refused);
    }
    Ok(Refusal::at(kind.out_of_sight.unwrap_or("record.taken_elsewhere"), field.name).into())
}

/// The records that follow these changed ones, read with one statement for each companion noun.
async fn company(
    cx: &Cx,
    kind: &Kind,
    changes: &[Change],
) -> Result<HashMap<Uuid, Vec<(&'static Noun, Row)>>, StoreError> {
    let mut company: HashMap<Uuid, Vec<_>> = HashMap::new();
    let ids: Vec<_> =
        changes.iter().filter(|change| change.before.is_some()).map(|change| Cell::Id(change.after.id)).collect();
    for (noun, field) in kind.companions.iter().filter(|_| !ids.is_empty()) {
        for row in cx.app.store.find_by(noun, field, &ids, &Scope::county()).await? {
            if let Some(leader) = row.get(noun, field).id() {
                company.entry(leader).or_default().push((*noun, row));
            }
        }
    }
    Ok(company)
}

/// Every rule that a record must obey, whoever brings it: references, derivation, required fields, rules across fields.
pub fn judge(cx: &Cx, kind: &Kind, before: Option<&Row>, after: Row, facts: &Facts) -> Result<Row, Vec<Refusal>> {
    let mut faults = Vec::new();
    for (target, id) in brought(kind, before, &after) {
        if !facts.known.contains_key(&id) {
            let field =
                after.pairs(kind.noun).find(|(_, cell)| cell.id() == Some(id)).map_or("id", |(field, _)| field.name);
            faults.push(Refusal::at("value.unknown", field).with("noun", cx.word(target)));
        }
    }
    if !faults.is_empty() {
        return Err(faults);
    }
    let after = match kind.derive {
        Some(derive) => derive(before, after, &cx.actor, facts).map_err(|refusal| vec![refusal])?,
        None => after,
    };
    let missing =
        after.pairs(kind.noun).filter(|(field, cell)| kind.demands(field, before.is_none()) && cell.is_null());
    faults.extend(missing.map(|(field, _)| Refusal::at("value.required", field.name)));
    if let Some(rules) = kind.rules {
        faults.extend(rules(&after, facts));
    }
    if faults.is_empty() { Ok(after) } else { Err(faults) }
}

/// Commits changes of one kind together with what they entail; answers how many records changed: none where the request was carried out before.
pub async fn commit(cx: &Cx, kind: &Kind, changes: Vec<Change>, facts: &Facts) -> Result<usize, Refused> {
    Ok(conclude(cx, kind, changes, facts).await?.0)
}

/// The same, and the first of the records as it is written: what follows may have said something of it, too.
async fn conclude(cx: &Cx, kind: &Kind, changes: Vec<Change>, facts: &Facts) -> Result<(usize, Option<Row>), Refused> {
    let company = company(cx, kind, &changes).await?;
    let mut all = Vec::with_capacity(changes.len());
    let mut first = None;
    let mut new_id = || cx.app.store.new_id(cx.now);
    for mut change in changes {
        if let Some(tells) = kind.tells {
            change.messages.extend(tells(cx, &change).await?);
        }
        let entailed = kind.entails.map(|entails| {
            entails(&change, company.get(&change.after.id).map_or(&[], Vec::as_slice), facts, &mut new_id)
        });
        let mut entailed = entailed.unwrap_or_default();
        if let Some(follows) = kind.follows {
            let (own, others): (Vec<_>, Vec<_>) = follows(cx, &change, facts)
                .await?
                .into_iter()
                .partition(|other| other.noun.name == change.noun.name && other.after.id == change.after.id);
            // What follows for the record itself is said with its own change: who saved it knows its version.
            for own in own {
                change.after = Row { version: change.after.version, ..own.after };
                change.leaves = own.leaves.or(change.leaves);
            }
            entailed.extend(others);
        }
        first.get_or_insert_with(|| change.after.clone());
        all.push(change);
        all.extend(entailed);
    }
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.request };
    let erased = crate::files::erased(&cx.app.store, author, &all).await?;
    let gone: Vec<_> = erased.iter().map(|change| change.after.clone()).collect();
    all.extend(erased);
    if let Some(doer) = cx.actor.person() {
        for change in &mut all {
            change.spare(doer, cx.now);
        }
    }
    // Alike beside alike, so that one statement holds many; whoever is made and changed in one breath is made first.
    all.sort_by_key(|change| (change.noun.name, change.before.is_some()));
    let grows = all.iter().any(|change| cx.app.in_tree(change.noun));
    let decides = grows || all.iter().any(|change| cx.app.in_rules(change.noun));
    let receipt = cx.app.store.commit(author, all).await?;
    if grows {
        cx.app.grow_tree().await?;
    }
    if decides {
        cx.app.grow_rules().await?;
    }
    if let (Some(files), false) = (&cx.app.files, gone.is_empty()) {
        crate::files::keeping::let_go(&cx.app.store, files, &gone).await?;
    }
    Ok((receipt.changed, first))
}

/// The moves that this actor may make with this record now.
pub fn moves(cx: &Cx, kind: &Kind, row: &Row, facts: &Facts) -> Vec<&'static MoveSpec> {
    let Some(life) = kind.life else { return Vec::new() };
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    let drawn = |spec: &&MoveSpec| cx.may(kind.noun.name, spec.name) && life.next(state, spec.name).is_some();
    life.open(&cx.actor, row, life.moves().iter().filter(drawn).collect(), facts)
}

/// Makes a move: reads its fields, asks the table, the diagram and the rules, then steps.
pub async fn act(
    cx: &Cx,
    kind: &Kind,
    id: Uuid,
    name: &str,
    version: Option<i64>,
    values: &Typed,
) -> Result<Row, Refused> {
    act_done(cx, kind, id, (name, cx.now), version, values).await
}

/// The same of a move that was made at another moment, without a network: judged as of then, and what follows from it is of now.
pub async fn act_done(
    cx: &Cx,
    kind: &Kind,
    id: Uuid,
    (name, done): (&str, i64),
    version: Option<i64>,
    values: &Typed,
) -> Result<Row, Refused> {
    let mut row = find(cx, kind, id).await?;
    if let Some(row) = repeated(cx, kind, Some(id)).await? {
        return Ok(row);
    }
    for _ in 1..TRIES {
        let moved = once(cx, kind, &row, (name, done), version, values).await;
        if !matches!(moved, Err(Refused::Stale)) {
            return moved;
        }
        // What another has changed meanwhile is a record that follows this one: the counters of a sheet on which two mark two children.
        let now = find(cx, kind, id).await?;
        if now.version != row.version || version.is_some_and(|version| version != now.version) {
            return Err(Refused::Stale);
        }
        row = now;
    }
    once(cx, kind, &row, (name, done), version, values).await
}

async fn once(
    cx: &Cx,
    kind: &Kind,
    row: &Row,
    (name, done): (&str, i64),
    version: Option<i64>,
    values: &Typed,
) -> Result<Row, Refused> {
    let (change, facts) = step(cx, kind, row, (name, done), version, values).await?;
    let facts = Facts { now: cx.now, today: cx.today(), ..facts };
    written(cx, kind, change, &facts).await
}

/// The change that a move would make; nothing is written.
async fn step(
    cx: &Cx,
    kind: &Kind,
    row: &Row,
    (name, done): (&str, i64),
    version: Option<i64>,
    values: &Typed,
) -> Result<(Change, Facts), Refused> {
    let life = kind.life.ok_or(Refused::Missing)?;
    let spec = life.moves().iter().find(|spec| spec.name == name).ok_or(Refused::Missing)?;
    if !cx.may(kind.noun.name, spec.name) {
        return Err(Refused::Forbidden);
    }
    if version.is_some_and(|version| version != row.version) {
        return Err(Refused::Stale);
    }
    let state = row.get(kind.noun, "state").text().unwrap_or_default();
    if life.next(state, spec.name).is_none() {
        let state = format!("{}.state.{state}", kind.noun.name);
        return Err(Refusal::new("move.not_now").with("state", cx.word(&state)).into());
    }
    let (input, brought) = read_input(cx, spec, values).map_err(Refused::Faults)?;
    let facts = cx.facts(&[(kind.noun, row)], &brought).await?;
    let mut facts = Facts { now: done, today: dates::shanghai_date(done), ..facts };
    if kind.pairs {
        facts.evidence = crate::files::pieces(&cx.app.store, kind.noun, row.id).await?;
    }
    let unknown = |(field, cell): &(&'static str, Cell)| {
        cell.id()
            .is_some_and(|id| !facts.known.contains_key(&id))
            .then(|| Refusal::at("value.unknown", field).with("noun", ""))
    };
    let faults: Vec<_> = input.0.iter().filter_map(unknown).collect();
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    life.may(&cx.actor, row, spec.name, &facts)?;
    let change = life.step(&cx.actor, row, spec.name, &input, &facts)?;
    Ok((change, facts))
}

fn read_input(cx: &Cx, spec: &MoveSpec, values: &Typed) -> Result<(Input, Brought), Vec<Refusal>> {
    let (mut input, mut brought, mut faults) = (Input::default(), Vec::new(), Vec::new());
    for field in spec.fields {
        match parse::cell(field, typed(values, field.name).unwrap_or_default(), cx.app.pretend) {
            Ok(Cell::Null) if field.required => faults.push(Refusal::at("value.required", field.name)),
            Ok(cell) => {
                if let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, &cell) {
                    brought.push((target, *id));
                }
                input.0.push((field.name, cell));
            }
            Err(refusal) => faults.push(refusal),
        }
    }
    if faults.is_empty() { Ok((input, brought)) } else { Err(faults) }
}

/// The same move for several records with the same input: each succeeds or fails for itself, and the answer says which.
pub async fn act_on_many(
    cx: &Cx,
    kind: &Kind,
    ids: &[Uuid],
    name: &str,
    values: &Typed,
) -> Vec<(Uuid, Result<Row, Refused>)> {
    let mut answers = Vec::with_capacity(ids.len());
    for id in ids {
        // Each its own request, derived from the one that was sent: sent again, none is done twice.
        let one = Cx { request: Uuid::new_v5(&cx.request, id.as_bytes()), ..cx.clone() };
        answers.push((*id, act(&one, kind, *id, name, None, values).await));
    }
    answers
}
