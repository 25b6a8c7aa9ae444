//! `matoi restore`.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::Context;
use super::keys::Recovery;
use crate::backup::restore::{self, Opened, Restored};
use crate::config::units::show_size;
use crate::failure::{Exit, Failure, Outcome};

/// Bring a backup back into an empty place, or check that this would work
#[derive(Debug, Args)]
#[command(after_help = "\
The database and the place of the stored files, as the configuration names them, must be empty; they may be of another kind
than those the backup was made from. Every stored file is read to its end and compared with what the database says of it, and
the audit log is verified. Everybody signs in again, and background jobs that were under way wait for a person.
The key is taken from the key file if there is one, otherwise the recovery key is asked for.

Exit code 5 means that something is wrong with the backup. What could not be restored is named; when the backup itself is
damaged or cut short, nothing is restored.

Examples:
  matoi --data-dir /var/lib/matoi restore matoi-20261120T031200Z.backup
  matoi restore --check matoi-20261120T031200Z.backup
  MATOI_DATABASE_URL=postgres://matoi@db.example/matoi matoi restore matoi.backup   (from SQLite to PostgreSQL)")]
pub(super) struct Restore {
    /// The backup, `-` for standard input
    #[arg(value_name = "FILE")]
    from: PathBuf,
    /// Read it to the end and verify everything, but restore nothing
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    recovery: Recovery,
}

impl Restore {
    pub(super) async fn run(self, context: Context) -> Outcome {
        let opened = self.open()?;
        let config = &context.config;
        let recovery = self.recovery;
        let found = if self.check {
            let scratch = Scratch::make()?;
            Box::pin(restore::check(config, opened, &scratch.0, move || {
                recovery.read_or_ask()
            }))
            .await?
        } else {
            Box::pin(restore::restore(config, opened, move || recovery.read_or_ask())).await?
        };
        say(&context, &found, self.check);
        if found.is_whole() {
            return Ok(());
        }
        Err(Failure::told(
            Exit::Faults,
            format!(
                "{}: {} stored files and {} places of the audit log are not as they should be",
                if self.check {
                    "the backup has faults"
                } else {
                    "restored with faults"
                },
                found.file_faults.len(),
                found.audit.faults.len()
            ),
        ))
    }

    fn open(&self) -> Outcome<Opened> {
        if self.from == Path::new("-") {
            return restore::open(std::io::stdin());
        }
        let file = File::open(&self.from)
            .map_err(|error| Failure::of(format!("{} cannot be read", self.from.display()), &error))?;
        restore::open(file)
    }
}

/// A directory that is gone afterwards.
struct Scratch(PathBuf);

impl Scratch {
    fn make() -> Outcome<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        let path = std::env::temp_dir().join(format!("matoi-check-{}", std::process::id()));
        std::fs::DirBuilder::new()
            .mode(0o700)
            .create(&path)
            .map_err(|error| Failure::of(format!("{} cannot be made", path.display()), &error))?;
        Ok(Self(path))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn say(context: &Context, found: &Restored, check: bool) {
    context.output.result(
        || {
            let mut text = format!(
                "state of  {} (Matoi {}, {})\nrows      {} in {} tables\nfiles     {} ({})\naudit     {} rows verified, {} seals, {}\n",
                found.label.made_at,
                found.label.program,
                found.label.database,
                found.sums.all_rows(),
                found.sums.rows.len(),
                found.sums.files,
                show_size(found.sums.file_bytes),
                found.audit.verified,
                found.audit.seals,
                if found.audit.is_intact() { "intact" } else { "NOT INTACT" },
            );
            if found.held_jobs > 0 {
                text.push_str(&format!(
                    "jobs      {} wait to be released (Administration, Background jobs)\n",
                    found.held_jobs
                ));
            }
            for id in &found.sums.deleted_meanwhile {
                text.push_str(&format!("note      file {id} was deleted while the backup was made\n"));
            }
            for (id, why) in &found.file_faults {
                text.push_str(&format!("FAULT     file {id}: {why}\n"));
            }
            for fault in &found.audit.faults {
                text.push_str(&format!("FAULT     audit row {}: {}\n", fault.seq, fault.kind));
            }
            text.push_str(if check {
                "checked; nothing was restored\n"
            } else {
                "restored\n"
            });
            text
        },
        || {
            json!({
                "restored": !check,
                "state_of": found.label.made_at,
                "made_by": found.label.program,
                "made_on": found.label.database,
                "rows": found.sums.all_rows(),
                "tables": found.sums.rows.len(),
                "files": found.sums.files,
                "file_bytes": found.sums.file_bytes,
                "deleted_meanwhile": found.sums.deleted_meanwhile,
                "file_faults": found.file_faults,
                "held_jobs": found.held_jobs,
                "audit": found.audit,
                "whole": found.is_whole(),
            })
        },
    );
}
