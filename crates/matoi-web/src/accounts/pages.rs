//! Pages: the list of accounts, making and changing one, shutting it, a new password.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::identity::{Account, AccountKind, accounts, roles, sessions, tokens};
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, Caller, Error, Tx, organisation};
use matoi_types::AccountId;

use super::credentials;
use super::forms::{AccountForm, ListQuery, ResetForm, TokenForm, VersionForm};
use super::views::{Choices, Credentials, LinkPage, ListPage, NewPage, ResetPage, ShowPage};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Pager, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/accounts", get(show_list).post(create))
        .route("/accounts/new", get(show_new))
        .route("/accounts/{id}", get(show).post(update))
        .route("/accounts/{id}/disable", post(disable))
        .route("/accounts/{id}/enable", post(enable))
        .route("/accounts/{id}/reset", get(show_reset).post(reset))
        .route("/accounts/{id}/invite", post(invite))
        .merge(credentials::routes())
}

async fn choices(tx: &mut Tx) -> WebResult<Choices> {
    let units = if tx.caller().may(Action::OrganisationRead) {
        organisation::service::units(tx).await?
    } else {
        Vec::new()
    };
    Ok(Choices {
        roles: roles::list(tx).await?,
        units,
    })
}

async fn show_list(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> WebResult<Response> {
    let page = PageRequest {
        cursor: Some(query.cursor.clone()).filter(|cursor| !cursor.is_empty()),
        limit: None,
    };
    let mut tx = app.store.read(&caller).await?;
    let list = accounts::list(&mut tx, &query.filter(), &page).await?;
    let ui = ui.at(Place::Centre);
    let pager = Pager::new(
        &ui,
        "/accounts",
        &query.pairs(),
        &query.cursor,
        list.next.as_deref(),
    );
    ui.clone().page(&ListPage {
        counts: accounts::counts(&mut tx).await?,
        choices: choices(&mut tx).await?,
        accounts: list.items,
        query,
        pager,
        ui,
    })
}

async fn show_new(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(form): ApiQuery<AccountForm>,
) -> WebResult<Response> {
    caller.require(Action::AccountManage)?;
    let mut tx = app.store.read(&caller).await?;
    let organisation = organisation::service::require(&mut tx).await?;
    let form = AccountForm {
        kind: form.kind().to_string(),
        lang: organisation.lang.to_string(),
        zone: organisation.zone,
        ..form
    };
    let ui = ui.at(Place::Centre);
    ui.clone().page(&NewPage {
        form,
        errors: FieldErrors::none(),
        choices: choices(&mut tx).await?,
        ui,
    })
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<AccountForm>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.write(&caller).await?;
    match accounts::create(&mut tx, form.input()).await {
        Ok((account, Some(secret))) => {
            tx.commit().await?;
            link_page(ui, account, true, &secret)
        }
        Ok((account, None)) => {
            tx.commit().await?;
            Ok(ui.done(
                format!("/accounts/{}#tokens", account.id),
                "notice-account-created",
            ))
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let mut tx = app.store.read(&caller).await?;
            let page = NewPage {
                ui,
                form,
                errors: errors.clone(),
                choices: choices(&mut tx).await?,
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

/// Shown once: the secret of the link is stored nowhere.
fn link_page(ui: Ui, account: Account, is_invitation: bool, secret: &str) -> WebResult<Response> {
    let page = LinkPage {
        url: ui.public_link(format!("/link/{secret}")),
        until: ui.now.plus_seconds(accounts::LINK_HOURS * 3600),
        account,
        is_invitation,
        ui,
    };
    page.ui.clone().page(&page)
}

/// The page of an account as it is now, with nothing refused.
pub(super) async fn page_of(app: &App, ui: Ui, caller: &Caller, id: AccountId) -> WebResult<ShowPage> {
    let mut tx = app.store.read(caller).await?;
    // One's own account has a page of its own; this one is for those who look after accounts.
    caller.require(Action::AccountRead)?;
    let account = accounts::get(&mut tx, id).await?;
    let credentials = if caller.may(Action::TokenManage) {
        Some(Credentials {
            sessions: sessions::list(&mut tx, id).await?,
            tokens: tokens::list(&mut tx, id).await?,
        })
    } else {
        None
    };
    Ok(ShowPage {
        form: AccountForm::of(&account),
        errors: FieldErrors::none(),
        refused: FieldErrors::none(),
        choices: choices(&mut tx).await?,
        credentials,
        token_form: TokenForm::default(),
        token_errors: FieldErrors::none(),
        new_secret: None,
        is_me: caller.account() == Some(id),
        account,
        ui: ui.at(Place::Centre),
    })
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Response> {
    let page = page_of(&app, ui, &caller, id).await?;
    page.ui.clone().page(&page)
}

async fn update(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
    PageForm(form): PageForm<AccountForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match accounts::update(&mut tx, id, form.version, form.input()).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done(format!("/accounts/{id}"), "notice-saved"))
        }
        Err(error) => {
            drop(tx);
            let (errors, current) = FieldErrors::or_stale(error, ui.lang)?;
            let page = ShowPage {
                form: AccountForm {
                    version: current.unwrap_or(form.version),
                    ..form
                },
                errors: errors.clone(),
                ..page_of(&app, ui, &caller, id).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn disable(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match accounts::disable(&mut tx, id, form.version).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done(format!("/accounts/{id}"), "notice-account-disabled"))
        }
        Err(error) => {
            drop(tx);
            refused(&app, ui, &caller, id, error).await
        }
    }
}

async fn enable(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match accounts::enable(&mut tx, id, form.version).await {
        Ok(_) => {
            tx.commit().await?;
            Ok(ui.done(format!("/accounts/{id}"), "notice-account-enabled"))
        }
        Err(error) => {
            drop(tx);
            refused(&app, ui, &caller, id, error).await
        }
    }
}

async fn invite(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.write(&caller).await?;
    match accounts::invite_again(&mut tx, id).await {
        Ok(secret) => {
            let account = accounts::get(&mut tx, id).await?;
            tx.commit().await?;
            link_page(ui, account, true, &secret)
        }
        Err(error) => {
            drop(tx);
            refused(&app, ui, &caller, id, error).await
        }
    }
}

async fn show_reset(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
) -> WebResult<Response> {
    caller.require(Action::AccountManage)?;
    let mut tx = app.store.read(&caller).await?;
    let account = accounts::get(&mut tx, id).await?;
    if account.kind == AccountKind::Service {
        return Err(Error::rule("error-service-account-password").into());
    }
    let ui = ui.at(Place::Centre);
    ui.clone().page(&ResetPage {
        ui,
        account,
        errors: FieldErrors::none(),
    })
}

async fn reset(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<AccountId>,
    PageForm(form): PageForm<ResetForm>,
) -> WebResult<Response> {
    let ui = ui.at(Place::Centre);
    let mut tx = app.store.write(&caller).await?;
    match accounts::reset_password(&mut tx, id, form.second_factor_too.is_some()).await {
        Ok(secret) => {
            let account = accounts::get(&mut tx, id).await?;
            tx.commit().await?;
            link_page(ui, account, false, &secret)
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let mut tx = app.store.read(&caller).await?;
            let account = accounts::get(&mut tx, id).await?;
            let page = ResetPage {
                ui,
                account,
                errors: errors.clone(),
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

/// The page again with what was refused at its head.
pub(super) async fn refused(
    app: &App,
    ui: Ui,
    caller: &Caller,
    id: AccountId,
    error: Error,
) -> WebResult<Response> {
    let (errors, _) = FieldErrors::or_stale(error, ui.lang)?;
    let page = ShowPage {
        refused: errors.clone(),
        ..page_of(app, ui, caller, id).await?
    };
    page.ui.clone().refused(&page, &errors)
}
