//! A record and its parts are one event: what a job makes together with its whole has no event of its own, the event of the whole tells of it.
//!
//! A payload says so by itself, whatever the field tables are later: which noun the parts are of, which of their fields names the whole
//! (`of`), which hold what the whole's field of the same name holds (`as`), and of each part the rest.
//!
//! ```text
//! {"set":{"class":"…","day":"2021-12-20",…},
//!  "parts":[{"noun":"mark","of":"sheet","as":["class","day"],"each":[{"id":"…","set":{"pupil":"…","kind":"late"}}]}]}
//! ```

use std::collections::{HashMap, HashSet};

use kit::{Change, Noun, Row};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use crate::history::said;
use crate::migrate::Migration;

/// Changes no table: a program that cannot read parts would take their rows for rows without events, and is to refuse this history.
pub(crate) const STEP: Migration = Migration { name: "0075_parts", sql: "" };

/// The parts that a transaction makes together with their wholes, sealed before anything is written: the row and what the event says of it
/// are the same.
#[derive(Default)]
pub(crate) struct Parts {
    rows: HashMap<Uuid, Row>,
    /// Of each whole, in the order in which they were handed in.
    of: HashMap<Uuid, Vec<(&'static Noun, Uuid)>>,
}

impl Parts {
    pub fn add(&mut self, whole: Uuid, noun: &'static Noun, stored: Row) {
        self.of.entry(whole).or_default().push((noun, stored.id));
        self.rows.insert(stored.id, stored);
    }

    /// The row of a part that this change makes; none where the change has an event of its own.
    pub fn row(&self, change: &Change) -> Option<&Row> {
        self.rows.get(&change.after.id).filter(|_| change.before.is_none())
    }

    /// What this change makes besides its own record: rows of each noun.
    pub fn of(&self, change: &Change) -> Vec<(&'static Noun, Vec<&Row>)> {
        let mut groups: Vec<(&'static Noun, Vec<&Row>)> = Vec::new();
        let known = self.of.get(&change.after.id).filter(|_| change.before.is_none());
        for (noun, row) in known.into_iter().flatten().filter_map(|(noun, id)| Some((noun, self.rows.get(id)?))) {
            match groups.iter_mut().find(|(other, _)| std::ptr::eq(*other, *noun)) {
                Some((_, rows)) => rows.push(row),
                None => groups.push((noun, vec![row])),
            }
        }
        groups
    }
}

/// What one job makes together with its whole, and the whole's id: the same verb made both, and the whole is no part itself. What is made and changed
/// in one breath has events of its own, so that they stand in their order.
pub(crate) fn together(changes: &[Change]) -> Vec<(Uuid, &Change)> {
    let new = || changes.iter().filter(|change| change.before.is_none());
    if new().all(|change| change.noun.whole().is_none()) {
        return Vec::new();
    }
    let wholes = new().filter(|change| change.noun.whole().is_none());
    let wholes: HashSet<_> = wholes.map(|change| (change.noun.name, change.after.id, change.verb)).collect();
    let again: HashSet<_> =
        changes.iter().filter(|change| change.before.is_some()).map(|change| change.after.id).collect();
    let whole = |change: &Change| {
        let (field, noun) = change.noun.whole()?;
        let id = change.after.get(change.noun, field).id()?;
        (wholes.contains(&(noun, id, change.verb)) && !again.contains(&change.after.id)).then_some(id)
    };
    new().filter_map(|change| Some((whole(change)?, change))).collect()
}

/// Parts of one noun in the words of a payload: what each holds, less what all of them have from their whole.
pub(crate) fn told(
    noun: &Noun,
    of: &str,
    whole: &Map<String, Value>,
    mut each: Vec<(Uuid, Map<String, Value>)>,
) -> Value {
    let first = each.first().map(|(_, set)| set.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    let alike = |name: &String| {
        let said = whole.get(name);
        name != of && said.is_some_and(|said| !said.is_null()) && each.iter().all(|(_, set)| set.get(name) == said)
    };
    let alike: Vec<_> = first.into_iter().filter(alike).collect();
    for (_, set) in &mut each {
        set.retain(|name, _| name != of && !alike.contains(name));
    }
    let each: Vec<_> = each.into_iter().map(|(id, set)| json!({ "id": id, "set": set })).collect();
    json!({ "noun": noun.name, "of": of, "as": alike, "each": each })
}

/// A part as the event of its whole tells of it.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    pub noun: String,
    pub id: Uuid,
    /// All its fields, those of the whole too.
    pub set: Map<String, Value>,
}

/// The parts in a payload of this record.
pub(crate) fn parts_of(payload: &str, record: Uuid) -> Vec<Told> {
    // Hardly any payload has parts, and within a text the quotes are escaped: this is never there without them.
    if !payload.contains("\"parts\":") {
        return Vec::new();
    }
    let (_, whole) = said(payload);
    let payload = serde_json::from_str::<Value>(payload).unwrap_or_default();
    let groups = payload.get("parts").and_then(Value::as_array);
    groups.into_iter().flatten().filter_map(|group| told_of(group, record, &whole)).flatten().collect()
}

fn told_of(group: &Value, record: Uuid, whole: &Map<String, Value>) -> Option<Vec<Told>> {
    let text = |name| group.get(name).and_then(Value::as_str);
    let (noun, of, alike) = (text("noun")?, text("of")?, group.get("as")?.as_array()?);
    let mut common: Map<_, _> = alike
        .iter()
        .filter_map(|name| whole.get_key_value(name.as_str()?))
        .map(|(name, said)| (name.clone(), said.clone()))
        .collect();
    common.insert(of.to_owned(), Value::String(record.to_string()));
    let one = |part: &Value| {
        let mut set = common.clone();
        set.extend(part.get("set")?.as_object()?.clone());
        Some(Told { noun: noun.to_owned(), id: part.get("id")?.as_str()?.parse().ok()?, set })
    };
    Some(group.get("each")?.as_array()?.iter().filter_map(one).collect())
}

impl Told {
    /// What its event would say, if it had one.
    pub fn payload(self) -> String {
        json!({ "set": self.set }).to_string()
    }
}

#[cfg(test)]
mod tests {
    use kit::{Cell, Field, ScopeBy};

