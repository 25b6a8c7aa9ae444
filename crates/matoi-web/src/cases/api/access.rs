//! Who needs to know.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use matoi_core::Action;
use matoi_core::cases::glass::GlassNotice;
use matoi_core::cases::{self, Case};
use matoi_core::kernel::access::ScopeMember;
use matoi_types::{AccountId, CaseId, NoticeId, Timestamp, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::http::answer::{ChangeErrors, CreateErrors, List, ReadErrors, versioned};
use crate::http::error::WebResult;
use crate::http::extract::{Api, ApiJson, ApiPath, IfMatch};

pub(super) fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(restrict))
        .routes(routes!(members, add_member))
        .routes(routes!(remove_member))
        .routes(routes!(break_glass))
        .routes(routes!(glass_notices))
        .routes(routes!(glass_notice_seen))
}

/// Label and restriction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Restriction {
    /// The label.
    tlp: Tlp,
    /// Whether only the named see the case.
    restricted: bool,
}

/// Set label and restriction of a case, with everything that hangs on it.
#[utoipa::path(put, path = "/cases/{id}/access", tag = "access", request_body = Restriction,
    params(("id" = CaseId, Path, description = "The case"), ("If-Match" = String, Header, description = "The ETag that was read")),
    responses((status = 200, description = "The case as it is now", body = Case), ChangeErrors))]
async fn restrict(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    IfMatch(version): IfMatch,
    ApiJson(input): ApiJson<Restriction>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseRestrict)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::access::restrict(&mut tx, id, version, input.tlp, input.restricted).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// Somebody who needs to know.
#[derive(Debug, Serialize, ToSchema)]
struct Member {
    /// Who.
    account_id: AccountId,
    /// Their name.
    name: String,
    /// Why.
    reason: String,
    /// Since when.
    added_at: Timestamp,
    /// Whether they entered by themselves in an emergency.
    broke_glass: bool,
    /// Whether their place rests until it is confirmed, after a password reset.
    suspended: bool,
}

fn list_of(members: Vec<ScopeMember>) -> Json<List<Member>> {
    let items = members
        .into_iter()
        .map(|member| Member {
            account_id: member.account,
            name: member.name,
            reason: member.reason,
            added_at: member.added_at,
            broke_glass: member.broke_glass,
            suspended: member.suspended,
        })
        .collect();
    Json(List { items, next: None })
}

/// Who is named on the list of a case.
#[utoipa::path(get, path = "/cases/{id}/members", tag = "access", params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Who needs to know", body = List<Member>), ReadErrors))]
async fn members(
    State(app): State<App>,
    Api(caller): Api,
    ApiPath(id): ApiPath<CaseId>,
) -> WebResult<Json<List<Member>>> {
    let mut tx = app.store.read(&caller).await?;
    Ok(list_of(cases::access::members(&mut tx, id).await?))
}

/// Somebody to be named.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MemberInput {
    /// Who.
    account_id: AccountId,
    /// Why they need to know, at most 500 characters.
    reason: String,
}

/// Name somebody who needs to know, or confirm a place that rests.
#[utoipa::path(post, path = "/cases/{id}/members", tag = "access", request_body = MemberInput,
    params(("id" = CaseId, Path, description = "The case")),
    responses((status = 200, description = "Who needs to know now", body = List<Member>), CreateErrors))]
async fn add_member(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<CaseId>,
    ApiJson(input): ApiJson<MemberInput>,
) -> WebResult<Json<List<Member>>> {
    let caller = api.may(Action::CaseRestrict)?;
    let mut tx = app.store.write(&caller).await?;
    let members = cases::access::add_member(&mut tx, id, input.account_id, &input.reason).await?;
    tx.commit().await?;
    Ok(list_of(members))
}

/// Take somebody off the list.
#[utoipa::path(delete, path = "/cases/{id}/members/{account}", tag = "access",
    params(("id" = CaseId, Path, description = "The case"), ("account" = AccountId, Path, description = "Who")),
    responses((status = 200, description = "Who needs to know now", body = List<Member>), CreateErrors))]
async fn remove_member(
    State(app): State<App>,
    api: Api,
    ApiPath((id, account)): ApiPath<(CaseId, AccountId)>,
) -> WebResult<Json<List<Member>>> {
    let caller = api.may(Action::CaseRestrict)?;
    let mut tx = app.store.write(&caller).await?;
    let members = cases::access::remove_member(&mut tx, id, account).await?;
    tx.commit().await?;
    Ok(list_of(members))
}

/// An emergency.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct BreakGlass {
    /// The number of the case.
    number: String,
    /// Why, at least 10 characters. It stands at the head of the case's timeline.
    reason: String,
}

/// Enter a case one may not see, in an emergency. Whoever works on it is told.
#[utoipa::path(post, path = "/break-glass", tag = "access", request_body = BreakGlass,
    responses((status = 200, description = "The case", body = Case), CreateErrors))]
async fn break_glass(
    State(app): State<App>,
    api: Api,
    ApiJson(input): ApiJson<BreakGlass>,
) -> WebResult<Response> {
    let caller = api.may(Action::CaseBreakGlass)?;
    let mut tx = app.store.write(&caller).await?;
    let case = cases::access::break_glass(&mut tx, &input.number, &input.reason).await?;
    tx.commit().await?;
    Ok(versioned(case.version, case))
}

/// Who entered cases in an emergency, told to you because you answer for them, until you say that you have seen it.
#[utoipa::path(get, path = "/glass-notices", tag = "access",
    responses((status = 200, description = "The newest first, at most 50", body = List<GlassNotice>), ReadErrors))]
async fn glass_notices(State(app): State<App>, api: Api) -> WebResult<Json<List<GlassNotice>>> {
    let caller = api.may(Action::CaseRead)?;
    let mut tx = app.store.read(&caller).await?;
    let items = cases::glass::unseen(&mut tx).await?;
    Ok(Json(List { items, next: None }))
}

/// Say that you have seen it. Saying it again changes nothing.
#[utoipa::path(post, path = "/glass-notices/{id}/seen", tag = "access",
    params(("id" = NoticeId, Path, description = "The notice")),
    responses((status = 204, description = "Noted"), CreateErrors))]
async fn glass_notice_seen(
    State(app): State<App>,
    api: Api,
    ApiPath(id): ApiPath<NoticeId>,
) -> WebResult<StatusCode> {
    let caller = api.may(Action::CaseRead)?;
    let mut tx = app.store.write(&caller).await?;
    cases::glass::seen(&mut tx, id).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}
