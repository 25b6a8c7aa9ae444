//! `/api/v1/accounts`, and everybody's sessions and API tokens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::identity::tokens::TokenInput;
use matoi_core::identity::{
    Account, AccountFilter, AccountInput, AccountKind, AccountState, ApiToken, Session, accounts, sessions,
    tokens,
};
use matoi_types::{AccountId, SessionId, Timestamp, TokenId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{List, Paging, created, versioned};
use crate::http::error::{Problem, WebResult};
use crate::http::extract::{Api, ApiJson, ApiPath, ApiQuery, IfMatch};

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_accounts, create_account))
        .routes(routes!(get_account, update_account))
        .routes(routes!(disable_account))
        .routes(routes!(enable_account))
        .routes(routes!(reset_account))
        .routes(routes!(invite_account))
        .routes(routes!(list_account_sessions, end_account_sessions))
        .routes(routes!(end_account_session))
        .routes(routes!(list_account_tokens, create_account_token))
        .routes(routes!(revoke_account_token))
        .routes(routes!(list_all_sessions))
        .routes(routes!(end_any_session))
        .routes(routes!(list_all_tokens))
        .routes(routes!(revoke_any_token))
}

/// Which accounts, and which page of them.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(default)]
#[into_params(parameter_in = Query)]
struct AccountQuery {
    /// Only in this state.
    #[param(inline)]
    state: Option<AccountState>,
    /// Only of this kind.
    #[param(inline)]
    kind: Option<AccountKind>,
    /// Only with this role, anywhere.
    role: Option<String>,
    /// Only with this text in login, name or mail address.
    q: Option<String>,
    /// `next` of the page before.
    cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u32>,
}

/// List accounts, the newest first.
#[utoipa::path(get, path = "/accounts", tag = "accounts", params(AccountQuery), responses(
    (status = 200, description = "A page of accounts", body = List<Account>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs account.read", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
))]
async fn list_accounts(
    State(app): State<App>,
    api: Api,
    ApiQuery(query): ApiQuery<AccountQuery>,
) -> WebResult<Json<List<Account>>> {
    let caller = api.may(Action::AccountRead)?;
    let filter = AccountFilter {
        state: query.state,
        kind: query.kind,
        role: query.role,
        text: query.q,
    };
    let page = matoi_core::kernel::PageRequest {
        cursor: query.cursor,
        limit: query.limit,
    };
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(accounts::list(&mut tx, &filter, &page).await?.into()))
}

/// A link that works once, for a person to set a password. It is given this once.
#[derive(Debug, Serialize, ToSchema)]
struct OneTimeLink {
    /// What to open in a browser.
    url: String,
    /// When it stops to work.
    expires_at: Timestamp,
}

fn one_time_link(app: &App, secret: &str, now: Timestamp) -> OneTimeLink {
    OneTimeLink {
        url: format!("{}/link/{secret}", app.settings.public_url),
        expires_at: now.plus_seconds(accounts::LINK_HOURS * 3600),
    }
}

/// A new account.
#[derive(Debug, Serialize, ToSchema)]
struct NewAccount {
    /// The account.
    account: Account,
    /// The invitation of a person; none for a program, which is given tokens instead.
    invitation: Option<OneTimeLink>,
}

/// Make an account: a person gets an invitation link, a program is given tokens.
#[utoipa::path(post, path = "/accounts", tag = "accounts", request_body = AccountInput, responses(
    (status = 201, description = "The account, with the invitation of a person", body = NewAccount, headers(("ETag" = String, description = "The version"), ("Location" = String, description = "Where it is"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
    (status = 409, description = "The login is taken", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
))]
async fn create_account(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<AccountInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let (account, secret) = accounts::create(&mut tx, input).await?;
    tx.commit().await?;
    Ok(created(
        &format!("{}/api/v1/accounts/{}", app.settings.base_path, account.id),
        Some(account.version),
        NewAccount {
            invitation: secret.map(|secret| one_time_link(&app, &secret, caller.now)),
            account,
        },
    ))
}

/// Read an account.
#[utoipa::path(get, path = "/accounts/{id}", tag = "accounts", params(("id" = AccountId, Path, description = "The account")), responses(
    (status = 200, description = "The account", body = Account, headers(("ETag" = String, description = "The version"))),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs account.read", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
async fn get_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountRead)?;
    let mut tx = app.store.read(&caller).await?;
    let account = accounts::get(&mut tx, id).await?;
    Ok(versioned(account.version, account))
}

