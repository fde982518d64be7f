//! One's own account: password and signed-in devices.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use kit::{Author, Refusal, dates};
use store::StoreError;
use uuid::Uuid;

use super::{broken, done, layout, words};
use crate::auth::password as rules;
use crate::error::{refused_page, render};
use crate::save::Refused;
use crate::view::{ErrorLine, FieldKind, FieldView, PasswordPage, SessionView, SessionsPage};
use crate::web::{Posted, Reader};

pub async fn password(reader: Reader) -> Result<Response, Response> {
    password_page(&reader, &[]).await
}

async fn password_page(reader: &Reader, faults: &[Refusal]) -> Result<Response, Response> {
    let cx = &reader.cx;
    let secret = cx.app.store.secret(cx.actor.account).await.map_err(broken(reader))?;
    let forced = secret.is_some_and(|secret| secret.must_change);
    let text = |name: &str| {
        faults.iter().find(|refusal| refusal.field == Some(name)).map(|refusal| cx.app.text(cx.lang, refusal))
    };
    let field = |name: &str, autocomplete: &str| FieldView {
        name: name.to_owned(),
        label: cx.word(&format!("ui.password_{name}")).to_owned(),
        kind: FieldKind::Password,
        error: text(name),
        required: true,
        autocomplete: autocomplete.to_owned(),
        ..FieldView::default()
    };
    let fields =
        vec![field("current", "current-password"), field("password", "new-password"), field("again", "new-password")];
    let line = |field: &FieldView| Some(ErrorLine { field_id: field.id(), text: field.error.clone()? });
    let page = PasswordPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "ui.password_change"),
        reason: forced.then(|| cx.word("ui.password_forced").to_owned()),
        action: "/password".into(),
        errors: fields.iter().filter_map(line).collect(),
        fields,
        rules: ["ui.password_rule_length", "ui.password_rule_kinds", "ui.password_rule_login"]
            .map(|key| cx.word(key).to_owned())
            .to_vec(),
    };
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, render(&page)).into_response())
}

/// Changes one's own password; all other devices must sign in again, and telephones be renewed with it.
pub async fn change_password(posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let faults = password_faults(&posted).await.map_err(broken(reader))?;
    if !faults.is_empty() {
        return password_page(reader, &faults).await;
    }
    let new = posted.get("password").unwrap_or_default().to_owned();
    reader
        .cx
        .app
        .set_password(reader.cx.actor.account, new, false)
        .await
        .map_err(|refusal| refused_page(reader, &refusal.into()))?;
    end_all_but_this(reader).await.map_err(broken(reader))?;
    let cx = &reader.cx;
    let author = Author { actor: Some(cx.actor.account), at: cx.now, request: cx.app.store.new_id(cx.now) };
    let lapsed = cx.app.lapse_devices(cx.actor.account, reader.session.device, author).await;
    lapsed.map_err(broken(reader))?;
    Ok(done(&cx.app, "/", "password"))
}

async fn password_faults(posted: &Posted) -> Result<Vec<Refusal>, StoreError> {
    let cx = &posted.reader.cx;
    let get = |name| posted.get(name).unwrap_or_default().to_owned();
    let (current, new) = (get("current"), get("password"));
    let mut faults = Vec::new();
    let hash =
        cx.app.store.secret(cx.actor.account).await?.map_or_else(|| rules::NOBODY.to_owned(), |secret| secret.hash);
    // A stolen session must not become a way to guess: its misses count as those of a device, one after the other.
    let _turn = cx.app.doors.wait(cx.actor.account).await;
    let device = posted.reader.session.id.to_string();
    if cx.app.throttle.ask(&device, "own password", cx.now) == crate::auth::Verdict::Refuse {
        faults.push(Refusal::at("login.throttled", "current"));
    } else if !rules::matches(current.clone(), hash).await {
        cx.app.throttle.miss(&device, "own password", cx.now);
        faults.push(Refusal::at("password.wrong", "current"));
    }
    faults.extend(rules::check(&new, &cx.actor.login).err());
    if new == current && faults.is_empty() {
        faults.push(Refusal::at("password.same", "password"));
    }
    if new != get("again") {
        faults.push(Refusal::at("password.differ", "again"));
    }
    Ok(faults)
}

