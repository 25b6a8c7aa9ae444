//! An installation on disk: keys, database, files; found, made, and never mixed up with another.

use std::fs::{File, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use matoi_blob::disk::RealDisk;
use matoi_blob::keys::{KeyPlaces, Keys, MasterKey, MasterKeys, RecoveryKey};
use matoi_blob::store::{AsyncBlobStore, BlobStore, LocalStorage, S3Storage, Storage};
use matoi_core::kernel::env::{Env, Secrets, SystemClock, SystemRandom};
use matoi_core::migrations::MIGRATIONS;
use matoi_core::{Store, audit, identity, rulebook};
use matoi_db::{Db, DbUrl, MigrateError};
use zeroize::Zeroizing;

use crate::config::{BlobsConfig, Config};
use crate::failure::{Exit, Failure, Outcome};

/// How old a half-written file must be before a start removes it: younger ones may belong to another process.
const UNFINISHED_AFTER: Duration = Duration::from_secs(86_400);

/// What an installation is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To make it: one that exists is refused.
    Make,
    /// To serve it: made when nothing is there, its schema brought up to date.
    Serve,
    /// To use what is there, as it is.
    Use,
}

/// Keys and database.
#[derive(Debug)]
pub struct Installation {
    /// The way to the database.
    pub store: Store,
    /// Everything derived from the master key.
    pub keys: Arc<Keys>,
    /// The recovery key, when it was made just now: shown once.
    pub new_recovery_key: Option<Zeroizing<String>>,
}

