//! What forms are filled in with: categories with their first-response cards, classes of incidents; and where a trace was seen.

use axum::Json;
use axum::extract::State;
use matoi_core::first_response::{self, Category};
use matoi_core::observables::{self, Elsewhere, Observable};
use matoi_core::taxonomy::{self, ClassGroup};
use matoi_types::ObservableId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{List, ReadErrors};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_first_response))
        .routes(routes!(list_taxonomy))
        .routes(routes!(list_sightings))
}

/// What somebody can report, in the order of the form, with what they are told to do and to leave alone.
#[utoipa::path(get, path = "/first-response", tag = "registers",
    responses((status = 200, description = "Categories", body = List<Category>), ReadErrors))]
async fn list_first_response(_: Api) -> Json<List<Category>> {
    Json(List {
        items: first_response::categories().to_vec(),
        next: None,
    })
}

/// The classes of incidents by group: ENISA's Reference Security Incident Taxonomy, and what organisations report besides.
#[utoipa::path(get, path = "/taxonomy", tag = "registers",
    responses((status = 200, description = "Groups with their classes", body = List<ClassGroup>), ReadErrors))]
async fn list_taxonomy(_: Api) -> Json<List<ClassGroup>> {
    Json(List {
        items: taxonomy::groups().to_vec(),
        next: None,
    })
}

/// A trace and where it was seen.
#[derive(Debug, Serialize, ToSchema)]
struct Sightings {
    /// The trace.
    observable: Observable,
    /// Cases, reports and alerts the caller may read, latest first, at most 200.
    places: Vec<Elsewhere>,
}

/// Where an observable was seen, as far as the caller may know.
#[utoipa::path(get, path = "/observables/{id}/sightings", tag = "observables", params(("id" = ObservableId, Path, description = "The observable")),
    responses((status = 200, description = "Places", body = Sightings), ReadErrors))]
async fn list_sightings(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<ObservableId>,
) -> WebResult<Json<Sightings>> {
    let mut tx = app.store.read(&caller).await?;
    let (observable, places) = observables::service::sightings(&mut tx, id).await?;
    Ok(Json(Sightings { observable, places }))
}
