//! API tokens: `matoi_` and 43 characters, shown once, stored as digest, with scopes and an end.

use matoi_types::{AccountId, TokenId};
use serde::Deserialize;
use utoipa::ToSchema;

use super::model::{Account, AccountKind, AccountState, ApiToken, Principal};
use super::sessions::{self, RequestFacts};
use super::{secret, store};
use crate::kernel::check::Fields;
use crate::kernel::{
    Action, ActionSet, Caller, Change, Error, Message, Page, PageRequest, Result, Store, Tx,
};

const PREFIX: &str = "matoi_";
/// The longest life of a token, in days.
pub const MAX_DAYS: i64 = 366;

/// What can be said of a new token.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenInput {
    /// What it is for, at most 100 characters.
    pub name: String,
    /// What it may do; never more than its account may.
    #[schema(value_type = Vec<String>)]
    pub scopes: Vec<Action>,
    /// How long it lives, 1 to 366 days.
    pub days: i64,
}

/// Makes a token for one's own account, or for a service account by those who manage accounts.
/// Its secret is given here and nowhere else.
pub async fn create(tx: &mut Tx, account: AccountId, input: TokenInput) -> Result<(ApiToken, String)> {
    let owner = store::get_account(tx, account)
        .await?
        .ok_or(Error::NotFound("account"))?;
    if tx.caller().account() == Some(account) {
        tx.require(Action::TokenOwn)?;
    } else {
        tx.require(Action::AccountManage)?;
        // A token for a person made by somebody else would act in that person's name.
        if owner.kind != AccountKind::Service {
            return Err(Error::Forbidden(Action::TokenOwn));
        }
    }
    issue(tx, &owner, input).await
}

async fn issue(tx: &mut Tx, owner: &Account, input: TokenInput) -> Result<(ApiToken, String)> {
    let account = owner.id;
    if owner.state == AccountState::Disabled {
        return Err(Error::rule("error-account-disabled"));
    }
    let mut fields = Fields::new();
    let name = fields.line("/name", &input.name, 100);
    fields.wrong_if(!(1..=MAX_DAYS).contains(&input.days), "/days", "error-token-days");
    fields.wrong_if(input.scopes.is_empty(), "/scopes", "error-required");
    let principal = store::principal(tx, account)
        .await?
        .ok_or(Error::NotFound("account"))?;
    for (i, action) in input.scopes.iter().enumerate() {
        if !principal.actions.contains(*action) {
            fields.wrong(
                &format!("/scopes/{i}"),
                Message::new("error-token-scope").with("value", action.as_str()),
            );
        }
    }
    fields.done()?;
    let secret_text = format!("{PREFIX}{}", secret::new_secret(tx.env())?);
    let hint: String = secret_text.chars().take(PREFIX.len() + 4).collect();
    let id: TokenId = tx.new_id()?;
    let expires_at = tx.now().plus_seconds(input.days * 86_400);
    let scopes: ActionSet = input.scopes.iter().copied().collect();
    let new = store::NewToken {
        id,
        account,
        name,
        digest: secret::digest(&secret_text),
        hint,
        scopes,
        expires_at,
    };
    store::insert_token(tx, &new).await?;
    let change = Change::of("token.create", id)
        .set("account_id", account)
        .set("name", &new.name)
        .set("scopes", scopes.iter().collect::<Vec<_>>())
        .set("expires_at", expires_at);
    tx.record(change).await?;
    let token = store::get_token(tx, id).await?.ok_or(Error::NotFound("token"))?;
    Ok((token, secret_text))
}

/// Makes a token for any account: the command line, run by whoever owns the machine.
pub async fn create_by_operator(tx: &mut Tx, account: AccountId, input: TokenInput) -> Result<String> {
    if !tx.caller().is_system() {
        return Err(Error::Forbidden(Action::SystemOperate));
    }
    let owner = store::get_account(tx, account)
        .await?
        .ok_or(Error::NotFound("account"))?;
    Ok(issue(tx, &owner, input).await?.1)
}

/// Tokens of one account, newest first.
pub async fn list(tx: &mut Tx, account: AccountId) -> Result<Vec<ApiToken>> {
    if tx.caller().account() != Some(account) {
        tx.require(Action::TokenManage)?;
    }
    store::tokens(tx, account).await
}

/// Tokens of everybody that still work, the newest first.
pub async fn list_all(tx: &mut Tx, page: &PageRequest) -> Result<Page<ApiToken>> {
    tx.require(Action::TokenManage)?;
    let limit = page.rows()?;
    let after = page.after("tokens")?;
    let rows = store::all_tokens(tx, after.as_ref(), limit).await?;
    Ok(Page::cut(rows, limit, "tokens", |token| {
        (0, token.id.to_string())
    }))
}

/// Ends a token at once.
pub async fn revoke(tx: &mut Tx, id: TokenId) -> Result<()> {
    let token = store::get_token(tx, id).await?.ok_or(Error::NotFound("token"))?;
    if tx.caller().account() != Some(token.account_id) {
        tx.require(Action::TokenManage)?;
    }
    store::revoke_token(tx, id).await?;
    tx.record(Change::of("token.revoke", id).set("account_id", token.account_id))
        .await
}

/// Ends a token of one account at once.
///
/// # Errors
/// [`Error::NotFound`] when it is somebody else's.
pub async fn revoke_of(tx: &mut Tx, account: AccountId, id: TokenId) -> Result<()> {
    match store::get_token(tx, id).await? {
        Some(token) if token.account_id == account => revoke(tx, id).await,
        _ => Err(Error::NotFound("token")),
    }
}

/// The caller behind a token, or none when it is unknown, ended or revoked.
pub async fn caller(store: &Store, token: &str, facts: RequestFacts) -> Result<Option<(Caller, Principal)>> {
    if !token.starts_with(PREFIX) {
        return Ok(None);
    }
    let system = store.system("token");
    let now = system.now;
    let mut tx = store.read(&system).await?;
    let Some(live) = store::live_token(&mut tx, &secret::digest(token)).await? else {
        return Ok(None);
    };
    let Some(principal) = store::principal(&mut tx, live.account).await? else {
        return Ok(None);
    };
    drop(tx);
    if live.last_used_at.is_none_or(|at| now.seconds_since(at) >= 60) {
        let mut tx = store.write(&system).await?;
        store::touch_token(&mut tx, live.id, facts.address.as_deref()).await?;
        tx.commit().await?;
    }
    let caller = sessions::of(&principal, facts, now);
    let caller = Caller {
        token: Some(live.id),
        actions: caller.actions.intersection(live.scopes),
        ..caller
    };
    Ok(Some((caller, principal)))
}
