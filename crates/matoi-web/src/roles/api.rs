//! `/api/v1/roles`.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::identity::{Role, RoleInput, roles};
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
        .routes(routes!(list_roles, create_role))
        .routes(routes!(get_role, update_role))
}

/// All roles with what they permit, shipped ones first.
#[utoipa::path(get, path = "/roles", tag = "roles", responses(
    (status = 200, description = "The roles", body = List<Role>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs account.read", body = Problem, content_type = "application/problem+json"),
))]
async fn list_roles(State(app): State<App>, api: Api) -> WebResult<Json<List<Role>>> {
    let caller = api.may(Action::AccountRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = roles::list(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// Make a role of the organisation's own.
#[utoipa::path(post, path = "/roles", tag = "roles", request_body = RoleInput,
    params(("Idempotency-Key" = Option<String>, Header, description = "Makes nothing new when the request is sent again")),
    responses(
        (status = 201, description = "The role", body = Role, headers(("ETag" = String, description = "The version"), ("Location" = String, description = "Where it is"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs role.manage", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "There is a role with this identifier", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
    ))]
async fn create_role(State(app): State<App>, api: Api, input: Create<RoleInput>) -> WebResult<Response> {
    let caller = api.may(Action::RoleManage)?;
    input
        .run(&app, &caller, async |tx, input| {
            let role = roles::create(tx, input).await?;
            Ok(Made {
                location: format!("/api/v1/roles/{}", role.id),
                version: Some(role.version),
                body: role,
                existed: false,
            })
        })
        .await
}

/// Read a role.
#[utoipa::path(get, path = "/roles/{id}", tag = "roles", params(("id" = String, Path, description = "The role's identifier")), responses(
    (status = 200, description = "The role", body = Role, headers(("ETag" = String, description = "The version"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs account.read", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
))]
async fn get_role(State(app): State<App>, api: Api, ApiPath(id): ApiPath<String>) -> WebResult<Response> {
    let caller = api.may(Action::AccountRead)?;
    let mut tx = app.store.read(&caller).await?;
    let role = roles::get(&mut tx, &id).await?;
    Ok(versioned(role.version, role))
}

/// Change a role. A shipped one is then left alone by upgrades.
#[utoipa::path(put, path = "/roles/{id}", tag = "roles", request_body = RoleInput,
    params(("id" = String, Path, description = "The role's identifier"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The role as it is now", body = Role, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs role.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such role", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "Nobody would be left to manage accounts", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn update_role(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<String>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<RoleInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::RoleManage)?;
    let mut tx = app.store.write(&caller).await?;
    let role = roles::update(&mut tx, &id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(role.version, role))
}
