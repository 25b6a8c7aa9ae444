//! Clocks: what must be done by when, on reports, alerts and cases. Started and met by the rooms whose promises they are.
//!
//! A deadline is a column, not a sleeping job: what is late is found by asking. A clock is never deleted; it is met or
//! cancelled, so that the figures of kept and missed promises can be trusted.

pub mod figures;
pub mod model;
pub mod service;
mod store;

pub use model::{Clock, ClockOwner, RunningClock};
