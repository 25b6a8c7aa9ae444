//! Tests of the encrypted stream, the keys and the store, on real and simulated disks and a real object store.
#![cfg(test)]

mod crash;
mod fixtures;
mod format;
mod keys;
#[cfg(feature = "s3")]
mod s3;
mod store;
mod suite;
mod support;