    use super::*;

    const fn noun(name: &'static str, fields: &'static [Field]) -> Noun {
        let scope = ScopeBy::EVERYONE;
        Noun { name, plural: name, fields, scope, title: &[], subject: None, order: "id", tallies: &[] }
    }

    static SHEET: Noun = noun("sheet", &[Field::text("day", 9)]);
    static MARK: Noun = noun("mark", &[Field::refer("sheet", "sheet").whole(), Field::text("day", 9)]);
    static CHECK: Noun = noun("check", &[Field::refer("mark", "mark").whole()]);

    fn made(noun: &'static Noun, verb: &'static str, id: u128, whole: u128) -> Change {
        let row = Row::blank(noun, Uuid::from_u128(id));
        let row =
            noun.whole().map_or(row.clone(), |(field, _)| row.with(noun, field, Cell::Id(Uuid::from_u128(whole))));
        Change::create(noun, verb, row)
    }

    #[test]
    fn only_what_is_made_with_its_whole_and_as_it_is_told_with_it() {
        let sheet = made(&SHEET, "create", 1, 0);
        let mark = |verb, id, whole| made(&MARK, verb, id, whole);
        let changed = Change::update(&SHEET, "edit", sheet.after.clone(), sheet.after.clone());
        let again = Change::update(&MARK, "edit", mark("create", 2, 1).after, mark("create", 2, 1).after);
        for (changes, expected) in [
            (vec![sheet.clone(), mark("create", 2, 1), mark("create", 3, 1)], vec![2, 3]),
            (vec![mark("create", 2, 1), sheet.clone()], vec![2]),
            (vec![sheet.clone(), mark("import", 2, 1)], vec![]),
            (vec![sheet.clone(), mark("create", 2, 4)], vec![]),
            (vec![mark("create", 2, 1)], vec![]),
            (vec![changed, mark("create", 2, 1)], vec![]),
            (vec![mark("create", 2, 1), mark("create", 3, 1), again, sheet.clone()], vec![3]),
            // The id of another noun's record, and what is whole and part at once.
            (vec![made(&CHECK, "create", 1, 9), mark("create", 2, 1)], vec![]),
            (vec![sheet.clone(), mark("create", 2, 1), made(&CHECK, "create", 3, 2)], vec![2]),
            (vec![sheet], vec![]),
        ] {
            let found: Vec<_> = together(&changes).iter().map(|(_, change)| change.after.id.as_u128()).collect();
            assert_eq!(found, expected);
        }
    }

    fn map(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_is_told_is_read_back_whatever_whole_and_parts_share() {
        let (id, record) = (Uuid::from_u128(5), Uuid::from_u128(6));
        let whole = map(&json!({ "day": "a", "n": 1, "note": null, "sheet": "x" }));
        let of = json!(record.to_string());
        for (sets, alike) in [
            (vec![json!({ "sheet": of, "day": "a", "n": 2 })], json!(["day"])),
            (
                vec![json!({ "sheet": of, "day": "a", "n": 1 }), json!({ "sheet": of, "day": "a", "n": 2 })],
                json!(["day"]),
            ),
            (
                vec![json!({ "sheet": of, "day": "a", "n": 1 }), json!({ "sheet": of, "n": 1, "day": "a" })],
                json!(["day", "n"]),
            ),
            (vec![json!({ "sheet": of, "day": "a" }), json!({ "sheet": of })], json!([])),
            (vec![json!({ "sheet": of, "note": "a" })], json!([])),
            (vec![json!({})], json!([])),
        ] {
            let each = sets.iter().map(|set| (id, map(set))).collect();
            let group = told(&MARK, "sheet", &whole, each);
            assert_eq!(group["as"], alike);
            let payload = json!({ "version": 1, "set": whole, "parts": [group] }).to_string();
            let mut sets: Vec<_> = sets.iter().map(map).collect();
            for set in &mut sets {
                set.insert("sheet".into(), of.clone());
            }
            let expected: Vec<_> = sets.into_iter().map(|set| Told { noun: "mark".into(), id, set }).collect();
            assert_eq!(parts_of(&payload, record), expected);
        }
    }

    #[test]
    fn what_cannot_be_read_tells_of_nothing() {
        let record = Uuid::nil();
        for payload in [
            "",
            r#"{"version":1,"set":{"text":"\"parts\":[]"}}"#,
            r#"{"parts":7}"#,
            r#"{"parts":[7,{"noun":"mark"},{"noun":"mark","of":"sheet","as":[],"each":[{"id":"x","set":{}},{"set":{}},3]}]}"#,
            r#"{"parts":[{"noun":"mark","of":"sheet","as":[],"each":"#,
        ] {
            assert_eq!(parts_of(payload, record), []);
        }
    }
}
