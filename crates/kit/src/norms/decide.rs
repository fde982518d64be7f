//! What a county decides about the norms: another figure with its approval, the confirmation of one that was uncertain, the adoption of one
//! before its day.

use chrono::NaiveDate;
use uuid::Uuid;

use super::read::{clock, month_day};
use super::{Decimal, Figure, Norm, Norms, Stricter};
use crate::Refusal;

/// One decision, as the record has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The record.
    pub id: Uuid,
    pub kind: Kind,
    pub key: String,
    /// Only for schools of this stage or type; `None` for all whom the norm is for.
    pub stage: Option<String>,
    /// The figure as it is typed; empty unless it is another one.
    pub value: String,
    pub from: NaiveDate,
    pub until: Option<NaiveDate>,
}

impl Decision {
    /// Whether the norm can bind those for whom it is.
    fn concerns(&self, norm: &Norm) -> bool {
        let stages = &norm.applies.stages;
        self.stage.as_ref().is_none_or(|stage| stages.is_empty() || stages.contains(stage))
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// 县定: another figure.
    Change,
    /// 核定: an uncertain or proposed figure is right.
    Confirm,
    /// 提前执行: before it is in force.
    Adopt,
}

impl Kind {
    pub const CODES: &'static [&'static str] = &["change", "confirm", "adopt"];

    pub fn read(code: &str) -> Option<Self> {
        Some(match code {
            "change" => Self::Change,
            "confirm" => Self::Confirm,
            "adopt" => Self::Adopt,
            _ => return None,
        })
    }
}

/// What a norm carries of the decision about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    pub record: Uuid,
    pub kind: Kind,
    /// Since when it is so.
    pub since: NaiveDate,
}

impl Decided {
    /// Whether it stands in place of what the file says.
    pub fn replaces(&self) -> bool {
        self.kind != Kind::Confirm
    }
}

impl Norm {
    /// 待核: uncertain or proposed, and nobody entitled has confirmed it by this day.
    pub fn unconfirmed(&self, day: NaiveDate) -> bool {
        let settled = self.decided.is_some_and(|decided| decided.since <= day);
        (self.mark == "unsure" || self.mark == "local") && !settled
    }

    /// What a file says, not what the county put in its place.
    fn of_file(&self) -> bool {
        self.decided.is_none_or(|decided| !decided.replaces())
    }

    /// The figure that a text means, of the kind of this norm's.
    pub fn read(&self, text: &str) -> Result<Figure, Refusal> {
        let wrong = || Refusal::at("norm_decision.value_wrong", "value");
        match &self.figure {
            Figure::Number(_) => {
                let (number, most) = (text.parse::<Decimal>().map_err(|_| wrong())?, most(&self.unit));
                let fits = number >= Decimal::ZERO && Decimal::whole(most).is_some_and(|most| number <= most);
                fits.then_some(Figure::Number(number))
                    .ok_or_else(|| Refusal::at("norm_decision.value_range", "value").with("most", most))
            }
            Figure::Choice { choices, .. } if choices.iter().any(|choice| choice == text) => {
                Ok(Figure::Choice { code: text.to_owned(), choices: choices.clone() })
            }
            Figure::Choice { .. } => Err(wrong()),
            Figure::List(_) => {
                let items: Vec<_> = text.split(['、', '\n']).map(str::trim).filter(|item| !item.is_empty()).collect();
                let items: Vec<_> = items.into_iter().map(str::to_owned).collect();
                if items.is_empty() { Err(wrong()) } else { Ok(Figure::List(items)) }
            }
            Figure::Day(..) => month_day(text).map(|(month, day)| Figure::Day(month, day)).map_err(|_| wrong()),
            Figure::Time(_) => clock(text).map(Figure::Time).map_err(|_| wrong()),
            // A table is changed in its file, where it can be checked as a whole.
            _ => Err(Refusal::at("norm_decision.table", "key")),
        }
    }

    /// Whether a county may set this figure: law leaves a county stricter figures alone, and some norms leave it none.
    pub fn allows(&self, figure: &Figure) -> Result<(), Refusal> {
        if self.fixed {
            return Err(Refusal::at("norm_decision.fixed", "key"));
        }
        if self.mark == "unsure" || self.mark == "local" {
            return Ok(());
        }
        let (Some(stricter), Some(own), Figure::Number(new)) = (self.stricter, self.number(), figure) else {
            return Err(Refusal::at("norm_decision.law", "key"));
        };
        let weaker = match stricter {
            Stricter::Min => *new > own,
            Stricter::Max => *new < own,
        };
        if weaker { Err(Refusal::at("norm_decision.weaker", "value").with("value", own)) } else { Ok(()) }
    }
}

