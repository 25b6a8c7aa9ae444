//! SQL of searching alerts by any condition.

use matoi_db::{Sql, v};

use crate::desk::find::{AlertField, FoundAlert};
use crate::kernel::find::{Condition, SortKey, Window, push_order};
use crate::kernel::{Result, Tx, access};

const FROM: &str = " FROM desk_item i JOIN alert_detail d ON d.item_id = i.id JOIN scope sc ON sc.id = i.scope_id
  LEFT JOIN account a ON a.id = i.assignee_id LEFT JOIN account c ON c.id = i.created_by WHERE i.kind = 'alert' AND ";

pub(in crate::desk) async fn find_alerts(
    tx: &mut Tx,
    condition: &Condition<AlertField>,
    order: &[SortKey<AlertField>],
    window: Window,
) -> Result<Vec<FoundAlert>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT i.id, i.created_by, (SELECT COUNT(*) FROM sighting g WHERE g.owner_kind = 'item' AND g.owner_id = i.id) AS observables",
    );
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "i.scope_id");
    push_order(&mut sql, order, column, "i.id", window);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(FoundAlert {
                id: row.id("id")?,
                created_by: row.opt_id("created_by")?,
                observables: row.int("observables")?,
            })
        })
        .collect()
}

pub(in crate::desk) async fn count_found_alerts(
    tx: &mut Tx,
    condition: &Condition<AlertField>,
    at_most: u32,
) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one");
    sql.push(FROM, []);
    condition.push(&mut sql, column);
    access::and_visible(&mut sql, &caller, "i.scope_id");
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    let rows = tx.fetch_sql(sql).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.int("n"))?)
}

const fn column(field: AlertField) -> &'static str {
    match field {
        AlertField::Id => "i.id",
        AlertField::Number => "i.number",
        AlertField::Title => "i.title",
        AlertField::Description => "i.body",
        AlertField::Severity => "i.severity",
        AlertField::Tlp => "sc.tlp",
        AlertField::AlertType => "d.alert_type",
        AlertField::Source => "i.source",
        AlertField::SourceRef => "COALESCE(i.source_ref, '')",
        AlertField::Link => "d.link",
        AlertField::Tags => "d.tags",
        AlertField::EventAt => "COALESCE(i.event_at, i.received_at)",
        AlertField::ReceivedAt => "i.received_at",
        AlertField::UpdatedAt => "i.updated_at",
        AlertField::State => "i.state",
        AlertField::Verdict => "COALESCE(i.verdict, '')",
        AlertField::Case => "COALESCE(i.case_id, '')",
        AlertField::MergedInto => "COALESCE(i.merged_into, '')",
        AlertField::Assignee => "COALESCE(a.login, '')",
        AlertField::CreatedBy => "COALESCE(c.login, '')",
    }
}
