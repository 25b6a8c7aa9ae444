//! The fixed words of a document and the way dates, spans of time and numbers are written, in both languages.

use jiff::Timestamp;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use matoi_types::{Lang, Tlp};

use crate::model::{DocumentState, Signature};

/// A fixed word of the control block, header, footer or a filter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    DocumentNumber,
    Version,
    State,
    Prepared,
    Reviewed,
    Approved,
    Classification,
    Tlp,
    Issued,
    Distribution,
    Draft,
    Deputy,
    Unknown,
    Yes,
    No,
    Note,
    Important,
    Warning,
}

/// The word in a language.
pub(crate) const fn word(lang: Lang, word: Word) -> &'static str {
    let (ja, en) = match word {
        Word::DocumentNumber => ("文書番号", "Document no."),
        Word::Version => ("版", "Version"),
        Word::State => ("状態", "Status"),
        Word::Prepared => ("作成", "Prepared"),
        Word::Reviewed => ("審査", "Reviewed"),
        Word::Approved => ("承認", "Approved"),
        Word::Classification => ("機密区分", "Classification"),
        Word::Tlp => ("TLP", "TLP"),
        Word::Issued => ("発行日", "Issued"),
        Word::Distribution => ("配布先", "Distribution"),
        Word::Draft => ("草案", "DRAFT"),
        Word::Deputy => ("代決", "deputy"),
        Word::Unknown => ("未確認", "not known yet"),
        Word::Yes => ("はい", "yes"),
        Word::No => ("いいえ", "no"),
        Word::Note => ("補足", "Note"),
        Word::Important => ("重要", "Important"),
        Word::Warning => ("注意", "Warning"),
    };
    match lang {
        Lang::Ja => ja,
        Lang::En => en,
    }
}

/// The state of a document.
pub(crate) const fn state(lang: Lang, state: DocumentState) -> &'static str {
    match (lang, state) {
        (Lang::Ja, DocumentState::Draft) => "草案",
        (Lang::Ja, DocumentState::Approved) => "承認済",
        (Lang::En, DocumentState::Draft) => "Draft",
        (Lang::En, DocumentState::Approved) => "Approved",
    }
}

/// What stands between the members of a list in a line.
pub(crate) const fn list_comma(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "、",
        Lang::En => ", ",
    }
}

/// Role, name, deputy mark and date of a signature, on one line.
pub(crate) fn signature(lang: Lang, signature: &Signature) -> String {
    let mut out = String::new();
    if let Some(role) = &signature.role {
        out.push_str(role);
        out.push(' ');
    }
    out.push_str(&signature.name);
    if signature.deputy {
        out.push_str(&deputy_mark(lang));
    }
    if let Some(on) = signature.on {
        out.push_str(match lang {
            Lang::Ja => "　",
            Lang::En => ", ",
        });
        out.push_str(&date(lang, on));
    }
    out
}

/// The mark after the name of somebody who signed for another.
pub(crate) fn deputy_mark(lang: Lang) -> String {
    match lang {
        Lang::Ja => format!("（{}）", word(lang, Word::Deputy)),
        Lang::En => format!(" ({})", word(lang, Word::Deputy)),
    }
}

/// `文書番号　第1.0版` or `CSIRT-RPT-1, version 1.0`, for the footer.
pub(crate) fn document_line(lang: Lang, number: &str, version: &str) -> String {
    match lang {
        Lang::Ja => format!("{number}　第{version}版"),
        Lang::En => format!("{number}, version {version}"),
    }
}

/// A day: `2026年11月20日`, `20 November 2026`.
pub(crate) fn date(lang: Lang, date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match lang {
        Lang::Ja => format!("{year}年{month}月{day}日"),
        Lang::En => format!("{day} {} {year}", month_name(month)),
    }
}

/// A day in a table: `2026/11/20`, `20 Nov 2026`.
pub(crate) fn short_date(lang: Lang, date: Date) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match lang {
        Lang::Ja => format!("{year}/{month:02}/{day:02}"),
        Lang::En => format!("{day} {} {year}", month_name(month).get(..3).unwrap_or_default()),
    }
}

