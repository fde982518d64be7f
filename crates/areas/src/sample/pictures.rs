//! Photographs of some hazards, painted: a wall with a crack, and the same wall mended. Nobody and no place is on them.

use std::collections::HashMap;

use chrono::NaiveDate;
use engine::files::{ATTACHMENT, Look, Prepared, painted, row};
use image::{DynamicImage, Rgb, RgbImage};
use kit::{Author, Cell, Change, Row};
use uuid::Uuid;

use super::book::Batch;
use super::schools::{SAMPLE_SCHOOL, School};
use crate::hazards::record::HAZARD;

const WIDTH: u32 = 480;
const HEIGHT: u32 = 360;
/// Of the sample accounts' own school, the last so many; and everywhere the major ones.
const OF_SAMPLE_SCHOOL: usize = 8;
const MINUTE: i64 = 60_000;

/// Paints the photographs and puts their rows among the steps: before when it was found, after when it was reported done.
pub fn build(steps: &mut Vec<Batch>, schools: &[School]) -> Vec<Prepared> {
    let own = schools.iter().find(|school| school.name == SAMPLE_SCHOOL).map(|school| school.id);
    // One school sent a photograph twice, smaller the second time: what the bureau's page is for. A kindergarten, for none is
    // named after a real one.
    let twice = schools.iter().find(|school| school.kind == "kindergarten").map(|school| school.id);
    let mut chosen = chosen(steps, own);
    chosen.extend(reported_done(steps, twice).into_iter().take(2));
    let (mut files, mut more, mut last) = (Vec::new(), Vec::new(), None);
    for batch in &*steps {
        for change in batch.changes.iter().filter(|change| chosen.contains(&change.after.id)) {
            let (role, at) = match change.verb {
                "create" if change.noun.name == HAZARD.name => ("before", batch.at + MINUTE),
                "submit" | "fix_on_the_spot" => ("after", batch.at - MINUTE),
                _ => continue,
            };
            let theirs = role == "after" && change.after.get(&HAZARD, "school").id() == twice;
            let again = if theirs { last.take() } else { None };
            let Some((file, change)) = one(change.after.id, &change.after, role, (at, batch.actor), again.as_ref())
            else {
                continue;
            };
            if theirs {
                last = Some((change.after.id, scene(number(&change.after, "record"), role), file.about.look));
            }
            more.push(Batch { at, actor: batch.actor, changes: vec![change] });
            files.push(file);
        }
    }
    steps.extend(more);
    files
}

/// The hazards that have photographs.
fn chosen(steps: &[Batch], sample: Option<Uuid>) -> Vec<Uuid> {
    let mut known: HashMap<Uuid, &Row> = HashMap::new();
    for change in steps.iter().flat_map(|batch| &batch.changes).filter(|change| change.noun.name == HAZARD.name) {
        known.insert(change.after.id, &change.after);
    }
    let major = |row: &Row| row.get(&HAZARD, "grade").text() == Some("major");
    let mut chosen: Vec<_> = known.values().filter(|row| major(row)).map(|row| row.id).collect();
    let mut own: Vec<(NaiveDate, Uuid)> = known
        .values()
        .filter(|row| !major(row) && row.get(&HAZARD, "school").id() == sample)
        .filter_map(|row| Some((row.get(&HAZARD, "found_on").date()?, row.id)))
        .collect();
    own.sort_unstable();
    chosen.extend(own.iter().rev().take(OF_SAMPLE_SCHOOL).map(|(_, id)| *id));
    chosen
}

/// The hazards that a school reported done, in order of time.
fn reported_done(steps: &[Batch], school: Option<Uuid>) -> Vec<Uuid> {
    let done = |change: &&Change| {
        change.noun.name == HAZARD.name
            && matches!(change.verb, "submit" | "fix_on_the_spot")
            && change.after.get(&HAZARD, "school").id() == school
    };
    let mut ids = Vec::new();
    for change in steps.iter().flat_map(|batch| &batch.changes).filter(done) {
        if !ids.contains(&change.after.id) {
            ids.push(change.after.id);
        }
    }
    ids
}

/// A photograph that was sent before: its attachment, what is on it, what it looks like.
type Sent = (Uuid, RgbImage, Option<Look>);

