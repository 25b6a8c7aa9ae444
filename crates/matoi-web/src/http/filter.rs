//! Reading the filters of a list from a query string, and writing them back: the same words for pages and the API.

use matoi_core::kernel::check::Fields;
use matoi_core::{Caller, Message};
use matoi_types::Timestamp;

/// An empty field of a filter form says nothing.
pub(crate) fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// The same as a text of its own.
pub(crate) fn text(value: &Option<String>) -> Option<String> {
    given(value).map(ToOwned::to_owned)
}

/// One of the names that are allowed.
pub(crate) fn one<T: std::str::FromStr>(
    fields: &mut Fields,
    pointer: &str,
    value: &Option<String>,
    allowed: impl Iterator<Item = &'static str>,
) -> Option<T> {
    let value = given(value)?;
    let parsed = value.parse().ok();
    if parsed.is_none() {
        wrong(fields, pointer, &allowed.collect::<Vec<_>>().join(", "));
    }
    parsed
}

/// A point in time with its offset, or a date or time of the caller's zone, as a filter form gives it.
pub(crate) fn time(
    fields: &mut Fields,
    caller: &Caller,
    pointer: &str,
    value: &Option<String>,
) -> Option<Timestamp> {
    let value = given(value)?;
    let local = value
        .parse::<jiff::civil::DateTime>()
        .ok()
        .filter(|_| !value.ends_with(['Z', 'z']))
        .and_then(|civil| {
            let zone = jiff::tz::TimeZone::get(&caller.zone).ok()?;
            let zoned = civil.to_zoned(zone).ok()?;
            Some(Timestamp::from_jiff(zoned.timestamp()))
        });
    match value.parse() {
        Ok(exact) => Some(exact),
        Err(_) if local.is_some() => local,
        Err(_) => {
            fields.wrong(pointer, Message::new("error-time"));
            None
        }
    }
}

/// Says what would have been allowed.
pub(crate) fn wrong(fields: &mut Fields, pointer: &str, allowed: &str) {
    fields.wrong(pointer, Message::new("error-one-of").with("allowed", allowed));
}

/// The query string of the same filters with another page.
pub(crate) fn link(pairs: &[(&str, &Option<String>)], cursor: Option<&str>) -> String {
    let mut link = String::from("?");
    for (name, value) in pairs {
        if let Some(value) = value.as_deref().filter(|value| !value.is_empty()) {
            link.push_str(&format!("{name}={}&", crate::ui::url_encode(value)));
        }
    }
    if let Some(cursor) = cursor {
        link.push_str(&format!("cursor={cursor}&"));
    }
    link.pop();
    link
}
