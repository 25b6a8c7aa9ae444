//! The one way to the database: a [`Store`] that opens a [`Tx`] for a [`Caller`], and for nobody else.

use std::sync::Arc;

use matoi_db::dialect::Dialect;
use matoi_db::{Db, Isolation, Row, Sql, Table, Value};
use matoi_types::{Id, IdKind, Timestamp};
use tokio::sync::Notify;

use super::{Action, Caller, Change, Env, Result, change};

/// The database together with the surroundings. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store {
    db: Db,
    env: Env,
    committed: Arc<Notify>,
}

impl Store {
    /// Wraps an open, migrated database.
    #[must_use]
    pub fn new(db: Db, env: Env) -> Self {
        Self {
            db,
            env,
            committed: Arc::new(Notify::new()),
        }
    }

    /// Time and randomness.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.env.now()
    }

    /// A caller for the program's own duty, at the present time.
    #[must_use]
    pub fn system(&self, duty: &'static str) -> Caller {
        Caller::system(duty, self.now())
    }

    /// Begins to read.
    pub async fn read(&self, caller: &Caller) -> Result<Tx> {
        self.begin(caller, Isolation::Read).await
    }

    /// Begins to read one unchanging state of everything.
    pub async fn snapshot(&self, caller: &Caller) -> Result<Tx> {
        self.begin(caller, Isolation::Snapshot).await
    }

    /// Begins to read and write.
    pub async fn write(&self, caller: &Caller) -> Result<Tx> {
        self.begin(caller, Isolation::Write).await
    }

    /// Resolves after the next commit in this process: wakes the sealer and those who follow it.
    pub async fn committed(&self) {
        self.committed.notified().await;
    }

    /// The bare database, for the kernel and the program's own upkeep.
    #[must_use]
    pub const fn db(&self) -> &Db {
        &self.db
    }

    async fn begin(&self, caller: &Caller, isolation: Isolation) -> Result<Tx> {
        let db = self.db.begin(isolation).await?;
        Ok(Tx {
            db,
            caller: caller.clone(),
            env: self.env.clone(),
            committed: Arc::clone(&self.committed),
            recorded: false,
        })
    }
}

/// A transaction of one caller. Services take `&mut Tx`; the adapter that opened it commits.
/// Dropped without a commit, nothing of it remains.
#[derive(Debug)]
pub struct Tx {
    db: matoi_db::Tx,
    caller: Caller,
    env: Env,
    committed: Arc<Notify>,
    recorded: bool,
}

impl Tx {
    /// Who is asking.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The time at which everything in this transaction happens.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.caller.now
    }

    /// Time and randomness.
    #[must_use]
    pub const fn env(&self) -> &Env {
        &self.env
    }

    /// Stops a caller who may not do this.
    ///
    /// # Errors
    /// As [`Caller::require`].
    pub fn require(&self, action: Action) -> Result<()> {
        self.caller.require(action)
    }

    /// A new identifier at this transaction's time.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new_id<K: IdKind>(&self) -> Result<Id<K>> {
        Ok(self.env.new_id(self.caller.now)?)
    }

    /// Unpredictable bytes.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random_bytes<const N: usize>(&self) -> Result<[u8; N]> {
        Ok(self.env.random_bytes()?)
    }

    /// Which database this is, for the few statements that differ.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.db.dialect()
    }

    /// Writes the audit row of a command into this transaction.
    pub async fn record(&mut self, row: Change) -> Result<()> {
        self.recorded = true;
        change::record(self, row).await
    }

    /// Runs a part of a command with the program's own eyes: for reading back what the caller may write but not list.
    pub(crate) async fn as_caller<T>(
        &mut self,
        caller: Caller,
        work: impl AsyncFnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let own = std::mem::replace(&mut self.caller, caller);
        let result = work(self).await;
        self.caller = own;
        result
    }

    /// Runs a statement and says how many rows it changed.
    pub async fn execute(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> matoi_db::Result<u64> {
        self.db.execute(sql, values).await
    }

    /// Runs a query and gives all rows.
    pub async fn fetch_all(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> matoi_db::Result<Vec<Row>> {
        self.db.fetch_all(sql, values).await
    }

    /// Runs a query that gives at most one row that matters.
    pub async fn fetch_optional(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> matoi_db::Result<Option<Row>> {
        self.db.fetch_optional(sql, values).await
    }

    /// Runs a query that always gives a row.
    pub async fn fetch_one(
        &mut self,
        sql: &'static str,
        values: impl IntoIterator<Item = Value>,
    ) -> matoi_db::Result<Row> {
        self.db.fetch_one(sql, values).await
    }

    /// Runs a query put together from static pieces.
    pub async fn fetch_sql(&mut self, sql: Sql) -> matoi_db::Result<Vec<Row>> {
        self.db.fetch_sql(sql).await
    }

    /// Runs a statement put together from static pieces.
    pub async fn execute_sql(&mut self, sql: Sql) -> matoi_db::Result<u64> {
        self.db.execute_sql(sql).await
    }

    /// Inserts many rows with as few statements as the database allows. `head` ends before `VALUES`.
    pub async fn insert_rows(
        &mut self,
        head: &'static str,
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> matoi_db::Result<u64> {
        self.db.insert_rows(head, rows).await
    }

    /// Every table except those named, in an order in which each refers to earlier ones only: for copying everything.
    ///
    /// # Errors
    /// When the caller does not operate the program, or the database cannot be read.
    pub async fn tables(&mut self, except: &[&str]) -> Result<Vec<Table>> {
        self.require(Action::SystemOperate)?;
        Ok(self.db.tables(except).await?)
    }

    /// Rows of a table in the order of its key, after one with this key.
    ///
    /// # Errors
    /// As [`Tx::tables`].
    pub async fn rows_after(
        &mut self,
        table: &Table,
        after: Option<&[Value]>,
        limit: u32,
    ) -> Result<Vec<Vec<Value>>> {
        self.require(Action::SystemOperate)?;
        Ok(self.db.rows_after(table, after, limit).await?)
    }

    /// Whether a table has any row.
    ///
    /// # Errors
    /// As [`Tx::tables`].
    pub async fn has_rows(&mut self, table: &Table) -> Result<bool> {
        self.require(Action::SystemOperate)?;
        Ok(self.db.has_rows(table).await?)
    }

    /// Puts rows into a table, past every rule: only for what was read by [`Tx::rows_after`].
    ///
    /// # Errors
    /// When the caller does not operate the program, or the database refuses a row.
    pub async fn put_rows(
        &mut self,
        table: &str,
        columns: &[&str],
        rows: impl IntoIterator<Item = Vec<Value>>,
    ) -> Result<u64> {
        self.require(Action::SystemOperate)?;
        Ok(self.db.put_rows(table, columns, rows).await?)
    }

    /// Makes it durable. Returns only when it is.
    pub async fn commit(self) -> Result<()> {
        self.db.commit().await?;
        if self.recorded {
            self.committed.notify_waiters();
            self.committed.notify_one();
        }
        Ok(())
    }
}
