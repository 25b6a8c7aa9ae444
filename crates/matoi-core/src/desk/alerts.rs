//! Alerts: handed in by detections, looked at, dismissed with a verdict that goes back to them.

use matoi_types::{ItemId, Tlp};

use super::model::{
    AlertDetail, AlertInput, Channel, DeskItem, ItemKind, ItemState, NamedObservable, Verdict,
};
use super::{reports, store};
use crate::clocks::{self, ClockOwner};
use crate::identity::accounts;
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, Message, Result, Tx, access};
use crate::{observables, organisation};

/// The most traces a sender names at once.
const MAX_OBSERVABLES: usize = 2000;
/// The most tags of one alert.
const MAX_TAGS: usize = 100;

/// An alert that was handed in.
#[derive(Debug, Clone)]
pub struct AcceptedAlert {
    /// The alert.
    pub item: DeskItem,
    /// Whether it was there already, from the same source and reference.
    pub existed: bool,
}

/// Hands in an alert. The same source and reference give the alert that is there.
pub async fn create(tx: &mut Tx, number: &str, input: AlertInput) -> Result<AcceptedAlert> {
    tx.require(Action::AlertCreate)?;
    let input = check(input, tx.now())?;
    if let Some(item) = store::by_source(tx, &input.source, &input.source_ref).await? {
        let item = reports::own_or_visible(tx, item, "/source_ref").await?;
        return Ok(AcceptedAlert { item, existed: true });
    }
    let organisation = organisation::service::require(tx).await?;
    let tlp = input.tlp.unwrap_or(organisation.default_tlp);
    let scope = access::create(tx, tlp, false, None).await?;
    if tlp == Tlp::Red {
        // Only the named see what is TLP:RED, and a program names nobody: its recipients are the people at the desk.
        for person in accounts::people_who_may(tx, Action::AlertUpdate).await? {
            access::add_member(tx, scope, person, "at the desk when it came in", false).await?;
        }
    }
    let id: ItemId = tx.new_id()?;
    store::insert(
        tx,
        store::NewItem {
            id,
            kind: ItemKind::Alert,
            number,
            channel: Channel::Api,
            source: &input.source,
            source_ref: Some(&input.source_ref),
            title: &input.title,
            body: &input.description,
            lang: organisation.lang,
            severity: input.severity,
            scope,
            event_at: input.event_at,
        },
    )
    .await?;
    let detail = AlertDetail {
        alert_type: input.alert_type.clone(),
        tags: input.tags.clone(),
        link: input.link.clone(),
        raw: input.raw.clone(),
        extra: input.extra.clone(),
    };
    store::insert_alert(tx, id, &detail).await?;
    let (now, owner) = (tx.now(), ClockOwner::Item(id));
    let minutes = reports::desk_clocks(tx).await?.alert.triage.of(input.severity);
    clocks::service::start(tx, owner, scope, "triage", now, minutes).await?;
    observables::service::add_named(tx, owner, scope, tlp, &input.observables).await?;
    let text = format!("{}\n{}", input.title, input.description);
    observables::service::find_in(tx, owner, scope, &text, tlp).await?;
    let change = Change::named("alert.create", "alert", id.to_string())
        .within(scope)
        .set("number", number)
        .set("title", &input.title)
        .set("source", &input.source)
        .set("source_ref", &input.source_ref)
        .set("severity", input.severity);
    tx.record(change).await?;
    Ok(AcceptedAlert {
        item: reports::require(tx, id).await?,
        existed: false,
    })
}

/// One alert with its details.
pub async fn get(tx: &mut Tx, id: ItemId) -> Result<(DeskItem, AlertDetail)> {
    let item = super::queue::get(tx, id).await?;
    let detail = store::alert(tx, id).await?.ok_or(Error::NotFound("alert"))?;
    Ok((item, detail))
}

