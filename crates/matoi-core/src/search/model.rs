//! Nouns of the search.

use matoi_types::{AccountId, ScopeId, Timestamp, Tlp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::named;

named! {
    /// What can be found.
    FoundKind {
        /// A case.
        Case = "case",
        /// An entry of a case's timeline.
        Entry = "entry",
        /// A task of a case.
        Task = "task",
        /// A decision.
        Decision = "decision",
        /// A report.
        Report = "report",
        /// An alert.
        Alert = "alert",
        /// A message between the desk and a reporter.
        Message = "message",
        /// A technical trace.
        Observable = "observable",
        /// An asset.
        Asset = "asset",
        /// A file, by its name and digest.
        Attachment = "attachment",
        /// A document of a case, by its title.
        Document = "document",
    }
}

named! {
    /// Which permission a reader of something needs.
    Need {
        /// Reading cases.
        Case = "case",
        /// Reading reports.
        Report = "report",
        /// Reading alerts.
        Alert = "alert",
        /// Reading documents.
        Document = "document",
        /// Reading assets; no scope decides.
        Asset = "asset",
        /// Reading cases or alerts, and seeing a place where the trace was seen.
        Trace = "trace",
    }
}

/// Something that can be found, as its room tells of it.
#[derive(Debug, Clone)]
pub struct Findable {
    /// What it is.
    pub kind: FoundKind,
    /// Its identifier.
    pub id: String,
    /// What it belongs to and is seen with; none for what stands for itself.
    pub owner: Option<(FoundKind, String)>,
    /// Its number or that of what it belongs to, like `INC-2026-0142`; may be empty.
    pub number: String,
    /// The line it is known by; empty for what has none.
    pub title: String,
    /// The title of what it belongs to. Not found here.
    pub owner_title: String,
    /// What it says.
    pub body: String,
    /// What it is also found by: names, classes, references.
    pub also: String,
    /// Who wrote it, or whose it is.
    pub who: Option<String>,
    /// Whether `who` is one of the desk, whose name a reporter is not told.
    pub who_is_desk: bool,
    /// The time to show.
    pub at: Timestamp,
    /// The scope that decides who sees it.
    pub scope: Option<ScopeId>,
    /// Whose own it is.
    pub own: Option<AccountId>,
    /// Which permission its reader needs.
    pub need: Need,
}

/// Which of a room's things are wanted.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// These, as far as they are still there.
    These(&'a [String]),
    /// The next ones in the order of their identifiers.
    After(&'a str, u32),
}

/// Which results are wanted.
#[derive(Debug, Clone, Default)]
pub struct SearchFilter {
    /// Of these kinds; of all when empty.
    pub kinds: Vec<FoundKind>,
    /// Written or received not before.
    pub from: Option<Timestamp>,
    /// Written or received before.
    pub until: Option<Timestamp>,
    /// What belongs to this case, report or alert.
    pub within: Option<String>,
}

/// A piece of a text, found or in between.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FoundPart {
    /// The text, in its own spelling.
    pub text: String,
    /// Whether it was found.
    pub hit: bool,
}

/// A case, report, alert or asset that a result leads to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Place {
    /// What it is.
    pub kind: FoundKind,
    /// Its identifier.
    pub id: String,
}

/// One result.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Found {
    /// What it is.
    pub kind: FoundKind,
    /// Its identifier.
    pub id: String,
    /// What it belongs to: itself, or the case, report or alert it is part of.
    pub place: Place,
    /// Its number or that of its place; may be empty.
    pub number: String,
    /// The line it is known by; that of its place when it has none.
    pub title: Vec<FoundPart>,
    /// The part of its text that shows why it was found.
    pub snippet: Vec<FoundPart>,
    /// Whether text before the snippet is left out.
    pub cut_before: bool,
    /// Whether text after it is left out.
    pub cut_after: bool,
    /// Who wrote it, or whose it is.
    pub who: Option<String>,
    /// When it happened.
    pub at: Timestamp,
    /// Its label; none where no scope decides.
    pub tlp: Option<Tlp>,
    /// Whether only the named see it.
    pub restricted: bool,
}

/// How many results there are of each kind.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub struct Counts {
    /// Of all kinds together.
    pub total: i64,
    /// Whether counting stopped before the end: there are at least as many.
    pub more: bool,
    /// Of each kind that was met. Where counting stopped before the end these are the least there are, and kinds that may yet
    /// come stand with none.
    pub kinds: Vec<KindCount>,
}

impl Counts {
    /// How many of one kind.
    #[must_use]
    pub fn of(&self, kind: FoundKind) -> i64 {
        self.kinds
            .iter()
            .find(|count| count.kind == kind)
            .map_or(0, |count| count.count)
    }
}

/// How many results there are of one kind.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct KindCount {
    /// The kind.
    pub kind: FoundKind,
    /// How many.
    pub count: i64,
}

/// A thing whose number or identifier was typed.
pub type Jump = Place;

/// One page of results.
#[derive(Debug, Clone)]
pub struct SearchPage {
    /// The results, newest first.
    pub items: Vec<Found>,
    /// The cursor of the next page, none at the end. A page may be short although there is a next one: much was looked
    /// through that the caller may not see.
    pub next: Option<String>,
    /// How many there are; not counted again on later pages.
    pub counts: Option<Counts>,
    /// Whether the index is complete, and not just being made anew.
    pub complete: bool,
}

/// A stretch of a room's things, as far as they can be found.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    /// What can be found.
    pub found: Vec<Findable>,
    /// The last identifier that was looked at, to go on after; none at the end.
    pub last: Option<String>,
}

impl Batch {
    /// The stretch with its end, from rows in the order of their identifiers.
    pub(crate) fn new<R>(
        rows: &[R],
        id: impl Fn(&R) -> crate::kernel::Result<String>,
        read: impl Fn(&R) -> crate::kernel::Result<Option<Findable>>,
    ) -> crate::kernel::Result<Self> {
        let mut found = Vec::with_capacity(rows.len());
        for row in rows {
            found.extend(read(row)?);
        }
        Ok(Self {
            found,
            last: rows.last().map(id).transpose()?,
        })
    }
}

impl Wanted<'_> {
    /// Appends which rows of `column` are wanted, and in which order. The statement ends with a `WHERE` and a condition.
    pub(crate) fn push(self, sql: &mut matoi_db::Sql, column: &'static str, order: &'static str) {
        use matoi_db::v;
        match self {
            Self::These(ids) => drop(sql.push(" AND", []).push_in(column, ids.iter().map(v))),
            Self::After(id, limit) => {
                sql.push(" AND ", []).push(column, []).push(" > ?", [v(id)]);
                sql.push(order, []).push(" LIMIT ?", [v(limit)]);
            }
        }
    }
}
