//! What a power cut leaves: files and keys on a disk that loses what was not synced, cut at each change in turn.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matoi_blob::disk::{FileSystem, SimulatedDisk};
use matoi_blob::keys::{KeyError, KeyPlaces, MasterKeys, RecoveryKey};
use matoi_blob::store::{LocalStorage, Rewrap};
use matoi_blob::{BlobId, BlobStore, Content, SystemRandom};
use proptest::prelude::*;

use crate::support::{content, keys, master, only};

/// Which of the unsynced changes survive: none, all, and some choices.
const SEEDS: std::ops::Range<u64> = 0..6;

#[derive(Debug, Clone, Copy)]
enum Step {
    Put {
        len: usize,
    },
    /// An upload that ends before it is complete.
    PutTooMuch {
        len: usize,
    },
    Delete {
        which: usize,
    },
    Rewrap {
        which: usize,
    },
}

/// What was acknowledged before the power was cut.
#[derive(Debug, Default)]
struct Acknowledged {
    there: BTreeMap<BlobId, Content>,
    deleted: Vec<BlobId>,
    rewrapped: Vec<BlobId>,
}

fn open(disk: &SimulatedDisk, masters: &MasterKeys) -> io::Result<BlobStore> {
    let never = Duration::from_secs(u64::MAX);
    let storage = LocalStorage::open(
        Arc::new(disk.clone()),
        "/data/blobs",
        SystemTime::UNIX_EPOCH,
        never,
    )?;
    Ok(BlobStore::new(Arc::new(storage), keys(masters)))
}

fn before_rotation() -> MasterKeys {
    only(1)
}

fn after_rotation() -> MasterKeys {
    only(1).rotated(master(2))
}

/// Does the steps until the power is cut; half-way the master key is rotated.
fn work(disk: &SimulatedDisk, steps: &[Step]) -> Acknowledged {
    let mut done = Acknowledged::default();
    let halves = [
        (before_rotation(), &steps[..steps.len() / 2]),
        (after_rotation(), &steps[steps.len() / 2..]),
    ];
    for (masters, steps) in halves {
        let Ok(store) = open(disk, &masters) else {
            return done;
        };
        for step in steps {
            do_step(&store, *step, &mut done);
        }
    }
    done
}

fn do_step(store: &BlobStore, step: Step, done: &mut Acknowledged) {
    let pick =
        |done: &Acknowledged, which: usize| done.there.keys().nth(which % done.there.len().max(1)).copied();
    match step {
        Step::Put { len } => {
            if let Ok(stored) = store.put(&mut &*content(len), u64::MAX) {
                done.there.insert(stored.id, stored.content);
            }
        }
        Step::PutTooMuch { len } => assert!(store.put(&mut &*content(len + 1), len as u64).is_err()),
        Step::Delete { which } => {
            let Some(id) = pick(done, which) else { return };
            // From here on the file may be gone, acknowledged or not.
            done.there.remove(&id);
            if store.delete(id).is_ok() {
                done.deleted.push(id);
            }
        }
        Step::Rewrap { which } => {
            let Some(id) = pick(done, which) else { return };
            if matches!(store.rewrap(id), Ok(Some(Rewrap::Done))) {
                done.rewrapped.push(id);
            }
        }
    }
}

/// Every acknowledged file is there and whole, and whatever else is there is whole too.
fn check(disk: &SimulatedDisk, done: &Acknowledged, what: &str) {
    let store = open(disk, &after_rotation()).unwrap();
    for (id, content) in &done.there {
        let verified = store
            .verify(*id)
            .unwrap_or_else(|error| panic!("{what}: {id}: {error}"));
        assert_eq!(
            verified.unwrap_or_else(|| panic!("{what}: {id} is lost")).content,
            *content,
            "{what}"
        );
    }
    for id in &done.deleted {
        assert!(store.stat(*id).unwrap().is_none(), "{what}: {id} is back");
    }
    for id in store.list() {
        let id = id.unwrap();
        assert!(
            store
                .verify(id)
                .unwrap_or_else(|error| panic!("{what}: {id}: {error}"))
                .is_some()
        );
    }
    let new_only = open(disk, &only(2)).unwrap();
    for id in done.rewrapped.iter().filter(|id| done.there.contains_key(id)) {
        assert!(
            new_only.verify(*id).unwrap().is_some(),
            "{what}: {id} is not rewrapped"
        );
    }
}

