//! My channels: by what I am told besides the app, where, and when not.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use engine::Cx;
use engine::error::{refused_page, render};
use engine::messages::push::PUSH;
use engine::messages::{CHANNELS, pace};
use engine::pages::{self, done, layout, words};
use engine::save::Refused;
use engine::view::{ErrorLine, FieldKind, FieldView, FormPage, LanguageView, OptionView};
use engine::web::{Posted, Reader};
use kit::{Lang, Refusal};
use store::outbox::{Quiet, Way};
use uuid::Uuid;

use super::browsers;
use super::view::ChannelsPage;

/// The longest address.
const LONGEST: usize = 120;

pub async fn page(reader: Reader) -> Response {
    match made(&reader).await {
        Ok(page) => render(&page),
        Err(refused) => refused_page(&reader, &refused),
    }
}

async fn made(reader: &Reader) -> Result<ChannelsPage, Refused> {
    let (_, ways, quiet) = held(&reader.cx).await?;
    Ok(ChannelsPage { form: form(reader, &ways, &quiet, &[]), push: browsers::shown(&reader.cx).await? })
}

/// The channels beside the app that one has an address for; browsers say theirs themselves.
fn outside() -> impl Iterator<Item = &'static str> {
    CHANNELS.iter().copied().filter(|channel| !["app", PUSH].contains(channel))
}

/// Whether the county has connected a channel.
fn connected(cx: &Cx, channel: &str) -> bool {
    cx.app.outside.channel(channel).is_some()
}

async fn held(cx: &Cx) -> Result<(Uuid, Vec<Way>, Quiet), Refused> {
    let person = cx.actor.person().ok_or_else(|| Refusal::new("message.nobody"))?;
    let ways = cx.app.store.ways(&[person]).await?.remove(&person).unwrap_or_default();
    let usual = || Quiet { from_minute: 0, until_minute: 0, lang: cx.lang.code().to_owned() };
    let quiet = cx.app.store.quiet(&[person]).await?.remove(&person).unwrap_or_else(usual);
    Ok((person, ways, quiet))
}

pub async fn save(posted: Posted) -> Response {
    let reader = &posted.reader;
    match keep(&posted).await {
        Ok(()) => done(&reader.cx.app, "/account/channels", "channels"),
        Err(Refused::Faults(faults)) if faults.iter().all(|fault| fault.field.is_some()) => {
            let (ways, quiet) = typed(&posted).1;
            (StatusCode::UNPROCESSABLE_ENTITY, render(&form(reader, &ways, &quiet, &faults))).into_response()
        }
        Err(refused) => refused_page(reader, &refused),
    }
}

async fn keep(posted: &Posted) -> Result<(), Refused> {
    let cx = &posted.reader.cx;
    let (person, before, _) = held(cx).await?;
    let (mut faults, (mut ways, quiet)) = typed(posted);
    for way in &mut ways {
        let known = before.iter().find(|known| known.channel == way.channel).and_then(|known| known.address.clone());
        way.address = way.address.take().or(known);
        // What is not connected was not asked: what was chosen while it was, stays.
        if !connected(cx, &way.channel) && posted.get(&format!("used_{}", way.channel)).is_none() {
            way.used = before.iter().any(|known| known.channel == way.channel && known.used);
        }
        if way.used && way.channel != "sms" && way.address.is_none() {
            faults.push(Refusal::at("message.address", field(&way.channel)));
        }
    }
    if !faults.is_empty() {
        return Err(Refused::Faults(faults));
    }
    Ok(cx.app.store.set_ways(person, &ways, &quiet).await?)
}

fn field(channel: &str) -> &'static str {
    match channel {
        "mail" => "address_mail",
        "wecom" => "address_wecom",
        _ => "address_dingtalk",
    }
}

/// What was typed, with what is wrong about it.
fn typed(posted: &Posted) -> (Vec<Refusal>, (Vec<Way>, Quiet)) {
    let get = |name: &str| posted.get(name).unwrap_or_default().trim().to_owned();
    let mut faults = Vec::new();
    let mut ways = Vec::new();
    for channel in outside() {
        let address = get(&format!("address_{channel}"));
        if address.chars().count() > LONGEST || (channel == "mail" && !address.is_empty() && !is_mail(&address)) {
            faults.push(Refusal::at("message.mail", field(channel)));
        } else if ["wecom", "dingtalk"].contains(&channel) && !address.is_empty() && !is_member(&address) {
            faults.push(Refusal::at("message.member", field(channel)));
        }
        ways.push(Way {
            channel: channel.to_owned(),
            used: get(&format!("used_{channel}")) == "1",
            address: (!address.is_empty()).then_some(address),
        });
    }
    let mut minute = |name: &'static str| {
        let text = get(name);
        pace::minute(if text.is_empty() { "00:00" } else { &text }).unwrap_or_else(|| {
            faults.push(Refusal::at("message.hours", name));
            0
        })
    };
    let (from_minute, until_minute) = (minute("from"), minute("until"));
    let lang = get("lang").parse::<Lang>().unwrap_or(posted.reader.cx.lang).code().to_owned();
    (faults, (ways, Quiet { from_minute, until_minute, lang }))
}

