//! Every code that the rules can answer has its sentence, every word of the templates is there.

use kit::Words;

fn quoted<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    source.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn every_word_is_there() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let rules = [
        include_str!("../who.rs"),
        include_str!("../step.rs"),
        include_str!("../public/send.rs"),
        include_str!("../public/typed.rs"),
        include_str!("../public/follow.rs"),
    ];
    let refusals = rules.iter().flat_map(|source| {
        let mut codes = quoted(source, "Refusal::new(\"tip.");
        codes.extend(quoted(source, "Refusal::at(\"tip."));
        codes
    });
    let mut missing: Vec<String> =
        refusals.map(|code| format!("error.tip.{code}")).filter(|key| !words.has(key)).collect();
    let templates = [
        include_str!("../../../templates/tips/form.html"),
        include_str!("../../../templates/tips/same.html"),
        include_str!("../../../templates/tips/follow.html"),
        include_str!("../../../templates/tips/not_fixed.html"),
        include_str!("../../../templates/tips/plain.html"),
        include_str!("../../../templates/tips/sheet.html"),
        include_str!("../../../templates/tips/triage.html"),
    ];
    let named = templates.iter().flat_map(|html| quoted(html, "t.get(\""));
    missing.extend(named.filter(|key| !key.starts_with("ui.") && !words.has(key)).map(str::to_owned));
    let steps = quoted(include_str!("../public/follow.rs"), "\"tips.");
    missing.extend(steps.into_iter().map(|key| format!("tips.{key}")).filter(|key| !words.has(key)));
    for code in ["expired", "unknown", "no_tip", "follow", "broken"] {
        missing.extend([format!("tips.{code}"), format!("tips.{code}.lead")].into_iter().filter(|key| !words.has(key)));
    }
    assert_eq!(missing, Vec::<String>::new());
}
