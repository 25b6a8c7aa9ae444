//! What can be found of files: their names and digests. Their content is never opened.

use matoi_db::{Row, Sql};

use crate::kernel::{Result, Tx};
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};

const ATTACHMENT: &str = "SELECT f.id, f.owner_kind, f.owner_id, f.scope_id, f.name, f.sniffed_type, f.sha256, f.created_at AS at, a.name AS who,
    COALESCE(i.number, c.number) AS number, COALESCE(i.title, c.title) AS owner_title, COALESCE(i.kind, 'case') AS owner_noun, r.reporter_account_id
  FROM attachment f LEFT JOIN account a ON a.id = f.uploaded_by LEFT JOIN desk_item i ON f.owner_kind = 'item' AND i.id = f.owner_id
  LEFT JOIN case_file c ON f.owner_kind = 'case' AND c.id = f.owner_id LEFT JOIN report_detail r ON r.item_id = i.id WHERE f.deleted_at IS NULL";

/// Files as they are found.
pub(crate) async fn attachments(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(ATTACHMENT);
    wanted.push(&mut sql, "f.id", " ORDER BY f.id");
    let rows = tx.fetch_sql(sql).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), attachment)
}

fn attachment(row: &Row) -> Result<Option<Findable>> {
    let (owner, need) = match row.text("owner_noun")?.as_str() {
        "report" => (FoundKind::Report, Need::Report),
        "alert" => (FoundKind::Alert, Need::Alert),
        _ => (FoundKind::Case, Need::Case),
    };
    Ok(Some(Findable {
        kind: FoundKind::Attachment,
        id: row.text("id")?,
        owner: Some((owner, row.text("owner_id")?)),
        number: row.text("number")?,
        title: row.text("name")?,
        owner_title: row.text("owner_title")?,
        body: String::new(),
        also: format!("{}\n\n{}", row.text("sha256")?, row.text("sniffed_type")?),
        who: row.opt_text("who")?,
        who_is_desk: true,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: row.opt_id("reporter_account_id")?,
        need,
    }))
}
