//! Two-way messages between the desk and a reporter. The first answer meets the report's clock.

use matoi_types::{ItemId, MessageId};

use super::model::{Direction, ItemKind, ItemState, Message, MessageChannel};
use super::{reports, store};
use crate::clocks::{self, ClockOwner};
use crate::desk::model::{DeskItem, ReportDetail};
use crate::identity::secret;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Actor, Change, Error, Result, Tx};

/// Messages of a report, oldest first.
pub async fn list(tx: &mut Tx, id: ItemId) -> Result<Vec<Message>> {
    super::queue::get(tx, id).await?;
    store::messages(tx, id).await
}

/// Answers the reporter, or records how they were answered elsewhere. Appending needs no version: nothing is overwritten.
pub async fn answer(
    tx: &mut Tx,
    id: ItemId,
    channel: MessageChannel,
    body: &str,
    is_answer: bool,
) -> Result<DeskItem> {
    tx.require(Action::ReportAnswer)?;
    let item = super::queue::get(tx, id).await?;
    if item.kind != ItemKind::Report {
        return Err(Error::NotFound("report"));
    }
    let mut fields = Fields::new();
    let body = fields.required_text("/body", body, 20_000);
    fields.done()?;
    let message: MessageId = tx.new_id()?;
    store::insert_message(
        tx,
        store::NewMessage {
            id: message,
            item: id,
            direction: Direction::Out,
            channel,
            body: &body,
            is_answer,
        },
    )
    .await?;
    // The version of now: an answer is an append, and the clock it meets belongs to nobody else.
    let (before, mut item) = reports::begin(tx, id, item.version).await?;
    if item.state == ItemState::New {
        reports::mark_acknowledged(tx, &mut item).await?;
    }
    if is_answer && item.answered_at.is_none() {
        let now = tx.now();
        item.answered_at = Some(now);
        clocks::service::meet(tx, ClockOwner::Item(id), "answer", now).await?;
    }
    if let Some(case) = item.case_id {
        crate::cases::timeline::system(
            tx,
            case,
            crate::cases::EntryKind::Message,
            crate::kernel::Message::new("timeline-answered").with("number", item.number.clone()),
            Some(("item", item.id.to_string())),
        )
        .await?;
    }
    reports::finish(tx, "answer", &before, item, None).await
}

/// What the holder of a follow-up secret sees.
#[derive(Debug, Clone)]
pub struct FollowUp {
    /// The report.
    pub item: DeskItem,
    /// Its details.
    pub detail: ReportDetail,
    /// What was said, without the names of the desk's people.
    pub messages: Vec<Message>,
}

/// Opens a report by its follow-up secret. The secret is the permission.
pub async fn follow_up(tx: &mut Tx, typed: &str) -> Result<FollowUp> {
    let digest = secret::digest(&reports::normal_follow_up(typed));
    let item = store::by_secret(tx, &digest)
        .await?
        .ok_or(Error::NotFound("report"))?;
    let detail = store::report(tx, item.id)
        .await?
        .ok_or(Error::NotFound("report"))?;
    let mut messages = store::messages(tx, item.id).await?;
    for message in &mut messages {
        message.author = None;
    }
    Ok(FollowUp {
        item,
        detail,
        messages,
    })
}

/// The reporter writes something more through the follow-up link.
pub async fn from_reporter(tx: &mut Tx, typed: &str, body: &str) -> Result<ItemId> {
    let FollowUp { item, .. } = follow_up(tx, typed).await?;
    let mut fields = Fields::new();
    let body = fields.required_text("/body", body, 20_000);
    fields.done()?;
    let source = format!("message {}", item.id);
    let (count, _) =
        store::count_public(tx, &secret::digest(&source), reports::PUBLIC_WINDOW_SECONDS).await?;
    if count > reports::PUBLIC_LIMIT {
        return Err(Error::TooMany {
            retry_after: reports::PUBLIC_WINDOW_SECONDS,
        });
    }
    let reporter = crate::Caller {
        actor: Actor::Reporter(item.id),
        ..tx.caller().clone()
    };
    let id = item.id;
    tx.as_caller(reporter, async |tx| {
        let message: MessageId = tx.new_id()?;
        store::insert_message(
            tx,
            store::NewMessage {
                id: message,
                item: item.id,
                direction: Direction::In,
                channel: MessageChannel::Web,
                body: &body,
                is_answer: false,
            },
        )
        .await?;
        if let Some(case) = item.case_id {
            let text =
                crate::kernel::Message::new("timeline-reporter-wrote").with("number", item.number.clone());
            let subject = Some(("item", item.id.to_string()));
            crate::cases::timeline::system(tx, case, crate::cases::EntryKind::Message, text, subject).await?;
        }
        let change = Change::named("report.message", "report", item.id.to_string()).within(item.scope_id);
        tx.record(change.set("message", message)).await
    })
    .await?;
    Ok(id)
}
