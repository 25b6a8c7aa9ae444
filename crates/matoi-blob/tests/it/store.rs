//! The store on the local disk.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matoi_blob::disk::{FileSystem, RealDisk, SimulatedDisk};
use matoi_blob::format::HeaderCondition;
use matoi_blob::store::{AsyncBlobStore, LocalStorage, Rewrap};
use matoi_blob::{BlobError, BlobId, BlobStore, Keys};
use proptest::prelude::*;
use tokio::io::AsyncReadExt;

use crate::suite::everything_a_store_promises;
use crate::support::{NoRandom, content, keys, local, only, put, read_all};

fn real_store(directory: &Path) -> BlobStore {
    BlobStore::new(
        local(RealDisk, directory.join("blobs").to_str().unwrap()),
        keys(&only(1)),
    )
}

fn simulated_store() -> BlobStore {
    BlobStore::new(local(SimulatedDisk::new(), "/blobs"), keys(&only(1)))
}

/// Paths below the directory, without the directories of the fan-out.
fn files_below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn path_of(directory: &Path, id: BlobId) -> PathBuf {
    let name = id.to_string();
    directory.join("blobs").join(&name[..2]).join(name)
}

#[test]
fn a_local_directory_keeps_every_promise() {
    let directory = tempfile::tempdir().unwrap();
    let storage = local(RealDisk, directory.path().join("a/b/blobs").to_str().unwrap());
    everything_a_store_promises(&storage, &[5_000_000]);
    assert_eq!(
        files_below(&directory.path().join("a/b/blobs/tmp")),
        Vec::<PathBuf>::new()
    );
}

#[test]
fn the_simulated_disk_keeps_every_promise() {
    everything_a_store_promises(&local(SimulatedDisk::new(), "/blobs"), &[]);
}

#[test]
fn files_and_directories_are_the_owners_alone() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let id = put(&store, b"content").id;
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o7777;
    let path = path_of(directory.path(), id);
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
    assert_eq!(mode(&directory.path().join("blobs")), 0o700);
    assert_eq!(mode(&directory.path().join("blobs/tmp")), 0o700);
}

#[test]
fn no_byte_of_the_content_is_on_the_disk() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let secret = b"the quick brown fox keeps a secret";
    put(&store, &secret.repeat(5000));
    for path in files_below(directory.path()) {
        let bytes = fs::read(path).unwrap();
        assert!(!bytes.windows(8).any(|window| window == &secret[..8]));
    }
}

#[test]
fn a_failed_upload_leaves_nothing_behind() {
    struct BreaksOff(usize);
    impl io::Read for BreaksOff {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(buffer.len())
                .ok_or(io::ErrorKind::ConnectionReset)?;
            Ok(buffer.len())
        }
    }
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    assert!(matches!(
        store.put(&mut BreaksOff(500_000), u64::MAX),
        Err(BlobError::Content(_))
    ));
    assert!(matches!(
        store.put(&mut BreaksOff(500_000), 100_000),
        Err(BlobError::LimitExceeded { .. })
    ));
    drop(store.begin_put(100).unwrap());
    assert_eq!(files_below(directory.path()), Vec::<PathBuf>::new());
}

#[test]
fn nothing_is_stored_without_random_bytes() {
    let keys = Keys::derive(&only(1), Arc::new(NoRandom));
    let store = BlobStore::new(local(SimulatedDisk::new(), "/blobs"), Arc::new(keys));
    assert!(matches!(
        store.put(&mut &b"content"[..], 100),
        Err(BlobError::Random(_))
    ));
}

#[test]
fn an_upload_cannot_be_seen_before_it_is_finished() {
    let store = simulated_store();
    let mut writer = store.begin_put(1000).unwrap();
    writer.push(b"content").unwrap();
    assert_eq!(writer.len(), 7);
    assert!(store.get(writer.id()).unwrap().is_none());
    assert_eq!(store.list().count(), 0);
    let stored = writer.finish().unwrap();
    assert_eq!(read_all(&mut store.get(stored.id).unwrap().unwrap()), b"content");
}

#[test]
fn a_file_under_another_files_name_does_not_open() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let (one, other) = (put(&store, b"one").id, put(&store, b"other").id);
    fs::copy(path_of(directory.path(), one), path_of(directory.path(), other)).unwrap();
    assert!(matches!(store.get(other), Err(BlobError::HeaderDamaged)));
}

