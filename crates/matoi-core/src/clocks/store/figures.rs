//! SQL of the figures of clocks.

use matoi_db::v;

use crate::clocks::figures::ClockFigures;
use crate::kernel::months::Months;
use crate::kernel::{Result, Tx, access};

pub(in crate::clocks) async fn kept(tx: &mut Tx, months: &Months) -> Result<Vec<ClockFigures>> {
    let now = tx.now();
    let mut sql = access::with_hidden(tx.caller());
    sql.push(
        " SELECT k.owner_kind, k.kind, COUNT(CASE WHEN k.met_at <= k.due_at THEN 1 END) AS kept,
            COUNT(CASE WHEN k.met_at > k.due_at OR (k.met_at IS NULL AND k.due_at < ?) THEN 1 END) AS missed, COUNT(CASE WHEN k.met_at IS NULL AND k.due_at >= ? THEN 1 END) AS running
          FROM clock k WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = k.scope_id) AND k.cancelled_at IS NULL AND k.started_at >= ? AND k.started_at < ?
          GROUP BY k.owner_kind, k.kind ORDER BY k.owner_kind, k.kind",
        [v(now), v(now), v(months.from), v(months.until)],
    );
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(ClockFigures {
                owner_kind: row.text("owner_kind")?,
                kind: row.text("kind")?,
                kept: row.int("kept")?,
                missed: row.int("missed")?,
                running: row.int("running")?,
            })
        })
        .collect()
}