async fn end_all_but_this(reader: &Reader) -> Result<(), StoreError> {
    let (store, account) = (&reader.cx.app.store, reader.session.account);
    for session in store.sessions(account).await?.iter().filter(|session| session.id != reader.session.id) {
        store.end_sessions(account, Some(session.id), reader.cx.now).await?;
    }
    Ok(())
}

pub async fn sessions(reader: Reader) -> Result<Response, Response> {
    let cx = &reader.cx;
    let sessions = cx.app.store.sessions(reader.session.account).await.map_err(broken(&reader))?;
    let tokens = cx.app.store.tokens(reader.session.account).await.map_err(broken(&reader))?;
    let time = |at: i64| dates::shanghai_time(at).format("%Y-%m-%d %H:%M").to_string();
    let view = |session: &store::Session| SessionView {
        id: session.id.to_string(),
        device: if session.agent.is_empty() {
            cx.word("ui.session_unknown").to_owned()
        } else {
            device(&session.agent)
        },
        address: String::new(),
        since: time(session.created_at),
        last: time(session.seen_at),
        current: session.id == reader.session.id,
    };
    Ok(render(&SessionsPage {
        t: words(&cx.app, cx.lang),
        layout: layout(&reader, "ui.sessions"),
        sessions: sessions.iter().map(view).collect(),
        end: "/account/sessions/end".into(),
        end_others: "/account/sessions/end-others".into(),
        tokens: tokens.into_iter().map(|token| (token.name, time(token.created_at), token.id.to_string())).collect(),
        end_token: "/account/tokens/end".into(),
    }))
}

/// What a browser calls itself, as far as a person recognises it.
pub fn device(agent: &str) -> String {
    let find = |names: &[(&'static str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let browsers = [
        ("MicroMessenger", "WeChat"),
        ("DingTalk", "DingTalk"),
        ("Edg", "Edge"),
        ("Firefox", "Firefox"),
        ("Chrome", "Chrome"),
        ("Safari", "Safari"),
    ];
    let systems = [
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    ];
    let names: Vec<_> = [find(&browsers), find(&systems)].into_iter().flatten().collect();
    if names.is_empty() { agent.chars().take(60).collect() } else { names.join(" · ") }
}

/// Ends one of one's own sessions; another's is not among them.
pub async fn end_session(posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let id: Option<Uuid> = posted.get("id").and_then(|text| text.parse().ok());
    let Some(id) = id else { return Err(refused_page(reader, &Refused::Missing)) };
    reader.cx.app.store.end_sessions(reader.session.account, Some(id), reader.cx.now).await.map_err(broken(reader))?;
    Ok(done(&reader.cx.app, "/account/sessions", "ended"))
}

/// Ends one of one's own tokens; another's is not among them.
pub async fn end_token(posted: Posted) -> Result<Response, Response> {
    let reader = &posted.reader;
    let id: Option<Uuid> = posted.get("id").and_then(|text| text.parse().ok());
    let Some(id) = id else { return Err(refused_page(reader, &Refused::Missing)) };
    let (store, account) = (&reader.cx.app.store, reader.session.account);
    if !store.end_token(account, id, reader.cx.now).await.map_err(broken(reader))? {
        return Err(refused_page(reader, &Refused::Missing));
    }
    Ok(done(&reader.cx.app, "/account/sessions", "token_ended"))
}

pub async fn end_others(posted: Posted) -> Result<Response, Response> {
    end_all_but_this(&posted.reader).await.map_err(broken(&posted.reader))?;
    Ok(done(&posted.reader.cx.app, "/account/sessions", "ended"))
}
