//! Where random bytes come from. Injected, so that tests can repeat a run.

use std::fmt;

/// A source of random bytes fit for keys.
///
/// Tests give a seeded one; the program gives [`SystemRandom`].
pub trait FillRandom: Send + Sync + fmt::Debug {
    /// Fills all of `bytes`, or fails and leaves their content unspecified.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of random bytes failed.
#[derive(Debug, thiserror::Error)]
#[error("no random bytes could be had")]
pub struct RandomError {
    #[source]
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl RandomError {
    /// Wraps the reason that the source gave.
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
        }
    }
}

/// The operating system's generator (`getrandom(2)` on Linux).
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemRandom;

impl FillRandom for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError::new(error.to_string()))
    }
}

/// An array of random bytes.
pub(crate) fn random_array<const N: usize>(random: &dyn FillRandom) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}
