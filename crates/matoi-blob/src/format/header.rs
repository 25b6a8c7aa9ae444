//! The header: which master key, and the file key sealed under it.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::chunks::{ChunkCipher, NONCE_PREFIX_LEN};
use super::stream_keys::StreamKeys;
use crate::random::random_array;
use crate::secret::Secret;
use crate::{BlobError, FillRandom, KeyId};

/// Bytes of one copy of the header.
pub const HEADER_COPY_LEN: usize = 512;
/// Bytes before the first chunk: the header twice.
pub const HEADER_LEN: usize = 2 * HEADER_COPY_LEN;

const MAGIC: &[u8; 8] = b"MatoiEnc";
const VERSION: u8 = 1;
const CHUNK_LEN_EXPONENT: u8 = 16;
const WRAPPED_LEN: usize = 48;

/// What the two copies of a header say about each other and about the master key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeaderCondition {
    /// Both copies are whole and under the current master key.
    Current,
    /// Both copies are whole; at least one is under an earlier master key. Rewrapping makes them current.
    OldKey,
    /// One copy does not open. The file can be read; rewrapping mends it.
    OneCopyDamaged,
}

/// A header that was opened.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) key_id: KeyId,
    pub(crate) condition: HeaderCondition,
    /// Whether the first copy opened: the one that does not must be rewritten before the one that does.
    pub(crate) first_copy_is_whole: bool,
    file_key: Secret<32>,
    nonce_prefix: [u8; NONCE_PREFIX_LEN],
}

/// Makes a fresh file key and the header (both copies) that holds it under the current master key.
pub(crate) fn new_header(
    random: &dyn FillRandom,
    keys: &StreamKeys,
    context: &[u8],
) -> Result<(ChunkCipher, Vec<u8>), BlobError> {
    let file_key = Secret::new(random_array(random)?);
    let nonce_prefix = random_array(random)?;
    let copy = seal_copy(random, keys, context, &file_key, nonce_prefix)?;
    Ok((
        ChunkCipher::new(&file_key, &nonce_prefix),
        [copy.as_slice(), copy.as_slice()].concat(),
    ))
}

impl Header {
    /// Opens the first [`HEADER_LEN`] bytes of a stream that belongs under the name `context`.
    pub(crate) fn open(keys: &StreamKeys, context: &[u8], both: &[u8]) -> Result<Self, BlobError> {
        let (first, second) = both
            .split_at_checked(HEADER_COPY_LEN)
            .ok_or(BlobError::CutShort)?;
        match (open_copy(keys, context, first), open_copy(keys, context, second)) {
            (Ok(first), Ok(second)) => {
                let same_file = first.file_key.bytes() == second.file_key.bytes()
                    && first.nonce_prefix == second.nonce_prefix;
                let current = [first.key_id, second.key_id]
                    .iter()
                    .all(|id| *id == keys.current_id());
                let condition = match (same_file, current) {
                    (false, _) => HeaderCondition::OneCopyDamaged,
                    (true, true) => HeaderCondition::Current,
                    (true, false) => HeaderCondition::OldKey,
                };
                Ok(first.into_header(condition, true))
            }
            (Ok(first), Err(_)) => Ok(first.into_header(HeaderCondition::OneCopyDamaged, true)),
            (Err(_), Ok(second)) => Ok(second.into_header(HeaderCondition::OneCopyDamaged, false)),
            (Err(first), Err(second)) => Err(more_telling(first, second)),
        }
    }

    pub(crate) fn cipher(&self) -> ChunkCipher {
        ChunkCipher::new(&self.file_key, &self.nonce_prefix)
    }

    /// A header copy that holds the same file key under the current master key.
    pub(crate) fn rewrap(
        &self,
        random: &dyn FillRandom,
        keys: &StreamKeys,
        context: &[u8],
    ) -> Result<Vec<u8>, BlobError> {
        seal_copy(random, keys, context, &self.file_key, self.nonce_prefix)
    }
}

struct OpenedCopy {
    key_id: KeyId,
    file_key: Secret<32>,
    nonce_prefix: [u8; NONCE_PREFIX_LEN],
}

impl OpenedCopy {
    fn into_header(self, condition: HeaderCondition, first_copy_is_whole: bool) -> Header {
        Header {
            key_id: self.key_id,
            condition,
            first_copy_is_whole,
            file_key: self.file_key,
            nonce_prefix: self.nonce_prefix,
        }
    }
}

