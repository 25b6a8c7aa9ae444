//! Where what can be found comes from: the rooms, asked by kind.

use matoi_types::Timestamp;

use super::model::{Batch, FoundKind, Wanted};
use crate::audit::SealedChange;
use crate::clocks::ClockOwner;
use crate::kernel::{Result, Tx};
use crate::{assets, cases, desk, files, observables, report_doc};

/// Things of one kind, whoever may see them.
pub(super) async fn read(tx: &mut Tx, kind: FoundKind, wanted: Wanted<'_>) -> Result<Batch> {
    if matches!(wanted, Wanted::These([])) {
        return Ok(Batch::default());
    }
    match kind {
        FoundKind::Case => cases::findable::cases(tx, wanted).await,
        FoundKind::Entry => cases::findable::entries(tx, wanted).await,
        FoundKind::Task => cases::findable::tasks(tx, wanted).await,
        FoundKind::Decision => cases::findable::decisions(tx, wanted).await,
        FoundKind::Report => desk::findable::reports(tx, wanted).await,
        FoundKind::Alert => desk::findable::alerts(tx, wanted).await,
        FoundKind::Message => desk::findable::messages(tx, wanted).await,
        FoundKind::Observable => observables::findable::observables(tx, wanted).await,
        FoundKind::Attachment => files::findable::attachments(tx, wanted).await,
        FoundKind::Document => report_doc::findable::documents(tx, wanted).await,
        FoundKind::Asset => assets::findable::assets(tx, wanted).await,
    }
}

/// What a command touched: the thing itself, and what it wrote beside it without a row of its own in the audit log.
pub(super) async fn touched(tx: &mut Tx, change: &SealedChange) -> Result<Vec<(FoundKind, String)>> {
    let id = &change.entity_id;
    let itself = |kind| vec![(kind, id.clone())];
    Ok(match change.entity_kind.as_str() {
        "case" => {
            let mut all = itself(FoundKind::Case);
            all.extend(traces(tx, ClockOwner::CASE, id, change.at).await?);
            all
        }
        "report" => {
            let messages = desk::findable::messages_written_at(tx, id, change.at).await?;
            let mut all = itself(FoundKind::Report);
            all.extend(messages.into_iter().map(|id| (FoundKind::Message, id)));
            all.extend(traces(tx, ClockOwner::ITEM, id, change.at).await?);
            all
        }
        "alert" => {
            let mut all = itself(FoundKind::Alert);
            all.extend(traces(tx, ClockOwner::ITEM, id, change.at).await?);
            all
        }
        "entry" => itself(FoundKind::Entry),
        "task" => itself(FoundKind::Task),
        "decision" => itself(FoundKind::Decision),
        "observable" => itself(FoundKind::Observable),
        "asset" => itself(FoundKind::Asset),
        "attachment" => itself(FoundKind::Attachment),
        "document" => itself(FoundKind::Document),
        _ => Vec::new(),
    })
}

/// What commands wrote on timelines at a time, beside what they were about.
pub(super) async fn written_beside(tx: &mut Tx, at: Timestamp) -> Result<Vec<(FoundKind, String)>> {
    let entries = cases::findable::entries_written_at(tx, at).await?;
    Ok(entries.into_iter().map(|id| (FoundKind::Entry, id)).collect())
}

/// The thing behind a number, whoever may see it.
pub(super) async fn by_number(tx: &mut Tx, number: &str) -> Result<Option<String>> {
    if let Some(case) = cases::findable::id_by_number(tx, number).await? {
        return Ok(Some(case.to_string()));
    }
    let item = desk::findable::id_by_number(tx, number).await?;
    Ok(item.map(|id| id.to_string()))
}

async fn traces(
    tx: &mut Tx,
    owner_kind: &'static str,
    id: &str,
    at: Timestamp,
) -> Result<Vec<(FoundKind, String)>> {
    let traces = observables::findable::noted_at(tx, owner_kind, id, at).await?;
    Ok(traces.into_iter().map(|id| (FoundKind::Observable, id)).collect())
}
