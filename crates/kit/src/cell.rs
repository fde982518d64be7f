//! One value of one record, as data: what a database column, a JSON member, a form input and a spreadsheet cell have in common.

use chrono::NaiveDate;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::field::{Field, Kind};
use crate::noun::Noun;

/// A value. Instants are `Int`: milliseconds since 1970 in UTC.
#[derive(Clone, Debug, PartialEq)]
pub enum Cell {
    Null,
    Bool(bool),
    Int(i64),
    Real(f64),
    Text(String),
    Date(NaiveDate),
    Id(Uuid),
    /// A sensitive value in the clear on its way in: the store seals it, and nothing ever reads one back.
    Secret(String),
}

impl Cell {
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub fn id(&self) -> Option<Uuid> {
        match self {
            Self::Id(id) => Some(*id),
            _ => None,
        }
    }

    pub fn date(&self) -> Option<NaiveDate> {
        match self {
            Self::Date(date) => Some(*date),
            _ => None,
        }
    }

    pub fn int(&self) -> Option<i64> {
        match self {
            Self::Int(int) => Some(*int),
            _ => None,
        }
    }

    /// The value as JSON; dates as `2021-12-20`, ids in their hyphenated form. A secret never becomes JSON.
    pub fn json(&self) -> Value {
        match self {
            Self::Null | Self::Secret(_) => Value::Null,
            Self::Bool(flag) => Value::Bool(*flag),
            Self::Int(int) => Value::from(*int),
            Self::Real(real) => Value::from(*real),
            Self::Text(text) => Value::String(text.clone()),
            Self::Date(date) => Value::String(date.to_string()),
            Self::Id(id) => Value::String(id.to_string()),
        }
    }

    /// Reads JSON that this program wrote itself (history, typed records); `None` when the type is not the field's.
    pub fn from_json(kind: &Kind, value: &Value) -> Option<Self> {
        Some(match (kind, value) {
            (_, Value::Null) => Self::Null,
            (Kind::Bool, Value::Bool(flag)) => Self::Bool(*flag),
            (Kind::Int { .. } | Kind::Moment, Value::Number(number)) => Self::Int(number.as_i64()?),
            (Kind::Real { .. }, Value::Number(number)) => Self::Real(number.as_f64()?),
            (Kind::Date, Value::String(text)) => Self::Date(text.parse().ok()?),
            (Kind::Ref(_), Value::String(text)) => Self::Id(text.parse().ok()?),
            (Kind::Text { .. } | Kind::Long { .. } | Kind::Choice(_), Value::String(text)) => Self::Text(text.clone()),
            _ => return None,
        })
    }
}

/// A record as data: its identity, its version, and one cell for each field of its noun, in the order of the field table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: Uuid,
    /// Counts the changes from 1; a save that names an older version is stale.
    pub version: i64,
    pub cells: Vec<Cell>,
}

impl Row {
    /// A record that holds nothing yet.
    pub fn blank(noun: &Noun, id: Uuid) -> Self {
        Self { id, version: 0, cells: vec![Cell::Null; noun.fields.len()] }
    }

    /// The value of a field; `Null` for a field that the noun does not have, which the conformance suite makes impossible.
    pub fn get(&self, noun: &Noun, field: &str) -> &Cell {
        noun.index(field).and_then(|at| self.cells.get(at)).unwrap_or(&Cell::Null)
    }

    pub fn set(&mut self, noun: &Noun, field: &str, cell: Cell) {
        if let Some(slot) = noun.index(field).and_then(|at| self.cells.get_mut(at)) {
            *slot = cell;
        }
    }

    /// The same record with one more value: for building records in one expression.
    #[must_use]
    pub fn with(mut self, noun: &Noun, field: &str, cell: Cell) -> Self {
        self.set(noun, field, cell);
        self
    }

