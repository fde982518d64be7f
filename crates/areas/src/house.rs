//! Putting the rooms together: what the program and the tests open alike.

use std::sync::{Arc, LazyLock};

use chrono::NaiveDate;
use engine::app::{Decided, Setting, TreeOf};
use engine::area::Chapter;
use engine::auth::Reach;
use engine::clock::Clock;
use engine::device::DEVICE;
use engine::messages::worker::Phones;
use engine::messages::{MESSAGE, Outside, Settings};
use engine::views::SAVED_VIEW;
use kit::calendar::Calendar;
use kit::duty::DutyNorms;
use kit::ladder::Ladders;
use kit::lines::named;
use kit::texts::Templates;
use kit::topics::Topics;
use kit::{Actor, Conduct, Norms, Noun, Policy, Role, Row, Rules, Terms, Timetable, Words, dates};
use store::{Migration, Store};

use crate::norms::record::NORM_DECISION;
use crate::organisation::record::{CLASS_YEAR, INSPECTOR_AREA, SCHOOL, STAFF, UNIT};
use crate::organisation::tree;
use crate::terms::record::{SCHOOL_DAY, SUSPENSION, TERM};

/// The permission table.
pub const PERMISSIONS: &str = include_str!("permissions.txt");
/// Statutory holidays and make-up workdays.
pub const CALENDAR: &str = include_str!("../../../rules/calendar.toml");
/// Session times.
pub const SESSIONS: &str = include_str!("../../../rules/sessions.toml");
/// What is asked again and again.
pub const DUTIES: &str = include_str!("../../../rules/duties.toml");
/// How what is left undone climbs.
pub const LADDERS: &str = include_str!("../../../rules/ladders.toml");
/// The texts that may leave the house.
pub const MESSAGES: &str = include_str!("../../../rules/messages.toml");
/// What is said before going home.
pub const TOPICS: &str = include_str!("../../../rules/topics.toml");
/// The files that hold no norms, with their names.
pub const OTHERS: &[(&str, &str)] = &[
    ("rules/calendar.toml", CALENDAR),
    ("rules/sessions.toml", SESSIONS),
    ("rules/duties.toml", DUTIES),
    ("rules/ladders.toml", LADDERS),
    ("rules/messages.toml", MESSAGES),
    ("rules/topics.toml", TOPICS),
];
/// The norms of each area, with the names of their files.
pub const NORMS: &[(&str, &str)] = &[
    ("rules/organisation.toml", include_str!("../../../rules/organisation.toml")),
    ("rules/rollcall.toml", include_str!("../../../rules/rollcall.toml")),
    ("rules/hazards.toml", include_str!("../../../rules/hazards.toml")),
    ("rules/tips.toml", include_str!("../../../rules/tips.toml")),
    ("rules/retention.toml", include_str!("../../../rules/retention.toml")),
    ("rules/guards.toml", include_str!("../../../rules/guards.toml")),
    ("rules/patrols.toml", include_str!("../../../rules/patrols.toml")),
    ("rules/attendance.toml", include_str!("../../../rules/attendance.toml")),
    ("rules/drills.toml", include_str!("../../../rules/drills.toml")),
    ("rules/education.toml", include_str!("../../../rules/education.toml")),
    ("rules/canteen.toml", include_str!("../../../rules/canteen.toml")),
    ("rules/transport.toml", include_str!("../../../rules/transport.toml")),
    ("rules/reports.toml", include_str!("../../../rules/reports.toml")),
    ("rules/risk.toml", include_str!("../../../rules/risk.toml")),
    ("rules/mechanisms.toml", include_str!("../../../rules/mechanisms.toml")),
    ("rules/assessment.toml", include_str!("../../../rules/assessment.toml")),
];

/// The rules as they ship with the program; read once.
pub fn rules() -> Result<Rules, String> {
    static SHIPPED: LazyLock<Result<Rules, String>> = LazyLock::new(|| rules_of(OTHERS, NORMS));
    SHIPPED.clone()
}

