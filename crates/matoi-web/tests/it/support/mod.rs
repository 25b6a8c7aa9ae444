//! A running application without a socket, a browser-like page client and an API client that checks every answer.

pub(crate) mod contract;

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use matoi_blob::disk::RealDisk;
use matoi_blob::keys::{Keys, MasterKey, MasterKeys};
use matoi_blob::store::{AsyncBlobStore, BlobStore, LocalStorage};
use matoi_core::identity::password::Passwords;
use matoi_core::identity::sessions;
use matoi_core::identity::sign_on::SignOn;
use matoi_core::jobs::{Handler, Runner};
use matoi_core::kernel::ports::{Boxed, Documents, InProcess, MadeFile, Sheet};
use matoi_core::{Action, Error, audit, identity};
use matoi_testkit::{Backend, TestStore, World};
use matoi_web::{App, AppParts, WebSettings};
use serde_json::Value as Json;
use tower::ServiceExt as _;

/// An application on a fresh database with a small organisation.
pub(crate) struct TestApp {
    pub(crate) world: World,
    router: Router,
    _files: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub(crate) fn header(&self, name: impl header::AsHeaderName) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }

    /// The pointers of a problem's fields.
    pub(crate) fn pointers(&self) -> Vec<String> {
        let problem = self.json();
        let errors = problem["errors"].as_array().cloned().unwrap_or_default();
        errors
            .iter()
            .map(|error| error["pointer"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

impl TestApp {
    /// On SQLite: what the web side adds does not depend on the database.
    pub(crate) async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut WebSettings)) -> Self {
        let store = TestStore::open(Backend::Sqlite)
            .await
            .expect("SQLite is always there");
        Self::over(store, None, change).await
    }

    /// With single sign-on.
    pub(crate) async fn with_sign_on(sign_on: SignOn, change: impl FnOnce(&mut WebSettings)) -> Self {
        let store = TestStore::open(Backend::Sqlite)
            .await
            .expect("SQLite is always there");
        Self::over(store, Some(sign_on), change).await
    }

    /// On each database that is there: for what asks the database in a language of its own.
    pub(crate) async fn on_each_database() -> Vec<Self> {
        let mut apps = Vec::new();
        for backend in [Backend::Sqlite, Backend::Postgres] {
            if let Some(store) = TestStore::open(backend).await {
                apps.push(Self::over(store, None, |_| {}).await);
            }
        }
        apps
    }

    async fn over(store: TestStore, sign_on: Option<SignOn>, change: impl FnOnce(&mut WebSettings)) -> Self {
        let world = World::set_up(store).await;
        let files = tempfile::tempdir().unwrap();
        let random = Arc::new(matoi_blob::SystemRandom);
        let master = MasterKeys::only(MasterKey::generate(random.as_ref()).unwrap());
        let keys = Arc::new(Keys::derive(&master, random));
        let storage = LocalStorage::open(
            Arc::new(RealDisk),
            files.path().join("blobs"),
            SystemTime::UNIX_EPOCH,
            Duration::from_secs(1),
        )
        .unwrap();
        let mut settings = WebSettings {
            base_path: String::new(),
            public_url: "https://matoi.minatono.example".to_owned(),
            trusted_proxies: Vec::new(),
            session_limits: sessions::Limits::default(),
            max_body: 2 * 1024 * 1024,
            max_upload: 20 * 1024 * 1024,
            max_file: 10 * 1024 * 1024,
            max_mail: 1024 * 1024,
        };
        change(&mut settings);
        let app = App::new(AppParts {
            store: world.store.store.clone(),
            passwords: Passwords::new(2),
            settings,
            blobs: AsyncBlobStore::new(BlobStore::new(Arc::new(storage), keys)),
            parsers: Arc::new(InProcess),
            documents: Arc::new(PlainDocuments),
            sign_on,
        });
        Self {
            world,
            router: matoi_web::router(app),
            _files: files,
        }
    }

    /// Sends a bare request.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    /// Runs the jobs that are due, as the program does in the background.
    pub(crate) async fn run_jobs(&self) {
        let store = self.world.store.store.clone();
        let verify: Arc<dyn Handler> = Arc::new(audit::job::VerifyHandler::new(store.clone()));
        let runner = Runner::new(store, HashMap::from([(audit::job::VERIFY, verify)])).unwrap();
        runner.run_due().await.unwrap();
    }

    /// A signed-in browser of the person with this role.
    pub(crate) async fn browser(&self, role: &str) -> Browser<'_> {
        let store = &self.world.store.store;
        let mut tx = store.write(&store.system("test")).await.unwrap();
        let limits = sessions::Limits::default();
        let session = sessions::begin_for_tests(&mut tx, limits, self.world.account(role))
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Browser {
            app: self,
            cookie: Some(session),
            fragment: false,
        }
    }

    /// A browser of somebody who has not signed in.
    pub(crate) fn stranger(&self) -> Browser<'_> {
        Browser {
            app: self,
            cookie: None,
            fragment: false,
        }
    }

    /// An API client with a token of the person with this role, with everything the role permits.
    pub(crate) async fn api(&self, role: &str) -> Api<'_> {
        let caller = self.world.caller(role).await;
        let actions: Vec<_> = caller.actions.iter().collect();
        self.api_with(role, &actions).await
    }

    /// An API client with a token of the person with this role that permits these actions.
    pub(crate) async fn api_with(&self, role: &str, scopes: &[Action]) -> Api<'_> {
        let store = &self.world.store.store;
        let mut tx = store.write(&store.system("test")).await.unwrap();
        let input = identity::tokens::TokenInput {
            name: "test".to_owned(),
            scopes: scopes.to_vec(),
            days: 1,
        };
        let secret = identity::tokens::create_by_operator(&mut tx, self.world.account(role), input)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Api {
            app: self,
            token: Some(secret),
        }
    }

    /// An API client without a token.
    pub(crate) fn anonymous_api(&self) -> Api<'_> {
        Api {
            app: self,
            token: None,
        }
    }
}

