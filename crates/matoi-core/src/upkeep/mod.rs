//! What the program does for itself: forgetting what has served its time, finding files that nothing names any more,
//! moving small secrets under a new key.
//!
//! Every room knows its own tables; this one only asks all of them. A room that stores files or seals secrets is named
//! here, or its files are swept and its secrets lost: tests hold the lists against the schema.

mod copies;
mod service;

pub use copies::{NOT_IN_BACKUPS, NamedFile, after_restore, files_named};
pub use service::{Forgotten, files_in_use, forget, reseal_secrets};
