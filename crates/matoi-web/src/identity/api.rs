//! `/api/v1/me` and one's own sessions and tokens.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::identity::tokens::{self, TokenInput};
use matoi_core::identity::{Account, ApiToken, Profile, Session, accounts, sessions};
use matoi_types::{SessionId, TokenId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{List, created, versioned};
use crate::http::error::{Problem, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(get_me, update_me))
        .routes(routes!(list_sessions))
        .routes(routes!(revoke_session))
        .routes(routes!(list_tokens, create_token))
        .routes(routes!(revoke_token))
}

/// Who the caller is.
#[derive(Debug, Serialize, ToSchema)]
struct Me {
    /// The account.
    account: Account,
    /// What this caller may do: the account's roles, cut to the token's scopes.
    #[schema(value_type = Vec<String>)]
    actions: Vec<Action>,
}

/// Who am I, and what may I do.
#[utoipa::path(get, path = "/me", tag = "me", responses(
    (status = 200, description = "The account of the caller", body = Me, headers(("ETag" = String, description = "The version"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
))]
async fn get_me(State(app): State<App>, Api(caller): Api) -> WebResult<Response> {
    let id = caller.require_account()?;
    let mut tx = app.store.read(&caller).await?;
    let account = accounts::get(&mut tx, id).await?;
    Ok(versioned(
        account.version,
        Me {
            account,
            actions: caller.actions.iter().collect(),
        },
    ))
}

/// Change one's own account.
#[utoipa::path(put, path = "/me", tag = "me", request_body = Profile,
    params(("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The account as it is now", body = Account, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn update_me(
    State(app): State<App>,
    Api(caller): Api,
    IfMatch(version): IfMatch,
    ApiJson(profile): ApiJson<Profile>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let account = accounts::update_profile(&mut tx, version, profile).await?;
    tx.commit().await?;
    Ok(versioned(account.version, account))
}

/// One's own live sessions.
#[utoipa::path(get, path = "/me/sessions", tag = "me", responses(
    (status = 200, description = "Sessions, last used first", body = List<Session>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
))]
async fn list_sessions(State(app): State<App>, Api(caller): Api) -> WebResult<axum::Json<List<Session>>> {
    let id = caller.require_account()?;
    let mut tx = app.store.read(&caller).await?;
    let items = sessions::list(&mut tx, id).await?;
    Ok(axum::Json(List { items, next: None }))
}

/// End one of one's own sessions.
#[utoipa::path(delete, path = "/me/sessions/{id}", tag = "me", params(("id" = SessionId, Path, description = "The session")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = Problem, content_type = "application/problem+json"),
    ))]
async fn revoke_session(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(session): ApiPath<SessionId>,
) -> WebResult<StatusCode> {
    let id = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke(&mut tx, id, session).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// One's own API tokens.
#[utoipa::path(get, path = "/me/tokens", tag = "me", responses(
    (status = 200, description = "Tokens, newest first", body = List<ApiToken>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
))]
async fn list_tokens(State(app): State<App>, Api(caller): Api) -> WebResult<axum::Json<List<ApiToken>>> {
    let id = caller.require_account()?;
    let mut tx = app.store.read(&caller).await?;
    let items = tokens::list(&mut tx, id).await?;
    Ok(axum::Json(List { items, next: None }))
}

/// A new token with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct NewToken {
    /// The token.
    token: ApiToken,
    /// The secret. It is shown this once.
    secret: String,
}

/// Make an API token for one's own account.
#[utoipa::path(post, path = "/me/tokens", tag = "me", request_body = TokenInput, responses(
    (status = 201, description = "The token with its secret", body = NewToken),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.own", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
))]
async fn create_token(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<TokenInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::TokenOwn)?;
    let id = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    let (token, secret) = tokens::create(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(created(
        &format!("{}/api/v1/me/tokens/{}", app.settings.base_path, token.id),
        None,
        NewToken { token, secret },
    ))
}

/// Revoke a token.
#[utoipa::path(delete, path = "/me/tokens/{id}", tag = "me", params(("id" = TokenId, Path, description = "The token")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Somebody else's, without token.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such token", body = Problem, content_type = "application/problem+json"),
    ))]
async fn revoke_token(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(token): ApiPath<TokenId>,
) -> WebResult<StatusCode> {
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke(&mut tx, token).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
