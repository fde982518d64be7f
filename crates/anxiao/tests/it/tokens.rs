//! Bearer tokens come to an end: by their holder's page and by the command line.

use std::path::Path;
use std::process::Command;

use axum::http::StatusCode;
use tempfile::TempDir;

use crate::county;
use crate::visitor::Visitor;

#[tokio::test(flavor = "multi_thread")]
async fn whoever_holds_a_token_sees_it_and_ends_it() {
    for county in county::both().await {
        let (token, other) = (county.token("school").await, county.token("guard").await);
        let visitor = Visitor::sign_in(&county, "school").await;
        let page = visitor.get("/account/sessions").await.text();
        assert!(page.contains("接口令牌") && page.contains("/account/tokens/end") && !page.contains(&token));
        let account = county.app.account_id("school").await.unwrap().unwrap();
        let mine = county.app.store.tokens(account).await.unwrap();
        let guard = county.app.account_id("guard").await.unwrap().unwrap();
        let theirs = county.app.store.tokens(guard).await.unwrap();
        for (id, status) in [
            (theirs[0].id.to_string(), StatusCode::NOT_FOUND),
            ("nonsense".into(), StatusCode::NOT_FOUND),
            (mine[0].id.to_string(), StatusCode::SEE_OTHER),
            // Twice: there is nothing left to end.
            (mine[0].id.to_string(), StatusCode::NOT_FOUND),
        ] {
            assert_eq!(visitor.post("/account/tokens/end", &[("id", &id)]).await.status, status, "{id}");
        }
        assert_eq!(county.get(&token, "/api/v1/schools").await.0, StatusCode::UNAUTHORIZED);
        assert_eq!(county.get(&other, "/api/v1/schools").await.0, StatusCode::OK);
        assert!(!visitor.get("/account/sessions").await.text().contains("/account/tokens/end"));
    }
}

fn anxiao(data: &Path, args: &[&str]) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_anxiao")).arg("--data").arg(data).args(args).output().unwrap();
    (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whoever sits at the machine can open any account: the auditor reads that he has.
#[tokio::test(flavor = "multi_thread")]
async fn what_the_command_line_opens_is_noted_for_whoever_audits() {
    let folder = TempDir::new().unwrap();
    assert!(anxiao(folder.path(), &["--county", "431124", "init", "--name", "道县"]).0);
    assert!(!anxiao(folder.path(), &["token", "nobody"]).0);
    assert!(anxiao(folder.path(), &["token", "admin"]).0);
    assert!(anxiao(folder.path(), &["user", "password", "admin"]).0);
    let noted = "select group_concat(field || reason) from (select field, reason from reading order by at, id)";
    let noted = crate::program::one(folder.path(), noted).await;
    assert_eq!(noted, "token在服务器上用命令设置,password在服务器上用命令设置");
    for county in county::both().await {
        let (store, now) = (&county.app.store, county.app.clock.now());
        let guard = county.app.account_id("guard").await.unwrap().unwrap();
        store.note_reading(now, uuid::Uuid::nil(), &engine::auth::ACCOUNT, guard, "token", "命令").await.unwrap();
        let log = Visitor::sign_in(&county, "auditor").await.get("/audit").await.text();
        assert!(log.contains("系统") && log.contains("接口令牌") && log.contains("命令"), "{}", county.backend());
    }
}

#[test]
fn the_command_line_lists_and_ends_tokens() {
    let folder = TempDir::new().unwrap();
    assert!(anxiao(folder.path(), &["--county", "431124", "init", "--name", "道县"]).0);
    let (_, accounts) = anxiao(folder.path(), &["user", "list"]);
    let login = accounts.split_whitespace().next().unwrap();
    assert!(anxiao(folder.path(), &["token", login]).0);
    let (_, listed) = anxiao(folder.path(), &["token", login, "--list"]);
    let id = listed.split_whitespace().next().unwrap().to_owned();
    assert_eq!(listed.lines().count(), 1, "{listed}");
    assert!(anxiao(folder.path(), &["token", login, "--end", &id]).0);
    assert!(!anxiao(folder.path(), &["token", login, "--end", &id]).0, "twice");
    assert!(!anxiao(folder.path(), &["token", login, "--end", "nonsense"]).0);
    assert_eq!(anxiao(folder.path(), &["token", login, "--list"]).1, "");
    assert!(!anxiao(folder.path(), &["token", "nobody", "--list"]).0);
    // A new password shuts out whoever held the account, with whatever he held.
    assert!(anxiao(folder.path(), &["token", login]).0);
    assert!(anxiao(folder.path(), &["user", "password", login]).0);
    assert_eq!(anxiao(folder.path(), &["token", login, "--list"]).1, "");
}
