//! Intake (D-1): the doors through which other programs and mail come in.
//!
//! What comes in becomes a report or an alert of the desk; this room only reads the forms it comes in. It never decides what
//! something is, and it answers nobody.

pub mod alerts;
pub mod foreign;
pub mod mail;
pub mod mapping;
mod store;
pub mod webhooks;

pub(crate) use store::{all_files, files_in_use};
