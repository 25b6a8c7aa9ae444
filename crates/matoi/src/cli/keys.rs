//! `matoi keys`: the master key, its rotation, and its way back from the recovery key.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use matoi_blob::keys::{KeyError, KeyPlaces, MasterKey, MasterKeys, RecoveryKey};
use matoi_blob::store::{BlobStore, Rewrap};
use matoi_core::kernel::Change;
use matoi_core::{Store, upkeep};
use matoi_db::DbUrl;
use serde_json::json;

use super::user::OPERATOR;
use super::{Context, read_secret};
use crate::failure::{Exit, Failure, Outcome, causes};
use crate::installation::{DirectoryLock, Installation, Purpose, key_failure, key_places};
use crate::output::to_stderr;

/// Look after the master key
#[derive(Debug, Args)]
#[command(after_help = "\
The recovery key is the one that was shown when the installation was made, or at the last rotation that made a new one.
It is read from --recovery-key-file, from MATOI_RECOVERY_KEY, or typed when asked.

Examples:
  matoi keys status --scan
  matoi keys rotate                        (stop the server first)
  matoi keys recover --recovery-key-file /media/usb/recovery-key")]
pub(super) struct KeysCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say which keys there are, and whether a rotation is unfinished
    Status {
        /// Count stored files by the key they are under
        #[arg(long)]
        scan: bool,
    },
    /// Make a new master key, and move every file and secret under it; the server must be stopped
    Rotate {
        #[command(flatten)]
        recovery: Recovery,
        /// Finish a rotation that was interrupted, with the key it made
        #[arg(long)]
        finish: bool,
    },
    /// Write a lost key file again, from the recovery file in the data directory and the recovery key
    Recover {
        #[command(flatten)]
        recovery: Recovery,
    },
}

#[derive(Debug, Args)]
pub(super) struct Recovery {
    /// A file with the recovery key, `-` for standard input
    #[arg(long, value_name = "FILE")]
    recovery_key_file: Option<PathBuf>,
}

impl Recovery {
    fn read(&self) -> Outcome<Option<RecoveryKey>> {
        let Some(text) = read_secret(self.recovery_key_file.as_deref(), "MATOI_RECOVERY_KEY")? else {
            return Ok(None);
        };
        parse(&text).map(Some)
    }

    pub(super) fn read_or_ask(&self) -> Outcome<RecoveryKey> {
        if let Some(key) = self.read()? {
            return Ok(key);
        }
        if !std::io::stdin().is_terminal() {
            return Err(Failure::told(
                Exit::Usage,
                "the recovery key is missing: name its file with --recovery-key-file, or set MATOI_RECOVERY_KEY",
            ));
        }
        to_stderr("recovery key: ");
        let mut line = zeroize::Zeroizing::new(String::new());
        std::io::stdin()
            .read_line(&mut line)
            .map_err(|error| Failure::of("the recovery key cannot be read", &error))?;
        parse(&line)
    }
}

fn parse(text: &str) -> Outcome<RecoveryKey> {
    RecoveryKey::parse(text.trim()).map_err(|error| Failure::told(Exit::Refused, causes(&error)))
}

impl KeysCommand {
    pub(super) async fn run(self, context: Context) -> Outcome {
        match self.what {
            What::Status { scan } => status(&context, scan).await,
            What::Rotate { recovery, finish } => rotate(&context, &recovery, finish).await,
            What::Recover { recovery } => recover(&context, &recovery),
        }
    }
}

/// The keys that are there. Where they are missing, it is said what else is there and what to do, as other commands do.
async fn read_keys(context: &Context, places: &KeyPlaces) -> Outcome<MasterKeys> {
    match places.read() {
        Err(error @ KeyError::Missing { .. }) => {
            Err(context.open().await.err().unwrap_or_else(|| key_failure(error)))
        }
        read => read.map_err(key_failure),
    }
}

