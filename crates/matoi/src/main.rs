//! Matoi (纏): one self-hosted program in which an organisation builds, runs and evaluates its cyber defence centre.

use std::process::ExitCode;

fn main() -> ExitCode {
    matoi::cli::main()
}
