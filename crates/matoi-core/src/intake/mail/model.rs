//! Nouns of mail that came in.

use matoi_types::{ItemId, MailId, MessageId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::desk::DeskItem;
use crate::kernel::{Message, named};

/// The largest mail that is taken when nobody says otherwise, in bytes.
pub const DEFAULT_MAX_BYTES: u64 = 60 * 1024 * 1024;

named! {
    /// What became of a mail.
    MailRole {
        /// A report of its own.
        Report = "report",
        /// A further message of a report that is there.
        Reply = "reply",
        /// The password for a locked file of a report that is there.
        Password = "password",
    }
}

/// What the mail server says of a mail, beside the mail itself.
#[derive(Debug, Clone, Default)]
pub struct Envelope {
    /// `MAIL FROM`; empty for bounces.
    pub sender: Option<String>,
    /// `RCPT TO`.
    pub recipients: Vec<String>,
}

/// A mail that was taken in.
#[derive(Debug, Clone)]
pub struct TakenIn {
    /// The report it is, or joined.
    pub item: DeskItem,
    /// What became of it.
    pub role: MailRole,
    /// Whether the same mail had come before.
    pub existed: bool,
    /// Whether a program answered by itself: an automatic reply, a bounce.
    pub automatic: bool,
    /// Whether it could be taken apart; if not, only its original and its first lines are there.
    pub inspected: bool,
}

/// What became of handing in a mail.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is stored, and a report or part of one.
    Accepted(Box<TakenIn>),
    /// Nothing was stored; the same mail can be handed in again in a while.
    TryLater(String),
    /// It will never be taken as it is.
    Refused(Refusal),
}

/// Why a mail is never taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// Larger than is taken.
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// No bytes at all.
    Empty,
}

impl Refusal {
    /// For people.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::TooLarge { limit } => {
                let megabytes = i64::try_from(limit / (1024 * 1024)).unwrap_or(i64::MAX);
                Message::new("error-mail-too-large").with("limit", megabytes)
            }
            Self::Empty => Message::new("error-mail-empty"),
        }
    }
}

impl Outcome {
    /// What a program that a mail server pipes into exits with (`sysexits.h`): 0, 75 (`EX_TEMPFAIL`, keep it and try again) or
    /// 65 (`EX_DATAERR`, return it to the sender).
    #[must_use]
    pub const fn exit_code(&self) -> u8 {
        match self {
            Self::Accepted(_) => 0,
            Self::TryLater(_) => 75,
            Self::Refused(_) => 65,
        }
    }
}

/// A mail of a report, as the page shows it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReceivedMail {
    /// Its identifier.
    pub id: MailId,
    /// The report.
    pub item_id: ItemId,
    /// The message of the report that it is, when it joined one.
    pub message_id: Option<MessageId>,
    /// What became of it.
    pub role: MailRole,
    /// Whether a program answered by itself.
    pub automatic: bool,
    /// Whether it could be taken apart.
    pub inspected: bool,
    /// How many passwords it tells. They are shown on demand only.
    pub passwords: i64,
    /// Size of the original in bytes.
    pub size: i64,
    /// When it came in.
    pub received_at: Timestamp,
    /// What stands in its header and what is wrong with it.
    pub sheet: MailSheet,
    /// Where the original is.
    #[serde(skip)]
    pub blob: String,
}

/// What stands in the header of a mail, what it links to and what is wrong with it. Every text is the sender's word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailSheet {
    /// Subject, decoded.
    pub subject: String,
    /// Authors.
    pub from: Vec<MailAddress>,
    /// Where answers are wanted, if elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<MailAddress>,
    /// Recipients, at most 50.
    pub to: Vec<MailAddress>,
    /// Copies, at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<MailAddress>,
    /// When the sender says it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date: Option<Timestamp>,
    /// Whether that can be true: `plausible`, `future` or `absurd`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_plausibility: Option<String>,
    /// Identifier the sender gave it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Envelope sender as the mail states it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub return_path: Option<String>,
    /// The servers it passed, newest first, at most 30.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub received: Vec<MailHop>,
    /// What servers say of SPF, DKIM and DMARC. Only one's own servers can be believed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authentication: Vec<MailAuthentication>,
    /// Links, the misleading first, at most 100.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<MailLink>,
    /// What is attached, at most 200.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<MailFile>,
    /// Signs that a program sent it, by key.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub automatic: Vec<String>,
    /// What is wrong with it: key and arguments, at most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(value_type = Vec<Object>)]
    pub defects: Vec<serde_json::Value>,
    /// Characters of HTML that styles hide from the reader.
    #[serde(default)]
    pub hidden_characters: u64,
    /// Forms in the HTML.
    #[serde(default)]
    pub forms: u64,
    /// Fields for a password in the HTML.
    #[serde(default)]
    pub password_fields: u64,
    /// Images that tell the sender that the mail was opened.
    #[serde(default)]
    pub remote_images: u64,
    /// Forwarded mails, taken apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(no_recursion)]
    pub inner: Vec<MailSheet>,
}

/// An address with the name beside it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailAddress {
    /// The name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
    /// Whether the name shows another address than the real one.
    #[serde(default)]
    pub shows_other: bool,
}

/// A server that a mail passed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailHop {
    /// What the client called itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// The client's address as the server saw it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
}

/// What one server says of the sender.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailAuthentication {
    /// The server that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Method and result, like `spf=fail`.
    pub results: Vec<String>,
}

/// A link of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailLink {
    /// How it is reached: `anchor`, `form`, `refresh` or `frame`.
    pub kind: String,
    /// What is shown for it.
    pub shown: String,
    /// Where it leads, in a form that nothing turns into a link.
    pub target: String,
    /// Whether what is shown is another address than where it leads.
    pub misleading: bool,
}

/// Something attached to a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MailFile {
    /// Its name, made safe to show.
    pub name: String,
    /// The type its bytes have.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// Whether a password keeps it from being looked into.
    pub locked: bool,
    /// Whether it runs when opened, or pretends to be something else.
    pub suspicious: bool,
    /// Whether it is a mail that was taken apart.
    pub is_mail: bool,
}
