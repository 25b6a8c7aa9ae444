//! Backups: everything an installation holds, in one encrypted file, made while it runs and brought back anywhere.
//!
//! A backup begins with two lines in the clear: what it is, and a [`Label`] as JSON with the recovery file of the installation,
//! which the recovery key opens. So the file and the recovery key bring everything back, and either alone brings nothing. The
//! rest is one encrypted stream (`matoi_blob::format`, context `matoi backup 1`) of records ([`stream`]): the label again, the
//! rows of every table, every stored file, and the sums.
//!
//! Rows are written as what they are, not in the words of one database: a backup made on one kind of database can be restored
//! on the other. Tables are read from the catalogue, so that none is forgotten; what is left out is named in
//! [`matoi_core::upkeep::NOT_IN_BACKUPS`].

pub mod restore;
pub mod stream;
pub mod write;

use std::collections::BTreeMap;

use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};

/// The first line of every backup.
pub const FIRST_LINE: &str = "matoi backup 1\n";
/// What the encrypted stream is bound to.
pub(crate) const CONTEXT: &[u8] = b"matoi backup 1";

/// What a backup says of itself, in the clear and once more where nobody can change it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Label {
    /// When the state of the data was read.
    pub made_at: Timestamp,
    /// The version of the program that made it.
    pub program: String,
    /// The version of the schema.
    pub schema: i64,
    /// The kind of database it was made from.
    pub database: String,
    /// The recovery file of the installation: its master keys, sealed under the recovery key.
    pub recovery_file: String,
}

/// A table, before its rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TableHead {
    /// Its name.
    pub(crate) name: String,
    /// Names of its columns, with whether they hold whole numbers.
    pub(crate) columns: Vec<(String, bool)>,
}

/// A stored file, before its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct FileHead {
    /// Its id.
    pub(crate) id: String,
}

/// What a backup holds, at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sums {
    /// Rows of each table.
    pub rows: BTreeMap<String, u64>,
    /// Stored files.
    pub files: u64,
    /// Bytes of their content.
    pub file_bytes: u64,
    /// Files that were deleted while the backup was made.
    pub deleted_meanwhile: Vec<String>,
    /// Files that are named by a row but are missing or damaged, with what is wrong.
    pub broken: BTreeMap<String, String>,
}

impl Sums {
    /// Rows of all tables.
    #[must_use]
    pub fn all_rows(&self) -> u64 {
        self.rows.values().sum()
    }
}
