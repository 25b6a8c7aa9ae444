//! `matoi serve`.

use clap::Args;

use super::Context;
use crate::config::FlagValue;
use crate::failure::Outcome;

/// Start the server
#[derive(Debug, Args)]
#[command(after_help = "\
Makes what is missing (data directory, keys, database), brings the schema up to date, and prints one address when it is
ready. While nobody has set it up, it prints a set-up link that works once. SIGTERM and SIGINT stop it gracefully, SIGHUP
reads the TLS certificate again.

Examples:
  matoi serve
  matoi serve --listen 127.0.0.1:9000 --data-dir /tmp/try
  matoi --config /etc/matoi/matoi.toml serve")]
pub(super) struct Serve {
    /// The address to listen on (setting server.listen)
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// The address that users use (setting server.public_url)
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// The path below which everything lies (setting server.base_path)
    #[arg(long, value_name = "PATH")]
    base_path: Option<String>,
}

impl Serve {
    /// The settings that were given as flags.
    pub(super) fn flags(&self) -> Vec<FlagValue> {
        [
            ("server.listen", "--listen", &self.listen),
            ("server.public_url", "--public-url", &self.public_url),
            ("server.base_path", "--base-path", &self.base_path),
        ]
        .into_iter()
        .filter_map(|(path, flag, text)| {
            Some(FlagValue {
                path: path.to_owned(),
                text: text.clone()?,
                flag: flag.to_owned(),
            })
        })
        .collect()
    }

    pub(super) async fn run(self, context: Context) -> Outcome {
        crate::serve::run(context.config, context.output).await
    }
}
