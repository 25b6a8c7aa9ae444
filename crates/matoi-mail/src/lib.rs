//! Mail, taken apart.
//!
//! [`parse`] makes of any bytes a [`ParsedMail`]: headers, readable bodies, attachments with what they really are, forwarded
//! mails, and everything that is wrong, as [`Defect`]s. It is written for hostile mail and is meant to run inside a
//! resource-limited process: it is pure over bytes, reads no file, no clock and no network, decompresses and executes nothing,
//! and holds [`Limits`].
//!
//! Standards: RFC 5322, 2045 to 2047, 2183, 2231, 3676, 3834, 8601; character sets as Japanese mail uses them.
//!
//! The walk through the parts is written here and not taken from the crate `mail-parser`, which the tests compare with: that one
//! recurses without a bound when a chain of forwarded mails is dropped (a mail of two megabytes overflows the stack), decodes everything
//! before any limit can act, loses raw 8-bit text by reading it as UTF-8, and decodes encoded words and parameter sections one
//! by one, so that a character cut between two of them is lost.
//!
//! What it never does: decide whether a mail is dangerous, resolve names, unpack archives, render HTML.

mod archive;
mod bytes;
mod charset;
mod defect;
mod entity;
mod filename;
mod flowed;
mod header;
mod html;
mod limits;
mod mail;
mod model;
mod multipart;
mod password;
mod sniff;
mod transfer;

pub use archive::{ArchiveEntry, ArchiveFacts, ArchiveSuspicion, Encryption, archive_facts};
pub use defect::{Defect, FoundDefect};
pub use filename::{FileName, FileNameMark, is_dangerous_extension};
pub use header::address::Mailbox;
pub use header::auth::{AuthenticationResult, AuthenticationResults};
pub use header::date::{DatePlausibility, MailDate};
pub use header::received::ReceivedHop;
pub use header::{AutomaticSign, MailHeaders, RawHeader};
pub use html::{HtmlText, Link, LinkKind, html_to_text};
pub use limits::Limits;
pub use mail::parse;
pub use model::{Attachment, Disposition, MailBody, ParsedMail, PartRole, PartSummary};
pub use password::{PasswordHint, PasswordNotice, RelatedKey, looks_like_password_notice, related_key};
pub use sniff::{ContentKind, SniffedType, sniff};

/// The longest beginning of `text` that has at most `max` bytes and ends between characters.
pub(crate) fn cut_at(text: &str, max: usize) -> &str {
    text.get(..text.floor_char_boundary(max)).unwrap_or(text)
}
