//! Rotation of the master key, and its way back.

use std::process::Command;

use crate::support::{Place, run};

fn current(place: &Place) -> String {
    let status = place.run(&["--format", "json", "keys", "status"]).ok().json();
    status["current"].as_str().unwrap().to_owned()
}

fn files(place: &Place) -> serde_json::Value {
    place
        .run(&["--format", "json", "keys", "status", "--scan"])
        .ok()
        .json()["files"]
        .clone()
}

/// Stores a file by the installation's own key, as an upload does.
fn store_a_file(place: &Place, content: &[u8]) -> matoi_blob::BlobId {
    blobs(place).put(&mut &content[..], u64::MAX).unwrap().id
}

fn blobs(place: &Place) -> matoi_blob::BlobStore {
    use matoi_blob::disk::RealDisk;
    use matoi_blob::keys::{KeyPlaces, Keys};
    use matoi_blob::store::LocalStorage;
    use std::sync::Arc;
    use std::time::{Duration, SystemTime};
    let disk = Arc::new(RealDisk);
    let places = KeyPlaces::new(
        disk.clone(),
        place.path("data.keys/master.key"),
        place.path("data"),
    );
    let keys = Keys::derive(&places.read().unwrap(), Arc::new(matoi_blob::SystemRandom));
    let never = Duration::from_secs(u64::MAX);
    let storage = LocalStorage::open(disk, place.path("data/blobs"), SystemTime::UNIX_EPOCH, never).unwrap();
    matoi_blob::BlobStore::new(Arc::new(storage), Arc::new(keys))
}

fn with_key(command: &mut Command, key: &str) -> crate::support::Done {
    run(command.env("MATOI_RECOVERY_KEY", key))
}

#[test]
fn rotation_moves_every_file_and_secret_under_a_new_key() {
    let place = Place::set_up();
    place.serve(&[]).stop();
    let id = store_a_file(&place, b"evidence");
    let before = current(&place);
    assert_eq!(files(&place)[&before], 1);

    let rotated = place.run(&["keys", "rotate"]).ok().out;
    assert!(rotated.contains("New recovery key"), "{rotated}");
    assert!(rotated.contains("1 of 1 files and 1 secrets"), "{rotated}");
    let after = current(&place);
    assert_ne!(before, after);
    assert_eq!(files(&place)[&after], 1);
    assert!(files(&place)[&before].is_null());
    assert_eq!(blobs(&place).verify(id).unwrap().unwrap().content.len, 8);
    // The audit log goes on under the same signing key.
    place.serve(&[]).stop();
    let verified = place.run(&["--format", "json", "audit", "verify"]).ok().json();
    assert_eq!(verified["intact"], true);

    // The recovery key that was shown brings back the new key.
    let key = rotated.lines().nth(1).unwrap().trim();
    std::fs::remove_file(place.path("data.keys/master.key")).unwrap();
    with_key(&mut place.command(&["keys", "recover"]), key).ok();
    assert_eq!(current(&place), after);
    let again = with_key(&mut place.command(&["keys", "recover"]), key);
    assert_eq!(
        again.code, 3,
        "a key file that is there is not written over: {again:?}"
    );
}

#[test]
fn rotation_can_keep_the_recovery_key_but_only_the_right_one() {
    let place = Place::new();
    let made = place.run(&["--format", "json", "init"]).ok().json();
    let key = made["recovery_key"].as_str().unwrap();
    let wrong = place.run(&[
        "--format",
        "json",
        "init",
        "--data-dir",
        place.path("other").to_str().unwrap(),
    ]);
    let wrong = wrong.ok().json()["recovery_key"].as_str().unwrap().to_owned();
    let before = current(&place);
    assert_eq!(with_key(&mut place.command(&["keys", "rotate"]), &wrong).code, 3);
    assert_eq!(with_key(&mut place.command(&["keys", "rotate"]), "AAAA").code, 3);
    assert_eq!(current(&place), before);

    let file = place.write("recovery", &format!("{key}\n"));
    let done = place
        .run(&["keys", "rotate", "--recovery-key-file", file.to_str().unwrap()])
        .ok();
    assert!(!done.out.contains("recovery key"), "{done:?}");
    let after = current(&place);
    std::fs::remove_file(place.path("data.keys/master.key")).unwrap();
    assert_eq!(with_key(&mut place.command(&["keys", "recover"]), &wrong).code, 3);
    with_key(&mut place.command(&["keys", "recover"]), key).ok();
    assert_eq!(current(&place), after);
}

#[test]
fn a_rotation_that_meets_a_broken_file_keeps_the_earlier_key_and_can_be_finished() {
    let place = Place::set_up();
    let good = store_a_file(&place, b"good");
    let bad = store_a_file(&place, b"bad");
    let name = bad.to_string();
    let path = place.path("data/blobs").join(&name[..2]).join(&name);
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, vec![0; whole.len()]).unwrap();

    let rotated = place.run(&["keys", "rotate"]);
    assert_eq!(rotated.code, 5, "{rotated:?}");
    assert!(rotated.err.contains(&name), "{rotated:?}");
    let status = place.run(&["keys", "status"]).ok().out;
    assert!(status.contains("a rotation is unfinished"), "{status}");
    assert_eq!(place.run(&["keys", "rotate"]).code, 3);
    assert_eq!(blobs(&place).verify(good).unwrap().unwrap().content.len, 4);

    std::fs::write(&path, whole).unwrap();
    place.run(&["keys", "rotate", "--finish"]).ok();
    assert!(
        place
            .run(&["keys", "status"])
            .ok()
            .out
            .contains("earlier keys   none")
    );
    assert_eq!(blobs(&place).verify(bad).unwrap().unwrap().content.len, 3);
    assert_eq!(place.run(&["keys", "rotate", "--finish"]).code, 3);
}

#[test]
fn nothing_is_rotated_under_a_running_server() {
    let place = Place::set_up();
    let server = place.serve(&[]);
    let done = place.run(&["keys", "rotate"]);
    assert_eq!(done.code, 3, "{done:?}");
    assert!(done.err.contains("in use by another matoi"), "{done:?}");
    server.stop();
}
