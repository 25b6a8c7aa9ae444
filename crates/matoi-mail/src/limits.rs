//! How much of a mail is worked on. Everything beyond is left out and said so.

use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Bounds for one call of [`parse`](crate::parse). They cover the whole tree: forwarded mails inside the mail share them,
/// except where "per" says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Limits {
    /// When the mail came in, by the caller's clock. Dates later than this are marked as future. Without it the date that the
    /// newest `Received` field states is used.
    pub received_at: Option<Timestamp>,
    /// MIME parts, multiparts included.
    pub max_parts: usize,
    /// Multiparts inside multiparts, per mail.
    pub max_multipart_depth: usize,
    /// Mails inside mails; 0 takes no forwarded mail apart. More than 32 counts as 32.
    pub max_mail_depth: usize,
    /// Header fields per header block.
    pub max_header_fields: usize,
    /// Bytes per header block.
    pub max_header_bytes: usize,
    /// Addresses per field.
    pub max_addresses: usize,
    /// Bytes of all decoded parts together.
    pub max_decoded_bytes: usize,
    /// Bytes of plain text kept per mail, and of the text made from HTML.
    pub max_text_bytes: usize,
    /// Bytes of HTML source kept per mail.
    pub max_html_bytes: usize,
    /// Links kept per mail.
    pub max_links: usize,
    /// Entries kept per archive; the totals still cover all.
    pub max_archive_entries: usize,
    /// Defects kept per mail.
    pub max_defects: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            received_at: None,
            max_parts: 1_000,
            max_multipart_depth: 30,
            max_mail_depth: 5,
            max_header_fields: 1_000,
            max_header_bytes: 256 * 1024,
            max_addresses: 2_000,
            max_decoded_bytes: 128 * 1024 * 1024,
            max_text_bytes: 2 * 1024 * 1024,
            max_html_bytes: 4 * 1024 * 1024,
            max_links: 1_000,
            max_archive_entries: 1_000,
            max_defects: 200,
        }
    }
}

impl Limits {
    /// The recursion of this crate follows forwarded mails, so their depth has a ceiling that no configuration lifts.
    pub(crate) fn mail_depth(&self) -> usize {
        self.max_mail_depth.min(32)
    }
}
