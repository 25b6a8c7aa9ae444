//! Encrypted files for Matoi: attachments, evidence, samples and documents, in a directory or in an
//! S3-compatible store, and the keys that open them.
//!
//! | module | what it is for |
//! |---|---|
//! | [`keys`] | master keys, their file, the recovery key, and everything derived from a master key |
//! | [`format`] | the encrypted stream, byte by byte; used by stored files and by backups |
//! | [`store`] | [`BlobStore`]: put, get, ranges, verify, rewrap, delete over a [`Storage`](store::Storage) |
//! | [`disk`] | the few file-system calls that durability rests on, real and simulated |
//!
//! # What holds
//! - A `put` that returned is durable: the content and its name survive a power cut. What was not
//!   acknowledged is either whole or not there; no name ever stands for half a file.
//! - A changed, shortened, swapped or renamed file is an error, never other content.
//! - Memory is constant: a file of any size passes through a few chunks of 64 KiB.
//! - Nothing here reads a clock; randomness comes from the [`FillRandom`] the caller gives.
//!
//! # What this crate never does
//! It does not know who may read a file, what a file is called, or whether one is still needed: those are
//! rows in the database. It does not deduplicate, since equal ciphertexts would tell that two people hold
//! the same file; the SHA-256 of the content is a property that the caller stores, not the address.

pub mod disk;
mod error;
pub mod format;
mod hex;
pub mod keys;
mod random;
mod secret;
pub mod store;

pub use error::BlobError;
pub use format::Content;
pub use keys::{KeyId, Keys};
pub use random::{FillRandom, RandomError, SystemRandom};
pub use store::{BlobId, BlobStore};
