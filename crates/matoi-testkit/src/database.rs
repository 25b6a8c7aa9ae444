//! A migrated database of its own for every test.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matoi_core::kernel::env::{Env, Secrets, SystemRandom};
use matoi_core::migrations::MIGRATIONS;
use matoi_core::{Caller, Store};
use matoi_db::{Db, DbUrl, PoolOptions};

use crate::TestClock;

/// Which database a test runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Backend {
    /// A file in a temporary directory.
    Sqlite,
    /// The server named by `MATOI_TEST_POSTGRES`, which `make test` starts.
    Postgres,
}

/// A store on a fresh, migrated database, with a settable clock.
#[derive(Debug, Clone)]
pub struct TestStore {
    /// The store.
    pub store: Store,
    /// Its clock.
    pub clock: TestClock,
    /// Where it is.
    pub url: DbUrl,
    _dir: Arc<tempfile::TempDir>,
}

impl TestStore {
    /// Opens a fresh database; `None` (said on standard error) when there is no PostgreSQL and nobody demanded one.
    ///
    /// # Panics
    /// When the database cannot be made, or when `MATOI_TEST_REQUIRE` names a database that is not there.
    pub async fn open(backend: Backend) -> Option<Self> {
        Self::open_at(backend, MIGRATIONS.len()).await
    }

    /// Opens a fresh database as it was when there were only so many migrations; [`Self::reopen`] brings it up to date.
    ///
    /// # Panics
    /// As [`Self::open`].
    pub async fn open_at(backend: Backend, steps: usize) -> Option<Self> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let url = match backend {
            Backend::Sqlite => DbUrl::Sqlite(dir.path().join("matoi.db")),
            Backend::Postgres => postgres_database().await?,
        };
        let clock = TestClock::new();
        let store = open_store(&url, &clock, steps).await;
        Some(Self {
            store,
            clock,
            url,
            _dir: Arc::new(dir),
        })
    }

    /// Opens the same database again, as another process would.
    pub async fn reopen(&self) -> Self {
        let store = open_store(&self.url, &self.clock, MIGRATIONS.len()).await;
        Self {
            store,
            ..self.clone()
        }
    }

    /// The program itself as caller.
    #[must_use]
    pub fn system(&self) -> Caller {
        self.store.system("test")
    }
}

async fn open_store(url: &DbUrl, clock: &TestClock, steps: usize) -> Store {
    let options = PoolOptions {
        connections: 4,
        acquire_timeout: Duration::from_secs(30),
        sqlite_cache_kib: 1024,
    };
    let db = Db::connect(url, options).await.expect("the database opens");
    let known = MIGRATIONS.get(..steps).expect("so many migrations");
    db.migrate(known, crate::START)
        .await
        .expect("the schema is brought up to date");
    Store::new(db, Env::new(clock.clone(), SystemRandom, PlainSecrets))
}

/// Makes an empty database on the test server.
async fn postgres_database() -> Option<DbUrl> {
    let Ok(server) = std::env::var("MATOI_TEST_POSTGRES") else {
        let demanded =
            std::env::var("MATOI_TEST_REQUIRE").is_ok_and(|list| list.split(',').any(|x| x == "postgres"));
        assert!(
            !demanded,
            "MATOI_TEST_REQUIRE demands PostgreSQL, but MATOI_TEST_POSTGRES names no server"
        );
        eprintln!("skipped: MATOI_TEST_POSTGRES names no server (make test starts one)");
        return None;
    };
    let admin: DbUrl = format!("{server}/postgres")
        .parse()
        .expect("MATOI_TEST_POSTGRES is a URL without a database");
    let admin = Db::connect(
        &admin,
        PoolOptions {
            connections: 1,
            ..PoolOptions::default()
        },
    )
    .await
    .expect("the test server answers");
    let mut random = [0u8; 8];
    matoi_core::kernel::env::Random::fill(&SystemRandom, &mut random).expect("randomness");
    let name = format!("t{}", u64::from_le_bytes(random));
    admin.create_database(&name).await.expect("the database is made");
    admin.close().await;
    Some(format!("{server}/{name}").parse().expect("a URL"))
}

/// Keeps secrets in the clear: for tests of what is stored around them.
struct PlainSecrets;

impl Secrets for PlainSecrets {
    fn seal(&self, context: &str, secret: &[u8]) -> std::io::Result<String> {
        Ok(format!("{context}:{}", STANDARD.encode(secret)))
    }

    fn open(&self, context: &str, sealed: &str) -> std::io::Result<Vec<u8>> {
        let text = sealed
            .strip_prefix(&format!("{context}:"))
            .ok_or_else(|| std::io::Error::other("context"))?;
        STANDARD.decode(text).map_err(std::io::Error::other)
    }

    fn mac(&self, context: &str, data: &[u8]) -> [u8; 32] {
        let mut out = [0u8; 32];
        for (i, byte) in context.bytes().chain(data.iter().copied()).enumerate() {
            let at = i % 32;
            out[at] = out[at].wrapping_mul(31).wrapping_add(byte);
        }
        out
    }
}
