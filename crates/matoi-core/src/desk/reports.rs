//! Reports: taken in from every channel, acknowledged, assigned, answered, closed.

use std::net::IpAddr;

use matoi_types::{AccountId, CaseId, ItemId, ScopeId, Severity};

use super::model::{Channel, DeskItem, ItemKind, ItemState, ReportDetail, ReportInput};
use super::{rules, store};
use crate::clocks::{self, ClockOwner};
use crate::files::{self, NewFile};
use crate::first_response;
use crate::identity::{accounts, secret};
use crate::kernel::check::Fields;
use crate::kernel::{Action, Caller, Change, Error, FieldError, Message, Result, Tx, access};
use crate::lifecycle::DeskClocks;
use crate::rulebook::{self, DataKind};
use crate::{observables, organisation};

/// Submissions of one source within [`PUBLIC_WINDOW_SECONDS`] that the public form takes.
pub const PUBLIC_LIMIT: i64 = 20;
/// The window in which public submissions are counted.
pub const PUBLIC_WINDOW_SECONDS: i64 = 3600;

/// A report that was taken in.
#[derive(Debug, Clone)]
pub struct Accepted {
    /// The report.
    pub item: DeskItem,
    /// The secret of the reporter's follow-up link; none when the report was there already or has no link.
    pub follow_up: Option<String>,
    /// Whether it was there already, from the same source and reference.
    pub existed: bool,
}

/// Takes in a report handed in by somebody with an account or a token. `number` was allocated before the transaction.
pub async fn create(tx: &mut Tx, number: &str, input: ReportInput) -> Result<Accepted> {
    tx.require(Action::ReportCreate)?;
    take_in(tx, number, input).await
}

/// Takes in a report from the public form: anybody may, so often.
pub async fn submit_public(tx: &mut Tx, number: &str, input: ReportInput) -> Result<Accepted> {
    let source = public_source("report", tx.caller());
    let (count, since) = store::count_public(tx, &source, PUBLIC_WINDOW_SECONDS).await?;
    if count > PUBLIC_LIMIT {
        let retry_after = since
            .plus_seconds(PUBLIC_WINDOW_SECONDS)
            .seconds_since(tx.now())
            .max(1);
        return Err(Error::TooMany { retry_after });
    }
    take_in(
        tx,
        number,
        ReportInput {
            channel: Channel::Form,
            source: None,
            source_ref: None,
            severity: None,
            ..input
        },
    )
    .await
}

async fn take_in(tx: &mut Tx, number: &str, input: ReportInput) -> Result<Accepted> {
    let organisation = organisation::service::require(tx).await?;
    let input = check(input, tx.now())?;
    let source = input
        .source
        .clone()
        .unwrap_or_else(|| rules::default_source(input.channel).to_owned());
    if let Some(source_ref) = &input.source_ref
        && let Some(item) = store::by_source(tx, &source, source_ref).await?
    {
        return Ok(Accepted {
            item: own_or_visible(tx, item, "/source_ref").await?,
            follow_up: None,
            existed: true,
        });
    }
    let category = first_response::category(&input.category);
    let severity = input
        .severity
        .or(category.map(|c| c.severity))
        .unwrap_or(Severity::Medium);
    let label = category
        .filter(|c| c.id != first_response::OTHER)
        .map(|c| c.label.get(input.lang));
    let title = rules::report_title(&input.title, label, &input.device, &input.text);
    let scope = access::create(tx, organisation.default_tlp, false, None).await?;
    let id: ItemId = tx.new_id()?;
    store::insert(
        tx,
        store::NewItem {
            id,
            kind: ItemKind::Report,
            number,
            channel: input.channel,
            source: &source,
            source_ref: input.source_ref.as_deref(),
            title: &title,
            body: &input.text,
            lang: input.lang,
            severity,
            scope,
            event_at: input.event_at,
        },
    )
    .await?;
    let follow_up = follow_up_secret(tx)?;
    let reporter_account = match input.channel {
        Channel::Account => tx.caller().account(),
        _ => None,
    };
    store::insert_report(
        tx,
        store::NewReport {
            item: id,
            category: &input.category,
            noticed: &input.noticed,
            device: &input.device,
            reporter_name: &input.reporter_name,
            reporter_contact: &input.reporter_contact,
            reporter_account,
            anonymous: input.anonymous,
            secret_digest: Some(&secret::digest(&follow_up)),
        },
    )
    .await?;
    let (now, owner) = (tx.now(), ClockOwner::Item(id));
    let clock = desk_clocks(tx).await?.report;
    clocks::service::start(
        tx,
        owner,
        scope,
        "acknowledge",
        now,
        clock.acknowledge.of(severity),
    )
    .await?;
    clocks::service::start(tx, owner, scope, "answer", now, clock.answer.of(severity)).await?;
    let text = format!("{title}\n{}\n{}", input.device, input.text);
    observables::service::find_in(tx, owner, scope, &text, organisation.default_tlp).await?;
    let change = Change::named("report.create", "report", id.to_string())
        .within(scope)
        .set("number", number)
        .set("channel", input.channel)
        .set("title", &title)
        .set("severity", severity)
        .set("anonymous", input.anonymous);
    tx.record(change).await?;
    Ok(Accepted {
        item: require(tx, id).await?,
        follow_up: Some(follow_up),
        existed: false,
    })
}

