//! The search over everything on the full county: a word of two characters, a name by its sound and by its initials, a code, a
//! very common surname; as the bureau, as one school and as one class teacher. Beside it the same questions to the same index,
//! written out: for each kind of record one count and one page.

use anyhow::{Context, bail};
use axum::body::Body;
use axum::http::{Request, StatusCode};
use engine::{Cx, clock, search};
use http_body_util::BodyExt;
use kit::{Noun, Scope, tokens};
use tower::ServiceExt;
use uuid::Uuid;

use crate::county::County;
use crate::raw::{Raw, Table};
use crate::report::{Leg, Run, Times, millis};

/// What is typed; `{code}` is the sample school's.
const TYPED: &[(&str, &str)] = &[
    ("a word, 隐患", "隐患"),
    ("a word, 食堂", "食堂"),
    ("a word, 消防", "消防"),
    ("full pinyin, hehao", "hehao"),
    ("initials, hhy", "hhy"),
    ("a school's code", "{code}"),
    ("a very common surname, 何", "何"),
];
/// A measurement ends after so many milliseconds, however few requests it made.
const LONGEST: f64 = 4_000.0;

/// One question, in the three ways.
struct Question {
    typed: String,
    address: String,
    statements: Vec<Statement>,
}

struct Statement {
    count: String,
    page: String,
    ids: Vec<Uuid>,
}

pub async fn measure(county: &County, requests: u32, leg: &mut Leg) -> anyhow::Result<()> {
    let school = county.cx("school").await?.actor.scope.home.context("the school's account has no school")?;
    let tree = county.app.tree();
    let code = &tree.get(school).context("the school is not in the tree")?.code;
    let mut raw = Raw::open(&county.ours).await?;
    for login in ["bureau", "school", "teacher"] {
        let cx = county.cx(login).await?;
        let token = county.app.issue_token(login, "bench").await?.with_context(|| format!("no token for {login}"))?;
        let mut all = (Times::default(), Times::default());
        for (name, typed) in TYPED {
            let question = question(&cx, &raw, &typed.replace("{code}", code));
            agree(&cx, &mut raw, &question).await?;
            let (mut ours, mut theirs) = (Times::default(), Times::default());
            let begun = clock::started();
            for at in 0..=requests as usize {
                let started = clock::started();
                search::groups(&cx, &question.typed, search::FEW).await?;
                ours.add(at, millis(started.elapsed()));
                let started = clock::started();
                by_hand(&mut raw, &question).await?;
                theirs.add(at, millis(started.elapsed()));
                let started = clock::started();
                ask(county, &token, &question.address).await?;
                all.0.add(at, millis(started.elapsed()));
                if at > 0 && millis(begun.elapsed()) > LONGEST {
                    break;
                }
            }
            all.1.0.extend(&theirs.0);
            leg.push(Run::of(format!("search as {login}: {name}"), &ours, &theirs));
        }
        leg.push(Run::of(format!("search as {login}: all of these as JSON"), &all.0, &all.1));
    }
    Ok(())
}

fn question(cx: &Cx, raw: &Raw, typed: &str) -> Question {
    let statements = search::kinds(cx).map(|kind| statement(kind.noun, typed, cx.scope(), raw)).collect();
    let address = format!("/api/v1/search?q={}", engine::web::encode(typed));
    Question { typed: typed.to_owned(), address, statements }
}

/// The count and the page of one kind of record, with the scope as one would write it out.
fn statement(noun: &'static Noun, typed: &str, scope: &Scope, raw: &Raw) -> Statement {
    let mut ids = Vec::new();
    let mut parts = Vec::new();
    let lists = [(noun.scope.units, &scope.units), (noun.scope.classes, &scope.classes)];
    let own = |id: Option<Uuid>| id.into_iter().collect::<Vec<_>>();
    let (home, person) = (own(scope.home), own(scope.person));
    for (columns, mine) in lists.into_iter().chain([(noun.scope.home, &home), (noun.scope.persons, &person)]) {
        for column in columns.iter().filter(|_| !mine.is_empty()) {
            let places = mine.iter().map(|id| {
                ids.push(*id);
                raw.place(ids.len())
            });
            parts.push(format!("\"{column}\" in ({})", places.collect::<Vec<_>>().join(",")));
        }
    }
    let open = scope.all || noun.scope.everyone;
    if open {
        ids.clear();
    }
    let mine = match parts.as_slice() {
        _ if open => "1 = 1".to_owned(),
        [] => "1 = 0".to_owned(),
        parts => format!("({})", parts.join(" or ")),
    };
    let words = tokens::question(noun, typed, scope).unwrap_or_default();
    let filter = format!("{mine} and \"id\" in (select record from search_words('{words}'))");
    let count = format!("select count(*) from \"{}\" where {filter}", noun.name);
    let order = noun.order.strip_prefix('-').map_or_else(|| noun.order.to_owned(), |name| format!("{name} desc"));
    let columns = Table::of(noun).names();
    let page =
        format!("select {columns} from \"{}\" where {filter} order by {order}, id limit {}", noun.name, search::FEW);
    Statement { count, page, ids }
}

async fn by_hand(raw: &mut Raw, question: &Question) -> anyhow::Result<i64> {
    let mut total = 0;
    for statement in &question.statements {
        let count = raw.number(&statement.count, &statement.ids).await?;
        if count > 0 {
            raw.ids(&statement.page, &statement.ids).await?;
        }
        total += count;
    }
    Ok(total)
}

/// Both ways must find as much.
async fn agree(cx: &Cx, raw: &mut Raw, question: &Question) -> anyhow::Result<()> {
    let ours: i64 = search::groups(cx, &question.typed, search::FEW).await?.iter().map(|group| group.found.total).sum();
    let theirs = by_hand(raw, question).await?;
    if ours != theirs {
        bail!("{}: {ours} found, raw {theirs}", question.typed);
    }
    eprintln!("  {} as {}: {ours}", question.typed, cx.actor.login);
    Ok(())
}

async fn ask(county: &County, token: &str, address: &str) -> anyhow::Result<()> {
    let router = engine::router::router(std::sync::Arc::clone(&county.app));
    let request = Request::builder().uri(address).header("authorization", format!("Bearer {token}"));
    let answer = router.oneshot(request.body(Body::empty())?).await?;
    let (parts, body) = answer.into_parts();
    body.collect().await?;
    if parts.status == StatusCode::OK { Ok(()) } else { bail!("{address}: {}", parts.status) }
}
