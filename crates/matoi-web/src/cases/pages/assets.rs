//! Assets that a case affects.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::assets::table::kind_key;
use matoi_core::assets::{
    AffectedAsset, AffectedInput, AffectedUpdate, AssetCondition, AssetInput, AssetKind, affected,
};
use matoi_core::cases::service;
use matoi_core::kernel::check::Fields;
use matoi_core::{Caller, Error};
use matoi_types::{AssetId, CaseId, Importance};
use serde::Deserialize;

use super::{back, or_field_errors};
use crate::App;
use crate::assets::pages::like;
use crate::cases::small_form::{Control, FormPage, SmallForm};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/assets", post(add))
        .route("/cases/{id}/assets/new", post(add_new))
        .route("/cases/{id}/assets/{asset}", get(edit).post(save))
        .route("/cases/{id}/assets/{asset}/remove", post(remove))
}

/// What is typed of an asset that a case affects.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AffectedForm {
    name: String,
    asset_id: String,
    condition: String,
    note: String,
}

impl AffectedForm {
    pub(super) fn page(&self, ui: &Ui, case: CaseId) -> SmallForm {
        let options = ui.to("/assets/options");
        SmallForm::new(ui, &format!("/cases/{case}/assets"), "affected-add-do")
            .field(
                "name",
                "affected-name",
                &self.name,
                Control::Suggest { max: 253, options },
            )
            .hint("affected-name-hint")
            .required()
            .field("condition", "asset-condition", &self.condition, conditions(ui))
            .field("note", "affected-note", &self.note, Control::Line { max: 1000 })
    }

    fn read(&self) -> Result<AffectedInput, Error> {
        let mut fields = Fields::new();
        let chosen = if self.asset_id.is_empty() {
            None
        } else {
            fields.parsed("/asset_id", &self.asset_id, "error-choose")
        };
        let condition = condition(&mut fields, &self.condition);
        fields.done()?;
        Ok(AffectedInput {
            asset_id: chosen,
            name: chosen.is_none().then(|| self.name.clone()),
            new: None,
            condition,
            note: self.note.clone(),
        })
    }
}

fn conditions(ui: &Ui) -> Control {
    let choices = AssetCondition::ALL.iter();
    Control::Choice(
        choices
            .map(|one| (one.to_string(), ui.named("asset-condition-", one)))
            .collect(),
    )
}

fn condition(fields: &mut Fields, text: &str) -> AssetCondition {
    if text.is_empty() {
        return AssetCondition::Suspected;
    }
    fields
        .parsed("/condition", text, "error-choose")
        .unwrap_or(AssetCondition::Suspected)
}

