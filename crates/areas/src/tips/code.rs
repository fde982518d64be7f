//! Codes that people read from paper and type on a telephone.

use sha2::{Digest, Sha256};
use uuid::Uuid;

/// Digits and capitals without 0, O, 1, I, L and U, which are taken for one another.
const LETTERS: &[u8; 30] = b"23456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code on a wall: its length only keeps strangers from guessing other schools'.
const WALL: usize = 8;
/// Letters of a code to follow a tip by: 30¹² guesses, slowed down besides.
pub const FOLLOW: usize = 12;

/// The code of a wall, from the chance in its record's id (RFC 9562, version 7: 74 bits of it).
pub fn of_wall(id: Uuid) -> String {
    let mut hash = Sha256::new();
    hash.update(b"anxiao tip wall");
    hash.update(id.as_bytes());
    letters(&hash.finalize(), WALL)
}

/// The code of a point on a patrol (巡查点), longer than a wall's: who guesses one has not been there.
pub fn of_point(id: Uuid) -> String {
    let mut hash = Sha256::new();
    hash.update(b"anxiao patrol point");
    hash.update(id.as_bytes());
    letters(&hash.finalize(), FOLLOW)
}

/// The code to follow a tip by, from a keyed digest of its id: the same whenever it is asked for, so that what is sent twice is
/// answered alike and the code need not be stored.
pub fn of_digest(keyed: &str) -> String {
    let mut hash = Sha256::new();
    hash.update(b"anxiao tip follow");
    hash.update(keyed.as_bytes());
    letters(&hash.finalize(), FOLLOW)
}

fn letters(hash: &[u8], count: usize) -> String {
    // A byte has 256 values and there are 30 letters: those above 240 are left out, so that no letter is likelier than another.
    let fair = hash.iter().filter(|byte| **byte < 240).map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()]);
    // 32 bytes hold 12 fair ones but for once in 10¹³ ids; then the code is shorter by a letter.
    fair.take(count).map(char::from).collect()
}

/// What was typed, as a code: capitals, no gaps, the look-alikes taken for what they look like.
pub fn read(typed: &str) -> String {
    let plain = kit::tidy::tidy(typed).to_uppercase();
    plain.chars().filter(char::is_ascii_alphanumeric).take(32).collect()
}

/// In groups of four, as it is printed.
pub fn grouped(code: &str) -> String {
    let letters: Vec<_> = code.chars().collect();
    letters.chunks(4).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_of_their_length_and_of_clear_letters() {
        for number in 0..2_000_u128 {
            let wall = of_wall(Uuid::from_u128(number));
            let follow = of_digest(&format!("h1:{number}"));
            assert_eq!((wall.len(), follow.len()), (WALL, FOLLOW));
            assert!(wall.bytes().chain(follow.bytes()).all(|letter| LETTERS.contains(&letter)));
        }
        assert_ne!(of_wall(Uuid::from_u128(1)), of_wall(Uuid::from_u128(2)));
    }

    #[test]
    fn what_people_type_is_read() {
        for (typed, expected) in [
            (" abcd-efgh 2345 ", "ABCDEFGH2345"),
            ("ＡＢＣＤ－ＥＦＧＨ－２３４５", "ABCDEFGH2345"),
            ("", ""),
            ("'; drop table tip --", "DROPTABLETIP"),
        ] {
            assert_eq!(read(typed), expected, "{typed}");
        }
        assert_eq!(grouped("ABCDEFGH2345"), "ABCD-EFGH-2345");
        assert_eq!(read(&"A".repeat(10_000)).len(), 32);
    }
}
