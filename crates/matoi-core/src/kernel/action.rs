//! What can be permitted: actions on resources. Roles are sets of them, and nothing else is ever asked.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Declares the actions with their names. A macro because the enum, the list and the names must never differ.
macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// An action on a resource, named `resource.verb` in roles, tokens, the API and the audit log.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum Action { $($(#[$doc])* $name),* }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

actions! {
    /// Read the organisation's settings and units.
    OrganisationRead = "organisation.read",
    /// Change the organisation's settings and units.
    OrganisationUpdate = "organisation.update",
    /// List accounts with their roles.
    AccountRead = "account.read",
    /// Create, change and disable accounts, grant roles.
    AccountManage = "account.manage",
    /// Create and change roles.
    RoleManage = "role.manage",
    /// Create and revoke one's own API tokens.
    TokenOwn = "token.own",
    /// List and revoke everybody's API tokens and sessions.
    TokenManage = "token.manage",
    /// Read the audit log, as far as need-to-know allows, and verify it.
    AuditRead = "audit.read",
    /// See background jobs.
    JobRead = "job.read",
    /// Retry and cancel background jobs.
    JobManage = "job.manage",
    /// Operate the program: backup, health in detail.
    SystemOperate = "system.operate",
    /// Enter a report (every employee may).
    ReportCreate = "report.create",
    /// Read one's own reports.
    ReportReadOwn = "report.read_own",
    /// Read reports at the desk.
    ReportRead = "report.read",
    /// Acknowledge, assign, edit and link reports.
    ReportUpdate = "report.update",
    /// Answer the reporter.
    ReportAnswer = "report.answer",
    /// Decide what a report or an alert is.
    ReportTriage = "report.triage",
    /// Hand in alerts.
    AlertCreate = "alert.create",
    /// Read alerts.
    AlertRead = "alert.read",
    /// Assign, merge and dismiss alerts, give verdicts.
    AlertUpdate = "alert.update",
    /// Open a case.
    CaseCreate = "case.create",
    /// Read cases.
    CaseRead = "case.read",
    /// Work on a case: notes, tasks, observables, assets, files, facts.
    CaseUpdate = "case.update",
    /// Move a case through its phases.
    CaseAdvance = "case.advance",
    /// Close a case whose conditions are met.
    CaseClose = "case.close",
    /// Close a case although a condition is not met, with a reason.
    CaseCloseOverride = "case.close_override",
    /// Reopen a closed case.
    CaseReopen = "case.reopen",
    /// Merge cases and undo it.
    CaseMerge = "case.merge",
    /// Set label and need-to-know list of a case.
    CaseRestrict = "case.restrict",
    /// Enter a restricted case in an emergency, with a reason, telling its owner.
    CaseBreakGlass = "case.break_glass",
    /// Record a decision.
    CaseDecide = "case.decide",
    /// Declare an incident converged.
    CaseConverge = "case.converge",
    /// See and update tasks assigned to oneself.
    TaskOwn = "task.own",
    /// Read the asset register.
    AssetRead = "asset.read",
    /// Read the assets one owns.
    AssetReadOwn = "asset.read_own",
    /// Change the asset register.
    AssetManage = "asset.manage",
    /// Delete an attachment, with a reason.
    AttachmentDelete = "attachment.delete",
    /// Read documents of cases.
    DocumentRead = "document.read",
    /// Draft documents of cases.
    DocumentCreate = "document.create",
    /// Review documents.
    DocumentReview = "document.review",
    /// Approve documents.
    DocumentApprove = "document.approve",
    /// Record that a document was distributed.
    DocumentDistribute = "document.distribute",
    /// Read triage criteria and other rules kept as data.
    CriteriaRead = "criteria.read",
    /// Draft new versions of them.
    CriteriaDraft = "criteria.draft",
    /// Approve them.
    CriteriaApprove = "criteria.approve",
    /// Read the numbers.
    MetricsRead = "metrics.read",
    /// Search.
    SearchUse = "search.use",
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that names no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an action: {0}")]
pub struct ParseActionError(pub String);

impl FromStr for Action {
    type Err = ParseActionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .iter()
            .copied()
            .find(|action| action.as_str() == text)
            .ok_or_else(|| ParseActionError(text.to_owned()))
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of actions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ActionSet(u128);

impl ActionSet {
    /// Every action: the program itself.
    #[must_use]
    pub fn all() -> Self {
        Action::ALL.iter().copied().collect()
    }

    /// Whether the action is in the set.
    #[must_use]
    pub const fn contains(self, action: Action) -> bool {
        self.0 & (1 << action as u8) != 0
    }

    /// What is in both: a token never does more than its owner.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// What is in either.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The actions in the order of their declaration.
    pub fn iter(self) -> impl Iterator<Item = Action> {
        Action::ALL
            .iter()
            .copied()
            .filter(move |action| self.contains(*action))
    }
}

impl FromIterator<Action> for ActionSet {
    fn from_iter<I: IntoIterator<Item = Action>>(actions: I) -> Self {
        Self(
            actions
                .into_iter()
                .fold(0, |bits, action| bits | (1 << action as u8)),
        )
    }
}
