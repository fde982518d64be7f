//! Playing: one event after the other, each at the moment that the caller gives, and what follows from it is put among those to come.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use chrono::NaiveDate;
use engine::save::Refused;
use engine::{App, Cx};
use kit::{Actor, Cell, Lang, Row};
use uuid::Uuid;

use super::super::rng::Rng;
use super::cast::{self, Cast, Part};
use super::hand;
use super::plan::{self, Deed, Event};
use crate::attendance::call::Missed;
use crate::attendance::record::{MISSING, SHEET};
use crate::patrols::record::ROUND;

const MINUTE: i64 = 60_000;
/// Refusals that are kept with their reason.
const SAID: usize = 20;

/// What was done, counted as it was done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Played {
    pub arrivals: usize,
    pub sheets: usize,
    /// Pupils on the sheets of the arrival who were not simply there.
    pub marks: usize,
    pub checks: usize,
    pub answers: usize,
    pub found: usize,
    pub points: usize,
    pub rounds: usize,
    pub findings: usize,
    pub talks: usize,
    pub handovers: usize,
    /// Refused: a visitor of the sample county was faster.
    pub refused: usize,
}

impl fmt::Display for Played {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "rolls {} (not there or late {}), children looked for {}, found {}; points {}, rounds and posts {}, findings {}; talks {}, handed over {}",
            self.sheets,
            self.marks,
            self.checks,
            self.found,
            self.points,
            self.rounds,
            self.findings,
            self.talks,
            self.handovers
        )
    }
}

/// A day that is being played.
pub struct Player {
    app: Arc<App>,
    pub day: NaiveDate,
    cast: Cast,
    rng: Rng,
    queue: BTreeMap<(i64, u64), Event>,
    count: u64,
    /// Who is not at school, of each class.
    away: HashMap<Uuid, Vec<Missed>>,
    actors: HashMap<Part, Actor>,
    pub played: Played,
    /// The first of what was refused, and why.
    pub refusals: Vec<String>,
    /// Rounds that nobody walks and rolls that nobody calls, on purpose.
    pub left_out: usize,
    pub not_called: usize,
}

impl Player {
    /// Reads who plays, and plans the day.
    pub async fn ready(app: &Arc<App>, day: NaiveDate, seed: u64) -> Result<Self, Refused> {
        let cast = cast::read(app, day).await?;
        let rng = Rng::new(seed).part(&day.to_string());
        let now = app.clock.now();
        let reads = Cx::program(app, now);
        let planned = plan::plan(&cast, day, &reads.facts_with(HashMap::new()), &rng)?;
        let mut player = Self {
            app: Arc::clone(app),
            day,
            cast,
            rng,
            queue: BTreeMap::new(),
            count: 0,
            away: HashMap::new(),
            actors: HashMap::new(),
            played: Played::default(),
            refusals: Vec::new(),
            left_out: planned.left_out,
            not_called: planned.not_called,
        };
        planned.events.into_iter().for_each(|event| player.put(event));
        Ok(player)
    }

    fn put(&mut self, event: Event) {
        self.count += 1;
        self.queue.insert((event.at, self.count), event);
    }

    /// When the next event is due; `None` when the day is over.
    pub fn next(&self) -> Option<i64> {
        self.queue.keys().next().map(|(at, _)| *at)
    }

    /// Plays the next event at a moment. What the house refuses is counted and the day goes on: somebody may have been faster.
    pub async fn play(&mut self, now: i64) -> Result<(), store::StoreError> {
        let Some((_, event)) = self.queue.pop_first() else { return Ok(()) };
        match self.done(&event, now).await {
            Ok(()) => Ok(()),
            Err(Refused::Broken(error)) => Err(error),
            Err(refused) => {
                self.played.refused += 1;
                tracing::info!(?event, ?refused, "not played");
                if self.refusals.len() < SAID {
                    self.refusals.push(format!("{:?}: {refused:?}", event.deed));
                }
                Ok(())
            }
        }
    }

