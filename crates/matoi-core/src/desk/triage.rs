//! Triage: the criteria propose, a person decides, and the way to the decision is kept.

use matoi_condition::table::Certainty;
use matoi_types::{CaseId, ItemId, Priority, Severity, Timestamp, TriageId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use utoipa::ToSchema;

use super::model::{DeskItem, ItemKind, ItemState, MessageChannel};
use super::{reports, rules, store};
use crate::cases::{self, Case, CaseKind, OpenCase};
use crate::clocks::{self, ClockOwner};
use crate::criteria::{self, Evaluation, TriageOutcome};
use crate::kernel::check::Fields;
use crate::kernel::{Action, Error, Message, Result, Tx};
use crate::{assets, observables, taxonomy};

/// What a person decided.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TriageInput {
    /// The facts as far as they are known, by the criteria's names; `null` is unknown, `{"assumed": …}` is assumed.
    #[serde(default)]
    #[schema(value_type = Object)]
    pub facts: Map<String, Json>,
    /// What it is.
    pub outcome: TriageOutcome,
    /// The class of incident; that of the matching row when not given.
    #[serde(default)]
    pub class: Option<String>,
    /// How urgent; that of the matching row when not given.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// The title of the new case; that of the item when empty.
    #[serde(default)]
    pub title: String,
    /// An open case it belongs to, instead of a new one.
    #[serde(default)]
    pub case_id: Option<CaseId>,
    /// Why the decision differs from the criteria. Needed when it does.
    #[serde(default)]
    pub override_reason: String,
    /// Why it is no incident, as the reporter will be told. Needed for a report that is none.
    #[serde(default)]
    pub not_incident_reason: String,
    /// Whether that reason is given to the reporter at once, as the answer on the follow-up page. Needs `report.answer`.
    #[serde(default)]
    pub answer: bool,
}

/// How a triage came to its result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TriageRecord {
    /// Its identifier.
    pub id: TriageId,
    /// The report or alert.
    pub item_id: ItemId,
    /// Its number.
    pub item_number: String,
    /// The hash of the criteria it was judged by.
    pub criteria_hash: String,
    /// The facts as they were.
    #[schema(value_type = Object)]
    pub facts: Json,
    /// What the criteria said, with every row's trace.
    #[schema(value_type = Object)]
    pub evaluation: Json,
    /// The row that was proposed.
    pub proposed_row: Option<String>,
    /// What was decided.
    pub outcome: TriageOutcome,
    /// How urgent.
    pub priority: Option<Priority>,
    /// The class.
    pub class: Option<String>,
    /// Why it differs from the proposal.
    pub override_reason: Option<String>,
    /// Who decided.
    pub decided_by: Option<String>,
    /// When.
    pub decided_at: Timestamp,
}

/// What came of a triage.
#[derive(Debug, Clone)]
pub struct Triaged {
    /// The item.
    pub item: DeskItem,
    /// The case it now belongs to.
    pub case: Option<Case>,
}

/// What the criteria in force propose for these facts.
pub async fn propose(
    tx: &mut Tx,
    facts: &Map<String, Json>,
) -> Result<(criteria::service::Pinned, Evaluation)> {
    criteria::service::evaluate(tx, criteria::service::INCIDENT, facts).await
}

/// What may be taken for granted of an item before anybody has asked: an alert is a detection, the category that a
/// reporter chose says what is happening, and a registered asset that is named in it is what is affected, until somebody
/// has looked. In the form that [`propose`] takes.
pub async fn suggested_facts(tx: &mut Tx, item: &DeskItem) -> Result<Map<String, Json>> {
    let pinned = criteria::service::in_force(tx, criteria::service::INCIDENT).await?;
    let known = |fact: &str, step: &str| {
        let vocabulary = pinned.criteria.vocabulary();
        vocabulary
            .get(fact)
            .is_some_and(|kind| kind.steps().iter().any(|known| known == step))
    };
    let mut facts = Map::new();
    let mut device = String::new();
    let (contact, attack) = match item.kind {
        ItemKind::Alert => (Some(json!("event")), None),
        ItemKind::Report => {
            let report = store::report(tx, item.id).await?;
            device = report
                .as_ref()
                .map(|report| report.device.clone())
                .unwrap_or_default();
            let category = report
                .and_then(|report| crate::first_response::category(&report.category))
                .filter(|category| category.id != crate::first_response::OTHER);
            let contact = category.map(|_| json!({ "assumed": "event" }));
            (
                contact,
                category.and_then(|category| rules::attack_type_of(&category.class)),
            )
        }
    };
    if let Some(contact) = contact.filter(|_| known("contact_type", "event")) {
        facts.insert("contact_type".to_owned(), contact);
    }
    if let Some(attack) = attack.filter(|step| known("attack_type", step)) {
        facts.insert("attack_type".to_owned(), json!({ "assumed": attack }));
    }
    let traces = observables::service::of_item(tx, item.id).await?;
    let importance = assets::affected::importance_by(tx, &traces, &device).await?;
    if let Some(importance) = importance.filter(|step| known("asset.importance", step.as_str())) {
        facts.insert("asset.importance".to_owned(), json!({ "assumed": importance }));
    }
    Ok(facts)
}