/// The name of one member, as 企业微信 and 钉钉 have them: everybody (`@all`) and several are no address.
fn is_member(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-@.".contains(&byte))
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
}

/// One @ with something on both sides, a point behind it, and nothing that no address holds.
fn is_mail(text: &str) -> bool {
    let plain = !text.chars().any(|letter| letter.is_whitespace() || letter.is_control() || "<>,;\"".contains(letter));
    plain
        && text
            .split_once('@')
            .is_some_and(|(name, host)| !name.is_empty() && host.contains('.') && !host.contains('@'))
}

fn form(reader: &Reader, ways: &[Way], quiet: &Quiet, faults: &[Refusal]) -> FormPage {
    let cx = &reader.cx;
    let name = |channel: &str| cx.word(&format!("message.channel.{channel}")).to_owned();
    let (open, closed): (Vec<_>, Vec<_>) = outside().partition(|channel| connected(cx, channel));
    let mut groups: Vec<_> = open.into_iter().map(|channel| (name(channel), of_channel(cx, channel, ways))).collect();
    let closed: Vec<_> = closed.into_iter().map(name).collect();
    groups.push((cx.word("messages.mine.hours").to_owned(), hours(cx, quiet)));
    for field in groups.iter_mut().flat_map(|(_, fields)| fields) {
        let fault = faults.iter().find(|fault| fault.field == Some(field.name.as_str()));
        field.error = fault.map(|fault| cx.app.text(cx.lang, fault));
    }
    let line = |field: &FieldView| Some(ErrorLine { field_id: field.id(), text: field.error.clone()? });
    FormPage {
        t: words(&cx.app, cx.lang),
        layout: layout(reader, "messages.mine"),
        heading: cx.word("messages.mine").to_owned(),
        description: lead(cx, &closed),
        action: "/account/channels".into(),
        errors: groups.iter().flat_map(|(_, fields)| fields).filter_map(line).collect(),
        groups,
        request_id: cx.app.store.new_id(cx.now).to_string(),
        version: String::new(),
        submit: String::new(),
        cancel: "/".into(),
        back: String::new(),
        keep: false,
        files: false,
    }
}

/// What the page is for, and in one line what the county has not connected.
fn lead(cx: &Cx, closed: &[String]) -> String {
    let lead = cx.word("messages.mine.lead").to_owned();
    if closed.is_empty() {
        return lead;
    }
    let args = [("lead", lead), ("list", closed.join(cx.word("ui.comma")))];
    cx.app.words.fill(cx.lang, "messages.mine.closed", &args)
}

fn of_channel(cx: &Cx, channel: &'static str, ways: &[Way]) -> Vec<FieldView> {
    let way = ways.iter().find(|way| way.channel == channel);
    let used = FieldView {
        name: format!("used_{channel}"),
        label: cx.word(&format!("messages.used.{channel}")).to_owned(),
        kind: FieldKind::Checkbox,
        value: if way.is_some_and(|way| way.used) { "1".into() } else { String::new() },
        hint: if channel == "sms" { cx.word("messages.sms.hint").to_owned() } else { String::new() },
        ..FieldView::default()
    };
    if channel == "sms" {
        return vec![used];
    }
    let address = FieldView {
        name: format!("address_{channel}"),
        label: cx.word(&format!("messages.address.{channel}")).to_owned(),
        hint: cx.word("messages.address.hint").to_owned(),
        autocomplete: if channel == "mail" { "email".into() } else { "off".into() },
        ..FieldView::default()
    };
    vec![used, address]
}

fn hours(cx: &Cx, quiet: &Quiet) -> Vec<FieldView> {
    let time = |name: &str, minute: i64| FieldView {
        name: name.to_owned(),
        label: cx.word(&format!("messages.{name}")).to_owned(),
        value: format!("{:02}:{:02}", minute / 60, minute % 60),
        ..FieldView::default()
    };
    // A language is called by its own name.
    let names = pages::frame(&cx.app, cx.lang, "/").languages;
    let lang = |(lang, name): (&Lang, LanguageView)| OptionView {
        value: lang.code().to_owned(),
        label: name.label,
        selected: lang.code() == quiet.lang,
    };
    let language = FieldView {
        name: "lang".into(),
        label: cx.word("messages.lang").to_owned(),
        kind: FieldKind::Select(Lang::ALL.iter().zip(names).map(lang).collect()),
        ..FieldView::default()
    };
    let hint = cx.word("messages.hours.hint").to_owned();
    let until = FieldView { hint, ..time("until", quiet.until_minute) };
    vec![time("from", quiet.from_minute), until, language]
}

#[cfg(test)]
mod tests {
    use super::is_mail;

    #[test]
    fn an_address_is_one_that_a_letter_can_go_to() {
        for good in ["a@b.cn", "li.si+x@mail.example.cn"] {
            assert!(is_mail(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "a@b",
            "@b.cn",
            "a@",
            "a b@c.cn",
            "a@b.cn,c@d.cn",
            "a@b@c.cn",
            "<a@b.cn>",
            "a@b.cn\r\nBcc: x@y.cn",
        ] {
            assert!(!is_mail(bad), "{bad}");
        }
    }
}
