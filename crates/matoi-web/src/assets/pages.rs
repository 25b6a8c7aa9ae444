//! Pages of the register: the place's landing, the list, an asset, its form, tables in and out.

mod history;
mod import;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::assets::{Asset, AssetFilter, AssetInput, AssetKind, AssetOrder, AssetUpdate, service};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::organisation::model::Unit;
use matoi_core::{Action, Caller, Error, Tx, identity, organisation};
use matoi_types::{AccountId, AssetId, Importance, UnitId};
use serde::Deserialize;

use super::api;
use super::query::AssetQuery;
use super::views::{ExposurePage, FormPage, ListPage, OptionsPart, ShowPage};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

/// A person to choose.
pub(super) type Person = (AccountId, String);

/// Assets offered while a name is typed.
const MAX_OPTIONS: u32 = 20;

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/exposure", get(exposure))
        .route("/assets", get(list).post(create))
        .route("/assets/new", get(new))
        .route("/assets/options", get(options))
        .route("/assets/export", get(export))
        .route("/assets/{id}", get(show))
        .route("/assets/{id}/edit", get(edit).post(save))
        .route("/assets/{id}/retire", post(retire))
        .route("/assets/{id}/restore", post(restore))
        .merge(import::routes())
}

async fn exposure(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let overview = service::overview(&mut tx).await?;
    let affected = service::affected_now(&mut tx).await?;
    let page = ExposurePage {
        ui: ui.at(Place::Exposure),
        overview,
        affected,
    };
    page.ui.page(&page)
}

async fn list(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<AssetQuery>,
) -> WebResult<Response> {
    let (filter, order) = query.read(&caller)?;
    let mut tx = app.store.read(&caller).await?;
    let page = service::list(&mut tx, &filter, order, &query.page()).await?;
    let count = service::count(&mut tx, &filter).await?;
    let owners = service::owners(&mut tx).await?;
    let page = ListPage {
        ui: ui.at(Place::Exposure),
        query,
        assets: page.items,
        count,
        next: page.next,
        owners,
    };
    page.ui.page(&page)
}

async fn export(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiQuery(query): ApiQuery<AssetQuery>,
) -> WebResult<Response> {
    api::file(&app, &caller, &query).await
}

/// What was typed so far of an asset's name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    name: String,
}

/// Assets in use that fit what was typed, as the options of a field.
async fn options(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(typed): ApiQuery<Typed>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let assets = like(&mut tx, &typed.name).await?;
    let part = OptionsPart { ui, assets };
    part.ui.page(&part)
}

/// Assets in use that fit a text, most important first.
pub(crate) async fn like(tx: &mut Tx, text: &str) -> Result<Vec<Asset>, Error> {
    let text: String = text.trim().chars().take(200).collect();
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let filter = AssetFilter {
        text: Some(text),
        ..AssetFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(MAX_OPTIONS),
    };
    Ok(service::list(tx, &filter, AssetOrder::Importance, &page)
        .await?
        .items)
}

/// What is typed of an asset.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AssetForm {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) importance: String,
    pub(super) owner_id: String,
    pub(super) unit_id: String,
    pub(super) identifiers: String,
    pub(super) note: String,
    pub(super) version: i64,
}

impl AssetForm {
    fn fresh() -> Self {
        Self {
            kind: AssetKind::Server.to_string(),
            importance: Importance::Medium.to_string(),
            ..Self::default()
        }
    }

    fn of(asset: &Asset) -> Self {
        Self {
            name: asset.name.clone(),
            kind: asset.kind.to_string(),
            importance: asset.importance.to_string(),
            owner_id: asset.owner_id.map(|id| id.to_string()).unwrap_or_default(),
            unit_id: asset.unit_id.map(|id| id.to_string()).unwrap_or_default(),
            identifiers: asset.identifiers.join("\n"),
            note: asset.note.clone(),
            version: asset.version,
        }
    }

    fn read(&self) -> Result<AssetInput, Error> {
        let mut fields = Fields::new();
        let owner: Option<AccountId> =
            optional(&mut fields, "/owner_id", &self.owner_id, "error-unknown-account");
        let unit: Option<UnitId> = optional(&mut fields, "/unit_id", &self.unit_id, "error-unknown-unit");
        let input = AssetInput {
            name: self.name.clone(),
            kind: fields
                .parsed("/kind", &self.kind, "error-choose")
                .unwrap_or(AssetKind::Other),
            importance: fields
                .parsed("/importance", &self.importance, "error-choose")
                .unwrap_or(Importance::Medium),
            owner_id: owner,
            unit_id: unit,
            identifiers: self.identifiers.lines().map(str::to_owned).collect(),
            note: self.note.clone(),
        };
        fields.done()?;
        Ok(input)
    }
}

fn optional<T: std::str::FromStr>(
    fields: &mut Fields,
    pointer: &str,
    text: &str,
    key: &'static str,
) -> Option<T> {
    if text.trim().is_empty() {
        return None;
    }
    fields.parsed(pointer, text, key)
}

/// Who and which units can be chosen.
async fn choices(tx: &mut Tx, ui: &Ui) -> Result<(Vec<Person>, Vec<Unit>), Error> {
    let people = if ui.may(Action::AccountRead) {
        identity::accounts::assignable(tx).await?
    } else {
        Vec::new()
    };
    let units = if ui.may(Action::OrganisationRead) {
        organisation::service::units(tx).await?
    } else {
        Vec::new()
    };
    Ok((people, units))
}

