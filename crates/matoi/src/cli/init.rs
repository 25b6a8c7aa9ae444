//! `matoi init`.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Args;
use matoi_core::Error;
use matoi_core::identity::password::Passwords;
use matoi_core::identity::setup::{self, SetupInput};
use matoi_core::kernel::FieldError;
use matoi_core::kernel::words::Words;
use matoi_core::organisation::OrganisationInput;
use matoi_db::DbUrl;
use matoi_types::Lang;
use matoi_web::http::unread::{self, Unread};
use serde::Deserialize;
use serde_json::json;

use super::{Context, read_input, read_secret};
use crate::config::{Config, Problem};
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::{DirectoryLock, Installation, Purpose};

/// Make an installation: data directory, keys, database
#[derive(Debug, Args)]
#[command(after_help = "\
Shows the recovery key once: write it down, it brings the keys back when the key file is lost. Then finish the set-up in
a browser through the link that is shown, or at once with the flags below. An existing installation is refused.

Examples:
  matoi --data-dir /var/lib/matoi init
  MATOI_PASSWORD=… matoi init --organisation-file organisation.json --admin-login takahashi --admin-name '高橋 健'")]
pub(super) struct Init {
    /// Set up without a browser: a JSON file with the organisation, as PUT /api/v1/organisation takes it (or that object
    /// under "organisation")
    #[arg(long, value_name = "FILE", requires = "admin_login")]
    organisation_file: Option<PathBuf>,
    /// The first administrator's name to sign in with
    #[arg(long, value_name = "LOGIN", requires = "organisation_file")]
    admin_login: Option<String>,
    /// The first administrator's name to show; the login when not given
    #[arg(long, value_name = "NAME")]
    admin_name: Option<String>,
    /// The first administrator's mail address
    #[arg(long, value_name = "ADDRESS", default_value = "")]
    admin_mail: String,
    /// A file with the first administrator's password; MATOI_PASSWORD in the environment when not given
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
}

impl Init {
    pub(super) async fn run(self, context: Context) -> Outcome {
        let (config, output) = (&context.config, context.output);
        // What is wrong with the input is said before anything is made.
        let unattended = self.unattended(output.lang)?;
        let missing_data = missing(&config.data_dir);
        let _lock = DirectoryLock::alone(&config.data_dir)?;
        let before = Before::look(config, missing_data);
        let made = make(config).await;
        if made.is_err() {
            before.restore(config);
        }
        let (installation, secret) = made?;
        let store = &installation.store;
        let recovery_key = installation
            .new_recovery_key
            .as_ref()
            .map_or(String::new(), |key| key.to_string());
        let link = format!("{}/setup/{secret}", config.public_url(config.server.listen));
        // The recovery key is said before anything more can fail: it cannot be shown again.
        let place = config.data_dir.display().to_string();
        let key_file = config.key_file.display().to_string();
        let set_up = match unattended {
            None => Ok(false),
            Some(input) => setup::complete(store, &Passwords::new(1), &secret, input)
                .await
                .map(|()| true),
        };
        let link = (!matches!(set_up, Ok(true))).then_some(link);
        output.result(
            || {
                let mut text = output.word("cli-made", &[("place", &place), ("key", &key_file)]);
                text.push_str("\n\n");
                text.push_str(&output.word("cli-recovery-key", &[]));
                text.push_str(&format!("\n  {recovery_key}\n"));
                if let Some(link) = &link {
                    text.push_str(&format!("\n{}\n  {link}\n", output.word("cli-setup-link", &[])));
                }
                text
            },
            || {
                json!({
                    "data_dir": place,
                    "key_file": key_file,
                    "recovery_key": recovery_key,
                    "setup_link": link,
                })
            },
        );
        installation.close().await;
        set_up.map(|_| ()).map_err(Failure::from)
    }

    /// What the set-up needs, checked as far as it can be without an installation.
    fn unattended(&self, lang: Lang) -> Outcome<Option<SetupInput>> {
        let (Some(file), Some(login)) = (&self.organisation_file, &self.admin_login) else {
            return Ok(None);
        };
        let bytes = read_input(file, 1 << 20)?;
        let (organisation, prefix) = read_organisation(&bytes).map_err(|unread| {
            let place = format!("{}:{}:{}", file.display(), unread.line, unread.column);
            Failure::Input(vec![problem(&place, &unread.field, lang)])
        })?;
        let Some(password) = read_secret(self.admin_password_file.as_deref(), "MATOI_PASSWORD")? else {
            return Err(Failure::told(
                Exit::Usage,
                "a password is missing: name its file with --admin-password-file, or set MATOI_PASSWORD",
            ));
        };
        let input = SetupInput {
            organisation,
            login: login.clone(),
            name: self.admin_name.clone().unwrap_or_else(|| login.clone()),
            mail: self.admin_mail.clone(),
            password: password.to_string(),
        };
        match setup::check(&input) {
            Ok(()) => Ok(Some(input)),
            Err(Error::Invalid(fields)) => Err(Failure::Input(
                fields
                    .into_iter()
                    .map(|field| self.at_its_flag(field, file, prefix, lang))
                    .collect(),
            )),
            Err(error) => Err(error.into()),
        }
    }

