//! `docs/COVERAGE.md` claims nothing that is not there: every route that it names is served, every test that it names runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use crate::county;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// One row of the table.
struct Claim {
    id: String,
    routes: Vec<String>,
    tests: Vec<String>,
    state: String,
}

/// What stands between backquotes.
fn quoted(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

fn claims() -> Vec<Claim> {
    let text = std::fs::read_to_string(root().join("docs/COVERAGE.md")).unwrap();
    let rows = text.lines().filter(|line| line.starts_with("| S"));
    rows.map(|line| {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        assert_eq!(cells.len(), 6, "{line}");
        assert!(!cells[1].is_empty() && !cells[2].is_empty(), "{line}");
        Claim { id: cells[0].to_owned(), routes: quoted(cells[3]), tests: quoted(cells[4]), state: cells[5].to_owned() }
    })
    .collect()
}

/// Every file of ours below a folder; what is installed or built is not ours.
fn files(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            files(&path, ending, found);
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
}

/// The addresses that the sources give to the router, as they are written there.
fn written_routes() -> BTreeSet<String> {
    let mut sources = Vec::new();
    for room in ["crates/engine/src", "crates/areas/src"] {
        files(&root().join(room), ".rs", &mut sources);
    }
    let texts = sources.iter().map(|path| std::fs::read_to_string(path).unwrap());
    let routes = |text: String| {
        text.split(".route(\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next().map(ToOwned::to_owned))
            .collect::<Vec<_>>()
    };
    texts.flat_map(routes).collect()
}

/// Whether a file of ours has a test of this name that is not switched off.
fn runs(test: &str) -> Result<(), String> {
    let (file, name) = test.split_once("::").ok_or("not FILE::NAME")?;
    if !file.starts_with("crates/") && !file.starts_with("e2e/") {
        return Err("neither in crates/ nor in e2e/".to_owned());
    }
    let source = std::fs::read_to_string(root().join(file)).map_err(|error| error.to_string())?;
    if file.starts_with("e2e/") {
        let named = [format!("test('{name}'"), format!("test(\"{name}\"")].iter().any(|call| source.contains(call));
        return if named { Ok(()) } else { Err("no such test".to_owned()) };
    }
    let lines: Vec<&str> = source.lines().map(str::trim).collect();
    let head = format!("fn {name}(");
    let at =
        lines.iter().position(|line| line.trim_start_matches("async ").starts_with(&head)).ok_or("no such function")?;
    let before = lines[..at].iter().rev().take_while(|line| line.starts_with("#[") || line.starts_with("//"));
    let attributes: Vec<&str> = before.copied().filter(|line| line.starts_with("#[")).collect();
    if attributes.iter().any(|line| line.contains("ignore")) {
        return Err("switched off".to_owned());
    }
    if attributes.iter().any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test")) {
        Ok(())
    } else {
        Err("no test".to_owned())
    }
}

#[test]
fn every_row_stands_once_and_in_order() {
    let ids: Vec<_> = claims().into_iter().map(|claim| claim.id).collect();
    let expected: Vec<_> = (1..=50).map(|number| format!("S{number:02}")).collect();
    assert_eq!(ids, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_claimed_is_served_and_tested() {
    let county = county::sqlite().await;
    let document = engine::openapi::document(&county.app);
    let mut known = written_routes();
    known.extend(document["paths"].as_object().unwrap().keys().cloned());
    known.extend(county.app.kinds().map(|kind| format!("/{}", kind.noun.plural)));
    let mut wrong = Vec::new();
    for claim in claims() {
        match claim.state.as_str() {
            "works" | "begun" if claim.routes.is_empty() || claim.tests.is_empty() => {
                wrong.push(format!("{}: without a route or a test", claim.id));
            }
            "works" | "begun" => {
                wrong.extend(
                    claim
                        .routes
                        .iter()
                        .filter(|route| !known.contains(*route))
                        .map(|route| format!("{}: nobody serves {route}", claim.id)),
                );
                wrong.extend(
                    claim.tests.iter().filter_map(|test| Some(format!("{}: {test}: {}", claim.id, runs(test).err()?))),
                );
            }
            "not yet" if claim.routes.is_empty() && claim.tests.is_empty() => {}
            "not yet" => wrong.push(format!("{}: not yet there, and yet a route or a test", claim.id)),
            other => wrong.push(format!("{}: unknown state {other:?}", claim.id)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
