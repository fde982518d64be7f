//! From a readable row to a change: what it makes of its record, what it refers to, and what the rules say to that.

use std::collections::{HashMap, HashSet};

use kit::tidy::fold;
use kit::{Cell, Change, Facts, Kind as FieldKind, Mask, Noun, Refusal, Row, Scope};
use store::StoreError;
use uuid::Uuid;

use super::columns::Columns;
use super::draft::{Draft, Fields, Spot};
use super::known::{Key, comparable, same};
use super::refs::{self, Lookups};
use super::siblings::Siblings;
use crate::app::Cx;
use crate::area::Kind;
use crate::save;
use crate::sheet::Table;

/// A row of the file with its record.
pub struct Case {
    pub draft: Draft,
    pub before: Option<Row>,
}

impl Case {
    fn held(&self, index: usize) -> Option<Uuid> {
        self.before.as_ref()?.cells.get(index)?.id()
    }
}

/// What a whole file is judged with.
pub struct Bench<'a> {
    pub cx: &'a Cx,
    pub kind: &'a Kind,
    pub columns: &'a Columns,
    pub table: &'a Table,
}

impl Bench<'_> {
    fn noun(&self) -> &'static Noun {
        self.kind.noun
    }

    /// Looks again at references that were not found: a record may keep one that is out of the reader's scope, as it was shown to
    /// him, and a row may refer to a new one of the same file.
    pub async fn look_again(&self, cases: &mut [Case], lookups: &Lookups) -> Result<(), StoreError> {
        let columns: Vec<_> =
            self.columns.fields.iter().filter(|column| matches!(column.field.kind, FieldKind::Ref(_))).collect();
        let mut wanted: HashMap<&'static str, HashSet<Uuid>> = HashMap::new();
        for case in cases.iter().filter(|case| !case.draft.faulty.is_empty()) {
            for column in columns.iter().filter(|column| case.draft.faulty.has(column.index)) {
                if let (FieldKind::Ref(target), Some(id)) = (column.field.kind, case.held(column.index)) {
                    wanted.entry(target).or_default().insert(id);
                }
            }
        }
        let labels = refs::labels(self.cx, wanted).await?;
        let new = self.new_names(cases);
        for case in cases.iter_mut().filter(|case| !case.draft.faulty.is_empty()) {
            for column in &columns {
                if !case.draft.faulty.has(column.index) {
                    continue;
                }
                let text = fold(self.table.rows.get(case.draft.at).map_or("", |row| row.cell(column.at)));
                let held = case.held(column.index).filter(|id| labels.get(id).is_some_and(|label| fold(label) == text));
                let own = matches!(column.field.kind, FieldKind::Ref(target) if target == self.noun().name);
                let fresh = new
                    .get(&text)
                    .filter(|_| own)
                    .and_then(|ids| if let [id] = ids.as_slice() { Some(*id) } else { None });
                if let Some(id) = held.or(fresh) {
                    settle(&mut case.draft, column.index, id);
                } else if !case.draft.faults.iter().any(|(spot, _)| *spot == Spot::Field(column.index)) {
                    self.once_more(&mut case.draft, column.index, lookups);
                }
            }
        }
        Ok(())
    }

    /// A reference that nobody looked up, because the one within which it means something was unknown.
    fn once_more(&self, draft: &mut Draft, index: usize, lookups: &Lookups) {
        let (Some(lookup), Some(column)) =
            (lookups.get(index), self.columns.fields.iter().find(|column| column.index == index))
        else {
            return;
        };
        if lookup.depends().any(|parent| draft.faulty.has(parent)) {
            return;
        }
        let text = self.table.rows.get(draft.at).map_or("", |row| row.cell(column.at));
        match lookup.find(self.cx, column.field, text, &draft.row) {
            Ok(id) => settle(draft, index, id),
            Err(refusal) => draft.fault(Spot::Field(index), refusal),
        }
    }

    /// The names of the records that the file itself brings, where a record type refers to its own kind (上级单位, 本部).
    fn new_names(&self, cases: &[Case]) -> HashMap<String, Vec<Uuid>> {
        let mut names: HashMap<String, Vec<Uuid>> = HashMap::new();
        if self.refers_to_itself() {
            for case in cases.iter().filter(|case| case.before.is_none()) {
                for name in refs::names_of(self.cx, self.noun(), &case.draft.row) {
                    names.entry(name).or_default().push(case.draft.row.id);
                }
            }
        }
        names
    }

    fn refers_to_itself(&self) -> bool {
        let own = |target: &str| target == self.noun().name;
        self.columns.fields.iter().any(|column| matches!(column.field.kind, FieldKind::Ref(target) if own(target)))
    }

    /// A mask stands for what is there; a new record has nothing there.
    pub fn unveil(&self, case: &mut Case) {
        if case.before.is_some() || case.draft.veiled.is_empty() {
            return;
        }
        for column in &self.columns.fields {
            if case.draft.veiled.has(column.index) {
                case.draft.fault(Spot::Field(column.index), Refusal::at("io.veiled", column.field.name));
            }
        }
    }

    /// A number of a person (证件号码) belongs to one record only, whoever may see that one.
    pub async fn numbers(&self, cases: &mut [Case], key: &Key) -> Result<(), StoreError> {
        for (index, blind) in self
            .noun()
            .fields
            .iter()
            .enumerate()
            .filter_map(|(at, field)| Some((at, field.sealed.filter(|_| field.mask == Some(Mask::Number))?)))
        {
            let mut first: HashMap<String, (u32, usize)> = HashMap::new();
            let own = key.fields == [index];
            for (place, case) in cases.iter_mut().enumerate() {
                let clear =
                    matches!(case.draft.row.cells.get(index), Some(Cell::Secret(_))) && case.draft.given.has(index);
                // Whose row is another's has the other's number, too: that is said once.
                let twice = |(_, refusal): &(Spot, Refusal)| matches!(refusal.code, "io.twice" | "io.twice_key");
                if !clear || case.draft.faults.iter().any(twice) {
                    continue;
                }
                let text = comparable(self.cx, self.noun(), index, &case.draft.row)?;
                match first.get(&text) {
                    Some((other, _)) if !own => {
                        case.draft.fault(Spot::Field(index), Refusal::new("io.twice").with("row", other));
                    }
                    Some(_) => {}
                    None => _ = first.insert(text, (case.draft.number, place)),
                }
            }
            let cells: Vec<_> = first.keys().map(|text| Cell::Text(text.clone())).collect();
            for row in self.cx.app.store.find_by(self.noun(), blind, &cells, &Scope::county()).await? {
                let place = row.get(self.noun(), blind).text().and_then(|text| first.get(text));
                let Some(case) = place.and_then(|(_, place)| cases.get_mut(*place)) else { continue };
                // A row whose own key is wrong may well be that record: one mistake is told once.
                let unknown = case.before.is_none() && key.fields.iter().any(|at| case.draft.faulty.has(*at));
                if !unknown && case.before.as_ref().is_none_or(|before| before.id != row.id) {
                    let hidden = !self.cx.scope().sees(self.noun(), &row);
                    let code = self.kind.out_of_sight.filter(|_| hidden).unwrap_or("io.taken");
                    case.draft.fault(Spot::Field(index), Refusal::new(code));
                }
            }
        }
        Ok(())
    }

    /// The fields in which a row differs from its record; `None` for a new record.
    pub fn differences(&self, case: &Case) -> Result<Option<Fields>, StoreError> {
        let Some(before) = &case.before else { return Ok(None) };
        let mut differing = Fields::default();
        for column in self.columns.fields.iter().filter(|column| case.draft.given.has(column.index)) {
            if !same(self.cx, self.noun(), column.index, before, &case.draft.row)? {
                differing.add(column.index);
            }
        }
        Ok(Some(differing))
    }

    /// What the rules may know: the records that the file refers to, and those to which the changed records refer already.
    pub async fn facts(&self, cases: &[(Case, Option<Fields>)], lookups: Lookups) -> Result<Facts, StoreError> {
        let mut known = lookups.into_rows();
        let mut wanted: HashMap<&'static str, HashSet<Uuid>> = HashMap::new();
        for before in cases.iter().filter_map(|(case, _)| case.before.as_ref()) {
            for (field, cell) in before.pairs(self.noun()) {
                if let (FieldKind::Ref(target), Cell::Id(id)) = (field.kind, cell)
                    && !known.contains_key(id)
                {
                    wanted.entry(target).or_default().insert(*id);
                }
            }
        }
        for (case, _) in cases {
            let own = save::at_home(self.cx, self.kind, case.before.as_ref(), &case.draft.row);
            if let Some((target, home)) = own.filter(|(_, home)| !known.contains_key(home)) {
                wanted.entry(target).or_default().insert(home);
            }
        }
        for (target, ids) in wanted {
            let Some(kind) = self.cx.app.kind_of(target) else { continue };
            let ids: Vec<_> = ids.into_iter().collect();
            known.extend(self.cx.app.store.find_many(kind.noun, &ids, &Scope::county()).await?);
        }
        if self.refers_to_itself() {
            known.extend(
                cases
                    .iter()
                    .filter(|(case, _)| case.before.is_none())
                    .map(|(case, _)| (case.draft.row.id, case.draft.row.clone())),
            );
        }
        let rows: Vec<_> =
            cases.iter().flat_map(|(case, _)| std::iter::once(&case.draft.row).chain(&case.before)).collect();
        save::beside(self.cx, self.kind, &rows, self.cx.facts_with(known)).await
    }

    /// The change that a row makes; `None` when the rules leave nothing to change. What the rules say is said once, and not about
    /// a field that could not be read anyway.
    pub fn change(
        &self,
        case: Case,
        differing: Option<Fields>,
        siblings: &Siblings<'_>,
    ) -> Result<Option<Change>, Box<Draft>> {
        let Case { mut draft, before } = case;
        let noun = self.noun();
        let given: Vec<usize> = (0..noun.fields.len()).filter(|index| draft.given.has(*index)).collect();
        let mut after = before.as_ref().map_or_else(|| draft.row.clone(), Clone::clone);
        if before.is_none() {
            // What told others apart is not written: it is derived, as it would be without a file.
            for column in self.columns.fields.iter().filter(|column| column.field.apart) {
                after.set(noun, column.field.name, Cell::Null);
            }
        }
        if before.is_some() {
            for index in &given {
                // A sealed value that is the same still goes to the rules in the clear: they can read no other.
                copy(&draft.row, &mut after, *index);
            }
        }
        let facts = siblings.facts(&after);
        match save::judge(self.cx, self.kind, before.as_ref(), after, &facts) {
            Ok(_) if !draft.faults.is_empty() => Err(Box::new(draft)),
            Ok(after) if !self.cx.scope().sees(noun, &after) => {
                let refusal = save::outside(noun);
                let index = refusal.field.and_then(|field| noun.index(field));
                draft.faults.push((index.map_or(Spot::Row, Spot::Field), refusal));
                Err(Box::new(draft))
            }
            Ok(mut after) => match before {
                None => Ok(Some(Change::create(noun, "import", after))),
                Some(before) => {
                    for index in given.iter().filter(|index| differing.is_none_or(|fields| !fields.has(**index))) {
                        copy(&before, &mut after, *index);
                    }
                    let change = Change::update(noun, "import", before, after);
                    Ok((!change.is_empty()).then_some(change))
                }
            },
            Err(refusals) => {
                for refusal in refusals {
                    let index = refusal.field.and_then(|field| noun.index(field));
                    // What is derived is missing because something else is wrong, and nobody could fill it in.
                    let derived = index.and_then(|index| noun.fields.get(index)).is_some_and(|field| field.fixed);
                    if derived && refusal.code == "value.required" && !draft.faults.is_empty() {
                        continue;
                    }
                    if index.is_none_or(|index| !draft.faulty.has(index)) {
                        draft.faults.push((index.map_or(Spot::Row, Spot::Field), refusal));
                    }
                }
                Err(Box::new(draft))
            }
        }
    }
}

fn settle(draft: &mut Draft, index: usize, id: Uuid) {
    draft.faults.retain(|(spot, _)| *spot != Spot::Field(index));
    draft.faulty.remove(index);
    draft.given.add(index);
    if let Some(slot) = draft.row.cells.get_mut(index) {
        *slot = Cell::Id(id);
    }
}

fn copy(from: &Row, to: &mut Row, index: usize) {
    if let (Some(cell), Some(slot)) = (from.cells.get(index), to.cells.get_mut(index)) {
        slot.clone_from(cell);
    }
}
