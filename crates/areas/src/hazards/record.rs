//! The hazard as a record: its field table, and the struct that the rules read.

use chrono::NaiveDate;
use kit::{Field, Noun, Record, ScopeBy};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A closed set of codes: the enum for the rules and the list for the field table, from one table.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($variant:ident = $code:literal),* $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum $name { $(#[serde(rename = $code)] $variant),* }

        impl $name {
            pub const CODES: &'static [&'static str] = &[$($code),*];

            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),* }
            }
        }
    )*};
}

codes! {
    /// Where it is: 校内、校园周边、乡镇范围.
    PlaceKind { School = "school", Surroundings = "surroundings", Township = "township" }

    /// 隐患类别
    Category {
        Fire = "fire", Building = "building", Food = "food", Traffic = "traffic", Laboratory = "laboratory",
        ElectricityGas = "electricity_gas", SpecialEquipment = "special_equipment", Stampede = "stampede",
        Security = "security", Water = "water", Surroundings = "surroundings", Management = "management",
        Other = "other",
    }

    /// 发现方式
    Source {
        SelfCheck = "self_check", Inspection = "inspection", Joint = "joint", Tip = "tip", Other = "other",
    }

    /// 一般、重大 (安全生产事故隐患排查治理暂行规定, 国家安全生产监督管理总局令第16号, art. 3).
    Grade { General = "general", Major = "major" }

    /// 状态
    State {
        Registered = "registered", Graded = "graded", HandedOver = "handed_over", Rectifying = "rectifying",
        Submitted = "submitted", Closed = "closed", Mistaken = "mistaken", Merged = "merged",
    }
}

/// What makes a hazard a major one by itself (直接判定): 教育系统重大事故隐患判定指南 (教发厅函〔2024〕20号). The ten items of the
/// fire part stand here one by one; those of the seven other parts are recorded by the part, with the item quoted as the grounds
/// ([`quoted`]), so that none is put into other words than the ministry's. From which day they count is a norm, `hazard.judgement.direct`.
pub const JUDGEMENTS: &[&str] = &[
    "fire_1",
    "fire_2",
    "fire_3",
    "fire_4",
    "fire_5",
    "fire_6",
    "fire_7",
    "fire_8",
    "fire_9",
    "fire_10",
    "buildings",
    "food",
    "laboratories",
    "vehicles",
    "stampede",
    "special_equipment",
    "utilities",
];

/// Whether a judgement names a part of the guide only, so that the item itself must be quoted.
pub fn quoted(judgement: &str) -> bool {
    !judgement.starts_with("fire_")
}

/// As much money as one hazard may cost, in 分: a thousand million yuan.
pub const MOST_MONEY: i64 = 100_000_000_000;

/// How long the facts of all refusals may be together.
pub const MOST_FACTS: usize = 5000;

/// 隐患
pub static HAZARD: Noun = Noun {
    name: "hazard",
    plural: "hazards",
    fields: &[
        Field::choice("place_kind", PlaceKind::CODES).required().mixed(),
        // Empty where the place is a township's own.
        Field::refer("school", "school").list().mixed().key(),
        Field::refer("township", "unit").mixed(),
        Field::text("place", 80).required().list().search().key().fact("hazard.place").source(),
        Field::long("description", 500).required().list().search().key().fact("hazard.description").source(),
        Field::choice("category", Category::CODES).required().list().mixed(),
        Field::choice("source", Source::CODES).required().list().mixed(),
        Field::date("found_on").required().list().mixed().sort().key(),
        Field::long("remark", 500),
        Field::refer("found_by", "staff").fixed().filter(),
        // 复查学校: confirms for a school that is too small to confirm for itself; the school's `central` at the time.
        Field::refer("central", "school").fixed().filter(),
        // Grading (研判分级)
        Field::choice("grade", Grade::CODES).fixed().list().mixed(),
        Field::choice("judgement", JUDGEMENTS).fixed().mixed(),
        Field::long("grounds", 300).fixed(),
        // 停用: what was closed off, and since when.
        Field::long("stop_use", 300).fixed(),
        Field::date("stop_use_on").fixed(),
        // The five implementations (五落实): 责任、措施、资金、时限、预案
        Field::refer("keeper", "staff").fixed().list().filter(),
        Field::refer("handed_unit", "unit").fixed().filter(),
        Field::refer("handed_school", "school").fixed().filter(),
        Field::long("measures", 1000).fixed(),
        Field::money("money_fen", MOST_MONEY).fixed(),
        Field::date("due_on").fixed().list().mixed().sort().past(),
        Field::long("plan", 2000).fixed(),
        // What the deadline was before any extension.
        Field::date("first_due_on").fixed().past(),
        Field::date("handed_on").fixed(),
        // Empty although it counts as received: 逾期未签收.
        Field::date("signed_on").fixed(),
        // Rectification (整改)
        Field::bool("on_the_spot").required().fixed().mixed().past(),
        Field::refer("submitted_by", "staff").fixed(),
        Field::date("submitted_on").fixed(),
        Field::long("statement", 1000).fixed(),
        // Extension (延期); the day asked for is empty when nothing waits for an answer.
        Field::date("extension_until").fixed().mixed(),
        Field::long("extension_reason", 300).fixed(),
        Field::int("extensions", 0, 100).required().fixed(),
        // Re-check and closing (复查、销号)
        Field::refer("rechecked_by", "staff").fixed(),
        Field::date("rechecked_on").fixed(),
        Field::long("recheck_note", 300).fixed(),
        Field::int("sent_back", 0, 1000).required().fixed(),
        Field::date("closed_on").fixed().list().mixed().sort().past(),
        // The bureau's drawn sample (抽查)
        Field::refer("spot_checked_by", "staff").fixed(),
        Field::date("spot_checked_on").fixed().mixed(),
        Field::long("spot_check_note", 300).fixed(),
        // 回访: the day on which its finder said that it is really fixed.
        Field::date("found_fixed_on").fixed().mixed(),
        // 反弹: how often it came back within the window of the norm.
        Field::int("reopened", 0, 1000).required().fixed().past(),
        // 拒不整改: kept for a veto proposal whatever happens later.
        Field::bool("refused").required().fixed().mixed(),
        // The first of them, and the facts of each.
        Field::date("refused_on").fixed(),
        Field::long("refusal_facts", MOST_FACTS).fixed(),
        Field::refer("merged_into", "hazard").fixed(),
        // Why it was set aside or reopened, or an extension denied.
        Field::long("reason", 300).fixed(),
        Field::choice("state", State::CODES).required().fixed().list().mixed(),
    ],
    scope: ScopeBy {
        home: &["school", "handed_school"],
        persons: &["keeper", "found_by"],
        ..ScopeBy::units(&["school", "township", "central", "handed_school", "handed_unit"])
    },
    title: &["place"],
    subject: None,
    order: "-found_on",
    tallies: &[
        &["state", "grade"],
        &["due_on", "state"],
        &["found_on", "state", "grade"],
        &["closed_on", "state"],
        &["school", "state", "grade", "category"],
        &["township", "state", "grade", "category"],
    ],
};

