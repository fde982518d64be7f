//! 组织: who there is, and who answers for whom.
//!
//! The county's units and schools as one tree; classes that keep their identity from the first grade to the last, with one row a school
//! year; pupils, whose enrolments are written by their own changes so that every day has its class; guardians; staff; and posts held from
//! one day to another, so that "who was answerable on that day" has an answer. Everything else in the product refers to these records, and
//! a reader's scope is made of them. Nothing here is deleted: a school closes, a class ends, a pupil leaves, a post runs out.

pub mod answerable;
mod closing;
pub mod entails;
pub mod erasure;
pub mod figures;
pub mod leaving;
pub mod record;
pub mod rollover;
pub mod rules;
pub mod tree;

#[cfg(test)]
mod tests;

use engine::{Area, Kind};
use kit::Noun;
use store::Migration;

use crate::attendance::bed::BED;
use crate::attendance::care::CARE;
use record::{CLASS, CLASS_YEAR, ENROLMENT, GUARDIAN, INSPECTOR_AREA, POST, PUPIL, SCHOOL, STAFF, UNIT};

const MIGRATIONS: &[Migration] = &[
    Migration { name: "0001_organisation", sql: include_str!("schema.sql") },
    // A teacher's classes are looked up with every page that she opens, the bureau's heads with every child that is missing.
    Migration {
        name: "0004_teachers_and_posts",
        sql: "create index class_year_teacher on class_year (teacher);\ncreate index post_post on post (post)",
    },
    // Who is in a class on a day is read from the index alone, with every roll that is called.
    Migration {
        name: "0081_class_rolls",
        sql: "drop index enrolment_class;\ncreate index enrolment_class on enrolment (class, from_on, until_on, pupil)",
    },
    // Who came this year was not there last year.
    Migration { name: "0152_staff_joined", sql: "alter table staff add column joined_on date" },
];

const PUPIL_COMPANIONS: &[(&Noun, &str)] = &[(&GUARDIAN, "pupil"), (&CARE, "pupil"), (&BED, "pupil")];

/// The schools of a township, which are told apart by their names.
const SCHOOLS_BESIDE: &[(&str, &Noun, &str)] = &[("township", &SCHOOL, "township")];

/// What whoever is given a post holds already, and who holds which at his school.
const POSTS_BESIDE: &[(&str, &Noun, &str)] = &[("staff", &POST, "staff"), ("school", &POST, "school")];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "organisation",
        kinds: vec![
            Kind::new(&SCHOOL, "school")
                .rules(rules::school)
                .beside(SCHOOLS_BESIDE)
                .follows(closing::school_follows)
                .unless_asked("campus", "0"),
            Kind::new(&CLASS, "users").rules(rules::class).papers(crate::attendance::CLASS_PAPERS),
            Kind::new(&CLASS_YEAR, "calendar").rules(rules::class_year).off_menu(),
            Kind::new(&PUPIL, "user")
                .derive(entails::pupil_derived)
                .rules(rules::pupil)
                .entails(entails::pupil_entails)
                .companions(PUPIL_COMPANIONS)
                .out_of_sight(rules::PUPIL_ELSEWHERE)
                .papers(crate::attendance::presence::PAPERS),
            Kind::new(&ENROLMENT, "history").off_menu(),
            Kind::new(&GUARDIAN, "phone").derive(entails::guardian_derived),
            Kind::new(&STAFF, "id")
                .begin(rules::staff_begun)
                .derive(rules::staff_derived)
                .rules(rules::staff)
                .entails(leaving::staff_entails)
                .follows(leaving::staff_follows)
                .companions(leaving::HELD),
            Kind::new(&POST, "user-check")
                .derive(rules::post_derived)
                .rules(rules::post)
                .beside(POSTS_BESIDE)
                .offers(|cx, field, code| rules::post_offered(&cx.actor, field, code)),
            Kind::new(&INSPECTOR_AREA, "map-pin").rules(rules::inspector_area),
            Kind::new(&UNIT, "building-community").rules(rules::unit),
        ],
        migrations: MIGRATIONS,
        words: include_str!("text.toml"),
        figures: figures::ALL,
        routes: None,
        described: None,
        nav: &[],
    }
}
