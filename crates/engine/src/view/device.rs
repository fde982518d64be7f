//! One's telephones, and the page that a telephone keeps for when there is no network.

use askama::Template;

use super::{Layout, Words};

/// One enrolled telephone.
#[derive(Debug, Clone, Default)]
pub struct DeviceView {
    pub id: String,
    pub name: String,
    pub since: String,
    /// Last use.
    pub seen: String,
    pub until: String,
    /// Why it no longer counts, if so.
    pub ended: Option<String>,
    /// It ran out and can be renewed by its holder.
    pub expired: bool,
}

/// The telephones of one account; its holder can also enrol the one in his hand.
#[derive(Debug, Clone, Template)]
#[template(path = "devices.html")]
pub struct DevicesPage {
    pub t: Words,
    pub layout: Layout,
    pub heading: String,
    pub lead: String,
    pub devices: Vec<DeviceView>,
    /// Ends the one sent as `id`.
    pub end: String,
    /// Minutes after which an opened telephone shuts, if the reader may enrol this one.
    pub enrol: Option<i64>,
    pub request_id: String,
}

/// The shell: unlocking, the outbox, a page that was kept. It holds nobody's data.
#[derive(Debug, Clone, Template)]
#[template(path = "device.html")]
pub struct ShellPage {
    pub t: Words,
    pub layout: Layout,
}
