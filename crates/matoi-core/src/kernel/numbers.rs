//! Human numbers, like `INC-2026-0142`: allocated outside the transaction that uses them, so that two creations
//! never wait for each other. Gaps are normal and betray nothing.

use std::collections::HashMap;

use matoi_db::{Isolation, Sql, v};
use matoi_types::{Id, IdKind};

use super::{Caller, Error, Result, Store, Tx, access};

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
    let mut numbers = take(store, caller, series, 1).await?;
    numbers
        .pop()
        .ok_or_else(|| Error::Internal("no number was taken".to_owned()))
}

/// Takes the next `count` numbers of the series, in order.
pub async fn take(store: &Store, caller: &Caller, series: Series, count: u32) -> Result<Vec<String>> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let (year, count) = (local_year(caller), i64::from(count));
    let mut tx = store.db().begin(Isolation::Write).await?;
    let row = tx
        .fetch_one(
            "INSERT INTO number_series (prefix, year, last) VALUES ($1, $2, $3)
             ON CONFLICT (prefix, year) DO UPDATE SET last = number_series.last + EXCLUDED.last RETURNING last",
            [v(series.prefix()), v(year), v(count)],
        )
        .await?;
    let last = row.int("last")?;
    tx.commit().await?;
    let first = last - count + 1;
    Ok((first..=last)
        .map(|number| format!("{}-{year}-{number:04}", series.prefix()))
        .collect())
}

/// The numbers of some things of a room, of those the caller may see. `table` has the columns `id`, `number`, `scope_id`.
pub(crate) async fn of<K: IdKind>(
    tx: &mut Tx,
    table: &'static str,
    ids: impl IntoIterator<Item = Id<K>>,
) -> Result<HashMap<Id<K>, String>> {
    let caller = tx.caller().clone();
    let mut ids: Vec<_> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let mut numbers = HashMap::with_capacity(ids.len());
    for some in ids.chunks(500) {
        let mut sql = Sql::new("SELECT t.id, t.number FROM ");
        sql.push(table, []).push(" t WHERE", []);
        sql.push_in("t.id", some.iter().map(|id| v(*id)));
        access::and_visible(&mut sql, &caller, "t.scope_id");
        for row in tx.fetch_sql(sql).await? {
            numbers.insert(row.id("id")?, row.text("number")?);
        }
    }
    Ok(numbers)
}

fn local_year(caller: &Caller) -> i64 {
    let utc = caller.now.to_jiff();
    let zone = jiff::tz::TimeZone::get(&caller.zone).unwrap_or(jiff::tz::TimeZone::UTC);
    i64::from(utc.to_zoned(zone).year())
}
