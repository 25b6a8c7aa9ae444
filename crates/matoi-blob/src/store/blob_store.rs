//! The store: what the rest of the program calls.

use std::io::{self, Read, Write};
use std::ops::Range;
use std::sync::Arc;
use std::time::SystemTime;

use super::storage::{ListedObject, Storage, StorageWriter, StoredObject};
use super::writer::commit;
use super::{BlobId, BlobReader, BlobWriter};
use crate::format::{
    Content, DecryptingReader, EncryptingWriter, HEADER_COPY_LEN, HEADER_LEN, Header, HeaderCondition, Layout,
};
use crate::{BlobError, KeyId, Keys};
use sha2::{Digest, Sha256};

/// Encrypted files under random ids. Calls block: from async code use [`AsyncBlobStore`](super::AsyncBlobStore).
/// Clones share storage and keys.
#[derive(Debug, Clone)]
pub struct BlobStore {
    storage: Arc<dyn Storage>,
    keys: Arc<Keys>,
}

/// A file that was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PutOutcome {
    /// Under which id.
    pub id: BlobId,
    /// Length and SHA-256 of the content.
    pub content: Content,
}

/// What is known of a stored file without reading its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlobStat {
    /// Length of the content, in bytes, as the length of the file has it.
    pub len: u64,
    /// Length of the encrypted file, in bytes.
    pub stored_len: u64,
    /// The master key it is under.
    pub key_id: KeyId,
    /// Whether it should be rewrapped.
    pub header: HeaderCondition,
}

/// A stored file that was read to its end and is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// Length and SHA-256 of the content, for comparison with what the database says.
    pub content: Content,
    /// Whether it should be rewrapped. The content is whole in any case.
    pub header: HeaderCondition,
}

/// What rewrapping found to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rewrap {
    /// The header was under an earlier master key, or one copy damaged, and has been rewritten.
    Done,
    /// Nothing: the header is whole and under the current master key.
    NotNeeded,
}

/// The encrypted bytes of a stored file, for a backup.
#[derive(Debug)]
pub struct RawBlob {
    object: Box<dyn StoredObject>,
    position: u64,
}

impl BlobStore {
    /// A store over `storage` with `keys`.
    pub fn new(storage: Arc<dyn Storage>, keys: Arc<Keys>) -> Self {
        Self { storage, keys }
    }

    /// Stores all that `reader` gives, at most `limit` bytes, under a new id. Returns when content and name are
    /// durable; on any error nothing is left behind.
    ///
    /// # Errors
    /// [`BlobError::LimitExceeded`], [`BlobError::Content`] from `reader`, [`BlobError::Storage`],
    /// [`BlobError::Random`], [`BlobError::TooLong`].
    pub fn put(&self, reader: &mut dyn Read, limit: u64) -> Result<PutOutcome, BlobError> {
        let mut writer = self.begin_put(limit)?;
        writer.push_all(reader)?;
        writer.finish()
    }

    /// Begins to store a file whose content is pushed piece by piece, at most `limit` bytes.
    ///
    /// # Errors
    /// [`BlobError::Storage`], [`BlobError::Random`].
    pub fn begin_put(&self, limit: u64) -> Result<BlobWriter, BlobError> {
        let random = self.keys.random();
        let id = BlobId::generate(random)?;
        let greatest_len = Layout::of_content(limit).map_or(u64::MAX, |layout| layout.stored_len());
        let writer = self
            .storage
            .create(id, greatest_len)
            .map_err(BlobError::Storage)?;
        let encrypting = EncryptingWriter::begin(random, self.keys.blob_keys(), &id.context(), writer)?;
        Ok(BlobWriter::new(id, limit, encrypting))
    }

    /// Opens a file for reading; `None` if there is none.
    ///
    /// # Errors
    /// [`BlobError::Storage`], and what is wrong with its header or length.
    pub fn get(&self, id: BlobId) -> Result<Option<BlobReader>, BlobError> {
        let Some(opened) = self.open(id)? else {
            return Ok(None);
        };
        let whole = 0..opened.layout.content_len();
        Ok(Some(opened.into_reader(whole)))
    }

    /// Opens a part of a file, counted in bytes of content; `None` if there is no such file.
    ///
    /// # Errors
    /// [`BlobError::RangeOutside`]; else as [`BlobStore::get`].
    pub fn get_range(&self, id: BlobId, range: Range<u64>) -> Result<Option<BlobReader>, BlobError> {
        let Some(opened) = self.open(id)? else {
            return Ok(None);
        };
        let len = opened.layout.content_len();
        if range.start > range.end || range.end > len {
            return Err(BlobError::RangeOutside {
                start: range.start,
                end: range.end,
                len,
            });
        }
        Ok(Some(opened.into_reader(range)))
    }

