//! A county saved and put back: on either database, across them, while it is written, and after a kill.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use areas::{house, sample};
use axum::http::StatusCode;
use store::Target;
use store::backup::{self, BackupError, Content, Landing};
use store::keys::KeyFolder;
use tempfile::TempDir;

use crate::county::{self, County};

/// A data folder on one of the databases, for the program itself.
pub struct Home {
    pub folder: TempDir,
    pub url: Option<String>,
}

impl Home {
    /// An empty place on SQLite, and one on PostgreSQL.
    pub async fn empty() -> Vec<Self> {
        vec![Self::on(None), Self::on(Some(county::empty_database().await))]
    }

    fn on(url: Option<String>) -> Self {
        Self { folder: TempDir::new().unwrap(), url }
    }

    /// The township, closed, as the program finds it.
    pub async fn of(county: County) -> Self {
        let County { app, folder, target, .. } = county;
        app.store.clone().close().await;
        let url = match target {
            Target::Sqlite(_) => None,
            Target::Postgres { url, .. } => Some(url),
        };
        let about = format!("code = \"{}\"\nname = \"{}\"\nsample = true\n", sample::COUNTY, sample::NAME);
        std::fs::write(folder.path().join("county.toml"), about).unwrap();
        Self { folder, url }
    }

    pub async fn both() -> Vec<Self> {
        let mut homes = Vec::new();
        for county in county::both().await {
            homes.push(Self::of(county).await);
        }
        homes
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
        command.arg("--data").arg(self.folder.path()).args(args).env_remove("ANXIAO_PASSPHRASE");
        if let Some(url) = &self.url {
            command.arg("--database-url").arg(url);
        }
        command.stdin(std::process::Stdio::null());
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    pub fn done(&self, args: &[&str]) -> String {
        done(&self.run(args))
    }

    /// What the program says when it refuses.
    pub fn refused(&self, args: &[&str]) -> String {
        let output = self.run(args);
        assert!(!output.status.success(), "{args:?} {}", text(&output));
        text(&output)
    }

    /// Nothing is left of what was refused.
    pub async fn is_empty(&self) {
        let left: Vec<_> =
            std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.is_empty(), "{left:?}");
        if let Some(url) = &self.url {
            for schema in [format!("county_{}", sample::COUNTY), format!("county_{}_restoring", sample::COUNTY)] {
                let target = Target::Postgres { url: url.clone(), schema: schema.clone() };
                assert!(!target.taken().await.unwrap(), "{schema}");
            }
        }
    }
}

pub fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

pub fn done(output: &Output) -> String {
    let text = text(output);
    assert!(output.status.success(), "{text}");
    text
}

