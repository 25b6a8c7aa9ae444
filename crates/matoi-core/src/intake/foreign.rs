//! Fields of another tool's interface that Matoi has no use for: kept as they were given, and given back.
//!
//! Whoever reads or writes them has read the case or task first, by its own service: nothing here asks who may see it.

use matoi_types::{CaseId, TaskId};
use serde_json::{Map, Value as Json};

use super::store;
use crate::kernel::check::too_many;
use crate::kernel::{Error, Message, Result, Tx};

/// The largest set of fields kept of one thing, in bytes of JSON.
const MAX_BYTES: usize = 200_000;
/// Tags of one thing.
const MAX_TAGS: usize = 100;

/// What the fields belong to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForeignOwner {
    /// A case.
    Case(CaseId),
    /// A task.
    Task(TaskId),
}

impl ForeignOwner {
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Case(_) => "case",
            Self::Task(_) => "task",
        }
    }

    pub(super) fn id(self) -> String {
        match self {
            Self::Case(id) => id.to_string(),
            Self::Task(id) => id.to_string(),
        }
    }
}

/// Fields of another tool's interface.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignFields {
    /// The status in the other tool's words, where ours says less.
    pub status: String,
    /// Tags.
    pub tags: Vec<String>,
    /// Everything else, by name.
    pub fields: Map<String, Json>,
}

/// The fields of a thing; empty when there are none.
pub async fn get(tx: &mut Tx, owner: ForeignOwner) -> Result<ForeignFields> {
    store::foreign(tx, owner).await
}

/// Keeps the fields of a thing, in place of the former ones.
///
/// # Errors
/// [`Error::Invalid`] when they are more than anybody needs.
pub async fn put(tx: &mut Tx, owner: ForeignOwner, foreign: &ForeignFields) -> Result<()> {
    if foreign.tags.len() > MAX_TAGS {
        return Err(Error::field("/tags", too_many(MAX_TAGS)));
    }
    if let Some(at) = foreign.tags.iter().position(|tag| tag.chars().count() > 200) {
        let message = Message::new("error-too-long").with("max", 200_i64);
        return Err(Error::field(format!("/tags/{at}"), message));
    }
    if serde_json::to_string(&foreign.fields)?.len() > MAX_BYTES {
        return Err(Error::field("", Message::new("error-too-large-text")));
    }
    store::put_foreign(tx, owner, foreign).await
}

/// Identifiers of the cases with a tag, at most 1,000; none when there are more.
pub async fn cases_with_tag(tx: &mut Tx, tag: &str) -> Result<Option<Vec<String>>> {
    store::foreign_with_tag(tx, "case", tag, 1000).await
}

/// Identifiers of the cases with a status in the other tool's words, at most 1,000; none when there are more.
pub async fn cases_with_status(tx: &mut Tx, status: &str) -> Result<Option<Vec<String>>> {
    store::foreign_with_status(tx, "case", status, 1000).await
}
