//! Between the browser and the engine: who asks, in which language, with which proof that the form was ours.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use kit::Lang;
use store::{Entry, Session, Store, StoreError};
use uuid::Uuid;

use crate::app::{App, Cx};
use crate::device::{Offline, Proven};
use crate::error::Failure;
use crate::files::Upload;

mod form;
mod sent;

pub(crate) use sent::{Content, Sent, content};

/// A signed-in reader of pages.
pub struct Reader {
    pub cx: Cx,
    pub session: Session,
    /// `light` or `dark` as the cookie says.
    pub theme: Option<String>,
    /// Larger letters and targets, as the cookie says; `None` where nobody chose.
    pub large: Option<bool>,
    /// The chapters of the menu that he left open, as the cookie says; `None` where nobody touched them.
    pub menu: Option<String>,
    /// Path and query of this request.
    pub here: String,
    /// What the last request has to say, once: a word key `flash.<code>`.
    pub flash: Option<String>,
    /// The tag of what the browser has of this address already.
    pub known: Option<String>,
    /// The request came from a telephone that filled it in without a network and proved so.
    pub offline: Option<Offline>,
    /// 打开处理: what the telephone proved earlier of the form that its person settles by hand now, under the same number. It trusts nothing: it only says when.
    settles: Option<Offline>,
}

impl Reader {
    /// Whether a form is ours: by the session's token, or by the proof of the device that kept it.
    pub fn trusts(&self, token: &str) -> bool {
        self.offline.is_some() || same(token, &self.session.csrf)
    }

    /// When what a form says was done, by our clock: now, or while its telephone was without a network. What was refused then and is settled by hand was done then,
    /// too: a child that was handed over yesterday was not handed over today. A roll does not ask this (`pages::sent` in attendance): whether it was called in time is
    /// said by what the telephone itself brings, or a sheet that nobody could accept would keep the time for a later one.
    pub fn done_at(&self) -> i64 {
        self.offline.or(self.settles).map_or(self.cx.now, |offline| offline.at(self.cx.now))
    }
}

/// The cookie that holds a session. The prefix makes browsers refuse it from elsewhere; it demands TLS, so plain loopback has a plain name.
pub fn session_cookie(app: &App) -> &'static str {
    if app.secure { "__Host-sid" } else { "sid" }
}

impl FromRequestParts<Arc<App>> for Reader {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let jar = CookieJar::from_headers(&parts.headers);
        let here = parts.uri.path_and_query().map_or_else(|| "/".to_owned(), ToString::to_string);
        let to_login = || Redirect::to(&format!("/login?next={}", encode(&here))).into_response();
        let proven = parts.extensions.get::<Proven>().cloned();
        let (offline, request) =
            (proven.as_ref().map(|proven| proven.offline), proven.as_ref().map(|proven| proven.request));
        let (session, actor) = if let Some(proven) = proven {
            let secret = app.store.secret(proven.actor.account).await;
            let secret = secret.map_err(|error| Failure::broken(&error).into_response())?;
            let must_change = secret.is_some_and(|secret| secret.must_change);
            (Session { must_change, ..passing(&proven, app.clock.now()) }, proven.actor)
        } else {
            let Some(cookie) = jar.get(session_cookie(app)) else { return Err(to_login()) };
            let resumed = app.resume(cookie.value()).await.map_err(|error| Failure::broken(&error).into_response())?;
            resumed.ok_or_else(to_login)?
        };
        let lang = language(&parts.headers, &jar);
        let now = app.clock.now();
        let request = request.unwrap_or_else(|| app.store.new_id(now));
        let cx = Cx { app: Arc::clone(app), actor, lang, now, request };
        if session.must_change && parts.uri.path() != "/password" && parts.uri.path() != "/logout" {
            return Err(Redirect::to("/password").into_response());
        }
        let theme = jar
            .get("theme")
            .map(|cookie| cookie.value().to_owned())
            .filter(|theme| theme == "light" || theme == "dark");
        let flash = jar.get("flash").map(|cookie| cookie.value().to_owned()).filter(|code| !code.is_empty());
        let large = jar.get("large").map(|cookie| cookie.value() == "1");
        let menu = jar.get("menu").map(|cookie| cookie.value().to_owned());
        let known = crate::fresh::sent(&parts.headers);
        Ok(Self { cx, session, theme, large, menu, here, flash, known, offline, settles: None })
    }
}

/// What stands for a session while a telephone's own proof counts: it is in no table and opens nothing else.
fn passing(proven: &Proven, now: i64) -> Session {
    Session {
        id: proven.request,
        secret: String::new(),
        account: proven.actor.account,
        csrf: crate::auth::new_secret().0,
        created_at: now,
        seen_at: now,
        agent: String::new(),
        ended_at: None,
        device: Some(proven.offline.device),
        must_change: false,
    }
}