#[test]
fn damage_is_found_by_reading_and_by_verifying() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let id = put(&store, &content(200_000)).id;
    let path = path_of(directory.path(), id);
    let whole = fs::read(&path).unwrap();
    let check = |damage: &dyn Fn(&mut Vec<u8>), expect: &str| {
        let mut bytes = whole.clone();
        damage(&mut bytes);
        fs::write(&path, bytes).unwrap();
        assert_eq!(store.verify(id).unwrap_err().to_string(), expect);
    };
    check(
        &|bytes| bytes[100_000] ^= 1,
        "chunk 1 is damaged or out of place, or the file is cut short",
    );
    check(
        &|bytes| bytes.truncate(1024 + 2 * 65_552),
        "chunk 1 is damaged or out of place, or the file is cut short",
    );
    check(&|bytes| bytes.truncate(1024), "the file is cut short");
    check(&|bytes| bytes.clear(), "the file is cut short");
    check(
        &|bytes| bytes.push(0),
        "chunk 3 is damaged or out of place, or the file is cut short",
    );
    check(&|bytes| bytes.fill(0), "not an encrypted file of this program");
    let mut damaged = whole.clone();
    damaged[100_000] ^= 1;
    fs::write(&path, damaged).unwrap();
    // What lies in other chunks can still be had, and only that.
    let good = store.get_range(id, 0..65_536).unwrap().unwrap();
    assert_eq!(read_all(&mut { good }), content(65_536));
    let mut bad = store.get_range(id, 0..65_537).unwrap().unwrap();
    assert!(io::copy(&mut bad, &mut io::sink()).is_err());
    let error = io::copy(&mut bad, &mut io::sink()).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
}

#[test]
fn an_empty_file_is_authenticated_too() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let id = put(&store, b"").id;
    let path = path_of(directory.path(), id);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    assert!(store.get(id).unwrap().unwrap().next_piece().is_err());
    assert!(store.verify(id).is_err());
}

#[test]
fn rewrapping_mends_a_damaged_copy_of_the_header() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let id = put(&store, b"content").id;
    let path = path_of(directory.path(), id);
    for at in [3, 70, 300, 512 + 3, 512 + 70, 512 + 300] {
        let mut bytes = fs::read(&path).unwrap();
        bytes[at] ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(
            store.verify(id).unwrap().unwrap().header,
            HeaderCondition::OneCopyDamaged,
            "{at}"
        );
        assert_eq!(store.rewrap(id).unwrap(), Some(Rewrap::Done));
        assert_eq!(
            store.verify(id).unwrap().unwrap().header,
            HeaderCondition::Current
        );
        let bytes = fs::read(&path).unwrap();
        assert_eq!(bytes[..512], bytes[512..1024]);
    }
}

#[test]
fn unfinished_files_are_swept_when_they_are_old_enough() {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path().join("blobs");
    let open = |now, age| LocalStorage::open(Arc::new(RealDisk), &root, now, age).unwrap();
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    open(now, Duration::ZERO);
    let leave = |name: &str, age: u64| {
        let file = fs::File::create(root.join("tmp").join(name)).unwrap();
        file.set_modified(now - Duration::from_secs(age)).unwrap();
    };
    leave("young", 3599);
    leave("old", 3600);
    fs::File::create(root.join("tmp/future"))
        .unwrap()
        .set_modified(now + Duration::from_secs(50))
        .unwrap();
    let storage = open(now, Duration::from_secs(3600));
    let mut left: Vec<_> = files_below(&root)
        .iter()
        .map(|path| path.file_name().unwrap().to_owned())
        .collect();
    left.sort();
    assert_eq!(left, ["future", "young"]);
    assert_eq!(
        storage
            .sweep_unfinished(now + Duration::from_secs(60), Duration::ZERO)
            .unwrap(),
        2
    );
}

#[test]
fn strange_files_in_the_directory_are_not_listed() {
    let directory = tempfile::tempdir().unwrap();
    let store = real_store(directory.path());
    let id = put(&store, b"content").id;
    let blobs = directory.path().join("blobs");
    fs::write(blobs.join("00/README"), b"").unwrap();
    fs::write(blobs.join("00/ff000000000000000000000000000000"), b"").unwrap();
    fs::write(blobs.join("00/000000000000000000000000000000AA"), b"").unwrap();
    fs::create_dir(blobs.join("00/00000000000000000000000000000000")).unwrap();
    assert_eq!(store.list().map(Result::unwrap).collect::<Vec<_>>(), [id]);
}

