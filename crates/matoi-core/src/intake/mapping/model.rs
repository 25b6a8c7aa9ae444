//! A mapping as its YAML file says it.

use matoi_types::{Severity, Tlp};
use serde::Deserialize;

use super::path::Path;
use super::table::{Chosen, Named};
use super::template::{FirstOf, Template};
use super::time::TimeRule;
use crate::kernel::Message;
use crate::kernel::data::{self, Bilingual, DataError};

/// Alerts of one request.
pub const MAX_ALERTS: usize = 500;
/// Rules for traces.
const MAX_OBSERVABLE_RULES: usize = 100;
/// Rules for tags.
const MAX_TAG_RULES: usize = 50;

/// How a sender's own form becomes alerts. A data file: see `docs/compat.md`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Mapping {
    /// Its name, which stands in the address: 2 to 40 lower-case letters, digits, `-` and `_`.
    pub id: String,
    /// What it is for.
    pub title: Bilingual,
    /// How to set the sender up.
    #[serde(default)]
    pub about: Option<Bilingual>,
    /// The signature that every request without an API token must bear; without one the webhook's secret itself is sent.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// Where the alerts are in the body: the first of these paths that leads somewhere. Without it the body is one, or each
    /// element when the body is a list.
    #[serde(default)]
    pub split: Paths,
    /// What an alert must say to be taken; others are passed over.
    #[serde(default)]
    pub accept: Vec<Accept>,
    /// The alert itself.
    pub alert: AlertRules,
    /// Traces.
    #[serde(default)]
    pub observables: Vec<ObservableRule>,
}

/// A signature over the body, made with the secret of the webhook (HMAC, RFC 2104).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// The header it stands in.
    pub header: String,
    /// What stands before it, like `sha256=`.
    #[serde(default)]
    pub prefix: String,
    /// How it is written.
    #[serde(default)]
    pub encoding: SignatureEncoding,
    /// Which digest.
    #[serde(default)]
    pub algorithm: SignatureAlgorithm,
}

/// How a signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureEncoding {
    /// Hexadecimal.
    #[default]
    Hex,
    /// Base64.
    Base64,
}

/// Which digest a signature uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SignatureAlgorithm {
    /// SHA-256.
    #[default]
    Sha256,
    /// SHA-512.
    Sha512,
}

/// A path as a field of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathText(pub Path);

impl<'de> Deserialize<'de> for PathText {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Path::read(&text).map(Self).map_err(serde::de::Error::custom)
    }
}

/// Paths of which the first that leads somewhere counts: one, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Paths(pub Vec<Path>);

impl<'de> Deserialize<'de> for Paths {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{SeqAccess, Visitor};
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Paths;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a path, or a list of paths")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Paths, E> {
                Path::read(text).map(|path| Paths(vec![path])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Paths, A::Error> {
                let mut paths = Vec::new();
                while let Some(PathText(path)) = list.next_element()? {
                    paths.push(path);
                }
                Ok(Paths(paths))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// What an alert must say to be taken.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// Where it says it.
    pub from: FirstOf,
    /// One of these.
    pub is: Vec<String>,
}

/// Where the fields of an alert come from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AlertRules {
    /// Which program sends it.
    pub source: FirstOf,
    /// The sender's own identifier; without one the content identifies the alert.
    #[serde(default)]
    pub source_ref: FirstOf,
    /// What it is about.
    pub title: FirstOf,
    /// What it says.
    #[serde(default)]
    pub description: FirstOf,
    /// What kind of alert.
    #[serde(default)]
    pub alert_type: FirstOf,
    /// How bad it looks; medium without a rule.
    #[serde(default)]
    pub severity: Option<Chosen<Severity>>,
    /// Its label; that of the organisation without a rule.
    #[serde(default)]
    pub tlp: Option<Chosen<Tlp>>,
    /// When it happened.
    #[serde(default)]
    pub event_at: Option<TimeRule>,
    /// Tags: each rule gives as many as it finds.
    #[serde(default)]
    pub tags: Vec<TagRule>,
    /// A page of the sender that shows more.
    #[serde(default)]
    pub link: FirstOf,
}

/// Where tags come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagRule {
    pub(super) from: Template,
    pub(super) split: Option<String>,
}

impl<'de> Deserialize<'de> for TagRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::{Error as _, MapAccess, Visitor, value::MapAccessDeserializer};
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            from: Template,
            split: String,
        }
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = TagRule;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a template, or { from: …, split: \",\" }")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<TagRule, E> {
                let from = Template::read(text).map_err(E::custom)?;
                Ok(TagRule { from, split: None })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<TagRule, A::Error> {
                let written = Written::deserialize(MapAccessDeserializer::new(map))?;
                if written.split.is_empty() {
                    return Err(A::Error::custom("split needs a character to split at"));
                }
                Ok(TagRule {
                    from: written.from,
                    split: Some(written.split),
                })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// Where traces come from.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservableRule {
    /// Each value of this path gives a trace; without it the alert gives one.
    #[serde(default)]
    pub each: Option<PathText>,
    /// What kind; found out from the value without a rule.
    #[serde(default)]
    pub kind: Option<Named>,
    /// The value. When it gives nothing, there is no trace.
    pub value: FirstOf,
    /// What it is.
    #[serde(default)]
    pub note: FirstOf,
    /// Its label; that of the alert without a rule.
    #[serde(default)]
    pub tlp: Option<Chosen<Tlp>>,
}

impl Mapping {
    /// Reads and checks a mapping.
    ///
    /// # Errors
    /// [`DataError`] with the place, naming what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        let mapping: Self = data::from_yaml(file, text)?;
        match mapping.problem() {
            None => Ok(mapping),
            Some((key, message)) => Err(DataError::new(file, line_of(text, key), key, message)),
        }
    }

    fn problem(&self) -> Option<(&'static str, Message)> {
        if !is_name(&self.id) {
            return Some(("id", Message::new("data-mapping-name")));
        }
        if self.alert.source.is_empty() {
            return Some(("source", Message::new("data-template-needed")));
        }
        if self.alert.title.is_empty() {
            return Some(("title", Message::new("data-template-needed")));
        }
        if self.alert.tags.len() > MAX_TAG_RULES {
            return Some((
                "tags",
                Message::new("data-too-many-rules").with("max", MAX_TAG_RULES as i64),
            ));
        }
        if self.observables.len() > MAX_OBSERVABLE_RULES {
            return Some((
                "observables",
                Message::new("data-too-many-rules").with("max", MAX_OBSERVABLE_RULES as i64),
            ));
        }
        if self.accept.iter().any(|accept| accept.is.is_empty()) {
            return Some(("accept", Message::new("data-is-needs-value")));
        }
        if let Some(signature) = &self.signature {
            let plain = |text: &str| {
                !text.is_empty()
                    && text.len() <= 60
                    && text
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
            };
            if !plain(&signature.header) {
                return Some(("signature", Message::new("data-signature-name")));
            }
        }
        None
    }
}

/// Whether a text can be the name of a mapping or a webhook: 2 to 40 lower-case letters, digits, `-` and `_`.
#[must_use]
pub fn is_name(text: &str) -> bool {
    (2..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_'))
}

/// The first line that begins with a key; 0 when there is none.
fn line_of(text: &str, key: &str) -> u64 {
    text.lines()
        .position(|line| line.trim_start().starts_with(&format!("{key}:")))
        .map_or(0, |at| at as u64 + 1)
}
