//! Prints how long a sync takes on the disk at hand, and how fast files are stored and read.
//!
//! `cargo run --release -p matoi-blob --example measure -- [directory] [MiB]`: the directory decides which disk is
//! measured (default: the current one). Throughput is only worth something beside the sync latency; what is given per
//! second of processor time does not depend on what else the machine does.
#![expect(clippy::print_stdout, reason = "printing is what this is for")]

use std::error::Error;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use matoi_blob::disk::{FileSystem, RealDisk};
use matoi_blob::keys::{MasterKey, MasterKeys};
use matoi_blob::store::LocalStorage;
use matoi_blob::{BlobStore, Keys, SystemRandom, format};

const SAMPLES: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let above = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let mebibytes: u64 = arguments.next().as_deref().unwrap_or("512").parse()?;
    let directory = above.join("matoi-blob-measure");
    RealDisk.create_directory(&directory)?;
    let measured = measure(&directory, mebibytes * 1024 * 1024);
    std::fs::remove_dir_all(&directory)?;
    measured
}

fn measure(directory: &Path, len: u64) -> Result<(), Box<dyn Error>> {
    print_times(
        "write 4 KiB, sync file, rename, sync directory",
        &syncs(directory)?,
    );

    let masters = MasterKeys::only(MasterKey::generate(&SystemRandom)?);
    let keys = Arc::new(Keys::derive(&masters, Arc::new(SystemRandom)));
    let storage = LocalStorage::open(
        Arc::new(RealDisk),
        directory.join("files"),
        SystemTime::UNIX_EPOCH,
        Duration::MAX,
    )?;
    let store = BlobStore::new(Arc::new(storage), Arc::clone(&keys));

    let small: Result<Vec<Duration>, Box<dyn Error>> = (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            store.put(&mut io::repeat(7).take(10_000), u64::MAX)?;
            Ok(start.elapsed())
        })
        .collect();
    print_times("put of 10 kB", &small?);

    let start = Start::now();
    let mut content = io::repeat(7).take(len);
    format::encrypt_stream(
        &SystemRandom,
        keys.backup_keys(),
        b"measure",
        &mut content,
        &mut io::sink(),
    )?;
    start.print_speed("encrypt and hash, no disk", len);

    let start = Start::now();
    let stored = store.put(&mut io::repeat(7).take(len), u64::MAX)?;
    start.print_speed("put, synced", len);

    let start = Start::now();
    let mut reader = store.get(stored.id)?.ok_or("not found")?;
    while !reader.next_piece()?.is_empty() {}
    start.print_speed("get, from the page cache", len);

    let start = Start::now();
    store.verify(stored.id)?;
    start.print_speed("verify, from the page cache", len);
    Ok(())
}

fn syncs(directory: &Path) -> io::Result<Vec<Duration>> {
    let (new, name) = (directory.join("new"), directory.join("name"));
    (0..SAMPLES)
        .map(|_| {
            let start = Instant::now();
            let mut file = RealDisk.create_file(&new)?;
            file.write_all_at(0, &[7; 4096])?;
            file.sync()?;
            RealDisk.rename_over(&new, &name)?;
            RealDisk.sync_directory(directory)?;
            Ok(start.elapsed())
        })
        .collect()
}

fn print_times(what: &str, times: &[Duration]) {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let at = |part: usize| {
        sorted
            .get(sorted.len() * part / 100)
            .copied()
            .unwrap_or_default()
            .as_secs_f64()
            * 1000.0
    };
    println!(
        "{what}: median {:.2} ms, 99 of 100 within {:.2} ms",
        at(50),
        at(99)
    );
}

struct Start {
    wall: Instant,
    processor: Duration,
}

impl Start {
    fn now() -> Self {
        Self {
            wall: Instant::now(),
            processor: processor_time(),
        }
    }

    fn print_speed(&self, what: &str, len: u64) {
        let megabytes = len as f64 / 1e6;
        let wall = megabytes / self.wall.elapsed().as_secs_f64();
        let processor = megabytes / processor_time().saturating_sub(self.processor).as_secs_f64();
        println!("{what}: {wall:.0} MB/s, {processor:.0} MB per second of processor time");
    }
}

/// Time this thread has had a processor, where the system tells (Linux); else nothing.
fn processor_time() -> Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text
        .split_whitespace()
        .next()
        .and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}