async fn add(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<AffectedForm>,
) -> WebResult<Response> {
    let outcome = match form.read() {
        Ok(input) => note(&app, &caller, id, input).await,
        Err(error) => Err(error),
    };
    let Err(error) = outcome else {
        return Ok(ui.done(format!("/cases/{id}#h-assets"), "notice-affected-added"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    // What was typed fits no asset, or several: those that come near can be chosen.
    let near = like(&mut tx, &form.name).await.unwrap_or_default();
    let mut page = form.page(&ui, id);
    if !near.is_empty() {
        let mut choices = vec![(String::new(), ui.t("affected-by-name"))];
        choices.extend(near.into_iter().map(|asset| {
            (
                asset.id.to_string(),
                format!("{} ({})", asset.name, ui.t(kind_key(asset.kind))),
            )
        }));
        page = page.field(
            "asset_id",
            "affected-near",
            &form.asset_id,
            Control::Choice(choices),
        );
    }
    let above = (format!("/cases/{id}"), format!("{} {}", case.number, case.title));
    let page = FormPage {
        title: ui.t("affected-add"),
        above,
        form: page.with_errors(errors),
        ui: ui.at(Place::Cases),
    };
    page.ui.refused(&page, page.errors())
}

async fn note(app: &App, caller: &Caller, id: CaseId, input: AffectedInput) -> Result<(), Error> {
    let mut tx = app.store.write(caller).await?;
    affected::add(&mut tx, id, input).await?;
    tx.commit().await
}

/// What is typed of an asset that is not registered yet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewAssetForm {
    name: String,
    kind: String,
    importance: String,
    identifiers: String,
    condition: String,
}

impl NewAssetForm {
    pub(super) fn page(&self, ui: &Ui, case: CaseId) -> SmallForm {
        let kinds = AssetKind::ALL
            .iter()
            .map(|kind| (kind.to_string(), ui.t(kind_key(*kind))))
            .collect();
        let importances = Importance::ALL
            .iter()
            .rev()
            .map(|one| (one.to_string(), ui.named("importance-", one)))
            .collect();
        let importance = if self.importance.is_empty() {
            "medium"
        } else {
            &self.importance
        };
        SmallForm::new(ui, &format!("/cases/{case}/assets/new"), "affected-new-do")
            .field("name", "asset-name", &self.name, Control::Line { max: 200 })
            .required()
            .field("kind", "asset-kind", &self.kind, Control::Choice(kinds))
            .field(
                "importance",
                "asset-importance",
                importance,
                Control::Choice(importances),
            )
            .field(
                "identifiers",
                "asset-identifiers",
                &self.identifiers,
                Control::Line { max: 2000 },
            )
            .hint("affected-identifiers-hint")
            .field("condition", "asset-condition", &self.condition, conditions(ui))
    }

    fn read(&self) -> Result<AffectedInput, Error> {
        let mut fields = Fields::new();
        let input = AffectedInput {
            asset_id: None,
            name: None,
            new: Some(AssetInput {
                name: self.name.clone(),
                kind: fields
                    .parsed("/kind", &self.kind, "error-choose")
                    .unwrap_or(AssetKind::Other),
                importance: fields
                    .parsed("/importance", &self.importance, "error-choose")
                    .unwrap_or(Importance::Medium),
                owner_id: None,
                unit_id: None,
                identifiers: self.identifiers.split_whitespace().map(str::to_owned).collect(),
                note: String::new(),
            }),
            condition: condition(&mut fields, &self.condition),
            note: String::new(),
        };
        fields.done()?;
        Ok(input)
    }
}

async fn add_new(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<NewAssetForm>,
) -> WebResult<Response> {
    let outcome = match form.read() {
        Ok(input) => note(&app, &caller, id, input).await.map_err(above_new),
        Err(error) => Err(error),
    };
    let Err(error) = outcome else {
        return Ok(ui.done(format!("/cases/{id}#h-assets"), "notice-affected-added"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let page = FormPage {
        title: ui.t("affected-new"),
        above: (format!("/cases/{id}"), format!("{} {}", case.number, case.title)),
        form: form.page(&ui, id).with_errors(errors),
        ui: ui.at(Place::Cases),
    };
    page.ui.refused(&page, page.errors())
}

/// The form has the new asset's fields at its top; all identifiers are one field of it.
fn above_new(error: Error) -> Error {
    let above = |mut field: matoi_core::kernel::FieldError| {
        let pointer = field.pointer.strip_prefix("/new").unwrap_or(&field.pointer);
        field.pointer = if pointer.starts_with("/identifiers/") {
            "/identifiers".to_owned()
        } else {
            pointer.to_owned()
        };
        field
    };
    match error {
        Error::Invalid(fields) => Error::Invalid(fields.into_iter().map(above).collect()),
        Error::Exists(field) => Error::Exists(above(field)),
        other => other,
    }
}

/// How an asset fares, as its form says it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct ConditionForm {
    condition: String,
    note: String,
}

impl ConditionForm {
    fn page(&self, ui: &Ui, one: &AffectedAsset) -> SmallForm {
        let action = format!("/cases/{}/assets/{}", one.case_id, one.asset_id);
        SmallForm::new(ui, &action, "form-save")
            .field("condition", "asset-condition", &self.condition, conditions(ui))
            .field("note", "affected-note", &self.note, Control::Line { max: 1000 })
    }
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, asset)): ApiPath<(CaseId, AssetId)>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let one = affected::get(&mut tx, id, asset).await?;
    let form = ConditionForm {
        condition: one.condition.to_string(),
        note: one.note.clone(),
    };
    let page = condition_page(ui, &one, &form);
    page.ui.page(&page)
}

fn condition_page(ui: Ui, one: &AffectedAsset, form: &ConditionForm) -> FormPage {
    FormPage {
        title: one.name.clone(),
        above: (format!("/cases/{}", one.case_id), one.case_number.clone()),
        form: form.page(&ui, one),
        ui: ui.at(Place::Cases),
    }
}

async fn save(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, asset)): ApiPath<(CaseId, AssetId)>,
    PageForm(form): PageForm<ConditionForm>,
) -> WebResult<Response> {
    let outcome = async {
        let mut fields = Fields::new();
        let condition = condition(&mut fields, &form.condition);
        fields.done()?;
        let update = AffectedUpdate {
            condition,
            note: form.note.clone(),
        };
        let mut tx = app.store.write(&caller).await?;
        affected::update(&mut tx, id, asset, update).await?;
        tx.commit().await
    };
    let Err(error) = outcome.await else {
        return Ok(ui.done(format!("/cases/{id}#h-assets"), "notice-affected-saved"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let one = affected::get(&mut tx, id, asset).await?;
    let mut page = condition_page(ui, &one, &form);
    page.form = page.form.with_errors(errors);
    page.ui.refused(&page, page.errors())
}

async fn remove(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, asset)): ApiPath<(CaseId, AssetId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    affected::remove(&mut tx, id, asset).await?;
    tx.commit().await?;
    Ok(back(&ui, id, "notice-affected-removed"))
}
