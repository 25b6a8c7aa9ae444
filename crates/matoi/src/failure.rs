//! Why a command did not do what it was asked, for people, for scripts (exit codes) and for programs (JSON).

use std::error::Error as StdError;
use std::fmt;

use matoi_core::Error;
use matoi_core::kernel::FieldError;
use matoi_core::kernel::words::Words;
use matoi_types::Lang;
use serde_json::json;

use crate::config::Problem;

/// Exit codes, as `matoi --help` documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Something failed: the network, the disk, the database.
    Failed = 1,
    /// The command line or the configuration is wrong.
    Usage = 2,
    /// A rule forbids it: what exists already, who may not, what is not valid.
    Refused = 3,
    /// What was named does not exist.
    NotFound = 4,
    /// A verification found faults.
    Faults = 5,
    /// A mail that will never be taken: the mail server returns it (`EX_DATAERR`).
    Unacceptable = 65,
    /// A mail that cannot be taken now: the mail server keeps it and tries again (`EX_TEMPFAIL`).
    TryLater = 75,
}

impl Exit {
    const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::Refused => "refused",
            Self::NotFound => "not_found",
            Self::Faults => "faults",
            Self::Unacceptable => "unacceptable",
            Self::TryLater => "try_later",
        }
    }
}

const NOT_ACCEPTED: &str = "what was given cannot be accepted";

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub enum Failure {
    /// The configuration is wrong.
    Config(Vec<Problem>),
    /// What a command was given is wrong.
    Input(Vec<Problem>),
    /// A service refused, or failed.
    Core(Error),
    /// Anything else, with what to do.
    Told(Exit, String),
}

/// Result of a command.
pub type Outcome<T = ()> = Result<T, Failure>;

impl Failure {
    /// A failure in words: lower-case, no full stop.
    pub fn told(exit: Exit, message: impl Into<String>) -> Self {
        Self::Told(exit, message.into())
    }

    /// A failure of what was attempted, with its causes.
    pub fn of(attempt: impl fmt::Display, error: &(dyn StdError + 'static)) -> Self {
        Self::Told(Exit::Failed, format!("{attempt}: {}", causes(error)))
    }

    /// The exit code.
    #[must_use]
    pub const fn exit(&self) -> Exit {
        match self {
            Self::Config(_) => Exit::Usage,
            Self::Input(_) => Exit::Refused,
            Self::Told(exit, _) => *exit,
            Self::Core(error) => match error {
                Error::NotFound(_) => Exit::NotFound,
                Error::Unavailable(_) | Error::Internal(_) => Exit::Failed,
                _ => Exit::Refused,
            },
        }
    }

    /// The same failure as a mail server understands it: whatever is wrong here, the mail is not at fault and is kept.
    #[must_use]
    pub fn for_a_mail_server(self) -> Self {
        match self.exit() {
            Exit::Unacceptable | Exit::TryLater => self,
            _ => {
                let (message, problems) = self.say(Lang::En);
                let all = std::iter::once(message).chain(problems.iter().map(ToString::to_string));
                Self::Told(Exit::TryLater, all.collect::<Vec<_>>().join("; "))
            }
        }
    }

    /// What to say, and the fields or lines that are wrong.
    #[must_use]
    pub fn say(&self, lang: Lang) -> (String, Vec<Problem>) {
        let words = Words::get();
        match self {
            Self::Config(problems) => ("the configuration is wrong".to_owned(), problems.clone()),
            Self::Input(problems) => (NOT_ACCEPTED.to_owned(), problems.clone()),
            Self::Told(_, message) => (message.clone(), Vec::new()),
            Self::Core(error) => match error {
                Error::Invalid(fields) => (
                    NOT_ACCEPTED.to_owned(),
                    fields.iter().map(|field| problem(field, lang)).collect(),
                ),
                Error::Exists(field) => (words.say(lang, &field.message), Vec::new()),
                Error::Rule(message) => (words.say(lang, message), Vec::new()),
                Error::Rules(messages) => (
                    "this is not possible now".to_owned(),
                    messages
                        .iter()
                        .map(|message| Problem::new("", words.say(lang, message)))
                        .collect(),
                ),
                Error::NotFound("organisation") => (
                    "nobody has set this installation up yet: open the link that `matoi serve` prints"
                        .to_owned(),
                    Vec::new(),
                ),
                other => (other.to_string(), Vec::new()),
            },
        }
    }

    /// For people, on standard error.
    #[must_use]
    pub fn as_text(&self, lang: Lang) -> String {
        let (message, problems) = self.say(lang);
        let lines = problems.iter().map(|problem| match problem.place.as_str() {
            "" => format!("  {}\n", problem.message),
            _ => format!("  {problem}\n"),
        });
        std::iter::once(format!("matoi: {message}\n"))
            .chain(lines)
            .collect()
    }

    /// For programs, on standard error.
    #[must_use]
    pub fn as_json(&self, lang: Lang) -> serde_json::Value {
        let (message, problems) = self.say(lang);
        let problems: Vec<_> = problems
            .iter()
            .map(|problem| json!({"place": problem.place, "message": problem.message}))
            .collect();
        json!({"error": {
            "kind": self.exit().name(),
            "exit": self.exit() as u8,
            "message": message,
            "problems": problems,
        }})
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Core(error)
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(mut problems: Vec<Problem>) -> Self {
        // Each layer finds its own; a reader goes through the file from top to bottom.
        problems.sort_by_key(|problem| match problem.place.rsplit_once(':') {
            Some((file, line)) => (file.to_owned(), line.parse().unwrap_or(0_u64)),
            None => (problem.place.clone(), 0),
        });
        Self::Config(problems)
    }
}

/// An error with everything that caused it, each once.
#[must_use]
pub fn causes(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut at = error.source();
    while let Some(cause) = at {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        at = cause.source();
    }
    text
}

fn problem(field: &FieldError, lang: Lang) -> Problem {
    Problem::new(&field.pointer, Words::get().say(lang, &field.message))
}
