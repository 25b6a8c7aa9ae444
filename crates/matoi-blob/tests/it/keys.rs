//! Key files, recovery, rotation, and what is made with derived keys.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::sync::Arc;

use matoi_blob::SystemRandom;
use matoi_blob::disk::RealDisk;
use matoi_blob::keys::{KeyError, KeyPlaces, MasterKey, RecoveryFileError, RecoveryKey, SealedError};

use crate::support::{keys, master, only};

struct Installation {
    directory: tempfile::TempDir,
    recovery_key: RecoveryKey,
}

impl Installation {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("data")).unwrap();
        Self {
            directory,
            recovery_key: RecoveryKey::generate(&SystemRandom).unwrap(),
        }
    }

    fn created() -> Self {
        let installation = Self::new();
        installation
            .places()
            .create(&SystemRandom, &only(1), &installation.recovery_key)
            .unwrap();
        installation
    }

    fn path(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    fn places(&self) -> KeyPlaces {
        self.places_at("etc/matoi/keys")
    }

    fn places_at(&self, key_file: &str) -> KeyPlaces {
        KeyPlaces::new(Arc::new(RealDisk), self.path(key_file), self.path("data"))
    }

    fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path(path), fs::Permissions::from_mode(mode)).unwrap();
    }
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn a_new_installation_has_both_files_for_its_owner_alone() {
    let installation = Installation::created();
    let places = installation.places();
    assert_eq!(mode(places.key_file()), 0o600);
    assert_eq!(mode(places.key_file().parent().unwrap()), 0o700);
    assert_eq!(mode(&places.recovery_file()), 0o600);
    assert!(places.has_recovery_file().unwrap());
    assert_eq!(places.read().unwrap().current().id(), master(1).id());
    let names: Vec<_> = fs::read_dir(installation.path("etc/matoi"))
        .unwrap()
        .map(|e| e.unwrap().file_name())
        .collect();
    assert_eq!(names, ["keys"]);
}

#[test]
fn the_recovery_file_holds_no_key_in_the_clear() {
    let installation = Installation::created();
    let text = fs::read_to_string(installation.places().recovery_file()).unwrap();
    assert!(!text.contains(&"01".repeat(8)));
    assert!(
        fs::read_to_string(installation.places().key_file())
            .unwrap()
            .contains(&"01".repeat(32))
    );
}

#[test]
fn neither_file_is_written_over_at_installation() {
    let installation = Installation::created();
    let create = || {
        installation
            .places()
            .create(&SystemRandom, &only(2), &installation.recovery_key)
    };
    assert!(matches!(create(), Err(KeyError::Exists { .. })));
    // The key file was lost: making new keys would throw away the way back to the old ones.
    fs::remove_file(installation.places().key_file()).unwrap();
    let error = create().unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("data/recovery.key exists already and is not written over"),
        "{error}"
    );
    assert!(!installation.places().key_file().exists());
}

#[test]
fn a_lost_key_file_is_rebuilt_from_paper_and_the_data_directory() {
    let installation = Installation::created();
    let places = installation.places();
    let on_paper = installation.recovery_key.to_written_form().to_lowercase();
    let recovery_key = RecoveryKey::parse(&on_paper).unwrap();
    assert!(matches!(
        places.rebuild_key_file(&recovery_key),
        Err(KeyError::Exists { .. })
    ));
    fs::remove_dir_all(installation.path("etc")).unwrap();
    assert!(matches!(places.read(), Err(KeyError::Missing { .. })));
    let wrong = RecoveryKey::generate(&SystemRandom).unwrap();
    assert!(matches!(
        places.rebuild_key_file(&wrong),
        Err(KeyError::Recovery {
            source: RecoveryFileError::WrongKey,
            ..
        })
    ));
    assert!(!places.key_file().exists());
    places.rebuild_key_file(&recovery_key).unwrap();
    assert_eq!(*places.read().unwrap().to_text(), *only(1).to_text());
    assert_eq!(mode(places.key_file()), 0o600);
}

