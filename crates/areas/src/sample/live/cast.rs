//! Who plays: the classes with their teachers, the guards, the heads and the ways of each school, as the records say. Whoever has no account yet
//! is given one by the system administrator, as it would be before a first school day.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::NaiveDate;
use engine::auth::ACCOUNT;
use engine::save::{self, Refused};
use engine::{App, Cx};
use kit::{Cell, Change, Lang, Noun, Query, Role, Row, Scope, dates};
use store::StoreError;
use uuid::Uuid;

use crate::attendance::bed::BED;
use crate::attendance::care::CARE;
use crate::attendance::door;
use crate::organisation::answerable::in_force;
use crate::organisation::record::{CLASS, CLASS_YEAR, POST, SCHOOL, STAFF};
use crate::patrols::day::School;
use crate::patrols::kinds::RouteKind;
use crate::patrols::mark::kind_of;
use crate::patrols::record::{CODE, POINT, ROUTE, in_use};

/// Accounts that are made with one change.
const TOGETHER: usize = 500;

/// So many of one room are ill.
const SHARED: usize = 3;

/// Somebody who acts, and as what.
pub type Part = (Uuid, Role);

/// One class with its teacher.
#[derive(Clone, Debug)]
pub struct Room {
    pub id: Uuid,
    pub stage: String,
    /// 1 to 3 in kindergarten, 11 to 16 in primary school.
    pub grade: i64,
    pub teacher: Uuid,
    /// Some of its pupils sleep at school.
    pub boards: bool,
}

/// A point of a way: what is printed there, and how long it takes to come to it.
#[derive(Clone, Debug)]
pub struct Stop {
    pub code: String,
    pub seconds: i64,
}

/// A route that is walked, or a post that is kept.
#[derive(Clone, Debug)]
pub struct Way {
    pub kind: RouteKind,
    pub route: Uuid,
    pub stops: Vec<Stop>,
}

/// One school.
#[derive(Clone, Debug)]
pub struct House {
    pub school: School,
    pub rooms: Vec<Room>,
    pub guards: Vec<Uuid>,
    pub principal: Option<Uuid>,
    pub ways: Vec<Way>,
}

/// Everybody.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub houses: Vec<House>,
    pub accounts: HashMap<Part, Uuid>,
    /// Pupils with a care flag: of a class where a child is not there it is one of them.
    pub cared: HashSet<Uuid>,
    /// Three of one room, who are ill that morning.
    pub ill: HashSet<Uuid>,
}

/// Rows of a noun by what they refer to with a field.
fn by(noun: &Noun, field: &str, rows: Vec<Row>) -> HashMap<Uuid, Vec<Row>> {
    let mut found: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for row in rows {
        if let Some(id) = row.get(noun, field).id() {
            found.entry(id).or_default().push(row);
        }
    }
    found
}

/// Reads who plays on a day, and gives accounts to those who have none.
pub async fn read(app: &Arc<App>, day: NaiveDate) -> Result<Cast, Refused> {
    let houses = houses(app, day).await?;
    let accounts = accounts(app, &houses).await?;
    let cared = app.store.all(&CARE, &Query::new().in_force(day), &Scope::county()).await?;
    let cared = cared.iter().filter_map(|row| row.get(&CARE, "pupil").id()).collect();
    Ok(Cast { ill: ill(app, day, &houses).await?, houses, accounts, cared })
}

/// The first three of the first room with so many, of the first school with beds.
async fn ill(app: &Arc<App>, day: NaiveDate, houses: &[House]) -> Result<HashSet<Uuid>, StoreError> {
    for house in houses.iter().filter(|house| house.school.boarding) {
        let query = Query::new().in_force(day).is("school", Cell::Id(house.school.id));
        let mut rooms: BTreeMap<String, Vec<Uuid>> = BTreeMap::new();
        for row in app.store.all(&BED, &query, &Scope::county()).await? {
            if let (Some(room), Some(pupil)) = (row.get(&BED, "dormitory").text(), row.get(&BED, "pupil").id()) {
                rooms.entry(room.to_owned()).or_default().push(pupil);
            }
        }
        if let Some(mut room) = rooms.into_values().find(|room| room.len() >= SHARED) {
            room.sort_unstable();
            room.truncate(SHARED);
            return Ok(room.into_iter().collect());
        }
    }
    Ok(HashSet::new())
}

