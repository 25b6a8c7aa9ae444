//! A file being stored.

use std::io::{self, Read};

use super::storage::StorageWriter;
use super::{BlobId, PutOutcome};
use crate::BlobError;
use crate::format::EncryptingWriter;

/// A file being stored, to which content is pushed. Dropping it leaves nothing behind.
#[derive(Debug)]
pub struct BlobWriter {
    id: BlobId,
    limit: u64,
    encrypting: EncryptingWriter<Box<dyn StorageWriter>>,
}

impl BlobWriter {
    pub(super) fn new(id: BlobId, limit: u64, encrypting: EncryptingWriter<Box<dyn StorageWriter>>) -> Self {
        Self {
            id,
            limit,
            encrypting,
        }
    }

    /// The id that the file will have.
    pub fn id(&self) -> BlobId {
        self.id
    }

    /// Content bytes taken so far.
    pub fn len(&self) -> u64 {
        self.encrypting.len()
    }

    /// Whether no content has been taken yet.
    pub fn is_empty(&self) -> bool {
        self.encrypting.is_empty()
    }

    /// Takes all of `bytes`.
    ///
    /// # Errors
    /// [`BlobError::LimitExceeded`], [`BlobError::Storage`], [`BlobError::TooLong`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        if bytes.len() as u64 > self.limit.saturating_sub(self.encrypting.len()) {
            return Err(BlobError::LimitExceeded { limit: self.limit });
        }
        self.encrypting.push(bytes)
    }

    /// Takes all that `reader` gives.
    ///
    /// # Errors
    /// As [`BlobWriter::push`], and [`BlobError::Content`] from `reader`.
    pub fn push_all(&mut self, reader: &mut dyn Read) -> Result<(), BlobError> {
        // One byte more than allowed tells content at the limit from content beyond it, without reading on.
        let room = self.limit.saturating_sub(self.encrypting.len()).saturating_add(1);
        self.encrypting.push_all(&mut reader.take(room))?;
        if self.encrypting.len() > self.limit {
            return Err(BlobError::LimitExceeded { limit: self.limit });
        }
        Ok(())
    }

    /// Makes the file durable and visible. Only after this returned may its id be handed on.
    ///
    /// # Errors
    /// [`BlobError::Storage`], [`BlobError::AlreadyStored`], [`BlobError::LimitExceeded`]; nothing is kept then.
    pub fn finish(self) -> Result<PutOutcome, BlobError> {
        let id = self.id;
        if self.encrypting.len() > self.limit {
            return Err(BlobError::LimitExceeded { limit: self.limit });
        }
        let (content, storage_writer) = self.encrypting.finish()?;
        commit(id, storage_writer)?;
        Ok(PutOutcome { id, content })
    }
}

pub(super) fn commit(id: BlobId, writer: Box<dyn StorageWriter>) -> Result<(), BlobError> {
    writer.commit().map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => BlobError::AlreadyStored { id },
        _ => BlobError::Storage(error),
    })
}