async fn status(context: &Context, scan: bool) -> Outcome {
    let places = key_places(&context.config);
    let keys = read_keys(context, &places).await?;
    let current = keys.current().id().to_string();
    let earlier: Vec<_> = keys.previous().iter().map(|key| key.id().to_string()).collect();
    let has_recovery_file = places.has_recovery_file().map_err(key_failure)?;
    let files = if scan {
        let installation = context.open().await?;
        let blobs = installation.blobs(&context.config)?;
        let counts = blobs
            .run(count_by_key)
            .await
            .map_err(|error| Failure::of("the files cannot be listed", &error))?;
        installation.close().await;
        Some(counts)
    } else {
        None
    };
    context.output.result(
        || {
            let mut text = format!(
                "key file       {}\ncurrent key    {current}\nearlier keys   {}\nrecovery file  {}\n",
                places.key_file().display(),
                if earlier.is_empty() {
                    "none".to_owned()
                } else {
                    format!(
                        "{}: a rotation is unfinished (matoi keys rotate --finish)",
                        earlier.join(", ")
                    )
                },
                if has_recovery_file {
                    places.recovery_file().display().to_string()
                } else {
                    "missing: matoi keys rotate makes one".to_owned()
                },
            );
            for (key, count) in files.iter().flatten() {
                text.push_str(&format!("files          {count} under {key}\n"));
            }
            text
        },
        || {
            json!({
                "key_file": places.key_file().display().to_string(),
                "current": current,
                "earlier": earlier,
                "recovery_file": has_recovery_file,
                "files": files,
            })
        },
    );
    Ok(())
}

fn count_by_key(store: &BlobStore) -> Result<BTreeMap<String, u64>, matoi_blob::BlobError> {
    let mut counts = BTreeMap::new();
    for id in store.list() {
        let key = match store.stat(id?) {
            Ok(Some(stat)) => stat.key_id.to_string(),
            Ok(None) => continue,
            Err(_) => "(does not open)".to_owned(),
        };
        *counts.entry(key).or_default() += 1;
    }
    Ok(counts)
}

fn recover(context: &Context, recovery: &Recovery) -> Outcome {
    let places = key_places(&context.config);
    // Before anybody types it: what cannot be done is said first.
    if places.key_file().exists() {
        return Err(Failure::told(
            Exit::Refused,
            format!(
                "there is a key file at {}; move it away if it is not the right one",
                places.key_file().display()
            ),
        ));
    }
    if !places.has_recovery_file().map_err(key_failure)? {
        return Err(Failure::told(
            Exit::NotFound,
            format!(
                "there is no {}: it lies in the data directory, and in every backup",
                places.recovery_file().display()
            ),
        ));
    }
    let keys = places
        .rebuild_key_file(&recovery.read_or_ask()?)
        .map_err(key_failure)?;
    let current = keys.current().id().to_string();
    context.output.result(
        || format!("wrote {} with key {current}\n", places.key_file().display()),
        || json!({"key_file": places.key_file().display().to_string(), "current": current}),
    );
    Ok(())
}

async fn rotate(context: &Context, recovery: &Recovery, finish: bool) -> Outcome {
    let config = &context.config;
    // Before the lock, which would make the directory of an installation that there is not.
    read_keys(context, &key_places(config)).await?;
    let _lock = DirectoryLock::alone(&config.data_dir)?;
    let installation = context.open().await?;
    require_no_server(&installation.store, &config.database.url).await?;
    let places = key_places(config);
    let before = places.read().map_err(key_failure)?;
    if before.previous().is_empty() == finish {
        return Err(Failure::told(
            Exit::Refused,
            if finish {
                "no rotation is unfinished"
            } else {
                "a rotation is unfinished: finish it first with `matoi keys rotate --finish`"
            },
        ));
    }
    let recovery_key = recovery_key(context, recovery, &places)?;
    let random = matoi_blob::SystemRandom;
    let keys = if finish {
        before
    } else {
        let fresh =
            MasterKey::generate(&random).map_err(|error| Failure::of("a key cannot be made", &error))?;
        before.rotated(fresh)
    };
    places
        .replace(&random, &keys, &recovery_key)
        .map_err(key_failure)?;
    installation.close().await;

    // From here on with the new key; the earlier ones stay in the file until nothing is under them.
    let installation = Installation::open(config, Purpose::Use).await?;
    let (files, rewrapped) = rewrap_files(context, &installation).await?;
    let secrets = reseal(&installation.store, &keys).await?;
    places
        .replace(&random, &keys.without_previous(), &recovery_key)
        .map_err(key_failure)?;
    installation.close().await;
    let current = keys.current().id().to_string();
    context.output.event(
        || format!("key {current} is in force: {rewrapped} of {files} files and {secrets} secrets were moved under it\n"),
        || json!({"current": current, "files": files, "rewrapped": rewrapped, "secrets": secrets}),
    );
    Ok(())
}

