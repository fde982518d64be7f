//! What of duties stands on the first page: one's own with the tap that does it; for whoever answers for many, exceptions as counts that open
//! their rows.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;

use chrono::{NaiveDate, TimeDelta};
use engine::view::{BoardView, CardView, ItemView, LinkView, TapView, TileView, Tone};
use engine::{Cx, days};
use kit::dates::{shanghai_date, shanghai_time};
use kit::duty::{Duty, Fact, Fulfil, Level, Proof, State};
use kit::terms::is_school_day;
use kit::{Actor, Role};
use store::StoreError;
use uuid::Uuid;

use super::called;
use super::mine::{Posts, levels};
use super::pages::school_of;
use super::reading::{Reading, Silent, Wanted, classes, may_find_nothing, read, room_of, way_to};
use super::record::DEED;
use super::rules::in_words;

/// How far one looks ahead for what is due, and back for what was missed, in days.
const AHEAD: i64 = 14;
pub const BACK: i64 = 14;
/// For whoever looks over many schools: the last week.
const WEEK: i64 = 7;
/// Items on a card; a guard's are few and large.
const MOST: usize = 8;
const FEW: usize = 4;

pub fn board(cx: &Cx) -> Pin<Box<dyn Future<Output = Result<BoardView, StoreError>> + Send + '_>> {
    Box::pin(made(cx))
}

async fn made(cx: &Cx) -> Result<BoardView, StoreError> {
    let role = cx.actor.role;
    if levels(role).is_empty() || !cx.may("duty", "read") {
        return Ok(BoardView::default());
    }
    let own: Vec<_> =
        levels(role).iter().copied().filter(|level| *level != Level::School || !over_many(role)).collect();
    let parts = tokio::try_join!(
        part(watches(role), exceptions(cx)),
        part(!own.is_empty(), mine(cx, &own)),
        part(matches!(role, Role::Principal | Role::School), of_classes(cx)),
    )?;
    let (exceptions, mine, classes) = parts;
    let mut board = BoardView::default();
    // One's own before what one looks over.
    board.cards.extend(mine.cards.into_iter().chain(exceptions.cards));
    board.tiles.extend(exceptions.tiles.into_iter().chain(classes.tiles));
    if watches(role) {
        board.links.extend(looks(cx));
    }
    Ok(board)
}

/// A part of the board, for whom it is one.
async fn part(shown: bool, made: impl Future<Output = Result<BoardView, StoreError>>) -> Result<BoardView, StoreError> {
    if shown { made.await } else { Ok(BoardView::default()) }
}

/// Looks over many schools.
fn watches(role: Role) -> bool {
    role.county_wide() || matches!(role, Role::Inspector | Role::Township)
}

/// Where whoever looks over many schools looks first in the morning; what was not done stands on the page itself.
fn looks(cx: &Cx) -> Option<(LinkView, String)> {
    let board = LinkView { label: cx.word("rollcall.board").to_owned(), href: "/rollcall/board".into() };
    cx.may("sheet", "read").then(|| (board, "users".to_owned()))
}

/// Has no duties of a school of his own.
fn over_many(role: Role) -> bool {
    role.county_wide() || role == Role::Township
}

/// A duty that is to be shown, apart from what it was read from.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    pub code: String,
    pub fact: String,
    pub level: Level,
    pub proof: Proof,
    pub subject: Uuid,
    pub due: i64,
    pub acts: u32,
    pub times: u32,
    pub state: State,
}

impl Shown {
    pub fn of(duty: &Duty<'_>) -> Self {
        Self {
            code: duty.norm.code.clone(),
            fact: duty.norm.fact.clone(),
            level: duty.norm.level,
            proof: duty.norm.proof,
            subject: duty.subject,
            due: duty.span.due,
            acts: duty.acts,
            times: duty.norm.times,
            state: duty.state,
        }
    }
}

/// One's own: what is due, soonest first, what was missed, newest first, and how much was done today.
#[derive(Debug, Default, PartialEq)]
pub struct Own {
    pub due: Vec<Shown>,
    pub missed: Vec<Shown>,
    pub done_today: usize,
}

/// Picks one's own out of what was read.
pub fn own(reading: &Reading, posts: &Posts, actor: &Actor, today: NaiveDate, now: i64) -> Own {
    let mut mine = Vec::new();
    reading.each(now, |duty| {
        if posts.keep(actor, &duty) {
            mine.push((Shown::of(&duty), duty.span.first, duty.span.due_on));
        }
    });
    own_of(mine, today)
}

