//! What Matoi knows: its capabilities, each a room of the same shape. No HTTP.
//!
//! A room has `model.rs` (nouns), `rules.rs` (pure functions), `store.rs` (SQL of this room only) and `service.rs`
//! (what callers may do, inside the caller's transaction). Rooms talk through services, never through another
//! room's tables. [`kernel`] is what they all stand on.

pub mod assets;
pub mod audit;
pub mod cases;
pub mod clocks;
pub mod criteria;
pub mod desk;
pub mod files;
pub mod first_response;
pub mod identity;
pub mod intake;
pub mod jobs;
pub mod kernel;
pub mod lifecycle;
pub mod metrics;
pub mod migrations;
pub mod observables;
pub mod organisation;
pub mod report_doc;
pub mod rulebook;
pub mod search;
pub mod taxonomy;
pub mod upkeep;

pub use kernel::{Action, Caller, Error, Message, Result, Store, Tx};
