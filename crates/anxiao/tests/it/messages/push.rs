//! Web Push to a service on a socket: it checks by whom a message comes, answers as it is told, and the browser behind it opens what only it can read.

use std::collections::{BTreeMap, VecDeque};
use std::os::unix::fs::PermissionsExt;
use std::sync::{Arc, Mutex};

use areas::hazards::record::HAZARD;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use engine::messages::{MESSAGE, Settings, worker};
use kit::{Change, Message, Row};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey as Signed};
use ring::{aead, hkdf};
use serde_json::Value;
use store::outbox::Quiet;
use uuid::Uuid;

use super::{ALWAYS, say, text, until};
use crate::county::{self, County};
use crate::visitor::Visitor;

/// One request that came.
#[derive(Clone)]
struct Came {
    headers: BTreeMap<String, String>,
    body: Vec<u8>,
    answer: u16,
    at: i64,
}

#[derive(Default)]
struct Seen {
    came: BTreeMap<String, Vec<Came>>,
    /// What each browser's address answers next; when there is nothing more, 201.
    next: BTreeMap<String, VecDeque<u16>>,
}

/// A push service on a socket.
#[derive(Clone)]
struct Service {
    url: String,
    seen: Arc<Mutex<Seen>>,
}

impl Service {
    async fn start() -> Self {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().route("/to/{browser}", post(take)).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    fn settings() -> Settings {
        let text = "retry_seconds = 0\nattempts = 4\n[push]\ncontact = \"mailto:anquan@example.cn\"\nservices = [\"127.0.0.1\"]\n";
        toml::from_str(text).unwrap()
    }

    fn answers(&self, browser: &Browser, answers: &[u16]) {
        self.seen.lock().unwrap().next.insert(browser.name.into(), answers.iter().copied().collect());
    }

    fn came(&self, name: &str) -> Vec<Came> {
        self.seen.lock().unwrap().came.get(name).cloned().unwrap_or_default()
    }

    /// The token of a request is for this service alone, for less than a day, and signed with the key that the browser subscribed for.
    fn proves(&self, came: &Came, key: &str) {
        let (token, by) =
            came.headers["authorization"].strip_prefix("vapid t=").and_then(|rest| rest.split_once(", k=")).unwrap();
        assert_eq!(by, key);
        let (said, signature) = token.rsplit_once('.').unwrap();
        let key = Signed::new(&ECDSA_P256_SHA256_FIXED, URL_SAFE_NO_PAD.decode(by).unwrap());
        key.verify(said.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).unwrap();
        let part = |at: usize| -> Value {
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(said.split('.').nth(at).unwrap()).unwrap()).unwrap()
        };
        assert_eq!((part(0)["typ"].as_str(), part(0)["alg"].as_str()), (Some("JWT"), Some("ES256")));
        let (claims, now) = (part(1), engine::clock::Clock::default().now() / 1_000);
        assert_eq!(
            (claims["aud"].as_str(), claims["sub"].as_str()),
            (Some(&*self.url), Some("mailto:anquan@example.cn"))
        );
        let left = claims["exp"].as_i64().unwrap() - now;
        assert!((3_600..86_400).contains(&left), "{left}");
    }
}

async fn take(
    State(seen): State<Arc<Mutex<Seen>>>,
    Path(browser): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap) {
    let mut seen = seen.lock().unwrap();
    let answer = seen.next.get_mut(&browser).and_then(VecDeque::pop_front).unwrap_or(201);
    let text = |value: &axum::http::HeaderValue| value.to_str().unwrap().to_owned();
    let headers = headers.iter().map(|(name, value)| (name.as_str().to_owned(), text(value))).collect();
    seen.came.entry(browser).or_default().push(Came {
        headers,
        body: body.to_vec(),
        answer,
        at: engine::clock::Clock::default().now(),
    });
    // Whoever is asked too often says when it may be asked again.
    let wait = (answer == 429).then(|| (axum::http::header::RETRY_AFTER, "1".parse().unwrap()));
    (StatusCode::from_u16(answer).unwrap(), wait.into_iter().collect())
}

