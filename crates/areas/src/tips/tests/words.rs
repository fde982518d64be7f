//! Words whose keys are put together; those that stand whole in rules and pages are looked for in the whole house at once.

use kit::Words;

#[test]
fn every_page_of_a_code_has_its_sentences() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let both = |code| [format!("tips.{code}"), format!("tips.{code}.lead")];
    let keys = ["expired", "unknown", "no_tip", "follow", "broken", "busy"].into_iter().flat_map(both);
    let missing: Vec<_> = keys.filter(|key| !words.has(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
