//! `matoi completion`.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;
use crate::failure::Outcome;
use crate::output;

/// Write a script that completes this command line in a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matoi completion bash > /etc/bash_completion.d/matoi
  matoi completion zsh > \"${fpath[1]}/_matoi\"
  matoi completion fish > ~/.config/fish/completions/matoi.fish")]
pub(super) struct Completion {
    /// Which shell
    #[arg(value_parser = clap::builder::EnumValueParser::<Shell>::new())]
    shell: Shell,
}

impl Completion {
    pub(super) fn run(self) -> Outcome {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "matoi", &mut script);
        output::to_stdout(&String::from_utf8_lossy(&script));
        Ok(())
    }
}
