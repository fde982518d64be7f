//! What every way out of the house has in common.

use std::time::Duration;

use async_trait::async_trait;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::pace;
use crate::clock::Clock;

/// How long a gateway may take for one message.
const PATIENCE: Duration = Duration::from_secs(10);

/// One message to one address, in words.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What the gateway knows it by: the same one again is the same message again.
    pub key: String,
    pub to: String,
    pub subject: String,
    pub text: String,
    /// Number of the approved text, and its parameters in their order.
    pub template: String,
    pub params: Vec<(String, String)>,
    /// Where it leads within the site.
    pub link: Option<String>,
    pub urgent: bool,
}

/// Why it did not go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The gateway is away or busy: it can be tried again, after so many milliseconds if it says when (0 if it does not).
    Later { fault: String, wait: i64 },
    /// This letter will never go: a wrong address, a text that is not approved.
    Never(String),
    /// Nobody is reached there any more: the address is forgotten.
    Gone(String),
}

impl Failure {
    /// It can be tried again, and nobody says when.
    pub fn later(fault: impl Into<String>) -> Self {
        Self::Later { fault: fault.into(), wait: 0 }
    }
}

/// A gateway.
#[async_trait]
pub trait Channel: Send + Sync {
    fn name(&self) -> &'static str;
    /// How many a minute it takes at most.
    fn per_minute(&self) -> u32;
    /// Hands a letter over; answers by which name the gateway will report on it, if it will.
    async fn send(&self, letter: &Letter) -> Result<Option<String>, Failure>;
}

/// What is told is about persons and goes to persons: the address of a group robot (群机器人) is no gateway (个人信息保护法 art. 6).
pub(super) fn no_group(url: &str) -> Result<(), String> {
    let path = url.to_ascii_lowercase();
    let robot = ["/robot/send", "/webhook/send", "/bot/v2/hook"].iter().any(|path_of| path.contains(path_of));
    if robot { Err(format!("messages: {url} is a group's robot: messages go to persons only")) } else { Ok(()) }
}

/// The client of all HTTP gateways. Redirects are not followed: they would carry a letter to where nobody configured.
pub(super) fn client() -> Result<reqwest::Client, String> {
    // The first one wins; whoever serves over TLS has installed the same.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = reqwest::Client::builder().timeout(PATIENCE).redirect(reqwest::redirect::Policy::none());
    client.no_proxy().build().map_err(|error| error.to_string())
}

/// The gateway could not be reached, or broke off. What a URL carries (a token) is not repeated.
pub(super) fn unreached(error: reqwest::Error) -> Failure {
    Failure::later(error.without_url().to_string())
}

/// What an answer says about trying again.
pub(super) fn judge(answer: &reqwest::Response) -> Option<Failure> {
    judge_at(answer.status(), answer.headers(), Clock::default().now())
}

/// A gateway that is busy or broken may be better later, when it says so itself; one that refuses will not.
fn judge_at(status: reqwest::StatusCode, headers: &reqwest::header::HeaderMap, now: i64) -> Option<Failure> {
    let fault = format!("HTTP {}", status.as_u16());
    match status.as_u16() {
        200..=299 => None,
        408 | 425 | 429 | 500..=599 => {
            let said = headers.get(reqwest::header::RETRY_AFTER).and_then(|value| value.to_str().ok());
            let wait = said.and_then(|said| pace::asked_for(said, now)).unwrap_or_default();
            Some(Failure::Later { fault, wait })
        }
        _ => Some(Failure::Never(fault)),
    }
}

/// HMAC-SHA-256 of a body, in hex.
pub fn signature(secret: &str, body: &[u8]) -> String {
    let mut block = [0_u8; 64];
    let key = secret.as_bytes();
    if key.len() > block.len() {
        use sha2::Digest;
        block[..32].copy_from_slice(&Sha256::digest(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    // A key of exactly one block leaves no error to handle.
    let mut mac = Hmac::<Sha256>::new((&block).into());
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_what_rfc_4231_says() {
        // Test cases 2 and 6.
        assert_eq!(
            signature("Jefe", b"what do ya want for nothing?"),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        );
        let long = "\u{7f}".repeat(131);
        assert_ne!(signature(&long, b"x"), signature(&long[..64], b"x"));
    }

    #[test]
    fn who_is_busy_is_asked_again_and_who_refuses_is_not() {
        let asked = |code: u16, said: Option<&'static str>| {
            let said = said.map(|said| (reqwest::header::RETRY_AFTER, reqwest::header::HeaderValue::from_static(said)));
            judge_at(reqwest::StatusCode::from_u16(code).unwrap_or_default(), &said.into_iter().collect(), 0)
        };
        assert_eq!(asked(202, None), None);
        for code in [408, 429, 500, 503, 599] {
            let later = |wait| Some(Failure::Later { fault: format!("HTTP {code}"), wait });
            assert_eq!((asked(code, None), asked(code, Some("90"))), (later(0), later(90_000)), "{code}");
            assert_eq!(asked(code, Some("soon")), later(0), "{code}");
        }
        for code in [302, 400, 401, 403, 404, 422] {
            assert!(matches!(asked(code, Some("90")), Some(Failure::Never(_))), "{code}");
        }
    }
}
