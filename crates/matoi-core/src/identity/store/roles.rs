//! SQL of roles and who has them.

use matoi_db::{Row, Sql, v};
use matoi_types::{AccountId, Tlp, UnitId};

use super::super::model::{Grant, Role, RoleInput};
use crate::kernel::data::Bilingual;
use crate::kernel::{Action, Result, Tx};

pub(in crate::identity) async fn grants(tx: &mut Tx, account: AccountId) -> Result<Vec<Grant>> {
    tx.fetch_all(
        "SELECT role_id, unit_id FROM role_grant WHERE account_id = $1 ORDER BY role_id, COALESCE(unit_id, '')",
        [v(account)],
    )
    .await?
    .iter()
    .map(|row| Ok(Grant { role: row.text("role_id")?, unit_id: row.opt_id("unit_id")? }))
    .collect()
}

pub(in crate::identity) async fn set_grants(tx: &mut Tx, account: AccountId, grants: &[Grant]) -> Result<()> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute("DELETE FROM role_grant WHERE account_id = $1", [v(account)])
        .await?;
    for grant in grants {
        tx.execute(
            "INSERT INTO role_grant (account_id, role_id, unit_id, granted_by, granted_at) VALUES ($1, $2, $3, $4, $5)",
            [v(account), v(&grant.role), v(grant.unit_id), v(by), v(now)],
        )
        .await?;
    }
    Ok(())
}

pub(in crate::identity) async fn unit_exists(tx: &mut Tx, unit: UnitId) -> Result<bool> {
    Ok(tx
        .fetch_optional("SELECT id FROM unit WHERE id = $1", [v(unit)])
        .await?
        .is_some())
}

const ROLE: &str = "SELECT id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version FROM role";

pub(in crate::identity) async fn roles(tx: &mut Tx) -> Result<Vec<Role>> {
    let mut sql = Sql::new(ROLE);
    sql.push(" ORDER BY shipped DESC, id", []);
    tx.fetch_sql(sql).await?.iter().map(role).collect()
}

pub(in crate::identity) async fn get_role(tx: &mut Tx, id: &str) -> Result<Option<Role>> {
    let mut sql = Sql::new(ROLE);
    sql.push(" WHERE id = ?", [v(id)]);
    tx.fetch_sql(sql).await?.first().map(role).transpose()
}

/// Writes a shipped role unless it was changed here. Says whether anything is new.
pub(in crate::identity) async fn seed_role(tx: &mut Tx, input: &RoleInput) -> Result<bool> {
    let actions = serde_json::to_string(&input.actions)?;
    Ok(tx
        .execute(
            "INSERT INTO role (id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, 0, 1)
             ON CONFLICT (id) DO UPDATE SET name_ja = EXCLUDED.name_ja, name_en = EXCLUDED.name_en, about_ja = EXCLUDED.about_ja, about_en = EXCLUDED.about_en,
               clearance = EXCLUDED.clearance, actions = EXCLUDED.actions, version = role.version + 1
             WHERE role.changed = 0 AND role.shipped = 1 AND (role.actions <> EXCLUDED.actions OR role.clearance <> EXCLUDED.clearance OR role.name_ja <> EXCLUDED.name_ja
               OR role.name_en <> EXCLUDED.name_en OR role.about_ja <> EXCLUDED.about_ja OR role.about_en <> EXCLUDED.about_en)",
            [
                v(&input.id),
                v(&input.name.ja),
                v(&input.name.en),
                v(&input.about.ja),
                v(&input.about.en),
                v(input.clearance),
                v(actions),
            ],
        )
        .await?
        > 0)
}

pub(in crate::identity) async fn insert_role(tx: &mut Tx, input: &RoleInput) -> Result<()> {
    tx.execute(
        "INSERT INTO role (id, name_ja, name_en, about_ja, about_en, clearance, actions, shipped, changed, version) VALUES ($1, $2, $3, $4, $5, $6, $7, 0, 1, 1)",
        [
            v(&input.id),
            v(&input.name.ja),
            v(&input.name.en),
            v(&input.about.ja),
            v(&input.about.en),
            v(input.clearance),
            v(serde_json::to_string(&input.actions)?),
        ],
    )
    .await?;
    Ok(())
}

pub(in crate::identity) async fn update_role(tx: &mut Tx, version: i64, input: &RoleInput) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE role SET name_ja = $3, name_en = $4, about_ja = $5, about_en = $6, clearance = $7, actions = $8, changed = 1, version = version + 1 WHERE id = $1 AND version = $2",
            [
                v(&input.id),
                v(version),
                v(&input.name.ja),
                v(&input.name.en),
                v(&input.about.ja),
                v(&input.about.en),
                v(input.clearance),
                v(serde_json::to_string(&input.actions)?),
            ],
        )
        .await?
        > 0)
}

fn role(row: &Row) -> Result<Role> {
    Ok(Role {
        id: row.text("id")?,
        name: Bilingual {
            ja: row.text("name_ja")?,
            en: row.text("name_en")?,
        },
        about: Bilingual {
            ja: row.text("about_ja")?,
            en: row.text("about_en")?,
        },
        clearance: row.ranked("clearance", Tlp::from_rank)?,
        actions: read_actions(&row.text("actions")?),
        shipped: row.flag("shipped")?,
        changed: row.flag("changed")?,
        version: row.int("version")?,
    })
}

/// Names of actions that this program does not know (written by a newer one) permit nothing.
pub(super) fn read_actions(json: &str) -> Vec<Action> {
    let names: Vec<String> = serde_json::from_str(json).unwrap_or_default();
    names.iter().filter_map(|name| name.parse().ok()).collect()
}
