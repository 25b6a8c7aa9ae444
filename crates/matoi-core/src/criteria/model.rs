//! Nouns of the criteria, and their YAML.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use matoi_condition::table::{AskedFact, Certainty, DecisionTable, Finding, TableEvaluation};
use matoi_condition::{FactMap, FactType, Vocabulary};
use matoi_types::{Priority, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::file;
use crate::kernel::data::{Bilingual, DataError};

/// What something that came in turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriageOutcome {
    /// An incident: a case with a life cycle, clocks and reports.
    Incident,
    /// A question or a consultation.
    Inquiry,
    /// Not an incident: the reporter gets an answer with the reason.
    NotIncident,
}

impl TriageOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Incident, Self::Inquiry, Self::NotIncident];

    /// The name in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Inquiry => "inquiry",
            Self::NotIncident => "not_incident",
        }
    }
}

impl fmt::Display for TriageOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TriageOutcome {
    type Err = crate::kernel::named::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or(crate::kernel::named::UnknownName)
    }
}

/// Triage criteria, read from YAML.
#[derive(Debug, Clone)]
pub struct Criteria {
    /// Which criteria, like `incident`.
    pub id: String,
    /// Their name.
    pub title: Bilingual,
    /// What they are for.
    pub about: Bilingual,
    /// What is asked, in the order of asking.
    pub facts: Vec<CriteriaFact>,
    /// What to do, by identifier.
    pub policies: BTreeMap<String, Bilingual>,
    /// The rows, first match first.
    pub table: DecisionTable<RowOutcome>,
    /// Situations with the row they must lead to, tried whenever the criteria are read.
    pub examples: Vec<Example>,
    /// What a check of the whole table noticed without refusing it.
    pub notices: Vec<Finding>,
    pub(super) vocabulary: Vocabulary,
}

/// One thing the criteria ask for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriteriaFact {
    /// Its name in conditions.
    pub name: String,
    /// What it can be.
    #[serde(rename = "type")]
    pub fact_type: FactType,
    /// The question as a person is asked it.
    pub question: Bilingual,
    /// What helps to answer.
    #[serde(default)]
    pub hint: Option<Bilingual>,
    /// The steps in words.
    #[serde(default)]
    pub labels: BTreeMap<String, Bilingual>,
}

/// What a row says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowOutcome {
    /// What it is.
    pub outcome: TriageOutcome,
    /// How urgent; none for what is no incident.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// How bad.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// The class of incident, an identifier of the taxonomy.
    #[serde(default)]
    pub class: Option<String>,
    /// What to do, an identifier of `policies`.
    #[serde(default)]
    pub policy: Option<String>,
    /// The row in a sentence: why it is so.
    pub reason: Bilingual,
}

/// A worked example: this situation leads to this row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The situation in a sentence.
    pub name: Bilingual,
    /// What is known, in plain form; what is left out is unknown.
    #[serde(default)]
    pub facts: BTreeMap<String, serde_json::Value>,
    /// The row that must apply; none when no row may apply.
    #[serde(default)]
    pub expect: Option<String>,
    /// How sure the result must be.
    #[serde(default = "certain")]
    pub certainty: Certainty,
}

const fn certain() -> Certainty {
    Certainty::Certain
}

impl Criteria {
    /// Reads the YAML, checks every condition, every name and every worked example it carries.
    ///
    /// # Errors
    /// The first [`DataError`], with file, line and what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        Self::read_all(file, text).map_err(|errors| DataError::first(file, errors))
    }

    /// The same with everything that is wrong, so that a file is corrected in one go.
    ///
    /// # Errors
    /// Every [`DataError`] that can be found without the ones before it being corrected.
    pub fn read_all(file: &str, text: &str) -> Result<Self, Vec<DataError>> {
        file::read(file, text)
    }

    /// The facts in the form conditions know them.
    #[must_use]
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What the table says of these facts.
    #[must_use]
    pub fn evaluate(&self, facts: &FactMap) -> Evaluation {
        let evaluation = self.table.evaluate_first(facts);
        let proposal = evaluation
            .row
            .as_deref()
            .and_then(|id| self.table.row(id))
            .map(|row| Proposal {
                row: row.id.clone(),
                outcome: row.then.outcome,
                priority: row.then.priority,
                severity: row.then.severity,
                class: row.then.class.clone(),
                policy: row
                    .then
                    .policy
                    .as_ref()
                    .and_then(|id| self.policies.get(id))
                    .cloned(),
                reason: row.then.reason.clone(),
            });
        Evaluation {
            certainty: evaluation.certainty,
            rests_on_assumption: evaluation.rests_on_assumption,
            ask: evaluation.ask.clone(),
            proposal,
            table: evaluation,
        }
    }
}

/// What the criteria propose, with every reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    /// Whether missing facts could still change it.
    pub certainty: Certainty,
    /// Whether it rests on something that is only assumed.
    pub rests_on_assumption: bool,
    /// The facts to ask for next, the most useful first.
    pub ask: Vec<AskedFact>,
    /// What is proposed; none when no row matches or too much is unknown.
    pub proposal: Option<Proposal>,
    /// Every row with its trace.
    pub table: TableEvaluation,
}

/// What a matching row proposes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proposal {
    /// The row.
    pub row: String,
    /// What it is.
    pub outcome: TriageOutcome,
    /// How urgent.
    pub priority: Option<Priority>,
    /// How bad.
    pub severity: Option<Severity>,
    /// Its class.
    pub class: Option<String>,
    /// What to do.
    pub policy: Option<Bilingual>,
    /// Why.
    pub reason: Bilingual,
}

/// The criteria behind a hash, read once.
///
/// # Errors
/// [`DataError`], when the text cannot be read; it was checked when it was kept.
pub fn cached(hash: &str, text: &str) -> Result<Arc<Criteria>, DataError> {
    static CACHE: OnceLock<RwLock<HashMap<String, Arc<Criteria>>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(found) = cache.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
        return Ok(Arc::clone(found));
    }
    let criteria = Arc::new(Criteria::read(hash, text)?);
    cache
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(hash.to_owned(), Arc::clone(&criteria));
    Ok(criteria)
}
