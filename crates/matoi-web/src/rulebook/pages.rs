//! Pages: what is in force, the versions of a name, one version with its approval, the editor.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use matoi_core::identity::accounts;
use matoi_core::rulebook::{DataFile, DataFileState, DataKind, service};
use matoi_core::{Action, Caller, Error};
use matoi_types::AccountId;

use super::forms::{ApproveForm, EditForm, NewQuery, check_apart};
use super::trial;
use super::views::{EditPage, FilePage, ListPage, VersionsPage, by_name, differences};
use crate::App;
use crate::http::error::{WebError, WebResult};
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/rulebook", get(show_list))
        .route("/rulebook/new", get(show_new).post(keep))
        .route("/rulebook/{kind}/{name}", get(show_versions))
        .route("/rulebook/files/{hash}", get(show_file))
        .route("/rulebook/files/{hash}/text", get(text))
        .route("/rulebook/files/{hash}/approve", post(approve))
        .merge(trial::routes())
}

async fn show_list(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let files = service::list(&mut tx, None, None).await?;
    let ui = ui.at(Place::Centre);
    ui.clone().page(&ListPage {
        all: by_name(files),
        ui,
    })
}

async fn show_versions(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((kind, name)): ApiPath<(DataKind, String)>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let files = service::list(&mut tx, Some(kind), Some(&name)).await?;
    if files.is_empty() {
        return Err(Error::NotFound("data file").into());
    }
    let mut people = Vec::new();
    for file in &files {
        people.extend(file.created_by);
        people.extend(file.approved_by);
    }
    let names = accounts::names_of(&mut tx, people).await?;
    let ui = ui.at(Place::Centre);
    ui.clone().page(&VersionsPage {
        ui,
        kind,
        name,
        files,
        names,
    })
}

/// The page of a version as it is now, with nothing refused.
async fn file_page(app: &App, ui: Ui, caller: &Caller, hash: &str) -> WebResult<FilePage> {
    let mut tx = app.store.read(caller).await?;
    let file = service::get(&mut tx, hash).await?;
    let other = match file.state {
        DataFileState::Approved => None,
        _ => service::current(&mut tx, file.kind, &file.name).await?,
    };
    let people = [file.created_by, file.approved_by].into_iter().flatten();
    let names: HashMap<AccountId, String> = accounts::names_of(&mut tx, people).await?;
    drop(tx);
    let diff = other
        .as_ref()
        .map(|other| differences(&other.content, &file.content));
    Ok(FilePage {
        is_mine: file.created_by.is_some() && file.created_by == caller.account(),
        diff: diff.unwrap_or_default(),
        file,
        names,
        other,
        form: ApproveForm::default(),
        errors: FieldErrors::none(),
        ui: ui.at(Place::Centre),
    })
}

async fn show_file(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(hash): ApiPath<String>,
) -> WebResult<Response> {
    let page = file_page(&app, ui, &caller, &hash).await?;
    page.ui.clone().page(&page)
}

/// The text itself, to be kept as a file.
async fn text(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiPath(hash): ApiPath<String>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let file: DataFile = service::get(&mut tx, &hash).await?;
    let name: String = file
        .name
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || c == '-' {
                c
            } else {
                '_'
            }
        })
        .collect();
    let (kind, end) = match file.kind {
        DataKind::Template => ("text/markdown; charset=utf-8", "md"),
        DataKind::Criteria | DataKind::Lifecycle | DataKind::Desk | DataKind::Mapping => {
            ("application/yaml; charset=utf-8", "yaml")
        }
    };
    let name = format!(
        "attachment; filename=\"{}-{name}-{}.{end}\"",
        file.kind, file.version
    );
    let mut response = file.content.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(value) = HeaderValue::from_str(&name) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

async fn approve(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(hash): ApiPath<String>,
    PageForm(form): PageForm<ApproveForm>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    match service::approve(&mut tx, &hash, &form.reason).await {
        Ok(file) => {
            tx.commit().await?;
            Ok(ui.done(format!("/rulebook/files/{}", file.hash), "notice-data-approved"))
        }
        Err(error) => {
            drop(tx);
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let page = FilePage {
                form,
                errors: errors.clone(),
                ..file_page(&app, ui, &caller, &hash).await?
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

async fn show_new(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<NewQuery>,
) -> WebResult<Response> {
    caller.require(Action::CriteriaDraft)?;
    let mut form = EditForm {
        kind: query.kind,
        ..EditForm::default()
    };
    if !query.from.is_empty() {
        let mut tx = app.store.read(&caller).await?;
        let file = service::get(&mut tx, &query.from).await?;
        form.kind = file.kind.to_string();
        form.content = file.content;
    }
    form.kind = form.kind().to_string();
    let page = EditPage {
        ui: ui.at(Place::Centre),
        form,
        errors: FieldErrors::none(),
        checked: None,
    };
    page.ui.clone().page(&page)
}

/// Checks the text, and keeps it when nothing is wrong and that is what was asked.
async fn keep(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<EditForm>,
) -> WebResult<Response> {
    let kind = form.kind();
    match keep_or_check(&app, &caller, kind, &form).await {
        Ok(Kept::Draft(file)) => Ok(ui.done(format!("/rulebook/files/{}", file.hash), "notice-data-drafted")),
        Ok(Kept::Checked(checked)) => {
            let is_refused = !checked.errors.is_empty() && form.what == "keep";
            let page = EditPage {
                ui: ui.at(Place::Centre),
                form,
                errors: FieldErrors::none(),
                checked: Some(checked),
            };
            let mut response = page.ui.clone().page(&page)?;
            if is_refused {
                *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            }
            Ok(response)
        }
        Err(error) => {
            let errors = FieldErrors::from_error(error.0, ui.lang)?;
            let page = EditPage {
                ui: ui.at(Place::Centre),
                form,
                errors: errors.clone(),
                checked: None,
            };
            page.ui.clone().refused(&page, &errors)
        }
    }
}

enum Kept {
    Draft(Box<DataFile>),
    Checked(super::forms::CheckResult),
}

async fn keep_or_check(app: &App, caller: &Caller, kind: DataKind, form: &EditForm) -> WebResult<Kept> {
    let checked = check_apart(caller, kind, &form.content).await?;
    if form.what != "keep" || !checked.errors.is_empty() {
        return Ok(Kept::Checked(checked));
    }
    let (asker, text) = (caller.clone(), form.clone());
    let prepared =
        tokio::task::spawn_blocking(move || service::prepare(&asker, kind, &text.content, &text.note))
            .await
            .map_err(|error| WebError(Error::Internal(error.to_string())))??;
    let mut tx = app.store.write(caller).await?;
    let file = service::draft(&mut tx, prepared).await?;
    tx.commit().await?;
    Ok(Kept::Draft(Box::new(file)))
}
