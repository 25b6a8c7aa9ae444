//! A point in time, as the whole program stores it: microseconds since 1970-01-01T00:00:00Z.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time with microsecond precision, always UTC. Text form is RFC 3339 with a `Z`.
///
/// The range is that of `jiff` (years -9999 to 9999); arithmetic saturates at its ends.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp(i64);

/// A text or number that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseTimestampError;

impl fmt::Display for ParseTimestampError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a point in time: expected RFC 3339 with an offset, like 2026-11-20T03:12:00+09:00")
    }
}
impl std::error::Error for ParseTimestampError {}

impl Timestamp {
    const MIN: i64 = -377_705_023_201_000_000;
    const MAX: i64 = 253_402_207_200_000_000;

    /// From microseconds since the epoch; values outside the supported years saturate.
    #[must_use]
    pub fn from_micros(micros: i64) -> Self {
        Self(micros.clamp(Self::MIN, Self::MAX))
    }

    /// Microseconds since the epoch: the form in the database.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since the epoch, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This time plus a number of seconds, which may be negative.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_micros(self.0.saturating_add(seconds.saturating_mul(1_000_000)))
    }

    /// Seconds from `earlier` to this time, negative if it is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).div_euclid(1_000_000)
    }

    /// The same point for calendar work.
    #[must_use]
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }

    /// From the calendar library, cut to microseconds.
    #[must_use]
    pub fn from_jiff(time: jiff::Timestamp) -> Self {
        Self::from_micros(time.as_microsecond())
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_jiff(), f)
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = ParseTimestampError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse::<jiff::Timestamp>()
            .map(Self::from_jiff)
            .map_err(|_| ParseTimestampError)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_time_survives_text(micros in Timestamp::MIN..=Timestamp::MAX) {
            let time = Timestamp::from_micros(micros);
            prop_assert_eq!(time.to_string().parse::<Timestamp>().unwrap(), time);
        }

        #[test]
        fn arithmetic_never_panics_and_seconds_add_up(a: i64, seconds in -4_000_000_000i64..4_000_000_000) {
            let start = Timestamp::from_micros(a % 1_000_000_000_000_000);
            prop_assert_eq!(start.plus_seconds(seconds).seconds_since(start), seconds);
            let _ = Timestamp::from_micros(a).plus_seconds(i64::MAX).to_string();
        }
    }

    #[test]
    fn an_offset_is_needed_and_honoured() {
        let tokyo: Timestamp = "2026-11-20T03:12:00+09:00".parse().unwrap();
        assert_eq!(tokyo.to_string(), "2026-11-19T18:12:00Z");
        assert!("2026-11-20T03:12:00".parse::<Timestamp>().is_err());
        assert!("now".parse::<Timestamp>().is_err());
    }
}
