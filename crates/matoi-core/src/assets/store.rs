//! SQL of the register of assets.

mod affected;

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, AssetId, Importance, UnitId};

use super::model::{
    Asset, AssetCount, AssetFilter, AssetInput, AssetKind, AssetOrder, AssetOverview, AssetState,
};
use super::rules;
use crate::kernel::data::Bilingual;
use crate::kernel::{Action, Caller, Cursor, Result, Tx, access};
use crate::search::model::Wanted;

pub(super) use affected::{
    affected_now, cases_of, count_affected_now, delete_affected, get_affected, insert_affected, of_cases,
    update_affected,
};

const ASSET: &str = "SELECT a.id, a.name, a.name_key, a.kind, a.importance, a.owner_id, o.name AS owner, a.unit_id, u.name_ja AS unit_ja, u.name_en AS unit_en,
  a.identifiers, a.note, a.retired_at, a.created_at, a.updated_at, a.version
  FROM asset a LEFT JOIN account o ON o.id = a.owner_id LEFT JOIN unit u ON u.id = a.unit_id WHERE 1 = 1";

/// Appends the condition that the caller may read the asset `a`: the register as far as their roles reach, or else what
/// they answer for, themselves or through a unit they were given.
fn and_readable(sql: &mut Sql, caller: &Caller) {
    if caller.is_system() {
        return;
    }
    if caller.may(Action::AssetRead) {
        access::and_unit_reached(sql, caller, "a.unit_id");
        return;
    }
    if !caller.may(Action::AssetReadOwn) {
        sql.push(" AND 1 = 0", []);
        return;
    }
    sql.push(
        " AND a.id IN (SELECT x.id FROM asset x WHERE x.owner_id = ? UNION SELECT x.id FROM asset x WHERE x.unit_id IN (",
        [v(caller.account())],
    );
    sql.append(&access::units_given(caller, Action::AssetReadOwn))
        .push("))", []);
}

pub(super) async fn get(tx: &mut Tx, id: AssetId) -> Result<Option<Asset>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(ASSET);
    sql.push(" AND a.id = ?", [v(id)]);
    and_readable(&mut sql, &caller);
    tx.fetch_sql(sql).await?.first().map(asset).transpose()
}

/// Assets for the search, whoever may read them.
pub(super) async fn wanted(tx: &mut Tx, wanted: Wanted<'_>) -> Result<Vec<Row>> {
    let mut sql = Sql::new(ASSET);
    wanted.push(&mut sql, "a.id", " ORDER BY a.id");
    Ok(tx.fetch_sql(sql).await?)
}

/// The assets with these identifiers, in the order of their names.
pub(super) async fn get_many(tx: &mut Tx, ids: &[AssetId]) -> Result<Vec<Asset>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(ASSET);
    sql.push(" AND", []).push_in("a.id", ids.iter().map(v));
    and_readable(&mut sql, &caller);
    sql.push(" ORDER BY a.name_key, a.id", []);
    tx.fetch_sql(sql).await?.iter().map(asset).collect()
}

/// The assets in use with these names, whoever asks: names are unique for all.
pub(super) async fn in_use_by_names(tx: &mut Tx, keys: &[String]) -> Result<Vec<Asset>> {
    let mut sql = Sql::new(ASSET);
    sql.push(" AND a.retired_at IS NULL AND", [])
        .push_in("a.name_key", keys.iter().map(v));
    tx.fetch_sql(sql).await?.iter().map(asset).collect()
}

/// Assets in use that one of these values identifies: each with the value, by name.
pub(super) async fn identified_by(
    tx: &mut Tx,
    values: &[String],
    limit: u32,
) -> Result<Vec<(AssetId, String)>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT i.asset_id, i.value FROM asset_identifier i JOIN asset a ON a.id = i.asset_id WHERE a.retired_at IS NULL AND",
    );
    sql.push_in("i.value", values.iter().map(v));
    and_readable(&mut sql, &caller);
    sql.push(" ORDER BY a.name_key, i.asset_id, i.value LIMIT ?", [v(limit)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("asset_id")?, row.text("value")?)))
        .collect()
}

pub(super) async fn list(
    tx: &mut Tx,
    filter: &AssetFilter,
    order: AssetOrder,
    after: Option<&Cursor>,
    limit: u32,
) -> Result<Vec<Asset>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(ASSET);
    push_filter(&mut sql, filter);
    and_readable(&mut sql, &caller);
    if let Some(after) = after {
        push_after(&mut sql, order, after);
    }
    match order {
        AssetOrder::Name => sql.push(" ORDER BY a.name_key, a.id", []),
        AssetOrder::Importance => sql.push(" ORDER BY a.importance DESC, a.updated_at DESC, a.id DESC", []),
        AssetOrder::Updated => sql.push(" ORDER BY a.updated_at DESC, a.id DESC", []),
    };
    sql.push(" LIMIT ?", [v(limit + 1)]);
    tx.fetch_sql(sql).await?.iter().map(asset).collect()
}

