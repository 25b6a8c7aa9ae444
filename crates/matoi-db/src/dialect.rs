//! The few statements that SQLite and PostgreSQL spell differently.

/// Which database a statement is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite 3.
    Sqlite,
    /// PostgreSQL 15 or newer.
    Postgres,
}

impl Dialect {
    /// The name used in configuration, health output and backups.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgresql",
        }
    }

    /// Chooses between two spellings of one statement.
    #[must_use]
    pub const fn pick(self, sqlite: &'static str, postgres: &'static str) -> &'static str {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }

    /// Appended to a `SELECT` that claims a row for this transaction alone, passing over rows claimed by others.
    /// SQLite has one writer at a time, so nothing is needed there.
    #[must_use]
    pub const fn claim(self) -> &'static str {
        self.pick("", " FOR UPDATE SKIP LOCKED")
    }
}
