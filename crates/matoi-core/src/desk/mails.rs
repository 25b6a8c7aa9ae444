//! Reports that come by mail, and mails that belong to a report that is there. The intake calls this once it has read a mail.

use matoi_types::{ItemId, Lang, MessageId, ScopeId, Severity, Timestamp, Tlp};

use super::model::{Channel, DeskItem, Direction, ItemKind, ItemState, MessageChannel};
use super::{reports, store};
use crate::cases::{self, EntryKind};
use crate::clocks::{self, ClockOwner};
use crate::kernel::{Change, Error, Message, Result, Tx, access};
use crate::organisation;

/// The source that reports by mail are filed under.
pub(crate) const SOURCE: &str = "mail";

/// What a new report by mail says.
pub(crate) struct MailReport<'a> {
    pub(crate) number: &'a str,
    pub(crate) source_ref: &'a str,
    pub(crate) title: &'a str,
    pub(crate) body: &'a str,
    pub(crate) lang: Lang,
    pub(crate) category: &'a str,
    pub(crate) severity: Severity,
    pub(crate) reporter_name: &'a str,
    pub(crate) reporter_contact: &'a str,
    pub(crate) event_at: Option<Timestamp>,
    /// A program answered by itself: the report is kept, closed and without clocks.
    pub(crate) automatic: bool,
    pub(crate) rfc_id: Option<&'a str>,
    pub(crate) sender: &'a str,
    pub(crate) subject_key: &'a str,
    pub(crate) sheet: &'a str,
    pub(crate) blob: &'a str,
}

/// The report with this reference, whoever asks.
pub(crate) async fn by_reference(tx: &mut Tx, source_ref: &str) -> Result<Option<DeskItem>> {
    store::by_source(tx, SOURCE, source_ref).await
}

/// The report a mail belongs to, whoever asks: the one that a merged report was merged into.
pub(crate) async fn living(tx: &mut Tx, id: ItemId) -> Result<Option<DeskItem>> {
    let mut item = store::get(tx, id).await?;
    for _ in 0..10 {
        let Some(into) = item.as_ref().and_then(|item| item.merged_into) else {
            break;
        };
        item = store::get(tx, into).await?.or(item);
    }
    Ok(item)
}

/// Takes in a report. Its traces and files are added by the caller, with what is given back.
pub(crate) async fn take_in(tx: &mut Tx, report: MailReport<'_>) -> Result<(DeskItem, ScopeId, Tlp)> {
    let organisation = organisation::service::require(tx).await?;
    let tlp = organisation.default_tlp;
    let scope = access::create(tx, tlp, false, None).await?;
    let id: ItemId = tx.new_id()?;
    store::insert(
        tx,
        store::NewItem {
            id,
            kind: ItemKind::Report,
            number: report.number,
            channel: Channel::Mail,
            source: SOURCE,
            source_ref: Some(report.source_ref),
            title: report.title,
            body: report.body,
            lang: report.lang,
            severity: report.severity,
            scope,
            event_at: report.event_at,
        },
    )
    .await?;
    store::insert_report(
        tx,
        store::NewReport {
            item: id,
            category: report.category,
            noticed: "",
            device: "",
            reporter_name: report.reporter_name,
            reporter_contact: report.reporter_contact,
            reporter_account: None,
            anonymous: false,
            secret_digest: None,
        },
    )
    .await?;
    store::mark_mail(tx, id, &report).await?;
    if report.automatic {
        store::close_automatic(tx, id).await?;
    } else {
        let (now, owner) = (tx.now(), ClockOwner::Item(id));
        let clock = reports::desk_clocks(tx).await?.report;
        let (acknowledge, answer) = (
            clock.acknowledge.of(report.severity),
            clock.answer.of(report.severity),
        );
        clocks::service::start(tx, owner, scope, "acknowledge", now, acknowledge).await?;
        clocks::service::start(tx, owner, scope, "answer", now, answer).await?;
    }
    let change = Change::named("report.create", "report", id.to_string())
        .within(scope)
        .set("number", report.number)
        .set("channel", Channel::Mail)
        .set("title", report.title)
        .set("severity", report.severity)
        .set("automatic", report.automatic);
    tx.record(change).await?;
    Ok((reports::require(tx, id).await?, scope, tlp))
}

/// Adds a further mail to a report, as a message of its reporter. What a person writes opens a closed report again; what a
/// program sends by itself does not.
pub(crate) async fn join(
    tx: &mut Tx,
    item: &DeskItem,
    body: &str,
    automatic: bool,
) -> Result<(DeskItem, MessageId)> {
    let (id, now) = (item.id, tx.now());
    let message: MessageId = tx.new_id()?;
    store::insert_message(
        tx,
        store::NewMessage {
            id: message,
            item: id,
            direction: Direction::In,
            channel: MessageChannel::Mail,
            body,
            is_answer: false,
        },
    )
    .await?;
    if let Some(case) = item.case_id {
        let text = Message::new("timeline-reporter-wrote").with("number", item.number.clone());
        cases::timeline::system(tx, case, EntryKind::Message, text, Some(("item", id.to_string()))).await?;
    }
    let change = Change::named("report.message", "report", id.to_string()).within(item.scope_id);
    tx.record(change.set("message", message).set("automatic", automatic))
        .await?;
    if item.state != ItemState::Closed || automatic || item.merged_into.is_some() {
        let item = store::get(tx, id).await?.ok_or(Error::NotFound("report"))?;
        return Ok((item, message));
    }
    let (before, mut item) = reports::begin(tx, id, item.version).await?;
    item.state = if item.triaged_at.is_some() {
        ItemState::Triaged
    } else {
        ItemState::Acknowledged
    };
    item.acknowledged_at = item.acknowledged_at.or(Some(now));
    item.closed_at = None;
    store::set_secret_until(tx, id, None).await?;
    Ok((reports::finish(tx, "reopen", &before, item, None).await?, message))
}