/// The rules of these files, each with its name: those that hold no norms ([`OTHERS`], by the last part of their names), and norms. Read as a
/// whole or not at all, so that no two of them contradict each other.
///
/// # Errors
/// The file, the line, and what is wrong there.
pub fn rules_of(others: &[(&str, &str)], norms: &[(&str, &str)]) -> Result<Rules, String> {
    let file = |name: &'static str| others.iter().find(|(path, _)| path.ends_with(name)).copied().unwrap_or((name, ""));
    let (calendar, sessions) = (file("calendar.toml"), file("sessions.toml"));
    let timetable = Timetable::parse(sessions.1).map_err(|error| named(sessions.0, &error))?;
    Ok(Rules {
        calendar: Arc::new(Calendar::parse(calendar.1).map_err(|error| named(calendar.0, &error))?),
        norms: Arc::new(Norms::parse(norms)?),
        terms: Arc::new(Terms::new([], Vec::new(), Vec::new(), timetable.usual())),
        timetable: Arc::new(timetable),
        conduct: Arc::new(conduct_of(
            file("duties.toml"),
            file("ladders.toml"),
            file("messages.toml"),
            file("topics.toml"),
        )?),
    })
}

fn conduct_of(
    duties: (&str, &str),
    ladders: (&str, &str),
    messages: (&str, &str),
    topics: (&str, &str),
) -> Result<Conduct, String> {
    let conduct = Conduct {
        duties: DutyNorms::parse(&[duties])?,
        ladders: Ladders::parse(ladders.1).map_err(|error| named(ladders.0, &error))?,
        texts: Templates::parse(messages.1).map_err(|error| named(messages.0, &error))?,
        topics: Topics::parse(topics.1).map_err(|error| named(topics.0, &error))?,
    };
    crate::duties::check(&conduct.duties).map_err(|error| named(duties.0, &error))?;
    crate::climbs::check(&conduct.ladders).map_err(|error| named(ladders.0, &error))?;
    crate::messages::answers::check(&conduct.texts).map_err(|error| named(messages.0, &error))?;
    Ok(conduct)
}

/// Every record type of every room, and what of the engine is in no room because it is its owner's: saved views, telephones.
pub fn nouns() -> Vec<&'static Noun> {
    let own = crate::all().iter().flat_map(|area| area.kinds.iter().map(|kind| kind.noun)).collect::<Vec<_>>();
    // The outbox is the store's own: its rows follow no history.
    own.into_iter().filter(|noun| noun.name != MESSAGE.name).chain([&SAVED_VIEW, &DEVICE]).collect()
}

/// Every step of the schema, in order.
pub fn migrations() -> Vec<Migration> {
    let own = crate::all().iter().flat_map(|area| area.migrations.iter().copied()).collect::<Vec<_>>();
    own.into_iter().chain([engine::views::MIGRATION, engine::device::MIGRATION]).collect()
}

/// The menu: which rooms stand together. What belongs to no chapter would be reached by nobody; a test looks for it.
pub const MENU: &[Chapter] = &[
    Chapter { name: "cases", areas: &["hazards", "tips", "climbs"], first: beyond_school },
    Chapter { name: "day", areas: &["attendance", "patrols", "talks"], first: at_school },
    Chapter { name: "duty", areas: &["duties", "messages"], first: shut },
    Chapter { name: "figures", areas: &["reports", "burden"], first: shut },
    Chapter { name: "people", areas: &["organisation"], first: shut },
    Chapter { name: "basis", areas: &["terms", "lessons", "norms"], first: shut },
    Chapter { name: "house", areas: &["evidence", "retention", "accounts"], first: shut },
];

fn at_school(actor: &Actor) -> bool {
    actor.scope.home.is_some()
}

fn beyond_school(actor: &Actor) -> bool {
    !at_school(actor)
}

fn shut(_: &Actor) -> bool {
    false
}

