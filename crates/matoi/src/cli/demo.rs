//! `matoi demo`.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::{Context, Global};
use crate::demo::{self, PASSWORD, Program, Samples, Shown};
use crate::failure::{Exit, Failure, Outcome};
use crate::output::table;

/// Show the program at work: a sample organisation, real input, an incident from report to closing
#[derive(Debug, Args)]
#[command(after_help = "\
Needs an empty place. Starts a server on it, sets up a sample organisation with an account for every role, takes in mails,
alerts and reports by the doors they come through in production, handles one incident to its end, and then goes on serving
until it is stopped. Everything is done by ordinary accounts; all of them have the same password, which is shown.

Examples:
  matoi --data-dir /tmp/matoi-demo demo
  matoi --data-dir /tmp/matoi-demo demo --samples ../shared/data     (real mails and alerts besides)")]
pub(super) struct Demo {
    /// The address to listen on (server.listen)
    #[arg(long)]
    listen: Option<SocketAddr>,
    /// A directory with more input: mail/*.eml, alerts/*thehive*.json, alerts/*iris*.json, alerts/*webhook-generic*.json
    #[arg(long, value_name = "DIRECTORY", env = "MATOI_SAMPLES")]
    samples: Option<PathBuf>,
    /// Stop when the story is over
    #[arg(long)]
    exit: bool,
}

impl Demo {
    pub(super) async fn run(self, context: Context, global: &Global) -> Outcome {
        let samples = Samples::new(self.samples)?;
        let program = Program::new(global.as_arguments());
        let listen = self.listen.map(|listen| listen.to_string());
        let arguments: Vec<_> = listen
            .iter()
            .flat_map(|listen| ["--listen".into(), listen.into()])
            .collect();
        let serving = program.serve(&arguments).await?;
        let Some(link) = serving.setup_link.clone() else {
            serving.stop().await?;
            return Err(Failure::told(
                Exit::Refused,
                format!(
                    "{} is set up already: give the demonstration an empty place with --data-dir",
                    context.config.data_dir.display()
                ),
            ));
        };
        let output = context.output;
        if let Some(key) = &serving.recovery_key {
            output.event(
                || format!("{}\n  {key}\n\n", output.word("cli-recovery-key", &[])),
                || json!({"event": "recovery_key", "recovery_key": key}),
            );
        }
        let url = serving.url.clone();
        let shown = match Box::pin(demo::play(&program, &url, &link, &samples, output)).await {
            Ok(shown) => shown,
            Err(failure) => {
                serving.stop().await?;
                return Err(failure);
            }
        };
        say(&context, &shown, &url);
        if self.exit {
            return serving.stop().await;
        }
        serving.until_stopped().await
    }
}

fn say(context: &Context, shown: &Shown, url: &str) {
    let output = context.output;
    output.event(
        || {
            let count = |kind: &str| shown.taken_in.get(kind).copied().unwrap_or(0).to_string();
            let mut text = format!(
                "{}\n",
                output.word(
                    "cli-demo-done",
                    &[
                        ("mails", &count("mail")),
                        ("alerts", &count("alert")),
                        ("forms", &count("form")),
                        ("acts", &shown.acts.to_string()),
                    ],
                )
            );
            for line in &shown.not_taken {
                text.push_str(&format!("  ! {line}\n"));
            }
            let rows: Vec<_> = shown
                .accounts
                .iter()
                .map(|(login, name, roles)| vec![login.clone(), name.clone(), roles.clone()])
                .collect();
            text.push_str(&format!("\n{}\n", table(&["LOGIN", "NAME", "ROLES"], &rows)));
            text.push_str(&format!(
                "{}\n",
                output.word("cli-demo-sign-in", &[("password", PASSWORD), ("url", url)])
            ));
            text
        },
        || {
            json!({
                "event": "demo",
                "url": url,
                "password": PASSWORD,
                "accounts": shown.accounts.iter().map(|(login, name, roles)| json!({"login": login, "name": name, "roles": roles})).collect::<Vec<_>>(),
                "taken_in": shown.taken_in,
                "not_taken": shown.not_taken,
                "acts": shown.acts,
            })
        },
    );
}
