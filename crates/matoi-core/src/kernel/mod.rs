//! What every room stands on: who calls, what may be seen, one way to the database, one audit row per command.
//!
//! The kernel is not a room: it has no pages and no nouns of its own. Rooms use it; it never uses a room.

pub mod access;
pub mod action;
pub mod caller;
pub mod change;
pub mod check;
pub mod csv;
pub mod data;
pub mod env;
pub mod error;
pub mod find;
pub mod history;
pub mod idempotency;
pub mod lease;
pub mod message;
pub mod months;
pub mod named;
pub mod numbers;
pub mod page;
pub mod ports;
pub mod store;
pub mod words;

pub use action::{Action, ActionSet};
pub use caller::{Actor, Caller};
pub use change::Change;
pub use env::Env;
pub use error::{Error, FieldError, Result};
pub use message::Message;
pub(crate) use named::named;
pub use page::{Cursor, Page, PageRequest};
pub use store::{Store, Tx};
