//! Observables: technical traces found in what came in, or named by people and programs, and where each was seen.
//!
//! A value stands once; each place it was seen is a sighting with the scope of that place, so that "seen elsewhere"
//! tells a reader only of what they may know.

pub(crate) mod findable;
pub mod model;
pub mod service;
mod store;

pub use model::{Elsewhere, Observable, ObservableInput, ObservableKind, Origin, Sighting};
