//! Accounts: who may sign in, as what, and for which unit. The record itself is the engine's, because signing in is; what
//! the county may do with it is said here.

use engine::auth::{ACCOUNT, MIGRATION, derive, rules};
use engine::{Area, Kind};

pub fn area() -> Area {
    Area {
        name: "accounts",
        kinds: vec![Kind::new(&ACCOUNT, "id-badge-2").derive(derive).rules(rules)],
        migrations: &[MIGRATION],
        words: include_str!("text.toml"),
        figures: &[],
        routes: None,
        nav: &[],
    }
}
