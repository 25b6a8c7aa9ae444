//! The encrypted stream.

use std::io::{Cursor, Read, Write};
use std::ops::Range;

use matoi_blob::format::{
    DecryptingReader, EncryptingWriter, HEADER_COPY_LEN, HEADER_LEN, HeaderCondition, SEALED_CHUNK_LEN,
    decrypt_stream, encrypt_stream,
};
use matoi_blob::{BlobError, SystemRandom};
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::{NoRandom, content, decrypt, encrypt, keys, master, only};

const NAME: &[u8] = b"a name";
const EDGES: [usize; 12] = [
    0,
    1,
    15,
    16,
    17,
    65_535,
    65_536,
    65_537,
    131_071,
    131_072,
    131_073,
    5 * 1024 * 1024 + 3,
];

#[test]
fn content_of_every_length_at_an_edge_comes_back() {
    let keys = keys(&only(1));
    for len in EDGES {
        let content = content(len);
        let (stream, written) = encrypt(keys.blob_keys(), NAME, &content);
        assert_eq!(
            (written.len, written.sha256),
            (len as u64, Sha256::digest(&content).into())
        );
        assert_eq!(
            decrypt(keys.blob_keys(), NAME, &stream).unwrap(),
            content,
            "{len}"
        );
    }
}

#[test]
fn the_same_content_is_never_encrypted_the_same() {
    let keys = keys(&only(1));
    let (one, _) = encrypt(keys.blob_keys(), NAME, &content(100));
    let (other, _) = encrypt(keys.blob_keys(), NAME, &content(100));
    assert!(
        one.iter()
            .zip(&other)
            .skip(HEADER_LEN)
            .filter(|(a, b)| a == b)
            .count()
            < 20
    );
}

#[test]
fn every_changed_byte_is_noticed() {
    let keys = keys(&only(1));
    let content = content(100);
    let (stream, _) = encrypt(keys.blob_keys(), NAME, &content);
    for at in 0..stream.len() {
        for change in [1, 0x80, 0xff] {
            let mut changed = stream.clone();
            changed[at] ^= change;
            if at >= HEADER_LEN {
                let result = decrypt(keys.blob_keys(), NAME, &changed);
                assert!(
                    matches!(result, Err(BlobError::ChunkDamaged { index: 0 })),
                    "{at}"
                );
                continue;
            }
            // The header stands twice: one copy suffices to read, and the damage to the other is told.
            let mut reader = DecryptingReader::begin(keys.blob_keys(), NAME, &*changed).unwrap();
            assert_eq!(reader.header_condition(), HeaderCondition::OneCopyDamaged, "{at}");
            assert_eq!(reader.next_chunk().unwrap().unwrap(), content);
            // The same change in both copies leaves none.
            changed[(at + HEADER_COPY_LEN) % HEADER_LEN] ^= change;
            assert!(decrypt(keys.blob_keys(), NAME, &changed).is_err(), "{at}");
        }
    }
}

#[test]
fn every_cut_and_every_addition_is_noticed() {
    let keys = keys(&only(1));
    for len in [0, 100, 65_536, 65_537, 131_072] {
        let (stream, _) = encrypt(keys.blob_keys(), NAME, &content(len));
        let edges =
            |at: &usize| *at < 1200 || (*at - HEADER_LEN) % SEALED_CHUNK_LEN < 40 || *at > stream.len() - 40;
        for at in (0..stream.len()).filter(edges) {
            assert!(
                decrypt(keys.blob_keys(), NAME, &stream[..at]).is_err(),
                "{len} cut at {at}"
            );
        }
        for more in [1, 16, 17, SEALED_CHUNK_LEN] {
            let longer = [stream.clone(), vec![0; more]].concat();
            assert!(
                decrypt(keys.blob_keys(), NAME, &longer).is_err(),
                "{len} and {more} more"
            );
        }
    }
}

