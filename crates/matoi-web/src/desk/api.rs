//! `/api/v1/reports`, `/alerts`, `/queue`, `/triage` and what they are filled in with.

mod alerts;
mod parts;
mod queue;
mod registers;
mod reports;
pub(super) mod triage;

use matoi_core::desk::{self, DeskItem, ItemKind};
use matoi_core::{Error, Tx};
use matoi_types::{AccountId, ItemId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

use crate::App;

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .merge(reports::routes())
        .merge(alerts::routes())
        .merge(parts::routes())
        .merge(triage::routes())
        .merge(queue::routes())
        .merge(registers::routes())
}

/// Who works on it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemAssignment {
    /// The account; none takes it away from whoever has it.
    #[serde(default)]
    assignee_id: Option<AccountId>,
}

/// The item it is the same as.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemMerge {
    /// The one that stays, of the same kind.
    into: ItemId,
}

/// Why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItemReason {
    /// The reason, at most 2,000 characters.
    reason: String,
}

/// The item, if it is of the kind whose list it was asked for in.
async fn of_kind(tx: &mut Tx, id: ItemId, kind: ItemKind) -> Result<DeskItem, Error> {
    let item = desk::queue::get(tx, id).await?;
    if item.kind == kind {
        Ok(item)
    } else {
        Err(Error::NotFound(kind.as_str()))
    }
}
