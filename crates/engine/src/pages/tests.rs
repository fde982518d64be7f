//! A small house with one room, walked through by a browser without scripts.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod several;

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode, header};
use kit::life::Input;
use kit::{
    Actor, Author, Cell, Change, Facts, Field, Life, Mask, MoveSpec, Noun, Policy, Query, Refusal, Role, Row, ScopeBy,
    Words,
};
use store::keys::KeyFolder;
use store::{Migration, Opening, Store, Target};
use tower::ServiceExt;
use uuid::Uuid;

use crate::app::{App, Setting};
use crate::area::{Area, Card, Kind};
use crate::auth::{ACCOUNT, MIGRATION};
use crate::clock::{self, Clock};
use crate::messages::Outside;
use crate::view::Tone;

static PLACE: Noun = Noun {
    name: "place",
    plural: "places",
    fields: &[Field::text("name", 20).public().required().list().search().key(), Field::date("closed_on")],
    scope: ScopeBy::EVERYONE,
    title: &["name"],
    subject: None,
    order: "name",
    tallies: &[],
};

static HALL: Noun = Noun { name: "hall", plural: "halls", ..PLACE };

static PARCEL: Noun = Noun {
    name: "parcel",
    plural: "parcels",
    fields: &[
        Field::text("name", 20).required().list().sort().search().key(),
        Field::choice("size", &["big", "small"]).required().list().filter(),
        Field::refer("place", "place").required().list().filter(),
        Field::bool("fragile").required().filter(),
        Field::date("due_on").required().list().filter().sort(),
        Field::text("phone", 20).sealed(Mask::Phone, "phone_index").list(),
        Field::index("phone_index"),
        Field::long("note", 200).fixed(),
        Field::choice("state", &["new", "sent"]).required().fixed().list().filter(),
    ],
    scope: ScopeBy::EVERYONE,
    title: &["name"],
    subject: Some("id"),
    order: "name",
    tallies: &[],
};

const SCHEMA: Migration = Migration {
    name: "0002_parcels",
    sql: "
create table place (id uuid primary key, version bigint not null, name text not null, closed_on date);
create unique index place_name_key on place (name);
create table hall (id uuid primary key, version bigint not null, name text not null, closed_on date);
create table parcel (id uuid primary key, version bigint not null, name text not null, size text not null, place uuid not null, fragile boolean not null,
  due_on date not null, phone text, phone_index text, note text, state text not null);
create unique index parcel_name_key on parcel (name)",
};

struct ParcelLife;

static SEND: &[MoveSpec] = &[MoveSpec::new("send", &[Field::long("note", 200).required()]).bulk()];

impl Life for ParcelLife {
    fn noun(&self) -> &'static Noun {
        &PARCEL
    }
    fn states(&self) -> &'static [&'static str] {
        &["new", "sent"]
    }
    fn moves(&self) -> &'static [MoveSpec] {
        SEND
    }
    fn next(&self, state: &str, _: &str) -> Option<&'static str> {
        (state == "new").then_some("sent")
    }
    fn may(&self, _: &Actor, _: &Row, _: &str, _: &Facts) -> Result<(), Refusal> {
        Ok(())
    }
    fn step(&self, _: &Actor, row: &Row, _: &str, input: &Input, _: &Facts) -> Result<Change, Refusal> {
        let after = row.clone().with(&PARCEL, "state", Cell::Text("sent".into())).with(
            &PARCEL,
            "note",
            input.get("note").clone(),
        );
        Ok(Change::update(&PARCEL, "send", row.clone(), after))
    }
}

static CARDS: &[Card] = &[Card {
    label: "card.unsent",
    tone: Tone::Warn,
    roles: Role::ALL,
    query: |_, _| Query::new().among("state", &["new"]),
}];

const POLICY: &str = "parcel read create edit send open export import : bureau\nplace read : bureau auditor\naudit read : auditor\naccount read : secadmin";

const WORDS: &str = r#"
"parcel.name.hint" = { zh = "写在外面的", tw = "寫在外面的", en = "as on the outside" }
"move.parcel.send" = { zh = "寄出", tw = "寄出", en = "Send" }
"move.parcel.send.note" = { zh = "说明", tw = "說明", en = "Note" }
"#;

