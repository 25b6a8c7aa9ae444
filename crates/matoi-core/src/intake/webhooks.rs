//! Webhooks: addresses to which programs send their own form of an alert. A mapping says what becomes of it.
//!
//! Whoever has an API token sends to any mapping in force by its name. For a program that cannot bear a token somebody sets up a
//! webhook: a name, a mapping, and a secret that is sent in a header or signs the body (HMAC). The secret is shown once, can be
//! made anew, and a webhook can be switched off; it can do nothing but hand in alerts.

use std::sync::Arc;

use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::mapping::{self, Mapping};
use super::store;
use crate::identity::secret;
use crate::kernel::check::Fields;
use crate::kernel::data::Bilingual;
use crate::kernel::{Action, ActionSet, Caller, Change, Error, Message, Result, Store, Tx};
use crate::rulebook::{self, DataFile, DataKind};

/// What a sealed secret is for.
const SECRET_CONTEXT: &str = "webhook-secret";
const PREFIX: &str = "whs_";

/// A mapping that webhooks can use, as lists show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MappingEntry {
    /// Its name.
    pub name: String,
    /// What it is for.
    pub title: Bilingual,
    /// How to set the sender up.
    pub about: Option<Bilingual>,
    /// Version in force.
    pub version: i64,
    /// The header in which it wants a signature over the body; without one the secret itself is sent.
    pub signed: Option<String>,
}

/// A webhook that somebody set up.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Webhook {
    /// Its name, which stands in its address.
    pub name: String,
    /// The mapping that reads what is sent.
    pub mapping: String,
    /// Whether it takes anything.
    pub enabled: bool,
    /// How its secret begins, to tell it from a former one.
    pub hint: String,
    /// The header in which it wants a signature over the body; without one the secret itself is sent.
    pub signed: Option<String>,
    /// Whether its mapping is in force: without one nothing can be taken.
    pub readable: bool,
    /// Who set it up.
    pub created_by: Option<String>,
    /// When.
    pub created_at: Timestamp,
    /// When its secret was made.
    pub rotated_at: Timestamp,
    /// When it last took something, to a minute.
    pub last_used_at: Option<Timestamp>,
    /// Version for `If-Match`.
    pub version: i64,
}

/// A row as it is stored.
#[derive(Debug, Clone)]
pub(super) struct StoredWebhook {
    pub(super) name: String,
    pub(super) mapping: String,
    pub(super) enabled: bool,
    pub(super) hint: String,
    pub(super) created_by: Option<String>,
    pub(super) created_at: Timestamp,
    pub(super) rotated_at: Timestamp,
    pub(super) last_used_at: Option<Timestamp>,
    pub(super) version: i64,
}

/// A secret as it is stored.
pub(super) struct WebhookSecret {
    pub(super) sealed: String,
    pub(super) hint: String,
}

/// What can be said of a new webhook.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookInput {
    /// Its name, which stands in its address: 2 to 40 lower-case letters, digits, `-` and `_`.
    pub name: String,
    /// The mapping that reads what is sent.
    pub mapping: String,
}

/// What can be changed of a webhook. Absent fields stay as they are.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WebhookUpdate {
    /// The mapping that reads what is sent.
    pub mapping: Option<String>,
    /// Whether it takes anything.
    pub enabled: Option<bool>,
}

/// The mappings in force, by name.
pub async fn mappings(tx: &mut Tx) -> Result<Vec<MappingEntry>> {
    require_reading(tx)?;
    let mut all = Vec::new();
    for file in rulebook::service::all_in_force(tx, DataKind::Mapping).await? {
        let mapping = read(&file)?;
        all.push(MappingEntry {
            name: file.name.clone(),
            title: mapping.title.clone(),
            about: mapping.about.clone(),
            version: file.version,
            signed: signed(&mapping),
        });
    }
    all.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(all)
}

/// The webhooks that were set up, by name.
pub async fn list(tx: &mut Tx) -> Result<Vec<Webhook>> {
    tx.require(Action::OrganisationUpdate)?;
    let mut all = Vec::new();
    for stored in store::webhooks(tx).await? {
        all.push(shown(tx, stored).await?);
    }
    Ok(all)
}

