//! The three truth values and Kleene's strong logic over them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is known about a statement. The order is `False < Unknown < True`, so that "and" is the least and "or" the
/// greatest (Kleene, strong logic of indeterminacy).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Truth {
    /// The statement does not hold, whatever the unknown facts turn out to be.
    False,
    /// Facts are missing: nobody can say yet.
    Unknown,
    /// The statement holds, whatever the unknown facts turn out to be.
    True,
}

impl Truth {
    /// All three values.
    pub const ALL: [Self; 3] = [Self::False, Self::Unknown, Self::True];

    /// The name used in data: `true`, `false` or `unknown`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::False => "false",
            Self::Unknown => "unknown",
            Self::True => "true",
        }
    }

    /// Both hold: false as soon as one is false, true only when both are true.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one holds: true as soon as one is true, false only when both are false.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; the opposite of unknown is unknown.
    #[must_use]
    pub const fn negated(self) -> Self {
        match self {
            Self::False => Self::True,
            Self::Unknown => Self::Unknown,
            Self::True => Self::False,
        }
    }

    /// Whether the statement is true or false.
    #[must_use]
    pub fn is_decided(self) -> bool {
        self != Self::Unknown
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::True } else { Self::False }
    }
}

impl fmt::Display for Truth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_those_of_kleene() {
        use Truth::{False, True, Unknown};
        let cases = [
            (True, True, True, True),
            (True, Unknown, Unknown, True),
            (True, False, False, True),
            (Unknown, Unknown, Unknown, Unknown),
            (Unknown, False, False, Unknown),
            (False, False, False, False),
        ];
        for (a, b, and, or) in cases {
            assert_eq!((a.and(b), b.and(a)), (and, and), "{a} and {b}");
            assert_eq!((a.or(b), b.or(a)), (or, or), "{a} or {b}");
        }
        assert_eq!(Truth::ALL.map(Truth::negated), [True, Unknown, False]);
    }
}
