//! An identity provider that says whatever a test wants.

use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json as AxumJson, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use matoi_core::identity::sign_on::{Answer, Attempt};
use matoi_oidc::{ClaimNames, Provider, Settings};
use matoi_types::Timestamp;
use rcgen::{KeyPair, PKCS_ED25519, SigningKey as _};
use serde_json::{Value as Json, json};

/// The time of every test.
pub(crate) const NOW: i64 = 1_795_000_000;
/// The secret of the client.
pub(crate) const SECRET: &str = "a secret & more";

/// What the provider does.
pub(crate) struct Script {
    /// Its own address.
    pub(crate) issuer: String,
    /// What replaces its openid-configuration.
    pub(crate) configuration: Option<(StatusCode, String)>,
    /// Fields of its openid-configuration that are others.
    pub(crate) published: Json,
    /// The keys it publishes.
    pub(crate) keys: Vec<Arc<KeyPair>>,
    /// What the token endpoint answers.
    pub(crate) token: (StatusCode, Json),
    /// What the userinfo endpoint answers.
    pub(crate) user_info: (StatusCode, Json),
    /// What was asked: path, `Authorization`, body.
    pub(crate) asked: Vec<(String, String, String)>,
}

/// A running provider.
pub(crate) struct Hostile {
    script: Arc<Mutex<Script>>,
    pub(crate) key: Arc<KeyPair>,
}

impl Hostile {
    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://{}", listener.local_addr().unwrap());
        let key = new_key();
        let script = Arc::new(Mutex::new(Script {
            issuer,
            configuration: None,
            published: json!({}),
            keys: vec![Arc::clone(&key)],
            token: (StatusCode::OK, json!({})),
            user_info: (StatusCode::OK, json!({"sub": "u1"})),
            asked: Vec::new(),
        }));
        let routes = Router::new()
            .route("/.well-known/openid-configuration", get(configuration))
            .route("/jwks", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(user_info))
            .with_state(Arc::clone(&script));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { script, key }
    }

    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut Script) -> T) -> T {
        change(&mut self.script.lock().unwrap())
    }

    pub(crate) fn issuer(&self) -> String {
        self.change(|script| script.issuer.clone())
    }

    /// How often a path was asked for.
    pub(crate) fn asked(&self, path: &str) -> usize {
        self.change(|script| script.asked.iter().filter(|(asked, _, _)| asked == path).count())
    }

    /// Matoi's side.
    pub(crate) fn client(&self) -> Provider {
        self.client_with(|_| {})
    }

    pub(crate) fn client_with(&self, change: impl FnOnce(&mut Settings)) -> Provider {
        let mut settings = Settings {
            issuer: self.issuer(),
            client_id: "matoi".to_owned(),
            client_secret: Some(SECRET.to_owned().into()),
            scopes: ["openid", "profile", "email"].map(ToOwned::to_owned).to_vec(),
            redirect_url: "https://matoi.example/m/sign-in/oidc/back".to_owned(),
            claims: ClaimNames {
                login: "preferred_username".to_owned(),
                name: "name".to_owned(),
                mail: "email".to_owned(),
                groups: "groups".to_owned(),
            },
            wants_groups: true,
            extra_certificates: None,
        };
        change(&mut settings);
        Provider::new(settings)
    }

    /// Claims of a token with which nothing is wrong.
    pub(crate) fn claims(&self) -> Json {
        json!({
            "iss": self.issuer(), "sub": "u1", "aud": "matoi", "exp": NOW + 300, "iat": NOW, "nonce": "n1",
            "preferred_username": "sasaki", "name": "佐々木 美咲", "email": "sasaki@minatono.example",
            "email_verified": true, "groups": ["csirt"],
        })
    }

    /// Lets the token endpoint give this token.
    pub(crate) fn give(&self, id_token: &str) {
        let answer = json!({"access_token": "at", "token_type": "Bearer", "id_token": id_token});
        self.change(|script| script.token = (StatusCode::OK, answer));
    }
}

/// A new Ed25519 key.
pub(crate) fn new_key() -> Arc<KeyPair> {
    Arc::new(KeyPair::generate_for(&PKCS_ED25519).unwrap())
}

/// A token with these claims, signed by this key.
pub(crate) fn signed(key: &KeyPair, claims: &Json) -> String {
    let header = json!({"alg": "EdDSA", "typ": "JWT", "kid": key_id(key)});
    let input = unsigned(&header, claims);
    let signature = key.sign(input.as_bytes()).unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Header and claims, before the signature.
pub(crate) fn unsigned(header: &Json, claims: &Json) -> String {
    let encode = |part: &Json| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}", encode(header), encode(claims))
}

fn key_id(key: &KeyPair) -> String {
    URL_SAFE_NO_PAD.encode(&key.public_key_raw()[..6])
}

/// What comes back with the browser.
pub(crate) fn answer() -> Answer {
    Answer {
        code: "c1".to_owned(),
        issuer: None,
        attempt: Attempt {
            state: "s1".to_owned(),
            nonce: "n1".to_owned(),
            verifier: "v".repeat(43),
        },
    }
}

pub(crate) fn now() -> Timestamp {
    Timestamp::from_micros(NOW * 1_000_000)
}

type Scripted = State<Arc<Mutex<Script>>>;

fn note(script: &mut Script, path: &str, headers: &HeaderMap, body: String) {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    script
        .asked
        .push((path.to_owned(), authorization.to_owned(), body));
}

async fn configuration(State(script): Scripted, headers: HeaderMap) -> Response {
    let mut script = script.lock().unwrap();
    note(
        &mut script,
        "/.well-known/openid-configuration",
        &headers,
        String::new(),
    );
    if let Some((status, body)) = &script.configuration {
        return (*status, [(header::LOCATION, "/jwks")], body.clone()).into_response();
    }
    let issuer = &script.issuer;
    let mut published = json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize?tenant=1"),
        "token_endpoint": format!("{issuer}/token"),
        "userinfo_endpoint": format!("{issuer}/userinfo"),
        "jwks_uri": format!("{issuer}/jwks"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "EdDSA", "HS256", "none", "unheard-of"],
    });
    for (name, value) in script.published.as_object().unwrap() {
        published[name] = value.clone();
    }
    AxumJson(published).into_response()
}

async fn keys(State(script): Scripted, headers: HeaderMap) -> AxumJson<Json> {
    let mut script = script.lock().unwrap();
    note(&mut script, "/jwks", &headers, String::new());
    let keys: Vec<_> = script
        .keys
        .iter()
        .map(|key| {
            let x = URL_SAFE_NO_PAD.encode(key.public_key_raw());
            json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": key_id(key), "use": "sig", "alg": "EdDSA"})
        })
        .collect();
    AxumJson(json!({"keys": keys}))
}

async fn token(State(script): Scripted, headers: HeaderMap, body: String) -> Response {
    let mut script = script.lock().unwrap();
    note(&mut script, "/token", &headers, body);
    (script.token.0, AxumJson(script.token.1.clone())).into_response()
}

async fn user_info(State(script): Scripted, headers: HeaderMap) -> Response {
    let mut script = script.lock().unwrap();
    note(&mut script, "/userinfo", &headers, String::new());
    (script.user_info.0, AxumJson(script.user_info.1.clone())).into_response()
}
