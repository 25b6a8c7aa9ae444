//! The server: everything wired together, listening, and stopping without losing anything.

pub(crate) mod certificate;
mod health;
mod listen;
mod observe;
mod sign_on;
mod telemetry;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use matoi_core::Store;
use matoi_core::audit::{self, Sealer};
use matoi_core::identity::password::Passwords;
use matoi_core::identity::setup;
use matoi_core::jobs::{Handler, Runner};
use matoi_core::kernel::ports::{Documents, Files};
use matoi_core::report_doc::{self, RenderDocuments};
use matoi_core::search::{self, Indexer, RebuildJobs};
use matoi_web::{App, AppParts, WebSettings};
use serde_json::json;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tower_http::timeout::RequestBodyTimeoutLayer;

use crate::config::{Config, units};
use crate::duties::{self, Duties};
use crate::failure::{Exit, Failure, Outcome};
use crate::installation::{DirectoryLock, Installation, Purpose};
use crate::output::Output;
use crate::worker::{Pool, PoolSettings, WorkerDocuments, WorkerParsers};

use self::health::Health;
use self::listen::Server;
use self::telemetry::Telemetry;

/// Bytes of memory that making one document may take: a report of a thousand entries takes a few hundred megabytes.
const DOCUMENT_MEMORY: u64 = 1 << 30;
/// How long one document may take.
const DOCUMENT_TIMEOUT: Duration = Duration::from_secs(120);
/// Passwords that are hashed at once: each takes 19 MiB and most of a core.
const PASSWORDS_AT_ONCE: usize = 2;
/// How long background work may take to come to an end.
const BACKGROUND_ENDS_WITHIN: Duration = Duration::from_secs(30);

/// Serves until the process is told to stop.
///
/// # Errors
/// When something that is needed is not there, before anything is served.
pub async fn run(config: Config, output: Output) -> Outcome {
    // One provider for every library that speaks TLS; that it is there already is no error.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let _lock = if config.is_on_sqlite() {
        DirectoryLock::alone(&config.data_dir)?
    } else {
        DirectoryLock::shared(&config.data_dir)?
    };
    let installation = Installation::open(&config, Purpose::Serve).await?;
    let blobs = installation.blobs(&config)?;
    let parsers = start_parsers(&config).await?;
    let documents = documents()?;
    let server = Server::bind(&config.server)?;
    let public_url = config.public_url(server.address());
    let store = installation.store.clone();
    let app = App::new(AppParts {
        store: store.clone(),
        passwords: Passwords::new(PASSWORDS_AT_ONCE),
        settings: web_settings(&config, &public_url),
        blobs: blobs.clone(),
        parsers: Arc::new(WorkerParsers::new(Arc::clone(&parsers))),
        documents: Arc::clone(&documents),
        sign_on: sign_on::set_up(&config, &public_url)?,
    });

    let (stop, stopped) = watch::channel(false);
    let mut background = JoinSet::new();
    let sealer = Arc::new(Sealer::new(store.clone())?);
    background.spawn(duties::seal(Arc::clone(&sealer), store.clone(), stopped.clone()));
    let (hub, hub_stop) = (app.clone(), stopped.clone());
    background.spawn(async move { hub.hub.run(hub_stop).await });
    let (indexer, indexer_stop) = (Indexer::new(store.clone())?, stopped.clone());
    background.spawn(async move { indexer.run(indexer_stop).await });
    let handlers = job_handlers(&store, documents, Arc::new(matoi_web::BlobFiles(blobs.clone())));
    let runner = Runner::new(store.clone(), handlers)?;
    let runner_stop = stopped.clone();
    background.spawn(async move { runner.run(runner_stop).await });
    let duties = Duties {
        store: store.clone(),
        blobs: blobs.clone(),
        parsers: Arc::clone(&parsers),
        shared: !config.is_on_sqlite(),
    };
    background.spawn(async move { duties.run(stopped).await });

    let router = router(&config, app, Health::new(store.clone(), blobs), parsers);
    ensure_search_form(&store).await?;
    sign_on::warn_without_a_way_in(&config, &store).await?;
    sign_on::warn_of_unknown_roles(&config, &store).await?;
    // Whoever reads that the server is ready may tell it to stop at once.
    let signals = Signals::receive()?;
    announce(&installation, output, &public_url).await?;
    let handle = server.handle();
    let signals = tokio::spawn(follow_signals(
        signals,
        handle,
        server.tls(),
        config.server.stop_within,
        stop.clone(),
        output,
    ));
    let served = server
        .serve(router.into_make_service_with_connect_info::<SocketAddr>())
        .await;
    signals.abort();
    stop.send_replace(true);
    let ended = async { while background.join_next().await.is_some() {} };
    if tokio::time::timeout(BACKGROUND_ENDS_WITHIN, ended).await.is_err() {
        tracing::warn!(
            "background work did not end in time; what was under way is done again after the next start"
        );
        background.abort_all();
    }
    if let Err(error) = sealer.seal_all().await {
        tracing::warn!(%error, "the audit log could not be sealed at the end; the next start does it");
    }
    installation.close().await;
    served.map_err(|error| Failure::of("the server stopped", &error))?;
    output.event(
        || format!("{}\n", output.word("cli-stopped", &[])),
        || json!({"event": "stopped"}),
    );
    Ok(())
}

/// What runs background jobs, by kind. Rooms with jobs add theirs here.
fn job_handlers(
    store: &Store,
    documents: Arc<dyn Documents>,
    files: Arc<dyn Files>,
) -> HashMap<&'static str, Arc<dyn Handler>> {
    let render: Arc<dyn Handler> = Arc::new(RenderDocuments::new(store.clone(), documents, files));
    let rebuild: Arc<dyn Handler> = Arc::new(RebuildJobs(store.clone()));
    let verify: Arc<dyn Handler> = Arc::new(audit::job::VerifyHandler::new(store.clone()));
    HashMap::from([
        (audit::job::VERIFY, verify),
        (report_doc::service::RENDER, render),
        (search::rebuild::JOB, rebuild),
    ])
}

