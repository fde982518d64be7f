//! A noun: one record type as data.

use crate::cell::Row;
use crate::field::{Field, Kind};

/// By which columns a record belongs to someone's scope. A reader sees a record when any of them is his.
#[derive(Clone, Copy, Debug)]
pub struct ScopeBy {
    /// Seen by everyone who is signed in and may read the noun at all.
    pub everyone: bool,
    /// Columns naming a unit or school that the reader manages (his units with their trees).
    pub units: &'static [&'static str],
    /// Columns naming a school that the reader merely belongs to.
    pub home: &'static [&'static str],
    /// Columns naming a class that the reader teaches.
    pub classes: &'static [&'static str],
    /// Columns naming the reader as a person.
    pub persons: &'static [&'static str],
}

impl ScopeBy {
    pub const EVERYONE: Self = Self { everyone: true, ..Self::NOBODY };
    /// Only those whose scope is the whole county.
    pub const NOBODY: Self = Self { everyone: false, units: &[], home: &[], classes: &[], persons: &[] };

    pub const fn units(columns: &'static [&'static str]) -> Self {
        Self { units: columns, ..Self::NOBODY }
    }
}

/// A record type: name, place in addresses, field table, scope.
#[derive(Debug)]
pub struct Noun {
    /// Table, word prefix and singular: `hazard`.
    pub name: &'static str,
    /// In addresses: `hazards`.
    pub plural: &'static str,
    pub fields: &'static [Field],
    pub scope: ScopeBy,
    /// The fields that name a record to a person, in order.
    pub title: &'static [&'static str],
    /// The field that names the person whose key seals this record's personal values; `id` for the person's own record.
    pub subject: Option<&'static str>,
    /// The order of a list when nobody asks for another; a leading `-` means descending.
    pub order: &'static str,
    /// Sets of fields by which the store keeps exact totals, in the transaction that changes a row. A count that asks about the fields of
    /// one set, in any combination, is a sum over its few lines instead of a walk over the rows. The smallest set stands first.
    pub tallies: &'static [&'static [&'static str]],
}

impl Noun {
    pub fn index(&self, field: &str) -> Option<usize> {
        self.fields.iter().position(|candidate| candidate.name == field)
    }

    pub fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// The natural key's fields.
    pub fn keys(&self) -> impl Iterator<Item = &'static Field> {
        self.fields.iter().filter(|field| field.key)
    }

    /// What this record is a part of: the field that names it, and its noun.
    pub fn whole(&self) -> Option<(&'static str, &'static str)> {
        self.fields.iter().find_map(|field| match field.kind {
            Kind::Ref(noun) if field.whole => Some((field.name, noun)),
            _ => None,
        })
    }

    pub fn has_state(&self) -> bool {
        self.index("state").is_some()
    }

    /// What a person calls this record: its title fields, joined.
    pub fn title_of(&self, row: &Row) -> String {
        let parts = self.title.iter().filter_map(|field| row.get(self, field).text());
        parts.collect::<Vec<_>>().join(" ")
    }
}

/// A record type with a Rust struct. Struct and field table must agree member by member; the conformance suite proves it.
///
/// The struct meets the table through serde, not through a derive of our own: a record is read and written a few at a time
/// in its typed form, and by the hundred thousand only as rows.
pub trait Record: serde::Serialize + serde::de::DeserializeOwned {
    const NOUN: &'static Noun;

    fn from_row(row: &Row) -> Result<Self, crate::Refusal> {
        crate::typed::read(Self::NOUN, row)
            .map_err(|error| crate::Refusal::new("record.unreadable").with("reason", error.to_string()))
    }

    fn to_row(&self) -> Result<Row, crate::Refusal> {
        let unreadable = |reason: String| crate::Refusal::new("record.unreadable").with("reason", reason);
        let json = serde_json::to_value(self).map_err(|error| unreadable(error.to_string()))?;
        let map = json.as_object().ok_or_else(|| unreadable("not an object".into()))?;
        Row::from_json(Self::NOUN, map).map_err(unreadable)
    }
}
