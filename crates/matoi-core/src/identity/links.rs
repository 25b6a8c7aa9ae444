//! Links that work once: the first set-up, an invitation, a new password. Opening one changes nothing; using it does.

use matoi_types::AccountId;

use super::model::LinkPurpose;
use super::{secret, store};
use crate::kernel::{Result, Tx};

/// A link that may be used.
#[derive(Debug, Clone)]
pub struct OpenLink {
    /// What it is for.
    pub purpose: LinkPurpose,
    /// Whose account; none for the set-up.
    pub account: Option<AccountId>,
}

/// Makes a link that works for `hours`, and ends former ones of the same purpose and account. Gives its secret.
pub(super) async fn issue(
    tx: &mut Tx,
    purpose: LinkPurpose,
    account: Option<AccountId>,
    hours: i64,
) -> Result<String> {
    let token = secret::new_secret(tx.env())?;
    store::end_links(tx, purpose, account).await?;
    let until = tx.now().plus_seconds(hours * 3600);
    store::add_link(tx, &secret::digest(&token), purpose, account, until).await?;
    Ok(token)
}

/// Ends what links of an account are still open.
pub(super) async fn end_all(tx: &mut Tx, account: AccountId) -> Result<()> {
    for purpose in [LinkPurpose::Invitation, LinkPurpose::PasswordReset] {
        store::end_links(tx, purpose, Some(account)).await?;
    }
    Ok(())
}

/// The link behind a secret, if it may still be used.
pub async fn open(tx: &mut Tx, token: &str) -> Result<Option<OpenLink>> {
    store::open_link(tx, &secret::digest(token)).await
}

/// Uses the link up. Says whether it could still be used.
pub(super) async fn consume(tx: &mut Tx, token: &str) -> Result<bool> {
    store::use_link(tx, &secret::digest(token)).await
}
