//! Now: what is about to be late, what waits, what is mine.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use matoi_core::cases::{self, CaseKind};
use matoi_core::clocks::{self, RunningClock};
use matoi_core::desk::model::{ItemFilter, ItemOrder, TabCounts};
use matoi_core::desk::{self, DeskItem, ItemKind, Verdict};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::{Action, Caller, Error, Message, Tx};
use serde::Deserialize;

use super::item::by_number;
use crate::App;
use crate::desk::bulk::{self, BulkCommand, BulkItem, say};
use crate::desk::views::{BulkOutcome, ClockView, NotDone, NowPage, Queue, Tab};
use crate::http::error::WebResult;
use crate::http::extract::{ApiQuery, PageForm, SignedIn};
use crate::ui::{Place, Ui};

/// Clocks at the head of the page.
const CLOCKS: u32 = 6;
/// Rows of a page of the queue.
const ROWS: u32 = 50;
/// Own tasks and reports shown beside it.
const BESIDE: u32 = 8;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/", get(show))
        .route("/queue/bulk", post(do_to_several))
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct NowQuery {
    tab: String,
    cursor: Option<String>,
}

async fn show(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    ApiQuery(query): ApiQuery<NowQuery>,
) -> WebResult<Response> {
    page(&app, &caller, ui, query, None, Default::default()).await
}

async fn page(
    app: &App,
    caller: &Caller,
    ui: Ui,
    query: NowQuery,
    bulk: Option<BulkOutcome>,
    reasons: (String, String),
) -> WebResult<Response> {
    let ui = ui.at(Place::Now);
    let mut tx = app.store.read(caller).await?;
    let sees_queue = caller.may(Action::ReportRead) || caller.may(Action::AlertRead);
    let queue = if sees_queue {
        Some(queue(&mut tx, caller, query, reasons).await?)
    } else {
        None
    };
    let clocks = running(&mut tx, &ui).await?;
    let has_tasks = caller.may(Action::TaskOwn);
    let tasks = if has_tasks {
        cases::tasks::mine(&mut tx, BESIDE).await?
    } else {
        Vec::new()
    };
    let own = own_reports(&mut tx, caller, sees_queue).await?;
    let glass = cases::glass::unseen(&mut tx).await?;
    let page = NowPage {
        ui: ui.clone(),
        queue,
        glass,
        clocks,
        tasks,
        has_tasks,
        own,
        bulk: bulk.clone(),
    };
    let mut response = ui.page(&page)?;
    if bulk.is_some_and(|outcome| !outcome.not_done.is_empty()) {
        *response.status_mut() = StatusCode::CONFLICT;
    }
    Ok(response)
}

async fn own_reports(tx: &mut Tx, caller: &Caller, sees_queue: bool) -> Result<Vec<DeskItem>, Error> {
    if sees_queue || !caller.may(Action::ReportReadOwn) {
        return Ok(Vec::new());
    }
    let filter = ItemFilter {
        kind: Some(ItemKind::Report),
        reporter: caller.account(),
        all: true,
        ..ItemFilter::default()
    };
    let page = PageRequest {
        cursor: None,
        limit: Some(BESIDE),
    };
    Ok(desk::queue::list(tx, &filter, ItemOrder::Newest, &page)
        .await?
        .items)
}

async fn queue(
    tx: &mut Tx,
    caller: &Caller,
    query: NowQuery,
    (reason, override_reason): (String, String),
) -> Result<Queue, Error> {
    let counts = desk::queue::tab_counts(tx).await?;
    let tab = ["all", "reports", "alerts", "mine", "unassigned"]
        .into_iter()
        .find(|tab| *tab == query.tab)
        .unwrap_or("all");
    let filter = ItemFilter {
        waiting: true,
        kind: match tab {
            "reports" => Some(ItemKind::Report),
            "alerts" => Some(ItemKind::Alert),
            _ => None,
        },
        assignee: caller.account().filter(|_| tab == "mine"),
        unassigned: tab == "unassigned",
        ..ItemFilter::default()
    };
    let cursor = query.cursor.filter(|cursor| !cursor.is_empty());
    let request = PageRequest {
        cursor: cursor.clone(),
        limit: Some(ROWS),
    };
    let page = desk::queue::list(tx, &filter, ItemOrder::Urgency, &request).await?;
    Ok(Queue {
        tabs: tabs(&counts, tab),
        tab,
        counts,
        items: page.items,
        cursor,
        next: page.next,
        reason,
        override_reason,
    })
}

fn tabs(counts: &TabCounts, current: &str) -> Vec<Tab> {
    [
        ("all", counts.all),
        ("reports", counts.reports),
        ("alerts", counts.alerts),
        ("mine", counts.mine),
        ("unassigned", counts.unassigned),
    ]
    .into_iter()
    .map(|(id, count)| Tab {
        id,
        count,
        current: id == current,
    })
    .collect()
}

/// The clocks that press most, those past their time first.
async fn running(tx: &mut Tx, ui: &Ui) -> Result<Vec<ClockView>, Error> {
    let clocks = clocks::service::running(tx, CLOCKS).await?;
    let mut views = Vec::with_capacity(clocks.len());
    for running in clocks {
        let name = clock_name(tx, ui, &running).await?;
        let link = match running.owner_kind.as_str() {
            "case" => ui.to(format!("/cases/{}", running.owner_id)),
            _ => ui.to(format!("/{}s/{}", running.noun, running.owner_id)),
        };
        let whose = running.assignee.unwrap_or_else(|| ui.t("nobody"));
        let name = format!("{} {name}", running.number);
        views.push(ClockView::new(ui.now, running.clock, name, link, whose));
    }
    Ok(views)
}

