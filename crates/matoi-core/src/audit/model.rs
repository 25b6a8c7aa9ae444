//! Nouns of the audit log.

use matoi_types::{AccountId, ChangeId, ScopeId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use crate::kernel::named;

/// One row as its reader sees it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its identifier.
    pub id: ChangeId,
    /// Its place in the sealed order, none until the sealer has been there.
    pub seq: Option<i64>,
    /// When.
    pub at: Timestamp,
    /// `account`, `system`, `anonymous` or `reporter`.
    pub actor_kind: String,
    /// Who, by identifier.
    pub actor_id: Option<String>,
    /// Who, by the name at that time.
    pub actor_name: String,
    /// The browser session.
    pub session_id: Option<String>,
    /// The API token.
    pub token_id: Option<String>,
    /// Where from.
    pub address: Option<String>,
    /// In which request.
    pub request_id: String,
    /// The command, like `case.close`.
    pub verb: String,
    /// What kind of thing it was done to.
    pub entity_kind: String,
    /// Which one.
    pub entity_id: String,
    /// What changed; none when it was erased by decision.
    pub detail: Option<ChangeDetail>,
}

/// What a command changed.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangeDetail {
    /// Fields before.
    #[schema(value_type = Object)]
    pub before: serde_json::Map<String, Json>,
    /// Fields after.
    #[schema(value_type = Object)]
    pub after: serde_json::Map<String, Json>,
    /// The reason given.
    #[serde(default)]
    pub note: Option<String>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// The row with this identifier.
    pub id: Option<ChangeId>,
    /// Rows of one kind of actor: `account`, `system`, `anonymous` or `reporter`.
    pub actor_kind: Option<String>,
    /// Rows of one actor.
    pub actor_id: Option<String>,
    /// Rows about one kind of thing.
    pub entity_kind: Option<String>,
    /// Rows about one thing.
    pub entity_id: Option<String>,
    /// Rows of one command.
    pub verb: Option<String>,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

/// What followers of the sealed order get: ids only, the reader fetches with its own rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealedChange {
    /// Its place.
    pub seq: i64,
    /// The command.
    pub verb: String,
    /// What kind of thing.
    pub entity_kind: String,
    /// Which one.
    pub entity_id: String,
    /// The scope that decides who may learn of it.
    pub scope: Option<ScopeId>,
    /// When.
    pub at: Timestamp,
}

/// What a verification found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Verification {
    /// Rows whose digest, link and place are right.
    pub verified: i64,
    /// Rows whose details were erased by decision and are covered by their digest alone.
    pub erased: i64,
    /// Signatures that are right.
    pub seals: i64,
    /// The last link.
    pub head: String,
    /// When it was signed.
    pub sealed_at: Option<Timestamp>,
    /// Rows not sealed yet.
    pub unsealed: i64,
    /// When the oldest of them was written.
    pub oldest_unsealed: Option<Timestamp>,
    /// What is wrong, at most the first hundred.
    pub faults: Vec<Fault>,
}

impl Verification {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Something wrong with the chain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Fault {
    /// Where in the sealed order.
    pub seq: i64,
    /// What is wrong there.
    pub kind: FaultKind,
}

named! {
    /// What is wrong with a place of the chain.
    FaultKind {
        /// Places before it are not there.
        Gap = "gap",
        /// The row is not there.
        Missing = "missing",
        /// The row or its details were changed.
        Digest = "digest",
        /// It does not follow from the one before.
        Link = "link",
        /// The signature does not fit.
        Signature = "signature",
        /// It is signed with a key that nobody knows.
        Key = "key",
        /// Rows after the last signature.
        Tail = "tail",
        /// Rows that are neither in the chain nor wait for it.
        Unchained = "unchained",
    }
}

/// A verification that was kept.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KeptVerification {
    /// When it began.
    pub started_at: Timestamp,
    /// When it was done.
    pub finished_at: Timestamp,
    /// Who asked for it; none for the program itself.
    pub checked_by: Option<AccountId>,
    /// Their name.
    pub checked_by_name: String,
    /// What it found.
    pub found: Verification,
}

/// How far the chain reaches, read without verifying anything.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChainState {
    /// Rows in the chain.
    pub sealed: i64,
    /// The epoch: it grows with every restore.
    pub epoch: i64,
    /// The last link.
    pub head: String,
    /// When it was signed.
    pub sealed_at: Option<Timestamp>,
    /// With which key: the first 16 hexadecimal digits of the SHA-256 of the public key.
    pub key_id: Option<String>,
    /// Rows not sealed yet.
    pub unsealed: i64,
    /// When the oldest of them was written.
    pub oldest_unsealed: Option<Timestamp>,
}