/// A browser that subscribes, with the key that never leaves it.
struct Browser {
    name: &'static str,
    private: EphemeralPrivateKey,
    public: Vec<u8>,
    auth: [u8; 16],
}

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Browser {
    fn new(name: &'static str) -> Self {
        let private = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new()).unwrap();
        let public = private.compute_public_key().unwrap().as_ref().to_vec();
        let mut auth = [0; 16];
        engine::clock::random(&mut auth);
        Self { name, private, public, auth }
    }

    fn fields(&self, service: &Service) -> [(&'static str, String); 3] {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let endpoint = format!("{}/to/{}", service.url, self.name);
        [("endpoint", endpoint), ("public", text(&self.public)), ("auth", text(&self.auth))]
    }

    async fn subscribe(&self, visitor: &Visitor<'_>, service: &Service) -> StatusCode {
        let fields = self.fields(service);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        visitor.post("/account/push", &fields).await.status
    }

    /// Opens one message as RFC 8291 has a browser do it. Its key is used up by that.
    fn open(self, body: &[u8]) -> Value {
        let (salt, rest) = body.split_at(16);
        assert_eq!((&rest[..4], rest[4]), (&4_096_u32.to_be_bytes()[..], 65));
        let (theirs, text) = rest[5..].split_at(65);
        let expand = |key: &hkdf::Prk, info: &[&[u8]], length: usize| {
            let mut bytes = vec![0; length];
            key.expand(info, Length(length)).unwrap().fill(&mut bytes).unwrap();
            bytes
        };
        let peer = UnparsedPublicKey::new(&ECDH_P256, theirs);
        let keying = agree_ephemeral(self.private, &peer, |shared| {
            let both = hkdf::Salt::new(hkdf::HKDF_SHA256, &self.auth).extract(shared);
            expand(&both, &[b"WebPush: info\0", &self.public, theirs], 32)
        });
        let key = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(&keying.unwrap());
        let nonce = expand(&key, &[b"Content-Encoding: nonce\0"], 12).try_into().unwrap();
        let key = expand(&key, &[b"Content-Encoding: aes128gcm\0"], 16);
        let key = aead::LessSafeKey::new(aead::UnboundKey::new(&aead::AES_128_GCM, &key).unwrap());
        let mut text = text.to_vec();
        let nonce = aead::Nonce::assume_unique_for_key(nonce);
        let clear = key.open_in_place(nonce, aead::Aad::empty(), &mut text).unwrap();
        let (end, said) = clear.split_last().unwrap();
        assert_eq!(*end, 2, "the last record");
        serde_json::from_slice(said).unwrap()
    }
}

/// What the page says of browsers: the county's key, and the ids of those that are written to.
async fn page(visitor: &Visitor<'_>) -> (String, Vec<String>) {
    let page = visitor.get("/account/channels").await.text();
    let after = |mark: &str| -> Vec<String> {
        page.split(mark).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
    };
    (after("data-push=\"").remove(0), after("name=\"id\" value=\""))
}

