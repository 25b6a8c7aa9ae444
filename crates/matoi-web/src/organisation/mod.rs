//! The organisation's settings and its tree of units.

pub mod api;
pub mod pages;
mod views;
