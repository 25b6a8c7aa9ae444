//! Signing in with a password, and with a second factor where one is set up.
//!
//! Failures are counted by where they come from (an IPv4 address, an IPv6 /64) together with the login aimed at, and by
//! the source alone. After a few, that source waits; the login itself is never blocked, so that nobody can lock somebody
//! else out (OWASP ASVS 5.0, 6.3.1).

use std::net::IpAddr;

use matoi_types::{AccountId, SessionId};

use super::accounts::login_key;
use super::model::{AccountKind, AccountState};
use super::password::Passwords;
use super::{secret, sessions, store, totp};
use crate::kernel::{Caller, Change, Error, Message, Result, Store, Tx};

/// How a session that began with a password says so.
const PASSWORD: &str = "password";
const FREE_FAILURES_PER_LOGIN: i64 = 5;
const FREE_FAILURES_PER_SOURCE: i64 = 30;
const FORGET_AFTER_SECONDS: i64 = 3600;
const LONGEST_WAIT_SECONDS: i64 = 900;

/// A session that has begun.
#[derive(Debug, Clone)]
pub struct LoggedIn {
    /// The secret for the cookie; known to nobody else.
    pub secret: String,
    /// The session.
    pub session: SessionId,
    /// Whether a second factor must be given before anything else.
    pub needs_second_factor: bool,
}

/// Who may sign in with a password at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PasswordsOpen {
    /// Whoever has one.
    Everybody,
    /// Break-glass accounts: everybody else signs on at the identity provider.
    BreakGlass,
}

/// Checks login and password and begins a session.
///
/// # Errors
/// [`Error::Rule`], the same for an unknown login, a wrong password, a shut account and one that has to sign on at the
/// identity provider; [`Error::TooMany`] while the source has to wait.
pub async fn with_password(
    store: &Store,
    passwords: &Passwords,
    limits: sessions::Limits,
    open: PasswordsOpen,
    caller: &Caller,
    login: &str,
    password: &str,
    agent: &str,
) -> Result<LoggedIn> {
    let key = login_key(login);
    let sources = Sources::of(caller.address.as_deref(), &key);
    let mut look = store.read(caller).await?;
    sources.require_free(&mut look).await?;
    let found = store::account_by_login(&mut look, &key).await?;
    let hash = match &found {
        Some(account) => store::password_hash(&mut look, account.id).await?,
        None => None,
    };
    drop(look);

    let right = passwords.verify(password, hash).await?;
    let usable = found.filter(|account| {
        right
            && account.kind == AccountKind::Human
            && account.state != AccountState::Disabled
            && (account.break_glass || open == PasswordsOpen::Everybody)
    });
    let system = system_for(store, caller);
    let mut tx = store.write(&system).await?;
    let Some(account) = usable else {
        sources.count_failure(&mut tx).await?;
        let change = Change::named(
            "account.login_failed",
            "login",
            secret::digest(&key).chars().take(16).collect(),
        );
        tx.record(change).await?;
        tx.commit().await?;
        return Err(Error::rule(match open {
            PasswordsOpen::Everybody => "error-login-failed",
            PasswordsOpen::BreakGlass => "error-login-failed-sign-on",
        }));
    };
    sources.forget(&mut tx).await?;
    let logged_in = sessions::begin(
        &mut tx,
        limits,
        account.id,
        PASSWORD,
        account.has_second_factor,
        agent,
    )
    .await?;
    if !account.has_second_factor {
        finish(&mut tx, account.id, PASSWORD).await?;
    }
    tx.commit().await?;
    Ok(logged_in)
}

/// Gives the second factor for a session that waits for it.
pub async fn give_second_factor(store: &Store, caller: &Caller, cookie: &str, code: &str) -> Result<()> {
    let mut look = store.read(caller).await?;
    let waiting = sessions::waiting_for_second_factor(&mut look, cookie)
        .await?
        .ok_or(Error::Unauthenticated)?;
    let sources = Sources::of(caller.address.as_deref(), &waiting.account.to_string());
    sources.require_free(&mut look).await?;
    drop(look);

    let system = system_for(store, caller);
    let mut tx = store.write(&system).await?;
    if !totp::check(&mut tx, waiting.account, code).await? {
        sources.count_failure(&mut tx).await?;
        tx.record(Change::of("account.second_factor_failed", waiting.account))
            .await?;
        tx.commit().await?;
        return Err(Error::field("/code", Message::new("error-second-factor-code")));
    }
    sources.forget(&mut tx).await?;
    store::second_factor_given(&mut tx, waiting.session).await?;
    finish(&mut tx, waiting.account, PASSWORD).await?;
    tx.commit().await
}

