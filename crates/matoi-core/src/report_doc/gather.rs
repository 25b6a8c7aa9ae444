//! What a report knows of its case, taken at one moment. The shape is that of the README of the crate `matoi-pdf`, under
//! "Data of an incident report"; what is not known is `null` or an empty list.

use matoi_types::{AccountId, Lang, Timestamp, Tlp};
use serde_json::{Value as Json, json};

use super::external::Forbidden;
use super::model::{DocumentInput, DocumentKind};
use super::rules::statements;
use crate::cases::{self, Case, EntryKind, Task, TaskState, decisions, progress, tasks, timeline};
use crate::desk::{self, DeskItem, ItemKind};
use crate::identity::accounts;
use crate::kernel::words::Words;
use crate::kernel::{PageRequest, Result, Tx};
use crate::lifecycle::Lifecycle;
use crate::observables::{self, ObservableKind};
use crate::organisation::{self, Organisation};
use crate::{assets, taxonomy};

/// Entries of a timeline in a report; a longer one is told by its newest part.
const MOST_ENTRIES: usize = 1000;

/// The data of a report.
pub(super) async fn data(tx: &mut Tx, case: &Case, input: &DocumentInput, label: Tlp) -> Result<Json> {
    let organisation = organisation::service::require(tx).await?;
    let head = head(tx, case, input, &organisation).await?;
    if input.kind == DocumentKind::External {
        return Ok(head);
    }
    let lang = input.lang;
    let lifecycle = progress::lifecycle_of(tx, case).await?;
    let items = desk::queue::of_case(tx, case.id).await?;
    let tasks = tasks::list(tx, case.id).await?;
    let mut data = head;
    let more = json!({
        "summary": words(&case.summary),
        "times": times(case),
        "next_report_at": input.next_report_at,
        "facts": {
            "known": facts(&input.known),
            "assumed": facts(&input.assumed),
            "unknown": facts(&input.unknown),
        },
        "impact": {
            "direct": { "note_markdown": words(&case.impact_direct) },
            "indirect": { "trust_markdown": words(&case.impact_indirect) },
        },
        "cause": { "direct_markdown": words(&case.cause) },
        "assets": assets_of(tx, case, lang).await?,
        "observables": observables_of(tx, case, lang, label).await?,
        "actions": actions(&tasks, lang),
        "timeline": timeline_of(tx, case, &lifecycle, lang).await?,
        "decisions": decisions_of(tx, case).await?,
        "measures": { "permanent": measures(case) },
        "next_steps": next_steps(&tasks),
        "informed": informed(&items, lang),
        "reporter_answer": reporter_answer(tx, &items).await?,
    });
    merge(&mut data, more);
    merge(
        &mut data,
        json!({ "case": case_facts(case, &lifecycle, &items, lang) }),
    );
    Ok(data)
}

/// What every report has: who reports, the case in short, the words for readers outside.
async fn head(tx: &mut Tx, case: &Case, input: &DocumentInput, organisation: &Organisation) -> Result<Json> {
    let external = &input.external;
    Ok(json!({
        "lang": input.lang,
        "zone": organisation.zone,
        "as_of": tx.now(),
        "organisation": {
            "name": organisation.name.get(input.lang),
            "team": Words::get().text(input.lang, "document-team"),
            "contact": contact(organisation, input.lang),
        },
        "case": { "number": case.number, "title": "", "tlp": case.tlp },
        "external": {
            "addressee": words(&external.addressee),
            "what_happened": words(&external.what_happened),
            "from": external.from.or(case.occurred_at),
            "until": external.until.or(case.recovered_at),
            "effect_on_you": words(&external.effect_on_you),
            "cause": words(&external.cause),
            "what_we_did": words(&external.what_we_did),
            "what_we_ask": words(&external.what_we_ask),
            "prevention": words(&external.prevention),
        },
    }))
}

fn case_facts(case: &Case, lifecycle: &Lifecycle, items: &[DeskItem], lang: Lang) -> Json {
    let class = taxonomy::class(&case.class).map(|class| class.name.get(lang));
    let phase = lifecycle.phase(&case.phase).map(|phase| phase.name.get(lang));
    let first = items.iter().min_by_key(|item| item.received_at);
    json!({
        "number": case.number,
        "title": case.title,
        "class": class,
        "priority": case.priority,
        "severity": case.severity,
        "phase": phase,
        "tlp": case.tlp,
        "lead": case.commander.as_ref().or(case.handler.as_ref()),
        "detected_by": first.map(|item| item_words(item.kind, lang)),
    })
}

