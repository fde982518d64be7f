//! The organisation in figures, each as it stood at the end of the last day that counts.

use kit::dates::school_year_of;
use kit::figure::{FigureDef, Frame, Measure};
use kit::{Cell, Noun, Query, Test};

use super::record::{CLASS, POST, PUPIL, SCHOOL, STAFF};

pub const ALL: &[FigureDef] = &[
    count("schools", "unit.schools", &SCHOOL, |frame| schools(frame, false)),
    count("campuses", "unit.campuses", &SCHOOL, |frame| schools(frame, true)),
    count("classes", "unit.classes", &CLASS, classes),
    // Whoever left and has come back since was not there in between, which the first formula did not know.
    FigureDef { formula: 2, ..count("pupils", "unit.pupils", &PUPIL, pupils) },
    // Who boards today need not have boarded then, which the first formula did not know, and whoever came since was not there.
    FigureDef { formula: 3, ..count("boarders", "unit.pupils", &PUPIL, boarders) },
    FigureDef { formula: 2, ..count("staff", "unit.persons", &STAFF, staff) },
    count("safety_officers", "unit.posts", &POST, |frame| {
        posts(frame, "safety_officer").filter("school", Test::Present)
    }),
    count("inspectors", "unit.posts", &POST, |frame| posts(frame, "inspector")),
];

const fn count(id: &'static str, unit: &'static str, noun: &'static Noun, rows: fn(&Frame) -> Query) -> FigureDef {
    FigureDef { id, formula: 1, unit, noun, measure: Measure::Count, rows, of: None }
}

/// Schools are those with a 学校标识码 of their own; campuses and teaching points are counted apart, never added.
fn schools(frame: &Frame, campus: bool) -> Query {
    Query::new().is("campus", Cell::Bool(campus)).begun("opened_on", frame.last()).not_ended("closed_on", frame.last())
}

fn classes(frame: &Frame) -> Query {
    let year = i64::from(school_year_of(frame.last()));
    Query::new().filter("entry_year", Test::Between(None, Some(Cell::Int(year)))).not_ended("ended_on", frame.last())
}

/// 在籍学生
fn pupils(frame: &Frame) -> Query {
    Query::new().up_to("enrolled_on", frame.last()).not_ended("left_on", frame.last()).as_of(frame.last())
}

fn boarders(frame: &Frame) -> Query {
    pupils(frame).is("boarder", Cell::Bool(true))
}

/// Who has no day of coming was there before the register began: else a county that begins with a file would have had nobody the year before.
fn staff(frame: &Frame) -> Query {
    Query::new().begun("joined_on", frame.last()).not_ended("left_on", frame.last())
}

/// Posts in force: unlike the day on which a pupil left, the last day of a post is still a day of it.
fn posts(frame: &Frame, post: &str) -> Query {
    Query::new().among("post", &[post]).in_force(frame.last())
}
