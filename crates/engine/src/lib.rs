//! What every record type shares, from the query to the browser: list, show, form, import, export, interface, sessions, permissions.
//!
//! It knows nouns, no business word.

pub mod api;
pub mod app;
pub mod area;
pub mod ask;
mod assets;
pub mod auth;
pub mod clock;
pub mod days;
pub mod device;
pub mod error;
pub mod figures;
pub mod files;
pub mod fresh;
pub mod io;
pub mod looked;
pub mod messages;
pub mod openapi;
pub mod pages;
pub mod parse;
pub mod router;
pub mod save;
pub mod search;
mod sent;
pub mod sheet;
pub mod show;
pub mod together;
pub mod view;
pub mod views;
pub mod web;

pub use app::{App, Cx, Setting};
pub use area::{Area, Kind};

/// Records are many small pieces of memory that one thread makes and another gives back: a fifth of the work of an import was the
/// system's own allocator. It stands here, so that the program, the bench and the tests all have it.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The engine's own words, a file for each of its parts that has many.
pub const WORDS: &[(&str, &str)] = &[
    ("engine", include_str!("text.toml")),
    ("files", include_str!("files/text.toml")),
    ("device", include_str!("device/text.toml")),
    ("search", include_str!("search/text.toml")),
    ("messages", include_str!("messages/text.toml")),
    ("views", include_str!("views/text.toml")),
    ("together", include_str!("together/text.toml")),
    ("days", include_str!("days/text.toml")),
];