fn cut_at_each_change(
    steps: &[Step],
    changes: impl Fn(u64) -> std::ops::Range<u64>,
    seeds: std::ops::Range<u64>,
) {
    let whole = SimulatedDisk::new();
    let done = work(&whole, steps);
    check(&whole, &done, "without a power cut");
    for cut in changes(whole.changes()) {
        let disk = SimulatedDisk::new();
        disk.cut_power_at(cut);
        let done = work(&disk, steps);
        for seed in seeds.clone() {
            check(
                &disk.after_power_cut(seed * (cut + 1)),
                &done,
                &format!("cut at {cut}, seed {seed}"),
            );
        }
    }
}

#[test]
fn no_acknowledged_file_is_lost_and_none_is_ever_half_there() {
    let steps = [
        Step::Put { len: 0 },
        Step::Put { len: 70_000 },
        Step::PutTooMuch { len: 70_000 },
        Step::Put { len: 65_536 },
        Step::Delete { which: 0 },
        Step::Put { len: 1 },
        Step::Rewrap { which: 1 },
        Step::Put { len: 140_000 },
        Step::Rewrap { which: 0 },
        Step::Rewrap { which: 1 },
        Step::Rewrap { which: 2 },
        Step::Delete { which: 1 },
        Step::Rewrap { which: 2 },
    ];
    cut_at_each_change(&steps, |all| 0..all, SEEDS);
}

#[test]
fn a_store_goes_on_after_one_power_cut_and_survives_the_next() {
    let steps = [
        Step::Put { len: 3000 },
        Step::Put { len: 100 },
        Step::Rewrap { which: 0 },
        Step::Delete { which: 1 },
    ];
    for first_cut in (0..560).step_by(7) {
        let disk = SimulatedDisk::new();
        disk.cut_power_at(first_cut);
        let mut done = work(&disk, &steps);
        let again = disk.after_power_cut(first_cut);
        again.cut_power_at(first_cut / 2);
        let later = work(&again, &steps);
        done.there.extend(later.there);
        done.deleted.extend(later.deleted);
        check(
            &again.after_power_cut(first_cut + 1),
            &done,
            &format!("cut at {first_cut} and again"),
        );
    }
}

#[test]
fn what_a_killed_process_left_unsynced_does_not_undo_later_work() {
    let steps = [
        Step::Put { len: 3000 },
        Step::Delete { which: 0 },
        Step::Put { len: 100 },
        Step::Rewrap { which: 0 },
    ];
    let whole = SimulatedDisk::new();
    work(&whole, &steps);
    for killed_at in 0..whole.changes() {
        let disk = SimulatedDisk::new();
        disk.cut_power_at(killed_at);
        let mut done = work(&disk, &steps);
        disk.go_on();
        let later = work(&disk, &steps);
        done.there.extend(later.there);
        done.deleted.extend(later.deleted);
        for seed in [0, killed_at + 2] {
            check(
                &disk.after_power_cut(seed),
                &done,
                &format!("killed at {killed_at}, seed {seed}"),
            );
        }
    }
}

#[test]
fn leftovers_of_a_power_cut_are_swept() {
    let disk = SimulatedDisk::new();
    let store = open(&disk, &only(1)).unwrap();
    let begun = disk.changes();
    store.put(&mut &*content(70_000), u64::MAX).unwrap();
    for cut in begun..disk.changes() {
        let disk = SimulatedDisk::new();
        disk.cut_power_at(cut);
        let _cut = open(&disk, &only(1))
            .unwrap()
            .put(&mut &*content(70_000), u64::MAX);
        let after = disk.after_power_cut(1);
        let later = disk.time() + Duration::from_secs(3600);
        LocalStorage::open(
            Arc::new(after.clone()),
            "/data/blobs",
            later,
            Duration::from_secs(3600),
        )
        .unwrap();
        assert_eq!(after.files("/data/blobs/tmp".as_ref()).unwrap(), []);
    }
}

