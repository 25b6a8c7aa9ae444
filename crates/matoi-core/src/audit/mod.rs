//! The audit log: change rows put in order, chained and signed, so that nobody can alter or drop one unseen.
//!
//! Rows are written by the kernel inside the command's own transaction; the [`sealer`] orders them within a second.
//! This room records only that the log was verified or copied, and never shows a detail its reader may not see.
//! The stored forms are described in `docs/audit-chain.md`.

pub mod job;
pub mod model;
pub mod rules;
pub mod sealer;
pub mod service;
mod store;

pub use model::{
    AuditEntry, AuditFilter, ChainState, ChangeDetail, Fault, FaultKind, KeptVerification, SealedChange,
    Verification,
};
pub use sealer::Sealer;
