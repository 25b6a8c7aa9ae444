//! Asking the provider: no redirects, a time limit, a size limit.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use openidconnect::{HttpRequest, HttpResponse};

/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long an answer may take, from the first byte sent to the last one received.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Largest answer, in bytes. Keys and tokens are a few thousand.
const LARGEST: usize = 512 * 1024;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// No connection, no answer in time, or no certificate that can be trusted.
    #[error("{0}")]
    Failed(String),
    /// More than a provider has to say.
    #[error("its answer is larger than {LARGEST} bytes")]
    TooLarge,
    /// An address that must not be spoken to.
    #[error("{0} is not encrypted")]
    NotEncrypted(String),
}

/// The way to the provider. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    client: Arc<OnceLock<reqwest::Client>>,
    extra_certificates: Option<Vec<u8>>,
    /// The issuer is this machine, reached without encryption.
    plain: bool,
}

impl Http {
    pub(crate) fn new(issuer: &str, extra_certificates: Option<Vec<u8>>) -> Self {
        Self {
            client: Arc::default(),
            extra_certificates,
            plain: is_plain_loopback(issuer),
        }
    }

    /// Whether an address may be spoken to: encrypted, or on this machine when the issuer is.
    pub(crate) fn may_reach(&self, address: &str) -> bool {
        address.starts_with("https://") || (self.plain && is_plain_loopback(address))
    }

    /// Sends a request and reads the answer to its end.
    pub(crate) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let address = request.uri().to_string();
        if !self.may_reach(&address) {
            return Err(HttpError::NotEncrypted(address));
        }
        let request = request.try_into().map_err(failed)?;
        let mut response = self.client()?.execute(request).await.map_err(failed)?;
        let mut answer = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            answer = answer.header(name, value);
        }
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LARGEST {
                return Err(HttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        answer
            .body(body)
            .map_err(|error| HttpError::Failed(error.to_string()))
    }

    /// Made when it is first needed: a machine without certificates can still serve passwords.
    fn client(&self) -> Result<reqwest::Client, HttpError> {
        if let Some(client) = self.client.get() {
            return Ok(client.clone());
        }
        let mut builder = reqwest::Client::builder()
            .user_agent("Matoi")
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        if self.plain {
            builder = builder.no_proxy();
        }
        if let Some(pem) = &self.extra_certificates {
            for certificate in reqwest::Certificate::from_pem_bundle(pem).map_err(failed)? {
                builder = builder.add_root_certificate(certificate);
            }
        }
        let client = builder.build().map_err(failed)?;
        Ok(self.client.get_or_init(|| client).clone())
    }
}

/// `http://` on this machine, which nobody can listen to on the way.
fn is_plain_loopback(address: &str) -> bool {
    let Some(rest) = address.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = match authority.strip_prefix('[') {
        Some(v6) => v6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    };
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// The innermost reason: what stands around it names the address again, with what was sent.
fn failed(error: reqwest::Error) -> HttpError {
    use std::error::Error as _;
    let timed_out = error.is_timeout();
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut inner = error.source();
    while let Some(source) = inner {
        reason = source.to_string();
        inner = source.source();
    }
    HttpError::Failed(if timed_out {
        "no answer in time".to_owned()
    } else {
        reason
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_may_be_spoken_to_in_the_clear() {
        for (address, expect) in [
            ("http://127.0.0.1:9000/x", true),
            ("http://localhost", true),
            ("http://[::1]:1/", true),
            ("http://localhost.evil.example/", false),
            ("http://127.0.0.1@evil.example/", false),
            ("http://10.0.0.1/", false),
            ("https://127.0.0.1/", false),
        ] {
            assert_eq!(is_plain_loopback(address), expect, "{address}");
        }
        let outside = Http::new("https://login.example", None);
        assert!(outside.may_reach("https://keys.example/jwks"));
        assert!(!outside.may_reach("http://127.0.0.1/jwks"));
        assert!(Http::new("http://127.0.0.1:1", None).may_reach("http://127.0.0.1:1/jwks"));
        assert!(!Http::new("http://127.0.0.1:1", None).may_reach("http://other.example/jwks"));
    }
}
