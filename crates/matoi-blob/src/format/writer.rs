//! Writing an encrypted stream.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use super::layout::{CHUNK_LEN, SEALED_CHUNK_LEN};
use super::{ChunkCipher, Content, StreamKeys, new_header};
use crate::{BlobError, FillRandom};

/// Encrypts all that `reader` gives into `writer`; returns length and SHA-256 of the content.
///
/// `context` is the name the stream belongs under: [`decrypt_stream`](super::decrypt_stream) must be given
/// the same. `writer` is not flushed or synced.
///
/// # Errors
/// [`BlobError::Content`] from `reader`, [`BlobError::Storage`] from `writer`.
pub fn encrypt_stream(
    random: &dyn FillRandom,
    keys: &StreamKeys,
    context: &[u8],
    reader: &mut dyn Read,
    writer: &mut dyn Write,
) -> Result<Content, BlobError> {
    let mut encrypting = EncryptingWriter::begin(random, keys, context, writer)?;
    encrypting.push_all(reader)?;
    encrypting.finish().map(|(content, _writer)| content)
}

/// Encrypts what is pushed into it, holding a chunk or two in memory.
///
/// Without [`EncryptingWriter::finish`] the stream has no last chunk and does not open.
#[derive(Debug)]
pub struct EncryptingWriter<W> {
    sink: W,
    cipher: ChunkCipher,
    /// Content not yet sealed, at most [`CHUNK_LEN`]. A full chunk waits here until it is known whether more
    /// follows, because the last chunk is sealed differently.
    chunk: Vec<u8>,
    next_index: u64,
    len: u64,
    hash: Sha256,
    /// Set by a failure, after which the sink may hold part of a chunk.
    given_up: bool,
}

impl<W: Write> EncryptingWriter<W> {
    /// Writes the header with a fresh file key.
    ///
    /// # Errors
    /// [`BlobError::Random`], [`BlobError::Storage`] from the sink.
    pub fn begin(
        random: &dyn FillRandom,
        keys: &StreamKeys,
        context: &[u8],
        mut sink: W,
    ) -> Result<Self, BlobError> {
        let (cipher, header) = new_header(random, keys, context)?;
        sink.write_all(&header).map_err(BlobError::Storage)?;
        Ok(Self {
            sink,
            cipher,
            chunk: Vec::with_capacity(SEALED_CHUNK_LEN),
            next_index: 0,
            len: 0,
            hash: Sha256::new(),
            given_up: false,
        })
    }

    /// Content bytes taken so far.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether no content has been taken yet.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Takes all of `bytes`.
    ///
    /// # Errors
    /// [`BlobError::Storage`] from the sink, [`BlobError::TooLong`]; from then on [`BlobError::GivenUp`].
    pub fn push(&mut self, bytes: &[u8]) -> Result<(), BlobError> {
        let mut rest = bytes;
        while !rest.is_empty() {
            self.make_room()?;
            let room = CHUNK_LEN.saturating_sub(self.chunk.len()).min(rest.len());
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.hash.update(now);
            self.chunk.extend_from_slice(now);
            self.len += now.len() as u64;
            rest = later;
        }
        Ok(())
    }

    /// Takes all that `reader` gives.
    ///
    /// # Errors
    /// [`BlobError::Content`] from `reader`, else as [`EncryptingWriter::push`].
    pub fn push_all(&mut self, reader: &mut dyn Read) -> Result<(), BlobError> {
        let mut piece = Vec::with_capacity(CHUNK_LEN);
        loop {
            piece.clear();
            // Not read into the chunk itself: a full chunk is sealed only when a further byte is at hand.
            let read = reader
                .take(CHUNK_LEN as u64)
                .read_to_end(&mut piece)
                .map_err(BlobError::Content)?;
            if read == 0 {
                return Ok(());
            }
            self.push(&piece)?;
        }
    }

    /// Seals the last chunk; returns what went through and the sink, flushed but not synced.
    ///
    /// # Errors
    /// As [`EncryptingWriter::push`].
    pub fn finish(mut self) -> Result<(Content, W), BlobError> {
        self.seal(true)?;
        self.sink.flush().map_err(BlobError::Storage)?;
        Ok((
            Content {
                len: self.len,
                sha256: self.hash.finalize().into(),
            },
            self.sink,
        ))
    }

    fn make_room(&mut self) -> Result<(), BlobError> {
        if self.given_up {
            return Err(BlobError::GivenUp);
        }
        if self.chunk.len() < CHUNK_LEN {
            Ok(())
        } else {
            self.seal(false)
        }
    }

    fn seal(&mut self, last: bool) -> Result<(), BlobError> {
        if self.given_up {
            return Err(BlobError::GivenUp);
        }
        self.given_up = true;
        let index = u32::try_from(self.next_index).map_err(|_beyond| BlobError::TooLong)?;
        self.cipher.seal(index, last, &mut self.chunk)?;
        self.sink.write_all(&self.chunk).map_err(BlobError::Storage)?;
        self.chunk.clear();
        self.next_index += 1;
        self.given_up = false;
        Ok(())
    }
}

/// So that archivers can write into the stream; the stream still has to be finished.
impl<W: Write> Write for EncryptingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.push(bytes)?;
        Ok(bytes.len())
    }

    /// Does nothing: a chunk that is not full cannot be written yet.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
