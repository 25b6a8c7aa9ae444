//! What a check found, and how it is told.

use std::process::ExitCode;

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The file, relative to the root.
    pub(crate) file: String,
    /// The line, from 1; 0 for the file as a whole.
    pub(crate) line: usize,
    /// What is wrong and what to do.
    pub(crate) text: String,
    /// Whether it only ought to be looked at.
    pub(crate) is_notice: bool,
}

impl Finding {
    /// Something that must be corrected.
    pub(crate) fn new(file: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line,
            text: text.into(),
            is_notice: false,
        }
    }

    /// Something to look at.
    pub(crate) fn notice(file: &str, line: usize, text: impl Into<String>) -> Self {
        Self {
            is_notice: true,
            ..Self::new(file, line, text)
        }
    }
}

/// Tells everything, sorted by place. Fails when anything must be corrected.
pub(crate) fn report(findings: &[Finding]) -> ExitCode {
    let mut sorted: Vec<_> = findings.iter().collect();
    sorted.sort();
    for finding in &sorted {
        let kind = if finding.is_notice { "notice" } else { "error" };
        say(&format!(
            "{}:{}: {kind}: {}",
            finding.file, finding.line, finding.text
        ));
    }
    let errors = sorted.iter().filter(|finding| !finding.is_notice).count();
    if errors == 0 {
        ExitCode::SUCCESS
    } else {
        say(&format!("{errors} to correct"));
        ExitCode::FAILURE
    }
}

#[expect(
    clippy::print_stdout,
    reason = "what the person who runs the command must see"
)]
pub(crate) fn say(text: &str) {
    println!("{text}");
}
