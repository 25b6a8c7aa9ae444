//! Dates of mail: RFC 5322 3.3, its obsolete forms, and the forms that programs send in spite of it.

use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};

/// Whether a date can be true.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DatePlausibility {
    /// Nothing speaks against it.
    Plausible,
    /// More than a day after the mail came in.
    Future,
    /// Before 1990, or more than ten years before or after the mail came in.
    Absurd,
}

/// A date that a mail states. It is the sender's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailDate {
    /// The point in time.
    pub at: Timestamp,
    /// Offset from UTC that the sender stated, in minutes east; `None` if none or an unknown zone name.
    pub offset_minutes: Option<i32>,
    /// Whether it can be true.
    pub plausibility: DatePlausibility,
}

/// Reads a date; `None` if there is none in the text. Plausibility is left for [`judge`].
pub(crate) fn parse(text: &str) -> Option<MailDate> {
    let text = super::params::strip_comments(text);
    let mut pieces = Pieces::default();
    for token in text
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|token| !token.is_empty())
        .take(16)
    {
        pieces.take(token);
    }
    pieces.assemble()
}

/// Judges a date against the time the mail came in, if that is known.
pub(crate) fn judge(at: Timestamp, received_at: Option<Timestamp>) -> DatePlausibility {
    const DAY: i64 = 86_400;
    const NINETEEN_NINETY: i64 = 631_152_000;
    const TEN_YEARS: i64 = 3_653 * DAY;
    let seconds = at.as_micros().div_euclid(1_000_000);
    if seconds < NINETEEN_NINETY {
        return DatePlausibility::Absurd;
    }
    let Some(received_at) = received_at else {
        return DatePlausibility::Plausible;
    };
    let ahead = at.seconds_since(received_at);
    if ahead.abs() > TEN_YEARS {
        DatePlausibility::Absurd
    } else if ahead > DAY {
        DatePlausibility::Future
    } else {
        DatePlausibility::Plausible
    }
}

#[derive(Default)]
struct Pieces {
    day: Option<i32>,
    month: Option<i8>,
    year: Option<i32>,
    time: Option<(i8, i8, i8)>,
    offset_minutes: Option<i32>,
    has_zone: bool,
    is_afternoon: Option<bool>,
}

impl Pieces {
    fn take(&mut self, token: &str) {
        if self.take_iso(token) || self.take_time(token) || self.take_zone(token) {
            return;
        }
        if let Some(month) = month_number(token) {
            self.month = self.month.or(Some(month));
            return;
        }
        if let Ok(number) = token.parse::<i32>() {
            self.take_number(number, token.len());
            return;
        }
        match token.to_ascii_lowercase().as_str() {
            "am" => self.is_afternoon = Some(false),
            "pm" => self.is_afternoon = Some(true),
            _ if token.contains('-') => {
                for piece in token.split('-').take(3) {
                    if let Some(month) = month_number(piece) {
                        self.month = self.month.or(Some(month));
                    } else if let Ok(number) = piece.parse::<i32>() {
                        self.take_number(number, piece.len());
                    }
                }
            }
            _ => {}
        }
    }

    fn take_number(&mut self, number: i32, digits: usize) {
        if self.day.is_none() && digits <= 2 && (1..=31).contains(&number) {
            self.day = Some(number);
        } else if self.year.is_none() && (2..=4).contains(&digits) {
            // RFC 5322 4.3: two digits below 50 are this century, other short years count from 1900.
            self.year = Some(match (digits, number) {
                (2, 0..50) => number.saturating_add(2000),
                (2 | 3, _) => number.saturating_add(1900),
                _ => number,
            });
        }
    }

    /// `2026-11-20` or `2026/11/20`, alone or followed by `T10:00:00+09:00`.
    fn take_iso(&mut self, token: &str) -> bool {
        let (date, time) = token.split_once('T').unwrap_or((token, ""));
        let mut pieces = date.split(['-', '/']);
        let (Some(year), Some(month), Some(day), None) =
            (pieces.next(), pieces.next(), pieces.next(), pieces.next())
        else {
            return false;
        };
        let (4, Ok(year), Ok(month), Ok(day)) = (year.len(), year.parse(), month.parse(), day.parse()) else {
            return false;
        };
        (self.year, self.month, self.day) = (Some(year), Some(month), Some(day));
        let zone_at = time.find(['Z', '+', '-']).unwrap_or(time.len());
        let (clock, zone) = time.split_at_checked(zone_at).unwrap_or((time, ""));
        self.take_time(clock);
        self.take_zone(zone);
        true
    }

    fn take_time(&mut self, token: &str) -> bool {
        if self.time.is_some() || !token.contains(':') {
            return false;
        }
        let mut pieces = token.split(':');
        let (Some(hour), Some(minute)) = (pieces.next(), pieces.next()) else {
            return false;
        };
        let second = pieces
            .next()
            .map_or("0", |second| second.split('.').next().unwrap_or("0"));
        let (Ok(hour), Ok(minute), Ok(second)) = (hour.parse::<i8>(), minute.parse(), second.parse::<i8>())
        else {
            return false;
        };
        self.time = Some((hour, minute, second));
        true
    }