/// What a clock measures: the desk's by the program's words, a case's by its life cycle.
async fn clock_name(tx: &mut Tx, ui: &Ui, running: &RunningClock) -> Result<String, Error> {
    let kind = running.clock.kind.as_str();
    if running.owner_kind != "case" {
        return Ok(ui.named("desk-clock-", kind));
    }
    let Ok(case_kind) = running.noun.parse::<CaseKind>() else {
        return Ok(kind.to_owned());
    };
    let lifecycle = cases::progress::lifecycle_in_force(tx, case_kind).await?;
    let found = lifecycle.clocks.iter().find(|clock| clock.id == kind);
    Ok(found.map_or_else(|| kind.to_owned(), |clock| clock.name.get(ui.lang).to_owned()))
}

/// What is done to the rows that were marked. Each row is said with the version that was seen: `id@version`.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct BulkForm {
    row: Vec<String>,
    #[serde(rename = "do")]
    action: String,
    into: String,
    case_number: String,
    verdict: String,
    reason: String,
    override_reason: String,
    tab: String,
    cursor: Option<String>,
}

async fn do_to_several(
    State(app): State<App>,
    SignedIn { caller, ui }: SignedIn,
    PageForm(form): PageForm<BulkForm>,
) -> WebResult<Response> {
    let query = NowQuery {
        tab: form.tab.clone(),
        cursor: form.cursor.clone(),
    };
    let outcome = match read(&app, &caller, &form).await {
        Ok((command, rows)) => {
            let results = bulk::run(&app, &caller, &command, &rows).await;
            let mut outcome = BulkOutcome::default();
            for result in results {
                match result.problem {
                    None => outcome.done += 1,
                    Some(problem) => outcome.not_done.push(NotDone {
                        number: number_of(&app, &caller, &result.id).await,
                        problem,
                    }),
                }
            }
            outcome
        }
        Err(error @ (Error::Invalid(_) | Error::Rule(_))) => BulkOutcome {
            done: 0,
            not_done: vec![NotDone {
                number: String::new(),
                problem: say(ui.lang, &error),
            }],
        },
        Err(error) => return Err(error.into()),
    };
    if outcome.not_done.is_empty() {
        let place = format!("/?tab={}", crate::ui::url_encode(&query.tab));
        return Ok(ui.done(place, "notice-desk-bulk"));
    }
    let reasons = (form.reason, form.override_reason);
    page(&app, &caller, ui, query, Some(outcome), reasons).await
}

async fn read(app: &App, caller: &Caller, form: &BulkForm) -> Result<(BulkCommand, Vec<BulkItem>), Error> {
    let rows: Option<Vec<BulkItem>> = form
        .row
        .iter()
        .map(|row| {
            let (id, version) = row.split_once('@')?;
            Some(BulkItem {
                id: id.parse().ok()?,
                version: version.parse().ok()?,
            })
        })
        .collect();
    let mut fields = Fields::new();
    let rows = rows.unwrap_or_default();
    fields.wrong_if(rows.is_empty(), "/row", "error-nothing-selected");
    fields.at_most("/row", rows.len(), bulk::MAX_ITEMS);
    fields.done()?;
    let command = match form.action.as_str() {
        "acknowledge" => BulkCommand::Acknowledge,
        "take" => BulkCommand::Assign {
            assignee_id: caller.account(),
        },
        "close" => BulkCommand::Close,
        "verdict" => {
            let mut fields = Fields::new();
            let verdict: Option<Verdict> = fields.parsed("/verdict", &form.verdict, "error-choose");
            fields.done()?;
            BulkCommand::Verdict {
                verdict: verdict.unwrap_or(Verdict::Undetermined),
                reason: form.reason.clone(),
            }
        }
        "merge" => {
            let mut tx = app.store.read(caller).await?;
            BulkCommand::Merge {
                into: by_number(&mut tx, "/into", &form.into).await?.id,
            }
        }
        "attach" => {
            let mut tx = app.store.read(caller).await?;
            let case = case_by_number(&mut tx, "/case_number", &form.case_number).await?;
            BulkCommand::Attach {
                case_id: case.id,
                reason: form.override_reason.clone(),
            }
        }
        _ => return Err(Error::field("/do", Message::new("error-choose"))),
    };
    Ok((command, rows))
}

/// A case by the number somebody typed.
pub(super) async fn case_by_number(tx: &mut Tx, pointer: &str, typed: &str) -> Result<cases::Case, Error> {
    let number = desk::rules::normal_number(typed);
    if number.is_empty() {
        return Err(Error::field(pointer, Message::new("error-required")));
    }
    cases::service::by_number(tx, &number)
        .await
        .map_err(|error| match error {
            Error::NotFound(_) => Error::field(pointer, Message::new("error-unknown-case")),
            other => other,
        })
}

async fn number_of(app: &App, caller: &Caller, id: &matoi_types::ItemId) -> String {
    let Ok(mut tx) = app.store.read(caller).await else {
        return String::new();
    };
    desk::queue::get(&mut tx, *id)
        .await
        .map(|item| item.number)
        .unwrap_or_default()
}
