//! Telephones: enrolled, opened, shut out; forms that were filled in without a network and sent later, on both databases.

use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::device::{Claim, KEPT};
use kit::Scope;
use kit::query::Query;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::Value;
use uuid::Uuid;

use crate::county::{self, County};
use crate::visitor::Visitor;

pub const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// A telephone in somebody's hand: it knows what a browser would keep.
pub struct Phone<'a> {
    county: &'a County,
    key: EcdsaKeyPair,
    pub device: Uuid,
    pub account: Uuid,
    /// How far its clock is ahead, in milliseconds.
    pub ahead: i64,
}

/// A form as it was filled in.
#[derive(Clone)]
pub struct Form {
    pub path: String,
    pub media: String,
    pub request: Uuid,
    pub body: Vec<u8>,
    /// When it was done, by the machine's clock.
    pub done: i64,
}

impl<'a> Phone<'a> {
    pub async fn enrol(county: &'a County, login: &str) -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap();
        let point = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
        let visitor = Visitor::sign_in(county, login).await;
        let id = county.app.store.new_id(county.app.clock.now()).to_string();
        let fields = [("request_id", id.as_str()), ("key", point.as_str())];
        let told = visitor.post("/account/devices", &fields).await;
        assert_eq!(told.status, StatusCode::CREATED, "{}", told.text());
        let again = visitor.post("/account/devices", &fields).await;
        assert_eq!(again.bytes, told.bytes, "asked twice it is enrolled once");
        let told: Value = serde_json::from_slice(&told.bytes).unwrap();
        let read = |name: &str| told[name].as_str().unwrap().parse().unwrap();
        Self { county, key, device: read("device"), account: read("account"), ahead: 0 }
    }

