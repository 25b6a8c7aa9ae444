//! What the forms of accounts send.

use matoi_core::Action;
use matoi_core::identity::tokens::TokenInput;
use matoi_core::identity::{Account, AccountFilter, AccountInput, AccountKind, Grant};
use matoi_types::UnitId;
use serde::Deserialize;

/// The filters of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    pub(super) q: String,
    pub(super) state: String,
    pub(super) kind: String,
    pub(super) role: String,
    pub(super) cursor: String,
}

impl ListQuery {
    /// A value that says nothing filters nothing: links outlive what they name.
    pub(super) fn filter(&self) -> AccountFilter {
        AccountFilter {
            state: self.state.parse().ok(),
            kind: self.kind.parse().ok(),
            role: Some(self.role.clone()).filter(|role| !role.is_empty()),
            text: Some(self.q.clone()),
        }
    }

    pub(super) fn pairs(&self) -> [(&str, &str); 4] {
        [
            ("q", self.q.as_str()),
            ("state", self.state.as_str()),
            ("kind", self.kind.as_str()),
            ("role", self.role.as_str()),
        ]
    }

    /// Whether anything is filtered.
    pub(super) fn is_filtered(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }
}

/// An account as its form sends it. Roles and units are two lists of the same length, row by row.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct AccountForm {
    pub(super) kind: String,
    pub(super) login: String,
    pub(super) name: String,
    pub(super) mail: String,
    pub(super) lang: String,
    pub(super) zone: String,
    pub(super) role: Vec<String>,
    pub(super) unit: Vec<String>,
    pub(super) break_glass: Option<String>,
    pub(super) version: i64,
}

impl AccountForm {
    pub(super) fn of(account: &Account) -> Self {
        let unit = |grant: &Grant| grant.unit_id.map(|id| id.to_string()).unwrap_or_default();
        Self {
            kind: account.kind.to_string(),
            login: account.login.clone(),
            name: account.name.clone(),
            mail: account.mail.clone(),
            lang: account.lang.to_string(),
            zone: account.zone.clone(),
            role: account.grants.iter().map(|grant| grant.role.clone()).collect(),
            unit: account.grants.iter().map(unit).collect(),
            break_glass: account.break_glass.then(|| "on".to_owned()),
            version: account.version,
        }
    }

    pub(super) fn kind(&self) -> AccountKind {
        self.kind.parse().unwrap_or(AccountKind::Human)
    }

    /// Role and unit of every row that names a role, in their order.
    pub(super) fn rows(&self) -> Vec<(&str, &str)> {
        let unit_at = |at: usize| self.unit.get(at).map_or("", String::as_str);
        self.role
            .iter()
            .enumerate()
            .filter(|(_, role)| !role.is_empty())
            .map(|(at, role)| (role.as_str(), unit_at(at)))
            .collect()
    }

    /// The rows, and empty ones to add more.
    pub(super) fn rows_to_fill(&self) -> Vec<(&str, &str)> {
        let mut rows = self.rows();
        let empty = if rows.is_empty() { 3 } else { 2 };
        rows.extend(std::iter::repeat_n(("", ""), empty));
        rows
    }

    pub(super) fn input(&self) -> AccountInput {
        let grant = |(role, unit): (&str, &str)| Grant {
            role: role.to_owned(),
            unit_id: unit.parse::<UnitId>().ok(),
        };
        AccountInput {
            kind: self.kind(),
            login: self.login.clone(),
            name: self.name.clone(),
            mail: self.mail.clone(),
            lang: self.lang.parse().ok(),
            zone: Some(self.zone.clone()).filter(|zone| !zone.trim().is_empty()),
            grants: self.rows().into_iter().map(grant).collect(),
            break_glass: self.break_glass.is_some(),
        }
    }
}

/// A new token as its form sends it.
#[derive(Debug, Clone, Deserialize)]
#[serde(default)]
pub(crate) struct TokenForm {
    pub(crate) token_name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) days: i64,
}

impl Default for TokenForm {
    fn default() -> Self {
        Self {
            token_name: String::new(),
            scopes: Vec::new(),
            days: 90,
        }
    }
}

impl TokenForm {
    pub(crate) fn input(&self) -> TokenInput {
        TokenInput {
            name: self.token_name.clone(),
            scopes: self
                .scopes
                .iter()
                .filter_map(|scope| scope.parse().ok())
                .collect(),
            days: self.days,
        }
    }

    pub(crate) fn has(&self, action: &Action) -> bool {
        self.scopes.iter().any(|scope| scope == action.as_str())
    }
}

/// A version that was read, for changes without other fields.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct VersionForm {
    pub(super) version: i64,
}

/// Whether a password reset takes the second factor off, too.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ResetForm {
    pub(super) second_factor_too: Option<String>,
}
