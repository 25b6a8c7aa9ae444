//! A few children, each doing one thing at a time; who asks waits for a free one.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::{Instant, timeout};

use super::frame::{self, Bounds, Frame};
use super::protocol::Answer;

/// What a parser may answer: the texts of a mail as JSON, and its decoded attachments.
const BOUNDS: Bounds = Bounds {
    header: 64 << 20,
    body: 256 << 20,
};
/// How long a child may take to start.
const START: Duration = Duration::from_secs(20);
/// After so many requests or bytes a child is replaced, so that what it has gathered in memory does not stay.
const MOST_REQUESTS: u64 = 2_000;
const MOST_BYTES: u64 = 512 << 20;

/// How the children are started and held.
#[derive(Debug, Clone)]
pub struct PoolSettings {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, before those that the pool adds.
    pub arguments: Vec<String>,
    /// How many children there are at most.
    pub processes: usize,
    /// How many may wait for one before others are turned away.
    pub waiting: usize,
    /// Bytes of memory of one child.
    pub memory: u64,
    /// How long one request may take.
    pub timeout: Duration,
}

impl PoolSettings {
    /// Parsers of this very program, also after its file was replaced by an upgrade.
    ///
    /// # Errors
    /// When the operating system cannot say where the program is.
    pub fn parsers(processes: usize, memory: u64, timeout: Duration) -> io::Result<Self> {
        Self::children("parsers", processes, memory, timeout)
    }

    /// Makers of documents of this very program. One is enough: a job makes one document after the other.
    ///
    /// # Errors
    /// When the operating system cannot say where the program is.
    pub fn documents(memory: u64, timeout: Duration) -> io::Result<Self> {
        Self::children("documents", 1, memory, timeout)
    }

    fn children(trade: &str, processes: usize, memory: u64, timeout: Duration) -> io::Result<Self> {
        let running = PathBuf::from("/proc/self/exe");
        Ok(Self {
            program: if running.exists() {
                running
            } else {
                std::env::current_exe()?
            },
            arguments: vec!["worker".to_owned(), trade.to_owned()],
            processes,
            waiting: 64,
            memory,
            timeout,
        })
    }
}

/// Why a child was lost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lost {
    /// It took too long.
    Slow,
    /// It ended: a crash, too much memory, too much computing.
    Ended,
    /// It answered what is no answer.
    Garbage,
    /// It could not be started.
    NotStarted(String),
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Slow => f.write_str("it took too long"),
            Self::Ended => f.write_str("the process ended"),
            Self::Garbage => f.write_str("the process answered nonsense"),
            Self::NotStarted(error) => write!(f, "the process could not be started: {error}"),
        }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AskError {
    /// Too many wait already.
    Busy,
    /// The child was lost, and so was the second one.
    Lost(Lost),
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Busy => f.write_str("too much is being worked on"),
            Self::Lost(lost) => write!(f, "the worker was lost twice: {lost}"),
        }
    }
}

/// What a pool has done, for the metrics.
#[derive(Debug, Default)]
pub struct PoolCounters {
    /// Requests answered.
    pub answered: AtomicU64,
    /// Children lost because they were slow.
    pub slow: AtomicU64,
    /// Children that ended by themselves.
    pub ended: AtomicU64,
    /// Children that answered nonsense, or did not start.
    pub broken: AtomicU64,
    /// Requests without an answer in the end.
    pub failed: AtomicU64,
    /// Requests turned away.
    pub refused: AtomicU64,
}

/// The children.
#[derive(Debug)]
pub struct Pool {
    settings: PoolSettings,
    free: Semaphore,
    waiting: AtomicUsize,
    resting: Mutex<Vec<Running>>,
    /// What was done.
    pub counters: PoolCounters,
}

#[derive(Debug)]
struct Running {
    // Kept for its end: dropped, the process is killed.
    child: Child,
    input: ChildStdin,
    output: ChildStdout,
    requests: u64,
    bytes: u64,
    last_used: Instant,
    held_by: Vec<String>,
}

impl Pool {
    /// A pool that starts its first child when it is first asked.
    #[must_use]
    pub fn new(settings: PoolSettings) -> Self {
        Self {
            free: Semaphore::new(settings.processes.max(1)),
            waiting: AtomicUsize::new(0),
            resting: Mutex::default(),
            counters: PoolCounters::default(),
            settings,
        }
    }