fn pushes(rows: &[Row]) -> Vec<&Row> {
    rows.iter().filter(|row| text(row, "channel") == "push").collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_told_what_only_it_can_read_and_one_that_is_gone_is_forgotten() {
    for county in county::both().await {
        let (name, service) = (county.backend(), Service::start().await);
        // Off unless it stands in the settings: not offered, and no page of it.
        let bare = Visitor::sign_in(&county, "school").await;
        assert!(!bare.get("/account/channels").await.text().contains("data-push"));
        assert_eq!(Browser::new("early").subscribe(&bare, &service).await, StatusCode::NOT_FOUND);
        assert!(!county.folder.path().join("keys/push.key").exists());
        let county = county.with_gateways(Service::settings()).await;
        let (officer, principal) =
            (Visitor::sign_in(&county, "school").await, Visitor::sign_in(&county, "principal").await);
        let of = async |login: &str| county.cx(login).await.actor.person().unwrap();
        let (person, head) = (of("school").await, of("principal").await);
        let [one, gone, away, other] = ["one", "gone", "away", "other"].map(Browser::new);
        for browser in [&one, &gone, &away] {
            assert_eq!(browser.subscribe(&officer, &service).await, StatusCode::SEE_OTHER, "{name}");
        }
        // The same one again is the same one; the key of the county stands in a file of its own, which nobody else may read.
        assert_eq!(one.subscribe(&officer, &service).await, StatusCode::SEE_OTHER);
        assert_eq!(other.subscribe(&principal, &service).await, StatusCode::SEE_OTHER);
        let (key, ids) = page(&officer).await;
        assert_eq!((ids.len(), page(&principal).await.1.len()), (3, 1), "{name}");
        let file = county.folder.path().join("keys/push.key");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        let clear = "update push_device set name = name where address not like 's1:%' or endpoint not like 'h1:%'";
        assert_eq!(county.raw(clear).await, 0, "{name}: addresses are sealed");

        service.answers(&one, &[429, 503]);
        service.answers(&gone, &[410]);
        service.answers(&away, &[500, 500, 500, 500, 500]);
        let told =
            |person: Uuid| Message::person(person, "ladder.keeper").with("title", "张小明未到校").because("push/1");
        let since = say(&county, |change| change.send(told(person)).send(told(head))).await;
        tokio::spawn(worker::run(county.app.clone(), areas::house::PHONES));
        let rows = until(&county, since, &["sent", "delivered", "dead"]).await;
        let said = |state: &str| {
            let of = pushes(&rows).into_iter().filter(|row| text(row, "state") == state);
            of.map(|row| (row.get(&MESSAGE, "attempts").int().unwrap(), text(row, "fault").to_owned()))
                .collect::<Vec<_>>()
        };
        let mut sent = said("sent");
        sent.sort();
        assert_eq!(sent, [(1, String::new()), (3, String::new())], "{name}");
        let mut dead = said("dead");
        dead.sort();
        assert_eq!(dead, [(1, "HTTP 410".to_owned()), (4, "HTTP 500".to_owned())], "{name}");
        assert_eq!(page(&officer).await.1.len(), 2, "{name}: who is gone is forgotten, who is busy is not");
        // In the app he was told at once, and once.
        assert_eq!(county.app.store.notices(person, 50).await.unwrap().iter().filter(|one| one.at == since).count(), 1);
        opened(&county, &service, &key, one).await;
        service.proves(&service.came("other")[0], &key);

        decency(&county, &service, (&officer, &principal), (person, &page(&principal).await.1[0])).await;
        assert_eq!(county.flaws().await, Vec::<String>::new(), "{name}");
    }
}

/// What came to a browser that was busy twice: the same message each time, by us, for it alone; a sentence without a name, and where it leads.
async fn opened(county: &County, service: &Service, key: &str, browser: Browser) {
    let came = service.came(browser.name);
    assert_eq!(came.iter().map(|one| one.answer).collect::<Vec<_>>(), [429, 503, 201], "{}", county.backend());
    for one in &came {
        service.proves(one, key);
        assert_eq!(one.headers["topic"], came[0].headers["topic"]);
        assert_eq!((&*one.headers["content-encoding"], &*one.headers["urgency"]), ("aes128gcm", "normal"));
        assert!(one.headers["ttl"].parse::<u32>().unwrap() > 0 && one.body.len() <= 4_096);
        assert!(one.body.windows(6).all(|bytes| bytes != "未到".as_bytes()), "sealed");
    }
    assert!(came[1].at - came[0].at >= 1_000, "{}: it is left alone for as long as it asks", county.backend());
    assert_ne!(came[0].body, came[2].body, "each attempt has a key of its own");
    let said = browser.open(&came[2].body);
    let record = super::any_hazard(county).await.id;
    assert_eq!(said["path"].as_str(), Some(&*format!("/{}/{record}", HAZARD.plural)), "{said}");
    assert_eq!((said["title"].as_str(), said["urgent"].as_bool()), (Some(areas::sample::NAME), Some(false)));
    assert_eq!(said["tag"].as_str(), Some(&*came[0].headers["topic"]));
    let body = said["body"].as_str().unwrap();
    assert!(body.contains('…') && !body.contains("张小明") && !body.contains("http"), "{body}");
}

/// Bad addresses, other people's browsers, quiet hours, what is urgent, the same cause again, and nothing any more once it is turned off.
async fn decency(
    county: &County,
    service: &Service,
    (officer, principal): (&Visitor<'_>, &Visitor<'_>),
    (person, others): (Uuid, &str),
) {
    let name = county.backend();
    let fresh = Browser::new("fresh");
    let good = fresh.fields(service);
    for (at, bad) in [
        (0, ""),
        (0, "http://127.0.0.2/to/x"),
        (0, "https://example.cn/x"),
        (1, ""),
        (1, "AAAA"),
        (2, "AAAA"),
        (2, &"A".repeat(5_000)),
    ] {
        let mut fields: Vec<_> = good.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields[at].1 = bad;
        assert_eq!(officer.post("/account/push", &fields).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{bad}");
    }
    assert_eq!(officer.post("/account/push/end", &[("id", others)]).await.status, StatusCode::NOT_FOUND, "{name}");
    assert_eq!(officer.post("/account/push/end", &[("id", "")]).await.status, StatusCode::NOT_FOUND);

    // At eight he does not want to be disturbed; what is urgent comes all the same, and the same cause is told once.
    let quiet = Quiet { from_minute: 7 * 60, until_minute: 9 * 60, ..ALWAYS };
    county.app.store.set_ways(person, &[], &quiet).await.unwrap();
    let before = service.came("one").len();
    let calm = |change: Change| change.send(Message::person(person, "hazard.sent_back").because("push/2"));
    let loud = |change: Change| change.send(Message::person(person, "hazard.reopened").because("push/3").urgent());
    let again = |change: Change| change.send(Message::person(person, "ladder.keeper").because("push/1"));
    let since = say(county, |change| again(loud(calm(change)))).await;
    let state = |row: &Row| (text(row, "code").to_owned(), text(row, "state").to_owned());
    let mut rows = Vec::new();
    for _ in 0..1_000 {
        rows = super::messages(county, since).await;
        if pushes(&rows).iter().any(|row| text(row, "state") == "sent") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let states: std::collections::BTreeSet<_> = pushes(&rows).into_iter().map(state).collect();
    let expected = [("hazard.reopened", "sent"), ("hazard.sent_back", "queued")];
    assert!(expected.iter().all(|(code, state)| states.contains(&((*code).into(), (*state).into()))), "{states:?}");
    assert!(states.iter().all(|(code, _)| code != "ladder.keeper"), "{name}: {states:?}");
    let came = service.came("one");
    assert_eq!((came.len(), &*came[before].headers["urgency"]), (before + 1, "high"), "{name}");

    // Another who takes the same browser has it for himself.
    let mut left = page(officer).await.1;
    for id in left.drain(..) {
        assert_eq!(officer.post("/account/push/end", &[("id", &id)]).await.status, StatusCode::SEE_OTHER);
    }
    assert_eq!(fresh.subscribe(officer, service).await, StatusCode::SEE_OTHER);
    assert_eq!(fresh.subscribe(principal, service).await, StatusCode::SEE_OTHER);
    assert_eq!((page(officer).await.1.len(), page(principal).await.1.len()), (0, 2), "{name}");
}
