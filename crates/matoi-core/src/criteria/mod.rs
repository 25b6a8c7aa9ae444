//! Triage criteria: decision tables that say what something is and how urgent, with every reason shown.
//!
//! The table proposes, a person decides; a decision that differs needs a reason and flows back to the criteria's owner.
//! What is unknown is never taken for "no": the table says which facts to ask for instead.

mod file;
pub mod model;
pub mod service;

pub use model::{Criteria, CriteriaFact, Evaluation, Example, Proposal, RowOutcome, TriageOutcome};
