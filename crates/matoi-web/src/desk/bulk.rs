//! The same done to several reports and alerts. Each is a command of its own, in a transaction of its own: one that is
//! refused does not undo the others, and each refusal says why.

use matoi_core::cases::{self, CaseKind};
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::triage::{self, TriageInput};
use matoi_core::desk::{Verdict, alerts, queue, reports};
use matoi_core::kernel::words::Words;
use matoi_core::{Caller, Error};
use matoi_types::{AccountId, CaseId, ItemId, Lang};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::App;
use crate::http::error;

/// What is done to each.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum BulkCommand {
    /// Take it in.
    Acknowledge,
    /// Give it to somebody, or to nobody.
    Assign {
        /// Who.
        #[serde(default)]
        assignee_id: Option<AccountId>,
    },
    /// Say of an alert whether it was right; a dismissal needs a reason.
    Verdict {
        /// The verdict.
        verdict: Verdict,
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Mark it as the same as another of its kind.
    Merge {
        /// The one that stays.
        into: ItemId,
    },
    /// Close it.
    Close,
    /// Decide that it belongs to an open case.
    Attach {
        /// The case.
        case_id: CaseId,
        /// Why, where that differs from what the criteria say.
        #[serde(default)]
        reason: String,
    },
}

/// One of the items, as it was read.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct BulkItem {
    /// The report or alert.
    pub(super) id: ItemId,
    /// The version that was read.
    pub(super) version: i64,
}

/// What became of one item.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct BulkItemResult {
    /// Which item.
    pub(super) id: ItemId,
    /// Whether it was done.
    pub(super) done: bool,
    /// Why not, in the caller's language.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) problem: Option<String>,
}

/// The most items of one request.
pub(super) const MAX_ITEMS: usize = 200;

/// Does it to each in turn.
pub(super) async fn run(
    app: &App,
    caller: &Caller,
    command: &BulkCommand,
    items: &[BulkItem],
) -> Vec<BulkItemResult> {
    let mut results = Vec::with_capacity(items.len());
    for item in items {
        let outcome = one(app, caller, command, *item).await;
        results.push(BulkItemResult {
            id: item.id,
            done: outcome.is_ok(),
            problem: outcome.err().map(|error| say(caller.lang, &error)),
        });
    }
    results
}

async fn one(app: &App, caller: &Caller, command: &BulkCommand, item: BulkItem) -> Result<(), Error> {
    let BulkItem { id, version } = item;
    let mut tx = app.store.write(caller).await?;
    match command {
        BulkCommand::Acknowledge => {
            reports::acknowledge(&mut tx, id, version).await?;
        }
        BulkCommand::Assign { assignee_id } => {
            reports::assign(&mut tx, id, version, *assignee_id).await?;
        }
        BulkCommand::Verdict { verdict, reason } => {
            alerts::give_verdict(&mut tx, id, version, *verdict, reason).await?;
        }
        BulkCommand::Merge { into } => {
            reports::merge(&mut tx, id, version, *into).await?;
        }
        BulkCommand::Close => {
            reports::close(&mut tx, id, version).await?;
        }
        BulkCommand::Attach { case_id, reason } => {
            let case = cases::service::get(&mut tx, *case_id).await?;
            let before = queue::get(&mut tx, id).await?;
            let facts = triage::suggested_facts(&mut tx, &before).await?;
            let input = TriageInput {
                facts,
                outcome: match case.kind {
                    CaseKind::Incident => TriageOutcome::Incident,
                    CaseKind::Inquiry => TriageOutcome::Inquiry,
                },
                class: Some(case.class.clone()).filter(|class| !class.is_empty()),
                priority: None,
                title: String::new(),
                case_id: Some(case.id),
                override_reason: reason.clone(),
                not_incident_reason: String::new(),
                answer: false,
            };
            // No case is opened, so no number is needed.
            triage::decide(&mut tx, id, version, "", input).await?;
        }
    }
    tx.commit().await
}

/// Why something was refused, in a line.
pub(super) fn say(lang: Lang, error: &Error) -> String {
    let words = Words::get();
    match error {
        Error::Rule(message) => words.say(lang, message),
        Error::Rules(messages) => messages
            .iter()
            .map(|message| words.say(lang, message))
            .collect::<Vec<_>>()
            .join(" / "),
        Error::Invalid(fields) => fields
            .iter()
            .map(|field| words.say(lang, &field.message))
            .collect::<Vec<_>>()
            .join(" / "),
        Error::Exists(field) => words.say(lang, &field.message),
        _ => words.text(lang, &format!("problem-{}", error::kind(error))),
    }
}
