//! Bringing the schema up to date: at start, under a lock, one transaction per migration.

use sha2::{Digest as _, Sha256};

use crate::dialect::Dialect;
use crate::{Db, DbError, Isolation, Tx, v};

/// One step of the schema. Applied once, never edited afterwards: a changed text is refused.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Position in the sequence, from 1 without gaps.
    pub version: i64,
    /// A short name for logs.
    pub name: &'static str,
    /// The statements. `{key}` becomes a text type whose order is that of its bytes, `{row}` the integer type whose primary
    /// key is the row itself.
    pub sql: &'static str,
    /// Statements for SQLite only, after `sql`.
    pub sqlite: &'static str,
    /// Statements for PostgreSQL only, after `sql`.
    pub postgres: &'static str,
    /// The oldest program schema that can still work on this one: migrations expand first and contract a release later.
    pub min_compatible: i64,
}

/// What the database says about its schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SchemaState {
    /// Version of the newest applied migration, 0 for an empty database.
    pub version: i64,
    /// The oldest program schema version that may work on it.
    pub min_compatible: i64,
}

/// Why the schema could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// The database was written by a newer program that this one cannot work with.
    #[error(
        "the database has schema {found}, which needs a program that knows schema {needs} or newer; this program knows {known}: start a newer Matoi, or restore a backup made before the upgrade"
    )]
    Newer {
        /// Version found.
        found: i64,
        /// The oldest version that may work on it.
        needs: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// An applied migration is not the one this program carries.
    #[error(
        "migration {version} in the database is not the one this program knows: the database was made by another build"
    )]
    Changed {
        /// Which one.
        version: i64,
    },
    /// A statement failed. Nothing of that migration was kept.
    #[error("migration {version} ({name}) failed: {source}")]
    Failed {
        /// Which one.
        version: i64,
        /// Its name.
        name: &'static str,
        /// What the database said.
        source: DbError,
    },
    /// The database could not be asked.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Db {
    /// Applies the migrations that are missing, each in its own transaction, while no other process does the same.
    ///
    /// A schema newer than `migrations` is accepted only if it says that this program may still work on it (rolling
    /// upgrade), and refused otherwise. `now_micros` is the injected time for the log table.
    pub async fn migrate(
        &self,
        migrations: &[Migration],
        now_micros: i64,
    ) -> Result<SchemaState, MigrateError> {
        self.ensure_log_table().await?;
        let known = migrations.last().map_or(0, |m| m.version);
        loop {
            let mut tx = self.begin(Isolation::Write).await?;
            lock(&mut tx).await?;
            let state = check_applied(&mut tx, migrations, known).await?;
            let Some(next) = migrations.iter().find(|m| m.version == state.version + 1) else {
                tx.commit().await?;
                return Ok(state);
            };
            let failed = |source| MigrateError::Failed {
                version: next.version,
                name: next.name,
                source,
            };
            self.raw(&mut tx, script(next, self.dialect()))
                .await
                .map_err(failed)?;
            tx.execute(
                "INSERT INTO schema_migration (version, name, checksum, min_compatible, applied_at) VALUES ($1, $2, $3, $4, $5)",
                [v(next.version), v(next.name), v(checksum(next)), v(next.min_compatible), v(now_micros)],
            )
            .await
            .map_err(failed)?;
            tx.commit().await.map_err(failed)?;
            tracing::info!(version = next.version, name = next.name, "schema migrated");
        }
    }

    /// The state of the schema without changing anything; version 0 when Matoi never wrote here.
    pub async fn schema_state(&self) -> Result<SchemaState, DbError> {
        let mut tx = self.begin(Isolation::Read).await?;
        let exists = tx
            .fetch_optional(
                self.dialect().pick(
                    "SELECT name FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
                    "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = 'schema_migration'",
                ),
                [],
            )
            .await?;
        if exists.is_none() {
            return Ok(SchemaState {
                version: 0,
                min_compatible: 0,
            });
        }
        newest(&mut tx).await
    }

    async fn ensure_log_table(&self) -> Result<(), DbError> {
        let mut tx = self.begin(Isolation::Write).await?;
        lock(&mut tx).await?;
        tx.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (version BIGINT PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, min_compatible BIGINT NOT NULL, applied_at BIGINT NOT NULL)",
            [],
        )
        .await?;
        tx.commit().await
    }
}

/// SQLite's write transaction is the lock; PostgreSQL needs one that two processes share.
async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    if tx.dialect() == Dialect::Postgres {
        tx.execute("SELECT pg_advisory_xact_lock(5604242118)", []).await?;
    }
    Ok(())
}

async fn newest(tx: &mut Tx) -> Result<SchemaState, DbError> {
    let row = tx
        .fetch_one(
            "SELECT COALESCE(MAX(version), 0) AS version, COALESCE(MAX(min_compatible), 0) AS needs FROM schema_migration",
            [],
        )
        .await?;
    Ok(SchemaState {
        version: row.int("version")?,
        min_compatible: row.int("needs")?,
    })
}

async fn check_applied(
    tx: &mut Tx,
    migrations: &[Migration],
    known: i64,
) -> Result<SchemaState, MigrateError> {
    let state = newest(tx).await?;
    if state.min_compatible > known {
        return Err(MigrateError::Newer {
            found: state.version,
            needs: state.min_compatible,
            known,
        });
    }
    for row in tx
        .fetch_all(
            "SELECT version, checksum FROM schema_migration ORDER BY version",
            [],
        )
        .await?
    {
        let version = row.int("version")?;
        let stored = row.text("checksum")?;
        if migrations
            .iter()
            .any(|m| m.version == version && checksum(m) != stored)
        {
            return Err(MigrateError::Changed { version });
        }
    }
    Ok(state)
}

fn script(migration: &Migration, dialect: Dialect) -> String {
    let (key, row, own) = match dialect {
        Dialect::Sqlite => ("TEXT", "INTEGER", migration.sqlite),
        Dialect::Postgres => ("TEXT COLLATE \"C\"", "BIGINT", migration.postgres),
    };
    format!(
        "{}\n{own}",
        migration.sql.replace("{key}", key).replace("{row}", row)
    )
}

fn checksum(migration: &Migration) -> String {
    let mut hash = Sha256::new();
    for part in [migration.sql, migration.sqlite, migration.postgres] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
