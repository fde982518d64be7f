//! The other side: an SMS gateway that knows keys, and a mail server.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use engine::messages::channel::signature;
use mailin::{Action, Handler, Response, SessionBuilder, response};
use serde_json::Value;

use crate::backup::Home;

pub const SECRET: &str = "between the county and its operator";

/// How a county that sends is reached from outside.
pub const SITE: &str = "https://anxiao.example";

#[derive(Default)]
struct Seen {
    requests: AtomicUsize,
    /// Answers "busy" so many times.
    busy: AtomicUsize,
    taken: Mutex<BTreeMap<String, Value>>,
}

/// A gateway on a socket that takes each key once.
pub struct Gateway {
    pub url: String,
    seen: Arc<Seen>,
}

impl Gateway {
    pub async fn start(busy: usize) -> Self {
        let seen = Arc::new(Seen { busy: AtomicUsize::new(busy), ..Seen::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/send", listener.local_addr().unwrap());
        let router = Router::new().route("/send", post(take)).with_state(Arc::clone(&seen));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, seen }
    }

    /// Writes the settings of a county that sends through it.
    pub fn set_up(&self, home: &Home) {
        std::fs::write(home.path("sms.secret"), SECRET).unwrap();
        let settings = format!(
            "public_url = \"{SITE}\"\n[messages.sms]\nurl = \"{}\"\nsignature = \"道县教育局\"\nsecret_file = {:?}\n",
            self.url,
            home.path("sms.secret").display().to_string()
        );
        std::fs::write(home.path("anxiao.toml"), settings).unwrap();
    }

    /// What was taken, by key.
    pub fn taken(&self) -> BTreeMap<String, Value> {
        self.seen.taken.lock().unwrap().clone()
    }

    pub fn requests(&self) -> usize {
        self.seen.requests.load(Ordering::SeqCst)
    }
}

async fn take(State(seen): State<Arc<Seen>>, headers: HeaderMap, body: Bytes) -> Result<String, StatusCode> {
    seen.requests.fetch_add(1, Ordering::SeqCst);
    let header = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    if header("x-signature") != signature(SECRET, &body) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let left = seen.busy.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
    if left.is_ok() {
        return Err(StatusCode::SERVICE_UNAVAILABLE);
    }
    let key = header("idempotency-key");
    let body: Value = serde_json::from_slice(&body).map_err(|_| StatusCode::BAD_REQUEST)?;
    assert_eq!(body["id"], key.as_str());
    let reference = format!("{{\"id\": \"r{}\"}}", key.len());
    seen.taken.lock().unwrap().entry(key).or_insert(body);
    Ok(reference)
}

/// A mail server on a socket: the sessions and the parsing are the crate's. A thread a connection, for its sessions stay on theirs.
pub struct Post {
    pub port: u16,
    letters: Arc<Mutex<Vec<String>>>,
}

#[derive(Clone, Default)]
struct Letterbox {
    letter: Vec<u8>,
    letters: Arc<Mutex<Vec<String>>>,
}

impl Handler for Letterbox {
    fn rcpt(&mut self, to: &str) -> Response {
        if to.contains("refused.example") { response::NO_MAILBOX } else { response::OK }
    }

    fn data(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.letter.extend_from_slice(bytes);
        Ok(())
    }

    fn data_end(&mut self) -> Response {
        let letter = String::from_utf8_lossy(&std::mem::take(&mut self.letter)).into_owned();
        self.letters.lock().unwrap().push(letter);
        response::OK
    }
}

impl Post {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let handler = Letterbox::default();
        let letters = Arc::clone(&handler.letters);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let handler = handler.clone();
                std::thread::spawn(move || talk(stream, handler));
            }
        });
        Self { port, letters }
    }

    pub fn letters(&self) -> Vec<String> {
        self.letters.lock().unwrap().clone()
    }
}

/// One session; whoever hangs up ends it.
fn talk(stream: TcpStream, handler: Letterbox) -> std::io::Result<()> {
    let mut session = SessionBuilder::new("mail.example").build(stream.peer_addr()?.ip(), handler);
    let mut stream = BufReader::new(stream);
    stream.get_mut().write_all(&session.greeting().buffer()?)?;
    let mut line = Vec::new();
    while stream.read_until(b'\n', &mut line)? > 0 {
        let answer = session.process(&line);
        line.clear();
        if !matches!(answer.action, Action::NoReply) {
            stream.get_mut().write_all(&answer.buffer()?)?;
        }
        if matches!(answer.action, Action::Close) {
            break;
        }
    }
    Ok(())
}