/// An alert by its sender's reference, if the caller may see it.
pub async fn by_source(tx: &mut Tx, source: &str, source_ref: &str) -> Result<Option<DeskItem>> {
    let Some(item) = store::by_source(tx, source, source_ref).await? else {
        return Ok(None);
    };
    store::get(tx, item.id).await
}

/// The item with this reference, whoever asks: a sender that repeats itself must get the same.
pub(crate) async fn known(tx: &mut Tx, source: &str, source_ref: &str) -> Result<Option<DeskItem>> {
    store::by_source(tx, source.trim(), source_ref.trim()).await
}

/// What a sender changes of its own alert afterwards.
#[derive(Debug, Clone, Default)]
pub struct AlertUpdate {
    /// The line it is known by.
    pub title: Option<String>,
    /// What it says.
    pub description: Option<String>,
    /// How bad it looks.
    pub severity: Option<matoi_types::Severity>,
    /// Its label. Not once it belongs to a case: that has the label then.
    pub tlp: Option<Tlp>,
    /// Tags, replacing the former ones.
    pub tags: Option<Vec<String>>,
    /// A page of the sender.
    pub link: Option<String>,
    /// Fields of the sender's own interface.
    pub extra: Option<serde_json::Value>,
}

/// Changes what the alert says.
pub async fn update(tx: &mut Tx, id: ItemId, version: i64, update: AlertUpdate) -> Result<DeskItem> {
    tx.require(Action::AlertUpdate)?;
    let (before, mut item) = reports::begin(tx, id, version).await?;
    let mut detail = store::alert(tx, id).await?.ok_or(Error::NotFound("alert"))?;
    let mut fields = Fields::new();
    if let Some(title) = &update.title {
        item.title = fields.line("/title", title, 500);
    }
    let body = match &update.description {
        Some(text) => fields.text("/description", text, 100_000),
        None => item.body.clone(),
    };
    if let Some(tags) = update.tags {
        detail.tags = check_tags(&mut fields, tags);
    }
    if let Some(link) = &update.link {
        detail.link = check_link(&mut fields, link);
    }
    fields.done()?;
    if let Some(tlp) = update.tlp.filter(|tlp| *tlp != item.tlp) {
        relabel(tx, &mut item, tlp).await?;
    }
    item.severity = update.severity.unwrap_or(item.severity);
    if item.severity != before.severity {
        let minutes = reports::desk_clocks(tx).await?.alert.triage.of(item.severity);
        clocks::service::reset(tx, ClockOwner::Item(id), "triage", minutes).await?;
    }
    detail.extra = update.extra.unwrap_or(detail.extra);
    store::update_alert(tx, id, &detail, &body).await?;
    reports::finish(tx, "update", &before, item, None).await
}

/// Notes further traces that the sender names. Once the alert belongs to a case, traces are written down there.
pub async fn add_observables(tx: &mut Tx, id: ItemId, named: &[NamedObservable]) -> Result<()> {
    tx.require(Action::AlertUpdate)?;
    let (item, _) = get(tx, id).await?;
    if item.case_id.is_some() {
        return Err(Error::rule("error-alert-traces-of-case"));
    }
    let mut fields = Fields::new();
    fields.at_most("/observables", named.len(), MAX_OBSERVABLES);
    fields.done()?;
    let (owner, scope) = (ClockOwner::Item(id), item.scope_id);
    observables::service::add_named(tx, owner, scope, item.tlp, named).await?;
    let change = Change::named("alert.observe", "alert", id.to_string())
        .within(scope)
        .set("count", named.len());
    tx.record(change).await
}

