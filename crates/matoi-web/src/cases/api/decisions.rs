//! Decisions of a case.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::cases::{self, Decision, DecisionInput};
use matoi_types::CaseId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{CreateErrors, List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath};
use crate::http::idempotency::{Create, Made};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list, record))
}

/// Decisions of a case, latest first.
#[utoipa::path(get, path = "/cases/{id}/decisions", tag = "decisions", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Decisions", body = List<Decision>), ReadErrors))]
async fn list(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Decision>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = cases::decisions::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// Record a decision of the caller. It cannot be changed; a later one follows it.
#[utoipa::path(post, path = "/cases/{id}/decisions", tag = "decisions", request_body = DecisionInput,
    params(("id" = CaseId, Path, description = "The case"), ("Idempotency-Key" = Option<String>, Header, description = "Makes a repeated request harmless")),
    responses((status = 201, description = "The decision", body = Decision), CreateErrors))]
async fn record(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    body: Create<DecisionInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseDecide)?;
    body.run(&app, &caller, async |tx, input| {
        let decision = cases::decisions::record(tx, id, input).await?;
        let location = format!("/api/v1/cases/{id}/decisions");
        Ok(Made {
            location,
            version: None,
            body: decision,
            existed: false,
        })
    })
    .await
}
