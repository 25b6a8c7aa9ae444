//! Numbers: volume, what is open, promises kept and missed, how long things take, how often alerts are right.
//!
//! Every figure is counted from the rows themselves, within what its reader may know: two people can see different numbers,
//! and nobody learns from a number that a case exists which they may not see. Nothing here is stored, nobody's work is
//! measured by name.

pub mod model;
pub mod service;

pub use model::{Figures, Intake, MetricsFilter, OutcomeShare, VerdictShare};
