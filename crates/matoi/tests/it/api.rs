//! Speaking to the API.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

/// A client with a token.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    token: String,
    /// Where the API is, without a slash at the end.
    pub(crate) base: String,
}

/// What a request came to: an answer, or none, when nobody knows whether it was done.
pub(crate) type Answer = Result<(u16, Json), reqwest::Error>;

impl Client {
    pub(crate) fn new(url: &str, token: &str) -> Self {
        Self {
            http: reqwest::Client::new(),
            token: token.to_owned(),
            base: format!("{url}api/v1"),
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.http.get(format!("{}{path}", self.base));
        answer(request.bearer_auth(&self.token)).await
    }

    pub(crate) async fn post(&self, path: &str, key: Option<&str>, body: &Json) -> Answer {
        let mut request = self
            .http
            .post(format!("{}{path}", self.base))
            .header("content-type", "application/json")
            .body(body.to_string());
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        answer(request.bearer_auth(&self.token)).await
    }

    /// Every row of a list.
    pub(crate) async fn all(&self, path: &str) -> Vec<Json> {
        let mut rows = Vec::new();
        let mut cursor = String::new();
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let (status, page) = self
                .get(&format!("{path}{joint}limit=200{cursor}"))
                .await
                .unwrap();
            assert_eq!(status, 200, "{page}");
            rows.extend(page["items"].as_array().unwrap().iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }

    /// How many cases there are of each title.
    pub(crate) async fn case_titles(&self) -> BTreeMap<String, u32> {
        let mut titles = BTreeMap::new();
        for case in self.all("/cases?state=all&sort=-detected").await {
            let title = case["title"].as_str().unwrap().to_owned();
            *titles.entry(title).or_default() += 1;
        }
        titles
    }
}

/// A case with this title.
pub(crate) fn case(title: &str) -> Json {
    json!({"title": title, "class": "malicious-code.ransomware", "severity": "low", "priority": "p3"})
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await?;
    let status = response.status().as_u16();
    let bytes = response.bytes().await?;
    Ok((status, serde_json::from_slice(&bytes).unwrap_or(Json::Null)))
}
