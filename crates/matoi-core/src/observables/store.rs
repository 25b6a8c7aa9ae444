//! SQL of observables.

use matoi_db::{Row, Sql, v};
use matoi_types::{ObservableId, ScopeId, Tlp};

use super::model::{Elsewhere, Observable, ObservableKind, Origin, Sighting};
use crate::clocks::ClockOwner;
use crate::kernel::{Action, Caller, Result, Tx, access};

/// The identifier of a value, made when it is new.
pub(super) async fn intern(
    tx: &mut Tx,
    kind: ObservableKind,
    value: &str,
    own: bool,
    special: Option<&str>,
) -> Result<ObservableId> {
    if let Some(row) = tx
        .fetch_optional(
            "SELECT id FROM observable WHERE kind = $1 AND value = $2",
            [v(kind.as_str()), v(value)],
        )
        .await?
    {
        return Ok(row.id("id")?);
    }
    let (id, now): (ObservableId, _) = (tx.new_id()?, tx.now());
    // Another transaction may have made it meanwhile: the one that is there counts.
    let row = tx
        .fetch_one(
            "INSERT INTO observable (id, kind, value, own, special, first_seen_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (kind, value) DO UPDATE SET own = EXCLUDED.own RETURNING id",
            [v(id), v(kind.as_str()), v(value), v(own), v(special), v(now)],
        )
        .await?;
    Ok(row.id("id")?)
}

/// Notes a sighting. One that is there keeps what people wrote.
pub(super) async fn add_sighting(
    tx: &mut Tx,
    id: ObservableId,
    owner: ClockOwner,
    scope: ScopeId,
    tlp: Tlp,
    origin: Origin,
    note: &str,
) -> Result<bool> {
    let now = tx.now();
    Ok(tx
        .execute(
            "INSERT INTO sighting (observable_id, owner_kind, owner_id, scope_id, tlp, origin, note, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
             ON CONFLICT (observable_id, owner_kind, owner_id) DO NOTHING",
            [v(id), v(owner.kind()), v(owner.id()), v(scope), v(tlp), v(origin.as_str()), v(note), v(now)],
        )
        .await?
        > 0)
}

