//! SQL of what only alerts have, and of messages.

use matoi_db::v;
use matoi_types::{ItemId, MessageId};

use crate::desk::model::{AlertDetail, Direction, Message, MessageChannel};
use crate::kernel::{Result, Tx};

pub(in crate::desk) async fn insert_alert(tx: &mut Tx, id: ItemId, detail: &AlertDetail) -> Result<()> {
    tx.execute(
        "INSERT INTO alert_detail (item_id, alert_type, tags, link, raw, extra) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            v(id),
            v(&detail.alert_type),
            v(serde_json::to_string(&detail.tags)?),
            v(&detail.link),
            v(detail.raw.to_string()),
            v(detail.extra.to_string()),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::desk) async fn alert(tx: &mut Tx, id: ItemId) -> Result<Option<AlertDetail>> {
    tx.fetch_optional(
        "SELECT alert_type, tags, link, raw, extra FROM alert_detail WHERE item_id = $1",
        [v(id)],
    )
    .await?
    .map(|row| {
        Ok(AlertDetail {
            alert_type: row.text("alert_type")?,
            tags: serde_json::from_str(&row.text("tags")?)?,
            link: row.text("link")?,
            raw: serde_json::from_str(&row.text("raw")?)?,
            extra: serde_json::from_str(&row.text("extra")?)?,
        })
    })
    .transpose()
}

pub(in crate::desk) async fn update_alert(
    tx: &mut Tx,
    id: ItemId,
    detail: &AlertDetail,
    body: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE alert_detail SET alert_type = $2, tags = $3, link = $4, raw = $5, extra = $6 WHERE item_id = $1",
        [
            v(id),
            v(&detail.alert_type),
            v(serde_json::to_string(&detail.tags)?),
            v(&detail.link),
            v(detail.raw.to_string()),
            v(detail.extra.to_string()),
        ],
    )
    .await?;
    tx.execute("UPDATE desk_item SET body = $2 WHERE id = $1", [v(id), v(body)])
        .await?;
    Ok(())
}

pub(in crate::desk) struct NewMessage<'a> {
    pub(in crate::desk) id: MessageId,
    pub(in crate::desk) item: ItemId,
    pub(in crate::desk) direction: Direction,
    pub(in crate::desk) channel: MessageChannel,
    pub(in crate::desk) body: &'a str,
    pub(in crate::desk) is_answer: bool,
}

pub(in crate::desk) async fn insert_message(tx: &mut Tx, message: NewMessage<'_>) -> Result<()> {
    let (now, by) = (tx.now(), tx.caller().account());
    tx.execute(
        "INSERT INTO message (id, item_id, direction, channel, body, author_id, is_answer, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        [
            v(message.id),
            v(message.item),
            v(message.direction.as_str()),
            v(message.channel.as_str()),
            v(message.body),
            v(by),
            v(message.is_answer),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::desk) async fn messages(tx: &mut Tx, item: ItemId) -> Result<Vec<Message>> {
    tx.fetch_all(
        "SELECT m.id, m.direction, m.channel, m.body, a.name AS author, m.is_answer, m.at FROM message m LEFT JOIN account a ON a.id = m.author_id WHERE m.item_id = $1 ORDER BY m.at, m.id LIMIT 1000",
        [v(item)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(Message {
            id: row.id("id")?,
            direction: row.parsed("direction")?,
            channel: row.parsed("channel")?,
            body: row.text("body")?,
            author: row.opt_text("author")?,
            is_answer: row.flag("is_answer")?,
            at: row.time("at")?,
        })
    })
    .collect()
}
