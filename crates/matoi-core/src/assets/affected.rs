//! What a case affects: assets with their condition, each change an entry of the case's timeline.
//!
//! The note belongs to the case and is known to whoever sees the case; the asset's own page, history and counts tell of it
//! only to them. When a case becomes part of another, its assets stay with it and are shown there too, so that undoing the
//! merge needs to move nothing back.

use matoi_text::fold;
use matoi_types::{AssetId, CaseId, Importance};

use super::model::{AffectedAsset, AffectedInput, AffectedUpdate, Asset, AssetState};
use super::{rules, service, store};
use crate::cases::{self, Case, CaseState, EntryKind};
use crate::kernel::check::Fields;
use crate::kernel::{Action, Change, Error, FieldError, Message, Result, Tx};
use crate::observables::{self, ObservableKind, Sighting};

/// Assets shown of one case.
const MAX_SHOWN: u32 = 1000;
/// Assets suggested for one case.
const MAX_SUGGESTED: u32 = 20;
/// Cases merged into one another that are looked through.
const MAX_MERGED: usize = 200;

/// Assets of a case and of those that became part of it, most important first. What is noted in both is told by the case
/// itself.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<AffectedAsset>> {
    cases::service::get(tx, case).await?;
    let mut parts = vec![case];
    let mut at = 0;
    while let Some(part) = parts.get(at).copied()
        && parts.len() < MAX_MERGED
    {
        let merged = cases::links::merged_here(tx, part).await?;
        parts.extend(merged.into_iter().map(|(id, _)| id));
        at += 1;
    }
    let all = store::of_cases(tx, &parts, MAX_SHOWN).await?;
    let own: Vec<AssetId> = all
        .iter()
        .filter(|one| one.case_id == case)
        .map(|one| one.asset_id)
        .collect();
    Ok(all
        .into_iter()
        .filter(|one| one.case_id == case || !own.contains(&one.asset_id))
        .collect())
}

/// Registered assets that a trace of the case identifies and that are not noted yet, each with the trace.
pub async fn suggested(tx: &mut Tx, case: CaseId) -> Result<Vec<(Asset, String)>> {
    let traces = observables::service::of_case(tx, case).await?;
    let noted = of_case(tx, case).await?;
    suggested_by(tx, &traces, &noted).await
}

/// The same where traces and noted assets were read already.
pub async fn suggested_by(
    tx: &mut Tx,
    traces: &[Sighting],
    noted: &[AffectedAsset],
) -> Result<Vec<(Asset, String)>> {
    if service::require_reading(tx).is_err() {
        return Ok(Vec::new());
    }
    let values: Vec<String> = traces.iter().filter_map(identifying).collect();
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let found: Vec<(AssetId, String)> = store::identified_by(tx, &values, 4 * MAX_SUGGESTED)
        .await?
        .into_iter()
        .filter(|(id, _)| noted.iter().all(|one| one.asset_id != *id))
        .collect();
    let ids: Vec<AssetId> = found.iter().map(|(id, _)| *id).collect();
    let assets = store::get_many(tx, &ids).await?;
    Ok(assets
        .into_iter()
        .take(MAX_SUGGESTED as usize)
        .filter_map(|asset| {
            let (_, trace) = found.iter().find(|(id, _)| *id == asset.id)?;
            Some((asset, trace.clone()))
        })
        .collect())
}

/// How important the most important registered asset is that one of these traces, or the device a reporter named,
/// identifies. None where the caller may not read the register.
pub(crate) async fn importance_by(
    tx: &mut Tx,
    traces: &[Sighting],
    device: &str,
) -> Result<Option<Importance>> {
    if service::require_reading(tx).is_err() {
        return Ok(None);
    }
    let mut values: Vec<String> = traces.iter().filter_map(identifying).collect();
    values.extend(rules::identifier(device));
    let mut ids = Vec::new();
    if !values.is_empty() {
        let found = store::identified_by(tx, &values, 4 * MAX_SUGGESTED).await?;
        ids.extend(found.into_iter().map(|(id, _)| id));
    }
    if !device.trim().is_empty() {
        let named = store::in_use_by_names(tx, &[rules::name_key(device)]).await?;
        ids.extend(named.into_iter().map(|asset| asset.id));
    }
    if ids.is_empty() {
        return Ok(None);
    }
    // Read again: the caller may read only some of the register.
    let assets = store::get_many(tx, &ids).await?;
    Ok(assets.into_iter().map(|asset| asset.importance).max())
}

