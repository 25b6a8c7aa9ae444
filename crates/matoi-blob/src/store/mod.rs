//! Stored files: encrypted streams under random ids, in a directory or an object store.
//!
//! [`BlobStore`] is blocking; [`AsyncBlobStore`] is the same for async code and holds no thread while a
//! client is slow. A file is written once and never changed; only its header is, when the master key is rotated.
//! Which files are still needed is the caller's knowledge: nothing is ever deleted here unasked, but for unfinished
//! uploads.
//!
//! A stored file is a stream as [`crate::format`] describes, under the blob keys, with the context `blob:` and the id:
//! under any other id it does not open.

mod asynchronous;
mod blob_store;
mod id;
mod local;
mod reader;
#[cfg(feature = "s3")]
mod s3;
mod storage;
mod writer;

pub use asynchronous::{AsyncBlobReader, AsyncBlobStore};
pub use blob_store::{BlobStat, BlobStore, PutOutcome, RawBlob, Rewrap, Verified};
pub use id::{BlobId, ParseBlobIdError};
pub use local::LocalStorage;
pub use reader::BlobReader;
#[cfg(feature = "s3")]
pub use s3::{S3Credentials, S3Error, S3Options, S3Storage};
pub use storage::{ListedObject, Storage, StorageWriter, StoredObject};
pub use writer::BlobWriter;
