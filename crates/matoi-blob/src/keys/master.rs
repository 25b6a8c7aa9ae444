//! Master keys and their text form.

use std::fmt;
use std::str::FromStr;

use zeroize::{Zeroize, Zeroizing};

use crate::random::random_array;
use crate::secret::Secret;
use crate::{FillRandom, RandomError, hex};

pub(super) const DERIVATION_SALT: &[u8] = b"matoi master key 1";

const FIRST_LINE: &str = "matoi-keys 1";
const GREATEST_KEY_COUNT: usize = 100;
const EXPLANATION: &str = "\
# Master keys of Matoi. Who holds this file and the data reads everything; who loses this file and
# the recovery key reads nothing. Keep it outside the data directory and outside its backups.
#
# A line is: role, id, key. `current` encrypts what is new; `previous` still opens what is older.
";

/// Id of a master key: 8 bytes derived from it, written as 16 hexadecimal digits. Not secret.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId([u8; 8]);

impl KeyId {
    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "KeyId({self})")
    }
}

/// A key id is 16 hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a key id is 16 hexadecimal digits")]
pub struct ParseKeyIdError;

impl FromStr for KeyId {
    type Err = ParseKeyIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        hex::decode(text).map(Self).ok_or(ParseKeyIdError)
    }
}

/// 32 random bytes from which all other keys are derived. Wiped when dropped; debug output shows the id only.
#[derive(Clone)]
pub struct MasterKey {
    id: KeyId,
    secret: Secret<32>,
}

impl MasterKey {
    /// A new key.
    ///
    /// # Errors
    /// Where no random bytes can be had.
    pub fn generate(random: &dyn FillRandom) -> Result<Self, RandomError> {
        Ok(Self::from_bytes(random_array(random)?))
    }

    /// The key with these bytes, which the caller got from somewhere safe and wipes afterwards.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let secret = Secret::new(bytes);
        let id = KeyId(*Secret::<8>::derive(DERIVATION_SALT, secret.bytes(), b"key id").bytes());
        Self { id, secret }
    }

    /// The id that is derived from the key.
    pub fn id(&self) -> KeyId {
        self.id
    }

    pub(super) fn derive<const N: usize>(&self, label: &[u8]) -> Secret<N> {
        Secret::derive(DERIVATION_SALT, self.secret.bytes(), label)
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "MasterKey({})", self.id)
    }
}

/// The current master key and the earlier ones that still open older files, newest first.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    current: MasterKey,
    previous: Vec<MasterKey>,
}

impl MasterKeys {
    /// Only a current key, as after installation.
    pub fn only(current: MasterKey) -> Self {
        Self {
            current,
            previous: Vec::new(),
        }
    }

    /// With `fresh` as the current key and the present ones as earlier ones.
    pub fn rotated(&self, fresh: MasterKey) -> Self {
        let previous = std::iter::once(&self.current)
            .chain(&self.previous)
            .cloned()
            .collect();
        Self {
            current: fresh,
            previous,
        }
    }

    /// Without the earlier keys. What is still under one of them cannot be opened any more.
    pub fn without_previous(&self) -> Self {
        Self::only(self.current.clone())
    }

    /// The key that new files are written under.
    pub fn current(&self) -> &MasterKey {
        &self.current
    }

    /// The earlier keys, newest first.
    pub fn previous(&self) -> &[MasterKey] {
        &self.previous
    }

    /// The text of a key file, version 1.
    ///
    /// UTF-8 lines. Lines that are empty or begin with `#` are comments. The first other line is `matoi-keys 1`.
    /// Each further line has three fields separated by white space: the role (`current`, once, or `previous`,
    /// newest first), the id (16 hexadecimal digits) and the key (64 hexadecimal digits).
    pub fn to_text(&self) -> Zeroizing<String> {
        let key_count = 1 + self.previous.len();
        // Reserved at once, so that growing leaves no copy behind.
        let mut text = Zeroizing::new(String::with_capacity(EXPLANATION.len() + 32 + 100 * key_count));
        text.push_str(EXPLANATION);
        text.push_str(FIRST_LINE);
        text.push('\n');
        let roles = std::iter::once("current").chain(std::iter::repeat("previous"));
        for (role, key) in roles.zip(std::iter::once(&self.current).chain(&self.previous)) {
            let digits = Zeroizing::new(hex::encode(key.secret.bytes()));
            for part in [role, " ", &key.id.to_string(), " ", &digits, "\n"] {
                text.push_str(part);
            }
        }
        text
    }