/// Adds the files that came with a report, in the transaction that took it in.
pub async fn attach(tx: &mut Tx, accepted: &Accepted, new_files: Vec<NewFile>) -> Result<()> {
    if accepted.existed {
        return Err(Error::rule("error-item-exists"));
    }
    let item = &accepted.item;
    for file in new_files {
        files::service::add(tx, files::Owner::Item(item.id), item.scope_id, file).await?;
    }
    Ok(())
}

/// The names that reporters of a case gave, whoever asks: what must not leave in documents for outside.
pub(crate) async fn reporter_names(tx: &mut Tx, case: CaseId) -> Result<Vec<String>> {
    store::reporter_names(tx, case).await
}

/// One report with its details.
pub async fn get(tx: &mut Tx, id: ItemId) -> Result<(DeskItem, ReportDetail)> {
    let item = super::queue::get(tx, id).await?;
    let detail = store::report(tx, id).await?.ok_or(Error::NotFound("report"))?;
    Ok((item, detail))
}

/// Where the original of a report that came by mail is kept, for somebody who is about to read it: reading it is noted.
pub async fn open_original(tx: &mut Tx, id: ItemId) -> Result<(DeskItem, String)> {
    tx.require(Action::ReportRead)?;
    let (item, detail) = get(tx, id).await?;
    let blob = detail.original_blob.ok_or(Error::NotFound("original"))?;
    let change = Change::named("report.original_download", "report", id.to_string()).within(item.scope_id);
    tx.record(change).await?;
    Ok((item, blob))
}

/// Gives a report a new follow-up secret, told once: for somebody who telephoned, or who lost the one they had.
/// The former one works no more.
pub async fn renew_follow_up(tx: &mut Tx, id: ItemId) -> Result<String> {
    tx.require(Action::ReportAnswer)?;
    let (item, _) = get(tx, id).await?;
    if item.state == ItemState::Closed {
        return Err(Error::rule("error-item-closed"));
    }
    let follow_up = follow_up_secret(tx)?;
    store::set_secret(tx, id, &secret::digest(&follow_up)).await?;
    let change = Change::named("report.follow_up_renew", "report", id.to_string()).within(item.scope_id);
    tx.record(change).await?;
    Ok(follow_up)
}

/// Somebody has taken the item in: its first clock is met, and it is theirs unless it was given to another.
pub async fn acknowledge(tx: &mut Tx, id: ItemId, version: i64) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    if item.state != ItemState::New {
        return Err(Error::rule("error-item-acknowledged"));
    }
    mark_acknowledged(tx, &mut item).await?;
    finish(tx, "acknowledge", &before, item, None).await
}

/// Gives the item to somebody, or to nobody.
pub async fn assign(tx: &mut Tx, id: ItemId, version: i64, assignee: Option<AccountId>) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    if let Some(account) = assignee
        && !accounts::is_active(tx, account).await?
    {
        return Err(Error::field(
            "/assignee_id",
            Message::new("error-unknown-account"),
        ));
    }
    item.assignee_id = assignee;
    if item.state == ItemState::New && assignee.is_some() {
        mark_acknowledged(tx, &mut item).await?;
    }
    finish(tx, "assign", &before, item, None).await
}

