//! One door to the two databases Matoi runs on.
//!
//! [`Db`] holds the pools, [`Tx`] is a transaction, [`Value`] goes in and [`Row`] comes out; the same SQL text
//! serves SQLite and PostgreSQL 15+. What is not portable lives in [`dialect`] and in the migration runner.
//! No other crate names a backend (`cargo xtask tidy` checks it), and no SQL text is ever made from input:
//! statements are `&'static str`, or put together from such pieces by [`Sql`].
//!
//! Durability is asserted, not hoped for: [`Db::connect`] refuses a PostgreSQL that acknowledges before it is
//! durable, and opens SQLite with `synchronous=FULL` and a write-ahead log.

mod copy;
pub mod dialect;
mod error;
mod migrate;
mod pool;
mod row;
mod sql;
mod tx;
mod value;

pub use copy::{Column, ColumnKind, Table};
pub use dialect::{Dialect, FullText};
pub use error::DbError;
pub use migrate::{MigrateError, Migration, SchemaState};
pub use pool::{ConnectError, Db, DbUrl, Isolation, PoolOptions, PoolState};
pub use row::Row;
pub use sql::Sql;
pub use tx::Tx;
pub use value::{Value, v};

/// Result of a database operation.
pub type Result<T> = std::result::Result<T, DbError>;
