//! RFC 8292 (VAPID): by whom a push service is written to. A short token, signed with the county's own key (ES256), for the service alone and for half a day.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

/// Seconds for which a token is good; more than a day no service takes.
const GOOD: i64 = 12 * 3_600;

pub struct Vapid {
    key: EcdsaKeyPair,
    contact: String,
}

/// A new key, as it is kept (PKCS#8); `None` where the machine has no chance to give.
pub fn new_key() -> Option<Vec<u8>> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new()).ok()?;
    Some(made.as_ref().to_vec())
}

impl Vapid {
    /// The county's key, and where it is reached by whoever runs a push service; `None` for what is no such key.
    pub fn open(key: &[u8], contact: &str) -> Option<Self> {
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, key, &SystemRandom::new()).ok()?;
        Some(Self { key, contact: contact.to_owned() })
    }

    /// What a browser subscribes for: nobody else can write to it then.
    pub fn public(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.key.public_key().as_ref())
    }

    /// The header by which this service knows us at this moment (seconds since 1970, by the machine: the service knows no other clock).
    pub fn authorization(&self, service: &str, now: i64) -> Option<String> {
        let part = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let head = part(json!({ "typ": "JWT", "alg": "ES256" }));
        let claims = part(json!({ "aud": service, "exp": now + GOOD, "sub": self.contact }));
        let text = format!("{head}.{claims}");
        let signature = self.key.sign(&SystemRandom::new(), text.as_bytes()).ok()?;
        Some(format!("vapid t={text}.{}, k={}", URL_SAFE_NO_PAD.encode(signature.as_ref()), self.public()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_its_own_and_what_is_none_is_refused() {
        let key = new_key().unwrap();
        let one = Vapid::open(&key, "mailto:a@b.cn").unwrap();
        assert_eq!(one.public(), Vapid::open(&key, "mailto:c@d.cn").unwrap().public());
        assert_ne!(one.public(), Vapid::open(&new_key().unwrap(), "mailto:a@b.cn").unwrap().public());
        assert_eq!(one.public().len(), 87);
        for wrong in [&[][..], &[0; 32], &key[1..]] {
            assert!(Vapid::open(wrong, "mailto:a@b.cn").is_none());
        }
        let header = one.authorization("https://push.example", 1_000).unwrap();
        let token = header.strip_prefix("vapid t=").unwrap().split_once(", k=").unwrap().0;
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims, json!({ "aud": "https://push.example", "exp": 44_200, "sub": "mailto:a@b.cn" }));
    }
}
