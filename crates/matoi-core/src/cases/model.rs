//! Nouns of cases.

use matoi_types::{
    AccountId, CaseId, DecisionId, EntryId, Lang, Priority, ScopeId, Severity, TaskId, Timestamp, Tlp, UnitId,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::{Message, named};

named! {
    /// What kind of work a case is.
    CaseKind {
        /// An incident.
        Incident = "incident",
        /// A question or a consultation (B-4, I-3).
        Inquiry = "inquiry",
    }
}

named! {
    /// Whether a case is being worked on.
    CaseState {
        /// It is.
        Open = "open",
        /// It is done with.
        Closed = "closed",
        /// It became part of another.
        Merged = "merged",
    }
}

named! {
    /// Whether a targeted attack (APT) is suspected. Unknown never means no.
    AptSuspected {
        /// Nobody knows yet.
        Unknown = "unknown",
        /// It is.
        Yes = "yes",
        /// It was looked into and is not.
        No = "no",
    }
}

/// A case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Case {
    /// Its identifier.
    pub id: CaseId,
    /// What kind of work.
    pub kind: CaseKind,
    /// Its number, like `INC-2026-0147`.
    pub number: String,
    /// What it is about, in a line.
    pub title: String,
    /// What is known, in a few sentences (Markdown).
    pub summary: String,
    /// The class of incident, an identifier of the taxonomy; empty for an inquiry.
    pub class: String,
    /// How bad it is.
    pub severity: Severity,
    /// How urgent it is.
    pub priority: Priority,
    /// The phase it is in.
    pub phase: String,
    /// When it entered that phase.
    pub phase_since: Timestamp,
    /// Whether it is being worked on.
    pub state: CaseState,
    /// Its label.
    pub tlp: Tlp,
    /// Whether only the named see it.
    pub restricted: bool,
    /// The unit it concerns.
    pub unit_id: Option<UnitId>,
    /// Who commands the response.
    pub commander_id: Option<AccountId>,
    /// Their name.
    pub commander: Option<String>,
    /// Who handles it.
    pub handler_id: Option<AccountId>,
    /// Their name.
    pub handler: Option<String>,
    /// Whether a targeted attack is suspected.
    pub apt_suspected: AptSuspected,
    /// What to do, as the criteria's row said when it was triaged; JSON with both languages, may be empty.
    #[serde(skip)]
    pub policy: String,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// When somebody took it in.
    pub acknowledged_at: Option<Timestamp>,
    /// When it was judged.
    pub triaged_at: Option<Timestamp>,
    /// When it spread no further.
    pub contained_at: Option<Timestamp>,
    /// When things worked again.
    pub recovered_at: Option<Timestamp>,
    /// When convergence was declared.
    pub converged_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// Why it happened.
    pub cause: String,
    /// What it cost directly: stop of service, money, recovery.
    pub impact_direct: String,
    /// What it cost indirectly: trust, efficiency.
    pub impact_indirect: String,
    /// What keeps it from happening again.
    pub prevention: String,
    /// When the post-incident review is planned.
    pub review_at: Option<Timestamp>,
    /// When it was held.
    pub review_held_at: Option<Timestamp>,
    /// What it found.
    pub review_notes: String,
    /// The case it became part of.
    pub merged_into: Option<CaseId>,
    /// How often it was opened again.
    pub reopened: i64,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version for `If-Match`.
    pub version: i64,
    /// The scope that decides who sees it.
    #[serde(skip)]
    pub scope_id: ScopeId,
    /// The life cycle it began with.
    #[serde(skip)]
    pub lifecycle_hash: String,
    /// The criteria it was judged by.
    #[serde(skip)]
    pub criteria_hash: Option<String>,
}

