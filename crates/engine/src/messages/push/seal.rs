//! RFC 8291: what only the browser that subscribed can open; the push service in between carries what it cannot read. One record of `aes128gcm` (RFC 8188).
//!
//! All of its parts are in `ring`, which the house has already; the crates that put them together bring a second copy of most of them along.

use ring::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::agreement::{ECDH_P256, EphemeralPrivateKey, UnparsedPublicKey, agree_ephemeral};
use ring::error::Unspecified;
use ring::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use ring::rand::SystemRandom;

/// Bytes of a point on P-256 that is not compressed, of the secret that browser and sender share, of a salt.
pub const POINT: usize = 65;
pub const AUTH: usize = 16;
const SALT: usize = 16;
/// The whole of a message: more than this a push service need not take (RFC 8030, 7.2).
const RECORD: u32 = 4_096;
/// What fits into it: without its head, its tag and the mark of its end.
pub const MOST: usize = 4_096 - (SALT + 4 + 1 + POINT) - 16 - 1;
/// The mark of the last record.
const LAST: u8 = 2;

/// The browser's half: its public key, and the secret that it made for whoever may write to it.
#[derive(Clone, Copy)]
pub struct Browser<'a> {
    pub public: &'a [u8],
    pub auth: &'a [u8],
}

/// Seals a message under a key that is made for it alone.
///
/// # Errors
/// The browser's key is no point on the curve, or the message is too long.
pub fn seal(browser: Browser<'_>, said: &[u8], salt: [u8; SALT]) -> Result<Vec<u8>, Unspecified> {
    if said.len() > MOST {
        return Err(Unspecified);
    }
    let own = EphemeralPrivateKey::generate(&ECDH_P256, &SystemRandom::new())?;
    let public = own.compute_public_key()?;
    let theirs = UnparsedPublicKey::new(&ECDH_P256, browser.public);
    agree_ephemeral(own, &theirs, |shared| record(browser, public.as_ref(), shared, salt, said))?
}

/// Pure: the record for a secret that both know.
fn record(
    browser: Browser<'_>,
    own: &[u8],
    shared: &[u8],
    salt: [u8; SALT],
    said: &[u8],
) -> Result<Vec<u8>, Unspecified> {
    let both = Salt::new(HKDF_SHA256, browser.auth).extract(shared);
    let keying: [u8; 32] = expand(&both, &[b"WebPush: info\0", browser.public, own])?;
    let of_record = Salt::new(HKDF_SHA256, &salt).extract(&keying);
    let key: [u8; 16] = expand(&of_record, &[b"Content-Encoding: aes128gcm\0"])?;
    let nonce: [u8; 12] = expand(&of_record, &[b"Content-Encoding: nonce\0"])?;
    let mut text = said.to_vec();
    text.push(LAST);
    let key = LessSafeKey::new(UnboundKey::new(&AES_128_GCM, &key)?);
    key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text)?;
    let length = u8::try_from(own.len()).map_err(|_| Unspecified)?;
    Ok([&salt[..], &RECORD.to_be_bytes(), &[length], own, &text].concat())
}

/// So many bytes.
struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[&[u8]]) -> Result<[u8; N], Unspecified> {
    let mut bytes = [0; N];
    key.expand(info, Length(N))?.fill(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may stop")]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        URL_SAFE_NO_PAD.decode(text).unwrap()
    }

    /// RFC 8291, section 5 and appendix A.
    #[test]
    fn a_record_is_what_rfc_8291_says() {
        let public = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let auth = bytes("BTBZMqHH6r4Tts7J_aSIgg");
        let own = bytes("BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8");
        let shared = bytes("kyrL1jIIOHEzg3sM2ZWRHDRB62YACZhhSlknJ672kSs");
        let salt = bytes("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let browser = Browser { public: &public, auth: &auth };
        let made = record(browser, &own, &shared, salt, b"When I grow up, I want to be a watermelon").unwrap();
        let said = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(URL_SAFE_NO_PAD.encode(made), said);
    }

    #[test]
    fn what_does_not_fit_and_what_is_no_point_is_refused() {
        let public = bytes("BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4");
        let browser = Browser { public: &public, auth: &[1; AUTH] };
        assert_eq!(seal(browser, &[b'x'; MOST], [3; SALT]).unwrap().len(), 4_096);
        assert!(seal(browser, &[b'x'; MOST + 1], [3; SALT]).is_err());
        let mut off = public.clone();
        off[64] ^= 1;
        for wrong in [&off[..], &[4; POINT], &public[..64], &[]] {
            assert!(seal(Browser { public: wrong, ..browser }, b"x", [3; SALT]).is_err(), "{}", wrong.len());
        }
    }
}
