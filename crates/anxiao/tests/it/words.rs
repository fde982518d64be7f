//! Three languages, every word in each.

use std::collections::BTreeSet;
use std::path::Path;

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[test]
fn every_word_stands_in_three_languages() {
    let words = areas::house::words().unwrap();
    let spoken = kit::Words::parse(&[("anxiao", include_str!("../../src/text.toml"))]).unwrap();
    let opencc = OpenCC::from_config(BuiltinConfig::S2t).unwrap();
    let mut wrong = Vec::new();
    for (key, word) in words.iter().chain(spoken.iter()) {
        if [&word.zh, &word.tw, &word.en].iter().any(|text| text.trim().is_empty()) {
            wrong.push(format!("{key}: a language is empty"));
        }
        // A language is called by its own name in every language.
        if word.en.chars().any(is_han) && !key.starts_with("lang.") {
            wrong.push(format!("{key}: English with Chinese characters: {}", word.en));
        }
        let expected = opencc.convert(&word.zh);
        if word.tw != expected && word.why.is_none() {
            wrong.push(format!("{key}: {} should be {expected}, or say why", word.tw));
        }
        if word.zh.contains("核查") && !word.tw.contains("覈查") {
            wrong.push(format!("{key}: 核查 is 覈查 on every page"));
        }
        let all = |text: &str| -> Vec<String> {
            text.split('{').skip(1).filter_map(|rest| rest.split('}').next().map(ToOwned::to_owned)).collect()
        };
        // Only English counts, in two forms.
        let forms = |place: &String| place.contains('|');
        if all(&word.en).iter().any(|place| forms(place) && place.split('|').count() != 3)
            || [&word.zh, &word.tw].iter().any(|text| all(text).iter().any(forms))
        {
            wrong.push(format!("{key}: a place of two forms is {{n|one|more}}, and English"));
        }
        let places = |text: &str| {
            let mut places: Vec<_> = all(text).into_iter().filter(|place| !forms(place)).collect();
            places.sort();
            places
        };
        if places(&word.zh) != places(&word.tw) || places(&word.zh) != places(&word.en) {
            wrong.push(format!("{key}: the places to fill differ"));
        }
    }
    wrong.sort();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Literals that look like keys of words and are none: purposes of a keyed digest, ends of keys that are put together, a lesson's number.
const NO_WORDS: [&str; 7] =
    ["tip.id", "tip.follow", "tip.form", "patrol.device", "coverage.all", "coverage.missing", "lesson.13"];
/// Ends of the names of files.
const FILES: [&str; 11] = ["html", "toml", "sql", "txt", "svg", "js", "rs", "bin", "csv", "xlsx", "xml"];

/// `area.word` or longer, in small letters.
fn is_key(text: &str) -> bool {
    let part =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    text.contains('.') && text.starts_with(|letter: char| letter.is_ascii_lowercase()) && text.split('.').all(part)
}

/// Sources and templates below a folder, without their tests and the invented county.
fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !["tests", "sample"].contains(&name) {
                sources(&path, found);
            }
        } else if !name.starts_with("tests")
            && ["rs", "html"].iter().any(|end| path.extension().is_some_and(|own| own == *end))
        {
            let text = std::fs::read_to_string(&path).unwrap();
            let plain = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            found
                .push(plain.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n"));
        }
    }
}

#[test]
fn every_key_in_rules_and_pages_is_a_word() {
    let words = areas::house::words().unwrap();
    let mut texts = Vec::new();
    for folder in ["kit/src", "engine/src", "engine/templates", "areas/src", "areas/templates"] {
        sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut texts);
    }
    let keys: BTreeSet<&str> = texts.iter().flat_map(|text| text.split('"')).filter(|text| is_key(text)).collect();
    assert!(keys.len() > 1000, "the sources are read: {}", keys.len());
    let said = |key: &str| {
        ["", "error.", "move.", "figure.", "notice.", "flash."]
            .iter()
            .any(|before| words.has(&format!("{before}{key}")))
    };
    // Norms, duties and sessions are called by keys of their own.
    let rules = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules")).unwrap();
    let rules: String = rules.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect();
    let rule = |key: &str| rules.contains(&format!("\"{key}\""));
    let other = |key: &str| NO_WORDS.contains(&key) || FILES.iter().any(|end| key.rsplit('.').next() == Some(end));
    let missing: Vec<_> = keys.into_iter().filter(|key| !said(key) && !rule(key) && !other(key)).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