async fn houses(app: &Arc<App>, day: NaiveDate) -> Result<Vec<House>, Refused> {
    let (store, all) = (&app.store, Scope::county());
    let open = |field: &'static str| Query::new().is(field, Cell::Null);
    let mut schools = store.all(&SCHOOL, &open("closed_on"), &all).await?;
    schools.sort_by_key(|row| row.id);
    let classes = by(&CLASS, "school", store.all(&CLASS, &open("ended_on"), &all).await?);
    let year = Query::new().is("year", Cell::Int(i64::from(dates::school_year_of(day))));
    let years = by(&CLASS_YEAR, "class", store.all(&CLASS_YEAR, &year, &all).await?);
    let boarding = door::with_boarders(&Cx::program(app, app.clock.now()), None).await?;
    let posts = store.all(&POST, &Query::new().among("post", &["guard", "principal"]), &all).await?;
    let posts = by(&POST, "school", posts.into_iter().filter(|post| in_force(post, day)).collect());
    let mut ways = ways(app, day).await?;
    let house = |row: Row| {
        let school = School::of(&row);
        let room =
            |class: &Row| room(class, years.get(&class.id)?.first()?, school.boarding && boarding.contains(&class.id));
        let mut rooms: Vec<_> = classes.get(&row.id).into_iter().flatten().filter_map(room).collect();
        rooms.sort_by_key(|room| (room.grade, room.id));
        let held = |code: &'static str| {
            let of = posts
                .get(&row.id)
                .into_iter()
                .flatten()
                .filter(move |post| post.get(&POST, "post").text() == Some(code));
            of.filter_map(|post| post.get(&POST, "staff").id()).collect::<Vec<_>>()
        };
        let (guards, principal) = (held("guard"), held("principal").first().copied());
        House { rooms, guards, principal, ways: ways.remove(&row.id).unwrap_or_default(), school }
    };
    Ok(schools.into_iter().map(house).collect())
}

fn room(class: &Row, year: &Row, boards: bool) -> Option<Room> {
    Some(Room {
        id: class.id,
        stage: door::stage(class).to_owned(),
        grade: year.get(&CLASS_YEAR, "grade").int()?,
        teacher: year.get(&CLASS_YEAR, "teacher").id()?,
        boards,
    })
}

/// The ways of each school, with what hangs at their points.
async fn ways(app: &Arc<App>, day: NaiveDate) -> Result<HashMap<Uuid, Vec<Way>>, StoreError> {
    let (store, all) = (&app.store, Scope::county());
    let codes = store.all(&CODE, &Query::new().among("state", &["in_use"]), &all).await?;
    let codes: HashMap<Uuid, String> = codes
        .iter()
        .filter_map(|code| Some((code.get(&CODE, "point").id()?, code.get(&CODE, "code").text()?.to_owned())))
        .collect();
    let mut points = by(&POINT, "route", store.all(&POINT, &Query::new(), &all).await?);
    let mut ways: HashMap<Uuid, Vec<Way>> = HashMap::new();
    for route in store.all(&ROUTE, &Query::new(), &all).await?.iter().filter(|route| in_use(&ROUTE, route, day)) {
        let mut own = points.remove(&route.id).unwrap_or_default();
        own.retain(|point| in_use(&POINT, point, day));
        own.sort_by_key(|point| point.get(&POINT, "number").int());
        let stop = |point: &Row| {
            let seconds = point.get(&POINT, "walk_seconds").int().unwrap_or(60);
            Some(Stop { code: codes.get(&point.id)?.clone(), seconds })
        };
        let way = Way { kind: kind_of(&ROUTE, route), route: route.id, stops: own.iter().filter_map(stop).collect() };
        if let Some(school) = route.get(&ROUTE, "school").id().filter(|_| !way.stops.is_empty()) {
            ways.entry(school).or_default().push(way);
        }
    }
    for own in ways.values_mut() {
        own.sort_by_key(|way| (way.kind, way.route));
    }
    Ok(ways)
}

