//! 限期整改通知书: what is printed, sealed and handed to a school, composed from its hazards.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use kit::Row;
use uuid::Uuid;

use super::record::{Category, Grade, HAZARD, Hazard};

/// The word keys of what the notice rests on, in the order in which it is cited.
pub const BASIS: &[&str] = &["paper.basis.safety_law", "paper.basis.order_16", "paper.basis.order_23"];

/// One notice to one school.
#[derive(Clone, Debug, PartialEq)]
pub struct Paper {
    /// 文号; given by the office when the paper is issued, until then the place for it stays empty.
    pub number: Option<String>,
    pub school: Uuid,
    pub issued_on: NaiveDate,
    pub items: Vec<Item>,
    /// The latest of the items' limits: by then everything on the paper must be done, and each item by its own.
    pub limit: Option<NaiveDate>,
    pub basis: &'static [&'static str],
}

/// One hazard on the paper.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    pub number: usize,
    pub hazard: Uuid,
    pub found_on: NaiveDate,
    pub place: String,
    pub description: String,
    pub category: Category,
    pub grade: Option<Grade>,
    pub measures: Option<String>,
    pub due_on: Option<NaiveDate>,
}

/// Whether a hazard stands on a notice: it was handed over, to a school, and is neither put right nor set aside.
pub fn fits(row: &Row) -> bool {
    let has = |field| !row.get(&HAZARD, field).is_null();
    let aside = matches!(row.get(&HAZARD, "state").text(), Some("mistaken" | "merged" | "closed"));
    has("handed_on") && !has("handed_unit") && (has("handed_school") || has("school")) && !aside
}

/// One paper for each school that has something to rectify, its hazards in the order of their limits; hazards without a
/// school are not a school's business. `hazards` are what was handed over; a notice is of the day on which the last of them was, whenever it is printed:
/// a paper that is dated after its own limits binds nobody. `today` is for what has no such day.
pub fn compose(hazards: &[Hazard], today: NaiveDate) -> Vec<Paper> {
    let mut schools = BTreeMap::<Uuid, Vec<&Hazard>>::new();
    for hazard in hazards {
        if let Some(school) = hazard.handed_school.or(hazard.school).filter(|_| hazard.handed_unit.is_none()) {
            schools.entry(school).or_default().push(hazard);
        }
    }
    schools.into_iter().map(|(school, hazards)| paper(school, hazards, today)).collect()
}

fn paper(school: Uuid, mut hazards: Vec<&Hazard>, today: NaiveDate) -> Paper {
    hazards.sort_by_key(|hazard| (hazard.due_on, hazard.found_on, hazard.id));
    let items = hazards.iter().enumerate().map(|(at, hazard)| item(at + 1, hazard)).collect();
    let limit = hazards.iter().filter_map(|hazard| hazard.due_on).max();
    let issued_on = hazards.iter().filter_map(|hazard| hazard.handed_on).max().unwrap_or(today);
    Paper { number: None, school, issued_on, items, limit, basis: BASIS }
}

fn item(number: usize, hazard: &Hazard) -> Item {
    Item {
        number,
        hazard: hazard.id,
        found_on: hazard.found_on,
        place: hazard.place.clone(),
        description: hazard.description.clone(),
        category: hazard.category,
        grade: hazard.grade,
        measures: hazard.measures.clone(),
        due_on: hazard.due_on,
    }
}
