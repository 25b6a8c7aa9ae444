//! Pages: set-up, log-in, links, one's own account.

use askama::filters::Safe;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_core::identity::model::{Density, Theme};
use matoi_core::identity::setup::{self, SetupInput};
use matoi_core::identity::tokens::{self, TokenInput};
use matoi_core::identity::{LinkPurpose, Profile, accounts, links, login, sessions, totp};
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::{self, OrganisationInput};
use matoi_core::{Action, Caller, Error};
use matoi_types::{Lang, SessionId, Tlp, TokenId};
use serde::Deserialize;

use super::views::{
    LinkPage, LoginPage, MePage, RecoveryCodesPage, SecondFactorPage, SecondFactorSetupPage, SetupPage,
};
use crate::App;
use crate::http::cookies;
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{ApiPath, PageForm, Public, SignedIn};
use crate::ui::{FieldErrors, Ui, own_path, url_encode};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/setup/{token}", get(show_setup).post(do_setup))
        .route("/login", get(show_login).post(do_login))
        .route(
            "/login/second-factor",
            get(show_second_factor).post(do_second_factor),
        )
        .route("/logout", post(log_out))
        .route("/link/{token}", get(show_link).post(use_link))
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

// Set-up

#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(super) struct SetupForm {
    pub(super) name_ja: String,
    pub(super) name_en: String,
    pub(super) constituency_ja: String,
    pub(super) constituency_en: String,
    pub(super) lang: Lang,
    pub(super) zone: String,
    pub(super) desk_phone: String,
    pub(super) desk_mail: String,
    pub(super) own_domains: String,
    pub(super) own_networks: String,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) mail: String,
    pub(super) password: String,
}

impl Default for SetupForm {
    fn default() -> Self {
        let text = String::new;
        Self {
            name_ja: text(),
            name_en: text(),
            constituency_ja: text(),
            constituency_en: text(),
            lang: Lang::Ja,
            zone: "Asia/Tokyo".to_owned(),
            desk_phone: text(),
            desk_mail: text(),
            own_domains: text(),
            own_networks: text(),
            login: text(),
            name: text(),
            mail: text(),
            password: text(),
        }
    }
}

impl SetupForm {
    fn input(&self) -> SetupInput {
        SetupInput {
            organisation: OrganisationInput {
                name: Bilingual {
                    ja: self.name_ja.clone(),
                    en: self.name_en.clone(),
                },
                constituency: Bilingual {
                    ja: self.constituency_ja.clone(),
                    en: self.constituency_en.clone(),
                },
                lang: self.lang,
                zone: self.zone.clone(),
                desk_phone: self.desk_phone.clone(),
                desk_mail: self.desk_mail.clone(),
                own_domains: lines(&self.own_domains),
                own_networks: lines(&self.own_networks),
                default_tlp: Tlp::Amber,
                fiscal_year_start: 4,
            },
            login: self.login.clone(),
            name: self.name.clone(),
            mail: self.mail.clone(),
            password: self.password.clone(),
        }
    }
}

/// One entry a line, or separated by commas and blanks.
fn lines(text: &str) -> Vec<String> {
    text.split(['\n', ',', ' ', '\u{3000}'])
        .map(str::trim)
        .filter(|entry| !entry.is_empty())
        .map(ToOwned::to_owned)
        .collect()
}

async fn open_setup_link(app: &App, caller: &Caller, token: &str) -> WebResult<()> {
    let mut tx = app.store.read(caller).await?;
    match links::open(&mut tx, token).await? {
        Some(link) if link.purpose == LinkPurpose::Setup => Ok(()),
        _ => Err(Error::Rule(setup::dead_link()).into()),
    }
}

async fn show_setup(
    State(app): State<App>,
    public: Public,
    ApiPath(token): ApiPath<String>,
) -> WebResult<Response> {
    open_setup_link(&app, &public.caller, &token).await?;
    let ui = public.ui;
    let form = SetupForm {
        lang: ui.lang,
        ..SetupForm::default()
    };
    ui.clone().page(&SetupPage {
        ui,
        token,
        form,
        errors: FieldErrors::none(),
    })
}

async fn do_setup(
    State(app): State<App>,
    public: Public,
    ApiPath(token): ApiPath<String>,
    PageForm(form): PageForm<SetupForm>,
) -> WebResult<Response> {
    let ui = public.ui;
    match setup::complete(&app.store, &app.passwords, &token, form.input()).await {
        Ok(()) => Ok(ui.done("/login", "notice-set-up")),
        Err(Error::NotFound("link")) => Err(Error::Rule(setup::dead_link()).into()),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let form = SetupForm {
                password: String::new(),
                ..form
            };
            ui.clone().refused(
                &SetupPage {
                    ui,
                    token,
                    form,
                    errors: errors.clone(),
                },
                &errors,
            )
        }
    }
}

// Log-in

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct LoginForm {
    pub(super) login: String,
    pub(super) password: String,
    pub(super) next: String,
}

async fn show_login(
    State(app): State<App>,
    public: Public,
    Query(form): Query<LoginForm>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&public.caller).await?;
    let set_up = setup::is_done(&mut tx).await?;
    drop(tx);
    if !set_up {
        return Err(Error::rule("error-not-set-up").into());
    }
    let ui = public.ui;
    let form = LoginForm {
        next: own_path(&form.next).to_owned(),
        ..LoginForm::default()
    };
    ui.clone().page(&LoginPage {
        ui,
        form,
        errors: FieldErrors::none(),
    })
}

