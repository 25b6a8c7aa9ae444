//! The administration of accounts, of everybody's sessions and API tokens.

pub mod api;
mod credentials;
mod forms;
pub mod pages;
mod views;

pub(crate) use forms::TokenForm;
