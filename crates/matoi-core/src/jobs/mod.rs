//! Background work in the same database: leased, retried with back-off, visible when it fails for good.
//!
//! A job is enqueued in the transaction whose follow-up it is, so it exists exactly when that commits. It may run twice
//! after a crash, so every handler is idempotent. Lanes keep urgent work from waiting behind bulk.

pub mod model;
pub mod runner;
pub mod service;
mod store;

pub use model::{Job, JobState, Lane, LaneCounts, NewJob};
pub use runner::{Handler, JobError, Progress, Runner};
