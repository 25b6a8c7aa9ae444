//! The timeline: one stream of what people wrote and what the program did, in the order in which it happened.

use matoi_types::{CaseId, EntryId};

use super::model::{Case, CaseState, Entry, EntryInput, EntryKind};
use super::rules::MAX_AHEAD;
use super::{progress, service, store};
use crate::kernel::check::Fields;
use crate::kernel::page::Cursor;
use crate::kernel::{Action, Actor, Change, Error, Message, Page, PageRequest, Result, Tx};

const ORDER: &str = "timeline";

/// One page of the timeline, newest first, with the entries of cases that became part of this one.
pub async fn list(tx: &mut Tx, case: CaseId, kinds: &[EntryKind], page: &PageRequest) -> Result<Page<Entry>> {
    service::get(tx, case).await?;
    let limit = page.rows()?;
    let after = page.after(ORDER)?;
    let mut cases = vec![case];
    cases.extend(store::merged_here(tx, case).await?.into_iter().map(|(id, _)| id));
    let rows = store::entries(tx, &cases, kinds, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, ORDER, |entry| {
        (entry.at.as_micros(), entry.id.to_string())
    }))
}

/// The page that begins with an entry, wherever on the timeline it is.
pub async fn list_from(
    tx: &mut Tx,
    case: CaseId,
    kinds: &[EntryKind],
    first: EntryId,
) -> Result<Page<Entry>> {
    let entry = get(tx, case, first).await?;
    let just_before = Cursor {
        order: ORDER.to_owned(),
        key: entry.at.as_micros(),
        // After every identifier that begins so, which is this one.
        id: format!("{first}~"),
    };
    let page = PageRequest {
        cursor: Some(just_before.encode()),
        limit: None,
    };
    list(tx, case, kinds, &page).await
}

/// What stands at the head.
pub async fn pinned(tx: &mut Tx, case: CaseId) -> Result<Vec<Entry>> {
    service::get(tx, case).await?;
    store::pinned_entries(tx, case).await
}

/// How many entries there are of each kind.
pub async fn counts(tx: &mut Tx, case: CaseId) -> Result<Vec<(String, i64)>> {
    service::get(tx, case).await?;
    store::count_entries(tx, case).await
}

/// One entry.
pub async fn get(tx: &mut Tx, case: CaseId, id: EntryId) -> Result<Entry> {
    service::get(tx, case).await?;
    store::get_entry(tx, case, id)
        .await?
        .ok_or(Error::NotFound("entry"))
}