/// The value by which a trace could be that of a registered asset.
fn identifying(trace: &Sighting) -> Option<String> {
    match trace.kind {
        ObservableKind::Ipv4 | ObservableKind::Ipv6 | ObservableKind::Domain | ObservableKind::Email => {
            Some(trace.value.clone())
        }
        ObservableKind::Hostname | ObservableKind::Account => Some(fold(trace.value.trim())),
        _ => None,
    }
}

/// Notes that a case affects an asset, or may. Gives the assets of the case as they are now.
pub async fn add(tx: &mut Tx, case: CaseId, input: AffectedInput) -> Result<Vec<AffectedAsset>> {
    tx.require(Action::CaseUpdate)?;
    let case = require_open(tx, case).await?;
    let mut fields = Fields::new();
    let note = fields.text("/note", &input.note, 1000);
    fields.done()?;
    let asset = chosen(tx, &input).await?;
    if !store::insert_affected(tx, case.id, asset.id, input.condition, &note).await? {
        let message = Message::new("error-asset-noted").with("name", asset.name.clone());
        return Err(Error::Exists(FieldError::new("/name", message)));
    }
    let text = Message::new("timeline-asset-added")
        .with("name", asset.name.clone())
        .with("condition", input.condition.as_str());
    write(tx, &case, asset.id, text).await?;
    let change = change("case.asset_add", &case, asset.id)
        .set("asset", &asset.name)
        .set("condition", input.condition)
        .set("note", &note);
    tx.record(change).await?;
    of_case(tx, case.id).await
}

/// Changes how an asset fares in a case.
pub async fn update(
    tx: &mut Tx,
    case: CaseId,
    asset: AssetId,
    input: AffectedUpdate,
) -> Result<Vec<AffectedAsset>> {
    tx.require(Action::CaseUpdate)?;
    let case = require_open(tx, case).await?;
    let before = store::get_affected(tx, case.id, asset)
        .await?
        .ok_or(Error::NotFound("asset"))?;
    let mut fields = Fields::new();
    let note = fields.text("/note", &input.note, 1000);
    fields.done()?;
    if before.condition == input.condition && before.note == note {
        return of_case(tx, case.id).await;
    }
    store::update_affected(tx, case.id, asset, input.condition, &note).await?;
    if before.condition != input.condition {
        let text = Message::new("timeline-asset-condition")
            .with("name", before.name.clone())
            .with("from", before.condition.as_str())
            .with("to", input.condition.as_str());
        write(tx, &case, asset, text).await?;
    }
    if before.note != note {
        let text = Message::new("timeline-asset-note")
            .with("name", before.name.clone())
            .with("note", note.clone());
        write(tx, &case, asset, text).await?;
    }
    let change = change("case.asset_update", &case, asset)
        .set("asset", &before.name)
        .changed("condition", before.condition, input.condition)
        .changed("note", &before.note, &note);
    tx.record(change).await?;
    of_case(tx, case.id).await
}

/// Takes an asset off a case: it has nothing to do with it. One that was looked into and is not affected is rather noted so
/// ([`super::AssetCondition::Unaffected`]).
pub async fn remove(tx: &mut Tx, case: CaseId, asset: AssetId) -> Result<()> {
    tx.require(Action::CaseUpdate)?;
    let case = require_open(tx, case).await?;
    let before = store::get_affected(tx, case.id, asset)
        .await?
        .ok_or(Error::NotFound("asset"))?;
    store::delete_affected(tx, case.id, asset).await?;
    let text = Message::new("timeline-asset-removed").with("name", before.name.clone());
    write(tx, &case, asset, text).await?;
    let change = change("case.asset_remove", &case, asset)
        .set("asset", &before.name)
        .removed("condition", before.condition)
        .removed("note", &before.note);
    tx.record(change).await
}

