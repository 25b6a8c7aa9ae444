//! OpenID Connect (Core 1.0 and Discovery 1.0), as much of it as signing people on takes: the authorization code flow with
//! PKCE (RFC 7636), state and nonce.
//!
//! What the provider publishes is fetched when it is first needed and kept, so that a provider that is down keeps nobody
//! from starting the program. Only the configured issuer is spoken to, at the addresses it publishes itself; redirects are
//! not followed, answers have a time and a size within which they must come. Nothing here decides whose account a person has.

mod claims;
mod http;
mod published;
mod token;

use matoi_core::identity::sign_on::{Answer, Attempt, Identity, IdentityProvider, ProviderError};
use matoi_core::kernel::ports::Boxed;
use matoi_types::Timestamp;
use openidconnect::core::{CoreAuthenticationFlow, CoreClient};
use openidconnect::{
    AuthType, ClientId, ClientSecret, CsrfToken, Nonce, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    Scope,
};
use zeroize::Zeroizing;

use self::http::Http;
use self::published::{Published, Publisher};

/// How Matoi is registered at the provider.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The issuer: `https://`, or `http://` on this machine.
    pub issuer: String,
    /// The client id.
    pub client_id: String,
    /// The client secret; none for a public client, which PKCE protects.
    pub client_secret: Option<Zeroizing<String>>,
    /// The scopes asked for; `openid` is asked for in any case.
    pub scopes: Vec<String>,
    /// Where the browser comes back: registered at the provider letter by letter.
    pub redirect_url: String,
    /// The names of the claims.
    pub claims: ClaimNames,
    /// Whether groups matter, so that they are asked for when the ID token does not hold them.
    pub wants_groups: bool,
    /// Certificates of an authority of one's own, as PEM.
    pub extra_certificates: Option<Vec<u8>>,
}

/// The names of the claims. One that is in no claim of that name is looked up as a path: `realm_access.roles`.
#[derive(Debug, Clone)]
pub struct ClaimNames {
    /// The name to sign in with.
    pub login: String,
    /// The name to show.
    pub name: String,
    /// The mail address.
    pub mail: String,
    /// The groups.
    pub groups: String,
}

/// The provider.
#[derive(Debug)]
pub struct Provider {
    settings: Settings,
    http: Http,
    publisher: Publisher,
}

/// The client with the end points that every provider has.
type Client = CoreClient<
    openidconnect::EndpointSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointNotSet,
    openidconnect::EndpointSet,
    openidconnect::EndpointMaybeSet,
>;

impl Provider {
    /// Nothing is fetched yet.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let http = Http::new(&settings.issuer, settings.extra_certificates.clone());
        let publisher = Publisher::new(settings.issuer.clone(), http.clone());
        Self {
            settings,
            http,
            publisher,
        }
    }

    fn client(&self, published: &Published) -> Result<Client, ProviderError> {
        let wrong = |what: &str| ProviderError::Unreachable(what.to_owned());
        let settings = &self.settings;
        let secret = settings
            .client_secret
            .as_ref()
            .map(|secret| ClientSecret::new(secret.to_string()));
        let redirect = RedirectUrl::new(settings.redirect_url.clone())
            .map_err(|_| wrong("server.public_url cannot be used as a redirect address"))?;
        let metadata = published.metadata.clone();
        let token_url = metadata
            .token_endpoint()
            .cloned()
            .ok_or_else(|| wrong("it publishes no token_endpoint"))?;
        let auth_type = if published.takes_basic() {
            AuthType::BasicAuth
        } else {
            AuthType::RequestBody
        };
        let client =
            CoreClient::from_provider_metadata(metadata, ClientId::new(settings.client_id.clone()), secret);
        Ok(client
            .set_token_uri(token_url)
            .set_redirect_uri(redirect)
            .set_auth_type(auth_type))
    }

    async fn address(&self, attempt: &Attempt, now: Timestamp) -> Result<String, ProviderError> {
        let published = self.publisher.get(now).await?;
        let client = self.client(&published)?;
        let verifier = PkceCodeVerifier::new(attempt.verifier.clone());
        let (state, nonce) = (attempt.state.clone(), attempt.nonce.clone());
        let flow = CoreAuthenticationFlow::AuthorizationCode;
        let mut request = client
            .authorize_url(flow, || CsrfToken::new(state), || Nonce::new(nonce))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        for scope in self.settings.scopes.iter().filter(|scope| *scope != "openid") {
            request = request.add_scope(Scope::new(scope.clone()));
        }
        let (address, _, _) = request.url();
        Ok(address.into())
    }
}

impl IdentityProvider for Provider {
    fn address<'a>(
        &'a self,
        attempt: &'a Attempt,
        now: Timestamp,
    ) -> Boxed<'a, Result<String, ProviderError>> {
        Box::pin(self.address(attempt, now))
    }

    fn identity(&self, answer: Answer, now: Timestamp) -> Boxed<'_, Result<Identity, ProviderError>> {
        Box::pin(token::identity(self, answer, now))
    }
}
