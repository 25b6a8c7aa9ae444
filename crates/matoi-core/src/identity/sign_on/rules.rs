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
        && account.last_login_at.is_none()
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

#[cfg(test)]
mod tests {
    use matoi_types::{Id, Lang, Timestamp, UnitId};

    use super::*;
    use crate::identity::model::{Density, Theme};

    fn account(number: u64, change: impl FnOnce(&mut Account)) -> Account {
        let mut account = Account {
            id: Id::from_parts(number, [0; 10]),
            kind: AccountKind::Human,
            login: "tanaka".to_owned(),
            name: "田中 花".to_owned(),
            mail: "tanaka@minatono.example".to_owned(),
            lang: Lang::Ja,
            zone: "Asia/Tokyo".to_owned(),
            theme: Theme::Auto,
            density: Density::Comfortable,
            state: AccountState::Invited,
            has_password: false,
            has_second_factor: false,
            has_single_sign_on: false,
            break_glass: false,
            created_at: Timestamp::from_micros(0),
            last_login_at: None,
            version: 1,
            grants: Vec::new(),
        };
        change(&mut account);
        account
    }

    fn identity(mail_verified: bool) -> Identity {
        Identity {
            issuer: "https://login.example".to_owned(),
            subject: "u1".to_owned(),
            login: Some("tanaka".to_owned()),
            name: None,
            mail: Some("tanaka@minatono.example".to_owned()),
            mail_verified,
            groups: Vec::new(),
        }
    }

    #[test]
    fn only_an_account_that_nobody_used_is_bound_by_a_verified_address() {
        let with_mail = |accounts: Vec<Account>| Candidates {
            with_mail: accounts,
            ..Candidates::default()
        };
        let fresh = account(1, |_| {});
        let bound = whose(&identity(true), &with_mail(vec![fresh.clone()]), true);
        assert_eq!(bound, Ok(Whose::Bind(fresh.id)));
        let unverified = whose(&identity(false), &with_mail(vec![fresh.clone()]), true);
        assert_eq!(unverified, Err(Refusal::Taken));
        let two = whose(&identity(true), &with_mail(vec![fresh, account(2, |_| {})]), true);
        assert_eq!(two, Err(Refusal::Taken));
        let changes: [fn(&mut Account); 7] = [
            |account| account.state = AccountState::Active,
            |account| account.state = AccountState::Disabled,
            |account| account.has_password = true,
            |account| account.has_second_factor = true,
            |account| account.has_single_sign_on = true,
            |account| account.break_glass = true,
            |account| account.kind = AccountKind::Service,
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let refused = whose(&identity(true), &with_mail(vec![account(1, change)]), true);
            assert_eq!(refused, Err(Refusal::Taken), "{at}");
        }
    }

    #[test]
    fn a_login_alone_is_worth_nothing() {
        let candidates = Candidates {
            with_login: Some(account(1, |_| {})),
            ..Candidates::default()
        };
        assert_eq!(whose(&identity(true), &candidates, true), Err(Refusal::Taken));
        let nobody = Candidates::default();
        assert_eq!(whose(&identity(true), &nobody, true), Ok(Whose::New));
        assert_eq!(whose(&identity(true), &nobody, false), Err(Refusal::Unknown));
    }

    #[test]
    fn who_is_bound_is_known_and_must_not_be_shut() {
        let bound = |change: fn(&mut Account)| Candidates {
            bound: Some(account(1, change)),
            with_login: Some(account(2, |_| {})),
            ..Candidates::default()
        };
        let active = bound(|account| account.state = AccountState::Active);
        let id = account(1, |_| {}).id;
        assert_eq!(whose(&identity(false), &active, false), Ok(Whose::Account(id)));
        let shut = bound(|account| account.state = AccountState::Disabled);
        assert_eq!(whose(&identity(true), &shut, true), Err(Refusal::Disabled));
    }

    fn grant(role: &str, unit_id: Option<UnitId>) -> Grant {
        Grant {
            role: role.to_owned(),
            unit_id,
        }
    }

    #[test]
    fn groups_decide_about_the_roles_they_name_and_no_others() {
        let unit: UnitId = Id::from_parts(9, [0; 10]);
        let mapping = [
            ("a".to_owned(), vec!["handler".to_owned(), "member".to_owned()]),
            ("b".to_owned(), vec!["handler".to_owned(), "approver".to_owned()]),
        ];
        let check = |groups: &[&str], current: Vec<Grant>, expect: Vec<Grant>| {
            let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
            let holder = account(1, |account| account.grants = current);
            assert_eq!(
                grants_after(&mapping, &groups, Some(&holder)),
                expect,
                "{groups:?}"
            );
        };
        let (handler, member, approver) = (
            grant("handler", None),
            grant("member", None),
            grant("approver", None),
        );
        check(
            &["a", "b", "c"],
            Vec::new(),
            vec![approver.clone(), handler.clone(), member.clone()],
        );
        check(
            &["a"],
            vec![approver.clone(), handler.clone()],
            vec![handler.clone(), member.clone()],
        );
        check(&[], vec![approver.clone(), member], Vec::new());
        let (within, auditor) = (grant("handler", Some(unit)), grant("auditor", None));
        check(&[], vec![auditor.clone(), within.clone()], vec![auditor, within]);
        let emergency = account(1, |account| {
            account.break_glass = true;
            account.grants = vec![approver.clone()];
        });
        assert_eq!(grants_after(&mapping, &[], Some(&emergency)), [approver]);
        assert_eq!(
            grants_after(&[], &["a".to_owned()], None),
            [grant(FIRST_ROLE, None)]
        );
        let holder = account(1, |account| account.grants = vec![handler.clone()]);
        assert_eq!(grants_after(&[], &[], Some(&holder)), [handler]);
    }
}
