//! Pages of documents.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use matoi_core::kernel::check::Fields;
use matoi_core::report_doc::service::{self, DocumentEdit};
use matoi_core::report_doc::{Document, DocumentForm, DocumentInput, DocumentKind, ExternalInput};
use matoi_core::{Action, Caller, Error, Tx, cases};
use matoi_types::{CaseId, DocumentId, Lang, Timestamp};
use serde::Deserialize;

use super::views::{Body, EditPage, NewPage, ShowPage};
use crate::App;
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, PageForm, SignedIn};
use crate::ui::{FieldErrors, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/documents/new", get(new))
        .route("/cases/{id}/documents", post(create))
        .route("/documents/{id}", get(show))
        .route("/documents/{id}/body", get(show_body))
        .route("/documents/{id}/edit", get(edit).post(save))
        .route("/documents/{id}/step", post(step))
        .route("/documents/{id}/files/{form}", get(file))
}

// A new one

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct NewQuery {
    kind: String,
}

/// What is typed to draw one up.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewForm {
    pub(super) kind: String,
    pub(super) lang: String,
    pub(super) tlp: String,
    pub(super) classification: String,
    pub(super) audience: String,
    pub(super) known: String,
    pub(super) assumed: String,
    pub(super) unknown: String,
    pub(super) next_report_at: String,
    pub(super) addressee: String,
    pub(super) what_happened: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) effect_on_you: String,
    pub(super) cause: String,
    pub(super) what_we_did: String,
    pub(super) what_we_ask: String,
    pub(super) prevention: String,
}

impl NewForm {
    fn kind(&self) -> DocumentKind {
        self.kind.parse().unwrap_or(DocumentKind::Internal)
    }

    fn read(&self, ui: &Ui) -> Result<DocumentInput, Error> {
        let mut fields = Fields::new();
        let input = DocumentInput {
            kind: fields
                .parsed("/kind", &self.kind, "error-choose")
                .unwrap_or(DocumentKind::Internal),
            lang: fields
                .parsed("/lang", &self.lang, "error-choose")
                .unwrap_or(Lang::Ja),
            tlp: if self.tlp.is_empty() {
                None
            } else {
                fields.parsed("/tlp", &self.tlp, "error-choose")
            },
            classification: self.classification.clone(),
            audience: self.audience.clone(),
            known: self.known.clone(),
            assumed: self.assumed.clone(),
            unknown: self.unknown.clone(),
            next_report_at: time(&mut fields, ui, "/next_report_at", &self.next_report_at),
            external: ExternalInput {
                addressee: self.addressee.clone(),
                what_happened: self.what_happened.clone(),
                from: time(&mut fields, ui, "/external/from", &self.from),
                until: time(&mut fields, ui, "/external/until", &self.until),
                effect_on_you: self.effect_on_you.clone(),
                cause: self.cause.clone(),
                what_we_did: self.what_we_did.clone(),
                what_we_ask: self.what_we_ask.clone(),
                prevention: self.prevention.clone(),
            },
        };
        fields.done()?;
        Ok(input)
    }
}

fn time(fields: &mut Fields, ui: &Ui, pointer: &str, text: &str) -> Option<Timestamp> {
    if text.trim().is_empty() {
        return None;
    }
    let time = ui.read_time(text);
    fields.wrong_if(time.is_none(), pointer, "error-time-field");
    time
}

async fn new(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    ApiQuery(query): ApiQuery<NewQuery>,
) -> WebResult<Response> {
    caller.require(Action::DocumentCreate)?;
    let form = NewForm {
        kind: query.kind,
        lang: ui.lang.to_string(),
        ..NewForm::default()
    };
    new_page(&app, &caller, ui, id, form, FieldErrors::none()).await
}

async fn new_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: CaseId,
    form: NewForm,
    errors: FieldErrors,
) -> WebResult<Response> {
    let mut tx = app.store.read(caller).await?;
    let case = cases::service::get(&mut tx, id).await?;
    let ui = ui.at(Place::Cases);
    let template = NewPage {
        ui: ui.clone(),
        kind: form.kind(),
        case,
        form,
        errors: errors.clone(),
    };
    if errors.any() {
        ui.refused(&template, &errors)
    } else {
        ui.page(&template)
    }
}

async fn create(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<NewForm>,
) -> WebResult<Response> {
    match draw_up(&app, &caller, &ui, id, &form).await {
        Ok(document) => Ok(ui.done(format!("/documents/{}", document.id), "notice-document-drawn-up")),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            new_page(&app, &caller, ui, id, form, errors).await
        }
    }
}

async fn draw_up(app: &App, caller: &Caller, ui: &Ui, id: CaseId, form: &NewForm) -> Result<Document, Error> {
    let input = form.read(ui)?;
    let mut tx = app.store.write(caller).await?;
    let document = service::create(&mut tx, id, input).await?;
    tx.commit().await?;
    Ok(document)
}

// One document

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<DocumentId>,
) -> WebResult<Response> {
    show_page(&app, &caller, ui, id, String::new(), FieldErrors::none()).await
}

