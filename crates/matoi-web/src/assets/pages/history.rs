//! What was done to an asset, in the reader's words.

use matoi_core::assets::table::AssetColumn;
use matoi_core::kernel::history::Past;
use matoi_core::{Error, Tx, identity};
use matoi_types::AccountId;
use serde_json::Value as Json;

use crate::assets::views::Step;
use crate::ui::Ui;

/// The commands with their changes in words.
pub(super) async fn in_words(tx: &mut Tx, ui: &Ui, past: Vec<Past>) -> Result<Vec<Step>, Error> {
    let owners = past.iter().flat_map(|one| [&one.before, &one.after]);
    let ids: Vec<AccountId> = owners
        .filter_map(|fields| fields.get("owner_id")?.as_str()?.parse().ok())
        .collect();
    let names = identity::accounts::names_of(tx, ids).await?;
    let name_of = |id: &str| {
        let id: AccountId = id.parse().ok()?;
        names.get(&id).cloned()
    };
    let said = |column: AssetColumn, value: Option<&Json>| -> String {
        let text = match value {
            None | Some(Json::Null) => String::new(),
            Some(Json::String(text)) => text.clone(),
            Some(Json::Array(list)) => list.iter().filter_map(Json::as_str).collect::<Vec<_>>().join(" "),
            Some(other) => other.to_string(),
        };
        match column {
            _ if text.is_empty() => "—".to_owned(),
            AssetColumn::Kind => ui.named("asset-kind-", text),
            AssetColumn::Importance => ui.named("importance-", text),
            AssetColumn::Owner => name_of(&text).unwrap_or_else(|| "—".to_owned()),
            _ => text,
        }
    };
    Ok(past
        .into_iter()
        .map(|past| {
            let is_change = past.verb == "asset.update";
            let changes = FIELDS
                .iter()
                .filter(|(field, _)| is_change && past.after.contains_key(*field))
                .map(|(field, column)| {
                    // The names of units are not kept with the change: that it changed is said.
                    let is_unit = *column == AssetColumn::Unit;
                    let show = |fields: &serde_json::Map<String, Json>| {
                        if is_unit {
                            String::new()
                        } else {
                            said(*column, fields.get(*field))
                        }
                    };
                    (column.heading(ui.lang), show(&past.before), show(&past.after))
                })
                .collect();
            Step {
                what: ui.t(match past.verb.as_str() {
                    "asset.create" => "asset-past-create",
                    "asset.retire" => "asset-past-retire",
                    "asset.restore" => "asset-past-restore",
                    _ => "asset-past-update",
                }),
                changes,
                past,
            }
        })
        .collect())
}

const FIELDS: [(&str, AssetColumn); 7] = [
    ("name", AssetColumn::Name),
    ("kind", AssetColumn::Kind),
    ("importance", AssetColumn::Importance),
    ("owner_id", AssetColumn::Owner),
    ("unit_id", AssetColumn::Unit),
    ("identifiers", AssetColumn::Identifiers),
    ("note", AssetColumn::Note),
];
