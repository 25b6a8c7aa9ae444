//! Lengths of time and sizes with their units, as people write them.

use std::time::Duration;

const SECOND: u64 = 1000;
const TIMES: [(&str, u64); 5] = [
    ("d", 86_400 * SECOND),
    ("h", 3600 * SECOND),
    ("min", 60 * SECOND),
    ("s", SECOND),
    ("ms", 1),
];
const SIZES: [(&str, u64); 4] = [("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10), ("B", 1)];

/// `90 s`, `15min`, `1 h 30 min`; `m`, `sec`, `hours` and the like are understood. A bare number is not.
#[must_use]
pub fn read_duration(text: &str) -> Option<Duration> {
    let unit = |name: &str| {
        let short = match name {
            "d" | "day" | "days" => "d",
            "h" | "hour" | "hours" => "h",
            "m" | "min" | "mins" | "minute" | "minutes" => "min",
            "s" | "sec" | "secs" | "second" | "seconds" => "s",
            "ms" | "millisecond" | "milliseconds" => "ms",
            _ => return None,
        };
        TIMES
            .iter()
            .find(|(name, _)| *name == short)
            .map(|(_, size)| *size)
    };
    sum(text, unit).map(Duration::from_millis)
}

/// `64 MiB`, `512 KB`. Decimal units are powers of 1000, binary ones of 1024. A bare number is not understood.
#[must_use]
pub fn read_size(text: &str) -> Option<u64> {
    let unit = |name: &str| {
        Some(match name.to_ascii_lowercase().as_str() {
            "b" | "byte" | "bytes" => 1,
            "kb" => 1000,
            "kib" | "k" => 1 << 10,
            "mb" => 1_000_000,
            "mib" | "m" => 1 << 20,
            "gb" => 1_000_000_000,
            "gib" | "g" => 1 << 30,
            _ => return None,
        })
    };
    sum(text, unit)
}

/// In the largest unit that needs no fraction.
#[must_use]
pub fn show_duration(duration: Duration) -> String {
    if duration.is_zero() {
        return "0 s".to_owned();
    }
    show(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX), &TIMES)
}

/// In the largest unit that needs no fraction.
#[must_use]
pub fn show_size(size: u64) -> String {
    show(size, &SIZES)
}

fn show(amount: u64, units: &[(&str, u64)]) -> String {
    let fits = |size: u64| amount.is_multiple_of(size) && amount >= 2 * size || amount == size;
    units.iter().find(|(_, size)| fits(*size)).map_or_else(
        || format!("{amount} {}", units.last().map_or("", |(name, _)| name)),
        |(name, size)| format!("{} {name}", amount / size),
    )
}

/// The sum of numbers, each followed by its unit.
fn sum(text: &str, unit: impl Fn(&str) -> Option<u64>) -> Option<u64> {
    let mut rest = text.trim();
    let mut total: Option<u64> = None;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, after) = rest.split_at(digits);
        let after = after.trim_start();
        let letters = after
            .find(|c: char| !c.is_ascii_alphabetic())
            .unwrap_or(after.len());
        let (name, after) = after.split_at(letters);
        let part = number.parse::<u64>().ok()?.checked_mul(unit(name)?)?;
        total = Some(total.unwrap_or(0).checked_add(part)?);
        rest = after.trim_start();
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        let check = |text: &str, expect: Option<(u64, &str)>| {
            let read = read_duration(text);
            assert_eq!(
                read.map(|d| d.as_millis()),
                expect.map(|(ms, _)| u128::from(ms)),
                "{text}"
            );
            assert_eq!(
                read.map(show_duration).as_deref(),
                expect.map(|(_, shown)| shown),
                "{text}"
            );
        };
        check("2h", Some((7_200_000, "2 h")));
        check("60 s", Some((60_000, "1 min")));
        check("90 s", Some((90_000, "90 s")));
        check("1 h 30 min", Some((5_400_000, "90 min")));
        check("7 days", Some((604_800_000, "7 d")));
        check("24h", Some((86_400_000, "1 d")));
        check("250ms", Some((250, "250 ms")));
        check("0 s", Some((0, "0 s")));
        check("5", None);
        check("", None);
        check("h", None);
        check("-1 h", None);
        check("1.5 h", None);
        check("99999999999999999999 h", None);
        check("2 parsecs", None);
    }

    #[test]
    fn sizes_have_units() {
        let check = |text: &str, expect: Option<(u64, &str)>| {
            let read = read_size(text);
            assert_eq!(read, expect.map(|(size, _)| size), "{text}");
            assert_eq!(
                read.map(show_size).as_deref(),
                expect.map(|(_, shown)| shown),
                "{text}"
            );
        };
        check("64 MiB", Some((64 << 20, "64 MiB")));
        check("1024 kib", Some((1 << 20, "1 MiB")));
        check("1GB", Some((1_000_000_000, "1000000000 B")));
        check("12 b", Some((12, "12 B")));
        check("12", None);
        check("12 MiBs", None);
    }
}
