//! Every code that the rules can answer has its sentence, every word of the templates is there.

use kit::Words;

fn quoted<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    source.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_word_is_there() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let rules = [
        include_str!("../rules.rs"),
        include_str!("../life.rs"),
        include_str!("../act.rs"),
        include_str!("../pages/today.rs"),
    ];
    let mut missing: Vec<String> = Vec::new();
    for source in rules {
        let codes = quoted(source, "\"patrol.").into_iter().map(|code| format!("error.patrol.{code}"));
        let own = |key: &String| !words.has(key) && !words.has(key.trim_start_matches("error."));
        let norms =
            |key: &String| crate::house::NORMS.iter().any(|(_, text)| text.contains(key.trim_start_matches("error.")));
        missing
            .extend(codes.filter(own).filter(|key| !norms(key) && !key.contains('{') && key != "error.patrol.device"));
    }
    let templates = [
        include_str!("../../../templates/patrols/due.html"),
        include_str!("../../../templates/patrols/turn.html"),
        include_str!("../../../templates/patrols/walk.html"),
        include_str!("../../../templates/patrols/point.html"),
        include_str!("../../../templates/patrols/sheet.html"),
    ];
    let named = templates.iter().flat_map(|html| quoted(html, "t.get(\""));
    missing.extend(named.filter(|key| !key.starts_with("ui.") && !words.has(key)).map(str::to_owned));
    let pages = [include_str!("../pages/due.rs"), include_str!("../pages/walk.rs"), include_str!("../pages/point.rs")];
    let named = pages.iter().flat_map(|source| quoted(source, "\"patrol."));
    missing.extend(
        named
            .map(|key| format!("patrol.{key}"))
            .filter(|key| !key.contains('{') && !words.has(key) && !words.has(&format!("error.{key}"))),
    );
    missing.extend(
        crate::patrols::trouble::TROUBLES
            .iter()
            .map(|(code, _)| format!("patrol.trouble.{code}"))
            .filter(|key| !words.has(key)),
    );
    assert_eq!(missing, Vec::<String>::new());
}
