//! Entering a report: what somebody said on the telephone or in person, or one's own.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use matoi_core::desk::{Channel, DeskItem, ReportInput, reports};
use matoi_core::files::NewFile;
use matoi_core::first_response;
use matoi_core::kernel::check::Fields;
use matoi_core::kernel::numbers::{self, Series};
use matoi_core::{Action, Caller, Error};
use serde::Deserialize;

use super::form::read_time;
use super::{at_files, max_file};
use crate::App;
use crate::desk::views::EntryPage;
use crate::http::error::WebResult;
use crate::http::extract::SignedIn;
use crate::http::idempotency::FormOnce;
use crate::http::upload::{self, FormUpload};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new().route("/reports/new", get(show).post(enter))
}

/// What is typed into the form.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(in crate::desk) struct EntryForm {
    pub(in crate::desk) nonce: String,
    pub(in crate::desk) channel: String,
    pub(in crate::desk) category: String,
    pub(in crate::desk) title: String,
    pub(in crate::desk) text: String,
    pub(in crate::desk) noticed: String,
    pub(in crate::desk) event_at: String,
    pub(in crate::desk) device: String,
    pub(in crate::desk) reporter_name: String,
    pub(in crate::desk) reporter_contact: String,
    pub(in crate::desk) anonymous: bool,
    pub(in crate::desk) severity: String,
    pub(in crate::desk) lang: String,
}

impl EntryForm {
    fn read(&self, ui: &Ui, for_others: bool) -> Result<ReportInput, Error> {
        let mut fields = Fields::new();
        fields.wrong_if(self.category.is_empty(), "/category", "error-report-category");
        fields.wrong_if(self.text.trim().is_empty(), "/text", "error-report-text");
        let event_at = read_time(&mut fields, ui, "/event_at", &self.event_at);
        let severity = match self.severity.as_str() {
            "" => None,
            text => fields.parsed("/severity", text, "error-choose"),
        };
        let channel = match self.channel.as_str() {
            _ if !for_others => Channel::Account,
            "phone" => Channel::Phone,
            "desk" => Channel::Desk,
            _ => {
                fields.wrong("/channel", matoi_core::Message::new("error-choose"));
                Channel::Desk
            }
        };
        fields.done()?;
        Ok(ReportInput {
            channel,
            lang: self.lang.parse().unwrap_or(ui.lang),
            category: self.category.clone(),
            title: self.title.clone(),
            text: self.text.clone(),
            noticed: self.noticed.clone(),
            device: self.device.clone(),
            reporter_name: self.reporter_name.clone(),
            reporter_contact: self.reporter_contact.clone(),
            anonymous: for_others && self.anonymous,
            severity,
            event_at,
            source: None,
            source_ref: None,
        })
    }
}

/// Whoever works on reports writes down what others say; everybody else reports for themselves.
fn for_others(caller: &Caller) -> bool {
    caller.may(Action::ReportUpdate)
}

async fn show(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    caller.require(Action::ReportCreate)?;
    let name = ui.user.as_ref().map(|user| user.name.clone()).unwrap_or_default();
    let others = for_others(&caller);
    let form = EntryForm {
        nonce: FormOnce::nonce(&app)?,
        channel: "phone".to_owned(),
        lang: ui.lang.as_str().to_owned(),
        reporter_name: if others { String::new() } else { name },
        ..EntryForm::default()
    };
    page(&app, ui, form, FieldErrors::none(), others, false)
}

fn page(
    app: &App,
    ui: Ui,
    form: EntryForm,
    errors: FieldErrors,
    for_others: bool,
    files_lost: bool,
) -> WebResult<Response> {
    let ui = ui.at(Place::Now);
    let page = EntryPage {
        ui: ui.clone(),
        form,
        errors: errors.clone(),
        for_others,
        categories: first_response::categories(),
        files_lost,
        max_file: max_file(app),
    };
    if errors.any() {
        ui.refused(&page, &errors)
    } else {
        ui.page(&page)
    }
}

async fn enter(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    upload: FormUpload<EntryForm>,
) -> WebResult<Response> {
    let FormUpload { form, files, refused } = upload;
    let others = for_others(&caller);
    let had_files = !files.is_empty() || refused.is_some();
    let too_large = matches!(refused, Some(Error::TooLarge { .. }));
    let outcome = match refused {
        Some(error) => Err(at_files(error)),
        None => take_in(&app, &caller, &ui, &form, &files, others).await,
    };
    match outcome {
        Ok(place) => Ok(ui.done(place, "notice-desk-entered")),
        Err(error) => {
            upload::discard(&app, &files).await;
            let errors = FieldErrors::from_error(error, ui.lang)?;
            let mut response = page(&app, ui, form, errors, others, had_files)?;
            if too_large {
                *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
            }
            Ok(response)
        }
    }
}

/// Takes the report in once and gives where its page is.
async fn take_in(
    app: &App,
    caller: &Caller,
    ui: &Ui,
    form: &EntryForm,
    files: &[NewFile],
    others: bool,
) -> Result<String, Error> {
    caller.require(Action::ReportCreate)?;
    let input = form.read(ui, others)?;
    let digests: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    let once = FormOnce::new(&form.nonce, &format!("{form:?}{digests:?}"));
    let mut tx = app.store.read(caller).await?;
    let former = once.former(&mut tx).await?;
    drop(tx);
    if let Some(place) = former {
        upload::discard(app, files).await;
        return Ok(place);
    }
    let number = numbers::next(&app.store, caller, Series::Report).await?;
    let mut tx = app.store.write(caller).await?;
    if let Some(place) = once.former(&mut tx).await? {
        drop(tx);
        upload::discard(app, files).await;
        return Ok(place);
    }
    let accepted = reports::create(&mut tx, &number, input).await?;
    reports::attach(&mut tx, &accepted, files.to_vec()).await?;
    let place = place_of(&accepted.item);
    once.keep(&mut tx, &place).await?;
    tx.commit().await?;
    Ok(place)
}

fn place_of(item: &DeskItem) -> String {
    format!("/reports/{}", item.id)
}
