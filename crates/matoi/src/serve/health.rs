//! `/healthz`: the process answers. `/readyz`: what it needs answers too.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use matoi_blob::store::AsyncBlobStore;
use matoi_core::jobs::service as jobs;
use matoi_core::{Store, audit};
use serde_json::{Value as Json_, json};
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long it is believed that files can be written: each look costs a file.
const FILES_BELIEVED: Duration = Duration::from_secs(30);
/// A job that waits so long beyond its time, or a change that is unsealed so long, is worth a word.
const LATE_SECONDS: i64 = 900;

/// What readiness is asked of.
#[derive(Debug, Clone)]
pub(super) struct Health {
    pub(super) store: Store,
    blobs: AsyncBlobStore,
    files: Arc<Mutex<Option<(Instant, bool)>>>,
}

/// What readiness found. `late` does not make a server unready: another one would be as late.
struct Found {
    database: bool,
    key: bool,
    files: bool,
    jobs_late_seconds: i64,
    unsealed_seconds: i64,
}

impl Found {
    const fn is_ready(&self) -> bool {
        self.database && self.key && self.files
    }

    fn detail(&self) -> Json_ {
        let state = |right: bool| if right { "ok" } else { "failed" };
        let late = |seconds: i64| if seconds > LATE_SECONDS { "late" } else { "ok" };
        json!({
            "ready": self.is_ready(),
            "database": {"state": state(self.database)},
            "key": {"state": state(self.key)},
            "files": {"state": state(self.files)},
            "jobs": {"state": late(self.jobs_late_seconds), "late_seconds": self.jobs_late_seconds},
            "audit": {"state": late(self.unsealed_seconds), "unsealed_seconds": self.unsealed_seconds},
        })
    }
}

impl Health {
    pub(super) fn new(store: Store, blobs: AsyncBlobStore) -> Self {
        Self {
            store,
            blobs,
            files: Arc::default(),
        }
    }

    async fn look(&self) -> Found {
        let files = self.files().await;
        match self.database().await {
            Ok((key, jobs_late_seconds, unsealed_seconds)) => Found {
                database: true,
                key,
                files,
                jobs_late_seconds,
                unsealed_seconds,
            },
            Err(error) => {
                tracing::warn!(%error, "the database does not answer");
                Found {
                    database: false,
                    key: false,
                    files,
                    jobs_late_seconds: 0,
                    unsealed_seconds: 0,
                }
            }
        }
    }

    async fn database(&self) -> matoi_core::Result<(bool, i64, i64)> {
        let system = self.store.system("health");
        let mut tx = self.store.read(&system).await?;
        let key = audit::sealer::key_opens(&mut tx).await?;
        let late = jobs::oldest_due(&mut tx).await?;
        let (_, unsealed) = audit::service::unsealed(&mut tx).await?;
        let since =
            |at: Option<matoi_types::Timestamp>| at.map_or(0, |at| system.now.seconds_since(at).max(0));
        Ok((key, since(late), since(unsealed)))
    }

    /// Whether a file can be stored and removed. One look at a time, each believed for a while.
    async fn files(&self) -> bool {
        let mut known = self.files.lock().await;
        if let Some((at, right)) = *known
            && at.elapsed() < FILES_BELIEVED
        {
            return right;
        }
        let tried = self
            .blobs
            .run(|store| {
                let put = store.put(&mut &b"ready"[..], 64)?;
                store.delete(put.id)
            })
            .await;
        if let Err(error) = &tried {
            tracing::warn!(error = crate::failure::causes(error), "files cannot be stored");
        }
        *known = Some((Instant::now(), tried.is_ok()));
        tried.is_ok()
    }
}

pub(super) fn routes(health: Health) -> Router {
    Router::new()
        .route("/healthz", get(|| async { plain(StatusCode::OK, "ok\n") }))
        .route("/readyz", get(ready))
        .with_state(health)
}

async fn ready(
    State(health): State<Health>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    let found = health.look().await;
    let status = if found.is_ready() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    if is_this_machine(peer, &headers) {
        return (
            status,
            [(header::CACHE_CONTROL, "no-store")],
            Json(found.detail()),
        )
            .into_response();
    }
    plain(
        status,
        if found.is_ready() {
            "ready\n"
        } else {
            "not ready\n"
        },
    )
}

fn plain(status: StatusCode, text: &'static str) -> Response {
    (status, [(header::CACHE_CONTROL, "no-store")], text).into_response()
}

/// Whether the request was made on this machine, and not passed on by a proxy on it.
pub(super) fn is_this_machine(peer: SocketAddr, headers: &HeaderMap) -> bool {
    let passed_on = ["x-forwarded-for", "forwarded", "x-real-ip", "via"]
        .iter()
        .any(|name| headers.contains_key(*name));
    peer.ip().to_canonical().is_loopback() && !passed_on
}
