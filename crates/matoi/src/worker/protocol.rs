//! What is asked of a parser and what it answers.

use std::borrow::Cow;

use matoi_core::files::FileFacts;
use matoi_mail::ParsedMail;
use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};

/// What a parser is asked. The bytes to work on are the body of the frame.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "ask", rename_all = "snake_case")]
pub enum Request {
    /// Take a mail apart.
    Mail {
        /// When it came in.
        received_at: Timestamp,
    },
    /// Say what a file is.
    File {
        /// Its name as given.
        name: String,
        /// The type its sender declared.
        declared_type: String,
    },
    /// Make a document. The body is the request of the crate `matoi-pdf`, in JSON.
    Document,
    /// Behave badly: only in builds for development, for the tests of what holds then.
    #[cfg(debug_assertions)]
    Misbehave {
        /// In which way.
        how: Misbehaviour,
    },
}

/// Ways of behaving badly.
#[cfg(debug_assertions)]
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misbehaviour {
    /// Panic.
    Crash,
    /// Overflow the stack.
    Recurse,
    /// Compute for ever.
    Spin,
    /// Take all memory.
    Bomb,
    /// Answer with what is no frame.
    Garbage,
    /// Try what the sandbox forbids, and say what succeeded.
    Escape,
}

/// What a parser answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "one lives at a time, on its way through a pipe"
)]
pub enum Answer<'a> {
    /// The first words of a child: what holds it.
    Ready {
        /// Names of what is in force, like `memory` or `system calls`.
        held_by: Vec<String>,
    },
    /// A mail. The contents of its attachments are the body, one after the other.
    Mail {
        /// The mail without the contents of its attachments.
        mail: Cow<'a, ParsedMail>,
        /// Index and length of each content, in the order in which they follow.
        contents: Vec<(u32, u64)>,
    },
    /// What a file is.
    File {
        /// What was found.
        facts: Box<FileFacts>,
    },
    /// A document: the body is the file.
    Document {
        /// Pages, where the form has pages that are known.
        pages: Option<u64>,
    },
    /// A document that cannot be made as it was asked for.
    Refused {
        /// Where and what, for whoever wrote the template or the text.
        what: String,
    },
    /// What succeeded that should not have.
    #[cfg(debug_assertions)]
    Escaped {
        /// Names of it.
        by: Vec<String>,
    },
}
