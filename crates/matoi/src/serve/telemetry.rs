//! Figures for Prometheus, in the OpenMetrics text format.
//!
//! They tell of the program, never of its content: no label holds a name, a path or an identifier, and nothing counts
//! reports or cases, which not everybody who reads metrics may know of.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use matoi_core::jobs::{JobState, Lane, service as jobs};
use matoi_core::{Store, audit};
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::health::{Health, is_this_machine};
use crate::config::MetricsConfig;
use crate::worker::Pool;

const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";
/// Upper ends of the classes of durations, in seconds.
const DURATIONS: [f64; 12] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: &'static str,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    lane: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PoolLabels {
    pool: &'static str,
    state: &'static str,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ReasonLabels {
    reason: &'static str,
}

/// What is counted as it happens.
#[derive(Debug)]
pub(super) struct Telemetry {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    durations: Family<RouteLabels, Histogram, fn() -> Histogram>,
}

impl Telemetry {
    pub(super) fn new() -> Self {
        let requests = Family::<RequestLabels, Counter>::default();
        let durations = Family::<RouteLabels, Histogram, fn() -> Histogram>::new_with_constructor(|| {
            Histogram::new(DURATIONS)
        });
        let mut registry = Registry::with_prefix("matoi");
        registry.register("http_requests", "Requests answered", requests.clone());
        registry.register_with_unit(
            "http_request_duration",
            "Time until the answer began",
            Unit::Seconds,
            durations.clone(),
        );
        registry.register(
            "build",
            "The program",
            Info::new([("version", env!("CARGO_PKG_VERSION"))]),
        );
        Self {
            registry,
            requests,
            durations,
        }
    }

    /// Counts a request. `route` is a template of the program, so there are as many labels as routes.
    pub(super) fn request(&self, method: &'static str, route: String, status: u16, seconds: f64) {
        let labels = RouteLabels {
            method,
            route: route.clone(),
        };
        self.durations.get_or_create(&labels).observe(seconds);
        let labels = RequestLabels {
            method,
            route,
            status,
        };
        self.requests.get_or_create(&labels).inc();
    }
}

#[derive(Clone)]
struct Metrics {
    telemetry: Arc<Telemetry>,
    health: Health,
    parsers: Arc<Pool>,
    token: Option<Arc<Zeroizing<String>>>,
}

/// `/metrics`, unless it is switched off.
pub(super) fn routes(
    telemetry: Arc<Telemetry>,
    config: &MetricsConfig,
    health: Health,
    parsers: Arc<Pool>,
) -> Router {
    if !config.enabled {
        return Router::new();
    }
    Router::new().route("/metrics", get(scrape)).with_state(Metrics {
        telemetry,
        health,
        parsers,
        token: config.token.clone().map(Arc::new),
    })
}

