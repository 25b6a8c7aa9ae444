//! Traffic Light Protocol 2.0 (FIRST, August 2022).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A label of the Traffic Light Protocol 2.0; larger means fewer may read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tlp {
    /// No limit on disclosure.
    #[serde(rename = "TLP:CLEAR")]
    Clear,
    /// Limited to the community.
    #[serde(rename = "TLP:GREEN")]
    Green,
    /// Limited to the organisation and its clients, on a need-to-know basis.
    #[serde(rename = "TLP:AMBER")]
    Amber,
    /// Limited to the organisation alone.
    #[serde(rename = "TLP:AMBER+STRICT")]
    AmberStrict,
    /// For the eyes of the named recipients only.
    #[serde(rename = "TLP:RED")]
    Red,
}

impl Tlp {
    /// Every label, the freest first.
    pub const ALL: [Self; 5] = [
        Self::Clear,
        Self::Green,
        Self::Amber,
        Self::AmberStrict,
        Self::Red,
    ];

    /// The label as the standard writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Clear => "TLP:CLEAR",
            Self::Green => "TLP:GREEN",
            Self::Amber => "TLP:AMBER",
            Self::AmberStrict => "TLP:AMBER+STRICT",
            Self::Red => "TLP:RED",
        }
    }

    /// The number stored in the database, 0 (CLEAR) to 4 (RED).
    #[must_use]
    pub const fn rank(self) -> i64 {
        match self {
            Self::Clear => 0,
            Self::Green => 1,
            Self::Amber => 2,
            Self::AmberStrict => 3,
            Self::Red => 4,
        }
    }

    /// The label with this rank.
    #[must_use]
    pub fn from_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|tlp| tlp.rank() == rank)
    }
}

impl fmt::Display for Tlp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is no TLP 2.0 label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseTlpError;

impl fmt::Display for ParseTlpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a TLP 2.0 label: expected TLP:CLEAR, TLP:GREEN, TLP:AMBER, TLP:AMBER+STRICT or TLP:RED",
        )
    }
}
impl std::error::Error for ParseTlpError {}

impl FromStr for Tlp {
    type Err = ParseTlpError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|tlp| tlp.as_str() == text)
            .ok_or(ParseTlpError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_survive_text_rank_and_json() {
        for tlp in Tlp::ALL {
            assert_eq!(tlp.as_str().parse(), Ok(tlp));
            assert_eq!(Tlp::from_rank(tlp.rank()), Some(tlp));
            assert_eq!(serde_json::to_string(&tlp).unwrap(), format!("\"{tlp}\""));
        }
        assert!(
            "TLP:WHITE".parse::<Tlp>().is_err(),
            "TLP 1.0 names are mapped at the door, not here"
        );
    }
}
