//! Sealing and opening of single chunks (the STREAM construction).

use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::KeyInit;
use chacha20poly1305::aead::generic_array::GenericArray;
use chacha20poly1305::aead::stream::{NewStream, StreamBE32, StreamPrimitive};

use crate::BlobError;
use crate::secret::Secret;

/// Bytes of the nonce that all chunks of a file share; five more are the number and the mark of the last.
pub(crate) const NONCE_PREFIX_LEN: usize = 19;

/// The cipher of one file.
pub(crate) struct ChunkCipher(StreamBE32<XChaCha20Poly1305>);

impl ChunkCipher {
    pub(crate) fn new(file_key: &Secret<32>, nonce_prefix: &[u8; NONCE_PREFIX_LEN]) -> Self {
        let cipher = XChaCha20Poly1305::new(file_key.bytes().into());
        Self(StreamBE32::from_aead(
            cipher,
            GenericArray::from_slice(nonce_prefix),
        ))
    }

    /// Encrypts the chunk where it stands and appends its tag.
    pub(crate) fn seal(&self, index: u32, last: bool, chunk: &mut Vec<u8>) -> Result<(), BlobError> {
        self.0
            .encrypt_in_place(index, last, b"", chunk)
            .map_err(|_refused| BlobError::TooLong)
    }

    /// Checks the chunk, decrypts it where it stands and takes its tag off. On failure the chunk holds no
    /// content: the tag is checked first.
    pub(crate) fn open(&self, index: u32, last: bool, chunk: &mut Vec<u8>) -> Result<(), BlobError> {
        self.0
            .decrypt_in_place(index, last, b"", chunk)
            .map_err(|_damaged| BlobError::ChunkDamaged {
                index: u64::from(index),
            })
    }
}

impl std::fmt::Debug for ChunkCipher {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ChunkCipher(not shown)")
    }
}
