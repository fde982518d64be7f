//! 附件与照片: what is attached to the county's records. The record itself is the engine's, because every room has some; here
//! it gets its place in the menu of those who see all of it, and the page of pictures that repeat each other (重复照片).
//!
//! Everybody else meets an attachment at the record that it belongs to, and only there.

use engine::area::{Entry, Paper};
use engine::files::{ATTACHMENT, MIGRATION};
use engine::{Area, Kind};

/// From a line of the list to the record that it belongs to.
const PAPERS: &[Paper] = &[Paper {
    name: "record",
    label: "evidence.record",
    icon: "link",
    needs: "read",
    fits: |_| true,
    many: false,
    first: false,
}];

const NAV: &[Entry] =
    &[Entry { label: "evidence.alike", href: "/attachments/alike", icon: "copy", needs: ("attachment", "read") }];

pub fn area() -> Area {
    Area {
        name: "evidence",
        kinds: vec![Kind::new(&ATTACHMENT, "paperclip").papers(PAPERS)],
        migrations: &[MIGRATION],
        words: include_str!("text.toml"),
        figures: &[],
        routes: None,
        described: None,
        nav: NAV,
    }
}
