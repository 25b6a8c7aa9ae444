//! Running the program.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value as Json;

/// A directory with an installation in it, or the place for one.
pub(crate) struct Place {
    dir: tempfile::TempDir,
    /// The URL of its database, when that is not the file in its data directory.
    database: Option<String>,
    /// The recovery key, when the installation was made by [`Place::set_up`].
    pub(crate) recovery_key: String,
}

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum On {
    Sqlite,
    Postgres,
}

impl On {
    /// The databases there are: PostgreSQL where `MATOI_TEST_POSTGRES` names a server.
    pub(crate) fn all() -> Vec<Self> {
        if std::env::var_os("MATOI_TEST_POSTGRES").is_some() {
            return vec![Self::Sqlite, Self::Postgres];
        }
        let required = std::env::var("MATOI_TEST_REQUIRE").unwrap_or_default();
        assert!(
            !required.contains("postgres"),
            "PostgreSQL was demanded, but MATOI_TEST_POSTGRES names none"
        );
        say("skipped: on PostgreSQL, since MATOI_TEST_POSTGRES names no server");
        vec![Self::Sqlite]
    }
}

/// Says something beside a test's result.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// A new, empty database on the test server.
fn postgres_database() -> String {
    let server = std::env::var("MATOI_TEST_POSTGRES").unwrap();
    let server = server.trim().trim_end_matches('/').to_owned();
    let random = matoi_blob::BlobId::generate(&matoi_blob::SystemRandom).unwrap();
    let name = format!("matoi_bin_{random}");
    let base = format!("{server}/postgres").parse().unwrap();
    let (name_there, made) = (
        name.clone(),
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async {
                let db = matoi_db::Db::connect(&base, matoi_db::PoolOptions::default())
                    .await
                    .unwrap();
                db.create_database(&name).await.unwrap();
                db.close().await;
            });
        }),
    );
    made.join().unwrap();
    format!("{server}/{name_there}")
}

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Done {
    pub(crate) fn json(&self) -> Json {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The error as `--format json` gives it.
    pub(crate) fn error(&self) -> Json {
        let line = self.err.lines().last().unwrap_or_default();
        let json: Json = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {self:?}"));
        json["error"].clone()
    }

    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }
}

/// The program without any environment of the one who runs the tests.
pub(crate) fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_matoi"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        // Nobody's /etc/matoi/matoi.toml.
        .env("MATOI_CONFIG", "/dev/null");
    command
}

impl Place {
    pub(crate) fn new() -> Self {
        Self::on(On::Sqlite)
    }

    /// An empty place on a database of its own.
    pub(crate) fn on(database: On) -> Self {
        Self {
            dir: tempfile::tempdir().unwrap(),
            database: (database == On::Postgres).then(postgres_database),
            recovery_key: String::new(),
        }
    }

    /// A place with an installation that is set up, whose administrator is `admin`.
    pub(crate) fn set_up() -> Self {
        Self::set_up_on(On::Sqlite)
    }

    pub(crate) fn set_up_on(database: On) -> Self {
        let mut place = Self::on(database);
        let organisation = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../samples/organisation.json");
        let mut init = place.command(&[
            "--format=json",
            "init",
            "--admin-login",
            "admin",
            "--organisation-file",
        ]);
        init.arg(organisation).env("MATOI_PASSWORD", PASSWORD);
        let made = run(&mut init).ok().json();
        made["recovery_key"]
            .as_str()
            .unwrap()
            .clone_into(&mut place.recovery_key);
        place
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.path(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    /// A command on this place.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .arg("--data-dir")
            .arg(self.path("data"))
            .args(arguments)
            .current_dir(self.dir.path());
        if let Some(url) = &self.database {
            command.env("MATOI_DATABASE_URL", url);
        }
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        run(&mut self.command(arguments))
    }

    /// The URL of its PostgreSQL database.
    pub(crate) fn database_url(&self) -> &str {
        self.database.as_deref().unwrap()
    }

    /// A token of the administrator with all their rights.
    pub(crate) fn token(&self) -> String {
        let made = self.run(&["token", "create", "admin", "--name", "test", "--all-scopes"]);
        made.ok().out.trim().to_owned()
    }

    pub(crate) fn run_with_input(&self, arguments: &[&str], input: &[u8]) -> Done {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input).unwrap();
        done(child.wait_with_output().unwrap())
    }

    /// Starts a server on a free port and waits until it is ready.
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.args(arguments);
        Server::start(&mut command)
    }
}

/// Long enough and in no list.
pub(crate) const PASSWORD: &str = "kiiroi-matoi-ga-yane-ni-tatsu";

pub(crate) fn run(command: &mut Command) -> Done {
    done(command.stdin(Stdio::null()).output().unwrap())
}

fn done(output: std::process::Output) -> Done {
    Done {
        code: output.status.code().unwrap_or(-1),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A running server. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    out: BufReader<ChildStdout>,
    /// Where it is, with a slash at the end.
    pub(crate) url: String,
    /// What it said until it was ready.
    pub(crate) said: String,
    log: std::fs::File,
}

impl Server {
    pub(crate) fn start(command: &mut Command) -> Self {
        let log = tempfile::tempfile().unwrap();
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut said = String::new();
        let url = loop {
            let mut line = String::new();
            if out.read_line(&mut line).unwrap() == 0 {
                let status = child.wait().unwrap();
                panic!("the server ended with {status}: {said}\n{}", read_log(&log));
            }
            said.push_str(&line);
            let ready = line.contains("ready") || line.contains("準備ができました");
            if let Some(at) = line.find("http").filter(|_| ready) {
                break line[at..].trim_end_matches(['"', '}', '\n']).to_owned();
            }
        };
        Self {
            child,
            out,
            url,
            said,
            log,
        }
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
        assert!(status.success());
    }

    /// Waits for the end. Gives the exit code, what was said since it was ready, and the log.
    pub(crate) fn wait(mut self, most: Duration) -> (Option<i32>, String, String) {
        let until = Instant::now() + most;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < until, "the server did not stop: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        };
        let mut rest = String::new();
        self.out.read_to_string(&mut rest).unwrap();
        (status.code(), rest, self.log())
    }

    pub(crate) fn stop(self) -> String {
        self.signal("TERM");
        let (code, _, log) = self.wait(Duration::from_secs(20));
        assert_eq!(code, Some(0), "{log}");
        log
    }

    pub(crate) fn log(&self) -> String {
        read_log(&self.log)
    }
}

fn read_log(log: &std::fs::File) -> String {
    use std::os::unix::fs::FileExt as _;
    let mut bytes = vec![0; usize::try_from(log.metadata().unwrap().len()).unwrap()];
    let read = log.read_at(&mut bytes, 0).unwrap();
    bytes.truncate(read);
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
