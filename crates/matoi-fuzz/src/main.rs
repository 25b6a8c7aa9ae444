//! Feeds mutated input to everything that reads what strangers send, for a given time, on the ordinary compiler.
//!
//! A run is known by its seed, and every input by seed and number, so that what failed can be had again:
//! `cargo run -p matoi-fuzz -- --target mail --seed 7 --input 1234`. An input that fails is also written to a file.
//! This is the minute that every check has; it does not measure which paths an input takes, so longer hunts gain less
//! from it than from a fuzzer that does.

mod mutate;
mod random;
mod targets;

use std::cell::Cell;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use random::Random;
use targets::{TARGETS, Target};

/// An input that takes longer is a fault: even an unoptimised build on a busy machine is faster by far.
const SLOWEST: Duration = Duration::from_secs(20);

/// Faults of one target after which the next one is tried.
const ENOUGH: usize = 5;

/// Files larger than this are no good seeds.
const LARGEST_SEED: usize = 32 * 1024;

const HELP: &str = "\
usage: matoi-fuzz [--seconds N] [--seed N] [--target NAME] [--input N] [--out FOLDER] [CORPUS FOLDER ...]

  --seconds   for all targets together (60)
  --seed      the same seed gives the same inputs in the same order (by default another one every time)
  --target    only this one
  --input     only the input of this number
  --out       where inputs that fail are written (target/fuzz)";

struct Options {
    seconds: u64,
    seed: u64,
    target: Option<String>,
    input: Option<u64>,
    out: PathBuf,
    corpus: Vec<PathBuf>,
}

fn main() -> ExitCode {
    let Some(options) = options(std::env::args().skip(1)) else {
        say(HELP);
        return ExitCode::from(2);
    };
    let files = read_corpus(&options.corpus);
    let chosen: Vec<&Target> = TARGETS
        .iter()
        .filter(|target| options.target.as_deref().is_none_or(|name| name == target.name))
        .collect();
    if chosen.is_empty() {
        say(HELP);
        return ExitCode::from(2);
    }
    say(&format!(
        "seed {}, {} files, {} s",
        options.seed,
        files.len(),
        options.seconds
    ));
    let watch = Watch::start();
    std::panic::set_hook(Box::new(|info| {
        LAST.with(|last| last.set(Some(info.to_string())));
    }));
    let share = Duration::from_secs(options.seconds) / u32::try_from(chosen.len()).unwrap_or(1);
    let (mut inputs, mut faults) = (0, 0);
    for target in chosen {
        let result = feed(target, &options, &files, share, &watch);
        say(&format!(
            "{:10} {:>9} inputs, {} faults",
            target.name, result.0, result.1
        ));
        inputs += result.0;
        faults += result.1;
    }
    say(&format!(
        "summary: {inputs} inputs, {faults} faults, seed {}",
        options.seed
    ));
    if faults == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

thread_local! {
    /// What the last panic said.
    static LAST: Cell<Option<String>> = const { Cell::new(None) };
}

/// Feeds one target; how many inputs, how many faults.
fn feed(
    target: &'static Target,
    options: &Options,
    files: &[(String, Vec<u8>)],
    share: Duration,
    watch: &Watch,
) -> (u64, usize) {
    let mut corpus: Vec<Vec<u8>> = files
        .iter()
        .filter(|(name, _)| target.corpus.iter().any(|end| name.ends_with(end)))
        .map(|(_, bytes)| bytes.clone())
        .collect();
    corpus.extend(target.seeds.iter().map(|seed| seed.as_bytes().to_vec()));
    let start = Instant::now();
    let mut faults = 0;
    let mut number = options.input.unwrap_or(0);
    loop {
        // Every input has its own stream, so that one of them can be had without those before.
        let mut random = Random::new(options.seed ^ number.rotate_left(32));
        let input = mutate::mutated(&mut random, &corpus, target.words);
        watch.begin(target.name, options.seed, number);
        let outcome = catch_unwind(AssertUnwindSafe(|| (target.run)(&input)));
        watch.end();
        if outcome.is_err() {
            faults += 1;
            let said = LAST.with(Cell::take).unwrap_or_default();
            report(target.name, options, number, &input, &said);
        }
        number += 1;
        if options.input.is_some() || faults >= ENOUGH || start.elapsed() >= share {
            return (number - options.input.unwrap_or(0), faults);
        }
    }
}

fn report(target: &str, options: &Options, number: u64, input: &[u8], said: &str) {
    let path = options.out.join(format!("{target}-{}-{number}", options.seed));
    let kept = std::fs::create_dir_all(&options.out).and_then(|()| std::fs::write(&path, input));
    say(&format!(
        "fault: {said}\n  again: --target {target} --seed {} --input {number}\n  input: {}",
        options.seed,
        match kept {
            Ok(()) => path.display().to_string(),
            Err(error) => format!("cannot be written: {error}"),
        }
    ));
}

/// Ends the program when an input takes too long, as a thread cannot be stopped.
struct Watch(Arc<Mutex<Option<Running>>>);

struct Running {
    since: Instant,
    what: (&'static str, u64, u64),
}

impl Watch {
    fn start() -> Self {
        let state: Arc<Mutex<Option<Running>>> = Arc::default();
        let seen = Arc::clone(&state);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(500));
                if let Ok(running) = seen.lock()
                    && let Some(running) = running.as_ref()
                    && running.since.elapsed() > SLOWEST
                {
                    let (target, seed, number) = running.what;
                    say(&format!(
                        "fault: slower than {SLOWEST:?}\n  again: --target {target} --seed {seed} --input {number}"
                    ));
                    std::process::exit(1);
                }
            }
        });
        Self(state)
    }

    fn begin(&self, target: &'static str, seed: u64, number: u64) {
        self.set(Some(Running {
            since: Instant::now(),
            what: (target, seed, number),
        }));
    }

    fn end(&self) {
        self.set(None);
    }

    fn set(&self, running: Option<Running>) {
        if let Ok(mut state) = self.0.lock() {
            *state = running;
        }
    }
}

fn options(mut arguments: impl Iterator<Item = String>) -> Option<Options> {
    let mut options = Options {
        seconds: 60,
        seed: fresh_seed(),
        target: None,
        input: None,
        out: PathBuf::from("target/fuzz"),
        corpus: Vec::new(),
    };
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--seconds" => options.seconds = arguments.next()?.parse().ok()?,
            "--seed" => options.seed = arguments.next()?.parse().ok()?,
            "--target" => options.target = Some(arguments.next()?),
            "--input" => options.input = Some(arguments.next()?.parse().ok()?),
            "--out" => options.out = arguments.next()?.into(),
            flag if flag.starts_with('-') => return None,
            folder => options.corpus.push(folder.into()),
        }
    }
    Some(options)
}

/// A number that is another one every time, from the keys that hash maps get.
fn fresh_seed() -> u64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    std::hash::RandomState::new().build_hasher().finish() % 1_000_000_000
}

/// Every file below the folders, by name: the order must not depend on the file system.
fn read_corpus(folders: &[PathBuf]) -> Vec<(String, Vec<u8>)> {
    let mut files = Vec::new();
    for folder in folders {
        collect(folder, &mut files);
    }
    files.sort();
    files
}

fn collect(folder: &Path, files: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if let Ok(bytes) = std::fs::read(&path)
            && bytes.len() <= LARGEST_SEED
        {
            files.push((path.to_string_lossy().into_owned(), bytes));
        }
    }
}

fn say(text: &str) {
    // Whoever reads may have gone away, which is no reason to fail.
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}