/// The first comparison of each bounds the index; the second is exact.
fn push_after(sql: &mut Sql, order: AssetOrder, after: &Cursor) {
    let id = || v(&after.id);
    match order {
        // The name itself stands in no cursor: it is that of the asset named there.
        AssetOrder::Name => sql.push(
            " AND a.name_key >= (SELECT n.name_key FROM asset n WHERE n.id = ?) AND (a.name_key > (SELECT n.name_key FROM asset n WHERE n.id = ?) OR a.id > ?)",
            [id(), id(), id()],
        ),
        AssetOrder::Importance => {
            let (importance, updated) = rules::unpack_importance_key(after.key);
            sql.push(
                " AND a.importance <= ? AND (a.importance < ? OR a.updated_at < ? OR (a.updated_at = ? AND a.id < ?))",
                [v(importance), v(importance), v(updated), v(updated), id()],
            )
        }
        AssetOrder::Updated => sql.push(
            " AND a.updated_at <= ? AND (a.updated_at < ? OR a.id < ?)",
            [v(after.key), v(after.key), id()],
        ),
    };
}

pub(super) async fn count(tx: &mut Tx, filter: &AssetFilter, at_most: u32) -> Result<i64> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM asset a WHERE 1 = 1");
    push_filter(&mut sql, filter);
    and_readable(&mut sql, &caller);
    sql.push(" LIMIT ?) AS counted", [v(at_most)]);
    Ok(tx
        .fetch_sql(sql)
        .await?
        .first()
        .map_or(Ok(0), |row| row.int("n"))?)
}

fn push_filter(sql: &mut Sql, filter: &AssetFilter) {
    match (filter.all, filter.retired) {
        (true, _) => {}
        (false, true) => drop(sql.push(" AND a.retired_at IS NOT NULL", [])),
        (false, false) => drop(sql.push(" AND a.retired_at IS NULL", [])),
    }
    match filter.kinds.as_slice() {
        [] => {}
        [one] => drop(sql.push(" AND a.kind = ?", [v(one.as_str())])),
        several => drop(
            sql.push(" AND", [])
                .push_in("a.kind", several.iter().map(|kind| v(kind.as_str()))),
        ),
    }
    if let Some(importance) = filter.importance_at_least {
        sql.push(" AND a.importance >= ?", [v(importance)]);
    }
    if let Some(owner) = filter.owner {
        sql.push(" AND a.owner_id = ?", [v(owner)]);
    }
    if filter.unowned {
        sql.push(" AND a.owner_id IS NULL AND a.unit_id IS NULL", []);
    }
    if let Some(unit) = filter.unit {
        sql.push(" AND a.unit_id = ?", [v(unit)]);
    }
    if let Some(text) = &filter.text {
        let key = rules::name_key(text);
        let identifier = rules::identifier(text).unwrap_or_else(|| key.clone());
        sql.push(
            " AND (a.name_key LIKE ? ESCAPE '!' OR a.id IN (SELECT i.asset_id FROM asset_identifier i WHERE i.value = ?))",
            [v(containing(&key)), v(identifier)],
        );
    }
}

/// A pattern for what contains the text, with the pattern's own signs taken as they are.
fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

pub(super) async fn overview(tx: &mut Tx) -> Result<AssetOverview> {
    let caller = tx.caller().clone();
    let mut sql =
        Sql::new("SELECT a.kind, a.importance, COUNT(*) AS n FROM asset a WHERE a.retired_at IS NULL");
    and_readable(&mut sql, &caller);
    sql.push(" GROUP BY a.kind, a.importance ORDER BY a.kind, a.importance", []);
    let counts = tx
        .fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(AssetCount {
                kind: row.parsed("kind")?,
                importance: row.ranked("importance", Importance::from_rank)?,
                count: row.int("n")?,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    let everything = u32::MAX;
    let retired = AssetFilter {
        retired: true,
        ..AssetFilter::default()
    };
    let unowned = AssetFilter {
        unowned: true,
        ..AssetFilter::default()
    };
    Ok(AssetOverview {
        in_use: counts.iter().map(|one| one.count).sum(),
        retired: count(tx, &retired, everything).await?,
        unowned: count(tx, &unowned, everything).await?,
        affected: count_affected_now(tx).await?,
        counts,
    })
}

pub(super) async fn insert(tx: &mut Tx, id: AssetId, input: &AssetInput) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO asset (id, name, name_key, kind, importance, owner_id, unit_id, identifiers, note, created_at, updated_at, version)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1)",
        [
            v(id),
            v(&input.name),
            v(rules::name_key(&input.name)),
            v(input.kind.as_str()),
            v(input.importance),
            v(input.owner_id),
            v(input.unit_id),
            v(serde_json::to_string(&input.identifiers)?),
            v(&input.note),
            v(now),
        ],
    )
    .await?;
    add_identifiers(tx, id, &input.identifiers).await
}

