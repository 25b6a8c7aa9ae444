//! The store on a real object store server: moto, from PyPI, in an environment kept between runs in the build directory.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use matoi_blob::store::{AsyncBlobStore, S3Credentials, S3Options, S3Storage, Storage};
use matoi_blob::{BlobError, BlobId, BlobStore, SystemRandom};

use crate::suite::everything_a_store_promises;
use crate::support::{content, keys, only, put, read_all};

const SERVER: &str = "moto[server]==5.2.5";
const BUCKET: &str = "files";

/// A running server, stopped when dropped.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    /// `None`, with the reason printed, where python3 or the package cannot be had.
    fn start() -> Option<Self> {
        let python = match environment() {
            Ok(python) => python,
            Err(reason) => {
                println!("skipped: no object store server: {reason}");
                return None;
            }
        };
        // Freed at once; another process may take it, which the wait below would show.
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let process = Command::new(python)
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { process, port };
        assert!(
            server
                .request("PUT", &format!("/{BUCKET}"))
                .starts_with("HTTP/1.1 200"),
            "no bucket could be made"
        );
        Some(server)
    }

    /// A bare request; the server does not ask who is there.
    fn request(&self, method: &str, path: &str) -> String {
        let connect = || TcpStream::connect(("127.0.0.1", self.port));
        let mut connection = (0..300)
            .find_map(|_| connect().inspect_err(|_| sleep(Duration::from_millis(100))).ok())
            .expect("the server did not start");
        let host = format!("127.0.0.1:{}", self.port);
        write!(
            connection,
            "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = Vec::new();
        connection.read_to_end(&mut answer).unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }

    fn storage(&self, url: &str) -> S3Storage {
        let options = S3Options {
            region: "us-east-1".to_owned(),
            endpoint: Some(format!("http://127.0.0.1:{}", self.port)),
            credentials: S3Credentials::KeyPair {
                access_key_id: "id".to_owned(),
                secret_access_key: "secret".to_owned().into(),
            },
            virtual_hosted_style: false,
            allow_http: true,
            extra_certificates: None,
        };
        S3Storage::open(url, &options).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _stopped = self.process.kill();
        let _reaped = self.process.wait();
    }
}

/// A virtual environment with the server, made once.
fn environment() -> Result<PathBuf, String> {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto-5.2.5");
    let python = directory.join("bin/python");
    let complete = directory.join("complete");
    if complete.exists() {
        return Ok(python);
    }
    run(Command::new("python3")
        .args(["-m", "venv", "--clear"])
        .arg(&directory))?;
    run(Command::new(&python).args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        SERVER,
    ]))?;
    std::fs::write(complete, b"").map_err(|error| error.to_string())?;
    Ok(python)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let errors = String::from_utf8_lossy(&output.stderr);
    Err(format!(
        "{command:?}: {}",
        errors.lines().last().unwrap_or("no message")
    ))
}

/// One server for all, since starting it takes seconds.
#[test]
fn an_object_store_keeps_every_promise() {
    let Some(server) = Server::start() else { return };
    for url in ["s3://files", "s3://files/matoi/blobs/"] {
        let storage: Arc<dyn Storage> = Arc::new(server.storage(url));
        // One that is sent in parts.
        everything_a_store_promises(&storage, &[9_000_000]);
    }
    objects_are_named_by_prefix_and_id(&server);
    parts_at_the_edges_come_back(&server);
    uploads_given_up_leave_nothing(&server);
    async_code_may_use_and_drop_it(&server);
    what_the_server_refuses_is_an_error(&server);
}

fn objects_are_named_by_prefix_and_id(server: &Server) {
    let store = BlobStore::new(Arc::new(server.storage("s3://files/named")), keys(&only(1)));
    let name = put(&store, b"content").id.to_string();
    let listing = server.request("GET", &format!("/{BUCKET}?list-type=2&prefix=named/"));
    assert!(
        listing.contains(&format!("<Key>named/{}/{name}</Key>", &name[..2])),
        "{listing}"
    );
}

fn parts_at_the_edges_come_back(server: &Server) {
    let storage = server.storage("s3://files/edges");
    let part = 8 * 1024 * 1024;
    for len in [part - 1, part, part + 1, 2 * part, 2 * part + 1] {
        let bytes = content(len);
        let id = BlobId::generate(&SystemRandom).unwrap();
        let mut writer = storage.create(id, 0).unwrap();
        for piece in bytes.chunks(1_000_003) {
            writer.write_all(piece).unwrap();
        }
        writer.commit().unwrap();
        let mut object = storage.open(id).unwrap().unwrap();
        assert_eq!(object.stored_len(), len as u64);
        let mut read = vec![0; len];
        for (number, piece) in read.chunks_mut(700_001).enumerate() {
            object.read_exact_at(number as u64 * 700_001, piece).unwrap();
        }
        assert!(read == bytes, "{len}");
        // Backwards, over the end, and across what was fetched before.
        for (start, end) in [(len - 10, len), (5, 15), (131_000, 132_000), (0, 1)] {
            let mut few = vec![0; end - start];
            object.read_exact_at(start as u64, &mut few).unwrap();
            assert_eq!(few, bytes[start..end]);
        }
        assert!(object.read_exact_at(len as u64 - 1, &mut [0; 2]).is_err());
        storage.delete(id).unwrap();
    }
}

fn uploads_given_up_leave_nothing(server: &Server) {
    let store = BlobStore::new(Arc::new(server.storage("s3://files/given-up")), keys(&only(1)));
    let refused = store.put(&mut std::io::repeat(7).take(20_000_000), 19_000_000);
    assert!(matches!(refused, Err(BlobError::LimitExceeded { .. })));
    assert_eq!(store.list().count(), 0);
    // Aborting goes on in the background.
    let mut uploads = String::new();
    for _ in 0..100 {
        uploads = server.request("GET", &format!("/{BUCKET}?uploads"));
        if !uploads.contains("<Upload>") {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("an upload is left: {uploads}");
}

fn async_code_may_use_and_drop_it(server: &Server) {
    let storage = server.storage("s3://files/async");
    tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap()
        .block_on(async move {
            let store = BlobStore::new(Arc::new(storage), keys(&only(1)));
            let blobs = AsyncBlobStore::new(store.clone());
            let stored = blobs.put(&*content(500_000), u64::MAX).await.unwrap();
            // Blocking here is a mistake, but no panic.
            assert!(read_all(&mut store.get(stored.id).unwrap().unwrap()) == content(500_000));
        });
}

fn what_the_server_refuses_is_an_error(server: &Server) {
    let store = BlobStore::new(Arc::new(server.storage("s3://no-such-bucket")), keys(&only(1)));
    assert!(matches!(
        store.put(&mut &b"content"[..], 100),
        Err(BlobError::Storage(_))
    ));
    assert!(store.list().next().unwrap().is_err());
}
