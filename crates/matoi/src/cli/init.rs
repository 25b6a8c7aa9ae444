//! `matoi init`.

use std::path::PathBuf;

use clap::Args;
use matoi_core::identity::password::Passwords;
use matoi_core::identity::setup::{self, SetupInput};
use matoi_core::organisation::OrganisationInput;
use serde_json::json;

use super::{Context, read_input, read_secret};
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
    /// under \"organisation\")
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
        let unattended = self.unattended()?;
        let _lock = DirectoryLock::alone(&config.data_dir)?;
        let installation = Installation::open(config, Purpose::Make).await?;
        installation.blobs(config)?;
        let store = &installation.store;
        let mut tx = store.write(&store.system("set-up")).await?;
        let secret = setup::issue_link(&mut tx).await?.unwrap_or_default();
        tx.commit().await?;
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

    fn unattended(&self) -> Outcome<Option<SetupInput>> {
        let (Some(file), Some(login)) = (&self.organisation_file, &self.admin_login) else {
            return Ok(None);
        };
        let bytes = read_input(file, 1 << 20)?;
        let wrong = |error: serde_json::Error| {
            Failure::told(Exit::Refused, format!("{} is not right: {error}", file.display()))
        };
        let mut json: serde_json::Value = serde_json::from_slice(&bytes).map_err(wrong)?;
        if let Some(inner) = json.get_mut("organisation") {
            json = inner.take();
        }
        let organisation: OrganisationInput = serde_json::from_value(json).map_err(wrong)?;
        let Some(password) = read_secret(self.admin_password_file.as_deref(), "MATOI_PASSWORD")? else {
            return Err(Failure::told(
                Exit::Usage,
                "a password is missing: name its file with --admin-password-file, or set MATOI_PASSWORD",
            ));
        };
        Ok(Some(SetupInput {
            organisation,
            login: login.clone(),
            name: self.admin_name.clone().unwrap_or_else(|| login.clone()),
            mail: self.admin_mail.clone(),
            password: password.to_string(),
        }))
    }
}