#[test]
fn an_error_of_the_disk_fails_the_upload_and_leaves_nothing() {
    let steps = {
        let disk = SimulatedDisk::new();
        let store = open(&disk, &only(1)).unwrap();
        let begun = disk.changes();
        store.put(&mut &*content(70_000), u64::MAX).unwrap();
        disk.changes() - begun
    };
    for step in 0..steps {
        let disk = SimulatedDisk::new();
        let store = open(&disk, &only(1)).unwrap();
        let before = store.put(&mut &b"before"[..], 100).unwrap();
        disk.fail_at(disk.changes() + step, io::ErrorKind::StorageFull);
        assert!(
            store.put(&mut &*content(70_000), u64::MAX).is_err(),
            "step {step}"
        );
        assert_eq!(
            store.list().map(Result::unwrap).collect::<Vec<_>>(),
            [before.id],
            "step {step}"
        );
        assert_eq!(disk.files("/data/blobs/tmp".as_ref()).unwrap(), [], "step {step}");
        store.put(&mut &*content(70_000), u64::MAX).unwrap();
        assert_eq!(store.list().count(), 2);
    }
}

#[test]
fn keys_survive_a_power_cut_at_any_change_of_installation_and_rotation() {
    let recovery_key = RecoveryKey::generate(&SystemRandom).unwrap();
    let places = |disk: &SimulatedDisk| KeyPlaces::new(Arc::new(disk.clone()), "/etc/matoi/keys", "/data");
    let empty = || {
        let disk = SimulatedDisk::new();
        disk.create_directory("/data".as_ref()).unwrap();
        disk.sync_directory("/".as_ref()).unwrap();
        disk
    };
    let install =
        |disk: &SimulatedDisk| places(disk).create(&SystemRandom, &before_rotation(), &recovery_key);
    let rotate = |disk: &SimulatedDisk| places(disk).replace(&SystemRandom, &after_rotation(), &recovery_key);

    let whole = empty();
    let start = whole.changes();
    install(&whole).unwrap();
    let installed = whole.changes();
    rotate(&whole).unwrap();
    for cut in start..whole.changes() {
        for seed in SEEDS {
            let disk = empty();
            disk.cut_power_at(cut);
            let (was_installed, was_rotated) = (install(&disk).is_ok(), rotate(&disk).is_ok());
            assert_eq!((was_installed, was_rotated), (cut >= installed, false));
            let after = disk.after_power_cut(seed * (cut + 1));
            let recovered = places(&after).open_recovery_file(&recovery_key);
            match places(&after).read() {
                Ok(found) => {
                    let (old, new) = (before_rotation(), after_rotation());
                    let found_id = found.current().id();
                    assert!([old.current().id(), new.current().id()].contains(&found_id));
                    if was_installed {
                        // Whatever is in use, the recovery key brings it back.
                        let recovered = recovered.unwrap();
                        let mut ids = std::iter::once(recovered.current()).chain(recovered.previous());
                        assert!(ids.any(|key| key.id() == found_id), "cut at {cut}, seed {seed}");
                    }
                }
                Err(KeyError::Missing { .. } | KeyError::Io { .. }) => {
                    assert!(!was_installed, "cut at {cut}, seed {seed}");
                    assert!(recovered.is_err(), "there is no recovery file without its keys");
                    // A second attempt goes through.
                    install(&after).unwrap();
                }
                Err(other) => panic!("cut at {cut}, seed {seed}: {other}"),
            }
        }
    }
}

fn any_step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => prop_oneof![0_usize..2000, 65_500_usize..65_600, 0_usize..150_000].prop_map(|len| Step::Put { len }),
        1 => (0_usize..70_000).prop_map(|len| Step::PutTooMuch { len }),
        1 => (0_usize..10).prop_map(|which| Step::Delete { which }),
        2 => (0_usize..10).prop_map(|which| Step::Rewrap { which }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, max_shrink_iters: 200, ..ProptestConfig::default() })]

    #[test]
    fn no_sequence_of_work_loses_an_acknowledged_file(steps in prop::collection::vec(any_step(), 1..12), cut in any::<prop::sample::Index>(), seeds in 2_u64..1_000_000) {
        cut_at_each_change(&steps, |all| { let at = cut.index(all as usize) as u64; at..at + 1 }, seeds..seeds + 4);
    }
}