/// No decision of a county means more than this of a unit: a slip of the keyboard would be a deadline that nobody lives to see, or a clock that never ends.
fn most(unit: &str) -> i64 {
    match unit {
        "percent" | "year" => 100,
        "workday" => 366,
        "month" => 1_200,
        "day" | "school_day" => 3_660,
        "hour" => 8_784,
        "minute" | "second" => 100_000,
        _ => 1_000_000,
    }
}

impl Norms {
    /// The norms of the files with what the county decided. A decision that fits no norm says nothing; it could not have been stored.
    #[must_use]
    pub fn decided(&self, decisions: &[Decision]) -> Self {
        let mut all = self.all.clone();
        for decision in decisions {
            match decision.kind {
                Kind::Confirm => confirm(&mut all, decision),
                Kind::Change => all.extend(self.changed(decision)),
                Kind::Adopt => all.extend(self.adopted(decision)),
            }
        }
        Self::of(all)
    }

    fn changed(&self, decision: &Decision) -> Vec<Norm> {
        let figure = |norm: &Norm| {
            let figure = norm.read(&decision.value).ok()?;
            let value = if let Figure::Number(number) = &figure { number.as_whole().unwrap_or_default() } else { 0 };
            Some(Norm { value, figure, ..own(norm, decision) })
        };
        closest(decision, self.meant(decision)).into_iter().filter_map(figure).collect()
    }

    fn adopted(&self, decision: &Decision) -> Vec<Norm> {
        // From its own day on the norm itself is in force.
        let until = |coming: &Norm| decision.until.into_iter().chain(coming.from.pred_opt()).min();
        let early = |coming: &Norm| Norm { until: until(coming), ..own(coming, decision) };
        closest(decision, self.awaited(decision)).into_iter().map(early).collect()
    }

    /// The norms of the files that bind those for whom a decision is, on its first day: one key may say one thing for schools and another for
    /// kindergartens.
    pub fn meant(&self, decision: &Decision) -> Vec<&Norm> {
        let held = |norm: &&Norm| norm.of_file() && norm.in_force(decision.from) && decision.concerns(norm);
        self.history(&decision.key).filter(held).collect()
    }

    /// The next ones that are not in force yet on its first day.
    pub fn awaited(&self, decision: &Decision) -> Vec<&Norm> {
        let later = |norm: &&Norm| norm.of_file() && norm.from > decision.from && decision.concerns(norm);
        let next = self.history(&decision.key).filter(later).map(|norm| norm.from).min();
        self.history(&decision.key).filter(later).filter(|norm| Some(norm.from) == next).collect()
    }

    /// The next norm of the files that is not in force yet on a day.
    pub fn coming(&self, key: &str, day: NaiveDate) -> Option<&Norm> {
        self.history(key).filter(|norm| norm.of_file() && norm.from > day).min_by_key(|norm| norm.from)
    }
}

/// Of these, those that name the stage for which a decision is, if any does; and of several for the same people the first.
fn closest<'a>(decision: &Decision, mut norms: Vec<&'a Norm>) -> Vec<&'a Norm> {
    let names = |norm: &&Norm| decision.stage.as_ref().is_some_and(|stage| norm.applies.stages.contains(stage));
    if norms.iter().any(names) {
        norms.retain(names);
    }
    let mut first: Vec<&Norm> = Vec::with_capacity(norms.len());
    for norm in norms {
        if first.iter().all(|known| known.applies != norm.applies) {
            first.push(norm);
        }
    }
    first
}

fn own(norm: &Norm, decision: &Decision) -> Norm {
    let mut applies = norm.applies.clone();
    if let Some(stage) = &decision.stage {
        applies.stages = vec![stage.clone()];
    }
    Norm {
        applies,
        from: decision.from,
        until: decision.until,
        decided: Some(Decided { record: decision.id, kind: decision.kind, since: decision.from }),
        ..norm.clone()
    }
}

fn confirm(all: &mut [Norm], decision: &Decision) {
    let meant = |norm: &&mut Norm| {
        norm.key == decision.key
            && decision.concerns(norm)
            && norm.decided.is_none()
            && norm.until.is_none_or(|until| decision.from <= until)
    };
    for norm in all.iter_mut().filter(meant) {
        norm.decided = Some(Decided { record: decision.id, kind: Kind::Confirm, since: decision.from });
    }
}
