//! `/api/v1/intake`: webhooks by mapping, and mail from gateways.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use matoi_core::desk::AlertInput;
use matoi_core::intake::alerts;
use matoi_core::intake::mail::{self, Envelope, MailRole, Outcome, ReceivedMail, Refusal};
use matoi_core::intake::mapping::{self, Mapping};
use matoi_core::intake::webhooks::{self, MappingEntry, Webhook, WebhookInput, WebhookUpdate};
use matoi_core::kernel::ports::Files as _;
use matoi_core::kernel::words::Words;
use matoi_core::{Action, Caller, Error, Message};
use matoi_types::{ItemId, Lang, MailId};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::secrets;
use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, created, versioned};
use crate::http::error::{Problem, WebError, WebResult};
use crate::http::extract::{self, Api, ApiJson, ApiPath, IfMatch};
use crate::http::files::BlobFiles;
use crate::http::info::RequestInfo;
use crate::http::json;

/// The routes of this room below `/api/v1`.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list_mappings))
        .routes(routes!(list_webhooks, create_webhook))
        .routes(routes!(get_webhook, update_webhook, delete_webhook, take_webhook))
        .routes(routes!(rotate_webhook))
        .routes(routes!(preview_webhook))
        .routes(routes!(take_mail))
        .routes(routes!(list_mails))
        .routes(routes!(get_original))
        .routes(routes!(show_passwords))
}

/// The mappings in force: data files that say how what a program sends becomes alerts.
#[utoipa::path(get, path = "/intake/mappings", tag = "intake",
    responses((status = 200, description = "The mappings, by name", body = List<MappingEntry>), ReadErrors))]
async fn list_mappings(State(app): State<App>, Api(caller): Api) -> WebResult<Json<List<MappingEntry>>> {
    let mut tx = app.store.read(&caller).await?;
    let items = webhooks::mappings(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// The webhooks that were set up, for senders that cannot bear an API token.
#[utoipa::path(get, path = "/intake/webhooks", tag = "intake",
    responses((status = 200, description = "The webhooks, by name", body = List<Webhook>), ReadErrors))]
async fn list_webhooks(State(app): State<App>, api: Api) -> WebResult<Json<List<Webhook>>> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.read(&caller).await?;
    let items = webhooks::list(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// A webhook with its secret.
#[derive(Debug, Serialize, ToSchema)]
struct NewWebhook {
    /// The webhook.
    webhook: Webhook,
    /// The secret. It is shown this once.
    secret: String,
}

/// Set up a webhook. Its secret is in this answer and nowhere else.
#[utoipa::path(post, path = "/intake/webhooks", tag = "intake", request_body = WebhookInput,
    responses((status = 201, description = "The webhook with its secret", body = NewWebhook), CreateErrors))]
async fn create_webhook(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<WebhookInput>,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let (webhook, secret) = webhooks::create(&mut tx, input).await?;
    tx.commit().await?;
    let place = format!(
        "{}/api/v1/intake/webhooks/{}",
        app.settings.base_path, webhook.name
    );
    Ok(created(
        &place,
        Some(webhook.version),
        NewWebhook { webhook, secret },
    ))
}

/// One webhook, without its secret.
#[utoipa::path(get, path = "/intake/webhooks/{name}", tag = "intake", params(("name" = String, Path, description = "The webhook")),
    responses((status = 200, description = "The webhook", body = Webhook), ReadErrors))]
async fn get_webhook(
    State(app): State<App>,
    api: Api,
    ApiPath(name): ApiPath<String>,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.read(&caller).await?;
    let webhook = webhooks::get(&mut tx, &name).await?;
    Ok(versioned(webhook.version, webhook))
}