/// What a new case begins with.
#[derive(Debug, Clone)]
pub struct OpenCase {
    /// What kind of work.
    pub kind: CaseKind,
    /// What it is about, at most 200 characters.
    pub title: String,
    /// What is known.
    pub summary: String,
    /// The class, needed for an incident.
    pub class: String,
    /// How bad it is.
    pub severity: Severity,
    /// How urgent it is.
    pub priority: Priority,
    /// Its label, when it has a scope of its own.
    pub tlp: Option<Tlp>,
    /// Whether only the named see it, when it has a scope of its own.
    pub restricted: bool,
    /// The unit it concerns.
    pub unit: Option<UnitId>,
    /// When it happened.
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed.
    pub detected_at: Timestamp,
    /// When somebody took it in.
    pub acknowledged_at: Option<Timestamp>,
    /// Whether it was judged by criteria: it then begins after the triage.
    pub triaged: bool,
    /// The criteria it was judged by.
    pub criteria_hash: Option<String>,
    /// What to do, as JSON with both languages.
    pub policy: String,
    /// The scope of the item it came from; none makes a new one.
    pub scope: Option<ScopeId>,
}

impl Default for OpenCase {
    fn default() -> Self {
        Self {
            kind: CaseKind::Incident,
            title: String::new(),
            summary: String::new(),
            class: String::new(),
            severity: Severity::Medium,
            priority: Priority::P3,
            tlp: None,
            restricted: false,
            unit: None,
            occurred_at: None,
            detected_at: Timestamp::from_micros(0),
            acknowledged_at: None,
            triaged: false,
            criteria_hash: None,
            policy: String::new(),
            scope: None,
        }
    }
}

/// What a case opened by hand says.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseInput {
    /// What kind of work.
    #[serde(default = "incident")]
    pub kind: CaseKind,
    /// What it is about, at most 200 characters.
    pub title: String,
    /// What is known, at most 20,000 characters (Markdown).
    #[serde(default)]
    pub summary: String,
    /// The class, an identifier of the taxonomy; needed for an incident.
    #[serde(default)]
    pub class: String,
    /// How bad it is.
    #[serde(default = "medium")]
    pub severity: Severity,
    /// How urgent it is.
    #[serde(default = "third")]
    pub priority: Priority,
    /// Its label; that of the organisation when not given.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// Whether only the named see it. Its opener is named.
    #[serde(default)]
    pub restricted: bool,
    /// The unit it concerns.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// When it happened.
    #[serde(default)]
    pub occurred_at: Option<Timestamp>,
    /// When it was noticed; now when not given.
    #[serde(default)]
    pub detected_at: Option<Timestamp>,
}

const fn incident() -> CaseKind {
    CaseKind::Incident
}

const fn medium() -> Severity {
    Severity::Medium
}

const fn third() -> Priority {
    Priority::P3
}

/// What can be changed of a case. Absent fields stay as they are; `null` empties those that may be empty.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CaseUpdate {
    /// What it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// What is known (Markdown).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<String>,
    /// How bad it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// How urgent it is; running clocks follow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
    /// Whether a targeted attack is suspected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apt_suspected: Option<AptSuspected>,
    /// When it happened.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub occurred_at: Option<Option<Timestamp>>,
    /// When it spread no further.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub contained_at: Option<Option<Timestamp>>,
    /// When things worked again.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub recovered_at: Option<Option<Timestamp>>,
    /// Why it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What it cost directly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact_direct: Option<String>,
    /// What it cost indirectly.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub impact_indirect: Option<String>,
    /// What keeps it from happening again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prevention: Option<String>,
    /// When the post-incident review is planned.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub review_at: Option<Option<Timestamp>>,
    /// When it was held.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<Timestamp>)]
    pub review_held_at: Option<Option<Timestamp>>,
    /// What it found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub review_notes: Option<String>,
}

/// A field that is there, even as `null`.
fn given<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Timestamp>>, D::Error> {
    Option::<Timestamp>::deserialize(deserializer).map(Some)
}

named! {
    /// What an entry of the timeline is.
    EntryKind {
        /// Somebody wrote something down.
        Note = "note",
        /// What goes out to those who must know how it stands; meets the status clock.
        Status = "status",
        /// A telephone call.
        Phone = "phone",
        /// A message to or from a reporter.
        Message = "message",
        /// A report or an alert joined the case.
        Item = "item",
        /// A task was set or done.
        Task = "task",
        /// A decision.
        Decision = "decision",
        /// The case changed: phase, people, priority, label.
        State = "state",
        /// A file came or went.
        File = "file",
        /// A document was made, approved, distributed.
        Document = "document",
        /// Assets and observables.
        Trace = "trace",
    }
}

