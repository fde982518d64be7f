//! What the security administrator is to look at: accounts that wrong passwords have locked, and accounts whose holder has left the post that their role stands
//! for. Nothing is switched off by itself: whether somebody else takes over the account, and when, is for people to say.

use std::collections::HashMap;
use std::pin::Pin;

use chrono::NaiveDate;
use engine::Cx;
use engine::auth::{ACCOUNT, role_of};
use engine::view::{BoardView, CardView, ItemView, LinkView, StepView, Tone};
use kit::{Cell, Query, Role, Row, Scope, Test};
use store::StoreError;
use uuid::Uuid;

use super::{locks, open};
use crate::organisation::record::POST;

/// Items on a card.
const MOST: usize = 8;

/// The posts that a role stands for. A teacher's and an inspector's reach ends with the class and the area.
fn offices(role: Role) -> &'static [&'static str] {
    match role {
        Role::Principal => &["principal"],
        Role::School => &["safety_officer", "vice_safety", "canteen_manager"],
        Role::Guard => &["guard"],
        Role::Director => &["director", "deputy_director"],
        Role::Bureau => &["section_head", "officer", "director", "deputy_director"],
        Role::Township => &["township_head", "liaison"],
        Role::Department => &["liaison", "section_head", "officer"],
        _ => &[],
    }
}

/// Whether the account can be used though its holder had such a post there, and has it no more. Where no post was ever recorded nothing is known.
pub fn post_over(account: &Row, posts: &[Row], today: NaiveDate) -> bool {
    let Some((role, staff)) = role_of(account).zip(account.get(&ACCOUNT, "staff").id()) else { return false };
    let school = account.get(&ACCOUNT, "school").id();
    let stands = |post: &&Row| {
        post.get(&POST, "staff").id() == Some(staff)
            && post.get(&POST, "post").text().is_some_and(|code| offices(role).contains(&code))
            && (school.is_none() || post.get(&POST, "school").id() == school)
    };
    let over = |post: &Row| post.get(&POST, "until_on").date().is_some_and(|last| last < today);
    let held: Vec<&Row> = posts.iter().filter(stands).collect();
    open(account, today) && !held.is_empty() && held.into_iter().all(over)
}

pub fn board(cx: &Cx) -> Pin<Box<dyn Future<Output = Result<BoardView, StoreError>> + Send + '_>> {
    Box::pin(async move {
        let mut board = BoardView::default();
        if cx.may(ACCOUNT.name, "unlock") {
            board.cards.extend(locked(cx).await?);
            board.cards.extend(left(cx).await?);
        }
        Ok(board)
    })
}

/// What an account's own page says before anything else.
pub async fn steps(cx: &Cx, account: &Row) -> Result<Vec<StepView>, StoreError> {
    let mut steps = Vec::new();
    if !cx.may(ACCOUNT.name, "unlock") {
        return Ok(steps);
    }
    if let Some(until) = locks::until(cx, account.id).await? {
        let said = cx.app.words.fill(cx.lang, "account.locked_until", &[("until", locks::moment(until))]);
        steps.push(StepView { label: cx.word("account.lock").to_owned(), said, tone: Tone::Bad });
    }
    let posts = match account.get(&ACCOUNT, "staff").id() {
        Some(staff) => cx.app.store.find_by(&POST, "staff", &[Cell::Id(staff)], &Scope::county()).await?,
        None => Vec::new(),
    };
    if post_over(account, &posts, cx.today()) {
        let said = cx.word("account.left_post.check").to_owned();
        steps.push(StepView { label: cx.word("account.left_post").to_owned(), said, tone: Tone::Warn });
    }
    Ok(steps)
}

async fn locked(cx: &Cx) -> Result<Option<CardView>, StoreError> {
    let found = cx.app.store.locked(cx.now).await?;
    let ids: Vec<_> = found.iter().map(|(account, _)| *account).collect();
    let rows = cx.app.store.find_many(&ACCOUNT, &ids, &Scope::county()).await?;
    let item = |(id, until): &(Uuid, i64)| {
        let row = rows.get(id)?;
        let mark = cx.app.words.fill(cx.lang, "account.locked_until", &[("until", locks::moment(*until))]);
        Some(ItemView { mark, tone: Tone::Bad, href: format!("/{}/{id}/unlock", ACCOUNT.plural), ..called(cx, row) })
    };
    Ok(card(cx, "today.accounts.locked", Tone::Bad, found.iter().filter_map(item).collect()))
}

