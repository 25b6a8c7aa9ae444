//! Opening the database, with its durable settings asserted.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Row as _};

use crate::dialect::Dialect;
use crate::tx::TxInner;
use crate::{DbError, Result, Tx};

/// Where the database is.
#[derive(Clone)]
pub enum DbUrl {
    /// A file, made when it is missing.
    Sqlite(PathBuf),
    /// A `postgres://` or `postgresql://` URL.
    Postgres(Box<PgConnectOptions>),
}

impl fmt::Debug for DbUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            // The URL may carry a password.
            Self::Postgres(options) => write!(f, "postgresql at {}", options.get_host()),
        }
    }
}

impl DbUrl {
    /// The same place, reached with this password. SQLite has none and stays as it is.
    #[must_use]
    pub fn with_password(self, password: &str) -> Self {
        match self {
            Self::Sqlite(path) => Self::Sqlite(path),
            Self::Postgres(options) => Self::Postgres(Box::new(options.password(password))),
        }
    }
}

/// A text that names no database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a database URL: expected sqlite:PATH or postgres://USER@HOST/DATABASE")]
pub struct ParseDbUrlError;

impl FromStr for DbUrl {
    type Err = ParseDbUrlError;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        if let Some(path) = text.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return if path.is_empty() {
                Err(ParseDbUrlError)
            } else {
                Ok(Self::Sqlite(path.into()))
            };
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            let options: PgConnectOptions = text.parse().map_err(|_| ParseDbUrlError)?;
            return Ok(Self::Postgres(Box::new(options)));
        }
        Err(ParseDbUrlError)
    }
}

/// Connections to SQLite that read most.
const NEAR: u32 = 2;

/// Sizes of the pools.
#[derive(Debug, Clone, Copy)]
pub struct PoolOptions {
    /// Connections that read (SQLite), or all connections (PostgreSQL).
    pub connections: u32,
    /// How long a caller waits for a connection before it is told that the database is busy.
    pub acquire_timeout: Duration,
    /// Page cache in KiB of each of the two SQLite connections that read most; the others have a quarter of it.
    pub sqlite_cache_kib: u32,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self {
            connections: 6,
            acquire_timeout: Duration::from_secs(30),
            sqlite_cache_kib: 20 * 1024,
        }
    }
}

/// How a pool is used at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolState {
    /// `read`, `write` or `all`.
    pub name: &'static str,
    /// Open connections.
    pub open: u32,
    /// Those of them that nobody uses.
    pub idle: u32,
    /// How many can be open.
    pub most: u32,
}

/// How a transaction is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// Reads only. Sees one state of the data from begin to end on SQLite, statement by statement on PostgreSQL.
    Read,
    /// Reads only and sees one state of the data throughout, on both.
    Snapshot,
    /// Reads and writes. SQLite takes its one writer at once, so that no statement fails half-way for a lock.
    Write,
}

/// Why a database could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// It cannot be reached or opened.
    #[error("cannot open the database: {0}")]
    Open(#[source] DbError),
    /// It is older than Matoi supports.
    #[error("PostgreSQL 15 or newer is needed, this is version {0}")]
    TooOld(i64),
    /// It says "done" before a change would survive a power loss.
    #[error(
        "the database setting {setting} is \"{value}\": a change would be acknowledged before it is durable; set it to \"on\""
    )]
    NotDurable {
        /// Name of the setting.
        setting: &'static str,
        /// Its present value.
        value: String,
    },
    /// The text encoding cannot hold every language.
    #[error("the database's encoding is {0}: Matoi needs a database made with encoding UTF8")]
    Encoding(String),
}

/// The database: pools of connections to one SQLite file or one PostgreSQL database.
#[derive(Debug, Clone)]
pub struct Db(DbInner);

#[derive(Debug, Clone)]
enum DbInner {
    Sqlite {
        /// Connections that are taken first: with few readers at a time the same pages are in memory again and again. A pool
        /// gives the connection that has rested longest, so that with many of them each would fill a cache of its own.
        near: sqlx::SqlitePool,
        /// Further ones, for when those are busy.
        far: sqlx::SqlitePool,
        write: sqlx::SqlitePool,
    },
    Postgres(sqlx::PgPool),
}

