//! The plumbing under every handler: who asks, what is sent, what goes wrong, what a browser is told.

pub mod answer;
pub mod assets;
pub mod cookies;
pub mod download;
pub mod error;
pub mod extract;
pub mod files;
pub(crate) mod filter;
pub mod idempotency;
pub mod info;
pub mod json;
pub mod protect;
pub mod unread;
pub mod upload;
