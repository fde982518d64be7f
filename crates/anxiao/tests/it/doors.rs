//! Every page: signed out, in the wrong role, from the wrong school. The routes are read from the source, so that none can be forgotten.

use std::path::Path;

use axum::body::Body;
use axum::http::{Request, StatusCode};
use kit::Scope;
use kit::query::Query;

use crate::county::{self, County};
use crate::visitor::Visitor;

/// Open to everybody: what one needs to sign in, and what machines ask.
const OPEN: &[&str] = &[
    "/login",
    "/logout",
    "/lang/{code}",
    "/account/password",
    "/assets/{version}/{*name}",
    "/favicon.ico",
    // The shell of a telephone holds nobody's data; what opens one is proven by its key.
    "/sw.js",
    "/manifest.webmanifest",
    "/offline",
    "/outbox",
    "/unlock",
    "/device/challenge",
    "/device/lock",
    "/device/open",
    "/t",
    "/t/{code}",
    "/t/follow",
    "/t/follow/{code}",
    "/answer/{token}",
    // A calendar feed is opened by its address alone.
    "/cal/{name}",
    "/messages/reports/{channel}",
    "/healthz",
    "/readyz",
    "/metrics",
];

/// (method, path) of every route of the pages, as written in the source.
fn routes() -> Vec<(&'static str, String)> {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders = vec![crates.join("engine/src"), crates.join("areas/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                for part in text.split(".route(\"").skip(1) {
                    let (route, rest) = part.split_once('"').unwrap();
                    let handlers = rest.split(".route(").next().unwrap_or_default().lines().next().unwrap_or_default();
                    for (word, method) in
                        [("get(", "GET"), ("post(", "POST"), ("patch(", "PATCH"), ("delete(", "DELETE")]
                    {
                        if handlers.contains(word) {
                            found.push((method, route.to_owned()));
                        }
                    }
                }
            }
        }
    }
    found
}

fn filled(route: &str, plural: &str, id: &str, name: &str) -> String {
    route
        .replace("{plural}", plural)
        .replace("{id}", id)
        .replace("{move}", name)
        .replace("{ticket}", id)
        .replace("{year}", "2021")
        .replace("{code}", "zh")
}

