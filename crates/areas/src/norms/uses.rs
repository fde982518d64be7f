//! Who uses a norm: the rooms whose rules name it, written down by a test that reads them.

/// One line for each key: the key and the rooms that name it.
const USES: &str = include_str!("uses.txt");

/// The rooms that name a key, by the names of their areas.
pub fn of(key: &str) -> impl Iterator<Item = &'static str> {
    let line = USES.lines().find_map(|line| line.strip_prefix(key).and_then(|rest| rest.strip_prefix(": ")));
    line.unwrap_or_default().split_whitespace()
}