/// Change an account and its roles.
#[utoipa::path(put, path = "/accounts/{id}", tag = "accounts", request_body = AccountInput,
    params(("id" = AccountId, Path, description = "The account"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The account as it is now", body = Account, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The login is taken, or nobody would be left to manage accounts", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn update_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<AccountInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let account = accounts::update(&mut tx, id, version, input).await?;
    tx.commit().await?;
    Ok(versioned(account.version, account))
}

/// Shut an account: its sessions, tokens and open links end at once.
#[utoipa::path(post, path = "/accounts/{id}/disable", tag = "accounts",
    params(("id" = AccountId, Path, description = "The account"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The account as it is now", body = Account, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is shut already, or nobody would be left to manage accounts", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn disable_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let account = accounts::disable(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(account.version, account))
}

/// Open a shut account again. Its tokens stay dead.
#[utoipa::path(post, path = "/accounts/{id}/enable", tag = "accounts",
    params(("id" = AccountId, Path, description = "The account"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses(
        (status = 200, description = "The account as it is now", body = Account, headers(("ETag" = String, description = "The version"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It is not shut", body = Problem, content_type = "application/problem+json"),
        (status = 412, description = "Somebody else changed it first", body = Problem, content_type = "application/problem+json"),
        (status = 428, description = "If-Match is missing", body = Problem, content_type = "application/problem+json"),
    ))]
async fn enable_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let account = accounts::enable(&mut tx, id, version).await?;
    tx.commit().await?;
    Ok(versioned(account.version, account))
}

/// How a password is reset.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResetInput {
    /// Whether the second factor is taken off, too.
    #[serde(default)]
    second_factor_too: bool,
}

/// Make a password-reset link. The account's sessions end, and its places on need-to-know lists rest until each list's owner confirms them.
#[utoipa::path(post, path = "/accounts/{id}/reset", tag = "accounts", request_body = ResetInput,
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The link", body = OneTimeLink),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "It has no password, or is shut", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
    ))]
async fn reset_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
    ApiJson(input): ApiJson<ResetInput>,
) -> WebResult<Json<OneTimeLink>> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let secret = accounts::reset_password(&mut tx, id, input.second_factor_too).await?;
    tx.commit().await?;
    Ok(Json(one_time_link(&app, &secret, caller.now)))
}

/// Make a new invitation for somebody who has not come yet; the former link ends.
#[utoipa::path(post, path = "/accounts/{id}/invitation", tag = "accounts",
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 200, description = "The link", body = OneTimeLink),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "They have come already", body = Problem, content_type = "application/problem+json"),
    ))]
async fn invite_account(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Json<OneTimeLink>> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let secret = accounts::invite_again(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(one_time_link(&app, &secret, caller.now)))
}

