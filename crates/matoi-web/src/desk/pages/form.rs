//! The public form and its receipt.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use matoi_core::clocks::{self, ClockOwner};
use matoi_core::desk::{Channel, ReportInput, messages, reports};
use matoi_core::files::NewFile;
use matoi_core::kernel::check::Fields;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Caller, Error, Message, first_response, organisation};
use matoi_types::Timestamp;
use serde::Deserialize;

use super::{at_files, max_file, unlisted};
use crate::App;
use crate::desk::views::{CardsFragment, FormPage, ReceiptPage};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, ApiQuery, Public};
use crate::http::idempotency::FormOnce;
use crate::http::upload::{self, FormUpload};
use crate::ui::{FieldErrors, Ui};

/// What the sealed receipt of a sent form is kept under.
const RECEIPT: &str = "report receipt";

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/report", get(show_form).post(send))
        .route("/report/cards", get(show_cards))
        .route("/report/receipt/{code}", get(show_receipt))
}

/// What is typed into the public form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::desk) struct PublicForm {
    pub(in crate::desk) nonce: String,
    pub(in crate::desk) category: String,
    pub(in crate::desk) noticed: String,
    pub(in crate::desk) event_at: String,
    pub(in crate::desk) device: String,
    pub(in crate::desk) text: String,
    pub(in crate::desk) anonymous: bool,
    pub(in crate::desk) reporter_name: String,
    pub(in crate::desk) reporter_contact: String,
    /// Seen by programs only; a person leaves it empty.
    extension_b: String,
}

impl PublicForm {
    /// What was typed as a report in the language of the page.
    fn read(&self, ui: &Ui) -> Result<ReportInput, Error> {
        let mut fields = Fields::new();
        fields.wrong_if(self.category.is_empty(), "/category", "error-report-category");
        let event_at = read_time(&mut fields, ui, "/event_at", &self.event_at);
        fields.wrong_if(self.text.trim().is_empty(), "/text", "error-report-text");
        fields.done()?;
        Ok(ReportInput {
            channel: Channel::Form,
            lang: ui.lang,
            category: self.category.clone(),
            title: String::new(),
            text: self.text.clone(),
            noticed: self.noticed.clone(),
            device: self.device.clone(),
            reporter_name: self.reporter_name.clone(),
            reporter_contact: self.reporter_contact.clone(),
            anonymous: self.anonymous,
            severity: None,
            event_at,
            source: None,
            source_ref: None,
        })
    }
}

/// A `datetime-local` field that may be empty.
pub(super) fn read_time(fields: &mut Fields, ui: &Ui, pointer: &str, text: &str) -> Option<Timestamp> {
    if text.trim().is_empty() {
        return None;
    }
    let at = ui.read_time(text);
    fields.wrong_if(at.is_none(), pointer, "error-local-time");
    at
}

async fn show_form(State(app): State<App>, public: Public) -> WebResult<Response> {
    let form = PublicForm {
        nonce: FormOnce::nonce(&app)?,
        ..PublicForm::default()
    };
    form_page(&app, public, form, FieldErrors::none(), false).await
}