/// Whether a decision could be taken as it stands: asked before a number is drawn for a new case, so that what is refused
/// leaves no gap between the numbers. [`decide`] checks again.
pub async fn examine(tx: &mut Tx, id: ItemId, version: i64, input: &TriageInput) -> Result<()> {
    tx.require(Action::ReportTriage)?;
    let item = super::queue::get(tx, id).await?;
    if item.version != version {
        return Err(Error::Stale {
            current: item.version,
        });
    }
    if item.state == ItemState::Closed || item.case_id.is_some() {
        return Err(Error::rule("error-item-triaged"));
    }
    let (_, evaluation) = criteria_of(tx, &input.facts).await?;
    check(&item, &evaluation, input).map(|_| ())
}

/// Decides what an item is. `number` was allocated before the transaction, for the case that may be opened.
pub async fn decide(
    tx: &mut Tx,
    id: ItemId,
    version: i64,
    number: &str,
    input: TriageInput,
) -> Result<Triaged> {
    tx.require(Action::ReportTriage)?;
    let (before, mut item) = reports::begin(tx, id, version).await?;
    if item.state == ItemState::Closed || item.case_id.is_some() {
        return Err(Error::rule("error-item-triaged"));
    }
    let (pinned, evaluation) = criteria_of(tx, &input.facts).await?;
    let decision = check(&item, &evaluation, &input)?;

    let now = tx.now();
    if item.state == ItemState::New {
        reports::mark_acknowledged(tx, &mut item).await?;
    }
    item.state = ItemState::Triaged;
    item.triaged_at = Some(now);
    item.outcome = Some(input.outcome);
    clocks::service::meet(tx, ClockOwner::Item(id), "triage", now).await?;

    let case = match (input.outcome, input.case_id) {
        (TriageOutcome::NotIncident, _) => {
            if item.kind == ItemKind::Report {
                store::set_not_incident_reason(tx, id, &decision.not_incident_reason).await?;
            }
            None
        }
        (_, Some(case)) => Some(cases::service::get(tx, case).await?),
        (outcome, None) => {
            Some(open_case(tx, number, &item, outcome, &decision, &pinned.hash, &evaluation).await?)
        }
    };
    if let Some(case) = &case {
        if case.state != cases::CaseState::Open {
            return Err(Error::field("/case_id", Message::new("error-case-not-open")));
        }
        item.case_id = Some(case.id);
        // What came in is now seen by those who see the case, and by nobody else.
        item = reports::move_scope(tx, item, case.scope_id).await?;
        cases::service::item_joined(tx, case.id, &item).await?;
    }
    write_record(
        tx,
        &item,
        case.as_ref().map(|case| case.id),
        &pinned.hash,
        &evaluation,
        &input,
        &decision,
    )
    .await?;
    let reason = (!decision.override_reason.is_empty()).then_some(decision.override_reason.as_str());
    let mut item = reports::finish(tx, "triage", &before, item, reason).await?;
    if input.answer && input.outcome == TriageOutcome::NotIncident && item.kind == ItemKind::Report {
        let text = &decision.not_incident_reason;
        item = super::messages::answer(tx, id, MessageChannel::Web, text, true).await?;
    }
    Ok(Triaged { item, case })
}

/// The records of an item or of the items of a case, oldest first, as far as the caller may see the items.
pub async fn records(tx: &mut Tx, item: Option<ItemId>, case: Option<CaseId>) -> Result<Vec<TriageRecord>> {
    tx.require(Action::CriteriaRead)?;
    store::triage_records(tx, item, case).await
}

struct Decision {
    class: String,
    priority: Priority,
    severity: Option<Severity>,
    title: String,
    override_reason: String,
    not_incident_reason: String,
}

async fn criteria_of(
    tx: &mut Tx,
    facts: &Map<String, Json>,
) -> Result<(criteria::service::Pinned, Evaluation)> {
    let pinned = criteria::service::in_force(tx, criteria::service::INCIDENT).await?;
    let facts = criteria::service::read_facts(&pinned.criteria, facts)?;
    let evaluation = pinned.criteria.evaluate(&facts);
    Ok((pinned, evaluation))
}