/// How a point in time is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TimeStyle {
    /// `2026/11/20 03:12`, `20 Nov 2026 03:12`.
    Short,
    /// `2026年11月20日（金）03:12`, `Friday 20 November 2026, 03:12`.
    Long,
    /// As long, and the abbreviation of the zone.
    Full,
    /// `03:12`.
    Clock,
    /// `2026-11-20T03:12:00+09:00`.
    Iso,
}

impl TimeStyle {
    /// The style of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        Some(match name {
            "short" => Self::Short,
            "long" => Self::Long,
            "full" => Self::Full,
            "clock" => Self::Clock,
            "iso" => Self::Iso,
            _ => return None,
        })
    }
}

/// A point in time in a zone.
pub(crate) fn datetime(lang: Lang, time: Timestamp, zone: &TimeZone, style: TimeStyle) -> String {
    let local = time.to_zoned(zone.clone());
    let clock = format!("{:02}:{:02}", local.hour(), local.minute());
    match (style, lang) {
        (TimeStyle::Short, _) => format!("{} {clock}", short_date(lang, local.date())),
        (TimeStyle::Long, Lang::Ja) => {
            format!(
                "{}（{}）{clock}",
                date(lang, local.date()),
                weekday(lang, local.weekday())
            )
        }
        (TimeStyle::Long, Lang::En) => {
            format!(
                "{} {}, {clock}",
                weekday(lang, local.weekday()),
                date(lang, local.date())
            )
        }
        (TimeStyle::Full, _) => {
            format!(
                "{} {}",
                datetime(lang, time, zone, TimeStyle::Long),
                local.strftime("%Z")
            )
        }
        (TimeStyle::Clock, _) => clock,
        (TimeStyle::Iso, _) => local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string(),
    }
}

/// The colour of a TLP label on a black ground (FIRST TLP 2.0).
pub(crate) const fn tlp_colour(label: Tlp) -> &'static str {
    match label {
        Tlp::Red => "#FF2B2B",
        Tlp::Amber | Tlp::AmberStrict => "#FFC000",
        Tlp::Green => "#33FF00",
        Tlp::Clear => "#FFFFFF",
    }
}

/// A time zone as a reader knows it; others by their IANA name.
pub(crate) fn zone_name(lang: Lang, name: &str) -> String {
    match (name, lang) {
        ("Asia/Tokyo" | "Japan", Lang::Ja) => "日本標準時（JST）".to_owned(),
        ("Asia/Tokyo" | "Japan", Lang::En) => "Japan Standard Time (JST)".to_owned(),
        ("UTC" | "Etc/UTC", Lang::Ja) => "協定世界時（UTC）".to_owned(),
        ("UTC" | "Etc/UTC", Lang::En) => "Coordinated Universal Time (UTC)".to_owned(),
        (name, _) => name.to_owned(),
    }
}

/// A span of time: `3時間12分`, `3 h 12 min`. Seconds are given only below one hour, and only if there are any.
pub(crate) fn duration(lang: Lang, seconds: i64) -> String {
    let total = seconds.unsigned_abs();
    let (days, hours, minutes, rest) = (total / 86_400, total / 3600 % 24, total / 60 % 60, total % 60);
    let mut parts: Vec<(u64, &str, &str)> =
        vec![(days, "日", "d"), (hours, "時間", "h"), (minutes, "分", "min")];
    if total < 3600 {
        parts.push((rest, "秒", "s"));
    }
    parts.retain(|(count, _, _)| *count > 0);
    if parts.is_empty() {
        parts.push((0, "秒", "s"));
    }
    let sign = if seconds < 0 { "−" } else { "" };
    match lang {
        Lang::Ja => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(count, ja, _)| format!("{count}{ja}"))
                .collect();
            format!("{sign}{}", parts.concat())
        }
        Lang::En => {
            let parts: Vec<String> = parts
                .iter()
                .map(|(count, _, en)| format!("{count} {en}"))
                .collect();
            format!("{sign}{}", parts.join(" "))
        }
    }
}

