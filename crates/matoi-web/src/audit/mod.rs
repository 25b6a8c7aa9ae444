//! The audit log: who did what, the state of its chain, its verification and its export.

pub mod api;
mod export;
pub mod pages;
mod views;
