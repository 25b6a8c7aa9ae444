//! What the forms of the rule book send, and what a check of a text says of it.

use matoi_core::kernel::words::Words;
use matoi_core::rulebook::{Checked, DataKind, service};
use matoi_core::{Caller, Error};
use matoi_types::Lang;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::http::error::{WebError, WebResult};

/// A text as its editor sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct EditForm {
    pub(super) kind: String,
    pub(super) content: String,
    pub(super) note: String,
    /// `check` or `keep`.
    #[serde(rename = "do")]
    pub(super) what: String,
}

impl EditForm {
    pub(super) fn kind(&self) -> DataKind {
        self.kind.parse().unwrap_or(DataKind::Criteria)
    }
}

/// Where an editor begins.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct NewQuery {
    pub(super) kind: String,
    /// The version to begin with.
    pub(super) from: String,
}

/// Why a version is put in force.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ApproveForm {
    pub(super) reason: String,
}

/// Something wrong with a text.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TextError {
    /// Line, from 1; 0 when the problem has no place.
    pub(super) line: u64,
    /// Column, from 1.
    pub(super) column: u64,
    /// The entry or key that is wrong, like `row ransomware`; empty for the whole text.
    pub(super) key: String,
    /// What is wrong and what is allowed.
    pub(super) message: String,
}

/// What a check of a text found.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct CheckResult {
    /// The name it calls itself by; null when it cannot be used.
    pub(super) name: Option<String>,
    /// What is wrong; empty when it can be used.
    pub(super) errors: Vec<TextError>,
    /// What was noticed but does not keep it from being used.
    pub(super) notices: Vec<String>,
}

impl CheckResult {
    fn of(checked: Checked, lang: Lang) -> Self {
        let errors = checked.errors.into_iter().map(|error| TextError {
            line: error.line,
            column: error.column,
            message: Words::get().say(lang, &error.message),
            key: error.key,
        });
        let notices = checked.notices.iter();
        Self {
            name: checked.name,
            errors: errors.collect(),
            notices: notices.map(|notice| Words::get().say(lang, notice)).collect(),
        }
    }
}

/// Checks a text away from the threads that answer: a large table takes a while.
///
/// # Errors
/// When drafting is not permitted, or the text is too large to be looked at.
pub(super) async fn check_apart(caller: &Caller, kind: DataKind, content: &str) -> WebResult<CheckResult> {
    let (asker, content) = (caller.clone(), content.to_owned());
    let checked = tokio::task::spawn_blocking(move || service::check(&asker, kind, &content))
        .await
        .map_err(|error| WebError(Error::Internal(error.to_string())))??;
    Ok(CheckResult::of(checked, caller.lang))
}
