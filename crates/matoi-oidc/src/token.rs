//! The code becomes a token, the token is checked (OpenID Connect Core 1.0, sections 3.1.3.7 and 5.3.2), and what it says
//! is read.

use chrono::{DateTime, Utc};
use matoi_core::identity::sign_on::{Answer, Identity, ProviderError};
use matoi_types::Timestamp;
use openidconnect::core::{
    CoreErrorResponseType, CoreIdToken, CoreIdTokenVerifier, CoreJsonWebKey, CoreJwsSigningAlgorithm,
    CoreRequestTokenError, CoreTokenResponse,
};
use openidconnect::http::{Request, StatusCode, header};
use openidconnect::{
    AccessTokenHash, AuthorizationCode, ClaimsVerificationError, HttpRequest, Nonce,
    OAuth2TokenResponse as _, PkceCodeVerifier, SignatureVerificationError, TokenResponse as _,
};
use serde_json::{Map, Value as Json};

use crate::claims;
use crate::http::HttpError;
use crate::published::Published;
use crate::{Client, Provider};

/// How far the clocks may be apart, in seconds.
const CLOCKS_APART: i64 = 60;

/// Signatures that only the provider can make. Those with the client secret, and none at all, are not among them.
const SIGNATURES: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Who the person is.
pub(crate) async fn identity(
    provider: &Provider,
    answer: Answer,
    now: Timestamp,
) -> Result<Identity, ProviderError> {
    let mut published = provider.publisher.get(now).await?;
    let issuer = published.metadata.issuer().as_str().to_owned();
    // Another provider's answer, given to us to make us send the code there (RFC 9207).
    let is_its_own = match &answer.issuer {
        Some(said) => *said == issuer,
        None => !published.names_itself,
    };
    if !is_its_own {
        return Err(ProviderError::Untrusted("another issuer answers".to_owned()));
    }
    let mut client = provider.client(&published)?;
    let response = exchange(provider, &client, &answer).await?;
    let id_token = response
        .id_token()
        .ok_or_else(|| ProviderError::Untrusted("there is no ID token".to_owned()))?;
    let nonce = Nonce::new(answer.attempt.nonce);
    let mut checked = check(&client, id_token, &nonce, &response, now);
    if matches!(checked, Err(Fault::Key)) {
        // The provider may have new keys since.
        published = provider.publisher.renewed(now).await?;
        client = provider.client(&published)?;
        checked = check(&client, id_token, &nonce, &response, now);
    }
    let (subject, mut all) = checked?;
    require_own_party(&all, &provider.settings.client_id, now)?;
    let names = &provider.settings.claims;
    if claims::is_lacking(&all, names, provider.settings.wants_groups)
        && let Some(mut more) = user_info(provider, &published, &response, &subject).await?
    {
        // That an address was verified is said of the address beside it, not of another one.
        if !all.contains_key("email") {
            all.remove("email_verified");
        } else if more.get("email") != all.get("email") {
            more.remove("email_verified");
        }
        for (name, value) in more {
            all.entry(name).or_insert(value);
        }
    }
    // As it is configured or with a slash at its end: one issuer, one name for it.
    let issuer = issuer.trim_end_matches('/').to_owned();
    claims::read(issuer, subject, &all, names, provider.settings.wants_groups)
}

async fn exchange(
    provider: &Provider,
    client: &Client,
    answer: &Answer,
) -> Result<CoreTokenResponse, ProviderError> {
    let http = provider.http.clone();
    let send = move |request: HttpRequest| {
        let http = http.clone();
        async move { http.send(request).await }
    };
    client
        .exchange_code(AuthorizationCode::new(answer.code.clone()))
        .set_pkce_verifier(PkceCodeVerifier::new(answer.attempt.verifier.clone()))
        .request_async(&send)
        .await
        .map_err(|error| of_exchange(&error))
}

/// Names and statuses only: bodies may hold what must not be logged.
fn of_exchange(error: &CoreRequestTokenError<HttpError>) -> ProviderError {
    match error {
        CoreRequestTokenError::ServerResponse(response) => match response.error() {
            CoreErrorResponseType::InvalidClient | CoreErrorResponseType::UnauthorizedClient => {
                ProviderError::Unreachable(
                    "its token_endpoint does not know us: look at oidc.client_id and oidc.client_secret"
                        .to_owned(),
                )
            }
            other => ProviderError::Untrusted(format!("the token_endpoint says: {}", other.as_ref())),
        },
        CoreRequestTokenError::Request(error) => {
            ProviderError::Unreachable(format!("its token_endpoint: {error}"))
        }
        CoreRequestTokenError::Parse(..) => {
            ProviderError::Untrusted("the token_endpoint's answer is none".to_owned())
        }
        CoreRequestTokenError::Other(_) => {
            ProviderError::Unreachable("its token_endpoint answers with an error without a name".to_owned())
        }
    }
}

/// What is wrong with an ID token.
enum Fault {
    /// It is signed with a key that is not known.
    Key,
    /// Something else.
    Other(ProviderError),
}

