//! 录入负担: what the product costs those who feed it, computed from use, so that it can cost less.
//!
//! By role and record type, never by person: what a teacher enters is no measure of a teacher (关于减轻中小学教师负担进一步营造教育教学良好环境的若干意见,
//! 中办、国办 2019). How long a form stood open is told by its request id, which is made when the form is shown and carries that moment; nothing is
//! measured in the browser and nothing is kept beside the history.

mod count;
mod pages;
mod twice;

use engine::Area;
use engine::area::Entry;

const NAV: &[Entry] = &[Entry { label: "burden.title", href: "/burden", icon: "chart-bar", needs: ("burden", "read") }];

/// The area as the engine knows it.
pub fn area() -> Area {
    Area {
        name: "burden",
        kinds: Vec::new(),
        migrations: &[],
        words: include_str!("text.toml"),
        figures: &[],
        routes: Some(pages::routes),
        described: None,
        nav: NAV,
    }
}
