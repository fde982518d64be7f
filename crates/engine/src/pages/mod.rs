//! The pages: what surrounds each of them, and what they share. Each works without a script; a refused form keeps what was typed.

mod account;
mod around;
mod audit;
mod back;
mod bulk;
mod deadline;
mod filters;
mod find;
mod form;
mod help;
mod input;
mod list;
mod menu;
mod open;
mod outside;
mod related;
pub(crate) mod rows;
mod saved;
mod show;
mod sign;
mod timeline;
mod today;
mod together;
mod tools;
mod versions;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use kit::{Lang, Noun};
use store::StoreError;

pub(crate) use account::device as device_name;
pub use account::device as browser;
pub use around::{dress, guard, track};
pub(crate) use form::made_otherwise;
pub(crate) use outside::layout as layout_outside;
pub use outside::nowhere;
pub(crate) use rows::{listed, shown, title as called, views};
pub(crate) use show::again as record_again;
pub(crate) use timeline::accounts;

use crate::app::{App, Cx};
use crate::area::Kind;
use crate::assets;
use crate::error::refused_page;
use crate::save::Refused;
use crate::view::{self, FlashView, LanguageView, Tone, UserView};
use crate::web::{Reader, encode};

/// Every page that people see, by address.
pub fn routes() -> Router<Arc<App>> {
    Router::new()
        .route("/", get(today::page))
        .route("/login", get(sign::page).post(sign::sign_in))
        .route("/logout", post(sign::sign_out))
        .route("/lang/{code}", get(sign::language))
        .route("/password", get(account::password).post(account::change_password))
        .route("/account/password", get(|| async { Redirect::to("/password") }))
        .route("/account/sessions", get(account::sessions))
        .route("/account/sessions/end", post(account::end_session))
        .route("/account/sessions/end-others", post(account::end_others))
        .route("/account/tokens/end", post(account::end_token))
        .route("/help", get(help::all))
        .route("/help/{plural}", get(help::one))
        .route("/audit", get(audit::page))
        .route("/{plural}", get(list::page).post(form::create).layer(DefaultBodyLimit::max(crate::device::KEPT)))
        .route("/{plural}/new", get(form::blank))
        .route("/{plural}/find", get(find::page).post(find::find))
        .route("/{plural}/bulk", get(bulk::page))
        .route("/{plural}/bulk/{move}", post(bulk::act))
        .route("/{plural}/views", get(saved::page).post(saved::keep))
        .route("/{plural}/views/{id}/change", post(saved::change))
        .route("/{plural}/views/{id}/remove", post(saved::remove))
        .route("/{plural}/{id}/versions", get(versions::page))
        .route("/{plural}/{id}", get(show::page).post(form::save))
        .route("/{plural}/{id}/edit", get(form::edit))
        .route("/{plural}/{id}/open", post(open::open))
        .route("/{plural}/{id}/{move}", get(show::not_moved).post(show::act))
}

/// The dictionary as templates take it.
pub fn words(app: &App, lang: Lang) -> view::Words {
    let words = Arc::clone(&app.words);
    view::Words::new(lang.tag(), move |key| words.get(lang, key).to_owned())
}

/// What begins a record: a noun may have a word of its own for it, because nobody "adds" a hazard.
pub fn begin(cx: &Cx, noun: &Noun) -> String {
    let own = format!("{}.new", noun.name);
    if cx.app.words.has(&own) {
        return cx.word(&own).to_owned();
    }
    cx.app.words.fill(cx.lang, "ui.new", &[("n", cx.word(noun.name).to_owned())])
}

/// What surrounds a page for this reader; `title` is a word key.
pub fn layout(reader: &Reader, title: &str) -> view::Layout {
    titled(reader, reader.cx.word(title).to_owned())
}

/// The same with a title that is already text.
pub fn titled(reader: &Reader, title: String) -> view::Layout {
    let cx = &reader.cx;
    let flash = reader.flash.as_deref().and_then(|code| said(cx, code));
    view::Layout {
        title,
        nav: menu::nav(reader),
        user: Some(UserView { name: cx.actor.name.clone(), role: office(reader) }),
        csrf: reader.session.csrf.clone(),
        person: Some(reader.session.account.to_string()),
        large: reader.large.unwrap_or(cx.actor.role == kit::Role::Guard),
        flash: flash.map(|text| flash_of(Tone::Good, text)).into_iter().collect(),
        theme: reader.theme.clone(),
        search: Some(kit::tokens::MOST),
        ..frame(&cx.app, cx.lang, &reader.here)
    }
}