impl Installation {
    /// Opens or makes it.
    ///
    /// # Errors
    /// Exit code 3 when it exists and should not, when its key is missing or another's, or when its schema is of another
    /// version of the program; 4 when there is none.
    pub async fn open(config: &Config, purpose: Purpose) -> Outcome<Self> {
        let places = key_places(config);
        let has_key = config.key_file.exists();
        if purpose == Purpose::Use && !exists(config) {
            return Err(no_installation(config));
        }
        if purpose != Purpose::Use {
            make_data_dir(&config.data_dir)?;
        }
        let db = Db::connect(&config.database.url, config.database.pool)
            .await
            .map_err(|error| Failure::of("the database cannot be used", &error))?;
        let schema = db
            .schema_state()
            .await
            .map_err(|error| Failure::of("the database cannot be read", &error))?;
        let is_new = schema.version == 0;
        if purpose == Purpose::Make && (has_key || !is_new) {
            return Err(Failure::told(
                Exit::Refused,
                format!(
                    "there is an installation already ({} and {:?}); nothing was changed",
                    config.key_file.display(),
                    config.database.url
                ),
            ));
        }
        if purpose == Purpose::Use && is_new {
            return Err(no_installation(config));
        }
        if !has_key && (!is_new || places.has_recovery_file().map_err(key_failure)?) {
            return Err(key_is_missing(config));
        }
        let (master, new_recovery_key) = if has_key {
            (places.read().map_err(key_failure)?, None)
        } else {
            let (master, written) = make_keys(&places)?;
            (master, Some(written))
        };
        let keys = Arc::new(Keys::derive(&master, Arc::new(matoi_blob::SystemRandom)));
        let env = Env::new(SystemClock, SystemRandom, KeySecrets(keys.clone()));
        if purpose == Purpose::Use {
            require_known_schema(schema.version, schema.min_compatible)?;
        } else {
            db.migrate(MIGRATIONS, env.now().as_micros())
                .await
                .map_err(migration_failure)?;
        }
        let store = Store::new(db, env);
        require_own_key(&store, config).await?;
        if purpose != Purpose::Use {
            let mut tx = store.write(&store.system("start")).await?;
            identity::roles::seed(&mut tx).await?;
            rulebook::service::seed(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(Self {
            store,
            keys,
            new_recovery_key,
        })
    }

    /// One whose database is open already, whatever is in it.
    #[must_use]
    pub fn at(db: Db, keys: Arc<Keys>) -> Self {
        let env = Env::new(SystemClock, SystemRandom, KeySecrets(keys.clone()));
        Self {
            store: Store::new(db, env),
            keys,
            new_recovery_key: None,
        }
    }

    /// Opens the place where files lie.
    ///
    /// # Errors
    /// When it cannot be reached or made.
    pub fn blobs(&self, config: &Config) -> Outcome<AsyncBlobStore> {
        let storage: Arc<dyn Storage> = match &config.blobs {
            BlobsConfig::Directory(directory) => {
                let now = u64::try_from(self.store.now().as_millis()).unwrap_or(0);
                let now = SystemTime::UNIX_EPOCH + Duration::from_millis(now);
                let storage = LocalStorage::open(Arc::new(RealDisk), directory, now, UNFINISHED_AFTER)
                    .map_err(|error| {
                        Failure::of(format!("{} cannot be used", directory.display()), &error)
                    })?;
                Arc::new(storage)
            }
            BlobsConfig::S3(url, options, ca_file) => {
                let mut options = options.as_ref().clone();
                if let Some(path) = ca_file {
                    let pem = std::fs::read(path)
                        .map_err(|error| Failure::of(format!("{} cannot be read", path.display()), &error))?;
                    options.extra_certificates = Some(pem);
                }
                let storage = S3Storage::open(url, &options)
                    .map_err(|error| Failure::of("the object store cannot be used", &error))?;
                Arc::new(storage)
            }
        };
        Ok(AsyncBlobStore::new(BlobStore::new(storage, self.keys.clone())))
    }

    /// Closes the database.
    pub async fn close(self) {
        self.store.db().close().await;
    }
}

/// Where the keys of this configuration lie.
#[must_use]
pub fn key_places(config: &Config) -> KeyPlaces {
    KeyPlaces::new(Arc::new(RealDisk), &config.key_file, &config.data_dir)
}

/// A failure with keys. What others may read or exchange is refused, not broken.
pub fn key_failure(error: matoi_blob::keys::KeyError) -> Failure {
    use matoi_blob::keys::KeyError;
    let exit = match &error {
        KeyError::Io { .. } | KeyError::Random(_) => Exit::Failed,
        KeyError::Missing { .. } => Exit::NotFound,
        _ => Exit::Refused,
    };
    Failure::told(exit, crate::failure::causes(&error))
}

/// Held while the data directory is served: of two servers on one SQLite file, the second would see changes too late.
#[derive(Debug)]
pub struct DirectoryLock {
    // Unlocked by the operating system when it is closed, also after a crash.
    _file: File,
}

impl DirectoryLock {
    /// Takes the directory for this process alone.
    ///
    /// # Errors
    /// Exit code 3 when another process has it.
    pub fn alone(data_dir: &Path) -> Outcome<Self> {
        Self::take(data_dir, File::try_lock)
    }

    /// Takes the directory beside other servers: several may share one PostgreSQL, but not with one who has it alone.
    ///
    /// # Errors
    /// Exit code 3 when another process has it for itself alone.
    pub fn shared(data_dir: &Path) -> Outcome<Self> {
        Self::take(data_dir, File::try_lock_shared)
    }

    fn take(data_dir: &Path, lock: impl Fn(&File) -> Result<(), TryLockError>) -> Outcome<Self> {
        make_data_dir(data_dir)?;
        let path = data_dir.join("matoi.lock");
        let failed =
            |error: &std::io::Error| Failure::of(format!("{} cannot be locked", path.display()), error);
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|error| failed(&error))?;
        match lock(&file) {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                return Err(Failure::told(
                    Exit::Refused,
                    format!(
                        "{} is in use by another matoi{}; stop that one first, or give this one a data directory of its own",
                        data_dir.display(),
                        match holder.trim() {
                            "" => String::new(),
                            process => format!(" (process {process})"),
                        }
                    ),
                ));
            }
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
        // For the message above only; that it may be old or missing does no harm.
        let _ = file
            .set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()));
        Ok(Self { _file: file })
    }
}