/// How an asset fares in a case of its own, for the form that changes it.
pub async fn get(tx: &mut Tx, case: CaseId, asset: AssetId) -> Result<AffectedAsset> {
    cases::service::get(tx, case).await?;
    store::get_affected(tx, case, asset)
        .await?
        .ok_or(Error::NotFound("asset"))
}

/// The asset that is meant: exactly one of the three ways to say it.
async fn chosen(tx: &mut Tx, input: &AffectedInput) -> Result<Asset> {
    match (&input.asset_id, &input.name, &input.new) {
        (Some(id), None, None) => {
            let found = service::get(tx, *id).await;
            let asset = found.map_err(|error| unknown(error, "/asset_id", ""))?;
            in_use(asset, "/asset_id")
        }
        (None, Some(name), None) => by_name(tx, name).await,
        (None, None, Some(new)) => service::create(tx, new.clone()).await.map_err(below_new),
        _ => Err(Error::field("", Message::new("error-asset-one-way"))),
    }
}

/// The asset in use of this name, or the one that this identifies.
async fn by_name(tx: &mut Tx, name: &str) -> Result<Asset> {
    service::require_reading(tx)?;
    let mut fields = Fields::new();
    let name = fields.line("/name", name, 253);
    fields.done()?;
    let named = store::in_use_by_names(tx, &[rules::name_key(&name)]).await?;
    let mut ids: Vec<AssetId> = named.iter().map(|asset| asset.id).collect();
    if ids.is_empty()
        && let Some(value) = rules::identifier(&name)
    {
        let found = store::identified_by(tx, &[value], 10).await?;
        ids.extend(found.into_iter().map(|(id, _)| id));
    }
    // Read again: the caller may read only some of the register.
    let mut assets = store::get_many(tx, &ids).await?;
    if assets.len() > 1 {
        let names: Vec<String> = assets.into_iter().map(|asset| asset.name).collect();
        let message = Message::new("error-asset-ambiguous").with("names", names.join(", "));
        return Err(Error::field("/name", message));
    }
    assets
        .pop()
        .ok_or_else(|| unknown(Error::NotFound("asset"), "/name", &name))
}

fn in_use(asset: Asset, pointer: &str) -> Result<Asset> {
    if asset.state == AssetState::Retired {
        return Err(Error::field(pointer, Message::new("error-asset-retired")));
    }
    Ok(asset)
}

fn unknown(error: Error, pointer: &str, name: &str) -> Error {
    match error {
        Error::NotFound(_) => {
            let message = Message::new("error-unknown-asset").with("name", name.to_owned());
            Error::field(pointer, message)
        }
        other => other,
    }
}

/// What is wrong with a new asset stands below `new` in what was sent.
fn below_new(error: Error) -> Error {
    let below = |field: FieldError| FieldError::new(format!("/new{}", field.pointer), field.message);
    match error {
        Error::Invalid(fields) => Error::Invalid(fields.into_iter().map(below).collect()),
        Error::Exists(field) => Error::Exists(below(field)),
        other => other,
    }
}

async fn require_open(tx: &mut Tx, case: CaseId) -> Result<Case> {
    let case = cases::service::get(tx, case).await?;
    match case.state {
        CaseState::Open => Ok(case),
        CaseState::Merged => Err(Error::rule("error-case-merged")),
        CaseState::Closed => Err(Error::rule("error-case-not-open")),
    }
}

async fn write(tx: &mut Tx, case: &Case, asset: AssetId, text: Message) -> Result<()> {
    let subject = Some(("asset", asset.to_string()));
    cases::timeline::system(tx, case.id, EntryKind::Trace, text, subject).await
}

/// The audit row stands under the case, within its scope: the asset's history tells nobody of it.
fn change(verb: &'static str, case: &Case, asset: AssetId) -> Change {
    Change::of(verb, case.id)
        .within(case.scope_id)
        .set("asset_id", asset)
}
