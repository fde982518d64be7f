//! What a telephone signs, and whether the signature is its own. A calculation: no clock, no store.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Everything that a form filled in without a network claims. Nothing of it can be exchanged without the signature breaking.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    pub device: Uuid,
    pub account: Uuid,
    /// Path and query.
    pub path: &'a str,
    /// The media type with the boundary of its parts.
    pub media: &'a str,
    pub request: Uuid,
    /// By the device's clock: when it was done, and when it was sent.
    pub done: i64,
    pub sent: i64,
    pub body: &'a [u8],
}

impl Claim<'_> {
    /// The text that is signed: one line for each part, and of the body its hash.
    pub fn text(&self) -> String {
        let Self { device, account, path, media, request, done, sent, .. } = self;
        format!("anxiao-form-1\n{device}\n{account}\n{path}\n{media}\n{request}\n{done}\n{sent}\n{}", digest(self.body))
    }
}

/// The text that opens a session: this device answers this challenge.
pub fn opening(device: Uuid, challenge: &str) -> String {
    format!("anxiao-open-1\n{device}\n{challenge}")
}

pub fn digest(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}

/// The same of what a form says, whatever stands between its parts: a browser chooses that anew each time it sends files, so that the same form sent again would
/// look like another one.
pub fn digest_of_parts(media: &str, body: &[u8]) -> String {
    let (_, boundary) = media.split_once("boundary=").unwrap_or_default();
    let boundary = boundary.split(';').next().unwrap_or_default().trim().trim_matches('"').as_bytes();
    if boundary.is_empty() {
        return digest(body);
    }
    let mut all = Sha256::new();
    let mut rest = body;
    while let Some(at) = rest.windows(boundary.len()).position(|part| part == boundary) {
        all.update(&rest[..at]);
        all.update([0]);
        rest = &rest[at + boundary.len()..];
    }
    all.update(rest);
    hex::encode(all.finalize())
}

/// The public half of a device's key: a point on P-256, as browsers export it.
#[derive(Clone, Debug)]
pub struct Key(Vec<u8>);

impl Key {
    /// `None` for what is no uncompressed point.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        (bytes.len() == 65 && bytes.first() == Some(&4)).then_some(Self(bytes))
    }

    /// Whether this key signed this text; the signature is base64 of r and s.
    pub fn signed(&self, text: &str, proof: &str) -> bool {
        let Ok(proof) = URL_SAFE_NO_PAD.decode(proof) else { return false };
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &self.0).verify(text.as_bytes(), &proof).is_ok()
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use ring::rand::SystemRandom;
    use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};

    use super::*;

    fn pair() -> EcdsaKeyPair {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random).unwrap()
    }

    fn sign(pair: &EcdsaKeyPair, text: &str) -> String {
        URL_SAFE_NO_PAD.encode(pair.sign(&SystemRandom::new(), text.as_bytes()).unwrap().as_ref())
    }

    #[test]
    fn a_form_is_the_same_whatever_stands_between_its_parts() {
        let sent = |boundary: &str, place: &str| {
            let body = format!("--{boundary}\r\nname=place\r\n\r\n{place}\r\n--{boundary}--\r\n");
            digest_of_parts(&format!("multipart/form-data; boundary={boundary}"), body.as_bytes())
        };
        assert_eq!(sent("----WebKitFormBoundaryA", "门"), sent("----WebKitFormBoundaryB", "门"));
        assert_ne!(sent("----WebKitFormBoundaryA", "门"), sent("----WebKitFormBoundaryA", "窗"));
        let plain = "application/x-www-form-urlencoded";
        assert_eq!(digest_of_parts(plain, b"place=a"), digest(b"place=a"));
        assert_eq!(digest_of_parts("multipart/form-data; boundary=", b"place=a"), digest(b"place=a"));
    }

    #[test]
    fn a_proof_holds_for_exactly_what_was_signed() {
        let pair = pair();
        let key = Key::read(&URL_SAFE_NO_PAD.encode(pair.public_key().as_ref())).unwrap();
        let id = Uuid::from_u128;
        let claim = Claim {
            device: id(1),
            account: id(2),
            path: "/hazards",
            media: "application/x-www-form-urlencoded",
            request: id(3),
            done: 7,
            sent: 8,
            body: b"place=a",
        };
        let proof = sign(&pair, &claim.text());
        assert!(key.signed(&claim.text(), &proof));
        let others = [
            Claim { device: id(9), ..claim },
            Claim { account: id(9), ..claim },
            Claim { path: "/hazards/9/close", ..claim },
            Claim { media: "text/plain", ..claim },
            Claim { request: id(9), ..claim },
            Claim { done: 9, ..claim },
            Claim { sent: 9, ..claim },
            Claim { body: b"place=b", ..claim },
        ];
        for other in others {
            assert!(!key.signed(&other.text(), &proof), "{other:?}");
        }
        let stranger = Key::read(&URL_SAFE_NO_PAD.encode(self::pair().public_key().as_ref())).unwrap();
        assert!(!stranger.signed(&claim.text(), &proof));
        for nonsense in ["", "x", "====", &"A".repeat(86), &"A".repeat(100_000)] {
            assert!(!key.signed(&claim.text(), nonsense));
        }
        assert!(!key.signed(&opening(id(1), "c"), &proof), "a form's proof opens no session");
    }

    #[test]
    fn what_is_no_point_is_no_key() {
        for text in ["", "BA", "x y", &URL_SAFE_NO_PAD.encode([4; 64]), &URL_SAFE_NO_PAD.encode([2; 65])] {
            assert!(Key::read(text).is_none(), "{text}");
        }
        // Right in length and not on the curve: it verifies nothing.
        let off = Key::read(&URL_SAFE_NO_PAD.encode([4; 65])).unwrap();
        assert!(!off.signed("text", &URL_SAFE_NO_PAD.encode([1; 64])));
    }
}
