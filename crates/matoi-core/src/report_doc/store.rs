//! SQL of documents.

use matoi_db::v;
use matoi_types::{CaseId, ScopeId};

use crate::kernel::{Result, Tx};

pub(super) async fn distributed_kinds(tx: &mut Tx, case: CaseId) -> Result<Vec<String>> {
    Ok(tx
        .fetch_all(
            "SELECT DISTINCT kind FROM document WHERE case_id = $1 AND distributed_at IS NOT NULL",
            [v(case)],
        )
        .await?
        .iter()
        .map(|row| row.text("kind"))
        .collect::<matoi_db::Result<_>>()?)
}

pub(super) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE document SET scope_id = $2 WHERE case_id = $1",
        [v(case), v(scope)],
    )
    .await?;
    Ok(())
}
