//! What callers may do with the register: read what is theirs to read, register, change, retire.

use matoi_types::{AccountId, AssetId, UnitId};

use super::model::{
    AffectedNow, AffectingCase, Asset, AssetFilter, AssetInput, AssetOrder, AssetOverview, AssetState,
    AssetUpdate,
};
use super::{rules, store};
use crate::identity::accounts;
use crate::kernel::check::Fields;
use crate::kernel::history::{self, Past};
use crate::kernel::{Action, Change, Error, FieldError, Message, Page, PageRequest, Result, Tx};

/// Counting stops here.
pub const COUNT_STOPS_AT: u32 = 1000;
/// Assets shown as affected at present.
const MAX_AFFECTED_NOW: u32 = 200;
/// Owners offered as a filter.
const MAX_OWNERS: u32 = 500;

/// One page of assets.
pub async fn list(
    tx: &mut Tx,
    filter: &AssetFilter,
    order: AssetOrder,
    page: &PageRequest,
) -> Result<Page<Asset>> {
    require_reading(tx)?;
    let limit = page.rows()?;
    let name = order_name(order);
    let after = page.after(name)?;
    let rows = store::list(tx, filter, order, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, name, |asset| {
        let key = match order {
            AssetOrder::Name => 0,
            AssetOrder::Importance => rules::importance_key(asset.importance, asset.updated_at),
            AssetOrder::Updated => asset.updated_at.as_micros(),
        };
        (key, asset.id.to_string())
    }))
}

/// How many assets there are, counted to [`COUNT_STOPS_AT`].
pub async fn count(tx: &mut Tx, filter: &AssetFilter) -> Result<i64> {
    require_reading(tx)?;
    store::count(tx, filter, COUNT_STOPS_AT).await
}

/// One asset.
pub async fn get(tx: &mut Tx, id: AssetId) -> Result<Asset> {
    require_reading(tx)?;
    store::get(tx, id).await?.ok_or(Error::NotFound("asset"))
}

/// The register in figures.
pub async fn overview(tx: &mut Tx) -> Result<AssetOverview> {
    require_reading(tx)?;
    store::overview(tx).await
}

/// Assets that cases being worked on affect or may affect, most important first, at most 200.
pub async fn affected_now(tx: &mut Tx) -> Result<Vec<AffectedNow>> {
    require_reading(tx)?;
    store::affected_now(tx, MAX_AFFECTED_NOW).await
}

/// The cases an asset is noted in, as far as the caller may know of them, latest first.
pub async fn cases(tx: &mut Tx, id: AssetId, page: &PageRequest) -> Result<Page<AffectingCase>> {
    get(tx, id).await?;
    let limit = page.rows()?;
    let after = page.after("asset-cases")?;
    let rows = store::cases_of(tx, id, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "asset-cases", |case| {
        (case.added_at.as_micros(), case.case_id.to_string())
    }))
}

/// What was done to an asset itself, latest first. That a case affects it is written in the case.
pub async fn history(tx: &mut Tx, id: AssetId, page: &PageRequest) -> Result<Page<Past>> {
    get(tx, id).await?;
    let limit = page.rows()?;
    let after = page.after("asset-history")?;
    let rows = history::of(tx, id, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "asset-history", |past| {
        (0, past.id.to_string())
    }))
}

/// Those who answer for assets the caller may read, by name: what a list is filtered by.
pub async fn owners(tx: &mut Tx) -> Result<Vec<(AccountId, String)>> {
    require_reading(tx)?;
    store::owners(tx, MAX_OWNERS).await
}

/// Registers an asset.
pub async fn create(tx: &mut Tx, input: AssetInput) -> Result<Asset> {
    tx.require(Action::AssetManage)?;
    let mut fields = Fields::new();
    let input = check(tx, &mut fields, input).await?;
    fields.done()?;
    require_free_name(tx, &input.name, None).await?;
    let id = insert(tx, &input).await?;
    store::get(tx, id).await?.ok_or(Error::NotFound("asset"))
}

