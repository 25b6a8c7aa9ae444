//! Nouns of identity.

use matoi_types::{AccountId, Lang, SessionId, Timestamp, Tlp, TokenId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::data::Bilingual;
use crate::kernel::{Action, ActionSet, named};

named! {
    /// What kind of account.
    AccountKind {
        /// A person, who signs in.
        Human = "human",
        /// A program, which only uses tokens.
        Service = "service",
    }
}

named! {
    /// Whether an account can be used.
    AccountState {
        /// Invited, not signed in yet.
        Invited = "invited",
        /// In use.
        Active = "active",
        /// Shut: cannot sign in, its tokens and sessions are dead.
        Disabled = "disabled",
    }
}

named! {
    /// How the pages look.
    Theme {
        /// As the system says.
        Auto = "auto",
        /// Light.
        Light = "light",
        /// Dark.
        Dark = "dark",
    }
}

named! {
    /// How dense the pages are.
    Density {
        /// Comfortable.
        Comfortable = "comfortable",
        /// Compact.
        Compact = "compact",
    }
}

named! {
    /// What a one-time link is for.
    LinkPurpose {
        /// The first set-up of the installation.
        Setup = "setup",
        /// The first sign-in of a new account.
        Invitation = "invitation",
        /// A new password.
        PasswordReset = "password_reset",
    }
}

/// An account.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Account {
    /// Its identifier.
    pub id: AccountId,
    /// A person or a program.
    pub kind: AccountKind,
    /// The name to sign in with.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The mail address, may be empty.
    pub mail: String,
    /// The language of pages and mails.
    pub lang: Lang,
    /// The IANA time zone.
    pub zone: String,
    /// How pages look.
    pub theme: Theme,
    /// How dense pages are.
    pub density: Density,
    /// Whether it can be used.
    pub state: AccountState,
    /// Whether a local password is set.
    pub has_password: bool,
    /// Whether a second factor is set up.
    pub has_second_factor: bool,
    /// Whether it signs in at an identity provider.
    pub has_single_sign_on: bool,
    /// Whether it is a break-glass account: local password even where single sign-on is demanded.
    pub break_glass: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last signed in.
    pub last_login_at: Option<Timestamp>,
    /// Version for `If-Match`.
    pub version: i64,
    /// Its roles.
    pub grants: Vec<Grant>,
}

/// Which accounts are wanted.
#[derive(Debug, Clone, Default)]
pub struct AccountFilter {
    /// In this state.
    pub state: Option<AccountState>,
    /// Of this kind.
    pub kind: Option<AccountKind>,
    /// With this role, anywhere.
    pub role: Option<String>,
    /// With this text in login, name or mail address.
    pub text: Option<String>,
}

/// An account as a name to choose or to show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountName {
    /// The account.
    pub id: AccountId,
    /// The name to show.
    pub name: String,
    /// The name to sign in with.
    pub login: String,
    /// Whether it can be used.
    pub state: AccountState,
}

/// A role given to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Grant {
    /// Which role.
    pub role: String,
    /// In which unit and those below; none for the whole organisation.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
}

/// What can be said of an account.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountInput {
    /// A person or a program. Cannot be changed later.
    #[serde(default = "human")]
    pub kind: AccountKind,
    /// The name to sign in with: 2 to 64 characters of letters, digits and `. _ - @`.
    pub login: String,
    /// The name to show, at most 100 characters.
    pub name: String,
    /// The mail address, may be empty.
    #[serde(default)]
    pub mail: String,
    /// The language; that of the organisation when not given.
    #[serde(default)]
    pub lang: Option<Lang>,
    /// The IANA time zone; that of the organisation when not given.
    #[serde(default)]
    pub zone: Option<String>,
    /// Its roles.
    #[serde(default)]
    pub grants: Vec<Grant>,
    /// Whether it is a break-glass account.
    #[serde(default)]
    pub break_glass: bool,
}

const fn human() -> AccountKind {
    AccountKind::Human
}

/// What people change of their own account.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// The name to show, at most 100 characters.
    pub name: String,
    /// The mail address, may be empty.
    #[serde(default)]
    pub mail: String,
    /// The language of pages and mails.
    pub lang: Lang,
    /// The IANA time zone.
    pub zone: String,
    /// How pages look.
    pub theme: Theme,
    /// How dense pages are.
    pub density: Density,
}

/// A role: a set of actions with a clearance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Role {
    /// Its identifier: lower-case letters, digits and `_`.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// What it is for.
    pub about: Bilingual,
    /// The highest label a holder reads without being named.
    pub clearance: Tlp,
    /// What a holder may do.
    #[schema(value_type = Vec<String>)]
    pub actions: Vec<Action>,
    /// Whether it came with the program.
    pub shipped: bool,
    /// Whether a shipped one was changed here; it is then left alone by upgrades.
    pub changed: bool,
    /// Version for `If-Match`.
    pub version: i64,
}

/// What can be said of a role.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleInput {
    /// Its identifier. Cannot be changed later.
    pub id: String,
    /// Its name, at most 100 characters in each language.
    pub name: Bilingual,
    /// What it is for, at most 500 characters in each language.
    #[serde(default = "nothing")]
    pub about: Bilingual,
    /// The highest label a holder reads without being named.
    pub clearance: Tlp,
    /// What a holder may do.
    #[schema(value_type = Vec<String>)]
    pub actions: Vec<Action>,
}

const fn nothing() -> Bilingual {
    Bilingual {
        ja: String::new(),
        en: String::new(),
    }
}

/// A signed-in browser.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Session {
    /// Its identifier.
    pub id: SessionId,
    /// Whose.
    pub account_id: AccountId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// Where it began.
    pub address: Option<String>,
    /// The browser, as it calls itself.
    pub agent: String,
    /// `password` or `single_sign_on`.
    pub method: String,
    /// Whether it is the one that asks.
    pub current: bool,
}

/// An API token, without its secret.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ApiToken {
    /// Its identifier.
    pub id: TokenId,
    /// Whose.
    pub account_id: AccountId,
    /// What it is for.
    pub name: String,
    /// The first characters of the secret, to recognise it by.
    pub hint: String,
    /// What it may do, at most what its account may.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Action>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

/// What a signed-in caller is, as the kernel needs it.
#[derive(Debug, Clone)]
pub struct Principal {
    /// The account.
    pub account: AccountId,
    /// The name to show.
    pub name: String,
    /// The language.
    pub lang: Lang,
    /// The zone.
    pub zone: String,
    /// How pages look.
    pub theme: Theme,
    /// How dense pages are.
    pub density: Density,
    /// What the roles permit together.
    pub actions: ActionSet,
    /// The highest clearance of the roles.
    pub clearance: Tlp,
    /// Whether some role reaches the whole organisation.
    pub all_units: bool,
}
