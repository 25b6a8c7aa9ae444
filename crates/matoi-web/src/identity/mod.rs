//! Signing in, one's own account, and the administration of accounts, roles and tokens.

pub mod api;
mod me;
pub mod pages;
mod sign_on;
mod views;