    /// A field of the set-up, named as it was given here.
    fn at_its_flag(&self, field: FieldError, file: &Path, prefix: &str, lang: Lang) -> Problem {
        if let Some(within) = field.pointer.strip_prefix("/organisation") {
            let pointer = format!("{prefix}{within}");
            return problem(
                &file.display().to_string(),
                &FieldError::new(pointer, field.message),
                lang,
            );
        }
        let place = match (field.pointer.as_str(), &self.admin_password_file) {
            ("/login", _) => "--admin-login".to_owned(),
            ("/name", _) if self.admin_name.is_none() => "--admin-login".to_owned(),
            ("/name", _) => "--admin-name".to_owned(),
            ("/mail", _) => "--admin-mail".to_owned(),
            ("/password", Some(file)) => file.display().to_string(),
            ("/password", None) => "MATOI_PASSWORD".to_owned(),
            (pointer, _) => pointer.to_owned(),
        };
        problem(&place, &FieldError::new("", field.message), lang)
    }
}

/// Makes keys, database and the place for files, and issues the link of the set-up.
async fn make(config: &Config) -> Outcome<(Installation, String)> {
    let installation = Installation::open(config, Purpose::Make).await?;
    installation.blobs(config)?;
    let store = &installation.store;
    let mut tx = store.write(&store.system("set-up")).await?;
    let secret = setup::issue_link(&mut tx).await?.unwrap_or_default();
    tx.commit().await?;
    Ok((installation, secret))
}

/// The organisation in a file, and the pointer to where it stands there.
fn read_organisation(bytes: &[u8]) -> Result<(OrganisationInput, &'static str), Unread> {
    #[derive(Deserialize)]
    struct Around {
        organisation: OrganisationInput,
    }
    let json: serde_json::Value = unread::json(bytes)?;
    if json.get("organisation").is_some() {
        return unread::json::<Around>(bytes).map(|around| (around.organisation, "/organisation"));
    }
    unread::json(bytes).map(|organisation| (organisation, ""))
}

fn problem(place: &str, field: &FieldError, lang: Lang) -> Problem {
    let place = format!("{place} {}", field.pointer);
    Problem::new(place.trim_end(), Words::get().say(lang, &field.message))
}

/// What lay there before, so that an attempt that failed leaves nothing behind that would be in the way of the next.
struct Before {
    /// The topmost directory that was missing on the way to the data directory; none when that was there.
    missing_data: Option<PathBuf>,
    /// The same for the directory of the key file.
    missing_keys: Option<PathBuf>,
    /// The names in the data directory.
    names: BTreeSet<OsString>,
    has_key: bool,
    has_database: bool,
}

impl Before {
    /// Looks once the directory is ours alone: what another process made in the meantime is not taken back.
    fn look(config: &Config, missing_data: Option<PathBuf>) -> Self {
        let names = std::fs::read_dir(&config.data_dir).into_iter().flatten();
        let names: BTreeSet<_> = names.flatten().map(|entry| entry.file_name()).collect();
        Self {
            missing_data: missing_data.filter(|_| names.len() <= 1),
            missing_keys: config.key_file.parent().and_then(missing),
            names,
            has_key: config.key_file.exists(),
            has_database: database_inside(config).is_some_and(|path| path.exists()),
        }
    }

    /// Takes back what was made since. Best effort: the failure that led here is what is told.
    fn restore(&self, config: &Config) {
        let made_key = !self.has_key && config.key_file.exists();
        // A database elsewhere may hold what belongs to the new key already; and what was there is not ours.
        if self.has_database || made_key && database_inside(config).is_none() {
            return;
        }
        if made_key {
            let _ = std::fs::remove_file(&config.key_file);
        }
        if let Some(directory) = &self.missing_data {
            let _ = std::fs::remove_dir_all(directory);
        } else {
            let now = std::fs::read_dir(&config.data_dir).into_iter().flatten();
            for entry in now
                .flatten()
                .filter(|entry| !self.names.contains(&entry.file_name()))
            {
                let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
                let _ = if is_directory {
                    std::fs::remove_dir_all(entry.path())
                } else {
                    std::fs::remove_file(entry.path())
                };
            }
        }
        if let Some(top) = &self.missing_keys {
            // Only what is empty: nobody else's keys go with ours.
            let made = config.key_file.ancestors().skip(1);
            for directory in made.take_while(|directory| directory.starts_with(top)) {
                let _ = std::fs::remove_dir(directory);
            }
        }
    }
}

/// The SQLite file, when it lies in the data directory.
fn database_inside(config: &Config) -> Option<&Path> {
    match &config.database.url {
        DbUrl::Sqlite(path) => Some(path.as_path()).filter(|path| path.starts_with(&config.data_dir)),
        DbUrl::Postgres(_) => None,
    }
}

/// The topmost directory on the way to this one that is missing.
fn missing(directory: &Path) -> Option<PathBuf> {
    directory
        .ancestors()
        .take_while(|path| !path.as_os_str().is_empty() && !path.exists())
        .last()
        .map(Path::to_owned)
}
