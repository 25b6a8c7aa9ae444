//! What was written by version 1 stays readable, and comes out of an independent implementation the same: the values
//! here were made from the documentation alone, with libsodium.

use std::sync::Arc;

use matoi_blob::disk::{FileSystem, SimulatedDisk};
use matoi_blob::format::encrypt_stream;
use matoi_blob::keys::{KeyPlaces, RecoveryKey};
use matoi_blob::{BlobId, BlobStore, Keys};
use sha2::{Digest, Sha256};

use crate::support::{CountingRandom, content, keys, local, only, read_all};

const KEY_ID: &str = "69f0f006172c4365";
const HEADER: &str = "4d61746f69456e630110000069f0f006172c4365333435363738393a3b3c3d3e3f404142434445464748494a2021222324\
    25262728292a2b2c2d2e2f30313200d05336ab5da4da6774a13ca98a11db3f48bb3609c828b47069b00de88b8e512a08fa3a02884f801c5e\
    8877f9949b4f6c";
const CHUNK: &str = "600eb51b2460cbff128d0c1459f64602d5beb559";
const SEALED: &str = "0169f0f006172c4365000102030405060708090a0b0c0d0e0f10111213141516178049c7e74c5df9222addeae68638246\
    7cb6068c54cb012f75580";
const MAC: &str = "13e5b9da54d5927a9a5f194d5fd97d34b9266ce77df839c45f256a305bf55dab";
const RECOVERY_KEY: &str = "1CR5V-AYMZS-RKMG9-WCTRA-FPHCS-FV0HC-6SDRT-19EAK-EKD0F";
const RECOVERY_FILE: &str = "matoi-recovery 1
salt 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f
nonce 202122232425262728292a2b2c2d2e2f3031323334353637
sealed 4bbb3e664bc69b1a5e585ab21ec606d55014568b6e6f677ae68ae780e90b27503c0fcfbce3be3e0e5d74f9b9fb34800c0503015e4b93b6\
90e62d5bf0e1774ca94ad27d3b0ad9ce4dca8ffbfd0b6d57bcb370d3a50fe87892fb97acccb1d67669f26beb6059beb7f0f09454fd5963a55e2db\
df0221a3ffd
";

#[test]
fn streams_are_byte_for_byte_what_the_documentation_says() {
    let check = |len: usize, sha256: &str| {
        let keys = keys(&only(7));
        let mut stream = Vec::new();
        let random = CountingRandom::default();
        encrypt_stream(
            &random,
            keys.backup_keys(),
            b"backup:2026",
            &mut &*content(len),
            &mut stream,
        )
        .unwrap();
        assert_eq!(hex(&Sha256::digest(&stream)), sha256, "{len}");
    };
    check(
        0,
        "32de80982aa273d922d16d97b962e2a86b869be6810451143da4e872c37f6378",
    );
    check(
        1,
        "be7f4125e547991955bcca966c07ce90c0025a066b6cc8ad1318c287ce94a8dd",
    );
    check(
        65_536,
        "af3b9e818a8fcb6993a4b67afc3d35df194236058ed91980143f802339f5d470",
    );
    check(
        65_537,
        "d0340ccac23f558453d962b81c14d71e90c629a126bb2b9e38156998576052bc",
    );
    check(
        200_000,
        "d5980c28703a4eea7be1ee687fd5b0d6a0a1b435b6c0bf91681cc56d15b55f57",
    );
}

#[test]
fn a_file_of_version_1_is_read() {
    let id = BlobId::from_bytes(std::array::from_fn(|index| index as u8));
    let mut copy = unhex(HEADER);
    copy.resize(512, 0);
    let stream = [copy.clone(), copy, unhex(CHUNK)].concat();
    let store = BlobStore::new(local(SimulatedDisk::new(), "/blobs"), keys(&only(7)));
    store.import_raw(id, &mut stream.as_slice()).unwrap();
    assert_eq!(read_all(&mut store.get(id).unwrap().unwrap()), "纏\n".as_bytes());
}

#[test]
fn small_secrets_and_codes_of_version_1_are_known() {
    assert_eq!(only(7).current().id().to_string(), KEY_ID);
    let keys = Keys::derive(&only(7), Arc::new(CountingRandom::default()));
    assert_eq!(hex(&keys.seal_small("totp:1", b"otp secret").unwrap()), SEALED);
    assert_eq!(*keys.open_small("totp:1", &unhex(SEALED)).unwrap(), b"otp secret");
    assert_eq!(hex(&keys.mac("receipt", b"message")), MAC);
}

#[test]
fn a_recovery_file_of_version_1_is_opened() {
    let disk = SimulatedDisk::new();
    for directory in ["/data", "/etc"] {
        disk.create_directory(directory.as_ref()).unwrap();
    }
    disk.create_file("/data/recovery.key".as_ref())
        .unwrap()
        .write_all_at(0, RECOVERY_FILE.as_bytes())
        .unwrap();
    let places = KeyPlaces::new(Arc::new(disk), "/etc/matoi/keys", "/data");
    let keys = places
        .rebuild_key_file(&RecoveryKey::parse(RECOVERY_KEY).unwrap())
        .unwrap();
    assert_eq!(keys.current().id().to_string(), KEY_ID);
    assert_eq!(*places.read().unwrap().to_text(), *only(7).to_text());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(digits: &str) -> Vec<u8> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}
