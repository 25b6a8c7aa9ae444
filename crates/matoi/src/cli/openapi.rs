//! `matoi openapi`.

use clap::Args;

use crate::failure::{Exit, Failure, Outcome};
use crate::output;

/// Write the OpenAPI document of the API
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  matoi openapi > openapi.json")]
pub(super) struct Openapi {}

impl Openapi {
    pub(super) fn run(self) -> Outcome {
        let document = matoi_web::openapi().to_pretty_json().map_err(|error| {
            Failure::told(Exit::Failed, format!("the document cannot be written: {error}"))
        })?;
        output::to_stdout(&format!("{document}\n"));
        Ok(())
    }
}