    async fn cx(&mut self, who: Option<Part>, now: i64) -> Result<Cx, Refused> {
        let actor = match who {
            Some(part) => self.actor(part).await?,
            None => Actor::program(),
        };
        Ok(Cx { app: Arc::clone(&self.app), actor, lang: Lang::Zh, now, request: self.app.store.new_id(now) })
    }

    async fn actor(&mut self, part: Part) -> Result<Actor, Refused> {
        if let Some(actor) = self.actors.get(&part) {
            return Ok(actor.clone());
        }
        let account = self.cast.accounts.get(&part).copied().ok_or(Refused::Forbidden)?;
        let actor = self.app.actor(account).await?.ok_or(Refused::Forbidden)?;
        self.actors.insert(part, actor.clone());
        Ok(actor)
    }

    async fn done(&mut self, event: &Event, now: i64) -> Result<(), Refused> {
        let cx = self.cx(event.who, now).await?;
        match &event.deed {
            Deed::Call { class, session, absent, substitute } => {
                self.call(&cx, event.who, *class, session, (*absent, *substitute)).await?;
            }
            Deed::Visit { code, trouble } => {
                let done = hand::visit(&cx, code, *trouble).await?;
                self.played.points += 1;
                self.played.findings += usize::from(trouble.is_some());
                self.played.rounds += usize::from(done.complete || is_post(&done.round));
            }
            Deed::Leave { route } => hand::leave(&cx, *route).await?,
            Deed::Say { kind, class } => {
                hand::say(&cx, kind, *class).await?;
                self.played.talks += 1;
            }
            Deed::HandOver { class, taken_by, apart } => {
                let away: Vec<_> = self.away.get(class).into_iter().flatten().map(|missed| missed.pupil).collect();
                self.played.handovers += hand::hand_over(&cx, *class, taken_by, *apart, &away).await?;
            }
            Deed::Answer { missing, choice } => {
                hand::answer(&cx, *missing, choice).await?;
                self.played.answers += 1;
            }
            Deed::Arrive { mark } => {
                hand::arrived(&cx, *mark).await?;
                self.played.found += 1;
            }
            Deed::Seek { missing, step } => self.seek(&cx, *missing, step).await?,
        }
        Ok(())
    }

    async fn call(
        &mut self,
        cx: &Cx,
        who: Option<Part>,
        class: Uuid,
        session: &'static str,
        (absent, substitute): (bool, bool),
    ) -> Result<(), Refused> {
        let arrival = session == "arrival";
        let known = self.away.get(&class).cloned().unwrap_or_default();
        let mut rng = self.rng.part(&format!("{class} {session}"));
        let cast = &self.cast;
        let choose = |roll: &[Uuid]| if arrival { first(&mut rng, roll, absent, cast) } else { later(&known, roll) };
        let (sheet, missed) = hand::call(cx, class, (self.day, session, substitute), choose).await?;
        self.played.sheets += 1;
        if !arrival {
            return Ok(());
        }
        self.played.arrivals += 1;
        self.played.marks += missed.len();
        self.away.insert(class, missed.into_iter().filter(|one| one.kind != "late").collect());
        // Whoever called in somebody's place sees the checks as the school's head.
        for check in hand::checks(cx, sheet.id).await? {
            self.looked_for(&check, class, who);
        }
        Ok(())
    }

