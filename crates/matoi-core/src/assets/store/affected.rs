//! SQL of the assets that cases affect.

use matoi_db::{Row, Sql, v};
use matoi_types::{AssetId, CaseId, Importance, Priority};

use super::and_readable;
use crate::assets::model::{
    AffectedAsset, AffectedNow, AffectingCase, AssetCondition, AssetKind, AssetState,
};
use crate::kernel::{Action, Caller, Cursor, Result, Tx, access};

const AFFECTED: &str = "SELECT k.case_id, c.number AS case_number, k.asset_id, a.name, a.kind, a.importance, a.retired_at, k.condition, k.note, p.name AS added_by, k.added_at
  FROM case_asset k JOIN asset a ON a.id = k.asset_id JOIN case_file c ON c.id = k.case_id LEFT JOIN account p ON p.id = k.added_by WHERE";

/// Assets of these cases, most important first. Whoever sees a case sees what it affects.
pub(in crate::assets) async fn of_cases(
    tx: &mut Tx,
    cases: &[CaseId],
    limit: u32,
) -> Result<Vec<AffectedAsset>> {
    let mut sql = Sql::new(AFFECTED);
    sql.push_in("k.case_id", cases.iter().map(v));
    sql.push(
        " ORDER BY a.importance DESC, a.name_key, k.asset_id, k.case_id LIMIT ?",
        [v(limit)],
    );
    tx.fetch_sql(sql).await?.iter().map(affected).collect()
}

pub(in crate::assets) async fn get_affected(
    tx: &mut Tx,
    case: CaseId,
    asset: AssetId,
) -> Result<Option<AffectedAsset>> {
    let mut sql = Sql::new(AFFECTED);
    sql.push(" k.case_id = ? AND k.asset_id = ?", [v(case), v(asset)]);
    tx.fetch_sql(sql).await?.first().map(affected).transpose()
}

pub(in crate::assets) async fn insert_affected(
    tx: &mut Tx,
    case: CaseId,
    asset: AssetId,
    condition: AssetCondition,
    note: &str,
) -> Result<bool> {
    let (now, by) = (tx.now(), tx.caller().account());
    Ok(tx
        .execute(
            "INSERT INTO case_asset (case_id, asset_id, condition, note, added_by, added_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (case_id, asset_id) DO NOTHING",
            [v(case), v(asset), v(condition.as_str()), v(note), v(by), v(now)],
        )
        .await?
        > 0)
}

pub(in crate::assets) async fn update_affected(
    tx: &mut Tx,
    case: CaseId,
    asset: AssetId,
    condition: AssetCondition,
    note: &str,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE case_asset SET condition = $3, note = $4 WHERE case_id = $1 AND asset_id = $2",
            [v(case), v(asset), v(condition.as_str()), v(note)],
        )
        .await?
        > 0)
}

pub(in crate::assets) async fn delete_affected(tx: &mut Tx, case: CaseId, asset: AssetId) -> Result<bool> {
    Ok(tx
        .execute(
            "DELETE FROM case_asset WHERE case_id = $1 AND asset_id = $2",
            [v(case), v(asset)],
        )
        .await?
        > 0)
}

/// Appends that the caller may know of the case whose scope stands in `scope_column`: those who may not read cases know
/// only of the ones they are named on.
fn and_case_known(sql: &mut Sql, caller: &Caller, scope_column: &'static str) {
    if caller.may(Action::CaseRead) {
        access::and_visible(sql, caller, scope_column);
    } else {
        access::and_named(sql, caller, scope_column);
    }
}

