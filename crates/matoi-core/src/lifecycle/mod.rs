//! The life of a case as data: phases, where each may go next, what must hold before, the clocks that run.
//!
//! Pure: reads the YAML of the rule book and answers questions about it. It knows no database.

mod clocks;
mod definition;

pub use clocks::{DeskClocks, SeverityMinutes};
pub use definition::{CaseClock, CasePoint, Condition, FACTS, Lifecycle, Phase, PriorityMinutes, cached};
