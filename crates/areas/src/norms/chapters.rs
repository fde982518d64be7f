//! Under which chapter of the first page a norm stands: by its topic, which is the first part of its key.

/// The chapters with their topics, in the order in which they are read.
pub const CHAPTERS: &[(&str, &[&str])] = &[
    ("answerable", &["group", "letter", "duty", "inspector", "lvp", "office", "decision", "petition"]),
    ("schoolday", &["attendance", "rollcall", "missing", "absence", "patrol"]),
    ("teaching", &["edu", "drill", "family", "burden"]),
    ("protection", &["guard", "video", "fire", "building", "surroundings"]),
    ("danger", &["hazard", "risk", "inspection", "tip"]),
    ("health", &["canteen", "check", "epidemic"]),
    ("children", &["bullying", "care", "injury"]),
    ("outside", &["bus", "water", "rain"]),
    ("reporting", &["report", "accident"]),
    ("measuring", &["assessment", "target", "veto", "acceptance", "ladder"]),
    ("data", &["privacy", "security", "retention", "keep", "county"]),
];

/// The last chapter: topics that a county's own files have and no chapter names.
pub const OTHER: &str = "other";

/// The topic of a key: what it is about.
pub fn topic(key: &str) -> &str {
    key.split('.').next().unwrap_or_default()
}

/// The chapter of a topic.
pub fn of(topic: &str) -> &'static str {
    CHAPTERS.iter().find(|(_, topics)| topics.contains(&topic)).map_or(OTHER, |(code, _)| code)
}

/// Where a topic stands: its chapter's place, and its own within it.
pub fn place(topic: &str) -> (usize, usize) {
    let within = |topics: &[&str]| topics.iter().position(|one| *one == topic);
    let found = CHAPTERS.iter().enumerate().find_map(|(at, (_, topics))| Some((at, within(topics)?)));
    found.unwrap_or((CHAPTERS.len(), 0))
}
