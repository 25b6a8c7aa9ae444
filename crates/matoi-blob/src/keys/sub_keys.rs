//! What is derived from the master keys, and the small secrets and codes that are made with it.

use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::{KeyId, MasterKey, MasterKeys};
use crate::format::StreamKeys;
use crate::random::random_array;
use crate::secret::Secret;
use crate::{FillRandom, RandomError};

const SEALED_VERSION: u8 = 1;
const SEALED_NONCE_LEN: usize = 24;

/// The sub-keys of the current and the earlier master keys. The master keys themselves are not kept.
///
/// Wiped when dropped; debug output shows ids only.
#[derive(Debug)]
pub struct Keys {
    random: Arc<dyn FillRandom>,
    blobs: StreamKeys,
    backups: StreamKeys,
    current: SmallKeys,
    previous: Vec<SmallKeys>,
}

#[derive(Debug)]
struct SmallKeys {
    id: KeyId,
    sealing: Secret<32>,
    mac: Secret<64>,
}

/// A sealed small secret that does not open.
#[derive(Debug, thiserror::Error)]
pub enum SealedError {
    /// The bytes are not of the form that [`Keys::seal_small`] makes.
    #[error("not a sealed secret of this program")]
    NotSealed,
    /// Sealed under a master key that the key file does not hold.
    #[error("sealed under master key {key_id}, which the key file does not hold")]
    UnknownKey {
        /// Id of the missing master key.
        key_id: KeyId,
    },
    /// Changed, or sealed for another context.
    #[error("the sealed secret was changed or belongs elsewhere")]
    Damaged,
    /// No random bytes could be had.
    #[error(transparent)]
    Random(#[from] RandomError),
}

impl Keys {
    /// Derives everything from `masters`. `random` also serves the stores that use these keys.
    pub fn derive(masters: &MasterKeys, random: Arc<dyn FillRandom>) -> Self {
        let stream_keys = |label: &[u8]| {
            let of = |master: &MasterKey| (master.id(), master.derive(label));
            StreamKeys::new(of(masters.current()), masters.previous().iter().map(of).collect())
        };
        let small_keys = |master: &MasterKey| SmallKeys {
            id: master.id(),
            sealing: master.derive(b"small secrets"),
            mac: master.derive(b"mac"),
        };
        Self {
            random,
            blobs: stream_keys(b"blob wrapping"),
            backups: stream_keys(b"backup wrapping"),
            current: small_keys(masters.current()),
            previous: masters.previous().iter().map(small_keys).collect(),
        }
    }

    /// Id of the current master key.
    pub fn current_id(&self) -> KeyId {
        self.current.id
    }

    /// Keys for stored files.
    pub fn blob_keys(&self) -> &StreamKeys {
        &self.blobs
    }

    /// Keys for backups, to be given to [`encrypt_stream`](crate::format::encrypt_stream).
    pub fn backup_keys(&self) -> &StreamKeys {
        &self.backups
    }

    /// Where these keys take random bytes from.
    pub fn random(&self) -> &dyn FillRandom {
        &*self.random
    }

