//! Hostile input is taken apart in child processes that can be lost: a mail that crashes its parser costs one child.
//!
//! A child is this same program, started as `matoi worker parsers`. It answers one request after the other over its
//! standard input and output ([`frame`]), has little memory, no files, no network and no way to start programs
//! ([`sandbox`]), gets none of the environment, and is ended when it takes too long ([`pool`]). What it answers is
//! believed no more than the mail it read.

pub mod child;
pub mod documents;
pub mod frame;
pub mod parsers;
pub mod pool;
pub mod protocol;
pub mod sandbox;

pub use documents::WorkerDocuments;
pub use parsers::WorkerParsers;
pub use pool::{AskError, Lost, Pool, PoolSettings};
