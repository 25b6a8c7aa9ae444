//! The words every crate of Matoi shares: typed ids, time, language, TLP, severity, priority.
//!
//! Nothing here does I/O, reads a clock or makes a random number; values come in and values go out.

mod id;
mod lang;
mod scale;
mod schema;
mod time;
mod tlp;

pub use id::{Id, IdKind, ParseIdError, kind};
pub use lang::{Lang, ParseLangError};
pub use scale::{Importance, ParseScaleError, Priority, Severity};
pub use time::{ParseTimestampError, Timestamp};
pub use tlp::{ParseTlpError, Tlp};

/// Identifier of a [case](kind::Case).
pub type CaseId = Id<kind::Case>;
/// Identifier of a [report or an alert](kind::Item).
pub type ItemId = Id<kind::Item>;
/// Identifier of an [account](kind::Account), human or service.
pub type AccountId = Id<kind::Account>;
/// Identifier of a [session](kind::Session).
pub type SessionId = Id<kind::Session>;
/// Identifier of an [API token](kind::Token).
pub type TokenId = Id<kind::Token>;
/// Identifier of a [need-to-know scope](kind::Scope).
pub type ScopeId = Id<kind::Scope>;
/// Identifier of a [unit of the organisation](kind::Unit).
pub type UnitId = Id<kind::Unit>;
/// Identifier of a [task](kind::Task).
pub type TaskId = Id<kind::Task>;
/// Identifier of a [timeline entry](kind::Entry).
pub type EntryId = Id<kind::Entry>;
/// Identifier of an [attachment](kind::Attachment).
pub type AttachmentId = Id<kind::Attachment>;
/// Identifier of an [asset](kind::Asset).
pub type AssetId = Id<kind::Asset>;
/// Identifier of an [observable](kind::Observable).
pub type ObservableId = Id<kind::Observable>;
/// Identifier of a [report document](kind::Document).
pub type DocumentId = Id<kind::Document>;
/// Identifier of a [background job](kind::Job).
pub type JobId = Id<kind::Job>;
/// Identifier of a [change row](kind::Change).
pub type ChangeId = Id<kind::Change>;
/// Identifier of a [message to or from a reporter](kind::Message).
pub type MessageId = Id<kind::Message>;
/// Identifier of a [mail that came in](kind::Mail).
pub type MailId = Id<kind::Mail>;
/// Identifier of a [running clock](kind::Clock).
pub type ClockId = Id<kind::Clock>;
/// Identifier of a [notice](kind::Notice).
pub type NoticeId = Id<kind::Notice>;
/// Identifier of a [decision](kind::Decision).
pub type DecisionId = Id<kind::Decision>;
/// Identifier of a [merge](kind::Merge).
pub type MergeId = Id<kind::Merge>;
/// Identifier of a [triage record](kind::Triage).
pub type TriageId = Id<kind::Triage>;