impl Db {
    /// Opens the database and asserts that a commit is durable when it is acknowledged.
    ///
    /// SQLite: write-ahead log, `synchronous=FULL`, foreign keys enforced. PostgreSQL: version 15+, encoding UTF8,
    /// `fsync`, `full_page_writes` and `synchronous_commit` on.
    pub async fn connect(url: &DbUrl, options: PoolOptions) -> std::result::Result<Self, ConnectError> {
        match url {
            DbUrl::Sqlite(path) => {
                let connect = SqliteConnectOptions::new()
                    .filename(path)
                    .create_if_missing(true)
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Full)
                    .foreign_keys(true)
                    .busy_timeout(options.acquire_timeout)
                    .pragma("temp_store", "memory")
                    .pragma("journal_size_limit", "67108864")
                    .statement_cache_capacity(256)
                    // A page of fifty rows with the one after it is handed over without waiting for its reader.
                    .row_buffer_size(256)
                    .disable_statement_logging();
                let pool = async |connections: u32, cache_kib: u32, reads: bool| {
                    let connect = connect.clone().pragma("cache_size", format!("-{cache_kib}"));
                    let connect = if reads {
                        connect.pragma("query_only", "on")
                    } else {
                        connect
                    };
                    SqlitePoolOptions::new()
                        .max_connections(connections)
                        .acquire_timeout(options.acquire_timeout)
                        // A file does not hang up, and a new connection would begin with an empty cache.
                        .test_before_acquire(false)
                        .idle_timeout(None)
                        .max_lifetime(None)
                        .connect_with(connect)
                        .await
                        .map_err(|error| ConnectError::Open(error.into()))
                };
                let (large, small) = (options.sqlite_cache_kib, options.sqlite_cache_kib.div_ceil(4));
                let write = pool(1, small, false).await?;
                let level: i64 = sqlx::query_scalar("PRAGMA synchronous")
                    .fetch_one(&write)
                    .await
                    .map_err(|error| ConnectError::Open(error.into()))?;
                if level < 2 {
                    return Err(ConnectError::NotDurable {
                        setting: "synchronous",
                        value: level.to_string(),
                    });
                }
                let near = pool(NEAR.min(options.connections), large, true).await?;
                let far = pool(options.connections.saturating_sub(NEAR).max(1), small, true).await?;
                Ok(Self(DbInner::Sqlite { near, far, write }))
            }
            DbUrl::Postgres(connect) => {
                let connect = connect
                    .as_ref()
                    .clone()
                    .application_name("matoi")
                    .statement_cache_capacity(256)
                    .disable_statement_logging();
                let pool = PgPoolOptions::new()
                    .max_connections(options.connections)
                    .acquire_timeout(options.acquire_timeout)
                    .connect_with(connect.clone())
                    .await;
                let pool = match pool {
                    Ok(pool) => pool,
                    Err(error) => return Err(ConnectError::Open(why_not(&connect, error).await)),
                };
                assert_durable_postgres(&pool).await?;
                Ok(Self(DbInner::Postgres(pool)))
            }
        }
    }

    /// Which database this is.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        match self.0 {
            DbInner::Sqlite { .. } => Dialect::Sqlite,
            DbInner::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Begins a transaction.
    pub async fn begin(&self, isolation: Isolation) -> Result<Tx> {
        let inner = match (&self.0, isolation) {
            (DbInner::Sqlite { write, .. }, Isolation::Write) => {
                TxInner::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?)
            }
            (DbInner::Sqlite { near, far, .. }, _) => TxInner::Sqlite(match near.try_begin().await? {
                Some(tx) => tx,
                None if near.size() < near.options().get_max_connections() => near.begin().await?,
                None => far.begin().await?,
            }),
            (DbInner::Postgres(pool), Isolation::Write) => TxInner::Postgres(pool.begin().await?),
            (DbInner::Postgres(pool), Isolation::Read) => {
                TxInner::Postgres(pool.begin_with("BEGIN READ ONLY").await?)
            }
            (DbInner::Postgres(pool), Isolation::Snapshot) => TxInner::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        };
        Ok(Tx(inner))
    }

    /// How the pools are used at this moment.
    #[must_use]
    pub fn pools(&self) -> Vec<PoolState> {
        fn state<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> PoolState {
            let open = pool.size();
            PoolState {
                name,
                open,
                idle: u32::try_from(pool.num_idle()).unwrap_or(u32::MAX).min(open),
                most: pool.options().get_max_connections(),
            }
        }
        match &self.0 {
            DbInner::Sqlite { near, far, write } => {
                let (near, far) = (state("read", near), state("read", far));
                let read = PoolState {
                    name: "read",
                    open: near.open + far.open,
                    idle: near.idle + far.idle,
                    most: near.most + far.most,
                };
                vec![read, state("write", write)]
            }
            DbInner::Postgres(pool) => vec![state("all", pool)],
        }
    }

    /// Whether the database answers at all.
    pub async fn ping(&self) -> Result<()> {
        match &self.0 {
            DbInner::Sqlite { far, .. } => sqlx::query("SELECT 1").execute(far).await.map(drop)?,
            DbInner::Postgres(pool) => sqlx::query("SELECT 1").execute(pool).await.map(drop)?,
        }
        Ok(())
    }

    /// Runs several statements outside a transaction of the caller's making: schema changes only.
    pub(crate) async fn raw(&self, tx: &mut Tx, script: String) -> Result<()> {
        match &mut tx.0 {
            TxInner::Sqlite(tx) => sqlx::raw_sql(sqlx::AssertSqlSafe(script))
                .execute(&mut **tx)
                .await
                .map(drop)?,
            TxInner::Postgres(tx) => {
                sqlx::raw_sql(sqlx::AssertSqlSafe(script))
                    .execute(&mut **tx)
                    .await
                    .map(drop)?;
            }
        }
        Ok(())
    }

    /// Lets the database refresh what it knows about the data, so that queries take the right index.
    pub async fn optimise(&self) -> Result<()> {
        match &self.0 {
            DbInner::Sqlite { write, .. } => {
                sqlx::raw_sql("PRAGMA analysis_limit = 1000; PRAGMA optimize;")
                    .execute(write)
                    .await
                    .map(drop)?;
            }
            // PostgreSQL's autovacuum does this by itself.
            DbInner::Postgres(_) => {}
        }
        Ok(())
    }

    /// Makes an empty database on a PostgreSQL server: for tests and for moving to a new place.
    ///
    /// # Errors
    /// When the name is not made of lower-case letters, digits and `_`, on SQLite, or when the server refuses.
    pub async fn create_database(&self, name: &str) -> Result<()> {
        let plain = !name.is_empty()
            && name
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        match &self.0 {
            DbInner::Postgres(pool) if plain => {
                // Byte order for keys, whatever the server's own default is.
                let sql = format!(
                    "CREATE DATABASE \"{name}\" ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
                );
                sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(pool).await?;
                Ok(())
            }
            _ => Err(DbError::Other("a database cannot be made here".to_owned())),
        }
    }

    /// Closes all connections; SQLite folds its write-ahead log into the file.
    pub async fn close(&self) {
        match &self.0 {
            DbInner::Sqlite { near, far, write } => {
                near.close().await;
                far.close().await;
                write.close().await;
            }
            DbInner::Postgres(pool) => pool.close().await,
        }
    }
}

