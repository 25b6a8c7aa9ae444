//! The web side over a real database: every answer of the API is held against the OpenAPI document.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test that meets the unexpected must stop"
)]

mod administration;
mod assets;
mod cases;
mod compat;
mod desk;
mod identity;
mod intake;
mod metrics;
mod openapi;
mod oversight;
mod search;
mod sign_on;
mod support;
