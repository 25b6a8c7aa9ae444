//! The page of the doors: webhooks with their secrets, what existing tools enter, and a mail taken in by hand.

use axum::Router;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest as _, Request, State};
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::intake::webhooks::{self, Webhook, WebhookInput, WebhookUpdate};
use matoi_core::{Action, Caller, Error, Message};
use serde::Deserialize;

use super::api::hand_in_mail;
use super::views::{DoorsPage, ShownSecret};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::ui::{FieldErrors, Ui};

const HERE: &str = "/intake";

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/intake", get(show))
        .route("/intake/webhooks", post(create))
        .route("/intake/webhooks/{name}/rotate", post(rotate))
        .route("/intake/webhooks/{name}/switch", post(switch))
        .route("/intake/webhooks/{name}/delete", post(delete))
        .route("/intake/mail", post(take_mail))
}

async fn page(app: &App, ui: Ui, caller: &Caller) -> WebResult<DoorsPage> {
    let manages = caller.may(Action::OrganisationUpdate);
    // Whoever works at the desk takes in a mail that reached a person.
    let takes_mail = caller.may(Action::ReportUpdate) && caller.may(Action::ReportCreate);
    if !manages && !takes_mail {
        caller.require(Action::OrganisationUpdate)?;
    }
    let mut tx = app.store.read(caller).await?;
    Ok(DoorsPage {
        manages,
        takes_mail,
        webhooks: if manages {
            webhooks::list(&mut tx).await?
        } else {
            Vec::new()
        },
        mappings: if manages {
            webhooks::mappings(&mut tx).await?
        } else {
            Vec::new()
        },
        typed_name: String::new(),
        mapping: String::new(),
        errors: FieldErrors::none(),
        mail_errors: FieldErrors::none(),
        max_mail: i64::try_from(app.settings.max_mail).unwrap_or(i64::MAX),
        new_secret: None,
        ui,
    })
}

async fn show(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let page = page(&app, ui, &caller).await?;
    page.ui.clone().page(&page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewForm {
    name: String,
    mapping: String,
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<NewForm>,
) -> WebResult<Response> {
    let input = WebhookInput {
        name: form.name.trim().to_owned(),
        mapping: form.mapping.clone(),
    };
    let mut tx = app.store.write(&caller).await?;
    match webhooks::create(&mut tx, input).await {
        Ok((webhook, secret)) => {
            tx.commit().await?;
            show_secret(&app, ui, &caller, webhook, secret).await
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = DoorsPage {
                typed_name: form.name,
                mapping: form.mapping,
                errors: errors.clone(),
                ..page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn show_secret(
    app: &App,
    ui: Ui,
    caller: &Caller,
    webhook: Webhook,
    secret: String,
) -> WebResult<Response> {
    let page = DoorsPage {
        new_secret: Some(ShownSecret {
            name: webhook.name,
            secret,
            signed: webhook.signed,
        }),
        ..page(app, ui, caller).await?
    };
    page.ui.clone().page(&page)
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct VersionForm {
    version: i64,
    enabled: bool,
}

async fn rotate(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(name): ApiPath<String>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let (webhook, secret) = webhooks::rotate(&mut tx, &name, form.version).await?;
    tx.commit().await?;
    show_secret(&app, ui, &caller, webhook, secret).await
}

async fn switch(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(name): ApiPath<String>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let update = WebhookUpdate {
        mapping: None,
        enabled: Some(form.enabled),
    };
    let mut tx = app.store.write(&caller).await?;
    webhooks::update(&mut tx, &name, form.version, update).await?;
    tx.commit().await?;
    let notice = if form.enabled {
        "notice-webhook-on"
    } else {
        "notice-webhook-off"
    };
    Ok(ui.done(HERE, notice))
}

async fn delete(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(name): ApiPath<String>,
    PageForm(form): PageForm<VersionForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    webhooks::delete(&mut tx, &name, form.version).await?;
    tx.commit().await?;
    Ok(ui.done(HERE, "notice-webhook-deleted"))
}

async fn take_mail(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    request: Request,
) -> WebResult<Response> {
    caller.require(Action::ReportUpdate)?;
    let outcome = match read_mail(&app, request).await {
        Ok(raw) => hand_in_mail(&app, &caller, raw).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(taken) => {
            let notice = if taken.existed {
                "notice-mail-existed"
            } else {
                "notice-mail-taken"
            };
            Ok(ui.done(format!("/reports/{}", taken.item.id), notice))
        }
        Err(error @ Error::Invalid(_)) => {
            let mail_errors = FieldErrors::from_error(error, ui.lang)?;
            let page = DoorsPage {
                mail_errors: mail_errors.clone(),
                ..page(&app, ui, &caller).await?
            };
            page.ui.clone().refused(&page, &mail_errors)
        }
        Err(error) => Err(error.into()),
    }
}

/// The one file of the form, within the size of a mail.
async fn read_mail(app: &App, request: Request) -> Result<Vec<u8>, Error> {
    let limit = app.settings.max_mail;
    let broken = || Error::field("/mail", Message::new("error-mail-choose"));
    let mut multipart = Multipart::from_request(request, app)
        .await
        .map_err(|_| broken())?;
    let mut raw = Vec::new();
    while let Some(mut field) = multipart
        .next_field()
        .await
        .map_err(|error| too_large_or(&error, limit, broken()))?
    {
        if field.name() != Some("mail") {
            continue;
        }
        while let Some(piece) = field
            .chunk()
            .await
            .map_err(|error| too_large_or(&error, limit, broken()))?
        {
            if (raw.len() + piece.len()) as u64 > limit {
                return Err(Error::TooLarge { limit });
            }
            raw.extend_from_slice(&piece);
        }
        break;
    }
    if raw.is_empty() { Err(broken()) } else { Ok(raw) }
}

fn too_large_or(error: &axum::extract::multipart::MultipartError, limit: u64, other: Error) -> Error {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Error::TooLarge { limit }
    } else {
        other
    }
}