    /// Length and header of a file; `None` if there is none. The content is not looked at.
    ///
    /// # Errors
    /// As [`BlobStore::get`].
    pub fn stat(&self, id: BlobId) -> Result<Option<BlobStat>, BlobError> {
        Ok(self.open(id)?.map(|opened| BlobStat {
            len: opened.layout.content_len(),
            stored_len: opened.layout.stored_len(),
            key_id: opened.header.key_id,
            header: opened.header.condition,
        }))
    }

    /// Reads a file to its end and checks every byte; `None` if there is none. The caller compares the result with
    /// what it noted when the file was stored.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn verify(&self, id: BlobId) -> Result<Option<Verified>, BlobError> {
        let Some(opened) = self.open(id)? else {
            return Ok(None);
        };
        let header = opened.header.condition;
        let len = opened.layout.content_len();
        let mut reader = opened.into_reader(0..len);
        let mut hash = Sha256::new();
        loop {
            let piece = reader.next_piece()?;
            if piece.is_empty() {
                break;
            }
            hash.update(piece);
        }
        Ok(Some(Verified {
            content: Content {
                len,
                sha256: hash.finalize().into(),
            },
            header,
        }))
    }

    /// Deletes a file durably; `false` if there was none. Nothing here asks whether it is still needed.
    ///
    /// # Errors
    /// [`BlobError::Storage`].
    pub fn delete(&self, id: BlobId) -> Result<bool, BlobError> {
        self.storage.delete(id).map_err(BlobError::Storage)
    }

    /// The ids of all files in ascending order, read in 256 parts as the iterator goes on. Files stored or deleted
    /// meanwhile may or may not appear.
    ///
    /// A file without a row in the database is an orphan only if it is older than any `put` still under way: the row
    /// is written after the file.
    pub fn list(&self) -> impl Iterator<Item = Result<BlobId, BlobError>> + use<> {
        self.list_objects().map(|listed| listed.map(|object| object.id))
    }

    /// As [`BlobStore::list`], but only files that were last written to before `before`, by the clock of the place they
    /// are in: those of them that no row in the database names are orphans.
    pub fn list_older(&self, before: SystemTime) -> impl Iterator<Item = Result<BlobId, BlobError>> + use<> {
        self.list_objects().filter_map(move |listed| match listed {
            Ok(object) => (object.modified < before).then_some(Ok(object.id)),
            Err(error) => Some(Err(error)),
        })
    }

    fn list_objects(&self) -> impl Iterator<Item = Result<ListedObject, BlobError>> + use<> {
        let storage = Arc::clone(&self.storage);
        (0..=u8::MAX).flat_map(move |prefix| {
            let listed = storage.list(prefix);
            let (objects, error) = match listed {
                Ok(objects) => (objects, None),
                Err(error) => (Vec::new(), Some(Err(BlobError::Storage(error)))),
            };
            objects.into_iter().map(Ok).chain(error)
        })
    }

    /// After a rotation of the master key: writes the header anew under the current one; `None` if there is no
    /// such file. The payload and its key stay, and so does every reader that has the file open. Also mends a damaged
    /// copy of the header. On an object store the whole file is copied, since objects cannot be changed in part.
    ///
    /// A power cut at any moment leaves a file that opens, with the old key or the new.
    ///
    /// # Errors
    /// As [`BlobStore::get`].
    pub fn rewrap(&self, id: BlobId) -> Result<Option<Rewrap>, BlobError> {
        let Some(opened) = self.open(id)? else {
            return Ok(None);
        };
        if opened.header.condition == HeaderCondition::Current {
            return Ok(Some(Rewrap::NotNeeded));
        }
        let copy = opened
            .header
            .rewrap(self.keys.random(), self.keys.blob_keys(), &id.context())?;
        let (first, second) = (0, HEADER_COPY_LEN as u64);
        // The copy that opened must not be touched before the other one is whole.
        let order = if opened.header.first_copy_is_whole {
            [second, first]
        } else {
            [first, second]
        };
        let parts = order.map(|offset| (offset, copy.as_slice()));
        let found = self.storage.overwrite(id, &parts).map_err(BlobError::Storage)?;
        Ok(found.then_some(Rewrap::Done))
    }

    /// The encrypted bytes of a file, for a backup; `None` if there is none. They open only together with the
    /// master key and under the same id.
    ///
    /// # Errors
    /// [`BlobError::Storage`].
    pub fn export_raw(&self, id: BlobId) -> Result<Option<RawBlob>, BlobError> {
        let object = self.storage.open(id).map_err(BlobError::Storage)?;
        Ok(object.map(|object| RawBlob { object, position: 0 }))
    }

    /// Stores the encrypted bytes of a file that [`BlobStore::export_raw`] gave, under its id. Every byte is checked on
    /// the way; on any error nothing is left behind. Durable when it returns.
    ///
    /// # Errors
    /// [`BlobError::AlreadyStored`], [`BlobError::Content`] from `reader`, [`BlobError::Storage`], and what is wrong
    /// with the bytes.
    pub fn import_raw(&self, id: BlobId, reader: &mut dyn Read) -> Result<Content, BlobError> {
        if self.storage.open(id).map_err(BlobError::Storage)?.is_some() {
            return Err(BlobError::AlreadyStored { id });
        }
        let writer = self.storage.create(id, u64::MAX).map_err(BlobError::Storage)?;
        let mut copying = Copying {
            reader,
            writer,
            failed_writing: None,
        };
        let checked = check_stream(&self.keys, id, &mut copying);
        let Copying {
            writer,
            failed_writing,
            ..
        } = copying;
        let content = match (checked, failed_writing) {
            (_, Some(error)) => return Err(BlobError::Storage(error)),
            (Err(BlobError::Storage(error)), None) => return Err(BlobError::Content(error)),
            (checked, None) => checked?,
        };
        commit(id, writer)?;
        Ok(content)
    }

    /// Checks every byte of what [`BlobStore::import_raw`] would store, and stores nothing.
    ///
    /// # Errors
    /// As [`BlobStore::import_raw`].
    pub fn check_raw(&self, id: BlobId, reader: &mut dyn Read) -> Result<Content, BlobError> {
        check_stream(&self.keys, id, reader).map_err(|error| match error {
            BlobError::Storage(error) => BlobError::Content(error),
            other => other,
        })
    }

    fn open(&self, id: BlobId) -> Result<Option<Opened>, BlobError> {
        let Some(mut object) = self.storage.open(id).map_err(BlobError::Storage)? else {
            return Ok(None);
        };
        let layout = Layout::of_stored(object.stored_len())?;
        let mut both = [0; HEADER_LEN];
        object
            .read_exact_at(0, &mut both)
            .map_err(|error| match error.kind() {
                io::ErrorKind::UnexpectedEof => BlobError::CutShort,
                _ => BlobError::Storage(error),
            })?;
        let header = Header::open(self.keys.blob_keys(), &id.context(), &both)?;
        Ok(Some(Opened {
            object,
            layout,
            header,
        }))
    }
}