/// The keys behind the core's port for small secrets.
struct KeySecrets(Arc<Keys>);

impl Secrets for KeySecrets {
    fn seal(&self, context: &str, secret: &[u8]) -> std::io::Result<String> {
        self.0
            .seal_small(context, secret)
            .map(|sealed| STANDARD.encode(sealed))
            .map_err(std::io::Error::other)
    }

    fn reseal(&self, context: &str, sealed: &str) -> std::io::Result<Option<String>> {
        let sealed = STANDARD.decode(sealed).map_err(std::io::Error::other)?;
        self.0
            .reseal_small(context, &sealed)
            .map(|resealed| resealed.map(|bytes| STANDARD.encode(bytes)))
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

fn make_data_dir(data_dir: &Path) -> Outcome {
    use std::os::unix::fs::DirBuilderExt as _;
    if data_dir.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(data_dir)
        .map_err(|error| Failure::of(format!("{} cannot be made", data_dir.display()), &error))
}

fn make_keys(places: &KeyPlaces) -> Outcome<(MasterKeys, Zeroizing<String>)> {
    let random = matoi_blob::SystemRandom;
    let random_failure = |error| key_failure(matoi_blob::keys::KeyError::Random(error));
    let master = MasterKeys::only(MasterKey::generate(&random).map_err(random_failure)?);
    let recovery = RecoveryKey::generate(&random).map_err(random_failure)?;
    places.create(&random, &master, &recovery).map_err(key_failure)?;
    Ok((master, recovery.to_written_form()))
}

/// Whether something of an installation is there that can be seen without opening it.
fn exists(config: &Config) -> bool {
    match &config.database.url {
        DbUrl::Sqlite(path) => path.exists(),
        DbUrl::Postgres(_) => true,
    }
}

fn no_installation(config: &Config) -> Failure {
    Failure::told(
        Exit::NotFound,
        format!(
            "there is no installation in {} ({:?}): `matoi init` or `matoi serve` makes one, `--data-dir` or `--config` names another",
            config.data_dir.display(),
            config.database.url
        ),
    )
}

fn key_is_missing(config: &Config) -> Failure {
    Failure::told(
        Exit::Refused,
        format!(
            "the database {:?} belongs to an installation whose key is not in {}: put the key file there (from the other node, or from where key_file pointed before), or get it back with `matoi keys recover` and the recovery key; without it, files and second factors cannot be opened, so no new key was made",
            config.database.url,
            config.key_file.display()
        ),
    )
}

fn require_known_schema(found: i64, min_compatible: i64) -> Outcome {
    let known = MIGRATIONS.last().map_or(0, |migration| migration.version);
    if found < known {
        return Err(Failure::told(
            Exit::Refused,
            format!(
                "the database has schema {found}, this program works on {known}: start `matoi serve` once, which brings it up to date"
            ),
        ));
    }
    if min_compatible > known {
        return Err(migration_failure(MigrateError::Newer {
            found,
            needs: min_compatible,
            known,
        }));
    }
    Ok(())
}

pub(crate) fn migration_failure(error: MigrateError) -> Failure {
    let exit = match &error {
        MigrateError::Newer { .. } | MigrateError::Changed { .. } => Exit::Refused,
        MigrateError::Failed { .. } | MigrateError::Db(_) => Exit::Failed,
    };
    Failure::told(exit, crate::failure::causes(&error))
}

async fn require_own_key(store: &Store, config: &Config) -> Outcome {
    let mut tx = store.read(&store.system("start")).await?;
    if audit::sealer::key_opens(&mut tx).await? {
        return Ok(());
    }
    Err(Failure::told(
        Exit::Refused,
        format!(
            "the key in {} is not the one this database was made with: give key_file of this installation, or get it back with `matoi keys recover`",
            config.key_file.display()
        ),
    ))
}
