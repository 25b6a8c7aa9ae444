//! Points in time as senders write them.

use matoi_types::Timestamp;
use serde::Deserialize;
use serde_json::Value as Json;

use super::path::View;
use super::template::FirstOf;

/// How a sender writes times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// Found out: numbers by their size, texts as ISO 8601.
    #[default]
    Auto,
    /// ISO 8601 / RFC 3339, with or without an offset.
    Iso,
    /// Seconds since 1970, also with a fraction.
    EpochS,
    /// Milliseconds since 1970.
    EpochMs,
    /// Microseconds since 1970.
    EpochUs,
    /// Nanoseconds since 1970.
    EpochNs,
}

/// Where the time of an alert stands and how it is written.
#[derive(Debug, Clone, PartialEq)]
pub struct TimeRule {
    from: FirstOf,
    format: TimeFormat,
    zone: jiff::tz::TimeZone,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    from: FirstOf,
    #[serde(default)]
    format: TimeFormat,
    #[serde(default)]
    zone: Option<String>,
}

impl<'de> Deserialize<'de> for TimeRule {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Written::deserialize(deserializer)?;
        let zone = match written.zone.as_deref() {
            None => jiff::tz::TimeZone::UTC,
            Some(name) => jiff::tz::TimeZone::get(name).map_err(|_| {
                serde::de::Error::custom(format!("\"{name}\" is not a time zone, like Asia/Tokyo"))
            })?,
        };
        Ok(Self {
            from: written.from,
            format: written.format,
            zone,
        })
    }
}

/// What a [`TimeRule`] found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum FoundTime {
    /// This.
    At(Timestamp),
    /// The sender says nothing.
    Unsaid,
    /// The sender says something that is no time.
    Unreadable(String),
}

impl TimeRule {
    pub(super) fn find(&self, view: View<'_>) -> FoundTime {
        let Some(value) = self.from.value(view) else {
            return FoundTime::Unsaid;
        };
        read(&value, self.format, &self.zone)
            .map_or_else(|| FoundTime::Unreadable(value.to_string()), FoundTime::At)
    }
}

/// Reads a time; times without an offset are taken to be in `zone`.
pub(super) fn read(value: &Json, format: TimeFormat, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    let number = match value {
        Json::Number(number) => number.as_f64(),
        Json::String(text) => text.trim().parse::<f64>().ok(),
        _ => None,
    };
    match (format, number, value) {
        (TimeFormat::Iso, _, Json::String(text)) | (TimeFormat::Auto, None, Json::String(text)) => {
            from_text(text.trim(), zone)
        }
        (TimeFormat::Iso, ..) => None,
        (_, Some(number), _) if number.is_finite() => {
            let per_second = match format {
                TimeFormat::EpochS => 1.0,
                TimeFormat::EpochMs => 1e3,
                TimeFormat::EpochUs => 1e6,
                TimeFormat::EpochNs => 1e9,
                // 1e11 seconds are the year 5138, 1e11 milliseconds 1973.
                _ if number.abs() < 1e11 => 1.0,
                _ if number.abs() < 1e14 => 1e3,
                _ if number.abs() < 1e17 => 1e6,
                _ => 1e9,
            };
            let micros = number / per_second * 1e6;
            (micros.abs() < 9e18).then(|| Timestamp::from_micros(micros.round() as i64))
        }
        _ => None,
    }
}

fn from_text(text: &str, zone: &jiff::tz::TimeZone) -> Option<Timestamp> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Some(time);
    }
    // `+0900`, as Wazuh and Suricata write it, is not RFC 3339.
    if let Ok(time) = jiff::fmt::strtime::parse("%Y-%m-%dT%H:%M:%S%.f%z", text)
        && let Ok(time) = time.to_timestamp()
    {
        return Some(Timestamp::from_jiff(time));
    }
    let civil: jiff::civil::DateTime = text.replace(' ', "T").parse().ok()?;
    let zoned = civil.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_jiff(zoned.timestamp()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_read_as_senders_write_them() {
        let tokyo = jiff::tz::TimeZone::get("Asia/Tokyo").unwrap();
        let utc = jiff::tz::TimeZone::UTC;
        for (value, format, zone, expect) in [
            (
                json!("2026-11-20T03:12:00+09:00"),
                TimeFormat::Auto,
                &utc,
                Some("2026-11-19T18:12:00Z"),
            ),
            (
                json!("2026-11-20T03:12:00.5+0900"),
                TimeFormat::Auto,
                &utc,
                Some("2026-11-19T18:12:00.5Z"),
            ),
            (
                json!("2026-11-20T03:12:00"),
                TimeFormat::Auto,
                &utc,
                Some("2026-11-20T03:12:00Z"),
            ),
            (
                json!("2026-11-20 03:12:00"),
                TimeFormat::Iso,
                &tokyo,
                Some("2026-11-19T18:12:00Z"),
            ),
            (
                json!(1_795_111_920),
                TimeFormat::Auto,
                &utc,
                Some("2026-11-19T18:12:00Z"),
            ),
            (
                json!("1795111920.25"),
                TimeFormat::EpochS,
                &utc,
                Some("2026-11-19T18:12:00.25Z"),
            ),
            (
                json!(1_795_111_920_000_i64),
                TimeFormat::Auto,
                &utc,
                Some("2026-11-19T18:12:00Z"),
            ),
            (
                json!(1_795_111_920_000_000_i64),
                TimeFormat::EpochUs,
                &utc,
                Some("2026-11-19T18:12:00Z"),
            ),
            (json!("yesterday"), TimeFormat::Auto, &utc, None),
            (json!(true), TimeFormat::Auto, &utc, None),
            (json!(12), TimeFormat::Iso, &utc, None),
            (json!("1e400"), TimeFormat::EpochS, &utc, None),
        ] {
            let found = read(&value, format, zone).map(|time| time.to_string());
            assert_eq!(found.as_deref(), expect, "{value}");
        }
    }
}