async fn form_page(
    app: &App,
    public: Public,
    form: PublicForm,
    errors: FieldErrors,
    files_lost: bool,
) -> WebResult<Response> {
    let Public { caller, ui } = public;
    let mut tx = app.store.read(&caller).await?;
    // Before set-up there is nobody who would read a report.
    let organisation = organisation::service::get(&mut tx)
        .await?
        .ok_or(Error::rule("error-not-set-up"))?;
    drop(tx);
    let before = |id: &str| first_response::category(id).map(|category| &category.before);
    let page = FormPage {
        desk_phone: organisation.desk_phone,
        desk_mail: organisation.desk_mail,
        categories: first_response::categories(),
        cards: before(first_response::OTHER),
        chosen: before(&form.category),
        files_lost,
        max_file: max_file(app),
        ui: ui.clone(),
        form,
        errors: errors.clone(),
    };
    let response = if errors.any() {
        ui.refused(&page, &errors)?
    } else {
        ui.page(&page)?
    };
    Ok(unlisted(response))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct CardsQuery {
    category: String,
}

/// What to do for a category, as soon as it is chosen.
async fn show_cards(public: Public, ApiQuery(query): ApiQuery<CardsQuery>) -> WebResult<Response> {
    let cards = first_response::category(&query.category).map(|category| &category.before);
    let ui = public.ui;
    let fragment = CardsFragment {
        ui: ui.clone(),
        cards,
    };
    Ok(unlisted(ui.page(&fragment)?))
}

async fn send(State(app): State<App>, public: Public, upload: FormUpload<PublicForm>) -> WebResult<Response> {
    let FormUpload { form, files, refused } = upload;
    let had_files = !files.is_empty() || refused.is_some();
    let too_large = matches!(refused, Some(Error::TooLarge { .. }));
    let outcome = match refused {
        Some(error) => Err(at_files(error)),
        None => take_in(&app, &public, &form, &files).await,
    };
    match outcome {
        Ok(code) => {
            let place = public.ui.to(format!("/report/receipt/{code}"));
            Ok(unlisted(Redirect::to(&place).into_response()))
        }
        Err(error) => {
            upload::discard(&app, &files).await;
            let errors = FieldErrors::from_error(error, public.ui.lang)?;
            let form = PublicForm {
                extension_b: String::new(),
                ..form
            };
            let mut response = form_page(&app, public, form, errors, had_files).await?;
            if too_large {
                *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            }
            Ok(response)
        }
    }
}

/// Takes the report in and gives the code by which its reporter follows it. Sent again, it gives the same code.
async fn take_in(app: &App, public: &Public, form: &PublicForm, files: &[NewFile]) -> Result<String, Error> {
    let Public { caller, ui } = public;
    // A program fills in every field; somebody whose browser did it sends the form once more.
    if !form.extension_b.is_empty() {
        return Err(Error::field("/text", Message::new("error-looks-automatic")));
    }
    let input = form.read(ui)?;
    let digests: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    let once = FormOnce::new(&form.nonce, &format!("{form:?}{digests:?}"));
    if let Some(code) = sent_before(app, caller, &once).await? {
        upload::discard(app, files).await;
        return Ok(code);
    }
    let number = numbers::next(&app.store, caller, Series::Report).await?;
    match take_in_once(app, caller, &once, &number, input, files).await {
        Ok(code) => Ok(code),
        // Two at once: the one that lost finds what the other made.
        Err(error @ (Error::Internal(_) | Error::Unavailable(_))) => {
            match sent_before(app, caller, &once).await? {
                Some(code) => {
                    upload::discard(app, files).await;
                    Ok(code)
                }
                None => Err(error),
            }
        }
        Err(error) => Err(error),
    }
}

async fn take_in_once(
    app: &App,
    caller: &Caller,
    once: &FormOnce,
    number: &str,
    input: ReportInput,
    files: &[NewFile],
) -> Result<String, Error> {
    let mut tx = app.store.write(caller).await?;
    if let Some(sealed) = once.former(&mut tx).await? {
        drop(tx);
        upload::discard(app, files).await;
        return open_receipt(app, &sealed);
    }
    let accepted = reports::submit_public(&mut tx, number, input).await?;
    reports::attach(&mut tx, &accepted, files.to_vec()).await?;
    let code = accepted
        .follow_up
        .ok_or_else(|| Error::Internal("a new report has no follow-up code".to_owned()))?;
    // The database holds only the digest of the code; the receipt is kept under the installation's key.
    let sealed = app.store.env().secrets().seal(RECEIPT, code.as_bytes())?;
    once.keep(&mut tx, &sealed).await?;
    tx.commit().await?;
    Ok(code)
}

async fn sent_before(app: &App, caller: &Caller, once: &FormOnce) -> Result<Option<String>, Error> {
    let mut tx = app.store.read(caller).await?;
    let former = once.former(&mut tx).await?;
    former.map(|sealed| open_receipt(app, &sealed)).transpose()
}

fn open_receipt(app: &App, sealed: &str) -> Result<String, Error> {
    let code = app.store.env().secrets().open(RECEIPT, sealed)?;
    String::from_utf8(code).map_err(|_| Error::Internal("a kept receipt is not text".to_owned()))
}

async fn show_receipt(
    State(app): State<App>,
    public: Public,
    ApiPath(code): ApiPath<String>,
) -> WebResult<Response> {
    let Public { caller, ui } = public;
    let follow_up = messages::open(&app.store, &caller, &code).await?;
    let mut tx = app.store.read(&caller).await?;
    let clocks = clocks::service::of(&mut tx, ClockOwner::Item(follow_up.item.id)).await?;
    drop(tx);
    let due = |kind: &str| {
        let clock = clocks
            .iter()
            .find(|clock| clock.kind == kind && clock.is_running());
        clock.map(|clock| clock.due_at)
    };
    let category = first_response::category(&follow_up.detail.category);
    let page = ReceiptPage {
        ui: ui.clone(),
        code: reports::normal_follow_up(&code),
        acknowledge_due: due("acknowledge"),
        answer_due: due("answer"),
        reachable: !follow_up.detail.reporter_contact.is_empty(),
        cards: category.map(|category| &category.after),
        files: follow_up.files.len() as i64,
        item: follow_up.item,
    };
    Ok(unlisted(ui.page(&page)?))
}
