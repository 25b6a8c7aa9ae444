//! Rows on their way into the tables, in an order that the references between them allow.

use matoi_db::{Tx, Value};

/// A table, by its `INSERT` without the values. The order is that of writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Table {
    Scope,
    ScopeMember,
    Asset,
    CaseFile,
    DeskItem,
    ReportDetail,
    AlertDetail,
    Message,
    Clock,
    Entry,
    Task,
    Decision,
    CaseLink,
    CaseAsset,
    Observable,
    Sighting,
    Attachment,
    Document,
    NumberSeries,
}

const TABLES: &[(Table, &str)] = &[
    (Table::Scope, "INSERT INTO scope (id, tlp, restricted, unit_id)"),
    (
        Table::ScopeMember,
        "INSERT INTO scope_member (scope_id, account_id, reason, added_by, added_at, broke_glass, suspended)",
    ),
    (
        Table::Asset,
        "INSERT INTO asset (id, name, name_key, kind, importance, owner_id, unit_id, identifiers, note, created_at, updated_at, version)",
    ),
    (
        Table::CaseFile,
        "INSERT INTO case_file (id, kind, number, title, summary, class, severity, priority, phase, state, scope_id, unit_id, commander_id, handler_id, lifecycle_hash, policy, apt_suspected, occurred_at, detected_at, acknowledged_at, triaged_at, contained_at, recovered_at, converged_at, closed_at, phase_since, cause, impact_direct, impact_indirect, prevention, review_at, review_notes, reopened, created_by, created_at, updated_at, version)",
    ),
    (
        Table::DeskItem,
        "INSERT INTO desk_item (id, kind, number, channel, source, source_ref, title, body, lang, severity, urgency, state, outcome, verdict, verdict_reason, case_id, assignee_id, scope_id, event_at, received_at, acknowledged_at, triaged_at, answered_at, closed_at, created_by, version, updated_at)",
    ),
    (
        Table::ReportDetail,
        "INSERT INTO report_detail (item_id, category, noticed, device, reporter_name, reporter_contact, reporter_account_id, anonymous, not_incident_reason)",
    ),
    (
        Table::AlertDetail,
        "INSERT INTO alert_detail (item_id, alert_type, tags, link, raw, extra)",
    ),
    (
        Table::Message,
        "INSERT INTO message (id, item_id, direction, channel, body, author_id, is_answer, at)",
    ),
    (
        Table::Clock,
        "INSERT INTO clock (id, owner_kind, owner_id, scope_id, kind, started_at, due_at, met_at)",
    ),
    (
        Table::Entry,
        "INSERT INTO entry (id, case_id, kind, at, entered_at, author_kind, author_id, body, message, subject_kind, subject_id, pinned, version)",
    ),
    (
        Table::Task,
        "INSERT INTO task (id, case_id, title, body, state, service, assignee_id, due_at, evidence_first, result, created_by, created_at, done_at, version)",
    ),
    (
        Table::Decision,
        "INSERT INTO decision (id, case_id, kind, question, choice, grounds, authority, decided_by, decided_at)",
    ),
    (
        Table::CaseLink,
        "INSERT INTO case_link (case_id, other_id, relation, note, created_by, created_at)",
    ),
    (
        Table::CaseAsset,
        "INSERT INTO case_asset (case_id, asset_id, condition, note, added_by, added_at)",
    ),
    (
        Table::Observable,
        "INSERT INTO observable (id, kind, value, own, special, first_seen_at)",
    ),
    (
        Table::Sighting,
        "INSERT INTO sighting (observable_id, owner_kind, owner_id, scope_id, tlp, origin, note, at)",
    ),
    (
        Table::Attachment,
        "INSERT INTO attachment (id, owner_kind, owner_id, scope_id, blob, name, declared_type, sniffed_type, size, sha256, facts, uploaded_by, created_at)",
    ),
    (
        Table::Document,
        "INSERT INTO document (id, case_id, scope_id, number, kind, lang, edition, revision, state, tlp, title, classification, audience, data, data_hash, template_hash, content, created_by, created_at, edited_by, edited_at, approved_by, approved_at, deputy, distributed_at, distributed_to, withdrawn_reason, wanted, made, version)",
    ),
    (
        Table::NumberSeries,
        "INSERT INTO number_series (prefix, year, last)",
    ),
];

/// Rows held until there are enough for a transaction.
const FULL: usize = 60_000;

/// Collects rows by table.
#[derive(Debug, Default)]
pub(super) struct Writer {
    rows: Vec<(Table, Vec<Vec<Value>>)>,
    count: usize,
}

impl Writer {
    /// Adds a row.
    pub(super) fn add<const N: usize>(&mut self, table: Table, row: [Value; N]) {
        self.count += 1;
        let row = Vec::from(row);
        match self.rows.iter_mut().find(|(known, _)| *known == table) {
            Some((_, rows)) => rows.push(row),
            None => self.rows.push((table, vec![row])),
        }
    }

    /// Whether it is time to write.
    #[must_use]
    pub(super) const fn is_full(&self) -> bool {
        self.count >= FULL
    }

    /// Writes everything held, and says how many rows.
    ///
    /// # Errors
    /// When the database refuses a row, which is a defect.
    pub(super) async fn flush(&mut self, tx: &mut Tx) -> matoi_db::Result<u64> {
        let mut written = 0;
        for (table, head) in TABLES {
            if let Some((_, rows)) = self.rows.iter_mut().find(|(known, _)| known == table) {
                written += tx.insert_rows(head, std::mem::take(rows)).await?;
            }
        }
        self.count = 0;
        Ok(written)
    }
}