    fn take_zone(&mut self, token: &str) -> bool {
        if self.has_zone || self.time.is_none() {
            return false;
        }
        let sign = match token.as_bytes().first() {
            Some(b'+') => 1,
            Some(b'-') => -1,
            _ => return self.take_zone_name(token),
        };
        let digits: String = token.chars().filter(char::is_ascii_digit).collect();
        let Ok(number) = digits.parse::<i32>() else {
            return false;
        };
        let (hours, minutes) = if digits.len() <= 2 {
            (number, 0)
        } else {
            (number / 100, number % 100)
        };
        self.has_zone = true;
        // RFC 5322 3.3: -0000 says that the zone is unknown.
        let is_unknown = sign < 0 && number == 0 || hours > 23 || minutes > 59;
        self.offset_minutes = if is_unknown {
            None
        } else {
            Some(sign * (hours * 60 + minutes))
        };
        true
    }

    fn take_zone_name(&mut self, token: &str) -> bool {
        let minutes = match token.to_ascii_uppercase().as_str() {
            "UT" | "UTC" | "GMT" | "Z" | "WET" => 0,
            "JST" | "KST" => 9 * 60,
            "EST" => -5 * 60,
            "EDT" => -4 * 60,
            "CST" => -6 * 60,
            "CDT" => -5 * 60,
            "MST" => -7 * 60,
            "MDT" => -6 * 60,
            "PST" => -8 * 60,
            "PDT" => -7 * 60,
            "CET" | "BST" | "MEZ" => 60,
            "CEST" | "EET" | "MESZ" => 120,
            "EEST" | "MSK" => 180,
            _ => return false,
        };
        self.has_zone = true;
        self.offset_minutes = Some(minutes);
        true
    }

    fn assemble(self) -> Option<MailDate> {
        let (mut hour, minute, second) = self.time?;
        match self.is_afternoon {
            Some(true) if (1..12).contains(&hour) => hour = hour.saturating_add(12),
            Some(false) if hour == 12 => hour = 0,
            _ => {}
        }
        let year = i16::try_from(self.year?).ok()?;
        let day = i8::try_from(self.day?).ok()?;
        // A leap second is the end of its minute.
        let civil =
            jiff::civil::DateTime::new(year, self.month?, day, hour, minute, second.min(59), 0).ok()?;
        let at = jiff::tz::TimeZone::UTC.to_timestamp(civil).ok()?;
        let offset = i64::from(self.offset_minutes.unwrap_or(0));
        Some(MailDate {
            at: Timestamp::from_jiff(at).plus_seconds(-offset * 60),
            offset_minutes: self.offset_minutes,
            plausibility: DatePlausibility::Plausible,
        })
    }
}

/// English month names by their first three letters, and `11月`.
fn month_number(token: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    if let Some(number) = token.strip_suffix('月') {
        return number.parse().ok().filter(|month| (1..=12).contains(month));
    }
    let head = token.get(..3)?.to_ascii_lowercase();
    let at = NAMES.iter().position(|name| *name == head)?;
    i8::try_from(at).ok().and_then(|at| at.checked_add(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: Option<(&str, Option<i32>)>) {
        let found = parse(text).map(|date| (date.at.to_string(), date.offset_minutes));
        assert_eq!(
            found,
            expect.map(|(at, offset)| (at.to_owned(), offset)),
            "{text:?}"
        );
    }

    #[test]
    fn lawful_and_obsolete_forms() {
        let at = "2023-12-08T01:31:42Z";
        check("Fri, 8 Dec 2023 10:31:42 +0900", Some((at, Some(540))));
        check("Fri, 8 Dec 2023 10:31:42 +0900 (JST)", Some((at, Some(540))));
        check("8 Dec 23 10:31:42 JST", Some((at, Some(540))));
        check("08-Dec-2023 10:31:42 +09:00", Some((at, Some(540))));
        check("Fri Dec  8 01:31:42 2023", Some((at, None)));
        check("Dec 8, 2023 01:31:42 AM GMT", Some((at, Some(0))));
        check("2023-12-08T10:31:42+09:00", Some((at, Some(540))));
        check("2023-12-08 10:31:42 +0900", Some((at, Some(540))));
        check("金, 8 12月 2023 10:31:42 +0900", Some((at, Some(540))));
        check(
            "8 Dec 2023 10:31 +0900",
            Some(("2023-12-08T01:31:00Z", Some(540))),
        );
        check("31 Dec 2016 23:59:60 -0000", Some(("2016-12-31T23:59:59Z", None)));
    }

    #[test]
    fn what_is_no_date_gives_none() {
        for text in [
            "",
            "yesterday",
            "31 Feb 2023 10:00:00",
            "8 Dec 2023",
            "8 Dec 2023 25:00:00",
            "1:2:3:4",
            "8 Dec 999999 1:0:0",
        ] {
            check(text, None);
        }
    }

    #[test]
    fn absurd_and_future_dates_are_told() {
        let received: Timestamp = "2026-11-20T00:00:00Z".parse().unwrap();
        let check =
            |text: &str, expect| assert_eq!(judge(text.parse().unwrap(), Some(received)), expect, "{text}");
        check("2026-11-19T00:00:00Z", DatePlausibility::Plausible);
        check("2026-11-20T23:00:00Z", DatePlausibility::Plausible);
        check("2026-11-22T00:00:00Z", DatePlausibility::Future);
        check("2038-01-19T00:00:00Z", DatePlausibility::Absurd);
        check("1970-01-01T00:00:00Z", DatePlausibility::Absurd);
        assert_eq!(
            judge("2050-01-01T00:00:00Z".parse().unwrap(), None),
            DatePlausibility::Plausible
        );
    }
}