/// What a program can ask stands in the description, under the same method.
#[tokio::test(flavor = "multi_thread")]
async fn every_door_for_programs_is_described() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    let described = |method: &str, route: &str| {
        // A record type has what its permissions and its life give it: one that has it is enough.
        let mut paths = county
            .app
            .kinds()
            .map(|kind| route.replace("{plural}", kind.noun.plural))
            .flat_map(|path| ["grade", "renew"].map(|step| path.replace("{move}", step)));
        paths.any(|path| document["paths"][path][method.to_lowercase()].is_object())
    };
    let doors: Vec<_> = routes().into_iter().filter(|(_, route)| route.starts_with("/api/")).collect();
    assert!(doors.len() > 20, "{doors:?}");
    let dark: Vec<_> = doors.iter().filter(|(method, route)| !described(method, route)).collect();
    assert!(dark.is_empty(), "{dark:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_out_every_page_leads_to_the_door() {
    let county = county::sqlite().await;
    let pages: Vec<_> = routes()
        .into_iter()
        .filter(|(_, route)| !OPEN.contains(&route.as_str()) && !route.starts_with("/api/"))
        .collect();
    assert!(pages.len() > 35, "{}", pages.len());
    let id = county.app.store.new_id(0).to_string();
    for (method, route) in pages {
        let path = filled(&route, "hazards", &id, "grade");
        for cookie in ["", "sid=", "sid=0000", "sid=../../etc/passwd"] {
            let request = Request::builder().method(method).uri(&path).header("cookie", cookie);
            let request =
                request.header("content-type", "application/x-www-form-urlencoded").body(Body::from("csrf=x")).unwrap();
            let (status, headers, body) = county.send(request).await;
            assert_eq!(status, StatusCode::SEE_OTHER, "{method} {path} {cookie}: {}", String::from_utf8_lossy(&body));
            assert!(headers["location"].to_str().unwrap().starts_with("/login"), "{method} {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_without_our_proof_changes_nothing() {
    let county = county::sqlite().await;
    let account = county.app.account_id("school").await.unwrap().unwrap();
    let cookie = county.app.begin_session(account, "test").await.unwrap();
    for (csrf, origin) in [("", ""), ("csrf=wrong", ""), ("csrf=", "https://elsewhere.example")] {
        let mut request = Request::builder()
            .method("POST")
            .uri("/hazards")
            .header("cookie", format!("sid={cookie}"))
            .header("host", "anxiao.example");
        if !origin.is_empty() {
            request = request.header("origin", origin);
        }
        let request =
            request.header("content-type", "application/x-www-form-urlencoded").body(Body::from(csrf)).unwrap();
        let (status, _, _) = county.send(request).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{csrf} {origin}");
    }
}

/// A record of a noun that exists in the county and not for this reader.
async fn foreign(county: &County, noun: &kit::Noun, scope: &Scope) -> Option<String> {
    let all = county.app.store.all(noun, &Query::new(), &Scope::county()).await.unwrap();
    let mine = county.app.store.all(noun, &Query::new(), scope).await.unwrap();
    all.iter().find(|row| mine.iter().all(|own| own.id != row.id)).map(|row| row.id.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn from_the_wrong_school_a_record_does_not_exist_on_any_page() {
    for county in county::both().await {
        for login in ["school", "teacher", "guard", "inspector", "department"] {
            let visitor = Visitor::sign_in(&county, login).await;
            let cx = county.cx(login).await;
            for kind in county.app.kinds().filter(|kind| cx.may(kind.noun.name, "read")) {
                let Some(id) = foreign(&county, kind.noun, cx.scope()).await else { continue };
                let name = kind.life.and_then(|life| life.moves().first()).map_or("open", |spec| spec.name);
                for path in ["", "/edit"].map(|end| format!("/{}/{id}{end}", kind.noun.plural)) {
                    assert_eq!(
                        visitor.get(&path).await.status,
                        StatusCode::NOT_FOUND,
                        "{} {login} GET {path}",
                        county.backend()
                    );
                }
                for path in ["", "/open", &format!("/{name}")].map(|end| format!("/{}/{id}{end}", kind.noun.plural)) {
                    let answer =
                        visitor.post(&path, &[("version", "1"), ("field", "phone"), ("reason", "看一看")]).await;
                    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{} {login} POST {path}", county.backend());
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn in_the_wrong_role_a_room_does_not_exist() {
    let county = county::sqlite().await;
    for login in ["sysadmin", "secadmin", "auditor", "guard", "department", "teacher"] {
        let visitor = Visitor::sign_in(&county, login).await;
        let cx = county.cx(login).await;
        for kind in county.app.kinds() {
            let noun = kind.noun;
            for (end, verb) in [
                ("", "read"),
                ("/new", "create"),
                ("/import", "import"),
                ("/export.xlsx", "export"),
                ("/export.csv", "export"),
                ("/template.xlsx", "import"),
            ] {
                let status = visitor.get(&format!("/{}{end}", noun.plural)).await.status;
                let expected: &[StatusCode] = match (cx.may(noun.name, "read"), cx.may(noun.name, verb)) {
                    (true, true) => &[StatusCode::OK],
                    (true, false) => &[StatusCode::FORBIDDEN],
                    (false, _) => &[StatusCode::NOT_FOUND, StatusCode::FORBIDDEN],
                };
                assert!(expected.contains(&status), "{login} /{}{end}: {status}", noun.plural);
            }
        }
        for (path, noun) in
            [("/audit", "audit"), ("/figures", "figure"), ("/reports", "report"), ("/reports/year/2021", "report")]
        {
            let status = visitor.get(path).await.status;
            assert_eq!(status == StatusCode::OK, cx.may(noun, "read"), "{login} {path}: {status}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_shows_how_it_was_counted() {
    let county = county::sqlite().await;
    let bureau = Visitor::sign_in(&county, "bureau").await;
    let query = Query::new().filter("due_on", kit::Test::Present);
    let hazards = county.app.kind("hazards").unwrap();
    let row = county.app.store.list(hazards.noun, &query, &Scope::county()).await.unwrap().rows.remove(0);
    let page = bureau.get(&format!("/hazards/{}", row.id)).await.text();
    assert!(page.contains("个工作日") && page.contains("星期"), "{page}");
}
