//! 消息送达: from the outbox to people. What is told is decided elsewhere, in the transaction of its cause; here it is only carried.
//!
//! ```text
//!  queued ──▶ sent ──▶ delivered ──▶ read ──▶ answered
//!    │  └─▶ (again, with more and more time between) ─▶ dead ──send again──▶ queued
//!    └──▶ withdrawn
//! ```
//!
//! Every attempt carries the message's key: whoever is killed between claiming and noting down sends again what may have gone out, and a
//! gateway that knows the key repeats nothing. Personal data goes to persons only; there is no channel to a group.

pub mod channel;
mod mail;
pub mod noun;
mod office;
pub mod pace;
pub mod settings;
mod sms;
pub mod text;
pub mod worker;

use std::sync::Arc;

pub use channel::{Channel, Failure, Letter};
pub use noun::MESSAGE;
pub use settings::Settings;

/// The channels by name; the app itself is where everybody with an account is told.
pub const CHANNELS: &[&str] = &["app", "mail", "sms", "wecom", "dingtalk"];

/// What carries messages out of the house: the gateways that are configured. Which texts may leave it stands in the rules.
#[derive(Clone, Default)]
pub struct Outside {
    pub settings: Arc<Settings>,
    pub channels: Arc<[Arc<dyn Channel>]>,
}

impl Outside {
    /// Opens the configured gateways; a setting that cannot work is told at once, not with the first message.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn open(settings: Settings) -> Result<Self, String> {
        let mut channels: Vec<Arc<dyn Channel>> = Vec::new();
        let client = channel::client()?;
        if let Some(mail) = &settings.mail {
            channels.push(Arc::new(mail::Mail::open(mail)?));
        }
        if let Some(sms) = &settings.sms {
            channels.push(Arc::new(sms::Sms::open(sms, client.clone())?));
        }
        if let Some(wecom) = &settings.wecom {
            channels.push(Arc::new(office::WeCom::open(wecom, client.clone())?));
        }
        if let Some(dingtalk) = &settings.dingtalk {
            channels.push(Arc::new(office::DingTalk::open(dingtalk, client)?));
        }
        pace::Hours::parse(&settings.quiet).map_err(|error| format!("messages.quiet: {error}"))?;
        Ok(Self { settings: Arc::new(settings), channels: channels.into() })
    }

    pub fn channel(&self, name: &str) -> Option<&Arc<dyn Channel>> {
        self.channels.iter().find(|channel| channel.name() == name)
    }
}