/// The recovery key that will open the new recovery file: the old one, proved to be it, or a new one, shown first.
fn recovery_key(context: &Context, recovery: &Recovery, places: &KeyPlaces) -> Outcome<RecoveryKey> {
    if let Some(key) = recovery.read()? {
        if places.has_recovery_file().map_err(key_failure)? {
            places.open_recovery_file(&key).map_err(key_failure)?;
        }
        return Ok(key);
    }
    let key = RecoveryKey::generate(&matoi_blob::SystemRandom)
        .map_err(|error| Failure::of("a recovery key cannot be made", &error))?;
    let written = key.to_written_form();
    let output = context.output;
    output.event(
        || format!("{}\n  {}\n\n", output.word("cli-new-recovery-key", &[]), *written),
        || json!({"recovery_key": *written}),
    );
    Ok(key)
}

/// On SQLite the lock of the directory is enough. Servers on one PostgreSQL each have a directory of their own.
async fn require_no_server(store: &Store, url: &DbUrl) -> Outcome {
    if matches!(url, DbUrl::Sqlite(_)) {
        return Ok(());
    }
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    if crate::duties::is_somebody_serving(&mut tx).await? {
        return Err(Failure::told(
            Exit::Refused,
            "a server runs on this database: stop every node first, and wait two minutes",
        ));
    }
    Ok(())
}

async fn rewrap_files(context: &Context, installation: &Installation) -> Outcome<(u64, u64)> {
    let blobs = installation.blobs(&context.config)?;
    let rewrap = |store: &BlobStore| {
        let (mut files, mut rewrapped) = (0_u64, 0_u64);
        let mut broken = Vec::new();
        for id in store.list() {
            let id = id?;
            match store.rewrap(id) {
                Ok(done) => {
                    files += 1;
                    rewrapped += u64::from(matches!(done, Some(Rewrap::Done)));
                }
                Err(error) => broken.push(format!("{id}: {}", causes(&error))),
            }
        }
        Ok::<_, matoi_blob::BlobError>((files, rewrapped, broken))
    };
    let (files, rewrapped, broken) = blobs
        .run(rewrap)
        .await
        .map_err(|error| Failure::of("the files cannot be moved under the new key", &error))?;
    if broken.is_empty() {
        return Ok((files, rewrapped));
    }
    for line in &broken {
        to_stderr(&format!("matoi: {line}\n"));
    }
    Err(Failure::told(
        Exit::Faults,
        format!(
            "{} of {} files do not open; the earlier key is kept. Restore them or delete them, then `matoi keys rotate --finish`",
            broken.len(),
            files + broken.len() as u64
        ),
    ))
}

async fn reseal(store: &Store, keys: &MasterKeys) -> Outcome<u64> {
    let mut tx = store.write(&store.system(OPERATOR)).await?;
    let secrets = upkeep::reseal_secrets(&mut tx).await?;
    let current = keys.current().id().to_string();
    let change = Change::named("keys.rotate", "master_key", current).set("secrets", secrets);
    tx.record(change).await?;
    tx.commit().await?;
    Ok(secrets)
}
