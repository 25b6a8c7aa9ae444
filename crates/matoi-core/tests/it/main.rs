//! What the rooms promise, on both databases.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected must stop"
)]

mod assets;
mod desk;
mod documents;
mod governance;
mod identity;
mod intake;
mod kernel;
mod metrics;
mod old_copy;
mod plans;
mod samples;
mod search;
mod sign_on;
mod upkeep;
mod work;
