//! `matoi serve`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use matoi_core::audit::Sealer;
use matoi_core::identity::password::Passwords;
use matoi_core::identity::{sessions, setup};
use matoi_core::kernel::Error;
use matoi_core::kernel::ports::{Boxed, DocumentRequest, Documents, InProcess, Sheet};
use matoi_web::{App, AppParts, WebSettings};
use tokio::sync::watch;

use crate::wiring::{self, Failure};

/// Start the server.
#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The address to listen on.
    #[arg(long, env = "MATOI_LISTEN", default_value = "127.0.0.1:8322")]
    listen: SocketAddr,
}

impl Serve {
    pub(crate) async fn run(self, data_dir: &Path) -> Result<(), Failure> {
        let installation = wiring::open(data_dir).await?;
        let listener = tokio::net::TcpListener::bind(self.listen).await?;
        let address = listener.local_addr()?;
        let public_url = format!("http://{address}");
        if let Some(key) = &installation.new_recovery_key {
            say(&format!(
                "Recovery key (write it down, it is shown this once):\n  {key}\n"
            ));
        }
        let mut tx = installation
            .store
            .write(&installation.store.system("set-up"))
            .await?;
        if let Some(link) = setup::issue_link(&mut tx).await? {
            say(&format!(
                "Set up Matoi here (the link works once):\n  {public_url}/setup/{link}\n"
            ));
        }
        tx.commit().await?;
        let settings = WebSettings {
            base_path: String::new(),
            public_url: public_url.clone(),
            trusted_proxies: Vec::new(),
            session_limits: sessions::Limits::default(),
            max_body: 2 * 1024 * 1024,
            max_upload: 64 * 1024 * 1024,
            max_file: 50 * 1024 * 1024,
        };
        let app = App::new(AppParts {
            store: installation.store.clone(),
            passwords: Passwords::new(2),
            settings,
            blobs: installation.blobs,
            parsers: Arc::new(InProcess),
            documents: Arc::new(NoDocuments),
        });
        let (stop, stopped) = watch::channel(false);
        let mut background = tokio::task::JoinSet::new();
        let hub = app.clone();
        let watch_hub = stopped.clone();
        background.spawn(async move { hub.hub.run(watch_hub).await });
        background.spawn(seal(
            Sealer::new(installation.store.clone())?,
            installation.store.clone(),
            stopped,
        ));
        say(&format!("Matoi is ready at {public_url}/\n"));
        let router = matoi_web::router(app).into_make_service_with_connect_info::<SocketAddr>();
        axum::serve(listener, router)
            .with_graceful_shutdown(async {
                let _ = tokio::signal::ctrl_c().await;
            })
            .await?;
        stop.send_replace(true);
        while background.join_next().await.is_some() {}
        installation.store.db().close().await;
        Ok(())
    }
}

async fn seal(sealer: Sealer, store: matoi_core::Store, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = sealer.seal().await {
            tracing::warn!(%error, "the audit log could not be sealed; trying again");
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = store.committed() => tokio::time::sleep(Duration::from_millis(50)).await,
            () = tokio::time::sleep(Duration::from_millis(500)) => {}
        }
    }
}

#[expect(
    clippy::print_stdout,
    reason = "what the person who starts the program must see"
)]
fn say(text: &str) {
    println!("{text}");
}

struct NoDocuments;

impl Documents for NoDocuments {
    fn render(&self, _: DocumentRequest) -> Boxed<'_, Result<Vec<Vec<u8>>, Error>> {
        Box::pin(async { Err(Error::Unavailable("documents".to_owned())) })
    }

    fn workbook(&self, _: Vec<Sheet>, _: String) -> Boxed<'_, Result<Vec<u8>, Error>> {
        Box::pin(async { Err(Error::Unavailable("documents".to_owned())) })
    }
}