/// Changes title and severity; running clocks follow the severity.
pub async fn update(
    tx: &mut Tx,
    id: ItemId,
    version: i64,
    title: &str,
    severity: Severity,
) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    let mut fields = Fields::new();
    item.title = fields.line("/title", title, 500);
    fields.done()?;
    item.severity = severity;
    if before.severity != severity {
        let (clocks_of, owner) = (desk_clocks(tx).await?, ClockOwner::Item(id));
        match item.kind {
            ItemKind::Report => {
                clocks::service::reset(
                    tx,
                    owner,
                    "acknowledge",
                    clocks_of.report.acknowledge.of(severity),
                )
                .await?;
                clocks::service::reset(tx, owner, "answer", clocks_of.report.answer.of(severity)).await?;
            }
            ItemKind::Alert => {
                clocks::service::reset(tx, owner, "triage", clocks_of.alert.triage.of(severity)).await?;
            }
        }
    }
    finish(tx, "update", &before, item, None).await
}

/// Closes an item that may be closed: an answered report, an alert with a verdict, a duplicate.
pub async fn close(tx: &mut Tx, id: ItemId, version: i64) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    if let Some(problem) = rules::problem_with_closing(&item) {
        return Err(Error::Rule(problem));
    }
    item.state = ItemState::Closed;
    item.closed_at = Some(tx.now());
    clocks::service::cancel_all(tx, ClockOwner::Item(id)).await?;
    // The reporter reads the answer for a while longer.
    let until = tx.now().plus_seconds(messages_days() * 86_400);
    store::set_secret_until(tx, id, Some(until)).await?;
    finish(tx, "close", &before, item, None).await
}

/// Opens a closed item again.
pub async fn reopen(tx: &mut Tx, id: ItemId, version: i64, reason: &str) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    if item.state != ItemState::Closed {
        return Err(Error::rule("error-item-open"));
    }
    let mut fields = Fields::new();
    let reason = fields.required_text("/reason", reason, 2000);
    fields.done()?;
    unclose(&mut item);
    store::set_secret_until(tx, id, None).await?;
    finish(tx, "reopen", &before, item, Some(&reason)).await
}

/// Opens a closed report again because its reporter wrote.
pub(super) async fn open_again(tx: &mut Tx, id: ItemId) -> Result<()> {
    let before = require(tx, id).await?;
    let mut item = before.clone();
    unclose(&mut item);
    store::bump(tx, id, before.version).await?;
    store::set_secret_until(tx, id, None).await?;
    finish(tx, "reopen", &before, item, None).await?;
    Ok(())
}

fn unclose(item: &mut DeskItem) {
    item.state = if item.triaged_at.is_some() {
        ItemState::Triaged
    } else {
        ItemState::Acknowledged
    };
    item.closed_at = None;
    item.merged_into = None;
}

/// Marks an item as the same as another of its kind: it is closed, and what becomes of the other is its answer.
pub async fn merge(tx: &mut Tx, id: ItemId, version: i64, into: ItemId) -> Result<DeskItem> {
    require_update(tx, id).await?;
    let target = super::queue::get(tx, into).await?;
    let (before, mut item) = begin(tx, id, version).await?;
    if id == into || target.merged_into.is_some() || target.kind != item.kind {
        return Err(Error::field("/into", Message::new("error-merge-target")));
    }
    item.merged_into = Some(into);
    item.case_id = target.case_id;
    item.outcome = target.outcome;
    item.state = ItemState::Closed;
    item.closed_at = Some(tx.now());
    item.acknowledged_at = item.acknowledged_at.or(Some(tx.now()));
    clocks::service::cancel_all(tx, ClockOwner::Item(id)).await?;
    let item = move_scope(tx, item, target.scope_id).await?;
    finish(tx, "merge", &before, item, None).await
}

/// How many days a follow-up link lives after the report is closed.
#[must_use]
pub const fn messages_days() -> i64 {
    90
}

/// Where something public came from, as it is counted: an IPv4 address, or the /64 that an IPv6 address is one of.
#[must_use]
pub fn public_source(what: &str, caller: &Caller) -> String {
    let address = match caller.address.as_deref().map(str::parse::<IpAddr>) {
        Some(Ok(IpAddr::V6(v6))) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(Ok(IpAddr::V4(v4))) => v4.to_string(),
        _ => "unknown".to_owned(),
    };
    secret::digest(&format!("{what} {address}"))
}