fn area() -> Area {
    let derive = |_: Option<&Row>, row: Row, _: &Actor, _: &Facts| {
        let fresh = row.get(&PARCEL, "state").is_null();
        Ok(if fresh { row.with(&PARCEL, "state", Cell::Text("new".into())) } else { row })
    };
    let parcel =
        Kind::new(&PARCEL, "mail").life(&ParcelLife).derive(derive).today(CARDS).tones(&[("sent", Tone::Good)]);
    Area {
        name: "post",
        kinds: vec![Kind::new(&ACCOUNT, "user"), Kind::new(&PLACE, "map-pin"), Kind::new(&HALL, "map-pin"), parcel],
        migrations: &[],
        words: "",
        figures: &[],
        routes: None,
        described: None,
        nav: &[],
    }
}

struct House {
    app: Arc<App>,
    router: Router,
    folder: std::path::PathBuf,
    place: Uuid,
}

impl Drop for House {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).unwrap_or_default();
    }
}

async fn house() -> House {
    let mut bytes = [0; 8];
    clock::random(&mut bytes);
    let folder = std::env::temp_dir().join(format!("anxiao-pages-{}", hex::encode(bytes)));
    std::fs::create_dir_all(&folder).unwrap();
    let keys = KeyFolder::create(&folder.join("keys"), &mut |bytes: &mut [u8]| clock::random(bytes)).unwrap();
    let opening = Opening {
        target: Target::Sqlite(folder.join("a.db")),
        county: "431124".into(),
        keys: Some(keys),
        checkpoints: folder.join("checkpoints"),
        nouns: vec![&ACCOUNT, &crate::device::DEVICE, &PLACE, &HALL, &PARCEL],
        migrations: &[MIGRATION, crate::device::MIGRATION, SCHEMA],
        random: clock::random,
    };
    let store = Store::open(opening).await.unwrap();
    let clock = Clock::starting_at(1_640_000_000_000);
    let (place, changes) = people(&store, clock.now());
    store.commit(Author { actor: None, at: clock.now(), request: store.new_id(clock.now()) }, changes).await.unwrap();
    let setting = Setting {
        store,
        areas: vec![area()],
        words: Words::parse(&[crate::WORDS, &[("post", WORDS)][..]].concat()).unwrap(),
        policy: Policy::parse(POLICY).unwrap(),
        rules: kit::Rules {
            calendar: Arc::new(
                kit::calendar::Calendar::parse(include_str!("../../../../rules/calendar.toml")).unwrap(),
            ),
            ..kit::Rules::default()
        },
        decided: None,
        clock,
        county_name: "道县".into(),
        pretend: None,
        tree: (&PLACE, &HALL, |_, _| Vec::new()),
        reaches: Vec::new(),
        secure: false,
        public_url: None,
        metrics: None,
        files: None,
        menu: &[],
        outside: Outside::default(),
    };
    let app = App::new(setting).await.unwrap();
    for (row, login) in app
        .store
        .all(&ACCOUNT, &Query::new(), &kit::Scope::county())
        .await
        .unwrap()
        .iter()
        .map(|row| (row.id, row.get(&ACCOUNT, "login")))
    {
        let once = login.text() == Some("fresh");
        app.set_password(row, "Correct-Horse-9".into(), once).await.unwrap();
    }
    House { router: crate::router::router(Arc::clone(&app)), app, folder, place }
}

fn people(store: &Store, now: i64) -> (Uuid, Vec<Change>) {
    let text = |text: &str| Cell::Text(text.to_owned());
    let account = |login: &str, role: &str| {
        let row = Row::blank(&ACCOUNT, store.new_id(now));
        let row = row.with(&ACCOUNT, "login", text(login)).with(&ACCOUNT, "name", text("王安")).with(
            &ACCOUNT,
            "role",
            text(role),
        );
        Change::create(&ACCOUNT, "create", row)
    };
    let place = Row::blank(&PLACE, store.new_id(now)).with(&PLACE, "name", text("仓库"));
    let id = place.id;
    (
        id,
        vec![
            account("bureau", "bureau"),
            account("fresh", "bureau"),
            account("auditor", "auditor"),
            Change::create(&PLACE, "create", place),
        ],
    )
}

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn location(&self) -> &str {
        self.headers.get(header::LOCATION).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
    fn cookie(&self, name: &str) -> Option<String> {
        let all = self.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        all.filter_map(|cookie| cookie.split(';').next()?.strip_prefix(&format!("{name}="))).map(str::to_owned).next()
    }
}

/// A browser with one session.
struct Browser<'a> {
    house: &'a House,
    cookie: String,
    csrf: String,
}

async fn send(house: &House, method: &str, address: &str, cookie: &str, body: String) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(address)
        .header("cookie", cookie)
        .header("content-type", "application/x-www-form-urlencoded");
    let response = house.router.clone().oneshot(request.body(Body::from(body)).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 10_000_000).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

