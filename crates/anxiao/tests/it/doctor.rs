//! The doctor: well is well, and each illness is named with what to do.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;

use crate::backup::Home;
use crate::county;
use crate::messages::gateways::{self, Gateway};

fn checks(home: &Home, args: &[&str]) -> (bool, Vec<(String, String, String)>) {
    let output = home.run(&[&["doctor", "--json"], args].concat());
    let checks: Value = serde_json::from_slice(&output.stdout).unwrap();
    let text = |check: &Value, key: &str| check[key].as_str().unwrap_or_default().to_owned();
    let checks = checks.as_array().unwrap().iter();
    (
        output.status.success(),
        checks
            .map(|check| (text(check, "name"), text(check, "finding"), text(check, "says") + &text(check, "then")))
            .collect(),
    )
}

fn finding(home: &Home, args: &[&str], name: &str) -> (bool, String, String) {
    let (well, checks) = checks(home, args);
    let (_, finding, says) =
        checks.into_iter().find(|(found, _, _)| found == name).unwrap_or_else(|| panic!("no check {name}"));
    (well, finding, says)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_that_is_well_is_said_to_be() {
    for home in Home::both().await {
        let (well, checks) = checks(&home, &["--full"]);
        assert!(well);
        for (name, finding, says) in &checks {
            let expected = if name == "backup" { "warn" } else { "ok" };
            assert_eq!(finding, expected, "{name}: {says}");
        }
        for name in [
            "program",
            "messages",
            "keys",
            "space.data",
            "schema",
            "database",
            "clock",
            "head",
            "checkpoint",
            "history",
            "attachments",
        ] {
            assert!(checks.iter().any(|(found, _, _)| found == name), "{name}");
        }
        let quick = finding(&home, &[], "history");
        assert_eq!((quick.0, quick.1.as_str()), (true, "unknown"), "what was not looked at is not called well");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_illness_is_named() {
    for county in county::both().await {
        county.raw("update chain set seq = 17 where id = 1").await;
        let home = Home::of(county).await;
        for (args, name) in [(&[][..], "head"), (&["--full"], "history")] {
            let (well, found, says) = finding(&home, args, name);
            assert!(!well && found == "bad" && says.contains("anxiao verify"), "{name}: {says}");
        }
        std::fs::set_permissions(home.path("keys/county.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
        let (well, found, says) = finding(&home, &[], "keys");
        assert!(!well && found == "bad" && says.contains("chmod"), "{says}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lost_keys_cut_checkpoints_and_altered_attachments_are_found() {
    let home = Home::of(county::sqlite().await).await;
    std::fs::create_dir_all(home.path("files")).unwrap();
    let stray = home.path("files").join("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    std::fs::write(&stray, "abd").unwrap();
    let (well, found, says) = finding(&home, &["--full"], "attachments");
    assert!(!well && found == "bad" && says.contains("ba7816bf"), "{says}");
    std::fs::remove_file(stray).unwrap();

    // Where they lie is named, and not the database's folder for it.
    std::fs::rename(home.path("files"), home.path("aside")).unwrap();
    std::fs::write(home.path("files"), "no folder").unwrap();
    let (well, found, says) = finding(&home, &["--full"], "attachments' owners");
    assert!(!well && found == "bad" && says.contains("the attachments: ") && !says.contains("data folder"), "{says}");
    std::fs::remove_file(home.path("files")).unwrap();
    std::fs::rename(home.path("aside"), home.path("files")).unwrap();

    std::fs::write(home.path("keys/checkpoints.log"), "").unwrap();
    let (well, found, _) = finding(&home, &[], "checkpoint");
    assert!(!well && found == "bad");

    std::fs::rename(home.path("keys"), home.path("away")).unwrap();
    for (name, expected) in [("keys", "warn"), ("checkpoint", "unknown"), ("head", "ok"), ("schema", "ok")] {
        let (well, found, says) = finding(&home, &[], name);
        assert!(well && found == expected, "{name}: {found} {says}");
    }
    let (_, found, says) = finding(&home, &["--full"], "history");
    assert!(found == "unknown" && says.contains("sign.pub"), "without its key nothing is claimed");
}

#[tokio::test(flavor = "multi_thread")]
async fn copies_that_nobody_goes_back_to_are_named() {
    let home = Home::of(county::sqlite().await).await;
    std::fs::create_dir(home.path("upgrades")).unwrap();
    let copies = ["upgrades/before-0.1.0-20211220T000000Z.db", "anxiao-replaced-20211220T000000Z.db"];
    for copy in copies {
        std::fs::write(home.path(copy), "copy").unwrap();
        let (well, found, says) = finding(&home, &[], "copies");
        assert!(well && found == "ok" && says.contains("from before upgrades"), "{says}");
    }
    let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_hours(24 * 365 * 50);
    std::fs::File::options().write(true).open(home.path(copies[1])).unwrap().set_modified(old).unwrap();
    let (well, found, says) = finding(&home, &[], "copies");
    assert!(well && found == "warn" && says.starts_with("2 ") && says.contains("erased"), "{says}");
}

#[tokio::test(flavor = "multi_thread")]
async fn text_messages_that_would_lead_nowhere_are_found() {
    for home in Home::both().await {
        let gateway = Gateway::start(0).await;
        gateway.set_up(&home);
        let settings = std::fs::read_to_string(home.path("anxiao.toml")).unwrap();
        let (well, found, says) = finding(&home, &[], "messages");
        assert!(well && found == "ok" && says.contains(gateways::SITE), "{says}");
        let without = settings.replace("public_url", "# public_url");
        assert_ne!(settings, without);
        std::fs::write(home.path("anxiao.toml"), without).unwrap();
        let (well, found, says) = finding(&home, &[], "messages");
        assert!(!well && found == "bad" && says.contains("public_url = "), "{says}");
        std::fs::write(home.path("anxiao.toml"), settings.replace("https://", "")).unwrap();
        let (well, found, says) = finding(&home, &[], "messages");
        assert!(!well && found == "bad" && says.contains("write it as"), "{says}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fault_in_the_rules_is_found_before_the_next_start() {
    let home = Home::of(county::sqlite().await).await;
    let rules = home.path("rules");
    assert!(home.run(&["rules", "write", rules.to_str().unwrap()]).status.success());
    let with = ["--rules", rules.to_str().unwrap()];
    let (well, found, says) = finding(&home, &with, "rules");
    assert!(well && found == "ok" && says.contains("norms"), "{says}");
    std::fs::write(rules.join("calendar.toml"), "nonsense").unwrap();
    let (well, found, says) = finding(&home, &with, "rules");
    assert!(!well && found == "bad" && says.contains("calendar.toml"), "{says}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_county_and_no_server_are_said() {
    let home = &Home::empty().await[0];
    let (well, found, says) = finding(home, &[], "county");
    assert!(!well && found == "bad" && says.contains("anxiao init"), "{says}");
    let mut home = Home::of(county::sqlite().await).await;
    home.url = Some("postgres://nobody@127.0.0.1:1/nothing".into());
    let (well, found, says) = finding(&home, &[], "schema");
    assert!(!well && found == "bad" && says.contains("database_url"), "{says}");
}
