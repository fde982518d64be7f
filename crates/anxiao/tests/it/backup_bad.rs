//! What a restore refuses: each with its sentence, and nothing half written.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use tempfile::TempDir;
use tokio::sync::OnceCell;

use crate::backup::{Home, passphrase, text};
use crate::county;

const WORDS: &str = "a horse, a staple and a battery";

/// A township's backup, plain and encrypted.
struct Archives {
    folder: TempDir,
    secret: PathBuf,
}

impl Archives {
    async fn make() -> Self {
        static MADE: OnceCell<[Vec<u8>; 2]> = OnceCell::const_new();
        let [plain, sealed] = MADE.get_or_init(Self::archives).await;
        let folder = TempDir::new().unwrap();
        let secret = passphrase(folder.path(), WORDS);
        let made = Self { folder, secret };
        std::fs::write(made.path("plain"), plain).unwrap();
        std::fs::write(made.path("sealed"), sealed).unwrap();
        made
    }

    /// As the program makes them. To try a passphrase on what it seals takes a second and 256 MiB, and the tests try two dozen: the same
    /// archive is sealed again so that a try is cheap, which the archive itself says.
    async fn archives() -> [Vec<u8>; 2] {
        let folder = TempDir::new().unwrap();
        let secret = passphrase(folder.path(), WORDS);
        let made = Self { folder, secret };
        let home = Home::of(county::sqlite().await).await;
        home.done(&["backup", &made.path("plain")]);
        home.done(&["backup", &made.path("sealed"), "--passphrase-file", &made.path("passphrase")]);
        let (words, sealed) = (SecretString::from(WORDS), made.bytes("sealed"));
        let identity = age::scrypt::Identity::new(words.clone());
        let opened = age::decrypt(&identity, &sealed).unwrap();
        let mut recipient = age::scrypt::Recipient::new(words);
        recipient.set_work_factor(8);
        [made.bytes("plain"), age::encrypt(&recipient, &opened).unwrap()]
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn write(&self, bytes: &[u8]) -> String {
        let path = self.path("changed");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// The plain archive with one entry changed, or left out.
    fn altered(&self, entry: &str, change: impl Fn(&str) -> Option<String>) -> String {
        let mut from =
            tar::Archive::new(flate2::read::GzDecoder::new(std::fs::File::open(self.path("plain")).unwrap()));
        let mut to = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        for found in from.entries().unwrap() {
            let mut found = found.unwrap();
            let name = found.path().unwrap().into_owned();
            let mut bytes = Vec::new();
            found.read_to_end(&mut bytes).unwrap();
            if name == Path::new(entry) {
                let Some(text) = change(std::str::from_utf8(&bytes).unwrap()) else { continue };
                assert_ne!(text.as_bytes(), bytes, "something was changed");
                bytes = text.into_bytes();
            }
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            to.append_data(&mut header, name, bytes.as_slice()).unwrap();
        }
        let bytes = to.into_inner().unwrap().finish().unwrap();
        self.write(&bytes)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_cut_says_so() {
    let archives = Archives::make().await;
    let homes = Home::empty().await;
    for name in ["plain", "sealed"] {
        let whole = archives.bytes(name);
        for length in [0, 1, 300, 70_000, whole.len() / 2, whole.len() - 1] {
            let cut = archives.write(&whole[..length]);
            let home = &homes[usize::from(length == whole.len() / 2)];
            let said = home.refused(&["restore", &cut, "--passphrase-file", &archives.path("passphrase")]);
            assert!(said.contains("cut") || length < 2 && said.contains("not a backup"), "{name} {length}: {said}");
            home.is_empty().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_anywhere_is_found() {
    let archives = Archives::make().await;
    let homes = Home::empty().await;
    for name in ["plain", "sealed"] {
        let whole = archives.bytes(name);
        for place in [12, 90, 5_000, whole.len() / 2, whole.len() - 40, whole.len() - 3] {
            let mut bytes = whole.clone();
            bytes[place] ^= 0x10;
            let changed = archives.write(&bytes);
            let home = &homes[usize::from(place == whole.len() / 2)];
            let said = home.refused(&["restore", &changed, "--passphrase-file", &archives.path("passphrase")]);
            let named =
                ["damaged", "cut", "not a backup", "passphrase is wrong"].iter().any(|word| said.contains(word));
            assert!(named, "{name} {place}: {said}");
            home.is_empty().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn passphrases_that_are_wrong_missing_short_or_open_to_others_are_refused() {
    let archives = Archives::make().await;
    let home = &Home::empty().await[0];
    let sealed = archives.path("sealed");
    let output = home
        .command(&["restore", &sealed])
        .env("ANXIAO_PASSPHRASE", "a horse, a staple and a batter")
        .output()
        .unwrap();
    assert!(!output.status.success() && text(&output).contains("the passphrase is wrong"), "{}", text(&output));
    assert!(home.refused(&["restore", &sealed]).contains("its passphrase is needed"));
    home.is_empty().await;
    let county = Home::of(county::sqlite().await).await;
    let target = archives.path("another");
    let output = county.command(&["backup", &target]).env("ANXIAO_PASSPHRASE", "short").output().unwrap();
    assert!(!output.status.success() && text(&output).contains("too short"), "{}", text(&output));
    assert!(county.refused(&["backup", &target, "--encrypt"]).contains("needs a passphrase"));
    std::fs::set_permissions(&archives.secret, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let said = county.refused(&["backup", &target, "--passphrase-file", &archives.path("passphrase")]);
    assert!(said.contains("open to others"), "{said}");
    assert!(!Path::new(&target).exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_living_county_is_never_replaced() {
    let archives = Archives::make().await;
    let plain = archives.path("plain");
    for home in Home::both().await {
        assert!(home.refused(&["restore", &plain]).contains("holds a county"));
        assert!(home.done(&["verify"]).contains("the history is whole"));
        if home.url.is_some() {
            // An empty folder, but the county lives on the server.
            std::fs::remove_dir_all(home.folder.path()).unwrap();
            std::fs::create_dir(home.folder.path()).unwrap();
            let said = home.refused(&["restore", &plain]);
            assert!(said.contains("holds a county already"), "{said}");
            assert_eq!(std::fs::read_dir(home.folder.path()).unwrap().count(), 0);
        }
    }
    let home = &Home::empty().await[0];
    std::fs::write(home.path("letters.txt"), "mine").unwrap();
    assert!(home.refused(&["restore", &plain]).contains("is not empty (letters.txt)"));
    std::fs::remove_file(home.path("letters.txt")).unwrap();
    // Keys of another county are never overwritten.
    store::keys::KeyFolder::create(&home.path("keys"), &mut |bytes: &mut [u8]| engine::clock::random(bytes)).unwrap();
    let key = std::fs::read(home.path("keys/sign.pub")).unwrap();
    let said = home.refused(&["restore", &plain]);
    assert!(said.contains("the key of another county"), "{said}");
    assert!(std::fs::read(home.path("keys/sign.pub")).unwrap() == key && !home.path("anxiao.db").exists());
    let again = Home::of(county::sqlite().await).await;
    assert!(again.refused(&["backup", &plain]).contains("is there already"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_newer_program_wrote_is_refused_by_its_name() {
    let archives = Archives::make().await;
    for home in Home::empty().await {
        for (old, new, says) in [
            ("\"0000_base\"", "\"0000_base\", \"9999_moon\"", "9999_moon"),
            ("\"format\": 1", "\"format\": 2", "its format is 2"),
        ] {
            let newer = archives.altered("head.json", |text| Some(text.replacen(old, new, 1)));
            let said = home.refused(&["restore", &newer]);
            assert!(said.contains("newer program (0.1.0)") && said.contains(says), "{said}");
            home.is_empty().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_put_together_by_hand_is_found() {
    let archives = Archives::make().await;
    let home = &Home::empty().await[0];
    let swap = |from: &'static str, to: &'static str| move |text: &str| Some(text.replacen(from, to, 1));
    let unit = "tables/unit/000001.jsonl";
    for (name, changed) in [
        ("a changed row", archives.altered(unit, |text| Some(text.replacen("null", "\"x\"", 1)))),
        ("a row too many", archives.altered(unit, |text| Some(format!("{text}[1]\n")))),
        ("a part left out", archives.altered(unit, |_| None)),
        ("the county left out", archives.altered("county.toml", |_| None)),
        ("another event", archives.altered("tables/event/000001.jsonl", swap("create", "delete"))),
        ("no end", archives.altered("manifest.json", |_| None)),
    ] {
        let said = home.refused(&["restore", &changed]);
        assert!(said.contains("damaged") || said.contains("cut"), "{name}: {said}");
        home.is_empty().await;
    }
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(b"a letter, not a county").unwrap();
    for foreign in [b"PK\x03\x04 a workbook".to_vec(), gzip.finish().unwrap()] {
        let said = home.refused(&["restore", &archives.write(&foreign)]);
        assert!(said.contains("not a backup") || said.contains("damaged or was cut"), "{said}");
        home.is_empty().await;
    }
    assert!(home.refused(&["restore", "/nowhere/at/all"]).contains("/nowhere/at/all"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_county_that_was_wrong_when_it_was_saved_is_restored_only_on_demand_and_says_so() {
    let county = county::sqlite().await;
    county.raw("update unit set name = '别处' where id = (select id from unit limit 1)").await;
    let home = Home::of(county).await;
    let folder = TempDir::new().unwrap();
    let archive = folder.path().join("wrong").display().to_string();
    home.done(&["backup", &archive]);
    for other in Home::empty().await {
        let said = other.refused(&["restore", &archive]);
        assert!(said.contains("name is not what its events say") && said.contains("--even-if-flawed"), "{said}");
        other.is_empty().await;
        let said = other.done(&["restore", &archive, "--even-if-flawed"]);
        assert!(said.contains("WRONG") && said.contains("restored into"), "{said}");
        assert!(other.refused(&["verify"]).contains("name is not what its events say"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attachments_whose_bytes_are_gone_are_told_before_the_backup_that_lacks_them() {
    let home = Home::of(county::sqlite().await).await;
    let folder = TempDir::new().unwrap();
    let archive = folder.path().join("lacking").display().to_string();
    std::fs::remove_dir_all(home.path("files")).unwrap();
    std::fs::create_dir(home.path("files")).unwrap();
    let said = home.refused(&["backup", &archive]);
    assert!(said.contains("attachments are not there") && said.contains("--incomplete"), "{said}");
    assert!(!Path::new(&archive).exists());
    let said = home.done(&["backup", &archive, "--incomplete"]);
    assert!(said.contains("not in the backup") && said.contains(" 0 attachments"), "{said}");
}
