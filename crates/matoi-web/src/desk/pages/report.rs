//! The page of a report: everything on one page, for the desk; and for whoever reported it, what they are told.

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::desk::messages::{self, Reporter};
use matoi_core::desk::model::MessageChannel;
use matoi_core::desk::{self, DeskItem, ItemKind, reports};
use matoi_core::intake::mail;
use matoi_core::kernel::message::Arg;
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller, Error, Message, Tx, first_response, organisation};
use matoi_types::{ItemId, MailId};

use super::follow_up::{AddForm, add_once};
use super::item::{self, ItemForm, Refused, finish, page_of};
use super::triage::lines;
use super::{at_files, max_file};
use crate::App;
use crate::desk::views::{FollowUpBody, MailView, OwnReportPage, ReportPage, Typed};
use crate::http::download;
use crate::http::error::WebResult;
use crate::http::extract::{ApiPath, PageForm, SignedIn};
use crate::http::idempotency::FormOnce;
use crate::http::upload::{self, FormUpload};
use crate::ui::{FieldErrors, Place, Ui};

pub(super) fn routes() -> Router<App> {
    item::routes(ItemKind::Report)
        .route("/reports/{id}", get(show))
        .route("/reports/{id}/message", post(message))
        .route("/reports/{id}/follow-up", post(renew_follow_up))
        .route("/reports/{id}/mails/{mail}", get(original))
        .route("/reports/{id}/mails/{mail}/passwords", post(show_passwords))
        .route("/reports/{id}/add", post(add))
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    if caller.may(Action::ReportRead) {
        return page_of(&app, &caller, ui, id, Refused::default()).await;
    }
    own_page(&app, &caller, ui, id, Typed::default()).await
}

async fn own_page(app: &App, caller: &Caller, ui: Ui, id: ItemId, typed: Typed) -> WebResult<Response> {
    let ui = ui.at(Place::Now);
    let mut tx = app.store.read(caller).await?;
    let follow_up = messages::own(&mut tx, id).await?;
    let errors = typed.errors.clone();
    let action = ui.to(format!("/reports/{id}/add"));
    let nonce = FormOnce::nonce(app)?;
    let page = OwnReportPage {
        ui: ui.clone(),
        body: FollowUpBody::new(ui.clone(), follow_up, action, nonce, max_file(app), typed),
    };
    if errors.any() {
        ui.refused(&page, &errors)
    } else {
        ui.page(&page)
    }
}

/// The page for the desk.
pub(super) async fn page(
    app: &App,
    mut tx: Tx,
    ui: Ui,
    item: DeskItem,
    mut refused: Refused,
) -> WebResult<Response> {
    let (_, detail) = reports::get(&mut tx, item.id).await?;
    let said = messages::list(&mut tx, item.id).await?;
    let greeting = greeting(&mut tx, &item).await?;
    let mails = mail::of_item(&mut tx, item.id).await?;
    let passwords = refused.passwords.take();
    let new_code = refused.new_code.take();
    if refused.form.nonce.is_empty() {
        refused.form.nonce = FormOnce::nonce(app)?;
    }
    if refused.failed.is_empty() {
        // Whoever holds no code cannot read the follow-up page.
        let by = if detail.has_follow_up {
            MessageChannel::Web
        } else {
            MessageChannel::Mail
        };
        refused.form.channel = by.as_str().to_owned();
    }
    let page = ReportPage {
        ui: ui.clone(),
        category: first_response::category(&detail.category)
            .map_or_else(String::new, |category| category.label.get(ui.lang).to_owned()),
        c: item::common(&mut tx, ui.clone(), item, refused).await?,
        mails: mails
            .into_iter()
            .map(|mail| MailView::new(&ui, mail, &passwords))
            .collect(),
        detail,
        messages: said,
        greeting,
        new_code,
    };
    ui.page(&page)
}