    /// Every field with its cell.
    pub fn pairs<'a>(&'a self, noun: &'a Noun) -> impl Iterator<Item = (&'a Field, &'a Cell)> {
        noun.fields.iter().zip(&self.cells)
    }

    /// The record as a JSON object: `id`, `version`, then the fields.
    pub fn json(&self, noun: &Noun) -> Map<String, Value> {
        let mut map = Map::with_capacity(self.cells.len() + 2);
        map.insert("id".into(), Value::String(self.id.to_string()));
        map.insert("version".into(), Value::from(self.version));
        for (field, cell) in self.pairs(noun) {
            map.insert(field.name.into(), cell.json());
        }
        map
    }

    /// Reads back what [`Row::json`] wrote; members that are missing stay empty, a wrong type is an error naming the field.
    pub fn from_json(noun: &Noun, map: &Map<String, Value>) -> Result<Self, String> {
        let id = map.get("id").and_then(Value::as_str).and_then(|text| text.parse().ok()).ok_or("id")?;
        let mut row = Self::blank(noun, id);
        row.version = map.get("version").and_then(Value::as_i64).unwrap_or(0);
        for (field, cell) in noun.fields.iter().zip(&mut row.cells) {
            if let Some(value) = map.get(field.name) {
                *cell = Cell::from_json(&field.kind, value).ok_or(field.name)?;
            }
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noun::ScopeBy;

    static NOUN: Noun = Noun {
        name: "x",
        plural: "xs",
        fields: &[
            Field::text("name", 9),
            Field::int("count", 0, 9),
            Field::real("lat", 0.0, 90.0),
            Field::date("day"),
            Field::moment("at"),
            Field::bool("open"),
            Field::choice("kind", &["a"]),
            Field::refer("school", "school").whole(),
        ],
        scope: ScopeBy::NOBODY,
        title: &["name", "kind"],
        subject: None,
        order: "id",
        tallies: &[],
    };

    fn row() -> Row {
        let cells = [
            ("name", Cell::Text("甲".into())),
            ("count", Cell::Int(3)),
            ("lat", Cell::Real(25.5)),
            ("day", Cell::Date(NaiveDate::from_ymd_opt(2021, 12, 20).unwrap_or_default())),
            ("at", Cell::Int(1_000)),
            ("open", Cell::Bool(true)),
            ("kind", Cell::Text("a".into())),
            ("school", Cell::Id(Uuid::from_u128(7))),
        ];
        let blank = Row { version: 4, ..Row::blank(&NOUN, Uuid::from_u128(9)) };
        cells.into_iter().fold(blank, |row, (field, cell)| row.with(&NOUN, field, cell))
    }

    #[test]
    fn a_record_comes_back_from_its_json_and_what_is_of_another_type_is_named() {
        let row = row();
        assert_eq!(Row::from_json(&NOUN, &row.json(&NOUN)).as_ref(), Ok(&row));
        assert_eq!(row.json(&NOUN)["day"], "2021-12-20");
        for (field, wrong) in [
            ("name", Value::from(1)),
            ("count", Value::from("3")),
            ("count", Value::from(1.5)),
            ("lat", Value::from("25.5")),
            ("day", Value::from("2021-02-30")),
            ("at", Value::Bool(true)),
            ("open", Value::from(1)),
            ("school", Value::from("nobody")),
        ] {
            let mut map = row.json(&NOUN);
            map.insert(field.into(), wrong);
            assert_eq!(Row::from_json(&NOUN, &map), Err(field.to_owned()));
            map.remove(field);
            assert_eq!(Row::from_json(&NOUN, &map).map(|row| row.get(&NOUN, field).clone()), Ok(Cell::Null), "{field}");
        }
        let mut nobody = row.json(&NOUN);
        nobody.remove("id");
        assert!(Row::from_json(&NOUN, &nobody).is_err());
        assert_eq!(Cell::Secret("138".into()).json(), Value::Null, "a secret is never told");
    }

    #[test]
    fn a_field_that_is_not_there_is_empty_and_holds_nothing() {
        let mut row = row();
        let before = row.clone();
        row.set(&NOUN, "colour", Cell::Int(1));
        assert_eq!((&row, row.get(&NOUN, "colour")), (&before, &Cell::Null));
        assert_eq!(
            (NOUN.title_of(&row), NOUN.whole(), NOUN.has_state()),
            ("甲 a".to_owned(), Some(("school", "school")), false)
        );
    }
}
