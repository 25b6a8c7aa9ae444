//! The protocol against a provider that lies, dawdles and falls over.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that meets the unexpected must stop"
)]

mod provider;

use axum::http::StatusCode;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use matoi_core::identity::sign_on::{Identity, IdentityProvider as _, ProviderError};
use matoi_oidc::Provider;
use serde_json::{Value as Json, json};

use self::provider::{Hostile, NOW, SECRET, answer, new_key, now, signed, unsigned};

async fn identity(client: &Provider) -> Result<Identity, ProviderError> {
    client.identity(answer(), now()).await
}

fn kind(result: Result<Identity, ProviderError>) -> &'static str {
    match result {
        Ok(_) => "taken",
        Err(ProviderError::Unreachable(_)) => "unreachable",
        Err(ProviderError::Untrusted(_)) => "untrusted",
        Err(ProviderError::Clock(_)) => "clock",
        Err(ProviderError::Incomplete(_)) => "incomplete",
    }
}

#[tokio::test]
async fn the_browser_is_sent_with_all_that_binds_the_answer() {
    let hostile = Hostile::start().await;
    let attempt = answer().attempt;
    let address = hostile.client().address(&attempt, now()).await.unwrap();
    assert!(
        address.starts_with(&format!("{}/authorize?tenant=1&", hostile.issuer())),
        "{address}"
    );
    // RFC 7636, appendix B gives the form; this is the digest of 43 times `v`.
    for part in [
        "response_type=code",
        "client_id=matoi",
        "state=s1",
        "nonce=n1",
        "code_challenge_method=S256",
        "code_challenge=",
        "scope=openid+profile+email",
        "redirect_uri=https%3A%2F%2Fmatoi.example%2Fm%2Fsign-in%2Foidc%2Fback",
    ] {
        assert!(address.contains(part), "{part}: {address}");
    }
    assert!(!address.contains(&attempt.verifier), "the verifier stays here");
}

#[tokio::test]
async fn a_right_answer_says_who_it_is() {
    let hostile = Hostile::start().await;
    hostile.give(&signed(&hostile.key, &hostile.claims()));
    let found = identity(&hostile.client()).await.unwrap();
    assert_eq!(
        (found.issuer, found.subject.as_str(), found.login.as_deref()),
        (hostile.issuer(), "u1", Some("sasaki"))
    );
    assert_eq!(
        (found.mail.as_deref(), found.mail_verified),
        (Some("sasaki@minatono.example"), true)
    );
    assert_eq!(found.groups, ["csirt"]);
    let (_, authorization, body) = hostile.change(|script| script.asked.last().cloned()).unwrap();
    let basic = STANDARD.encode(format!("matoi:{}", "a+secret+%26+more"));
    assert_eq!(authorization, format!("Basic {basic}"), "{SECRET}");
    for part in ["grant_type=authorization_code", "code=c1", "code_verifier=vvvv"] {
        assert!(body.contains(part), "{part}: {body}");
    }
    assert_eq!(hostile.asked("/userinfo"), 0, "nothing was lacking");
}

