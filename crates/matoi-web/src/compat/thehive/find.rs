//! `POST /api/v1/query`, and who asks.

use axum::Json;
use axum::extract::State;
use matoi_core::cases::{EntryKind, find as cases_find, tasks, timeline};
use matoi_core::desk::{ItemKind, find as alerts_find, queue};
use matoi_core::intake::foreign;
use matoi_core::kernel::PageRequest;
use matoi_core::{Error, Tx, observables};
use serde_json::{Value, json};

use super::columns::{self, LookedUp};
use super::error::{Hive, HiveError, HiveResult, Input, wrong};
use super::query::{self, Expr, Part, Query, Start, Test};
use super::show::{self, Logins};
use super::words::{CLOSING, Version};
use super::{alert, case, read, task};
use crate::App;

pub(super) async fn run(
    State(app): State<App>,
    Hive(caller): Hive,
    Input(given): Input,
) -> HiveResult<Json<Value>> {
    let query = query::read(&given)?;
    let mut tx = app.store.read(&caller).await?;
    let answer = match (&query.start, query.part) {
        (Start::Alerts, Part::Itself) => alerts(&mut tx, &query).await?,
        (Start::Cases, Part::Itself) => cases(&mut tx, &query).await?,
        (Start::Alert(id), part) => query.apply(of_alert(&mut tx, id, part).await?)?,
        (Start::Case(id), part) => query.apply(of_case(&mut tx, id, part).await?)?,
        (Start::Task(id), Part::Itself) => {
            let task = tasks::get(&mut tx, read::task_id(id)?).await?;
            query.apply(vec![task::shown(&mut tx, &task).await?])?
        }
        (Start::CurrentUser, Part::Itself) => query.apply(vec![user(&mut tx).await?])?,
        _ => return Err(HiveError::Unsupported("this query")),
    };
    Ok(Json(answer))
}

pub(super) async fn current_user(State(app): State<App>, Hive(caller): Hive) -> HiveResult<Json<Value>> {
    let mut tx = app.store.read(&caller).await?;
    Ok(Json(user(&mut tx).await?))
}

async fn user(tx: &mut Tx) -> HiveResult<Value> {
    let id = tx.caller().require_account()?;
    let account = matoi_core::identity::accounts::get(tx, id).await?;
    let permissions: Vec<&str> = tx.caller().actions.iter().map(|action| action.as_str()).collect();
    Ok(json!({
        "_id": format!("~{id}"),
        "_type": "User",
        "_createdBy": "system@matoi.local",
        "_createdAt": account.created_at.as_millis(),
        "login": account.login,
        "name": account.name,
        "hasKey": true,
        "hasPassword": false,
        "hasMFA": false,
        "locked": false,
        "profile": "matoi",
        "permissions": permissions,
        "organisation": "matoi",
        "organisations": [],
        "type": "Normal",
        "extraData": {},
    }))
}

async fn alerts(tx: &mut Tx, query: &Query) -> HiveResult<Value> {
    let condition = columns::alerts(&query.filter)?;
    if query.count {
        return Ok(json!(alerts_find::count_alerts(tx, &condition).await?));
    }
    let order = columns::alert_order(&query.sort)?;
    let found = alerts_find::alerts(tx, &condition, &order, query.window()).await?;
    query.check_complete(found.len())?;
    let mut all = Vec::with_capacity(found.len());
    for one in found {
        all.push(alert::load_found(tx, one).await?);
    }
    let mut people = Vec::with_capacity(2 * all.len());
    for one in &all {
        people.extend([one.created_by, one.item.assignee_id]);
    }
    let logins = Logins::of(tx, people).await?;
    let shown = all.iter().map(|one| show::alert(one, &logins, Version::V1));
    Ok(Value::Array(shown.collect()))
}

async fn cases(tx: &mut Tx, query: &Query) -> HiveResult<Value> {
    let looked_up = look_up(tx, &query.filter).await?;
    let condition = columns::cases(&query.filter, &looked_up)?;
    if query.count {
        return Ok(json!(cases_find::count_cases(tx, &condition).await?));
    }
    let order = columns::case_order(&query.sort)?;
    let found = cases_find::cases(tx, &condition, &order, query.window()).await?;
    query.check_complete(found.len())?;
    let mut all = Vec::with_capacity(found.len());
    for one in found {
        all.push(case::shown_found(tx, one).await?);
    }
    Ok(Value::Array(all))
}

