//! The school calendar as records. When a school teaches is no secret.

use kit::terms::{Home, Special};
use kit::{Field, Noun, ScopeBy};

pub const SEASONS: &[&str] = &["autumn", "spring"];
/// What was decided stands, or was taken back.
pub const STATES: &[&str] = &["in_force", "withdrawn"];
/// Why lessons were suspended.
pub const REASONS: &[&str] = &["rain", "ice", "heat", "epidemic", "utilities", "exam_site", "other"];

/// 学期: of the whole county, or of one school that has its own.
pub static TERM: Noun = Noun {
    name: "term",
    plural: "terms",
    fields: &[
        // Empty: of every school that has none of its own.
        Field::refer("school", "school").public().list().filter().key(),
        // The school year that begins on 1 September of this year.
        Field::int("year", 2000, 2100).public().required().list().filter().sort().key(),
        Field::choice("season", SEASONS).public().required().list().filter().key(),
        Field::date("from_on").public().required().list().sort(),
        Field::date("until_on").public().required().list(),
        // 寄宿生回家周期
        Field::choice("home", Home::CODES).public().required().list(),
        // 文号
        Field::text("document", 60).public().search(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["year", "season"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};

/// 停课: of a school, of all schools of a township, or of the county.
pub static SUSPENSION: Noun = Noun {
    name: "suspension",
    plural: "suspensions",
    fields: &[
        Field::refer("school", "school").public().list().filter(),
        Field::refer("unit", "unit").public().list().filter(),
        Field::choice("reason", REASONS).public().required().list().filter(),
        Field::date("from_on").public().required().list().sort(),
        // Empty until lessons begin again.
        Field::date("until_on").public().list(),
        // Who decided: the bureau, the county's headquarters, the school.
        Field::text("decided_by", 60).public().required().list().search(),
        Field::text("document", 60).public().search(),
        Field::long("note", 400).public(),
        // What was written before there was a state stands.
        Field::choice("state", STATES).public().fixed().list().filter(),
        Field::long("withdrawn_for", 200).public().fixed(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["reason", "from_on"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};

/// 校历日: exams, lessons on a free day, a day off, a weekend on which boarders stay.
pub static SCHOOL_DAY: Noun = Noun {
    name: "school_day",
    plural: "school-days",
    fields: &[
        Field::refer("school", "school").public().list().filter(),
        Field::choice("kind", Special::CODES).public().required().list().filter(),
        Field::text("name", 40).public().required().list().search(),
        Field::date("from_on").public().required().list().sort(),
        Field::date("until_on").public().required().list(),
        Field::choice("state", STATES).public().fixed().list().filter(),
        Field::long("withdrawn_for", 200).public().fixed(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["name"],
    subject: None,
    order: "-from_on",
    tallies: &[],
};
