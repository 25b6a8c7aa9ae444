//! Observables and files of a case.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::post;
use matoi_core::cases::{Case, service};
use matoi_core::kernel::check::Fields;
use matoi_core::observables::{self, ObservableInput, ObservableKind};
use matoi_core::{Action, Caller, Error, Message, files};
use matoi_types::{CaseId, ObservableId, Tlp};
use serde::Deserialize;

use super::{back, or_field_errors};
use crate::App;
use crate::cases::small_form::{Control, FormPage, SmallForm};
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::http::upload::{self, Upload};
use crate::ui::{Place, Ui};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/cases/{id}/observables", post(add))
        .route("/cases/{id}/observables/{observable}/remove", post(remove))
        .route("/cases/{id}/attachments", post(attach))
}

/// What is typed of an observable.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ObservableForm {
    value: String,
    kind: String,
    tlp: String,
    note: String,
}

impl ObservableForm {
    pub(super) fn page(&self, ui: &Ui, case: &Case) -> SmallForm {
        let mut kinds = vec![(String::new(), ui.t("observable-kind-auto"))];
        kinds.extend(
            ObservableKind::ALL
                .iter()
                .map(|kind| (kind.to_string(), ui.named("observable-kind-", kind))),
        );
        let mut labels = vec![(String::new(), case.tlp.to_string())];
        labels.extend(
            Tlp::ALL
                .iter()
                .filter(|tlp| **tlp != case.tlp)
                .map(|tlp| (tlp.to_string(), tlp.to_string())),
        );
        SmallForm::new(
            ui,
            &format!("/cases/{}/observables", case.id),
            "observable-add-do",
        )
        .field(
            "value",
            "observable-value",
            &self.value,
            Control::Line { max: 2000 },
        )
        .hint("observable-value-hint")
        .required()
        .field("kind", "observable-kind", &self.kind, Control::Choice(kinds))
        .field("tlp", "case-label", &self.tlp, Control::Choice(labels))
        .field("note", "observable-note", &self.note, Control::Line { max: 500 })
    }
}

async fn add(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    PageForm(form): PageForm<ObservableForm>,
) -> WebResult<Response> {
    let Err(error) = note(&app, &caller, id, &form).await else {
        return Ok(ui.done(format!("/cases/{id}#h-obs"), "notice-observable"));
    };
    let errors = or_field_errors(error.into(), &ui)?;
    let mut tx = app.store.read(&caller).await?;
    let case = service::get(&mut tx, id).await?;
    let above = (format!("/cases/{id}"), format!("{} {}", case.number, case.title));
    let page = FormPage {
        title: ui.t("observable-add"),
        above,
        form: form.page(&ui, &case).with_errors(errors),
        ui: ui.at(Place::Cases),
    };
    page.ui.refused(&page, page.errors())
}

async fn note(app: &App, caller: &Caller, id: CaseId, form: &ObservableForm) -> Result<(), Error> {
    let mut fields = Fields::new();
    let kind = if form.kind.is_empty() {
        None
    } else {
        fields.parsed("/kind", &form.kind, "error-choose")
    };
    let tlp = if form.tlp.is_empty() {
        None
    } else {
        fields.parsed("/tlp", &form.tlp, "error-choose")
    };
    fields.done()?;
    let input = ObservableInput {
        kind,
        value: form.value.clone(),
        tlp,
        note: form.note.clone(),
    };
    let mut tx = app.store.write(caller).await?;
    observables::service::add(&mut tx, id, input).await?;
    tx.commit().await
}

async fn remove(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, observable)): ApiPath<(CaseId, ObservableId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    observables::service::remove(&mut tx, id, observable).await?;
    tx.commit().await?;
    Ok(back(&ui, id, "notice-observable-removed"))
}

/// Nothing but files.
#[derive(Debug, Default, Deserialize)]
struct NoFields {}

async fn attach(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<CaseId>,
    upload: Upload<NoFields>,
) -> WebResult<Response> {
    let kept = upload.files;
    let outcome = async {
        caller.require(Action::CaseUpdate)?;
        if kept.is_empty() {
            return Err(Error::field("/file", Message::new("error-required")));
        }
        let mut tx = app.store.write(&caller).await?;
        for file in &kept {
            files::service::add_to_case(&mut tx, id, file.clone()).await?;
        }
        tx.commit().await
    }
    .await;
    if let Err(error) = outcome {
        upload::discard(&app, &kept).await;
        return Err(error.into());
    }
    Ok(ui.done(format!("/cases/{id}#h-files"), "notice-file"))
}