#[tokio::test]
async fn no_wrong_token_is_taken() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    let with = |change: Json| {
        let mut claims = hostile.claims();
        for (name, value) in change.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims
    };
    for (change, expect) in [
        (json!({}), "taken"),
        (json!({"nonce": "n2"}), "untrusted"),
        (json!({"nonce": null}), "untrusted"),
        (json!({"aud": "other"}), "untrusted"),
        (json!({"aud": ["matoi"]}), "taken"),
        (json!({"aud": ["matoi", "other"]}), "untrusted"),
        (json!({"iss": "https://evil.example"}), "untrusted"),
        (json!({"iss": format!("{}/", hostile.issuer())}), "untrusted"),
        (json!({"azp": "other"}), "untrusted"),
        (json!({"azp": "matoi"}), "taken"),
        (json!({"exp": NOW - 61}), "clock"),
        (json!({"exp": NOW - 30}), "taken"),
        (json!({"iat": NOW + 61}), "clock"),
        (json!({"iat": NOW + 30}), "taken"),
        (json!({"nbf": NOW + 100}), "clock"),
        (json!({"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}), "untrusted"),
        (json!({"sub": null}), "untrusted"),
        (json!({"hasgroups": true, "groups": null}), "incomplete"),
    ] {
        hostile.give(&signed(&hostile.key, &with(change.clone())));
        let result = identity(&client).await;
        let said = format!("{result:?}");
        assert_eq!(kind(result), expect, "{change}: {said}");
    }
}

#[tokio::test]
async fn only_the_provider_can_sign() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    let claims = hostile.claims();
    let right = signed(&hostile.key, &claims);
    let (body, signature) = right.rsplit_once('.').unwrap();
    let foreign = signed(&new_key(), &claims);
    let foreign_under_its_name = format!("{body}.{}", foreign.rsplit_once('.').unwrap().1);
    let changed = {
        let mut other = claims.clone();
        other["sub"] = json!("u2");
        let head = right.split('.').next().unwrap();
        let payload = URL_SAFE_NO_PAD.encode(other.to_string());
        format!("{head}.{payload}.{signature}")
    };
    let none = format!("{}.", unsigned(&json!({"alg": "none"}), &claims));
    let by_secret = format!(
        "{}.{}",
        unsigned(&json!({"alg": "HS256"}), &claims),
        URL_SAFE_NO_PAD.encode([7; 32])
    );
    for token in [
        foreign,
        foreign_under_its_name,
        changed,
        none,
        by_secret,
        format!("{body}."),
        "x".to_owned(),
        String::new(),
    ] {
        hostile.give(&token);
        let result = identity(&client).await;
        assert_eq!(kind(result), "untrusted", "{token}");
    }
    hostile.give(&format!("{}.AAAA", unsigned(&json!({"alg": "HS256"}), &claims)));
    let refused = identity(&client).await.unwrap_err().to_string();
    assert!(
        refused.contains("Disallowed"),
        "not even with the client's secret: {refused}"
    );
    hostile.change(|script| script.token.1 = json!({"access_token": "at", "token_type": "Bearer"}));
    assert_eq!(kind(identity(&client).await), "untrusted", "no ID token");
}

#[tokio::test]
async fn another_issuer_is_not_given_the_code() {
    let hostile = Hostile::start().await;
    hostile.give(&signed(&hostile.key, &hostile.claims()));
    let client = hostile.client();
    let mut mixed_up = answer();
    mixed_up.issuer = Some("https://evil.example".to_owned());
    assert_eq!(kind(client.identity(mixed_up.clone(), now()).await), "untrusted");
    assert_eq!(hostile.asked("/token"), 0);
    mixed_up.issuer = Some(hostile.issuer());
    assert_eq!(kind(client.identity(mixed_up.clone(), now()).await), "taken");

    let published = json!({"authorization_response_iss_parameter_supported": true});
    hostile.change(|script| script.published = published);
    let client = hostile.client();
    assert_eq!(kind(client.identity(mixed_up.clone(), now()).await), "taken");
    mixed_up.issuer = None;
    assert_eq!(
        kind(client.identity(mixed_up, now()).await),
        "untrusted",
        "it said that it names itself"
    );
}

#[tokio::test]
async fn what_the_token_lacks_is_asked_for_and_belongs_to_the_same_person() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    let mut claims = hostile.claims();
    claims.as_object_mut().unwrap().remove("groups");
    claims.as_object_mut().unwrap().remove("name");
    hostile.give(&signed(&hostile.key, &claims));
    let more = |status, answer| hostile.change(|script| script.user_info = (status, answer));
    more(
        StatusCode::OK,
        json!({"sub": "u1", "groups": ["soc"], "preferred_username": "other"}),
    );
    let found = identity(&client).await.unwrap();
    assert_eq!(found.groups, ["soc"]);
    assert_eq!(
        found.login.as_deref(),
        Some("sasaki"),
        "the ID token is believed first"
    );
    more(StatusCode::OK, json!({"sub": "u2", "groups": ["soc"]}));
    assert_eq!(kind(identity(&client).await), "untrusted");
    // Groups that are not known are not none: roles would be lost.
    more(StatusCode::INTERNAL_SERVER_ERROR, json!({}));
    assert_eq!(kind(identity(&client).await), "unreachable");
}

