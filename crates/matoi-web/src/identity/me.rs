//! Pages of one's own account: profile, password, second factor, sessions, tokens.

use askama::filters::Safe;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_core::identity::model::{Density, Theme};
use matoi_core::identity::tokens;
use matoi_core::identity::{Profile, accounts, roles, sessions, totp};
use matoi_core::{Action, Caller, Error, organisation};
use matoi_types::{Lang, SessionId, TokenId};
use serde::Deserialize;

use super::pages::CodeForm;
use super::sign_on;
use super::views::{MePage, RecoveryCodesPage, SecondFactorSetupPage};
use crate::App;
use crate::accounts::TokenForm;
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Ui, own_path};

/// The routes of one's own account.
pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/me", get(show_me).post(update_me))
        .route("/me/theme", post(set_theme))
        .route("/me/password", post(change_password))
        .route(
            "/me/second-factor",
            get(show_second_factor_setup).post(begin_second_factor),
        )
        .route("/me/second-factor/confirm", post(confirm_second_factor))
        .route("/me/second-factor/remove", post(remove_second_factor))
        .route("/me/recovery-codes", post(renew_recovery_codes))
        .route("/me/sessions/{id}/revoke", post(revoke_session))
        .route("/me/sessions/revoke-others", post(revoke_other_sessions))
        .route("/me/tokens", post(create_token))
        .route("/me/tokens/{id}/revoke", post(revoke_token))
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct ProfileForm {
    pub(super) name: String,
    #[serde(default)]
    pub(super) mail: String,
    pub(super) lang: Lang,
    pub(super) zone: String,
    pub(super) theme: Theme,
    pub(super) density: Density,
    pub(super) version: i64,
}

pub(super) async fn me_page(app: &App, ui: Ui, caller: &Caller) -> WebResult<MePage> {
    let id = caller.require_account()?;
    let mut tx = app.store.read(caller).await?;
    let account = accounts::get(&mut tx, id).await?;
    let form = ProfileForm {
        name: account.name.clone(),
        mail: account.mail.clone(),
        lang: account.lang,
        zone: account.zone.clone(),
        theme: account.theme,
        density: account.density,
        version: account.version,
    };
    Ok(MePage {
        roles: roles::own(&mut tx).await?,
        sessions: sessions::list(&mut tx, id).await?,
        tokens: tokens::list(&mut tx, id).await?,
        scopes: if caller.may(Action::TokenOwn) {
            caller.actions.iter().collect()
        } else {
            Vec::new()
        },
        ui,
        account,
        form,
        errors: FieldErrors::none(),
        password_errors: FieldErrors::none(),
        token_form: TokenForm::default(),
        token_errors: FieldErrors::none(),
        new_secret: None,
        sign_on: sign_on::button(app, "/me"),
        sign_on_errors: FieldErrors::none(),
    })
}

async fn show_me(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let page = me_page(&app, ui, &caller).await?;
    page.ui.clone().page(&page)
}

