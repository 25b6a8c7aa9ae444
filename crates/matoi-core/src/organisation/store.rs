//! SQL of the organisation.

use matoi_db::{Row, v};
use matoi_types::{Tlp, UnitId};

use super::model::{Organisation, OrganisationInput, Unit, UnitInput};
use crate::kernel::data::Bilingual;
use crate::kernel::{Result, Tx};

pub(super) async fn get(tx: &mut Tx) -> Result<Option<Organisation>> {
    tx.fetch_optional(
        "SELECT name_ja, name_en, constituency_ja, constituency_en, lang, zone, desk_phone, desk_mail, own_domains, own_networks, default_tlp, fiscal_year_start, version FROM organisation WHERE id = 1",
        [],
    )
    .await?
    .map(|row| {
        Ok(Organisation {
            name: bilingual(&row, "name_ja", "name_en")?,
            constituency: bilingual(&row, "constituency_ja", "constituency_en")?,
            lang: row.parsed("lang")?,
            zone: row.text("zone")?,
            desk_phone: row.text("desk_phone")?,
            desk_mail: row.text("desk_mail")?,
            own_domains: serde_json::from_str(&row.text("own_domains")?)?,
            own_networks: serde_json::from_str(&row.text("own_networks")?)?,
            default_tlp: row.ranked("default_tlp", Tlp::from_rank)?,
            fiscal_year_start: row.int("fiscal_year_start")?,
            version: row.int("version")?,
        })
    })
    .transpose()
}

/// Writes the one row; its version becomes one more than before.
pub(super) async fn put(tx: &mut Tx, input: &OrganisationInput) -> Result<()> {
    let now = tx.now();
    tx.execute(
        "INSERT INTO organisation (id, name_ja, name_en, constituency_ja, constituency_en, lang, zone, desk_phone, desk_mail, own_domains, own_networks, default_tlp, fiscal_year_start, version, updated_at)
         VALUES (1, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1, $13)
         ON CONFLICT (id) DO UPDATE SET name_ja = EXCLUDED.name_ja, name_en = EXCLUDED.name_en, constituency_ja = EXCLUDED.constituency_ja,
           constituency_en = EXCLUDED.constituency_en, lang = EXCLUDED.lang, zone = EXCLUDED.zone, desk_phone = EXCLUDED.desk_phone,
           desk_mail = EXCLUDED.desk_mail, own_domains = EXCLUDED.own_domains, own_networks = EXCLUDED.own_networks,
           default_tlp = EXCLUDED.default_tlp, fiscal_year_start = EXCLUDED.fiscal_year_start, version = organisation.version + 1, updated_at = EXCLUDED.updated_at",
        [
            v(&input.name.ja),
            v(&input.name.en),
            v(&input.constituency.ja),
            v(&input.constituency.en),
            v(input.lang),
            v(&input.zone),
            v(&input.desk_phone),
            v(&input.desk_mail),
            v(serde_json::to_string(&input.own_domains)?),
            v(serde_json::to_string(&input.own_networks)?),
            v(input.default_tlp),
            v(input.fiscal_year_start),
            v(now),
        ],
    )
    .await?;
    Ok(())
}

pub(super) async fn units(tx: &mut Tx) -> Result<Vec<Unit>> {
    tx.fetch_all(
        "SELECT id, parent_id, name_ja, name_en, version FROM unit ORDER BY id",
        [],
    )
    .await?
    .iter()
    .map(unit)
    .collect()
}

pub(super) async fn get_unit(tx: &mut Tx, id: UnitId) -> Result<Option<Unit>> {
    tx.fetch_optional(
        "SELECT id, parent_id, name_ja, name_en, version FROM unit WHERE id = $1",
        [v(id)],
    )
    .await?
    .as_ref()
    .map(unit)
    .transpose()
}

pub(super) async fn insert_unit(tx: &mut Tx, id: UnitId, input: &UnitInput) -> Result<()> {
    tx.execute(
        "INSERT INTO unit (id, parent_id, name_ja, name_en, version) VALUES ($1, $2, $3, $4, 1)",
        [v(id), v(input.parent_id), v(&input.name.ja), v(&input.name.en)],
    )
    .await?;
    tx.execute(
        "INSERT INTO unit_within (unit_id, ancestor_id) SELECT $1, ancestor_id FROM unit_within WHERE unit_id = $2",
        [v(id), v(input.parent_id)],
    )
    .await?;
    tx.execute(
        "INSERT INTO unit_within (unit_id, ancestor_id) VALUES ($1, $1)",
        [v(id)],
    )
    .await?;
    Ok(())
}

pub(super) async fn rename_unit(tx: &mut Tx, id: UnitId, version: i64, name: &Bilingual) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE unit SET name_ja = $3, name_en = $4, version = version + 1 WHERE id = $1 AND version = $2",
            [v(id), v(version), v(&name.ja), v(&name.en)],
        )
        .await?
        > 0)
}

fn unit(row: &Row) -> Result<Unit> {
    Ok(Unit {
        id: row.id("id")?,
        parent_id: row.opt_id("parent_id")?,
        name: bilingual(row, "name_ja", "name_en")?,
        version: row.int("version")?,
    })
}

fn bilingual(row: &Row, ja: &str, en: &str) -> Result<Bilingual> {
    Ok(Bilingual {
        ja: row.text(ja)?,
        en: row.text(en)?,
    })
}
