//! Sealed values: personal and sensitive fields as ciphertext (Personal Information Protection Law 个人信息保护法, articles
//! 28 and 51: sensitive personal information 敏感个人信息 is encrypted).
//!
//! Every person has a key of their own; the county's key wraps it. Rotation wraps the persons' keys again and leaves
//! the values alone; erasure destroys one person's key and with it everything sealed under it. Each text names its
//! algorithm, so that the national ciphers can follow (SM4-GCM of GB/T 32907-2016 would be `s2`):
//!
//! - `s1:<base64url>`: a value under AES-256-GCM, nonce (12 bytes), ciphertext and tag (16 bytes);
//! - `w1:<version>:<base64url>`: a person's key under that version of the county's key, the same layout;
//! - `h1:<hex>`: a blind index for exact match, the first 16 bytes of an HMAC-SHA-256.
//!
//! Nothing here draws randomness: keys and nonces are parameters. A nonce must be fresh for each call.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;
use uuid::Uuid;
use zeroize::{Zeroize, Zeroizing};

/// Length of every symmetric key, in bytes.
pub const KEY_LEN: usize = 32;
/// Length of a nonce, in bytes (96 bits, as NIST SP 800-38D recommends for GCM).
pub const NONCE_LEN: usize = 12;

const SEAL: &str = "s1:";
const WRAP: &str = "w1:";
const BLIND: &str = "h1:";

/// Why a sealed text cannot be opened or made. No variant holds any part of a value or a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text does not begin with an algorithm that this program knows.
    #[error("the sealed text names no known algorithm")]
    UnknownAlgorithm,
    /// The text is damaged: not base64, too short, or not text inside.
    #[error("the sealed text is damaged")]
    Malformed,
    /// The seal does not hold: another key, another person, another field, or altered bytes. They cannot be told
    /// apart.
    #[error("the seal does not hold: another key, person or field, or altered content")]
    Broken,
    /// The county's key of this version is not in the key folder.
    #[error("version {0} of the county key is not in the key folder")]
    UnknownKey(u32),
    /// The value is longer than the cipher allows (about 64 GiB).
    #[error("the value is too long to be sealed")]
    TooLong,
}

/// A secret of 32 bytes that is wiped when dropped, compared in constant time, and never printed.
macro_rules! secret {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name([u8; KEY_LEN]);

        impl $name {
            /// The key made of these bytes.
            pub const fn new(bytes: [u8; KEY_LEN]) -> Self {
                Self(bytes)
            }

            /// The bytes, for the key folder only.
            pub(crate) const fn expose(&self) -> &[u8; KEY_LEN] {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }

        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                self.0.ct_eq(&other.0).into()
            }
        }

        impl Eq for $name {}

        impl Drop for $name {
            fn drop(&mut self) {
                self.0.zeroize();
            }
        }
    };
}

secret!(
    /// The key of one person; it opens that person's sealed fields. Stored only wrapped ([`wrap`]).
    PersonKey
);
secret!(
    /// The county's key for blind indexes ([`blind`]).
    IndexKey
);
secret!(
    /// The bytes of one version of the county's wrapping key.
    WrappingKey
);

/// One version of the county's wrapping key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountyKey {
    /// Counts up from 1; written into what the key wraps.
    pub version: u32,
    key: WrappingKey,
}

impl CountyKey {
    /// The key of this version.
    pub const fn new(version: u32, bytes: [u8; KEY_LEN]) -> Self {
        Self { version, key: WrappingKey::new(bytes) }
    }

    pub(crate) const fn expose(&self) -> &[u8; KEY_LEN] {
        self.key.expose()
    }
}

/// Wraps a person's key with a version of the county's key. The person is bound in: a wrapped key cannot be given to
/// another.
pub fn wrap(person: Uuid, key: &PersonKey, county: &CountyKey, nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
    let bound = wrap_context(person, county.version);
    let sealed = encrypt(county.expose(), &bound, key.expose(), nonce)?;
    Ok(format!("{WRAP}{}:{sealed}", county.version))
}