/// Gives an alert another label. Whoever makes it TLP:RED names the people at the desk, like a program that hands it in so.
async fn relabel(tx: &mut Tx, item: &mut DeskItem, tlp: Tlp) -> Result<()> {
    if item.case_id.is_some() {
        return Err(Error::rule("error-alert-label-of-case"));
    }
    let mut scope = access::get(tx, item.scope_id).await?;
    if tlp == Tlp::Red {
        for person in accounts::people_who_may(tx, Action::AlertUpdate).await? {
            access::add_member(tx, scope.id, person, "at the desk when it was labelled", false).await?;
        }
    }
    scope.tlp = tlp;
    access::update(tx, &scope).await?;
    let change = Change::named("alert.relabel", "alert", item.id.to_string())
        .within(item.scope_id)
        .changed("tlp", item.tlp, tlp);
    item.tlp = tlp;
    tx.record(change).await
}

/// Says whether the alert was right, and closes it when it led to nothing. The verdict goes back to detection.
pub async fn give_verdict(
    tx: &mut Tx,
    id: ItemId,
    version: i64,
    verdict: Verdict,
    reason: &str,
) -> Result<DeskItem> {
    tx.require(Action::AlertUpdate)?;
    let (before, mut item) = reports::begin(tx, id, version).await?;
    if item.kind != ItemKind::Alert {
        return Err(Error::NotFound("alert"));
    }
    let mut fields = Fields::new();
    // A dismissal teaches the rule something only if it says why.
    let reason = if verdict == Verdict::TruePositive {
        fields.text("/reason", reason, 2000)
    } else {
        fields.required_text("/reason", reason, 2000)
    };
    fields.done()?;
    let now = tx.now();
    if item.state == ItemState::New {
        reports::mark_acknowledged(tx, &mut item).await?;
    }
    item.verdict = Some(verdict);
    item.verdict_reason = Some(reason.clone());
    clocks::service::meet(tx, ClockOwner::Item(id), "triage", now).await?;
    if item.case_id.is_none() && verdict != Verdict::TruePositive {
        item.outcome = Some(crate::criteria::TriageOutcome::NotIncident);
        item.triaged_at = item.triaged_at.or(Some(now));
        item.state = ItemState::Closed;
        item.closed_at = Some(now);
        clocks::service::cancel_all(tx, ClockOwner::Item(id)).await?;
    }
    reports::finish(tx, "verdict", &before, item, Some(&reason)).await
}

fn check(input: AlertInput, now: matoi_types::Timestamp) -> Result<AlertInput> {
    let mut fields = Fields::new();
    let checked = AlertInput {
        title: fields.line("/title", &input.title.replace(['\r', '\n'], " "), 500),
        description: fields.text("/description", &input.description, 100_000),
        source: fields.line("/source", &input.source, 100),
        source_ref: fields.line("/source_ref", &input.source_ref, 500),
        alert_type: fields.optional_line("/alert_type", &input.alert_type, 100),
        tags: check_tags(&mut fields, input.tags.clone()),
        link: check_link(&mut fields, &input.link),
        ..input
    };
    fields.at_most("/observables", checked.observables.len(), MAX_OBSERVABLES);
    fields.wrong_if(
        checked.raw.to_string().len() > 1_000_000,
        "/raw",
        "error-too-large-text",
    );
    if let Some(at) = checked.event_at {
        fields.not_ahead("/event_at", at, now, 86_400);
    }
    fields.done()?;
    Ok(checked)
}

fn check_tags(fields: &mut Fields, tags: Vec<String>) -> Vec<String> {
    fields.at_most("/tags", tags.len(), MAX_TAGS);
    let tags: Vec<String> = tags
        .iter()
        .take(MAX_TAGS)
        .enumerate()
        .map(|(i, tag)| fields.optional_line(&format!("/tags/{i}"), tag, 200))
        .filter(|tag| !tag.is_empty())
        .collect();
    tags
}

fn check_link(fields: &mut Fields, link: &str) -> String {
    let link = fields.optional_line("/link", link, 2000);
    let web = link.is_empty() || link.starts_with("https://") || link.starts_with("http://");
    if !web {
        fields.wrong("/link", Message::new("error-link"));
    }
    link
}
