//! Two-way messages between the desk and a reporter. The first answer meets the report's clock.

use matoi_types::{ItemId, MessageId, Timestamp};

use super::model::{Direction, ItemKind, ItemState, Message, MessageChannel};
use super::{reports, store};
use crate::clocks::{self, ClockOwner};
use crate::desk::model::{DeskItem, ReportDetail};
use crate::files::{self, Attachment, NewFile};
use crate::identity::secret;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Actor, Caller, Change, Error, Result, Store, Tx};

/// Messages of a report, oldest first. Its reporter is not told who of the desk wrote.
pub async fn list(tx: &mut Tx, id: ItemId) -> Result<Vec<Message>> {
    super::queue::get(tx, id).await?;
    let mut messages = store::messages(tx, id).await?;
    if !tx.caller().may(Action::ReportRead) {
        for message in &mut messages {
            message.author = None;
        }
    }
    Ok(messages)
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

/// What the reporter sees of a report.
#[derive(Debug, Clone)]
pub struct FollowUp {
    /// The report.
    pub item: DeskItem,
    /// Its details.
    pub detail: ReportDetail,
    /// What was said, without the names of the desk's people.
    pub messages: Vec<Message>,
    /// The files that came with it or were sent after it.
    pub files: Vec<Attachment>,
    /// By when the desk means to answer, while that is open.
    pub answer_due_at: Option<Timestamp>,
}

/// What lets somebody act as the reporter of a report.
#[derive(Debug, Clone, Copy)]
pub enum Reporter<'a> {
    /// The secret of the follow-up link, however it was typed.
    Secret(&'a str),
    /// The account that reported it.
    Own(ItemId),
}

/// Wrong follow-up codes from one address within [`WRONG_WINDOW_SECONDS`], after which it must wait.
pub const WRONG_LIMIT: i64 = 10;
/// The window in which wrong codes are counted.
pub const WRONG_WINDOW_SECONDS: i64 = 600;

/// Opens a report for its reporter. The secret, or having reported it, is the permission.
pub async fn follow_up(tx: &mut Tx, typed: &str) -> Result<FollowUp> {
    look_up(tx, Reporter::Secret(typed)).await
}

/// Opens one's own report.
pub async fn own(tx: &mut Tx, id: ItemId) -> Result<FollowUp> {
    look_up(tx, Reporter::Own(id)).await
}

/// Opens a report by its follow-up secret for somebody who may be guessing: an address that gave too many wrong ones
/// waits, whatever it gives then.
pub async fn open(store: &Store, caller: &Caller, typed: &str) -> Result<FollowUp> {
    let source = reports::public_source("follow-up", caller);
    let mut tx = store.read(caller).await?;
    let (count, since) = store::public_count(&mut tx, &source, WRONG_WINDOW_SECONDS).await?;
    if count >= WRONG_LIMIT {
        let until = since.plus_seconds(WRONG_WINDOW_SECONDS);
        let retry_after = until.seconds_since(tx.now()).max(1);
        return Err(Error::TooMany { retry_after });
    }
    let found = follow_up(&mut tx, typed).await;
    drop(tx);
    if matches!(found, Err(Error::NotFound(_))) {
        let mut tx = store.write(caller).await?;
        store::count_public(&mut tx, &source, WRONG_WINDOW_SECONDS).await?;
        tx.commit().await?;
    }
    found
}

async fn look_up(tx: &mut Tx, reporter: Reporter<'_>) -> Result<FollowUp> {
    let item = match reporter {
        Reporter::Secret(typed) => {
            let digest = secret::digest(&reports::normal_follow_up(typed));
            store::by_secret(tx, &digest).await?
        }
        Reporter::Own(id) => {
            tx.require(Action::ReportReadOwn)?;
            let me = tx.caller().require_account()?;
            let own = store::report(tx, id)
                .await?
                .is_some_and(|report| report.reporter_account_id == Some(me));
            if own {
                Some(reports::require(tx, id).await?)
            } else {
                None
            }
        }
    };
    let item = item.ok_or(Error::NotFound("report"))?;
    let detail = store::report(tx, item.id)
        .await?
        .ok_or(Error::NotFound("report"))?;
    let mut messages = store::messages(tx, item.id).await?;
    for message in &mut messages {
        message.author = None;
    }
    let answer = clocks::service::of(tx, ClockOwner::Item(item.id))
        .await?
        .into_iter()
        .find(|clock| clock.kind == "answer" && clock.is_running());
    Ok(FollowUp {
        files: files::service::of_reporter(tx, item.id).await?,
        item,
        detail,
        messages,
        answer_due_at: answer.map(|clock| clock.due_at),
    })
}

/// The reporter writes something more, or sends files. A closed report is thereby open again: nothing that comes in
/// stays unseen.
pub async fn from_reporter(
    tx: &mut Tx,
    reporter: Reporter<'_>,
    body: &str,
    new_files: Vec<NewFile>,
) -> Result<ItemId> {
    let FollowUp { item, .. } = look_up(tx, reporter).await?;
    let mut fields = Fields::new();
    let body = if new_files.is_empty() {
        fields.required_text("/body", body, 20_000)
    } else {
        fields.text("/body", body, 20_000)
    };
    fields.done()?;
    let source = secret::digest(&format!("message {}", item.id));
    let (count, _) = store::count_public(tx, &source, reports::PUBLIC_WINDOW_SECONDS).await?;
    if count > reports::PUBLIC_LIMIT {
        return Err(Error::TooMany {
            retry_after: reports::PUBLIC_WINDOW_SECONDS,
        });
    }
    let acting = match reporter {
        Reporter::Secret(_) => Caller {
            actor: Actor::Reporter(item.id),
            ..tx.caller().clone()
        },
        Reporter::Own(_) => tx.caller().clone(),
    };
    let id = item.id;
    tx.as_caller(acting, async |tx| take_in(tx, item, &body, new_files).await)
        .await?;
    Ok(id)
}

async fn take_in(tx: &mut Tx, item: DeskItem, body: &str, new_files: Vec<NewFile>) -> Result<()> {
    let message: MessageId = tx.new_id()?;
    let text = if body.is_empty() {
        // The names stand below it; the message says that something came.
        new_files
            .iter()
            .map(|file| file.name.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    } else {
        body.to_owned()
    };
    store::insert_message(
        tx,
        store::NewMessage {
            id: message,
            item: item.id,
            direction: Direction::In,
            channel: MessageChannel::Web,
            body: &text,
            is_answer: false,
        },
    )
    .await?;
    for file in new_files {
        files::service::add(tx, files::Owner::Item(item.id), item.scope_id, file).await?;
    }
    if let Some(case) = item.case_id {
        let text = crate::kernel::Message::new("timeline-reporter-wrote").with("number", item.number.clone());
        let subject = Some(("item", item.id.to_string()));
        crate::cases::timeline::system(tx, case, crate::cases::EntryKind::Message, text, subject).await?;
    }
    let change = Change::named("report.message", "report", item.id.to_string()).within(item.scope_id);
    tx.record(change.set("message", message)).await?;
    if item.state == ItemState::Closed && item.merged_into.is_none() {
        reports::open_again(tx, item.id).await?;
    }
    Ok(())
}
