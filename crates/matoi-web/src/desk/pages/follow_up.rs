//! The follow-up of a report for whoever holds its code. Reading changes nothing: programs that look at links must not act.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use matoi_core::desk::messages::{self, FollowUp, Reporter};
use matoi_core::desk::reports::normal_follow_up;
use matoi_core::files::NewFile;
use matoi_core::{Caller, Error, Message};
use serde::Deserialize;

use super::{at_files, max_file, unlisted};
use crate::App;
use crate::desk::views::{FollowUpBody, FollowUpEntryPage, FollowUpPage, Typed};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, Public};
use crate::http::idempotency::FormOnce;
use crate::http::upload::{self, FormUpload};
use crate::ui::{FieldErrors, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/r", get(show_entry).post(enter))
        .route("/r/{code}", get(show).post(add))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct EntryForm {
    code: String,
}

async fn show_entry(public: Public) -> WebResult<Response> {
    let ui = public.ui;
    let page = FollowUpEntryPage {
        ui: ui.clone(),
        typed: String::new(),
        errors: FieldErrors::none(),
    };
    Ok(unlisted(ui.page(&page)?))
}

async fn enter(
    State(app): State<App>,
    public: Public,
    PageForm(form): PageForm<EntryForm>,
) -> WebResult<Response> {
    let Public { caller, ui } = public;
    let code = normal_follow_up(&form.code);
    let outcome = if form.code.trim().is_empty() {
        Err(Error::field("/code", Message::new("error-required")))
    } else if code.starts_with("RPT") {
        Err(Error::field("/code", Message::new("error-follow-up-is-number")))
    } else {
        messages::open(&app.store, &caller, &code).await
    };
    match outcome {
        Ok(_) => Ok(unlisted(
            Redirect::to(&ui.to(format!("/r/{code}"))).into_response(),
        )),
        Err(error) => {
            let error = match error {
                Error::NotFound(_) => Error::field("/code", Message::new("error-follow-up-unknown")),
                other => other,
            };
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = FollowUpEntryPage {
                ui: ui.clone(),
                typed: form.code,
                errors: errors.clone(),
            };
            Ok(unlisted(ui.refused(&page, &errors)?))
        }
    }
}

async fn show(State(app): State<App>, public: Public, ApiPath(code): ApiPath<String>) -> WebResult<Response> {
    let Public { caller, ui } = public;
    let follow_up = messages::open(&app.store, &caller, &code).await?;
    page(&app, ui, &code, follow_up, Typed::default())
}

fn page(app: &App, ui: Ui, code: &str, follow_up: FollowUp, typed: Typed) -> WebResult<Response> {
    let action = ui.to(format!("/r/{}", normal_follow_up(code)));
    let errors = typed.errors.clone();
    let nonce = FormOnce::nonce(app)?;
    let body = FollowUpBody::new(ui.clone(), follow_up, action, nonce, max_file(app), typed);
    let page = FollowUpPage { ui: ui.clone(), body };
    let response = if errors.any() {
        ui.refused(&page, &errors)?
    } else {
        ui.page(&page)?
    };
    Ok(unlisted(response))
}

/// What a reporter adds.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AddForm {
    pub(super) nonce: String,
    pub(super) body: String,
}

async fn add(
    State(app): State<App>,
    public: Public,
    ApiPath(code): ApiPath<String>,
    upload: FormUpload<AddForm>,
) -> WebResult<Response> {
    let Public { caller, ui } = public;
    let FormUpload { form, files, refused } = upload;
    // Who may not read may not write, and learns nothing from trying.
    let follow_up = match messages::open(&app.store, &caller, &code).await {
        Ok(follow_up) => follow_up,
        Err(error) => {
            upload::discard(&app, &files).await;
            return Err(error.into());
        }
    };
    let had_files = !files.is_empty() || refused.is_some();
    let too_large = matches!(refused, Some(Error::TooLarge { .. }));
    let outcome = match refused {
        Some(error) => Err(at_files(error)),
        None => add_once(&app, &caller, Reporter::Secret(&code), &form, &files).await,
    };
    match outcome {
        Ok(()) => {
            let place = format!("/r/{}", normal_follow_up(&code));
            Ok(unlisted(ui.done(place, "notice-desk-added")))
        }
        Err(error) => {
            upload::discard(&app, &files).await;
            let typed = Typed {
                body: form.body,
                errors: FieldErrors::from_error(error, ui.lang)?,
                files_lost: had_files,
            };
            let mut response = page(&app, ui, &code, follow_up, typed)?;
            if too_large {
                *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            }
            Ok(response)
        }
    }
}

/// Adds what was typed and sent, once.
pub(super) async fn add_once(
    app: &App,
    caller: &Caller,
    reporter: Reporter<'_>,
    form: &AddForm,
    files: &[NewFile],
) -> Result<(), Error> {
    let digests: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    let once = FormOnce::new(&form.nonce, &format!("{reporter:?}{form:?}{digests:?}"));
    let mut tx = app.store.write(caller).await?;
    if once.former(&mut tx).await?.is_some() {
        drop(tx);
        upload::discard(app, files).await;
        return Ok(());
    }
    messages::from_reporter(&mut tx, reporter, &form.body, files.to_vec()).await?;
    once.keep(&mut tx, "added").await?;
    tx.commit().await
}
