//! One line per request, and its figures. Only the template of a route is ever written, like `/cases/{id}`: paths carry
//! secrets (`/r/…`, `/setup/…`, `/link/…`), query strings carry what was searched for.

use std::sync::Arc;

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use matoi_core::kernel::Env;
use matoi_web::http::info::REQUEST_ID;
use tokio::time::Instant;

use super::telemetry::Telemetry;

/// What watches requests.
#[derive(Debug, Clone)]
pub(super) struct Observer {
    telemetry: Arc<Telemetry>,
    env: Env,
    base: Arc<str>,
}

impl Observer {
    pub(super) fn new(telemetry: Arc<Telemetry>, env: Env, base: String) -> Self {
        Self {
            telemetry,
            env,
            base: base.into(),
        }
    }

    fn new_id(&self) -> String {
        matoi_web::http::info::new_request_id(&self.env)
    }

    fn route(&self, request: &Request) -> String {
        let matched = request.extensions().get::<MatchedPath>();
        matched.map_or_else(
            || "(none)".to_owned(),
            |path| {
                let path = path.as_str();
                match path.strip_prefix(&*self.base) {
                    Some("") => "/".to_owned(),
                    Some(below) => below.to_owned(),
                    None => path.to_owned(),
                }
            },
        )
    }
}

pub(super) async fn observe(State(observer): State<Observer>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = method(request.method());
    let route = observer.route(&request);
    let mut response = next.run(request).await;
    // What is answered outside the application has an identifier too.
    if !response.headers().contains_key(REQUEST_ID)
        && let Ok(id) = HeaderValue::from_str(&observer.new_id())
    {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let (status, seconds) = (response.status(), begin.elapsed().as_secs_f64());
    let request_id = response
        .headers()
        .get(REQUEST_ID)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    write_line(method, &route, status, seconds, request_id);
    observer
        .telemetry
        .request(method, route, status.as_u16(), seconds);
    response
}

fn write_line(method: &'static str, route: &str, status: StatusCode, seconds: f64, request_id: &str) {
    let (status, ms) = (status.as_u16(), (seconds * 1e5).round() / 100.0);
    let is_routine = matches!(
        route,
        "/healthz" | "/readyz" | "/metrics" | "/static/{*name}" | "/events"
    );
    if is_routine && status < 400 {
        tracing::debug!(target: "matoi::request", method, route, status, ms, request_id);
    } else {
        tracing::info!(target: "matoi::request", method, route, status, ms, request_id);
    }
}

/// A method by a name of our own: what a stranger invents becomes no label and no log text.
fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