    /// Reads what [`MasterKeys::to_text`] describes. Takes any text.
    ///
    /// # Errors
    /// Names the line, never its content.
    pub fn parse(text: &str) -> Result<Self, KeyTextError> {
        let mut lines = text
            .lines()
            .enumerate()
            .map(|(index, line)| (index + 1, line.trim()))
            .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some((_, FIRST_LINE)) => {}
            Some((line, other)) if other.starts_with("matoi-keys ") => {
                return Err(KeyTextError {
                    line,
                    problem: KeyTextProblem::UnknownVersion,
                });
            }
            Some((line, _)) => {
                return Err(KeyTextError {
                    line,
                    problem: KeyTextProblem::NotAKeyFile,
                });
            }
            None => {
                return Err(KeyTextError {
                    line: 1,
                    problem: KeyTextProblem::NotAKeyFile,
                });
            }
        }
        let mut current = None;
        let mut previous: Vec<MasterKey> = Vec::new();
        for (line, fields) in lines {
            let at = |problem| KeyTextError { line, problem };
            let (is_current, key) = parse_line(fields).map_err(at)?;
            let seen = current
                .iter()
                .chain(&previous)
                .any(|known: &MasterKey| known.id == key.id);
            if seen {
                return Err(at(KeyTextProblem::KeyTwice));
            }
            if !is_current {
                previous.push(key);
            } else if current.replace(key).is_some() {
                return Err(at(KeyTextProblem::TwoCurrentKeys));
            }
            if previous.len() > GREATEST_KEY_COUNT {
                return Err(at(KeyTextProblem::TooManyKeys));
            }
        }
        let line = text.lines().count().max(1);
        let current = current.ok_or(KeyTextError {
            line,
            problem: KeyTextProblem::NoCurrentKey,
        })?;
        Ok(Self { current, previous })
    }
}

/// A line of a key file that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct KeyTextError {
    /// Number of the line, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: KeyTextProblem,
}

/// What is wrong with a line of a key file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyTextProblem {
    /// The first line is another one.
    #[error("a key file begins with the line `matoi-keys 1`")]
    NotAKeyFile,
    /// The first line names another version.
    #[error("the key file is of a version that this program does not know")]
    UnknownVersion,
    /// Not three fields with a known role.
    #[error("a line has the role `current` or `previous`, an id and a key")]
    Fields,
    /// The id is not 16 hexadecimal digits.
    #[error("an id has 16 hexadecimal digits")]
    Id,
    /// The key is not 64 hexadecimal digits.
    #[error("a key has 64 hexadecimal digits")]
    Key,
    /// The id is not the one derived from the key: one of the two was changed.
    #[error("the key does not belong to its id, so one of them was changed")]
    IdOfAnotherKey,
    /// The key stands in the file already.
    #[error("the same key stands in the file twice")]
    KeyTwice,
    /// There is a current key already.
    #[error("there is a second current key")]
    TwoCurrentKeys,
    /// There is no current key.
    #[error("there is no current key")]
    NoCurrentKey,
    /// There are more than a hundred earlier keys.
    #[error("there are more than {GREATEST_KEY_COUNT} previous keys")]
    TooManyKeys,
}

