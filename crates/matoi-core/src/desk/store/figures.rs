//! SQL of the figures of the desk.

use matoi_db::v;

use crate::desk::figures::ItemFigures;
use crate::kernel::months::Months;
use crate::kernel::{Result, Tx, access};

pub(in crate::desk) async fn items(tx: &mut Tx, months: &Months) -> Result<Vec<ItemFigures>> {
    let mut sql = access::with_hidden(tx.caller());
    sql.push(
        " SELECT t.at_month, t.kind, t.outcome, t.verdict, COUNT(*) AS n FROM (SELECT i.kind, i.outcome, i.verdict, ",
        [],
    );
    months.push_number(&mut sql, "i.received_at");
    sql.push(
        " AS at_month FROM desk_item i
          WHERE NOT EXISTS (SELECT 1 FROM hidden h WHERE h.id = i.scope_id) AND i.received_at >= ? AND i.received_at < ? AND i.automatic = 0 AND i.merged_into IS NULL) AS t
          GROUP BY t.at_month, t.kind, t.outcome, t.verdict ORDER BY t.at_month, t.kind, t.outcome, t.verdict",
        [v(months.from), v(months.until)],
    );
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            let outcome = row.opt_text("outcome")?;
            let verdict = row.opt_text("verdict")?;
            Ok(ItemFigures {
                month: row.int("at_month")?,
                kind: row.parsed("kind")?,
                outcome: outcome.and_then(|name| name.parse().ok()),
                verdict: verdict.and_then(|name| name.parse().ok()),
                count: row.int("n")?,
            })
        })
        .collect()
}
