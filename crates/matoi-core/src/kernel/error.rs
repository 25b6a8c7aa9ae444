//! The one domain error: what went wrong, sorted by what the caller can do, mapped once to JSON and once to HTML.

use super::{Action, Message};

/// Result of a service.
pub type Result<T> = std::result::Result<T, Error>;

/// One field that cannot be accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// Where: a JSON pointer (RFC 6901) into what was sent, like `/title`.
    pub pointer: String,
    /// What is wrong and what to do.
    pub message: Message,
}

impl FieldError {
    /// An error of the field at `pointer`.
    #[must_use]
    pub fn new(pointer: impl Into<String>, message: Message) -> Self {
        Self {
            pointer: pointer.into(),
            message,
        }
    }
}

/// Why a service did not do what it was asked. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Some fields cannot be accepted. All of them are named, not just the first.
    #[error("invalid input")]
    Invalid(Vec<FieldError>),
    /// There is no such thing, or the caller may not know that there is.
    #[error("{0} not found")]
    NotFound(&'static str),
    /// Nobody is signed in, or the credentials are not valid.
    #[error("not signed in")]
    Unauthenticated,
    /// The caller may know that the thing exists but not do this.
    #[error("action {0} is not permitted")]
    Forbidden(Action),
    /// A rule of the domain forbids it now; the message says which and what to do.
    #[error("rule violated: {}", .0.key)]
    Rule(Message),
    /// Several rules forbid it now, like the conditions of closing; each says what is missing.
    #[error("rules violated")]
    Rules(Vec<Message>),
    /// Somebody else changed the thing since the caller read it.
    #[error("version conflict: the current version is {current}")]
    Stale {
        /// The version now.
        current: i64,
    },
    /// A name or number is taken.
    #[error("already exists")]
    Exists(FieldError),
    /// The version that was read must be said (`If-Match`).
    #[error("a version is needed")]
    VersionNeeded,
    /// Larger than is accepted.
    #[error("larger than {limit} bytes")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Asked too often.
    #[error("too many requests")]
    TooMany {
        /// When to come back, in seconds.
        retry_after: i64,
    },
    /// A part that is needed does not answer; trying again later can help.
    #[error("unavailable: {0}")]
    Unavailable(String),
    /// A defect or a broken surrounding. The text is for the log only.
    #[error("internal error: {0}")]
    Internal(String),
}

impl Error {
    /// One field that cannot be accepted.
    #[must_use]
    pub fn field(pointer: impl Into<String>, message: Message) -> Self {
        Self::Invalid(vec![FieldError::new(pointer, message)])
    }

    /// A rule without arguments.
    #[must_use]
    pub const fn rule(key: &'static str) -> Self {
        Self::Rule(Message::new(key))
    }
}

impl From<matoi_db::DbError> for Error {
    fn from(error: matoi_db::DbError) -> Self {
        // Every rule about what may stand twice is checked before; a key that is taken all the same was taken by somebody at
        // the same moment, and the one who tries again finds what is there.
        if error.is_transient() || matches!(error, matoi_db::DbError::Unique(_)) {
            Self::Unavailable(error.to_string())
        } else {
            Self::Internal(error.to_string())
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::Internal(error.to_string())
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Self::Internal(format!("stored JSON: {error}"))
    }
}
