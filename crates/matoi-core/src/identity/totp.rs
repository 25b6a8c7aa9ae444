//! The second factor: time-based one-time codes (RFC 6238: SHA-1, 6 digits, 30 seconds) with recovery codes.

use matoi_types::AccountId;
use totp_rs::{Algorithm, Builder, Totp};

use super::{accounts, secret, store};
use crate::kernel::{Change, Error, Message, Result, Tx};

const CONTEXT: &str = "totp secret";
/// How many recovery codes are made at once.
pub const RECOVERY_CODES: usize = 10;

/// A second factor that is being set up: what the authenticator app needs.
#[derive(Debug, Clone)]
pub struct Enrolment {
    /// The `otpauth://` URL for the QR code.
    pub url: String,
    /// The secret in base 32, for typing.
    pub secret: String,
}

/// Begins to set up a second factor for one's own account. It does not count until [`confirm`]ed.
pub async fn begin(tx: &mut Tx, issuer: &str) -> Result<Enrolment> {
    let account = tx.caller().require_account()?;
    let login = accounts::login_of(tx, account).await?;
    let key = tx.random_bytes::<20>()?;
    let sealed = tx.env().secrets().seal(&context(account), &key)?;
    store::set_pending_totp(tx, account, &sealed).await?;
    let totp = totp(&key, issuer, &login)?;
    Ok(Enrolment {
        url: totp.to_url().map_err(internal)?,
        secret: totp_secret_text(&key),
    })
}

/// What the app needs of the set-up that was begun and not confirmed, to show it again.
pub async fn pending(tx: &mut Tx, issuer: &str) -> Result<Option<Enrolment>> {
    let account = tx.caller().require_account()?;
    let Some(state) = store::totp_state(tx, account).await? else {
        return Ok(None);
    };
    if state.confirmed {
        return Ok(None);
    }
    let login = accounts::login_of(tx, account).await?;
    let key = tx.env().secrets().open(&context(account), &state.sealed)?;
    let totp = totp(&key, issuer, &login)?;
    Ok(Some(Enrolment {
        url: totp.to_url().map_err(internal)?,
        secret: totp_secret_text(&key),
    }))
}

/// Finishes the set-up with a first code, and gives the recovery codes, which are shown this once.
pub async fn confirm(tx: &mut Tx, code: &str) -> Result<Vec<String>> {
    let account = tx.caller().require_account()?;
    let state = store::totp_state(tx, account)
        .await?
        .ok_or_else(|| Error::rule("error-second-factor-not-begun"))?;
    if state.confirmed {
        return Err(Error::rule("error-second-factor-exists"));
    }
    let step = matching_step(tx, account, &state.sealed, code).await?;
    let Some(step) = step else {
        return Err(Error::field("/code", Message::new("error-second-factor-code")));
    };
    store::confirm_totp(tx, account, step).await?;
    tx.record(Change::of("account.second_factor_on", account)).await?;
    new_recovery_codes(tx, account).await
}

/// Makes new recovery codes; the former ones stop working.
pub async fn renew_recovery_codes(tx: &mut Tx) -> Result<Vec<String>> {
    let account = tx.caller().require_account()?;
    if !store::totp_state(tx, account)
        .await?
        .is_some_and(|state| state.confirmed)
    {
        return Err(Error::rule("error-second-factor-not-begun"));
    }
    tx.record(Change::of("account.recovery_codes_renewed", account))
        .await?;
    new_recovery_codes(tx, account).await
}

/// Takes the second factor off one's own account.
pub async fn remove(tx: &mut Tx) -> Result<()> {
    let account = tx.caller().require_account()?;
    remove_for(tx, account).await
}

/// Takes the second factor off an account: its own wish, or an administrator's help after a lost telephone.
pub(super) async fn remove_for(tx: &mut Tx, account: AccountId) -> Result<()> {
    store::clear_totp(tx, account).await?;
    store::delete_recovery_codes(tx, account).await?;
    tx.record(Change::of("account.second_factor_off", account)).await
}

