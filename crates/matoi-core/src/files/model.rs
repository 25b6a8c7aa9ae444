//! Nouns of files.

use matoi_mail::{ArchiveFacts, FileName, SniffedType};
use matoi_types::{AccountId, AttachmentId, CaseId, ItemId, ScopeId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What a file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A report or an alert.
    Item(ItemId),
    /// A case.
    Case(CaseId),
}

impl Owner {
    /// The name in the database.
    #[must_use]
    pub const fn kind(self) -> &'static str {
        match self {
            Self::Item(_) => "item",
            Self::Case(_) => "case",
        }
    }

    /// The identifier as text.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Item(id) => id.to_string(),
            Self::Case(id) => id.to_string(),
        }
    }
}

/// What was found out about a file without opening it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// What its bytes are; none when that was not looked into.
    #[serde(default)]
    pub sniffed: Option<SniffedType>,
    /// What kind of archive, with its directory.
    #[serde(default)]
    pub archive: Option<ArchiveFacts>,
    /// Its name as given and as it is safe to show.
    #[serde(default)]
    pub name: Option<FileName>,
}

impl FileFacts {
    /// Whether a password keeps its content from being looked into.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.archive
            .as_ref()
            .is_some_and(|archive| archive.encrypted == Some(true))
            || self
                .sniffed
                .as_ref()
                .is_some_and(|sniffed| sniffed.encrypted == Some(true))
    }

    /// Whether it runs when opened, pretends to be something else, or carries what runs.
    #[must_use]
    pub fn is_suspicious(&self) -> bool {
        let by_bytes = self
            .sniffed
            .as_ref()
            .is_some_and(|s| s.dangerous || s.contradicts_name || s.active_content == Some(true));
        by_bytes
            || self.name.as_ref().is_some_and(FileName::is_deceptive)
            || self
                .archive
                .as_ref()
                .is_some_and(|archive| !archive.suspicious.is_empty())
    }
}

/// A stored file.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Attachment {
    /// Its identifier.
    pub id: AttachmentId,
    /// Its name, made safe to show.
    pub name: String,
    /// The type its sender declared.
    pub declared_type: String,
    /// The type its bytes have.
    pub sniffed_type: String,
    /// Its size in bytes.
    pub size: i64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// Whether a password keeps its content from being looked into: it is not inspected.
    pub encrypted: bool,
    /// Whether it runs when opened, or pretends to be something else.
    pub suspicious: bool,
    /// Who added it; none for what came in.
    pub uploaded_by: Option<AccountId>,
    /// When it came.
    pub created_at: Timestamp,
    /// When its content was deleted by decision.
    pub deleted_at: Option<Timestamp>,
    /// Why.
    pub delete_reason: Option<String>,
    /// Everything found out about it.
    #[serde(skip)]
    pub facts: FileFacts,
    /// Where its bytes are.
    #[serde(skip)]
    pub blob: String,
    /// The scope that decides who sees it.
    #[serde(skip)]
    pub scope_id: ScopeId,
}

/// A file whose bytes are stored already.
#[derive(Debug, Clone)]
pub struct NewFile {
    /// Where its bytes are.
    pub blob: String,
    /// Its name as given.
    pub name: String,
    /// The type its sender declared.
    pub declared_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
    /// What was found out about it.
    pub facts: FileFacts,
}
