//! What every storage must do: one suite, run on each of them.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use matoi_blob::format::HeaderCondition;
use matoi_blob::store::{Rewrap, Storage};
use matoi_blob::{BlobError, BlobId, BlobStore, SystemRandom};
use sha2::{Digest, Sha256};

use crate::support::{content, keys, master, only, put, read_all};

/// Lengths of content to try; the storage adds those that matter to it.
const LENGTHS: [usize; 6] = [0, 1, 65_535, 65_536, 65_537, 300_000];

pub(crate) fn everything_a_store_promises(storage: &Arc<dyn Storage>, more_lengths: &[usize]) {
    let store = BlobStore::new(Arc::clone(storage), keys(&only(1)));
    for len in LENGTHS.iter().chain(more_lengths) {
        content_comes_back(&store, *len);
    }
    ranges_are_slices(&store);
    the_limit_is_kept(&store, storage);
    what_is_deleted_is_gone(&store);
    listing_names_each_file_once(&store);
    rotation_keeps_files_readable(storage);
    ciphertext_can_be_carried_to_another_place(&store, storage);
    ids_that_were_never_given_are_not_found(&store);
}

fn content_comes_back(store: &BlobStore, len: usize) {
    let content = content(len);
    let stored = put(store, &content);
    assert_eq!(stored.content.len, len as u64);
    assert_eq!(stored.content.sha256, <[u8; 32]>::from(Sha256::digest(&content)));
    let mut reader = store.get(stored.id).unwrap().unwrap();
    assert_eq!(reader.len(), len as u64);
    assert!(read_all(&mut reader) == content, "{len}");
    let verified = store.verify(stored.id).unwrap().unwrap();
    assert_eq!(
        (verified.content, verified.header),
        (stored.content, HeaderCondition::Current)
    );
    let stat = store.stat(stored.id).unwrap().unwrap();
    assert_eq!(
        (stat.len, stat.header, stat.key_id),
        (len as u64, HeaderCondition::Current, master(1).id())
    );
}

fn ranges_are_slices(store: &BlobStore) {
    let content = content(200_000);
    let stored = put(store, &content);
    let edges = [0, 1, 65_535, 65_536, 65_537, 131_072, 199_999, 200_000];
    for start in edges {
        for end in edges.into_iter().filter(|end| *end >= start) {
            let mut reader = store.get_range(stored.id, start..end).unwrap().unwrap();
            assert_eq!(reader.len(), end - start);
            assert!(
                read_all(&mut reader) == content[start as usize..end as usize],
                "{start}..{end}"
            );
        }
    }
    for (start, end) in [(0, 200_001), (200_001, 200_001), (5, 4), (u64::MAX, u64::MAX)] {
        let refused = store.get_range(stored.id, start..end).unwrap_err();
        assert!(
            matches!(refused, BlobError::RangeOutside { len: 200_000, .. }),
            "{start}..{end}"
        );
    }
    let mut reader = store.get_range(stored.id, 1000..150_000).unwrap().unwrap();
    assert_eq!(reader.seek(SeekFrom::End(-10)).unwrap(), 148_990);
    assert!(read_all(&mut reader) == content[149_990..150_000]);
    assert_eq!(reader.seek(SeekFrom::Start(7)).unwrap(), 7);
    let mut few = [0; 5];
    reader.read_exact(&mut few).unwrap();
    assert_eq!(few, content[1007..1012]);
    assert_eq!(reader.seek(SeekFrom::Current(-2)).unwrap(), 10);
    reader.read_exact(&mut few).unwrap();
    assert_eq!(few, content[1010..1015]);
    assert_eq!(reader.seek(SeekFrom::Start(1_000_000)).unwrap(), 1_000_000);
    assert_eq!(reader.read(&mut few).unwrap(), 0);
    assert!(reader.seek(SeekFrom::Current(-2_000_000)).is_err());
}

fn the_limit_is_kept(store: &BlobStore, storage: &Arc<dyn Storage>) {
    let before = all_ids(storage);
    for (len, limit) in [(1, 0), (100, 99), (65_537, 65_536), (400_000, 100)] {
        let refused = store.put(&mut &*content(len), limit).unwrap_err();
        assert_eq!(
            refused.to_string(),
            format!("the content is longer than the {limit} bytes allowed")
        );
        let mut writer = store.begin_put(limit).unwrap();
        assert!(matches!(
            writer.push(&content(len)),
            Err(BlobError::LimitExceeded { .. })
        ));
    }
    assert_eq!(all_ids(storage), before);
    for (len, limit) in [(0, 0), (99, 99), (65_536, 65_536)] {
        assert_eq!(
            store.put(&mut &*content(len), limit).unwrap().content.len,
            len as u64
        );
    }
    // An endless upload is not read to its end.
    assert!(matches!(
        store.put(&mut std::io::repeat(0), 100_000),
        Err(BlobError::LimitExceeded { .. })
    ));
}

fn what_is_deleted_is_gone(store: &BlobStore) {
    let stored = put(store, b"content");
    assert!(store.delete(stored.id).unwrap());
    assert!(!store.delete(stored.id).unwrap());
    ids_are_not_found(store, stored.id);
}

