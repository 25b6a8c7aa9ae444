//! Pages of single sign-on: to the identity provider and back.

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_core::identity::login::PasswordsOpen;
use matoi_core::identity::sessions::{self, RequestFacts};
use matoi_core::identity::sign_on::service::{self, ATTEMPT_SECONDS, Back, Begun, Browser, Outcome, Purpose};
use matoi_core::identity::sign_on::{Refusal, SignOn};
use matoi_core::{Caller, Error};
use matoi_types::AccountId;
use serde::Deserialize;

use super::me::me_page;
use super::pages::with_session;
use super::views::{MePage, SignOnButton, SignOnContinuePage, SignOnRefusedPage};
use crate::App;
use crate::http::cookies;
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{ApiQuery, PageForm, Public, SignedIn};
use crate::ui::{FieldErrors, Ui, own_path, url_encode};

/// The routes of single sign-on. The address of the second one is registered at the provider.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/sign-in/oidc", get(leave))
        .route("/sign-in/oidc/back", get(come_back))
        .route("/me/single-sign-on", post(connect))
}

/// The button of the log-in page, where single sign-on is set up.
pub(super) fn button(app: &App, next: &str) -> Option<SignOnButton> {
    let path = format!("/sign-in/oidc?next={}", url_encode(own_path(next)));
    button_to(app, path)
}

/// The button of an invitation.
pub(super) fn button_of_invitation(app: &App, token: &str) -> Option<SignOnButton> {
    button_to(app, format!("/sign-in/oidc?invitation={}", url_encode(token)))
}

fn button_to(app: &App, path: String) -> Option<SignOnButton> {
    let settings = &app.sign_on.as_ref()?.settings;
    Some(SignOnButton {
        name: settings.name.clone(),
        path,
        only: settings.only,
    })
}

/// Who may sign in with a password.
pub(super) fn passwords_open(app: &App) -> PasswordsOpen {
    match &app.sign_on {
        Some(sign_on) if sign_on.settings.only => PasswordsOpen::BreakGlass,
        _ => PasswordsOpen::Everybody,
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct LeaveQuery {
    next: String,
    invitation: String,
}

async fn leave(
    State(app): State<App>,
    public: Public,
    headers: HeaderMap,
    ApiQuery(query): ApiQuery<LeaveQuery>,
) -> WebResult<Response> {
    let sign_on = set_up(&app)?;
    // An invitation is accepted from its own page, which says whose account it is: nobody else can send a browser through.
    let from_elsewhere = headers
        .get("sec-fetch-site")
        .is_some_and(|site| site != "same-origin");
    if !query.invitation.is_empty() && from_elsewhere {
        let page = format!("/link/{}", url_encode(&query.invitation));
        return Ok(Redirect::to(&public.ui.to(page)).into_response());
    }
    let purpose = if query.invitation.is_empty() {
        Purpose::SignIn
    } else {
        Purpose::Invitation(query.invitation)
    };
    let next = own_path(&query.next);
    match service::begin(&app.store, sign_on, &public.caller, purpose, next).await? {
        Ok(begun) => {
            let response = Redirect::to(&begun.address).into_response();
            Ok(remembering(&app, response, &begun))
        }
        Err(refusal) => refused(&app, public.ui, &public.caller, refusal),
    }
}

async fn come_back(
    State(app): State<App>,
    public: Public,
    headers: HeaderMap,
    ApiQuery(back): ApiQuery<Back>,
) -> WebResult<Response> {
    let sign_on = set_up(&app)?;
    let browser = Browser {
        cookie: cookies::get(&headers, cookies::SIGN_ON),
        signed_in: signed_in(&app, &public.caller, &headers).await?,
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default(),
    };
    let limits = app.settings.session_limits;
    let ui = public.ui;
    let mut response =
        match service::finish(&app.store, sign_on, limits, &public.caller, browser, back).await? {
            Outcome::SignedIn { secret, next } => {
                let response = Redirect::to(&ui.to(own_path(&next))).into_response();
                with_session(&app, response, &secret)
            }
            Outcome::Connected => ui.done("/me", "notice-sign-on-connected"),
            Outcome::Refused(refusal) => refused(&app, ui, &public.caller, refusal)?,
        };
    let forget = cookies::set(&app.settings, cookies::SIGN_ON, "x", Some(0));
    response.headers_mut().append(header::SET_COOKIE, forget);
    Ok(response)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConnectForm {
    password: String,
}

async fn connect(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<ConnectForm>,
) -> WebResult<Response> {
    let sign_on = set_up(&app)?;
    let account =
        match service::require_own_password(&app.store, &app.passwords, &caller, &form.password).await {
            Ok(account) => account,
            Err(error) => {
                let sign_on_errors = FieldErrors::from_error(error, ui.lang)?;
                let page = MePage {
                    sign_on_errors: sign_on_errors.clone(),
                    ..me_page(&app, ui, &caller).await?
                };
                return page.ui.clone().refused(&page, &sign_on_errors);
            }
        };
    match service::begin(&app.store, sign_on, &caller, Purpose::Connect(account), "/me").await? {
        Ok(begun) => {
            // A page of its own: a form's answer may not lead out of the program (`form-action` in the policy).
            let page = SignOnContinuePage {
                ui,
                name: sign_on.settings.name.clone(),
                address: begun.address.clone(),
            };
            let response = page.ui.clone().page(&page)?;
            Ok(remembering(&app, response, &begun))
        }
        Err(refusal) => refused(&app, ui, &caller, refusal),
    }
}

/// Where single sign-on is not set up, its pages do not exist.
fn set_up(app: &App) -> WebResult<&SignOn> {
    app.sign_on.as_ref().ok_or(WebError(Error::NotFound("page")))
}

async fn signed_in(app: &App, caller: &Caller, headers: &HeaderMap) -> WebResult<Option<AccountId>> {
    let Some(cookie) = cookies::get(headers, cookies::SESSION) else {
        return Ok(None);
    };
    let facts = RequestFacts {
        address: caller.address.clone(),
        request_id: caller.request_id.clone(),
    };
    let found = sessions::caller(&app.store, app.settings.session_limits, cookie, facts).await?;
    Ok(found.and_then(|(caller, _)| caller.account()))
}

fn remembering(app: &App, mut response: Response, begun: &Begun) -> Response {
    let cookie = cookies::set(
        &app.settings,
        cookies::SIGN_ON,
        &begun.cookie,
        Some(ATTEMPT_SECONDS),
    );
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

fn refused(app: &App, ui: Ui, caller: &Caller, refusal: Refusal) -> WebResult<Response> {
    let page = SignOnRefusedPage {
        ui,
        refusal,
        url: app.settings.public_url.clone(),
        request_id: caller.request_id.clone(),
    };
    let mut response = page.ui.clone().page(&page)?;
    *response.status_mut() = match refusal {
        Refusal::Lost => StatusCode::BAD_REQUEST,
        Refusal::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::FORBIDDEN,
    };
    if refusal == Refusal::Unreachable {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(5));
    }
    Ok(response)
}