/// How an answer begins, in the reporter's language.
async fn greeting(tx: &mut Tx, item: &DeskItem) -> Result<String, Error> {
    let organisation = organisation::service::require(tx).await?;
    let name: Arg = organisation.name.get(item.lang).into();
    Ok(Words::get().format(item.lang, "desk-answer-greeting", &[("organisation", &name)]))
}

async fn message(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    PageForm(form): PageForm<ItemForm>,
) -> WebResult<Response> {
    let outcome = answer(&app, &caller, id, &form).await;
    finish(
        &app,
        &caller,
        ui,
        id,
        ("message", form),
        outcome,
        "notice-desk-answered",
    )
    .await
}

async fn answer(app: &App, caller: &Caller, id: ItemId, form: &ItemForm) -> Result<DeskItem, Error> {
    let channel: MessageChannel = form.channel.parse().unwrap_or(MessageChannel::Web);
    let once = FormOnce::new(&form.nonce, &format!("{id} {form:?}"));
    let mut tx = app.store.write(caller).await?;
    let before = desk::queue::get(&mut tx, id).await?;
    if once.former(&mut tx).await?.is_some() {
        return Ok(before);
    }
    // What stood in the form before anything was typed.
    if lines(&form.body) == lines(&greeting(&mut tx, &before).await?) {
        return Err(Error::field("/body", Message::new("error-answer-only-greeting")));
    }
    let item = messages::answer(&mut tx, id, channel, &form.body, form.kind != "interim").await?;
    once.keep(&mut tx, "answered").await?;
    tx.commit().await?;
    Ok(item)
}

/// A new code is told on the page that answers, and nowhere else.
async fn renew_follow_up(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Response> {
    let outcome = async {
        let mut tx = app.store.write(&caller).await?;
        let code = reports::renew_follow_up(&mut tx, id).await?;
        tx.commit().await?;
        Ok::<_, Error>(code)
    }
    .await;
    let refused = match outcome {
        Ok(code) => Refused {
            new_code: Some(code),
            ..Refused::default()
        },
        Err(error) => {
            let errors = FieldErrors::from_error(error, ui.lang)?;
            Refused {
                failed: "follow-up",
                status: errors.status(),
                errors,
                ..Refused::default()
            }
        }
    };
    page_of(&app, &caller, ui, id, refused).await
}

/// The mail as it came, to be saved.
async fn original(
    State(app): State<App>,
    SignedIn { caller, .. }: SignedIn,
    ApiPath((id, mail)): ApiPath<(ItemId, MailId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let item = desk::queue::get(&mut tx, id).await?;
    let mail = mail::original(&mut tx, mail).await?;
    if mail.item_id != id {
        return Err(Error::NotFound("mail").into());
    }
    tx.commit().await?;
    let name = format!("{}-{}.eml", item.number, mail.id);
    download::saved_as(&app, &mail.blob, &name).await
}

/// The passwords that a mail tells, on the page that answers and nowhere else. That somebody looked is on record.
async fn show_passwords(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath((id, mail)): ApiPath<(ItemId, MailId)>,
) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    let told = mail::passwords(&mut tx, mail).await?;
    tx.commit().await?;
    let refused = Refused {
        passwords: Some((mail, told)),
        ..Refused::default()
    };
    page_of(&app, &caller, ui, id, refused).await
}

/// Whoever reported it adds something.
async fn add(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiPath(id): ApiPath<ItemId>,
    upload: FormUpload<AddForm>,
) -> WebResult<Response> {
    let FormUpload { form, files, refused } = upload;
    let had_files = !files.is_empty() || refused.is_some();
    let outcome = match refused {
        Some(error) => Err(at_files(error)),
        None => add_once(&app, &caller, Reporter::Own(id), &form, &files).await,
    };
    match outcome {
        Ok(()) => Ok(ui.done(format!("/reports/{id}"), "notice-desk-added")),
        Err(error) => {
            upload::discard(&app, &files).await;
            let typed = Typed {
                body: form.body,
                errors: FieldErrors::from_error(error, ui.lang)?,
                files_lost: had_files,
            };
            own_page(&app, &caller, ui, id, typed).await
        }
    }
}
