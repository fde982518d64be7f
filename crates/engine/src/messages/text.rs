//! The words of a message: what it begins with when it is not real, what it says, and where it leads.

use std::collections::BTreeMap;

use kit::{Lang, Words, texts};
use store::Store;
use uuid::Uuid;

use crate::area::Kind;

/// Fills the words of a message. One that is an exercise or a test says so first, in every channel.
pub fn body(words: &Words, lang: Lang, code: &str, status: &str, params: &[(String, String)]) -> String {
    let args: Vec<(&str, String)> = params.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
    let said = blank(&words.fill(lang, &format!("notice.{code}"), &args));
    match status.parse::<kit::alert::Status>().ok().and_then(kit::alert::Status::mark) {
        Some(mark) => words.get(lang, mark).to_owned() + &said,
        None => said,
    }
}

/// What a parameter may say to whoever looks at the outbox: where and when, never who.
const OPEN: &[&str] = &["school", "class", "dormitory", "route", "at", "from", "until"];

/// The words of a message with those of its parameters that are numbers, places and times: a name is told to whom it concerns, and to nobody who looks at the outbox.
pub fn numbers(words: &Words, lang: Lang, key: &str, params: &str) -> String {
    let params: BTreeMap<String, String> = serde_json::from_str(params).unwrap_or_default();
    let args: Vec<_> = params
        .iter()
        .filter(|(name, value)| is_number(value) || OPEN.contains(&name.as_str()))
        .map(|(name, value)| (name.as_str(), value.clone()))
        .collect();
    blank(&words.fill(lang, key, &args))
}

/// The words of a message for a screen that anybody may see who passes by: its numbers are said, its names are not.
pub fn outward(words: &Words, lang: Lang, code: &str, status: &str, params: &[(String, String)]) -> String {
    let numbers: Vec<_> = params.iter().filter(|(_, value)| is_number(value)).cloned().collect();
    body(words, lang, code, status, &numbers)
}

/// Where a message leads: the page of the record it is about, which knows by the code whether there is a better one.
pub fn address(kind: &Kind, record: Uuid, code: &str) -> String {
    let page = format!("/{}/{record}", kind.noun.plural);
    if kind.leads.is_some() { format!("{page}?told={code}") } else { page }
}

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.len() < 10 && value.bytes().all(|byte| byte.is_ascii_digit())
}

/// A sentence whose places nothing fills: an ellipsis stands for each, as where what would stand there is sealed.
pub fn blank(said: &str) -> String {
    let mut parts = said.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((_, rest)) => text.push_str(&format!("…{rest}")),
            None => text.push_str(&format!("{{{part}")),
        }
    }
    text
}

/// Where a message leads, as somebody reads it who is not on the site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The whole of it.
    pub link: String,
    /// What comes after the site's own address and its slash.
    pub path: String,
}

/// Where a message leads; `None` if it leads nowhere, or the settings do not say how the site is reached from outside.
pub fn leads(site: Option<&str>, path: Option<&str>) -> Option<Address> {
    let (site, path) = site.zip(path)?;
    Some(Address { link: format!("{site}{path}"), path: path.trim_start_matches('/').to_owned() })
}

/// The places of an approved text in their order, filled; `None` where one is for an address and there is none.
pub fn filled(
    places: &[String],
    params: &[(String, String)],
    address: Option<&Address>,
) -> Option<Vec<(String, String)>> {
    let value = |place: &String| match place.as_str() {
        texts::LINK => address.map(|address| address.link.clone()),
        texts::PATH => address.map(|address| address.path.clone()),
        _ => Some(params.iter().find(|(name, _)| name == place).map(|(_, value)| value.clone()).unwrap_or_default()),
    };
    places.iter().map(|place| Some((place.clone(), value(place)?))).collect()
}

/// The part of an address that proves that whoever holds it was sent the message: its id, and a keyed hash of it.
///
/// # Errors
/// The keys are away.
pub fn token(store: &Store, id: Uuid) -> Result<String, store::StoreError> {
    let hash = store.blind("message link", &id.to_string())?;
    Ok(format!("{}{}", id.simple(), hash.trim_start_matches("h1:")))
}

/// The message that a token was made for; `None` for anything else.
pub fn opened(store: &Store, given: &str) -> Option<Uuid> {
    let id: Uuid = given.get(..32)?.parse().ok()?;
    let true_one = token(store, id).ok()?;
    crate::web::same(&true_one, given).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_and_names_are_not() {
        let text = r#""k" = { zh = "{name}缺 {n} 次", tw = "", en = "" }"#;
        let Ok(words) = Words::parse(&[("x", text)]) else { panic!("no words") };
        let said = |params: &str| numbers(&words, Lang::Zh, "k", params);
        assert_eq!(said(r#"{"name": "张小明", "n": "3"}"#), "…缺 3 次");
        for sealed in ["s1:AAAA", "", "[]", r#"{"n": "12345678901"}"#] {
            assert_eq!(said(sealed), "…缺 … 次", "{sealed}");
        }
    }

    #[test]
    fn an_approved_text_is_filled_with_where_it_leads_or_not_at_all() {
        let own = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        let places = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let params = own(&[("name", "张小明"), ("link", "http://elsewhere.example")]);
        let address = leads(Some("https://a.example"), Some("/answer/0a"));
        assert_eq!(
            filled(&places(&["name", "link", "path", "n"]), &params, address.as_ref()),
            Some(own(&[("name", "张小明"), ("link", "https://a.example/answer/0a"), ("path", "answer/0a"), ("n", "")]))
        );
        for names in [["name", "link"], ["path", "name"]] {
            assert_eq!(filled(&places(&names), &params, None), None, "{names:?}");
        }
        assert_eq!(filled(&places(&["name"]), &params, None), Some(own(&[("name", "张小明")])));
        assert_eq!((leads(None, Some("/x")), leads(Some("https://a.example"), None)), (None, None));
    }

    #[test]
    fn a_place_that_nothing_fills_is_an_ellipsis() {
        for (said, text) in [
            ("升级到您：{title}，责任人尚未办结", "升级到您：…，责任人尚未办结"),
            ("{n} of {m}", "… of …"),
            ("plain", "plain"),
            ("half {open", "half {open"),
            ("", ""),
        ] {
            assert_eq!(blank(said), text);
        }
    }
}
