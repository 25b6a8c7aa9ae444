//! Numbers for tools that know no other identifiers: `INC-2026-0142` and `20260000000142` are the same case.
//!
//! They fit into what JavaScript and Python take for an integer, and lead back to the number they were made from.

/// Numbers of one year.
const PER_YEAR: i64 = 10_000_000_000;
/// Added to the year of what is not an incident.
const OTHER_SERIES: i64 = 100_000;

/// The integer for a number like `ALT-2026-0007`.
pub(super) fn to_integer(number: &str) -> Option<i64> {
    let mut parts = number.splitn(3, '-');
    let (prefix, year, last) = (parts.next()?, parts.next()?, parts.next()?);
    let (year, last): (i64, i64) = (year.parse().ok()?, last.parse().ok()?);
    let series = if prefix == "INQ" { OTHER_SERIES } else { 0 };
    ((1..=9999).contains(&year) && (0..PER_YEAR).contains(&last)).then(|| (series + year) * PER_YEAR + last)
}

/// The number behind an integer, for the series that count cases.
pub(super) fn case(integer: i64) -> Option<String> {
    let (year, last) = split(integer)?;
    Some(if year >= OTHER_SERIES {
        format!("INQ-{}-{last:04}", year - OTHER_SERIES)
    } else {
        format!("INC-{year}-{last:04}")
    })
}

const fn split(integer: i64) -> Option<(i64, i64)> {
    if integer < PER_YEAR {
        return None;
    }
    Some((integer / PER_YEAR, integer % PER_YEAR))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_integer_leads_back_to_its_number() {
        for number in ["INC-2026-0142", "INQ-2026-0001", "INC-2027-123456789"] {
            let integer = to_integer(number).unwrap_or_default();
            assert_eq!(case(integer).as_deref(), Some(number));
            assert!(integer < 1 << 53);
        }
        assert_eq!(to_integer("ALT-2026-0007"), Some(20_260_000_000_007));
        for bad in ["", "INC", "INC-x-1", "INC-2026-99999999999"] {
            assert_eq!(to_integer(bad), None, "{bad}");
        }
        assert_eq!((case(7), case(-1)), (None, None));
    }
}
