//! Accounts: who may sign in, as what, and for which unit. The record itself is the engine's, because signing in is; what
//! the county may do with it is said here. The system administrator proposes an account, which nobody can use until the
//! security administrator, another person, has invited its holder (GB/T 22239-2019, 8.1.5).

mod pages;

use engine::area::Paper;
use engine::auth::{ACCOUNT, MIGRATION, derive, rules};
use engine::{Area, Kind};

const PAPERS: &[Paper] = &[
    Paper {
        name: "invite",
        label: "invite.title",
        icon: "key",
        needs: "invite",
        fits: |row| row.get(&ACCOUNT, "disabled_on").is_null(),
        many: false,
    },
    Paper { name: "devices", label: "account.devices", icon: "phone", needs: "revoke", fits: |_| true, many: false },
];

pub fn area() -> Area {
    Area {
        name: "accounts",
        kinds: vec![Kind::new(&ACCOUNT, "key").spare(&["staff"]).derive(derive).rules(rules).papers(PAPERS)],
        migrations: &[MIGRATION],
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        nav: &[],
    }
}
