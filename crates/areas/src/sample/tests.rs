#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use kit::life::Input;
use kit::tree::Node;
use kit::{Actor, Cell, Facts, Life, Norms, Role, Row, Scope, Tree, codes, dates};
use uuid::Uuid;

use super::schools::{CLASS_SIZE, CLASSES};
use super::*;
use crate::attendance::bed::{self, BED};
use crate::attendance::care::CARE;
use crate::attendance::record::{MARK, MISSING};
use crate::attendance::sickness;
use crate::hazards::life::HazardLife;
use crate::hazards::record::{HAZARD, State};
use crate::hazards::returns::MONTHLY_RETURN;
use crate::organisation::record::{
    CLASS, CLASS_YEAR, ENROLMENT, GUARDIAN, INSPECTOR_AREA, POST, PUPIL, SCHOOL, STAFF, UNIT,
};

/// The records as they are in the end, by record type and id.
pub(super) struct End(HashMap<&'static str, HashMap<Uuid, Row>>);

impl End {
    /// Every change must follow from what was there.
    fn of(world: &World) -> Self {
        let mut all: HashMap<&'static str, HashMap<Uuid, Row>> = HashMap::new();
        for change in world.batches.iter().flat_map(|batch| &batch.changes) {
            let rows = all.entry(change.noun.name).or_default();
            let before = rows.insert(change.after.id, change.after.clone());
            assert_eq!(before, change.before, "{} {}", change.noun.name, change.verb);
            assert_eq!(change.after.version, before.map_or(0, |row| row.version) + 1);
        }
        Self(all)
    }

    pub fn rows(&self, noun: &kit::Noun) -> Vec<&Row> {
        self.0.get(noun.name).into_iter().flat_map(HashMap::values).collect()
    }

    fn count(&self, noun: &'static kit::Noun, field: &str, value: &str) -> usize {
        self.rows(noun).into_iter().filter(|row| row.get(noun, field).text() == Some(value)).count()
    }
}

fn county() -> &'static (World, End) {
    static COUNTY: OnceLock<(World, End)> = OnceLock::new();
    COUNTY.get_or_init(|| {
        let world = build(&Plan::county(), 1);
        let end = End::of(&world);
        (world, end)
    })
}

pub(super) fn township() -> (World, End) {
    let world = build(&Plan::township(), 1);
    let end = End::of(&world);
    (world, end)
}

fn of_id(noun: &kit::Noun, row: &Row, field: &str) -> Uuid {
    row.get(noun, field).id().unwrap()
}

#[test]
fn the_county_has_the_size_that_the_source_reports() {
    let end = &county().1;
    let flag = |row: &&Row| *row.get(&SCHOOL, "campus") == Cell::Bool(true);
    let (campuses, schools): (Vec<&Row>, Vec<&Row>) = end.rows(&SCHOOL).into_iter().partition(flag);
    assert_eq!((schools.len(), campuses.len()), (76, 60));
    assert_eq!((end.count(&UNIT, "kind", "township"), end.count(&UNIT, "kind", "farm")), (22, 1));
    assert_eq!(end.rows(&CLASS).len(), CLASSES);
    assert!((114_000..=114_999).contains(&end.rows(&PUPIL).len()), "{}", end.rows(&PUPIL).len());
    assert_eq!(end.rows(&GUARDIAN).len(), end.rows(&PUPIL).len());
    assert_eq!(end.count(&POST, "post", "guard"), 275);
    assert!(end.count(&POST, "post", "class_teacher") >= CLASSES);
    assert_eq!(end.count(&POST, "post", "inspector"), 16);
    assert_eq!(end.rows(&INSPECTOR_AREA).len(), 76);
    for name in ["道县五中", "下蒋学校", "绍基学校", "清塘中心小学", "白马渡中心小学", "道县桥头小学"]
    {
        assert_eq!(end.count(&SCHOOL, "name", name), 1, "{name}");
    }
}

