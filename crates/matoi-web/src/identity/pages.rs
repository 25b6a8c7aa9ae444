//! Pages: set-up, log-in, links. One's own account is in [`super::me`].

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::{get, post};
use matoi_core::identity::setup::{self, SetupInput};
use matoi_core::identity::{LinkPurpose, accounts, links, login, sessions};
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::OrganisationInput;
use matoi_core::{Caller, Error};
use matoi_types::{Lang, Tlp};
use serde::Deserialize;

use super::views::{LinkPage, LoginPage, SecondFactorPage, SetupPage};
use super::{me, sign_on};
use crate::App;
use crate::http::cookies;
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{ApiPath, PageForm, Public, SignedIn};
use crate::ui::form::entries;
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
        .merge(me::routes())
        .merge(sign_on::routes())
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
                own_domains: entries(&self.own_domains),
                own_networks: entries(&self.own_networks),
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
        sign_on: sign_on::button(&app, &form.next),
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
        sign_on::passwords_open(&app),
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
                    sign_on: sign_on::button(&app, &form.next),
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
pub(super) struct CodeForm {
    pub(super) code: String,
    pub(super) next: String,
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

pub(super) fn with_session(app: &App, mut response: Response, secret: &str) -> Response {
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
    let holder = accounts::link_holder(&mut tx, id).await?;
    let invitation = link.purpose == LinkPurpose::Invitation;
    Ok(LinkPage {
        ui,
        // A break-glass account needs its password; a reset link is for one.
        sign_on: if invitation && !holder.break_glass {
            sign_on::button_of_invitation(app, &token)
        } else {
            None
        },
        token,
        name: holder.name,
        login: holder.login,
        invitation,
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
