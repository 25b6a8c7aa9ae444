//! Where the chunks of a stream lie. Pure arithmetic.

use super::HEADER_LEN;
use crate::BlobError;

/// Content bytes in a full chunk.
pub const CHUNK_LEN: usize = 64 * 1024;
/// Bytes by which sealing makes a chunk longer.
pub const TAG_LEN: usize = 16;
/// Bytes of a full chunk with its tag.
pub const SEALED_CHUNK_LEN: usize = CHUNK_LEN + TAG_LEN;

const CHUNK: u64 = CHUNK_LEN as u64;
const TAG: u64 = TAG_LEN as u64;
const SEALED_CHUNK: u64 = SEALED_CHUNK_LEN as u64;
const HEADER: u64 = HEADER_LEN as u64;
const GREATEST_CHUNK_COUNT: u64 = 1 << 32;

/// The lengths of a stream, each following from the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    content_len: u64,
    chunk_count: u64,
}

/// Where one chunk lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChunkPlace {
    /// Number of the chunk, from 0; part of its nonce.
    pub index: u32,
    /// First byte of the sealed chunk, from the beginning of the stream.
    pub offset: u64,
    /// Bytes of the sealed chunk, its tag included.
    pub sealed_len: usize,
    /// Whether it is the last one.
    pub last: bool,
}

impl Layout {
    /// The layout of a stream that holds `content_len` bytes.
    ///
    /// # Errors
    /// [`BlobError::TooLong`] above 2^32 chunks.
    pub fn of_content(content_len: u64) -> Result<Self, BlobError> {
        let chunk_count = content_len.div_ceil(CHUNK).max(1);
        if chunk_count > GREATEST_CHUNK_COUNT {
            return Err(BlobError::TooLong);
        }
        Ok(Self {
            content_len,
            chunk_count,
        })
    }

    /// The layout of a stream of `stored_len` bytes, header included.
    ///
    /// # Errors
    /// [`BlobError::CutShort`] for a length that no stream has, [`BlobError::TooLong`] above 2^32 chunks.
    pub fn of_stored(stored_len: u64) -> Result<Self, BlobError> {
        let body = stored_len.checked_sub(HEADER).ok_or(BlobError::CutShort)?;
        let chunk_count = body.div_ceil(SEALED_CHUNK);
        if chunk_count > GREATEST_CHUNK_COUNT {
            return Err(BlobError::TooLong);
        }
        let content_len = body.checked_sub(chunk_count * TAG).ok_or(BlobError::CutShort)?;
        let layout = Self {
            content_len,
            chunk_count,
        };
        // An end that leaves no room for a tag, or an empty chunk after others, is no end of a stream.
        if chunk_count == 0
            || layout.stored_len() != stored_len
            || content_len.div_ceil(CHUNK).max(1) != chunk_count
        {
            return Err(BlobError::CutShort);
        }
        Ok(layout)
    }

    /// Bytes of content.
    pub fn content_len(&self) -> u64 {
        self.content_len
    }

    /// Bytes of the whole stream, header included.
    pub fn stored_len(&self) -> u64 {
        HEADER + self.content_len + self.chunk_count * TAG
    }

    /// The chunk that holds the content byte at `position`, and where in the chunk that byte is.
    /// The end of the content counts as part of the last chunk. `None` beyond the end.
    pub fn chunk_at(&self, position: u64) -> Option<(ChunkPlace, usize)> {
        if position > self.content_len {
            return None;
        }
        let index = (position / CHUNK).min(self.chunk_count - 1);
        let within = usize::try_from(position - index * CHUNK).ok()?;
        Some((self.chunk(index)?, within))
    }

    /// The chunk with this number; `None` if there are not so many.
    pub fn chunk(&self, index: u64) -> Option<ChunkPlace> {
        if index >= self.chunk_count {
            return None;
        }
        let content = (self.content_len - index * CHUNK).min(CHUNK);
        Some(ChunkPlace {
            index: u32::try_from(index).ok()?,
            offset: HEADER + index * SEALED_CHUNK,
            sealed_len: usize::try_from(content + TAG).ok()?,
            last: index + 1 == self.chunk_count,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_at_the_edges() {
        let check = |content: u64, chunks: u64| {
            let layout = Layout::of_content(content).unwrap();
            assert_eq!(layout.stored_len(), 1024 + content + 16 * chunks, "{content}");
            assert_eq!(
                Layout::of_stored(layout.stored_len()).unwrap(),
                layout,
                "{content}"
            );
        };
        check(0, 1);
        check(1, 1);
        check(65_535, 1);
        check(65_536, 1);
        check(65_537, 2);
        check(131_072, 2);
        check((1 << 48) - 1, 1 << 32);
        check(1 << 48, 1 << 32);
        assert!(matches!(
            Layout::of_content((1 << 48) + 1),
            Err(BlobError::TooLong)
        ));
        assert!(matches!(Layout::of_content(u64::MAX), Err(BlobError::TooLong)));
        assert!(matches!(Layout::of_stored(u64::MAX), Err(BlobError::TooLong)));
    }

    #[test]
    fn lengths_that_no_stream_has_are_refused() {
        for stored in [
            0,
            1,
            1023,
            1024,
            1039,
            1024 + 65_552 + 1,
            1024 + 65_552 + 15,
            1024 + 65_552 + 16,
        ] {
            assert!(
                matches!(Layout::of_stored(stored), Err(BlobError::CutShort)),
                "{stored}"
            );
        }
        assert_eq!(
            Layout::of_stored(1024 + 65_552 + 17).unwrap().content_len(),
            65_537
        );
    }

    proptest! {
        #[test]
        fn any_stored_length_is_refused_or_comes_back(stored in any::<u64>(), small in 0_u64..300_000) {
            for stored in [stored, small] {
                if let Ok(layout) = Layout::of_stored(stored) {
                    prop_assert_eq!(layout.stored_len(), stored);
                    prop_assert_eq!(Layout::of_content(layout.content_len()).unwrap(), layout);
                }
            }
        }

        #[test]
        fn chunks_follow_each_other_to_the_end(content in 0_u64..400_000) {
            let layout = Layout::of_content(content).unwrap();
            let mut at = HEADER;
            let mut index = 0;
            while let Some(chunk) = layout.chunk(index) {
                prop_assert_eq!(chunk.offset, at);
                at += chunk.sealed_len as u64;
                index += 1;
                prop_assert_eq!(chunk.last, at == layout.stored_len());
            }
            prop_assert_eq!(at, layout.stored_len());
        }
    }
}