/// Unwraps a person's key with the version of the county's key that its text names.
///
/// # Errors
/// [`SealError::UnknownKey`] when that version is not among `keys`; [`SealError::Broken`] for another person's key.
pub fn unwrap(person: Uuid, wrapped: &str, keys: &[CountyKey]) -> Result<PersonKey, SealError> {
    let (version, body) = split_wrapped(wrapped)?;
    let county = keys.iter().find(|key| key.version == version).ok_or(SealError::UnknownKey(version))?;
    let plain = decrypt(county.expose(), &wrap_context(person, version), body)?;
    let bytes = <[u8; KEY_LEN]>::try_from(plain.as_slice()).map_err(|_| SealError::Malformed)?;
    Ok(PersonKey::new(bytes))
}

/// Rotation: the same person's key under the newest of `keys` (the last). What is already under it comes back
/// unchanged.
pub fn rewrap(person: Uuid, wrapped: &str, keys: &[CountyKey], nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
    let newest = keys.last().ok_or(SealError::UnknownKey(0))?;
    let key = unwrap(person, wrapped, keys)?;
    if wrapped_version(wrapped)? == newest.version {
        return Ok(wrapped.to_owned());
    }
    wrap(person, &key, newest, nonce)
}

/// The version of the county's key that a wrapped key names; tells rotation what is left to do.
pub fn wrapped_version(wrapped: &str) -> Result<u32, SealError> {
    Ok(split_wrapped(wrapped)?.0)
}

/// Seals one field of a person. Field and person are bound in, so a value that is moved to another column or row does
/// not open.
pub fn seal(
    key: &PersonKey,
    field: &str,
    person: Uuid,
    plain: &str,
    nonce: [u8; NONCE_LEN],
) -> Result<String, SealError> {
    let sealed = encrypt(key.expose(), &field_context(field, person), plain.as_bytes(), nonce)?;
    Ok(format!("{SEAL}{sealed}"))
}

/// Opens what [`seal`] made for the same field and person.
pub fn open(key: &PersonKey, field: &str, person: Uuid, sealed: &str) -> Result<String, SealError> {
    let body = sealed.strip_prefix(SEAL).ok_or(SealError::UnknownAlgorithm)?;
    let plain = decrypt(key.expose(), &field_context(field, person), body)?;
    Ok(std::str::from_utf8(&plain).map_err(|_| SealError::Malformed)?.to_owned())
}

/// Whether a stored text is a sealed value, so that it can be shown as sealed where the keys are missing.
pub fn is_sealed(text: &str) -> bool {
    text.starts_with(SEAL)
}

/// The blind index of a value: equal values of the same field have equal indexes, and without the key nothing can be
/// guessed (the numbers in use are few enough to try them all against a plain hash). The caller tidies the value
/// first.
pub fn blind(key: &IndexKey, field: &str, plain: &str) -> String {
    // HMAC (RFC 2104) pads a key shorter than the block of 64 bytes with zeros; padding it here leaves no error to
    // handle.
    let mut block = Zeroizing::new([0_u8; 64]);
    block[..KEY_LEN].copy_from_slice(key.expose());
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(&context("anxiao-blind-1", &[field.as_bytes()]));
    mac.update(plain.as_bytes());
    let full: [u8; 32] = mac.finalize().into_bytes().into();
    format!("{BLIND}{}", hex::encode(&full[..16]))
}

/// Splits `w1:<version>:<body>`; only the plain decimal form of the version counts.
fn split_wrapped(wrapped: &str) -> Result<(u32, &str), SealError> {
    let rest = wrapped.strip_prefix(WRAP).ok_or(SealError::UnknownAlgorithm)?;
    let (version, body) = rest.split_once(':').ok_or(SealError::Malformed)?;
    let number: u32 = version.parse().map_err(|_| SealError::Malformed)?;
    if number.to_string() == version { Ok((number, body)) } else { Err(SealError::Malformed) }
}