fn ids_that_were_never_given_are_not_found(store: &BlobStore) {
    ids_are_not_found(store, BlobId::generate(&SystemRandom).unwrap());
}

fn ids_are_not_found(store: &BlobStore, id: BlobId) {
    assert!(store.get(id).unwrap().is_none());
    assert!(store.get_range(id, 0..1).unwrap().is_none());
    assert!(store.stat(id).unwrap().is_none());
    assert!(store.verify(id).unwrap().is_none());
    assert!(store.rewrap(id).unwrap().is_none());
    assert!(store.export_raw(id).unwrap().is_none());
}

fn listing_names_each_file_once(store: &BlobStore) {
    let before: BTreeSet<BlobId> = store.list().map(Result::unwrap).collect();
    let added: BTreeSet<BlobId> = (0..20).map(|number| put(store, &[number]).id).collect();
    let listed: Vec<BlobId> = store.list().map(Result::unwrap).collect();
    assert!(listed.is_sorted());
    assert_eq!(listed.len(), before.len() + added.len());
    assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), &before | &added);

    let older = |before: SystemTime| store.list_older(before).map(Result::unwrap).count();
    assert_eq!(older(SystemTime::UNIX_EPOCH), 0);
    let far_future = SystemTime::UNIX_EPOCH + Duration::from_secs(1 << 40);
    assert_eq!(older(far_future), before.len() + added.len());
}

fn rotation_keeps_files_readable(storage: &Arc<dyn Storage>) {
    let content = content(150_000);
    let old = BlobStore::new(Arc::clone(storage), keys(&only(1)));
    let stored = put(&old, &content);
    let payload = read_all(&mut old.export_raw(stored.id).unwrap().unwrap()).split_off(1024);

    let rotated = BlobStore::new(Arc::clone(storage), keys(&only(1).rotated(master(2))));
    assert_eq!(
        rotated.stat(stored.id).unwrap().unwrap().header,
        HeaderCondition::OldKey
    );
    assert!(read_all(&mut rotated.get(stored.id).unwrap().unwrap()) == content);
    let mut open_meanwhile = rotated.get(stored.id).unwrap().unwrap();
    assert_eq!(rotated.rewrap(stored.id).unwrap(), Some(Rewrap::Done));
    assert_eq!(rotated.rewrap(stored.id).unwrap(), Some(Rewrap::NotNeeded));
    assert!(read_all(&mut open_meanwhile) == content);
    let stat = rotated.stat(stored.id).unwrap().unwrap();
    assert_eq!(
        (stat.header, stat.key_id),
        (HeaderCondition::Current, master(2).id())
    );
    assert_eq!(
        rotated.verify(stored.id).unwrap().unwrap().content,
        stored.content
    );

    let new_only = BlobStore::new(Arc::clone(storage), keys(&only(2)));
    assert!(read_all(&mut new_only.get(stored.id).unwrap().unwrap()) == content);
    assert!(matches!(old.get(stored.id), Err(BlobError::UnknownKey { .. })));
    let after = read_all(&mut new_only.export_raw(stored.id).unwrap().unwrap()).split_off(1024);
    assert!(after == payload, "the payload stays as it was");
    new_only.delete(stored.id).unwrap();
}

fn ciphertext_can_be_carried_to_another_place(store: &BlobStore, storage: &Arc<dyn Storage>) {
    let stored = put(store, &content(100_000));
    let mut raw = store.export_raw(stored.id).unwrap().unwrap();
    let stored_len = raw.stored_len();
    let ciphertext = read_all(&mut raw);
    assert_eq!(ciphertext.len() as u64, stored_len);
    assert!(matches!(
        store.import_raw(stored.id, &mut ciphertext.as_slice()),
        Err(BlobError::AlreadyStored { id }) if id == stored.id
    ));
    store.delete(stored.id).unwrap();

    let before = all_ids(storage);
    let mut damaged = ciphertext.clone();
    damaged[90_000] ^= 1;
    assert!(matches!(
        store.import_raw(stored.id, &mut damaged.as_slice()),
        Err(BlobError::ChunkDamaged { index: 1 })
    ));
    assert!(store.import_raw(stored.id, &mut &ciphertext[..50_000]).is_err());
    let other_name = BlobId::generate(&SystemRandom).unwrap();
    assert!(matches!(
        store.import_raw(other_name, &mut ciphertext.as_slice()),
        Err(BlobError::HeaderDamaged)
    ));
    assert_eq!(all_ids(storage), before, "nothing is left of what was refused");

    assert_eq!(
        store.import_raw(stored.id, &mut ciphertext.as_slice()).unwrap(),
        stored.content
    );
    assert_eq!(store.verify(stored.id).unwrap().unwrap().content, stored.content);
}

fn all_ids(storage: &Arc<dyn Storage>) -> Vec<BlobId> {
    (0..=255)
        .flat_map(|prefix| storage.list(prefix).unwrap())
        .map(|object| object.id)
        .collect()
}
