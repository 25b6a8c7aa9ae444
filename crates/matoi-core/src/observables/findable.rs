//! What can be found of observables: each value once, for whoever may see a place where it was seen.

use std::collections::HashMap;

use matoi_db::{Row, Sql, v};
use matoi_types::Timestamp;

use crate::kernel::{Caller, Result, Tx, access};
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};

const OBSERVABLE: &str = "SELECT o.id, o.kind, o.value, o.first_seen_at AS at FROM observable o WHERE 1 = 1";

/// Observables as they are found.
pub(crate) async fn observables(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(OBSERVABLE);
    wanted.push(&mut sql, "o.id", " ORDER BY o.id");
    let rows = tx.fetch_sql(sql).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), observable)
}

/// The traces noted at `at` in a thing.
pub(crate) async fn noted_at(tx: &mut Tx, kind: &str, id: &str, at: Timestamp) -> Result<Vec<String>> {
    Ok(tx
        .fetch_all(
            "SELECT observable_id AS id FROM sighting WHERE owner_kind = $1 AND owner_id = $2 AND at = $3",
            [v(kind), v(id), v(at)],
        )
        .await?
        .iter()
        .map(|row| row.text("id"))
        .collect::<matoi_db::Result<_>>()?)
}

/// The values seen in each of several things.
pub(crate) async fn values_of(
    tx: &mut Tx,
    kind: &'static str,
    ids: &[&str],
) -> Result<HashMap<String, Vec<String>>> {
    let mut sql = Sql::new(
        "SELECT g.owner_id, o.value FROM sighting g JOIN observable o ON o.id = g.observable_id WHERE g.owner_kind = ",
    );
    sql.push("? AND", [v(kind)])
        .push_in("g.owner_id", ids.iter().map(|id| v(*id)));
    sql.push(" ORDER BY g.owner_id, o.id", []);
    let mut values: HashMap<String, Vec<String>> = HashMap::new();
    for row in tx.fetch_sql(sql).await? {
        values
            .entry(row.text("owner_id")?)
            .or_default()
            .push(row.text("value")?);
    }
    Ok(values)
}

/// Appends the condition that the caller may see a place where the observable in `id_column` was seen.
pub(crate) fn and_seen(sql: &mut Sql, caller: &Caller, id_column: &'static str) {
    sql.push(
        " AND EXISTS (SELECT 1 FROM sighting g WHERE g.observable_id = ",
        [],
    )
    .push(id_column, []);
    access::and_visible(sql, caller, "g.scope_id");
    sql.push(")", []);
}

fn observable(row: &Row) -> Result<Option<Findable>> {
    Ok(Some(Findable {
        kind: FoundKind::Observable,
        id: row.text("id")?,
        owner: None,
        number: String::new(),
        title: row.text("value")?,
        owner_title: String::new(),
        body: String::new(),
        also: row.text("kind")?,
        who: None,
        who_is_desk: false,
        at: row.time("at")?,
        scope: None,
        own: None,
        need: Need::Trace,
    }))
}
