//! `matoi backup`.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use clap::Args;
use matoi_types::Timestamp;
use serde_json::json;

use super::Context;
use crate::backup::{Label, Sums, write};
use crate::config::units::show_size;
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::Installation;
use crate::output::to_stderr;

/// Copy everything into one encrypted file, also while the server runs
#[derive(Debug, Args)]
#[command(after_help = "\
The file holds the database, every stored file and the recovery file; it is encrypted under the master key. With the recovery
key it is all that is needed to restore on another machine. The configuration and its secrets are not in it.
A stored file that is missing or damaged is left out and named, and the exit code is 5; the rest of the backup is good.

Examples:
  matoi backup /var/backups/matoi/          (a new file, named by the time)
  matoi backup - | ssh backup.example 'cat > matoi.backup'")]
pub(super) struct Backup {
    /// The file, which must not exist; a directory, for a new file in it; `-` for standard output
    #[arg(value_name = "FILE")]
    to: PathBuf,
}

impl Backup {
    pub(super) async fn run(self, context: Context) -> Outcome {
        let installation = context.open().await?;
        let (place, sums) = if self.to == Path::new("-") {
            let (_, _, sums) = write::write(&installation, &context.config, std::io::stdout()).await?;
            ("-".to_owned(), sums)
        } else {
            let file = if self.to.is_dir() {
                self.to.join(name(installation.store.now()))
            } else {
                self.to
            };
            let (_, sums) = into_file(&installation, &context, &file).await?;
            (file.display().to_string(), sums)
        };
        installation.close().await;
        say(&context, &place, &sums);
        if sums.broken.is_empty() {
            return Ok(());
        }
        Err(Failure::told(
            Exit::Faults,
            format!(
                "{} stored files are missing or damaged and not in the backup; the rest of it is good",
                sums.broken.len()
            ),
        ))
    }
}

/// `matoi-20261120T031200Z.backup`
fn name(now: Timestamp) -> String {
    let now = now.to_string();
    let seconds = now.split('.').next().unwrap_or(&now).trim_end_matches('Z');
    let plain: String = seconds
        .chars()
        .filter(|c| c.is_ascii_digit() || *c == 'T')
        .collect();
    format!("matoi-{plain}Z.backup")
}

/// Writes under another name first: a file with the name of a backup is a whole one.
async fn into_file(installation: &Installation, context: &Context, file: &Path) -> Outcome<(Label, Sums)> {
    let failed = |error: &std::io::Error| Failure::of(format!("{} cannot be written", file.display()), error);
    if file.exists() {
        return Err(Failure::told(
            Exit::Refused,
            format!("{} exists already", file.display()),
        ));
    }
    let folder = match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(no_folder(folder));
    }
    let mut partial = file.as_os_str().to_owned();
    partial.push(".partial");
    let partial = PathBuf::from(partial);
    let sink = {
        use std::os::unix::fs::OpenOptionsExt as _;
        File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&partial)
            .map_err(|error| Failure::of(format!("{} cannot be made", partial.display()), &error))?
    };
    let written = async {
        let sink = BufWriter::with_capacity(1 << 20, sink);
        let (mut sink, label, sums) = write::write(installation, &context.config, sink).await?;
        sink.flush().map_err(|error| failed(&error))?;
        let sink = sink.into_inner().map_err(|error| failed(error.error()))?;
        sink.sync_all().map_err(|error| failed(&error))?;
        std::fs::hard_link(&partial, file).map_err(|error| failed(&error))?;
        File::open(folder)
            .and_then(|directory| directory.sync_all())
            .map_err(|error| failed(&error))?;
        Ok((label, sums))
    }
    .await;
    let _ = std::fs::remove_file(&partial);
    written
}

fn no_folder(folder: &Path) -> Failure {
    let (is, what) = if folder.exists() {
        ("is no directory", "name another")
    } else {
        (
            "does not exist",
            "make it (it should lie on another disk than the data), or name another",
        )
    };
    Failure::told(
        Exit::NotFound,
        format!(
            "the backup cannot be written: the directory {} {is}; {what}",
            folder.display()
        ),
    )
}

fn say(context: &Context, place: &str, sums: &Sums) {
    let text = || {
        let mut text = format!(
            "backup    {place}\nrows      {} in {} tables\nfiles     {} ({})\n",
            sums.all_rows(),
            sums.rows.len(),
            sums.files,
            show_size(sums.file_bytes)
        );
        for (id, why) in &sums.broken {
            text.push_str(&format!("BROKEN    {id}: {why}\n"));
        }
        text
    };
    let json = || {
        json!({
            "backup": place,
            "rows": sums.all_rows(),
            "tables": sums.rows.len(),
            "files": sums.files,
            "file_bytes": sums.file_bytes,
            "deleted_meanwhile": sums.deleted_meanwhile,
            "broken": sums.broken,
        })
    };
    if place != "-" {
        return context.output.result(text, json);
    }
    // Standard output has the backup itself.
    match context.output.format {
        crate::output::Format::Text => to_stderr(&text()),
        crate::output::Format::Json => to_stderr(&format!("{}\n", json())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_the_time_in_an_order_that_sorts() {
        let at: Timestamp = "2026-11-20T03:12:00.123456Z".parse().unwrap();
        assert_eq!(name(at), "matoi-20261120T031200Z.backup");
    }
}
