//! SQL of decisions, links and merges.

use matoi_db::{Sql, v};
use matoi_types::{CaseId, MergeId, Timestamp};

use crate::cases::model::{CaseState, Decision, DecisionInput, DecisionKind, Link, Relation};
use crate::kernel::{Result, Tx, access};

pub(in crate::cases) async fn decisions(tx: &mut Tx, case: CaseId) -> Result<Vec<Decision>> {
    tx.fetch_all(
        "SELECT d.id, d.kind, d.question, d.choice, d.grounds, d.authority, d.decided_by, a.name AS decided_by_name, d.decided_at
         FROM decision d JOIN account a ON a.id = d.decided_by WHERE d.case_id = $1 ORDER BY d.decided_at DESC, d.id DESC LIMIT 500",
        [v(case)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Decision {
            id: row.id("id")?,
            kind: row.parsed::<DecisionKind>("kind")?,
            question: row.text("question")?,
            choice: row.text("choice")?,
            grounds: row.text("grounds")?,
            authority: row.text("authority")?,
            decided_by: row.id("decided_by")?,
            decided_by_name: row.text("decided_by_name")?,
            decided_at: row.time("decided_at")?,
        })
    })
    .collect()
}

pub(in crate::cases) async fn insert_decision(
    tx: &mut Tx,
    id: matoi_types::DecisionId,
    case: CaseId,
    input: &DecisionInput,
    by: matoi_types::AccountId,
    at: Timestamp,
) -> Result<()> {
    tx.execute(
        "INSERT INTO decision (id, case_id, kind, question, choice, grounds, authority, decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            v(id),
            v(case),
            v(input.kind.as_str()),
            v(&input.question),
            v(&input.choice),
            v(&input.grounds),
            v(&input.authority),
            v(by),
            v(at),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::cases) async fn links(tx: &mut Tx, case: CaseId) -> Result<Vec<Link>> {
    let caller = tx.caller().clone();
    let mut links = Vec::new();
    for (own, other, reversed) in [
        ("l.case_id", "l.other_id", false),
        ("l.other_id", "l.case_id", true),
    ] {
        let mut sql = Sql::new(
            "SELECT c.id, c.number, c.title, c.state, l.relation, l.note FROM case_link l JOIN case_file c ON c.id = ",
        );
        sql.push(other, [])
            .push(" WHERE ", [])
            .push(own, [])
            .push(" = ?", [v(case)]);
        // A link to what the caller may not see does not exist for them.
        access::and_visible(&mut sql, &caller, "c.scope_id");
        sql.push(" ORDER BY l.created_at, c.id LIMIT 200", []);
        for row in tx.fetch_sql(sql).await? {
            let relation: Relation = row.parsed("relation")?;
            links.push(Link {
                case_id: row.id("id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                state: row.parsed::<CaseState>("state")?,
                relation: if reversed { relation.reversed() } else { relation },
                note: row.text("note")?,
            });
        }
    }
    Ok(links)
}

pub(in crate::cases) async fn link_exists(tx: &mut Tx, a: CaseId, b: CaseId) -> Result<bool> {
    Ok(tx
        .fetch_optional(
            "SELECT 1 AS yes FROM case_link WHERE (case_id = $1 AND other_id = $2) OR (case_id = $2 AND other_id = $1)",
            [v(a), v(b)],
        )
        .await?
        .is_some())
}

pub(in crate::cases) async fn insert_link(
    tx: &mut Tx,
    case: CaseId,
    other: CaseId,
    relation: Relation,
    note: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO case_link (case_id, other_id, relation, note, created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6)",
        [v(case), v(other), v(relation.as_str()), v(note), v(by), v(now)],
    )
    .await?;
    Ok(())
}

pub(in crate::cases) async fn delete_link(tx: &mut Tx, a: CaseId, b: CaseId) -> Result<bool> {
    Ok(tx
        .execute(
            "DELETE FROM case_link WHERE (case_id = $1 AND other_id = $2) OR (case_id = $2 AND other_id = $1)",
            [v(a), v(b)],
        )
        .await?
        > 0)
}

/// Whether `above` stands somewhere above `case` in the tree of parents.
pub(in crate::cases) async fn is_above(tx: &mut Tx, above: CaseId, case: CaseId) -> Result<bool> {
    Ok(tx
        .fetch_optional(
            "WITH RECURSIVE up (id) AS (
               SELECT id FROM case_file WHERE id = $2 UNION
               SELECT CASE WHEN l.relation = 'parent_of' THEN l.case_id ELSE l.other_id END FROM case_link l JOIN up ON
                 (l.relation = 'parent_of' AND l.other_id = up.id) OR (l.relation = 'child_of' AND l.case_id = up.id)
             ) SELECT 1 AS yes FROM up WHERE id = $1",
            [v(above), v(case)],
        )
        .await?
        .is_some())
}

pub(in crate::cases) async fn insert_merge(
    tx: &mut Tx,
    id: MergeId,
    from: CaseId,
    into: CaseId,
    moved: &str,
    reason: &str,
) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO case_merge (id, from_id, into_id, moved, reason, merged_by, merged_at) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        [v(id), v(from), v(into), v(moved), v(reason), v(by), v(now)],
    )
    .await?;
    Ok(())
}

/// The merge of a case that stands, with what it moved.
pub(in crate::cases) async fn standing_merge(
    tx: &mut Tx,
    from: CaseId,
) -> Result<Option<(MergeId, CaseId, String)>> {
    tx.fetch_optional(
        "SELECT id, into_id, moved FROM case_merge WHERE from_id = $1 AND undone_at IS NULL ORDER BY merged_at DESC, id DESC LIMIT 1",
        [v(from)],
    )
    .await?
    .map(|row| Ok((row.id("id")?, row.id("into_id")?, row.text("moved")?)))
    .transpose()
}

pub(in crate::cases) async fn undo_merge(tx: &mut Tx, id: MergeId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE case_merge SET undone_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}

/// Cases that became part of this one.
pub(in crate::cases) async fn merged_here(tx: &mut Tx, into: CaseId) -> Result<Vec<(CaseId, String)>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT c.id, c.number FROM case_file c WHERE c.merged_into = ");
    sql.push("?", [v(into)]);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(" ORDER BY c.id LIMIT 200", []);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("id")?, row.text("number")?)))
        .collect()
}
