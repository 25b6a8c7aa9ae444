//! The server under measurement: a process of its own, looked at from outside.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::client::{Client, Credential};
use crate::generate::Failure;

/// The kernel counts a process's time in hundredths of a second, whatever the processor.
const TICKS_PER_SECOND: f64 = 100.0;
/// How long a server may take to be ready, or to end.
const PATIENCE: Duration = Duration::from_secs(300);

/// A running server.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    /// Where it listens.
    pub(super) address: SocketAddr,
    /// From the start of the process until `/readyz` said yes.
    pub(super) ready_after: Duration,
}

impl Server {
    /// Starts a server on a data directory, and waits until it is ready.
    ///
    /// # Errors
    /// When it does not come up.
    pub(super) fn start(program: &Path, data_dir: &Path, database: Option<&str>) -> Result<Self, Failure> {
        let begun = Instant::now();
        let mut command = Command::new(program);
        command.env_clear();
        command.envs(std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("MATOI_")));
        command.arg("serve").arg("--data-dir").arg(data_dir);
        command.args(["--listen", "127.0.0.1:0", "--format", "json"]);
        if let Some(url) = database {
            command.env("MATOI_DATABASE_URL", url);
        }
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = child.stdout.take().ok_or("the server has no output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let line = lines.next().ok_or("the server ended before it was ready")??;
            let event: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if event.get("event").and_then(|name| name.as_str()) == Some("ready") {
                let url = event.get("url").and_then(|url| url.as_str()).unwrap_or_default();
                let host = url.trim_start_matches("http://").trim_end_matches('/');
                break host.parse()?;
            }
        };
        // The rest of what it says must not stop it.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        while Client::connect(address, &Credential::None)?
            .get("/readyz")?
            .status
            != 200
        {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not become ready".into());
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        Ok(Self {
            child,
            address,
            ready_after: begun.elapsed(),
        })
    }

    /// Milliseconds of processor time the process has used, in the program and in the kernel for it.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) fn cpu_ms(&self) -> Result<f64, Failure> {
        let stat = std::fs::read_to_string(self.proc("stat"))?;
        // The name in brackets may hold anything; fields 14 and 15 (proc(5)) are counted from after it.
        let fields: Vec<&str> = stat
            .rsplit(')')
            .next()
            .unwrap_or_default()
            .split_whitespace()
            .collect();
        let ticks = |index: usize| fields.get(index).and_then(|text| text.parse::<f64>().ok());
        let used = ticks(11)
            .zip(ticks(12))
            .ok_or("/proc/<pid>/stat reads otherwise")?;
        Ok((used.0 + used.1) / TICKS_PER_SECOND * 1000.0)
    }

    /// Waits until the process has nothing to do any more: sealing and indexing follow what was written.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) fn rest(&self) -> Result<(), Failure> {
        let mut quiet = 0;
        let begun = Instant::now();
        while quiet < 3 && begun.elapsed() < PATIENCE {
            let before = self.cpu_ms()?;
            std::thread::sleep(Duration::from_millis(1000));
            quiet = if self.cpu_ms()? - before <= 20.0 {
                quiet + 1
            } else {
                0
            };
        }
        Ok(())
    }

    /// Megabytes (of 1,000,000 bytes) that are resident: of the server, and of the parsers that wait beside it.
    ///
    /// # Errors
    /// When it is gone.
    pub(super) fn resident_mb(&self) -> Result<(f64, f64), Failure> {
        let server = resident(&self.proc("status"))?;
        let children = self.proc(&format!("task/{}/children", self.child.id()));
        let parsers = std::fs::read_to_string(children)
            .unwrap_or_default()
            .split_whitespace()
            .filter_map(|pid| resident(&PathBuf::from(format!("/proc/{pid}/status"))).ok())
            .sum();
        Ok((server, parsers))
    }

    /// Tells it to end, as a service manager does, and waits for it.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn stop(mut self) -> Result<(), Failure> {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        let begun = Instant::now();
        while self.child.try_wait()?.is_none() {
            if begun.elapsed() > PATIENCE {
                return Err("the server does not end".into());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn proc(&self, name: &str) -> PathBuf {
        PathBuf::from(format!("/proc/{}/{name}", self.child.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After an error nothing is left behind; one that has ended already is no error.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn resident(status: &Path) -> Result<f64, Failure> {
    let status = std::fs::read_to_string(status)?;
    let kib = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().trim_end_matches("kB").trim().parse::<f64>().ok())
        .ok_or("/proc/<pid>/status reads otherwise")?;
    Ok(kib * 1024.0 / 1e6)
}