fn seal_copy(
    random: &dyn FillRandom,
    keys: &StreamKeys,
    context: &[u8],
    file_key: &Secret<32>,
    nonce_prefix: [u8; NONCE_PREFIX_LEN],
) -> Result<Vec<u8>, BlobError> {
    let (key_id, wrapping_key) = keys.current();
    let wrap_nonce: [u8; 24] = random_array(random)?;
    let mut copy = Vec::with_capacity(HEADER_COPY_LEN);
    copy.extend_from_slice(MAGIC);
    copy.extend_from_slice(&[VERSION, CHUNK_LEN_EXPONENT, 0, 0]);
    copy.extend_from_slice(key_id.as_bytes());
    copy.extend_from_slice(&wrap_nonce);
    copy.extend_from_slice(&nonce_prefix);
    copy.push(0);
    let wrapped = XChaCha20Poly1305::new(wrapping_key.bytes().into())
        .encrypt(
            XNonce::from_slice(&wrap_nonce),
            Payload {
                msg: file_key.bytes(),
                aad: &[copy.as_slice(), context].concat(),
            },
        )
        .map_err(|_refused| BlobError::TooLong)?;
    copy.extend_from_slice(&wrapped);
    copy.resize(HEADER_COPY_LEN, 0);
    Ok(copy)
}

fn open_copy(keys: &StreamKeys, context: &[u8], copy: &[u8]) -> Result<OpenedCopy, BlobError> {
    let fields = Fields::read(copy)?;
    let wrapping_key = keys.find(fields.key_id).ok_or(BlobError::UnknownKey {
        key_id: fields.key_id,
    })?;
    let file_key = XChaCha20Poly1305::new(wrapping_key.bytes().into())
        .decrypt(
            XNonce::from_slice(&fields.wrap_nonce),
            Payload {
                msg: &fields.wrapped,
                aad: &[fields.bound, context].concat(),
            },
        )
        .map(Zeroizing::new)
        .map_err(|_damaged| BlobError::HeaderDamaged)?;
    let file_key = file_key
        .as_slice()
        .try_into()
        .map_err(|_length| BlobError::HeaderDamaged)?;
    Ok(OpenedCopy {
        key_id: fields.key_id,
        file_key: Secret::new(file_key),
        nonce_prefix: fields.nonce_prefix,
    })
}

/// A header copy cut into its fields, checked as far as that goes without a key.
struct Fields<'a> {
    key_id: KeyId,
    wrap_nonce: [u8; 24],
    nonce_prefix: [u8; NONCE_PREFIX_LEN],
    wrapped: [u8; WRAPPED_LEN],
    /// The bytes before the wrapped key, which are bound to it.
    bound: &'a [u8],
}

impl<'a> Fields<'a> {
    fn read(copy: &'a [u8]) -> Result<Self, BlobError> {
        let mut rest = copy;
        if take::<8>(&mut rest)? != *MAGIC {
            return Err(BlobError::NotEncrypted);
        }
        let [version, exponent, zeros @ ..] = take::<4>(&mut rest)?;
        if version != VERSION {
            return Err(BlobError::UnknownVersion { version });
        }
        let key_id = KeyId::from_bytes(take(&mut rest)?);
        let wrap_nonce = take(&mut rest)?;
        let nonce_prefix = take(&mut rest)?;
        let [zero] = take(&mut rest)?;
        let bound = copy.get(..copy.len() - rest.len()).ok_or(BlobError::CutShort)?;
        let wrapped = take(&mut rest)?;
        let filled = zeros != [0, 0] || zero != 0 || rest.iter().any(|byte| *byte != 0);
        if exponent != CHUNK_LEN_EXPONENT || filled {
            return Err(BlobError::HeaderDamaged);
        }
        Ok(Self {
            key_id,
            wrap_nonce,
            nonce_prefix,
            wrapped,
            bound,
        })
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], BlobError> {
    let (taken, after) = rest.split_first_chunk().ok_or(BlobError::CutShort)?;
    *rest = after;
    Ok(*taken)
}

/// Of the reasons why neither copy opened, the one that tells the operator more.
fn more_telling(first: BlobError, second: BlobError) -> BlobError {
    fn weight(error: &BlobError) -> u8 {
        match error {
            BlobError::UnknownKey { .. } => 3,
            BlobError::UnknownVersion { .. } => 2,
            BlobError::HeaderDamaged => 1,
            _ => 0,
        }
    }
    if weight(&second) > weight(&first) {
        second
    } else {
        first
    }
}
