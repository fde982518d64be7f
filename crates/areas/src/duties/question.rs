//! What the address of the list of duties asks.

use chrono::{Datelike, NaiveDate, TimeDelta};
use engine::Cx;
use engine::web::{Asked, encode};
use kit::dates::Period;
use kit::duty::{Duty, Proof, State};
use store::StoreError;
use uuid::Uuid;

use super::mine::levels;
use super::reading::{Reading, Wanted, read};
use super::rhythm::{RHYTHMS, moment_of, rhythm};

/// The longest stretch that one page counts, in days: a school year.
pub const LONGEST: i64 = 400;

/// Nobody kept duties before, and nobody plans them beyond.
pub fn is_known(day: NaiveDate) -> bool {
    (2000..2100).contains(&day.year())
}

/// Which states are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    All,
    One(State),
    /// Everything whose time has come.
    Asked,
}

impl Shown {
    fn of(code: &str) -> Option<Self> {
        if code == "asked" { Some(Self::Asked) } else { State::of(code).map(Self::One) }
    }

    const fn code(self) -> Option<&'static str> {
        match self {
            Self::All => None,
            Self::One(state) => Some(state.code()),
            Self::Asked => Some("asked"),
        }
    }
}

/// A period or two days, a state, a norm, a subject, how often.
pub struct Question {
    pub wanted: Wanted,
    pub shown: Shown,
    pub level: String,
    pub rhythm: Option<&'static str>,
    /// Only what needs a record.
    pub recorded: bool,
    /// Only of those who have recorded nothing yet of the first day.
    pub silent: bool,
    /// As it stood at the end of this day.
    pub cutoff: Option<NaiveDate>,
    pub page: usize,
    /// The address held something that is no answer.
    pub fault: bool,
}

pub fn question(cx: &Cx, asked: &Asked) -> Question {
    let mut fault = false;
    let mut read = |name: &str| -> Option<NaiveDate> {
        let text = asked.get(name)?;
        let day = text.parse().ok();
        fault |= day.is_none();
        day
    };
    let (days, cutoff) = ((read("from"), read("to")), read("cutoff"));
    let period = asked.get("period").map(str::parse::<Period>);
    fault |= matches!(period, Some(Err(_)));
    let (from, to) = stretch(cx, days, period.and_then(Result::ok), &mut fault);
    let all = levels(cx.actor.role);
    let level = all.iter().copied().filter(|level| asked.get("level").is_none_or(|code| code == level.code()));
    let levels: Vec<_> = level.collect();
    let shown = asked.get("state").map(Shown::of);
    fault |= matches!(shown, Some(None)) || levels.is_empty();
    let subject = asked.get("subject").map(str::parse::<Uuid>);
    fault |= matches!(subject, Some(Err(_)));
    let often = asked.get("rhythm").map(|code| RHYTHMS.iter().find(|known| **known == code).copied());
    fault |= matches!(often, Some(None));
    let levels = if levels.is_empty() { all.to_vec() } else { levels };
    let code = asked.get("duty").map(str::to_owned);
    fault |= code.as_ref().is_some_and(|code| cx.app.rules().conduct.duties.any(code).is_none());
    Question {
        wanted: Wanted { subject: subject.and_then(Result::ok), code, ..Wanted::new(from, to, &levels) },
        shown: shown.flatten().unwrap_or(Shown::All),
        level: asked.get("level").unwrap_or_default().to_owned(),
        rhythm: often.flatten(),
        recorded: asked.get("proof") == Some("record"),
        silent: asked.get("silent") == Some("1"),
        cutoff: cutoff.filter(|day| is_known(*day)),
        page: asked.get("page").and_then(|text| text.parse().ok()).unwrap_or(1).max(1),
        fault,
    }
}

