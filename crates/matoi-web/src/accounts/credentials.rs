//! Pages: sessions and API tokens of others, for those who manage them.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::identity::{accounts, sessions, tokens};
use matoi_core::kernel::PageRequest;
use matoi_types::{AccountId, SessionId, TokenId};
use serde::Deserialize;

use super::forms::TokenForm;
use super::pages::page_of;
use super::views::{SessionsPage, ShowPage, TokensPage};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Pager, Place};

/// The routes of this part.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/accounts/{id}/tokens", post(create_token))
        .route("/accounts/{id}/tokens/{token}/revoke", post(revoke_token_of))
        .route(
            "/accounts/{id}/sessions/{session}/revoke",
            post(revoke_session_of),
        )
        .route("/accounts/{id}/sessions/revoke-all", post(revoke_sessions_of))
        .route("/tokens", get(show_tokens))
        .route("/tokens/{id}/revoke", post(revoke_token))
        .route("/sessions", get(show_sessions))
        .route("/sessions/{id}/revoke", post(revoke_session))
}

async fn create_token(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
    PageForm(form): PageForm<TokenForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match tokens::create(&mut tx, id, form.input()).await {
        Ok((_, secret)) => {
            tx.commit().await?;
            let page = ShowPage {
                new_secret: Some(secret),
                ..page_of(&app, ui, &caller, id).await?
            };
            page.ui.clone().page(&page)
        }
        Err(error) => {
            drop(tx);
            let token_errors = FieldErrors::from_error(error, ui.lang)?;
            let page = ShowPage {
                token_form: form,
                token_errors: token_errors.clone(),
                ..page_of(&app, ui, &caller, id).await?
            };
            page.ui.clone().refused(&page, &token_errors)
        }
    }
}

async fn revoke_token_of(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, token)): ApiPath<(AccountId, TokenId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke_of(&mut tx, id, token).await?;
    tx.commit().await?;
    Ok(ui.done(format!("/accounts/{id}#tokens"), "notice-token-revoked"))
}

async fn revoke_session_of(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, session)): ApiPath<(AccountId, SessionId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke(&mut tx, id, session).await?;
    tx.commit().await?;
    Ok(ui.done(format!("/accounts/{id}#sessions"), "notice-session-ended"))
}

async fn revoke_sessions_of(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke_others(&mut tx, id).await?;
    tx.commit().await?;
    Ok(ui.done(format!("/accounts/{id}#sessions"), "notice-session-ended"))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CursorQuery {
    cursor: String,
}

impl CursorQuery {
    fn page(&self) -> PageRequest {
        PageRequest {
            cursor: Some(self.cursor.clone()).filter(|cursor| !cursor.is_empty()),
            limit: None,
        }
    }
}

async fn show_tokens(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<CursorQuery>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let page = tokens::list_all(&mut tx, &query.page()).await?;
    let names = accounts::names_of(&mut tx, page.items.iter().map(|token| token.account_id)).await?;
    let ui = ui.at(Place::Centre);
    let pager = Pager::new(&ui, "/tokens", &[], &query.cursor, page.next.as_deref());
    ui.clone().page(&TokensPage {
        tokens: page.items,
        names,
        pager,
        ui,
    })
}

async fn revoke_token(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TokenId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke(&mut tx, id).await?;
    tx.commit().await?;
    Ok(ui.done("/tokens", "notice-token-revoked"))
}

async fn show_sessions(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<CursorQuery>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let page = sessions::list_all(&mut tx, &query.page()).await?;
    let names = accounts::names_of(&mut tx, page.items.iter().map(|session| session.account_id)).await?;
    let ui = ui.at(Place::Centre);
    let pager = Pager::new(&ui, "/sessions", &[], &query.cursor, page.next.as_deref());
    ui.clone().page(&SessionsPage {
        sessions: page.items,
        names,
        pager,
        ui,
    })
}

async fn revoke_session(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<SessionId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke_any(&mut tx, id).await?;
    tx.commit().await?;
    Ok(ui.done("/sessions", "notice-session-ended"))
}
