//! Attachments in a bucket, with a server that speaks S3 and the program as it is served: `make test-s3` runs it.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::files::picture;
use crate::program::{Served, anxiao, curl, done, serve, township};

/// Where the server keeps what lies in the bucket.
fn objects() -> PathBuf {
    let folder = std::env::var("ANXIAO_TEST_S3").expect("ANXIAO_TEST_S3: scripts/with-s3 starts a server and names it");
    Path::new(&folder).join(std::env::var("ANXIAO_FILES_BUCKET").unwrap())
}

fn object(name: &str) -> PathBuf {
    objects().join("attachments").join(name)
}

/// One request with bytes in it and bytes as its answer.
fn send(served: &Served, token: &str, method: &str, path: &str, body: &[u8]) -> (u16, Vec<u8>) {
    let mut stream = std::net::TcpStream::connect(&served.url).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[head.as_bytes(), body].concat()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let status = String::from_utf8_lossy(&answer[9..12]).parse().unwrap();
    (status, answer[end + 4..].to_vec())
}

fn told(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes).unwrap()
}

/// A hazard that somebody reported.
fn report(served: &Served, token: &str) -> String {
    let hazard = json!({ "place_kind": "school", "place": "宿舍二楼", "description": "栏杆松动", "category": "building",
        "source": "self_check", "found_on": "2021-12-20" });
    let (status, body) = curl(&served.url, "POST", "/api/v1/hazards", Some(token), Some(&hazard)).unwrap();
    assert_eq!(status, 201, "{body}");
    format!("/api/v1/hazards/{}/files", told(body.as_bytes())["id"].as_str().unwrap())
}

/// What the doctor finds wrong.
fn ills(data: &Path, with: &[(&str, &str)]) -> Vec<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
    command.arg("--data").arg(data).args(["doctor", "--full", "--json"]).envs(with.iter().copied());
    let checks = told(&command.output().unwrap().stdout);
    let bad = checks.as_array().unwrap().iter().filter(|check| check["finding"] == "bad");
    bad.map(|check| format!("{}: {}", check["name"].as_str().unwrap(), check["says"].as_str().unwrap())).collect()
}

#[test]
fn a_county_keeps_its_attachments_in_a_bucket() {
    let folder = township();
    assert!(
        !folder.path().join("files").exists() && object("").read_dir().unwrap().count() > 10,
        "the sample's photographs"
    );
    let token = done(&anxiao(folder.path(), &["token", "guard"])).trim().to_owned();
    let served = serve(folder.path());
    let files = report(&served, &token);
    let (status, added) = send(&served, &token, "POST", &format!("{files}?name=a.jpg"), &picture(1));
    assert_eq!(status, 201, "{}", String::from_utf8_lossy(&added));
    let (id, hash) = (told(&added)["items"][0]["id"].clone(), told(&added)["items"][0]["sha256"].clone());
    let (file, hash) = (format!("{files}/{}", id.as_str().unwrap()), hash.as_str().unwrap());
    for (way, name) in [("", hash.to_owned()), ("/thumb", format!("{hash}.thumb"))] {
        let (status, bytes) = send(&served, &token, "GET", &format!("{file}{way}"), b"");
        assert_eq!((status, &bytes), (200, &std::fs::read(object(&name)).unwrap()), "{way}");
        image::load_from_memory(&bytes).unwrap();
    }
    let archive = folder.path().join("saved.anxiao");
    let said = done(&anxiao(folder.path(), &["backup", archive.to_str().unwrap()]));
    assert!(!said.contains(" 0 attachments"), "{said}");
    assert_eq!(ills(folder.path(), &[]), Vec::<String>::new());
    away(&served, &token, &files);
    let reason = json!({ "reason": "传错了记录" });
    let (status, gone) = curl(&served.url, "POST", &format!("{file}/remove"), Some(&token), Some(&reason)).unwrap();
    assert_eq!((status, told(gone.as_bytes())["live"].as_bool()), (200, Some(false)));
    assert!(!object(hash).exists() && !object(&format!("{hash}.thumb")).exists(), "erased with its row");
    drop(served);
    come_back(&archive, hash);
    ill(folder.path(), &archive);
}

