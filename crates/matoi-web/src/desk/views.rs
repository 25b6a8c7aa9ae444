//! The templates of this room.

mod item;
mod lists;
mod mail;
mod public;
mod triage;

pub(super) use item::*;
pub(super) use lists::*;
pub(super) use mail::*;
pub(super) use public::*;
pub(super) use triage::*;

pub use triage::triage_records;