/// One webhook.
pub async fn get(tx: &mut Tx, name: &str) -> Result<Webhook> {
    tx.require(Action::OrganisationUpdate)?;
    let stored = require(tx, name).await?;
    shown(tx, stored).await
}

/// Sets up a webhook. Its secret is given here and nowhere else.
///
/// # Errors
/// [`Error::Invalid`] for a name or a mapping that cannot be used, [`Error::Exists`] for a name that is taken.
pub async fn create(tx: &mut Tx, input: WebhookInput) -> Result<(Webhook, String)> {
    tx.require(Action::OrganisationUpdate)?;
    let mut fields = Fields::new();
    fields.wrong_if(!mapping::is_name(&input.name), "/name", "data-mapping-name");
    fields.done()?;
    require_mapping(tx, &input.mapping).await?;
    if store::get_webhook(tx, &input.name).await?.is_some() {
        let taken = crate::kernel::FieldError::new("/name", Message::new("error-webhook-exists"));
        return Err(Error::Exists(taken));
    }
    let (text, secret) = new_secret(tx)?;
    store::insert_webhook(tx, &input.name, &input.mapping, &secret).await?;
    let change = Change::named("webhook.create", "webhook", input.name.clone());
    tx.record(change.set("mapping", &input.mapping)).await?;
    Ok((get(tx, &input.name).await?, text))
}

/// Changes mapping or switch of a webhook.
pub async fn update(tx: &mut Tx, name: &str, version: i64, update: WebhookUpdate) -> Result<Webhook> {
    tx.require(Action::OrganisationUpdate)?;
    let before = require(tx, name).await?;
    let mapping = update.mapping.unwrap_or_else(|| before.mapping.clone());
    let enabled = update.enabled.unwrap_or(before.enabled);
    if mapping != before.mapping {
        require_mapping(tx, &mapping).await?;
    }
    if !store::save_webhook(tx, name, version, &mapping, enabled).await? {
        return Err(stale(&before));
    }
    let change = Change::named("webhook.update", "webhook", name.to_owned())
        .changed("mapping", &before.mapping, &mapping)
        .changed("enabled", before.enabled, enabled);
    tx.record(change).await?;
    get(tx, name).await
}

/// Gives a webhook another secret. The former one ends at once.
pub async fn rotate(tx: &mut Tx, name: &str, version: i64) -> Result<(Webhook, String)> {
    tx.require(Action::OrganisationUpdate)?;
    let before = require(tx, name).await?;
    let (text, secret) = new_secret(tx)?;
    if !store::save_webhook_secret(tx, name, version, &secret).await? {
        return Err(stale(&before));
    }
    tx.record(Change::named("webhook.rotate", "webhook", name.to_owned()))
        .await?;
    Ok((get(tx, name).await?, text))
}

/// Takes a webhook away.
pub async fn delete(tx: &mut Tx, name: &str, version: i64) -> Result<()> {
    tx.require(Action::OrganisationUpdate)?;
    let before = require(tx, name).await?;
    if !store::delete_webhook(tx, name, version).await? {
        return Err(stale(&before));
    }
    let change = Change::named("webhook.delete", "webhook", name.to_owned());
    tx.record(change.set("mapping", &before.mapping)).await
}

/// The mapping that reads what is sent under a name: that of the webhook, or the one in force under this name.
///
/// # Errors
/// [`Error::NotFound`] when there is neither; [`Error::Rule`] when the webhook is switched off.
pub async fn mapping(tx: &mut Tx, name: &str) -> Result<Arc<Mapping>> {
    tx.require(Action::AlertCreate)?;
    let mapping = match store::get_webhook(tx, name).await? {
        Some(webhook) if !webhook.enabled => return Err(Error::rule("error-webhook-disabled")),
        Some(webhook) => webhook.mapping,
        None => name.to_owned(),
    };
    let file = rulebook::service::find_in_force(tx, DataKind::Mapping, &mapping)
        .await?
        .ok_or(Error::NotFound("webhook"))?;
    read(&file)
}

/// What a webhook proves itself with.
#[derive(Debug)]
pub struct Key {
    /// The mapping that reads what is sent.
    pub mapping: Arc<Mapping>,
    /// The secret shared with the sender.
    pub secret: Vec<u8>,
}

