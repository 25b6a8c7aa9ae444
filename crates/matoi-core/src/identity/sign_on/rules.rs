//! Whose account it is, and which roles it has. Pure.

use matoi_types::AccountId;

use super::{Identity, Refusal};
use crate::identity::model::{Account, AccountKind, AccountState, Grant};

/// The role of somebody whose account was made at their first sign-on, where groups give no roles.
const FIRST_ROLE: &str = "member";

/// Accounts that may have to do with the person.
#[derive(Debug, Clone, Default)]
pub struct Candidates {
    /// The account that is bound to the person.
    pub bound: Option<Account>,
    /// The account with the person's login.
    pub with_login: Option<Account>,
    /// Accounts of people with the person's mail address.
    pub with_mail: Vec<Account>,
}

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// That of this account.
    Account(AccountId),
    /// That of this account from now on.
    Bind(AccountId),
    /// Nobody's yet: one is made.
    New,
}

/// Whose account it is when somebody comes by themselves.
///
/// Only the subject, which the provider never gives to somebody else, identifies a person. A mail address that the
/// provider verified binds an account to the person once: one that an administrator made for exactly this address and
/// that nobody has ever used. A login or an unverified address, which people may often choose themselves, never does.
///
/// # Errors
/// Why it is nobody's.
pub fn whose(
    identity: &Identity,
    candidates: &Candidates,
    create_accounts: bool,
) -> std::result::Result<Whose, Refusal> {
    if let Some(account) = &candidates.bound {
        require_usable(account)?;
        return Ok(Whose::Account(account.id));
    }
    if identity.mail_verified
        && let [account] = candidates.with_mail.as_slice()
        && can_be_bound_by_mail(account)
    {
        return Ok(Whose::Bind(account.id));
    }
    if candidates.with_login.is_some() || !candidates.with_mail.is_empty() {
        return Err(Refusal::Taken);
    }
    if create_accounts {
        Ok(Whose::New)
    } else {
        Err(Refusal::Unknown)
    }
}

/// Whether an account may be bound to a person because they proved that it is theirs: by its invitation, or by signing in
/// with its password.
///
/// # Errors
/// Why not.
pub fn require_bindable(target: &Account, bound: Option<&Account>) -> std::result::Result<(), Refusal> {
    require_usable(target)?;
    match bound {
        Some(other) if other.id != target.id => Err(Refusal::Connected),
        _ => Ok(()),
    }
}

fn require_usable(account: &Account) -> std::result::Result<(), Refusal> {
    if account.kind == AccountKind::Human && account.state != AccountState::Disabled {
        Ok(())
    } else {
        Err(Refusal::Disabled)
    }
}

fn can_be_bound_by_mail(account: &Account) -> bool {
    account.kind == AccountKind::Human
        && account.state == AccountState::Invited
        && !account.has_password
        && !account.has_single_sign_on
        && !account.has_second_factor
        && !account.break_glass
}

/// The roles of an account after somebody signed on.
///
/// Where no group is mapped, roles are given in Matoi alone. Where groups are, they decide about the roles that the mapping
/// names, for the whole organisation; every other role, and every role within a unit, is left as it is. A break-glass
/// account keeps what it has: no mistake at the provider may take the last way in.
#[must_use]
pub fn grants_after(
    mapping: &[(String, Vec<String>)],
    groups: &[String],
    account: Option<&Account>,
) -> Vec<Grant> {
    let current = account
        .map(|account| account.grants.as_slice())
        .unwrap_or_default();
    if account.is_some_and(|account| account.break_glass) {
        return current.to_vec();
    }
    if mapping.is_empty() {
        return match account {
            Some(_) => current.to_vec(),
            None => vec![for_everything(FIRST_ROLE)],
        };
    }
    let decided = |role: &str| {
        mapping
            .iter()
            .any(|(_, roles)| roles.iter().any(|name| name == role))
    };
    let kept = current
        .iter()
        .filter(|grant| grant.unit_id.is_some() || !decided(&grant.role))
        .cloned();
    let given = mapping
        .iter()
        .filter(|(group, _)| groups.contains(group))
        .flat_map(|(_, roles)| roles.iter().map(|role| for_everything(role)));
    let mut grants: Vec<Grant> = Vec::new();
    for grant in kept.chain(given) {
        if !grants.contains(&grant) {
            grants.push(grant);
        }
    }
    grants.sort_by_cached_key(|grant| (grant.role.clone(), grant.unit_id.map(|unit| unit.to_string())));
    grants
}

fn for_everything(role: &str) -> Grant {
    Grant {
        role: role.to_owned(),
        unit_id: None,
    }
}
