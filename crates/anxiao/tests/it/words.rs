//! Three languages, every word in each.

use ferrous_opencc::OpenCC;
use ferrous_opencc::config::BuiltinConfig;

fn is_han(letter: char) -> bool {
    matches!(letter, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}')
}

#[test]
fn every_word_stands_in_three_languages() {
    let words = areas::house::words().unwrap();
    let opencc = OpenCC::from_config(BuiltinConfig::S2t).unwrap();
    let mut wrong = Vec::new();
    for (key, word) in words.iter() {
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
        let places = |text: &str| {
            let mut places: Vec<_> =
                text.split('{').skip(1).filter_map(|rest| rest.split('}').next().map(ToOwned::to_owned)).collect();
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
