//! The chain's arithmetic. Stored format: changing a line here means a new epoch and a new document.

use sha2::{Digest as _, Sha256};

use crate::kernel::change::hex;

/// The link before the first row of the first epoch.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// The link of a row: SHA-256, in hex, of the former link, epoch, place, identifier and digest, each followed by a line feed.
#[must_use]
pub fn link(previous: &str, epoch: i64, seq: i64, change_id: &str, digest: &str) -> String {
    hex(&Sha256::digest(
        format!("{previous}\n{epoch}\n{seq}\n{change_id}\n{digest}\n").as_bytes(),
    ))
}

/// The text that is signed when the chain's head is sealed.
#[must_use]
pub fn seal_text(epoch: i64, last_seq: i64, link: &str, sealed_at_micros: i64) -> String {
    format!("matoi seal 1\n{epoch}\n{last_seq}\n{link}\n{sealed_at_micros}\n")
}

/// The name of a public key: the first 16 hex digits of its SHA-256.
#[must_use]
pub fn key_id(public_key: &[u8]) -> String {
    hex(Sha256::digest(public_key).get(..8).unwrap_or_default())
}
