//! A PostgreSQL of one's own in a temporary directory, where the server is installed.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection};

/// The server refuses to run as root; this is `nobody`.
const NOBODY: u32 = 65_534;

pub(crate) struct Postgres {
    directory: tempfile::TempDir,
    server: Child,
}

impl Postgres {
    /// Starts a server, or nothing where none is installed.
    pub(crate) fn start() -> Option<Self> {
        let programs = programs()?;
        let directory = tempfile::tempdir().unwrap();
        let data = directory.path().join("data");
        if is_root() {
            chown(directory.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let made = command(&programs.join("initdb"))
            .args([
                "--no-sync",
                "-A",
                "trust",
                "-U",
                "matoi",
                "--no-locale",
                "-E",
                "UTF8",
                "-D",
            ])
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let server = command(&programs.join("postgres"))
            .args(["-F", "-c", "listen_addresses=", "-k"])
            .arg(directory.path())
            .arg("-D")
            .arg(&data)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Some(Self { directory, server })
    }

    pub(crate) async fn connect(&self) -> PgConnection {
        let options = PgConnectOptions::new()
            .socket(self.directory.path())
            .username("matoi")
            .database("postgres");
        for _ in 0..200 {
            if let Ok(connection) = options.connect().await {
                return connection;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        PgConnection::connect_with(&options).await.unwrap()
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGQUIT ends the server and its processes at once; nothing here is worth keeping.
        let _ = Command::new("kill")
            .args(["-QUIT", &self.server.id().to_string()])
            .status();
        let _ = self.server.wait();
    }
}

fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    versions
        .filter_map(|version| Some(version.ok()?.path().join("bin")))
        .filter(|programs| programs.join("initdb").exists())
        .max()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

fn command(program: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/");
    if is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    command
}
