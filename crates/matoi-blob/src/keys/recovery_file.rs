//! The recovery file: the text of the key file, sealed under the recovery key. Lies in the data directory.
//!
//! UTF-8 lines; lines that are empty or begin with `#` are comments. The first other line is
//! `matoi-recovery 1`; then, in this order, `salt` with 64, `nonce` with 48 and `sealed` with an even number of
//! hexadecimal digits. The sealing key is HKDF-SHA256 of the recovery key (20 bytes) with the salt and the
//! label "matoi recovery file 1"; the recovery key is random, so nothing slower is needed against guessing.
//! `sealed` is the text of a key file under XChaCha20-Poly1305, with the line `matoi-recovery 1` as associated data.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::{KeyTextError, MasterKeys, RecoveryKey};
use crate::random::random_array;
use crate::{FillRandom, RandomError, hex};

const FIRST_LINE: &str = "matoi-recovery 1";
const EXPLANATION: &str = "\
# The master keys of this installation, sealed under the recovery key that was shown when it was made.
# If the key file is lost, this file and the recovery key on paper rebuild it. Back it up with the data.
";

/// A recovery file that does not open.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RecoveryFileError {
    /// The text is not of the form of version 1.
    #[error("not a recovery file, or damaged")]
    NotARecoveryFile,
    /// The file is of another version.
    #[error("the recovery file is of a version that this program does not know")]
    UnknownVersion,
    /// The recovery key is well-formed but does not open this file.
    #[error("the recovery key is not the one for this file, or the file is damaged")]
    WrongKey,
    /// It opened, but does not hold master keys.
    #[error("the recovery file holds no usable keys")]
    Content(#[source] KeyTextError),
}

/// The text of the recovery file.
pub(super) fn seal(
    random: &dyn FillRandom,
    recovery_key: &RecoveryKey,
    keys: &MasterKeys,
) -> Result<String, RandomError> {
    let salt: [u8; 32] = random_array(random)?;
    let nonce: [u8; 24] = random_array(random)?;
    let text = keys.to_text();
    let sealed = XChaCha20Poly1305::new(recovery_key.sealing_key(&salt).bytes().into())
        .encrypt(
            XNonce::from_slice(&nonce),
            Payload {
                msg: text.as_bytes(),
                aad: FIRST_LINE.as_bytes(),
            },
        )
        .map_err(|_refused| RandomError::new("the cipher refused the keys"))?;
    let (salt, nonce, sealed) = (hex::encode(&salt), hex::encode(&nonce), hex::encode(&sealed));
    Ok(format!(
        "{EXPLANATION}{FIRST_LINE}\nsalt {salt}\nnonce {nonce}\nsealed {sealed}\n"
    ))
}

/// The master keys in the recovery file. Takes any text.
pub(super) fn open(recovery_key: &RecoveryKey, text: &str) -> Result<MasterKeys, RecoveryFileError> {
    let lines: Vec<&str> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect();
    let [first, salt, nonce, sealed] = lines.as_slice() else {
        return Err(RecoveryFileError::NotARecoveryFile);
    };
    if *first != FIRST_LINE {
        let other_version = first.starts_with("matoi-recovery ");
        return Err(if other_version {
            RecoveryFileError::UnknownVersion
        } else {
            RecoveryFileError::NotARecoveryFile
        });
    }
    let salt = salt.strip_prefix("salt ").and_then(hex::decode::<32>);
    let nonce = nonce.strip_prefix("nonce ").and_then(hex::decode::<24>);
    let sealed = sealed.strip_prefix("sealed ").and_then(hex::decode_all);
    let (Some(salt), Some(nonce), Some(sealed)) = (salt, nonce, sealed) else {
        return Err(RecoveryFileError::NotARecoveryFile);
    };
    let opened = XChaCha20Poly1305::new(recovery_key.sealing_key(&salt).bytes().into())
        .decrypt(
            XNonce::from_slice(&nonce),
            Payload {
                msg: &sealed,
                aad: FIRST_LINE.as_bytes(),
            },
        )
        .map(Zeroizing::new)
        .map_err(|_damaged| RecoveryFileError::WrongKey)?;
    let text = std::str::from_utf8(&opened).map_err(|_encoding| RecoveryFileError::NotARecoveryFile)?;
    MasterKeys::parse(text).map_err(RecoveryFileError::Content)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::MasterKey;
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn only_the_right_recovery_key_opens_the_file() {
        let right = RecoveryKey::generate(&SystemRandom).unwrap();
        let wrong = RecoveryKey::generate(&SystemRandom).unwrap();
        let old = MasterKey::generate(&SystemRandom).unwrap();
        let keys = MasterKeys::only(old).rotated(MasterKey::generate(&SystemRandom).unwrap());
        let text = seal(&SystemRandom, &right, &keys).unwrap();
        assert_eq!(*open(&right, &text).unwrap().to_text(), *keys.to_text());
        assert_eq!(open(&wrong, &text).unwrap_err(), RecoveryFileError::WrongKey);
        assert_ne!(text, seal(&SystemRandom, &right, &keys).unwrap());
    }

    #[test]
    fn every_changed_character_is_noticed() {
        let key = RecoveryKey::generate(&SystemRandom).unwrap();
        let keys = MasterKeys::only(MasterKey::generate(&SystemRandom).unwrap());
        let text = seal(&SystemRandom, &key, &keys).unwrap();
        let start = text.find(FIRST_LINE).unwrap();
        for at in start..text.len() - 1 {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'5' { b'6' } else { b'5' };
            assert!(
                open(&key, std::str::from_utf8(&changed).unwrap()).is_err(),
                "{at}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused(text in "(matoi-recovery [12]\n)?((salt|nonce|sealed) [0-9a-f]{0,70}\n|.{0,30}\n){0,4}") {
            let key = RecoveryKey::generate(&SystemRandom).unwrap();
            prop_assert!(open(&key, &text).is_err());
        }
    }
}