#[test]
fn a_key_file_that_others_may_read_is_refused() {
    let installation = Installation::created();
    for open in [0o640, 0o604, 0o620, 0o660, 0o601, 0o644] {
        installation.set_mode("etc/matoi/keys", open);
        let error = installation.places().read().unwrap_err();
        assert!(
            matches!(error, KeyError::OpenToOthers { mode, .. } if mode == open),
            "{open:o}"
        );
    }
    for closed in [0o400, 0o600, 0o700] {
        installation.set_mode("etc/matoi/keys", closed);
        installation.places().read().unwrap();
    }
}

#[test]
fn a_directory_in_which_others_may_exchange_the_key_file_is_refused() {
    let installation = Installation::created();
    for open in [0o770, 0o707, 0o777] {
        installation.set_mode("etc/matoi", open);
        let error = installation.places().read().unwrap_err();
        assert!(
            matches!(error, KeyError::DirectoryOpenToOthers { mode, .. } if mode == open),
            "{open:o}"
        );
    }
    // As secrets are mounted into containers, and as /etc is.
    for closed in [0o1777, 0o755] {
        installation.set_mode("etc/matoi", closed);
        installation.places().read().unwrap();
    }
}

#[test]
fn a_key_file_in_the_data_directory_is_refused() {
    let installation = Installation::new();
    for inside in ["data/keys", "data/below/keys", "data/../data/keys"] {
        let places = installation.places_at(inside);
        let error = places
            .create(&SystemRandom, &only(1), &installation.recovery_key)
            .unwrap_err();
        assert!(matches!(error, KeyError::InsideDataDirectory { .. }), "{inside}");
        assert_eq!(fs::read_dir(installation.path("data")).unwrap().count(), 0);
    }
    // A name that only begins alike is another directory.
    let beside = installation.places_at("database/keys");
    beside
        .create(&SystemRandom, &only(1), &installation.recovery_key)
        .unwrap();
}

#[test]
fn a_key_file_that_leads_into_the_data_directory_is_refused() {
    let installation = Installation::created();
    fs::rename(
        installation.path("etc/matoi/keys"),
        installation.path("data/keys"),
    )
    .unwrap();
    symlink(
        installation.path("data/keys"),
        installation.path("etc/matoi/keys"),
    )
    .unwrap();
    assert!(matches!(
        installation.places().read(),
        Err(KeyError::InsideDataDirectory { .. })
    ));
    symlink(installation.path("data"), installation.path("elsewhere")).unwrap();
    assert!(matches!(
        installation.places_at("elsewhere/keys").read(),
        Err(KeyError::InsideDataDirectory { .. })
    ));
}

#[test]
fn a_damaged_key_file_is_refused_without_showing_it() {
    let installation = Installation::created();
    let write = |bytes: &[u8]| fs::write(installation.places().key_file(), bytes).unwrap();
    let text = only(1).to_text().replace("01010101", "01010111");
    write(text.as_bytes());
    let error = installation.places().read().unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(
        source,
        "line 6: the key does not belong to its id, so one of them was changed"
    );
    assert!(!format!("{error} {error:?}").contains("0101"));
    write(&[0xff; 10]);
    assert!(matches!(
        installation.places().read(),
        Err(KeyError::NotText { .. })
    ));
    write(&vec![b'#'; 300_000]);
    assert!(matches!(
        installation.places().read(),
        Err(KeyError::NotText { .. })
    ));
}

#[test]
fn rotation_keeps_the_recovery_key_or_takes_a_new_one() {
    let installation = Installation::created();
    let places = installation.places();
    let rotated = places.read().unwrap().rotated(master(2));
    places
        .replace(&SystemRandom, &rotated, &installation.recovery_key)
        .unwrap();
    assert_eq!(places.read().unwrap().current().id(), master(2).id());
    assert_eq!(places.read().unwrap().previous().len(), 1);
    let recovered = places.open_recovery_file(&installation.recovery_key).unwrap();
    assert_eq!(*recovered.to_text(), *rotated.to_text());

    let fresh = RecoveryKey::generate(&SystemRandom).unwrap();
    places
        .replace(&SystemRandom, &rotated.without_previous(), &fresh)
        .unwrap();
    assert!(places.open_recovery_file(&installation.recovery_key).is_err());
    assert_eq!(places.open_recovery_file(&fresh).unwrap().previous().len(), 0);
    assert_eq!(mode(places.key_file()), 0o600);
}