/// Sightings of a thing, by kind and value.
pub(super) async fn of(tx: &mut Tx, owner: ClockOwner, limit: u32) -> Result<Vec<Sighting>> {
    let caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT o.id, o.kind, o.value, o.own, o.special, g.tlp, g.origin, g.note, g.at, (SELECT COUNT(*) FROM (SELECT 1 AS one FROM sighting e WHERE e.observable_id = o.id",
    );
    sql.push(
        " AND NOT (e.owner_kind = ? AND e.owner_id = ?)",
        [v(owner.kind()), v(owner.id())],
    );
    access::and_visible(&mut sql, &caller, "e.scope_id");
    // Something seen everywhere says nothing: counting stops early.
    sql.push(
        " LIMIT 100) AS counted) AS elsewhere FROM sighting g JOIN observable o ON o.id = g.observable_id WHERE g.owner_kind = ? AND g.owner_id = ? ORDER BY o.own, o.kind, o.value LIMIT ?",
        [v(owner.kind()), v(owner.id()), v(limit)],
    );
    tx.fetch_sql(sql).await?.iter().map(sighting).collect()
}

/// Where else a value was seen, latest first, as far as the caller may know.
pub(super) async fn elsewhere(tx: &mut Tx, id: ObservableId, limit: u32) -> Result<Vec<Elsewhere>> {
    let caller: Caller = tx.caller().clone();
    let mut sql = Sql::new(
        "SELECT COALESCE(i.kind, 'case') AS noun, g.owner_id, COALESCE(i.number, c.number) AS number, COALESCE(i.title, c.title) AS title, g.at FROM sighting g
         LEFT JOIN desk_item i ON g.owner_kind = 'item' AND i.id = g.owner_id LEFT JOIN case_file c ON g.owner_kind = 'case' AND c.id = g.owner_id WHERE g.observable_id = ",
    );
    sql.push("?", [v(id)]);
    access::and_visible(&mut sql, &caller, "g.scope_id");
    for (action, without) in [
        (Action::ReportRead, " AND COALESCE(i.kind, '') <> 'report'"),
        (Action::AlertRead, " AND COALESCE(i.kind, '') <> 'alert'"),
        (Action::CaseRead, " AND g.owner_kind <> 'case'"),
    ] {
        if !caller.may(action) {
            sql.push(without, []);
        }
    }
    sql.push(" ORDER BY g.at DESC, g.owner_id DESC LIMIT ?", [v(limit)]);
    tx.fetch_sql(sql)
        .await?
        .iter()
        .map(|row| {
            Ok(Elsewhere {
                noun: row.text("noun")?,
                id: row.text("owner_id")?,
                number: row.text("number")?,
                title: row.text("title")?,
                at: row.time("at")?,
            })
        })
        .collect()
}

/// A value by itself.
pub(super) async fn get(tx: &mut Tx, id: ObservableId) -> Result<Option<Observable>> {
    tx.fetch_optional(
        "SELECT id, kind, value, own, special, first_seen_at FROM observable WHERE id = $1",
        [v(id)],
    )
    .await?
    .map(|row| {
        let value = row.text("value")?;
        Ok(Observable {
            id: row.id("id")?,
            kind: row.parsed("kind")?,
            defanged: matoi_text::defang(&value),
            value,
            own: row.flag("own")?,
            special: row.opt_text("special")?,
        })
    })
    .transpose()
}

pub(super) async fn update_sighting(
    tx: &mut Tx,
    id: ObservableId,
    owner: ClockOwner,
    tlp: Tlp,
    note: &str,
) -> Result<bool> {
    Ok(tx
        .execute(
            "UPDATE sighting SET tlp = $4, note = $5 WHERE observable_id = $1 AND owner_kind = $2 AND owner_id = $3",
            [v(id), v(owner.kind()), v(owner.id()), v(tlp), v(note)],
        )
        .await?
        > 0)
}

pub(super) async fn remove_sighting(tx: &mut Tx, id: ObservableId, owner: ClockOwner) -> Result<bool> {
    Ok(tx
        .execute(
            "DELETE FROM sighting WHERE observable_id = $1 AND owner_kind = $2 AND owner_id = $3",
            [v(id), v(owner.kind()), v(owner.id())],
        )
        .await?
        > 0)
}

/// Copies what was seen in an item to the case it joined.
pub(super) async fn copy(tx: &mut Tx, from: ClockOwner, to: ClockOwner, scope: ScopeId) -> Result<()> {
    tx.execute(
        "INSERT INTO sighting (observable_id, owner_kind, owner_id, scope_id, tlp, origin, note, at)
         SELECT observable_id, $3, $4, $5, tlp, origin, note, at FROM sighting WHERE owner_kind = $1 AND owner_id = $2
         ON CONFLICT (observable_id, owner_kind, owner_id) DO NOTHING",
        [v(from.kind()), v(from.id()), v(to.kind()), v(to.id()), v(scope)],
    )
    .await?;
    Ok(())
}

pub(super) async fn move_scope(tx: &mut Tx, owner: ClockOwner, scope: ScopeId) -> Result<()> {
    tx.execute(
        "UPDATE sighting SET scope_id = $3 WHERE owner_kind = $1 AND owner_id = $2",
        [v(owner.kind()), v(owner.id()), v(scope)],
    )
    .await?;
    Ok(())
}

fn sighting(row: &Row) -> Result<Sighting> {
    let value = row.text("value")?;
    Ok(Sighting {
        id: row.id("id")?,
        kind: row.parsed("kind")?,
        defanged: matoi_text::defang(&value),
        value,
        own: row.flag("own")?,
        special: row.opt_text("special")?,
        tlp: row.ranked("tlp", Tlp::from_rank)?,
        origin: row.parsed("origin")?,
        note: row.text("note")?,
        at: row.time("at")?,
        elsewhere: row.int("elsewhere")?,
    })
}
