//! SQL of identity.

mod accounts;
mod links;
mod roles;
mod sessions;
mod sign_on;
mod tokens;

pub(super) use accounts::*;
pub(super) use links::*;
pub(super) use roles::*;
pub(crate) use sessions::forget_ended;
pub(super) use sessions::*;
pub(super) use sign_on::*;
pub(super) use tokens::*;