fn form(fields: &[(&str, &str)]) -> String {
    fields
        .iter()
        .map(|(name, value)| format!("{}={}", crate::web::encode(name), crate::web::encode(value)))
        .collect::<Vec<_>>()
        .join("&")
}

impl<'a> Browser<'a> {
    async fn sign_in(house: &'a House, login: &str) -> Self {
        let answer = send(
            house,
            "POST",
            "/login",
            "lang=zh",
            form(&[("login", login), ("password", "Correct-Horse-9"), ("next", "/")]),
        )
        .await;
        assert_eq!((answer.status, answer.location()), (StatusCode::SEE_OTHER, "/"), "{}", answer.body);
        let cookie = format!("lang=zh; sid={}", answer.cookie("sid").unwrap());
        let mut browser = Self { house, cookie, csrf: String::new() };
        let page = browser.get(if login == "fresh" { "/password" } else { "/" }).await;
        browser.csrf = page.body.split("name=\"csrf\" value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
        browser
    }
    async fn get(&self, address: &str) -> Answer {
        send(self.house, "GET", address, &self.cookie, String::new()).await
    }
    async fn post(&self, address: &str, fields: &[(&str, &str)]) -> Answer {
        let all: Vec<_> = fields.iter().copied().chain([("csrf", self.csrf.as_str())]).collect();
        send(self.house, "POST", address, &self.cookie, form(&all)).await
    }
    async fn make(&self, name: &str) -> String {
        let place = self.house.place.to_string();
        let fields = [
            ("name", name),
            ("size", "big"),
            ("place", &place),
            ("fragile", "0"),
            ("due_on", "2021-12-10"),
            ("phone", "13812345678"),
        ];
        let answer = self.post("/parcels", &fields).await;
        assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.body);
        answer.location().to_owned()
    }
}

#[tokio::test]
async fn outside_there_is_only_the_door() {
    let house = house().await;
    for address in ["/", "/parcels", "/parcels/new", "/audit", "/account/sessions", "/help"] {
        let answer = send(&house, "GET", address, "", String::new()).await;
        assert!(
            answer.status == StatusCode::SEE_OTHER && answer.location().starts_with("/login?next="),
            "{address} {}",
            answer.status
        );
    }
    for address in ["/healthz", "/readyz", "/login?next=/parcels"] {
        assert_eq!(send(&house, "GET", address, "", String::new()).await.status, StatusCode::OK, "{address}");
    }
    let nowhere = send(&house, "GET", "/no/such/place/at/all", "", String::new()).await;
    assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
    assert!(
        nowhere.body.contains("<html")
            && nowhere.headers.contains_key("content-security-policy")
            && nowhere.headers.contains_key("x-request-id")
    );
    let wrong = send(
        &house,
        "POST",
        "/login",
        "lang=zh",
        form(&[("login", "bureau"), ("password", "no"), ("next", "//evil.example")]),
    )
    .await;
    assert!(
        wrong.status == StatusCode::UNPROCESSABLE_ENTITY
            && wrong.body.contains("账号或密码不正确")
            && !wrong.body.contains("evil")
    );
    let wrong_method = send(&house, "DELETE", "/login", "", String::new()).await;
    assert!(wrong_method.status == StatusCode::METHOD_NOT_ALLOWED && wrong_method.body.contains("<html"));
    assert!(wrong_method.body.contains("不能直接打开"), "who opens an address of a form is told so");
    assert!(
        send(&house, "GET", "/lang/en?next=/login", "", String::new())
            .await
            .cookie("lang")
            .is_some_and(|lang| lang == "en")
    );
}