fn times(case: &Case) -> Json {
    json!({
        "occurred": case.occurred_at,
        "detected": case.detected_at,
        "acknowledged": case.acknowledged_at,
        "triaged": case.triaged_at,
        "contained": case.contained_at,
        "recovered": case.recovered_at,
        "converged": case.converged_at,
        "closed": case.closed_at,
    })
}

fn facts(text: &str) -> Vec<Json> {
    statements(text)
        .into_iter()
        .map(|line| json!({ "text_markdown": line, "grounds_markdown": null, "owner": null, "due": null }))
        .collect()
}

fn measures(case: &Case) -> Vec<Json> {
    let measure = |text: &str| json!({ "text_markdown": text, "owner": null, "due": null, "state": null, "handed_over": false });
    words(&case.prevention).map(measure).into_iter().collect()
}

fn actions(tasks: &[Task], lang: Lang) -> Vec<Json> {
    tasks
        .iter()
        .filter(|task| {
            matches!(
                task.state,
                TaskState::Done | TaskState::Doing | TaskState::Waiting
            )
        })
        .map(|task| {
            json!({
                "phase": words(&task.service),
                "title": task.title,
                "owner": task.assignee,
                "done_at": task.done_at,
                "state": Words::get().named(lang, "task-", task.state.as_str()),
                "result_markdown": words(&task.result),
            })
        })
        .collect()
}

fn next_steps(tasks: &[Task]) -> Vec<Json> {
    tasks
        .iter()
        .filter(|task| task.state.is_open())
        .map(|task| json!({ "title": task.title, "owner": task.assignee, "due": task.due_at }))
        .collect()
}

/// Those who reported it were told when they were answered.
fn informed(items: &[DeskItem], lang: Lang) -> Vec<Json> {
    items
        .iter()
        .filter(|item| item.kind == ItemKind::Report)
        .map(|item| {
            let whom = Words::get().named(lang, "document-informed-", "reporter");
            json!({
                "whom": format!("{whom} {}", item.number),
                "by": Words::get().named(lang, "desk-channel-", item.channel.as_str()),
                "at": item.answered_at,
                "due": null,
                "duty": null,
            })
        })
        .collect()
}

async fn reporter_answer(tx: &mut Tx, items: &[DeskItem]) -> Result<Option<String>> {
    for item in items
        .iter()
        .filter(|item| item.kind == ItemKind::Report && item.answered_at.is_some())
    {
        // Whoever draws up the report may read cases without reading what was said at the desk.
        let Ok(messages) = desk::messages::list(tx, item.id).await else {
            continue;
        };
        if let Some(answer) = messages.into_iter().rev().find(|message| message.is_answer) {
            return Ok(Some(answer.body));
        }
    }
    Ok(None)
}

async fn assets_of(tx: &mut Tx, case: &Case, lang: Lang) -> Result<Vec<Json>> {
    let affected = assets::affected::of_case(tx, case.id).await?;
    Ok(affected
        .iter()
        .map(|asset| {
            json!({
                "name": asset.name,
                "kind": Words::get().named(lang, "asset-kind-", asset.kind.as_str()),
                "importance": asset.importance,
                "owner": null,
                "state": Words::get().named(lang, "asset-condition-", asset.condition.as_str()),
            })
        })
        .collect())
}

async fn observables_of(tx: &mut Tx, case: &Case, lang: Lang, label: Tlp) -> Result<Vec<Json>> {
    let sightings = observables::service::of_case(tx, case.id).await?;
    Ok(sightings
        .iter()
        .filter(|sighting| !sighting.own && sighting.tlp <= label)
        .map(|sighting| {
            json!({
                "kind": Words::get().named(lang, "observable-kind-", sighting.kind.as_str()),
                "value": sighting.defanged,
                "note": words(&sighting.note),
                "tlp": sighting.tlp,
            })
        })
        .collect())
}