impl From<Fault> for ProviderError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Key => {
                Self::Untrusted("the ID token is signed with a key that is not the provider's".to_owned())
            }
            Fault::Other(error) => error,
        }
    }
}

/// The subject and every claim of an ID token that can be trusted.
fn check(
    client: &Client,
    id_token: &CoreIdToken,
    nonce: &Nonce,
    response: &CoreTokenResponse,
    now: Timestamp,
) -> Result<(String, Map<String, Json>), Fault> {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs(SIGNATURES)
        .set_time_fn(move || utc(now.plus_seconds(-CLOCKS_APART)))
        .set_issue_time_verifier_fn(move |issued| {
            if issued > utc(now.plus_seconds(CLOCKS_APART)) {
                return Err("the ID token was issued in the future".to_owned());
            }
            Ok(())
        });
    let claims = id_token.claims(&verifier, nonce).map_err(of_claims)?;
    if let Some(expected) = claims.access_token_hash() {
        require_access_token(id_token, &verifier, expected, response)?;
    }
    let all = payload(&id_token.to_string()).ok_or_else(|| untrusted("the ID token cannot be read"))?;
    Ok((claims.subject().as_str().to_owned(), all))
}

fn require_access_token(
    id_token: &CoreIdToken,
    verifier: &CoreIdTokenVerifier<'_>,
    expected: &AccessTokenHash,
    response: &CoreTokenResponse,
) -> Result<(), Fault> {
    let wrong = || untrusted("the access token is not the one of the ID token");
    let algorithm = id_token.signing_alg().map_err(|_| wrong())?;
    let key: &CoreJsonWebKey = id_token.signing_key(verifier).map_err(|_| wrong())?;
    let hash = AccessTokenHash::from_token(response.access_token(), algorithm, key).map_err(|_| wrong())?;
    if hash == *expected { Ok(()) } else { Err(wrong()) }
}

fn of_claims(error: ClaimsVerificationError) -> Fault {
    match error {
        ClaimsVerificationError::SignatureVerification(
            SignatureVerificationError::NoMatchingKey
            | SignatureVerificationError::CryptoError(_)
            | SignatureVerificationError::AmbiguousKeyId(_),
        ) => Fault::Key,
        ClaimsVerificationError::SignatureVerification(error) => untrusted(&error.to_string()),
        ClaimsVerificationError::Expired(text) => Fault::Other(ProviderError::Clock(text)),
        other => untrusted(&other.to_string()),
    }
}

fn untrusted(why: &str) -> Fault {
    Fault::Other(ProviderError::Untrusted(why.to_owned()))
}

/// What the library leaves to its user: for whom the token was made, and from when on.
fn require_own_party(all: &Map<String, Json>, client_id: &str, now: Timestamp) -> Result<(), ProviderError> {
    if all.get("azp").is_some_and(|party| party != client_id) {
        return Err(ProviderError::Untrusted(
            "the ID token was made for another party".to_owned(),
        ));
    }
    let limit = now.plus_seconds(CLOCKS_APART).as_millis() / 1000;
    if all
        .get("nbf")
        .and_then(Json::as_i64)
        .is_some_and(|from| from > limit)
    {
        return Err(ProviderError::Clock("the ID token is not valid yet".to_owned()));
    }
    Ok(())
}

/// The claims of a token whose signature was checked.
fn payload(token: &str) -> Option<Map<String, Json>> {
    use base64::Engine as _;
    let payload = token.split('.').nth(1)?;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(payload)
        .ok()?;
    serde_json::from_slice(&bytes).ok()
}

/// What the provider says of the person beside the ID token, which many keep small; none where it says nothing more.
async fn user_info(
    provider: &Provider,
    published: &Published,
    response: &CoreTokenResponse,
    subject: &str,
) -> Result<Option<Map<String, Json>>, ProviderError> {
    let Some(address) = published.metadata.userinfo_endpoint() else {
        return Ok(None);
    };
    let unreachable = |why: String| ProviderError::Unreachable(format!("its userinfo_endpoint: {why}"));
    let request = Request::get(address.as_str())
        .header(header::ACCEPT, "application/json")
        .header(
            header::AUTHORIZATION,
            format!("Bearer {}", response.access_token().secret()),
        )
        .body(Vec::new())
        .map_err(|_| unreachable("the access token cannot be sent".to_owned()))?;
    let answer = provider
        .http
        .send(request)
        .await
        .map_err(|error| unreachable(error.to_string()))?;
    if answer.status() != StatusCode::OK {
        return Err(unreachable(format!("answered {}", answer.status().as_u16())));
    }
    let claims: Map<String, Json> =
        serde_json::from_slice(answer.body()).map_err(|_| unreachable("its answer is no JSON".to_owned()))?;
    // Somebody else's would be put under this name (Core 1.0, section 5.3.2).
    if claims.get("sub").and_then(Json::as_str) != Some(subject) {
        return Err(ProviderError::Untrusted(
            "the userinfo_endpoint speaks of somebody else".to_owned(),
        ));
    }
    Ok(Some(claims))
}

fn utc(at: Timestamp) -> DateTime<Utc> {
    DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default()
}
