//! `matoi audit`.

use std::io::Write as _;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use matoi_core::audit::{Verification, service};
use serde_json::json;

use super::Context;
use super::user::OPERATOR;
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::Installation;

/// Verify and export the audit log
#[derive(Debug, Args)]
#[command(after_help = "\
Works beside a running server. What was written within the last second may not be sealed yet; verify says how much.
An export verifies without this program: docs/audit-chain.md tells how.

Examples:
  matoi audit verify
  matoi audit export --output audit.jsonl")]
pub(super) struct AuditCommand {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Recompute every digest, link and signature; exit code 5 when something is wrong
    Verify,
    /// Write the chain, one JSON object a line
    Export {
        /// The file to write, which must not exist; standard output when not given
        #[arg(long, value_name = "FILE")]
        output: Option<PathBuf>,
    },
}

impl AuditCommand {
    pub(super) async fn run(self, context: Context) -> Outcome {
        let installation = context.open().await?;
        match self.what {
            What::Verify => verify(&installation, &context).await?,
            What::Export { output } => export(&installation, &context, output).await?,
        }
        installation.close().await;
        Ok(())
    }
}

async fn verify(installation: &Installation, context: &Context) -> Outcome {
    let store = &installation.store;
    let mut tx = store.snapshot(&store.system(OPERATOR)).await?;
    let found = service::verify(&mut tx).await?;
    context.output.result(
        || as_text(&found),
        || {
            let mut json = json!(found);
            if let Some(object) = json.as_object_mut() {
                object.insert("intact".to_owned(), found.is_intact().into());
            }
            json
        },
    );
    if found.is_intact() {
        return Ok(());
    }
    Err(Failure::told(
        Exit::Faults,
        format!("the audit log is not intact: {} faults", found.faults.len()),
    ))
}

fn as_text(found: &Verification) -> String {
    use std::fmt::Write as _;
    let mut text = format!(
        "rows      {} verified, {} of them with erased details\nseals     {} verified\nhead      {}\n",
        found.verified, found.erased, found.seals, found.head
    );
    if let Some(at) = found.sealed_at {
        let _ = writeln!(text, "sealed    {at}");
    }
    let _ = match found.oldest_unsealed {
        Some(at) => writeln!(text, "unsealed  {}, the oldest of {at}", found.unsealed),
        None => writeln!(text, "unsealed  0"),
    };
    for fault in &found.faults {
        let _ = writeln!(text, "FAULT     row {}: {}", fault.seq, fault.kind);
    }
    let _ = writeln!(
        text,
        "{}",
        if found.is_intact() { "intact" } else { "NOT INTACT" }
    );
    text
}

async fn export(installation: &Installation, context: &Context, output: Option<PathBuf>) -> Outcome {
    let failed = |error: &std::io::Error| Failure::of("the export cannot be written", error);
    let mut writer: Box<dyn std::io::Write + Send> = match &output {
        Some(path) => {
            let file = std::fs::File::create_new(path)
                .map_err(|error| Failure::of(format!("{} cannot be made", path.display()), &error))?;
            Box::new(std::io::BufWriter::new(file))
        }
        None => Box::new(std::io::BufWriter::new(std::io::stdout())),
    };
    let store = &installation.store;
    let mut tx = store.snapshot(&store.system(OPERATOR)).await?;
    let (mut at, mut lines) = (0, 0_u64);
    loop {
        let batch = service::export(&mut tx, at).await?;
        let Some(last) = batch.last() else { break };
        at = last.0;
        for (_, line) in &batch {
            writeln!(writer, "{line}").map_err(|error| failed(&error))?;
            lines += 1;
        }
    }
    writer.flush().map_err(|error| failed(&error))?;
    if let Some(path) = output {
        context.output.result(
            || format!("{lines} lines in {}\n", path.display()),
            || json!({"lines": lines, "file": path.display().to_string()}),
        );
    }
    Ok(())
}
