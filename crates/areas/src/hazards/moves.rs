//! The moves of a hazard's life: what each asks for, and each as a value once it has been filled in.

use chrono::NaiveDate;
use kit::life::Input;
use kit::{Cell, Field, MoveSpec, Refusal};
use uuid::Uuid;

use super::record::{Grade, JUDGEMENTS, MOST_MONEY};

/// Every move, in the order in which a page offers them.
pub static MOVES: &[MoveSpec] = &[
    MoveSpec::new(
        "grade",
        &[
            Field::choice("grade", Grade::CODES).required(),
            Field::choice("judgement", JUDGEMENTS),
            Field::long("grounds", 300),
            Field::long("stop_use", 300),
            Field::date("stop_use_on"),
        ],
    ),
    MoveSpec::new(
        "hand_over",
        &[
            Field::refer("keeper", "staff"),
            Field::refer("handed_unit", "unit"),
            Field::refer("handed_school", "school"),
            Field::long("measures", 1000),
            Field::money("money_fen", MOST_MONEY),
            Field::date("due_on"),
            Field::long("plan", 2000),
        ],
    )
    .bulk(),
    // After handing over: what was graded is usually handed over, and the first step onward is offered first.
    MoveSpec::new("fix_on_the_spot", &[Field::long("statement", 1000).required()]),
    MoveSpec::new("sign_for", &[]).bulk().touch(),
    MoveSpec::new(
        "plan",
        &[
            Field::long("measures", 1000),
            Field::money("money_fen", MOST_MONEY),
            Field::long("plan", 2000),
            Field::long("stop_use", 300),
            Field::date("stop_use_on"),
        ],
    ),
    MoveSpec::new("submit", &[Field::long("statement", 1000).required()]),
    MoveSpec::new("confirm", &[Field::long("recheck_note", 300)]),
    MoveSpec::new("send_back", &[Field::long("recheck_note", 300).required()]),
    MoveSpec::new(
        "ask_extension",
        &[Field::date("extension_until").required(), Field::long("extension_reason", 300).required()],
    ),
    MoveSpec::new("grant_extension", &[]),
    MoveSpec::new("deny_extension", &[Field::long("reason", 300).required()]),
    MoveSpec::new("record_refusal", &[Field::long("refusal_facts", 1000).required()]).grave(),
    MoveSpec::new("mistaken", &[Field::long("reason", 300).required()]).grave(),
    MoveSpec::new("merge", &[Field::refer("merged_into", "hazard").required()]).grave(),
    MoveSpec::new("spot_check", &[Field::long("spot_check_note", 300).required()]),
    MoveSpec::new("reopen", &[Field::long("reason", 300).required()]),
    MoveSpec::new("really_fixed", &[]).touch(),
    MoveSpec::new("not_fixed", &[Field::long("reason", 300).required()]),
];

/// The name of a move as the table holds it.
pub fn name_of(mv: &str) -> Option<&'static str> {
    MOVES.iter().map(|spec| spec.name).find(|name| *name == mv)
}

/// A move, filled in.
pub enum Move {
    Grade { grade: Grade, judgement: Option<String>, grounds: Option<String>, stop: Stop },
    FixOnTheSpot { statement: Option<String> },
    HandOver { to: To, means: Means, due_on: Option<NaiveDate> },
    SignFor,
    Plan { means: Means, stop: Stop },
    Submit { statement: Option<String> },
    Confirm { note: Option<String> },
    SendBack { note: Option<String> },
    AskExtension { until: NaiveDate, reason: Option<String> },
    GrantExtension,
    DenyExtension { reason: Option<String> },
    RecordRefusal { facts: Option<String> },
    Mistaken { reason: Option<String> },
    Merge { into: Uuid },
    SpotCheck { note: Option<String> },
    Reopen { reason: Option<String> },
    ReallyFixed,
}

/// 责任: a person, a unit, another school, or a person of one of these.
pub struct To {
    pub keeper: Option<Uuid>,
    pub unit: Option<Uuid>,
    pub school: Option<Uuid>,
}

/// 措施、资金 (分)、预案
pub struct Means {
    pub measures: Option<String>,
    pub money_fen: Option<i64>,
    pub plan: Option<String>,
}

/// 停用
pub struct Stop {
    pub what: Option<String>,
    pub since: Option<NaiveDate>,
}

impl Move {
    /// The input has already been checked against the move's fields; what a rule cannot do without is asked for again.
    pub fn read(mv: &str, input: &Input) -> Result<Self, Refusal> {
        let text = |field| filled(input.get(field));
        Ok(match mv {
            "grade" => Self::Grade {
                grade: grade(input)?,
                judgement: text("judgement"),
                grounds: text("grounds"),
                stop: Stop::read(input),
            },
            "fix_on_the_spot" => Self::FixOnTheSpot { statement: text("statement") },
            "hand_over" => {
                Self::HandOver { to: To::read(input), means: Means::read(input), due_on: input.get("due_on").date() }
            }
            "sign_for" => Self::SignFor,
            "plan" => Self::Plan { means: Means::read(input), stop: Stop::read(input) },
            "submit" => Self::Submit { statement: text("statement") },
            "confirm" => Self::Confirm { note: text("recheck_note") },
            "send_back" => Self::SendBack { note: text("recheck_note") },
            "ask_extension" => Self::AskExtension {
                until: input.get("extension_until").date().ok_or_else(|| missing("extension_until"))?,
                reason: text("extension_reason"),
            },
            "grant_extension" => Self::GrantExtension,
            "deny_extension" => Self::DenyExtension { reason: text("reason") },
            "record_refusal" => Self::RecordRefusal { facts: text("refusal_facts") },
            "mistaken" => Self::Mistaken { reason: text("reason") },
            "merge" => Self::Merge { into: input.get("merged_into").id().ok_or_else(|| missing("merged_into"))? },
            "spot_check" => Self::SpotCheck { note: text("spot_check_note") },
            "reopen" | "not_fixed" => Self::Reopen { reason: text("reason") },
            "really_fixed" => Self::ReallyFixed,
            _ => return Err(Refusal::new("move.unknown")),
        })
    }
}

impl To {
    fn read(input: &Input) -> Self {
        let id = |field| input.get(field).id();
        Self { keeper: id("keeper"), unit: id("handed_unit"), school: id("handed_school") }
    }
}

impl Means {
    fn read(input: &Input) -> Self {
        let text = |field| filled(input.get(field));
        Self { measures: text("measures"), money_fen: input.get("money_fen").int(), plan: text("plan") }
    }
}

impl Stop {
    fn read(input: &Input) -> Self {
        Self { what: filled(input.get("stop_use")), since: input.get("stop_use_on").date() }
    }
}

fn grade(input: &Input) -> Result<Grade, Refusal> {
    match input.get("grade").text() {
        Some("general") => Ok(Grade::General),
        Some("major") => Ok(Grade::Major),
        _ => Err(missing("grade")),
    }
}

fn filled(cell: &Cell) -> Option<String> {
    cell.text().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn missing(field: &'static str) -> Refusal {
    Refusal::at("value.required", field)
}