/// Finds the cases with the tags and closing statuses that a condition names: they stand beside our cases.
async fn look_up(tx: &mut Tx, filter: &Expr) -> HiveResult<LookedUp> {
    let (mut tags, mut closed) = (Vec::new(), false);
    filter.visit(&mut |field, test, value| match (field, test, value) {
        ("tags", Test::Equal, Value::String(tag)) => tags.push(tag.clone()),
        ("status", _, _) => closed = true,
        _ => {}
    });
    let too_many = |field: &str| {
        wrong(
            field,
            "more than 1,000 cases have it; ask for it together with less",
        )
    };
    let mut looked_up = LookedUp::default();
    for tag in tags {
        let ids = foreign::cases_with_tag(tx, &tag).await?;
        looked_up.by_tag.insert(tag, ids.ok_or_else(|| too_many("tags"))?);
    }
    if closed {
        for status in CLOSING {
            let ids = foreign::cases_with_status(tx, status).await?;
            looked_up
                .by_status
                .insert(status.to_owned(), ids.ok_or_else(|| too_many("status"))?);
        }
    }
    Ok(looked_up)
}

async fn of_alert(tx: &mut Tx, id: &str, part: Part) -> HiveResult<Vec<Value>> {
    let shown = alert::load(tx, read::alert_id(id)?).await?;
    Ok(match part {
        Part::Itself => {
            let logins = Logins::of(tx, [shown.created_by, shown.item.assignee_id]).await?;
            vec![show::alert(&shown, &logins, Version::V1)]
        }
        Part::Observables => observables::service::of_item(tx, shown.item.id)
            .await?
            .iter()
            .map(show::observable)
            .collect(),
        Part::Case => match shown.item.case_id {
            Some(case_id) => vec![case::shown(tx, case_id).await?],
            None => Vec::new(),
        },
        Part::Tasks | Part::Comments | Part::Alerts => return Err(HiveError::Unsupported("this query")),
    })
}

async fn of_case(tx: &mut Tx, id: &str, part: Part) -> HiveResult<Vec<Value>> {
    let found = read::case(tx, id).await?;
    Ok(match part {
        Part::Itself => vec![case::shown(tx, found.id).await?],
        Part::Observables => observables::service::of_case(tx, found.id)
            .await?
            .iter()
            .map(show::observable)
            .collect(),
        Part::Tasks => {
            let mut all = Vec::new();
            for one in tasks::list(tx, found.id).await? {
                all.push(task::shown(tx, &one).await?);
            }
            all
        }
        Part::Comments => comments(tx, found.id).await?,
        Part::Alerts => {
            tx.require(matoi_core::Action::AlertRead)?;
            let mut all = Vec::new();
            for item in queue::of_case(tx, found.id).await? {
                if item.kind == ItemKind::Alert {
                    all.extend(of_alert_itself(tx, item.id).await?);
                }
            }
            all
        }
        Part::Case => return Err(HiveError::Unsupported("this query")),
    })
}

async fn of_alert_itself(tx: &mut Tx, id: matoi_types::ItemId) -> HiveResult<Option<Value>> {
    let shown = match alert::load(tx, id).await {
        Ok(shown) => shown,
        Err(HiveError::Domain(Error::NotFound(_))) => return Ok(None),
        Err(error) => return Err(error),
    };
    let logins = Logins::of(tx, [shown.created_by, shown.item.assignee_id]).await?;
    Ok(Some(show::alert(&shown, &logins, Version::V1)))
}

/// Notes on the timeline of a case, oldest first. More than anybody writes is cut.
async fn comments(tx: &mut Tx, case: matoi_types::CaseId) -> HiveResult<Vec<Value>> {
    let mut all = Vec::new();
    let mut page = PageRequest::default();
    loop {
        let some = timeline::list(tx, case, &[EntryKind::Note], &page).await?;
        all.extend(some.items.into_iter().filter(|entry| !entry.deleted));
        match some.next {
            Some(next) if all.len() < query::MAX_ROWS as usize => page.cursor = Some(next),
            _ => break,
        }
    }
    all.sort_by_key(|entry| entry.entered_at);
    let authors: Vec<_> = all.iter().map(|entry| entry.author_id).collect();
    let logins = Logins::of(tx, authors).await?;
    Ok(all.iter().map(|entry| show::comment(entry, &logins)).collect())
}
