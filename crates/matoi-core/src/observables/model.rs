//! Nouns of observables.

use matoi_types::{ObservableId, Timestamp, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::named;

named! {
    /// What kind of trace.
    ObservableKind {
        /// IPv4 address.
        Ipv4 = "ipv4",
        /// IPv6 address.
        Ipv6 = "ipv6",
        /// Host or domain name.
        Domain = "domain",
        /// URL.
        Url = "url",
        /// Mail address.
        Email = "email",
        /// MD5 digest.
        Md5 = "md5",
        /// SHA-1 digest.
        Sha1 = "sha1",
        /// SHA-256 digest.
        Sha256 = "sha256",
        /// SHA-512 digest.
        Sha512 = "sha512",
        /// File name.
        Filename = "filename",
        /// Path of a file.
        Filepath = "filepath",
        /// Vulnerability identifier.
        Cve = "cve",
        /// Name of a computer that is no domain name.
        Hostname = "hostname",
        /// Name of a user account.
        Account = "account",
        /// Registry key.
        Registry = "registry",
        /// Anything else.
        Other = "other",
    }
}

named! {
    /// How a trace came to be noted.
    Origin {
        /// Found in text by the program.
        Found = "found",
        /// Named by the program that sent the alert.
        Sender = "sender",
        /// Written down by a person.
        Person = "person",
    }
}

/// A trace where it was seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Sighting {
    /// The trace.
    pub id: ObservableId,
    /// What kind.
    pub kind: ObservableKind,
    /// The canonical value.
    pub value: String,
    /// The value in a form that nothing turns into a link.
    pub defanged: String,
    /// Whether it is one of the organisation's own.
    pub own: bool,
    /// For addresses and names with a special purpose: `private`, `loopback`, `documentation` ….
    pub special: Option<String>,
    /// Its label here.
    pub tlp: Tlp,
    /// How it came to be noted.
    pub origin: Origin,
    /// What it is.
    pub note: String,
    /// When it was noted here.
    pub at: Timestamp,
    /// In how many other cases, reports and alerts that the caller may see it was seen.
    pub elsewhere: i64,
}

/// A trace by itself.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Observable {
    /// Its identifier.
    pub id: ObservableId,
    /// What kind.
    pub kind: ObservableKind,
    /// The canonical value.
    pub value: String,
    /// The value in a form that nothing turns into a link.
    pub defanged: String,
    /// Whether it is one of the organisation's own.
    pub own: bool,
    /// For addresses and names with a special purpose: `private`, `loopback`, `documentation` ….
    pub special: Option<String>,
}

/// Another place where a trace was seen.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Elsewhere {
    /// `case`, `report` or `alert`.
    pub noun: String,
    /// Its identifier.
    pub id: String,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// When.
    pub at: Timestamp,
}

/// What a person writes down.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ObservableInput {
    /// What kind; found out when not given.
    #[serde(default)]
    pub kind: Option<ObservableKind>,
    /// The value, defanged or not, at most 2,000 characters.
    pub value: String,
    /// Its label; that of the case when not given.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// What it is, at most 500 characters.
    #[serde(default)]
    pub note: String,
}