impl EntryKind {
    /// Whether people write entries of this kind; the others are written by the program.
    #[must_use]
    pub const fn is_written(self) -> bool {
        matches!(self, Self::Note | Self::Status | Self::Phone)
    }
}

/// One entry of a timeline.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Entry {
    /// Its identifier.
    pub id: EntryId,
    /// What it is.
    pub kind: EntryKind,
    /// When it happened.
    pub at: Timestamp,
    /// When it was written down.
    pub entered_at: Timestamp,
    /// Who wrote or did it; none for the program itself and for reporters.
    pub author_id: Option<AccountId>,
    /// Their name; `system` or `reporter` stand for themselves.
    pub author: Option<String>,
    /// `account`, `system` or `reporter`.
    pub author_kind: String,
    /// What a person wrote (Markdown); empty for what the program wrote.
    pub body: String,
    /// What the program wrote, as key and arguments, to be said in the reader's language.
    #[schema(value_type = Option<Object>)]
    pub message: Option<Message>,
    /// What it is about: kind and identifier.
    pub subject_kind: Option<String>,
    /// Identifier of what it is about.
    pub subject_id: Option<String>,
    /// Whether it stands at the head of the timeline.
    pub pinned: bool,
    /// Whether its author took it back: the text is gone from the page, the fact is not.
    pub deleted: bool,
    /// Version for `If-Match`.
    pub version: i64,
}

/// What somebody writes into a timeline.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EntryInput {
    /// `note`, `status` or `phone`.
    #[serde(default = "note")]
    pub kind: EntryKind,
    /// What it says, at most 50,000 characters (Markdown).
    pub body: String,
    /// When it happened; now when not given.
    #[serde(default)]
    pub at: Option<Timestamp>,
    /// Whether it stands at the head of the timeline.
    #[serde(default)]
    pub pinned: bool,
}

const fn note() -> EntryKind {
    EntryKind::Note
}

named! {
    /// How far a task has come.
    TaskState {
        /// Nobody has begun.
        Open = "open",
        /// Somebody works on it.
        Doing = "doing",
        /// It waits for something.
        Waiting = "waiting",
        /// Done.
        Done = "done",
        /// Not wanted any more.
        Dropped = "dropped",
    }
}

impl TaskState {
    /// Whether it still has to be done.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Open | Self::Doing | Self::Waiting)
    }
}

/// A piece of work inside a case.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Task {
    /// Its identifier.
    pub id: TaskId,
    /// The case.
    pub case_id: CaseId,
    /// The number of the case.
    pub case_number: String,
    /// What to do, in a line.
    pub title: String,
    /// How (Markdown).
    pub body: String,
    /// How far it has come.
    pub state: TaskState,
    /// The X.1060 service whose work it is, like `D-4`; may be empty.
    pub service: String,
    /// Who does it.
    pub assignee_id: Option<AccountId>,
    /// Their name.
    pub assignee: Option<String>,
    /// By when.
    pub due_at: Option<Timestamp>,
    /// Whether evidence must be taken before anything is changed.
    pub evidence_first: bool,
    /// What came of it.
    pub result: String,
    /// When it was set.
    pub created_at: Timestamp,
    /// When it was done or dropped.
    pub done_at: Option<Timestamp>,
    /// Version for `If-Match`.
    pub version: i64,
}

/// What can be said of a task.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskInput {
    /// What to do, at most 200 characters.
    pub title: String,
    /// How, at most 10,000 characters (Markdown).
    #[serde(default)]
    pub body: String,
    /// The X.1060 service whose work it is.
    #[serde(default)]
    pub service: String,
    /// Who does it.
    #[serde(default)]
    pub assignee_id: Option<AccountId>,
    /// By when.
    #[serde(default)]
    pub due_at: Option<Timestamp>,
    /// Whether evidence must be taken before anything is changed.
    #[serde(default)]
    pub evidence_first: bool,
}