async fn left(cx: &Cx) -> Result<Option<CardView>, StoreError> {
    let (today, all) = (cx.today(), Scope::county());
    let open = Query::new().filter("staff", Test::Present).not_ended("disabled_on", today);
    let accounts = cx.app.store.all(&ACCOUNT, &open, &all).await?;
    let codes: Vec<_> = Role::ALL.iter().flat_map(|role| offices(*role)).copied().collect();
    let mut posts: HashMap<Uuid, Vec<Row>> = HashMap::new();
    for post in cx.app.store.all(&POST, &Query::new().among("post", &codes), &all).await? {
        if let Some(staff) = post.get(&POST, "staff").id() {
            posts.entry(staff).or_default().push(post);
        }
    }
    let held = |account: &Row| account.get(&ACCOUNT, "staff").id().and_then(|staff| posts.get(&staff));
    let over = accounts.iter().filter(|account| held(account).is_some_and(|held| post_over(account, held, today)));
    let item = |row: &Row| ItemView {
        mark: cx.word("account.left_post").to_owned(),
        tone: Tone::Warn,
        href: format!("/{}/{}", ACCOUNT.plural, row.id),
        ..called(cx, row)
    };
    Ok(card(cx, "today.accounts.left_post", Tone::Warn, over.map(item).collect()))
}

/// The account by its name, with what it may do and where.
fn called(cx: &Cx, account: &Row) -> ItemView {
    let text = |field| account.get(&ACCOUNT, field).text().unwrap_or_default().to_owned();
    let role = role_of(account).map(|role| cx.word(&format!("role.{role}")).to_owned()).unwrap_or_default();
    let place = account.get(&ACCOUNT, "school").id().or_else(|| account.get(&ACCOUNT, "unit").id());
    let place = place.map(|place| cx.app.tree().name(place).to_owned()).unwrap_or_default();
    let meta = [text("login"), role, place].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>();
    ItemView { title: text("name"), meta: meta.join(" · "), ..ItemView::default() }
}

fn card(cx: &Cx, heading: &'static str, tone: Tone, mut items: Vec<ItemView>) -> Option<CardView> {
    let total = items.len().to_string();
    items.truncate(MOST);
    (!items.is_empty()).then(|| CardView {
        heading: cx.word(heading).to_owned(),
        icon: "key".into(),
        total,
        tone,
        items,
        more: Some(LinkView { label: cx.word("account.plural").to_owned(), href: format!("/{}", ACCOUNT.plural) }),
        empty: String::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Cell {
        text.parse().map_or(Cell::Null, Cell::Date)
    }

    fn id(number: u128) -> Cell {
        Cell::Id(Uuid::from_u128(number))
    }

    fn post(code: &str, school: u128, until: &str) -> Row {
        Row::blank(&POST, Uuid::from_u128(9))
            .with(&POST, "staff", id(1))
            .with(&POST, "post", Cell::Text(code.into()))
            .with(&POST, "school", id(school))
            .with(&POST, "until_on", day(until))
    }

    #[test]
    fn a_post_is_over_when_none_of_its_kind_is_left_there() {
        let today = "2021-12-20".parse().unwrap_or_default();
        for (role, posts, disabled, over) in [
            ("principal", vec![post("principal", 2, "2021-12-19")], "", true),
            ("principal", vec![post("principal", 2, "2021-12-20")], "", false),
            ("principal", vec![post("principal", 2, "")], "", false),
            ("principal", vec![post("principal", 2, "2021-08-31"), post("principal", 2, "")], "", false),
            ("principal", vec![post("principal", 2, "2021-08-31"), post("principal", 3, "")], "", true),
            ("principal", vec![post("principal", 2, "2021-08-31"), post("class_teacher", 2, "")], "", true),
            ("principal", vec![post("principal", 2, "2021-12-19")], "2021-12-01", false),
            ("principal", vec![], "", false),
            ("school", vec![post("safety_officer", 2, "2021-08-31"), post("vice_safety", 2, "")], "", false),
            ("teacher", vec![post("class_teacher", 2, "2021-08-31")], "", false),
        ] {
            let account = Row::blank(&ACCOUNT, Uuid::from_u128(7))
                .with(&ACCOUNT, "role", Cell::Text(role.into()))
                .with(&ACCOUNT, "staff", id(1))
                .with(&ACCOUNT, "school", id(2))
                .with(&ACCOUNT, "disabled_on", day(disabled));
            assert_eq!(post_over(&account, &posts, today), over, "{role} {posts:?} {disabled}");
        }
    }
}