// What the other files of this room use

/// An item that was there already is shown to whoever handed it in and to those who may see it; of any other nothing is said.
pub(super) async fn own_or_visible(tx: &mut Tx, item: DeskItem, pointer: &str) -> Result<DeskItem> {
    let me = tx.caller().account();
    let own = me.is_some() && store::created_by(tx, item.id).await? == me;
    if own || tx.caller().is_system() || store::get(tx, item.id).await?.is_some() {
        return Ok(item);
    }
    let message = Message::new("error-source-ref-taken");
    Err(Error::Exists(FieldError::new(pointer, message)))
}

pub(super) async fn require(tx: &mut Tx, id: ItemId) -> Result<DeskItem> {
    // The one who hands something in may not be one who reads the queue, but sees what became of the own item.
    let system = Caller::system("desk", tx.now());
    tx.as_caller(system, async |tx| store::get(tx, id).await)
        .await?
        .ok_or(Error::NotFound("item"))
}

/// Reads the item and raises its version: what every command on it begins with.
pub(super) async fn begin(tx: &mut Tx, id: ItemId, version: i64) -> Result<(DeskItem, DeskItem)> {
    let item = store::get(tx, id).await?.ok_or(Error::NotFound("item"))?;
    if !store::bump(tx, id, version).await? {
        return Err(Error::Stale {
            current: item.version,
        });
    }
    Ok((item.clone(), item))
}

/// Writes the item with the audit row of what changed.
pub(super) async fn finish(
    tx: &mut Tx,
    verb: &'static str,
    before: &DeskItem,
    item: DeskItem,
    reason: Option<&str>,
) -> Result<DeskItem> {
    store::save(tx, &item).await?;
    let (kind, verb) = match item.kind {
        ItemKind::Report => ("report", report_verb(verb)),
        ItemKind::Alert => ("alert", alert_verb(verb)),
    };
    let mut change = Change::named(verb, kind, item.id.to_string())
        .within(item.scope_id)
        .changed("title", &before.title, &item.title)
        .changed("severity", before.severity, item.severity)
        .changed("state", before.state, item.state)
        .changed("outcome", before.outcome, item.outcome)
        .changed("verdict", before.verdict, item.verdict)
        .changed("case_id", before.case_id, item.case_id)
        .changed("merged_into", before.merged_into, item.merged_into)
        .changed("assignee_id", before.assignee_id, item.assignee_id);
    if let Some(reason) = reason {
        change = change.because(reason);
    }
    tx.record(change).await?;
    require(tx, item.id).await
}

pub(super) async fn mark_acknowledged(tx: &mut Tx, item: &mut DeskItem) -> Result<()> {
    let now = tx.now();
    item.state = ItemState::Acknowledged;
    item.acknowledged_at = Some(now);
    item.assignee_id = item.assignee_id.or(tx.caller().account());
    clocks::service::meet(tx, ClockOwner::Item(item.id), "acknowledge", now).await?;
    Ok(())
}

/// Puts the item and all that hangs on it into another scope.
pub(super) async fn move_scope(tx: &mut Tx, mut item: DeskItem, scope: ScopeId) -> Result<DeskItem> {
    if item.scope_id == scope {
        return Ok(item);
    }
    item.scope_id = scope;
    crate::search::service::move_scope(tx, &item.id.to_string(), scope).await?;
    let owner = ClockOwner::Item(item.id);
    clocks::service::move_scope(tx, owner, scope).await?;
    observables::service::move_scope(tx, owner, scope).await?;
    files::service::move_scope(tx, files::Owner::Item(item.id), scope).await?;
    Ok(item)
}

pub(super) async fn desk_clocks(tx: &mut Tx) -> Result<DeskClocks> {
    let file = rulebook::service::in_force(tx, DataKind::Desk, "desk").await?;
    DeskClocks::read(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))
}

/// Changing an item needs the right for its kind.
pub(super) async fn require_update(tx: &mut Tx, id: ItemId) -> Result<()> {
    let item = store::get(tx, id).await?.ok_or(Error::NotFound("item"))?;
    tx.require(match item.kind {
        ItemKind::Report => Action::ReportUpdate,
        ItemKind::Alert => Action::AlertUpdate,
    })
}