/// Changes what is said of an asset.
pub async fn update(tx: &mut Tx, id: AssetId, version: i64, update: AssetUpdate) -> Result<Asset> {
    tx.require(Action::AssetManage)?;
    let before = begin(tx, id, version).await?;
    let mut fields = Fields::new();
    let input = AssetInput {
        name: update.name.unwrap_or_else(|| before.name.clone()),
        kind: update.kind.unwrap_or(before.kind),
        importance: update.importance.unwrap_or(before.importance),
        owner_id: update.owner_id.unwrap_or(before.owner_id),
        unit_id: update.unit_id.unwrap_or(before.unit_id),
        identifiers: update.identifiers.unwrap_or_else(|| before.identifiers.clone()),
        note: update.note.unwrap_or_else(|| before.note.clone()),
    };
    let input = check_changed(tx, &mut fields, Some(&before), input).await?;
    fields.done()?;
    if before.state == AssetState::InUse && rules::name_key(&input.name) != before.name_key {
        require_free_name(tx, &input.name, Some(id)).await?;
    }
    save(tx, before, input).await
}

/// Takes an asset out of use. It stays where it is named; its name is free for another one.
pub async fn retire(tx: &mut Tx, id: AssetId, version: i64, reason: &str) -> Result<Asset> {
    tx.require(Action::AssetManage)?;
    let before = begin(tx, id, version).await?;
    if before.state == AssetState::Retired {
        return Err(Error::rule("error-asset-retired"));
    }
    let mut fields = Fields::new();
    let reason = fields.optional_line("/reason", reason, 500);
    fields.done()?;
    let mut asset = before.clone();
    asset.retired_at = Some(tx.now());
    store::save(tx, &before, &asset).await?;
    let mut change = Change::of("asset.retire", id).set("retired_at", asset.retired_at);
    if !reason.is_empty() {
        change = change.because(&reason);
    }
    tx.record(change).await?;
    get(tx, id).await
}

/// Takes a retired asset back into use, if its name is still free.
pub async fn restore(tx: &mut Tx, id: AssetId, version: i64) -> Result<Asset> {
    tx.require(Action::AssetManage)?;
    let before = begin(tx, id, version).await?;
    if before.state == AssetState::InUse {
        return Err(Error::rule("error-asset-in-use"));
    }
    require_free_name(tx, &before.name, Some(id)).await?;
    let mut asset = before.clone();
    asset.retired_at = None;
    store::save(tx, &before, &asset).await?;
    let change = Change::of("asset.restore", id).removed("retired_at", before.retired_at);
    tx.record(change).await?;
    get(tx, id).await
}

/// Reads the asset and raises its version: what every command on it begins with.
pub(super) async fn begin(tx: &mut Tx, id: AssetId, version: i64) -> Result<Asset> {
    let asset = get(tx, id).await?;
    if !store::bump(tx, id, version).await? {
        return Err(Error::Stale {
            current: asset.version,
        });
    }
    Ok(asset)
}

/// Writes what was checked, with its audit row.
pub(super) async fn insert(tx: &mut Tx, input: &AssetInput) -> Result<AssetId> {
    let id: AssetId = tx.new_id()?;
    store::insert(tx, id, input).await?;
    let change = Change::of("asset.create", id)
        .set("name", &input.name)
        .set("kind", input.kind)
        .set("importance", input.importance)
        .set("owner_id", input.owner_id)
        .set("unit_id", input.unit_id)
        .set("identifiers", &input.identifiers)
        .set("note", &input.note);
    tx.record(change).await?;
    Ok(id)
}

