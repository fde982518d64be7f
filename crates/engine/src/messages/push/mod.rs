//! 浏览器推送 (Web Push, RFC 8030): a message to one browser on one telephone, by the service that its maker runs. The last of the channels and an optional
//! one: on telephones without that service, most of those sold in the mainland, nothing arrives, and nobody is told so.
//!
//! The service carries what it cannot read ([`seal`]) and knows by whom it comes ([`vapid`]). It has no keys for repetitions; the topic makes a message that
//! comes again take the place of the one that waits, and the browser shows one sign for one key.

pub mod seal;
pub mod vapid;

use async_trait::async_trait;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Url;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::channel::{self, Channel, Failure, Letter};
use super::settings;
use crate::clock;
use seal::{AUTH, Browser, POINT};
use vapid::Vapid;

/// The channel's name.
pub const PUSH: &str = "push";
/// Where browsers are reached, by their makers; a browser that names another place is not written to, for it could be any.
const SERVICES: [&str; 4] = [
    "https://fcm.googleapis.com",
    "https://updates.push.services.mozilla.com",
    "https://web.push.apple.com",
    "https://notify.windows.com",
];
/// Seconds for which a service keeps what it cannot deliver: longer than a night, not longer than what it says is true.
const KEPT: &str = "43200";
/// The longest sentence that is sent, and the longest address that is kept.
const LONGEST: usize = 300;
const LONGEST_ADDRESS: usize = 1_000;

/// How one browser is reached, as it says itself (`PushSubscription`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    pub endpoint: String,
    /// `p256dh` and `auth`, base64.
    pub public: String,
    pub auth: String,
}

/// The channel, with the county's key.
pub struct Push {
    client: reqwest::Client,
    vapid: Vapid,
    services: Vec<String>,
    per_minute: u32,
}

impl Push {
    /// Looks at the settings, as far as that can be done without the key.
    ///
    /// # Errors
    /// The setting that is wrong.
    pub fn check(settings: &settings::Push) -> Result<(), String> {
        let contact = settings.contact.as_str();
        let reached = contact.strip_prefix("mailto:").is_some_and(|mail| mail.contains('@'));
        if reached || contact.starts_with("https://") {
            Ok(())
        } else {
            Err(format!("messages.push.contact: {contact:?}: write mailto:… or https://…"))
        }
    }

    /// # Errors
    /// The key is none, or there is no client.
    pub fn open(settings: &settings::Push, key: &[u8]) -> Result<Self, String> {
        Self::check(settings)?;
        let vapid = Vapid::open(key, &settings.contact).ok_or("push.key holds no key for messages.push")?;
        let usual = || SERVICES.map(|url| url.trim_start_matches("https://").to_owned()).to_vec();
        Ok(Self {
            client: channel::client()?,
            vapid,
            services: settings.services.clone().unwrap_or_else(usual),
            per_minute: settings.per_minute.unwrap_or(3_000),
        })
    }

    /// What a browser subscribes for.
    pub fn public(&self) -> String {
        self.vapid.public()
    }

    /// Whether this can be the address of a browser: a service that is known, a point, a secret of the right length.
    pub fn takes(&self, address: &Address) -> bool {
        let length = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map(|bytes| bytes.len());
        address.endpoint.len() <= LONGEST_ADDRESS
            && self.service(&address.endpoint).is_some()
            && length(&address.public) == Ok(POINT)
            && length(&address.auth) == Ok(AUTH)
    }

    /// The service of an address, if it is one of those that are known: over TLS, or on this machine.
    fn service(&self, endpoint: &str) -> Option<Url> {
        let url = Url::parse(endpoint).ok()?;
        let host = url.host_str()?;
        let here = url.scheme() == "http" && host == "127.0.0.1";
        let of = |service: &String| {
            host == service.as_str() || host.strip_suffix(service.as_str()).is_some_and(|rest| rest.ends_with('.'))
        };
        let plain = url.username().is_empty() && url.password().is_none();
        (plain && (url.scheme() == "https" || here) && self.services.iter().any(of)).then_some(url)
    }

    fn sealed(address: &Address, letter: &Letter) -> Option<Vec<u8>> {
        let open = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok();
        let (public, auth) = (open(&address.public)?, open(&address.auth)?);
        let short = |text: &str| text.chars().take(LONGEST).collect::<String>();
        let said = json!({
            "title": short(&letter.subject), "body": short(&letter.text), "path": letter.link, "tag": topic(&letter.key),
            "urgent": letter.urgent,
        });
        let mut salt = [0; 16];
        clock::random(&mut salt);
        seal::seal(Browser { public: &public, auth: &auth }, said.to_string().as_bytes(), salt).ok()
    }
}

