//! `matoi worker`: the inside of a child process. Started by `matoi serve`, never by people.

use clap::{Args, Subcommand};

use crate::failure::{Failure, Outcome};
use crate::worker::child::{self, ChildSettings};

/// Work for a running Matoi in a process that can be lost
#[derive(Debug, Args)]
pub(super) struct WorkerCommand {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Debug, Subcommand)]
enum Kind {
    /// Take mails and files apart
    Parsers(Limits),
}

#[derive(Debug, Args)]
struct Limits {
    /// Bytes of memory
    #[arg(long)]
    memory: u64,
    /// Seconds of computing for one request
    #[arg(long)]
    computing: u64,
}

impl WorkerCommand {
    pub(super) fn run(self) -> Outcome {
        let Kind::Parsers(limits) = self.kind;
        child::run(ChildSettings {
            memory: limits.memory,
            computing: limits.computing,
        })
        .map_err(|error| Failure::of("the worker stopped", &error))
    }
}
