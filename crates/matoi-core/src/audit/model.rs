//! Nouns of the audit log.

use matoi_types::{ChangeId, ScopeId, Timestamp};
use serde::Serialize;
use serde_json::Value as Json;

/// One row as its reader sees it.
#[derive(Debug, Clone, Serialize)]
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
    /// What changed; none when the reader may not see it, or when it was erased.
    pub detail: Option<ChangeDetail>,
    /// Whether the detail is kept from this reader.
    pub withheld: bool,
}

/// What a command changed.
#[derive(Debug, Clone, Serialize, serde::Deserialize)]
pub struct ChangeDetail {
    /// Fields before.
    pub before: serde_json::Map<String, Json>,
    /// Fields after.
    pub after: serde_json::Map<String, Json>,
    /// The reason given.
    #[serde(default)]
    pub note: Option<String>,
}

/// Which rows are wanted.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Rows of one actor.
    pub actor_id: Option<String>,
    /// Rows of one thing: kind and identifier.
    pub entity: Option<(String, String)>,
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
#[derive(Debug, Clone, Serialize)]
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
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where in the sealed order.
    pub seq: i64,
    /// `gap`, `missing`, `digest`, `link`, `signature`, `key` or `tail`.
    pub kind: &'static str,
}
