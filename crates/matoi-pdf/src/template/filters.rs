//! The filters of report templates. README.md of this crate lists them for authors of templates.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use matoi_types::{Importance, Lang, Severity, Tlp};
use minijinja::value::{Kwargs, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State};

use super::shield;
use crate::words::{self, TimeStyle};

/// Adds all filters.
pub(super) fn add(environment: &mut Environment<'static>) {
    environment.add_filter("datetime", datetime);
    environment.add_filter("date", date);
    environment.add_filter("zone_name", zone_name);
    environment.add_filter("since", since);
    environment.add_filter("duration", duration);
    environment.add_filter("number", number);
    environment.add_filter("money", money);
    environment.add_filter("markdown", markdown);
    environment.add_filter("tlp", tlp);
    environment.add_filter("defang", defang);
    environment.add_filter("term", term);
}

/// The language of the data.
pub(super) fn lang(state: &State<'_, '_>) -> Result<Lang, Error> {
    super::lang_of(state.lookup("lang").as_ref().and_then(Value::as_str))
        .ok_or_else(|| invalid("the data have no `lang`: expected \"ja\" or \"en\""))
}

/// `{{ time | datetime }}`, `{{ time | datetime("Asia/Tokyo", "long") }}`, `{{ time | datetime(style="clock") }}`.
fn datetime(
    state: &State<'_, '_>,
    value: &Value,
    zone: Option<&str>,
    style: Option<&str>,
    named: Kwargs,
) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let lang = lang(state)?;
    let named_zone: Option<&str> = named.get("zone")?;
    let named_style: Option<&str> = named.get("style")?;
    named.assert_all_used()?;
    let zone = time_zone(state, zone.or(named_zone))?;
    let name = style.or(named_style).unwrap_or("short");
    let style = TimeStyle::from_name(name).ok_or_else(|| {
        invalid(&format!(
            "no style `{name}`: expected short, long, full, clock or iso"
        ))
    })?;
    Ok(Value::from(words::datetime(
        lang,
        timestamp(value)?,
        &zone,
        style,
    )))
}

/// `{{ day | date }}`, `{{ day | date("short") }}`. Takes a day (`2026-11-20`) or a time, which is put into the zone.
fn date(state: &State<'_, '_>, value: &Value, style: Option<&str>) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let lang = lang(state)?;
    let text = value.as_str().unwrap_or_default();
    let day = match text.parse::<Date>() {
        Ok(day) if text.len() == 10 => day,
        _ => timestamp(value)?.to_zoned(time_zone(state, None)?).date(),
    };
    match style {
        None | Some("long") => Ok(Value::from(words::date(lang, day))),
        Some("short") => Ok(Value::from(words::short_date(lang, day))),
        Some(other) => Err(invalid(&format!("no style `{other}`: expected long or short"))),
    }
}

/// `{{ zone | zone_name }}`: a time zone as a reader knows it.
fn zone_name(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    let name = value
        .as_str()
        .ok_or_else(|| invalid("a time zone must be text"))?;
    time_zone(state, Some(name))?;
    Ok(Value::from(words::zone_name(lang(state)?, name)))
}

/// `{{ end | since(start) | duration }}`: seconds from one time to another; not known if either is not known.
fn since(value: &Value, earlier: &Value) -> Result<Value, Error> {
    if value.is_none() || earlier.is_none() {
        return Ok(Value::from(()));
    }
    let span = timestamp(value)?.duration_since(timestamp(earlier)?);
    Ok(Value::from(span.as_secs()))
}

/// `{{ seconds | duration }}`.
fn duration(state: &State<'_, '_>, value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let seconds = value
        .as_i64()
        .or_else(|| f64::try_from(value.clone()).ok().map(|seconds| seconds as i64))
        .ok_or_else(|| invalid("not a number of seconds"))?;
    Ok(Value::from(words::duration(lang(state)?, seconds)))
}

/// `{{ count | number }}`, `{{ share | number(1) }}`.
fn number(value: &Value, decimals: Option<usize>) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    Ok(Value::from(written_number(value, decimals.unwrap_or(0))?))
}

/// `{{ amount | money("JPY") }}`: `1,240,000円`, `JPY 1,240,000`.
fn money(state: &State<'_, '_>, value: &Value, currency: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let currency = currency.as_str().unwrap_or("JPY");
    let decimals = if matches!(currency, "JPY" | "KRW") { 0 } else { 2 };
    let amount = written_number(value, decimals)?;
    Ok(Value::from(match (lang(state)?, currency) {
        (Lang::Ja, "JPY") => format!("{amount}円"),
        _ => format!("{currency} {amount}"),
    }))
}

/// `{{ note | markdown }}`: the value is a note written in Markdown.
fn markdown(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let text = value.as_str().ok_or_else(|| invalid("a note must be text"))?;
    if text.trim().is_empty() {
        return Ok(Value::from(()));
    }
    Ok(Value::from_safe_string(shield::note(text)))
}

/// `{{ label | tlp }}`: checks the label and shows it in its colours.
fn tlp(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let label: Tlp = value
        .as_str()
        .unwrap_or_default()
        .parse()
        .map_err(|error: matoi_types::ParseTlpError| invalid(&error.to_string()))?;
    Ok(Value::from(label.as_str()))
}