/// Switch a webhook on or off, or give it another mapping.
#[utoipa::path(patch, path = "/intake/webhooks/{name}", tag = "intake", request_body = WebhookUpdate,
    params(("name" = String, Path, description = "The webhook"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The webhook as it is now", body = Webhook), ChangeErrors))]
async fn update_webhook(
    State(app): State<App>,
    api: Api,
    ApiPath(name): ApiPath<String>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<WebhookUpdate>,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let webhook = webhooks::update(&mut tx, &name, version, input).await?;
    tx.commit().await?;
    Ok(versioned(webhook.version, webhook))
}

/// Give a webhook another secret. The former one ends at once.
#[utoipa::path(post, path = "/intake/webhooks/{name}/rotate", tag = "intake",
    params(("name" = String, Path, description = "The webhook"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The webhook with its new secret", body = NewWebhook), ChangeErrors))]
async fn rotate_webhook(
    State(app): State<App>,
    api: Api,
    ApiPath(name): ApiPath<String>,
    IfMatch(version): IfMatch,
) -> WebResult<Response> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    let (webhook, secret) = webhooks::rotate(&mut tx, &name, version).await?;
    tx.commit().await?;
    Ok(versioned(webhook.version, NewWebhook { webhook, secret }))
}

/// Take a webhook away.
#[utoipa::path(delete, path = "/intake/webhooks/{name}", tag = "intake",
    params(("name" = String, Path, description = "The webhook"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 204, description = "It is gone"), ChangeErrors))]
async fn delete_webhook(
    State(app): State<App>,
    api: Api,
    ApiPath(name): ApiPath<String>,
    IfMatch(version): IfMatch,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::OrganisationUpdate)?;
    let mut tx = app.store.write(&caller).await?;
    webhooks::delete(&mut tx, &name, version).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What became of a request.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookResult {
    /// The alerts, in the order in which they stood in the body.
    items: Vec<TakenAlert>,
    /// How many were passed over because the mapping does not accept them.
    passed_over: usize,
}

/// One alert of a request.
#[derive(Debug, Serialize, ToSchema)]
struct TakenAlert {
    /// Its identifier.
    id: ItemId,
    /// Its number.
    number: String,
    /// Whether it was there already, from the same source and reference.
    existed: bool,
}

/// Hand in alerts through a webhook.
///
/// The body is what the program sends; a mapping says how it becomes alerts. With an API token the name is that of a webhook or
/// of a mapping in force. Without one it is that of a webhook, and the request bears its secret (`X-Matoi-Secret`, bearer or basic
/// authentication) or, where the mapping wants one, a signature over the body. All alerts are taken or none. The same source and
/// reference never makes a second alert, so sending again is safe.
#[utoipa::path(post, path = "/intake/webhooks/{name}", tag = "intake", params(("name" = String, Path, description = "The webhook")),
    request_body(content = Object, description = "Any JSON, as the mapping expects it"),
    responses(
        (status = 200, description = "What became of it", body = WebhookResult),
        (status = 401, description = "No valid token, secret or signature", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs alert.create", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The webhook is switched off, or the reference belongs to a report", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not what the mapping expects", body = Problem, content_type = "application/problem+json"),
    ))]
async fn take_webhook(
    State(app): State<App>,
    ApiPath(name): ApiPath<String>,
    request: Request,
) -> WebResult<Json<WebhookResult>> {
    let (caller, mapping, body) = prove_webhook(&app, &name, request).await?;
    let mapped = mapping::apply(&mapping, &json::read(&body)?)?;
    let passed_over = mapped.passed_over;
    let inputs: Vec<AlertInput> = mapped.alerts.into_iter().map(|alert| alert.input).collect();
    let accepted = alerts::hand_in(&app.store, &caller, inputs).await?;
    let items = accepted
        .into_iter()
        .map(|alert| TakenAlert {
            id: alert.item.id,
            number: alert.item.number,
            existed: alert.existed,
        })
        .collect();
    Ok(Json(WebhookResult { items, passed_over }))
}

/// What would become of a request.
#[derive(Debug, Serialize, ToSchema)]
struct WebhookPreview {
    /// The alerts as they would be handed in.
    items: Vec<PreviewedAlert>,
    /// How many would be passed over.
    passed_over: usize,
}

/// One alert as it would be handed in.
#[derive(Debug, Serialize, ToSchema)]
struct PreviewedAlert {
    /// The alert. Its reference is empty when nothing the sender gives identifies it.
    alert: AlertInput,
    /// What the mapping could not make anything of. The alert would be taken all the same.
    remarks: Vec<String>,
}

/// Show what a webhook would make of a body, without making it.
#[utoipa::path(post, path = "/intake/webhooks/{name}/preview", tag = "intake", params(("name" = String, Path, description = "The webhook")),
    request_body(content = Object, description = "Any JSON, as the mapping expects it"),
    responses(
        (status = 200, description = "What would become of it", body = WebhookPreview),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs alert.create", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such webhook", body = Problem, content_type = "application/problem+json"),
        (status = 409, description = "The webhook is switched off", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "Not what the mapping expects", body = Problem, content_type = "application/problem+json"),
    ))]
