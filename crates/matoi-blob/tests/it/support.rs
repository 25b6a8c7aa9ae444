//! What several tests need.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use matoi_blob::disk::FileSystem;
use matoi_blob::format::{StreamKeys, decrypt_stream, encrypt_stream};
use matoi_blob::keys::{MasterKey, MasterKeys};
use matoi_blob::store::{LocalStorage, Storage};
use matoi_blob::{BlobError, BlobStore, Content, FillRandom, Keys, RandomError, SystemRandom};

/// Random bytes that are not random: each run gives the same, each byte differs from its neighbours.
#[derive(Debug, Default)]
pub(crate) struct CountingRandom(AtomicU64);

impl FillRandom for CountingRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let start = self.0.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        for (byte, number) in bytes.iter_mut().zip(start..) {
            *byte = number as u8;
        }
        Ok(())
    }
}

/// A source of random bytes that has run dry.
#[derive(Debug)]
pub(crate) struct NoRandom;

impl FillRandom for NoRandom {
    fn fill(&self, _bytes: &mut [u8]) -> Result<(), RandomError> {
        Err(RandomError::new("none left"))
    }
}

/// Content without a pattern as long as a chunk or a power of two.
pub(crate) fn content(len: usize) -> Vec<u8> {
    (0..len).map(|index| ((index * 31 + 7) % 251) as u8).collect()
}

pub(crate) fn master(byte: u8) -> MasterKey {
    MasterKey::from_bytes([byte; 32])
}

pub(crate) fn only(byte: u8) -> MasterKeys {
    MasterKeys::only(master(byte))
}

pub(crate) fn keys(masters: &MasterKeys) -> Arc<Keys> {
    Arc::new(Keys::derive(masters, Arc::new(SystemRandom)))
}

pub(crate) fn encrypt(keys: &StreamKeys, context: &[u8], content: &[u8]) -> (Vec<u8>, Content) {
    let mut stream = Vec::new();
    let written = encrypt_stream(&SystemRandom, keys, context, &mut &*content, &mut stream).unwrap();
    (stream, written)
}

pub(crate) fn decrypt(keys: &StreamKeys, context: &[u8], stream: &[u8]) -> Result<Vec<u8>, BlobError> {
    let mut content = Vec::new();
    decrypt_stream(keys, context, &mut &*stream, &mut content)?;
    Ok(content)
}

pub(crate) fn local(file_system: impl FileSystem + 'static, root: &str) -> Arc<dyn Storage> {
    let never = Duration::from_secs(u64::MAX);
    Arc::new(LocalStorage::open(Arc::new(file_system), root, SystemTime::UNIX_EPOCH, never).unwrap())
}

pub(crate) fn put(store: &BlobStore, content: &[u8]) -> matoi_blob::store::PutOutcome {
    store.put(&mut &*content, u64::MAX).unwrap()
}

pub(crate) fn read_all(reader: &mut dyn std::io::Read) -> Vec<u8> {
    let mut bytes = Vec::new();
    reader.read_to_end(&mut bytes).unwrap();
    bytes
}