#[test]
fn every_class_has_between_20_and_56_pupils() {
    for end in [&county().1, &township().1] {
        let mut sizes: HashMap<Uuid, usize> = HashMap::new();
        for pupil in end.rows(&PUPIL) {
            *sizes.entry(of_id(&PUPIL, pupil, "class")).or_default() += 1;
        }
        assert_eq!(sizes.len(), end.rows(&CLASS).len());
        assert!(sizes.values().all(|size| CLASS_SIZE.contains(size)), "{:?}", sizes.values().max());
    }
}

#[test]
fn the_same_seed_makes_the_same_county_and_another_seed_another() {
    let text = |seed| {
        let world = build(&Plan::township(), seed);
        format!("{:?} {:?} {:?}", world.batches, world.accounts, world.invited)
    };
    assert!(text(1) == text(1));
    assert!(text(1) != text(2));
    // Of the whole county the ids: each is drawn after all that came before it.
    let ids = |world: &World| {
        world.batches.iter().flat_map(|batch| &batch.changes).map(|change| change.after.id).collect::<Vec<_>>()
    };
    assert!(ids(&county().0) == ids(&build(&Plan::county(), 1)));
}

#[test]
fn one_township_is_small_and_has_everything() {
    let (world, end) = township();
    assert_eq!(end.rows(&SCHOOL).len(), 6);
    let pupils = end.rows(&PUPIL).len();
    assert!((1_000..=1_500).contains(&pupils), "{pupils}");
    assert!((60..400).contains(&end.rows(&HAZARD).len()), "{}", end.rows(&HAZARD).len());
    assert_eq!(world.accounts.len(), 12);
    for state in State::CODES.iter().filter(|state| !["mistaken", "merged"].contains(state)) {
        assert!(end.count(&HAZARD, "state", state) > 0, "{state}");
    }
}

#[test]
fn every_code_number_is_well_formed_and_can_be_nobodys() {
    for end in [&county().1, &township().1] {
        let mut seen = HashSet::new();
        for noun in [&PUPIL, &STAFF, &GUARDIAN, &SCHOOL] {
            for row in end.rows(noun) {
                for (field, cell) in row.pairs(noun) {
                    let (Cell::Secret(text) | Cell::Text(text)) = cell else { continue };
                    if let Some(check) = field.check {
                        assert_eq!(check(text, Some(PRETEND)), Ok(()), "{} {} {text}", noun.name, field.name);
                        assert!(seen.insert((field.name == "phone", text.clone())), "twice: {text}");
                    }
                    if field.name == "id_number" {
                        assert!(codes::id_number(text, None).is_err());
                        assert_eq!(row.get(noun, "sex").text().unwrap(), codes::id_sex(text).unwrap().to_string());
                    }
                }
            }
        }
        for unit in end.rows(&UNIT).into_iter().filter(|row| {
            ["township", "village", "community", "farm"].contains(&row.get(&UNIT, "kind").text().unwrap())
        }) {
            assert_eq!(codes::area_code(unit.get(&UNIT, "code").text().unwrap()), Ok(()));
        }
    }
}

#[test]
fn every_record_is_complete_and_belongs_to_one_that_exists() {
    let end = &county().1;
    let ids: HashSet<Uuid> = end.0.values().flat_map(HashMap::keys).copied().collect();
    assert_eq!(ids.len(), end.0.values().map(HashMap::len).sum::<usize>());
    for noun in [
        &UNIT,
        &SCHOOL,
        &CLASS,
        &CLASS_YEAR,
        &PUPIL,
        &ENROLMENT,
        &GUARDIAN,
        &STAFF,
        &POST,
        &INSPECTOR_AREA,
        &HAZARD,
        &MONTHLY_RETURN,
        &BED,
        &CARE,
    ] {
        for row in end.rows(noun) {
            for (field, cell) in row.pairs(noun) {
                assert!(!field.required || !cell.is_null(), "{} {}", noun.name, field.name);
                match (&field.kind, cell) {
                    (kit::Kind::Choice(codes), Cell::Text(code)) => {
                        assert!(codes.contains(&code.as_str()), "{} {code}", field.name);
                    }
                    (kit::Kind::Ref(_), Cell::Id(id)) => assert!(ids.contains(id), "{} {}", noun.name, field.name),
                    (kit::Kind::Text { max } | kit::Kind::Long { max }, Cell::Text(text)) => {
                        assert!(
                            !text.is_empty() && text.chars().count() <= *max && !text.contains(['{', '}']),
                            "{text}"
                        );
                    }
                    _ => {}
                }
            }
        }
    }
}

