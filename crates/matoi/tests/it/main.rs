//! The program as a user meets it: the real binary, its exit codes, its words, its server.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test that meets the unexpected must stop"
)]

mod api;
mod audit;
mod backup;
mod configuration;
mod demo;
mod installation;
mod intake;
mod keys;
mod kill;
mod people;
mod server;
mod support;
mod usage;
mod workers;
