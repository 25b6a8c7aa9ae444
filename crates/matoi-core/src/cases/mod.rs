//! Cases (D-2): work with a life cycle. Incidents are the kind the program exists for.
//!
//! A case is no god-object: it composes parts (timeline, tasks, decisions, links, need-to-know) that each have their own
//! file here; what came in, traces, files, assets and documents are rooms of their own. Phases, conditions and clocks
//! are data ([`crate::lifecycle`]); a case pins the version it began with.

pub mod access;
pub mod decisions;
pub mod figures;
pub mod find;
pub(crate) mod findable;
pub mod glass;
pub mod links;
pub mod model;
pub mod progress;
pub mod rules;
pub mod say;
pub mod service;
mod store;
pub mod tasks;
pub mod timeline;

pub use model::{
    AptSuspected, Case, CaseFilter, CaseKind, CaseOrder, CaseState, CaseUpdate, Decision, DecisionInput,
    DecisionKind, Entry, EntryKind, Link, OpenCase, Relation, Task, TaskInput, TaskState,
};
