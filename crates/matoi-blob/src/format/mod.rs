//! The encrypted stream: how a stored file, and a backup, lies on disk. Version 1.
//!
//! ```text
//! offset   length  what
//!      0      512  header, first copy
//!    512      512  header, second copy (the same bytes as the first)
//!   1024       ..  chunks, one after another
//! ```
//!
//! Integers are big-endian. A header copy:
//!
//! ```text
//! offset   length  what
//!      0        8  magic: the ASCII letters "MatoiEnc"
//!      8        1  version of this format: 1
//!      9        1  chunk size as a power of two: 16, which is 64 KiB
//!     10        2  zero
//!     12        8  id of the master key that wraps the file key
//!     20       24  nonce of the wrapping
//!     44       19  nonce prefix of the chunks
//!     63        1  zero
//!     64       48  the file key (32 random bytes) sealed, with its tag
//!    112      400  zero
//! ```
//!
//! *Wrapping*: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03) under a sub-key of the master key (see
//! [`crate::keys`]; stored files and backups have different ones). Associated data: the bytes 0 to 63 of the
//! copy, then the *context*, which is the name the stream belongs under. A file put under another file's
//! name therefore does not open.
//!
//! *Chunks*: the content is cut into pieces of 64 KiB; the last one holds what is left, 1 byte to 64 KiB
//! (0 bytes only where the content is empty, so that each content has one form). Piece number `i`, from 0,
//! is sealed by XChaCha20-Poly1305 under the file key with the nonce `prefix || i as u32 || last`, where
//! `last` is 1 for the last piece and else 0, and without associated data; it is followed by its tag of
//! 16 bytes. This is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár, "Online
//! Authenticated-Encryption and its Nonce-Reuse Misuse-Resistance", 2015), in the form the `aead` crate calls
//! `StreamBE32`: a changed, moved, dropped or repeated chunk fails to open, and so does a stream that ends
//! early, since its final chunk is not marked as the last.
//!
//! *Why the header stands twice*: when the master key is rotated only the header changes, and it is
//! rewritten in place, one copy after the other, each synced before the next is begun. A power cut may
//! tear the copy being written; the other one is whole. Copies are as long as a disk sector so that they do
//! not share one. A reader takes the first copy that opens; [`HeaderCondition`] tells when they disagree.
//!
//! The length of the content follows from the length of the stream ([`Layout`]), and chunks can be opened
//! alone, so a range is read without what stands before it.

mod chunks;
mod header;
mod layout;
mod reader;
mod stream_keys;
mod writer;

pub(crate) use chunks::ChunkCipher;
pub use header::{HEADER_COPY_LEN, HEADER_LEN, HeaderCondition};
pub(crate) use header::{Header, new_header};
pub use layout::{CHUNK_LEN, ChunkPlace, Layout, SEALED_CHUNK_LEN, TAG_LEN};
pub use reader::{DecryptingReader, decrypt_stream};
pub use stream_keys::StreamKeys;
pub use writer::{EncryptingWriter, encrypt_stream};

use crate::hex;

/// What went through a stream: two properties of the content, not of its encrypted form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// Length in bytes.
    pub len: u64,
    /// SHA-256 (FIPS 180-4).
    pub sha256: [u8; 32],
}

impl Content {
    /// The SHA-256 as 64 lower-case hexadecimal digits.
    pub fn sha256_hex(&self) -> String {
        hex::encode(&self.sha256)
    }
}
