//! Nouns of the desk.

use matoi_types::{AccountId, CaseId, ItemId, Lang, MessageId, ScopeId, Severity, Timestamp, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::criteria::TriageOutcome;
use crate::kernel::named;

named! {
    /// A report of a person, or an alert of a detection.
    ItemKind {
        /// Must be answered.
        Report = "report",
        /// Must be looked at.
        Alert = "alert",
    }
}

named! {
    /// How it came in.
    Channel {
        /// The public form.
        Form = "form",
        /// By mail.
        Mail = "mail",
        /// Somebody telephoned, and a member of the desk wrote it down.
        Phone = "phone",
        /// Somebody told a member of the desk, in person or in a chat.
        Desk = "desk",
        /// A signed-in employee reported it in the program.
        Account = "account",
        /// A program handed it in.
        Api = "api",
    }
}

named! {
    /// How far it has come.
    ItemState {
        /// Nobody has looked at it.
        New = "new",
        /// Somebody has taken it in.
        Acknowledged = "acknowledged",
        /// It is known what it is.
        Triaged = "triaged",
        /// Done with.
        Closed = "closed",
    }
}

named! {
    /// Whether an alert was right: goes back to detection.
    Verdict {
        /// It showed what it is meant to show.
        TruePositive = "true_positive",
        /// It was right, but what it showed was permitted.
        BenignPositive = "benign_positive",
        /// It was wrong.
        FalsePositive = "false_positive",
        /// Nobody could tell.
        Undetermined = "undetermined",
    }
}

named! {
    /// Which way a message went.
    Direction {
        /// From the reporter.
        In = "in",
        /// To the reporter.
        Out = "out",
    }
}

named! {
    /// By which way a message was given.
    MessageChannel {
        /// On the follow-up page.
        Web = "web",
        /// By mail, from the answerer's own program.
        Mail = "mail",
        /// By telephone.
        Phone = "phone",
        /// Face to face or in a meeting.
        InPerson = "in_person",
        /// In a chat.
        Chat = "chat",
    }
}

/// A report or an alert, as lists and pages show it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DeskItem {
    /// Its identifier.
    pub id: ItemId,
    /// Report or alert.
    pub kind: ItemKind,
    /// Its number, like `RPT-2026-0042` or `ALT-2026-0007`.
    pub number: String,
    /// How it came in.
    pub channel: Channel,
    /// Who or what handed it in: a program's name, `form`, `mail` ….
    pub source: String,
    /// The sender's own identifier of it.
    pub source_ref: Option<String>,
    /// What it is about, in a line.
    pub title: String,
    /// What it says; in lists how it begins, at most 300 characters.
    pub body: String,
    /// The language it is written in.
    pub lang: Lang,
    /// How bad it looks.
    pub severity: Severity,
    /// How far it has come.
    pub state: ItemState,
    /// Whether a program answered by itself: an automatic reply, a bounce. Such a mail is kept, closed and without clocks.
    pub automatic: bool,
    /// What it turned out to be.
    pub outcome: Option<TriageOutcome>,
    /// Whether an alert was right.
    pub verdict: Option<Verdict>,
    /// Why.
    pub verdict_reason: Option<String>,
    /// The case it belongs to.
    pub case_id: Option<CaseId>,
    /// The number of that case.
    pub case_number: Option<String>,
    /// The item it was merged into as a duplicate.
    pub merged_into: Option<ItemId>,
    /// Who works on it.
    pub assignee_id: Option<AccountId>,
    /// Their name.
    pub assignee: Option<String>,
    /// Its label.
    pub tlp: Tlp,
    /// Whether only named people see it.
    pub restricted: bool,
    /// When what it tells of happened.
    pub event_at: Option<Timestamp>,
    /// When it came in.
    pub received_at: Timestamp,
    /// When somebody took it in.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was known what it is.
    pub triaged_at: Option<Timestamp>,
    /// When the reporter was first answered.
    pub answered_at: Option<Timestamp>,
    /// When it was done with.
    pub closed_at: Option<Timestamp>,
    /// The next deadline on it.
    pub due_at: Option<Timestamp>,
    /// Whether the reporter wrote last.
    pub awaits_reply: bool,
    /// Version for `If-Match`.
    pub version: i64,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// The scope that decides who sees it.
    #[serde(skip)]
    pub scope_id: ScopeId,
    /// Its place in the queue's order.
    #[serde(skip)]
    pub urgency: i64,
}

/// What only reports have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ReportDetail {
    /// What happened, an identifier of the first-response cards.
    pub category: String,
    /// When it was noticed, in the reporter's words or `now`, `today`, `earlier`.
    pub noticed: String,
    /// Which device.
    pub device: String,
    /// Who reports; empty when anonymous or unknown.
    pub reporter_name: String,
    /// Telephone or mail address of the reporter.
    pub reporter_contact: String,
    /// The account of the reporter, when signed in.
    pub reporter_account_id: Option<AccountId>,
    /// Whether the reporter chose not to say who they are.
    pub anonymous: bool,
    /// Whether the reporter holds a follow-up link that still works.
    pub has_follow_up: bool,
    /// Sender of the mail, when it came by mail.
    pub mail_from: Option<String>,
    /// The identifier of the stored original, when it came by mail.
    #[serde(skip)]
    pub original_blob: Option<String>,
    /// Headers worth showing of the mail it came by, as JSON.
    #[serde(skip)]
    pub mail_headers: Option<String>,
    /// Why it is no incident, as the reporter was told.
    pub not_incident_reason: Option<String>,
}

