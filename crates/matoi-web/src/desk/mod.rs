//! The desk: the public form and what follows it, the queue, reports, alerts, triage.

pub mod api;
mod bulk;
pub mod pages;
mod query;
pub mod views;
mod words;