    /// Sends a request to a free child and gives its answer. Tried once more with another child when one is lost.
    /// Dropping the future ends the child that works on it.
    ///
    /// # Errors
    /// [`AskError`].
    pub async fn ask(&self, header: &[u8], body: &[u8]) -> Result<Frame, AskError> {
        let Some(_permit) = self.turn().await else {
            self.counters.refused.fetch_add(1, Ordering::Relaxed);
            return Err(AskError::Busy);
        };
        let mut lost = Lost::Ended;
        for attempt in 1..=2 {
            match self.try_once(header, body).await {
                Ok(answer) => {
                    self.counters.answered.fetch_add(1, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(reason) => {
                    let counter = match reason {
                        Lost::Slow => &self.counters.slow,
                        Lost::Ended => &self.counters.ended,
                        Lost::Garbage | Lost::NotStarted(_) => &self.counters.broken,
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                    tracing::warn!(attempt, bytes = body.len(), reason = %reason, "a worker was lost");
                    lost = reason;
                }
            }
        }
        self.counters.failed.fetch_add(1, Ordering::Relaxed);
        Err(AskError::Lost(lost))
    }

    /// Starts a child if none rests, and says what holds it: so that a start that cannot work is known at once.
    ///
    /// # Errors
    /// [`Lost`] when it cannot be started.
    pub async fn warm_up(&self) -> Result<Vec<String>, Lost> {
        let running = self.take_or_start().await?;
        let held_by = running.held_by.clone();
        self.put_back(running);
        Ok(held_by)
    }

    /// Ends children that nobody needed for so long.
    pub fn end_idle(&self, longer_than: Duration) {
        let mut resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner);
        resting.retain(|running| running.last_used.elapsed() < longer_than);
    }

    /// How many children rest.
    #[must_use]
    pub fn resting(&self) -> usize {
        self.resting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        if let Ok(permit) = self.free.try_acquire() {
            return Some(permit);
        }
        let _place = Place::take(&self.waiting, self.settings.waiting)?;
        self.free.acquire().await.ok()
    }

    async fn try_once(&self, header: &[u8], body: &[u8]) -> Result<Frame, Lost> {
        let mut running = self.take_or_start().await?;
        let answer = timeout(self.settings.timeout, running.exchange(header, body))
            .await
            .map_err(|_| Lost::Slow)?
            .map_err(|error| lost(&error))?;
        self.put_back(running);
        Ok(answer)
    }

    async fn take_or_start(&self) -> Result<Running, Lost> {
        let resting = self.resting.lock().unwrap_or_else(PoisonError::into_inner).pop();
        if let Some(mut running) = resting
            // One that died while it rested is no fault of the next request.
            && matches!(running.child.try_wait(), Ok(None))
        {
            return Ok(running);
        }
        self.start().await
    }

    fn put_back(&self, mut running: Running) {
        if running.requests < MOST_REQUESTS && running.bytes < MOST_BYTES {
            running.last_used = Instant::now();
            self.resting
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(running);
        }
    }

    async fn start(&self) -> Result<Running, Lost> {
        let not_started = |error: &dyn fmt::Display| Lost::NotStarted(error.to_string());
        let settings = &self.settings;
        let computing = settings.timeout.as_secs().saturating_add(1);
        let mut child = Command::new(&settings.program)
            .args(&settings.arguments)
            .arg(format!("--memory={}", settings.memory))
            .arg(format!("--computing={computing}"))
            // Secrets may stand in the environment; a child needs none of it.
            .env_clear()
            .current_dir("/")
            // Ctrl-C at a terminal is for the program, which lets its children finish.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| not_started(&error))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(not_started(&"it has no pipes"));
        };
        let mut running = Running {
            child,
            input,
            output,
            requests: 0,
            bytes: 0,
            last_used: Instant::now(),
            held_by: Vec::new(),
        };
        let first = timeout(START, frame::receive(&mut running.output, BOUNDS))
            .await
            .map_err(|_| not_started(&"it did not say that it is ready"))?
            .map_err(|error| not_started(&error))?;
        match serde_json::from_slice(&first.header) {
            Ok(Answer::Ready { held_by }) => {
                running.held_by = held_by;
                Ok(running)
            }
            _ => Err(Lost::Garbage),
        }
    }
}

impl Running {
    async fn exchange(&mut self, header: &[u8], body: &[u8]) -> io::Result<Frame> {
        frame::send(&mut self.input, header, body).await?;
        let answer = frame::receive(&mut self.output, BOUNDS).await?;
        self.requests += 1;
        self.bytes += (body.len() + answer.body.len()) as u64;
        Ok(answer)
    }
}

fn lost(error: &io::Error) -> Lost {
    match error.kind() {
        io::ErrorKind::InvalidData => Lost::Garbage,
        _ => Lost::Ended,
    }
}

/// A place in the queue, given back when dropped.
struct Place<'a>(&'a AtomicUsize);

impl<'a> Place<'a> {
    fn take(waiting: &'a AtomicUsize, most: usize) -> Option<Self> {
        if waiting.fetch_add(1, Ordering::AcqRel) < most {
            Some(Self(waiting))
        } else {
            waiting.fetch_sub(1, Ordering::AcqRel);
            None
        }
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