/// Pure: one's duties, each with the first day of its period and its due day. What one record answers stands once, under the name that is
/// due first.
pub fn own_of(mine: Vec<(Shown, NaiveDate, NaiveDate)>, today: NaiveDate) -> Own {
    let mut own = Own::default();
    for (duty, first, due_on) in mine {
        match duty.state {
            State::Due if first <= today => own.due.push(duty),
            State::Missed => own.missed.push(duty),
            State::Done | State::DoneLate if due_on == today => own.done_today += 1,
            _ => {}
        }
    }
    // What needs a record before what is only sampled.
    own.due.sort_by_key(|duty| (duty.due, duty.proof != Proof::Record, duty.code.clone(), duty.subject));
    let mut asked = BTreeSet::new();
    own.due.retain(|duty| asked.insert((duty.fact.clone(), duty.subject)));
    own.missed.sort_by_key(|duty| (std::cmp::Reverse(duty.due), duty.code.clone(), duty.subject));
    own
}

async fn mine(cx: &Cx, levels: &[Level]) -> Result<BoardView, StoreError> {
    let mut board = BoardView::default();
    let today = cx.today();
    let posts = Posts::of(cx, today).await?;
    let wanted = Wanted::new(today - TimeDelta::days(BACK), today + TimeDelta::days(AHEAD), levels);
    let reading = read(cx, &wanted).await?;
    let own = own(&reading, &posts, &cx.actor, today, cx.now);
    let names = names(cx, own.due.iter().chain(&own.missed)).await?;
    let most = if cx.actor.role == Role::Guard { FEW } else { MOST };
    let title = |duty: &Shown| titled(cx, duty, &names);
    let items: Vec<_> = own.due.iter().take(most).map(|duty| item(cx, duty, title(duty))).collect();
    board.cards.push(CardView {
        heading: cx.word("duties.mine").to_owned(),
        icon: "list-check".into(),
        total: own.due.len().to_string(),
        tone: if own.due.is_empty() { Tone::Good } else { Tone::Info },
        more: more(cx, own.due.len() > most, "due", today, today + TimeDelta::days(AHEAD)),
        empty: match own.done_today {
            0 => cx.word("duties.mine_nothing").to_owned(),
            done => cx.app.words.fill(cx.lang, "duties.mine_none", &[("n", done.to_string())]),
        },
        items,
    });
    if !own.missed.is_empty() {
        let from = today - TimeDelta::days(BACK);
        let told = own.missed.iter().all(|duty| entered_by_another(cx, duty));
        let heading = if told { "duties.mine_missed_told" } else { "duties.mine_missed" };
        board.cards.push(CardView {
            heading: cx.word(heading).to_owned(),
            icon: "alert-circle".into(),
            total: own.missed.len().to_string(),
            tone: Tone::Bad,
            items: own.missed.iter().take(FEW).map(|duty| missed(cx, duty, title(duty))).collect(),
            more: more(cx, own.missed.len() > FEW, "missed", from, today),
            empty: String::new(),
        });
    }
    Ok(board)
}

fn more(cx: &Cx, more: bool, state: &str, from: NaiveDate, to: NaiveDate) -> Option<LinkView> {
    more.then(|| LinkView {
        label: cx.word("duties.more").to_owned(),
        href: format!("/duties?from={from}&to={to}&state={state}"),
    })
}

/// The names of those whose duties are shown, where there are several of them.
async fn names<'a>(cx: &Cx, duties: impl Iterator<Item = &'a Shown>) -> Result<BTreeMap<Uuid, String>, StoreError> {
    let subjects: BTreeSet<_> = duties.map(|duty| (duty.level, duty.subject)).collect();
    let classes: Vec<_> =
        subjects.iter().filter(|(level, _)| *level == Level::Class).map(|(_, subject)| *subject).collect();
    let tree = cx.app.tree();
    let places = subjects.iter().filter(|(level, _)| *level != Level::Class);
    let mut names: BTreeMap<_, _> = places.map(|(_, id)| (*id, tree.name(*id).to_owned())).collect();
    if !classes.is_empty() {
        names.extend(engine::web::labels(cx, [("class", classes)].into()).await?);
    }
    Ok(names)
}