/// `{{ url | defang }}`: an address that cannot be clicked by accident.
fn defang(value: &Value) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let text = value
        .as_str()
        .ok_or_else(|| invalid("only text can be defanged"))?;
    Ok(Value::from(defanged(text)))
}

/// `{{ case.severity | term("severity") }}`: a step of a scale in words. An unknown step is given as it is.
fn term(state: &State<'_, '_>, value: &Value, scale: &str) -> Result<Value, Error> {
    if value.is_none() {
        return Ok(Value::from(()));
    }
    let step = value
        .as_str()
        .ok_or_else(|| invalid("a step of a scale must be text"))?;
    let lang = lang(state)?;
    let words = match scale {
        "severity" => step
            .parse::<Severity>()
            .ok()
            .map(|step| severity(lang, step).to_owned()),
        "importance" => step
            .parse::<Importance>()
            .ok()
            .map(|step| importance(lang, step).to_owned()),
        "priority" => Some(step.to_ascii_uppercase()),
        other => {
            return Err(invalid(&format!(
                "no scale `{other}`: expected severity, importance or priority"
            )));
        }
    };
    Ok(Value::from(words.unwrap_or_else(|| step.to_owned())))
}

const fn severity(lang: Lang, step: Severity) -> &'static str {
    match (lang, step) {
        (Lang::Ja, Severity::Info) => "情報",
        (Lang::Ja, Severity::Low) => "低",
        (Lang::Ja, Severity::Medium) => "中",
        (Lang::Ja, Severity::High) => "高",
        (Lang::Ja, Severity::Critical) => "緊急",
        (Lang::En, Severity::Info) => "Information",
        (Lang::En, Severity::Low) => "Low",
        (Lang::En, Severity::Medium) => "Medium",
        (Lang::En, Severity::High) => "High",
        (Lang::En, Severity::Critical) => "Critical",
    }
}

const fn importance(lang: Lang, step: Importance) -> &'static str {
    match (lang, step) {
        (Lang::Ja, Importance::Low) => "低",
        (Lang::Ja, Importance::Medium) => "中",
        (Lang::Ja, Importance::High) => "高",
        (Lang::Ja, Importance::Critical) => "最重要",
        (Lang::En, Importance::Low) => "Low",
        (Lang::En, Importance::Medium) => "Medium",
        (Lang::En, Importance::High) => "High",
        (Lang::En, Importance::Critical) => "Critical",
    }
}

/// Breaks the scheme, the dots and the at signs of an address. What is broken already stays as it is.
fn defanged(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let lower = text.to_ascii_lowercase();
    let rest = if lower.starts_with("http")
        && lower
            .get(4..)
            .is_some_and(|r| r.starts_with(':') || r.starts_with("s:"))
    {
        let secure = lower.starts_with("https");
        out.push_str(if secure { "hxxps" } else { "hxxp" });
        text.get(if secure { 5.. } else { 4.. }).unwrap_or_default()
    } else {
        text
    };
    let mut before = None;
    for c in rest.chars() {
        match c {
            '.' | '@' if before != Some('[') => {
                out.push('[');
                out.push(c);
                out.push(']');
            }
            c => out.push(c),
        }
        before = Some(c);
    }
    out
}

fn written_number(value: &Value, decimals: usize) -> Result<String, Error> {
    if value.kind() != ValueKind::Number {
        return Err(invalid("not a number"));
    }
    if decimals == 0
        && value.is_integer()
        && let Ok(whole) = i128::try_from(value.clone())
    {
        let sign = if whole < 0 { "-" } else { "" };
        return Ok(format!(
            "{sign}{}",
            words::grouped(&whole.unsigned_abs().to_string())
        ));
    }
    let number = f64::try_from(value.clone()).map_err(|_| invalid("not a number"))?;
    Ok(words::number(number, decimals))
}

fn timestamp(value: &Value) -> Result<Timestamp, Error> {
    value.as_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        invalid(&format!(
            "not a point in time: {value}; expected RFC 3339, like 2026-11-20T03:12:00Z"
        ))
    })
}

fn time_zone(state: &State<'_, '_>, name: Option<&str>) -> Result<TimeZone, Error> {
    let from_data = state.lookup("zone");
    let name = name
        .or(from_data.as_ref().and_then(Value::as_str))
        .ok_or_else(|| invalid("the data have no `zone`: expected an IANA name such as \"Asia/Tokyo\""))?;
    TimeZone::get(name).map_err(|_| invalid(&format!("no time zone `{name}`")))
}

fn invalid(what: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, what.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defanging_breaks_addresses_once() {
        let cases = [
            ("http://evil.example/a.php", "hxxp://evil[.]example/a[.]php"),
            ("HTTPS://evil.example", "hxxps://evil[.]example"),
            ("198.51.100.7", "198[.]51[.]100[.]7"),
            ("a@evil.example", "a[@]evil[.]example"),
            ("hxxp://evil[.]example", "hxxp://evil[.]example"),
            ("9f86d081", "9f86d081"),
        ];
        for (raw, expect) in cases {
            assert_eq!(defanged(raw), expect);
            assert_eq!(defanged(expect), expect);
        }
    }
}