async fn preview_webhook(
    State(app): State<App>,
    api: Api,
    ApiPath(name): ApiPath<String>,
    request: Request,
) -> WebResult<Json<WebhookPreview>> {
    let caller = api.may(Action::AlertCreate)?;
    let mapping = mapping_of(&app, &caller, &name).await?;
    let body = extract::body(request, &app).await?;
    let mapped = mapping::apply(&mapping, &json::read(&body)?)?;
    let items = mapped
        .alerts
        .into_iter()
        .map(|alert| PreviewedAlert {
            remarks: said(&alert.remarks, caller.lang),
            alert: alert.input,
        })
        .collect();
    Ok(Json(WebhookPreview {
        items,
        passed_over: mapped.passed_over,
    }))
}

/// What became of a mail.
#[derive(Debug, Serialize, ToSchema)]
struct TakenMail {
    /// The report it is, or joined.
    report_id: ItemId,
    /// The number of the report.
    number: String,
    /// What became of it.
    role: MailRole,
    /// Whether the same mail had come before.
    existed: bool,
    /// Whether a program answered by itself: an automatic reply, a bounce.
    automatic: bool,
    /// Whether it could be taken apart; if not, only its original and its first lines are there.
    inspected: bool,
}

/// Hand in a mail.
///
/// The body is the mail as it came (RFC 5322). It becomes a report, or joins the one it answers or brings a password for. The
/// same mail never becomes a second report, so sending again is safe. When this answers 503, nothing was stored.
#[utoipa::path(post, path = "/intake/mail", tag = "intake",
    request_body(content = Vec<u8>, content_type = "message/rfc822", description = "The mail, byte for byte"),
    responses(
        (status = 200, description = "It was there, or joined a report", body = TakenMail),
        (status = 201, description = "A new report", body = TakenMail),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs report.create", body = Problem, content_type = "application/problem+json"),
        (status = 413, description = "Too large", body = Problem, content_type = "application/problem+json"),
        (status = 422, description = "No mail at all", body = Problem, content_type = "application/problem+json"),
        (status = 503, description = "Not now; nothing was stored", body = Problem, content_type = "application/problem+json"),
    ))]
async fn take_mail(State(app): State<App>, api: Api, request: Request) -> WebResult<Response> {
    let caller = api.may(Action::ReportCreate)?;
    let limit = app.settings.max_mail;
    let length = usize::try_from(limit).unwrap_or(usize::MAX);
    let raw = axum::body::to_bytes(request.into_body(), length)
        .await
        .map_err(|_| WebError(Error::TooLarge { limit }))?;
    let taken = hand_in_mail(&app, &caller, raw.to_vec()).await?;
    let status = if taken.existed || taken.role != MailRole::Report {
        StatusCode::OK
    } else {
        StatusCode::CREATED
    };
    let body = TakenMail {
        report_id: taken.item.id,
        number: taken.item.number,
        role: taken.role,
        existed: taken.existed,
        automatic: taken.automatic,
        inspected: taken.inspected,
    };
    Ok((status, Json(body)).into_response())
}

/// Takes in a mail; what is not taken is an error that says why.
pub(super) async fn hand_in_mail(app: &App, caller: &Caller, raw: Vec<u8>) -> Result<mail::TakenIn, Error> {
    let files = BlobFiles(app.blobs.clone());
    let desk = mail::Desk {
        store: &app.store,
        files: &files,
        parsers: app.parsers.as_ref(),
        max_bytes: app.settings.max_mail,
    };
    match mail::take_in(desk, caller, raw, &Envelope::default()).await? {
        Outcome::Accepted(taken) => Ok(*taken),
        Outcome::TryLater(problem) => Err(Error::Unavailable(problem)),
        Outcome::Refused(Refusal::TooLarge { limit }) => Err(Error::TooLarge { limit }),
        Outcome::Refused(refusal) => Err(Error::field("/mail", refusal.message())),
    }
}

/// The mails of a report, oldest first, with what stands in their headers.
#[utoipa::path(get, path = "/intake/reports/{id}/mails", tag = "intake", params(("id" = ItemId, Path, description = "The report")),
    responses(
        (status = 200, description = "The mails", body = List<ReceivedMail>),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs report.read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such report", body = Problem, content_type = "application/problem+json"),
    ))]