/// Live sessions of an account.
#[utoipa::path(get, path = "/accounts/{id}/sessions", tag = "accounts", params(("id" = AccountId, Path, description = "The account")), responses(
    (status = 200, description = "Sessions, last used first", body = List<Session>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
async fn list_account_sessions(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Json<List<Session>>> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.read(&caller).await?;
    accounts::name_of(&mut tx, id).await?;
    let items = sessions::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// End every session of an account.
#[utoipa::path(delete, path = "/accounts/{id}/sessions", tag = "accounts", params(("id" = AccountId, Path, description = "The account")), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
async fn end_account_sessions(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.write(&caller).await?;
    accounts::name_of(&mut tx, id).await?;
    sessions::revoke_others(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one session of an account.
#[utoipa::path(delete, path = "/accounts/{id}/sessions/{session}", tag = "accounts",
    params(("id" = AccountId, Path, description = "The account"), ("session" = SessionId, Path, description = "The session")),
    responses(
        (status = 204, description = "Ended"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such session", body = Problem, content_type = "application/problem+json"),
    ))]
async fn end_account_session(
    State(app): State<App>,
    api: Api,
    ApiPath((id, session)): ApiPath<(AccountId, SessionId)>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke(&mut tx, id, session).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// API tokens of an account, without their secrets.
#[utoipa::path(get, path = "/accounts/{id}/tokens", tag = "accounts", params(("id" = AccountId, Path, description = "The account")), responses(
    (status = 200, description = "Tokens, newest first", body = List<ApiToken>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
))]
async fn list_account_tokens(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Json<List<ApiToken>>> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.read(&caller).await?;
    accounts::name_of(&mut tx, id).await?;
    let items = tokens::list(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// A new token of a service account with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct NewAccountToken {
    /// The token.
    token: ApiToken,
    /// The secret. It is shown this once.
    secret: String,
}

/// Make an API token for a service account. Nobody makes one for another person.
#[utoipa::path(post, path = "/accounts/{id}/tokens", tag = "accounts", request_body = TokenInput,
    params(("id" = AccountId, Path, description = "The account")),
    responses(
        (status = 201, description = "The token with its secret", body = NewAccountToken, headers(("Location" = String, description = "Where it is"))),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs account.manage, and the account of a program", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such account", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The account is shut", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "A field is not right", body = Problem, content_type = "application/problem+json"),
    ))]
async fn create_account_token(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<AccountId>,
    ApiJson(input): ApiJson<TokenInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::AccountManage)?;
    let mut tx = app.store.write(&caller).await?;
    let (token, secret) = tokens::create(&mut tx, id, input).await?;
    tx.commit().await?;
    let place = format!(
        "{}/api/v1/accounts/{id}/tokens/{}",
        app.settings.base_path, token.id
    );
    Ok(created(&place, None, NewAccountToken { token, secret }))
}

/// Revoke an API token of an account.
#[utoipa::path(delete, path = "/accounts/{id}/tokens/{token}", tag = "accounts",
    params(("id" = AccountId, Path, description = "The account"), ("token" = TokenId, Path, description = "The token")),
    responses(
        (status = 204, description = "Revoked"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such token", body = Problem, content_type = "application/problem+json"),
    ))]
async fn revoke_account_token(
    State(app): State<App>,
    api: Api,
    ApiPath((id, token)): ApiPath<(AccountId, TokenId)>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke_of(&mut tx, id, token).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Live sessions of everybody, the latest begun first.
#[utoipa::path(get, path = "/sessions", tag = "accounts", params(Paging), responses(
    (status = 200, description = "A page of sessions", body = List<Session>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
))]
async fn list_all_sessions(
    State(app): State<App>,
    api: Api,
    ApiQuery(paging): ApiQuery<Paging>,
) -> WebResult<Json<List<Session>>> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(sessions::list_all(&mut tx, &paging.into()).await?.into()))
}

/// End anybody's session.
#[utoipa::path(delete, path = "/sessions/{id}", tag = "accounts", params(("id" = SessionId, Path, description = "The session")), responses(
    (status = 204, description = "Ended"),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such session", body = Problem, content_type = "application/problem+json"),
))]
async fn end_any_session(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<SessionId>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke_any(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// API tokens of everybody that still work, without their secrets, the newest first.
#[utoipa::path(get, path = "/tokens", tag = "accounts", params(Paging), responses(
    (status = 200, description = "A page of tokens", body = List<ApiToken>),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 422, description = "A parameter is not right", body = Problem, content_type = "application/problem+json"),
))]
async fn list_all_tokens(
    State(app): State<App>,
    api: Api,
    ApiQuery(paging): ApiQuery<Paging>,
) -> WebResult<Json<List<ApiToken>>> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(tokens::list_all(&mut tx, &paging.into()).await?.into()))
}

/// Revoke anybody's API token.
#[utoipa::path(delete, path = "/tokens/{id}", tag = "accounts", params(("id" = TokenId, Path, description = "The token")), responses(
    (status = 204, description = "Revoked"),
    (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
    (status = 403, description = "Needs token.manage", body = Problem, content_type = "application/problem+json"),
    (status = 404, description = "No such token", body = Problem, content_type = "application/problem+json"),
))]
async fn revoke_any_token(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<TokenId>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::TokenManage)?;
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