/// Everybody who acts, with the school for which he does.
fn parts(houses: &[House]) -> BTreeMap<Part, Uuid> {
    let mut parts = BTreeMap::new();
    for house in houses {
        let school = house.school.id;
        parts.extend(house.rooms.iter().map(|room| ((room.teacher, Role::Teacher), school)));
        parts.extend(house.guards.iter().map(|guard| ((*guard, Role::Guard), school)));
        parts.extend(house.principal.map(|principal| ((principal, Role::Principal), school)));
    }
    parts
}

async fn accounts(app: &Arc<App>, houses: &[House]) -> Result<HashMap<Part, Uuid>, Refused> {
    let known = app.store.all(&ACCOUNT, &Query::new().is("disabled_on", Cell::Null), &Scope::county()).await?;
    let part = |row: &Row| Some(((row.get(&ACCOUNT, "staff").id()?, engine::auth::role_of(row)?), row.id));
    let mut accounts: HashMap<Part, Uuid> = known.iter().filter_map(part).collect();
    let parts = parts(houses);
    let wanted: Vec<_> =
        parts.iter().filter(|(part, _)| !accounts.contains_key(part)).map(|(part, school)| (*part, *school)).collect();
    let administrator = known.iter().find(|row| engine::auth::role_of(row) == Some(Role::Sysadmin)).map(|row| row.id);
    for some in wanted.chunks(TOGETHER) {
        let now = app.clock.now();
        let actor = match administrator {
            Some(id) => app.actor(id).await?.ok_or(Refused::Forbidden)?,
            None => return Err(Refused::Forbidden),
        };
        let cx = Cx { app: Arc::clone(app), actor, lang: Lang::Zh, now, request: app.store.new_id(now) };
        accounts.extend(given(&cx, some).await?);
    }
    Ok(accounts)
}

/// Proposed as one would in the list of accounts: the same rules for each.
async fn given(cx: &Cx, parts: &[(Part, Uuid)]) -> Result<Vec<(Part, Uuid)>, Refused> {
    let kind = cx.app.kind_of(ACCOUNT.name).ok_or(Refused::Missing)?;
    if !cx.may(ACCOUNT.name, "create") {
        return Err(Refused::Forbidden);
    }
    let brought: Vec<_> =
        parts.iter().flat_map(|((staff, _), school)| [(STAFF.name, *staff), (SCHOOL.name, *school)]).collect();
    let facts = cx.facts(&[], &brought).await?;
    let (mut changes, mut made, mut logins) = (Vec::new(), Vec::new(), HashSet::new());
    for (part, school) in parts {
        let Some(staff) = facts.known.get(&part.0) else { continue };
        let text = |field| staff.get(&STAFF, field).text().unwrap_or_default();
        let login = format!("{}.{}", part.1, text("number").to_lowercase());
        if !logins.insert(login.clone()) {
            continue;
        }
        let row = Row::blank(&ACCOUNT, cx.app.store.new_id(cx.now))
            .with(&ACCOUNT, "login", Cell::Text(login))
            .with(&ACCOUNT, "name", Cell::Text(text("name").to_owned()))
            .with(&ACCOUNT, "role", Cell::Text(part.1.to_string()))
            .with(&ACCOUNT, "staff", Cell::Id(part.0))
            .with(&ACCOUNT, "school", Cell::Id(*school));
        let row = save::judge(cx, kind, None, row, &facts).map_err(Refused::Faults)?;
        made.push((*part, row.id));
        changes.push(Change::create(&ACCOUNT, "create", row));
    }
    save::commit(cx, kind, changes, &facts).await?;
    Ok(made)
}
