//! Asking the criteria in force.

use std::sync::Arc;

use matoi_condition::FactMap;
use serde_json::{Map, Value as Json};

use super::model::{Criteria, Evaluation, cached};
use crate::kernel::{Action, Error, FieldError, Message, Result, Tx};
use crate::rulebook::{self, DataKind};

/// The name of the criteria that triage what comes in.
pub const INCIDENT: &str = "incident";

/// Criteria with the hash by which a case pins them.
#[derive(Debug, Clone)]
pub struct Pinned {
    /// The hash.
    pub hash: String,
    /// The version people know them by.
    pub version: i64,
    /// The criteria.
    pub criteria: Arc<Criteria>,
}

/// The version in force.
pub async fn in_force(tx: &mut Tx, name: &str) -> Result<Pinned> {
    let file = rulebook::service::in_force(tx, DataKind::Criteria, name).await?;
    let criteria = cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Pinned {
        hash: file.hash,
        version: file.version,
        criteria,
    })
}

/// A version by the hash a case pinned.
pub async fn pinned(tx: &mut Tx, hash: &str) -> Result<Pinned> {
    let file = rulebook::service::pinned(tx, hash).await?;
    let criteria = cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Pinned {
        hash: file.hash,
        version: file.version,
        criteria,
    })
}

/// What the criteria in force say of these facts (plain JSON: `null` or missing is unknown, `{"assumed": …}` is assumed).
pub async fn evaluate(tx: &mut Tx, name: &str, facts: &Map<String, Json>) -> Result<(Pinned, Evaluation)> {
    tx.require(Action::CriteriaRead)?;
    let pinned = in_force(tx, name).await?;
    let facts = read_facts(&pinned.criteria, facts)?;
    let evaluation = pinned.criteria.evaluate(&facts);
    Ok((pinned, evaluation))
}

/// What one version of the criteria would say of these facts, in force or not.
pub async fn try_out(tx: &mut Tx, hash: &str, facts: &Map<String, Json>) -> Result<(Pinned, Evaluation)> {
    let pinned = of_version(tx, hash).await?;
    let facts = read_facts(&pinned.criteria, facts)?;
    let evaluation = pinned.criteria.evaluate(&facts);
    Ok((pinned, evaluation))
}

/// One version of the criteria, in force or not, for people who look at it.
pub async fn of_version(tx: &mut Tx, hash: &str) -> Result<Pinned> {
    let file = rulebook::service::get(tx, hash).await?;
    if file.kind != DataKind::Criteria {
        return Err(Error::NotFound("criteria"));
    }
    let criteria = cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))?;
    Ok(Pinned {
        hash: file.hash,
        version: file.version,
        criteria,
    })
}

/// Reads plain facts by the criteria's vocabulary.
///
/// # Errors
/// [`Error::Invalid`] with a pointer for each fact that cannot be what it is said to be.
pub fn read_facts(criteria: &Criteria, facts: &Map<String, Json>) -> Result<FactMap> {
    criteria.vocabulary().read_facts(facts).map_err(|errors| {
        let fields = errors.iter().map(|error| {
            let mut message = Message::new(error.kind.key());
            for (name, value) in error.kind.args() {
                message = message.with(name, value);
            }
            FieldError::new(format!("/facts/{}", error.fact), message)
        });
        Error::Invalid(fields.collect())
    })
}