async fn update_me(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<ProfileForm>,
) -> WebResult<Response> {
    let profile = Profile {
        name: form.name.clone(),
        mail: form.mail.clone(),
        lang: form.lang,
        zone: form.zone.clone(),
        theme: form.theme,
        density: form.density,
    };
    let mut tx = app.store.write(&caller).await?;
    match accounts::update_profile(&mut tx, form.version, profile).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done("/me", "notice-saved"))
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = MePage {
                form,
                errors: errors.clone(),
                ..me_page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

#[derive(Debug, Deserialize)]
struct ThemeForm {
    theme: Theme,
    #[serde(default)]
    next: String,
}

async fn set_theme(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<ThemeForm>,
) -> WebResult<Response> {
    let id = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    let account = accounts::get(&mut tx, id).await?;
    let profile = Profile {
        name: account.name,
        mail: account.mail,
        lang: account.lang,
        zone: account.zone,
        theme: form.theme,
        density: account.density,
    };
    accounts::update_profile(&mut tx, account.version, profile).await?;
    tx.commit().await?;
    Ok(Redirect::to(&ui.to(own_path(&form.next))).into_response())
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ChangePasswordForm {
    old_password: String,
    new_password: String,
}

async fn change_password(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<ChangePasswordForm>,
) -> WebResult<Response> {
    match accounts::change_password(
        &app.store,
        &app.passwords,
        &caller,
        &form.old_password,
        &form.new_password,
    )
    .await
    {
        Ok(()) => Ok(ui.done("/me", "notice-password-changed")),
        Err(error) => {
            let password_errors = FieldErrors::from_error(error, ui.lang)?;
            let page = MePage {
                password_errors: password_errors.clone(),
                ..me_page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &password_errors)
        }
    }
}

async fn second_factor_page(
    app: &App,
    ui: Ui,
    caller: &Caller,
    errors: FieldErrors,
) -> WebResult<Option<SecondFactorSetupPage>> {
    let mut tx = app.store.read(caller).await?;
    let issuer = issuer(&mut tx, ui.lang).await?;
    let Some(enrolment) = totp::pending(&mut tx, &issuer).await? else {
        return Ok(None);
    };
    let qr = qrcode::QrCode::new(enrolment.url.as_bytes())
        .map_err(|error| WebError(Error::Internal(format!("qr code: {error}"))))?
        .render::<qrcode::render::svg::Color<'_>>()
        .min_dimensions(200, 200)
        .build();
    // The XML declaration has no place inside a page.
    let qr = Safe(
        qr.find("<svg")
            .and_then(|at| qr.get(at..))
            .unwrap_or_default()
            .to_owned(),
    );
    Ok(Some(SecondFactorSetupPage {
        ui,
        enrolment,
        qr,
        errors,
    }))
}

async fn issuer(tx: &mut matoi_core::Tx, lang: Lang) -> WebResult<String> {
    let organisation = organisation::service::require(tx).await?;
    Ok(format!("Matoi {}", organisation.name.get(lang)))
}

async fn show_second_factor_setup(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
) -> WebResult<Response> {
    match second_factor_page(&app, ui.clone(), &caller, FieldErrors::none()).await? {
        Some(page) => ui.page(&page),
        None => Ok(Redirect::to(&ui.to("/me")).into_response()),
    }
}

async fn begin_second_factor(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let issuer = issuer(&mut tx, ui.lang).await?;
    totp::begin(&mut tx, &issuer).await?;
    tx.commit().await?;
    Ok(Redirect::to(&ui.to("/me/second-factor")).into_response())
}

async fn confirm_second_factor(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<CodeForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match totp::confirm(&mut tx, &form.code).await {
        Ok(codes) => {
            tx.commit().await?;
            ui.clone().page(&RecoveryCodesPage { ui, codes })
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            match second_factor_page(&app, ui.clone(), &caller, errors.clone()).await? {
                Some(page) => ui.refused(&page, &errors),
                None => Ok(Redirect::to(&ui.to("/me")).into_response()),
            }
        }
    }
}

async fn remove_second_factor(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    totp::remove(&mut tx).await?;
    tx.commit().await?;
    Ok(ui.done("/me", "notice-second-factor-off"))
}

async fn renew_recovery_codes(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let codes = totp::renew_recovery_codes(&mut tx).await?;
    tx.commit().await?;
    ui.clone().page(&RecoveryCodesPage { ui, codes })
}

async fn revoke_session(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<SessionId>,
) -> WebResult<Response> {
    let account = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke(&mut tx, account, id).await?;
    tx.commit().await?;
    Ok(ui.done("/me", "notice-session-ended"))
}

async fn revoke_other_sessions(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
) -> WebResult<Response> {
    let account = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    sessions::revoke_others(&mut tx, account).await?;
    tx.commit().await?;
    Ok(ui.done("/me", "notice-session-ended"))
}

async fn create_token(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<TokenForm>,
) -> WebResult<Response> {
    let account = caller.require_account()?;
    let mut tx = app.store.write(&caller).await?;
    match tokens::create(&mut tx, account, form.input()).await {
        Ok((_, secret)) => {
            tx.commit().await?;
            let page = MePage {
                new_secret: Some(secret),
                ..me_page(&app, ui, &caller).await?
            };
            page.ui.clone().page(&page)
        }
        Err(error) => {
            drop(tx);
            let token_errors = FieldErrors::from_error(error, ui.lang)?;
            let page = MePage {
                token_form: form,
                token_errors: token_errors.clone(),
                ..me_page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &token_errors)
        }
    }
}

async fn revoke_token(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<TokenId>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    tokens::revoke(&mut tx, id).await?;
    tx.commit().await?;
    Ok(ui.done("/me", "notice-token-revoked"))
}
