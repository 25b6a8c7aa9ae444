//! How single values are spelled in expressions and in plain data. Only shapes: no vocabulary, no types of facts.

use jiff::Timestamp;

use crate::value::{Number, Seconds};

/// Units of durations with their length in seconds, the smallest first.
pub(crate) const DURATION_UNITS: [(&str, i64); 4] = [("s", 1), ("min", 60), ("h", 3600), ("d", 86_400)];

/// Words with a meaning of their own; they name no fact, and a step of this name is written in quotes.
pub(crate) const RESERVED_WORDS: [&str; 11] = [
    "and", "or", "not", "in", "contains", "any", "all", "known", "unknown", "true", "false",
];

/// With 15 digits, a decimal survives the way to a double and back.
const MAX_NUMBER_DIGITS: usize = 15;
const MAX_DURATION_DIGITS: usize = 12;

/// Reads `-12`, `7.5`; no exponent, no plus sign, at most 15 digits.
pub(crate) fn parse_number(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits
        .split_once('.')
        .map_or((digits, None), |(w, f)| (w, Some(f)));
    let fraction_is_fine = fraction.is_none_or(is_digits);
    let count = whole.len() + fraction.map_or(0, str::len);
    if !is_digits(whole) || !fraction_is_fine || count > MAX_NUMBER_DIGITS {
        return None;
    }
    text.parse().ok().and_then(Number::new)
}

/// Reads a whole number with one of [`DURATION_UNITS`]: `90s`, `30min`, `24h`, `7d`, `-2h`.
pub(crate) fn parse_duration(text: &str) -> Option<Seconds> {
    let (amount, unit_seconds) = split_duration(text)?;
    amount.checked_mul(unit_seconds).map(Seconds)
}

/// The canonical spelling of a duration: the unit as written, the number without leading zeros.
pub(crate) fn canonical_duration(text: &str) -> Option<String> {
    let (amount, unit_seconds) = split_duration(text)?;
    let (unit, _) = DURATION_UNITS
        .iter()
        .find(|(_, seconds)| *seconds == unit_seconds)?;
    Some(format!("{amount}{unit}"))
}

fn split_duration(text: &str) -> Option<(i64, i64)> {
    let start_of_unit = text.find(|c: char| c.is_ascii_alphabetic())?;
    let (amount, unit) = text.split_at_checked(start_of_unit)?;
    let digits = amount.strip_prefix('-').unwrap_or(amount);
    let (_, unit_seconds) = DURATION_UNITS.iter().find(|(name, _)| *name == unit)?;
    if !is_digits(digits) || digits.len() > MAX_DURATION_DIGITS {
        return None;
    }
    Some((amount.parse().ok()?, *unit_seconds))
}

/// Reads a date-time of RFC 3339, section 5.6, with upper-case `T` and `Z`: an offset is required.
pub(crate) fn parse_date_time(text: &str) -> Option<Timestamp> {
    if !has_date_time_shape(text) {
        return None;
    }
    text.parse().ok()
}

/// Whether digits and signs stand where RFC 3339 wants them. The calendar library accepts more spellings (ISO 8601).
fn has_date_time_shape(text: &str) -> bool {
    let Some((date_and_time, rest)) = text.split_at_checked("0000-00-00T00:00:00".len()) else {
        return false;
    };
    let rest = rest.strip_prefix('.').map_or(Some(rest), |fraction| {
        let after = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
        let digits = fraction.len() - after.len();
        (1..=9).contains(&digits).then_some(after)
    });
    matches_pattern(date_and_time, "0000-00-00T00:00:00")
        && rest.is_some_and(|offset| {
            offset == "Z" || matches_pattern(offset, "+00:00") || matches_pattern(offset, "-00:00")
        })
}

/// Whether `text` is `pattern` with any digit in place of every `0`.
fn matches_pattern(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text
            .bytes()
            .zip(pattern.bytes())
            .all(|(byte, expected)| match expected {
                b'0' => byte.is_ascii_digit(),
                _ => byte == expected,
            })
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// A text in double quotes, with `"` and `\` escaped by `\`.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A step of a choice: bare when it is a plain lower-case word, else in quotes.
pub(crate) fn step(text: &str) -> String {
    if is_name_part(text) && !RESERVED_WORDS.contains(&text) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// Whether a text is one lower_snake word: a letter, then letters, digits and `_`.
pub(crate) fn is_name_part(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_plain_decimals() {
        for (text, expect) in [
            ("0", 0.0),
            ("-12", -12.0),
            ("7.50", 7.5),
            ("007", 7.0),
            ("-0", 0.0),
        ] {
            assert_eq!(parse_number(text).map(Number::get), Some(expect), "{text}");
        }
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e5",
            "1.2.3",
            "--1",
            "1-",
            "1234567890123456",
            "inf",
            "1_000",
        ] {
            assert_eq!(parse_number(text), None, "{text}");
        }
    }

    #[test]
    fn durations_are_a_whole_number_and_a_unit() {
        for (text, expect) in [
            ("90s", 90),
            ("30min", 1800),
            ("24h", 86_400),
            ("7d", 604_800),
            ("-2h", -7200),
        ] {
            assert_eq!(parse_duration(text), Some(Seconds(expect)), "{text}");
        }
        assert_eq!(canonical_duration("0024h").as_deref(), Some("24h"));
        for text in [
            "",
            "h",
            "1.5h",
            "5m",
            "2w",
            "1h30min",
            "24",
            "1 h",
            "9999999999999d",
            "5H",
            "５h",
        ] {
            assert_eq!(parse_duration(text), None, "{text}");
        }
    }

    #[test]
    fn date_times_are_rfc_3339_with_an_offset() {
        for text in [
            "2026-11-20T03:12:00Z",
            "2026-11-20T03:12:00+09:00",
            "2026-11-20T03:12:00.123456789-05:30",
        ] {
            assert!(parse_date_time(text).is_some(), "{text}");
        }
        for text in [
            "",
            "2026-11-20",
            "2026-11-20T03:12Z",
            "2026-11-20T03:12:00",
            "2026-11-20 03:12:00Z",
            "2026-13-20T03:12:00Z",
            "2026-11-20T03:12:00.Z",
            "2026-11-20T03:12:00.1234567890Z",
            "2026-11-20T03:12:00+09:00[Asia/Tokyo]",
            "2026-11-20t03:12:00z",
            "２026-11-20T03:12:00Z",
        ] {
            assert!(parse_date_time(text).is_none(), "{text}");
        }
    }

    #[test]
    fn steps_are_bare_only_when_that_cannot_be_misread() {
        for (text, expect) in [
            ("high", "high"),
            ("any", "\"any\""),
            ("2fa", "\"2fa\""),
            ("a-b", "\"a-b\""),
            ("重大", "\"重大\""),
        ] {
            assert_eq!(step(text), expect);
        }
        assert_eq!(quoted(r#"a"b\c"#), r#""a\"b\\c""#);
    }
}
