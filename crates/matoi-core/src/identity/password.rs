//! Passwords: rules by length and by what everybody tries first, and argon2id behind a semaphore.
//!
//! No composition rules (NIST SP 800-63B-4, section 3.1.1.2): length, a list of common passwords and their
//! variations, and nothing that is the organisation's or the person's own name.

use std::sync::Arc;

use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization as _;

use crate::kernel::{Env, Error, Message, Result};

/// Fewest characters.
pub const MIN_CHARACTERS: usize = 12;
/// Most characters: enough for any phrase, little enough that hashing cannot be abused.
pub const MAX_CHARACTERS: usize = 256;

const COMMON: &str = include_str!("common-passwords.txt");

/// What a password must not be made of.
#[derive(Debug, Clone, Default)]
pub struct OwnWords(pub Vec<String>);

/// Says what is wrong with a password, or nothing.
#[must_use]
pub fn problem(password: &str, own: &OwnWords) -> Option<Message> {
    let count = password.chars().count();
    if count < MIN_CHARACTERS {
        return Some(Message::new("error-password-short").with("min", MIN_CHARACTERS as i64));
    }
    if count > MAX_CHARACTERS {
        return Some(Message::new("error-password-long").with("max", MAX_CHARACTERS as i64));
    }
    let core = simplify(password);
    if core.chars().count() < 4 || is_repetition(&core) || is_run(&core) {
        return Some(Message::new("error-password-pattern"));
    }
    if is_common(&core) {
        return Some(Message::new("error-password-common"));
    }
    let own_word = own.0.iter().map(|word| simplify(word)).find(|word| {
        // An own word is no password, nor is one with little added.
        let length = word.chars().count();
        length >= 4 && core.contains(word.as_str()) && core.chars().count() < length + 6
    });
    own_word.map(|_| Message::new("error-password-own"))
}

/// Folds what people vary: case, the usual digits for letters, digits and marks at the ends.
fn simplify(text: &str) -> String {
    let plain: String = text.nfkc().flat_map(char::to_lowercase).collect();
    let word = plain.trim_matches(|c: char| !c.is_alphabetic());
    if word.is_empty() {
        plain
    } else {
        word.chars().map(letter_meant).collect()
    }
}

const fn letter_meant(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        _ => c,
    }
}

fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 3).any(|period| chars.iter().zip(chars.iter().skip(period)).all(|(a, b)| a == b))
}

/// Neighbours in the alphabet, in the digits or on the keyboard, all the way.
fn is_run(text: &str) -> bool {
    const ROWS: [&str; 6] = [
        "abcdefghijklmnopqrstuvwxyz",
        "01234567890",
        "qwertyuiop",
        "asdfghjkl",
        "zxcvbnm",
        "iaqzwsxedcrfvtgbyhnujmikolp",
    ];
    let chars: Vec<char> = text.chars().collect();
    let neighbours = |a: char, b: char| {
        a == b
            || ROWS
                .iter()
                .any(|row| row.contains(&format!("{a}{b}")) || row.contains(&format!("{b}{a}")))
    };
    let near = chars
        .iter()
        .zip(chars.iter().skip(1))
        .filter(|(a, b)| neighbours(**a, **b))
        .count();
    chars.len() >= 4 && near * 10 >= (chars.len() - 1) * 9
}

fn is_common(core: &str) -> bool {
    let listed = |word: &str| COMMON.lines().any(|line| line == word);
    if listed(core) {
        return true;
    }
    // Two or three listed words in a row, with or without marks between, are as common as one.
    let words: Vec<&str> = core
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.len() > 1 && words.len() <= 3 && words.iter().all(|word| listed(word)) {
        return true;
    }
    core.char_indices().skip(3).any(|(at, _)| {
        let (head, tail) = core.split_at(at);
        listed(head) && (listed(tail) || tail.chars().count() < 3)
    })
}

/// Hashes and verifies, a few at a time: 200 at once would take gigabytes.
#[derive(Debug, Clone)]
pub struct Passwords {
    permits: Arc<Semaphore>,
    params: Params,
}

impl Passwords {
    /// `at_once` hashes at a time; each takes 19 MiB (OWASP's first choice for argon2id: m=19456, t=2, p=1).
    #[must_use]
    pub fn new(at_once: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(at_once.max(1))),
            params: Params::default(),
        }
    }

    /// The PHC string of a password.
    pub async fn hash(&self, env: &Env, password: &str) -> Result<String> {
        let salt = env.random_bytes::<16>()?;
        let (params, password) = (self.params.clone(), normal(password));
        self.run(move || {
            Argon2::from(params)
                .hash_password_with_salt(password.as_bytes(), &salt)
                .map(|hash| hash.to_string())
                .map_err(|error| Error::Internal(format!("argon2: {error}")))
        })
        .await?
    }

    /// Whether the password is the one of this hash. Without a hash it takes as long and says no,
    /// so that time does not tell which accounts exist.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        const NOBODY: &str =
            "$argon2id$v=19$m=19456,t=2,p=1$bWF0b2kgbm9ib2R5IQ$mIDUKGyXhJ7kEJ0JAbLRkTKkLqmdxxYQSC5bZJfxHQE";
        let exists = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.to_owned());
        let (params, password) = (self.params.clone(), normal(password));
        let right = self
            .run(move || {
                Argon2::from(params)
                    .verify_password(password.as_bytes(), hash.as_str())
                    .is_ok()
            })
            .await?;
        Ok(right && exists)
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = Arc::clone(&self.permits)
            .acquire_owned()
            .await
            .map_err(|_| Error::Unavailable("shutting down".to_owned()))?;
        tokio::task::spawn_blocking(move || {
            let _permit = permit;
            work()
        })
        .await
        .map_err(|error| Error::Internal(format!("password task: {error}")))
    }
}

/// RFC 8265, OpaqueString: NFC, so that one password has one form whatever keyboard made it.
fn normal(password: &str) -> String {
    password.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_for_a_reason_that_is_said() {
        let own = OwnWords(vec!["minatono".to_owned(), "sasaki".to_owned()]);
        let cases = [
            ("short", Some("error-password-short")),
            ("aaaaaaaaaaaaaa", Some("error-password-pattern")),
            ("abcabcabcabcabc", Some("error-password-pattern")),
            ("123456789012", Some("error-password-pattern")),
            ("qwertyuiop[]", Some("error-password-pattern")),
            ("Password2026!!", Some("error-password-common")),
            ("P@ssw0rdP@ssw0rd", Some("error-password-common")),
            ("welcome-password", Some("error-password-common")),
            ("Minatono2026!", Some("error-password-own")),
            ("x-minatono-1!", Some("error-password-own")),
            ("夜明けの火消しは纏を掲げて走る", None),
            ("correct horse battery staple", None),
            ("w8f2Kq0zT5Lr", None),
        ];
        for (password, expect) in cases {
            assert_eq!(
                problem(password, &own).map(|m| m.key.into_owned()).as_deref(),
                expect,
                "{password}"
            );
        }
        assert_eq!(
            problem(&"長".repeat(257), &own).unwrap().key,
            "error-password-long"
        );
    }

    #[test]
    fn one_password_has_one_form() {
        assert_eq!(normal("パスワード"), normal("ハ\u{309a}スワート\u{3099}"));
    }
}