#[tokio::test]
async fn every_page_is_there_and_has_its_words() {
    let house = house().await;
    let browser = Browser::sign_in(&house, "bureau").await;
    let record = browser.make("甲").await;
    let addresses = [
        "/",
        "/parcels",
        "/parcels?size=big&place.present=1&q=甲&sort=-name&due_on.from=2021-01-01",
        "/parcels?x=1",
        "/parcels/new",
        "/parcels/bulk",
    ];
    let edit = format!("{record}/edit");
    for address in addresses.iter().copied().chain([
        record.as_str(),
        &edit,
        "/password",
        "/account/sessions",
        "/help",
        "/help/parcels",
        "/places",
    ]) {
        let answer = browser.get(address).await;
        assert_eq!(answer.status, StatusCode::OK, "{address} {}", answer.body);
        for prefix in ["ui.", "flash.", "role.", "error."] {
            let missing =
                answer.body.split(&format!(">{prefix}")).nth(1).map(|rest| rest.chars().take(30).collect::<String>());
            assert_eq!(missing, None, "{address}: {prefix}");
        }
        assert!(answer.body.contains("道县") && answer.body.contains("王安"), "{address}");
    }
    for address in ["/audit", "/halls", "/parcels/0", "/nouns", &format!("/parcels/{}", Uuid::nil()), "/places/new"] {
        let answer = browser.get(address).await;
        assert!(
            matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN) && answer.body.contains("<html"),
            "{address} {}",
            answer.status
        );
    }
    assert_eq!(Browser::sign_in(&house, "auditor").await.get("/parcels").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_form_keeps_what_was_typed_and_a_stale_one_shows_both() {
    let house = house().await;
    let browser = Browser::sign_in(&house, "bureau").await;
    let wrong =
        browser.post("/parcels", &[("name", "乙"), ("size", "huge"), ("place", "无此处"), ("due_on", "someday")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    for part in ["value=\"乙\"", "value=\"someday\"", "f-size-error", "f-place-error", "f-due_on-error"] {
        assert!(wrong.body.contains(part), "{part}");
    }
    let record = browser.make("乙").await;
    let saved = browser.post(&record, &[("version", "1"), ("name", "乙乙"), ("place", "仓库")]).await;
    assert_eq!(saved.location(), record);
    let stale = browser.post(&record, &[("version", "1"), ("name", "丙")]).await;
    assert!(
        stale.status == StatusCode::CONFLICT
            && stale.body.contains("乙乙")
            && stale.body.contains("value=\"丙\"")
            && stale.body.contains("name=\"version\" value=\"2\"")
    );
    let page = browser.get(&record).await.body;
    assert!(page.contains("乙乙") && page.contains("<ins>乙乙</ins>") && page.contains("逾期 10 天"), "{page}");
    let sent_twice = [
        ("request_id", "01890000-0000-7000-8000-000000000001"),
        ("name", "丁"),
        ("size", "big"),
        ("place", "仓库"),
        ("fragile", "1"),
        ("due_on", "2021-12-30"),
    ];
    assert_eq!(
        browser.post("/parcels", &sent_twice).await.location(),
        browser.post("/parcels", &sent_twice).await.location()
    );
    assert!(browser.get("/parcels").await.body.contains("共 2 条"));
    let foreign = send(&house, "POST", "/parcels", &browser.cookie, form(&[("name", "x"), ("csrf", "guess")])).await;
    assert_eq!(foreign.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_masked_value_opens_only_with_a_reason_that_is_noted() {
    let house = house().await;
    let browser = Browser::sign_in(&house, "bureau").await;
    let record = browser.make("信").await;
    let page = browser.get(&record).await;
    assert!(page.body.contains("138****5678") && !page.body.contains("13812345678"));
    assert_eq!(page.headers.get("cache-control").unwrap(), "no-store");
    let open = format!("{record}/open");
    assert!(!browser.post(&open, &[("field", "phone"), ("reason", "看")]).await.body.contains("13812345678"));
    assert!(house.app.store.readings(9).await.unwrap().is_empty());
    assert!(browser.post(&open, &[("field", "phone"), ("reason", "核对收件人")]).await.body.contains("13812345678"));
    assert_eq!(house.app.store.readings(9).await.unwrap().len(), 1);
    let log = Browser::sign_in(&house, "auditor").await.get("/audit").await.body;
    assert!(log.contains("核对收件人") && log.contains("信"));
}

#[tokio::test]
async fn a_one_time_password_is_changed_first() {
    let house = house().await;
    let browser = Browser::sign_in(&house, "fresh").await;
    assert_eq!(browser.get("/parcels").await.location(), "/password");
    let wrong = browser.post("/password", &[("current", "no"), ("password", "short"), ("again", "other")]).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(["f-current-error", "f-password-error", "f-again-error"].iter().all(|part| wrong.body.contains(part)));
    let other = Browser::sign_in(&house, "fresh").await;
    let fields = [("current", "Correct-Horse-9"), ("password", "Better-Horse-10"), ("again", "Better-Horse-10")];
    assert_eq!(browser.post("/password", &fields).await.location(), "/");
    assert_eq!(browser.get("/parcels").await.status, StatusCode::OK);
    assert!(other.get("/parcels").await.location().starts_with("/login"));
    let out = browser.post("/logout", &[]).await;
    assert!(out.location() == "/login" && browser.get("/").await.location().starts_with("/login"));
    assert_eq!(out.headers.get("clear-site-data").map(axum::http::HeaderValue::as_bytes), Some(&b"\"cache\""[..]));
}

#[test]
fn numbers_are_grouped() {
    for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (114_302, "114,302"), (-1_234_567, "-1,234,567")] {
        assert_eq!(super::thousands(number), text);
    }
}