/// How the site is reached from outside: as the settings name it, else as this request reached it.
pub fn site(app: &App, headers: &HeaderMap) -> String {
    if let Some(url) = &app.public_url {
        return url.clone();
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let tls = app.secure || text("x-forwarded-proto") == Some("https");
    let host = text(header::HOST.as_str()).unwrap_or("localhost");
    format!("{}://{host}", if tls { "https" } else { "http" })
}

/// The reader's language: his choice, else his browser's.
pub fn language(headers: &HeaderMap, jar: &CookieJar) -> Lang {
    let chosen = jar.get("lang").and_then(|cookie| cookie.value().parse().ok());
    let accepted =
        || headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).and_then(Lang::accepted);
    chosen.or_else(accepted).unwrap_or_default()
}

/// What a form sent, after its proof: the session's token and, where the browser says so, an origin of our own.
pub struct Posted {
    pub reader: Reader,
    pub values: Vec<(String, String)>,
    /// Files that came with it, each with the name of its field.
    pub files: Vec<(String, Upload)>,
    /// It was carried out before with something else in it; what is done now is done under an id of its own.
    pub changed: bool,
}

impl Posted {
    pub fn get(&self, name: &str) -> Option<&str> {
        crate::save::typed(&self.values, name)
    }

    /// The form's own id: the same form sent twice is done once.
    pub fn request_id(&self) -> Option<Uuid> {
        self.get("request_id").and_then(|text| text.parse().ok())
    }
}

impl FromRequest<Arc<App>> for Posted {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let mut reader = Reader::from_request_parts(&mut parts, app).await?;
        let foreign = || Failure::page(&reader_light(&reader), StatusCode::FORBIDDEN, "form.foreign").into_response();
        if !same_origin(&parts.headers) {
            return Err(foreign());
        }
        let (values, files) = form::read(Request::from_parts(parts, body), app, &reader).await?;
        if !reader.trusts(crate::save::typed(&values, "csrf").unwrap_or_default()) {
            return Err(foreign());
        }
        let own = crate::save::typed(&values, "request_id").and_then(|text| text.parse().ok());
        let mut changed = false;
        if reader.offline.is_some() {
            // A device signed for its own number. What is sent under it later by hand is known by this.
            app.sent.note(reader.cx.request, sent::content(&values));
        } else if let Some(form) = own {
            let content = sent::content(&values);
            // Only what was here before can be something that is settled: no other form is asked about.
            let again = app.sent.knows(form);
            let anew = meant_anew(&app.store, &app.sent, form, content).await;
            changed = anew.map_err(|error| Failure::broken(&error).into_response())?;
            reader.cx.request = if changed { sent::id(form, content) } else { form };
            if again && !changed {
                let known = app.store.entry(form).await.map_err(|error| Failure::broken(&error).into_response())?;
                reader.settles = known.and_then(|entry| proved_by(&entry, reader.cx.actor.account));
            }
        }
        Ok(Self { reader, values, files, changed })
    }
}

/// When a telephone did what it sent, as far as it proved that for this account. Another's number says nothing.
fn proved_by(entry: &Entry, account: Uuid) -> Option<Offline> {
    let Entry { device, done_at, skew, .. } = *entry;
    (entry.account == account).then_some(Offline { device, done_at, skew })
}

/// Whether a form was carried out with something else before. One that was refused is still the same form, whatever was mended in it.
pub(crate) async fn meant_anew(store: &Store, sent: &Sent, form: Uuid, content: Content) -> Result<bool, StoreError> {
    if sent.other(form, content) && store.carried_out(form).await? {
        return Ok(true);
    }
    sent.note(form, content);
    Ok(false)
}

fn reader_light(reader: &Reader) -> crate::error::Where {
    crate::error::Where::of(reader)
}

/// Compares secrets without telling by time how much of them agreed.
pub fn same(left: &str, right: &str) -> bool {
    use subtle::ConstantTimeEq;
    !left.is_empty() && bool::from(left.as_bytes().ct_eq(right.as_bytes()))
}

/// Whether a request that changes something comes from a page of ours. Browsers that say nothing are left to the token.
pub fn same_origin(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin" || site == "none";
    }
    match (text("origin"), text("host")) {
        (Some(origin), Some(host)) => origin.split("://").nth(1) == Some(host),
        _ => true,
    }
}