/// Raises the version when it is the expected one. Every command on an asset begins with this.
pub(super) async fn bump(tx: &mut Tx, id: AssetId, version: i64) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "UPDATE asset SET version = version + 1, updated_at = $3 WHERE id = $1 AND version = $2",
            [v(id), v(version), v(now)],
        )
        .await?
        > 0)
}

/// Writes what commands change; `before` says which identifiers go.
pub(super) async fn save(tx: &mut Tx, before: &Asset, asset: &Asset) -> Result<()> {
    tx.execute(
        "UPDATE asset SET name = $2, name_key = $3, kind = $4, importance = $5, owner_id = $6, unit_id = $7, identifiers = $8, note = $9, retired_at = $10 WHERE id = $1",
        [
            v(asset.id),
            v(&asset.name),
            v(rules::name_key(&asset.name)),
            v(asset.kind.as_str()),
            v(asset.importance),
            v(asset.owner_id),
            v(asset.unit_id),
            v(serde_json::to_string(&asset.identifiers)?),
            v(&asset.note),
            v(asset.retired_at),
        ],
    )
    .await?;
    if before.identifiers == asset.identifiers {
        return Ok(());
    }
    for gone in before
        .identifiers
        .iter()
        .filter(|value| !asset.identifiers.contains(value))
    {
        tx.execute(
            "DELETE FROM asset_identifier WHERE value = $1 AND asset_id = $2",
            [v(gone), v(asset.id)],
        )
        .await?;
    }
    add_identifiers(tx, asset.id, &asset.identifiers).await
}

async fn add_identifiers(tx: &mut Tx, id: AssetId, values: &[String]) -> Result<()> {
    for value in values {
        tx.execute(
            "INSERT INTO asset_identifier (asset_id, value) VALUES ($1, $2) ON CONFLICT (value, asset_id) DO NOTHING",
            [v(id), v(value)],
        )
        .await?;
    }
    Ok(())
}

/// Whether the caller's roles reach this unit.
pub(super) async fn unit_is_reached(tx: &mut Tx, unit: UnitId) -> Result<bool> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new("SELECT 1 AS yes FROM unit n WHERE n.id = ");
    sql.push("?", [v(unit)]);
    access::and_unit_reached(&mut sql, &caller, "n.id");
    Ok(!tx.fetch_sql(sql).await?.is_empty())
}

/// Accounts that answer for assets the caller may read: identifier and name, for choosing in a list's filter.
pub(super) async fn owners(tx: &mut Tx, limit: u32) -> Result<Vec<(AccountId, String)>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT p.id, p.name FROM account p WHERE EXISTS (SELECT 1 FROM asset a WHERE a.owner_id = p.id AND a.retired_at IS NULL",
    );
    and_readable(&mut sql, &caller);
    sql.push(") ORDER BY p.name, p.id LIMIT ?", [v(limit)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| Ok((row.id("id")?, row.text("name")?)))
        .collect()
}

pub(super) fn asset(row: &Row) -> Result<Asset> {
    let unit = match (row.opt_text("unit_ja")?, row.opt_text("unit_en")?) {
        (Some(ja), Some(en)) => Some(Bilingual { ja, en }),
        _ => None,
    };
    let retired_at = row.opt_time("retired_at")?;
    Ok(Asset {
        id: row.id("id")?,
        name: row.text("name")?,
        name_key: row.text("name_key")?,
        kind: row.parsed::<AssetKind>("kind")?,
        importance: row.ranked("importance", Importance::from_rank)?,
        owner_id: row.opt_id("owner_id")?,
        owner: row.opt_text("owner")?,
        unit_id: row.opt_id("unit_id")?,
        unit,
        identifiers: serde_json::from_str(&row.text("identifiers")?)?,
        note: row.text("note")?,
        state: if retired_at.is_some() {
            AssetState::Retired
        } else {
            AssetState::InUse
        },
        retired_at,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        version: row.int("version")?,
    })
}
