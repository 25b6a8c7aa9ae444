//! The program itself, run as its users run it.

use std::ffi::OsString;
use std::process::Stdio;

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::failure::{Exit, Failure, Outcome};

/// This program, with the flags that every command gets.
#[derive(Debug, Clone)]
pub struct Program {
    flags: Vec<OsString>,
}

/// What a command came to.
#[derive(Debug)]
pub(super) struct Done {
    pub(super) code: i32,
    pub(super) out: String,
    pub(super) err: String,
}

/// A server that this process started.
#[derive(Debug)]
pub struct Serving {
    child: Child,
    out: tokio::io::Lines<BufReader<ChildStdout>>,
    /// Where it is, with a slash at the end.
    pub url: String,
    /// The set-up link, where nothing was set up.
    pub setup_link: Option<String>,
    /// The recovery key, when the installation was made just now.
    pub recovery_key: Option<String>,
}

impl Program {
    /// This program with these flags, like `--data-dir`.
    #[must_use]
    pub const fn new(flags: Vec<OsString>) -> Self {
        Self { flags }
    }

    /// Runs a command to its end, with JSON as its language.
    pub(super) async fn run(&self, arguments: &[&str], input: Option<&[u8]>) -> Outcome<Done> {
        let mut command = self.command()?;
        let failed = |error: &std::io::Error| {
            Failure::of(format!("matoi {} cannot be run", arguments.join(" ")), error)
        };
        let mut child = command
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| failed(&error))?;
        if let Some(mut stdin) = child.stdin.take() {
            // A command that does not read its input to the end says why by its exit code.
            let _ = stdin.write_all(input.unwrap_or_default()).await;
        }
        let output = child.wait_with_output().await.map_err(|error| failed(&error))?;
        Ok(Done {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8_lossy(&output.stdout).into_owned(),
            err: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// Runs a command that must succeed, and gives the JSON it said.
    pub(super) async fn json(&self, arguments: &[&str]) -> Outcome<Json> {
        let done = self.run(arguments, None).await?;
        if done.code != 0 {
            return Err(Failure::told(
                Exit::Failed,
                format!("matoi {} failed: {}", arguments.join(" "), done.err.trim()),
            ));
        }
        Ok(serde_json::from_str(&done.out).unwrap_or(Json::Null))
    }

    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// When it ends before that; it has said why on standard error.
    pub async fn serve(&self, arguments: &[OsString]) -> Outcome<Serving> {
        let mut child = self
            .command()?
            .arg("serve")
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| Failure::of("the server cannot be started", &error))?;
        let ended = || Failure::told(Exit::Failed, "the server ended before it was ready");
        let out = child.stdout.take().ok_or_else(ended)?;
        let mut out = BufReader::new(out).lines();
        let (mut setup_link, mut recovery_key) = (None, None);
        loop {
            let line = out
                .next_line()
                .await
                .map_err(|error| Failure::of("the server cannot be heard", &error))?
                .ok_or_else(ended)?;
            let event: Json = serde_json::from_str(&line).unwrap_or(Json::Null);
            let text = |name: &str| event.get(name).and_then(Json::as_str).map(ToOwned::to_owned);
            match text("event").as_deref() {
                Some("setup_link") => setup_link = text("link"),
                Some("recovery_key") => recovery_key = text("recovery_key"),
                Some("ready") => {
                    return Ok(Serving {
                        child,
                        out,
                        url: text("url").unwrap_or_default(),
                        setup_link,
                        recovery_key,
                    });
                }
                _ => {}
            }
        }
    }

    fn command(&self) -> Outcome<Command> {
        let program =
            std::env::current_exe().map_err(|error| Failure::of("the program cannot find itself", &error))?;
        let mut command = Command::new(program);
        command.args(&self.flags).args(["--format", "json"]);
        Ok(command)
    }
}

impl Serving {
    /// Asks the server to stop, and waits until it has.
    ///
    /// # Errors
    /// When it did not stop as it should.
    pub async fn stop(mut self) -> Outcome {
        self.ask_to_stop();
        self.wait().await
    }

    /// Waits until the server has stopped; whoever stops this process stops it too.
    ///
    /// # Errors
    /// As [`Serving::stop`].
    pub async fn until_stopped(mut self) -> Outcome {
        use tokio::signal::unix::{SignalKind, signal};
        let failed = |error| Failure::of("signals cannot be received", &error);
        let mut terminate = signal(SignalKind::terminate()).map_err(failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        tokio::select! {
            _ = terminate.recv() => self.ask_to_stop(),
            _ = interrupt.recv() => self.ask_to_stop(),
            ended = self.child.wait() => {
                return finished(ended);
            }
        }
        self.wait().await
    }

    fn ask_to_stop(&self) {
        let pid = self.child.id().and_then(|id| i32::try_from(id).ok());
        if let Some(pid) = pid.and_then(rustix::process::Pid::from_raw) {
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::TERM);
        }
    }

    async fn wait(&mut self) -> Outcome {
        // What it still says must be read, or it might wait to say it.
        while let Ok(Some(_)) = self.out.next_line().await {}
        finished(self.child.wait().await)
    }
}

fn finished(ended: std::io::Result<std::process::ExitStatus>) -> Outcome {
    match ended {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Failure::told(
            Exit::Failed,
            format!("the server ended with {status}"),
        )),
        Err(error) => Err(Failure::of("the server cannot be waited for", &error)),
    }
}