/// A number with its digits in groups of three: `1,240`. `decimals` digits follow the point.
pub(crate) fn number(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let text = format!("{:.*}", decimals.min(6), value.abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut out = String::new();
    if value < 0.0 && text.bytes().any(|b| (b'1'..=b'9').contains(&b)) {
        out.push('-');
    }
    out.push_str(&grouped(whole));
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
    out
}

/// Digits in groups of three.
pub(crate) fn grouped(digits: &str) -> String {
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

const fn month_name(month: i8) -> &'static str {
    match month {
        1 => "January",
        2 => "February",
        3 => "March",
        4 => "April",
        5 => "May",
        6 => "June",
        7 => "July",
        8 => "August",
        9 => "September",
        10 => "October",
        11 => "November",
        _ => "December",
    }
}

const fn weekday(lang: Lang, day: Weekday) -> &'static str {
    match (lang, day) {
        (Lang::Ja, Weekday::Monday) => "月",
        (Lang::Ja, Weekday::Tuesday) => "火",
        (Lang::Ja, Weekday::Wednesday) => "水",
        (Lang::Ja, Weekday::Thursday) => "木",
        (Lang::Ja, Weekday::Friday) => "金",
        (Lang::Ja, Weekday::Saturday) => "土",
        (Lang::Ja, Weekday::Sunday) => "日",
        (Lang::En, Weekday::Monday) => "Monday",
        (Lang::En, Weekday::Tuesday) => "Tuesday",
        (Lang::En, Weekday::Wednesday) => "Wednesday",
        (Lang::En, Weekday::Thursday) => "Thursday",
        (Lang::En, Weekday::Friday) => "Friday",
        (Lang::En, Weekday::Saturday) => "Saturday",
        (Lang::En, Weekday::Sunday) => "Sunday",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_its_zone_and_language() {
        let time: Timestamp = "2026-11-19T18:12:00Z".parse().unwrap();
        let tokyo = TimeZone::get("Asia/Tokyo").unwrap();
        let cases = [
            (Lang::Ja, TimeStyle::Short, "2026/11/20 03:12"),
            (Lang::Ja, TimeStyle::Long, "2026年11月20日（金）03:12"),
            (Lang::Ja, TimeStyle::Full, "2026年11月20日（金）03:12 JST"),
            (Lang::Ja, TimeStyle::Clock, "03:12"),
            (Lang::En, TimeStyle::Short, "20 Nov 2026 03:12"),
            (Lang::En, TimeStyle::Long, "Friday 20 November 2026, 03:12"),
            (Lang::En, TimeStyle::Iso, "2026-11-20T03:12:00+09:00"),
        ];
        for (lang, style, expect) in cases {
            assert_eq!(datetime(lang, time, &tokyo, style), expect);
        }
    }

    #[test]
    fn spans_of_time_name_what_matters() {
        let cases = [
            (0, "0秒", "0 s"),
            (45, "45秒", "45 s"),
            (95, "1分35秒", "1 min 35 s"),
            (11_520, "3時間12分", "3 h 12 min"),
            (11_523, "3時間12分", "3 h 12 min"),
            (90_000, "1日1時間", "1 d 1 h"),
            (-60, "−1分", "−1 min"),
        ];
        for (seconds, ja, en) in cases {
            assert_eq!(duration(Lang::Ja, seconds), ja);
            assert_eq!(duration(Lang::En, seconds), en);
        }
        assert!(!duration(Lang::Ja, i64::MIN).is_empty());
    }

    #[test]
    fn numbers_are_grouped() {
        let cases = [
            (0.0, 0, "0"),
            (1240.0, 0, "1,240"),
            (-1_234_567.5, 1, "-1,234,567.5"),
            (999.0, 0, "999"),
            (-0.2, 0, "0"),
        ];
        for (value, decimals, expect) in cases {
            assert_eq!(number(value, decimals), expect);
        }
    }
}
