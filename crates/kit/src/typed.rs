//! A row read into its struct, straight from its cells.
//!
//! The struct meets the field table through serde. A page asks the life of each of its rows what may be done now, move by move, and each
//! question reads the row: by way of a JSON object that was a third of the time of a list.

use serde::de::value::{BorrowedStrDeserializer, Error, MapDeserializer};
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::cell::{Cell, Row};
use crate::noun::Noun;

/// The row as a struct whose members are `id`, `version` and the fields of the noun.
pub(crate) fn read<T: DeserializeOwned>(noun: &Noun, row: &Row) -> Result<T, Error> {
    let own = [("id", Member::Id(row.id)), ("version", Member::Version(row.version))];
    let fields = row.pairs(noun).map(|(field, cell)| (field.name, Member::Cell(cell)));
    T::deserialize(MapDeserializer::new(own.into_iter().chain(fields)))
}

enum Member<'de> {
    Id(uuid::Uuid),
    Version(i64),
    Cell(&'de Cell),
}

impl<'de> IntoDeserializer<'de> for Member<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

fn id<'de, V: Visitor<'de>>(id: uuid::Uuid, visitor: V) -> Result<V::Value, Error> {
    visitor.visit_str(id.hyphenated().encode_lower(&mut uuid::Uuid::encode_buffer()))
}

/// Says what the cell's JSON would say; a secret is never read.
impl<'de> Deserializer<'de> for Member<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Id(own) => id(own, visitor),
            Self::Version(version) => visitor.visit_i64(version),
            Self::Cell(cell) => match cell {
                Cell::Null | Cell::Secret(_) => visitor.visit_unit(),
                Cell::Bool(flag) => visitor.visit_bool(*flag),
                Cell::Int(int) => visitor.visit_i64(*int),
                Cell::Real(real) => visitor.visit_f64(*real),
                Cell::Text(text) => visitor.visit_borrowed_str(text),
                Cell::Date(date) => visitor.visit_string(date.to_string()),
                Cell::Id(other) => id(*other, visitor),
            },
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self {
            Self::Cell(Cell::Null | Cell::Secret(_)) => visitor.visit_none(),
            some => visitor.visit_some(some),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        match self {
            Self::Cell(Cell::Text(text)) => {
                BorrowedStrDeserializer::new(text).deserialize_enum(name, variants, visitor)
            }
            other => other.deserialize_any(visitor),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple tuple_struct map
        struct identifier ignored_any
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use chrono::NaiveDate;
    use proptest::prelude::*;
    use serde::{Deserialize, Serialize};
    use uuid::Uuid;

    use super::*;
    use crate::field::Field;
    use crate::noun::{Record, ScopeBy};

    static NOUN: Noun = Noun {
        name: "case",
        plural: "cases",
        fields: &[
            Field::refer("school", "school"),
            Field::text("place", 80),
            Field::choice("grade", &["general", "major"]),
            Field::date("due_on"),
            Field::int("times", 0, 9).required(),
            Field::bool("refused"),
        ],
        scope: ScopeBy::EVERYONE,
        title: &[],
        subject: None,
        order: "due_on",
        tallies: &[],
    };

    #[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Grade {
        General,
        Major,
    }

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    struct Case {
        id: Uuid,
        version: i64,
        school: Option<Uuid>,
        place: Option<String>,
        grade: Option<Grade>,
        due_on: Option<NaiveDate>,
        times: i64,
        refused: bool,
    }

    impl Record for Case {
        const NOUN: &'static Noun = &NOUN;
    }

    prop_compose! {
        fn cases()(
            ids in any::<(u128, Option<u128>)>(), version in 1..99_i64, place in proptest::option::of(".*"),
            major in any::<Option<bool>>(), days in proptest::option::of(0..40_000), times in 0..9_i64, refused in any::<bool>(),
        ) -> Case {
            let (id, school) = (Uuid::from_u128(ids.0), ids.1.map(Uuid::from_u128));
            let grade = major.map(|major| if major { Grade::Major } else { Grade::General });
            let due_on = days.and_then(|days| NaiveDate::from_num_days_from_ce_opt(700_000 + days));
            Case { id, version, school, place, grade, due_on, times, refused }
        }
    }

    proptest! {
        /// What is read straight from the cells is what stands there, and what their JSON says.
        #[test]
        fn a_struct_comes_back_from_its_row(case in cases()) {
            let row = case.to_row().unwrap();
            prop_assert_eq!(&Case::from_row(&row).unwrap(), &case);
            prop_assert_eq!(serde_json::from_value::<Case>(serde_json::Value::Object(row.json(&NOUN))).unwrap(), case);
        }
    }

    #[test]
    fn a_cell_of_another_type_is_a_fault_that_is_told() {
        let whole = Case {
            id: Uuid::from_u128(1),
            version: 1,
            school: None,
            place: None,
            grade: None,
            due_on: None,
            times: 1,
            refused: false,
        };
        let row = whole.to_row().unwrap();
        for (field, cell) in [
            ("times", Cell::Null),
            ("times", Cell::Text("1".into())),
            ("times", Cell::Secret("1".into())),
            ("grade", Cell::Text("huge".into())),
            ("grade", Cell::Int(1)),
            ("school", Cell::Text("nobody".into())),
            ("due_on", Cell::Text("2021-02-30".into())),
            ("refused", Cell::Int(1)),
        ] {
            let refused = Case::from_row(&row.clone().with(&NOUN, field, cell)).unwrap_err();
            assert_eq!(refused.code, "record.unreadable", "{field}");
        }
    }
}
