//! Puts the parts together: keys, database, files, ports.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matoi_blob::disk::RealDisk;
use matoi_blob::keys::{KeyPlaces, Keys, MasterKey, MasterKeys, RecoveryKey};
use matoi_blob::store::{AsyncBlobStore, BlobStore, LocalStorage};
use matoi_core::kernel::env::Clock as _;
use matoi_core::kernel::env::{Env, Secrets, SystemClock, SystemRandom};
use matoi_core::migrations::MIGRATIONS;
use matoi_core::{Store, identity, rulebook};
use matoi_db::{Db, DbUrl, PoolOptions};

/// An error of starting, for people.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Everything that stands on a data directory.
pub(crate) struct Installation {
    pub(crate) store: Store,
    pub(crate) blobs: AsyncBlobStore,
    /// The recovery key, when it was made just now.
    pub(crate) new_recovery_key: Option<String>,
}

/// Opens the data directory, making what is missing.
pub(crate) async fn open(data_dir: &Path) -> Result<Installation, Failure> {
    std::fs::create_dir_all(data_dir)?;
    let key_file = key_file_beside(data_dir);
    let disk = Arc::new(RealDisk);
    let places = KeyPlaces::new(disk.clone(), key_file.clone(), data_dir.to_owned());
    let random = Arc::new(matoi_blob::SystemRandom);
    let (master, new_recovery_key) = if key_file.exists() {
        (places.read()?, None)
    } else {
        let master = MasterKeys::only(MasterKey::generate(random.as_ref())?);
        let recovery = RecoveryKey::generate(random.as_ref())?;
        let written = recovery.to_written_form().to_string();
        places.create(random.as_ref(), &master, &recovery)?;
        (master, Some(written))
    };
    let keys = Arc::new(Keys::derive(&master, random));
    let now = SystemTime::UNIX_EPOCH
        + Duration::from_millis(u64::try_from(SystemClock.now().as_millis()).unwrap_or(0));
    let storage = LocalStorage::open(disk, data_dir.join("blobs"), now, Duration::from_secs(86_400))?;
    let blobs = AsyncBlobStore::new(BlobStore::new(Arc::new(storage), keys.clone()));

    let db = Db::connect(&DbUrl::Sqlite(data_dir.join("matoi.db")), PoolOptions::default()).await?;
    let env = Env::new(SystemClock, SystemRandom, KeySecrets(keys));
    db.migrate(MIGRATIONS, env.now().as_micros()).await?;
    let store = Store::new(db, env);
    let mut tx = store.write(&store.system("start")).await?;
    identity::roles::seed(&mut tx).await?;
    rulebook::service::seed(&mut tx).await?;
    tx.commit().await?;
    Ok(Installation {
        store,
        blobs,
        new_recovery_key,
    })
}

/// `NAME.keys/master.key` beside the data directory `NAME`: the key never lies in what is backed up.
fn key_file_beside(data_dir: &Path) -> std::path::PathBuf {
    let name = data_dir
        .file_name()
        .map_or_else(|| "matoi".into(), |name| name.to_string_lossy().into_owned());
    data_dir
        .parent()
        .unwrap_or_else(|| Path::new("."))
        .join(format!("{name}.keys"))
        .join("master.key")
}

struct KeySecrets(Arc<Keys>);

impl Secrets for KeySecrets {
    fn seal(&self, context: &str, secret: &[u8]) -> std::io::Result<String> {
        self.0
            .seal_small(context, secret)
            .map(|sealed| STANDARD.encode(sealed))
            .map_err(std::io::Error::other)
    }

    fn open(&self, context: &str, sealed: &str) -> std::io::Result<Vec<u8>> {
        let sealed = STANDARD.decode(sealed).map_err(std::io::Error::other)?;
        self.0
            .open_small(context, &sealed)
            .map(|secret| secret.to_vec())
            .map_err(std::io::Error::other)
    }

    fn mac(&self, context: &str, data: &[u8]) -> [u8; 32] {
        self.0.mac(context, data)
    }
}
