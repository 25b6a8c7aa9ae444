//! What can go wrong with an encrypted stream or a stored file.

use std::io;

use crate::{BlobId, KeyId, RandomError};

/// What can go wrong with an encrypted stream or a stored file.
///
/// The caller's side (the upload that is read, the download that is written) and the encrypted side (disk,
/// object store) fail for different reasons and are told apart: [`BlobError::Content`] is usually a client
/// that went away, [`BlobError::Storage`] is an operator's problem.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The content has more bytes than the caller allowed. Nothing was kept.
    #[error("the content is longer than the {limit} bytes allowed")]
    LimitExceeded {
        /// The greatest length allowed, in bytes.
        limit: u64,
    },
    /// The content could not be read from, or written to, the caller's side.
    #[error("the content could not be passed on")]
    Content(#[source] io::Error),
    /// The encrypted bytes could not be read or written.
    #[error("the encrypted file could not be read or written")]
    Storage(#[source] io::Error),
    /// The bytes do not begin as an encrypted stream does.
    #[error("not an encrypted file of this program")]
    NotEncrypted,
    /// The stream is of a newer format than this program knows.
    #[error("encrypted in format version {version}, which this program does not know")]
    UnknownVersion {
        /// The version found.
        version: u8,
    },
    /// The stream is encrypted under a master key that the key file does not hold.
    #[error("encrypted under master key {key_id}, which the key file does not hold")]
    UnknownKey {
        /// Id of the missing master key.
        key_id: KeyId,
    },
    /// Both copies of the header are damaged, or the file belongs under another name.
    #[error("the header is damaged, or the file belongs under another name")]
    HeaderDamaged,
    /// A chunk was changed, moved, or is not the last one where the file ends.
    #[error("chunk {index} is damaged or out of place, or the file is cut short")]
    ChunkDamaged {
        /// Position of the chunk, from 0.
        index: u64,
    },
    /// The length is none that an encrypted file can have.
    #[error("the file is cut short")]
    CutShort,
    /// The content is longer than one stream can hold (2^32 chunks, 256 TiB).
    #[error("the content is longer than an encrypted file can be")]
    TooLong,
    /// The range asked for does not lie within the content.
    #[error("the range {start}..{end} does not lie within the {len} bytes of content")]
    RangeOutside {
        /// First byte asked for.
        start: u64,
        /// End of the range asked for, exclusive.
        end: u64,
        /// Length of the content.
        len: u64,
    },
    /// A file with this id is stored already.
    #[error("a file with id {id} is stored already")]
    AlreadyStored {
        /// The id.
        id: BlobId,
    },
    /// The writer had failed before and cannot go on.
    #[error("writing was given up after an earlier error")]
    GivenUp,
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The background task that did the work was stopped.
    #[error("the background work was stopped")]
    Interrupted,
}

/// So that readers and writers of this crate can be used wherever [`io::Read`] and [`io::Write`] are wanted.
impl From<BlobError> for io::Error {
    fn from(error: BlobError) -> Self {
        match error {
            BlobError::Content(source) | BlobError::Storage(source) => source,
            damaged @ (BlobError::NotEncrypted
            | BlobError::HeaderDamaged
            | BlobError::ChunkDamaged { .. }
            | BlobError::CutShort) => Self::new(io::ErrorKind::InvalidData, damaged),
            other => Self::other(other),
        }
    }
}
