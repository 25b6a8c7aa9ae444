//! Cases: the list, the incident page and its fragments, and the API of everything a case is made of.

pub mod api;
pub mod pages;
mod query;
mod small_form;
mod views;