#[test]
fn hazards_have_the_properties_that_figures_need() {
    let end = &county().1;
    let hazards = end.rows(&HAZARD);
    assert!((2_000..=4_000).contains(&hazards.len()), "{}", hazards.len());
    for state in State::CODES {
        assert!(end.count(&HAZARD, "state", state) > 0, "{state}");
    }
    let date = |row: &Row, field: &str| row.get(&HAZARD, field).date();
    let closed: Vec<&&Row> = hazards.iter().filter(|row| date(row, "closed_on").is_some()).collect();
    let late = closed.iter().filter(|row| date(row, "closed_on") > date(row, "due_on")).count();
    let share = late * 1000 / closed.len();
    assert!((80..=150).contains(&share), "{share} in a thousand");
    assert!(hazards.iter().filter(|row| row.get(&HAZARD, "reopened").int() > Some(0)).count() >= 20);
    assert!(hazards.iter().filter(|row| row.get(&HAZARD, "extensions").int() > Some(0)).count() >= 20);
    assert!(hazards.iter().any(|row| *row.get(&HAZARD, "refused") == Cell::Bool(true)));
    let in_month = |month| {
        hazards
            .iter()
            .filter(|row| date(row, "found_on").is_some_and(|day| chrono::Datelike::month(&day) == month))
            .count()
    };
    assert!(in_month(5) > 3 * in_month(8) && in_month(11) > 3 * in_month(8));
    let wet = |category, months: [u32; 2]| {
        let of = |row: &&&Row| {
            months.iter().any(|month| date(row, "found_on").is_some_and(|day| chrono::Datelike::month(&day) == *month))
        };
        hazards.iter().filter(of).filter(|row| row.get(&HAZARD, "category").text() == Some(category)).count()
    };
    assert!(wet("building", [4, 5]) > wet("building", [10, 11]) && wet("fire", [10, 11]) > wet("fire", [4, 5]));
}

#[test]
fn nothing_bad_is_said_of_the_schools_that_the_source_names() {
    let end = &county().1;
    let named: HashSet<Uuid> = end
        .rows(&SCHOOL)
        .into_iter()
        .filter(|row| {
            ["道县五中", "下蒋学校", "绍基学校", "清塘中心小学", "白马渡中心小学", "道县桥头小学"]
                .contains(&row.get(&SCHOOL, "name").text().unwrap())
        })
        .map(|row| row.id)
        .collect();
    let bad = |row: &&Row| {
        row.get(&HAZARD, "grade").text() == Some("major") || *row.get(&HAZARD, "refused") == Cell::Bool(true)
    };
    let hazards = end.rows(&HAZARD);
    let worst: Vec<&Row> = hazards.into_iter().filter(bad).collect();
    assert!((3..20).contains(&worst.len()), "{}", worst.len());
    assert!(worst.iter().all(|row| row.get(&HAZARD, "school").id().is_none_or(|school| !named.contains(&school))));
}

