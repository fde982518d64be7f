//! Passwords: argon2id, what a good one is, and one-time ones.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};
use kit::Refusal;
use tokio::sync::Semaphore;

/// Each verification takes 19 MiB and a core for some 30 ms: two at a time, so that a morning's sign-ins do not starve everything else.
static TURNS: Semaphore = Semaphore::const_new(2);

/// The hash of a password, in PHC form, with a salt of its own.
pub async fn hash(password: String) -> Result<String, Refusal> {
    let _turn = TURNS.acquire().await.map_err(|_| Refusal::new("server.busy"))?;
    let work = move || {
        let mut salt = [0; 16];
        crate::clock::random(&mut salt);
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    };
    let done = tokio::task::spawn_blocking(work).await.map_err(|_| Refusal::new("server.busy"))?;
    done.map_err(|_| Refusal::new("password.unusable"))
}

/// Whether a password is the one behind a hash.
pub async fn matches(password: String, hash: String) -> bool {
    let Ok(_turn) = TURNS.acquire().await else { return false };
    let work = move || {
        PasswordHash::new(&hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
    };
    tokio::task::spawn_blocking(work).await.unwrap_or(false)
}

/// A hash that no password has: verified against when an account does not exist, so that a stranger cannot tell by the time it takes.
pub const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$3MTJ2s8iVUQFZd6zqWm3QnQYFQ2r9j0c6wL1oX9m3nA";

/// At least ten characters of three classes, and not a name in disguise (GB/T 22239-2019, 8.1.4.1 a).
pub fn check(password: &str, login: &str) -> Result<(), Refusal> {
    let refuse = |code| Err(Refusal::at(code, "password"));
    if password.chars().count() < 10 {
        return refuse("password.short");
    }
    if password.chars().count() > 128 {
        return refuse("password.long");
    }
    let classes = [char::is_lowercase, char::is_uppercase, char::is_numeric]
        .iter()
        .filter(|is| password.chars().any(**is))
        .count();
    let other = usize::from(password.chars().any(|letter| !letter.is_alphanumeric()));
    if classes + other < 3 {
        return refuse("password.simple");
    }
    if password.to_lowercase().contains(&login.to_lowercase()) {
        return refuse("password.login");
    }
    Ok(())
}

/// A one-time password that can be read out over a telephone: no letters that look alike, in groups.
pub fn one_time() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
    let mut bytes = [0; 16];
    crate::clock::random(&mut bytes);
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
    let mut text = String::from("A");
    for (at, letter) in letters.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            text.push('-');
        }
        text.push(*letter);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        for (password, code) in [
            ("Ab1-efg", "password.short"),
            ("abcdefghijkl", "password.simple"),
            ("Principal-2021", "password.login"),
            (&"aA1-".repeat(40), "password.long"),
            ("", "password.short"),
        ] {
            assert_eq!(check(password, "principal").err().map(|refusal| refusal.code), Some(code), "{password}");
        }
        assert!(check("春天的花-Spring1", "principal").is_ok());
    }

    #[test]
    fn one_time_passwords_differ_and_are_good_enough() {
        let (first, second) = (one_time(), one_time());
        assert_ne!(first, second);
        assert!(check(&first, "principal").is_ok(), "{first}");
    }

    #[tokio::test]
    async fn only_the_right_password_matches() {
        let stored = hash("春天的花-Spring1".into()).await.unwrap_or_default();
        assert!(stored.starts_with("$argon2id$"));
        assert!(matches("春天的花-Spring1".into(), stored.clone()).await);
        assert!(!matches("春天的花-Spring2".into(), stored).await);
        assert!(!matches("x".into(), NOBODY.into()).await);
        assert!(!matches("x".into(), "not a hash".into()).await);
    }
}
