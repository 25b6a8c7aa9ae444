//! What a mail is once it is taken apart.

use serde::{Deserialize, Serialize};

use crate::archive::ArchiveFacts;
use crate::defect::FoundDefect;
use crate::filename::FileName;
use crate::header::{MailHeaders, RawHeader};
use crate::html::HtmlText;
use crate::sniff::SniffedType;

/// A mail, taken apart.
///
/// Everything but the attachments' bytes is serialised, so that the result can cross a process boundary as JSON. The bytes are
/// sent beside it: the sender walks [`attachments_in_tree`](Self::attachments_in_tree) and writes each
/// [`content`](Attachment::content) under its [`index`](Attachment::index); the receiver finds the attachment by that index.
/// No text in it contains U+0000.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ParsedMail {
    /// Decoded header fields.
    pub headers: MailHeaders,
    /// All header fields as they stand, in order.
    pub raw_headers: Vec<RawHeader>,
    /// The MIME parts in order, multiparts before their parts.
    pub parts: Vec<PartSummary>,
    /// What is there to be read.
    pub body: MailBody,
    /// What is attached, inline images and forwarded mails included.
    pub attachments: Vec<Attachment>,
    /// Forwarded mails; [`Attachment::inner`] says which attachment is which.
    pub inner: Vec<ParsedMail>,
    /// What is wrong with the mail. Forwarded mails have their own.
    pub defects: Vec<FoundDefect>,
}

impl ParsedMail {
    /// Every attachment of this mail and of the mails inside it, by ascending index.
    pub fn attachments_in_tree(&self) -> impl Iterator<Item = &Attachment> {
        let mut all: Vec<&Attachment> = self
            .mails_in_tree()
            .into_iter()
            .flat_map(|mail| &mail.attachments)
            .collect();
        all.sort_by_key(|attachment| attachment.index);
        all.into_iter()
    }

    /// The attachment with this index, wherever in the tree.
    #[must_use]
    pub fn attachment(&self, index: u32) -> Option<&Attachment> {
        self.attachments_in_tree()
            .find(|attachment| attachment.index == index)
    }

    /// This mail and all mails inside it, outer before inner.
    #[must_use]
    pub fn mails_in_tree(&self) -> Vec<&ParsedMail> {
        let mut all = vec![self];
        let mut at = 0;
        while let Some(mail) = all.get(at) {
            all.extend(mail.inner.iter());
            at += 1;
        }
        all
    }
}

/// The readable content.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailBody {
    /// The plain text, decoded, flowed lines joined, line ends as `\n`. Several text parts stand one after the other.
    pub text: Option<String>,
    /// HTML source, decoded. Never show it; show `html_text`.
    pub html: Option<String>,
    /// What the HTML shows and does.
    pub html_text: Option<HtmlText>,
}

impl MailBody {
    /// What to show first: the plain text, unless there is none.
    #[must_use]
    pub fn readable(&self) -> &str {
        match (&self.text, &self.html_text) {
            (Some(text), _) if !text.trim().is_empty() => text,
            (_, Some(html)) => &html.text,
            (Some(text), None) => text,
            (None, None) => "",
        }
    }
}

/// What became of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PartRole {
    /// Holds other parts.
    Multipart,
    /// In [`MailBody::text`], and in [`ParsedMail::attachments`] too if it has a file name.
    Text,
    /// In [`MailBody::html`], and in [`ParsedMail::attachments`] too if it has a file name.
    Html,
    /// In [`ParsedMail::attachments`].
    Attachment,
    /// In [`ParsedMail::attachments`], and taken apart in [`ParsedMail::inner`].
    Mail,
}

/// One MIME part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartSummary {
    /// Numbers of the part on the way down, as in IMAP: `1.2` is the second part of the first. Empty for the mail itself.
    pub path: String,
    /// Content type as declared, in lower case, without parameters; the default where none is declared.
    pub content_type: String,
    /// Character set as declared.
    pub charset: Option<String>,
    /// Transfer encoding as declared, in lower case.
    pub transfer_encoding: Option<String>,
    /// What became of it.
    pub role: PartRole,
    /// Decoded size in bytes; encoded size for multiparts.
    pub size: u64,
}

/// How the sender wants a part presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disposition {
    /// As an attachment.
    Attachment,
    /// In the text.
    Inline,
    /// Not said.
    Unspecified,
}

/// Something attached.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Number of the attachment, unique in the whole tree, from 0 in the order in which parts were met.
    pub index: u32,
    /// Path of its part, as in [`PartSummary::path`].
    pub part: String,
    /// Its file name.
    pub name: Option<FileName>,
    /// A second name: Content-Type and Content-Disposition disagree, and programs differ in which one they use.
    pub other_name: Option<FileName>,
    /// Declared media type, in lower case.
    pub declared_type: String,
    /// How it wants to be presented.
    pub disposition: Disposition,
    /// `Content-ID` without angle brackets, by which HTML shows it.
    pub content_id: Option<String>,
    /// `Content-Description`.
    pub description: Option<String>,
    /// Decoded size in bytes.
    pub size: u64,
    /// The content is longer than the limit; only its beginning is here.
    pub cut: bool,
    /// What it really is.
    pub sniffed: SniffedType,
    /// What it holds, if it is an archive.
    pub archive: Option<ArchiveFacts>,
    /// Index in [`ParsedMail::inner`] of the same mail, if this is a mail that was taken apart.
    pub inner: Option<usize>,
    /// Decoded bytes. Not serialised; see [`ParsedMail`].
    #[serde(skip)]
    pub content: Vec<u8>,
}

impl Attachment {
    /// A name to show: the safe name, or an empty text.
    #[must_use]
    pub fn safe_name(&self) -> &str {
        self.name.as_ref().map_or("", |name| name.safe.as_str())
    }
}
