//! The OpenAPI document is written by the test that compares it, so that there is one way to make it.

use std::path::Path;
use std::process::{Command, ExitCode};

use crate::finding::say;

/// Runs that test in the mode that writes.
pub(crate) fn write(root: &Path) -> ExitCode {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(root)
        .args([
            "test",
            "--package",
            "matoi-web",
            "--test",
            "it",
            "openapi::the_document",
        ])
        .env("MATOI_UPDATE_SNAPSHOTS", "1")
        .status();
    match status {
        Ok(status) if status.success() => {
            say("docs/openapi.json is what the routes say: look at the difference before you commit it");
            ExitCode::SUCCESS
        }
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("cargo cannot be run: {error}"));
            ExitCode::FAILURE
        }
    }
}
