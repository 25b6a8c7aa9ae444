//! Mail that comes in, by the pipe of a mail server or by the API: it becomes a report, or part of one.
//!
//! The original bytes are stored, encrypted and durable, before anything else is done, and nothing is acknowledged before all of
//! it is committed. Taking a mail apart happens behind [`Parsers`](crate::kernel::ports::Parsers), in a process that can be lost;
//! when it is lost twice, the mail is a report all the same, marked as not inspected.
//!
//! - The same mail never makes a second report, whichever way it comes again.
//! - An answer to a mail that is known joins its report; so does the password that follows a locked file.
//! - A password is shown on demand only: texts, search and logs have a mask in its place.
//! - Automatic replies and bounces are kept, closed and without clocks. Nothing is ever sent from here, so nothing can loop.

pub mod model;
mod raw;
mod rules;
mod secrets;
mod service;
mod sheet;
mod traces;

pub use model::{
    DEFAULT_MAX_BYTES, Envelope, MailAddress, MailAuthentication, MailFile, MailHop, MailLink, MailRole,
    MailSheet, Outcome, ReceivedMail, Refusal, TakenIn,
};
pub use raw::content_digest;
pub use rules::{is_automatic, language, readable_text};
pub(crate) use service::reseal;
pub use service::{Desk, of_item, original, passwords, take_in};