#[tokio::test]
async fn what_the_token_endpoint_refuses_is_told_apart() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    for (status, body, expect) in [
        (
            StatusCode::BAD_REQUEST,
            json!({"error": "invalid_grant"}),
            "untrusted",
        ),
        (
            StatusCode::UNAUTHORIZED,
            json!({"error": "invalid_client"}),
            "unreachable",
        ),
        (StatusCode::INTERNAL_SERVER_ERROR, json!("oops"), "untrusted"),
        (StatusCode::FOUND, json!({}), "untrusted"),
    ] {
        hostile.change(|script| script.token = (status, body.clone()));
        assert_eq!(kind(identity(&client).await), expect, "{status} {body}");
    }
}

#[tokio::test]
async fn redirects_floods_and_strangers_are_refused() {
    let hostile = Hostile::start().await;
    let issuer = hostile.issuer();
    for (configuration, published, because) in [
        (Some((StatusCode::FOUND, String::new())), json!({}), "302"),
        (Some((StatusCode::OK, "x".repeat(600_000))), json!({}), "larger"),
        (
            Some((StatusCode::OK, "no JSON".to_owned())),
            json!({}),
            "openid-configuration",
        ),
        (None, json!({"issuer": "https://evil.example"}), "evil.example"),
        (
            None,
            json!({"token_endpoint": "http://evil.example/token"}),
            "not encrypted",
        ),
        (None, json!({"jwks_uri": "file:///etc/passwd"}), "not encrypted"),
        (None, json!({"jwks_uri": format!("{issuer}/nowhere")}), "404"),
    ] {
        hostile.change(|script| {
            script.configuration = configuration;
            script.published = published;
        });
        let error = hostile
            .client()
            .address(&answer().attempt, now())
            .await
            .unwrap_err();
        assert!(
            matches!(&error, ProviderError::Unreachable(text) if text.contains(because)),
            "{because}: {error}"
        );
    }
    assert_eq!(hostile.asked("/jwks"), 0, "a redirect is not followed");
}

#[tokio::test]
async fn keys_that_changed_are_fetched_again() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    hostile.give(&signed(&hostile.key, &hostile.claims()));
    assert_eq!(kind(identity(&client).await), "taken");
    assert_eq!(kind(identity(&client).await), "taken");
    assert_eq!(hostile.asked("/jwks"), 1, "they are kept");

    let next = new_key();
    hostile.change(|script| script.keys = vec![next.clone()]);
    hostile.give(&signed(&next, &hostile.claims()));
    let later = now().plus_seconds(40);
    assert_eq!(kind(client.identity(answer(), later).await), "taken");
    assert_eq!(hostile.asked("/jwks"), 2);
    hostile.give(&signed(&new_key(), &hostile.claims()));
    assert_eq!(kind(client.identity(answer(), later).await), "untrusted");
    assert_eq!(hostile.asked("/jwks"), 2, "but not with every wrong token");
}

#[tokio::test]
async fn a_provider_that_is_down_is_left_alone_for_a_moment_and_what_is_known_stays_of_use() {
    let hostile = Hostile::start().await;
    let client = hostile.client();
    let down =
        || hostile.change(|script| script.configuration = Some((StatusCode::BAD_GATEWAY, String::new())));
    let attempt = answer().attempt;
    down();
    for seconds in [0, 1, 2] {
        let at = now().plus_seconds(seconds);
        assert!(client.address(&attempt, at).await.is_err());
    }
    assert_eq!(hostile.asked("/.well-known/openid-configuration"), 1);
    hostile.change(|script| script.configuration = None);
    assert!(
        client.address(&attempt, now().plus_seconds(6)).await.is_ok(),
        "it is there again"
    );

    down();
    let an_hour = now().plus_seconds(3700);
    assert!(client.address(&attempt, an_hour).await.is_ok(), "old, but known");
    let two_days = now().plus_seconds(2 * 86_400);
    assert!(client.address(&attempt, two_days).await.is_err(), "too old");
}

#[tokio::test]
async fn nobody_listening_is_said_at_once() {
    let client = Hostile::start()
        .await
        .client_with(|settings| settings.issuer = "http://127.0.0.1:9".to_owned());
    let error = client.address(&answer().attempt, now()).await.unwrap_err();
    assert!(matches!(error, ProviderError::Unreachable(_)), "{error}");
}
