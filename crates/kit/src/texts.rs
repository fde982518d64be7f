//! Which messages may leave the app, with the numbers of their approved texts, and when the morning's goes: `rules/messages.toml`.

use std::collections::HashMap;

use chrono::NaiveTime;
use serde::Deserialize;

use crate::lines;

/// The place for the whole address that a message leads to.
pub const LINK: &str = "link";
/// The place for what of it comes after the site's own address and its slash, for gateways that approve one site only.
pub const PATH: &str = "path";

/// One approved text.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    pub code: String,
    /// 模板编号
    pub sms: String,
    /// The places that the gateway fills, in the order of the approved text.
    #[serde(default)]
    pub params: Vec<String>,
}

impl Template {
    /// Whether the approved text has a place for where the message leads.
    pub fn leads(&self) -> bool {
        self.params.iter().any(|name| is_address(name))
    }
}

/// Whether a place is filled by where the message leads, and not by its words.
pub fn is_address(place: &str) -> bool {
    place == LINK || place == PATH
}

/// When somebody is told what the day asks of him (晨报): composed at the beginning; whoever starts the program after the end has missed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Morning {
    pub from: NaiveTime,
    pub until: NaiveTime,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    template: Vec<toml::Spanned<Template>>,
    #[serde(default)]
    morning: Option<toml::Spanned<Morning>>,
}

#[derive(Clone, Debug, Default)]
pub struct Templates {
    all: HashMap<String, Template>,
    /// Without one there is no digest.
    pub morning: Option<Morning>,
}

impl Templates {
    /// Reads the file and refuses a code or number that stands there twice.
    ///
    /// # Errors
    /// What is wrong, with the line and the code.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| lines::fault(text, &error))?;
        let mut all: HashMap<String, Template> = HashMap::new();
        for spanned in file.template {
            let start = spanned.span().start;
            let template = spanned.into_inner();
            let wrong = |error: &str| lines::at(text, start, &format!("{}: {error}", template.code));
            if all.contains_key(&template.code) {
                return Err(wrong("said twice"));
            }
            if all.values().any(|other| other.sms == template.sms) {
                return Err(wrong(&format!("the number {} has another text", template.sms)));
            }
            all.insert(template.code.clone(), template);
        }
        if let Some(spanned) = &file.morning
            && spanned.as_ref().until <= spanned.as_ref().from
        {
            return Err(lines::at(text, spanned.span().start, "morning: ends before it begins"));
        }
        Ok(Self { all, morning: file.morning.map(toml::Spanned::into_inner) })
    }

    pub fn get(&self, code: &str) -> Option<&Template> {
        self.all.get(code)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.all.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_approved_text_leads_somewhere_if_it_has_a_place_for_it() {
        let params = |names: &[&str]| Template {
            code: "a".into(),
            sms: "1".into(),
            params: names.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (names, leads) in [(&[][..], false), (&["name"], false), (&["name", "link"], true), (&["path"], true)] {
            assert_eq!(params(names).leads(), leads, "{names:?}");
        }
    }

    #[test]
    fn a_code_or_a_number_that_stands_there_twice_is_refused_by_name() {
        let line = |code: &str, sms: &str| format!("[[template]]\ncode = \"{code}\"\nsms = \"{sms}\"\n");
        assert!(Templates::parse(&(line("a", "1") + &line("b", "2"))).is_ok_and(|all| all.get("b").is_some()));
        let said = |text: String| Templates::parse(&text).err().unwrap_or_default();
        assert!(said(line("a", "1") + &line("a", "2")).contains("a: said twice"));
        assert_eq!(said(line("a", "1") + &line("b", "1")), "line 4: b: the number 1 has another text");
        assert!(said("[[template]]\ncode = \"a\"\nsms = \"1\"\ngroup = true\n".into()).contains("group"));
        assert!(said("template = 3".into()).contains("invalid type"));
        let morning = |from: &str, until: &str| format!("[morning]\nfrom = \"{from}\"\nuntil = \"{until}\"\n");
        assert!(Templates::parse(&morning("06:50", "09:00")).is_ok_and(|all| all.morning.is_some()));
        assert_eq!(said(morning("09:00", "09:00")), "line 1: morning: ends before it begins");
        assert!(said(morning("6.50", "09:00")).starts_with("line 2: "));
    }
}
