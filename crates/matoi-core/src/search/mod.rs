//! Search over everything a caller may see: cases and what hangs on them, reports, alerts, messages, traces, files.
//!
//! The index holds words and who may see them, no texts: what is shown is read from the rooms it belongs to, as it is
//! now. It is brought up to date by the [`Indexer`], which follows the sealed order of changes, and can be made again
//! from nothing ([`rebuild`]). Visibility is never copied: a result is joined with its scope at the moment of the
//! search, and a thing that moves into another scope takes its results along in the same transaction
//! ([`service::move_scope`]).
//!
//! Results come newest first. Ordering by relevance would have to rank everything that a common word finds.

pub mod indexer;
pub mod model;
pub mod rebuild;
pub mod rules;
pub mod service;
mod sources;
mod store;

pub use indexer::Indexer;
pub use model::{Counts, Found, FoundKind, FoundPart, Jump, Place, SearchFilter, SearchPage};
pub use rebuild::{Rebuild, RebuildJobs};
