//! Time and randomness, injected so that deadlines, ids and secrets can be tested.

use std::sync::Arc;

use matoi_types::{Id, IdKind, Timestamp};

/// A source of the present time.
pub trait Clock: Send + Sync + 'static {
    /// The present time.
    fn now(&self) -> Timestamp;
}

/// A source of unpredictable bytes.
pub trait Random: Send + Sync + 'static {
    /// Fills the buffer. Fails only when the operating system has no randomness to give.
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()>;
}

/// Keeps small secrets (second factors, signing keys) under a key that lives outside the data directory.
pub trait Secrets: Send + Sync + 'static {
    /// Encrypts a secret for storage. It can be opened only with the same context.
    fn seal(&self, context: &str, secret: &[u8]) -> std::io::Result<String>;
    /// After the key was rotated: what [`Secrets::seal`] gave, sealed under the current key; none when it is already.
    ///
    /// Rooms that store sealed secrets are called for it by [`crate::upkeep::reseal_secrets`].
    fn reseal(&self, context: &str, sealed: &str) -> std::io::Result<Option<String>> {
        let secret = self.open(context, sealed)?;
        self.seal(context, &secret).map(Some)
    }
    /// Decrypts what [`Secrets::seal`] gave.
    fn open(&self, context: &str, sealed: &str) -> std::io::Result<Vec<u8>>;
    /// A keyed digest: recognises a value without storing it, and signs what leaves in a cookie.
    fn mac(&self, context: &str, data: &[u8]) -> [u8; 32];
}

/// The surroundings a command runs in.
#[derive(Clone)]
pub struct Env {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    secrets: Arc<dyn Secrets>,
}

impl std::fmt::Debug for Env {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Env")
    }
}

impl Env {
    /// The real clock and the operating system's randomness.
    #[must_use]
    pub fn system(secrets: impl Secrets) -> Self {
        Self::new(SystemClock, SystemRandom, secrets)
    }

    /// Surroundings made for a test.
    #[must_use]
    pub fn new(clock: impl Clock, random: impl Random, secrets: impl Secrets) -> Self {
        Self {
            clock: Arc::new(clock),
            random: Arc::new(random),
            secrets: Arc::new(secrets),
        }
    }

    /// Small secrets kept under the installation's key.
    #[must_use]
    pub fn secrets(&self) -> &dyn Secrets {
        self.secrets.as_ref()
    }

    /// The present time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// `N` unpredictable bytes.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn random_bytes<const N: usize>(&self) -> std::io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.random.fill(&mut bytes)?;
        Ok(bytes)
    }

    /// A new identifier that carries the time `at`.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn new_id<K: IdKind>(&self, at: Timestamp) -> std::io::Result<Id<K>> {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        Ok(Id::from_parts(millis, self.random_bytes()?))
    }
}

/// The real clock.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the clock; everything else is given the time"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::from_jiff(jiff::Timestamp::now())
    }
}

/// The operating system's randomness.
#[derive(Debug, Clone, Copy)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, buffer: &mut [u8]) -> std::io::Result<()> {
        getrandom::fill(buffer).map_err(|error| std::io::Error::other(error.to_string()))
    }
}