#[test]
fn one_school_never_returns_a_month_and_one_does_everything_in_time() {
    for end in [&county().1, &township().1] {
        let schools: Vec<&Row> =
            end.rows(&SCHOOL).into_iter().filter(|row| *row.get(&SCHOOL, "campus") == Cell::Bool(false)).collect();
        let mut months: HashMap<(Uuid, bool), usize> = HashMap::new();
        for row in end.rows(&MONTHLY_RETURN) {
            let confirmed = row.get(&MONTHLY_RETURN, "state").text() == Some("confirmed");
            *months.entry((of_id(&MONTHLY_RETURN, row, "school"), confirmed)).or_default() += 1;
        }
        // Every month was put before every school, as the program does; one never answered.
        assert_eq!(months.len(), schools.len());
        assert!(months.values().all(|count| *count == 23));
        assert_eq!(months.keys().filter(|(_, confirmed)| !confirmed).count(), 1);
        let perfect = schools.iter().find(|row| row.get(&SCHOOL, "name").text() == Some("祥霖铺镇初级中学")).unwrap();
        let its: Vec<&Row> =
            end.rows(&HAZARD).into_iter().filter(|row| row.get(&HAZARD, "school").id() == Some(perfect.id)).collect();
        assert!(its.len() > 10);
        assert!(its.iter().all(|row| {
            row.get(&HAZARD, "closed_on").date().is_some_and(|day| Some(day) <= row.get(&HAZARD, "due_on").date())
        }));
    }
}

#[test]
fn every_boarder_has_a_bed_and_a_room_holds_eight_of_one_sex() {
    let facts = Facts::at(&house::rules().unwrap(), 0);
    for end in [&county().1, &township().1] {
        let boarders = end.rows(&PUPIL).into_iter().filter(|row| *row.get(&PUPIL, "boarder") == Cell::Bool(true));
        let beds = end.rows(&BED);
        let mut sleeping = HashSet::new();
        let mut rooms: HashMap<(Uuid, &str), Vec<&str>> = HashMap::new();
        for row in &beds {
            let pupil = &end.0["pupil"][&of_id(&BED, row, "pupil")];
            assert!(sleeping.insert(pupil.id) && *pupil.get(&PUPIL, "boarder") == Cell::Bool(true));
            for field in ["school", "class"] {
                assert_eq!(row.get(&BED, field), pupil.get(&PUPIL, field));
            }
            assert!(
                bed::rules(row, &Facts { known: Arc::new([(pupil.id, pupil.clone())].into()), ..facts.clone() })
                    .is_empty()
            );
            let room = (of_id(&BED, row, "school"), row.get(&BED, "dormitory").text().unwrap());
            rooms.entry(room).or_default().push(pupil.get(&PUPIL, "sex").text().unwrap());
        }
        assert_eq!(sleeping.len(), boarders.count());
        assert!(
            !rooms.is_empty() && rooms.values().all(|room| room.len() <= 8 && room.iter().all(|sex| *sex == room[0]))
        );
    }
}

/// What a visitor of the sample county looks for: a flag, a check that went without waiting because of one, and a room where three were ill.
#[test]
fn a_few_pupils_have_a_care_flag_and_one_was_looked_for_at_once() {
    let rules = house::rules().unwrap();
    for (world, end) in [(&county().0, &county().1), (&township().0, &township().1)] {
        let (open, over): (Vec<&Row>, Vec<&Row>) =
            end.rows(&CARE).into_iter().partition(|row| row.get(&CARE, "until_on").is_null());
        let in_a_thousand = open.len() * 1000 / end.rows(&PUPIL).len();
        assert!((2..=8).contains(&in_a_thousand) && !over.is_empty(), "{} {}", open.len(), over.len());
        let school = world.accounts.iter().find(|account| account.login == "teacher").unwrap();
        assert!(open.iter().any(|row| row.get(&CARE, "class").id() == school.class), "the sample teacher sees one");
        let home = |noun: &'static kit::Noun| {
            end.rows(noun).into_iter().filter(move |row| row.get(noun, "school").id() == school.school)
        };
        let direct: Vec<_> =
            home(&MISSING).filter(|row| row.get(&MISSING, "urgent").text() == Some("direct")).collect();
        assert!(
            !direct.is_empty()
                && direct.iter().all(|row| {
                    let at = |field| row.get(&MISSING, field).int().unwrap();
                    (15 * 60_000..=30 * 60_000).contains(&(at("report_at") - at("begun_at")))
                }),
            "an hour from the planned start is half an hour"
        );
        let day = home(&MARK).filter_map(|row| row.get(&MARK, "day").date()).max().unwrap();
        let room = |pupil: Uuid| {
            home(&BED)
                .find(|row| row.get(&BED, "pupil").id() == Some(pupil))
                .and_then(|row| row.get(&BED, "dormitory").text())
        };
        let mut rooms: HashMap<&str, Vec<sickness::Case>> = HashMap::new();
        for case in home(&MARK).filter_map(sickness::case) {
            rooms.entry(room(case.pupil).unwrap_or_default()).or_default().push(case);
        }
        let cluster = |(name, cases): (&&str, &Vec<sickness::Case>)| {
            !name.is_empty() && sickness::cluster(cases, day, &rules.norms).unwrap().is_some()
        };
        assert_eq!(rooms.iter().filter(|room| cluster((room.0, room.1))).count(), 1, "{rooms:?}");
    }
}