/// A file that is closed to others, with a passphrase in it.
pub fn passphrase(folder: &Path, words: &str) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let path = folder.join("passphrase");
    std::fs::write(&path, format!("{words}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    path
}

/// Every table of an archive that is not encrypted, its rows in an order of their own.
fn tables(archive: &Path) -> BTreeMap<String, Vec<String>> {
    let mut tar = tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(archive).unwrap()));
    let mut tables: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in tar.entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().display().to_string();
        let Some(table) = name.strip_prefix("tables/").and_then(|name| name.split('/').next()) else { continue };
        let rows = tables.entry(table.to_owned()).or_default();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        rows.extend(text.lines().map(str::to_owned));
    }
    for rows in tables.values_mut() {
        rows.sort();
    }
    tables
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_comes_back_row_for_row_on_either_database_and_across_them() {
    let aside = TempDir::new().unwrap();
    let secret = passphrase(aside.path(), "a horse, a staple and a battery");
    for (number, home) in Home::both().await.into_iter().enumerate() {
        std::fs::create_dir_all(home.path("files/ab")).unwrap();
        // SHA-256 of "abc".
        let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        std::fs::write(home.path("files/ab").join(hash), "abc").unwrap();
        let report = home.done(&["report", "year", "--year", "2021"]);
        let half = home.done(&["report", "year", "--year", "2021", "--cutoff", "2021-06-30"]);
        assert!(half.contains("截至2021年6月30日") && half != report, "{half}");
        let (sealed, plain) =
            (aside.path().join(format!("{number}.age")), aside.path().join(format!("{number}.anxiao")));
        home.done(&["backup", path(&plain)]);
        let said = home.done(&["backup", path(&sealed), "--passphrase-file", path(&secret)]);
        assert!(!said.contains(" 0 attachments") && said.contains("keys included"), "{said}");
        assert!(home.done(&["doctor"]).contains("up to event"), "the backup is on the list");
        for (to, other) in Home::empty().await.into_iter().enumerate() {
            let said = other.done(&["restore", path(&sealed), "--passphrase-file", path(&secret)]);
            assert!(said.contains("restored into"), "{said}");
            assert!(!other.path(".restoring").exists());
            let verified = other.done(&["verify"]);
            assert!(verified.contains("the history is whole") && !verified.contains("not compared"), "{verified}");
            assert_eq!(other.done(&["report", "year", "--year", "2021"]), report);
            assert_eq!(std::fs::read_to_string(other.path("files/ab").join(hash)).unwrap(), "abc");
            let again = aside.path().join(format!("{number}-{to}.anxiao"));
            other.done(&["backup", path(&again)]);
            let (before, after) = (tables(&plain), tables(&again));
            assert!(before.len() > 15 && before.keys().eq(after.keys()));
            for (name, rows) in before {
                assert_eq!(rows, after[&name], "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_passphrase_the_keys_stay_out_and_are_put_back_by_hand() {
    let aside = TempDir::new().unwrap();
    let home = Home::of(county::sqlite().await).await;
    let archive = aside.path().join("plain");
    home.done(&["backup", path(&archive)]);
    for secret in ["county.key", "index.key", "sign.key"] {
        let key = std::fs::read_to_string(home.path("keys").join(secret)).unwrap();
        let mut all = Vec::new();
        flate2::read::GzDecoder::new(std::fs::File::open(&archive).unwrap()).read_to_end(&mut all).unwrap();
        let key = key.trim_end().rsplit(' ').next().unwrap().as_bytes();
        assert!(!all.windows(key.len()).any(|bytes| bytes == key), "{secret} is in it");
    }
    let other = Home::on(None);
    assert!(other.done(&["restore", path(&archive)]).contains("the keys are not in this backup"));
    assert!(other.done(&["verify"]).contains("not compared"));
    for key in ["county.key", "index.key", "sign.key"] {
        std::fs::copy(home.path("keys").join(key), other.path("keys").join(key)).unwrap();
    }
    assert!(!other.done(&["verify"]).contains("not compared"));
}

fn content(county: &County) -> Content {
    Content {
        about: "code = \"431124\"".into(),
        keys: county.folder.path().join("keys"),
        with_keys: false,
        files: Some(std::sync::Arc::new(backup::Folder(county.folder.path().join("files")))),
        program: "test".into(),
        at: county.app.clock.now(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_everybody_writes_is_one_moment_of_the_county() {
    for county in county::both().await {
        let token = county.token("teacher").await;
        let finished = std::sync::atomic::AtomicBool::new(false);
        let writing = async {
            let mut written = 0_u32;
            while !finished.load(std::sync::atomic::Ordering::SeqCst) {
                let hazard = serde_json::json!({ "place_kind": "school", "place": format!("{written}"), "description": "窗扇松动",
                    "category": "building", "source": "self_check", "found_on": "2021-12-20" });
                assert_eq!(county.post(&token, "/api/v1/hazards", hazard).await.0, StatusCode::CREATED);
                written += 1;
            }
            written
        };
        let content = content(&county);
        let saving = async {
            let mut out = backup::seal(Vec::new(), None).unwrap();
            let summary = county.app.store.backup(&content, &mut out, &mut |_, _| {}).await.unwrap();
            finished.store(true, std::sync::atomic::Ordering::SeqCst);
            (summary, out.finish().unwrap())
        };
        let (written, (summary, archive)) = tokio::join!(writing, saving);
        assert!(written > 1, "{} nobody wrote meanwhile", county.backend());
        let health = county.app.store.health().await.unwrap();
        assert!(health.seq > summary.seq, "{} the county went on", county.backend());

        let room = TempDir::new().unwrap();
        let migrations = house::migrations();
        let landing = Landing {
            place: &|_| Target::Sqlite(room.path().join("taken/anxiao.db")),
            replace: false,
            folder: room.path().to_owned(),
            keys: county.folder.path().join("keys"),
            nouns: house::nouns(),
            migrations: &migrations,
            random: engine::clock::random,
            even_if_flawed: false,
        };
        let opened = backup::open::<_, BackupError>(archive.as_slice(), || Ok(None)).unwrap();
        let restored = backup::restore(opened, &landing, &mut |_, _| {}).await.unwrap();
        assert!(restored.report.flaws.is_empty() && restored.report.events == u64::try_from(summary.seq).unwrap());
        let existed = county
            .raw(&format!(
                "update event set seq = seq where seq = {} and {}",
                restored.head.seq,
                is_hash(&county, &restored.head.hash)
            ))
            .await;
        assert_eq!(existed, 1, "the head of the copy is one that the county had");
    }
}

fn is_hash(county: &County, hex: &str) -> String {
    match county.target {
        Target::Sqlite(_) => format!("hash = x'{hex}'"),
        Target::Postgres { .. } => format!("hash = decode('{hex}', 'hex')"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_is_killed_leaves_no_county_and_can_be_done_again() {
    let aside = TempDir::new().unwrap();
    let archive = aside.path().join("county.anxiao");
    Home::of(county::sqlite().await).await.done(&["backup", path(&archive)]);
    for home in Home::empty().await {
        for wait in [5, 60, 150, 300, 600, 1000] {
            let mut process = home.command(&["restore", path(&archive)]).spawn().unwrap();
            std::thread::sleep(std::time::Duration::from_millis(wait));
            process.kill().unwrap();
            process.wait().unwrap();
            if home.path("county.toml").exists() {
                break;
            }
            assert!(home.refused(&["verify"]).contains("there is no county"));
        }
        if !home.path("county.toml").exists() {
            home.done(&["restore", path(&archive)]);
        }
        assert!(home.done(&["verify"]).contains("the history is whole"));
        assert!(!home.path(".restoring").exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_that_was_killed_while_it_took_its_place_is_finished_by_the_next() {
    let aside = TempDir::new().unwrap();
    let archive = aside.path().join("county.anxiao");
    Home::of(county::sqlite().await).await.done(&["backup", path(&archive)]);
    for home in Home::empty().await {
        home.done(&["restore", path(&archive)]);
        // As the kill left it: all lies ready, and some of it is in its place.
        for placed in [true, false] {
            let room = home.path(".restoring");
            std::fs::create_dir_all(room.join("keys")).unwrap();
            std::fs::rename(home.path("county.toml"), room.join("county.toml")).unwrap();
            std::fs::copy(home.path("keys/checkpoints.log"), room.join("keys/checkpoints.log")).unwrap();
            if !placed && home.url.is_none() {
                std::fs::rename(home.path("anxiao.db"), room.join("anxiao.db")).unwrap();
            }
            std::fs::write(room.join("ready"), sample::COUNTY).unwrap();
            assert!(home.refused(&["verify"]).contains("there is no county"));
            assert!(home.done(&["restore", path(&archive)]).contains("finishing the restore"));
            assert!(home.done(&["verify"]).contains("the history is whole"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_that_is_full_is_named_and_nothing_is_left() {
    let county = county::sqlite().await;
    let content = content(&county);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut out = backup::seal(std::io::BufWriter::new(full), None).unwrap();
    let error = county.app.store.backup(&content, &mut out, &mut |_, _| {}).await.unwrap_err();
    assert!(error.to_string().contains("No space left"), "{error}");
    KeyFolder::open(&county.folder.path().join("keys")).unwrap();

    let home = Home::of(county).await;
    let aside = TempDir::new().unwrap();
    let archive = aside.path().join("county.anxiao");
    let small = |home: &Home, args: &[&str]| {
        let command = home.command(args);
        let mut limited = Command::new("sh");
        // Half a mebibyte for each file; the signal that would end the program is ignored, so that writing fails instead.
        limited
            .args(["-c", "trap '' XFSZ; ulimit -f 1024; exec \"$0\" \"$@\""])
            .arg(command.get_program())
            .args(command.get_args());
        let output = limited.stdin(std::process::Stdio::null()).output().unwrap();
        assert!(!output.status.success(), "{}", text(&output));
        text(&output)
    };
    let said = small(&home, &["backup", path(&archive)]);
    assert!(said.contains("the backup could not be written"), "{said}");
    assert_eq!(std::fs::read_dir(aside.path()).unwrap().count(), 0);
    home.done(&["backup", path(&archive)]);
    let other = Home::on(None);
    let said = small(&other, &["restore", path(&archive)]);
    assert!(said.contains("the database"), "{said}");
    other.is_empty().await;
    other.done(&["restore", path(&archive)]);
}
