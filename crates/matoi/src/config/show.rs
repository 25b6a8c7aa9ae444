//! The configuration in force, with where each value comes from and without secrets.

use serde_json::json;

use super::kind::{Kind, Value};
use super::layers::{Effective, Entry, has_password};

/// What stands in the place of a secret.
pub const MASK: &str = "********";

/// A line per setting: name, value, where it comes from.
#[must_use]
pub fn as_text(effective: &Effective) -> String {
    let rows: Vec<_> = effective
        .entries()
        .iter()
        .map(|entry| {
            let value = shown(entry).map_or_else(|| "-".to_owned(), |value| value.to_string());
            (entry.setting.path, value, entry.origin.to_string())
        })
        .collect();
    let width = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or(0).min(60);
    let names = width(&mut rows.iter().map(|(name, ..)| name.len()));
    let values = width(&mut rows.iter().map(|(_, value, _)| value.chars().count()));
    rows.iter()
        .map(|(name, value, origin)| format!("{name:names$}  {value:values$}  {origin}\n"))
        .collect()
}

/// An array with one object per setting.
#[must_use]
pub fn as_json(effective: &Effective) -> serde_json::Value {
    effective
        .entries()
        .iter()
        .map(|entry| {
            json!({
                "setting": entry.setting.path,
                "value": shown(entry).map(|value| value.to_json()),
                "source": entry.origin.to_string(),
                "variable": entry.setting.variable(),
                "secret": entry.setting.is_secret(),
            })
        })
        .collect()
}

fn shown(entry: &Entry) -> Option<Value> {
    let value = entry.value.clone()?;
    Some(match (entry.setting.kind, &value) {
        (Kind::Secret, _) => Value::Text(MASK.to_owned()),
        (Kind::DatabaseUrl, Value::Text(url)) if has_password(url) => Value::Text(masked_url(url)),
        _ => value,
    })
}

/// The address without what stands between the user's name and the host, and without a query.
fn masked_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return MASK.to_owned();
    };
    let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let path = path.split('?').next().unwrap_or_default();
    match authority.rsplit_once('@') {
        Some((user, host)) => {
            let user = user.split(':').next().unwrap_or_default();
            format!("{scheme}://{user}:{MASK}@{host}{path}")
        }
        None => format!("{scheme}://{authority}{path}?{MASK}"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Sources;
    use super::*;

    #[test]
    fn no_secret_is_shown() {
        let sources = Sources {
            variables: [
                (
                    "MATOI_DATABASE_URL",
                    "postgres://matoi:hunter2@db.example/matoi?sslmode=require",
                ),
                ("MATOI_METRICS_TOKEN", "hunter2"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            ..Sources::default()
        };
        let effective = Effective::load(&sources).unwrap();
        let text = as_text(&effective);
        assert!(!text.contains("hunter2"), "{text}");
        assert!(
            text.contains("\"postgres://matoi:********@db.example/matoi\""),
            "{text}"
        );
        assert!(!as_json(&effective).to_string().contains("hunter2"));
    }
}
