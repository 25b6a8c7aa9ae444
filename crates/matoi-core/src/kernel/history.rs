//! What was done to one thing, read back from the audit log for the thing's own page.

use matoi_db::{Sql, v};
use matoi_types::{ChangeId, Id, IdKind, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::{Cursor, Result, Tx, access};

/// One command that was done to a thing.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Past {
    /// The row of the audit log.
    pub id: ChangeId,
    /// When.
    pub at: Timestamp,
    /// Who, by the name at that time; empty for the program itself.
    pub actor: String,
    /// The command, like `asset.update`.
    pub verb: String,
    /// Fields before.
    #[schema(value_type = Object)]
    pub before: Map<String, Json>,
    /// Fields after.
    #[schema(value_type = Object)]
    pub after: Map<String, Json>,
    /// The reason that was given.
    pub note: Option<String>,
}

/// The commands done to one thing, latest first, one more than `limit`. Whoever calls has made sure that the caller may see
/// the thing; what concerns a scope the caller may not see is left out all the same.
pub async fn of<K: IdKind>(tx: &mut Tx, id: Id<K>, after: Option<&Cursor>, limit: u32) -> Result<Vec<Past>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT c.id, c.at, c.actor_kind, c.actor_name, c.verb, d.detail FROM change c LEFT JOIN change_detail d ON d.change_id = c.id WHERE c.entity_kind = ",
    );
    sql.push("? AND c.entity_id = ?", [v(K::NAME), v(id)]);
    if let Some(after) = after {
        sql.push(" AND c.id < ?", [v(&after.id)]);
    }
    sql.push(" AND (c.scope_id IS NULL OR (1 = 1", []);
    access::and_visible(&mut sql, &caller, "c.scope_id");
    sql.push(")) ORDER BY c.id DESC LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            // Erased details leave the fact that something was done.
            let detail: Stored = match row.opt_text("detail")? {
                Some(text) => serde_json::from_str(&text)?,
                None => Stored::default(),
            };
            let is_program = row.text("actor_kind")? == "system";
            Ok(Past {
                id: row.id("id")?,
                at: row.time("at")?,
                actor: if is_program {
                    String::new()
                } else {
                    row.text("actor_name")?
                },
                verb: row.text("verb")?,
                before: detail.before,
                after: detail.after,
                note: detail.note,
            })
        })
        .collect()
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Stored {
    before: Map<String, Json>,
    after: Map<String, Json>,
    note: Option<String>,
}
