//! What can go wrong in a database, sorted by what the caller can do about it.

/// A failed database operation. The inner text is for the log, never for a client.
#[derive(Debug, thiserror::Error)]
pub enum DbError {
    /// A unique key is taken. Carries the constraint or column the backend named.
    #[error("unique constraint violated: {0}")]
    Unique(String),
    /// A referenced row is missing, or a row is still referenced.
    #[error("foreign key violated: {0}")]
    ForeignKey(String),
    /// Two transactions got in each other's way, or the writer was not free in time: trying again can help.
    #[error("the database is busy: {0}")]
    Busy(String),
    /// The database cannot be reached, or refuses connections: trying again later can help.
    #[error("the database is unavailable: {0}")]
    Unavailable(String),
    /// A column was missing or of another type than the program expects: a defect of the program.
    #[error("unexpected row shape: {0}")]
    Shape(String),
    /// Anything else the backend said.
    #[error("database error: {0}")]
    Other(String),
}

impl DbError {
    /// Whether the same transaction may succeed when it is run again.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unavailable(_))
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(db) => {
                let text = db.message().to_owned();
                let name = db.constraint().map_or_else(|| text.clone(), ToOwned::to_owned);
                if db.is_unique_violation() {
                    return Self::Unique(name);
                }
                if db.is_foreign_key_violation() {
                    return Self::ForeignKey(name);
                }
                match db.code().as_deref() {
                    // SQLite: BUSY and LOCKED with their extended codes. PostgreSQL: serialization failure, deadlock, lock not available.
                    Some("5" | "6" | "261" | "262" | "517" | "518" | "40001" | "40P01" | "55P03") => {
                        Self::Busy(text)
                    }
                    // PostgreSQL: shutting down, starting up, too many connections.
                    Some("57P01" | "57P02" | "57P03" | "53300") => Self::Unavailable(text),
                    _ => Self::Other(text),
                }
            }
            sqlx::Error::PoolTimedOut => Self::Busy("no connection became free in time".to_owned()),
            sqlx::Error::Io(_) | sqlx::Error::PoolClosed | sqlx::Error::WorkerCrashed => {
                Self::Unavailable(error.to_string())
            }
            sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnIndexOutOfBounds { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::RowNotFound => Self::Shape(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}
