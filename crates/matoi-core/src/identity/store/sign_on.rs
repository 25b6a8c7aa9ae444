//! SQL of single sign-on.

use matoi_db::v;
use matoi_types::{AccountId, Timestamp};

use super::super::model::Account;
use super::accounts::get_account;
use crate::kernel::{Result, Tx};

/// Uses an answer of the identity provider up. Says no when it was used before.
pub(in crate::identity) async fn use_answer(
    tx: &mut Tx,
    state_digest: &str,
    expires_at: Timestamp,
) -> Result<bool> {
    Ok(tx
        .execute(
            "INSERT INTO sign_on_answer (state_digest, expires_at) VALUES ($1, $2) ON CONFLICT (state_digest) DO NOTHING",
            [v(state_digest), v(expires_at)],
        )
        .await?
        > 0)
}

/// The account of a person at an identity provider.
pub(in crate::identity) async fn account_by_subject(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
) -> Result<Option<Account>> {
    let row = tx
        .fetch_optional(
            "SELECT id FROM account WHERE oidc_issuer = $1 AND oidc_subject = $2",
            [v(issuer), v(subject)],
        )
        .await?;
    match row {
        Some(row) => get_account(tx, row.id("id")?).await,
        None => Ok(None),
    }
}

/// People with this mail address, whatever their state; more than two are as good as two.
pub(in crate::identity) async fn people_by_mail(tx: &mut Tx, mail: &str) -> Result<Vec<Account>> {
    let rows = tx
        .fetch_all(
            "SELECT id FROM account WHERE kind = 'human' AND LOWER(mail) = $1 ORDER BY id LIMIT 2",
            // No further: another letter that folds to the same one is another address.
            [v(mail.to_ascii_lowercase())],
        )
        .await?;
    let mut people = Vec::new();
    for row in rows {
        people.extend(get_account(tx, row.id("id")?).await?);
    }
    Ok(people)
}

/// The identity provider and the person there that an account belongs to.
pub(in crate::identity) async fn subject_of(tx: &mut Tx, id: AccountId) -> Result<Option<(String, String)>> {
    let Some(row) = tx
        .fetch_optional(
            "SELECT oidc_issuer, oidc_subject FROM account WHERE id = $1",
            [v(id)],
        )
        .await?
    else {
        return Ok(None);
    };
    Ok(row.opt_text("oidc_issuer")?.zip(row.opt_text("oidc_subject")?))
}

/// Binds an account to a person at an identity provider; an invited account becomes active.
pub(in crate::identity) async fn set_subject(
    tx: &mut Tx,
    id: AccountId,
    issuer: &str,
    subject: &str,
) -> Result<()> {
    tx.execute(
        "UPDATE account SET oidc_issuer = $2, oidc_subject = $3, state = CASE WHEN state = 'invited' THEN 'active' ELSE state END, version = version + 1 WHERE id = $1",
        [v(id), v(issuer), v(subject)],
    )
    .await?;
    Ok(())
}

/// Takes the bond to an identity provider off.
pub(in crate::identity) async fn clear_subject(tx: &mut Tx, id: AccountId) -> Result<()> {
    tx.execute(
        "UPDATE account SET oidc_issuer = NULL, oidc_subject = NULL, version = version + 1 WHERE id = $1",
        [v(id)],
    )
    .await?;
    Ok(())
}

/// How many accounts can sign in whatever happens to the identity provider.
pub(in crate::identity) async fn break_glass_with_password(tx: &mut Tx) -> Result<i64> {
    let row = tx
        .fetch_one(
            "SELECT COUNT(*) AS n FROM account WHERE kind = 'human' AND state = 'active' AND break_glass = 1 AND password_hash IS NOT NULL",
            [],
        )
        .await?;
    Ok(row.int("n")?)
}

/// Notes that the roles of an account are others now.
pub(in crate::identity) async fn touch_account(tx: &mut Tx, id: AccountId) -> Result<()> {
    tx.execute("UPDATE account SET version = version + 1 WHERE id = $1", [v(id)])
        .await?;
    Ok(())
}
