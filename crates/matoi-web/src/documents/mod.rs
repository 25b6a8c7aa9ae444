//! Documents of cases: drawing them up, their text and its way to those they are for, and the API of the same.

pub mod api;
pub mod pages;
mod views;
