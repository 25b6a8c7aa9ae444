//! Reading a stored file, whole or in part.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;

use super::storage::StoredObject;
use crate::BlobError;
use crate::format::{ChunkCipher, ChunkPlace, Layout, SEALED_CHUNK_LEN};

/// Content of a stored file, or of a range of it. Each chunk is authenticated before any of it is given out; bytes
/// outside the range are decrypted only as far as they share a chunk with it.
///
/// Positions count from the beginning of the range. An error in the middle means that the rest must not be
/// used; what was given out before is genuine.
#[derive(Debug)]
pub struct BlobReader {
    object: Box<dyn StoredObject>,
    cipher: ChunkCipher,
    layout: Layout,
    /// The part of the content to give out.
    range: Range<u64>,
    /// The next byte to give out, counted in the whole content.
    position: u64,
    /// The chunk opened last.
    open: Option<ChunkPlace>,
    chunk: Vec<u8>,
}

impl BlobReader {
    pub(super) fn new(
        object: Box<dyn StoredObject>,
        cipher: ChunkCipher,
        layout: Layout,
        range: Range<u64>,
    ) -> Self {
        let position = range.start;
        Self {
            object,
            cipher,
            layout,
            range,
            position,
            open: None,
            chunk: Vec::with_capacity(SEALED_CHUNK_LEN),
        }
    }

    /// Length of what this reader gives out, in bytes.
    pub fn len(&self) -> u64 {
        self.range.end - self.range.start
    }

    /// Whether there is nothing to give out.
    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// The next piece, at most a chunk; empty at the end.
    ///
    /// # Errors
    /// [`BlobError::Storage`], [`BlobError::ChunkDamaged`].
    pub fn next_piece(&mut self) -> Result<&[u8], BlobError> {
        let piece = self.piece_at_position()?;
        self.position += (piece.end - piece.start) as u64;
        Ok(self.chunk.get(piece).unwrap_or_default())
    }

    /// Opens the chunk at the position if need be; returns what part of it is to be given out next.
    fn piece_at_position(&mut self) -> Result<Range<usize>, BlobError> {
        let wanted = usize::try_from(self.range.end.saturating_sub(self.position)).unwrap_or(usize::MAX);
        let Some((place, within)) = self.layout.chunk_at(self.position) else {
            return Ok(0..0);
        };
        // Opened even where nothing of it is wanted and the file is empty, since that is what proves it empty.
        let proves_empty = self.layout.content_len() == 0;
        if wanted == 0 && !proves_empty {
            return Ok(0..0);
        }
        if self.open != Some(place) {
            self.open_chunk(place)?;
        }
        let end = within.saturating_add(wanted).min(self.chunk.len());
        Ok(within.min(end)..end)
    }

    fn open_chunk(&mut self, place: ChunkPlace) -> Result<(), BlobError> {
        self.open = None;
        self.chunk.resize(place.sealed_len, 0);
        let read = self.object.read_exact_at(place.offset, &mut self.chunk);
        let opened = match read {
            Ok(()) => self.cipher.open(place.index, place.last, &mut self.chunk),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(BlobError::CutShort),
            Err(error) => Err(BlobError::Storage(error)),
        };
        match opened {
            Ok(()) => self.open = Some(place),
            Err(_) => self.chunk.clear(),
        }
        opened
    }
}

impl Read for BlobReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let piece = self.piece_at_position()?;
        let mut bytes = self.chunk.get(piece).unwrap_or_default();
        let read = bytes.read(buffer)?;
        self.position += read as u64;
        Ok(read)
    }
}

/// Positions beyond the end are allowed and give no bytes, as with files.
impl Seek for BlobReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let target = match to {
            SeekFrom::Start(offset) => self.range.start.checked_add(offset),
            SeekFrom::End(offset) => self.range.end.checked_add_signed(offset),
            SeekFrom::Current(offset) => self.position.checked_add_signed(offset),
        };
        let target = target
            .filter(|target| *target >= self.range.start)
            .ok_or(io::ErrorKind::InvalidInput)?;
        self.position = target;
        Ok(target - self.range.start)
    }
}
