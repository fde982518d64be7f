//! 离任: whoever has left holds no post any more, inspects no school, and signs in no more. Said once, at the person; what ends with it follows, and begins again
//! where the day was a mistake. What he did stays his.

use chrono::NaiveDate;
use engine::Cx;
use engine::area::{Company, Following};
use engine::auth::{ACCOUNT, role_of};
use kit::{Cell, Change, Facts, Noun, Refusal, Role, Row, Scope};
use uuid::Uuid;

use super::record::{INSPECTOR_AREA, POST, STAFF};

/// What ends with its person.
pub const HELD: &[(&Noun, &str)] = &[(&POST, "staff"), (&INSPECTOR_AREA, "staff"), (&ACCOUNT, "staff")];

fn left(staff: &Row) -> Option<NaiveDate> {
    staff.get(&STAFF, "left_on").date()
}

/// The ends of posts, areas and account that follow from a last day that was entered, changed or taken back.
pub fn staff_entails(change: &Change, company: Company<'_>, _: &Facts, _: &mut dyn FnMut() -> Uuid) -> Vec<Change> {
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

/// Nothing more follows; a last day is refused while a post is to begin after it. Such a post cannot end with its person: it would be held by nobody who is
/// there.
pub fn staff_follows<'a>(cx: &'a Cx, change: &'a Change, _: &'a Facts) -> Following<'a> {
    Box::pin(async move {
        let (Some(last), Some(before)) = (left(&change.after), &change.before) else { return Ok(Vec::new()) };
        if left(before) == Some(last) {
            return Ok(Vec::new());
        }
        let posts = cx.app.store.find_by(&POST, "staff", &[Cell::Id(change.after.id)], &Scope::county()).await?;
        match later(&posts, last) {
            Some(from) => Err(Refusal::at("staff.posts_later", "left_on").with("from", from).into()),
            None => Ok(Vec::new()),
        }
    })
}

/// The first day of these posts that is later than a last day.
fn later(posts: &[Row], last: NaiveDate) -> Option<NaiveDate> {
    posts.iter().filter_map(|post| post.get(&POST, "from_on").date()).filter(|from| *from > last).min()
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
    fn a_post_that_begins_after_the_last_day_is_said() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap_or_default();
        let post = |from: &str| Row::blank(&POST, Uuid::nil()).with(&POST, "from_on", Cell::Date(day(from)));
        let posts = ["2022-02-01", "2020-09-01", "2022-01-01"].map(post);
        for (last, expected) in
            [("2021-12-31", Some("2022-01-01")), ("2022-01-01", Some("2022-02-01")), ("2022-02-01", None)]
        {
            assert_eq!(later(&posts, day(last)), expected.map(day), "{last}");
        }
    }

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