/// A bucket that is not there takes nothing in, and nothing half is left.
fn away(served: &Served, token: &str, files: &str) {
    let aside = objects().with_extension("aside");
    std::fs::rename(objects(), &aside).unwrap();
    std::fs::write(objects(), "no folder").unwrap();
    let (status, said) = send(served, token, "POST", &format!("{files}?name=b.jpg"), &picture(2));
    assert_eq!((status, told(&said)["error"]["code"].as_str()), (422, Some("files.unkept")), "{}", told(&said));
    std::fs::remove_file(objects()).unwrap();
    std::fs::rename(&aside, objects()).unwrap();
    let (_, list) = send(served, token, "GET", files, b"");
    assert_eq!(told(&list)["items"].as_array().unwrap().len(), 1);
}

/// From a bucket's backup into the bucket, and into the folder of a county that has none.
fn come_back(archive: &Path, hash: &str) {
    std::fs::remove_dir_all(object("")).unwrap();
    for bucket in [true, false] {
        let home = TempDir::new().unwrap();
        let data = home.path().join("county");
        let restored = |args: &[&str]| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
            command.arg("--data").arg(&data).args(args);
            if !bucket {
                command.env_remove("ANXIAO_FILES_BUCKET");
            }
            done(&command.output().unwrap())
        };
        restored(&["restore", archive.to_str().unwrap()]);
        restored(&["verify"]);
        let place = if bucket { object(hash) } else { data.join("files").join(&hash[..2]).join(hash) };
        assert!(place.exists() && data.join("files").exists() != bucket, "{}", place.display());
        let checks = restored(&["doctor", "--full"]);
        assert!(checks.contains("each what its name says") && checks.contains("each with its record"), "{checks}");
    }
}

/// Bytes that are lost or altered, a bucket that does not answer, and a key that is wrong.
fn ill(data: &Path, archive: &Path) {
    let backup = |with: &[(&str, &str)]| {
        let other = archive.with_extension("second");
        let mut command = Command::new(env!("CARGO_BIN_EXE_anxiao"));
        command.arg("--data").arg(data).arg("backup").arg(&other).envs(with.iter().copied());
        let output = command.output().unwrap();
        assert!(!output.status.success() && !other.exists());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let bucket = std::env::var("ANXIAO_FILES_BUCKET").unwrap();
    for with in [
        [("AWS_ENDPOINT", "http://127.0.0.1:1")],
        [("AWS_SECRET_ACCESS_KEY", "another")],
        [("ANXIAO_FILES_BUCKET", "nowhere")],
    ] {
        let found = ills(data, &with);
        let bucket = if with[0].0 == "ANXIAO_FILES_BUCKET" { with[0].1 } else { bucket.as_str() };
        for name in ["attachments", "attachments' owners"] {
            let named = |ill: &&String| {
                ill.starts_with(&format!("{name}: ")) && ill.contains(&format!("the bucket {bucket}: "))
            };
            assert!(found.iter().any(|ill| named(&ill)), "{name} {with:?}: {found:?}");
        }
        assert!(found.iter().all(|ill| !ill.contains("the data folder")), "{found:?}");
        backup(&with);
    }
    let mut all: Vec<_> = object("").read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    all.retain(|path| path.extension().is_none());
    all.sort();
    std::fs::write(&all[0], "altered").unwrap();
    std::fs::remove_file(&all[1]).unwrap();
    let found = ills(data, &[]);
    let name = |at: usize| all[at].file_name().unwrap().to_str().unwrap().to_owned();
    assert!(found.iter().any(|ill| ill.starts_with("attachments: 1 of") && ill.contains(&name(0))), "{found:?}");
    assert!(found.iter().any(|ill| ill.starts_with("attachments' owners") && ill.contains(&name(1))), "{found:?}");
    assert!(backup(&[]).contains(&name(1)), "a backup that lacks something is refused");
}
