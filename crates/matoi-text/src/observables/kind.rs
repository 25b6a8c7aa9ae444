//! What kinds of technical trace there are.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The kind of an observable. Names are stable: they are stored and exchanged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ObservableKind {
    /// IPv4 address.
    Ipv4,
    /// IPv6 address.
    Ipv6,
    /// Fully qualified host or domain name.
    Domain,
    /// URL, with or without scheme.
    Url,
    /// Mail address.
    Email,
    /// MD5 digest (any 32 hexadecimal digits).
    Md5,
    /// SHA-1 digest (any 40 hexadecimal digits).
    Sha1,
    /// SHA-256 digest (any 64 hexadecimal digits).
    Sha256,
    /// SHA-512 digest (any 128 hexadecimal digits).
    Sha512,
    /// Name of a file, without directory.
    Filename,
    /// Absolute path of a file or directory (Windows, UNC or Unix).
    Filepath,
    /// Vulnerability identifier (CVE).
    Cve,
}

impl ObservableKind {
    /// Every kind.
    pub const ALL: [Self; 12] = [
        Self::Ipv4,
        Self::Ipv6,
        Self::Domain,
        Self::Url,
        Self::Email,
        Self::Md5,
        Self::Sha1,
        Self::Sha256,
        Self::Sha512,
        Self::Filename,
        Self::Filepath,
        Self::Cve,
    ];

    /// The stable name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ipv4 => "ipv4",
            Self::Ipv6 => "ipv6",
            Self::Domain => "domain",
            Self::Url => "url",
            Self::Email => "email",
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
            Self::Sha512 => "sha512",
            Self::Filename => "filename",
            Self::Filepath => "filepath",
            Self::Cve => "cve",
        }
    }
}

impl fmt::Display for ObservableKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no kind of observable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of observable: {0:?}")]
pub struct ParseObservableKindError(pub String);

impl FromStr for ObservableKind {
    type Err = ParseObservableKindError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or_else(|| ParseObservableKindError(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_kind() {
        for kind in ObservableKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
        }
        assert_eq!(
            "IPv4".parse::<ObservableKind>().unwrap_err().to_string(),
            "not a kind of observable: \"IPv4\""
        );
    }
}