fn one(
    hazard: Uuid,
    record: &Row,
    role: &str,
    (at, actor): (i64, Option<Uuid>),
    again: Option<&Sent>,
) -> Option<(Prepared, Change)> {
    let picture = match again {
        Some((_, picture, _)) => {
            let picture = DynamicImage::ImageRgb8(picture.clone());
            picture.resize(WIDTH / 2, HEIGHT / 2, image::imageops::FilterType::Triangle)
        }
        None => DynamicImage::ImageRgb8(scene(hazard.as_u128(), role)),
    };
    let mut file = painted(if role == "before" { "整改前" } else { "整改后" }, picture).ok()?;
    file.about.taken_at = Some(at - MINUTE);
    file.about.place = record.get(&HAZARD, "place").text().map(ToOwned::to_owned);
    let author = Author { actor, at, request: Uuid::nil() };
    // The same hazard and side always has the same photograph.
    let id = Uuid::new_v5(&hazard, role.as_bytes());
    let mut row = row(id, author, &HAZARD, hazard, (&file.name, file.media, &file.about), role);
    if let Some((other, distance)) =
        again.and_then(|(id, _, look)| Some((*id, look.as_ref()?.distance(&file.about.look?))))
    {
        row.set(&ATTACHMENT, "alike", Cell::Id(other));
        row.set(&ATTACHMENT, "distance", Cell::Int(distance.into()));
    }
    Some((file, Change::create(&ATTACHMENT, "create", row)))
}

fn number(row: &Row, field: &str) -> u128 {
    row.get(&ATTACHMENT, field).id().unwrap_or_default().as_u128()
}

/// Chance that is the same on every machine: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u32) -> u32 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        u32::try_from((mixed >> 33) % u64::from(most.max(1))).unwrap_or_default()
    }
}

/// A wall, a floor, a door, some things before it; on it the damage, or the patch that mended it.
fn scene(seed: u128, role: &str) -> RgbImage {
    let mut dice = Dice(u64::try_from(seed & u128::from(u64::MAX)).unwrap_or_default());
    let mut shade = |low: u32, span: u32| u8::try_from(low + dice.below(span)).unwrap_or(u8::MAX);
    let wall = [shade(190, 50), shade(190, 50), shade(180, 50)];
    let dado = [shade(70, 90), shade(110, 80), shade(90, 90)];
    let floor = HEIGHT * 3 / 4 + u32::from(shade(0, 30));
    let line = HEIGHT / 3 + u32::from(shade(0, 90));
    let mut picture = RgbImage::from_fn(WIDTH, HEIGHT, |x, y| {
        let light = 30 - i32::try_from(x * 60 / WIDTH).unwrap_or_default()
            + i32::try_from((x * 7 + y * 13) % 5).unwrap_or_default();
        let base = if y > floor {
            [120, 116, 110]
        } else if y > line {
            dado
        } else {
            wall
        };
        Rgb(base.map(|part| u8::try_from((i32::from(part) + light).clamp(0, 255)).unwrap_or_default()))
    });
    for _ in 0..3 + dice.below(3) {
        let (x, width, height) = (dice.below(WIDTH - 60), 40 + dice.below(90), 50 + dice.below(160));
        let color = [0, 1, 2].map(|_| u8::try_from(40 + dice.below(170)).unwrap_or_default());
        fill(&mut picture, (x, (floor + 10).saturating_sub(height)), (width, height), color);
    }
    let (mut x, mut y) = (60 + dice.below(WIDTH - 160), 30 + dice.below(60));
    if role == "after" {
        fill(&mut picture, (x.saturating_sub(30), y), (90, 110), [236, 234, 228]);
        return picture;
    }
    for _ in 0..26 {
        fill(&mut picture, (x, y), (5, 9), [38, 30, 28]);
        (x, y) = ((x + dice.below(17)).saturating_sub(8), y + 5);
    }
    picture
}

fn fill(picture: &mut RgbImage, (left, top): (u32, u32), (width, height): (u32, u32), color: [u8; 3]) {
    for y in top.min(HEIGHT)..(top + height).min(HEIGHT) {
        for x in left.min(WIDTH)..(left + width).min(WIDTH) {
            picture.put_pixel(x, y, Rgb(color));
        }
    }
}
