//! What can be found of documents: number and title.

use matoi_db::{Row, Sql};

use crate::kernel::{Result, Tx};
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};

const DOCUMENT: &str = "SELECT d.id, d.case_id, d.number, d.title, d.scope_id, d.created_at AS at, c.number AS case_number, c.title AS case_title, a.name AS who
  FROM document d JOIN case_file c ON c.id = d.case_id LEFT JOIN account a ON a.id = d.created_by WHERE 1 = 1";

/// Documents as they are found.
pub(crate) async fn documents(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(DOCUMENT);
    wanted.push(&mut sql, "d.id", " ORDER BY d.id");
    let rows = tx.fetch_sql(sql).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), document)
}

fn document(row: &Row) -> Result<Option<Findable>> {
    Ok(Some(Findable {
        kind: FoundKind::Document,
        id: row.text("id")?,
        owner: Some((FoundKind::Case, row.text("case_id")?)),
        number: row.text("number")?,
        title: row.text("title")?,
        owner_title: row.text("case_title")?,
        body: String::new(),
        also: row.text("case_number")?,
        who: row.opt_text("who")?,
        who_is_desk: true,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: None,
        need: Need::Document,
    }))
}
