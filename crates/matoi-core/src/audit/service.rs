//! What callers may do with the audit log: read what they may see, verify, export, follow.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Verifier as _, VerifyingKey};
use matoi_types::{AccountId, ChangeId, ScopeId, Timestamp};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::model::{
    AuditEntry, AuditFilter, ChainState, Fault, FaultKind, KeptVerification, SealedChange, Verification,
};
use super::store::{ChainRow, ChangeRow, SealRow};
use super::{rules, store};
use crate::kernel::change::{DigestInput, hex, outer_digest};
use crate::kernel::{Action, Actor, Change, Error, Page, PageRequest, Result, Tx, access};

const BATCH: i64 = 500;
const MAX_FAULTS: usize = 100;

/// Rows, newest first. What concerns a scope the caller may not see is not listed at all.
pub async fn list(tx: &mut Tx, filter: &AuditFilter, page: &PageRequest) -> Result<Page<AuditEntry>> {
    tx.require(Action::AuditRead)?;
    let limit = page.rows()?;
    let after = page.after("audit")?;
    let rows = store::list(tx, filter, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "audit", |row| {
        (row.at.as_micros(), row.id.to_string())
    }))
}

/// One row, if the caller may see it.
pub async fn get(tx: &mut Tx, id: ChangeId) -> Result<AuditEntry> {
    tx.require(Action::AuditRead)?;
    let filter = AuditFilter {
        id: Some(id),
        ..AuditFilter::default()
    };
    let rows = store::list(tx, &filter, None, 1).await?;
    rows.into_iter().next().ok_or(Error::NotFound("audit entry"))
}

/// How far the chain reaches, without verifying it.
pub async fn state(tx: &mut Tx) -> Result<ChainState> {
    tx.require(Action::AuditRead)?;
    let head = store::head(tx).await?;
    let seal = store::newest_seal(tx).await?;
    let (unsealed, oldest_unsealed) = store::unsealed_tail(tx).await?;
    Ok(ChainState {
        sealed: head.seq,
        epoch: head.epoch,
        head: head.link,
        sealed_at: seal.as_ref().map(|(at, _)| *at),
        key_id: seal.map(|(_, key)| key),
        unsealed,
        oldest_unsealed,
    })
}

/// Recomputes every digest, link and signature. Reads one unchanging state; needs a snapshot transaction.
pub async fn verify(tx: &mut Tx) -> Result<Verification> {
    let mut verifier = Verifier::begin(tx).await?;
    while verifier.step(tx).await? {}
    verifier.finish(tx).await
}

/// A verification in steps, for those who tell how far it is. All steps need the same snapshot transaction.
#[derive(Debug)]
pub struct Verifier {
    keys: HashMap<String, String>,
    total: i64,
    check: Checker,
}

impl Verifier {
    /// Begins at the first row.
    pub async fn begin(tx: &mut Tx) -> Result<Self> {
        tx.require(Action::AuditRead)?;
        Ok(Self {
            keys: store::keys(tx).await?.into_iter().collect(),
            total: store::head(tx).await?.seq,
            check: Checker {
                previous: rules::GENESIS.to_owned(),
                expected: 1,
                ..Checker::default()
            },
        })
    }

    /// Verifies the next rows. Says whether there were any.
    pub async fn step(&mut self, tx: &mut Tx) -> Result<bool> {
        let check = &mut self.check;
        let rows = store::chain_after(tx, check.expected - 1, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(false);
        };
        let seals = store::seals_between(tx, check.expected - 1, last.seq).await?;
        for row in &rows {
            check.row(row);
            for seal in seals.iter().filter(|seal| seal.last_seq == row.seq) {
                check.seal(seal, &self.keys);
            }
        }
        Ok(true)
    }

    /// How many of how many rows are done.
    #[must_use]
    pub const fn progress(&self) -> (i64, i64) {
        (self.check.expected - 1, self.total)
    }

    /// What was found, with what the chain as a whole owes.
    pub async fn finish(self, tx: &mut Tx) -> Result<Verification> {
        let mut check = self.check;
        // The head must be signed, or rows could have been appended by hand after the last seal.
        if check.expected > 1 && check.last_sealed_seq != check.expected - 1 {
            check.fault(check.expected - 1, FaultKind::Tail);
        }
        if store::unchained(tx).await? > 0 {
            check.fault(check.expected - 1, FaultKind::Unchained);
        }
        let (unsealed, oldest_unsealed) = store::unsealed_tail(tx).await?;
        Ok(Verification {
            verified: check.verified,
            erased: check.erased,
            seals: check.seals,
            head: check.previous,
            sealed_at: check.sealed_at,
            unsealed,
            oldest_unsealed,
            faults: check.faults,
        })
    }
}

/// Keeps what a verification found, so that it can be shown and asked for later. That it was done is itself on the log.
pub async fn keep(tx: &mut Tx, started_at: Timestamp, found: Verification) -> Result<KeptVerification> {
    tx.require(Action::AuditRead)?;
    let (checked_by, checked_by_name) = match &tx.caller().actor {
        Actor::Account { id, name } => (Some(*id), name.clone()),
        _ => (None, String::new()),
    };
    keep_for(tx, started_at, checked_by, checked_by_name, found).await
}

