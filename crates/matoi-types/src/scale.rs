//! Ordered scales: severity of what came in, priority of the work, importance of an asset.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text that names no step of a scale.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseScaleError {
    /// The scale, in lower case.
    pub scale: &'static str,
    /// What is allowed.
    pub allowed: &'static [&'static str],
}

impl fmt::Display for ParseScaleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "not a {}: expected one of {}",
            self.scale,
            self.allowed.join(", ")
        )
    }
}
impl std::error::Error for ParseScaleError {}

/// Declares one ordered scale with its names. A macro because the three scales differ in nothing but their steps.
macro_rules! scale {
    ($(#[$doc:meta])* $name:ident, $label:literal: $($(#[$step_doc:meta])* $step:ident = $text:literal = $rank:literal),+ $(,)?) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$step_doc])* #[serde(rename = $text)] $step),+ }

        impl $name {
            /// Every step, lowest first.
            pub const ALL: &'static [Self] = &[$(Self::$step),+];
            const NAMES: &'static [&'static str] = &[$($text),+];

            /// The name used in the API, in data files and as message key.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$step => $text),+ }
            }

            /// The number stored in the database; larger sorts as more.
            #[must_use]
            pub const fn rank(self) -> i64 {
                match self { $(Self::$step => $rank),+ }
            }

            /// The step with this rank.
            #[must_use]
            pub fn from_rank(rank: i64) -> Option<Self> {
                Self::ALL.iter().copied().find(|step| step.rank() == rank)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = ParseScaleError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|step| step.as_str() == text)
                    .ok_or(ParseScaleError { scale: $label, allowed: Self::NAMES })
            }
        }
    };
}

scale! {
    /// How bad something looks when it comes in (alerts, reports, cases).
    Severity, "severity":
    /// Worth knowing, nothing to do.
    Info = "info" = 0,
    /// Little harm.
    Low = "low" = 1,
    /// Some harm.
    Medium = "medium" = 2,
    /// Serious harm.
    High = "high" = 3,
    /// The organisation itself is at stake.
    Critical = "critical" = 4,
}

scale! {
    /// How urgently a case is worked on. `P1` is the most urgent and sorts highest.
    Priority, "priority":
    /// When time allows.
    P4 = "p4" = 1,
    /// In its turn.
    P3 = "p3" = 2,
    /// Before ordinary work.
    P2 = "p2" = 3,
    /// Now, whoever must be woken.
    P1 = "p1" = 4,
}

scale! {
    /// How much the organisation depends on an asset.
    Importance, "importance":
    /// The business does not notice its loss.
    Low = "low" = 1,
    /// Work is hindered.
    Medium = "medium" = 2,
    /// A business service stops.
    High = "high" = 3,
    /// The organisation stops, or law or life is touched.
    Critical = "critical" = 4,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_survives_text_and_rank_and_sorts() {
        for step in Severity::ALL {
            assert_eq!(step.as_str().parse::<Severity>().as_ref(), Ok(step));
            assert_eq!(Severity::from_rank(step.rank()).as_ref(), Some(step));
        }
        assert!(Priority::P1 > Priority::P4);
        assert!(Importance::Critical > Importance::High);
        assert_eq!(
            "grave".parse::<Severity>().unwrap_err().to_string(),
            "not a severity: expected one of info, low, medium, high, critical"
        );
    }
}
