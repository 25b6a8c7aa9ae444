//! SQL of triage records.

use matoi_db::{Row, Sql, v};
use matoi_types::{CaseId, ItemId, Priority, TriageId};

use crate::criteria::TriageOutcome;
use crate::desk::triage::TriageRecord;
use crate::kernel::{Result, Tx, access};

/// A new row.
pub(in crate::desk) struct NewTriageRecord<'a> {
    pub(in crate::desk) id: TriageId,
    pub(in crate::desk) item: ItemId,
    pub(in crate::desk) case: Option<CaseId>,
    pub(in crate::desk) criteria_hash: &'a str,
    pub(in crate::desk) facts: &'a str,
    pub(in crate::desk) evaluation: &'a str,
    pub(in crate::desk) proposed_row: Option<&'a str>,
    pub(in crate::desk) outcome: TriageOutcome,
    pub(in crate::desk) priority: Option<Priority>,
    pub(in crate::desk) class: Option<&'a str>,
    pub(in crate::desk) override_reason: Option<&'a str>,
}

pub(in crate::desk) async fn insert_triage_record(tx: &mut Tx, record: NewTriageRecord<'_>) -> Result<()> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute(
        "INSERT INTO triage_record (id, item_id, case_id, criteria_hash, facts, evaluation, proposed_row, outcome, priority, class, override_reason, decided_by, decided_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        [
            v(record.id),
            v(record.item),
            v(record.case),
            v(record.criteria_hash),
            v(record.facts),
            v(record.evaluation),
            v(record.proposed_row),
            v(record.outcome.as_str()),
            v(record.priority),
            v(record.class),
            v(record.override_reason),
            v(by),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

/// Records of one item, or of every item of a case, oldest first, of the items the caller may see.
pub(in crate::desk) async fn triage_records(
    tx: &mut Tx,
    item: Option<ItemId>,
    case: Option<CaseId>,
) -> Result<Vec<TriageRecord>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT t.id, t.item_id, i.number AS item_number, t.criteria_hash, t.facts, t.evaluation, t.proposed_row, t.outcome, t.priority, t.class, t.override_reason, a.name AS decided_by, t.decided_at
         FROM triage_record t JOIN desk_item i ON i.id = t.item_id LEFT JOIN account a ON a.id = t.decided_by WHERE ",
    );
    match (item, case) {
        (Some(item), _) => super::push_visible(sql.push("t.item_id = ?", [v(item)]), &caller),
        // Whoever reads a case reads how it became one.
        (None, Some(case)) => {
            access::and_visible(sql.push("i.case_id = ?", [v(case)]), &caller, "i.scope_id");
        }
        (None, None) => return Ok(Vec::new()),
    }
    sql.push(" ORDER BY t.decided_at, t.id LIMIT 200", []);
    tx.fetch_sql(sql).await?.iter().map(record).collect()
}

fn record(row: &Row) -> Result<TriageRecord> {
    Ok(TriageRecord {
        id: row.id("id")?,
        item_id: row.id("item_id")?,
        item_number: row.text("item_number")?,
        criteria_hash: row.text("criteria_hash")?,
        facts: serde_json::from_str(&row.text("facts")?)?,
        evaluation: serde_json::from_str(&row.text("evaluation")?)?,
        proposed_row: row.opt_text("proposed_row")?,
        outcome: row.parsed("outcome")?,
        priority: row.opt_ranked("priority", Priority::from_rank)?,
        class: row.opt_text("class")?,
        override_reason: row.opt_text("override_reason")?,
        decided_by: row.opt_text("decided_by")?,
        decided_at: row.time("decided_at")?,
    })
}