#[test]
fn chunks_moved_dropped_repeated_or_of_another_file_are_noticed() {
    let keys = keys(&only(1));
    let (stream, _) = encrypt(keys.blob_keys(), NAME, &content(4 * 65_536));
    let (other, _) = encrypt(keys.blob_keys(), NAME, &content(4 * 65_536));
    let (header, body) = stream.split_at(HEADER_LEN);
    let chunks: Vec<&[u8]> = body.chunks(SEALED_CHUNK_LEN).collect();
    let strange: Vec<&[u8]> = other[HEADER_LEN..].chunks(SEALED_CHUNK_LEN).collect();
    let with = |order: &[&[u8]]| decrypt(keys.blob_keys(), NAME, &[header, &order.concat()].concat());
    let [a, b, c, d] = chunks[..] else {
        panic!("four chunks")
    };
    assert!(with(&[a, b, c, d]).is_ok());
    let wrong: [(&[&[u8]], u64); 8] = [
        (&[b, a, c, d], 0),
        (&[a, c, b, d], 1),
        (&[a, b, d, c], 2),
        (&[a, b, c], 2),
        (&[a, b, d], 2),
        (&[a, a, b, c, d], 1),
        (&[a, b, c, d, d], 3),
        (&[a, strange[1], c, d], 1),
    ];
    for (order, expect) in wrong {
        match with(order) {
            Err(BlobError::ChunkDamaged { index }) => assert_eq!(index, expect),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn only_the_right_key_use_and_name_open_a_stream() {
    let right = keys(&only(1));
    let (stream, _) = encrypt(right.blob_keys(), NAME, b"content");
    let refused = |result: Result<Vec<u8>, BlobError>| result.unwrap_err().to_string();
    let id = master(1).id();
    assert_eq!(
        refused(decrypt(keys(&only(2)).blob_keys(), NAME, &stream)),
        format!("encrypted under master key {id}, which the key file does not hold")
    );
    let elsewhere = "the header is damaged, or the file belongs under another name";
    assert_eq!(refused(decrypt(right.backup_keys(), NAME, &stream)), elsewhere);
    assert_eq!(
        refused(decrypt(right.blob_keys(), b"another name", &stream)),
        elsewhere
    );
    let rotated = keys(&only(1).rotated(master(2)).rotated(master(3)));
    assert_eq!(decrypt(rotated.blob_keys(), NAME, &stream).unwrap(), b"content");
    let mut reader = DecryptingReader::begin(rotated.blob_keys(), NAME, &*stream).unwrap();
    assert_eq!(
        (reader.key_id(), reader.header_condition()),
        (id, HeaderCondition::OldKey)
    );
    assert_eq!(reader.next_chunk().unwrap(), Some(&b"content"[..]));
}

#[test]
fn what_is_no_stream_is_named_as_such() {
    let keys = keys(&only(1));
    let refused = |stream: &[u8]| decrypt(keys.blob_keys(), NAME, stream).unwrap_err();
    assert!(matches!(refused(b""), BlobError::CutShort));
    assert!(matches!(refused(&[b'x'; 5000]), BlobError::NotEncrypted));
    let (mut newer, _) = encrypt(keys.blob_keys(), NAME, b"");
    newer[8] = 2;
    newer[HEADER_COPY_LEN + 8] = 2;
    assert!(matches!(
        refused(&newer),
        BlobError::UnknownVersion { version: 2 }
    ));
}

#[test]
fn failures_on_either_side_are_told_apart() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _buffer: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
    }
    impl Write for Broken {
        fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("broken"))
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let keys = keys(&only(1));
    let keys = keys.blob_keys();
    let (stream, _) = encrypt(keys, NAME, b"content");
    let good = &mut std::io::sink();
    assert!(matches!(
        encrypt_stream(&SystemRandom, keys, NAME, &mut Broken, good),
        Err(BlobError::Content(_))
    ));
    assert!(matches!(
        encrypt_stream(&SystemRandom, keys, NAME, &mut &b""[..], &mut Broken),
        Err(BlobError::Storage(_))
    ));
    assert!(matches!(
        encrypt_stream(&NoRandom, keys, NAME, &mut &b""[..], good),
        Err(BlobError::Random(_))
    ));
    assert!(matches!(
        decrypt_stream(keys, NAME, &mut Broken, good),
        Err(BlobError::Storage(_))
    ));
    assert!(matches!(
        decrypt_stream(keys, NAME, &mut &*stream, &mut Broken),
        Err(BlobError::Content(_))
    ));
}

#[test]
fn a_writer_that_failed_does_not_go_on() {
    #[derive(Debug)]
    struct Full(usize);
    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 = self
                .0
                .checked_sub(bytes.len())
                .ok_or(std::io::ErrorKind::StorageFull)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let keys = keys(&only(1));
    let mut writer =
        EncryptingWriter::begin(&SystemRandom, keys.blob_keys(), NAME, Full(HEADER_LEN)).unwrap();
    assert!(matches!(
        writer.push(&content(65_537)),
        Err(BlobError::Storage(_))
    ));
    assert!(matches!(writer.push(b"x"), Err(BlobError::GivenUp)));
    assert!(matches!(writer.finish(), Err(BlobError::GivenUp)));
}

#[test]
fn a_reader_that_failed_gives_nothing_more() {
    let keys = keys(&only(1));
    let (mut stream, _) = encrypt(keys.blob_keys(), NAME, &content(200_000));
    stream[HEADER_LEN + SEALED_CHUNK_LEN + 5] ^= 1;
    let mut reader = DecryptingReader::begin(keys.blob_keys(), NAME, &*stream).unwrap();
    let mut got = Vec::new();
    assert!(reader.read_to_end(&mut got).is_err());
    assert_eq!(got, content(65_536));
    assert!(matches!(reader.next_chunk(), Err(BlobError::GivenUp)));
    assert!(reader.read(&mut [0]).is_err());
}

fn interesting_len() -> impl Strategy<Value = usize> {
    let near_an_edge =
        (0_usize..4, -20_isize..20).prop_map(|(chunks, off)| (chunks * 65_536).saturating_add_signed(off));
    prop_oneof![0_usize..300, near_an_edge, 0_usize..300_000]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn content_comes_back_however_it_is_pushed_and_read(len in interesting_len(), pieces in prop::collection::vec(1_usize..100_000, 1..20)) {
        let keys = keys(&only(1));
        let content = content(len);
        let mut writer = EncryptingWriter::begin(&SystemRandom, keys.blob_keys(), NAME, Vec::new()).unwrap();
        let mut rest = content.as_slice();
        for piece in pieces.iter().cycle() {
            let (now, later) = rest.split_at((*piece).min(rest.len()));
            writer.write_all(now).unwrap();
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        let (written, stream) = writer.finish().unwrap();
        prop_assert_eq!(written.len, len as u64);
        let mut reader = DecryptingReader::begin(keys.blob_keys(), NAME, Cursor::new(stream)).unwrap();
        let mut read = Vec::new();
        for piece in pieces.iter().cycle() {
            let mut buffer = vec![0; *piece];
            let got = reader.read(&mut buffer).unwrap();
            read.extend_from_slice(&buffer[..got]);
            if got == 0 {
                break;
            }
        }
        prop_assert!(read == content);
    }

    #[test]
    fn a_changed_range_is_noticed_anywhere(len in interesting_len(), at in any::<prop::sample::Index>(), run in 1_usize..600, change in 1_u8..) {
        let keys = keys(&only(1));
        let content = content(len);
        let (mut stream, _) = encrypt(keys.blob_keys(), NAME, &content);
        let start = at.index(stream.len());
        let range: Range<usize> = start..(start + run).min(stream.len());
        stream[range.clone()].iter_mut().for_each(|byte| *byte ^= change);
        match decrypt(keys.blob_keys(), NAME, &stream) {
            Err(_) => {}
            // Only damage to one copy of the header may go without an error.
            Ok(read) => prop_assert!(read == content && range.end <= HEADER_LEN),
        }
    }

    #[test]
    fn any_bytes_are_refused(bytes in prop::collection::vec(any::<u8>(), 0..3000), begin in any::<bool>()) {
        let keys = keys(&only(1));
        let bytes = if begin { [b"MatoiEnc\x01\x10\0\0".to_vec(), bytes].concat() } else { bytes };
        prop_assert!(decrypt(keys.blob_keys(), NAME, &bytes).is_err());
    }
}
