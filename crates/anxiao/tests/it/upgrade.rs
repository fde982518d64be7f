//! An old data folder under a new version, and the way back.

use areas::{house, sample};
use store::keys::KeyFolder;
use store::{Migration, Opening, Store, Target};

use crate::backup::Home;

/// The steps of an earlier version: accounts, organisation and hazards, and nothing of what came after.
/// Fields that these records have got since are written by the program of today, and need their columns.
const FIRST: &[&str] = &[
    "0001_accounts",
    "0001_organisation",
    "0002_hazards",
    "0021_hazard_finder",
    "0152_staff_joined",
    "0153_return_again",
];

/// A data folder as the earlier version left it, on each database, and how many events it holds.
async fn old_homes() -> Vec<(Home, i64)> {
    let mut old = Vec::new();
    let homes = Home::empty().await;
    for home in homes {
        let schema = format!("county_{}", sample::COUNTY);
        let target = match &home.url {
            Some(url) => Target::Postgres { url: url.clone(), schema },
            None => Target::Sqlite(home.path("anxiao.db")),
        };
        let keys = home.path("keys");
        let steps: Vec<Migration> = house::migrations().into_iter().filter(|step| FIRST.contains(&step.name)).collect();
        assert_eq!(
            steps.len(),
            FIRST.len(),
            "{:?}",
            house::migrations().iter().map(|step| step.name).collect::<Vec<_>>()
        );
        let opening = Opening {
            target,
            county: sample::COUNTY.to_owned(),
            keys: Some(KeyFolder::create(&keys, &mut |bytes: &mut [u8]| engine::clock::random(bytes)).unwrap()),
            checkpoints: keys.join("checkpoints.log"),
            nouns: house::nouns().into_iter().filter(|noun| known(&steps, noun.name)).collect(),
            migrations: &steps,
            random: engine::clock::random,
        };
        let store = Store::open(opening).await.unwrap();
        let mut world = sample::build(&sample::Plan::township(), 1);
        world.batches.iter_mut().for_each(|batch| batch.changes.retain(|change| known(&steps, change.noun.name)));
        let now = world.now;
        sample::plant(&store, world).await.unwrap();
        store.checkpoint(now).await.unwrap();
        let events = store.head().await.unwrap();
        store.close().await;
        let about = format!("code = \"{}\"\nname = \"{}\"\nsample = true\n", sample::COUNTY, sample::NAME);
        std::fs::write(home.path("county.toml"), about).unwrap();
        old.push((home, events));
    }
    old
}

fn known(steps: &[Migration], noun: &str) -> bool {
    steps.iter().any(|step| step.sql.contains(&format!("create table {noun} (")))
}

fn copies(home: &Home) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(home.path("upgrades")) else { return Vec::new() };
    folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Raw statements past the program.