/// Checks a code from the app or a recovery code. A code works once.
pub(super) async fn check(tx: &mut Tx, account: AccountId, code: &str) -> Result<bool> {
    let Some(state) = store::totp_state(tx, account)
        .await?
        .filter(|state| state.confirmed)
    else {
        return Ok(false);
    };
    let compact: String = code.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if compact.len() == 6 && compact.bytes().all(|b| b.is_ascii_digit()) {
        let Some(step) = matching_step(tx, account, &state.sealed, &compact).await? else {
            return Ok(false);
        };
        return store::use_totp_step(tx, account, step).await;
    }
    let used = store::use_recovery_code(tx, account, &secret::digest(&compact.to_lowercase())).await?;
    if used {
        tx.record(Change::of("account.recovery_code_used", account))
            .await?;
    }
    Ok(used)
}

async fn matching_step(tx: &mut Tx, account: AccountId, sealed: &str, code: &str) -> Result<Option<i64>> {
    let key = tx.env().secrets().open(&context(account), sealed)?;
    let seconds = u64::try_from(tx.now().as_millis() / 1000).unwrap_or(0);
    let totp = totp(&key, "Matoi", "account")?;
    Ok(totp
        .check(code, seconds)
        .and_then(|step| i64::try_from(step).ok()))
}

async fn new_recovery_codes(tx: &mut Tx, account: AccountId) -> Result<Vec<String>> {
    // Without the letters and digits that are misread; 10 characters of 5 bits each.
    const ALPHABET: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz23456789z";
    store::delete_recovery_codes(tx, account).await?;
    let mut codes = Vec::with_capacity(RECOVERY_CODES);
    while codes.len() < RECOVERY_CODES {
        let bytes = tx.random_bytes::<10>()?;
        // Rejects the last letter of the table, which stands twice, so that every code is equally likely.
        if bytes.iter().any(|byte| byte & 31 == 31) {
            continue;
        }
        let code: String = bytes
            .iter()
            .filter_map(|byte| ALPHABET.get(usize::from(byte & 31)))
            .map(|b| char::from(*b))
            .collect();
        store::add_recovery_code(tx, account, &secret::digest(&code)).await?;
        let (head, tail) = code.split_at(5);
        codes.push(format!("{head}-{tail}"));
    }
    Ok(codes)
}

/// Seals every secret anew that is not under the current key. Gives how many were.
pub(crate) async fn reseal(tx: &mut Tx) -> Result<u64> {
    let mut resealed = 0;
    for (account, sealed) in store::totp_secrets(tx).await? {
        if let Some(sealed) = tx.env().secrets().reseal(&context(account), &sealed)? {
            store::replace_totp_secret(tx, account, &sealed).await?;
            resealed += 1;
        }
    }
    Ok(resealed)
}

fn context(account: AccountId) -> String {
    format!("{CONTEXT} {account}")
}

fn totp(key: &[u8], issuer: &str, login: &str) -> Result<Totp> {
    let plain = |text: &str| text.replace(':', " ");
    Builder::new()
        .with_algorithm(Algorithm::SHA1)
        .with_digits(6)
        .with_skew(1)
        .with_step_duration(30)
        .with_secret(key.to_vec())
        .with_issuer(Some(plain(issuer)))
        .with_account_name(plain(login))
        .build()
        .map_err(internal)
}

/// RFC 4648 base 32 without padding, as authenticator apps take it.
fn totp_secret_text(key: &[u8]) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::new();
    let (mut bits, mut held) = (0u32, 0u32);
    for byte in key {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            if let Some(letter) = ALPHABET.get(((bits >> held) & 31) as usize) {
                text.push(char::from(*letter));
            }
        }
    }
    text
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::Internal(format!("totp: {error}"))
}
