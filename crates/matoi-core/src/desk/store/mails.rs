//! SQL of reports that came by mail.

use matoi_db::v;
use matoi_types::ItemId;

use crate::desk::mails::MailReport;
use crate::kernel::{Result, Tx};

/// Keeps with a new report which mail it was.
pub(in crate::desk) async fn mark_mail(tx: &mut Tx, id: ItemId, report: &MailReport<'_>) -> Result<()> {
    tx.execute(
        "UPDATE report_detail SET mail_message_id = $2, mail_from = $3, mail_related_key = $4, mail_headers = $5, original_blob = $6 WHERE item_id = $1",
        [
            v(id),
            v(report.rfc_id),
            v(report.sender),
            v(report.subject_key),
            v(report.sheet),
            v(report.blob),
        ],
    )
    .await?;
    Ok(())
}

/// Closes a report that a program sent by itself: an automatic reply, a bounce.
pub(in crate::desk) async fn close_automatic(tx: &mut Tx, id: ItemId) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "UPDATE desk_item SET automatic = 1, state = 'closed', closed_at = $2 WHERE id = $1",
        [v(id), v(now)],
    )
    .await?;
    Ok(())
}
