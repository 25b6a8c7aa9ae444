//! Technical traces in free text: addresses, hosts, URLs, mail addresses, digests, files, CVE.
//!
//! People paste them from mails, consoles and reports: defanged or not, in full-width characters, in the
//! middle of Japanese without a space around. [`find_observables`] finds them in one pass over text of any
//! size and content, in time that grows with its length only.
//!
//! What is found where:
//! - The host of a URL is an observable of its own, since it is what one blocks and looks for in logs. The
//!   domain of a mail address is not: it is mostly a provider's or the victim's.
//! - Digests and CVE identifiers are found anywhere, in URLs and paths too. Hosts, addresses and files in the
//!   path or query of a URL are not.
//! - A port is left off an address or host; a URL keeps it unless it is its scheme's own.
//! - A URL without scheme needs a path and has a value without scheme.
//! - How hosts are told from files is said in `names`, addresses from versions in `address`, where names in
//!   other scripts begin in `names` and `files`, what counts as defanged in `plain`.

mod address;
mod defang;
mod digest;
mod files;
mod found;
mod host;
mod kind;
mod names;
mod own;
mod paths;
mod plain;
mod scan;
mod special;
mod url;

pub use defang::{defang, refang};
pub use found::{Observable, Observables};
pub use kind::{ObservableKind, ParseObservableKindError};
pub use own::{OwnNames, OwnNamesError};
pub use special::SpecialPurpose;

/// Finds the technical traces in a text: each once, at most `limit` of them.
///
/// The limit keeps the first of a text; how many different ones it left out is counted.
#[must_use]
pub fn find_observables(text: &str, limit: usize) -> Observables {
    scan::scan(&plain::Plain::new(text), limit)
}
