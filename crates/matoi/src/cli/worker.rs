//! `matoi worker`: the inside of a child process. Started by `matoi serve`, never by people.

use clap::{Args, Subcommand};

use crate::failure::{Failure, Outcome};
use crate::worker::child::{self, ChildSettings, Trade};

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
    /// Make documents
    Documents(Limits),
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
        let (trade, limits) = match self.kind {
            Kind::Parsers(limits) => (Trade::Parsers, limits),
            Kind::Documents(limits) => (Trade::Documents, limits),
        };
        let settings = ChildSettings {
            memory: limits.memory,
            computing: limits.computing,
        };
        child::run(trade, settings).map_err(|error| Failure::of("the worker stopped", &error))
    }
}
