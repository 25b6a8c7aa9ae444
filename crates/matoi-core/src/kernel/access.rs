//! Need-to-know: one table, and one SQL fragment that every list, count, search and link uses.
//!
//! Everything that can be restricted carries a `scope_id`. A scope has a TLP label, a unit, and the flag `restricted`.
//! A caller sees what is in a scope when
//!
//! - the scope is not restricted, its label is within the caller's clearance, and its unit is one the caller's
//!   roles reach; or
//! - the caller is named in the scope's list (TLP:RED and restricted scopes are seen by the named only).
//!
//! What is attached to a case shares the case's scope, so that a change of the label or the list reaches all of it at once.

use matoi_db::{Sql, v};
use matoi_types::{AccountId, ScopeId, Timestamp, Tlp, UnitId};

use super::{Action, Caller, Error, Result, Tx};

/// Who may see what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Its identifier.
    pub id: ScopeId,
    /// The label.
    pub tlp: Tlp,
    /// Whether only the named may see it.
    pub restricted: bool,
    /// The unit it belongs to; none means the whole organisation.
    pub unit: Option<UnitId>,
}

/// Somebody named in a scope's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScopeMember {
    /// Who.
    pub account: AccountId,
    /// Their name.
    pub name: String,
    /// Why they need to know.
    pub reason: String,
    /// When they were named.
    pub added_at: Timestamp,
    /// Whether they entered by themselves in an emergency.
    pub broke_glass: bool,
    /// Whether their place on the list rests until the owner confirms it: after an administrator reset their password.
    pub suspended: bool,
}

/// Appends the condition that the caller may see the scope in `scope_column`, like ` AND EXISTS (…)`.
///
/// `scope_column` is a column name written in the program, like `"c.scope_id"`.
pub fn and_visible(sql: &mut Sql, caller: &Caller, scope_column: &'static str) {
    if caller.is_system() {
        return;
    }
    sql.push(" AND EXISTS (SELECT 1 FROM scope s WHERE s.id = ", [])
        .push(scope_column, []);
    sql.push(
        " AND ((s.restricted = 0 AND s.tlp <= ?",
        [v(caller.clearance.rank().min(Tlp::AmberStrict.rank()))],
    );
    and_unit_reached(sql, caller, "s.unit_id");
    sql.push(
        ") OR EXISTS (SELECT 1 FROM scope_member m WHERE m.scope_id = s.id AND m.account_id = ? AND m.suspended = 0)))",
        [v(caller.account())],
    );
}

/// The scopes hidden from the caller, as the beginning of a statement: `WITH hidden (id) AS (…)`.
///
/// What [`and_visible`] asks of each row, a count over very many rows asks once: `WHERE NOT EXISTS (SELECT 1 FROM
/// hidden h WHERE h.id = x.scope_id)`, which both databases answer from an index or a hash of the few that are hidden.
#[must_use]
pub fn with_hidden(caller: &Caller) -> Sql {
    let mut sql = Sql::new("WITH hidden (id) AS (");
    if caller.is_system() {
        sql.push("SELECT s.id FROM scope s WHERE 1 = 0)", []);
        return sql;
    }
    sql.push(
        "SELECT s.id FROM scope s WHERE s.restricted = 1 UNION SELECT s.id FROM scope s WHERE s.tlp > ?",
        [v(caller.clearance.rank().min(Tlp::AmberStrict.rank()))],
    );
    if !caller.all_units {
        sql.push(
            " UNION SELECT s.id FROM scope s WHERE s.unit_id IS NOT NULL AND s.unit_id NOT IN (SELECT w.unit_id FROM role_grant g JOIN unit_within w ON w.ancestor_id = g.unit_id WHERE g.account_id = ?)",
            [v(caller.account())],
        );
    }
    sql.push(
        " EXCEPT SELECT m.scope_id FROM scope_member m WHERE m.account_id = ? AND m.suspended = 0)",
        [v(caller.account())],
    );
    sql
}

/// Appends the condition that the caller's roles reach the unit in `unit_column`. What belongs to no unit belongs to all.
pub fn and_unit_reached(sql: &mut Sql, caller: &Caller, unit_column: &'static str) {
    if caller.all_units {
        return;
    }
    sql.push(" AND (", [])
        .push(unit_column, [])
        .push(" IS NULL OR EXISTS (SELECT 1 FROM role_grant g JOIN unit_within w ON w.ancestor_id = g.unit_id WHERE g.account_id = ? AND w.unit_id = ", [
            v(caller.account()),
        ])
        .push(unit_column, [])
        .push("))", []);
}

/// Appends the condition that the caller is named in the list of the scope in `scope_column`: for those who may not read
/// such things at all but still read the ones they are named on.
pub fn and_named(sql: &mut Sql, caller: &Caller, scope_column: &'static str) {
    if caller.is_system() {
        return;
    }
    sql.push(
        " AND EXISTS (SELECT 1 FROM scope_member m WHERE m.scope_id = ",
        [],
    )
    .push(scope_column, [])
    .push(
        " AND m.account_id = ? AND m.suspended = 0)",
        [v(caller.account())],
    );
}

