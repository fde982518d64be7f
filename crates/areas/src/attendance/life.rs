//! The lives of a sheet and of a mark: what was called is corrected by moves that say why, never by typing over it.

use chrono::NaiveDate;
use kit::life::Input;
use kit::terms::{boarders_stay, is_school_day};
use kit::{Actor, Cell, Change, Facts, Field, Life, Mask, MoveSpec, Noun, Refusal, Role, Row};

use super::record::{MARK, MARK_STATES, SHEET, SHEET_STATES, SYMPTOMS};
use super::session::roll_day;
use crate::aside;
use crate::organisation::record::PUPIL;

/// 点名册
pub struct SheetLife;

static SHEET_MOVES: &[MoveSpec] = &[MoveSpec::new("withdraw", &[Field::text("reason", 200).required()]).grave()];

impl Life for SheetLife {
    fn noun(&self) -> &'static Noun {
        &SHEET
    }

    fn states(&self) -> &'static [&'static str] {
        SHEET_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        SHEET_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        (state == "called" && mv == "withdraw").then_some("withdrawn")
    }

    /// The wrong class was called: whoever called it says so, or the school.
    fn may(&self, actor: &Actor, row: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        let mine = actor.person().is_some() && row.get(&SHEET, "called_by").id() == actor.person();
        let own = row.get(&SHEET, "class").id().is_some_and(|class| actor.scope.classes.contains(&class));
        let leads = matches!(actor.role, Role::Principal | Role::School);
        if mine || own || leads { Ok(()) } else { Err(Refusal::new("sheet.not_yours")) }
    }

    fn step(&self, _: &Actor, row: &Row, mv: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        aside::step(self, row, mv, input)
    }
}

/// 点名异常
pub struct MarkLife;

static MARK_MOVES: &[MoveSpec] = &[
    MoveSpec::new("take_back", &[]),
    MoveSpec::new("arrived", &[]),
    MoveSpec::new(
        "excuse",
        &[
            Field::choice("kind", &["sick", "leave"]).required(),
            Field::choice("symptom", SYMPTOMS).personal(Mask::Whole),
            Field::text("reply", 200).personal(Mask::Whole).required(),
        ],
    ),
    MoveSpec::new(
        "correct",
        &[
            Field::choice("kind", &["sick", "leave", "late", "left_early", "absent"]).required(),
            Field::choice("symptom", SYMPTOMS).personal(Mask::Whole),
            Field::text("reason", 200).personal(Mask::Whole).required(),
        ],
    ),
    MoveSpec::new("returned", &[Field::date("returned_on").required()]),
    MoveSpec::new("mistaken", &[Field::text("reason", 200).personal(Mask::Whole).required()]).grave(),
];

impl Life for MarkLife {
    fn noun(&self) -> &'static Noun {
        &MARK
    }

    fn states(&self) -> &'static [&'static str] {
        MARK_STATES
    }

    fn moves(&self) -> &'static [MoveSpec] {
        MARK_MOVES
    }

    fn next(&self, state: &str, mv: &str) -> Option<&'static str> {
        Some(match (state, mv) {
            ("unknown" | "known", "take_back") => "taken_back",
            ("unknown" | "known", "arrived") => "arrived",
            ("unknown", "excuse") | ("unknown" | "known", "correct") => "known",
            ("known", "returned") => "returned",
            ("unknown" | "known" | "arrived", "mistaken") => "mistaken",
            _ => return None,
        })
    }

    fn may(&self, actor: &Actor, row: &Row, mv: &str, facts: &Facts) -> Result<(), Refusal> {
        let kind = row.get(&MARK, "kind").text();
        match mv {
            "take_back" => taken_back(actor, row, facts),
            // Whoever was late or left early was there.
            "arrived" if matches!(kind, Some("late" | "left_early")) => Err(Refusal::new("mark.was_there")),
            // Who comes the next morning was not late the day before: he was not there.
            "arrived" if !of_now(row, facts) => Err(Refusal::new("mark.day_over").with("day", day_of(row, facts))),
            "returned" if kind != Some("sick") => Err(Refusal::new("mark.not_sick")),
            // Nobody is back on the day on which he was not there.
            "returned" if day_of(row, facts) >= facts.today => {
                Err(Refusal::new("mark.returned_day").with("from", day_of(row, facts)))
            }
            _ => Ok(()),
        }
    }

    fn step(&self, actor: &Actor, row: &Row, mv: &str, input: &Input, facts: &Facts) -> Result<Change, Refusal> {
        let state = row.get(&MARK, "state").text().unwrap_or_default();
        let (Some(verb), Some(next)) = (name_of(mv), self.next(state, mv)) else {
            return Err(Refusal::new("move.not_now").with("state", state));
        };
        let mut after = row.clone().with(&MARK, "state", Cell::Text(next.into()));
        match verb {
            "arrived" => after.set(&MARK, "kind", Cell::Text("late".into())),
            "excuse" | "correct" => {
                for field in ["kind", "symptom"] {
                    after.set(&MARK, field, input.get(field).clone());
                }
                let said = if verb == "excuse" { "reply" } else { "reason" };
                after.set(&MARK, said, input.get(said).clone());
                if !after.get(&MARK, "symptom").is_null() && after.get(&MARK, "kind").text() != Some("sick") {
                    return Err(Refusal::at("mark.symptom_not_sick", "symptom"));
                }
            }
            "mistaken" => after.set(&MARK, "reason", input.get("reason").clone()),
            "returned" => after.set(&MARK, "returned_on", Cell::Date(returned_on(row, input, facts)?)),
            _ => {}
        }
        if verb == "correct" && row.get(&MARK, "kind") == after.get(&MARK, "kind") && same_symptom(row, &after) {
            return Err(Refusal::at("mark.same_kind", "kind"));
        }
        if verb == "correct" && after.get(&MARK, "kind").text() == Some("absent") {
            after = absent_after_all(after, actor, facts)?;
        }
        Ok(Change::update(&MARK, verb, row.clone(), after))
    }
}