impl RawBlob {
    /// Length in bytes.
    pub fn stored_len(&self) -> u64 {
        self.object.stored_len()
    }
}

impl Read for RawBlob {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.object.stored_len() - self.position).unwrap_or(usize::MAX);
        let wanted = left.min(buffer.len());
        let Some(part) = buffer.get_mut(..wanted).filter(|part| !part.is_empty()) else {
            return Ok(0);
        };
        self.object.read_exact_at(self.position, part)?;
        self.position += wanted as u64;
        Ok(wanted)
    }
}

struct Opened {
    object: Box<dyn StoredObject>,
    layout: Layout,
    header: Header,
}

impl Opened {
    fn into_reader(self, range: Range<u64>) -> BlobReader {
        BlobReader::new(self.object, self.header.cipher(), self.layout, range)
    }
}

fn check_stream(keys: &Keys, id: BlobId, reader: &mut dyn Read) -> Result<Content, BlobError> {
    let mut decrypting = DecryptingReader::begin(keys.blob_keys(), &id.context(), reader)?;
    let mut hash = Sha256::new();
    let mut len = 0;
    while let Some(chunk) = decrypting.next_chunk()? {
        hash.update(chunk);
        len += chunk.len() as u64;
    }
    Ok(Content {
        len,
        sha256: hash.finalize().into(),
    })
}

/// Gives on what it reads, and writes it down on the way.
struct Copying<'a> {
    reader: &'a mut dyn Read,
    writer: Box<dyn StorageWriter>,
    failed_writing: Option<io::Error>,
}

impl Read for Copying<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        if let Err(error) = self.writer.write_all(buffer.get(..read).unwrap_or_default()) {
            self.failed_writing = Some(error);
            return Err(io::ErrorKind::WriteZero.into());
        }
        Ok(read)
    }
}
