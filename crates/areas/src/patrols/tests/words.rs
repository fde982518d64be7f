//! Words whose keys are put together; those that stand whole in rules and pages are looked for in the whole house at once.

use kit::Words;

#[test]
fn every_trouble_has_its_word() {
    let words = Words::parse(&[("text.toml", include_str!("../text.toml"))]).unwrap();
    let keys = crate::patrols::trouble::TROUBLES.iter().map(|(code, _)| format!("patrol.trouble.{code}"));
    let missing: Vec<_> = keys.filter(|key| !words.has(key)).collect();
    assert_eq!(missing, Vec::<String>::new());
}
