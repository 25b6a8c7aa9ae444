//! Rules kept as data: triage criteria, life cycles, clocks of the desk, mappings of senders. Versioned, approved, immutable by hash.
//!
//! Shipped files are samples. What is approved lives in the database; a case pins the hashes it was judged by, and
//! old decisions are never judged again silently. This room keeps the texts; what they mean is the business of the
//! room that reads them, which also checks them before they are kept.

pub mod model;
pub mod service;
mod shipped;
mod store;

pub use model::{Checked, DataFile, DataFileEntry, DataFileState, DataKind};
