//! `make bench`: a large organisation on demand, and the measurement of a running server on it.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use matoi_bench::generate::{self, Failure, Plan};
use matoi_bench::run::{self, Bench};
use matoi_db::DbUrl;

#[derive(Debug, Parser)]
#[command(name = "matoi-bench")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Fill an empty database with a large organisation.
    Generate(Generate),
    /// Measure a server on such a database, and print a table.
    Run(Run),
}

#[derive(Debug, Args)]
struct Generate {
    /// The data directory whose database is made.
    #[arg(long, required_unless_present = "database")]
    data_dir: Option<PathBuf>,
    /// A database instead, like `postgres://user@host/name`.
    #[arg(long)]
    database: Option<DbUrl>,
    /// Cases.
    #[arg(long, default_value_t = 100_000)]
    cases: u64,
    /// Reports.
    #[arg(long, default_value_t = 300_000)]
    reports: u64,
    /// Entries of timelines, about.
    #[arg(long, default_value_t = 1_000_000)]
    entries: u64,
    /// Alerts.
    #[arg(long, default_value_t = 100_000)]
    alerts: u64,
    /// Another seed gives another content.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave a data directory as it is in which the same was generated before, and make another one anew.
    #[arg(long, requires = "data_dir")]
    once: bool,
}

#[derive(Debug, Args)]
struct Run {
    /// The program to measure, built for release.
    #[arg(long, default_value = "target/release/matoi")]
    server: PathBuf,
    /// The data directory.
    #[arg(long)]
    data_dir: PathBuf,
    /// The database, when it is not the embedded one.
    #[arg(long)]
    database: Option<String>,
    /// How often each operation is done.
    #[arg(long, default_value_t = 300)]
    times: usize,
}

fn main() -> ExitCode {
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(Failure::from)
        .and_then(|runtime| {
            runtime.block_on(async {
                match Cli::parse().command {
                    Command::Generate(generate) => generate.run().await.map(|()| true),
                    Command::Run(run) => run.run().await,
                }
            })
        });
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            say("a limit is exceeded");
            ExitCode::FAILURE
        }
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}

impl Generate {
    async fn run(self) -> Result<(), Failure> {
        let plan = Plan {
            seed: self.seed,
            cases: self.cases,
            reports: self.reports,
            entries: self.entries,
            alerts: self.alerts,
        };
        let mark = format!("{} {plan:?}", generate::VERSION);
        let marked = self.data_dir.as_ref().map(|dir| dir.join("generated"));
        if let (true, Some(marked), Some(dir)) = (self.once, &marked, &self.data_dir) {
            match std::fs::read_to_string(marked) {
                Ok(before) if before == mark => {
                    say("what is there was generated the same way: it is left as it is");
                    return Ok(());
                }
                Ok(_) => std::fs::remove_dir_all(dir)?,
                // Not ours: an empty directory is filled, any other is refused by its database.
                Err(_) => {}
            }
        }
        let url = match (&self.database, &self.data_dir) {
            (Some(url), _) => url.clone(),
            (None, Some(dir)) => {
                std::fs::create_dir_all(dir)?;
                let url = generate::sqlite_in(dir);
                if let (true, Some(marked), DbUrl::Sqlite(file)) = (self.once, &marked, &url)
                    && !file.exists()
                {
                    // What is broken off is known by this, and made anew.
                    std::fs::write(marked, "unfinished")?;
                }
                url
            }
            (None, None) => return Err("say where: --data-dir or --database".into()),
        };
        let made = generate::generate(&url, &plan, say).await?;
        say(&format!(
            "{} rows in {:.0} s ({:.0} a second), {} things indexed in {:.0} s ({:.0} a second)",
            made.rows,
            made.seconds,
            made.rows as f64 / made.seconds.max(0.001),
            made.found,
            made.index_seconds,
            made.found as f64 / made.index_seconds.max(0.001),
        ));
        if let Some(marked) = marked {
            std::fs::write(marked, mark)?;
        }
        Ok(())
    }
}

impl Run {
    async fn run(self) -> Result<bool, Failure> {
        let bench = Bench {
            program: self.server,
            data_dir: self.data_dir,
            database: self.database,
            times: self.times,
        };
        let (table, kept) = run::run(&bench, say).await?;
        say(&table);
        Ok(kept)
    }
}

#[expect(clippy::print_stdout, reason = "what the person who starts it must see")]
fn say(text: &str) {
    println!("{text}");
}
