//! The permission table: role × noun × verb, one text that people can read.

use std::collections::{BTreeMap, BTreeSet};

use crate::actor::Role;

/// Which roles may do what. Parsed from lines `noun  verb verb …  : role role …`; `#` begins a comment.
#[derive(Debug, Default)]
pub struct Policy(BTreeMap<(String, String), BTreeSet<Role>>);

impl Policy {
    /// Reads the table. An unknown role or a line without a colon names its line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut table = BTreeMap::<_, BTreeSet<Role>>::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let wrong = |what: &str| format!("line {}: {what}: {line}", number + 1);
            let (left, right) = line.split_once(':').ok_or_else(|| wrong("no colon"))?;
            let mut left = left.split_whitespace();
            let noun = left.next().ok_or_else(|| wrong("no noun"))?;
            for verb in left {
                for role in right.split_whitespace() {
                    let role = role.parse().map_err(|error: String| wrong(&error))?;
                    if !table.entry((noun.to_owned(), verb.to_owned())).or_default().insert(role) {
                        return Err(wrong("said twice"));
                    }
                }
            }
        }
        Ok(Self(table))
    }

    pub fn allows(&self, role: Role, noun: &str, verb: &str) -> bool {
        // BTreeMap has no borrowed lookup for pairs of strings; the table is small and this is not a hot path.
        self.0.get(&(noun.to_owned(), verb.to_owned())).is_some_and(|roles| roles.contains(&role))
    }

    /// Every line: noun, verb, roles.
    pub fn lines(&self) -> impl Iterator<Item = (&str, &str, &BTreeSet<Role>)> {
        self.0.iter().map(|((noun, verb), roles)| (noun.as_str(), verb.as_str(), roles))
    }

    /// The matrix as a Markdown table, one row for each noun and verb: printed into the repository and compared by a test.
    pub fn print(&self) -> String {
        let mut out = String::from("| noun | verb |");
        for role in Role::ALL {
            out.push_str(&format!(" {role} |"));
        }
        out.push_str("\n|---|---|");
        out.push_str(&"---|".repeat(Role::ALL.len()));
        out.push('\n');
        for (noun, verb, roles) in self.lines() {
            out.push_str(&format!("| {noun} | {verb} |"));
            for role in Role::ALL {
                out.push_str(if roles.contains(role) { " ✔ |" } else { "  |" });
            }
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_lines_and_names_the_wrong_one() {
        let policy =
            Policy::parse("hazard read create : school bureau # why\n\nhazard close : bureau").unwrap_or_default();
        assert!(policy.allows(Role::School, "hazard", "create"));
        assert!(!policy.allows(Role::School, "hazard", "close"));
        assert!(!policy.allows(Role::Guard, "hazard", "read"));
        for (text, place) in [
            ("hazard read", "line 1: no colon"),
            ("\nx y : nobody", "line 2: no role"),
            ("x y : guard\nx y : guard", "line 2: said twice"),
        ] {
            assert!(Policy::parse(text).is_err_and(|error| error.contains(place)), "{text}");
        }
    }
}
