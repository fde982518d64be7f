//! 提示: what looks unlike a walk, found in the times alone. Pure, and a question only: a person looks at it and says what it was. Two guards who
//! walk together, a code that was hung up anew, a telephone that changed hands all look like this, so nothing here counts against anybody.

use uuid::Uuid;

/// One point of a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub point: Uuid,
    /// Its place on the route.
    pub number: i64,
    /// Milliseconds since 1970, UTC.
    pub at: i64,
    /// The least time from the point before it, where somebody has walked it with a watch.
    pub walk_seconds: Option<i64>,
    /// Which telephone, as a digest.
    pub device: Option<String>,
}

/// The norms: seconds, but for `gaps`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Between two points.
    pub walk: i64,
    /// From the first point to the last.
    pub round: i64,
    /// So many intervals are needed before they are compared.
    pub gaps: i64,
    /// Intervals that differ by no more than this are taken for equal.
    pub even: i64,
    /// Two telephones at one code, or two telephones of one walker.
    pub phones: i64,
}

/// Something to look at: what was measured, and what was expected at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sign {
    pub sign: &'static str,
    pub measured: i64,
    pub expected: i64,
}

/// Everything about a round that a person is to look at, each sign once. `earlier` are rounds of the same walker on the same route, `others`
/// what other telephones showed at the same points.
pub fn signs(round: &[Step], earlier: &[Vec<Step>], others: &[Step], limits: &Limits) -> Vec<Sign> {
    let steps = in_order(round);
    let found = [
        too_fast(&steps, limits),
        too_short(&steps, limits),
        even(&steps, limits),
        repeated(&steps, earlier, limits),
        two_phones(&steps, others, limits),
    ];
    found.into_iter().flatten().collect()
}

fn in_order(steps: &[Step]) -> Vec<&Step> {
    let mut steps: Vec<_> = steps.iter().collect();
    steps.sort_by_key(|step| (step.at, step.number));
    steps
}

fn seconds(from: &Step, to: &Step) -> i64 {
    (to.at - from.at).abs() / 1000
}

/// The intervals between points, in seconds.
fn gaps(steps: &[&Step]) -> Vec<i64> {
    steps.windows(2).map(|pair| seconds(pair[0], pair[1])).collect()
}

/// Faster from one place to another than anybody walks: the interval that falls shortest of its own measure.
fn too_fast(steps: &[&Step], limits: &Limits) -> Option<Sign> {
    let needed = |from: &Step, to: &Step| {
        let measured = to.walk_seconds.filter(|_| to.number == from.number + 1);
        measured.unwrap_or(limits.walk)
    };
    let short = steps.windows(2).filter(|pair| pair[0].point != pair[1].point).filter_map(|pair| {
        let (measured, expected) = (seconds(pair[0], pair[1]), needed(pair[0], pair[1]));
        (measured < expected).then_some(Sign { sign: "too_fast", measured, expected })
    });
    short.max_by_key(|sign| sign.expected - sign.measured)
}

/// 五秒走完: a whole round in less time than it takes.
fn too_short(steps: &[&Step], limits: &Limits) -> Option<Sign> {
    let (first, last) = (steps.first()?, steps.last()?);
    let measured = seconds(first, last);
    (steps.len() > 2 && measured < limits.round).then_some(Sign { sign: "too_short", measured, expected: limits.round })
}

fn enough(gaps: &[i64], limits: &Limits) -> bool {
    i64::try_from(gaps.len()).is_ok_and(|count| count >= limits.gaps.max(2))
}

/// 间隔一样: nobody walks by the second.
fn even(steps: &[&Step], limits: &Limits) -> Option<Sign> {
    let gaps = gaps(steps);
    let spread = gaps.iter().max()? - gaps.iter().min()?;
    (enough(&gaps, limits) && spread <= limits.even).then_some(Sign {
        sign: "even",
        measured: spread,
        expected: limits.even + 1,
    })
}

/// 与前次一样: the same intervals over the same points as in an earlier round.
fn repeated(steps: &[&Step], earlier: &[Vec<Step>], limits: &Limits) -> Option<Sign> {
    let own = gaps(steps);
    if !enough(&own, limits) {
        return None;
    }
    let apart = |other: &Vec<Step>| {
        let other = in_order(other);
        let same = other.len() == steps.len() && other.iter().zip(steps).all(|(one, two)| one.point == two.point);
        let differ = own.iter().zip(gaps(&other)).map(|(one, two)| (one - two).abs()).max().filter(|_| same)?;
        (differ <= limits.even).then_some(differ)
    };
    earlier.iter().filter_map(apart).min().map(|measured| Sign {
        sign: "repeated",
        measured,
        expected: limits.even + 1,
    })
}

/// 两部手机: a code that two telephones show within seconds is perhaps a picture of it; one walker cannot hold two at two points.
fn two_phones(steps: &[&Step], others: &[Step], limits: &Limits) -> Option<Sign> {
    let differ = |one: &Step, two: &Step| one.device.is_some() && two.device.is_some() && one.device != two.device;
    let here = steps.iter().flat_map(|step| {
        let same = others.iter().filter(|other| other.point == step.point && differ(step, other));
        same.map(|other| seconds(step, other)).collect::<Vec<_>>()
    });
    let own = steps.windows(2).filter(|pair| differ(pair[0], pair[1])).map(|pair| seconds(pair[0], pair[1]));
    let measured = here.chain(own).min().filter(|apart| *apart < limits.phones)?;
    Some(Sign { sign: "two_phones", measured, expected: limits.phones })
}