fn day_of(row: &Row, facts: &Facts) -> NaiveDate {
    row.get(&MARK, "day").date().unwrap_or(facts.today)
}

/// It is not there, whatever was thought: nobody knows why, and the clock of its check runs from now. What is found out on a later day begins no search;
/// the roll of that day does.
fn absent_after_all(after: Row, actor: &Actor, facts: &Facts) -> Result<Row, Refusal> {
    if !of_now(&after, facts) {
        return Err(Refusal::at("mark.absent_day", "kind").with("day", day_of(&after, facts)));
    }
    let by = actor.person().map_or_else(|| after.get(&MARK, "marked_by").clone(), Cell::Id);
    let after = after.with(&MARK, "state", Cell::Text("unknown".into())).with(&MARK, "marked_by", by);
    Ok(after.with(&MARK, "marked_at", Cell::Int(facts.now)))
}

/// Whether a mark's roll is one of this day, or of the night that goes on.
fn of_now(row: &Row, facts: &Facts) -> bool {
    let session = row.get(&MARK, "session").text().unwrap_or_default();
    day_of(row, facts) == roll_day(session, facts.now)
}

/// Back on a later day than the one on which he was ill, not tomorrow, and on a day on which somebody could come back: a Sunday that was touched by mistake would
/// make the illness a day shorter than it was.
fn returned_on(row: &Row, input: &Input, facts: &Facts) -> Result<NaiveDate, Refusal> {
    let ill = day_of(row, facts);
    let day = input.get("returned_on").date().filter(|day| *day > ill && *day <= facts.today);
    let day = day.ok_or_else(|| Refusal::at("mark.returned_day", "returned_on").with("from", ill))?;
    if school_is_open(row, day, facts) {
        Ok(day)
    } else {
        Err(Refusal::at("mark.returned_free", "returned_on").with("day", day))
    }
}

/// Whether a child could be back at school on a day: it is a school day by the calendar, or a boarder and the dormitory is open for the night, as on the Sunday
/// before the week begins. Where its record is not at hand, the child of a school that boards may be one.
fn school_is_open(row: &Row, day: NaiveDate, facts: &Facts) -> bool {
    let Some(school) = row.get(&MARK, "school").id() else { return true };
    let boards = || facts.tree.get(school).is_some_and(|node| node.boards);
    let pupil = row.get(&MARK, "pupil").id().and_then(|id| facts.known.get(&id));
    let sleeps = || boards() && pupil.is_none_or(|pupil| pupil.get(&PUPIL, "boarder") == &Cell::Bool(true));
    let (calendar, terms) = (&facts.calendar, &facts.terms);
    is_school_day(calendar, terms, school, day) || (sleeps() && boarders_stay(calendar, terms, school, day))
}

fn same_symptom(before: &Row, after: &Row) -> bool {
    before.get(&MARK, "symptom") == after.get(&MARK, "symptom")
}

fn name_of(mv: &str) -> Option<&'static str> {
    MARK_MOVES.iter().map(|spec| spec.name).find(|name| *name == mv)
}

/// A slip of the finger: whoever made the mark, within the norm's minute, before any message has left.
fn taken_back(actor: &Actor, row: &Row, facts: &Facts) -> Result<(), Refusal> {
    let at = row.get(&MARK, "marked_at").int().unwrap_or_default();
    let minutes = facts.norms.value("rollcall.take_back", facts.today)?;
    if actor.person().is_none() || row.get(&MARK, "marked_by").id() != actor.person() {
        return Err(Refusal::new("mark.not_yours"));
    }
    // A telephone's time before the mark was made is no time of it.
    if (facts.now - at).abs() > minutes * 60_000 {
        return Err(Refusal::new("mark.too_late_to_take_back").with("minutes", minutes));
    }
    Ok(())
}
