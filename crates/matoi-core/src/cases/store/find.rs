//! SQL of searching cases by any condition.

use matoi_db::{Sql, v};

use crate::cases::find::{CaseField, FoundCase};
use crate::kernel::find::{Condition, SortKey, Window, push_order};
use crate::kernel::{Result, Tx, access};

const FROM: &str =
    " FROM case_file k JOIN scope sc ON sc.id = k.scope_id LEFT JOIN account h ON h.id = k.handler_id
  LEFT JOIN account c ON c.id = k.created_by WHERE ";

pub(in crate::cases) async fn find_cases(
    tx: &mut Tx,
    condition: &Condition<CaseField>,
    order: &[SortKey<CaseField>],
    window: Window,
) -> Result<Vec<FoundCase>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT k.id, k.created_by");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "k.scope_id");
    push_order(&mut sql, order, column, "k.id", window);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(FoundCase {
                id: row.id("id")?,
                created_by: row.opt_id("created_by")?,
            })
        })
        .collect()
}

pub(in crate::cases) async fn count_found_cases(
    tx: &mut Tx,
    condition: &Condition<CaseField>,
    at_most: u32,
) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "k.scope_id");
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    let rows = tx.fetch_sql(sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
}

const fn column(field: CaseField) -> &'static str {
    match field {
        CaseField::Id => "k.id",
        CaseField::Number => "k.number",
        CaseField::Title => "k.title",
        CaseField::Summary => "k.summary",
        CaseField::Severity => "k.severity",
        CaseField::Priority => "k.priority",
        CaseField::Tlp => "sc.tlp",
        CaseField::Class => "k.class",
        CaseField::Phase => "k.phase",
        CaseField::State => "k.state",
        CaseField::OccurredAt => "COALESCE(k.occurred_at, k.detected_at)",
        CaseField::DetectedAt => "k.detected_at",
        CaseField::CreatedAt => "k.created_at",
        CaseField::UpdatedAt => "k.updated_at",
        CaseField::ClosedAt => "COALESCE(k.closed_at, -1)",
        CaseField::Handler => "COALESCE(h.login, '')",
        CaseField::CreatedBy => "COALESCE(c.login, '')",
    }
}