async fn list_mails(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<ItemId>,
) -> WebResult<Json<List<ReceivedMail>>> {
    let caller = api.may(Action::ReportRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = mail::of_item(&mut tx, id).await?;
    Ok(Json(List { items, next: None }))
}

/// The original of a mail, byte for byte. It is hostile until proven otherwise; reading it is noted in the audit log.
#[utoipa::path(get, path = "/intake/mails/{id}/original", tag = "intake", params(("id" = MailId, Path, description = "The mail")),
    responses(
        (status = 200, description = "The bytes", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs report.read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such mail", body = Problem, content_type = "application/problem+json"),
    ))]
async fn get_original(State(app): State<App>, api: Api, ApiPath(id): ApiPath<MailId>) -> WebResult<Response> {
    let caller = api.may(Action::ReportRead)?;
    let mut tx = app.store.write(&caller).await?;
    let mail = mail::original(&mut tx, id).await?;
    tx.commit().await?;
    let bytes = BlobFiles(app.blobs.clone())
        .get(mail.blob)
        .await?
        .ok_or_else(|| Error::Internal("the original of a mail is gone".to_owned()))?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/octet-stream"),
    );
    if let Ok(name) = HeaderValue::from_str(&format!("attachment; filename=\"{id}.eml\"")) {
        headers.insert(header::CONTENT_DISPOSITION, name);
    }
    Ok(response)
}

/// Passwords that a mail tells.
#[derive(Debug, Serialize, ToSchema)]
struct Passwords {
    /// Texts that may be the password, most probable first.
    passwords: Vec<String>,
}

/// Show the passwords that a mail tells for a locked file. Looking at them is noted in the audit log.
#[utoipa::path(post, path = "/intake/mails/{id}/passwords", tag = "intake", params(("id" = MailId, Path, description = "The mail")),
    responses(
        (status = 200, description = "The passwords", body = Passwords),
        (status = 401, description = "Not signed in", body = Problem, content_type = "application/problem+json"),
        (status = 403, description = "Needs report.read", body = Problem, content_type = "application/problem+json"),
        (status = 404, description = "No such mail", body = Problem, content_type = "application/problem+json"),
    ))]
async fn show_passwords(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<MailId>,
) -> WebResult<Json<Passwords>> {
    let caller = api.may(Action::ReportRead)?;
    let mut tx = app.store.write(&caller).await?;
    let passwords = mail::passwords(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(Passwords { passwords }))
}

/// Who sends to a webhook, what reads it, and what was sent, once the sender has proven itself.
async fn prove_webhook(
    app: &App,
    name: &str,
    request: Request,
) -> WebResult<(Caller, std::sync::Arc<Mapping>, Bytes)> {
    let (mut parts, sent) = request.into_parts();
    let by_token = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.contains("matoi_"));
    if by_token {
        let caller = Api::from_request_parts(&mut parts, app)
            .await?
            .may(Action::AlertCreate)?;
        let mapping = mapping_of(app, &caller, name).await?;
        let body = extract::body(Request::from_parts(parts, sent), app).await?;
        return Ok((caller, mapping, body));
    }
    let headers = parts.headers.clone();
    let info = parts.extensions.get::<RequestInfo>().cloned().unwrap_or_default();
    let key = webhooks::key(&app.store, name).await?;
    let body = extract::body(Request::from_parts(parts, sent), app).await?;
    let proven = key.filter(|key| match &key.mapping.signature {
        Some(signature) => secrets::is_signed(signature, &key.secret, &headers, &body),
        None => secrets::is_borne(&key.secret, &headers),
    });
    let Some(key) = proven else {
        // An unknown name, a switched-off webhook and a wrong secret look alike from outside.
        tracing::warn!(
            webhook = %name.chars().take(40).collect::<String>(),
            "something was sent to a webhook without a valid token, secret or signature"
        );
        return Err(Error::Unauthenticated.into());
    };
    let facts = info.facts();
    let caller = webhooks::caller(&app.store, name, facts.address, facts.request_id).await?;
    Ok((caller, key.mapping, body))
}

async fn mapping_of(app: &App, caller: &Caller, name: &str) -> WebResult<std::sync::Arc<Mapping>> {
    let mut tx = app.store.read(caller).await?;
    Ok(webhooks::mapping(&mut tx, name).await?)
}

fn said(messages: &[Message], lang: Lang) -> Vec<String> {
    messages
        .iter()
        .map(|message| Words::get().say(lang, message))
        .collect()
}