/// The units for which the caller was given a role with this action, and every unit below them, as a list to stand behind
/// `IN`. A role for the whole organisation names no unit and gives none here.
#[must_use]
pub fn units_given(caller: &Caller, action: Action) -> Sql {
    let mut sql = Sql::new(
        "SELECT w.unit_id FROM role_grant g JOIN role r ON r.id = g.role_id JOIN unit_within w ON w.ancestor_id = g.unit_id WHERE g.account_id = ",
    );
    sql.push(
        "? AND r.actions LIKE ?",
        [v(caller.account()), v(format!("%\"{action}\"%"))],
    );
    sql
}

/// Makes a scope.
pub async fn create(tx: &mut Tx, tlp: Tlp, restricted: bool, unit: Option<UnitId>) -> Result<ScopeId> {
    let id = tx.new_id()?;
    tx.execute(
        "INSERT INTO scope (id, tlp, restricted, unit_id) VALUES ($1, $2, $3, $4)",
        [v(id), v(tlp), v(restricted), v(unit)],
    )
    .await?;
    Ok(id)
}

/// Reads a scope, whoever asks.
pub async fn get(tx: &mut Tx, id: ScopeId) -> Result<Scope> {
    let row = tx
        .fetch_optional(
            "SELECT id, tlp, restricted, unit_id FROM scope WHERE id = $1",
            [v(id)],
        )
        .await?
        .ok_or(Error::NotFound("scope"))?;
    Ok(Scope {
        id: row.id("id")?,
        tlp: row.ranked("tlp", Tlp::from_rank)?,
        restricted: row.flag("restricted")?,
        unit: row.opt_id("unit_id")?,
    })
}

/// Whether the caller of this transaction may see what is in the scope.
pub async fn is_visible(tx: &mut Tx, id: ScopeId) -> Result<bool> {
    let mut sql = Sql::new("SELECT 1 AS yes FROM scope q");
    sql.push(" WHERE q.id = ?", [v(id)]);
    and_visible(&mut sql, &tx.caller().clone(), "q.id");
    Ok(!tx.fetch_sql(sql).await?.is_empty())
}

/// Whether the caller is named in the scope's list.
pub async fn is_named(tx: &mut Tx, id: ScopeId) -> Result<bool> {
    let me = tx.caller().account();
    Ok(tx
        .fetch_optional(
            "SELECT 1 AS yes FROM scope_member WHERE scope_id = $1 AND account_id = $2 AND suspended = 0",
            [v(id), v(me)],
        )
        .await?
        .is_some())
}

/// Changes label, restriction and unit.
pub async fn update(tx: &mut Tx, scope: &Scope) -> Result<()> {
    tx.execute(
        "UPDATE scope SET tlp = $2, restricted = $3, unit_id = $4 WHERE id = $1",
        [v(scope.id), v(scope.tlp), v(scope.restricted), v(scope.unit)],
    )
    .await?;
    Ok(())
}

/// Everybody named in the list.
pub async fn members(tx: &mut Tx, id: ScopeId) -> Result<Vec<ScopeMember>> {
    tx.fetch_all(
        "SELECT m.account_id, a.name, m.reason, m.added_at, m.broke_glass, m.suspended FROM scope_member m JOIN account a ON a.id = m.account_id WHERE m.scope_id = $1 ORDER BY m.added_at, m.account_id",
        [v(id)],
    )
    .await?
    .iter()
    .map(|row| {
        Ok(ScopeMember {
            account: row.id("account_id")?,
            name: row.text("name")?,
            reason: row.text("reason")?,
            added_at: row.time("added_at")?,
            broke_glass: row.flag("broke_glass")?,
            suspended: row.flag("suspended")?,
        })
    })
    .collect()
}

/// Names somebody. Naming them again takes the later reason and confirms a place that rested: one that is woken by breaking
/// the glass is marked so.
pub async fn add_member(
    tx: &mut Tx,
    id: ScopeId,
    account: AccountId,
    reason: &str,
    broke_glass: bool,
) -> Result<()> {
    let (by, now) = (tx.caller().account(), tx.now());
    tx.execute(
        "INSERT INTO scope_member (scope_id, account_id, reason, added_by, added_at, broke_glass, suspended) VALUES ($1, $2, $3, $4, $5, $6, 0)
         ON CONFLICT (scope_id, account_id) DO UPDATE SET reason = EXCLUDED.reason,
           broke_glass = CASE WHEN scope_member.suspended = 1 THEN EXCLUDED.broke_glass ELSE scope_member.broke_glass END, suspended = 0",
        [v(id), v(account), v(reason), v(by), v(now), v(broke_glass)],
    )
    .await?;
    Ok(())
}

/// Lets every place of an account rest until each list's owner confirms it. Says how many there were.
pub async fn suspend_member_everywhere(tx: &mut Tx, account: AccountId) -> Result<u64> {
    Ok(tx
        .execute(
            "UPDATE scope_member SET suspended = 1 WHERE account_id = $1 AND suspended = 0",
            [v(account)],
        )
        .await?)
}

/// Takes somebody off the list.
pub async fn remove_member(tx: &mut Tx, id: ScopeId, account: AccountId) -> Result<bool> {
    Ok(tx
        .execute(
            "DELETE FROM scope_member WHERE scope_id = $1 AND account_id = $2",
            [v(id), v(account)],
        )
        .await?
        > 0)
}
