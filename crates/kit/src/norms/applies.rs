//! To whom a norm applies: by stage or type of school, boarding, size, kind of unit, and what the school has.

use serde::Deserialize;

use crate::timetable::STAGES;

/// Kinds of the subjects that norms bind.
pub const UNITS: &[&str] = &["school", "bureau", "county", "department", "township", "village", "operator", "province"];
/// What a school may have that brings norms of its own.
pub const FEATURES: &[&str] = &[
    "canteen",
    "contracted_canteen",
    "bus",
    "fire_key_unit",
    "antiterror_target",
    "chemicals",
    "water_nearby",
    "system_level_2",
    "system_level_3",
];

/// Who is asked about.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// Kind of unit; empty means a school.
    pub unit: &'a str,
    /// Stage of a class or type of school.
    pub stage: &'a str,
    pub boarding: bool,
    /// Pupils.
    pub size: u32,
    pub features: &'a [&'a str],
}

/// Whom a norm is for; what is not said is no condition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Applies {
    pub units: Vec<String>,
    pub stages: Vec<String>,
    pub boarding: Option<bool>,
    pub size_from: Option<u32>,
    pub size_to: Option<u32>,
    /// All of these.
    #[serde(rename = "with")]
    pub features: Vec<String>,
}

impl Applies {
    pub fn everybody(&self) -> bool {
        *self == Self::default()
    }

    pub fn holds(&self, subject: &Subject<'_>) -> bool {
        let unit = if subject.unit.is_empty() { "school" } else { subject.unit };
        let among = |list: &[String], one: &str| list.is_empty() || list.iter().any(|name| name == one);
        among(&self.units, unit)
            && (unit == "school" || !self.of_schools())
            && among(&self.stages, subject.stage)
            && self.boarding.is_none_or(|boarding| boarding == subject.boarding)
            && self.size_from.is_none_or(|from| from <= subject.size)
            && self.size_to.is_none_or(|to| subject.size <= to)
            && self.features.iter().all(|name| subject.features.contains(&name.as_str()))
    }

    /// Stages, boarders and pupils are a school's: a norm that speaks of them and of no unit is for schools.
    fn of_schools(&self) -> bool {
        let of_pupils = self.boarding.is_some() || self.size_from.is_some() || self.size_to.is_some();
        self.units.is_empty() && (of_pupils || !self.stages.is_empty())
    }

    /// Whether somebody could be meant by both.
    pub fn overlaps(&self, other: &Self) -> bool {
        let common = |a: &[String], b: &[String]| a.is_empty() || b.is_empty() || a.iter().any(|one| b.contains(one));
        let (low, high) = (self.size_from.max(other.size_from), self.size_to.into_iter().chain(other.size_to).min());
        let schools = ["school".to_owned()];
        let units = |applies: &Self| if applies.of_schools() { schools.to_vec() } else { applies.units.clone() };
        common(&units(self), &units(other))
            && common(&self.stages, &other.stages)
            && self.boarding.zip(other.boarding).is_none_or(|(a, b)| a == b)
            && low.zip(high).is_none_or(|(low, high)| low <= high)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let unknown = |list: &[String], known: &[&str]| list.iter().find(|one| !known.contains(&one.as_str())).cloned();
        for (list, known, what) in
            [(&self.units, UNITS, "unit"), (&self.stages, STAGES, "stage"), (&self.features, FEATURES, "feature")]
        {
            if let Some(wrong) = unknown(list, known) {
                return Err(format!("no {what} is called {wrong:?}"));
            }
        }
        let reversed = self.size_from.zip(self.size_to).is_some_and(|(from, to)| to < from);
        if reversed { Err("its size ends before it begins".into()) } else { Ok(()) }
    }
}
