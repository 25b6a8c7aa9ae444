//! Search over everything the reader may see: the page, what is shown while somebody types, the API.

pub mod api;
pub mod pages;
mod query;
mod views;
