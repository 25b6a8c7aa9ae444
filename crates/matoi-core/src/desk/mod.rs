//! The desk (D-1, D-3): reports and alerts, one queue, everything that came in until it is known what it is.
//!
//! Nothing that came in is ever lost or seen twice: the same source and reference never makes a second item, every
//! report has its answer clock and cannot be closed unanswered, and what became of an item stays readable from it.
//! Cases are another room; the desk opens them and hands its items over.

pub mod alerts;
pub mod figures;
pub mod find;
pub(crate) mod findable;
pub(crate) mod mails;
pub mod messages;
pub mod model;
pub mod queue;
pub mod reports;
pub mod rules;
mod store;
pub mod triage;

pub(crate) use store::{all_originals, forget_submissions, originals_in_use};

pub use model::{
    AlertInput, Channel, DeskItem, Direction, ItemKind, ItemState, Message, ReportDetail, ReportInput,
    Verdict,
};