    /// Seals a small secret (a TOTP secret, a signing key) for storage in the database.
    ///
    /// `context` says what the secret is and whose, such as `totp:<account id>`: the same must be given to open
    /// it, so a secret cannot be moved to another row. Form: version 1 (1 byte), id of the master key (8), nonce (24),
    /// then XChaCha20-Poly1305 of the secret with its tag (length + 16). Associated data: the first 9 bytes,
    /// then the context.
    ///
    /// # Errors
    /// [`SealedError::Random`].
    pub fn seal_small(&self, context: &str, secret: &[u8]) -> Result<Vec<u8>, SealedError> {
        let nonce: [u8; SEALED_NONCE_LEN] = random_array(&*self.random)?;
        let mut sealed = Vec::with_capacity(1 + 8 + SEALED_NONCE_LEN + secret.len() + 16);
        sealed.push(SEALED_VERSION);
        sealed.extend_from_slice(self.current.id.as_bytes());
        let aad = [sealed.as_slice(), context.as_bytes()].concat();
        sealed.extend_from_slice(&nonce);
        let ciphertext = XChaCha20Poly1305::new(self.current.sealing.bytes().into())
            .encrypt(
                XNonce::from_slice(&nonce),
                Payload {
                    msg: secret,
                    aad: &aad,
                },
            )
            .map_err(|_refused| SealedError::NotSealed)?;
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    /// Opens what [`Keys::seal_small`] sealed for the same context. Takes any bytes.
    ///
    /// # Errors
    /// [`SealedError::NotSealed`], [`SealedError::UnknownKey`], [`SealedError::Damaged`].
    pub fn open_small(&self, context: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SealedError> {
        let key_id = sealed_key_id(sealed)?;
        let keys = self.find(key_id).ok_or(SealedError::UnknownKey { key_id })?;
        let (bound, rest) = sealed.split_at_checked(9).ok_or(SealedError::NotSealed)?;
        let (nonce, ciphertext) = rest
            .split_at_checked(SEALED_NONCE_LEN)
            .ok_or(SealedError::NotSealed)?;
        let aad = [bound, context.as_bytes()].concat();
        XChaCha20Poly1305::new(keys.sealing.bytes().into())
            .decrypt(
                XNonce::from_slice(nonce),
                Payload {
                    msg: ciphertext,
                    aad: &aad,
                },
            )
            .map(Zeroizing::new)
            .map_err(|_damaged| SealedError::Damaged)
    }

    /// After a rotation: the secret sealed anew, or `None` where it is under the current master key already.
    ///
    /// # Errors
    /// As [`Keys::open_small`] and [`Keys::seal_small`].
    pub fn reseal_small(&self, context: &str, sealed: &[u8]) -> Result<Option<Vec<u8>>, SealedError> {
        if sealed_key_id(sealed)? == self.current.id {
            return Ok(None);
        }
        let secret = self.open_small(context, sealed)?;
        self.seal_small(context, &secret).map(Some)
    }

    /// HMAC-SHA256 (RFC 2104) under the current master key, for receipts, links and stored token digests.
    ///
    /// `purpose` keeps the uses apart: codes made for one are worthless for another. What is authenticated is the
    /// length of the purpose (8 bytes, big-endian), the purpose, and the message.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        mac_state(&self.current, purpose, message)
            .finalize()
            .into_bytes()
            .into()
    }

    /// The codes that [`Keys::mac`] makes and made for this message: under the current master key first, then
    /// under the earlier ones. For looking a token up by its stored digest.
    pub fn macs_of_all_keys(&self, purpose: &str, message: &[u8]) -> Vec<[u8; 32]> {
        self.all()
            .map(|keys| mac_state(keys, purpose, message).finalize().into_bytes().into())
            .collect()
    }

    /// Whether `code` is what [`Keys::mac`] makes or made for this message. Takes the same time for each
    /// wrong code.
    pub fn verify_mac(&self, purpose: &str, message: &[u8], code: &[u8]) -> bool {
        // Folded without stopping early: which master key a code is under is nobody's business.
        self.all().fold(false, |known, keys| {
            let matches = mac_state(keys, purpose, message).verify_slice(code).is_ok();
            known | matches
        })
    }

    fn all(&self) -> impl Iterator<Item = &SmallKeys> {
        std::iter::once(&self.current).chain(&self.previous)
    }

    fn find(&self, id: KeyId) -> Option<&SmallKeys> {
        self.all().find(|keys| keys.id == id)
    }
}

fn sealed_key_id(sealed: &[u8]) -> Result<KeyId, SealedError> {
    match sealed.split_first_chunk::<9>() {
        Some(([SEALED_VERSION, id @ ..], _)) => Ok(KeyId::from_bytes(*id)),
        _ => Err(SealedError::NotSealed),
    }
}

fn mac_state(keys: &SmallKeys, purpose: &str, message: &[u8]) -> Hmac<Sha256> {
    // The key is as long as SHA-256's block, the one length that HMAC takes without padding or hashing it.
    let mut state = <Hmac<Sha256> as KeyInit>::new(keys.mac.bytes().into());
    state.update(&(purpose.len() as u64).to_be_bytes());
    state.update(purpose.as_bytes());
    state.update(message);
    state
}