async fn do_login(
    State(app): State<App>,
    public: Public,
    headers: HeaderMap,
    PageForm(form): PageForm<LoginForm>,
) -> WebResult<Response> {
    let ui = public.ui;
    let agent = headers
        .get(header::USER_AGENT)
        .and_then(|v| v.to_str().ok())
        .unwrap_or_default();
    let limits = app.settings.session_limits;
    let next = own_path(&form.next).to_owned();
    match login::with_password(
        &app.store,
        &app.passwords,
        limits,
        &public.caller,
        &form.login,
        &form.password,
        agent,
    )
    .await
    {
        Ok(logged_in) => {
            let target = if logged_in.needs_second_factor {
                format!("/login/second-factor?next={}", url_encode(&next))
            } else {
                next
            };
            Ok(with_session(
                &app,
                Redirect::to(&ui.to(target)).into_response(),
                &logged_in.secret,
            ))
        }
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let form = LoginForm {
                password: String::new(),
                next,
                ..form
            };
            ui.clone().refused(
                &LoginPage {
                    ui,
                    form,
                    errors: errors.clone(),
                },
                &errors,
            )
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CodeForm {
    code: String,
    next: String,
}

async fn show_second_factor(
    State(app): State<App>,
    public: Public,
    headers: HeaderMap,
    Query(form): Query<CodeForm>,
) -> WebResult<Response> {
    let ui = public.ui;
    let waiting = match cookies::get(&headers, cookies::SESSION) {
        Some(cookie) => sessions::is_waiting(&app.store, cookie).await?,
        None => false,
    };
    if !waiting {
        return Ok(Redirect::to(&ui.to("/login")).into_response());
    }
    let next = own_path(&form.next).to_owned();
    ui.clone().page(&SecondFactorPage {
        ui,
        next,
        errors: FieldErrors::none(),
    })
}

async fn do_second_factor(
    State(app): State<App>,
    public: Public,
    headers: HeaderMap,
    PageForm(form): PageForm<CodeForm>,
) -> WebResult<Response> {
    let ui = public.ui;
    let Some(cookie) = cookies::get(&headers, cookies::SESSION) else {
        return Ok(Redirect::to(&ui.to("/login")).into_response());
    };
    let next = own_path(&form.next).to_owned();
    match login::give_second_factor(&app.store, &public.caller, cookie, &form.code).await {
        Ok(()) => Ok(Redirect::to(&ui.to(next)).into_response()),
        Err(Error::Unauthenticated) => Ok(Redirect::to(&ui.to("/login")).into_response()),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            ui.clone().refused(
                &SecondFactorPage {
                    ui,
                    next,
                    errors: errors.clone(),
                },
                &errors,
            )
        }
    }
}

async fn log_out(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    sessions::log_out(&mut tx).await?;
    tx.commit().await?;
    let mut response = ui.done("/login", "notice-logged-out");
    let cookie = cookies::set(&app.settings, cookies::SESSION, "x", Some(0));
    response.headers_mut().append(header::SET_COOKIE, cookie);
    // Nothing of the session stays in the browser's back-forward cache or storage.
    response.headers_mut().insert(
        "clear-site-data",
        HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}

fn with_session(app: &App, mut response: Response, secret: &str) -> Response {
    let cookie = cookies::set(
        &app.settings,
        cookies::SESSION,
        secret,
        Some(app.settings.session_limits.absolute),
    );
    response.headers_mut().append(header::SET_COOKIE, cookie);
    response
}

// Invitation and password reset

async fn link_page(
    app: &App,
    ui: Ui,
    caller: &Caller,
    token: String,
    errors: FieldErrors,
) -> WebResult<LinkPage> {
    let mut tx = app.store.read(caller).await?;
    let dead = || WebError(Error::Rule(setup::dead_link()));
    let link = links::open(&mut tx, &token).await?.ok_or_else(dead)?;
    let (Some(id), true) = (link.account, link.purpose != LinkPurpose::Setup) else {
        return Err(dead());
    };
    let (name, login) = accounts::names_for_link(&mut tx, id).await?;
    Ok(LinkPage {
        ui,
        token,
        name,
        login,
        invitation: link.purpose == LinkPurpose::Invitation,
        errors,
    })
}

async fn show_link(
    State(app): State<App>,
    public: Public,
    ApiPath(token): ApiPath<String>,
) -> WebResult<Response> {
    let page = link_page(&app, public.ui, &public.caller, token, FieldErrors::none()).await?;
    page.ui.clone().page(&page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct PasswordForm {
    password: String,
}

async fn use_link(
    State(app): State<App>,
    public: Public,
    ApiPath(token): ApiPath<String>,
    PageForm(form): PageForm<PasswordForm>,
) -> WebResult<Response> {
    let ui = public.ui;
    match accounts::accept_link(&app.store, &app.passwords, &token, &form.password).await {
        Ok(_) => Ok(ui.done("/login", "notice-password-set")),
        Err(Error::NotFound("link")) => Err(Error::Rule(setup::dead_link()).into()),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = link_page(&app, ui, &public.caller, token, errors.clone()).await?;
            page.ui.clone().refused(&page, &errors)
        }
    }
}

// One's own account

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

async fn me_page(app: &App, ui: Ui, caller: &Caller) -> WebResult<MePage> {
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
        token_errors: FieldErrors::none(),
        new_secret: None,
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

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct TokenForm {
    token_name: String,
    scopes: Vec<String>,
    days: i64,
}

async fn create_token(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<TokenForm>,
) -> WebResult<Response> {
    let account = caller.require_account()?;
    let input = TokenInput {
        name: form.token_name,
        scopes: form
            .scopes
            .iter()
            .filter_map(|scope| scope.parse().ok())
            .collect(),
        days: form.days,
    };
    let mut tx = app.store.write(&caller).await?;
    match tokens::create(&mut tx, account, input).await {
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