/// The key of a webhook that is switched on, for the door that checks what is sent to it. None when there is no such webhook: the
/// door says then what it says of a wrong secret.
pub async fn key(store: &Store, name: &str) -> Result<Option<Key>> {
    let system = store.system("webhook");
    let mut tx = store.read(&system).await?;
    let Some(webhook) = store::get_webhook(&mut tx, name)
        .await?
        .filter(|webhook| webhook.enabled)
    else {
        return Ok(None);
    };
    let Some(file) = rulebook::service::find_in_force(&mut tx, DataKind::Mapping, &webhook.mapping).await?
    else {
        return Ok(None);
    };
    let Some(sealed) = store::sealed_webhook_secret(&mut tx, name).await? else {
        return Ok(None);
    };
    Ok(Some(Key {
        mapping: read(&file)?,
        secret: store.env().secrets().open(SECRET_CONTEXT, &sealed)?,
    }))
}

/// The caller behind a webhook whose key was proven: the program itself, which may hand in alerts and nothing else.
pub async fn caller(
    store: &Store,
    name: &str,
    address: Option<String>,
    request_id: String,
) -> Result<Caller> {
    let caller = Caller {
        actions: ActionSet::from_iter([Action::AlertCreate]),
        address,
        request_id,
        ..store.system("webhook")
    };
    let mut look = store.read(&caller).await?;
    let last = store::get_webhook(&mut look, name)
        .await?
        .and_then(|webhook| webhook.last_used_at);
    drop(look);
    if last.is_none_or(|at| caller.now.seconds_since(at) >= 60) {
        let mut tx = store.write(&caller).await?;
        store::touch_webhook(&mut tx, name).await?;
        tx.commit().await?;
    }
    Ok(caller)
}

/// Seals the secrets of webhooks anew where they are not under the current key. Gives how many were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut resealed = 0;
    for (name, sealed) in store::all_sealed_webhook_secrets(tx).await? {
        if let Some(sealed) = tx.env().secrets().reseal(SECRET_CONTEXT, &sealed)? {
            store::replace_sealed_webhook_secret(tx, &name, &sealed).await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

fn require_reading(tx: &Tx) -> Result<()> {
    let caller = tx.caller();
    if caller.may(Action::AlertCreate) || caller.may(Action::OrganisationUpdate) {
        return Ok(());
    }
    tx.require(Action::CriteriaRead)
}

async fn require(tx: &mut Tx, name: &str) -> Result<StoredWebhook> {
    store::get_webhook(tx, name)
        .await?
        .ok_or(Error::NotFound("webhook"))
}

async fn require_mapping(tx: &mut Tx, name: &str) -> Result<()> {
    match rulebook::service::find_in_force(tx, DataKind::Mapping, name).await? {
        Some(_) => Ok(()),
        None => Err(Error::field("/mapping", Message::new("error-unknown-mapping"))),
    }
}

const fn stale(before: &StoredWebhook) -> Error {
    Error::Stale {
        current: before.version,
    }
}

fn new_secret(tx: &Tx) -> Result<(String, WebhookSecret)> {
    let text = format!("{PREFIX}{}", secret::new_secret(tx.env())?);
    let sealed = tx.env().secrets().seal(SECRET_CONTEXT, text.as_bytes())?;
    let hint = text.chars().take(PREFIX.len() + 4).collect();
    Ok((text, WebhookSecret { sealed, hint }))
}

async fn shown(tx: &mut Tx, stored: StoredWebhook) -> Result<Webhook> {
    let file = rulebook::service::find_in_force(tx, DataKind::Mapping, &stored.mapping).await?;
    let mapping = file.as_ref().map(read).transpose()?;
    Ok(Webhook {
        signed: mapping.as_deref().and_then(signed),
        readable: mapping.is_some(),
        name: stored.name,
        mapping: stored.mapping,
        enabled: stored.enabled,
        hint: stored.hint,
        created_by: stored.created_by,
        created_at: stored.created_at,
        rotated_at: stored.rotated_at,
        last_used_at: stored.last_used_at,
        version: stored.version,
    })
}

fn signed(mapping: &Mapping) -> Option<String> {
    mapping
        .signature
        .as_ref()
        .map(|signature| signature.header.clone())
}

fn read(file: &DataFile) -> Result<Arc<Mapping>> {
    mapping::cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))
}
