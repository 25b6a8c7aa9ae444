//! `/api/v1/organisation` and `/api/v1/units`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::{Organisation, OrganisationInput, Unit, UnitInput, service};
use matoi_types::UnitId;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{List, versioned};
use crate::http::error::{Problem, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};
use crate::http::idempotency::{Create, Made};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_organisation, update_organisation))
        .routes(routes!(list_units, create_unit))
        .routes(routes!(get_unit, rename_unit))
}

/// The organisation's settings.
#[utoipa::path(get, path = "/organisation", tag = "organisation", responses(
    (status = 200, description = "The settings", body = Organisation, headers(("ETag" = String, description = "The version"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs organisation.read", body = Problem, content_type = "application/problem+json"),
))]
async fn get_organisation(State(app): State<App>, api: Api) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationRead)?;
    let mut tx = app.store.read(&caller).await?;
    let organisation = service::require(&mut tx).await?;
    Ok(versioned(organisation.version, organisation))
}

/// Change the organisation's settings.
#[utoipa::path(put, path = "/organisation", tag = "organisation", request_body = OrganisationInput,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The settings as they are now", body = Organisation, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs organisation.update", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed them first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn update_organisation(
    State(app): State<App>,
    api: Api,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<OrganisationInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let organisation = service::update(&mut tx, version, input).await?;
    tx.commit().await?;
    Ok(versioned(organisation.version, organisation))
}

/// All units of the organisation, in the order they were made.
#[utoipa::path(get, path = "/units", tag = "organisation", responses(
    (status = 200, description = "The units", body = List<Unit>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs organisation.read", body = Problem, content_type = "application/problem+json"),
))]
async fn list_units(State(app): State<App>, api: Api) -> WebResult<Json<List<Unit>>> {
    let caller = api.may(Action::OrganisationRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = service::units(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// Add a unit below another or at the top.
#[utoipa::path(post, path = "/units", tag = "organisation", request_body = UnitInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes nothing new when the request is sent again")),
    responses(
        (status = 201, description = "The unit", body = Unit, headers(("ETag" = String, description = "The version"), ("Location" = String, description = "Where it is"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs organisation.update", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
    ))]
async fn create_unit(State(app): State<App>, api: Api, input: Create<UnitInput>) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    input
        .run(&app, &caller, async |tx, input| {
            let unit = service::create_unit(tx, input).await?;
            Ok(Made {
                location: format!("/api/v1/units/{}", unit.id),
                version: Some(unit.version),
                body: unit,
                existed: false,
            })
        })
        .await
}

/// Read a unit.
#[utoipa::path(get, path = "/units/{id}", tag = "organisation", params(("id" = UnitId, Path, description = "The unit")), responses(
    (status = 200, description = "The unit", body = Unit, headers(("ETag" = String, description = "The version"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs organisation.read", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such unit", body = Problem, content_type = "application/problem+json"),
))]
async fn get_unit(State(app): State<App>, api: Api, ApiPath(id): ApiPath<UnitId>) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationRead)?;
    let mut tx = app.store.read(&caller).await?;
    let unit = service::unit(&mut tx, id).await?;
    Ok(versioned(unit.version, unit))
}

/// What can be changed of a unit: its name. Its place in the tree stays, or permissions would move with it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct UnitName {
    /// Its name, at most 200 characters in each language.
    name: Bilingual,
}

/// Rename a unit.
#[utoipa::path(put, path = "/units/{id}", tag = "organisation", request_body = UnitName,
    params(("id" = UnitId, Path, description = "The unit"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The unit as it is now", body = Unit, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs organisation.update", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such unit", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn rename_unit(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<UnitId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<UnitName>,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let unit = service::rename_unit(&mut tx, id, version, input.name).await?;
    tx.commit().await?;
    Ok(versioned(unit.version, unit))
}
