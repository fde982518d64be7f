//! In which language the command line speaks: the terminal's own, as POSIX says it. English where that is another one than ours, because a log or a script that was
//! written for it goes on reading the same.
//!
//! What is said to whoever founds, tries out, serves or proves a county, and why settings are refused, stands in `text.toml`. The lines of the other commands and the
//! help that `clap` derives are English: they are read by whoever keeps servers, and a second text of every option would be a copy that drifts.

use std::sync::LazyLock;

use kit::{Lang, Words};

static WORDS: LazyLock<Words> =
    LazyLock::new(|| Words::parse(&[("anxiao/src/text.toml", include_str!("text.toml"))]).unwrap_or_default());
static LANG: LazyLock<Lang> = LazyLock::new(|| lang_of(|name| std::env::var(name).ok()));

/// The sentence of a key in the terminal's language, its places filled.
pub fn say(key: &str, args: &[(&str, &dyn std::fmt::Display)]) -> String {
    said(*LANG, key, args)
}

fn said(lang: Lang, key: &str, args: &[(&str, &dyn std::fmt::Display)]) -> String {
    let args: Vec<_> = args.iter().map(|(name, value)| (*name, value.to_string())).collect();
    WORDS.fill(lang, key, &args)
}

/// The first that is set decides, also where it names a language that we do not have.
fn lang_of(variable: impl Fn(&str) -> Option<String>) -> Lang {
    let set = |name: &&str| variable(name).filter(|value| !value.is_empty());
    let named = ["LC_ALL", "LC_MESSAGES", "LANG"].iter().find_map(set).unwrap_or_default();
    let tag = named.split(['.', '@']).next().unwrap_or_default().replace('_', "-");
    Lang::accepted(&tag).unwrap_or(Lang::En)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terminal_says_in_which_language() {
        for (all, messages, lang, expected) in [
            ("", "", "zh_CN.UTF-8", Lang::Zh),
            ("", "", "zh_TW.UTF-8", Lang::Tw),
            ("", "", "zh_SG", Lang::Zh),
            ("", "C", "zh_CN.UTF-8", Lang::En),
            ("zh_CN.UTF-8", "C", "C", Lang::Zh),
            ("C.UTF-8", "", "zh_CN.UTF-8", Lang::En),
            ("", "", "de_DE.UTF-8@euro", Lang::En),
            ("", "", "", Lang::En),
        ] {
            let found = lang_of(|name| {
                let value = match name {
                    "LC_ALL" => all,
                    "LC_MESSAGES" => messages,
                    _ => lang,
                };
                Some(value.to_owned())
            });
            assert_eq!(found, expected, "{all} {messages} {lang}");
        }
        assert_eq!(lang_of(|_| None), Lang::En);
    }

    #[test]
    fn the_words_are_read_and_filled() {
        let address: &dyn std::fmt::Display = &"http://127.0.0.1:8080";
        for (lang, expected) in
            [(Lang::En, "serving http://127.0.0.1:8080"), (Lang::Zh, "服务地址 http://127.0.0.1:8080")]
        {
            assert_eq!(said(lang, "cli.serve.at", &[("address", address)]), expected);
        }
    }
}