/// A pool tells only that it has waited: one attempt of its own tells why.
async fn why_not(connect: &PgConnectOptions, error: sqlx::Error) -> DbError {
    if !matches!(error, sqlx::Error::PoolTimedOut) {
        return error.into();
    }
    let attempt = tokio::time::timeout(Duration::from_secs(5), connect.connect()).await;
    let why = match attempt {
        Ok(Ok(_)) => "it answers only now".to_owned(),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it does not answer".to_owned(),
    };
    DbError::Unavailable(format!(
        "PostgreSQL at {} port {}: {why}",
        connect.get_host(),
        connect.get_port()
    ))
}

async fn assert_durable_postgres(pool: &sqlx::PgPool) -> std::result::Result<(), ConnectError> {
    let open = |error: sqlx::Error| ConnectError::Open(error.into());
    let row = sqlx::query(
        "SELECT current_setting('server_version_num')::bigint AS version, current_setting('server_encoding') AS encoding,
                current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
                current_setting('synchronous_commit') AS sync",
    )
    .fetch_one(pool)
    .await
    .map_err(open)?;
    let version: i64 = row.try_get("version").map_err(open)?;
    if version < 150_000 {
        return Err(ConnectError::TooOld(version / 10_000));
    }
    let encoding: String = row.try_get("encoding").map_err(open)?;
    if encoding != "UTF8" {
        return Err(ConnectError::Encoding(encoding));
    }
    for (column, setting) in [
        ("fsync", "fsync"),
        ("pages", "full_page_writes"),
        ("sync", "synchronous_commit"),
    ] {
        let value: String = row.try_get(column).map_err(open)?;
        // `local`, `remote_write` and `remote_apply` are durable on this machine too.
        if value == "off" {
            return Err(ConnectError::NotDurable { setting, value });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_name_one_of_two_databases_and_never_show_a_password() {
        assert!(matches!("sqlite:/var/lib/x.db".parse(), Ok(DbUrl::Sqlite(path)) if path.ends_with("x.db")));
        let url: DbUrl = "postgres://matoi:hunter2@db.example/matoi".parse().unwrap();
        assert_eq!(format!("{url:?}"), "postgresql at db.example");
        for text in ["", "sqlite:", "mysql://x", "/var/lib/x.db"] {
            assert!(text.parse::<DbUrl>().is_err(), "{text}");
        }
    }
}