async fn show_page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    id: DocumentId,
    typed: String,
    errors: FieldErrors,
) -> WebResult<Response> {
    let ui = ui.at(Place::Cases);
    let mut tx = app.store.read(caller).await?;
    let body = body(&mut tx, ui.clone(), id, typed, errors.clone()).await?;
    let template = ShowPage {
        ui: ui.clone(),
        scope: body.document.scope_id.to_string(),
        document: body.document.clone(),
        body,
    };
    if errors.any() {
        ui.refused(&template, &errors)
    } else {
        ui.page(&template)
    }
}

async fn body(
    tx: &mut Tx,
    ui: Ui,
    id: DocumentId,
    typed: String,
    errors: FieldErrors,
) -> Result<Body, Error> {
    let document = service::get(tx, id).await?;
    let findings = service::findings(tx, &document).await?;
    let own = document.is_by(tx.caller().account());
    Ok(Body {
        ui,
        document,
        findings,
        own,
        typed,
        errors,
    })
}

async fn show_body(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<DocumentId>,
) -> WebResult<Response> {
    let mut tx = app.store.read(&caller).await?;
    let fragment = body(&mut tx, ui.clone(), id, String::new(), FieldErrors::none()).await?;
    ui.page(&fragment)
}

/// Which step is taken.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct StepForm {
    step: String,
    version: i64,
    reason: String,
    to: String,
    deputy: bool,
}

async fn step(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<DocumentId>,
    PageForm(form): PageForm<StepForm>,
) -> WebResult<Response> {
    match take(&app, &caller, id, &form).await {
        Ok(notice) => Ok(ui.done(format!("/documents/{id}"), notice)),
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let typed = if form.to.is_empty() { form.reason } else { form.to };
            show_page(&app, &caller, ui, id, typed, errors).await
        }
    }
}

async fn take(app: &App, caller: &Caller, id: DocumentId, form: &StepForm) -> Result<&'static str, Error> {
    let mut tx = app.store.write(caller).await?;
    let version = form.version;
    let notice = match form.step.as_str() {
        "review" => {
            service::review(&mut tx, id, version).await?;
            "notice-document-reviewed"
        }
        "approve" => {
            service::approve(&mut tx, id, version, form.deputy).await?;
            "notice-document-approved"
        }
        "return" => {
            service::send_back(&mut tx, id, version, &form.reason).await?;
            "notice-document-returned"
        }
        "distribute" => {
            service::distribute(&mut tx, id, version, &form.to).await?;
            "notice-document-distributed"
        }
        "withdraw" => {
            service::withdraw(&mut tx, id, version, &form.reason).await?;
            "notice-document-withdrawn"
        }
        "make" => {
            service::make_again(&mut tx, id, version).await?;
            "notice-document-made-again"
        }
        _ => return Err(Error::NotFound("page")),
    };
    tx.commit().await?;
    Ok(notice)
}

// Its text

/// What is typed of a draft.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct EditForm {
    pub(super) version: i64,
    pub(super) content: String,
    pub(super) classification: String,
    pub(super) audience: String,
}

async fn edit(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<DocumentId>,
) -> WebResult<Response> {
    caller.require(Action::DocumentCreate)?;
    let mut tx = app.store.read(&caller).await?;
    let document = service::get(&mut tx, id).await?;
    let ui = ui.at(Place::Cases);
    let form = EditForm {
        version: document.version,
        content: document.content.clone(),
        classification: document.classification.clone(),
        audience: document.audience.clone(),
    };
    ui.page(&EditPage {
        ui: ui.clone(),
        document,
        form,
        errors: FieldErrors::none(),
        theirs: None,
    })
}

async fn save(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<DocumentId>,
    PageForm(form): PageForm<EditForm>,
) -> WebResult<Response> {
    let Err(error) = change(&app, &caller, id, &form).await else {
        return Ok(ui.done(format!("/documents/{id}"), "notice-document-saved"));
    };
    let stale = matches!(error, Error::Stale { .. });
    let errors = FieldErrors::from_error(error, ui.lang)?;
    let mut tx = app.store.read(&caller).await?;
    let document = service::get(&mut tx, id).await?;
    let ui = ui.at(Place::Cases);
    let mut form = form;
    let theirs = stale.then(|| document.content.clone());
    if stale {
        form.version = document.version;
    }
    let page = EditPage {
        ui: ui.clone(),
        document,
        form,
        errors: errors.clone(),
        theirs,
    };
    let mut response = ui.refused(&page, &errors)?;
    if stale {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response.into_response())
}

async fn change(app: &App, caller: &Caller, id: DocumentId, form: &EditForm) -> Result<Document, Error> {
    let edit = DocumentEdit {
        content: form.content.clone(),
        classification: form.classification.clone(),
        audience: form.audience.clone(),
    };
    let mut tx = app.store.write(caller).await?;
    let document = service::edit(&mut tx, id, form.version, edit).await?;
    tx.commit().await?;
    Ok(document)
}

async fn file(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiPath((id, form)): ApiPath<(DocumentId, DocumentForm)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let stored = service::open(&mut tx, id, form).await?;
    tx.commit().await?;
    download::saved_as(&app, &stored.blob, &stored.name).await
}