    /// The public half of its key.
    pub fn point(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key().as_ref())
    }

    /// Now, by the machine's clock.
    pub fn now(&self) -> i64 {
        self.county.app.clock.now() - self.county.app.clock.told(0)
    }

    fn sign(&self, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(self.key.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref())
    }

    pub fn hazard(&self, place: &str) -> Form {
        let request = self.county.app.store.new_id(self.county.app.clock.now());
        let fields = [
            ("csrf", "of an old session"),
            ("request_id", &request.to_string()),
            ("place_kind", "school"),
            ("place", place),
            ("description", "灭火器压力不足"),
            ("category", "fire"),
            ("source", "self_check"),
            ("found_on", "2021-12-20"),
        ];
        let body = fields.map(|(name, value)| format!("{name}={}", engine::web::encode(value))).join("&");
        Form {
            path: "/hazards".into(),
            media: FORM.into(),
            request,
            body: body.into_bytes(),
            done: self.now() - 3_600_000,
        }
    }

    fn headers(&self, form: &Form) -> Vec<(&'static str, String)> {
        let sent = self.now() + self.ahead;
        let claim = Claim {
            device: self.device,
            account: self.account,
            path: &form.path,
            media: &form.media,
            request: form.request,
            done: form.done + self.ahead,
            sent,
            body: &form.body,
        };
        vec![
            ("content-type", form.media.clone()),
            ("x-keep", "1".into()),
            ("x-device", self.device.to_string()),
            ("x-device-account", self.account.to_string()),
            ("x-device-request", form.request.to_string()),
            ("x-device-done", claim.done.to_string()),
            ("x-device-sent", sent.to_string()),
            ("x-device-proof", self.sign(&claim.text())),
        ]
    }

    pub async fn send(&self, form: &Form) -> (StatusCode, Value) {
        self.send_as(form, self.headers(form)).await
    }

    async fn send_as(&self, form: &Form, headers: Vec<(&'static str, String)>) -> (StatusCode, Value) {
        let request = Request::builder().method("POST").uri(&form.path);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, value));
        let (status, _, body) = self.county.send(request.body(Body::from(form.body.clone())).unwrap()).await;
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// Opens with the key, as after the PIN; `spoil` changes what is sent.
    pub async fn open(&self, spoil: impl Fn(&mut Value)) -> (StatusCode, HeaderMap, Value) {
        let ask = Request::builder().uri("/device/challenge").body(Body::empty()).unwrap();
        let asked: Value = serde_json::from_slice(&self.county.send(ask).await.2).unwrap();
        let challenge = asked["challenge"].as_str().unwrap();
        let proof = self.sign(&format!("anxiao-open-1\n{}\n{challenge}", self.device));
        let mut told = serde_json::json!({ "device": self.device, "challenge": challenge, "proof": proof });
        spoil(&mut told);
        self.answer(&told).await
    }

    async fn answer(&self, told: &Value) -> (StatusCode, HeaderMap, Value) {
        let request = Request::builder().method("POST").uri("/device/open").header("content-type", "application/json");
        let (status, headers, body) = self.county.send(request.body(Body::from(told.to_string())).unwrap()).await;
        (status, headers, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    async fn shut_out(&self, login: &str) -> StatusCode {
        let visitor = Visitor::sign_in(self.county, login).await;
        let path = format!("/accounts/{}/devices/end", self.account);
        visitor.post(&path, &[("id", &self.device.to_string())]).await.status
    }
}

pub fn code(told: &Value) -> &str {
    told["error"]["code"].as_str().unwrap_or_default()
}

async fn hazards(county: &County, place: &str) -> usize {
    let kind = county.app.kind("hazards").unwrap();
    let rows = county.app.store.all(kind.noun, &Query::new(), &Scope::county()).await.unwrap();
    rows.iter().filter(|row| row.get(kind.noun, "place").text() == Some(place)).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_filled_in_without_a_network_is_carried_out_once_and_says_when_it_was_done() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let form = phone.hazard("锅炉房");
        let (status, told) = phone.send(&form).await;
        assert_eq!(status, StatusCode::OK, "{} {told}", county.backend());
        assert_eq!(told["href"], format!("/hazards/{}", form.request));
        // The answer was lost; the telephone asks again, and after a restart once more.
        for _ in 0..2 {
            assert_eq!(phone.send(&form).await.1["href"], told["href"]);
        }
        assert_eq!(hazards(&county, "锅炉房").await, 1);
        let guard = Visitor::sign_in(&county, "guard").await;
        let page = guard.get(&format!("/hazards/{}", form.request)).await.text();
        assert!(page.contains("断网时填写：手机时间 2021-12-20 07:0"), "{page}");
        assert!(!page.contains("请核对"), "the clock is right");

        // A clock two hours ahead: the record stands, and says so.
        let phone = Phone { ahead: 2 * 3_600_000 + 90_000, ..phone };
        let form = phone.hazard("围墙");
        assert_eq!(phone.send(&form).await.0, StatusCode::OK);
        let page = guard.get(&format!("/hazards/{}", form.request)).await.text();
        assert!(page.contains("手机时钟快了 2 小时 1 分"), "{page}");
        // Two hours ahead when it was done, and put right by the network before it was sent.
        let phone = Phone { ahead: 0, ..phone };
        let form = Form { done: phone.now() + 2 * 3_600_000, ..phone.hazard("后墙") };
        assert_eq!(phone.send(&form).await.0, StatusCode::OK);
        let page = guard.get(&format!("/hazards/{}", form.request)).await.text();
        assert!(page.contains("手机时钟快了"), "{page}");
        assert!(county.flaws().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_person_did_not_sign_changes_nothing() {
    for county in county::both().await {
        let (phone, other) = (Phone::enrol(&county, "guard").await, Phone::enrol(&county, "teacher").await);
        let form = phone.hazard("配电间");
        let with = |name: &str, value: String| {
            let mut headers = phone.headers(&form);
            headers.iter_mut().filter(|(key, _)| *key == name).for_each(|header| header.1.clone_from(&value));
            headers
        };
        let altered = Form { body: [&form.body[..], b"&grade=major"].concat(), ..form.clone() };
        let elsewhere = Form { path: "/tips".into(), ..form.clone() };
        let early = |header: &str| with(header, "1".into());
        let id = county.app.store.new_id(0).to_string();
        let wrong = [
            (phone.send_as(&altered, phone.headers(&form)).await, "device.proof"),
            (phone.send_as(&elsewhere, phone.headers(&form)).await, "device.proof"),
            (phone.send_as(&form, early("x-device-done")).await, "device.proof"),
            (phone.send_as(&form, early("x-device-sent")).await, "device.proof"),
            (phone.send_as(&form, with("x-device-request", id.clone())).await, "device.proof"),
            (phone.send_as(&form, with("x-device-account", other.account.to_string())).await, "device.proof"),
            (phone.send_as(&form, with("x-device", other.device.to_string())).await, "device.proof"),
            (phone.send_as(&form, with("x-device", id)).await, "device.unknown"),
            (phone.send_as(&form, with("x-device", "x".into())).await, "device.unreadable"),
            (phone.send_as(&form, with("x-device-done", "yesterday".into())).await, "device.unreadable"),
            (phone.send_as(&form, with("x-device-proof", String::new())).await, "device.proof"),
        ];
        for ((status, told), expected) in wrong {
            assert!(status.is_client_error() && code(&told) == expected, "{status} {told} {expected}");
        }
        // One telephone signs in the name of another's account.
        let borrowed = Phone { account: other.account, ..Phone::enrol(&county, "guard").await };
        assert_eq!(code(&borrowed.send(&form).await.1), "device.foreign");
        assert_eq!(hazards(&county, "配电间").await, 0);

        // The number of another's entry, and its own number with another content.
        assert_eq!(phone.send(&form).await.0, StatusCode::OK);
        let (status, told) = other.send(&Form { request: form.request, ..other.hazard("配电间") }).await;
        assert_eq!((status, code(&told)), (StatusCode::CONFLICT, "device.foreign"), "{told}");
        let (status, told) = phone.send(&Form { request: form.request, ..phone.hazard("又一处") }).await;
        assert_eq!((status, code(&told)), (StatusCode::CONFLICT, "device.other_content"), "{told}");
        assert_eq!((hazards(&county, "配电间").await, hazards(&county, "又一处").await), (1, 0));

        // Too much, and nothing at all.
        let huge = Form { body: vec![b'x'; KEPT + 1], ..phone.hazard("大") };
        assert_eq!(phone.send(&huge).await.0, StatusCode::PAYLOAD_TOO_LARGE);
        let (status, told) = phone.send(&Form { body: Vec::new(), ..phone.hazard("空") }).await;
        assert_eq!((status, code(&told)), (StatusCode::UNPROCESSABLE_ENTITY, "device.refused"), "{told}");
        // The right to a record is asked of the person, not of the telephone.
        let (status, told) = phone.send(&Form { path: "/pupils".into(), ..phone.hazard("生") }).await;
        assert_eq!((status, code(&told)), (StatusCode::NOT_FOUND, "missing"), "{told}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_opens_a_session_until_it_is_shut_out() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let (status, headers, told) = phone.open(|_| {}).await;
        assert_eq!(status, StatusCode::OK, "{told}");
        let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let get = |path: &str| Request::builder().uri(path).header("cookie", &cookie).body(Body::empty()).unwrap();
        assert_eq!(county.send(get("/account/devices")).await.0, StatusCode::OK);
        let wrong = [
            ("proof", serde_json::json!("AAAA")),
            ("challenge", serde_json::json!("never asked")),
            ("device", serde_json::json!(county.app.store.new_id(0))),
            ("device", serde_json::json!("none")),
        ];
        for (name, value) in wrong {
            let (status, headers, _) = phone.open(|told| told[name] = value.clone()).await;
            assert!(status == StatusCode::FORBIDDEN && !headers.contains_key("set-cookie"), "{name} {value}: {status}");
        }

        // Its holder's colleagues cannot shut it out, whoever administers accounts can, and what was kept is refused, not lost in silence.
        for (login, status) in [("principal", StatusCode::NOT_FOUND), ("auditor", StatusCode::FORBIDDEN)] {
            assert_eq!(phone.shut_out(login).await, status, "{login}");
        }
        let form = phone.hazard("六号岗亭");
        assert_eq!(phone.shut_out("secadmin").await, StatusCode::SEE_OTHER);
        assert_eq!(code(&phone.open(|_| {}).await.2), "device.revoked");
        let (status, told) = phone.send(&form).await;
        assert_eq!((status, code(&told)), (StatusCode::FORBIDDEN, "device.revoked"), "{told}");
        assert_eq!(hazards(&county, "六号岗亭").await, 0);
        let office = Visitor::sign_in(&county, "secadmin").await;
        let page = office.get(&format!("/accounts/{}/devices", phone.account)).await.text();
        assert!(page.contains("管理员停用"), "{page}");
        assert!(county.flaws().await.is_empty(), "who was shut out, and by whom, is in the history");

        // An old one says how to go on; whose share it is, only its holder learns.
        let old = Phone::enrol(&county, "teacher").await;
        let teacher = Visitor::sign_in(&county, "teacher").await;
        let id = old.device.to_string();
        assert_eq!(teacher.post("/account/devices/share", &[("id", &id)]).await.status, StatusCode::OK);
        for path in ["/account/devices/share", "/account/devices/renew", "/account/devices/end"] {
            let answer = office.post(path, &[("id", &id)]).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
        }
        let row = county.app.store.find(&engine::device::DEVICE, old.device, &Scope::county()).await.unwrap().unwrap();
        let past =
            row.clone().with(&engine::device::DEVICE, "until_on", "2021-12-19".parse().map(kit::Cell::Date).unwrap());
        let author = kit::Author { actor: None, at: county.app.clock.now(), request: county.app.store.new_id(0) };
        let change = kit::Change::update(&engine::device::DEVICE, "renew", row, past);
        county.app.store.commit(author, vec![change]).await.unwrap();
        assert_eq!(code(&old.send(&old.hazard("教室")).await.1), "device.expired");
        assert_eq!(teacher.post("/account/devices/renew", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
        assert_eq!(old.send(&old.hazard("教室")).await.0, StatusCode::OK);
    }
}

/// A lost telephone lies open in somebody's hand: shut out by its holder or by the office, it is out with the next page; nothing else of his is.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_open_on_a_telephone_ends_with_it() {
    for county in county::both().await {
        let ask = |path: &str, cookie: &str| {
            Request::builder().uri(path).header("cookie", cookie).body(Body::empty()).unwrap()
        };
        for office in [true, false] {
            let phone = Phone::enrol(&county, "guard").await;
            let kept = Phone::enrol(&county, "guard").await;
            let opened = async |phone: &Phone<'_>| {
                let (_, headers, _) = phone.open(|_| {}).await;
                headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned()
            };
            let (lost, other) = (opened(&phone).await, opened(&kept).await);
            let guard = Visitor::sign_in(&county, "guard").await;
            let is_in = async |cookie: &str| county.send(ask("/", cookie)).await.0 == StatusCode::OK;
            assert!(is_in(&lost).await && is_in(&other).await && guard.is_in().await);
            let held = county.app.store.sessions(phone.account).await.unwrap();
            assert_eq!(held.iter().filter(|one| one.device == Some(phone.device)).count(), 2, "enrolled and opened");
            if office {
                assert_eq!(phone.shut_out("secadmin").await, StatusCode::SEE_OTHER);
            } else {
                let id = phone.device.to_string();
                assert_eq!(guard.post("/account/devices/end", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
            }
            assert!(!is_in(&lost).await, "{}: it is still open", county.backend());
            assert!(is_in(&other).await && guard.is_in().await, "{}", county.backend());
            let held = county.app.store.sessions(phone.account).await.unwrap();
            assert!(held.iter().all(|one| one.device != Some(phone.device)), "the one that enrolled it, too");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_telephone_that_is_put_down_is_signed_out() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let (_, headers, _) = phone.open(|_| {}).await;
        let cookie = headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
        let ask = |method: &str, path: &str, cookie: &str, site: &str| {
            let request = Request::builder().method(method).uri(path).header("cookie", cookie);
            request.header("sec-fetch-site", site).body(Body::empty()).unwrap()
        };
        let is_in = async || county.send(ask("GET", "/", &cookie, "none")).await.0 == StatusCode::OK;
        let (status, _, _) = county.send(ask("POST", "/device/lock", &cookie, "cross-site")).await;
        assert!(status == StatusCode::FORBIDDEN && is_in().await, "nobody else's page signs anybody out");
        let (status, headers, _) = county.send(ask("POST", "/device/lock", "lang=zh", "same-origin")).await;
        assert!(status == StatusCode::OK && !headers.contains_key("set-cookie") && is_in().await);
        for _ in 0..2 {
            let (status, headers, _) = county.send(ask("POST", "/device/lock", &cookie, "same-origin")).await;
            assert_eq!(status, StatusCode::OK);
            assert!(headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
            assert!(!is_in().await, "{}", county.backend());
        }
        assert_eq!(phone.open(|_| {}).await.0, StatusCode::OK, "the PIN opens it again");
    }
}

/// A form with files as a browser packs it.
pub fn packed(fields: &[(&str, &str)], files: &[(&str, &str, &[u8])]) -> (String, Vec<u8>) {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes());
    }
    for (name, file, bytes) in files {
        let head = format!("--cut\r\ncontent-disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\n\r\n");
        body.extend([head.as_bytes(), bytes, b"\r\n"].concat());
    }
    body.extend(b"--cut--\r\n");
    ("multipart/form-data; boundary=cut".to_owned(), body)
}

#[tokio::test(flavor = "multi_thread")]
async fn photographs_and_a_voice_note_come_along_and_are_attached_once() {
    let webm = [&[0x1a, 0x45, 0xdf, 0xa3][..], b"\x42\x82webm", b"A_OPUS", &[0; 64]].concat();
    for county in county::both().await {
        let phone = Phone::enrol(&county, "guard").await;
        let form = phone.hazard("操场看台");
        let text = form.request.to_string();
        let fields = [
            ("request_id", text.as_str()),
            ("place_kind", "school"),
            ("place", "操场看台"),
            ("description", "说话记录"),
            ("category", "fire"),
            ("source", "self_check"),
            ("found_on", "2021-12-20"),
        ];
        let jpeg = crate::files::picture(7);
        let files: [(&str, &str, &[u8]); 2] = [("camera", "IMG.jpg", &jpeg), ("voice", "voice.webm", &webm)];
        let (media, body) = packed(&fields, &files);
        let form = Form { media, body, ..form };
        for _ in 0..2 {
            let (status, told) = phone.send(&form).await;
            assert_eq!(status, StatusCode::OK, "{told}");
        }
        let path = format!("/api/v1/hazards/{}/files", form.request);
        let items = county.get(&county.token("school").await, &path).await.1["items"].clone();
        let mut media: Vec<_> = items.as_array().unwrap().iter().map(|item| item["media"].as_str().unwrap()).collect();
        media.sort_unstable();
        assert_eq!(media, ["audio/webm", "image/jpeg"]);

        // With a session and without a script the same form works; what is no good is named, the record stands, and a stranger's form takes nothing in.
        let guard = Visitor::sign_in(&county, "guard").await;
        let id = county.app.store.new_id(county.app.clock.now()).to_string();
        let own = [&[("csrf", guard.csrf()), ("request_id", &id)], &fields[1..]].concat();
        let film = [&webm[..], b"V_VP8"].concat();
        let answer = guard.send_form("/hazards", packed(&own, &[("voice", "voice.webm", &film)])).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(answer.text().contains("voice.webm"), "{}", answer.text());
        assert_eq!(hazards(&county, "操场看台").await, 2);
        let stranger = [&[("csrf", "wrong")], &fields[..]].concat();
        assert_eq!(guard.send_form("/hazards", packed(&stranger, &files)).await.status, StatusCode::FORBIDDEN);
        let before = packed(&[], &files).1;
        let late = [&before[..before.len() - 9], &packed(&own, &[]).1].concat();
        let answer = guard.send_form("/hazards", (packed(&[], &[]).0, late)).await;
        assert!(answer.status.is_redirection(), "{}", answer.text());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_is_told_and_its_page_shows_both_versions() {
    for county in county::both().await {
        let phone = Phone::enrol(&county, "school").await;
        let form = phone.hazard("后门");
        assert_eq!(phone.send(&form).await.0, StatusCode::OK);
        let path = format!("/hazards/{}", form.request);
        let edit = |text: &str| {
            let request = county.app.store.new_id(county.app.clock.now());
            let body = format!("request_id={request}&version=1&description={}", engine::web::encode(text));
            Form { path: path.clone(), media: FORM.into(), request, body: body.into_bytes(), done: phone.now() }
        };
        let (first, late) = (edit("门锁坏了"), edit("门轴坏了"));
        assert_eq!(phone.send(&first).await.0, StatusCode::OK);
        let (status, told) = phone.send(&late).await;
        assert_eq!((status, code(&told)), (StatusCode::CONFLICT, "device.conflict"), "{told}");
        // Its person opens it: the page of a save that came too late, from which it is settled under the same number.
        let visitor = Visitor::sign_in(&county, "school").await;
        let id = late.request.to_string();
        let typed = [("request_id", id.as_str()), ("version", "1"), ("description", "门轴坏了")];
        let page = visitor.post(&path, &typed).await;
        assert_eq!(page.status, StatusCode::CONFLICT);
        let page = page.text();
        assert!(page.contains("门锁坏了") && page.contains("门轴坏了"), "{page}");
        let settled = [("request_id", id.as_str()), ("version", "2"), ("description", "门锁和门轴都坏了")];
        assert!(visitor.post(&path, &settled).await.status.is_redirection());
        assert_eq!(phone.send(&late).await.0, StatusCode::OK, "the outbox learns that it is settled");
        let page = visitor.get(&path).await.text();
        assert!(page.contains("门锁和门轴都坏了"), "{page}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shell_is_nobody_s_and_the_day_is_its_reader_s() {
    let county = county::sqlite().await;
    let get = |path: &str| Request::builder().uri(path).body(Body::empty()).unwrap();
    for path in ["/offline", "/outbox", "/unlock"] {
        let (status, _, body) = county.send(get(path)).await;
        let page = String::from_utf8(body).unwrap();
        assert!(status == StatusCode::OK && page.contains("data-shell") && !page.contains("data-person="), "{path}");
    }
    let (_, headers, body) = county.send(get("/sw.js")).await;
    assert!(headers["content-type"].to_str().unwrap().starts_with("text/javascript"));
    let worker = String::from_utf8(body).unwrap();
    let base = worker.split('"').nth(1).unwrap();
    let (_, _, manifest) = county.send(get("/manifest.webmanifest")).await;
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    for icon in manifest["icons"].as_array().unwrap() {
        let path = icon["src"].as_str().unwrap();
        assert!(path.starts_with(base), "{path} is of the build {base}");
        assert_eq!(county.send(get(path)).await.0, StatusCode::OK, "{path}");
    }
    let teacher = ["/", "/rollcall", "/patrol", "/talk", "/hazards/new"];
    for (login, pages) in [("guard", &["/", "/patrol", "/hazards/new"][..]), ("teacher", &teacher), ("auditor", &["/"])]
    {
        let day = Visitor::sign_in(&county, login).await.get("/device/day").await;
        let day: Value = serde_json::from_slice(&day.bytes).unwrap();
        assert_eq!(day["pages"], serde_json::json!(pages), "{login}");
        assert_eq!(day["most"].as_u64().unwrap(), if login == "guard" { 24 } else { 16 });
    }
}