/// Whether what was decided is complete, and whether it needs a reason because it differs from the proposal.
fn check(item: &DeskItem, evaluation: &Evaluation, input: &TriageInput) -> Result<Decision> {
    let mut fields = Fields::new();
    let proposal = evaluation.proposal.as_ref();
    let class = input
        .class
        .clone()
        .or_else(|| proposal.and_then(|p| p.class.clone()))
        .unwrap_or_default();
    if input.outcome == TriageOutcome::Incident {
        fields.wrong_if(class.is_empty(), "/class", "error-required");
        fields.wrong_if(
            !class.is_empty() && !taxonomy::exists(&class),
            "/class",
            "error-unknown-class",
        );
    }
    let differs = match proposal {
        Some(proposal) => {
            proposal.outcome != input.outcome
                || (input.outcome == TriageOutcome::Incident
                    && input.priority.is_some()
                    && input.priority != proposal.priority)
                || (evaluation.certainty != Certainty::Certain && input.outcome == TriageOutcome::NotIncident)
        }
        // Nothing proposed: calling it "no incident" is the person's own judgement and needs their reason.
        None => input.outcome == TriageOutcome::NotIncident,
    };
    let override_reason = fields.text("/override_reason", &input.override_reason, 2000);
    fields.wrong_if(
        differs && override_reason.trim().is_empty(),
        "/override_reason",
        "error-override-reason",
    );
    let not_incident_reason = fields.text("/not_incident_reason", &input.not_incident_reason, 5000);
    let needs_reason = input.outcome == TriageOutcome::NotIncident && item.kind == ItemKind::Report;
    fields.wrong_if(
        needs_reason && not_incident_reason.trim().is_empty(),
        "/not_incident_reason",
        "error-required",
    );
    let title = fields.optional_line("/title", &input.title, 200);
    fields.done()?;
    Ok(Decision {
        class,
        priority: input
            .priority
            .or_else(|| proposal.and_then(|p| p.priority))
            .unwrap_or(Priority::P3),
        severity: proposal.and_then(|p| p.severity),
        title: if title.is_empty() {
            item.title.chars().take(200).collect()
        } else {
            title
        },
        override_reason: if differs { override_reason } else { String::new() },
        not_incident_reason,
    })
}

async fn open_case(
    tx: &mut Tx,
    number: &str,
    item: &DeskItem,
    outcome: TriageOutcome,
    decision: &Decision,
    criteria_hash: &str,
    evaluation: &Evaluation,
) -> Result<Case> {
    let policy = evaluation
        .proposal
        .as_ref()
        .filter(|proposal| proposal.outcome == outcome)
        .and_then(|proposal| proposal.policy.as_ref());
    let open = OpenCase {
        kind: if outcome == TriageOutcome::Incident {
            CaseKind::Incident
        } else {
            CaseKind::Inquiry
        },
        title: decision.title.clone(),
        summary: item.body.chars().take(2000).collect(),
        class: decision.class.clone(),
        severity: decision.severity.unwrap_or(item.severity),
        priority: decision.priority,
        occurred_at: item.event_at,
        detected_at: item.received_at,
        acknowledged_at: item.acknowledged_at,
        triaged: true,
        criteria_hash: Some(criteria_hash.to_owned()),
        policy: policy.map(serde_json::to_string).transpose()?.unwrap_or_default(),
        scope: Some(item.scope_id),
        ..OpenCase::default()
    };
    cases::service::open(tx, number, open).await
}

async fn write_record(
    tx: &mut Tx,
    item: &DeskItem,
    case: Option<CaseId>,
    criteria_hash: &str,
    evaluation: &Evaluation,
    input: &TriageInput,
    decision: &Decision,
) -> Result<()> {
    let id: TriageId = tx.new_id()?;
    let incident = input.outcome == TriageOutcome::Incident;
    let facts = serde_json::to_string(&input.facts)?;
    let evaluated = serde_json::to_string(evaluation)?;
    let record = store::NewTriageRecord {
        id,
        item: item.id,
        case,
        criteria_hash,
        facts: &facts,
        evaluation: &evaluated,
        proposed_row: evaluation.proposal.as_ref().map(|proposal| proposal.row.as_str()),
        outcome: input.outcome,
        priority: incident.then_some(decision.priority),
        class: incident.then_some(decision.class.as_str()),
        override_reason: (!decision.override_reason.is_empty()).then_some(decision.override_reason.as_str()),
    };
    store::insert_triage_record(tx, record).await
}