/// An index of another version of the program is made anew, in the background.
async fn ensure_search_form(store: &Store) -> Outcome {
    let mut tx = store.write(&store.system("search")).await?;
    search::service::ensure_form(&mut tx).await?;
    tx.commit().await?;
    Ok(())
}

/// Makers of documents; the first is started when the first document is wanted.
fn documents() -> Outcome<Arc<dyn Documents>> {
    let settings = PoolSettings::documents(DOCUMENT_MEMORY, DOCUMENT_TIMEOUT)
        .map_err(|error| Failure::of("the program cannot find itself", &error))?;
    Ok(Arc::new(WorkerDocuments::new(Arc::new(Pool::new(settings)))))
}

async fn start_parsers(config: &Config) -> Outcome<Arc<Pool>> {
    let workers = &config.workers;
    let settings = PoolSettings::parsers(workers.parsers, workers.memory, workers.timeout)
        .map_err(|error| Failure::of("the program cannot find itself", &error))?;
    let pool = Arc::new(Pool::new(settings));
    let held_by = pool
        .warm_up()
        .await
        .map_err(|lost| Failure::told(Exit::Failed, format!("parsers cannot be started: {lost}")))?;
    tracing::debug!(held_by = held_by.join(", "), "parsers are confined");
    if !held_by.iter().any(|name| name == "system calls") {
        tracing::warn!("this system cannot filter system calls: parsers are confined by limits only");
    }
    Ok(pool)
}

fn web_settings(config: &Config, public_url: &str) -> WebSettings {
    let limits = &config.server.limits;
    WebSettings {
        base_path: config.server.base_path.clone(),
        public_url: public_url.to_owned(),
        trusted_proxies: config.server.trusted_proxies.clone(),
        session_limits: config.session,
        max_body: limits.max_body,
        max_upload: limits.max_upload,
        max_file: limits.max_file,
        max_mail: config.intake.max_mail,
    }
}

/// The application with what stands around it: health, metrics, the log of requests.
fn router(config: &Config, app: App, health: Health, parsers: Arc<Pool>) -> Router {
    let telemetry = Arc::new(Telemetry::new());
    let (env, base) = (app.store.env().clone(), config.server.base_path.clone());
    let operations = health::routes(health.clone()).merge(telemetry::routes(
        Arc::clone(&telemetry),
        &config.metrics,
        health,
        parsers,
    ));
    // A check on this machine need not know the path that a proxy uses.
    let operations = if base.is_empty() {
        operations
    } else {
        operations.clone().merge(Router::new().nest(&base, operations))
    };
    matoi_web::router(app)
        .merge(operations)
        .layer(RequestBodyTimeoutLayer::new(config.server.limits.body_timeout))
        .layer(axum::middleware::from_fn_with_state(
            observe::Observer::new(telemetry, env, base),
            observe::observe,
        ))
}

/// Says what whoever started the program must see.
async fn announce(installation: &Installation, output: Output, public_url: &str) -> Outcome {
    if let Some(key) = &installation.new_recovery_key {
        output.event(
            || format!("{}\n  {}\n\n", output.word("cli-recovery-key", &[]), **key),
            || json!({"event": "recovery_key", "recovery_key": **key}),
        );
    }
    let store = &installation.store;
    let mut tx = store.write(&store.system("set-up")).await?;
    if let Some(secret) = setup::issue_link(&mut tx).await? {
        tx.commit().await?;
        let link = format!("{public_url}/setup/{secret}");
        output.event(
            || format!("{}\n  {link}\n\n", output.word("cli-setup-link", &[])),
            || json!({"event": "setup_link", "link": link}),
        );
    }
    let url = format!("{public_url}/");
    output.event(
        || format!("{}\n", output.word("cli-ready", &[("url", &url)])),
        || json!({"event": "ready", "url": url}),
    );
    Ok(())
}

/// The signals that mean something to the server.
struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
}

impl Signals {
    /// From here on they no longer end the process by themselves.
    fn receive() -> Outcome<Self> {
        let receive = |kind| signal(kind).map_err(|error| Failure::of("signals cannot be received", &error));
        Ok(Self {
            terminate: receive(SignalKind::terminate())?,
            interrupt: receive(SignalKind::interrupt())?,
            hang_up: receive(SignalKind::hangup())?,
        })
    }
}

/// SIGTERM and SIGINT stop gracefully, a second one at once; SIGHUP reads the certificate again.
async fn follow_signals(
    mut signals: Signals,
    handle: listen::Handle,
    tls: Option<listen::Tls>,
    stop_within: Duration,
    stop: watch::Sender<bool>,
    output: Output,
) {
    let mut stopping = false;
    loop {
        tokio::select! {
            _ = signals.terminate.recv() => {}
            _ = signals.interrupt.recv() => {}
            _ = signals.hang_up.recv() => {
                if let Some(tls) = &tls {
                    tls.reload();
                }
                continue;
            }
        }
        if stopping {
            handle.shutdown();
            return;
        }
        stopping = true;
        let wait = units::show_duration(stop_within);
        output.event(
            || format!("{}\n", output.word("cli-stopping", &[("wait", &wait)])),
            || json!({"event": "stopping", "within": stop_within.as_secs()}),
        );
        // Streams of live updates end by this; other requests are waited for.
        stop.send_replace(true);
        handle.graceful_shutdown(Some(stop_within));
    }
}
