//! What an archive says about itself, read from its headers. Nothing is ever decompressed.

mod rar;
mod seven_zip;
mod zip;

pub(crate) use zip::first_names as first_zip_names;

use serde::{Deserialize, Serialize};

use crate::filename::{FileName, extension_of, is_dangerous_extension};
use crate::limits::Limits;
use crate::sniff::ContentKind;

/// Facts about an archive. `None` means that the headers do not say it, never "no".
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveFacts {
    /// What kind of archive.
    pub kind: ContentKind,
    /// Entries, up to the limit. Empty for formats whose lists are not read (7z, cab, iso, tar.gz ...).
    pub entries: Vec<ArchiveEntry>,
    /// Number of entries found, if the list was read; may exceed `entries`.
    pub entry_count: Option<u64>,
    /// Whether any content is encrypted.
    pub encrypted: Option<bool>,
    /// How, if it is known.
    pub encryption: Option<Encryption>,
    /// Whether even the names are encrypted.
    pub names_encrypted: Option<bool>,
    /// Sum of the sizes that the entries declare; the sender can lie here.
    pub total_uncompressed: Option<u64>,
    /// Sum of the sizes they take in the archive.
    pub total_compressed: Option<u64>,
    /// What is suspicious.
    pub suspicious: Vec<ArchiveSuspicion>,
}

/// One entry of an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArchiveEntry {
    /// Its name. Directories inside the archive are kept in `name.original`.
    pub name: FileName,
    /// Declared size.
    pub size: u64,
    /// Size in the archive.
    pub compressed: u64,
    /// Whether its content is encrypted.
    pub encrypted: bool,
    /// Whether it is a directory.
    pub directory: bool,
}

/// How the content of an archive is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encryption {
    /// The old PKWARE cipher, which a known-plaintext attack breaks (APPNOTE 6.1).
    ZipCrypto,
    /// AES with 128 bits (WinZip AE-1, AE-2).
    Aes128,
    /// AES with 192 bits.
    Aes192,
    /// AES with 256 bits.
    Aes256,
    /// PKWARE's strong encryption (APPNOTE 7).
    Strong,
    /// Encrypted, method not known.
    Other,
}

/// Something suspicious about an archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "key", rename_all = "snake_case")]
pub enum ArchiveSuspicion {
    /// Declares to unpack to far more than it holds.
    RatioBomb {
        /// Declared bytes for each byte in the archive, rounded down.
        ratio: u64,
    },
    /// Entries share bytes, as in bombs that need no ratio.
    OverlappingEntries,
    /// A name that leads out of the directory it is unpacked to, or is absolute.
    PathTraversal {
        /// Safe form of the name.
        name: String,
    },
    /// Holds another archive or disk image.
    NestedArchive {
        /// Safe form of its name.
        name: String,
    },
    /// Holds something that runs when opened.
    DangerousEntry {
        /// Safe form of its name.
        name: String,
    },
    /// A name with bidirectional controls, invisible characters or a double extension.
    DeceptiveName {
        /// Safe form of the name.
        name: String,
    },
    /// Two entries with one name: which one is unpacked depends on the program.
    DuplicateName {
        /// Safe form of the name.
        name: String,
    },
    /// The list at the end and the headers before the data disagree: scanner and user may see different content.
    HeadersDisagree {
        /// Safe form of the name.
        name: String,
    },
    /// Bytes stand before the archive, as in a self-extracting program or a file of two kinds.
    LeadingBytes {
        /// How many.
        size: u64,
    },
    /// The archive is cut off or its structure is broken; what could be read is listed.
    Damaged,
}

/// Reads the facts of an archive, or of a program with an archive behind it. `kind` is what [`sniff`](crate::sniff) found.
/// `None` if it is no archive.
#[must_use]
pub fn archive_facts(content: &[u8], kind: ContentKind, limits: &Limits) -> Option<ArchiveFacts> {
    match kind {
        ContentKind::SevenZip => Some(seven_zip::facts(content)),
        ContentKind::Rar => Some(rar::facts(content, limits)),
        kind if kind.is_zip_container() => Some(zip::facts(content, kind, limits)),
        ContentKind::WindowsProgram => {
            zip::has_end_record(content).then(|| zip::facts(content, kind, limits))
        }
        kind if kind.is_archive() => Some(ArchiveFacts::unread(kind)),
        _ => None,
    }
}

