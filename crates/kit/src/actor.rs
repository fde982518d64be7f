//! Who asks, what for, and how far his eyes reach.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::{Noun, Row};

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident = $code:literal),* $(,)?) => {
        /// What an account is for. One account has one role; a person with two offices has the wider one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Role { $($(#[$doc])* $name),* }

        impl Role {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];
            pub const CODES: &'static [&'static str] = &[$($code),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$name => $code),* }
            }
        }

        impl FromStr for Role {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text { $($code => Ok(Self::$name),)* _ => Err(format!("no role is called {text:?}")) }
            }
        }
    };
}

roles! {
    /// 领导小组(办公室): the county's leading group.
    County = "county",
    /// 教育局局长、分管副局长
    Director = "director",
    /// 教育局安全股
    Bureau = "bureau",
    /// 兼职督学、安全督查员
    Inspector = "inspector",
    /// 成员单位联络员
    Department = "department",
    /// 乡镇(街道)
    Township = "township",
    /// 校(园)长
    Principal = "principal",
    /// 学校安全专干
    School = "school",
    /// 班主任
    Teacher = "teacher",
    /// 保安员
    Guard = "guard",
    /// 系统管理员
    Sysadmin = "sysadmin",
    /// 安全管理员
    Secadmin = "secadmin",
    /// 审计管理员
    Auditor = "auditor",
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Role {
    /// The three administrators of the graded protection scheme (GB/T 22239-2019, 8.1.5), whom nobody may combine.
    pub const fn administers(self) -> bool {
        matches!(self, Self::Sysadmin | Self::Secadmin | Self::Auditor)
    }

    /// Works for the whole county, not for one unit of it.
    pub const fn county_wide(self) -> bool {
        matches!(self, Self::County | Self::Director | Self::Bureau)
    }
}

/// How far someone sees: the units, schools and classes whose records exist for him.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The whole county.
    pub all: bool,
    /// Units and schools in his charge, trees already followed.
    pub units: Vec<Uuid>,
    /// The school he belongs to.
    pub home: Option<Uuid>,
    pub classes: Vec<Uuid>,
    /// He himself, as a member of staff.
    pub person: Option<Uuid>,
}

impl Scope {
    /// For the program itself: migrations, figures, verification. Never for a person's request.
    pub fn county() -> Self {
        Self { all: true, ..Self::default() }
    }

    /// Whether a unit is in his charge.
    pub fn holds(&self, unit: Uuid) -> bool {
        self.all || self.units.contains(&unit)
    }

    /// Whether a record exists for him: by the same columns as in every query, for what is at hand already.
    pub fn sees(&self, noun: &Noun, row: &Row) -> bool {
        let id = |column: &&str| if *column == "id" { Some(row.id) } else { row.get(noun, column).id() };
        let by = noun.scope;
        let unit = || by.units.iter().filter_map(id).any(|id| self.units.contains(&id));
        let home = || by.home.iter().any(|column| self.home.is_some() && id(column) == self.home);
        let person = || by.persons.iter().any(|column| self.person.is_some() && id(column) == self.person);
        let class = || by.classes.iter().filter_map(id).any(|id| self.classes.contains(&id));
        self.all || by.everyone || unit() || home() || person() || class()
    }
}

/// Someone who asks.
#[derive(Clone, Debug)]
pub struct Actor {
    pub account: Uuid,
    pub login: String,
    pub name: String,
    pub role: Role,
    /// The unit or school whose business he does.
    pub unit: Option<Uuid>,
    pub scope: Scope,
}

impl Actor {
    /// The program itself, with the bureau's rights: in its name rules are asked when nobody with an account acts. It is never written down as anybody.
    pub fn program() -> Self {
        Self {
            account: Uuid::nil(),
            login: "program".into(),
            name: "anxiao".into(),
            role: Role::Bureau,
            unit: None,
            scope: Scope::county(),
        }
    }

    pub fn person(&self) -> Option<Uuid> {
        self.scope.person
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Cell;
    use crate::field::Field;
    use crate::noun::ScopeBy;

    static NOUN: Noun = Noun {
        name: "x",
        plural: "xs",
        fields: &[
            Field::refer("school", "school"),
            Field::refer("class", "class"),
            Field::refer("keeper", "staff"),
            Field::refer("unit", "unit"),
        ],
        scope: ScopeBy {
            everyone: false,
            units: &["unit", "id"],
            home: &["school"],
            classes: &["class"],
            persons: &["keeper"],
        },
        title: &[],
        subject: None,
        order: "id",
        tallies: &[],
    };

    const ME: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);

    /// Each column opens a record by its own part of a scope, and an empty one by none.
    #[test]
    fn a_record_is_seen_by_what_its_columns_say_and_never_by_what_is_empty() {
        let row = |field: &str, id: Uuid| Row::blank(&NOUN, OTHER).with(&NOUN, field, Cell::Id(id));
        let none = Scope::default();
        let by = [
            ("unit", Scope { units: vec![ME], ..Scope::default() }),
            ("school", Scope { home: Some(ME), ..Scope::default() }),
            ("class", Scope { classes: vec![ME], ..Scope::default() }),
            ("keeper", Scope { person: Some(ME), ..Scope::default() }),
        ];
        for (at, (field, scope)) in by.iter().enumerate() {
            assert!(scope.sees(&NOUN, &row(field, ME)), "{field}");
            assert!(!scope.sees(&NOUN, &row(field, OTHER)) && !none.sees(&NOUN, &row(field, ME)), "{field}");
            assert!(!scope.sees(&NOUN, &Row::blank(&NOUN, OTHER)), "nothing stands there: {field}");
            for (other, _) in by.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, one)| one) {
                assert!(!scope.sees(&NOUN, &row(other, ME)), "{field} opens no {other}");
            }
        }
        // Who belongs nowhere, or is nobody, is not at home where no school and no keeper is named.
        assert!(!none.sees(&NOUN, &Row::blank(&NOUN, OTHER)));
        assert!(by[0].1.sees(&NOUN, &Row::blank(&NOUN, ME)), "the record itself is his unit");
        assert!(Scope::county().sees(&NOUN, &Row::blank(&NOUN, OTHER)));
        let everyone = Noun { scope: ScopeBy::EVERYONE, ..copy() };
        assert!(none.sees(&everyone, &Row::blank(&everyone, OTHER)));
        let nobody = Noun { scope: ScopeBy::NOBODY, ..copy() };
        assert!(by.iter().all(|(field, scope)| !scope.sees(&nobody, &row(field, ME))));
        assert!(by[0].1.holds(ME) && !by[0].1.holds(OTHER) && !by[1].1.holds(ME) && Scope::county().holds(OTHER));
    }

    fn copy() -> Noun {
        let Noun { name, plural, fields, scope, title, subject, order, tallies } = NOUN;
        Noun { name, plural, fields, scope, title, subject, order, tallies }
    }

    #[test]
    fn three_administer_three_work_for_the_county_and_no_role_does_both() {
        let codes = |held: fn(Role) -> bool| {
            Role::ALL.iter().copied().filter(|role| held(*role)).map(Role::code).collect::<Vec<_>>()
        };
        assert_eq!(codes(Role::administers), ["sysadmin", "secadmin", "auditor"]);
        assert_eq!(codes(Role::county_wide), ["county", "director", "bureau"]);
        for role in Role::ALL {
            assert_eq!(role.code().parse(), Ok(*role));
        }
        assert!("Bureau".parse::<Role>().is_err());
    }
}