async fn decisions_of(tx: &mut Tx, case: &Case) -> Result<Vec<Json>> {
    let mut all = decisions::list(tx, case.id).await?;
    all.sort_by_key(|decision| decision.decided_at);
    Ok(all
        .iter()
        .map(|decision| {
            json!({
                "at": decision.decided_at,
                "what": decision.choice,
                "grounds_markdown": words(&decision.grounds),
                "who": decision.decided_by_name,
                "authority": words(&decision.authority),
            })
        })
        .collect())
}

async fn timeline_of(tx: &mut Tx, case: &Case, lifecycle: &Lifecycle, lang: Lang) -> Result<Vec<Json>> {
    let mut all = Vec::new();
    let mut page = PageRequest {
        cursor: None,
        limit: Some(200),
    };
    while all.len() < MOST_ENTRIES {
        let some = timeline::list(tx, case.id, EntryKind::ALL, &page).await?;
        all.extend(some.items);
        let Some(next) = some.next else { break };
        page.cursor = Some(next);
    }
    all.retain(|entry| !entry.deleted);
    all.sort_by_key(|entry| entry.at);
    let phase = |id: &str| lifecycle.phase(id).map(|phase| phase.name.get(lang).to_owned());
    Ok(all
        .iter()
        .map(|entry| {
            let text = match &entry.message {
                Some(message) => Words::get().say(lang, &cases::say::localised(message, lang, phase)),
                None => entry.body.clone(),
            };
            json!({
                "at": entry.at,
                "kind": Words::get().named(lang, "entry-kind-", entry.kind.as_str()),
                "who": who(entry, lang),
                "text_markdown": text,
            })
        })
        .collect())
}

fn who(entry: &cases::Entry, lang: Lang) -> Option<String> {
    match entry.author_kind.as_str() {
        "account" => entry.author.clone(),
        kind => Some(Words::get().named(lang, "document-author-", kind)),
    }
}

fn contact(organisation: &Organisation, lang: Lang) -> Vec<String> {
    let line = |key: &'static str, value: &str| {
        (!value.is_empty()).then(|| format!("{} {value}", Words::get().text(lang, key)))
    };
    [
        line("document-contact-phone", &organisation.desk_phone),
        line("document-contact-mail", &organisation.desk_mail),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn item_words(kind: ItemKind, lang: Lang) -> String {
    Words::get().named(lang, "document-detected-", kind.as_str())
}

/// A text that says something.
fn words(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

/// Puts the members of one object into another.
fn merge(into: &mut Json, more: Json) {
    if let (Json::Object(into), Json::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// What must not stand in an external report of the case.
pub(super) async fn forbidden(tx: &mut Tx, case: &Case, label: Tlp) -> Result<Forbidden> {
    let organisation = organisation::service::require(tx).await?;
    let sightings = observables::service::of_case(tx, case.id).await?;
    let mut involved: Vec<AccountId> = [case.commander_id, case.handler_id]
        .into_iter()
        .flatten()
        .collect();
    involved.extend(
        tasks::list(tx, case.id)
            .await?
            .iter()
            .filter_map(|task| task.assignee_id),
    );
    let mut names: Vec<String> = accounts::names_of(tx, involved).await?.into_values().collect();
    names.extend(desk::reports::reporter_names(tx, case.id).await?);
    let affected = assets::affected::of_case(tx, case.id).await?;
    Ok(Forbidden {
        people: accounts::names_of_people(tx).await?,
        involved: names,
        hosts: affected.into_iter().map(|asset| asset.name).collect(),
        traces: sightings
            .into_iter()
            .filter(|sighting| !sighting.own || sighting.kind == ObservableKind::Hostname)
            .map(|sighting| (sighting.kind, sighting.value, sighting.tlp))
            .collect(),
        otherwise: case.tlp,
        label,
        own_domains: organisation.own_domains,
        allowed: vec![
            organisation.name.ja,
            organisation.name.en,
            organisation.desk_mail,
            organisation.desk_phone,
        ],
    })
}

/// A day in the organisation's zone, as `YYYY-MM-DD`.
pub(super) fn day(at: Timestamp, zone: &str) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(zone).ok()?;
    let instant = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
    Some(instant.to_zoned(zone).date().to_string())
}