#[test]
fn every_step_has_a_word_on_its_page() {
    let words = house::words().unwrap();
    let (world, _) = township();
    let steps: HashSet<_> =
        world.batches.iter().flat_map(|batch| &batch.changes).map(|change| (change.noun.name, change.verb)).collect();
    for (noun, verb) in steps {
        assert!(words.has(&format!("move.{noun}.{verb}")) || words.has(&format!("ui.verb.{verb}")), "{noun} {verb}");
    }
}

#[test]
fn sample_accounts_belong_together() {
    for (world, end) in [(&county().0, &county().1), (&township().0, &township().1)] {
        let by = |login: &str| world.accounts.iter().find(|account| account.login == login).unwrap();
        let school = by("school").school.unwrap();
        assert_eq!(end.0["school"][&school].get(&SCHOOL, "name").text(), Some("下蒋学校"));
        assert!(["principal", "teacher", "guard"].iter().all(|login| by(login).school == Some(school)));
        assert_eq!(by("township").unit, end.0["school"][&school].get(&SCHOOL, "township").id());
        assert!(end.0["class"].contains_key(&by("teacher").class.unwrap()));
        let all: Vec<&SampleAccount> = world.accounts.iter().chain(&world.invited).collect();
        assert_eq!(world.accounts.len(), 12);
        assert_eq!(all.iter().map(|account| &account.login).collect::<HashSet<_>>().len(), all.len());
        let staff: HashSet<Uuid> = all.iter().filter_map(|account| account.staff).collect();
        assert!(staff.len() == all.len() && staff.iter().all(|id| end.0["staff"].contains_key(id)));
    }
}

#[test]
fn nothing_happens_after_now_and_everything_in_order() {
    let (world, _) = township();
    assert!(world.batches.iter().all(|batch| batch.at <= world.now && !batch.changes.is_empty()));
    assert!(world.batches.is_sorted_by_key(|batch| batch.at));
}

/// Every step of every hazard is one that the life allows to that person on that day, and comes out the same.
#[test]
fn the_life_itself_takes_every_hazard_the_same_way() {
    for world in [&township().0, &county().0] {
        let end = End::of(world);
        let driver = Driver::new(world, &end);
        let moves = world
            .batches
            .iter()
            .filter(|batch| batch.changes.iter().any(|change| change.noun.name == "hazard" && change.before.is_some()));
        let mut count = 0;
        for batch in moves {
            for change in &batch.changes {
                driver.drive(batch, change);
                count += 1;
            }
        }
        assert!(count > 200, "{count}");
    }
}

struct Driver {
    accounts: HashMap<Uuid, SampleAccount>,
    facts: Facts,
}