#[test]
fn a_directory_that_cannot_be_made_is_an_error() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("blobs"), b"a file").unwrap();
    let open = |root: &str| {
        let root = directory.path().join(root);
        LocalStorage::open(Arc::new(RealDisk), root, SystemTime::UNIX_EPOCH, Duration::ZERO)
    };
    assert!(open("blobs").is_err());
    assert!(open("blobs/below").is_err());
}

#[test]
fn a_taken_name_is_not_renamed_over() {
    let directory = tempfile::tempdir().unwrap();
    let (one, other) = (directory.path().join("one"), directory.path().join("other"));
    fs::write(&one, b"one").unwrap();
    fs::write(&other, b"other").unwrap();
    let error = RealDisk.rename_to_free_name(&one, &other).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    assert_eq!(fs::read(&other).unwrap(), b"other");
    RealDisk.rename_over(&one, &other).unwrap();
    assert_eq!(fs::read(&other).unwrap(), b"one");
}

#[tokio::test]
async fn async_code_stores_and_reads() {
    let blobs = AsyncBlobStore::new(simulated_store());
    for len in [0, 1, 262_144, 262_145, 1_000_000] {
        let content = content(len);
        let stored = blobs.put(content.as_slice(), u64::MAX).await.unwrap();
        assert_eq!(stored.content.len, len as u64);

        let mut reader = blobs.get(stored.id).await.unwrap().unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).await.unwrap();
        assert!(read == content, "{len}");

        let mut reader = blobs.get(stored.id).await.unwrap().unwrap();
        let mut first = vec![0; len.min(10)];
        reader.read_exact(&mut first).await.unwrap();
        let mut pieces = first;
        while let Some(piece) = reader.next_piece().await.unwrap() {
            pieces.extend(piece);
        }
        assert!(pieces == content, "{len}");

        let half = len as u64 / 2;
        let mut reader = blobs
            .get_range(stored.id, half..len as u64)
            .await
            .unwrap()
            .unwrap();
        let mut read = Vec::new();
        reader.read_to_end(&mut read).await.unwrap();
        assert!(read == content[len / 2..], "{len}");
        let verified = blobs
            .run(move |store| store.verify(stored.id))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(verified.content, stored.content);
    }
    let refused = blobs.put(tokio::io::repeat(0), 1_000_000).await;
    assert!(matches!(
        refused,
        Err(BlobError::LimitExceeded { limit: 1_000_000 })
    ));
}

#[tokio::test]
async fn an_async_upload_that_is_given_up_leaves_nothing_behind() {
    let directory = tempfile::tempdir().unwrap();
    let blobs = AsyncBlobStore::new(real_store(directory.path()));
    let (mut client, upload) = tokio::io::duplex(64 * 1024);
    let putting = {
        let blobs = blobs.clone();
        tokio::spawn(async move { blobs.put(upload, u64::MAX).await })
    };
    tokio::io::AsyncWriteExt::write_all(&mut client, &content(600_000))
        .await
        .unwrap();
    putting.abort();
    assert!(putting.await.unwrap_err().is_cancelled());
    assert_eq!(blobs.run(|store| Ok(store.list().count())).await.unwrap(), 0);
    assert_eq!(files_below(directory.path()), Vec::<PathBuf>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_range_is_the_slice(len in 0_usize..300_000, one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(), step in 1_usize..70_000) {
        let store = simulated_store();
        let content = content(len);
        let id = put(&store, &content).id;
        let (one, other) = (one.index(len + 1), other.index(len + 1));
        let (start, end) = (one.min(other), one.max(other));
        let mut reader = store.get_range(id, start as u64..end as u64).unwrap().unwrap();
        let mut read = Vec::new();
        let mut buffer = vec![0; step];
        loop {
            let got = io::Read::read(&mut reader, &mut buffer).unwrap();
            if got == 0 {
                break;
            }
            read.extend_from_slice(&buffer[..got]);
        }
        prop_assert!(read == content[start..end]);
    }
}
