//! Typed identifiers: a UUID (version 7, RFC 9562) that knows what it identifies.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

/// What an [`Id`] can identify. Implemented by the empty types in [`kind`].
pub trait IdKind: 'static {
    /// The noun, in lower case, as it appears in error messages and change rows.
    const NAME: &'static str;
    /// The name of its identifier's type in the OpenAPI document.
    const SCHEMA: &'static str;
}

/// The kinds of things that have identifiers.
pub mod kind {
    use super::IdKind;

    /// Declares one empty type per noun. A macro because eighteen identical blocks would hide the one line that differs.
    macro_rules! kinds {
        ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {
            $($(#[$doc])* #[derive(Debug)] pub enum $name {}
            impl IdKind for $name {
                const NAME: &'static str = $text;
                const SCHEMA: &'static str = concat!(stringify!($name), "Id");
            })*
        };
    }

    kinds! {
        /// Work with a life cycle: an incident, an inquiry.
        Case = "case";
        /// A report or an alert on the desk.
        Item = "item";
        /// Somebody, or a program, that signs in.
        Account = "account";
        /// One signed-in browser.
        Session = "session";
        /// A secret by which a program calls the API.
        Token = "token";
        /// Who needs to know: the one place that decides visibility.
        Scope = "scope";
        /// A unit of the organisation.
        Unit = "unit";
        /// A piece of work inside a case.
        Task = "task";
        /// One entry of a case's timeline.
        Entry = "entry";
        /// A stored file that came with something.
        Attachment = "attachment";
        /// A registered asset.
        Asset = "asset";
        /// A technical trace: address, domain, hash.
        Observable = "observable";
        /// A document made from a case.
        Document = "document";
        /// Background work.
        Job = "job";
        /// One row of the audit log.
        Change = "change";
        /// A message between the desk and a reporter.
        Message = "message";
        /// A mail that came in.
        Mail = "mail";
        /// What somebody must be told until they have seen it.
        Notice = "notice";
        /// A recorded decision.
        Decision = "decision";
        /// A merge of one case into another.
        Merge = "merge";
        /// How a triage came to its result.
        Triage = "triage";
        /// A clock that runs on a report or a case.
        Clock = "clock";
    }
}

/// An identifier of one `K`, a UUID version 7 whose text form is the usual 36 characters in lower case.
///
/// Identifiers sort by the time they were made; they are not secrets.
pub struct Id<K: IdKind>(Uuid, PhantomData<fn() -> K>);

impl<K: IdKind> Id<K> {
    /// Makes an identifier from a time and 10 random bytes (RFC 9562, section 5.7).
    ///
    /// `unix_millis` is cut to 48 bits, of `random` the version and variant bits are overwritten.
    #[must_use]
    pub fn from_parts(unix_millis: u64, random: [u8; 10]) -> Self {
        let mut bytes = [0u8; 16];
        let (head, tail) = bytes.split_at_mut(6);
        head.copy_from_slice(unix_millis.to_be_bytes().get(2..).unwrap_or(&[0; 6]));
        tail.copy_from_slice(&random);
        let mut uuid = u128::from_be_bytes(bytes);
        uuid = (uuid & !(0xf << 76)) | (0x7 << 76);
        uuid = (uuid & !(0x3 << 62)) | (0x2 << 62);
        Self(Uuid::from_u128(uuid), PhantomData)
    }

    /// Wraps a UUID that is known to identify a `K`.
    #[must_use]
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }

    /// The bare UUID.
    #[must_use]
    pub const fn as_uuid(&self) -> &Uuid {
        &self.0
    }
}

impl<K: IdKind> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K: IdKind> Copy for Id<K> {}
impl<K: IdKind> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K: IdKind> Eq for Id<K> {}
impl<K: IdKind> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K: IdKind> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K: IdKind> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<K: IdKind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self.0.as_hyphenated(), f)
    }
}
impl<K: IdKind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", K::NAME, self.0.as_hyphenated())
    }
}

/// A text that is not an identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseIdError {
    /// The noun that was expected.
    pub kind: &'static str,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a {} id: expected a UUID of 36 characters", self.kind)
    }
}
impl std::error::Error for ParseIdError {}

impl<K: IdKind> FromStr for Id<K> {
    type Err = ParseIdError;

    /// Accepts only the canonical form, so that one thing has one spelling in links and keys.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let error = ParseIdError { kind: K::NAME };
        if text.len() != 36 || text.bytes().any(|b| b.is_ascii_uppercase()) {
            return Err(error);
        }
        Uuid::try_parse(text).map(Self::from_uuid).map_err(|_| error)
    }
}

impl<K: IdKind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: IdKind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_id_survives_text_and_carries_version_and_variant(millis in 0u64..(1 << 48), random: [u8; 10]) {
            let id = Id::<kind::Case>::from_parts(millis, random);
            prop_assert_eq!(id.to_string().parse::<Id<kind::Case>>().unwrap(), id);
            prop_assert_eq!(id.as_uuid().get_version_num(), 7);
            prop_assert_eq!(id.as_uuid().get_variant(), uuid::Variant::RFC4122);
        }

        #[test]
        fn ids_sort_by_time(a in 0u64..(1 << 48), b in 0u64..(1 << 48), random: [u8; 10]) {
            prop_assume!(a < b);
            prop_assert!(Id::<kind::Case>::from_parts(a, random) < Id::<kind::Case>::from_parts(b, random));
        }
    }

    #[test]
    fn only_the_canonical_spelling_is_an_id() {
        for text in [
            "",
            "x",
            "0190A8B2-0000-7000-8000-000000000000",
            "{0190a8b2-0000-7000-8000-00000000000}",
        ] {
            assert!(text.parse::<Id<kind::Case>>().is_err(), "{text}");
        }
    }
}
