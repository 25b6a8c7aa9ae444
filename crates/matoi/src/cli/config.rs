//! `matoi config`.

use clap::{Args, Subcommand};
use serde_json::json;

use super::{Global, load};
use crate::config::{Config, example, show};
use crate::failure::Outcome;
use crate::output::{self, Output};

/// Check and show the configuration
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matoi --config /etc/matoi/matoi.toml config check
  matoi config show
  matoi config show --example > matoi.toml")]
pub(super) struct ConfigCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Say what is wrong with the configuration and the files it names, with file and line (exit code 2), or that
    /// nothing is
    Check,
    /// Show every setting with its value and where it comes from; secrets are masked
    Show {
        /// Show a commented example file instead
        #[arg(long)]
        example: bool,
    },
}

impl ConfigCommand {
    pub(super) fn run(self, global: &Global, output: Output) -> Outcome {
        if let What::Show { example: true } = self.what {
            output::to_stdout(&example::example());
            return Ok(());
        }
        let (effective, mut problems) = load(global, Vec::new());
        if matches!(self.what, What::Check) {
            problems.extend(Config::misfits(&effective));
        }
        if !problems.is_empty() {
            return Err(problems.into());
        }
        match self.what {
            What::Show { .. } => output.result(|| show::as_text(&effective), || show::as_json(&effective)),
            What::Check => {
                let warnings = &effective.warnings;
                output.result(
                    || {
                        let said = warnings.iter().map(|warning| format!("warning: {warning}\n"));
                        said.chain(["the configuration is right\n".to_owned()]).collect()
                    },
                    || {
                        let warnings: Vec<_> = warnings
                            .iter()
                            .map(|warning| json!({"place": warning.place, "message": warning.message}))
                            .collect();
                        json!({"valid": true, "warnings": warnings})
                    },
                );
            }
        }
        Ok(())
    }
}
