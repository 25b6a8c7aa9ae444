//! The register of assets: pages and API, tables in and out. What a case affects stands on the case's page.

pub mod api;
pub mod pages;
mod query;
pub(crate) mod say;
mod views;