/// What the same message is known by, whoever sends it again: 32 letters, as many as RFC 8030 (5.4) lets a topic have.
fn topic(key: &str) -> String {
    hex::encode(&Sha256::digest(key.as_bytes())[..16])
}

#[async_trait]
impl Channel for Push {
    fn name(&self) -> &'static str {
        PUSH
    }

    fn per_minute(&self) -> u32 {
        self.per_minute
    }

    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure> {
        let never = |what: &str| Failure::Never(what.to_owned());
        let address: Address = serde_json::from_str(&letter.to).map_err(|_| never("address"))?;
        let url = self.service(&address.endpoint).ok_or_else(|| never("address"))?;
        let body = Self::sealed(&address, letter).ok_or_else(|| never("address"))?;
        let now = clock::Clock::default().now() / 1_000;
        let service = url.origin().ascii_serialization();
        let proof = self.vapid.authorization(&service, now).ok_or_else(|| never("signature"))?;
        let request = self.client.post(url).header("authorization", proof).header("ttl", KEPT);
        let request = request.header("urgency", if letter.urgent { "high" } else { "normal" });
        let request = request.header("topic", topic(&letter.key)).header("content-encoding", "aes128gcm");
        let request = request.header("content-type", "application/octet-stream");
        let answer = request.body(body).send().await.map_err(channel::unreached)?;
        match channel::judge(&answer) {
            None => Ok(None),
            // The browser has unsubscribed, or is no more.
            Some(Failure::Never(said)) if [404, 410].contains(&answer.status().as_u16()) => Err(Failure::Gone(said)),
            Some(failure) => Err(failure),
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    fn push(services: Option<Vec<String>>) -> Push {
        let settings = settings::Push { contact: "mailto:a@b.cn".into(), services, per_minute: None };
        Push::open(&settings, &vapid::new_key().unwrap()).unwrap()
    }

    #[test]
    fn only_the_services_that_are_known_are_written_to() {
        let usual = push(None);
        for good in [
            "https://fcm.googleapis.com/fcm/send/abc",
            "https://web.push.apple.com/x",
            "https://wns2-sg2p.notify.windows.com/w/?token=x",
        ] {
            assert!(usual.service(good).is_some(), "{good}");
        }
        for bad in [
            "",
            "fcm.googleapis.com/x",
            "http://fcm.googleapis.com/x",
            "https://fcm.googleapis.com.evil.example/x",
            "https://evilfcm.googleapis.com.cn/x",
            "https://xfcm.googleapis.com/x",
            "https://fcm.googleapis.com@evil.example/x",
            "https://user@fcm.googleapis.com/x",
            "http://127.0.0.1:8080/x",
            "https://127.0.0.1/x",
            "http://169.254.169.254/latest",
            "file:///etc/passwd",
        ] {
            assert!(usual.service(bad).is_none(), "{bad}");
        }
        let here = push(Some(vec!["127.0.0.1".into()]));
        assert!(here.service("http://127.0.0.1:8080/x").is_some() && here.service("http://127.0.0.2/x").is_none());
    }

    #[test]
    fn an_address_has_a_point_and_a_secret() {
        let push = push(None);
        let good = Address {
            endpoint: "https://fcm.googleapis.com/fcm/send/abc".into(),
            public: URL_SAFE_NO_PAD.encode([4; POINT]),
            auth: URL_SAFE_NO_PAD.encode([1; AUTH]) + "==",
        };
        assert!(push.takes(&good));
        let long = format!("https://fcm.googleapis.com/{}", "x".repeat(1_000));
        for bad in [
            Address { public: String::new(), ..good.clone() },
            Address { public: URL_SAFE_NO_PAD.encode([4; 64]), ..good.clone() },
            Address { auth: "?".into(), ..good.clone() },
            Address { endpoint: long, ..good.clone() },
            Address { endpoint: "https://example.cn/x".into(), ..good },
        ] {
            assert!(!push.takes(&bad), "{bad:?}");
        }
    }

    #[test]
    fn a_county_says_where_it_is_reached() {
        let said =
            |contact: &str| Push::check(&settings::Push { contact: contact.into(), services: None, per_minute: None });
        assert!(said("mailto:anquan@example.cn").is_ok() && said("https://anquan.example.cn").is_ok());
        for wrong in ["", "anquan@example.cn", "mailto:", "http://example.cn"] {
            assert!(said(wrong).is_err_and(|error| error.starts_with("messages.push.contact: ")), "{wrong}");
        }
    }
}
