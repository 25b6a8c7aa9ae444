//! Human numbers, like `INC-2026-0142`: allocated outside the transaction that uses them, so that two creations
//! never wait for each other. Gaps are normal and betray nothing.

use matoi_db::{Isolation, v};

use super::{Caller, Result, Store};

/// What is numbered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Series {
    /// Reports: `RPT`.
    Report,
    /// Alerts: `ALT`.
    Alert,
    /// Incidents: `INC`.
    Incident,
    /// Inquiries: `INQ`.
    Inquiry,
    /// Documents of cases: `DOC`.
    Document,
}

impl Series {
    /// The letters in front of the number.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Report => "RPT",
            Self::Alert => "ALT",
            Self::Incident => "INC",
            Self::Inquiry => "INQ",
            Self::Document => "DOC",
        }
    }
}

/// Takes the next number of the series in the year of the caller's clock and zone.
pub async fn next(store: &Store, caller: &Caller, series: Series) -> Result<String> {
    let year = local_year(caller);
    let mut tx = store.db().begin(Isolation::Write).await?;
    let row = tx
        .fetch_one(
            "INSERT INTO number_series (prefix, year, last) VALUES ($1, $2, 1)
             ON CONFLICT (prefix, year) DO UPDATE SET last = number_series.last + 1 RETURNING last",
            [v(series.prefix()), v(year)],
        )
        .await?;
    let last = row.int("last")?;
    tx.commit().await?;
    Ok(format!("{}-{year}-{last:04}", series.prefix()))
}

fn local_year(caller: &Caller) -> i64 {
    let utc = caller.now.to_jiff();
    let zone = jiff::tz::TimeZone::get(&caller.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    i64::from(utc.to_zoned(zone).year())
}