#[test]
fn an_installation_cut_short_is_given_its_recovery_file_later() {
    let installation = Installation::created();
    let places = installation.places();
    fs::remove_file(places.recovery_file()).unwrap();
    assert!(!places.has_recovery_file().unwrap());
    let keys = places.read().unwrap();
    places
        .replace(&SystemRandom, &keys, &installation.recovery_key)
        .unwrap();
    assert!(places.open_recovery_file(&installation.recovery_key).is_ok());
}

#[test]
fn a_small_secret_opens_only_in_its_context() {
    let keys = keys(&only(1));
    let sealed = keys.seal_small("totp:1", b"secret").unwrap();
    assert_eq!(*keys.open_small("totp:1", &sealed).unwrap(), b"secret");
    for other in ["totp:2", "", "totp:", "totp:11"] {
        assert!(
            matches!(keys.open_small(other, &sealed), Err(SealedError::Damaged)),
            "{other}"
        );
    }
    assert_ne!(keys.seal_small("totp:1", b"secret").unwrap(), sealed);
    assert_eq!(
        *keys.open_small("", &keys.seal_small("", b"").unwrap()).unwrap(),
        b""
    );
}

#[test]
fn a_changed_or_shortened_small_secret_is_refused() {
    let keys = keys(&only(1));
    let sealed = keys.seal_small("totp:1", b"secret").unwrap();
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(keys.open_small("totp:1", &changed).is_err(), "{at}");
        assert!(keys.open_small("totp:1", &sealed[..at]).is_err(), "{at}");
    }
}

#[test]
fn small_secrets_survive_rotation_and_are_resealed() {
    let sealed = keys(&only(1)).seal_small("totp:1", b"secret").unwrap();
    let rotated = keys(&only(1).rotated(master(2)));
    assert_eq!(*rotated.open_small("totp:1", &sealed).unwrap(), b"secret");
    let resealed = rotated.reseal_small("totp:1", &sealed).unwrap().unwrap();
    assert!(rotated.reseal_small("totp:1", &resealed).unwrap().is_none());
    assert!(rotated.reseal_small("totp:2", &sealed).is_err());
    let new_only = keys(&only(2));
    assert_eq!(*new_only.open_small("totp:1", &resealed).unwrap(), b"secret");
    let id = master(1).id();
    assert!(
        matches!(new_only.open_small("totp:1", &sealed), Err(SealedError::UnknownKey { key_id }) if key_id == id)
    );
}

#[test]
fn codes_are_bound_to_their_purpose_and_survive_rotation() {
    let before = keys(&only(1));
    let code = before.mac("receipt", b"message");
    let after = keys(&only(1).rotated(master(2)));
    assert!(before.verify_mac("receipt", b"message", &code));
    assert!(after.verify_mac("receipt", b"message", &code));
    assert!(!after.verify_mac("link", b"message", &code));
    assert!(!after.verify_mac("receipt", b"messagf", &code));
    // What stands in the purpose cannot be moved into the message.
    assert!(!after.verify_mac("receip", b"tmessage", &code));
    assert!(!after.verify_mac("receipt", b"message", &code[..31]));
    assert!(!after.verify_mac("receipt", b"message", b""));
    assert!(!keys(&only(2)).verify_mac("receipt", b"message", &code));
    assert_eq!(
        after.macs_of_all_keys("receipt", b"message"),
        [after.mac("receipt", b"message"), code]
    );
}

#[test]
fn nothing_prints_a_key() {
    let secret = MasterKey::from_bytes([0xab; 32]);
    let keys = keys(&matoi_blob::keys::MasterKeys::only(secret));
    let recovery_key = RecoveryKey::generate(&SystemRandom).unwrap();
    let printed = format!("{keys:?} {recovery_key:?}");
    assert!(
        !printed.contains("171, 171") && !printed.contains("abab"),
        "{printed}"
    );
    let written = recovery_key.to_written_form();
    assert!(written.split('-').all(|group| !printed.contains(group)));
}
