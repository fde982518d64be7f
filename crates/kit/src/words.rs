//! The words of the product in its three languages, side by side.

use std::collections::HashMap;
use std::str::FromStr;

/// 简体中文, 繁體中文, English.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Lang {
    #[default]
    Zh,
    Tw,
    En,
}

impl Lang {
    pub const ALL: &'static [Self] = &[Self::Zh, Self::Tw, Self::En];

    /// The tag for `<html lang>` and `Accept-Language`.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::Tw => "zh-TW",
            Self::En => "en",
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::Tw => "tw",
            Self::En => "en",
        }
    }

    /// The best of a browser's `Accept-Language`, in the order given there.
    pub fn accepted(header: &str) -> Option<Self> {
        header.split(',').find_map(|part| {
            let tag = part.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
            match tag.as_str() {
                "zh-tw" | "zh-hk" | "zh-mo" | "zh-hant" => Some(Self::Tw),
                tag if tag.starts_with("zh-hant") => Some(Self::Tw),
                tag if tag.starts_with("zh") => Some(Self::Zh),
                tag if tag.starts_with("en") => Some(Self::En),
                _ => None,
            }
        })
    }
}

impl FromStr for Lang {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "zh" => Ok(Self::Zh),
            "tw" => Ok(Self::Tw),
            "en" => Ok(Self::En),
            _ => Err(format!("no language is called {text:?}")),
        }
    }
}

/// One row of a `text.toml`.
#[derive(Clone, Debug, serde::Deserialize)]
pub struct Word {
    pub zh: String,
    pub tw: String,
    pub en: String,
    /// Why the traditional text is not what OpenCC makes of the simplified one.
    #[serde(default)]
    pub why: Option<String>,
}

impl Word {
    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::Tw => &self.tw,
            Lang::En => &self.en,
        }
    }
}

/// The dictionary.
#[derive(Debug, Default)]
pub struct Words(HashMap<String, Word>);

impl Words {
    /// Joins the `text.toml` files, given as (name for messages, content). A key that stands twice is an error.
    pub fn parse(files: &[(&str, &str)]) -> Result<Self, String> {
        let mut all = HashMap::new();
        for (name, content) in files {
            let words: HashMap<String, Word> = toml::from_str(content).map_err(|error| format!("{name}: {error}"))?;
            for (key, word) in words {
                if all.insert(key.clone(), word).is_some() {
                    return Err(format!("{name}: {key} stands twice"));
                }
            }
        }
        Ok(Self(all))
    }

    /// The word in a language; a missing word shows its key, which the tests forbid.
    pub fn get<'a>(&'a self, lang: Lang, key: &'a str) -> &'a str {
        self.0.get(key).map_or(key, |word| word.get(lang))
    }

    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The sentence with its `{name}` places filled.
    pub fn fill(&self, lang: Lang, key: &str, args: &[(&str, String)]) -> String {
        args.iter().fold(self.get(lang, key).to_owned(), |text, (name, value)| put(&text, name, value))
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Word)> {
        self.0.iter().map(|(key, word)| (key.as_str(), word))
    }
}

/// A sentence with one of its places filled. English counts: `{n} {n|day|days}` is "1 day" and "2 days".
pub fn put(text: &str, name: &str, value: &str) -> String {
    let (place, counted) = (format!("{{{name}}}"), format!("{{{name}|"));
    let mut pieces = text.split(counted.as_str());
    let mut all = pieces.next().unwrap_or_default().replace(&place, value);
    for piece in pieces {
        let (forms, rest) = piece.split_once('}').unwrap_or((piece, ""));
        let (one, more) = forms.split_once('|').unwrap_or((forms, forms));
        all.push_str(if value == "1" { one } else { more });
        all.push_str(&rest.replace(&place, value));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_language_that_a_browser_names_and_we_have() {
        for (header, lang) in [
            ("zh-CN,zh;q=0.9,en;q=0.8", Some(Lang::Zh)),
            ("zh", Some(Lang::Zh)),
            ("zh-Hans-HK", Some(Lang::Zh)),
            ("zh-TW,zh;q=0.9", Some(Lang::Tw)),
            ("ZH-hk", Some(Lang::Tw)),
            ("zh-MO;q=0.5", Some(Lang::Tw)),
            ("zh-Hant-CN", Some(Lang::Tw)),
            ("fr, en-GB;q=0.7, zh;q=0.3", Some(Lang::En)),
            ("fr-FR, *;q=0.1", None),
            ("", None),
        ] {
            assert_eq!(Lang::accepted(header), lang, "{header}");
        }
        for lang in Lang::ALL {
            assert_eq!(lang.code().parse(), Ok(*lang));
        }
        assert!("zh-CN".parse::<Lang>().is_err(), "a tag is no code");
    }

    #[test]
    fn a_word_stands_once_and_a_missing_one_shows_its_key() {
        let file = |key: &str| format!("\"{key}\" = {{ zh = \"{{n}} 所，{{n}}\", tw = \"所\", en = \"of {{who}}\" }}");
        let words = Words::parse(&[("a", &file("a")), ("b", &file("b"))]);
        let words = words.unwrap_or_default();
        assert_eq!(words.fill(Lang::Zh, "a", &[("n", "3".into())]), "3 所，3", "every place");
        assert_eq!(words.fill(Lang::En, "b", &[("n", "3".into())]), "of {who}");
        assert_eq!((words.get(Lang::Tw, "a"), words.get(Lang::Tw, "c"), words.has("c")), ("所", "c", false));
        let twice = Words::parse(&[("a", &file("a")), ("b", &file("a"))]);
        assert_eq!(twice.err().as_deref(), Some("b: a stands twice"));
    }

    #[test]
    fn one_is_said_otherwise_than_several() {
        for (text, value, said) in [
            ("共 {n} 所", "1", "共 1 所"),
            ("{n} {n|school|schools}", "1", "1 school"),
            ("{n} {n|school|schools}", "0", "0 schools"),
            ("{n|school|schools}", "1,204", "schools"),
            ("{n} {n|day|days} left, {n|it is|they are} {m}", "1", "1 day left, it is {m}"),
            ("{n} {m|day|days}", "1", "1 {m|day|days}"),
        ] {
            assert_eq!(put(text, "n", value), said, "{text}");
        }
    }

    #[test]
    fn what_is_put_in_is_not_read_again() {
        assert_eq!(put("{n} {n|a|b}", "n", "{n|c|d}"), "{n|c|d} b");
    }
}