fn titled(cx: &Cx, duty: &Shown, names: &BTreeMap<Uuid, String>) -> String {
    let word = called(cx, &duty.code);
    // Whoever comes to a school from outside is told which, also where only one is left.
    let elsewhere = duty.level == Level::School && cx.scope().home != Some(duty.subject);
    match names.get(&duty.subject) {
        Some(name) if elsewhere || names.len() > 1 => format!("{word} · {name}"),
        _ => word,
    }
}

/// `08:30` today, `12-26` on another day.
fn until(cx: &Cx, duty: &Shown) -> String {
    let (at, day) = (shanghai_time(duty.due), shanghai_date(duty.due));
    let clock = at.format("%H:%M").to_string();
    let key = match (day == cx.today(), clock == "23:59") {
        (true, true) => "duties.until_tonight",
        (true, false) => "duties.until_today",
        (false, _) => "duties.until_day",
    };
    cx.app.words.fill(cx.lang, key, &[("time", clock), ("day", named(cx, duty, &day.format("%m-%d").to_string()))])
}

/// The hour of today, or an earlier day.
fn was_due(cx: &Cx, duty: &Shown) -> String {
    let (at, day) = (shanghai_time(duty.due), shanghai_date(duty.due));
    let key = if day == cx.today() { "duties.was_due_today" } else { "duties.was_due" };
    let args = [("time", at.format("%H:%M").to_string()), ("day", named(cx, duty, &day.to_string()))];
    cx.app.words.fill(cx.lang, key, &args)
}

/// The day on which it is due, with its kind.
fn named(cx: &Cx, duty: &Shown, text: &str) -> String {
    let note = days::note(cx, shanghai_date(duty.due), school_of(cx, duty.level, duty.subject));
    cx.app.words.fill(cx.lang, "duties.named_day", &[("day", text.to_owned()), ("kind", note.word)])
}

fn address(duty: &Shown) -> String {
    format!("/duties/one?duty={}&subject={}&day={}", duty.code, duty.subject, shanghai_date(duty.due))
}

/// What is still to be done, with the touch that does it, or the way to the room that keeps it.
fn item(cx: &Cx, duty: &Shown, title: String) -> ItemView {
    let room = room_of(cx, &duty.fact);
    let tap = (room.is_none() && !in_words(&duty.fact) && cx.may(DEED.name, "create")).then(|| TapView {
        label: cx.word("duties.do").to_owned(),
        action: "/duties/done".into(),
        request_id: cx.app.store.new_id(cx.now).to_string(),
        values: vec![
            ("duty", duty.code.clone()),
            ("subject", duty.subject.to_string()),
            ("day", cx.today().to_string()),
        ],
    });
    let often = duty.times > 1;
    ItemView {
        title,
        meta: until(cx, duty),
        // Where there may be nothing to record, the duty itself offers both ways.
        href: room.filter(|_| !may_find_nothing(&duty.fact)).map_or_else(|| address(duty), |room| way_to(cx, room)),
        mark: if often { format!("{}/{}", duty.acts, duty.times) } else { String::new() },
        tone: Tone::Info,
        tap,
    }
}

/// Whether what was done is written down later in a form that this reader may not fill in (a guard's rounds on paper): then he tells whoever may.
fn entered_by_another(cx: &Cx, duty: &Shown) -> bool {
    let says = |fulfil: &&Fulfil| matches!(fulfil.fact, Fact::Is(fact) if fact == duty.fact);
    room_of(cx, &duty.fact).filter(|_| !may_find_nothing(&duty.fact)).is_some_and(|room| {
        let day = room.fulfils.iter().find(says).and_then(|fulfil| room.noun.field(fulfil.day));
        day.is_some_and(kit::Field::writable) && !cx.may(room.noun.name, "create")
    })
}

fn missed(cx: &Cx, duty: &Shown, title: String) -> ItemView {
    let due = was_due(cx, duty);
    let told = entered_by_another(cx, duty);
    ItemView {
        title,
        meta: if told { cx.app.words.fill(cx.lang, "duties.tell_officer", &[("due", due)]) } else { due },
        href: address(duty),
        mark: cx.word("duties.state.missed").to_owned(),
        tone: Tone::Bad,
        tap: None,
    }
}