impl Driver {
    fn new(world: &World, end: &End) -> Self {
        let accounts =
            world.accounts.iter().chain(&world.invited).map(|account| (account.id, account.clone())).collect();
        let nodes = end.rows(&UNIT).into_iter().map(|row| Node {
            code: row.get(&UNIT, "code").text().unwrap().into(),
            name: row.get(&UNIT, "name").text().unwrap().into(),
            ..Node::of(row.id, row.get(&UNIT, "parent").id(), row.get(&UNIT, "kind").text().unwrap())
        });
        let norms = Norms::parse(&[("hazards.toml", include_str!("../../../../rules/hazards.toml"))]).unwrap();
        let known = ["school", "hazard"].iter().flat_map(|noun| end.0[noun].clone()).collect();
        let facts = Facts {
            now: 0,
            today: world.today,
            tree: Arc::new(Tree::new(nodes)),
            calendar: Arc::new(calendar()),
            norms: Arc::new(norms),
            terms: Arc::default(),
            timetable: Arc::default(),
            conduct: Arc::default(),
            known: Arc::new(known),
            beside: Arc::default(),
            evidence: Arc::default(),
            pretend: Some(PRETEND),
        };
        Self { accounts, facts }
    }

    fn drive(&self, batch: &Batch, change: &kit::Change) {
        let account = &self.accounts[&batch.actor.unwrap()];
        let of_school = matches!(account.role, Role::Principal | Role::School | Role::Teacher | Role::Guard);
        let scope = Scope { home: account.school.filter(|_| of_school), person: account.staff, ..Scope::default() };
        let actor = Actor {
            account: account.id,
            login: account.login.clone(),
            name: account.name.clone(),
            role: account.role,
            unit: account.unit.or(account.school),
            scope,
        };
        let facts = Facts { now: batch.at, today: dates::shanghai_date(batch.at), ..self.facts.clone() };
        let before = change.before.clone().unwrap();
        let spec = HazardLife.moves().iter().find(|spec| spec.name == change.verb).unwrap();
        let filled = spec.fields.iter().map(|field| (field.name, change.after.get(&HAZARD, field.name).clone()));
        let input = Input(filled.filter(|(_, cell)| !cell.is_null()).collect());
        let by = account.role;
        assert_eq!(HazardLife.may(&actor, &before, change.verb, &facts), Ok(()), "{} by {by}: {before:?}", change.verb);
        let done = HazardLife.step(&actor, &before, change.verb, &input, &facts).unwrap();
        for (field, cell) in done.after.pairs(&HAZARD) {
            assert_eq!(
                change.after.get(&HAZARD, field.name),
                cell,
                "{} {} by {by}: {before:?}",
                change.verb,
                field.name
            );
        }
    }
}

#[test]
fn some_hazards_have_photographs_and_one_was_sent_twice() {
    use engine::files::ATTACHMENT;
    let (world, end) = township();
    let rows = end.rows(&ATTACHMENT);
    assert!((10..80).contains(&rows.len()) && rows.len() == world.files.len(), "{}", rows.len());
    let hashes: HashSet<_> = world.files.iter().map(|file| file.about.sha256.as_str()).collect();
    assert!(rows.iter().all(|row| hashes.contains(row.get(&ATTACHMENT, "sha256").text().unwrap())));
    assert!(
        rows.iter().all(|row| !row.get(&ATTACHMENT, "taken_at").is_null() && !row.get(&ATTACHMENT, "look").is_null())
    );
    let twins: Vec<_> = rows.iter().filter(|row| !row.get(&ATTACHMENT, "alike").is_null()).collect();
    assert!(
        !twins.is_empty() && twins.iter().all(|row| row.get(&ATTACHMENT, "distance").int() <= Some(10)),
        "{twins:?}"
    );
    let largest = world.files.iter().map(|file| file.bytes.len()).max();
    assert!(largest < Some(40_000), "{largest:?}");
    let again = build(&Plan::township(), 1);
    assert!(
        again.files.iter().zip(&world.files).all(|(left, right)| left.bytes == right.bytes),
        "the same on every run"
    );
}