pub(super) async fn finish(tx: &mut Tx, account: AccountId, method: &'static str) -> Result<()> {
    store::logged_in(tx, account).await?;
    tx.record(Change::of("account.login", account).set("method", method))
        .await
}

/// The program itself, acting for somebody who is not signed in yet.
pub(super) fn system_for(store: &Store, caller: &Caller) -> Caller {
    Caller {
        address: caller.address.clone(),
        request_id: caller.request_id.clone(),
        ..store.system("log-in")
    }
}

/// How long a source waits after so many failures beyond the free ones: 1, 2, 4 … seconds, at most 15 minutes.
#[must_use]
pub fn wait_seconds(failures: i64, free: i64) -> i64 {
    let beyond = failures - free;
    if beyond <= 0 {
        0
    } else {
        1i64.checked_shl(u32::try_from(beyond - 1).unwrap_or(63).min(20))
            .unwrap_or(i64::MAX)
            .min(LONGEST_WAIT_SECONDS)
    }
}

/// Where an attempt comes from: the names it is counted by, each with the failures that cost nothing. The first is forgotten
/// after a success.
pub(super) struct Sources(Vec<(String, i64)>);

impl Sources {
    pub(super) fn of(address: Option<&str>, aim: &str) -> Self {
        let network = Self::network(address);
        let aim: String = secret::digest(aim).chars().take(16).collect();
        Self(vec![
            (format!("{network} {aim}"), FREE_FAILURES_PER_LOGIN),
            (network, FREE_FAILURES_PER_SOURCE),
        ])
    }

    /// For single sign-on, which is counted apart: nothing can be guessed there, and a whole office comes from one address.
    pub(super) fn of_sign_on(address: Option<&str>) -> Self {
        let network = Self::network(address);
        Self(vec![(format!("{network} sign-on"), FREE_FAILURES_PER_SOURCE)])
    }

    fn network(address: Option<&str>) -> String {
        address.and_then(|text| text.parse::<IpAddr>().ok()).map_or_else(
            || "unknown".to_owned(),
            |address| match address.to_canonical() {
                IpAddr::V4(v4) => v4.to_string(),
                IpAddr::V6(v6) => {
                    let [a, b, c, d, ..] = v6.segments();
                    format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
                }
            },
        )
    }

    pub(super) async fn require_free(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        for (source, _) in &self.0 {
            if let Some(throttle) = store::throttle(tx, source).await?
                && throttle.blocked_until > now
            {
                return Err(Error::TooMany {
                    retry_after: throttle.blocked_until.seconds_since(now).max(1),
                });
            }
        }
        Ok(())
    }

    pub(super) async fn count_failure(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        for (source, free) in &self.0 {
            let former = store::throttle(tx, source)
                .await?
                .filter(|throttle| now.seconds_since(throttle.first_at) < FORGET_AFTER_SECONDS);
            let failures = former.as_ref().map_or(0, |throttle| throttle.failures) + 1;
            let first_at = former.map_or(now, |throttle| throttle.first_at);
            let until = now.plus_seconds(wait_seconds(failures, *free));
            store::set_throttle(tx, source, failures, first_at, until).await?;
        }
        Ok(())
    }

    /// A success clears this login from this source; the source alone keeps its count.
    pub(super) async fn forget(&self, tx: &mut Tx) -> Result<()> {
        match self.0.first() {
            Some((source, _)) => store::clear_throttle(tx, source).await,
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiting_begins_after_the_free_failures_doubles_and_ends_somewhere() {
        let waits: Vec<i64> = (4..12).map(|n| wait_seconds(n, 5)).collect();
        assert_eq!(waits, [0, 0, 1, 2, 4, 8, 16, 32]);
        assert_eq!(wait_seconds(10_000, 5), LONGEST_WAIT_SECONDS);
    }

    #[test]
    fn one_ipv6_customer_is_one_source() {
        let a = Sources::of(Some("2001:db8:1:2:3::1"), "x");
        let b = Sources::of(Some("2001:db8:1:2:ffff::9"), "x");
        assert_eq!(a.0, b.0);
        assert_eq!(Sources::network(Some("::ffff:203.0.113.9")), "203.0.113.9");
    }
}
