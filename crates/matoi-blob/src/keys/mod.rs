//! Keys: one master key, kept outside the data directory, from which everything else is derived.
//!
//! ```text
//! recovery key (on paper) --opens--> recovery.key (in the data directory) --holds--+
//!                                                                                  v
//! key file (outside the data directory) ----------------------------holds--> master keys
//!                                                                                  |
//!    sub-keys by HKDF-SHA256 (RFC 5869), salt "matoi master key 1", 32 bytes each  v
//!    label "blob wrapping"    wraps the file keys of stored files      Keys::blob_keys
//!    label "backup wrapping"  wraps the file keys of backups           Keys::backup_keys
//!    label "small secrets"    seals secrets kept in the database       Keys::seal_small
//!    label "mac"              (64 bytes) receipts, links, tokens       Keys::mac
//!    label "key id"           (8 bytes) the id, which is not secret    KeyId
//! ```
//!
//! A master key's id is derived from it, so a damaged digit in a key file is noticed, and the right key is found
//! for what was written years ago.
//!
//! *Rotation*: [`KeyPlaces::replace`] with [`MasterKeys::rotated`] makes a new current key; earlier ones stay in
//! the file for reading until files are rewrapped and small secrets resealed, then
//! [`MasterKeys::without_previous`] drops them. The recovery file is written along each time, which
//! is why each of these asks for the recovery key: the one on paper, or a new one that is shown first.
//!
//! This module never logs, never prints a key (debug output neither), and wipes keys from memory when dropped.

mod master;
mod places;
mod recovery_file;
mod recovery_key;
mod sub_keys;

pub use master::{KeyId, KeyTextError, KeyTextProblem, MasterKey, MasterKeys, ParseKeyIdError};
pub use places::{KeyError, KeyPlaces, RECOVERY_FILE_NAME};
pub use recovery_file::RecoveryFileError;
pub use recovery_key::{RecoveryKey, RecoveryKeyError};
pub use sub_keys::{Keys, SealedError};