/// The words of the engine and of every room.
pub fn words() -> Result<Words, String> {
    let areas = crate::all();
    let mut files = engine::WORDS.to_vec();
    files.push(("menu", include_str!("menu.toml")));
    files.extend(areas.iter().map(|area| (area.name, area.words)));
    Words::parse(&files)
}

/// Everything that the engine needs, around an open store.
pub fn setting(
    store: Store,
    county_name: &str,
    clock: Clock,
    pretend: Option<&'static str>,
) -> Result<Setting, String> {
    Ok(Setting {
        store,
        areas: crate::all(),
        words: words().map_err(|error| format!("words: {error}"))?,
        policy: Policy::parse(PERMISSIONS).map_err(|error| format!("permissions: {error}"))?,
        rules: rules()?,
        decided: Some(DECIDED),
        clock,
        county_name: county_name.to_owned(),
        pretend,
        tree: (&UNIT, &SCHOOL, tree::nodes as TreeOf),
        reaches: reaches(),
        menu: MENU,
        secure: false,
        public_url: None,
        metrics: None,
        files: None,
        outside: outside(Settings::default())?,
    })
}

/// What the county decided on top of the files of `rules/`.
const DECIDED: Decided = Decided {
    nouns: &[&TERM, &SUSPENSION, &SCHOOL_DAY, &NORM_DECISION],
    apply: |rules, records, tree| crate::terms::applied(&crate::norms::applied(rules, records), records, tree),
};

/// Where members of staff keep their telephone number.
pub const PHONES: Phones = Phones { noun: &STAFF, field: "phone" };

/// What may leave the house, with the gateways that these settings name.
pub fn outside(settings: Settings) -> Result<Outside, String> {
    Outside::open(settings)
}

/// How an inspector comes to his schools and a class teacher to her classes.
fn reaches() -> Vec<Reach> {
    vec![
        Reach {
            role: Role::Inspector,
            noun: &INSPECTOR_AREA,
            by: "staff",
            to: "school",
            classes: false,
            holds: in_force,
        },
        Reach { role: Role::Teacher, noun: &CLASS_YEAR, by: "teacher", to: "class", classes: true, holds: this_year },
    ]
}

fn in_force(row: &Row, day: NaiveDate) -> bool {
    let begun = row.get(&INSPECTOR_AREA, "from_on").date().is_some_and(|from| from <= day);
    begun && row.get(&INSPECTOR_AREA, "until_on").date().is_none_or(|until| day <= until)
}

fn this_year(row: &Row, day: NaiveDate) -> bool {
    row.get(&CLASS_YEAR, "year").int() == Some(i64::from(dates::school_year_of(day)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

    use super::*;

    #[test]
    fn a_list_spares_columns_that_it_has() {
        let all = crate::all();
        for kind in all.iter().flat_map(|area| &area.kinds) {
            let listed = |name: &&str| kind.noun.field(name).is_some_and(|field| field.listed);
            assert!(
                kind.spare.iter().all(|name| listed(name) && *name != "state"),
                "{} {:?}",
                kind.noun.name,
                kind.spare
            );
        }
    }

    #[test]
    fn what_a_role_may_do_is_said_in_words() {
        let (words, policy) = (super::words().unwrap(), Policy::parse(PERMISSIONS).unwrap());
        let silent = |noun: &str, verb: &str| {
            !words.has(&format!("move.{noun}.{verb}")) && !words.has(&format!("ui.verb.{verb}"))
        };
        let missing: Vec<_> = policy.lines().filter(|(noun, verb, _)| silent(noun, verb)).collect();
        assert!(missing.is_empty(), "the help page would say {missing:?}");
    }

    #[test]
    fn every_room_stands_once_in_the_menu() {
        let mut rooms: Vec<_> = crate::all().iter().map(|area| area.name).collect();
        let mut listed: Vec<_> = MENU.iter().flat_map(|chapter| chapter.areas.iter().copied()).collect();
        rooms.sort_unstable();
        listed.sort_unstable();
        assert_eq!(rooms, listed);
    }
}
