//! The doors of the intake: webhooks by mapping and mail, in Matoi's own API, and the page where they are set up.

pub mod api;
pub mod pages;
mod secrets;
mod views;
