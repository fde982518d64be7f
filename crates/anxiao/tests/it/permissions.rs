//! The permission table: printed, covered, and held at every door.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use kit::{Policy, Role};

use crate::county;

/// Verbs that every record type may have.
const OWN: &[&str] = &["read", "see", "open", "create", "edit", "import", "export", "attach", "remove", "again"];
/// Rooms without records of their own in the table.
const ROOMS: &[&str] = &["audit", "burden", "duty", "figure", "report"];

fn policy() -> Policy {
    Policy::parse(areas::house::PERMISSIONS).unwrap()
}

/// `docs/permissions.md` is this print; `ANXIAO_PRINT=1` writes it anew.
#[test]
fn the_printed_table_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md");
    let print = format!(
        "# Who may do what\n\nPrinted from `crates/areas/src/permissions.txt` by a test. Scope comes on top: a role's tick holds within its own units.\n\n{}",
        policy().print()
    );
    if std::env::var_os("ANXIAO_PRINT").is_some() {
        std::fs::write(path, &print).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        print,
        "run the tests once with ANXIAO_PRINT=1 and read the difference"
    );
}

#[test]
fn every_noun_and_every_move_is_in_the_table_and_nothing_else() {
    let policy = policy();
    let areas = areas::all();
    let kinds: Vec<_> = areas.iter().flat_map(|area| &area.kinds).collect();
    for kind in &kinds {
        let mut verbs = vec!["read"];
        verbs.extend(kind.life.iter().flat_map(|life| life.moves()).map(|spec| spec.name));
        for verb in verbs {
            assert!(
                Role::ALL.iter().any(|role| policy.allows(*role, kind.noun.name, verb)),
                "nobody may {verb} a {}",
                kind.noun.name
            );
        }
    }
    for (noun, verb, _) in policy.lines() {
        if ROOMS.contains(&noun) {
            continue;
        }
        let kind = kinds
            .iter()
            .find(|kind| kind.noun.name == noun)
            .unwrap_or_else(|| panic!("the table knows {noun}, the house does not"));
        let is_move = kind.life.iter().flat_map(|life| life.moves()).any(|spec| spec.name == verb);
        let has_page = kind.papers.iter().any(|paper| paper.needs == verb);
        assert!(is_move || has_page || OWN.contains(&verb), "{noun} has no verb {verb}");
    }
}

#[test]
fn administrators_never_touch_the_business() {
    let business = policy()
        .lines()
        .filter(|(noun, verb, _)| {
            !["account", "audit", "disposal", "duty_feed", "norm_decision", "unit", "school", "reading_day"]
                .contains(noun)
                || *verb != "read" && !["account", "audit", "disposal", "duty_feed", "reading_day"].contains(noun)
        })
        .any(|(_, _, roles)| roles.iter().any(|role| role.administers()));
    assert!(!business);
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_out_every_route_of_the_interface_is_closed() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    for (path, methods) in document["paths"].as_object().unwrap() {
        let path = path.replace("{id}", "017da28d-29a0-7546-a756-a024f416d34a");
        // Open is what says so, and that is the description alone.
        let closed = methods.as_object().unwrap().iter().filter(|(_, operation)| operation["security"].is_null());
        assert_eq!(closed.clone().count() == 0, path == "/api/v1/openapi.json", "{path}");
        for (method, _) in closed {
            for token in [None, Some("Bearer "), Some("Bearer 0000"), Some("Basic YTpi")] {
                let mut request = Request::builder().method(method.to_uppercase().as_str()).uri(&path);
                if let Some(token) = token {
                    request = request.header("authorization", token);
                }
                let (status, _, _) = county.send(request.body(Body::empty()).unwrap()).await;
                assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path} with {token:?}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wrong_role_is_refused_every_verb() {
    let county = county::sqlite().await;
    for login in [
        "bureau",
        "director",
        "school",
        "principal",
        "teacher",
        "guard",
        "inspector",
        "department",
        "township",
        "sysadmin",
        "secadmin",
        "auditor",
    ] {
        let token = county.token(login).await;
        let cx = county.cx(login).await;
        for kind in county.app.kinds().filter(|kind| !cx.may(kind.noun.name, "create")) {
            let (status, _) =
                county.post(&token, &format!("/api/v1/{}", kind.noun.plural), serde_json::json!({})).await;
            assert!(
                [StatusCode::FORBIDDEN, StatusCode::NOT_FOUND].contains(&status),
                "{login} may not create a {}: {status}",
                kind.noun.name
            );
        }
    }
}
