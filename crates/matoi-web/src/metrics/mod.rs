//! Numbers: one page, its tables as CSV and as one Excel workbook, and the API.

pub mod api;
pub mod pages;
mod query;
mod table;
mod views;
