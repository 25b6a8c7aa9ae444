//! Roles: who may do what.

pub mod api;
pub mod pages;
mod views;