fn field_context(field: &str, person: Uuid) -> Vec<u8> {
    context("anxiao-seal-1", &[field.as_bytes(), person.as_bytes()])
}

fn wrap_context(person: Uuid, version: u32) -> Vec<u8> {
    context("anxiao-wrap-1", &[&version.to_be_bytes(), person.as_bytes()])
}

/// The parts, each preceded by its length (8 bytes), so that no two different lists give the same bytes.
fn context(label: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::with_capacity(96);
    for part in std::iter::once(label.as_bytes()).chain(parts.iter().copied()) {
        out.extend_from_slice(&(part.len() as u64).to_be_bytes());
        out.extend_from_slice(part);
    }
    out
}

/// AES-256-GCM; gives nonce, ciphertext and tag as one base64url text.
fn encrypt(key: &[u8; KEY_LEN], aad: &[u8], msg: &[u8], nonce: [u8; NONCE_LEN]) -> Result<String, SealError> {
    let cipher = Aes256Gcm::new(key.into());
    let body = cipher.encrypt((&nonce).into(), Payload { msg, aad }).map_err(|_| SealError::TooLong)?;
    let mut bytes = Vec::with_capacity(NONCE_LEN + body.len());
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&body);
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}

fn decrypt(key: &[u8; KEY_LEN], aad: &[u8], text: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| SealError::Malformed)?;
    let (nonce, msg) = bytes.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
    let cipher = Aes256Gcm::new(key.into());
    let plain = cipher.decrypt(nonce.into(), Payload { msg, aad }).map_err(|_| SealError::Broken)?;
    Ok(Zeroizing::new(plain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a failing test may panic")]

    use proptest::prelude::*;

    use super::*;

    const ANNE: Uuid = Uuid::from_u128(1);
    const BERT: Uuid = Uuid::from_u128(2);
    const NONCE: [u8; NONCE_LEN] = [7; NONCE_LEN];

    fn key(byte: u8) -> PersonKey {
        PersonKey::new([byte; KEY_LEN])
    }

    #[test]
    fn a_value_moved_to_another_field_person_or_key_does_not_open() {
        let sealed = seal(&key(1), "id_number", ANNE, "431124201001011234", NONCE).unwrap();
        assert!(sealed.starts_with("s1:") && is_sealed(&sealed));
        assert_eq!(open(&key(1), "id_number", ANNE, &sealed).unwrap(), "431124201001011234");
        assert_eq!(open(&key(2), "id_number", ANNE, &sealed), Err(SealError::Broken));
        assert_eq!(open(&key(1), "telephone", ANNE, &sealed), Err(SealError::Broken));
        assert_eq!(open(&key(1), "id_number", BERT, &sealed), Err(SealError::Broken));
    }

    #[test]
    fn unknown_algorithms_and_damaged_texts_are_told_apart() {
        assert_eq!(open(&key(1), "f", ANNE, "s2:AAAA"), Err(SealError::UnknownAlgorithm));
        assert_eq!(open(&key(1), "f", ANNE, "plain"), Err(SealError::UnknownAlgorithm));
        assert_eq!(open(&key(1), "f", ANNE, "s1:***"), Err(SealError::Malformed));
        assert_eq!(open(&key(1), "f", ANNE, "s1:AAAA"), Err(SealError::Malformed));
        for bad in ["w1:1", "w1:x:AAAA", "w1:+1:AAAA", "w1:01:AAAA", "w1::"] {
            assert_eq!(wrapped_version(bad), Err(SealError::Malformed), "{bad}");
        }
        assert_eq!(wrapped_version("w2:1:AAAA"), Err(SealError::UnknownAlgorithm));
    }

    #[test]
    fn a_wrapped_key_belongs_to_one_person_and_one_version() {
        let old = CountyKey::new(1, [9; KEY_LEN]);
        let new = CountyKey::new(2, [8; KEY_LEN]);
        let wrapped = wrap(ANNE, &key(5), &old, NONCE).unwrap();
        assert!(wrapped.starts_with("w1:1:"));
        let keys = [old, new];
        assert_eq!(unwrap(ANNE, &wrapped, &keys).unwrap(), key(5));
        assert_eq!(unwrap(BERT, &wrapped, &keys), Err(SealError::Broken));
        assert_eq!(unwrap(ANNE, &wrapped, &keys[1..]), Err(SealError::UnknownKey(1)));
        assert_eq!(unwrap(ANNE, &wrapped.replace("w1:1:", "w1:2:"), &keys), Err(SealError::Broken));
    }

    #[test]
    fn rotation_keeps_the_key_and_needs_only_the_new_version_afterwards() {
        let keys = [CountyKey::new(1, [9; KEY_LEN]), CountyKey::new(2, [8; KEY_LEN])];
        let wrapped = wrap(ANNE, &key(5), &keys[0], NONCE).unwrap();
        let again = rewrap(ANNE, &wrapped, &keys, [3; NONCE_LEN]).unwrap();
        assert_eq!(wrapped_version(&again), Ok(2));
        assert_eq!(unwrap(ANNE, &again, &keys[1..]).unwrap(), key(5));
        assert_eq!(rewrap(ANNE, &again, &keys, [4; NONCE_LEN]).unwrap(), again);
        assert_eq!(rewrap(BERT, &wrapped, &keys, NONCE), Err(SealError::Broken));
        assert_eq!(rewrap(ANNE, &wrapped, &[], NONCE), Err(SealError::UnknownKey(0)));
    }

    #[test]
    fn a_blind_index_depends_on_key_field_and_value() {
        let index = IndexKey::new([1; KEY_LEN]);
        let one = blind(&index, "id_number", "431124");
        assert_eq!(one.len(), 3 + 32);
        assert_eq!(one, blind(&index, "id_number", "431124"));
        assert_ne!(one, blind(&index, "telephone", "431124"));
        assert_ne!(one, blind(&index, "id_number", "431125"));
        assert_ne!(one, blind(&IndexKey::new([2; KEY_LEN]), "id_number", "431124"));
        assert_ne!(blind(&index, "ab", "c"), blind(&index, "a", "bc"));
    }

    /// The value was computed apart, with Python's `hmac`; a change of format would orphan every stored index.
    #[test]
    fn the_blind_index_is_the_standard_hmac() {
        assert_eq!(blind(&IndexKey::new([1; KEY_LEN]), "id_number", "431124"), "h1:def5d15c94b582d3f9ae8037239aea67");
    }

    #[test]
    fn keys_never_print() {
        let county = CountyKey::new(3, [0xAB; KEY_LEN]);
        assert_eq!(format!("{:?}", key(0xAB)), "PersonKey(..)");
        assert_eq!(format!("{county:?}"), "CountyKey { version: 3, key: WrappingKey(..) }");
    }

    proptest! {
        #[test]
        fn every_text_survives_and_no_flipped_bit_does(
            plain in "\\PC{0,40}", field in "[a-z_]{1,12}", raw in any::<[u8; 32]>(),
            nonce in any::<[u8; 12]>(), at in any::<prop::sample::Index>(), bit in 0_u8..8,
        ) {
            let key = PersonKey::new(raw);
            let sealed = seal(&key, &field, ANNE, &plain, nonce).unwrap();
            prop_assert_eq!(open(&key, &field, ANNE, &sealed).unwrap(), plain);
            let mut bytes = URL_SAFE_NO_PAD.decode(&sealed[3..]).unwrap();
            let place = at.index(bytes.len());
            bytes[place] ^= 1 << bit;
            let altered = format!("s1:{}", URL_SAFE_NO_PAD.encode(bytes));
            prop_assert_eq!(open(&key, &field, ANNE, &altered), Err(SealError::Broken));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            let _ = open(&key(1), "f", ANNE, &text);
            let _ = open(&key(1), "f", ANNE, &format!("s1:{text}"));
            let _ = unwrap(ANNE, &format!("w1:{text}"), &[CountyKey::new(1, [1; 32])]);
        }
    }
}