async fn form_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    asset: Option<Asset>,
    form: AssetForm,
    errors: FieldErrors,
) -> WebResult<Response> {
    let mut tx = app.store.read(caller).await?;
    let (mut people, units) = choices(&mut tx, &ui).await?;
    // Who answers for it stays to choose, also when they have left.
    if let Some((id, name)) = asset
        .as_ref()
        .and_then(|asset| asset.owner_id.zip(asset.owner.clone()))
        && people.iter().all(|(known, _)| *known != id)
    {
        people.push((id, name));
    }
    let conflict = asset.as_ref().is_some_and(|asset| asset.version != form.version);
    let form = AssetForm {
        version: asset.as_ref().map_or(0, |asset| asset.version),
        ..form
    };
    let page = FormPage {
        ui: ui.at(Place::Exposure),
        asset,
        form,
        errors,
        people,
        units,
        conflict,
    };
    if page.errors.any() {
        page.ui.refused(&page, &page.errors)
    } else {
        page.ui.page(&page)
    }
}

async fn new(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    caller.require(Action::AssetManage)?;
    form_page(&app, &caller, ui, None, AssetForm::fresh(), FieldErrors::none()).await
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<AssetForm>,
) -> WebResult<Response> {
    let outcome = async {
        caller.require(Action::AssetManage)?;
        let input = form.read()?;
        let mut tx = app.store.write(&caller).await?;
        let asset = service::create(&mut tx, input).await?;
        tx.commit().await?;
        Ok::<_, Error>(asset)
    };
    match outcome.await {
        Ok(asset) => Ok(ui.done(format!("/assets/{}", asset.id), "notice-asset-created")),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            form_page(&app, &caller, ui, None, form, errors).await
        }
    }
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AssetId>,
) -> WebResult<Response> {
    caller.require(Action::AssetManage)?;
    let mut tx = app.store.read(&caller).await?;
    let asset = service::get(&mut tx, id).await?;
    drop(tx);
    let form = AssetForm::of(&asset);
    form_page(&app, &caller, ui, Some(asset), form, FieldErrors::none()).await
}

async fn save(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AssetId>,
    PageForm(form): PageForm<AssetForm>,
) -> WebResult<Response> {
    let outcome = async {
        caller.require(Action::AssetManage)?;
        let input = form.read()?;
        let update = AssetUpdate {
            name: Some(input.name),
            kind: Some(input.kind),
            importance: Some(input.importance),
            owner_id: Some(input.owner_id),
            unit_id: Some(input.unit_id),
            identifiers: Some(input.identifiers),
            note: Some(input.note),
        };
        let mut tx = app.store.write(&caller).await?;
        service::update(&mut tx, id, form.version, update).await?;
        tx.commit().await
    };
    let Err(error) = outcome.await else {
        return Ok(ui.done(format!("/assets/{id}"), "notice-asset-saved"));
    };
    let errors = FieldErrors::from_error(error, ui.lang)?;
    let mut tx = app.store.read(&caller).await?;
    let asset = service::get(&mut tx, id).await?;
    drop(tx);
    form_page(&app, &caller, ui, Some(asset), form, errors).await
}

/// Which part of the cases is wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CasesQuery {
    cursor: Option<String>,
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AssetId>,
    ApiQuery(query): ApiQuery<CasesQuery>,
) -> WebResult<Response> {
    let page = show_page(&app, &caller, ui, id, query.cursor).await?;
    page.ui.page(&page)
}

async fn show_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: AssetId,
    cursor: Option<String>,
) -> WebResult<ShowPage> {
    let mut tx = app.store.read(caller).await?;
    let asset = service::get(&mut tx, id).await?;
    let later = cursor.is_some();
    let request = PageRequest { cursor, limit: None };
    let cases = service::cases(&mut tx, id, &request).await?;
    let past = service::history(&mut tx, id, &PageRequest::default()).await?;
    let history = history::in_words(&mut tx, &ui, past.items).await?;
    Ok(ShowPage {
        ui: ui.at(Place::Exposure),
        asset,
        cases: cases.items,
        next: cases.next,
        later,
        history,
        errors: FieldErrors::none(),
        reason: String::new(),
    })
}

/// What is typed when an asset goes out of use or comes back.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StateForm {
    version: i64,
    reason: String,
}

async fn retire(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AssetId>,
    PageForm(form): PageForm<StateForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        service::retire(&mut tx, id, form.version, &form.reason).await?;
        tx.commit().await
    };
    match outcome.await {
        Ok(()) => Ok(ui.done(format!("/assets/{id}"), "notice-asset-retired")),
        Err(error) => refused(&app, &caller, ui, id, error, form.reason).await,
    }
}

async fn restore(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AssetId>,
    PageForm(form): PageForm<StateForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        service::restore(&mut tx, id, form.version).await?;
        tx.commit().await
    };
    match outcome.await {
        Ok(()) => Ok(ui.done(format!("/assets/{id}"), "notice-asset-restored")),
        Err(error) => refused(&app, &caller, ui, id, error, String::new()).await,
    }
}

/// The asset's page again, with what was wrong at its head.
async fn refused(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: AssetId,
    error: Error,
    reason: String,
) -> WebResult<Response> {
    let errors = FieldErrors::from_error(error, ui.lang)?;
    let mut page = show_page(app, caller, ui, id, None).await?;
    page.errors = errors;
    page.reason = reason;
    page.ui.refused(&page, &page.errors)
}
