//! Copying everything out and bringing it back: which files belong to the rows, what is not copied, what a copy must not do again.

use std::collections::BTreeMap;

use crate::kernel::{Action, Result, Tx};
use crate::{audit, desk, files, intake, jobs, report_doc, search};

/// Tables whose rows no backup holds: those that the schema makes itself, those that are made from others, and those that would
/// bring back what has ended: sessions, links that work once, counts of tries, duties.
pub const NOT_IN_BACKUPS: &[&str] = &[
    "schema_migration",
    "search_document",
    "search_state",
    "search_words",
    "search_piece",
    "session",
    "one_time_link",
    "login_throttle",
    "sign_on_answer",
    "public_throttle",
    "lease",
];

/// What the rows say of a stored file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedFile {
    size: Option<u64>,
    sha256: Option<String>,
}

impl NamedFile {
    /// How content of this length and SHA-256, in hex, contradicts the rows; none when it does not.
    #[must_use]
    pub fn fault(&self, length: u64, sha256: &str) -> Option<&'static str> {
        if self.size.is_some_and(|size| size != length) {
            return Some("its length is not the one noted when it was stored");
        }
        if self.sha256.as_deref().is_some_and(|noted| noted != sha256) {
            return Some("its SHA-256 is not the one noted when it was stored");
        }
        None
    }
}

/// Every stored file that some row names, with what the row says of it.
pub async fn files_named(tx: &mut Tx) -> Result<BTreeMap<String, NamedFile>> {
    tx.require(Action::SystemOperate)?;
    let mut named = BTreeMap::new();
    for blob in report_doc::service::all_files(tx).await? {
        named.insert(blob, NamedFile::default());
    }
    for blob in desk::all_originals(tx).await? {
        named.insert(blob, NamedFile::default());
    }
    for (blob, size) in intake::all_files(tx).await? {
        let size = u64::try_from(size).ok();
        named.insert(blob, NamedFile { size, sha256: None });
    }
    for (blob, size, sha256) in files::service::all(tx).await? {
        let (size, sha256) = (u64::try_from(size).ok(), Some(sha256));
        named.insert(blob, NamedFile { size, sha256 });
    }
    Ok(named)
}

/// What has to be done once rows are back: jobs that were under way wait for a person, search is made anew, and the audit log
/// begins a new epoch. Gives how many jobs wait.
pub async fn after_restore(tx: &mut Tx, reason: &str) -> Result<u64> {
    tx.require(Action::SystemOperate)?;
    let held = jobs::service::hold_all(tx, search::rebuild::JOB).await?;
    search::service::request_rebuild(tx, true).await?;
    audit::service::begin_epoch(tx, reason).await?;
    Ok(held)
}
