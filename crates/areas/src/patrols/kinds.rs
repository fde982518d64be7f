//! 巡查种类: what a route is for, who walks it, in which session of the timetable, and which norm says how often.

use kit::Role;

/// The three intervals (三间) are 课间, 午间 and 夜间; the others stand beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RouteKind {
    /// 课间
    Break,
    /// 午间
    Noon,
    /// 夜间 (晚自习)
    Night,
    /// 宿舍夜间
    Dormitory,
    /// 保安巡逻
    Guard,
    /// 校领导每日巡校
    Head,
    /// 上学护学岗
    GateArrival,
    /// 放学护学岗
    GateDismissal,
}

/// In which part of the day it is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Within one session.
    Session(&'static str),
    /// Spread evenly over the night's hours, where the timetable has a dormitory; after midnight a night is still that of the evening before.
    Night,
    /// Spread evenly from the first session of the day to the last one before the night.
    Day,
}

const ALL: [(RouteKind, &str); 8] = [
    (RouteKind::Break, "break"),
    (RouteKind::Noon, "noon"),
    (RouteKind::Night, "night"),
    (RouteKind::Dormitory, "dormitory"),
    (RouteKind::Guard, "guard"),
    (RouteKind::Head, "head"),
    (RouteKind::GateArrival, "gate_arrival"),
    (RouteKind::GateDismissal, "gate_dismissal"),
];

impl RouteKind {
    pub const CODES: &'static [&'static str] =
        &["break", "noon", "night", "dormitory", "guard", "head", "gate_arrival", "gate_dismissal"];

    pub fn all() -> impl Iterator<Item = Self> {
        ALL.into_iter().map(|(kind, _)| kind)
    }

    pub fn read(code: &str) -> Option<Self> {
        ALL.into_iter().find(|(_, name)| *name == code).map(|(kind, _)| kind)
    }

    pub fn code(self) -> &'static str {
        ALL.into_iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    pub const fn when(self) -> When {
        match self {
            Self::Break => When::Session("break"),
            Self::Noon => When::Session("noon"),
            Self::Night => When::Session("evening"),
            Self::Dormitory => When::Night,
            Self::GateArrival => When::Session("arrival"),
            Self::GateDismissal => When::Session("dismissal"),
            Self::Guard | Self::Head => When::Day,
        }
    }

    /// The norm that says how many rounds a school day has.
    pub const fn norm(self) -> &'static str {
        match self {
            Self::Break => "patrol.breaks",
            Self::Noon => "patrol.noon",
            Self::Night => "patrol.evening",
            Self::Dormitory => "patrol.night",
            Self::Guard => "patrol.guard",
            Self::Head => "patrol.head",
            Self::GateArrival => "patrol.gate_arrival",
            Self::GateDismissal => "patrol.gate_dismissal",
        }
    }

    /// The duty that its rounds do; of some there is none.
    pub const fn duty(self) -> &'static str {
        match self {
            Self::Break => "patrol.break",
            Self::Noon => "patrol.noon",
            Self::Dormitory => "patrol.night",
            Self::Guard => "patrol.guard",
            Self::Head => "leader.round",
            Self::GateArrival => "gate.post",
            Self::Night | Self::GateDismissal => "",
        }
    }

    /// 护学岗: one stands there and hands over, instead of walking.
    pub const fn post(self) -> bool {
        matches!(self, Self::GateArrival | Self::GateDismissal)
    }

    /// Whose first page it is on. Anybody of the school may walk in for him.
    pub const fn walkers(self) -> &'static [Role] {
        match self {
            Self::Guard => &[Role::Guard],
            Self::Head => &[Role::Principal],
            Self::Break | Self::Noon | Self::Night => &[Role::Teacher, Role::School],
            Self::Dormitory => &[Role::Teacher, Role::Guard],
            Self::GateArrival | Self::GateDismissal => &[Role::Guard, Role::Teacher, Role::School],
        }
    }
}