/// Writes something down. Needs no version: it overwrites nothing.
pub async fn write(tx: &mut Tx, case: CaseId, input: EntryInput) -> Result<Entry> {
    tx.require(Action::CaseUpdate)?;
    let case = service::get(tx, case).await?;
    let (body, at) = check(tx, &case, &input)?;
    let id: EntryId = tx.new_id()?;
    store::insert_entry(
        tx,
        store::NewEntry {
            id,
            case: case.id,
            kind: input.kind,
            at,
            author_kind: "account",
            body: &body,
            message: None,
            subject: None,
            pinned: input.pinned,
        },
    )
    .await?;
    store::touch(tx, case.id).await?;
    if input.kind == EntryKind::Status {
        progress::status_given(tx, &case).await?;
    }
    let change = Change::of("entry.write", id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .set("kind", input.kind);
    tx.record(change).await?;
    store::get_entry(tx, case.id, id)
        .await?
        .ok_or(Error::NotFound("entry"))
}

/// Changes what one wrote oneself. The former text stays in the audit log.
pub async fn edit(tx: &mut Tx, case: CaseId, id: EntryId, version: i64, input: EntryInput) -> Result<Entry> {
    tx.require(Action::CaseUpdate)?;
    let case = service::get(tx, case).await?;
    let before = require_own(tx, case.id, id).await?;
    let (body, at) = check(
        tx,
        &case,
        &EntryInput {
            at: input.at.or(Some(before.at)),
            ..input.clone()
        },
    )?;
    if !store::update_entry(tx, id, version, &body, at, input.pinned).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    store::touch(tx, case.id).await?;
    let change = Change::of("entry.edit", id)
        .within(case.scope_id)
        .set("case_id", case.id)
        .changed("body", &before.body, &body)
        .changed("at", before.at, at)
        .changed("pinned", before.pinned, input.pinned);
    tx.record(change).await?;
    store::get_entry(tx, case.id, id)
        .await?
        .ok_or(Error::NotFound("entry"))
}

/// Puts an entry at the head of the timeline, or takes it down again; anybody who works on the case may.
pub async fn pin(tx: &mut Tx, case: CaseId, id: EntryId, pinned: bool) -> Result<Entry> {
    tx.require(Action::CaseUpdate)?;
    let case = service::get(tx, case).await?;
    let before = store::get_entry(tx, case.id, id)
        .await?
        .ok_or(Error::NotFound("entry"))?;
    if !store::update_entry(tx, id, before.version, &before.body, before.at, pinned).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    store::touch(tx, case.id).await?;
    let change = Change::of("entry.pin", id)
        .within(case.scope_id)
        .set("case_id", case.id);
    tx.record(change.changed("pinned", before.pinned, pinned)).await?;
    store::get_entry(tx, case.id, id)
        .await?
        .ok_or(Error::NotFound("entry"))
}

/// Takes back what one wrote oneself: the text leaves the page, the fact and the audit log stay.
pub async fn delete(tx: &mut Tx, case: CaseId, id: EntryId, version: i64) -> Result<()> {
    tx.require(Action::CaseUpdate)?;
    let case = service::get(tx, case).await?;
    let before = require_own(tx, case.id, id).await?;
    if !store::delete_entry(tx, id, version).await? {
        return Err(Error::Stale {
            current: before.version,
        });
    }
    crate::search::service::forget(tx, &id.to_string()).await?;
    store::touch(tx, case.id).await?;
    let change = Change::of("entry.delete", id)
        .within(case.scope_id)
        .set("case_id", case.id);
    tx.record(change.removed("body", &before.body)).await
}

/// Writes what the program did, as key and arguments, so that every reader gets it in their own language.
pub async fn system(
    tx: &mut Tx,
    case: CaseId,
    kind: EntryKind,
    message: Message,
    subject: Option<(&'static str, String)>,
) -> Result<()> {
    write_system(tx, case, kind, message, subject, false).await
}

/// The same at the head of the timeline: what its readers must not miss.
pub(super) async fn system_pinned(
    tx: &mut Tx,
    case: CaseId,
    kind: EntryKind,
    message: Message,
) -> Result<()> {
    write_system(tx, case, kind, message, None, true).await
}

async fn write_system(
    tx: &mut Tx,
    case: CaseId,
    kind: EntryKind,
    message: Message,
    subject: Option<(&'static str, String)>,
    pinned: bool,
) -> Result<()> {
    let id: EntryId = tx.new_id()?;
    let author_kind = match tx.caller().actor {
        Actor::Account { .. } => "account",
        Actor::Reporter(_) => "reporter",
        Actor::System(_) | Actor::Anonymous => "system",
    };
    let at = tx.now();
    store::insert_entry(
        tx,
        store::NewEntry {
            id,
            case,
            kind,
            at,
            author_kind,
            body: "",
            message: Some(serde_json::to_string(&message)?),
            subject,
            pinned,
        },
    )
    .await?;
    store::touch(tx, case).await
}

async fn require_own(tx: &mut Tx, case: CaseId, id: EntryId) -> Result<Entry> {
    let entry = store::get_entry(tx, case, id)
        .await?
        .ok_or(Error::NotFound("entry"))?;
    if entry.author_id.is_none() || entry.author_id != tx.caller().account() || !entry.kind.is_written() {
        return Err(Error::rule("error-entry-not-own"));
    }
    Ok(entry)
}

fn check(tx: &Tx, case: &Case, input: &EntryInput) -> Result<(String, matoi_types::Timestamp)> {
    if case.state == CaseState::Merged {
        return Err(Error::rule("error-case-merged"));
    }
    let mut fields = Fields::new();
    fields.wrong_if(!input.kind.is_written(), "/kind", "error-entry-kind");
    let body = fields.required_text("/body", &input.body, 50_000);
    let at = input.at.unwrap_or(tx.now());
    fields.not_ahead("/at", at, tx.now(), MAX_AHEAD);
    fields.done()?;
    Ok((body, at.min(tx.now())))
}