/// What even those see who are not signed in.
pub fn frame(app: &App, lang: Lang, here: &str) -> view::Layout {
    let clock = || kit::dates::shanghai_time(app.clock.now()).format("%Y-%m-%d %H:%M").to_string();
    view::Layout {
        county: app.county_name.clone(),
        sample_clock: app.clock.is_own().then(clock),
        assets: assets::base(),
        languages: Lang::ALL.iter().map(|tongue| tongue_view(*tongue, lang, here)).collect(),
        ..view::Layout::default()
    }
}

/// A language is written in itself, whatever the page is written in.
fn tongue_view(tongue: Lang, now: Lang, here: &str) -> LanguageView {
    let label = match tongue {
        Lang::Zh => "简体中文",
        Lang::Tw => "繁體中文",
        Lang::En => "English",
    };
    let href = format!("/lang/{}?next={}", tongue.code(), encode(here));
    LanguageView { tag: tongue.tag().to_owned(), label: label.to_owned(), href, current: tongue == now }
}

/// The role and, where there is one, the unit or school.
fn office(reader: &Reader) -> String {
    let cx = &reader.cx;
    let role = cx.word(&format!("role.{}", cx.actor.role)).to_owned();
    match cx.actor.unit.map(|unit| cx.app.tree().name(unit).to_owned()).filter(|name| !name.is_empty()) {
        Some(unit) => format!("{role} · {unit}"),
        None => role,
    }
}

/// What the last request has to say: a sentence of its own, or which step was taken. What a cookie holds that is neither says nothing.
fn said(cx: &Cx, code: &str) -> Option<String> {
    let words = &cx.app.words;
    if code.starts_with("move.") && words.has(code) {
        return Some(words.fill(cx.lang, "flash.did", &[("what", cx.word(code).to_owned())]));
    }
    Some(format!("flash.{code}")).filter(|key| words.has(key)).map(|key| cx.word(&key).to_owned())
}

pub(crate) fn flash_of(tone: Tone, text: String) -> FlashView {
    FlashView { tone, text, link: None }
}

/// The record type behind an address, if this reader may read it; else it does not exist.
pub(crate) fn kind<'a>(reader: &'a Reader, plural: &str) -> Result<&'a Kind, Response> {
    let kind = reader.cx.app.kind(plural).filter(|kind| reader.cx.may(kind.noun.name, "read"));
    kind.ok_or_else(|| refused_page(reader, &Refused::Missing))
}

/// The identity in an address; what is none names no record.
pub(crate) fn id(reader: &Reader, text: &str) -> Result<uuid::Uuid, Response> {
    text.parse().map_err(|_| refused_page(reader, &Refused::Missing))
}

/// The answer to a store that failed under a page.
pub(crate) fn broken(reader: &Reader) -> impl Fn(StoreError) -> Response + '_ {
    |error| refused_page(reader, &Refused::Broken(error))
}

/// A page that shows what is about persons, even masked, is kept nowhere.
pub(crate) fn kept(app: &App, noun: &Noun, response: Response) -> Response {
    if crate::fresh::may_be_kept(app, noun) { response } else { unkept(response) }
}

/// No browser keeps this page, neither for later nor for whoever goes back after somebody has signed out.
pub fn unkept(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// On to the next page, which says once what was done (`flash.<code>`).
pub fn done(app: &App, to: &str, code: &str) -> Response {
    let cookie = cookie(app, "flash", code, Some(60));
    ([(header::SET_COOKIE, cookie)], Redirect::to(to)).into_response()
}

/// A cookie of ours; `seconds` is how long it lives, `None` until the browser closes.
pub(crate) fn cookie(app: &App, name: &str, value: &str, seconds: Option<i64>) -> String {
    let age = seconds.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let secure = if app.secure { "; Secure" } else { "" };
    format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}{secure}")
}

/// A number as people read it: 114,302.
pub(crate) fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("-{text}") } else { text }
}