fn check(input: ReportInput, now: matoi_types::Timestamp) -> Result<ReportInput> {
    let mut fields = Fields::new();
    let known = first_response::category(&input.category).is_some();
    fields.wrong_if(!known, "/category", "error-unknown-category");
    let checked = ReportInput {
        title: fields.optional_line("/title", &input.title, 200),
        text: fields.required_text("/text", &input.text, 50_000),
        noticed: fields.optional_line("/noticed", &input.noticed, 200),
        device: fields.optional_line("/device", &input.device, 200),
        reporter_name: if input.anonymous {
            String::new()
        } else {
            fields.optional_line("/reporter_name", &input.reporter_name, 100)
        },
        reporter_contact: fields.optional_line("/reporter_contact", &input.reporter_contact, 254),
        source: input
            .source
            .as_deref()
            .map(|source| fields.line("/source", source, 100)),
        source_ref: input
            .source_ref
            .as_deref()
            .map(|source_ref| fields.line("/source_ref", source_ref, 500)),
        ..input
    };
    let by_form = matches!(checked.channel, Channel::Form | Channel::Account);
    let unreachable = by_form && rules::is_mail_without_at(&checked.reporter_contact);
    fields.wrong_if(unreachable, "/reporter_contact", "error-contact-without-at");
    // Clocks differ a little between machines; a day ahead is no longer a clock.
    if let Some(at) = checked.event_at {
        fields.not_ahead("/event_at", at, now, 86_400);
    }
    fields.done()?;
    Ok(checked)
}

/// 100 random bits as 20 characters that can be read aloud and typed: `ABCDE-FGHJK-MNPQR-STVWX`.
fn follow_up_secret(tx: &Tx) -> Result<String> {
    // Crockford's alphabet: no I, L, O, U.
    const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let bytes = tx.random_bytes::<20>()?;
    let letters = bytes
        .iter()
        .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).map(|b| char::from(*b)));
    Ok(letters
        .enumerate()
        .fold(String::with_capacity(23), |mut text, (i, letter)| {
            if i > 0 && i % 5 == 0 {
                text.push('-');
            }
            text.push(letter);
            text
        }))
}

/// The follow-up secret as it was given out, from what somebody typed: any case, with or without dashes, the letters
/// that are misread taken as what was meant.
#[must_use]
pub fn normal_follow_up(typed: &str) -> String {
    use unicode_normalization::UnicodeNormalization as _;
    let letters = typed
        .nfkc()
        .flat_map(char::to_uppercase)
        .filter(char::is_ascii_alphanumeric)
        .map(|c| match c {
            'O' => '0',
            'I' | 'L' => '1',
            _ => c,
        });
    letters.enumerate().fold(String::new(), |mut text, (i, letter)| {
        if i > 0 && i % 5 == 0 {
            text.push('-');
        }
        text.push(letter);
        text
    })
}

fn report_verb(verb: &str) -> &'static str {
    match verb {
        "acknowledge" => "report.acknowledge",
        "assign" => "report.assign",
        "update" => "report.update",
        "close" => "report.close",
        "reopen" => "report.reopen",
        "merge" => "report.merge",
        "triage" => "report.triage",
        "answer" => "report.answer",
        _ => "report.change",
    }
}

fn alert_verb(verb: &str) -> &'static str {
    match verb {
        "acknowledge" => "alert.acknowledge",
        "assign" => "alert.assign",
        "update" => "alert.update",
        "close" => "alert.close",
        "reopen" => "alert.reopen",
        "merge" => "alert.merge",
        "triage" => "alert.triage",
        "verdict" => "alert.verdict",
        _ => "alert.change",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_follow_up_secret_is_understood_as_it_is_typed() {
        for typed in [
            "ABCDE-FGH1K-MNP0R-STVWX",
            "abcdefghIkmnpOrstvwx",
            "ＡＢＣＤＥ ｆｇｈlｋ ＭＮＰ０Ｒ ＳＴＶＷＸ",
        ] {
            assert_eq!(normal_follow_up(typed), "ABCDE-FGH1K-MNP0R-STVWX", "{typed}");
        }
    }
}
