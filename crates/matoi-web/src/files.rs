//! Files that came with something: what is known of them, and their bytes to be saved. Each reading is noted.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::get;
use matoi_core::Caller;
use matoi_core::files;
use matoi_types::AttachmentId;

use crate::App;
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiPath, SignedIn};

/// The pages of this room.
pub fn pages() -> Router<App> {
    Router::new().route("/attachments/{id}", get(save))
}

/// `GET /attachments/{id}`: the bytes, to be saved.
async fn save(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiPath(id): ApiPath<AttachmentId>,
) -> WebResult<Response> {
    bytes(&app, &caller, id).await
}

/// `/api/v1/attachments`.
pub mod api {
    use super::{Api, ApiPath, App, AttachmentId, Response, State, WebResult, bytes};
    use crate::http::answer::ReadErrors;
    use utoipa_axum::router::OpenApiRouter;
    use utoipa_axum::routes;

    /// The routes of this room below `/api/v1`.
    pub fn routes() -> OpenApiRouter<App> {
        OpenApiRouter::new().routes(routes!(content))
    }

    /// The bytes of an attachment. It may be hostile: save it, never open it on a machine that matters. Reading is noted in the audit log.
    #[utoipa::path(get, path = "/attachments/{id}", tag = "attachments", params(("id" = AttachmentId, Path, description = "The attachment")),
        responses((status = 200, description = "The bytes as they came", content_type = "application/octet-stream", body = Vec<u8>), ReadErrors,
            (status = 409, description = "Its content was deleted by decision", body = crate::http::error::Problem, content_type = "application/problem+json")))]
    async fn content(
        State(app): State<App>,
        Api(caller): Api,
        ApiPath(id): ApiPath<AttachmentId>,
    ) -> WebResult<Response> {
        bytes(&app, &caller, id).await
    }
}

async fn bytes(app: &App, caller: &Caller, id: AttachmentId) -> WebResult<Response> {
    let mut tx = app.store.write(caller).await?;
    let attachment = files::service::open(&mut tx, id).await?;
    tx.commit().await?;
    download::saved_as(app, &attachment.blob, &attachment.name).await
}
