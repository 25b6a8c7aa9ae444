//! What callers may do with files. Bytes are stored and read by the adapter, in the encrypted store.

use matoi_types::{AttachmentId, CaseId, ItemId, ScopeId};

use super::model::{Attachment, NewFile, Owner};
use super::store;
use crate::cases::{self, EntryKind};
use crate::desk;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx};

/// Files of an item.
pub async fn of_item(tx: &mut Tx, id: ItemId) -> Result<Vec<Attachment>> {
    desk::queue::get(tx, id).await?;
    store::of(tx, Owner::Item(id)).await
}

/// Files of a report, for its reporter, whose right was checked by the desk.
pub(crate) async fn of_reporter(tx: &mut Tx, id: ItemId) -> Result<Vec<Attachment>> {
    store::of(tx, Owner::Item(id)).await
}

/// Files of a case.
pub async fn of_case(tx: &mut Tx, id: CaseId) -> Result<Vec<Attachment>> {
    cases::service::get(tx, id).await?;
    store::of(tx, Owner::Case(id)).await
}

/// A file the caller is about to read: reading it is noted.
pub async fn open(tx: &mut Tx, id: AttachmentId) -> Result<Attachment> {
    let (attachment, owner) = store::get(tx, id).await?.ok_or(Error::NotFound("attachment"))?;
    match owner {
        Owner::Item(item) => drop(desk::queue::get(tx, item).await?),
        Owner::Case(case) => drop(cases::service::get(tx, case).await?),
    }
    if attachment.deleted_at.is_some() {
        return Err(Error::rule("error-attachment-deleted"));
    }
    let change = Change::of("attachment.download", id)
        .within(attachment.scope_id)
        .set("sha256", &attachment.sha256);
    tx.record(change).await?;
    Ok(attachment)
}

/// Adds a file to a case.
pub async fn add_to_case(tx: &mut Tx, case: CaseId, file: NewFile) -> Result<Attachment> {
    tx.require(Action::CaseUpdate)?;
    let case = cases::service::get(tx, case).await?;
    let attachment = add(tx, Owner::Case(case.id), case.scope_id, file).await?;
    let text = Message::new("timeline-file").with("name", attachment.name.clone());
    let subject = Some(("attachment", attachment.id.to_string()));
    cases::timeline::system(tx, case.id, EntryKind::File, text, subject).await?;
    Ok(attachment)
}

/// Adds a file to a report or an alert at the desk.
pub async fn add_to_item(tx: &mut Tx, item: ItemId, file: NewFile) -> Result<Attachment> {
    let item = desk::queue::get(tx, item).await?;
    tx.require(match item.kind {
        desk::ItemKind::Report => Action::ReportUpdate,
        desk::ItemKind::Alert => Action::AlertUpdate,
    })?;
    add(tx, Owner::Item(item.id), item.scope_id, file).await
}

/// Adds a file that came with a report, or that its reporter sent after it. The rooms that take it in call this.
pub async fn add(tx: &mut Tx, owner: Owner, scope: ScopeId, file: NewFile) -> Result<Attachment> {
    let id: AttachmentId = tx.new_id()?;
    let name = file
        .facts
        .name
        .as_ref()
        .map_or_else(|| matoi_mail::FileName::new(&file.name).safe, |n| n.safe.clone());
    store::insert(tx, id, owner, scope, &file, &name).await?;
    let change = Change::of("attachment.add", id)
        .within(scope)
        .set("owner_kind", owner.kind())
        .set("owner_id", owner.id())
        .set("name", &name)
        .set("size", file.size)
        .set("sha256", &file.sha256);
    tx.record(change).await?;
    store::just_added(tx, id)
        .await?
        .ok_or(Error::NotFound("attachment"))
}

/// Deletes the content of a file, with a reason. Its row stays. Gives where its bytes are, for the adapter to remove
/// them after the commit.
pub async fn delete(tx: &mut Tx, id: AttachmentId, reason: &str) -> Result<String> {
    tx.require(Action::AttachmentDelete)?;
    let (attachment, owner) = store::get(tx, id).await?.ok_or(Error::NotFound("attachment"))?;
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    if !store::delete(tx, id, &reason).await? {
        return Err(Error::rule("error-attachment-deleted"));
    }
    crate::search::service::forget(tx, &id.to_string()).await?;
    if let Owner::Case(case) = owner {
        let text = Message::new("timeline-file-deleted")
            .with("name", attachment.name.clone())
            .with("reason", reason.clone());
        cases::timeline::system(
            tx,
            case,
            EntryKind::File,
            text,
            Some(("attachment", id.to_string())),
        )
        .await?;
    }
    let change = Change::of("attachment.delete", id)
        .within(attachment.scope_id)
        .because(&reason);
    tx.record(
        change
            .removed("name", &attachment.name)
            .removed("sha256", &attachment.sha256),
    )
    .await?;
    Ok(attachment.blob)
}

/// Every attachment whose content was not deleted: where it is, how long, and its SHA-256.
pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<(String, i64, String)>> {
    store::all(tx).await
}

/// Which of these stored files are attachments whose content was not deleted.
pub(crate) async fn in_use(tx: &mut Tx, blobs: &[String]) -> Result<Vec<String>> {
    store::in_use(tx, blobs).await
}

/// Follows what it belongs to into another scope.
pub(crate) async fn move_scope(tx: &mut Tx, owner: Owner, scope: ScopeId) -> Result<()> {
    store::move_scope(tx, owner, scope).await
}
