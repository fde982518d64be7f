//! Help: states and moves as the code has them, and who may do what as the table has it. Nothing here is written twice.

use axum::extract::Path;
use axum::response::Response;
use kit::Role;

use super::{kind, layout, list, timeline, titled, words};
use crate::app::Cx;
use crate::area::Kind;
use crate::error::render;
use crate::view::{HelpPage, LifeMove, LifeState, LifeView, RoleLine};
use crate::web::Reader;

/// One record type: its life, and its lines of the permission table.
pub async fn one(reader: Reader, Path(plural): Path<String>) -> Result<Response, Response> {
    let kind = kind(&reader, &plural)?;
    let cx = &reader.cx;
    let noun = kind.noun.name;
    let verbs: Vec<&str> =
        cx.app.policy.lines().filter(|(name, _, _)| *name == noun).map(|(_, verb, _)| verb).collect();
    let cell =
        |role: Role, verb: &str| if cx.app.policy.allows(role, noun, verb) { reach(cx, role) } else { String::new() };
    let line =
        |role: &Role| RoleLine { role: name(cx, *role), cells: verbs.iter().map(|verb| cell(*role, verb)).collect() };
    let heading = words(&cx.app, cx.lang).put("ui.help_on", cx.word(&format!("{noun}.plural")));
    Ok(render(&HelpPage {
        t: words(&cx.app, cx.lang),
        layout: titled(&reader, heading.clone()),
        heading,
        lives: life(cx, kind).into_iter().collect(),
        lead: cx.word("ui.roles_lead").to_owned(),
        head: head(cx, "ui.role", verbs.iter().map(|verb| timeline::verb(cx, kind, verb))),
        roles: Role::ALL.iter().map(line).filter(|line| line.cells.iter().any(|cell| !cell.is_empty())).collect(),
    }))
}

/// Every life that this reader meets, and the whole table: a line for each record type, a column for each role, the verbs in the cell.
pub async fn all(reader: Reader) -> Response {
    let cx = &reader.cx;
    let kinds: Vec<&Kind> = cx.app.kinds().filter(|kind| cx.may(kind.noun.name, "read")).collect();
    let cell = |role: Role, kind: &Kind| {
        let mine = cx.app.policy.lines().filter(|(noun, _, roles)| *noun == kind.noun.name && roles.contains(&role));
        mine.map(|(_, verb, _)| timeline::verb(cx, kind, verb)).collect::<Vec<_>>().join(cx.word("ui.comma"))
    };
    let line = |kind: &&Kind| RoleLine {
        role: cx.word(&format!("{}.plural", kind.noun.name)).to_owned(),
        cells: Role::ALL.iter().map(|role| cell(*role, kind)).collect(),
    };
    render(&HelpPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "ui.help"),
        heading: cx.word("ui.help").to_owned(),
        lives: kinds.iter().filter_map(|kind| life(cx, kind)).collect(),
        lead: cx.word("ui.roles_all_lead").to_owned(),
        head: head(cx, "ui.roles_of", Role::ALL.iter().map(|role| name(cx, *role))),
        roles: kinds.iter().map(line).collect(),
    })
}

fn head(cx: &Cx, first: &str, columns: impl Iterator<Item = String>) -> Vec<String> {
    std::iter::once(cx.word(first).to_owned()).chain(columns).collect()
}

fn name(cx: &Cx, role: Role) -> String {
    cx.word(&format!("role.{role}")).to_owned()
}

/// How far a role's permissions reach.
fn reach(cx: &Cx, role: Role) -> String {
    let whole = role.county_wide() || role.administers();
    cx.word(if whole { "ui.scope_county" } else { "ui.scope_own" }).to_owned()
}

fn life(cx: &Cx, kind: &Kind) -> Option<LifeView> {
    let life = kind.life?;
    let noun = kind.noun.name;
    let state = |state: &&str| LifeState {
        name: (*state).to_owned(),
        label: cx.word(&format!("{noun}.state.{state}")).to_owned(),
        tone: kind.tone(state),
    };
    let states: Vec<_> = life.states().iter().map(state).collect();
    let mut moves = Vec::new();
    for from in life.states() {
        for spec in life.moves() {
            let Some(to) = life.next(from, spec.name) else { continue };
            let roles = Role::ALL.iter().filter(|role| cx.app.policy.allows(**role, noun, spec.name));
            let needs = spec
                .fields
                .iter()
                .filter(|field| field.required)
                .map(|field| cx.word(&format!("move.{noun}.{}.{}", spec.name, field.name)).to_owned());
            moves.push(LifeMove {
                label: timeline::verb(cx, kind, spec.name),
                from: (*from).to_owned(),
                to: to.to_owned(),
                roles: roles.map(|role| name(cx, *role)).collect(),
                needs: needs.collect::<Vec<_>>().join(cx.word("ui.comma")),
            });
        }
    }
    Some(LifeView::draw(noun, cx.word(noun), &list::optional(cx, &format!("{noun}.about")), &states, &moves))
}