impl ArchiveFacts {
    fn unread(kind: ContentKind) -> Self {
        Self {
            kind,
            entries: Vec::new(),
            entry_count: None,
            encrypted: None,
            encryption: None,
            names_encrypted: None,
            total_uncompressed: None,
            total_compressed: None,
            suspicious: Vec::new(),
        }
    }

    /// Adds a suspicion unless there are already many: they are for a person to read.
    fn suspect(&mut self, suspicion: ArchiveSuspicion) {
        if self.suspicious.len() < 50 && !self.suspicious.contains(&suspicion) {
            self.suspicious.push(suspicion);
        }
    }

    /// Adds an entry and what its name gives away.
    fn add(&mut self, entry: ArchiveEntry, limits: &Limits) {
        self.entry_count = Some(self.entry_count.unwrap_or(0).saturating_add(1));
        self.total_uncompressed = Some(self.total_uncompressed.unwrap_or(0).saturating_add(entry.size));
        self.total_compressed = Some(
            self.total_compressed
                .unwrap_or(0)
                .saturating_add(entry.compressed),
        );
        if entry.encrypted {
            self.encrypted = Some(true);
        }
        let name = &entry.name;
        let shown = || name.safe.clone();
        if leads_out(&name.original) {
            self.suspect(ArchiveSuspicion::PathTraversal { name: shown() });
        }
        if !entry.directory {
            if let Some(extension) = extension_of(&name.original) {
                if NESTED.contains(&extension.as_str()) {
                    self.suspect(ArchiveSuspicion::NestedArchive { name: shown() });
                }
                if is_dangerous_extension(&extension) {
                    self.suspect(ArchiveSuspicion::DangerousEntry { name: shown() });
                }
            }
            if name.is_deceptive() {
                self.suspect(ArchiveSuspicion::DeceptiveName { name: shown() });
            }
        }
        if self.entries.len() < limits.max_archive_entries {
            self.entries.push(entry);
        }
    }

    /// Looks at the totals once all entries are known.
    fn judge_ratio(&mut self, archive_size: usize) {
        const LARGE: u64 = 100 * 1024 * 1024;
        let Some(total) = self.total_uncompressed else {
            return;
        };
        let held = u64::try_from(archive_size).unwrap_or(u64::MAX).max(1);
        let ratio = total / held;
        // Deflate reaches 1032:1 at most; ordinary files stay far below 100:1.
        if total > LARGE && ratio >= 100 || ratio >= 1_100 {
            self.suspect(ArchiveSuspicion::RatioBomb { ratio });
        }
    }
}

const NESTED: &[&str] = &[
    "zip", "7z", "rar", "lzh", "lha", "cab", "gz", "tgz", "bz2", "xz", "zst", "tar", "iso", "img", "vhd",
    "vhdx", "arj", "ace", "jar", "udf", "wim", "dmg",
];

/// Whether a name in an archive points outside the directory it is unpacked to.
fn leads_out(name: &str) -> bool {
    let is_absolute =
        name.starts_with(['/', '\\']) || matches!(name.as_bytes(), [b'A'..=b'Z' | b'a'..=b'z', b':', ..]);
    is_absolute || name.split(['/', '\\']).any(|piece| piece.trim() == "..")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_lead_out_are_found() {
        for name in [
            "../a",
            "a/../../b",
            "..\\a",
            "/etc/x",
            "C:\\x",
            "\\\\host\\x",
            "a/.. /b",
        ] {
            assert!(leads_out(name), "{name}");
        }
        for name in ["a/b", "..a/b", "a..", "c/d:e"] {
            assert!(!leads_out(name), "{name}");
        }
    }
}
