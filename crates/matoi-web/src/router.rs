//! Every route, put together from the rooms.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate as _, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::App;
use crate::http::{assets, error, info, protect};
use crate::{
    accounts, audit, cases, centre, compat, desk, documents, files, identity, intake, jobs, live, metrics,
    organisation, roles, rulebook, search, ui,
};

/// The description of the API. Paths and schemas come from the routes themselves.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Matoi",
        description = "What a page of Matoi does, this API does, with the same permissions; only one's own password and second factor are set on pages alone. See `docs/api.md` for paging, filters, versions, idempotency and errors.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
        version = "1"
    ),
    components(schemas(error::Problem, error::ProblemField)),
    modifiers(&Security)
)]
struct ApiDoc;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, document: &mut utoipa::openapi::OpenApi) {
        use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "An API token, made under your account or for a service account.",
            ))
            .build();
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("token", SecurityScheme::Http(scheme));
        document.security = Some(vec![SecurityRequirement::new("token", Vec::<String>::new())]);
    }
}

fn api() -> OpenApiRouter<App> {
    let rooms = identity::api::routes()
        .merge(accounts::api::routes())
        .merge(roles::api::routes())
        .merge(organisation::api::routes())
        .merge(audit::api::routes())
        .merge(jobs::api::routes())
        .merge(rulebook::api::routes())
        .merge(cases::api::routes())
        .merge(crate::assets::api::routes())
        .merge(metrics::api::routes())
        .merge(desk::api::routes())
        .merge(documents::api::routes())
        .merge(files::api::routes())
        .merge(intake::api::routes())
        .merge(search::api::routes());
    OpenApiRouter::with_openapi(ApiDoc::openapi()).nest("/api/v1", rooms)
}

/// Examples of what may be sent, by the name of its schema.
const EXAMPLES: &str = include_str!("http/examples.json");

/// The OpenAPI document.
#[must_use]
pub fn openapi() -> utoipa::openapi::OpenApi {
    let mut document = api().into_openapi();
    add_examples(&mut document, &serde_json::from_str(EXAMPLES).unwrap_or_default());
    document
}

fn add_examples(
    document: &mut utoipa::openapi::OpenApi,
    examples: &serde_json::Map<String, serde_json::Value>,
) {
    use utoipa::openapi::RefOr;
    let operations = document.paths.paths.values_mut().flat_map(|path| {
        let path: &mut utoipa::openapi::PathItem = path;
        [&mut path.post, &mut path.put, &mut path.patch]
    });
    for operation in operations.flatten() {
        let Some(RefOr::T(body)) = &mut operation.request_body else {
            continue;
        };
        for content in body.content.values_mut() {
            if let RefOr::T(content) = content
                && let Some(RefOr::Ref(reference)) = &content.schema
            {
                let name = reference.ref_location.rsplit('/').next().unwrap_or_default();
                content.example = examples.get(name).cloned();
            }
        }
    }
}

/// Nothing is at this path: said in the words of whoever might have asked.
async fn nothing_there(uri: Uri) -> Response {
    compat::thehive::unknown_path(uri.path()).unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

/// The whole application.
pub fn router(app: App) -> Router {
    let (api, _) = api().split_for_parts();
    let pages = Router::new()
        .merge(identity::pages::routes())
        .merge(cases::pages::routes())
        .merge(crate::assets::pages::routes())
        .merge(metrics::pages::routes())
        .merge(intake::pages::routes())
        .merge(desk::pages::routes())
        .merge(documents::pages::routes())
        .merge(files::pages())
        .merge(search::pages::routes())
        .route("/events", get(live::stream))
        .route("/cases/{id}/presence", post(live::presence))
        .merge(accounts::pages::routes())
        .merge(roles::pages::routes())
        .merge(organisation::pages::routes())
        .merge(centre::pages::routes())
        .merge(audit::pages::routes())
        .merge(jobs::pages::routes())
        .merge(rulebook::pages::routes())
        .route("/language", post(ui::taste::set_language))
        .route("/static/{*name}", get(assets::get));
    let doors = Router::new()
        .merge(compat::thehive::routes())
        .merge(compat::iris::routes());
    let all = pages.merge(api).merge(doors).fallback(nothing_there);
    let compress = SizeAbove::new(512)
        .and(NotForContentType::new("font/"))
        .and(NotForContentType::new("text/event-stream"));
    let layered = all
        .layer(from_fn_with_state(app.clone(), protect::same_site_writes))
        .layer(DefaultBodyLimit::max(app.settings.max_upload))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }))
        .layer(from_fn_with_state(app.clone(), error::render))
        .layer(from_fn_with_state(app.clone(), protect::headers))
        .layer(CompressionLayer::new().compress_when(compress))
        .layer(from_fn_with_state(app.clone(), info::attach));
    let base = app.settings.base_path.clone();
    let routed = layered.with_state(app);
    if base.is_empty() {
        routed
    } else {
        Router::new().nest(&base, routed)
    }
}
