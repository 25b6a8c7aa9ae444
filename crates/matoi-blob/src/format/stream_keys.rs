//! The keys that wrap file keys: one to write with, all of them to read with.

use crate::KeyId;
use crate::secret::Secret;

/// The wrapping keys for one use (stored files, or backups): the current one and those of earlier master keys.
///
/// Obtained from [`Keys`](crate::Keys); debug output shows ids only.
#[derive(Debug, Clone)]
pub struct StreamKeys {
    current: (KeyId, Secret<32>),
    previous: Vec<(KeyId, Secret<32>)>,
}

impl StreamKeys {
    pub(crate) fn new(current: (KeyId, Secret<32>), previous: Vec<(KeyId, Secret<32>)>) -> Self {
        Self { current, previous }
    }

    /// The id of the key that new streams are written under.
    pub fn current_id(&self) -> KeyId {
        self.current.0
    }

    pub(crate) fn current(&self) -> (KeyId, &Secret<32>) {
        (self.current.0, &self.current.1)
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Secret<32>> {
        std::iter::once(&self.current)
            .chain(&self.previous)
            .find(|(known, _)| *known == id)
            .map(|(_, key)| key)
    }
}