named! {
    /// What a decision is about.
    DecisionKind {
        /// Any other.
        Other = "other",
        /// A suspected targeted attack: throw it out at once.
        EradicateFirst = "eradicate_first",
        /// A suspected targeted attack: find out how far it reaches before it notices.
        ScopeFirst = "scope_first",
        /// No external report is due.
        NoExternalReport = "no_external_report",
        /// Something is stopped or cut off.
        Containment = "containment",
        /// Something returns to service.
        ReturnToService = "return_to_service",
    }
}

/// Who decided what on what grounds, under which authority.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Decision {
    /// Its identifier.
    pub id: DecisionId,
    /// What it is about.
    pub kind: DecisionKind,
    /// What was asked.
    pub question: String,
    /// What was decided.
    pub choice: String,
    /// On what grounds.
    pub grounds: String,
    /// Under which authority.
    pub authority: String,
    /// Who decided.
    pub decided_by: AccountId,
    /// Their name.
    pub decided_by_name: String,
    /// When.
    pub decided_at: Timestamp,
}

/// What can be said of a decision. It cannot be changed; a later one follows it.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DecisionInput {
    /// What it is about.
    #[serde(default = "other_decision")]
    pub kind: DecisionKind,
    /// What was asked, at most 500 characters.
    #[serde(default)]
    pub question: String,
    /// What was decided, at most 2,000 characters.
    pub choice: String,
    /// On what grounds, at most 5,000 characters.
    pub grounds: String,
    /// Under which authority, at most 500 characters.
    #[serde(default)]
    pub authority: String,
    /// When; now when not given.
    #[serde(default)]
    pub decided_at: Option<Timestamp>,
}

const fn other_decision() -> DecisionKind {
    DecisionKind::Other
}

named! {
    /// How two cases belong together.
    Relation {
        /// They have something to do with each other.
        Related = "related",
        /// The other one caused this one.
        CausedBy = "caused_by",
        /// The other one is part of this one.
        ParentOf = "parent_of",
        /// This one is part of the other one.
        ChildOf = "child_of",
    }
}

impl Relation {
    /// The same seen from the other side.
    #[must_use]
    pub const fn reversed(self) -> Self {
        match self {
            Self::Related | Self::CausedBy => Self::Related,
            Self::ParentOf => Self::ChildOf,
            Self::ChildOf => Self::ParentOf,
        }
    }
}

/// Another case this one belongs together with.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Link {
    /// The other case.
    pub case_id: CaseId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Whether it is being worked on.
    pub state: CaseState,
    /// How they belong together, seen from this one.
    pub relation: Relation,
    /// Why.
    pub note: String,
}

/// Which cases are wanted.
#[derive(Debug, Clone, Default)]
pub struct CaseFilter {
    /// Of this kind.
    pub kind: Option<CaseKind>,
    /// In one of these states; open ones when empty and `all` is not set.
    pub states: Vec<CaseState>,
    /// Closed and merged ones too.
    pub all: bool,
    /// In one of these phases.
    pub phases: Vec<String>,
    /// Of one of these classes; a group's identifier stands for all of its classes.
    pub class: Option<String>,
    /// At least this urgent.
    pub priority_at_least: Option<Priority>,
    /// At least this bad.
    pub severity_at_least: Option<Severity>,
    /// Handled or commanded by this account.
    pub person: Option<AccountId>,
    /// Handled by nobody.
    pub unassigned: bool,
    /// With this number.
    pub number: Option<String>,
    /// Noticed not before.
    pub detected_from: Option<Timestamp>,
    /// Noticed before.
    pub detected_until: Option<Timestamp>,
}

/// The order of a list of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseOrder {
    /// Last changed first.
    #[default]
    Updated,
    /// Most urgent first, then last changed.
    Priority,
    /// Last noticed first.
    Detected,
}

/// The action policy of a case in a language, as the criteria's row said it.
#[must_use]
pub fn policy_text(policy: &str, lang: Lang) -> Option<String> {
    let both: crate::kernel::data::Bilingual = serde_json::from_str(policy).ok()?;
    Some(both.get(lang).to_owned())
}