/// What a client calls its request, so that it can send it again.
pub const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// A client of the interface: a bearer token, nothing else, so that no cookie of a browser can be abused.
pub struct Client(pub Cx);

impl FromRequestParts<Arc<App>> for Client {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Response> {
        let lang = language(&parts.headers, &CookieJar::default());
        let refuse = || Failure::json(app, lang, StatusCode::UNAUTHORIZED, "token.wrong").into_response();
        let bearer = parts
            .headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "));
        let Some(token) = bearer else { return Err(refuse()) };
        let actor = app.bearer(token.trim()).await.map_err(|error| Failure::broken(&error).into_response())?;
        let Some(actor) = actor else { return Err(refuse()) };
        let now = app.clock.now();
        let given = parts.headers.get(IDEMPOTENCY_KEY).filter(|_| parts.method != Method::GET);
        let request = match given.map(|value| value.to_str().ok().and_then(|text| text.trim().parse::<Uuid>().ok())) {
            // Whoever sends one believes that nothing is done twice.
            Some(None) => return Err(Failure::json(app, lang, StatusCode::UNPROCESSABLE_ENTITY, "request.key")),
            read => read.flatten(),
        };
        Ok(Self(Cx {
            app: Arc::clone(app),
            actor,
            lang,
            now,
            request: request.unwrap_or_else(|| app.store.new_id(now)),
        }))
    }
}

/// The asker's address, for slowing down guesses only.
pub fn address(connection: Option<&ConnectInfo<SocketAddr>>) -> String {
    connection.map_or_else(|| "unknown".to_owned(), |info| info.0.ip().to_string())
}

/// Percent-encodes what goes into a query.
pub fn encode(text: &str) -> String {
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

/// Query parameters in their order, as often as they came.
pub struct Asked(pub Vec<(String, String)>);

impl<S: Send + Sync> FromRequestParts<S> for Asked {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let query = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        query.map(|query| Self(query.0)).map_err(IntoResponse::into_response)
    }
}

impl Asked {
    /// Refuses a parameter that has none of these names: whoever misspells one would be given an answer to another question.
    pub fn only(&self, names: &[&str]) -> Result<(), kit::Refusal> {
        match self.0.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            Some((name, _)) => {
                Err(kit::Refusal::new("query.field").with("name", name.chars().take(40).collect::<String>()))
            }
            None => Ok(()),
        }
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }
}

/// Only for addresses within this site: a link in a letter cannot send a signed-in reader elsewhere.
pub fn local(next: Option<&str>) -> &str {
    match next {
        // Browsers leave out tabs and line ends: without them, `/\t/elsewhere` is another site's.
        Some(next)
            if next.starts_with('/')
                && !next.starts_with("//")
                && !next.contains(|c: char| c == '\\' || c.is_control()) =>
        {
            next
        }
        _ => "/",
    }
}

/// The shared state, for handlers that need no reader.
pub type AppState = State<Arc<App>>;

/// Labels of records that rows refer to, read in one statement for each noun.
pub async fn labels(
    cx: &Cx,
    wanted: HashMap<&'static str, Vec<Uuid>>,
) -> Result<HashMap<Uuid, String>, store::StoreError> {
    let mut labels = HashMap::new();
    for (noun, mut ids) in wanted {
        let Some(kind) = cx.app.kind_of(noun) else { continue };
        ids.sort_unstable();
        ids.dedup();
        if cx.app.in_tree(kind.noun) {
            // The tree knows what units and schools are called, and costs no statement; who is not in it is read like any other.
            let tree = cx.app.tree();
            let named = ids.iter().filter_map(|id| tree.get(*id)).filter(|node| !node.name.is_empty());
            labels.extend(named.map(|node| (node.id, node.name.clone())));
            ids.retain(|id| !labels.contains_key(id));
        }
        if ids.is_empty() {
            continue;
        }
        let rows = cx.app.store.find_many(kind.noun, &ids, &kit::Scope::county()).await?;
        // A link has something to read, also where a record has no name of its own.
        labels.extend(rows.into_iter().map(|(id, row)| (id, crate::pages::called(cx, kind, &row))));
    }
    Ok(labels)
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn only_an_address_of_this_site_is_gone_to() {
        for here in ["/", "/hazards?q=%2F%2Fevil.example", "/a/b#c"] {
            assert_eq!(local(Some(here)), here);
        }
        for elsewhere in [
            "",
            "evil",
            "https://evil.example",
            "//evil.example",
            "/\t/evil.example",
            "/\r\n/evil.example",
            "/\\evil.example",
        ] {
            assert_eq!(local(Some(elsewhere)), "/", "{elsewhere:?}");
        }
        assert_eq!(local(None), "/");
    }
}