/// From when to when: as asked, if that is sound, else one's own school by the month and a county by the week that ends today.
fn stretch(
    cx: &Cx,
    days: (Option<NaiveDate>, Option<NaiveDate>),
    period: Option<Period>,
    fault: &mut bool,
) -> (NaiveDate, NaiveDate) {
    let usual = || {
        let month = Period::month_of(cx.today());
        if cx.scope().all { (cx.today() - TimeDelta::days(7), cx.today()) } else { (month.first(), month.last()) }
    };
    let (from, to) = match (days, period) {
        ((Some(from), Some(to)), _) => (from, to),
        (_, Some(period)) => (period.first(), period.last()),
        _ => usual(),
    };
    let sound = is_known(from) && is_known(to) && from <= to && (to - from).num_days() <= LONGEST;
    *fault |= !sound;
    if sound { (from, to) } else { usual() }
}

impl Question {
    /// Reads what is asked about. Whether somebody is silent all his duties say, also where one of them is asked about.
    pub async fn read(&self, cx: &Cx) -> Result<Reading, StoreError> {
        if !self.silent {
            return read(cx, &self.wanted).await;
        }
        let mut reading = read(cx, &Wanted { code: None, ..self.wanted.clone() }).await?;
        reading.keep_silent(self.wanted.from, self.now(cx));
        if let Some(code) = &self.wanted.code {
            reading.norms = reading.norms.only(|norm| norm.code == *code);
        }
        Ok(reading)
    }

    /// The moment as of which it is asked.
    pub fn now(&self, cx: &Cx) -> i64 {
        self.cutoff.map_or(cx.now, |day| moment_of(cx, day))
    }

    /// Whether a duty is asked about at all, whatever its state.
    pub fn concerns(&self, duty: &Duty<'_>) -> bool {
        self.rhythm.is_none_or(|code| rhythm(duty.norm.per) == code)
            && (!self.recorded || duty.norm.proof == Proof::Record)
    }

    /// Whether its state is one of those that are shown.
    pub fn shows(&self, state: State) -> bool {
        match self.shown {
            Shown::All => true,
            Shown::One(one) => one == state,
            Shown::Asked => state != State::Coming,
        }
    }

    /// The address of the same question about other states.
    pub fn with(&self, shown: Shown) -> String {
        self.address(shown, 1)
    }

    /// Whether the figures count a duty. What is only sampled has no denominator: whether it was done is not known where nobody wrote it down. Who is silent
    /// has written down nothing at all.
    pub fn counts(&self, duty: &Duty<'_>) -> bool {
        self.silent || duty.norm.proof == Proof::Record
    }

    /// The address of the list of everything that the figures of the same days count, and whose time has come.
    pub fn counted(&self) -> String {
        let level = if self.level.is_empty() { String::new() } else { format!("&level={}", self.level) };
        let which = if self.silent { "silent=1" } else { "proof=record" };
        let cutoff = self.cutoff.map(|day| format!("&cutoff={day}")).unwrap_or_default();
        format!("/duties?from={}&to={}{level}&state=asked&{which}{cutoff}", self.wanted.from, self.wanted.to)
    }

    /// The address of another page of the same list.
    pub fn turned(&self, page: usize) -> String {
        self.address(self.shown, page)
    }

    fn address(&self, shown: Shown, page: usize) -> String {
        let wanted = &self.wanted;
        let mut to = format!("/duties?from={}&to={}", wanted.from, wanted.to);
        let state = shown.code().map(str::to_owned);
        let page = (page > 1).then(|| page.to_string());
        let pairs = self.kept().into_iter().map(|(name, value)| (name, Some(value)));
        let own = [
            ("rhythm", self.rhythm.map(str::to_owned)),
            ("duty", wanted.code.clone()),
            ("subject", wanted.subject.map(|id| id.to_string())),
            ("state", state),
            ("page", page),
        ];
        for (name, value) in pairs.chain(own).filter_map(|(name, value)| Some((name, value?))) {
            to.push_str(&format!("&{name}={}", encode(&value)));
        }
        to
    }

    /// What the form carries on without a field of its own.
    pub fn kept(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("level", (!self.level.is_empty()).then(|| self.level.clone())),
            ("proof", self.recorded.then(|| "record".to_owned())),
            ("silent", self.silent.then(|| "1".to_owned())),
            ("cutoff", self.cutoff.map(|day| day.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The state that is chosen in the form.
    pub fn chosen(&self) -> Option<&'static str> {
        self.shown.code()
    }
}
