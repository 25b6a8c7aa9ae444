//! The pages of single sign-on: what leaves with the browser and what it may bring back.

use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use matoi_core::identity::sign_on::{
    Answer, Attempt, Identity, IdentityProvider, ProviderError, SignOn, SignOnSettings,
};
use matoi_core::kernel::ports::Boxed;
use matoi_types::Timestamp;

use crate::support::{Answer as Page, TestApp};

/// A provider that knows 田中 and remembers the state it was asked with.
#[derive(Default)]
struct Friendly {
    state: Mutex<String>,
    down: bool,
}

impl IdentityProvider for Friendly {
    fn address<'a>(&'a self, attempt: &'a Attempt, _: Timestamp) -> Boxed<'a, Result<String, ProviderError>> {
        self.state.lock().unwrap().clone_from(&attempt.state);
        Box::pin(async move {
            if self.down {
                return Err(ProviderError::Unreachable("down".to_owned()));
            }
            Ok(format!("https://login.example/authorize?state={}", attempt.state))
        })
    }

    fn identity(&self, _: Answer, _: Timestamp) -> Boxed<'_, Result<Identity, ProviderError>> {
        Box::pin(async move {
            Ok(Identity {
                issuer: "https://login.example".to_owned(),
                subject: "u1".to_owned(),
                login: Some("tanaka".to_owned()),
                name: Some("田中 花".to_owned()),
                mail: None,
                mail_verified: false,
                groups: Vec::new(),
            })
        })
    }
}

struct Here {
    app: TestApp,
    provider: Arc<Friendly>,
}

impl Here {
    async fn new(only: bool, down: bool) -> Self {
        let provider = Arc::new(Friendly {
            down,
            ..Friendly::default()
        });
        let sign_on = SignOn {
            settings: SignOnSettings {
                name: "みなと野ID".to_owned(),
                only,
                create_accounts: true,
                roles: Vec::new(),
            },
            provider: provider.clone(),
        };
        let app = TestApp::with_sign_on(sign_on, |settings| {
            settings.base_path = "/csirt".to_owned();
            settings.public_url = "https://www.example/csirt".to_owned();
        })
        .await;
        Self { app, provider }
    }

    async fn get(&self, path: &str, cookie: &str) -> Page {
        let request = Request::get(path)
            .header(header::COOKIE, cookie)
            .header("sec-fetch-site", "cross-site");
        self.app.send(request.body(Body::empty()).unwrap()).await
    }

    /// Leaves and gives the cookie and the path that the provider sends back to.
    async fn leave(&self, next: &str) -> (String, String) {
        let next = matoi_web::ui::url_encode(next);
        let left = self.get(&format!("/csirt/sign-in/oidc?next={next}"), "").await;
        assert_eq!(left.status, StatusCode::SEE_OTHER, "{}", left.text());
        assert!(
            left.header(header::LOCATION)
                .starts_with("https://login.example/authorize")
        );
        let state = self.provider.state.lock().unwrap().clone();
        (
            cookie(&left, "matoi_sign_on"),
            format!("/csirt/sign-in/oidc/back?code=c&state={state}"),
        )
    }
}

/// `name=value` of a cookie that an answer sets.
fn cookie(page: &Page, name: &str) -> String {
    let set = set_cookie(page, name);
    set.split(';').next().unwrap().to_owned()
}

fn set_cookie(page: &Page, name: &str) -> String {
    page.headers
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|value| value.to_str().unwrap())
        .find(|value| value.starts_with(&format!("{name}=")))
        .unwrap_or_else(|| panic!("no {name}: {page:?}"))
        .to_owned()
}

