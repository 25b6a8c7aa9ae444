//! A duty that only one process has at a time, when several share one database.

use matoi_db::v;

use super::{Result, Tx};

/// Takes or keeps the duty `name` for `seconds`. Says whether this holder has it now.
pub async fn hold(tx: &mut Tx, name: &'static str, holder: &str, seconds: i64) -> Result<bool> {
    let now = tx.now();
    let changed = tx
        .execute(
            "INSERT INTO lease (name, holder, until) VALUES ($1, $2, $3)
             ON CONFLICT (name) DO UPDATE SET holder = EXCLUDED.holder, until = EXCLUDED.until
             WHERE lease.holder = EXCLUDED.holder OR lease.until < $4",
            [v(name), v(holder), v(now.plus_seconds(seconds)), v(now)],
        )
        .await?;
    Ok(changed > 0)
}