fn parse_line(line: &str) -> Result<(bool, MasterKey), KeyTextProblem> {
    let mut fields = line.split_whitespace();
    let (Some(role), Some(id), Some(key), None) =
        (fields.next(), fields.next(), fields.next(), fields.next())
    else {
        return Err(KeyTextProblem::Fields);
    };
    let is_current = match role {
        "current" => true,
        "previous" => false,
        _ => return Err(KeyTextProblem::Fields),
    };
    let id: KeyId = id.parse().map_err(|_digits| KeyTextProblem::Id)?;
    let mut bytes = hex::decode(key).ok_or(KeyTextProblem::Key)?;
    let key = MasterKey::from_bytes(bytes);
    bytes.zeroize();
    if key.id() != id {
        return Err(KeyTextProblem::IdOfAnotherKey);
    }
    Ok((is_current, key))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(byte: u8) -> MasterKey {
        MasterKey::from_bytes([byte; 32])
    }

    fn text(lines: &[&str]) -> String {
        lines.join("\n")
    }

    #[test]
    fn keys_survive_the_text_in_their_order() {
        let keys = MasterKeys::only(key(1)).rotated(key(2)).rotated(key(3));
        let read = MasterKeys::parse(&keys.to_text()).unwrap();
        assert_eq!(read.current().id(), key(3).id());
        assert_eq!(
            read.previous().iter().map(MasterKey::id).collect::<Vec<_>>(),
            [key(2).id(), key(1).id()]
        );
        assert_eq!(*read.to_text(), *keys.to_text());
        assert!(read.without_previous().previous().is_empty());
    }

    #[test]
    fn a_key_file_of_version_1_can_still_be_read() {
        let id = "69f0f006172c4365";
        let digits = "0707070707070707070707070707070707070707070707070707070707070707";
        let keys = MasterKeys::parse(&format!("matoi-keys 1\ncurrent {id} {digits}\n")).unwrap();
        assert_eq!(keys.current().id().to_string(), id);
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        let digits = |byte: u8| hex::encode(&[byte; 32]);
        let current = format!("current {} {}", key(1).id(), digits(1));
        let previous = format!("previous {} {}", key(2).id(), digits(2));
        let check = |lines: &[&str], line: usize, problem: KeyTextProblem| {
            assert_eq!(
                MasterKeys::parse(&text(lines)).unwrap_err(),
                KeyTextError { line, problem },
                "{lines:?}"
            );
        };
        check(&[], 1, KeyTextProblem::NotAKeyFile);
        check(&["# only this"], 1, KeyTextProblem::NotAKeyFile);
        check(&["", "hello"], 2, KeyTextProblem::NotAKeyFile);
        check(&["matoi-keys 2"], 1, KeyTextProblem::UnknownVersion);
        check(&["matoi-keys 1"], 1, KeyTextProblem::NoCurrentKey);
        check(&["matoi-keys 1", &previous], 2, KeyTextProblem::NoCurrentKey);
        check(
            &["matoi-keys 1", &current, "# ok", &current],
            4,
            KeyTextProblem::KeyTwice,
        );
        check(
            &["matoi-keys 1", &current, &previous.replace("previous", "current")],
            3,
            KeyTextProblem::TwoCurrentKeys,
        );
        check(
            &["matoi-keys 1", &current.replace("current", "old")],
            2,
            KeyTextProblem::Fields,
        );
        check(
            &["matoi-keys 1", &format!("{current} more")],
            2,
            KeyTextProblem::Fields,
        );
        check(&["matoi-keys 1", "current 12 34"], 2, KeyTextProblem::Id);
        check(
            &["matoi-keys 1", &current.replace("0101", "01")],
            2,
            KeyTextProblem::Key,
        );
        check(
            &["matoi-keys 1", &current.replacen("0101", "0111", 1)],
            2,
            KeyTextProblem::IdOfAnotherKey,
        );
    }

    #[test]
    fn debug_and_errors_show_no_key() {
        let keys = MasterKeys::only(MasterKey::from_bytes([0xab; 32]));
        let digits = "abababab";
        assert!(!format!("{keys:?}").contains(digits));
        let broken = keys.to_text().replacen(digits, "ababababff", 1);
        let error = MasterKeys::parse(&broken).unwrap_err();
        assert!(!format!("{error} {error:?}").contains(digits));
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(matoi-keys 1\n)?([a-z]{0,9} [0-9a-f]{0,17} [0-9a-f]{0,65}\n|.{0,40}\n){0,5}") {
            let _read_or_refused = MasterKeys::parse(&text);
        }
    }
}
