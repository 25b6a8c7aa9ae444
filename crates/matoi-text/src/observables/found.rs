//! Collecting what was found: each value once, in bounded memory.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};
use std::ops::Range;

use super::kind::ObservableKind;

/// A technical trace that a text mentions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observable {
    /// What it is.
    pub kind: ObservableKind,
    /// The canonical value: hosts and mail addresses in lower case and ASCII, addresses as RFC 5952 writes
    /// them, digests in lower case, CVE in upper case, file names and paths as written.
    pub value: String,
    /// The value for people, where it differs: names in their own script.
    pub unicode: Option<String>,
    /// Bytes of the original text where it stands first.
    pub first: Range<usize>,
    /// How often the text mentions it.
    pub count: usize,
}

impl Observable {
    /// The value as people should see it.
    #[must_use]
    pub fn display_value(&self) -> &str {
        self.unicode.as_deref().unwrap_or(&self.value)
    }
}

/// Everything found in a text.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observables {
    /// Different observables in the order of their first place.
    pub found: Vec<Observable>,
    /// Number of different observables that the limit left out.
    pub left_out: usize,
}

pub(super) struct Collector {
    limit: usize,
    found: Vec<Observable>,
    /// Place in `found` by hash of kind and value. The hash is keyed with a random key, so that nobody can
    /// make values that meet.
    places: HashMap<u64, usize>,
    left_out: HashSet<u64>,
    hasher: RandomState,
}

impl Collector {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            found: Vec::new(),
            places: HashMap::new(),
            left_out: HashSet::new(),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn add(
        &mut self,
        kind: ObservableKind,
        value: String,
        unicode: Option<String>,
        place: impl FnOnce() -> Range<usize>,
    ) {
        let hash = self.hasher.hash_one((kind, &value));
        if let Some(known) = self
            .places
            .get(&hash)
            .and_then(|&place| self.found.get_mut(place))
        {
            known.count += 1;
            return;
        }
        if self.found.len() >= self.limit {
            self.left_out.insert(hash);
            return;
        }
        self.places.insert(hash, self.found.len());
        self.found.push(Observable {
            kind,
            value,
            unicode,
            first: place(),
            count: 1,
        });
    }

    pub(super) fn finish(self) -> Observables {
        let mut found = self.found;
        found.sort_by_key(|observable| (observable.first.start, usize::MAX - observable.first.end));
        Observables {
            found,
            left_out: self.left_out.len(),
        }
    }
}
