//! How much of what, when, and how it is spread.

use std::collections::HashMap;

use matoi_db::v;
use matoi_types::{AccountId, Id, IdKind, ScopeId, Timestamp, Tlp, UnitId};

use super::people::Staff;
use super::rows::{Table, Writer};
use crate::random::Random;

/// 2026-11-01, when the generated time ends.
const END: i64 = 1_793_491_200_000_000;
const YEARS: i64 = 5;
const YEAR: i64 = 365 * 86_400;

/// How much is wanted.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Begins every sequence.
    pub seed: u64,
    /// Cases.
    pub cases: u64,
    /// Reports.
    pub reports: u64,
    /// Entries of timelines, about.
    pub entries: u64,
    /// Alerts.
    pub alerts: u64,
}

impl Plan {
    /// When the generated time begins.
    #[must_use]
    pub fn begin(&self) -> Timestamp {
        Timestamp::from_micros(END).plus_seconds(-YEARS * YEAR)
    }

    /// Reports that belong to cases.
    #[must_use]
    pub const fn joined_reports(&self) -> u64 {
        let most = self.reports / 2;
        if self.cases < most { self.cases } else { most }
    }

    /// Reports that became nothing more.
    #[must_use]
    pub const fn loose_reports(&self) -> u64 {
        self.reports - self.joined_reports()
    }

    /// Alerts that belong to cases.
    #[must_use]
    pub const fn joined_alerts(&self) -> u64 {
        let (most, wanted) = (self.alerts / 2, self.cases * 3 / 10);
        if wanted < most { wanted } else { most }
    }

    /// Alerts that became nothing more.
    #[must_use]
    pub const fn loose_alerts(&self) -> u64 {
        self.alerts - self.joined_alerts()
    }

    /// When the `index`-th of `count` things happened: more of them each year.
    #[must_use]
    pub fn time(&self, index: u64, count: u64, random: &mut Random) -> Timestamp {
        let share = (index as f64 + random.below(1000) as f64 / 1000.0) / count.max(1) as f64;
        let seconds = share.powf(0.75) * (YEARS * YEAR - 3 * 86_400) as f64;
        self.begin().plus_seconds(seconds as i64)
    }

    /// Whether a time lies in the first year.
    #[must_use]
    pub fn age(&self, at: Timestamp) -> super::text::Age {
        if at.seconds_since(self.begin()) < YEAR {
            super::text::Age::Early
        } else {
            super::text::Age::Late
        }
    }

    /// Days from a time to the end.
    #[must_use]
    pub fn days_ago(&self, at: Timestamp) -> i64 {
        Timestamp::from_micros(END).seconds_since(at) / 86_400
    }

    /// A time some minutes after another, never after the end.
    #[must_use]
    pub fn after(&self, at: Timestamp, minutes: u64) -> Timestamp {
        let later = at.plus_seconds(i64::try_from(minutes).unwrap_or(0) * 60);
        later.min(Timestamp::from_micros(END))
    }
}

/// What is known while things are made.
#[derive(Debug)]
pub(super) struct World {
    /// How much is wanted.
    pub plan: Plan,
    /// Who is there.
    pub staff: Staff,
    /// Identifiers of traces, by kind and value.
    pub traces: HashMap<(&'static str, String), String>,
    /// Identifiers of assets.
    pub assets: Vec<String>,
    /// Identifiers of cases, in the order of their time.
    pub cases: Vec<String>,
    numbers: HashMap<(&'static str, i64), i64>,
    references: u64,
}

impl World {
    /// Nothing but people.
    #[must_use]
    pub(super) fn new(plan: Plan, staff: Staff) -> Self {
        Self {
            plan,
            staff,
            traces: HashMap::new(),
            assets: Vec::new(),
            cases: Vec::new(),
            numbers: HashMap::new(),
            references: 0,
        }
    }

    /// The next number of a series.
    pub(super) fn number(&mut self, prefix: &'static str, at: Timestamp) -> String {
        let year = i64::from(at.to_jiff().to_zoned(jiff::tz::TimeZone::UTC).year());
        let last = self.numbers.entry((prefix, year)).or_insert(0);
        *last += 1;
        format!("{prefix}-{year}-{last:04}")
    }

    /// A reference that no other sender's item has.
    pub(super) const fn reference(&mut self) -> u64 {
        self.references += 1;
        self.references
    }

    /// Says where the numbers stand, so that the server goes on after them.
    pub(super) fn numbers(&self, writer: &mut Writer) {
        let mut numbers: Vec<_> = self.numbers.iter().collect();
        numbers.sort();
        for ((prefix, year), last) in numbers {
            writer.add(Table::NumberSeries, [v(*prefix), v(*year), v(*last)]);
        }
    }
}

/// An identifier made at a time.
#[must_use]
pub(super) fn id<K: IdKind>(random: &mut Random, at: Timestamp) -> Id<K> {
    Id::from_parts(u64::try_from(at.as_millis()).unwrap_or(0), random.ten_bytes())
}

/// A new scope: two in a hundred restricted to those who work on it.
pub(super) fn scope(
    writer: &mut Writer,
    random: &mut Random,
    at: Timestamp,
    unit: Option<UnitId>,
    named: &[AccountId],
) -> (ScopeId, Tlp) {
    let restricted = !named.is_empty() && random.chance(20);
    let tlp = if restricted {
        Tlp::Red
    } else {
        [Tlp::Amber, Tlp::Green, Tlp::AmberStrict, Tlp::Clear]
            .get(random.weighted(&[72, 15, 10, 3]))
            .copied()
            .unwrap_or(Tlp::Amber)
    };
    let id: ScopeId = id(random, at);
    writer.add(Table::Scope, [v(id), v(tlp), v(restricted), v(unit)]);
    if restricted {
        let mut named = named.to_vec();
        named.sort();
        named.dedup();
        for account in named {
            writer.add(
                Table::ScopeMember,
                [
                    v(id),
                    v(account),
                    v("works on the case"),
                    v(account),
                    v(at),
                    v(0),
                    v(0),
                ],
            );
        }
    }
    (id, tlp)
}
