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

    /// The pieces of statements over the full-text table `search_words`, aliased `f`.
    #[must_use]
    pub const fn full_text(self) -> &'static FullText {
        match self {
            Self::Sqlite => &FullText {
                key: "f.rowid",
                matches: "search_words MATCH ?",
                // Without CROSS the planner may put the full-text table inside the loop.
                join: " CROSS JOIN",
                delete: "DELETE FROM search_words WHERE rowid = $1",
                insert: "INSERT INTO search_words (rowid, words) VALUES ",
                row: "(?, ?)",
                insert_end: "",
                clear: "INSERT INTO search_words(search_words) VALUES ('delete-all')",
                tidy: "INSERT INTO search_words(search_words) VALUES ('optimize')",
                in_pieces: false,
            },
            Self::Postgres => &FullText {
                key: "f.id",
                matches: "f.words @@ ?::text::tsquery",
                join: " JOIN",
                delete: "DELETE FROM search_words WHERE id = $1",
                insert: "INSERT INTO search_words (id, words) VALUES ",
                row: "(?, ?::text::tsvector)",
                insert_end: " ON CONFLICT (id) DO UPDATE SET words = EXCLUDED.words",
                clear: "TRUNCATE search_words, search_piece",
                tidy: "SELECT gin_clean_pending_list('search_words_gin')",
                in_pieces: true,
            },
        }
    }
}

/// How a database spells what has to do with its full-text table. SQLite has FTS5, PostgreSQL `tsvector` and GIN.
#[derive(Debug)]
pub struct FullText {
    /// The number of a row.
    pub key: &'static str,
    /// The condition that a row is found by a bound expression.
    pub matches: &'static str,
    /// Joins what stands behind a row, in that order.
    pub join: &'static str,
    /// Removes the row `$1`.
    pub delete: &'static str,
    /// Begins an insert of rows.
    pub insert: &'static str,
    /// One row of an insert: number and document.
    pub row: &'static str,
    /// Ends an insert of rows.
    pub insert_end: &'static str,
    /// Empties the table.
    pub clear: &'static str,
    /// Brings the table into its smallest and fastest form after much was written.
    pub tidy: &'static str,
    /// Whether a long text does not fit into one row and stands in pieces in `search_piece`.
    pub in_pieces: bool,
}
