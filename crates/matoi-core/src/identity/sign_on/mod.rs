//! Single sign-on by OpenID Connect: what the identity provider says of a person becomes a session of an account.
//!
//! The protocol itself (discovery, keys, codes, tokens) is behind [`IdentityProvider`], which the program fills. This room
//! decides whose account it is, and it never gives somebody an existing account because a name or an unverified mail
//! address happens to be the same. See `docs/decisions/0011-single-sign-on.md`.

pub mod rules;
pub mod service;

use std::sync::Arc;

use matoi_types::Timestamp;

use crate::kernel::ports::Boxed;

/// Single sign-on, as it is set up.
#[derive(Clone)]
pub struct SignOn {
    /// What the organisation decided.
    pub settings: SignOnSettings,
    /// The one identity provider.
    pub provider: Arc<dyn IdentityProvider>,
}

impl std::fmt::Debug for SignOn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignOn")
    }
}

/// What the organisation decided about single sign-on.
#[derive(Debug, Clone)]
pub struct SignOnSettings {
    /// The name on the button.
    pub name: String,
    /// Whether only break-glass accounts may sign in with a password.
    pub only: bool,
    /// Whether somebody who is not known gets an account.
    pub create_accounts: bool,
    /// Which roles the groups of the identity provider give. When empty, roles are given in Matoi alone.
    pub roles: Vec<(String, Vec<String>)>,
}

/// What is made for one attempt. All of it is random, none of it may be known to anybody but browser, provider and Matoi.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Binds the answer to the browser (RFC 6749, section 10.12).
    pub state: String,
    /// Binds the ID token to the attempt (OpenID Connect Core 1.0, section 3.1.2.1).
    pub nonce: String,
    /// Binds the code to the attempt (RFC 7636).
    pub verifier: String,
}

/// What came back with the browser, to be exchanged for who the person is.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The code.
    pub code: String,
    /// Who says to have issued it (RFC 9207), when it is said.
    pub issuer: Option<String>,
    /// What was made for the attempt.
    pub attempt: Attempt,
}

/// A person, as the identity provider vouches for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The identity provider.
    pub issuer: String,
    /// The person there: never given to somebody else.
    pub subject: String,
    /// The name to sign in with.
    pub login: Option<String>,
    /// The name to show.
    pub name: Option<String>,
    /// The mail address.
    pub mail: Option<String>,
    /// Whether the provider says that it verified the mail address.
    pub mail_verified: bool,
    /// The groups.
    pub groups: Vec<String>,
}

/// Why the identity provider, or what it sent, is of no use. The text is for the log and holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// It does not answer, or not with what it should.
    #[error("the identity provider cannot be used: {0}")]
    Unreachable(String),
    /// It does not take the code, or the token is not one that can be trusted.
    #[error("the answer cannot be trusted: {0}")]
    Untrusted(String),
    /// A token is not valid yet or any more, although it was just made.
    #[error("the clocks differ: {0}")]
    Clock(String),
    /// It does not say what is needed of the person.
    #[error("the provider does not say enough: {0}")]
    Incomplete(String),
}

/// The identity provider that people sign on at.
pub trait IdentityProvider: Send + Sync + 'static {
    /// The address at which the browser asks the person, for a new attempt.
    fn address<'a>(
        &'a self,
        attempt: &'a Attempt,
        now: Timestamp,
    ) -> Boxed<'a, std::result::Result<String, ProviderError>>;

    /// Exchanges the code and checks everything that comes back.
    fn identity(
        &self,
        answer: Answer,
        now: Timestamp,
    ) -> Boxed<'_, std::result::Result<Identity, ProviderError>>;
}

/// Why somebody cannot sign on. What they are told is the text of [`Refusal::key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The person, or the provider, said no.
    Denied,
    /// The identity provider does not answer, or says that it has trouble.
    Unreachable,
    /// What the browser had to bring along is missing, too old, or was used before.
    Lost,
    /// The answer cannot be trusted.
    Untrusted,
    /// The clocks of the two machines differ too much.
    Clock,
    /// The provider does not say what an account needs.
    Claims,
    /// The account is shut.
    Disabled,
    /// There is an account with this name or mail address, and nothing proves that it is the same person's.
    Taken,
    /// There is no account, and none is made.
    Unknown,
    /// No role is left.
    NoRole,
    /// The person at the provider belongs to another account already.
    Connected,
}

impl Refusal {
    /// The key of the text that says what happened and what to do.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Denied => "error-sign-on-denied",
            Self::Unreachable => "error-sign-on-unreachable",
            Self::Lost => "error-sign-on-lost",
            Self::Untrusted => "error-sign-on-untrusted",
            Self::Clock => "error-sign-on-clock",
            Self::Claims => "error-sign-on-claims",
            Self::Disabled => "error-sign-on-disabled",
            Self::Taken => "error-sign-on-taken",
            Self::Unknown => "error-sign-on-unknown",
            Self::NoRole => "error-sign-on-no-role",
            Self::Connected => "error-sign-on-connected",
        }
    }

    /// Its name in the audit log and the program's log.
    #[must_use]
    pub fn reason(self) -> &'static str {
        self.key().trim_start_matches("error-sign-on-")
    }

    /// Whether it counts against the place it comes from: what only a forgery, or a broken set-up, brings about. A browser
    /// that brings nothing along does not count: any web page can send one here, and shut out everybody beside it.
    const fn counts(self) -> bool {
        matches!(self, Self::Untrusted)
    }

    /// Whether anybody can bring it about without having been at the provider.
    const fn costs_nothing(self) -> bool {
        matches!(self, Self::Lost | Self::Denied | Self::Unreachable)
    }
}
