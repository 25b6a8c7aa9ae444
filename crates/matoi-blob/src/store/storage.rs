//! What a place for encrypted files must do. It sees ciphertext only.

use std::fmt;
use std::io::{self, Write};
use std::time::SystemTime;

use super::BlobId;

/// A place for encrypted files. Calls block; they may be made from any thread.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Begins a new file, of which nothing is visible before [`StorageWriter::commit`].
    /// `greatest_len` is what it may grow to at most, in bytes, for choosing buffers.
    fn create(&self, id: BlobId, greatest_len: u64) -> io::Result<Box<dyn StorageWriter>>;

    /// Opens a file; `None` if there is none.
    fn open(&self, id: BlobId) -> io::Result<Option<Box<dyn StoredObject>>>;

    /// Writes over parts of a file, in the order given, each durable before the next is begun (or all in one step);
    /// `false` if there is no such file. The parts lie within the first 1024 bytes and within the file.
    fn overwrite(&self, id: BlobId, parts: &[(u64, &[u8])]) -> io::Result<bool>;

    /// Deletes a file durably; `false` if there was none.
    fn delete(&self, id: BlobId) -> io::Result<bool>;

    /// The files whose id begins with the byte `prefix`, in ascending order.
    fn list(&self, prefix: u8) -> io::Result<Vec<ListedObject>>;
}

/// A file in a listing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ListedObject {
    /// Its id.
    pub id: BlobId,
    /// When it was last written to, by the clock of the place.
    pub modified: SystemTime,
}

/// A file being written. Dropping it without a commit leaves nothing behind.
pub trait StorageWriter: Write + Send + fmt::Debug {
    /// Makes the file durable and visible under its id, both or neither. An error of kind `AlreadyExists` if the
    /// id is taken, where the place can tell (an object store replaces).
    fn commit(self: Box<Self>) -> io::Result<()>;
}

/// An open file.
pub trait StoredObject: Send + fmt::Debug {
    /// Length in bytes.
    fn stored_len(&self) -> u64;

    /// Fills `buffer` from `offset`; an error of kind `UnexpectedEof` if the file ends before.
    fn read_exact_at(&mut self, offset: u64, buffer: &mut [u8]) -> io::Result<()>;
}
