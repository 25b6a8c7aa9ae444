//! What callers may do with documents.

use matoi_types::{CaseId, ScopeId};

use super::store;
use crate::kernel::{Result, Tx};

/// Which kinds of report of a case were distributed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Distributed {
    /// The internal one.
    pub internal: bool,
    /// The external one.
    pub external: bool,
}

/// Which kinds of report of a case were distributed. Asked by the life cycle before closing.
pub(crate) async fn distributed(tx: &mut Tx, case: CaseId) -> Result<Distributed> {
    let kinds = store::distributed_kinds(tx, case).await?;
    let has = |kind: &str| kinds.iter().any(|found| found == kind);
    Ok(Distributed {
        internal: has("internal"),
        external: has("external"),
    })
}

/// Which of these stored files are a form of some document.
pub(crate) async fn files_in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    store::files_in_use(tx, blobs).await
}

/// Follows the case into another scope.
pub(crate) async fn move_scope(tx: &mut Tx, case: CaseId, scope: ScopeId) -> Result<()> {
    store::move_scope(tx, case, scope).await
}

/// Every stored form of every document.
pub(crate) async fn all_files(tx: &mut Tx) -> Result<Vec<String>> {
    store::all_files(tx).await
}
