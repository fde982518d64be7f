//! Every code that the rules can answer has its sentence, every word of the templates is there.

use kit::Words;

fn quoted<'a>(source: &'a str, start: &str) -> Vec<&'a str> {
    source.split(start).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// Nouns whose refusals are ours.
const OWN: [&str; 7] = ["sheet.", "mark.", "missing.", "handover.", "care.", "bed.", "incident."];

#[test]
fn every_word_is_there() {
    let texts = [
        ("text.toml", include_str!("../text.toml")),
        ("health.toml", include_str!("../health.toml")),
        ("lessons.toml", include_str!("../../lessons/text.toml")),
    ];
    let words = Words::parse(&texts).unwrap();
    let rules = [
        include_str!("../call.rs"),
        include_str!("../life.rs"),
        include_str!("../rules.rs"),
        include_str!("../door.rs"),
        include_str!("../missing.rs"),
        include_str!("../again.rs"),
        include_str!("../called_off.rs"),
        include_str!("../police.rs"),
        include_str!("../handover.rs"),
        include_str!("../there.rs"),
        include_str!("../early.rs"),
        include_str!("../care.rs"),
        include_str!("../bed.rs"),
        include_str!("../incident.rs"),
    ];
    let mut missing = Vec::new();
    for source in rules {
        for start in ["Refusal::new(\"", "Refusal::at(\""] {
            let own = quoted(source, start).into_iter().filter(|code| OWN.iter().any(|noun| code.starts_with(noun)));
            missing.extend(own.map(|code| format!("error.{code}")).filter(|key| !words.has(key)));
        }
    }
    let pages = [
        include_str!("../../../templates/attendance/mine.html"),
        include_str!("../../../templates/attendance/tiles.html"),
        include_str!("../../../templates/attendance/called.html"),
        include_str!("../../../templates/attendance/substitute.html"),
        include_str!("../../../templates/attendance/board.html"),
        include_str!("../../../templates/attendance/chain.html"),
        include_str!("../../../templates/attendance/presence.html"),
        include_str!("../../../templates/attendance/zero.html"),
    ];
    let named = pages.iter().flat_map(|html| quoted(html, "t.get(\""));
    missing.extend(named.filter(|key| !key.starts_with("ui.") && !words.has(key)).map(str::to_owned));
    for source in [include_str!("../pages.rs"), include_str!("../board.rs"), include_str!("../presence.rs")] {
        let said = quoted(source, "\"rollcall").into_iter().map(|rest| format!("rollcall{rest}"));
        missing.extend(said.filter(|key| !words.has(key)));
    }
    for source in [include_str!("../zero.rs"), include_str!("../sickness.rs")] {
        let said = quoted(source, "\"sickness.").into_iter().map(|rest| format!("sickness.{rest}"));
        missing.extend(said.filter(|key| !words.has(key) && !words.has(&format!("notice.{key}"))));
    }
    assert_eq!(missing, Vec::<String>::new());
}
