//! Which messages may leave the app, with the numbers of their approved texts: `rules/messages.toml`.

use std::collections::HashMap;

use serde::Deserialize;

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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    template: Vec<Template>,
}

#[derive(Clone, Debug, Default)]
pub struct Templates(HashMap<String, Template>);

impl Templates {
    /// Reads the file and refuses a code or number that stands there twice.
    ///
    /// # Errors
    /// What is wrong, with the code.
    pub fn parse(text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut all: HashMap<String, Template> = HashMap::new();
        for template in file.template {
            if all.values().any(|other| other.sms == template.sms) {
                return Err(format!("{}: the number {} has another text", template.code, template.sms));
            }
            if let Some(twice) = all.insert(template.code.clone(), template) {
                return Err(format!("{}: said twice", twice.code));
            }
        }
        Ok(Self(all))
    }

    pub fn get(&self, code: &str) -> Option<&Template> {
        self.0.get(code)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Template> {
        self.0.values()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_or_a_number_that_stands_there_twice_is_refused_by_name() {
        let line = |code: &str, sms: &str| format!("[[template]]\ncode = \"{code}\"\nsms = \"{sms}\"\n");
        assert!(Templates::parse(&(line("a", "1") + &line("b", "2"))).is_ok_and(|all| all.get("b").is_some()));
        let said = |text: String| Templates::parse(&text).err().unwrap_or_default();
        assert!(said(line("a", "1") + &line("a", "2")).contains("a: said twice"));
        assert!(said(line("a", "1") + &line("b", "1")).contains("number 1"));
        assert!(said("[[template]]\ncode = \"a\"\nsms = \"1\"\ngroup = true\n".into()).contains("group"));
        assert!(said("template = 3".into()).contains("invalid type"));
    }
}
