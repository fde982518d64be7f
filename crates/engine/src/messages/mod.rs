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
pub mod push;
pub mod settings;
mod sms;
pub mod text;
pub mod worker;

use std::sync::Arc;

pub use channel::{Channel, Failure, Letter};
pub use noun::MESSAGE;
pub use settings::Settings;
use store::{Store, StoreError};

/// The channels by name; the app itself is where everybody with an account is told.
pub const CHANNELS: &[&str] = &["app", "mail", "sms", "wecom", "dingtalk", push::PUSH];

/// What carries messages out of the house: the gateways that are configured. Which texts may leave it stands in the rules.
#[derive(Clone, Default)]
pub struct Outside {
    pub settings: Arc<Settings>,
    pub channels: Arc<[Arc<dyn Channel>]>,
    /// The last of them, which browsers are told about.
    pub push: Option<Arc<push::Push>>,
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
        settings.push.as_ref().map_or(Ok(()), push::Push::check)?;
        pace::Hours::parse(&settings.quiet).map_err(|error| format!("messages.quiet: {error}"))?;
        Ok(Self { settings: Arc::new(settings), channels: channels.into(), push: None })
    }

    /// The same with the channel that needs a key of the county's own, where the keys are; it is made when it is needed first.
    ///
    /// # Errors
    /// It cannot be read or written, or is no such key.
    pub fn with_push(self, store: &Store) -> Result<Self, StoreError> {
        let Some(settings) = self.settings.push.as_ref().filter(|_| store.has_keys()) else { return Ok(self) };
        let key = store.push_key(push::vapid::new_key)?;
        let push = push::Push::open(settings, &key).map_err(StoreError::Setting)?;
        let push = Arc::new(push);
        let own: Arc<dyn Channel> = Arc::clone(&push) as Arc<dyn Channel>;
        let channels: Vec<_> = self.channels.iter().cloned().chain([own]).collect();
        Ok(Self { channels: channels.into(), push: Some(push), ..self })
    }

    pub fn channel(&self, name: &str) -> Option<&Arc<dyn Channel>> {
        self.channels.iter().find(|channel| channel.name() == name)
    }
}
