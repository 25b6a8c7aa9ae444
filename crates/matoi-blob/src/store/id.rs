//! Names of stored files.

use std::fmt;
use std::str::FromStr;

use crate::random::random_array;
use crate::{FillRandom, RandomError, hex};

/// Name of a stored file: 128 random bits, written as 32 lower-case hexadecimal digits. Says nothing about
/// content or age.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BlobId([u8; 16]);

impl BlobId {
    /// A new id.
    ///
    /// # Errors
    /// Where no random bytes can be had.
    pub fn generate(random: &dyn FillRandom) -> Result<Self, RandomError> {
        random_array(random).map(Self)
    }

    /// The id with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The bytes of the id.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// The first byte, by which files are spread over directories.
    pub(super) fn prefix(&self) -> u8 {
        let [first, ..] = self.0;
        first
    }

    /// The name that the encrypted stream is bound to.
    pub(super) fn context(&self) -> Vec<u8> {
        format!("blob:{self}").into_bytes()
    }
}

impl fmt::Display for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&hex::encode(&self.0))
    }
}

impl fmt::Debug for BlobId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "BlobId({self})")
    }
}

/// A blob id is 32 lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a blob id is 32 lower-case hexadecimal digits")]
pub struct ParseBlobIdError;

impl FromStr for BlobId {
    type Err = ParseBlobIdError;

    /// One spelling only: on a file system that keeps case, another one would be another file.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return Err(ParseBlobIdError);
        }
        hex::decode(text).map(Self).ok_or(ParseBlobIdError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_has_one_spelling() {
        let text = "00112233445566778899aabbccddeeff";
        let id: BlobId = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        for other in [
            "",
            "00",
            "00112233445566778899AABBCCDDEEFF",
            "../112233445566778899aabbccddeeff",
            "é0112233445566778899aabbccddeeff",
        ] {
            assert_eq!(other.parse::<BlobId>(), Err(ParseBlobIdError), "{other}");
        }
    }
}