/// What a new report says.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportInput {
    /// How it came in.
    #[serde(default = "by_api")]
    pub channel: Channel,
    /// The language it is written in.
    #[serde(default = "japanese")]
    pub lang: Lang,
    /// What happened, an identifier of the first-response cards; `other` when not given.
    #[serde(default = "other")]
    pub category: String,
    /// What it is about in a line, at most 200 characters; made from category and text when empty.
    #[serde(default)]
    pub title: String,
    /// What was seen and done, at most 50,000 characters.
    pub text: String,
    /// When it was noticed.
    #[serde(default)]
    pub noticed: String,
    /// Which device.
    #[serde(default)]
    pub device: String,
    /// Who reports.
    #[serde(default)]
    pub reporter_name: String,
    /// Telephone or mail address of the reporter.
    #[serde(default)]
    pub reporter_contact: String,
    /// Whether the reporter does not want to be known.
    #[serde(default)]
    pub anonymous: bool,
    /// How bad it looks; by category when not given.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// When it happened.
    #[serde(default)]
    pub event_at: Option<Timestamp>,
    /// Who or what hands it in; by channel when not given. At most 100 characters.
    #[serde(default)]
    pub source: Option<String>,
    /// The sender's own identifier: the same source and reference never make a second report.
    #[serde(default)]
    pub source_ref: Option<String>,
}

const fn by_api() -> Channel {
    Channel::Api
}

const fn japanese() -> Lang {
    Lang::Ja
}

fn other() -> String {
    "other".to_owned()
}

/// What a new alert says.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AlertInput {
    /// What it is about in a line, at most 500 characters.
    pub title: String,
    /// What it says, at most 100,000 characters.
    #[serde(default)]
    pub description: String,
    /// Which program sends it, at most 100 characters.
    pub source: String,
    /// The sender's own identifier: the same source and reference never make a second alert.
    pub source_ref: String,
    /// What kind of alert, in the sender's words.
    #[serde(default)]
    pub alert_type: String,
    /// How bad it looks.
    #[serde(default = "medium")]
    pub severity: Severity,
    /// Its label; that of the organisation when not given.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// Tags, at most 100 of at most 200 characters.
    #[serde(default)]
    pub tags: Vec<String>,
    /// When it happened.
    #[serde(default)]
    pub event_at: Option<Timestamp>,
    /// A page of the sender that shows more, http or https.
    #[serde(default)]
    pub link: String,
    /// Traces the sender names.
    #[serde(default)]
    pub observables: Vec<NamedObservable>,
    /// What the sender gave, as it was; at most 1 MB.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub raw: serde_json::Value,
    /// Fields of the sender's own interface that Matoi keeps and gives back.
    #[serde(skip)]
    pub extra: serde_json::Value,
}

const fn medium() -> Severity {
    Severity::Medium
}

/// A trace the sender names.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedObservable {
    /// What kind, like `ipv4`, `domain`, `url`, `email`, `sha256`, `filename`, `hostname`, `other`; guessed when empty.
    #[serde(default)]
    pub kind: String,
    /// The value.
    pub value: String,
    /// Its label; that of the alert when not given.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// What it is.
    #[serde(default)]
    pub note: String,
}

/// What only alerts have.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AlertDetail {
    /// What kind of alert, in the sender's words.
    pub alert_type: String,
    /// Tags.
    pub tags: Vec<String>,
    /// A page of the sender that shows more.
    pub link: String,
    /// What the sender gave, as it was; null where that was nothing.
    #[schema(value_type = Option<Object>)]
    pub raw: serde_json::Value,
    /// Fields of the sender's own interface.
    #[serde(skip)]
    pub extra: serde_json::Value,
}

/// One message between the desk and a reporter.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Message {
    /// Its identifier.
    pub id: MessageId,
    /// Which way it went.
    pub direction: Direction,
    /// By which way it was given.
    pub channel: MessageChannel,
    /// What it says.
    pub body: String,
    /// Who of the desk wrote it; the reporter is not told.
    pub author: Option<String>,
    /// Whether it counts as the answer every report gets.
    pub is_answer: bool,
    /// When.
    pub at: Timestamp,
}

/// Which items are wanted.
#[derive(Debug, Clone, Default)]
pub struct ItemFilter {
    /// Reports or alerts.
    pub kind: Option<ItemKind>,
    /// In one of these states; everything not closed when empty and `all` is not set.
    pub states: Vec<ItemState>,
    /// Closed ones too.
    pub all: bool,
    /// Only what the desk still has to see to: neither closed nor part of a case.
    pub waiting: bool,
    /// Only automatic replies and bounces, or none of them. They are closed: ask for closed ones too.
    pub automatic: Option<bool>,
    /// At least this bad.
    pub severity_at_least: Option<Severity>,
    /// Reported by this account.
    pub reporter: Option<AccountId>,
    /// Given to this account.
    pub assignee: Option<AccountId>,
    /// Given to nobody.
    pub unassigned: bool,
    /// From this source.
    pub source: Option<String>,
    /// With this reference.
    pub source_ref: Option<String>,
    /// Of this case.
    pub case: Option<CaseId>,
    /// Received not before.
    pub received_from: Option<Timestamp>,
    /// Received before.
    pub received_until: Option<Timestamp>,
}

/// How many items wait, by the tabs of the queue.
#[derive(Debug, Clone, Copy, Default, Serialize, ToSchema)]
pub struct TabCounts {
    /// Everything.
    pub all: i64,
    /// Reports.
    pub reports: i64,
    /// Alerts.
    pub alerts: i64,
    /// Given to the caller.
    pub mine: i64,
    /// Given to nobody.
    pub unassigned: i64,
    /// Whether counting stopped: there are at least this many.
    pub more: bool,
}

/// The order of a list of items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ItemOrder {
    /// Worst first, then newest.
    #[default]
    Urgency,
    /// Newest first.
    Newest,
    /// Oldest first.
    Oldest,
}