async fn raw(home: &Home, statement: &str) {
    use sqlx::{Connection, Executor};
    let statement = sqlx::AssertSqlSafe(statement.to_owned());
    match &home.url {
        None => {
            let url = format!("sqlite://{}", home.path("anxiao.db").display());
            let mut db = sqlx::SqliteConnection::connect(&url).await.unwrap();
            db.execute(statement).await.unwrap();
            db.close().await.unwrap();
        }
        Some(url) => {
            let mut db = sqlx::PgConnection::connect(url).await.unwrap();
            let path = format!("set search_path to county_{}", sample::COUNTY);
            db.execute(sqlx::AssertSqlSafe(path)).await.unwrap();
            db.execute(statement).await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_folder_is_brought_up_to_date_in_one_step_and_the_way_back_is_open() {
    for (home, events) in old_homes().await {
        let looked = home.done(&["doctor"]);
        assert!(looked.contains("of an earlier version") && copies(&home).is_empty(), "{looked}");
        let said = home.done(&["migrate"]);
        assert!(said.contains("the copy from before is") && said.contains("migrate --back"), "{said}");
        assert_eq!(copies(&home).len(), 1);
        assert!(home.done(&["verify"]).contains("the history is whole"));
        home.done(&["report", "year", "--year", "2021"]);
        assert!(!home.done(&["migrate"]).contains("copy"), "the second time there is nothing to do");
        assert_eq!(copies(&home).len(), 1);
        assert!(home.refused(&["migrate", "--back"]).contains("first install the version to go back to"));

        std::fs::create_dir_all(home.path("files/cd")).unwrap();
        std::fs::write(home.path("files/cd/since"), "a photograph that came since").unwrap();
        // A version to come: it has made a step, and somebody has worked with it.
        home.done(&["roll-over", "--year", "2022"]);
        raw(&home, "insert into migration (name) values ('9999_moon')").await;
        for command in [&["verify"][..], &["serve"], &["migrate"], &["user", "list"], &["backup", "/tmp/never"]] {
            let said = home.refused(command);
            assert!(said.contains("newer program") && said.contains("9999_moon"), "{command:?} {said}");
        }
        assert!(home.refused(&["doctor"]).contains("newer program"));
        let said = home.done(&["migrate", "--back"]);
        assert!(said.contains("what was recorded since is kept as") && said.contains("checkpoints since"), "{said}");
        assert!(home.done(&["verify"]).contains(&format!("{events} events")), "as it was before");
        let kept = said.lines().find_map(|line| line.strip_prefix("and the attachments with it in ")).unwrap();
        assert!(std::path::Path::new(kept).join("cd/since").exists(), "{said}");
        if home.url.is_none() {
            let kept = std::fs::read_dir(home.folder.path()).unwrap();
            let kept = kept
                .filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with("anxiao-replaced-"));
            assert_eq!(kept.count(), 1);
        }
    }
}

/// A service that is started again and again must not fill the disk with copies of what it could not change.
#[tokio::test(flavor = "multi_thread")]
async fn an_upgrade_that_does_not_come_off_leaves_no_copy() {
    for (home, events) in old_homes().await {
        raw(&home, "create table climb (id bigint)").await;
        for _ in 0..2 {
            let said = home.refused(&["migrate"]);
            assert!(said.contains("climb") && said.contains("nothing was changed"), "{said}");
            assert_eq!(copies(&home), Vec::<String>::new());
        }
        raw(&home, "drop table climb").await;
        // Half of a copy that was interrupted is not kept either.
        std::fs::write(home.path("upgrades/before-0.1.0-20211220T000000Z.part"), "half").unwrap();
        home.done(&["migrate"]);
        assert_eq!(copies(&home).len(), 1);
        assert!(home.done(&["verify"]).contains(&format!("{events} events")));
    }
}

/// A disk that is not mounted, a setting that was forgotten: nothing begins anew in the place of a county, or is saved as its backup.
#[tokio::test(flavor = "multi_thread")]
async fn a_county_whose_records_are_away_is_refused() {
    for home in Home::both().await {
        let schema = format!("county_{}", sample::COUNTY);
        match &home.url {
            Some(_) => raw(&home, &format!("alter schema {schema} rename to away")).await,
            None => std::fs::rename(home.path("anxiao.db"), home.path("away")).unwrap(),
        }
        let saved = home.path("saved.anxiao");
        let saved = saved.to_str().unwrap();
        for command in
            [&["verify"][..], &["serve"], &["backup", saved], &["migrate"], &["migrate", "--back"], &["user", "list"]]
        {
            let said = home.refused(command);
            assert!(said.contains("are not there") && said.contains(sample::COUNTY), "{command:?} {said}");
        }
        assert!(
            !home.path("anxiao.db").exists()
                && !home.path("saved.anxiao").exists()
                && !home.path("backups.log").exists()
        );
        match &home.url {
            // The look at it has made an empty one.
            Some(_) => raw(&home, &format!("drop schema {schema}; alter schema away rename to {schema}")).await,
            None => std::fs::rename(home.path("away"), home.path("anxiao.db")).unwrap(),
        }
        assert!(home.done(&["verify"]).contains("the history is whole"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_cannot_be_made_stops_the_upgrade() {
    for (home, _) in old_homes().await {
        std::fs::write(home.path("upgrades"), "in the way").unwrap();
        let said = home.refused(&["migrate"]);
        assert!(said.contains("upgrades"), "{said}");
        std::fs::remove_file(home.path("upgrades")).unwrap();
        assert!(home.done(&["doctor"]).contains("of an earlier version"), "nothing was changed");
    }
}
