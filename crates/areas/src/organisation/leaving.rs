//! 离任: whoever has left holds no post any more, inspects no school, and signs in no more. Said once, at the person; what ends with it follows, and begins again
//! where the day was a mistake. What he did stays his.

use chrono::NaiveDate;
use engine::area::Company;
use engine::auth::{ACCOUNT, role_of};
use kit::{Cell, Change, Facts, Noun, Role, Row};
use uuid::Uuid;

use super::record::{INSPECTOR_AREA, POST, STAFF};

/// What ends with its person.
pub const HELD: &[(&Noun, &str)] = &[(&POST, "staff"), (&INSPECTOR_AREA, "staff"), (&ACCOUNT, "staff")];

/// The ends of posts, areas and account that follow from a last day that was entered, changed or taken back.
pub fn staff_entails(change: &Change, company: Company<'_>, _: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
    let left = |row: &Row| row.get(&STAFF, "left_on").date();
    let (before, after) = (change.before.as_ref().and_then(left), left(&change.after));
    if before == after {
        return Vec::new();
    }
    let ended = |(noun, row): &(&'static Noun, Row)| {
        let (field, first, over) = until(noun, row)?;
        let was = row.get(noun, field).date();
        let end = ends(was, before.and_then(over), after.and_then(over));
        // What was to begin only later never did; that is for whoever entered it to say.
        let begins = end.zip(first).is_none_or(|(end, first)| first <= end);
        let moved = || row.clone().with(noun, field, end.map_or(Cell::Null, Cell::Date));
        (end != was && begins).then(|| Change::update(noun, change.verb, row.clone(), moved()))
    };
    company.iter().filter_map(ended).collect()
}

/// A last day as its field counts it.
type Over = fn(NaiveDate) -> Option<NaiveDate>;

/// The field in which a record ends, its first day if it has one, and what a last day is there. An administrator's account is closed by another administrator
/// (三员分设): none of them goes without the others knowing.
fn until(noun: &Noun, row: &Row) -> Option<(&'static str, Option<NaiveDate>, Over)> {
    if noun.name == ACCOUNT.name {
        let mine = role_of(row).is_some_and(Role::administers);
        return (!mine).then_some(("disabled_on", None, |last: NaiveDate| last.succ_opt()));
    }
    Some(("until_on", row.get(noun, "from_on").date(), Some))
}

/// When something ends that ended on `was`: with the person, or earlier if it did so by itself.
fn ends(was: Option<NaiveDate>, before: Option<NaiveDate>, after: Option<NaiveDate>) -> Option<NaiveDate> {
    let own = was.filter(|_| was != before);
    own.into_iter().chain(after).min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_one_holds_ends_with_him_and_no_later() {
        let day = |text: &str| text.parse::<NaiveDate>().ok();
        for (was, before, after, expected) in [
            ("", "", "2021-12-26", "2021-12-26"),
            ("2021-12-20", "", "2021-12-26", "2021-12-20"),
            ("2022-07-31", "", "2021-12-26", "2021-12-26"),
            // The day was wrong, or he did not leave at all.
            ("2021-12-26", "2021-12-26", "2021-12-28", "2021-12-28"),
            ("2021-12-26", "2021-12-26", "", ""),
            ("2021-12-20", "2021-12-26", "", "2021-12-20"),
            ("", "2021-12-26", "", ""),
        ] {
            assert_eq!(ends(day(was), day(before), day(after)), day(expected), "{was} {before} {after}");
        }
    }
}