#[tokio::test]
async fn there_and_back_below_a_path_gives_a_session() {
    let here = Here::new(false, false).await;
    let login = here.app.stranger().get("/csirt/login?next=%2Fcases").await;
    assert!(
        login
            .text()
            .contains("href=\"/csirt/sign-in/oidc?next=%2Fcases\""),
        "{}",
        login.text()
    );
    let left = here.get("/csirt/sign-in/oidc?next=%2Fcases", "").await;
    let kept = set_cookie(&left, "matoi_sign_on");
    for part in ["Path=/csirt", "HttpOnly", "SameSite=Lax", "Secure", "Max-Age=600"] {
        assert!(kept.contains(part), "{part}: {kept}");
    }
    let state = here.provider.state.lock().unwrap().clone();
    assert!(!kept.contains(&state), "the state is sealed");

    let (kept, path) = here.leave("/cases?x=1").await;
    let back = here.get(&path, &kept).await;
    assert_eq!(
        (back.status, back.header(header::LOCATION)),
        (StatusCode::SEE_OTHER, "/csirt/cases?x=1")
    );
    assert!(set_cookie(&back, "matoi_sign_on").contains("Max-Age=0"));
    let me = here.get("/csirt/me", &cookie(&back, "matoi_session")).await;
    assert!(me.text().contains("田中 花"), "{}", me.text());
    assert_eq!(
        here.get(&path, &kept).await.status,
        StatusCode::BAD_REQUEST,
        "once"
    );
}

#[tokio::test]
async fn nothing_that_comes_from_outside_leads_out() {
    let here = Here::new(false, false).await;
    for next in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
    ] {
        let (kept, path) = here.leave(next).await;
        let back = here.get(&path, &kept).await;
        assert_eq!(back.header(header::LOCATION), "/csirt/", "{next}");
    }
}

#[tokio::test]
async fn a_refusal_says_what_to_do_in_both_languages_and_gives_no_session() {
    let here = Here::new(false, true).await;
    let down = here.get("/csirt/sign-in/oidc", "").await;
    assert_eq!(down.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        down.text().contains("IDプロバイダーから正しい応答がありません"),
        "{}",
        down.text()
    );
    let here = Here::new(false, false).await;
    let (_, path) = here.leave("/").await;
    for (lang, text) in [
        ("matoi_lang=ja", "ログイン画面からやり直して"),
        ("matoi_lang=en", "Begin again on the log-in page"),
    ] {
        let lost = here.get(&path, lang).await;
        assert_eq!(lost.status, StatusCode::BAD_REQUEST);
        assert!(
            lost.text().contains(text) && lost.text().contains("https://www.example/csirt"),
            "{}",
            lost.text()
        );
        assert!(
            lost.text().contains(lost.header("x-request-id")),
            "{}",
            lost.text()
        );
        assert!(!format!("{:?}", lost.headers).contains("matoi_session"));
    }
}

#[tokio::test]
async fn where_it_is_the_only_way_the_password_is_for_emergencies() {
    let here = Here::new(true, false).await;
    let login = here.app.stranger().get("/csirt/login").await.text();
    assert!(
        login.contains("みなと野ID") && login.contains("<details><summary"),
        "{login}"
    );
    let refused = here
        .app
        .stranger()
        .post("/csirt/login", &[("login", "handler"), ("password", "wrong")])
        .await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    assert!(refused.text().contains("<details open>"), "{}", refused.text());
}

#[tokio::test]
async fn where_it_is_not_set_up_it_does_not_exist() {
    let app = TestApp::new().await;
    assert!(
        !app.stranger()
            .get("/login")
            .await
            .text()
            .contains("/sign-in/oidc")
    );
    for path in ["/sign-in/oidc", "/sign-in/oidc/back?code=a&state=b"] {
        assert_eq!(
            app.stranger().get(path).await.status,
            StatusCode::NOT_FOUND,
            "{path}"
        );
    }
    let connect = app
        .browser("handler")
        .await
        .post("/me/single-sign-on", &[("password", "x")])
        .await;
    assert_eq!(connect.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn connecting_needs_the_password_and_one_s_own_page() {
    let here = Here::new(false, false).await;
    let browser = here.app.browser("handler").await;
    let refused = browser
        .post("/csirt/me/single-sign-on", &[("password", "wrong")])
        .await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let stranger = here
        .app
        .stranger()
        .post("/csirt/me/single-sign-on", &[("password", "x")])
        .await;
    assert_eq!(stranger.status, StatusCode::SEE_OTHER, "to the log-in");
}
