//! What a run begins with: the sample county without its pupils, their roster as a workbook, and many hazards.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufWriter;
use std::path::Path;

use anyhow::anyhow;
use areas::hazards::record::HAZARD;
use areas::house;
use areas::organisation::record::{CLASS, ENROLMENT, GUARDIAN, PUPIL, SCHOOL};
use areas::sample::{self, Batch, Plan, World};
use chrono::Days;
use engine::clock;
use engine::sheet::{Column, Out, write_xlsx};
use kit::{Author, Cell, Change, Kind, Lang, Noun, Row, Words};
use store::Store;
use store::keys::KeyFolder;
use tempfile::TempDir;
use uuid::Uuid;

use crate::county::{self, Copy, Database};

/// The workbook's name in the folder of a run.
pub const ROSTER: &str = "roster.xlsx";
/// Days by which each repetition of the sample's hazards lies before the one before it.
const SHIFT: u64 = 61;
/// Hazards of one transaction.
const TOGETHER: usize = 1000;

pub async fn prepare(folder: &Path, township: bool, few: bool) -> anyhow::Result<()> {
    let started = clock::started();
    let plan = if township { Plan::township() } else { Plan::county() };
    let hazards = if few { 5_000 } else { 500_000 };
    let mut world = sample::build(&plan, 1);
    let rows = write_roster(&folder.join(ROSTER), &world)?;
    eprintln!("the sample county and a roster of {rows} pupils: {:.1} s", started.elapsed().as_secs_f64());
    let samples = latest(&world, &HAZARD);
    // The pupils come by the roster.
    for batch in &mut world.batches {
        batch.changes.retain(|change| ![PUPIL.name, ENROLMENT.name, GUARDIAN.name].contains(&change.noun.name));
    }
    world.batches.retain(|batch| !batch.changes.is_empty());
    let (keys, workshop) = (folder.join("keys"), workshop(folder)?);
    KeyFolder::create(&keys, &mut |bytes: &mut [u8]| clock::random(bytes))?;
    for database in Database::present() {
        let started = clock::started();
        database.clear().await?;
        let store = county::store(&keys, workshop.path(), database, Copy::Plan).await?;
        sample::plant(&store, again(&world)).await?;
        multiply(&store, &samples, hazards, world.now).await?;
        store.tidy_up().await?;
        store.close().await;
        database.copy(workshop.path(), folder, Copy::Ours).await?;
        database.copy(workshop.path(), folder, Copy::Raw).await?;
        eprintln!("{}: {hazards} hazards written, copied: {:.1} s", database.name(), started.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Where the plan is made: in memory where there is such a folder, because nothing is measured yet and thousands of commits need
/// not reach a disk. The copies that are measured lie in `folder`.
fn workshop(folder: &Path) -> std::io::Result<TempDir> {
    TempDir::new_in("/dev/shm").or_else(|_| TempDir::new_in(folder))
}

fn again(world: &World) -> World {
    let batches = world.batches.iter().map(|batch| Batch { changes: batch.changes.clone(), ..*batch }).collect();
    World {
        now: world.now,
        today: world.today,
        batches,
        accounts: world.accounts.clone(),
        invited: world.invited.clone(),
        // What is measured needs no pictures.
        files: Vec::new(),
    }
}

/// The records of a noun as they stand at the end, in order of id.
fn latest(world: &World, noun: &Noun) -> Vec<Row> {
    let changes = world.batches.iter().flat_map(|batch| &batch.changes).filter(|change| change.noun.name == noun.name);
    let rows: HashMap<Uuid, &Row> = changes.map(|change| (change.after.id, &change.after)).collect();
    let mut rows: Vec<Row> = rows.into_values().cloned().collect();
    rows.sort_by_key(|row| row.id);
    rows
}

/// Writes so many more hazards: the sample's own again and again, each time a while earlier.
async fn multiply(store: &Store, samples: &[Row], count: usize, now: i64) -> anyhow::Result<()> {
    let new = samples.iter().cycle().take(count).enumerate().map(|(at, row)| {
        let days = Days::new((at / samples.len()) as u64 * SHIFT);
        let mut row = row.clone();
        row.id = store.new_id(now);
        for cell in &mut row.cells {
            if let Cell::Date(day) = cell {
                *day = day.checked_sub_days(days).unwrap_or(*day);
            }
        }
        Change::create(&HAZARD, "create", row)
    });
    let changes: Vec<Change> = new.collect();
    let author = || Author { actor: None, at: now, request: store.new_id(now) };
    store.commit_all(changes.chunks(TOGETHER).map(|chunk| (author(), chunk.to_vec()))).await?;
    Ok(())
}

/// Writes the pupils who are at school, as a school's own office would have them in Excel; answers how many.
fn write_roster(path: &Path, world: &World) -> anyhow::Result<usize> {
    let words = house::words().map_err(|error| anyhow!(error))?;
    let mut pupils = latest(world, &PUPIL);
    pupils.retain(|row| row.get(&PUPIL, "left_on").is_null());
    pupils.sort_by_key(|row| (row.get(&PUPIL, "school").id(), row.get(&PUPIL, "class").id()));
    let mut names = named(world, &SCHOOL, "local_code");
    names.extend(named(world, &CLASS, "name"));
    let fields = ["name", "sex", "school", "class", "number", "id_number", "boarder", "enrolled_on"];
    let heading = |field: &&str| words.get(Lang::Zh, &format!("pupil.{field}")).to_owned();
    let columns = fields.iter().map(|field| Column { heading: heading(field), text: true, ..Column::default() });
    let columns: Vec<_> = columns.collect();
    let line = |row: &Row| fields.iter().map(|field| written(&words, &names, field, row.get(&PUPIL, field))).collect();
    write_xlsx(BufWriter::new(File::create(path)?), "学生", &columns, pupils.iter().map(line))?;
    Ok(pupils.len())
}

/// What records are called, by id.
fn named(world: &World, noun: &Noun, field: &str) -> HashMap<Uuid, String> {
    let name = |row: &Row| (row.id, row.get(noun, field).text().unwrap_or_default().to_owned());
    latest(world, noun).iter().map(name).collect()
}

fn written(words: &Words, names: &HashMap<Uuid, String>, field: &str, cell: &Cell) -> Out {
    let choice = PUPIL.field(field).is_some_and(|field| matches!(field.kind, Kind::Choice(_)));
    match cell {
        Cell::Text(code) if choice => Out::Text(words.get(Lang::Zh, &format!("pupil.{field}.{code}")).to_owned()),
        Cell::Text(text) | Cell::Secret(text) => Out::Text(text.clone()),
        Cell::Id(id) => names.get(id).cloned().map_or(Out::Empty, Out::Text),
        Cell::Bool(flag) => Out::Text(words.get(Lang::Zh, if *flag { "io.yes" } else { "io.no" }).to_owned()),
        Cell::Date(day) => Out::Date(*day),
        Cell::Int(int) => Out::Int(*int),
        Cell::Real(real) => Out::Real(*real),
        Cell::Null => Out::Empty,
    }
}
