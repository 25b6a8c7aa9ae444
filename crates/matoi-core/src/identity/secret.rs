//! Secrets that are handed out once and stored as digests: session cookies, API tokens, links, recovery codes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use crate::kernel::change::hex;
use crate::kernel::{Env, Result};

/// A secret of 256 random bits as 43 characters that need no escaping in a URL or a cookie.
///
/// # Errors
/// When the operating system has no randomness to give.
pub fn new_secret(env: &Env) -> Result<String> {
    Ok(URL_SAFE_NO_PAD.encode(env.random_bytes::<32>()?))
}

/// What is stored of such a secret: SHA-256 in hex. It has 256 bits of entropy, so a fast digest is enough.
#[must_use]
pub fn digest(secret: &str) -> String {
    hex(&Sha256::digest(secret.as_bytes()))
}