/// One hazard, member by member what [`HAZARD`] says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hazard {
    pub id: Uuid,
    pub version: i64,
    pub place_kind: PlaceKind,
    pub school: Option<Uuid>,
    pub township: Option<Uuid>,
    pub place: String,
    pub description: String,
    pub category: Category,
    pub source: Source,
    pub found_on: NaiveDate,
    pub remark: Option<String>,
    pub found_by: Option<Uuid>,
    pub central: Option<Uuid>,
    pub grade: Option<Grade>,
    pub judgement: Option<String>,
    pub grounds: Option<String>,
    pub stop_use: Option<String>,
    pub stop_use_on: Option<NaiveDate>,
    pub keeper: Option<Uuid>,
    pub handed_unit: Option<Uuid>,
    pub handed_school: Option<Uuid>,
    pub measures: Option<String>,
    /// 分
    pub money_fen: Option<i64>,
    pub due_on: Option<NaiveDate>,
    pub plan: Option<String>,
    pub first_due_on: Option<NaiveDate>,
    pub handed_on: Option<NaiveDate>,
    pub signed_on: Option<NaiveDate>,
    pub on_the_spot: bool,
    pub submitted_by: Option<Uuid>,
    pub submitted_on: Option<NaiveDate>,
    pub statement: Option<String>,
    pub extension_until: Option<NaiveDate>,
    pub extension_reason: Option<String>,
    pub extensions: i64,
    pub rechecked_by: Option<Uuid>,
    pub rechecked_on: Option<NaiveDate>,
    pub recheck_note: Option<String>,
    pub sent_back: i64,
    pub closed_on: Option<NaiveDate>,
    pub spot_checked_by: Option<Uuid>,
    pub spot_checked_on: Option<NaiveDate>,
    pub spot_check_note: Option<String>,
    pub found_fixed_on: Option<NaiveDate>,
    pub reopened: i64,
    pub refused: bool,
    pub refused_on: Option<NaiveDate>,
    pub refusal_facts: Option<String>,
    pub merged_into: Option<Uuid>,
    pub reason: Option<String>,
    pub state: State,
}

impl Record for Hazard {
    const NOUN: &'static Noun = &HAZARD;
}

impl Hazard {
    pub fn is_major(&self) -> bool {
        self.grade == Some(Grade::Major)
    }

    /// Whatever a school did not find itself is found from outside: it is not the school's to set aside.
    pub fn found_outside(&self) -> bool {
        self.source != Source::SelfCheck
    }

    /// Given to someone outside the school it belongs to.
    pub fn beyond_school(&self) -> bool {
        self.handed_unit.is_some() || self.handed_school.is_some_and(|school| Some(school) != self.school)
    }

    /// What closing still lacks, by the names of the fields. A general hazard needs measures and the
    /// statement of what was done; a major one all five implementations (五落实), and that its place was out of use
    /// (令第16号 arts. 15 and 16). What was put right on the spot needs the statement alone, as long as nobody sent it back.
    pub fn lacks(&self) -> Vec<&'static str> {
        let handed = !self.on_the_spot;
        let major = self.is_major();
        let needs = [
            ("measures", (handed || major) && self.measures.is_none()),
            ("money_fen", major && self.money_fen.is_none()),
            ("plan", major && self.plan.is_none()),
            ("stop_use", major && self.stop_use.is_none()),
            ("stop_use_on", major && self.stop_use_on.is_none()),
            ("statement", self.statement.is_none()),
        ];
        needs.into_iter().filter_map(|(field, lacking)| lacking.then_some(field)).collect()
    }
}
