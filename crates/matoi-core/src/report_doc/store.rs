//! SQL of documents.

use matoi_db::{Sql, v};
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

pub(super) async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    let mut sql = Sql::new("SELECT pdf_blob AS blob FROM document WHERE");
    sql.push_in("pdf_blob", blobs.iter().map(v))
        .push(" UNION SELECT docx_blob AS blob FROM document WHERE", [])
        .push_in("docx_blob", blobs.iter().map(v))
        .push(" UNION SELECT markdown_blob AS blob FROM document WHERE", [])
        .push_in("markdown_blob", blobs.iter().map(v));
    let rows = tx.fetch_sql(sql).await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

/// Every stored form of every document.
pub(super) async fn all_files(tx: &mut Tx) -> Result<Vec<String>> {
    let rows = tx
        .fetch_all(
            "SELECT pdf_blob AS blob FROM document WHERE pdf_blob IS NOT NULL
             UNION SELECT docx_blob AS blob FROM document WHERE docx_blob IS NOT NULL
             UNION SELECT markdown_blob AS blob FROM document WHERE markdown_blob IS NOT NULL",
            [],
        )
        .await?;
    rows.iter().map(|row| Ok(row.text("blob")?)).collect()
}

pub(super) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE document SET scope_id = $2 WHERE case_id = $1",
        [v(case), v(scope)],
    )
    .await?;
    Ok(())
}