/// Writes what was checked over what was there, with its audit row. What is the same leaves no trace.
pub(super) async fn save(tx: &mut Tx, before: Asset, input: AssetInput) -> Result<Asset> {
    let mut asset = before.clone();
    asset.name = input.name;
    asset.kind = input.kind;
    asset.importance = input.importance;
    asset.owner_id = input.owner_id;
    asset.unit_id = input.unit_id;
    asset.identifiers = input.identifiers;
    asset.note = input.note;
    store::save(tx, &before, &asset).await?;
    let change = Change::of("asset.update", asset.id)
        .changed("name", &before.name, &asset.name)
        .changed("kind", before.kind, asset.kind)
        .changed("importance", before.importance, asset.importance)
        .changed("owner_id", before.owner_id, asset.owner_id)
        .changed("unit_id", before.unit_id, asset.unit_id)
        .changed("identifiers", &before.identifiers, &asset.identifiers)
        .changed("note", &before.note, &asset.note);
    tx.record(change).await?;
    store::get(tx, asset.id).await?.ok_or(Error::NotFound("asset"))
}

/// What an asset says of itself, checked, whoever it belongs to.
pub(super) fn check_words(fields: &mut Fields, input: &AssetInput) -> AssetInput {
    AssetInput {
        name: fields.line("/name", &input.name, 200),
        identifiers: check_identifiers(fields, &input.identifiers),
        note: fields.text("/note", &input.note, 5000),
        ..input.clone()
    }
}

async fn check(tx: &mut Tx, fields: &mut Fields, input: AssetInput) -> Result<AssetInput> {
    check_changed(tx, fields, None, input).await
}

/// The same for one that is there: who answered for it before may have left since.
async fn check_changed(
    tx: &mut Tx,
    fields: &mut Fields,
    before: Option<&Asset>,
    input: AssetInput,
) -> Result<AssetInput> {
    let input = check_words(fields, &input);
    if let Some(owner) = input.owner_id
        && before.and_then(|asset| asset.owner_id) != Some(owner)
        && !accounts::is_active(tx, owner).await?
    {
        fields.wrong("/owner_id", Message::new("error-unknown-account"));
    }
    if let Some(unit) = input.unit_id
        && !unit_is_reached(tx, unit).await?
    {
        fields.wrong("/unit_id", Message::new("error-unknown-unit"));
    }
    Ok(input)
}

/// Whether there is such a unit and the caller's roles reach it.
pub(super) async fn unit_is_reached(tx: &mut Tx, unit: UnitId) -> Result<bool> {
    store::unit_is_reached(tx, unit).await
}

fn check_identifiers(fields: &mut Fields, values: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    fields.at_most("/identifiers", values.len(), rules::MAX_IDENTIFIERS);
    for (at, value) in values.iter().take(rules::MAX_IDENTIFIERS).enumerate() {
        let value = value.trim();
        if value.is_empty() {
            continue;
        }
        match rules::identifier(value) {
            Some(canonical) if kept.contains(&canonical) => {}
            Some(canonical) => kept.push(canonical),
            None => {
                let shown: String = value.chars().take(80).collect();
                let message = Message::new("error-asset-identifier").with("value", shown);
                fields.wrong(&format!("/identifiers/{at}"), message);
            }
        }
    }
    kept
}

/// Stops what would give two assets in use one name.
pub(super) async fn require_free_name(tx: &mut Tx, name: &str, but: Option<AssetId>) -> Result<()> {
    let taken = store::in_use_by_names(tx, &[rules::name_key(name)])
        .await?
        .iter()
        .any(|asset| Some(asset.id) != but);
    if taken {
        let message = Message::new("error-asset-exists").with("name", name.to_owned());
        return Err(Error::Exists(FieldError::new("/name", message)));
    }
    Ok(())
}

pub(super) fn require_reading(tx: &Tx) -> Result<()> {
    if tx.caller().may(Action::AssetReadOwn) {
        return Ok(());
    }
    tx.require(Action::AssetRead)
}

const fn order_name(order: AssetOrder) -> &'static str {
    match order {
        AssetOrder::Name => "name",
        AssetOrder::Importance => "importance",
        AssetOrder::Updated => "updated",
    }
}