pub(super) async fn keep_for(
    tx: &mut Tx,
    started_at: Timestamp,
    checked_by: Option<AccountId>,
    checked_by_name: String,
    found: Verification,
) -> Result<KeptVerification> {
    let kept = KeptVerification {
        started_at,
        finished_at: tx.now(),
        checked_by,
        checked_by_name,
        found,
    };
    let id: ChangeId = tx.new_id()?;
    store::keep_check(tx, &id.to_string(), &kept).await?;
    let change = Change::named("audit.verify", "audit_log", "1".to_owned())
        .set("checked_by", kept.checked_by)
        .set("verified", kept.found.verified)
        .set("faults", kept.found.faults.len());
    tx.record(change).await?;
    Ok(kept)
}

/// The last verification that was kept.
pub async fn last_verification(tx: &mut Tx) -> Result<Option<KeptVerification>> {
    tx.require(Action::AuditRead)?;
    store::last_check(tx).await
}

/// Notes on the log that somebody took a copy of it, before the first line is given out.
pub async fn record_export(tx: &mut Tx) -> Result<i64> {
    tx.require(Action::AuditRead)?;
    let last = store::head(tx).await?.seq;
    let change = Change::named("audit.export", "audit_log", "1".to_owned()).set("last_seq", last);
    tx.record(change).await?;
    Ok(last)
}

/// Lines of an export: JSON for `docs/verify-audit.py`. Call with the last `seq` until it gives nothing.
/// Of rows the caller may not see there is the digest alone, so that the chain still verifies.
pub async fn export(tx: &mut Tx, after_seq: i64) -> Result<Vec<(i64, String)>> {
    tx.require(Action::AuditRead)?;
    let rows = store::chain_after(tx, after_seq, BATCH).await?;
    let Some(last) = rows.last().map(|row| row.seq) else {
        return Ok(Vec::new());
    };
    let mut lines = Vec::with_capacity(rows.len() + 8);
    if after_seq == 0 {
        for (key_id, public_key) in store::keys(tx).await? {
            let line = json!({"type": "key", "key_id": key_id, "ed25519": public_key});
            lines.push((0, line.to_string()));
        }
    }
    let seals = store::seals_between(tx, after_seq, last).await?;
    let mut visible = HashMap::new();
    for row in &rows {
        lines.push((row.seq, export_row(tx, row, &mut visible).await?));
        for seal in seals.iter().filter(|seal| seal.last_seq == row.seq) {
            let line = json!({
                "type": "seal", "epoch": seal.epoch, "last_seq": seal.last_seq, "link": seal.link,
                "sealed_at": seal.sealed_at, "key_id": seal.key_id, "signature": seal.signature,
            });
            lines.push((row.seq, line.to_string()));
        }
    }
    Ok(lines)
}

/// Sealed changes after a place, for followers inside the program.
pub async fn follow(tx: &mut Tx, after_seq: i64, limit: i64) -> Result<Vec<SealedChange>> {
    store::sealed_after(tx, after_seq, limit).await
}

/// The last place of the chain.
pub async fn last_seq(tx: &mut Tx) -> Result<i64> {
    Ok(store::head(tx).await?.seq)
}

/// How many rows wait for the sealer, and when the oldest of them was written. For health and metrics.
pub async fn unsealed(tx: &mut Tx) -> Result<(i64, Option<Timestamp>)> {
    store::unsealed_tail(tx).await
}

/// How far the named follower has come.
pub async fn position(tx: &mut Tx, consumer: &'static str) -> Result<i64> {
    store::consumer(tx, consumer).await
}

/// Remembers how far the named follower has come, in the transaction that did its work.
pub async fn advance(tx: &mut Tx, consumer: &'static str, seq: i64) -> Result<()> {
    store::set_consumer(tx, consumer, seq).await
}

/// Begins a new epoch: after a restore, so that two histories that share a beginning can be told apart.
pub async fn begin_epoch(tx: &mut Tx, reason: &str) -> Result<i64> {
    tx.require(Action::SystemOperate)?;
    let head = store::head(tx).await?;
    let epoch = head.epoch + 1;
    store::begin_epoch(tx, epoch, reason, &head.link).await?;
    Ok(epoch)
}

#[derive(Debug, Default)]
struct Checker {
    previous: String,
    expected: i64,
    verified: i64,
    erased: i64,
    seals: i64,
    last_sealed_seq: i64,
    sealed_at: Option<Timestamp>,
    faults: Vec<Fault>,
}

