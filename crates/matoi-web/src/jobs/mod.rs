//! Background work: what waits, runs and failed, and trying it again.

pub mod api;
pub mod pages;