/// How many classes have done what each does every day: a count, so that no teacher stands before his colleagues.
async fn of_classes(cx: &Cx) -> Result<BoardView, StoreError> {
    let mut board = BoardView::default();
    let (today, school) = (cx.today(), cx.actor.unit.unwrap_or_default());
    if !is_school_day(&cx.app.calendar(), &cx.app.terms(), school, today) {
        return Ok(board);
    }
    let counted = classes(cx, today).await?;
    // What is only sampled is written down by nobody every time: its count would say nothing.
    let rules = cx.app.rules();
    let norms = &rules.conduct.duties;
    let counted = counted.iter().filter(|one| norms.any(&one.code).is_some_and(|norm| norm.proof == Proof::Record));
    board.tiles.extend(counted.map(|one| TileView {
        label: called(cx, &one.code),
        value: one.done.to_string(),
        unit: format!("/ {}", one.whole),
        note: cx.word("duties.classes").to_owned(),
        href: room_of(cx, &one.fact).map_or_else(
            || format!("/deeds?fact={}&day.from={today}&day.to={today}", one.fact),
            |room| format!("/{}", room.noun.plural),
        ),
        tone: if one.done >= one.whole { Tone::Good } else { Tone::Info },
    }));
    Ok(board)
}

/// What a look over many schools finds out of order.
#[derive(Debug, Default, PartialEq)]
pub struct Exceptions {
    /// Schools that have recorded nothing yet today though something was due.
    pub silent: usize,
    /// Missed in the week, by norm: how many duties and of how many schools.
    pub missed: Vec<(String, usize, usize)>,
    pub total: usize,
}

pub fn found(reading: &Reading, today: NaiveDate, now: i64) -> Exceptions {
    let mut by_norm: BTreeMap<&str, (usize, BTreeSet<Uuid>)> = BTreeMap::new();
    let (mut total, mut silent) = (0, Silent::on(today));
    reading.each(now, |duty| {
        silent.add(&duty);
        if duty.state == State::Missed {
            let entry = by_norm.entry(duty.norm.code.as_str()).or_default();
            entry.0 += 1;
            entry.1.insert(duty.subject);
            total += 1;
        }
    });
    let mut missed: Vec<_> =
        by_norm.into_iter().map(|(code, (count, schools))| (code.to_owned(), count, schools.len())).collect();
    missed.sort_by_key(|(code, count, schools)| (std::cmp::Reverse((*schools, *count)), code.clone()));
    Exceptions { silent: silent.subjects().len(), missed, total }
}

async fn exceptions(cx: &Cx) -> Result<BoardView, StoreError> {
    let mut board = BoardView::default();
    let today = cx.today();
    let from = today - TimeDelta::days(WEEK - 1);
    let reading = read(cx, &Wanted::new(from, today, &[Level::School])).await?;
    let found = found(&reading, today, cx.now);
    let tile = |label: &str, value: usize, note: String, href: String| TileView {
        label: cx.word(label).to_owned(),
        value: value.to_string(),
        unit: String::new(),
        note,
        href,
        tone: if value > 0 { Tone::Bad } else { Tone::Good },
    };
    if reading.is_school_day(today) {
        board.tiles.push(tile(
            "duties.silent",
            found.silent,
            String::new(),
            format!("/duties/figures?from={today}&to={today}&level=school&silent=1"),
        ));
    }
    let week = format!("/duties?from={from}&to={today}&state=missed&level=school");
    board.tiles.push(tile(
        "duties.missed_week",
        found.total,
        cx.app.words.fill(
            cx.lang,
            "duties.from_to",
            &[("from", from.format("%m-%d").to_string()), ("to", today.format("%m-%d").to_string())],
        ),
        week.clone(),
    ));
    let item = |(code, count, schools): &(String, usize, usize)| ItemView {
        title: called(cx, code),
        meta: cx.app.words.fill(cx.lang, "duties.missed_times", &[("n", count.to_string())]),
        href: format!("{week}&duty={code}"),
        mark: cx.app.words.fill(cx.lang, "duties.schools", &[("n", schools.to_string())]),
        tone: Tone::Warn,
        tap: None,
    };
    board.cards.push(CardView {
        heading: cx.word("duties.missed_by").to_owned(),
        icon: "activity".into(),
        total: found.total.to_string(),
        tone: if found.total > 0 { Tone::Warn } else { Tone::Good },
        items: found.missed.iter().take(MOST).map(item).collect(),
        more: (found.missed.len() > MOST)
            .then(|| LinkView { label: cx.word("duties.more").to_owned(), href: week.clone() }),
        empty: cx.word("duties.missed_none").to_owned(),
    });
    Ok(board)
}