/// A browser without a screen.
pub(crate) struct Browser<'a> {
    app: &'a TestApp,
    cookie: Option<String>,
    fragment: bool,
}

impl Browser<'_> {
    /// The same browser, asking the way the page's script does for a part of a page.
    pub(crate) fn by_script(self) -> Self {
        Self {
            fragment: true,
            ..self
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, None, "").await
    }

    /// Sends a form as a page of ours would.
    pub(crate) async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = fields
            .iter()
            .map(|(name, value)| format!("{name}={}", matoi_web::ui::url_encode(value)));
        let body = body.collect::<Vec<_>>().join("&");
        self.request(
            Method::POST,
            path,
            Some("application/x-www-form-urlencoded"),
            body,
        )
        .await
    }

    /// Sends a form with files: name of the field, name of the file, type, content.
    pub(crate) async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, &str, &[u8])],
    ) -> Answer {
        const BOUNDARY: &str = "----matoi-test";
        let mut body = Vec::new();
        for (name, value) in fields {
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                    .as_bytes(),
            );
        }
        for (name, file, kind, content) in files {
            body.extend_from_slice(
                format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: {kind}\r\n\r\n")
                    .as_bytes(),
            );
            body.extend_from_slice(content);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(format!("--{BOUNDARY}--\r\n").as_bytes());
        self.request(
            Method::POST,
            path,
            Some(&format!("multipart/form-data; boundary={BOUNDARY}")),
            body,
        )
        .await
    }

    async fn request(&self, method: Method, path: &str, kind: Option<&str>, body: impl Into<Body>) -> Answer {
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header("sec-fetch-site", "same-origin");
        if let Some(cookie) = &self.cookie {
            request = request.header(header::COOKIE, format!("matoi_session={cookie}"));
        }
        if self.fragment {
            request = request.header("hx-request", "true");
        }
        if let Some(kind) = kind {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        self.app.send(request.body(body.into()).unwrap()).await
    }
}

/// A program that uses the API. Every answer is checked against the OpenAPI document.
pub(crate) struct Api<'a> {
    app: &'a TestApp,
    token: Option<String>,
}

impl Api<'_> {
    /// Its token, for requests that the OpenAPI document says nothing of.
    pub(crate) fn secret(&self) -> String {
        self.token.clone().expect("this client has a token")
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(Method::GET, path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Json) -> Answer {
        self.request(Method::POST, path, &[], Some(body)).await
    }

    /// Sends something that is not JSON.
    pub(crate) async fn post_file(&self, path: &str, kind: &str, content: &[u8]) -> Answer {
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header(header::CONTENT_TYPE, kind);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self
            .app
            .send(request.body(Body::from(content.to_vec())).unwrap())
            .await;
        contract::check(&Method::POST, path, &answer);
        answer
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.request(Method::DELETE, path, &[], None).await
    }

    /// Sends a form with one small file.
    pub(crate) async fn upload(&self, path: &str, field: &str, content: &[u8]) -> Answer {
        const BOUNDARY: &str = "----matoi-test";
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n"
        );
        let body = [
            head.as_bytes(),
            content,
            format!("\r\n--{BOUNDARY}--\r\n").as_bytes(),
        ]
        .concat();
        let mut request = Request::builder().method(Method::POST).uri(path).header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUNDARY}"),
        );
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        let answer = self.app.send(request.body(Body::from(body)).unwrap()).await;
        contract::check(&Method::POST, path, &answer);
        answer
    }

    /// With an `If-Match` of this version.
    pub(crate) async fn change(&self, method: Method, path: &str, version: i64, body: Json) -> Answer {
        self.request(
            method,
            path,
            &[("if-match", &format!("\"{version}\""))],
            Some(body),
        )
        .await
    }

    pub(crate) async fn request(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Json>,
    ) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(path);
        if let Some(token) = &self.token {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = match body {
            Some(body) => {
                request = request.header(header::CONTENT_TYPE, "application/json");
                Body::from(body.to_string())
            }
            None => Body::empty(),
        };
        let answer = self.app.send(request.body(body).unwrap()).await;
        contract::check(&method, path, &answer);
        answer
    }
}

/// Documents that say what they were made from: the real ones are made by another crate, in another process.
struct PlainDocuments;

impl Documents for PlainDocuments {
    fn fill(&self, name: String, _: String, data: Json) -> Boxed<'_, Result<String, Error>> {
        Box::pin(async move { Ok(format!("# {name}\n\n{data}\n")) })
    }

    fn make(&self, request: Json) -> Boxed<'_, Result<MadeFile, Error>> {
        Box::pin(async move {
            Ok(MadeFile {
                bytes: request.to_string().into_bytes(),
                pages: Some(1),
            })
        })
    }

    fn workbook(&self, sheets: Vec<Sheet>, _: String) -> Boxed<'_, Result<Vec<u8>, Error>> {
        Box::pin(async move { Ok(serde_json::to_vec(&sheets)?) })
    }
}
