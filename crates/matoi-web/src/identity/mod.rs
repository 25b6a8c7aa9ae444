//! Signing in, one's own account, and the administration of accounts, roles and tokens.

pub mod api;
pub mod pages;
mod views;