    /// How a child of whom nobody knows is found: at home in bed, on its way, by telephone, or by those who look for it.
    fn looked_for(&mut self, check: &Row, class: Uuid, who: Option<Part>) {
        let told = check.get(&MISSING, "told_at").int().or(check.get(&MISSING, "begun_at").int()).unwrap_or_default();
        let after = |minutes: i64| told + minutes * MINUTE;
        let turn = self.played.checks % 4;
        self.played.checks += 1;
        let missing = check.id;
        let seek = |step| Deed::Seek { missing, step };
        let pupil = check.get(&MISSING, "pupil").id().unwrap_or_default();
        let mark = check.get(&MISSING, "mark").id().unwrap_or_default();
        let stays = |kind: &'static str| Missed { pupil, kind, symptom: None };
        let away = self.away.entry(class).or_default();
        away.retain(|one| one.pupil != pupil);
        match turn {
            0 => {
                away.push(stays("sick"));
                self.put(Event { at: after(4), who: None, deed: Deed::Answer { missing, choice: "sick" } });
            }
            1 => {
                self.put(Event { at: after(6), who: None, deed: Deed::Answer { missing, choice: "on_the_way" } });
                self.put(Event { at: after(19), who, deed: Deed::Arrive { mark } });
            }
            2 => {
                away.push(stays("leave"));
                self.put(Event { at: after(11), who, deed: seek("at_home") });
            }
            _ => {
                away.push(stays("leave"));
                self.put(Event { at: after(16), who, deed: seek("search") });
                self.put(Event { at: after(26), who, deed: seek("found") });
            }
        }
    }

    async fn seek(&mut self, cx: &Cx, missing: Uuid, step: &'static str) -> Result<(), Refused> {
        let said: &[(&str, &str)] = match step {
            "at_home" => &[("answer", "leave"), ("reply", "打电话问过了，家里有事，忘了请假")],
            "search" => &[("campus", "1"), ("gate_video", "1"), ("classmates", "1")],
            _ => &[("found", "relatives"), ("place", "在姑姑家，姑姑已确认")],
        };
        hand::step(cx, &MISSING, missing, step, said).await?;
        self.played.found += usize::from(step != "search");
        Ok(())
    }
}

fn is_post(round: &Row) -> bool {
    crate::patrols::mark::kind_of(&ROUND, round).post()
}

/// December: three in a hundred are ill, on leave or late.
fn first(rng: &mut Rng, roll: &[Uuid], absent: bool, cast: &Cast) -> Vec<Missed> {
    const SYMPTOMS: [&str; 5] = ["fever", "cough", "diarrhoea", "vomiting", "other"];
    let unknown = absent.then(|| rng.below(roll.len()));
    let cared = roll.iter().position(|pupil| cast.cared.contains(pupil));
    let unknown = unknown.map(|at| cared.unwrap_or(at));
    let one = |(at, pupil): (usize, &Uuid)| {
        let drawn = rng.weighted(&[("", 9_700), ("sick", 160), ("leave", 80), ("late", 60)]);
        let shared = cast.ill.contains(pupil);
        let kind = if shared {
            "sick"
        } else if unknown == Some(at) {
            "absent"
        } else {
            drawn
        };
        let symptom = (kind == "sick").then(|| if shared { "diarrhoea" } else { *rng.pick(&SYMPTOMS) });
        (!kind.is_empty()).then_some(Missed { pupil: *pupil, kind, symptom })
    };
    roll.iter().enumerate().filter_map(one).collect()
}

/// Whoever was not there in the morning and is expected now is still not there.
fn later(known: &[Missed], roll: &[Uuid]) -> Vec<Missed> {
    known.iter().filter(|one| roll.contains(&one.pupil) && one.kind != "absent").cloned().collect()
}

/// A day of the sample county that nobody has played yet: the first school day from a day on without a sheet of its arrival.
pub async fn free_day(app: &Arc<App>, from: NaiveDate) -> Result<NaiveDate, store::StoreError> {
    let (calendar, terms, mut day) = (app.calendar(), app.terms(), from);
    for _ in 0..366 {
        let query = kit::Query::new().is("day", Cell::Date(day)).among("session", &["arrival"]);
        // By the county's usual terms: a single school may have its own.
        let school = kit::terms::is_school_day(&calendar, &terms, Uuid::nil(), day);
        if school && app.store.count(&SHEET, &query, &kit::Scope::county()).await? == 0 {
            return Ok(day);
        }
        day = day.succ_opt().unwrap_or(day);
    }
    Ok(from)
}
