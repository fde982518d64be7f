//! Every code that this area can say has its words, and every verb its roles.

use kit::Words;

use super::super::figures::ALL;
use super::super::{ledger, notice, returns};
use super::*;

/// What the rules may answer: found in their own source, so that a new refusal cannot be forgotten.
fn codes(source: &'static str, before: &[&'static str]) -> Vec<&'static str> {
    let quoted = |start: &&'static str| source.split(*start).skip(1).filter_map(|rest| rest.split('"').next());
    before.iter().flat_map(quoted).collect()
}

#[test]
fn every_word_is_there() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let mut keys = vec!["area.hazards".to_owned(), "unit.hazards".into(), "unit.returns".into()];
    for (noun, life) in [(&HAZARD, &HazardLife as &dyn Life), (&returns::MONTHLY_RETURN, &returns::ReturnLife)] {
        keys.extend([noun.name.to_owned(), format!("{}.plural", noun.name)]);
        for field in noun.fields {
            keys.push(format!("{}.{}", noun.name, field.name));
            if let kit::field::Kind::Choice(codes) = field.kind {
                keys.extend(codes.iter().map(|code| format!("{}.{}.{code}", noun.name, field.name)));
            }
        }
        for mv in life.moves() {
            keys.push(format!("move.{}.{}", noun.name, mv.name));
            keys.extend(mv.fields.iter().map(|field| format!("move.{}.{}.{}", noun.name, mv.name, field.name)));
        }
    }
    let sources = [
        include_str!("../who.rs"),
        include_str!("../step.rs"),
        include_str!("../due.rs"),
        include_str!("../rules.rs"),
        include_str!("../returns.rs"),
    ];
    let refusals = sources.into_iter().flat_map(|source| codes(source, &["\"hazard.", "\"monthly_return."]));
    keys.extend(
        ALL.iter().flat_map(|figure| [format!("figure.{}", figure.id), format!("figure.{}.definition", figure.id)]),
    );
    keys.extend(ledger::LEDGER.iter().map(|(key, _)| (*key).to_owned()));
    keys.extend(["recount", "fall_back"].map(|verb| format!("move.monthly_return.{verb}")));
    keys.push("notice.returns.again".to_owned());
    keys.extend(notice::BASIS.iter().map(|key| (*key).to_owned()));
    keys.extend(
        codes(include_str!("../life.rs"), &["Some(\"hazard."]).into_iter().map(|code| format!("notice.hazard.{code}")),
    );
    let missing: Vec<_> = keys.iter().filter(|key| !words.has(key)).collect();
    assert_eq!(missing, Vec::<&String>::new());
    let norms: Vec<_> = NORMS.iter().map(|norm| norm.key.trim_start_matches("hazard.").to_owned()).collect();
    for code in refusals.filter(|code| !norms.contains(&(*code).to_owned())) {
        assert!(
            words.has(&format!("error.hazard.{code}")) || words.has(&format!("error.monthly_return.{code}")),
            "{code}"
        );
    }
}

#[test]
fn every_verb_has_its_roles_and_every_line_its_verb() {
    let policy = Policy::parse(POLICY).unwrap();
    let verbs = |life: &dyn Life| {
        life.moves()
            .iter()
            .map(|mv| mv.name)
            .chain(["read", "create", "edit", "import", "export", "attach"])
            .collect::<Vec<_>>()
    };
    for (noun, verb, _) in policy.lines() {
        let known = match noun {
            "hazard" => verbs(&HazardLife),
            "monthly_return" => verbs(&returns::ReturnLife),
            _ => continue,
        };
        assert!(known.contains(&verb), "{noun} {verb}");
    }
    for mv in HazardLife.moves() {
        assert!(policy.lines().any(|(noun, verb, _)| noun == "hazard" && verb == mv.name), "{}", mv.name);
    }
}
