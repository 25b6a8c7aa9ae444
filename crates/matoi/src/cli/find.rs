//! Finding what a command names.

use matoi_core::identity::{Account, accounts};
use matoi_core::{Error, Tx};

use crate::failure::{Exit, Failure, Outcome};

/// The account with this login.
pub(super) async fn account(tx: &mut Tx, login: &str) -> Outcome<Account> {
    match accounts::by_login(tx, login).await {
        Err(Error::NotFound(_)) => Err(Failure::told(
            Exit::NotFound,
            format!("there is no account {login}; `matoi user list` names them"),
        )),
        found => Ok(found?),
    }
}
