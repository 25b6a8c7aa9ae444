//! What the provider publishes of itself: its addresses (OpenID Connect Discovery 1.0) and its keys (RFC 7517).

use std::sync::Arc;

use matoi_core::identity::sign_on::ProviderError;
use matoi_types::Timestamp;
use openidconnect::core::{CoreClientAuthMethod, CoreJsonWebKeySet, CoreProviderMetadata};
use openidconnect::http::{Request, StatusCode, header};
use serde_json::Value as Json;
use tokio::sync::Mutex;

use crate::http::Http;

/// How long what was fetched is taken for new, in seconds.
const NEW: i64 = 3600;
/// How long it is still used when the provider does not answer any more, in seconds.
const USABLE: i64 = 24 * 3600;
/// How long the provider is left alone after it did not answer, in seconds.
const LEFT_ALONE: i64 = 5;
/// Seconds that somebody may have waited for the attempt of another.
const WAITED_AT_MOST: i64 = 60;
/// How often keys are fetched because a token is signed with one that is not known, in seconds.
const KEYS_AT_MOST_EVERY: i64 = 30;

/// Addresses and keys, as they were published.
#[derive(Debug)]
pub(crate) struct Published {
    /// Addresses, with the keys.
    pub(crate) metadata: CoreProviderMetadata,
    /// Whether every answer of it says who answers (RFC 9207).
    pub(crate) names_itself: bool,
    at: Timestamp,
}

impl Published {
    /// Whether the secret goes into the header, as is usual, or into the form.
    pub(crate) fn takes_basic(&self) -> bool {
        self.metadata
            .token_endpoint_auth_methods_supported()
            .is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic))
    }
}

/// Fetches what is published, and keeps it.
#[derive(Debug)]
pub(crate) struct Publisher {
    issuer: String,
    http: Http,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    published: Option<Arc<Published>>,
    failed: Option<(Timestamp, ProviderError)>,
}

impl Publisher {
    pub(crate) fn new(issuer: String, http: Http) -> Self {
        Self {
            issuer,
            http,
            kept: Mutex::default(),
        }
    }

    /// What is published; fetched by one while the others wait.
    pub(crate) async fn get(&self, now: Timestamp) -> Result<Arc<Published>, ProviderError> {
        self.not_older_than(NEW, now).await
    }

    /// The same with newer keys, because a token is signed with one that is not known.
    pub(crate) async fn renewed(&self, now: Timestamp) -> Result<Arc<Published>, ProviderError> {
        self.not_older_than(KEYS_AT_MOST_EVERY, now).await
    }

    async fn not_older_than(&self, seconds: i64, now: Timestamp) -> Result<Arc<Published>, ProviderError> {
        let mut kept = self.kept.lock().await;
        let young = |published: &&Arc<Published>, limit: i64| now.seconds_since(published.at).abs() < limit;
        if let Some(published) = kept.published.as_ref().filter(|one| young(one, seconds)) {
            return Ok(Arc::clone(published));
        }
        let began = tokio::time::Instant::now();
        let failed = match &kept.failed {
            // Those who waited meanwhile have a time before its end.
            Some((at, error)) if (-WAITED_AT_MOST..LEFT_ALONE).contains(&now.seconds_since(*at)) => {
                error.clone()
            }
            _ => match self.fetch(now).await {
                Ok(published) => {
                    let published = Arc::new(published);
                    *kept = Kept {
                        published: Some(Arc::clone(&published)),
                        failed: None,
                    };
                    return Ok(published);
                }
                Err(error) => {
                    let took = i64::try_from(began.elapsed().as_secs()).unwrap_or(0);
                    kept.failed = Some((now.plus_seconds(took), error.clone()));
                    error
                }
            },
        };
        match kept.published.as_ref().filter(|one| young(one, USABLE)) {
            Some(published) => Ok(Arc::clone(published)),
            None => Err(failed),
        }
    }

    async fn fetch(&self, now: Timestamp) -> Result<Published, ProviderError> {
        let address = format!(
            "{}/.well-known/openid-configuration",
            self.issuer.trim_end_matches('/')
        );
        let bytes = self.json(&address).await?;
        let wrong = |error: serde_json::Error| {
            ProviderError::Unreachable(format!("its openid-configuration: {error}"))
        };
        let metadata: CoreProviderMetadata = serde_json::from_slice(&bytes).map_err(wrong)?;
        let all: Json = serde_json::from_slice(&bytes).map_err(wrong)?;
        // A slash at the end is easily lost; anything else would be another issuer (Discovery 1.0, section 4.3).
        if metadata.issuer().as_str().trim_end_matches('/') != self.issuer.trim_end_matches('/') {
            return Err(ProviderError::Unreachable(format!(
                "it calls itself {}, which is not oidc.issuer",
                metadata.issuer().as_str()
            )));
        }
        self.require_private(&metadata)?;
        let keys = self.json(metadata.jwks_uri().as_str()).await?;
        let keys: CoreJsonWebKeySet = serde_json::from_slice(&keys)
            .map_err(|error| ProviderError::Unreachable(format!("its keys: {error}")))?;
        Ok(Published {
            metadata: metadata.set_jwks(keys),
            names_itself: all.get("authorization_response_iss_parameter_supported")
                == Some(&Json::Bool(true)),
            at: now,
        })
    }

    fn require_private(&self, metadata: &CoreProviderMetadata) -> Result<(), ProviderError> {
        let addresses = [
            Some(metadata.authorization_endpoint().as_str()),
            metadata.token_endpoint().map(|url| url.as_str()),
            metadata.userinfo_endpoint().map(|url| url.as_str()),
            Some(metadata.jwks_uri().as_str()),
        ];
        match addresses
            .into_iter()
            .flatten()
            .find(|address| !self.http.may_reach(address))
        {
            Some(address) => Err(ProviderError::Unreachable(format!("{address} is not encrypted"))),
            None => Ok(()),
        }
    }

    async fn json(&self, address: &str) -> Result<Vec<u8>, ProviderError> {
        let unreachable = |why: String| ProviderError::Unreachable(format!("{address}: {why}"));
        let request = Request::get(address)
            .header(header::ACCEPT, "application/json")
            .body(Vec::new())
            .map_err(|error| unreachable(error.to_string()))?;
        let response = self
            .http
            .send(request)
            .await
            .map_err(|error| unreachable(error.to_string()))?;
        if response.status() != StatusCode::OK {
            return Err(unreachable(format!("answered {}", response.status().as_u16())));
        }
        Ok(response.into_body())
    }
}
