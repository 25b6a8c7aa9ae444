//! A clock for tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use matoi_core::kernel::env::Clock;
use matoi_types::Timestamp;

/// When every test begins: 2026-11-20 03:12 in Tokyo, in microseconds.
pub const START: i64 = 1_795_111_920_000_000;

/// A clock that stands still until it is moved.
#[derive(Debug, Clone)]
pub struct TestClock(Arc<AtomicI64>);

impl TestClock {
    /// A clock at [`START`].
    #[must_use]
    pub fn new() -> Self {
        Self(Arc::new(AtomicI64::new(START)))
    }

    /// Lets time pass.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }
}

impl Default for TestClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for TestClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}