/// The cases an asset is noted in that the caller may know of, latest first.
pub(in crate::assets) async fn cases_of(
    tx: &mut Tx,
    asset: AssetId,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<AffectingCase>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT c.id, c.number, c.title, c.kind, c.priority, c.state, k.condition, k.note, k.added_at FROM case_asset k JOIN case_file c ON c.id = k.case_id WHERE k.asset_id = ",
    );
    sql.push("?", [v(asset)]);
    and_case_known(&mut sql, &caller, "c.scope_id");
    if let Some(after) = after {
        sql.push(
            " AND k.added_at <= ? AND (k.added_at < ? OR k.case_id < ?)",
            [v(after.key), v(after.key), v(&after.id)],
        );
    }
    sql.push(
        " ORDER BY k.added_at DESC, k.case_id DESC LIMIT ?",
        [v(limit + 1)],
    );
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(AffectingCase {
                case_id: row.id("id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                kind: row.parsed("kind")?,
                priority: row.ranked("priority", Priority::from_rank)?,
                state: row.parsed("state")?,
                condition: row.parsed::<AssetCondition>("condition")?,
                note: row.text("note")?,
                added_at: row.time("added_at")?,
            })
        })
        .collect()
}

/// Open cases the caller may know of, and the ones that became part of them, as `live`; what follows reads from it.
fn live_cases(caller: &Caller) -> Sql {
    let mut sql =
        Sql::new("WITH RECURSIVE live (id) AS (SELECT c.id FROM case_file c WHERE c.state = 'open'");
    and_case_known(&mut sql, caller, "c.scope_id");
    sql.push(
        " UNION SELECT m.id FROM case_file m JOIN live ON m.merged_into = live.id) ",
        [],
    );
    sql
}

const AND_AFFECTED: &str = " AND k.condition IN ('suspected', 'affected', 'contained')";

/// Assets that open cases affect or may affect, with the cases, most important first.
pub(in crate::assets) async fn affected_now(tx: &mut Tx, limit: u32) -> Result<Vec<AffectedNow>> {
    let caller = tx.caller().clone();
    let mut sql = live_cases(&caller);
    sql.push(
        "SELECT k.asset_id, a.name, a.kind, a.importance, k.condition, k.case_id, c.number, c.title FROM live JOIN case_asset k ON k.case_id = live.id JOIN asset a ON a.id = k.asset_id JOIN case_file c ON c.id = k.case_id WHERE 1 = 1",
        [],
    );
    sql.push(AND_AFFECTED, []);
    and_readable(&mut sql, &caller);
    sql.push(
        " ORDER BY a.importance DESC, a.name_key, k.asset_id, c.number DESC LIMIT ?",
        [v(limit)],
    );
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(AffectedNow {
                asset_id: row.id("asset_id")?,
                name: row.text("name")?,
                kind: row.parsed("kind")?,
                importance: row.ranked("importance", Importance::from_rank)?,
                condition: row.parsed("condition")?,
                case_id: row.id("case_id")?,
                case_number: row.text("number")?,
                case_title: row.text("title")?,
            })
        })
        .collect()
}

pub(in crate::assets) async fn count_affected_now(tx: &mut Tx) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = live_cases(&caller);
    sql.push(
        "SELECT COUNT(DISTINCT k.asset_id) AS n FROM live JOIN case_asset k ON k.case_id = live.id JOIN asset a ON a.id = k.asset_id WHERE 1 = 1",
        [],
    );
    sql.push(AND_AFFECTED, []);
    and_readable(&mut sql, &caller);
    Ok(tx
        .fetch_sql(sql)
        .await?
        .first()
        .map_or(Ok(0), |row| row.int("n"))?)
}

fn affected(row: &Row) -> Result<AffectedAsset> {
    Ok(AffectedAsset {
        asset_id: row.id("asset_id")?,
        name: row.text("name")?,
        kind: row.parsed::<AssetKind>("kind")?,
        importance: row.ranked("importance", Importance::from_rank)?,
        state: if row.opt_int("retired_at")?.is_some() {
            AssetState::Retired
        } else {
            AssetState::InUse
        },
        condition: row.parsed("condition")?,
        note: row.text("note")?,
        added_by: row.opt_text("added_by")?,
        added_at: row.time("added_at")?,
        case_id: row.id("case_id")?,
        case_number: row.text("case_number")?,
    })
}
