//! Whole months of a zone, as the figures are counted in.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use matoi_db::{Sql, v};
use matoi_types::Timestamp;

use super::{Error, Message, Result};

/// Months counted at once.
pub const MAX_MONTHS: usize = 60;

/// A whole month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Month {
    /// Its name, like `2026-11`.
    pub name: String,
    /// When it begins.
    pub from: Timestamp,
    /// When the next one begins.
    pub until: Timestamp,
}

/// Consecutive months, one at least.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Months {
    /// The months, earliest first.
    pub all: Vec<Month>,
    /// When the first begins.
    pub from: Timestamp,
    /// When the last has ended.
    pub until: Timestamp,
}

impl Months {
    /// The months from one to another, both included, each like `2026-11`. Without the last it is the present one; without
    /// the first, a year ends with the last.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/from` or `/until`.
    pub fn read(from: Option<&str>, until: Option<&str>, zone: &str, now: Timestamp) -> Result<Self> {
        let zone = TimeZone::get(zone).map_err(|error| Error::Internal(error.to_string()))?;
        let wrong = |pointer: &str, key: &'static str| Error::field(pointer, Message::new(key));
        let last = match until {
            Some(text) => first_day(text).ok_or_else(|| wrong("/until", "error-month-name"))?,
            None => now.to_jiff().to_zoned(zone.clone()).date().first_of_month(),
        };
        let first = match from {
            Some(text) => first_day(text).ok_or_else(|| wrong("/from", "error-month-name"))?,
            None => months_later(last, -11).ok_or_else(|| wrong("/until", "error-month-name"))?,
        };
        if first > last {
            return Err(wrong("/from", "error-month-order"));
        }
        let mut all = Vec::new();
        let mut day = first;
        while day <= last {
            if all.len() == MAX_MONTHS {
                let message = Message::new("error-month-many").with("max", MAX_MONTHS as i64);
                return Err(Error::field("/from", message));
            }
            let next = months_later(day, 1).ok_or_else(|| wrong("/until", "error-month-name"))?;
            all.push(Month {
                name: day.strftime("%Y-%m").to_string(),
                from: begin(day, &zone)?,
                until: begin(next, &zone)?,
            });
            day = next;
        }
        let bounds = all.first().zip(all.last()).map(|(a, b)| (a.from, b.until));
        let (from, until) = bounds.ok_or_else(|| wrong("/from", "error-month-order"))?;
        Ok(Self { all, from, until })
    }

    /// Appends the number of the month, from 0, that the time in `column` lies in. It lies in one of them.
    pub(crate) fn push_number(&self, sql: &mut Sql, column: &'static str) {
        sql.push("CASE", []);
        for (at, month) in (0_i64..).zip(&self.all) {
            sql.push(" WHEN ", [])
                .push(column, [])
                .push(" < ? THEN ?", [v(month.until), v(at)]);
        }
        sql.push(" ELSE 0 END", []);
    }
}

fn first_day(text: &str) -> Option<Date> {
    let (year, month) = text.trim().split_once('-')?;
    if year.len() != 4 || month.len() != 2 {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
    // Before and after these, times cannot be stored.
    (1970..=2999).contains(&date.year()).then_some(date)
}

fn months_later(day: Date, months: i64) -> Option<Date> {
    day.checked_add(jiff::Span::new().try_months(months).ok()?).ok()
}

fn begin(day: Date, zone: &TimeZone) -> Result<Timestamp> {
    day.to_zoned(zone.clone())
        .map(|zoned| Timestamp::from_jiff(zoned.timestamp()))
        .map_err(|error| Error::Internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_jiff(text.parse().unwrap())
    }

    #[test]
    fn months_are_those_of_the_zone() {
        // Already December in Tokyo.
        let now = at("2026-11-30T15:00:00Z");
        let months = Months::read(None, None, "Asia/Tokyo", now).unwrap();
        assert_eq!(months.all.len(), 12);
        assert_eq!(months.all[0].name, "2026-01");
        assert_eq!(months.all[11].name, "2026-12");
        assert_eq!(months.until, at("2026-12-31T15:00:00Z"));
        assert!(months.all.windows(2).all(|pair| pair[0].until == pair[1].from));
    }

    #[test]
    fn a_month_with_a_change_of_the_clock_is_whole() {
        let months = Months::read(
            Some("2026-03"),
            Some("2026-03"),
            "Europe/Berlin",
            at("2026-01-01T00:00:00Z"),
        )
        .unwrap();
        assert_eq!(
            (months.from, months.until),
            (at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z"))
        );
    }

    #[test]
    fn what_is_no_month_is_refused() {
        let now = at("2026-11-20T00:00:00Z");
        for (from, until) in [
            ("2026-13", "2026-12"),
            ("x", "2026-12"),
            ("2026-1", "2026-12"),
            ("2026-12", "2026-11"),
            ("1999-01", "2026-11"),
            ("2026-01", "9999-12"),
        ] {
            assert!(
                Months::read(Some(from), Some(until), "UTC", now).is_err(),
                "{from} {until}"
            );
        }
    }
}
