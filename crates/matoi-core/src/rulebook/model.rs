//! Nouns of the rule book.

use std::fmt;
use std::str::FromStr;

use matoi_types::{AccountId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::Message;
use crate::kernel::data::DataError;

/// What a data file holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataKind {
    /// Triage criteria.
    Criteria,
    /// The phases, conditions and clocks of a case kind.
    Lifecycle,
    /// The clocks of the desk.
    Desk,
    /// How a sender's own form becomes alerts.
    Mapping,
    /// What a report is filled from.
    Template,
}

impl DataKind {
    /// Every kind.
    pub const ALL: [Self; 5] = [
        Self::Criteria,
        Self::Lifecycle,
        Self::Desk,
        Self::Mapping,
        Self::Template,
    ];

    /// The name in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Criteria => "criteria",
            Self::Lifecycle => "lifecycle",
            Self::Desk => "desk",
            Self::Mapping => "mapping",
            Self::Template => "template",
        }
    }

    /// Checks a text of this kind and gives the name it calls itself by, with what was noticed but not refused.
    ///
    /// # Errors
    /// Every [`DataError`], with file, line and what is allowed.
    pub fn check(self, file: &str, text: &str) -> Result<(String, Vec<Message>), Vec<DataError>> {
        match self {
            Self::Criteria => crate::criteria::Criteria::read_all(file, text).map(|criteria| {
                let notices = criteria.notices.iter();
                let notices = notices.map(|finding| Message::new(finding.key()).with_all(finding.args()));
                (criteria.id, notices.collect())
            }),
            Self::Lifecycle => {
                crate::lifecycle::Lifecycle::read_all(file, text).map(|lifecycle| (lifecycle.id, Vec::new()))
            }
            Self::Desk => crate::lifecycle::DeskClocks::read(file, text)
                .map(|clocks| (clocks.id, Vec::new()))
                .map_err(|error| vec![error]),
            Self::Mapping => crate::intake::mapping::Mapping::read(file, text)
                .map(|mapping| (mapping.id, Vec::new()))
                .map_err(|error| vec![error]),
            Self::Template => crate::report_doc::template::read(file, text)
                .map(|id| (id, Vec::new()))
                .map_err(|error| vec![error]),
        }
    }
}

impl fmt::Display for DataKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DataKind {
    type Err = crate::kernel::named::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str() == text)
            .ok_or(crate::kernel::named::UnknownName)
    }
}

/// How far a version has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DataFileState {
    /// Written, not in force.
    Draft,
    /// In force: one version of a name at a time.
    Approved,
    /// Was in force.
    Superseded,
}

impl DataFileState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Approved, Self::Superseded];

    /// The name in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Approved => "approved",
            Self::Superseded => "superseded",
        }
    }
}

impl fmt::Display for DataFileState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DataFileState {
    type Err = crate::kernel::named::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|state| state.as_str() == text)
            .ok_or(crate::kernel::named::UnknownName)
    }
}

/// One version of a data file. Its content never changes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DataFile {
    /// SHA-256 of the content, in hex: what cases pin.
    pub hash: String,
    /// What it holds.
    pub kind: DataKind,
    /// Which one of its kind, like `incident`.
    pub name: String,
    /// The version, from 1.
    pub version: i64,
    /// The YAML text.
    pub content: String,
    /// How far it has come.
    pub state: DataFileState,
    /// What is new, in the words of its author.
    pub note: String,
    /// Who wrote it; none for what came with the program.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<AccountId>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

/// One version of a data file in a list: everything but its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DataFileEntry {
    /// SHA-256 of the content, in hex: what cases pin.
    pub hash: String,
    /// What it holds.
    pub kind: DataKind,
    /// Which one of its kind, like `incident`.
    pub name: String,
    /// The version, from 1.
    pub version: i64,
    /// How far it has come.
    pub state: DataFileState,
    /// What is new, in the words of its author.
    pub note: String,
    /// Who wrote it; none for what came with the program.
    pub created_by: Option<AccountId>,
    /// When.
    pub created_at: Timestamp,
    /// Who approved it.
    pub approved_by: Option<AccountId>,
    /// When.
    pub approved_at: Option<Timestamp>,
}

/// What a check of a text found.
#[derive(Debug, Clone)]
pub struct Checked {
    /// The name it calls itself by; none when it cannot be used.
    pub name: Option<String>,
    /// What is wrong.
    pub errors: Vec<DataError>,
    /// What was noticed but does not keep it from being used.
    pub notices: Vec<Message>,
}