async fn scrape(
    State(metrics): State<Metrics>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Response {
    if !metrics.may_read(peer, &headers) {
        // Whether there are metrics at all is nobody's business.
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut text = String::new();
    let written = encode_registry(&mut text, &metrics.telemetry.registry)
        .and_then(|()| encode_registry(&mut text, &of_the_process()))
        .and_then(|()| encode_registry(&mut text, &of_the_workers(&metrics.parsers)));
    let database = of_the_database(&metrics.health.store).await;
    let written = written
        .and_then(|()| encode_registry(&mut text, &database))
        .and_then(|()| encode_eof(&mut text));
    if written.is_err() {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    }
    (
        [
            (header::CONTENT_TYPE, CONTENT_TYPE),
            (header::CACHE_CONTROL, "no-store"),
        ],
        text,
    )
        .into_response()
}

impl Metrics {
    fn may_read(&self, peer: SocketAddr, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return is_this_machine(peer, headers);
        };
        headers
            .get(header::AUTHORIZATION)
            .and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "))
            .is_some_and(|given| given.as_bytes().ct_eq(token.as_bytes()).into())
    }
}

fn of_the_process() -> Registry {
    let mut registry = Registry::default();
    let page = rustix::param::page_size() as u64;
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    let memory = Gauge::<u64, AtomicU64>::default();
    let computing = Counter::<f64, AtomicU64>::default();
    let files = Gauge::<u64, AtomicU64>::default();
    memory.set(field("/proc/self/statm", 1).unwrap_or(0) * page);
    // Fields 14 and 15 of proc_pid_stat(5), counted after the program's name, which may hold blanks.
    let used = field_after_name(11).unwrap_or(0) + field_after_name(12).unwrap_or(0);
    computing.inc_by(used as f64 / ticks as f64);
    files.set(std::fs::read_dir("/proc/self/fd").map_or(0, |entries| entries.count() as u64));
    registry.register("process_resident_memory_bytes", "Resident memory", memory);
    registry.register("process_cpu_seconds", "Time spent computing", computing);
    registry.register("process_open_fds", "Open files", files);
    registry
}

fn field(path: &str, index: usize) -> Option<u64> {
    let text = std::fs::read_to_string(path).ok()?;
    text.split_whitespace().nth(index)?.parse().ok()
}

fn field_after_name(index: usize) -> Option<u64> {
    let text = std::fs::read_to_string("/proc/self/stat").ok()?;
    let (_, after) = text.rsplit_once(')')?;
    after.split_whitespace().nth(index)?.parse().ok()
}

fn of_the_workers(pool: &Pool) -> Registry {
    let mut registry = Registry::with_prefix("matoi");
    let lost = Family::<ReasonLabels, Counter>::default();
    let unanswered = Family::<ReasonLabels, Counter>::default();
    let counters = &pool.counters;
    let set = |family: &Family<ReasonLabels, Counter>, reason, from: &AtomicU64| {
        let labels = ReasonLabels { reason };
        family.get_or_create(&labels).inc_by(from.load(Ordering::Relaxed));
    };
    set(&lost, "slow", &counters.slow);
    set(&lost, "ended", &counters.ended);
    set(&lost, "broken", &counters.broken);
    set(&unanswered, "lost", &counters.failed);
    set(&unanswered, "busy", &counters.refused);
    let answered: Counter = Counter::default();
    answered.inc_by(counters.answered.load(Ordering::Relaxed));
    let resting: Gauge = Gauge::default();
    resting.set(i64::try_from(pool.resting()).unwrap_or(i64::MAX));
    registry.register("parser_requests", "Requests that parsers answered", answered);
    registry.register("parser_lost", "Parsers that were lost and replaced", lost);
    registry.register(
        "parser_unanswered",
        "Requests that no parser answered",
        unanswered,
    );
    registry.register("parser_idle", "Parsers that wait for work", resting);
    registry
}

async fn of_the_database(store: &Store) -> Registry {
    let mut registry = Registry::with_prefix("matoi");
    let connections = Family::<PoolLabels, Gauge>::default();
    for pool in store.db().pools() {
        for (state, count) in [
            ("used", pool.open - pool.idle),
            ("idle", pool.idle),
            ("free", pool.most.saturating_sub(pool.open)),
        ] {
            let labels = PoolLabels {
                pool: pool.name,
                state,
            };
            connections.get_or_create(&labels).set(i64::from(count));
        }
    }
    registry.register("database_connections", "Connections to the database", connections);
    let answers: Gauge = Gauge::default();
    registry.register("database_up", "Whether the database answers", answers.clone());
    match figures(store).await {
        Ok(figures) => {
            answers.set(1);
            figures.register(&mut registry);
        }
        Err(error) => tracing::warn!(%error, "figures cannot be read from the database"),
    }
    registry
}

struct Figures {
    jobs: Vec<(String, String, i64)>,
    jobs_late_seconds: i64,
    unsealed: i64,
    unsealed_seconds: i64,
    sealed: i64,
}

async fn figures(store: &Store) -> matoi_core::Result<Figures> {
    let system = store.system("metrics");
    let mut tx = store.read(&system).await?;
    let since = |at: Option<matoi_types::Timestamp>| at.map_or(0, |at| system.now.seconds_since(at).max(0));
    let (unsealed, oldest) = audit::service::unsealed(&mut tx).await?;
    Ok(Figures {
        jobs: jobs::counts(&mut tx).await?,
        jobs_late_seconds: since(jobs::oldest_due(&mut tx).await?),
        unsealed,
        unsealed_seconds: since(oldest),
        sealed: audit::service::last_seq(&mut tx).await?,
    })
}

impl Figures {
    fn register(self, registry: &mut Registry) {
        let jobs = Family::<JobLabels, Gauge>::default();
        for lane in Lane::ALL {
            for state in [
                JobState::Waiting,
                JobState::Running,
                JobState::Held,
                JobState::Failed,
            ] {
                let (lane, state) = (lane.as_str(), state.as_str());
                let count = self
                    .jobs
                    .iter()
                    .find(|(l, s, _)| l == lane && s == state)
                    .map_or(0, |(.., count)| *count);
                jobs.get_or_create(&JobLabels { lane, state }).set(count);
            }
        }
        registry.register("jobs", "Background jobs that are not done", jobs);
        for (name, help, value) in [
            (
                "jobs_late_seconds",
                "How long the latest job waits beyond its time",
                self.jobs_late_seconds,
            ),
            (
                "audit_unsealed_rows",
                "Audit rows that are not sealed yet",
                self.unsealed,
            ),
            (
                "audit_unsealed_seconds",
                "Age of the oldest audit row that is not sealed yet",
                self.unsealed_seconds,
            ),
            ("audit_sealed_rows", "Audit rows that are sealed", self.sealed),
        ] {
            let gauge: Gauge = Gauge::default();
            gauge.set(value);
            registry.register(name, help, gauge);
        }
    }
}