impl Checker {
    fn fault(&mut self, seq: i64, kind: FaultKind) {
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(Fault { seq, kind });
        }
    }

    fn row(&mut self, row: &ChainRow) {
        if row.seq != self.expected {
            self.fault(self.expected, FaultKind::Gap);
        }
        self.expected = row.seq + 1;
        let Some(change) = &row.change else {
            self.fault(row.seq, FaultKind::Missing);
            self.previous.clone_from(&row.link);
            return;
        };
        let (inner, erased) = inner_digest(change);
        let mut right = match inner {
            Some(inner) => {
                recompute(&row.change_id, change, &inner).as_deref() == Some(change.digest.as_str())
            }
            None => false,
        };
        if !right {
            self.fault(row.seq, FaultKind::Digest);
        }
        if rules::link(&self.previous, row.epoch, row.seq, &row.change_id, &change.digest) != row.link {
            self.fault(row.seq, FaultKind::Link);
            right = false;
        }
        self.previous.clone_from(&row.link);
        self.verified += i64::from(right);
        self.erased += i64::from(erased && right);
    }

    fn seal(&mut self, seal: &SealRow, keys: &HashMap<String, String>) {
        self.last_sealed_seq = seal.last_seq;
        let Some(key) = keys.get(&seal.key_id).and_then(|text| read_key(text)) else {
            self.fault(seal.last_seq, FaultKind::Key);
            return;
        };
        let text = rules::seal_text(seal.epoch, seal.last_seq, &seal.link, seal.sealed_at);
        let signed = STANDARD
            .decode(&seal.signature)
            .ok()
            .and_then(|bytes| Signature::from_slice(&bytes).ok())
            .is_some_and(|signature| key.verify(text.as_bytes(), &signature).is_ok());
        if signed && seal.link == self.previous {
            self.seals += 1;
            self.sealed_at = Some(Timestamp::from_micros(seal.sealed_at));
        } else {
            self.fault(seal.last_seq, FaultKind::Signature);
        }
    }
}

fn read_key(text: &str) -> Option<VerifyingKey> {
    let bytes: [u8; 32] = STANDARD.decode(text).ok()?.try_into().ok()?;
    VerifyingKey::from_bytes(&bytes).ok()
}

/// The inner digest of a row's details, and whether the details were erased.
fn inner_digest(change: &ChangeRow) -> (Option<String>, bool) {
    match (&change.salt, &change.detail) {
        (Some(salt), Some(detail)) => (
            Some(hex(&Sha256::digest(format!("{salt}\n{detail}").as_bytes()))),
            false,
        ),
        _ => (change.inner_digest.clone(), true),
    }
}

fn recompute(change_id: &str, change: &ChangeRow, inner: &str) -> Option<String> {
    let input = DigestInput {
        id: change_id.parse().ok()?,
        at: change.at,
        actor_kind: &change.actor_kind,
        actor_id: change.actor_id.as_deref(),
        actor_name: &change.actor_name,
        session: change.session_id.as_deref(),
        token: change.token_id.as_deref(),
        address: change.address.as_deref(),
        request: &change.request_id,
        verb: &change.verb,
        entity_kind: &change.entity_kind,
        entity_id: &change.entity_id,
        scope: change.scope_id.as_deref(),
        salt: "",
        detail: "",
    };
    Some(outer_digest(&input, inner))
}

async fn export_row(tx: &mut Tx, row: &ChainRow, visible: &mut HashMap<ScopeId, bool>) -> Result<String> {
    let Some(change) = &row.change else {
        return Err(Error::Internal(format!(
            "change {} of the chain is missing",
            row.change_id
        )));
    };
    let may_see = match change.scope_id.as_deref() {
        None => true,
        Some(text) => match text.parse::<ScopeId>() {
            // What cannot be read is shown to nobody.
            Err(_) => false,
            Ok(scope) => match visible.get(&scope) {
                Some(known) => *known,
                None => {
                    let sees = access::is_visible(tx, scope).await?;
                    visible.insert(scope, sees);
                    sees
                }
            },
        },
    };
    if !may_see {
        let line = json!({
            "type": "change", "seq": row.seq, "epoch": row.epoch, "link": row.link, "id": row.change_id,
            "digest": change.digest, "withheld": true,
        });
        return Ok(line.to_string());
    }
    let mut line = json!({
        "type": "change", "seq": row.seq, "epoch": row.epoch, "link": row.link, "id": row.change_id, "at": change.at,
        "actor_kind": change.actor_kind, "actor_id": change.actor_id, "actor_name": change.actor_name,
        "session_id": change.session_id, "token_id": change.token_id, "address": change.address,
        "request_id": change.request_id, "verb": change.verb, "entity_kind": change.entity_kind,
        "entity_id": change.entity_id, "scope_id": change.scope_id, "digest": change.digest,
    });
    if let Some(object) = line.as_object_mut() {
        match (&change.salt, &change.detail) {
            (Some(salt), Some(detail)) => {
                object.insert("salt".to_owned(), json!(salt));
                object.insert("detail".to_owned(), json!(detail));
            }
            _ => {
                object.insert("inner_digest".to_owned(), json!(inner_digest(change).0));
            }
        }
    }
    Ok(line.to_string())
}
