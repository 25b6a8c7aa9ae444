//! Matoi (纏): one self-hosted program in which an organisation builds, runs and evaluates its cyber defence centre.

mod serve;
mod wiring;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Matoi (纏): build, run and evaluate a cyber defence centre.
#[derive(Debug, Parser)]
#[command(name = "matoi", version, propagate_version = true)]
struct Cli {
    /// Where the database and the encrypted files are.
    #[arg(long, global = true, env = "MATOI_DATA_DIR", default_value = "var/matoi")]
    data_dir: PathBuf,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start the server.
    Serve(serve::Serve),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter =
        tracing_subscriber::EnvFilter::try_from_env("MATOI_LOG").unwrap_or_else(|_| "info,sqlx=warn".into());
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            tracing::error!(%error, "the runtime cannot be started");
            return ExitCode::FAILURE;
        }
    };
    let outcome = match cli.command {
        Command::Serve(serve) => runtime.block_on(serve.run(&cli.data_dir)),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}
