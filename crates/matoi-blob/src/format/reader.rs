//! Reading an encrypted stream from front to back, where its length is not known beforehand.

use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

use super::layout::{SEALED_CHUNK_LEN, TAG_LEN};
use super::{ChunkCipher, Content, HEADER_LEN, Header, HeaderCondition, StreamKeys};
use crate::{BlobError, KeyId};

/// Decrypts all of `reader` into `writer`; returns length and SHA-256 of the content.
///
/// What was written before an error is genuine but not complete: the caller discards it. Takes any bytes.
///
/// # Errors
/// [`BlobError::Storage`] from `reader`, [`BlobError::Content`] from `writer`, and what is wrong with the stream.
pub fn decrypt_stream(
    keys: &StreamKeys,
    context: &[u8],
    reader: &mut dyn Read,
    writer: &mut dyn Write,
) -> Result<Content, BlobError> {
    let mut decrypting = DecryptingReader::begin(keys, context, reader)?;
    let mut hash = Sha256::new();
    let mut len = 0;
    while let Some(chunk) = decrypting.next_chunk()? {
        hash.update(chunk);
        len += chunk.len() as u64;
        writer.write_all(chunk).map_err(BlobError::Content)?;
    }
    Ok(Content {
        len,
        sha256: hash.finalize().into(),
    })
}

/// Decrypts what it reads, chunk by chunk; nothing is given out before its chunk has been authenticated.
///
/// Reaching the end without an error means that the stream is complete.
#[derive(Debug)]
pub struct DecryptingReader<R> {
    source: R,
    cipher: ChunkCipher,
    key_id: KeyId,
    condition: HeaderCondition,
    /// The chunk being given out, and how much of it has been.
    chunk: Vec<u8>,
    given: usize,
    /// The sealed chunk after it: whether there is one decides how the one before is opened.
    ahead: Vec<u8>,
    next_index: u64,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Going,
    Ended,
    Failed,
}

impl<R: Read> DecryptingReader<R> {
    /// Reads and opens the header.
    ///
    /// # Errors
    /// [`BlobError::Storage`] from the source, [`BlobError::CutShort`], and what is wrong with the header.
    pub fn begin(keys: &StreamKeys, context: &[u8], mut source: R) -> Result<Self, BlobError> {
        let mut both = Vec::with_capacity(HEADER_LEN);
        read_up_to(&mut source, HEADER_LEN, &mut both)?;
        let header = Header::open(keys, context, &both)?;
        let mut ahead = Vec::with_capacity(SEALED_CHUNK_LEN);
        read_up_to(&mut source, SEALED_CHUNK_LEN, &mut ahead)?;
        Ok(Self {
            source,
            cipher: header.cipher(),
            key_id: header.key_id,
            condition: header.condition,
            chunk: Vec::with_capacity(SEALED_CHUNK_LEN),
            given: 0,
            ahead,
            next_index: 0,
            state: State::Going,
        })
    }

    /// The master key that the stream is encrypted under.
    pub fn key_id(&self) -> KeyId {
        self.key_id
    }

    /// What the copies of the header say.
    pub fn header_condition(&self) -> HeaderCondition {
        self.condition
    }

    /// The next chunk of content, `None` at the end. Only an empty stream has an empty chunk.
    ///
    /// # Errors
    /// [`BlobError::ChunkDamaged`], [`BlobError::CutShort`], [`BlobError::TooLong`] or [`BlobError::Storage`];
    /// from then on [`BlobError::GivenUp`].
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, BlobError> {
        match self.state {
            State::Ended => return Ok(None),
            State::Failed => return Err(BlobError::GivenUp),
            State::Going => {}
        }
        self.state = State::Failed;
        let last = self.open_next()?;
        self.state = if last { State::Ended } else { State::Going };
        // Given out whole: a later `read` goes on with the chunk after it.
        self.given = self.chunk.len();
        Ok(Some(&self.chunk))
    }

    fn open_next(&mut self) -> Result<bool, BlobError> {
        std::mem::swap(&mut self.chunk, &mut self.ahead);
        self.ahead.clear();
        self.given = 0;
        if self.chunk.len() == SEALED_CHUNK_LEN {
            read_up_to(&mut self.source, SEALED_CHUNK_LEN, &mut self.ahead)?;
        }
        let last = self.ahead.is_empty();
        let index = u32::try_from(self.next_index).map_err(|_beyond| BlobError::TooLong)?;
        // An empty chunk after others would be a second form of the same content.
        if self.chunk.len() < TAG_LEN || (self.chunk.len() == TAG_LEN && index > 0) {
            self.chunk.clear();
            return Err(BlobError::CutShort);
        }
        if let Err(damaged) = self.cipher.open(index, last, &mut self.chunk) {
            self.chunk.clear();
            return Err(damaged);
        }
        self.next_index += 1;
        Ok(last)
    }
}

impl<R: Read> Read for DecryptingReader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.given >= self.chunk.len() && !buffer.is_empty() {
            if self.next_chunk()?.is_none() {
                return Ok(0);
            }
            self.given = 0;
        }
        let mut rest = self.chunk.get(self.given..).unwrap_or_default();
        let taken = rest.read(buffer)?;
        self.given += taken;
        Ok(taken)
    }
}

/// Appends to `buffer` until it holds `wanted` more bytes or the source ends.
fn read_up_to(source: &mut impl Read, wanted: usize, buffer: &mut Vec<u8>) -> Result<(), BlobError> {
    source
        .take(wanted as u64)
        .read_to_end(buffer)
        .map(|_read| ())
        .map_err(BlobError::Storage)
}
