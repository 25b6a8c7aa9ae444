//! The templates of this room.

use std::collections::HashMap;

use askama::Template;
use matoi_core::Action;
use matoi_core::identity::{Account, AccountKind, AccountState, ApiToken, Role, Session};
use matoi_core::organisation::Unit;
use matoi_types::{AccountId, Lang, Timestamp, UnitId};

use super::forms::{AccountForm, ListQuery, TokenForm};
use crate::ui::{FieldErrors, Pager, Ui};

/// Roles and units, to choose from and to name.
#[derive(Debug, Default)]
pub(super) struct Choices {
    pub(super) roles: Vec<Role>,
    pub(super) units: Vec<Unit>,
}

impl Choices {
    pub(super) fn role_name(&self, ui: &Ui, id: &str) -> String {
        let role = self.roles.iter().find(|role| role.id == id);
        role.map_or(id, |role| role.name.get(ui.lang)).to_owned()
    }

    pub(super) fn unit_name(&self, ui: &Ui, id: &UnitId) -> String {
        let unit = self.units.iter().find(|unit| unit.id == *id);
        unit.map_or_else(|| id.to_string(), |unit| unit.name.get(ui.lang).to_owned())
    }
}

#[derive(Template)]
#[template(path = "accounts/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) query: ListQuery,
    pub(super) accounts: Vec<Account>,
    pub(super) counts: Vec<(AccountState, i64)>,
    pub(super) choices: Choices,
    pub(super) pager: Pager,
}

impl ListPage {
    fn total(&self) -> i64 {
        self.counts.iter().map(|(_, n)| n).sum()
    }
}

#[derive(Template)]
#[template(path = "accounts/new.html")]
pub(super) struct NewPage {
    pub(super) ui: Ui,
    pub(super) form: AccountForm,
    pub(super) errors: FieldErrors,
    pub(super) choices: Choices,
}

#[derive(Template)]
#[template(path = "accounts/show.html")]
pub(super) struct ShowPage {
    pub(super) ui: Ui,
    pub(super) account: Account,
    pub(super) form: AccountForm,
    pub(super) errors: FieldErrors,
    /// What was refused besides the form of the account itself.
    pub(super) refused: FieldErrors,
    pub(super) choices: Choices,
    pub(super) credentials: Option<Credentials>,
    pub(super) token_form: TokenForm,
    pub(super) token_errors: FieldErrors,
    pub(super) new_secret: Option<String>,
    pub(super) is_me: bool,
}

/// Sessions and tokens of one account, for those who manage them.
#[derive(Debug)]
pub(super) struct Credentials {
    pub(super) sessions: Vec<Session>,
    pub(super) tokens: Vec<ApiToken>,
}

impl ShowPage {
    /// What a token of this account could be permitted.
    fn scopes(&self) -> Vec<Action> {
        let has = |action: &Action| {
            let granted = |role: &&Role| self.account.grants.iter().any(|grant| grant.role == role.id);
            self.choices
                .roles
                .iter()
                .filter(granted)
                .any(|role| role.actions.contains(action))
        };
        Action::ALL.iter().copied().filter(has).collect()
    }

    fn may_make_tokens(&self) -> bool {
        self.account.kind == AccountKind::Service
            && self.account.state != AccountState::Disabled
            && self.ui.may(Action::AccountManage)
    }
}

#[derive(Template)]
#[template(path = "accounts/reset.html")]
pub(super) struct ResetPage {
    pub(super) ui: Ui,
    pub(super) account: Account,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "accounts/link.html")]
pub(super) struct LinkPage {
    pub(super) ui: Ui,
    pub(super) account: Account,
    pub(super) is_invitation: bool,
    pub(super) url: String,
    pub(super) until: Timestamp,
}

#[derive(Template)]
#[template(path = "accounts/tokens.html")]
pub(super) struct TokensPage {
    pub(super) ui: Ui,
    pub(super) tokens: Vec<ApiToken>,
    pub(super) names: HashMap<AccountId, String>,
    pub(super) pager: Pager,
}

#[derive(Template)]
#[template(path = "accounts/sessions.html")]
pub(super) struct SessionsPage {
    pub(super) ui: Ui,
    pub(super) sessions: Vec<Session>,
    pub(super) names: HashMap<AccountId, String>,
    pub(super) pager: Pager,
}

/// The mark and the key of an account's state.
pub(super) fn state_mark(state: &AccountState) -> (&'static str, &'static str) {
    match state {
        AccountState::Invited => ("wait", "account-state-invited"),
        AccountState::Active => ("done", "account-state-active"),
        AccountState::Disabled => ("off", "account-state-disabled"),
    }
}

/// What is wrong with a row of roles: the role, the unit or both together.
pub(super) fn grant_error(errors: &FieldErrors, row: &usize) -> Option<String> {
    ["/role", "/unit_id", ""]
        .iter()
        .find_map(|field| errors.at(&format!("/grants/{row}{field}")))
        .map(ToOwned::to_owned)
}

/// A name of a map, or nothing for an account that is not in it.
pub(super) fn name_in(names: &HashMap<AccountId, String>, id: &AccountId) -> String {
    names.get(id).cloned().unwrap_or_default()
}
