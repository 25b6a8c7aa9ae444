//! What can be found of the desk: reports, alerts, messages.

use matoi_db::{Row, Sql, v};
use matoi_types::{ItemId, Timestamp};

use super::model::Direction;
use crate::clocks::ClockOwner;
use crate::first_response;
use crate::kernel::{Result, Tx};
use crate::observables;
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};

const REPORT: &str = "SELECT i.id, i.number, i.title, i.body, i.source, i.source_ref, i.scope_id, i.received_at AS at, r.category, r.device, r.reporter_name AS who, r.reporter_contact,
    r.reporter_account_id, r.mail_from, r.not_incident_reason
  FROM report_detail r JOIN desk_item i ON i.id = r.item_id WHERE 1 = 1";
const ALERT: &str = "SELECT i.id, i.number, i.title, i.body, i.source, i.source_ref, i.scope_id, i.received_at AS at, i.verdict_reason, l.alert_type, l.tags
  FROM alert_detail l JOIN desk_item i ON i.id = l.item_id WHERE 1 = 1";
const MESSAGE: &str = "SELECT m.id, m.item_id, m.direction, m.body, m.at, i.number, i.title AS item_title, i.scope_id, r.reporter_name, r.reporter_account_id, a.name AS author
  FROM message m JOIN desk_item i ON i.id = m.item_id JOIN report_detail r ON r.item_id = m.item_id LEFT JOIN account a ON a.id = m.author_id WHERE 1 = 1";

/// Reports as they are found.
pub(crate) async fn reports(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(REPORT);
    wanted.push(&mut sql, "r.item_id", " ORDER BY r.item_id");
    let rows = tx.fetch_sql(sql).await?;
    let batch = Batch::new(&rows, |row| Ok(row.text("id")?), report)?;
    with_traces(tx, batch).await
}

/// Alerts as they are found.
pub(crate) async fn alerts(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(ALERT);
    wanted.push(&mut sql, "l.item_id", " ORDER BY l.item_id");
    let rows = tx.fetch_sql(sql).await?;
    let batch = Batch::new(&rows, |row| Ok(row.text("id")?), alert)?;
    with_traces(tx, batch).await
}

/// Messages as they are found.
pub(crate) async fn messages(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let mut sql = Sql::new(MESSAGE);
    wanted.push(&mut sql, "m.id", " ORDER BY m.id");
    let rows = tx.fetch_sql(sql).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), message)
}

/// The messages written at `at`. They have no row of their own in the audit log.
pub(crate) async fn messages_written_at(tx: &mut Tx, item: &str, at: Timestamp) -> Result<Vec<String>> {
    Ok(tx
        .fetch_all(
            "SELECT id FROM message WHERE item_id = $1 AND at = $2 ORDER BY id LIMIT 200",
            [v(item), v(at)],
        )
        .await?
        .iter()
        .map(|row| row.text("id"))
        .collect::<matoi_db::Result<_>>()?)
}

/// A report or alert by its number, whoever asks: the search asks whether the caller may see it.
pub(crate) async fn id_by_number(tx: &mut Tx, number: &str) -> Result<Option<ItemId>> {
    Ok(tx
        .fetch_optional("SELECT id FROM desk_item WHERE number = $1", [v(number)])
        .await?
        .map(|row| row.id("id"))
        .transpose()?)
}

fn report(row: &Row) -> Result<Option<Findable>> {
    let category = row.text("category")?;
    let mut also = Also::new();
    also.add(Some(row.text("device")?));
    also.add(row.opt_text("who")?);
    also.add(Some(row.text("reporter_contact")?));
    if let Some(category) = first_response::category(&category).filter(|c| c.id != first_response::OTHER) {
        also.add(Some(category.label.ja.clone()));
        also.add(Some(category.label.en.clone()));
    }
    also.add(Some(row.text("source")?));
    also.add(row.opt_text("source_ref")?);
    also.add(row.opt_text("mail_from")?);
    also.add(row.opt_text("not_incident_reason")?);
    Ok(Some(Findable {
        kind: FoundKind::Report,
        also: also.text(),
        who: row.opt_text("who")?.filter(|name| !name.is_empty()),
        own: row.opt_id("reporter_account_id")?,
        need: Need::Report,
        ..item(row)?
    }))
}

fn alert(row: &Row) -> Result<Option<Findable>> {
    let tags: Vec<String> = serde_json::from_str(&row.text("tags")?)?;
    let source = row.text("source")?;
    let mut also = Also::new();
    also.add(Some(source.clone()));
    also.add(row.opt_text("source_ref")?);
    also.add(Some(row.text("alert_type")?));
    for tag in tags {
        also.add(Some(tag));
    }
    also.add(row.opt_text("verdict_reason")?);
    Ok(Some(Findable {
        kind: FoundKind::Alert,
        also: also.text(),
        who: Some(source),
        ..item(row)?
    }))
}

fn item(row: &Row) -> Result<Findable> {
    Ok(Findable {
        kind: FoundKind::Alert,
        id: row.text("id")?,
        owner: None,
        number: row.text("number")?,
        title: row.text("title")?,
        owner_title: String::new(),
        body: row.text("body")?,
        also: String::new(),
        who: None,
        who_is_desk: false,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: None,
        need: Need::Alert,
    })
}

fn message(row: &Row) -> Result<Option<Findable>> {
    let from_desk = row.parsed::<Direction>("direction")? == Direction::Out;
    let who = if from_desk {
        row.opt_text("author")?
    } else {
        Some(row.text("reporter_name")?).filter(|name| !name.is_empty())
    };
    Ok(Some(Findable {
        kind: FoundKind::Message,
        id: row.text("id")?,
        owner: Some((FoundKind::Report, row.text("item_id")?)),
        number: row.text("number")?,
        title: String::new(),
        owner_title: row.text("item_title")?,
        body: row.text("body")?,
        also: String::new(),
        who,
        who_is_desk: from_desk,
        at: row.time("at")?,
        scope: Some(row.id("scope_id")?),
        own: row.opt_id("reporter_account_id")?,
        need: Need::Report,
    }))
}

/// An item is found by its traces too, in their plain spelling, where its text does not say them itself.
async fn with_traces(tx: &mut Tx, mut batch: Batch) -> Result<Batch> {
    let ids: Vec<&str> = batch.found.iter().map(|item| item.id.as_str()).collect();
    let kind = ClockOwner::ITEM;
    let mut values = observables::findable::values_of(tx, kind, &ids).await?;
    for item in &mut batch.found {
        let Some(values) = values.remove(&item.id) else {
            continue;
        };
        let text = matoi_text::fold(&format!("{}\n{}", item.title, item.body));
        let mut also = Also(std::mem::take(&mut item.also));
        for value in values {
            let folded = matoi_text::fold(&value);
            if !text.contains(folded.as_str()) {
                also.add(Some(value));
            }
        }
        item.also = also.text();
    }
    Ok(batch)
}

/// Texts that are found but stand apart, so that no phrase reaches from one into the next.
struct Also(String);

impl Also {
    const fn new() -> Self {
        Self(String::new())
    }

    fn add(&mut self, text: Option<String>) {
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            if !self.0.is_empty() {
                self.0.push_str("\n\n");
            }
            self.0.push_str(&text);
        }
    }

    fn text(self) -> String {
        self.0
    }
}
