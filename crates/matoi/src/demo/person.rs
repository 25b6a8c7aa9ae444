//! Somebody with a browser or a program with a token.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, StatusCode};
use serde_json::Value as Json;

use crate::failure::{Exit, Failure, Outcome};

/// Somebody who speaks to the server.
#[derive(Debug, Clone)]
pub(super) struct Person {
    http: reqwest::Client,
    /// Where the server is, with a slash at the end.
    base: String,
    headers: HeaderMap,
    /// The account's identifier, once signed in.
    pub(super) id: String,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    pub(super) fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or(Json::Null)
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Person {
    /// Somebody whom the server does not know.
    pub(super) fn nobody(base: &str) -> Outcome<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| Failure::of("the demonstration cannot speak HTTP", &error))?;
        Ok(Self {
            http,
            base: base.to_owned(),
            headers: HeaderMap::new(),
            id: String::new(),
        })
    }

    /// A program with a token.
    pub(super) fn with_token(base: &str, token: &str) -> Outcome<Self> {
        let mut program = Self::nobody(base)?;
        program.set("authorization", &format!("Bearer {token}"))?;
        Ok(program)
    }

    /// Signs in at the log-in page.
    pub(super) async fn sign_in(base: &str, login: &str, password: &str) -> Outcome<Self> {
        let mut person = Self::nobody(base)?;
        let answer = person
            .form("login", &[("login", login), ("password", password)])
            .await?;
        let cookies: Vec<&str> = answer
            .headers
            .get_all("set-cookie")
            .iter()
            .filter_map(|value| value.to_str().ok()?.split(';').next())
            .collect();
        person.set("cookie", &cookies.join("; "))?;
        // As a browser says of requests that our own pages make.
        person.set("sec-fetch-site", "same-origin")?;
        let me = person.api(Method::GET, "/me", None, None).await?;
        me.json()
            .pointer("/account/id")
            .and_then(Json::as_str)
            .unwrap_or_default()
            .clone_into(&mut person.id);
        Ok(person)
    }

    /// Sends a form of a page, as a browser does. Anything but the page that follows is a failure.
    pub(super) async fn form(&self, path: &str, fields: &[(&str, &str)]) -> Outcome<Answer> {
        let body: Vec<String> = fields
            .iter()
            .map(|(name, value)| format!("{}={}", encoded(name), encoded(value)))
            .collect();
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.join("&"));
        let answer = self.send(request, path).await?;
        if answer.status.is_redirection() {
            return Ok(answer);
        }
        Err(refused(path, &answer))
    }

    /// Reads a page.
    pub(super) async fn page(&self, path: &str) -> Outcome<Answer> {
        let answer = self
            .send(self.http.get(format!("{}{path}", self.base)), path)
            .await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refused(path, &answer))
    }

    /// Calls the API. `version` is the path whose version is changed.
    pub(super) async fn api(
        &self,
        method: Method,
        path: &str,
        body: Option<&Json>,
        version: Option<&str>,
    ) -> Outcome<Answer> {
        let mut request = self.http.request(method, format!("{}api/v1{path}", self.base));
        if let Some(version) = version {
            let url = format!("{}api/v1{version}", self.base);
            let read = self.send(self.http.get(url), version).await?;
            if !read.status.is_success() {
                return Err(refused(version, &read));
            }
            request = request.header("if-match", read.header("etag"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = self.send(request, path).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refused(path, &answer))
    }

    /// Sends JSON to the door of another tool.
    pub(super) async fn post_json(&self, path: &str, body: &Json) -> Outcome<Answer> {
        let request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        let answer = self.send(request, path).await?;
        if answer.status.is_success() {
            return Ok(answer);
        }
        Err(refused(path, &answer))
    }

    async fn send(&self, request: reqwest::RequestBuilder, path: &str) -> Outcome<Answer> {
        let failed = |error: reqwest::Error| Failure::of(format!("{path} was not answered"), &error);
        let response = request
            .headers(self.headers.clone())
            .send()
            .await
            .map_err(failed)?;
        Ok(Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.map_err(failed)?.to_vec(),
        })
    }

    fn set(&mut self, name: &'static str, value: &str) -> Outcome {
        let value = HeaderValue::from_str(value)
            .map_err(|error| Failure::of("the demonstration cannot speak HTTP", &error))?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }
}

/// What the server says when it refuses, as far as it says it.
fn refused(path: &str, answer: &Answer) -> Failure {
    let json = answer.json();
    let said = match json.is_null() {
        true => String::new(),
        false => format!(": {json}"),
    };
    Failure::told(Exit::Failed, format!("{path} answered {}{said}", answer.status))
}

/// A text as a form sends it.
fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'*' => {
                char::from(byte).to_string()
            }
            b' ' => "+".to_owned(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}
