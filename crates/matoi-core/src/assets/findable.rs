//! What can be found of assets: each by its name, its identifiers and its note. A retired one is found too: old cases name it.

use matoi_db::Row;

use super::model::Asset;
use super::store;
use crate::kernel::{Result, Tx};
use crate::search::model::{Batch, Findable, FoundKind, Need, Wanted};

/// Assets as they are found.
pub(crate) async fn assets(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Batch> {
    let rows = store::wanted(tx, wanted).await?;
    Batch::new(&rows, |row| Ok(row.text("id")?), found)
}

fn found(row: &Row) -> Result<Option<Findable>> {
    let asset: Asset = store::asset(row)?;
    let unit = asset.unit.map(|unit| format!("{} {}", unit.ja, unit.en));
    Ok(Some(Findable {
        kind: FoundKind::Asset,
        id: asset.id.to_string(),
        owner: None,
        number: String::new(),
        title: asset.name,
        owner_title: String::new(),
        body: asset.note,
        also: format!(
            "{} {} {}",
            asset.identifiers.join(" "),
            asset.kind,
            unit.unwrap_or_default()
        ),
        who: asset.owner,
        who_is_desk: false,
        at: asset.created_at,
        scope: None,
        own: asset.owner_id,
        need: Need::Asset,
    }))
}
