//! Pages: the list with the state of the chain, the verification, the export.

use std::collections::HashMap;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::audit::{AuditEntry, AuditFilter};
use matoi_core::identity::accounts;
use matoi_core::kernel::PageRequest;
use matoi_core::{Action, Error, Tx, audit, cases, desk, report_doc};
use matoi_types::{AccountId, Id, IdKind, Timestamp};

use super::export;
use super::views::{Entry, ListPage, ListQuery};
use crate::App;
use crate::http::error::WebResult;
use crate::http::extract::{ApiQuery, SignedIn};
use crate::ui::{Pager, Place, Ui};

/// The routes of this room.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/audit", get(show_list))
        .route("/audit/verification", post(verify))
        .route("/audit/export", post(take_export))
}

/// The beginning of a day as a date field says it, in the reader's zone. One that cannot be read filters nothing.
fn day(ui: &Ui, text: &str) -> Option<Timestamp> {
    ui.read_time(&format!("{text}T00:00"))
}

async fn show_list(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<ListQuery>,
) -> WebResult<Response> {
    caller.require(Action::AuditRead)?;
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let filter = AuditFilter {
        id: None,
        actor_kind: said(&query.actor_kind),
        actor_id: said(&query.actor),
        entity_kind: said(&query.kind),
        entity_id: said(&query.thing),
        verb: said(&query.verb),
        from: day(&ui, &query.from),
        // The last day is meant as a whole.
        until: day(&ui, &query.until).map(|start| start.plus_seconds(86_400)),
    };
    let page = PageRequest {
        cursor: said(&query.cursor),
        limit: None,
    };
    let mut tx = app.store.read(&caller).await?;
    let list = audit::service::list(&mut tx, &filter, &page).await?;
    let people = list
        .items
        .iter()
        .filter(|entry| entry.entity_kind == "account")
        .filter_map(|entry| entry.entity_id.parse::<AccountId>().ok())
        .chain(query.actor.parse().ok())
        .chain(query.thing.parse().ok());
    let names = accounts::names_of(&mut tx, people).await?;
    let numbers = numbers(&mut tx, &list.items).await?;
    let ui = ui.at(Place::Centre);
    let pager = Pager::new(&ui, "/audit", &query.pairs(), &query.cursor, list.next.as_deref());
    ui.clone().page(&ListPage {
        state: audit::service::state(&mut tx).await?,
        last: audit::service::last_verification(&mut tx).await?,
        under_way: audit::job::under_way(&mut tx).await?,
        entries: list
            .items
            .into_iter()
            .map(|entry| Entry::of(&ui, entry))
            .collect(),
        names,
        numbers,
        query,
        pager,
        ui,
    })
}

/// The numbers of what the rows are about, by identifier.
async fn numbers(tx: &mut Tx, rows: &[AuditEntry]) -> Result<HashMap<String, String>, Error> {
    fn of<'a, K: IdKind>(
        rows: &'a [AuditEntry],
        kinds: &'a [&str],
    ) -> impl Iterator<Item = Id<K>> + use<'a, K> {
        rows.iter()
            .filter(|row| kinds.contains(&row.entity_kind.as_str()))
            .filter_map(|row| row.entity_id.parse().ok())
    }
    let cases = cases::service::numbers_of(tx, of(rows, &["case"])).await?;
    let items = desk::queue::numbers_of(tx, of(rows, &["report", "alert"])).await?;
    let documents = report_doc::service::numbers_of(tx, of(rows, &["document"])).await?;
    let cases = cases.into_iter().map(|(id, number)| (id.to_string(), number));
    let items = items.into_iter().map(|(id, number)| (id.to_string(), number));
    let documents = documents.into_iter().map(|(id, number)| (id.to_string(), number));
    Ok(cases.chain(items).chain(documents).collect())
}

async fn verify(State(app): State<App>, SignedIn { caller, ui }: SignedIn) -> WebResult<Response> {
    let mut tx = app.store.write(&caller).await?;
    audit::job::enqueue(&mut tx).await?;
    tx.commit().await?;
    Ok(ui.done("/audit", "notice-audit-verification"))
}

async fn take_export(State(app): State<App>, SignedIn { caller, .. }: SignedIn) -> WebResult<Response> {
    export::download(app, caller).await
}
