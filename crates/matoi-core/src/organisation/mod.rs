//! The organisation: its name, its constituency, what belongs to it, and its tree of units.
//!
//! One organisation per installation; groups of companies exchange signed files (see `docs/decisions`).

pub mod model;
pub mod service;
mod store;

pub use model::{Organisation, OrganisationInput, Unit, UnitInput};
