//! Who signs in and what they may do: accounts, passwords, second factors, single sign-on, sessions, tokens, roles,
//! one-time links.
//!
//! Every way in ends here as a [`crate::Caller`]. Secrets are stored as digests (sessions, tokens, links, recovery
//! codes), slow hashes (passwords, argon2id) or sealed under the installation's key (TOTP secrets); none is ever logged.
//! Failed log-ins slow down where they come from, never whom they aim at, so that nobody can lock somebody else out.

pub mod accounts;
pub mod links;
pub mod login;
pub mod model;
pub mod password;
pub mod roles;
pub mod secret;
pub mod sessions;
pub mod setup;
pub mod sign_on;
mod store;
pub mod tokens;
pub mod totp;

pub(crate) use store::forget_ended;

pub use model::{
    Account, AccountFilter, AccountInput, AccountKind, AccountName, AccountState, ApiToken, Grant,
    LinkPurpose, Profile, Role, RoleInput, Session, Theme,
};
