//! The audit row of a command: who did what to which thing, with what changed, in the same transaction.
//!
//! The row itself is append-only (the database refuses updates and deletes). What changed stands apart, with a salt,
//! so that it can be withheld or erased while the chain over the salted digests still verifies. See `docs/audit-chain.md`.

use matoi_db::v;
use matoi_types::{ChangeId, Id, IdKind, ScopeId, kind};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use sha2::{Digest as _, Sha256};

use super::{Actor, Result, Tx};

/// What a command did.
#[derive(Debug, Clone)]
pub struct Change {
    verb: &'static str,
    entity_kind: &'static str,
    entity_id: String,
    scope: Option<ScopeId>,
    before: Map<String, Json>,
    after: Map<String, Json>,
    note: Option<String>,
}

impl Change {
    /// A command `verb` (like `case.close`) on one thing.
    #[must_use]
    pub fn of<K: IdKind>(verb: &'static str, id: Id<K>) -> Self {
        Self::named(verb, K::NAME, id.to_string())
    }

    /// A command on a thing that has a name rather than an identifier.
    #[must_use]
    pub fn named(verb: &'static str, entity_kind: &'static str, entity_id: String) -> Self {
        Self {
            verb,
            entity_kind,
            entity_id,
            scope: None,
            before: Map::new(),
            after: Map::new(),
            note: None,
        }
    }

    /// The scope that decides who may read the details.
    #[must_use]
    pub const fn within(mut self, scope: ScopeId) -> Self {
        self.scope = Some(scope);
        self
    }

    /// A field of a new thing, or one whose former value does not matter.
    #[must_use]
    pub fn set(mut self, field: &'static str, after: impl Serialize) -> Self {
        self.after.insert(field.to_owned(), json(after));
        self
    }

    /// A field that had another value before. Equal values leave no trace.
    #[must_use]
    pub fn changed(mut self, field: &'static str, before: impl Serialize, after: impl Serialize) -> Self {
        let (before, after) = (json(before), json(after));
        if before != after {
            self.before.insert(field.to_owned(), before);
            self.after.insert(field.to_owned(), after);
        }
        self
    }

    /// A field of something removed.
    #[must_use]
    pub fn removed(mut self, field: &'static str, before: impl Serialize) -> Self {
        self.before.insert(field.to_owned(), json(before));
        self
    }

    /// The reason the person gave.
    #[must_use]
    pub fn because(mut self, reason: &str) -> Self {
        self.note = Some(reason.to_owned());
        self
    }

    /// Whether any field has another value than before.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.before.is_empty() && self.after.is_empty()
    }
}

/// Writes the audit row. Called through [`Tx::record`].
pub(super) async fn record(tx: &mut Tx, change: Change) -> Result<()> {
    let id: Id<kind::Change> = tx.new_id()?;
    let caller = tx.caller().clone();
    let (actor_kind, actor_id, actor_name) = match &caller.actor {
        Actor::Account { id, name } => ("account", Some(id.to_string()), name.clone()),
        Actor::System(duty) => ("system", None, (*duty).to_owned()),
        Actor::Anonymous => ("anonymous", None, String::new()),
        Actor::Reporter(report) => ("reporter", Some(report.to_string()), String::new()),
    };
    let detail = serde_json::to_string(&Detail {
        before: &change.before,
        after: &change.after,
        note: change.note.as_deref(),
    })?;
    let salt = hex(&tx.random_bytes::<16>()?);
    let digest = digest(&DigestInput {
        id,
        at: caller.now.as_micros(),
        actor_kind,
        actor_id: actor_id.as_deref(),
        actor_name: &actor_name,
        session: caller.session.map(|id| id.to_string()).as_deref(),
        token: caller.token.map(|id| id.to_string()).as_deref(),
        address: caller.address.as_deref(),
        request: &caller.request_id,
        verb: change.verb,
        entity_kind: change.entity_kind,
        entity_id: &change.entity_id,
        scope: change.scope.map(|id| id.to_string()).as_deref(),
        salt: &salt,
        detail: &detail,
    });
    tx.execute(
        "INSERT INTO change (id, at, actor_kind, actor_id, actor_name, session_id, token_id, address, request_id, verb, entity_kind, entity_id, scope_id, digest)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        [
            v(id),
            v(caller.now),
            v(actor_kind),
            v(actor_id),
            v(actor_name),
            v(caller.session),
            v(caller.token),
            v(caller.address),
            v(caller.request_id),
            v(change.verb),
            v(change.entity_kind),
            v(change.entity_id),
            v(change.scope),
            v(digest),
        ],
    )
    .await?;
    tx.execute(
        "INSERT INTO change_detail (change_id, salt, detail) VALUES ($1, $2, $3)",
        [v(id), v(salt), v(detail)],
    )
    .await?;
    tx.execute("INSERT INTO change_unsealed (change_id) VALUES ($1)", [v(id)])
        .await?;
    Ok(())
}

#[derive(Serialize)]
struct Detail<'a> {
    before: &'a Map<String, Json>,
    after: &'a Map<String, Json>,
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
}

/// Everything the digest of a change covers. The order and the form are part of the stored format:
/// see `docs/audit-chain.md` and the script that verifies an export without the program.
#[derive(Debug)]
pub struct DigestInput<'a> {
    /// Identifier of the change.
    pub id: ChangeId,
    /// When, in microseconds UTC.
    pub at: i64,
    /// `account`, `system`, `anonymous` or `reporter`.
    pub actor_kind: &'a str,
    /// Whose identifier.
    pub actor_id: Option<&'a str>,
    /// The name at that time.
    pub actor_name: &'a str,
    /// The session.
    pub session: Option<&'a str>,
    /// The API token.
    pub token: Option<&'a str>,
    /// The address.
    pub address: Option<&'a str>,
    /// The request.
    pub request: &'a str,
    /// The command.
    pub verb: &'a str,
    /// The noun.
    pub entity_kind: &'a str,
    /// Its identifier.
    pub entity_id: &'a str,
    /// The scope that decides who may read it.
    pub scope: Option<&'a str>,
    /// 16 random bytes in hex.
    pub salt: &'a str,
    /// Before, after and note as JSON text, exactly as stored.
    pub detail: &'a str,
}

/// SHA-256, in hex, over two layers: the inner one is `SHA-256(salt "\n" detail)` and can be shown in place of what it covers;
/// the outer one covers the other fields, each followed by a line feed, missing ones empty.
#[must_use]
pub fn digest(input: &DigestInput<'_>) -> String {
    let inner = hex(&Sha256::digest(
        format!("{}\n{}", input.salt, input.detail).as_bytes(),
    ));
    outer_digest(input, &inner)
}

/// The outer layer, given the inner one: verifies a row whose details were withheld or erased.
#[must_use]
pub fn outer_digest(input: &DigestInput<'_>, inner: &str) -> String {
    let mut hash = Sha256::new();
    for field in [
        input.id.to_string().as_str(),
        input.at.to_string().as_str(),
        input.actor_kind,
        input.actor_id.unwrap_or_default(),
        input.actor_name,
        input.session.unwrap_or_default(),
        input.token.unwrap_or_default(),
        input.address.unwrap_or_default(),
        input.request,
        input.verb,
        input.entity_kind,
        input.entity_id,
        input.scope.unwrap_or_default(),
        inner,
    ] {
        hash.update(field.as_bytes());
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

fn json(value: impl Serialize) -> Json {
    serde_json::to_value(value).unwrap_or(Json::Null)
}

/// Lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
