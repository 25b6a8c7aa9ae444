//! The kinds of values a setting can have: how each is read, checked, shown and described.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use super::units;

/// What a setting takes.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// Any text in one line.
    Text,
    /// A text that is never shown, never stands in the configuration file and never on the command line.
    Secret,
    /// A file or directory. One in the configuration file is relative to the directory of that file.
    Path,
    /// An IP address with a port.
    Address,
    /// An `http://` or `https://` address.
    Url,
    /// A path below which everything lies, like `/matoi`.
    BasePath,
    /// `sqlite:FILE` or `postgres://…`.
    DatabaseUrl,
    /// `file:DIRECTORY` or `s3://BUCKET/PREFIX`.
    BlobsUrl,
    /// What is logged, as `tracing` filters it: a level, or levels by module.
    LogFilter,
    /// True or false.
    Flag,
    /// A whole number, from and to.
    Number(i64, i64),
    /// A length of time with its unit, from and to, in seconds.
    Duration(u64, u64),
    /// A number of bytes with its unit, from and to.
    Size(u64, u64),
    /// One of these.
    Choice(&'static [&'static str]),
    /// Texts.
    List,
    /// IP addresses and networks.
    Networks,
    /// Names, each with a list of texts.
    Table,
}

/// A value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, a choice, an address of the web, a filter.
    Text(String),
    /// A file or directory.
    Path(PathBuf),
    /// An IP address with a port.
    Address(SocketAddr),
    /// True or false.
    Flag(bool),
    /// A whole number.
    Number(i64),
    /// A length of time.
    Duration(Duration),
    /// A number of bytes.
    Size(u64),
    /// Texts.
    List(Vec<String>),
    /// Addresses and networks.
    Networks(Vec<IpNet>),
    /// Names, each with a list of texts.
    Table(Vec<(String, Vec<String>)>),
}

/// A value as it was written, before it is known whether it fits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Raw {
    /// A text, or anything that came from the environment or the command line.
    Text(String),
    /// A whole number.
    Number(i64),
    /// True or false.
    Flag(bool),
    /// A list.
    List(Vec<Raw>),
    /// A table.
    Table(Vec<(String, Raw)>),
    /// Something no setting takes: its name.
    Other(&'static str),
}

impl Kind {
    /// The value, if what was written is one.
    ///
    /// # Errors
    /// What is wrong and what is expected, without naming the setting, and never repeating a secret.
    pub fn read(self, raw: &Raw) -> Result<Value, String> {
        self.try_read(raw)
            .ok_or_else(|| match self {
                Self::Secret => format!("expected {self}"),
                _ => format!("{raw} is not right: expected {self}"),
            })
            .and_then(|value| self.within_bounds(value))
    }

    fn try_read(self, raw: &Raw) -> Option<Value> {
        match self {
            Self::Text => raw.text().map(Value::Text),
            Self::Secret => raw.text().filter(|text| !text.is_empty()).map(Value::Text),
            Self::Path => raw
                .text()
                .filter(|text| !text.is_empty())
                .map(|text| Value::Path(text.into())),
            Self::Address => raw.text()?.parse().ok().map(Value::Address),
            Self::Url => raw
                .text()
                .map(|text| text.trim_end_matches('/').to_owned())
                .filter(|text| is_web_address(text))
                .map(Value::Text),
            Self::BasePath => raw
                .text()
                .map(|text| text.trim_end_matches('/').to_owned())
                .filter(|text| is_base_path(text))
                .map(Value::Text),
            Self::DatabaseUrl => raw
                .text()
                .filter(|text| text.parse::<matoi_db::DbUrl>().is_ok())
                .map(Value::Text),
            Self::BlobsUrl => raw.text().filter(|text| is_blobs_url(text)).map(Value::Text),
            Self::LogFilter => raw.text().filter(|text| is_log_filter(text)).map(Value::Text),
            Self::Flag => match raw {
                Raw::Flag(flag) => Some(Value::Flag(*flag)),
                Raw::Text(text) => text.trim().parse().ok().map(Value::Flag),
                _ => None,
            },
            Self::Number(..) => match raw {
                Raw::Number(number) => Some(Value::Number(*number)),
                Raw::Text(text) => text.trim().parse().ok().map(Value::Number),
                _ => None,
            },
            Self::Duration(..) => units::read_duration(&raw.text()?).map(Value::Duration),
            Self::Size(..) => units::read_size(&raw.text()?).map(Value::Size),
            Self::Choice(allowed) => raw
                .text()
                .filter(|text| allowed.contains(&text.as_str()))
                .map(Value::Text),
            Self::List => raw.texts().map(Value::List),
            Self::Networks => raw
                .texts()?
                .iter()
                .map(|text| read_network(text))
                .collect::<Option<_>>()
                .map(Value::Networks),
            Self::Table => raw.table().map(Value::Table),
        }
    }

    fn within_bounds(self, value: Value) -> Result<Value, String> {
        let outside = match (self, &value) {
            (Self::Number(least, most), Value::Number(number)) => !(least..=most).contains(number),
            (Self::Duration(least, most), Value::Duration(duration)) => {
                *duration < Duration::from_secs(least) || *duration > Duration::from_secs(most)
            }
            (Self::Size(least, most), Value::Size(size)) => !(least..=most).contains(size),
            _ => false,
        };
        if outside {
            Err(format!("{value} is outside of what is allowed: expected {self}"))
        } else {
            Ok(value)
        }
    }
}

impl fmt::Display for Kind {
    /// What is expected, as an error message and the example file say it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text => f.write_str("a text"),
            Self::Secret => f.write_str("a text that is not empty"),
            Self::Path => f.write_str("a file or directory"),
            Self::Address => f.write_str("an IP address and a port like \"127.0.0.1:8322\" or \"[::]:8322\""),
            Self::Url => {
                f.write_str("an address like \"https://matoi.example\" or \"https://www.example/matoi\"")
            }
            Self::BasePath => f.write_str("a path like \"/matoi\" made of letters, digits and - . _ ~ /"),
            Self::DatabaseUrl => f.write_str("\"sqlite:FILE\" or \"postgres://USER@HOST/DATABASE\""),
            Self::BlobsUrl => f.write_str("\"file:DIRECTORY\" or \"s3://BUCKET/PREFIX\""),
            Self::LogFilter => f.write_str(
                "error, warn, info, debug or trace, or such levels by module like \"info,matoi_web=debug\"",
            ),
            Self::Flag => f.write_str("true or false"),
            Self::Number(least, most) => write!(f, "a whole number from {least} to {most}"),
            Self::Duration(least, most) => write!(
                f,
                "a length of time like \"30 s\", \"15 min\", \"2 h\" or \"7 d\", from \"{}\" to \"{}\"",
                units::show_duration(Duration::from_secs(*least)),
                units::show_duration(Duration::from_secs(*most))
            ),
            Self::Size(least, most) => write!(
                f,
                "a size like \"512 KiB\" or \"64 MiB\", from \"{}\" to \"{}\"",
                units::show_size(*least),
                units::show_size(*most)
            ),
            Self::Choice(allowed) => {
                let quoted: Vec<_> = allowed.iter().map(|name| format!("\"{name}\"")).collect();
                f.write_str(&quoted.join(" or "))
            }
            Self::List => f.write_str("a list of texts"),
            Self::Networks => f.write_str(
                "a list of addresses or networks like [\"127.0.0.1\", \"10.0.0.0/8\", \"fd00::/8\"]",
            ),
            Self::Table => f.write_str("names with lists of texts, like \"name\" = [\"a\", \"b\"]"),
        }
    }
}

impl fmt::Display for Value {
    /// As it would be written in the configuration file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::Path(path) => f.write_str(&quoted(&path.display().to_string())),
            Self::Address(address) => f.write_str(&quoted(&address.to_string())),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Duration(duration) => f.write_str(&quoted(&units::show_duration(*duration))),
            Self::Size(size) => f.write_str(&quoted(&units::show_size(*size))),
            Self::List(texts) => f.write_str(&list(texts)),
            Self::Networks(networks) => f.write_str(&list(networks)),
            Self::Table(entries) => {
                let inside: Vec<_> = entries
                    .iter()
                    .map(|(name, texts)| format!("{} = {}", quoted(name), list(texts)))
                    .collect();
                write!(f, "{{ {} }}", inside.join(", "))
            }
        }
    }
}

impl Value {
    /// For machines: numbers as numbers (seconds, bytes), the rest as text.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Path(path) => path.display().to_string().into(),
            Self::Address(address) => address.to_string().into(),
            Self::Flag(flag) => (*flag).into(),
            Self::Number(number) => (*number).into(),
            Self::Duration(duration) if duration.subsec_nanos() == 0 => duration.as_secs().into(),
            Self::Duration(duration) => duration.as_secs_f64().into(),
            Self::Size(size) => (*size).into(),
            Self::List(texts) => texts.clone().into(),
            Self::Networks(networks) => networks.iter().map(ToString::to_string).collect(),
            Self::Table(entries) => entries
                .iter()
                .map(|(name, texts)| (name.clone(), serde_json::Value::from(texts.clone())))
                .collect(),
        }
    }
}

impl Raw {
    fn text(&self) -> Option<String> {
        match self {
            Self::Text(text) if !text.contains(['\n', '\r', '\0']) => Some(text.trim().to_owned()),
            // `connections = 6` and `idle = 0` are read where a text with a unit is wanted too, to say what is wrong.
            Self::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A list; from the environment and the command line with commas between.
    fn texts(&self) -> Option<Vec<String>> {
        match self {
            Self::List(items) => items.iter().map(Self::text).collect(),
            Self::Text(text) => Some(
                text.split(',')
                    .map(str::trim)
                    .filter(|item| !item.is_empty())
                    .map(ToOwned::to_owned)
                    .collect(),
            ),
            _ => None,
        }
    }

    /// A table; from the environment and the command line like `name=a,b;other=c`.
    fn table(&self) -> Option<Vec<(String, Vec<String>)>> {
        match self {
            Self::Table(entries) => entries
                .iter()
                .map(|(name, raw)| Some((name.clone(), raw.texts()?)))
                .collect(),
            Self::Text(text) => text
                .split(';')
                .map(str::trim)
                .filter(|entry| !entry.is_empty())
                .map(|entry| {
                    let (name, texts) = entry.split_once('=')?;
                    Some((name.trim().to_owned(), Self::Text(texts.to_owned()).texts()?))
                })
                .collect(),
            _ => None,
        }
    }
}

impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => {
                // A value can be anything that was pasted; its beginning is enough to find it.
                let short: String = text.chars().take(80).collect();
                f.write_str(&quoted(&short))
            }
            Self::Number(number) => write!(f, "{number}"),
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::List(_) => f.write_str("a list"),
            Self::Table(_) => f.write_str("a table"),
            Self::Other(name) => write!(f, "a {name}"),
        }
    }
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn list(items: &[impl fmt::Display]) -> String {
    let items: Vec<_> = items.iter().map(|item| quoted(&item.to_string())).collect();
    format!("[{}]", items.join(", "))
}

fn read_network(text: &str) -> Option<IpNet> {
    text.parse::<IpNet>()
        .ok()
        .or_else(|| text.parse::<std::net::IpAddr>().ok().map(IpNet::from))
        .map(|network| network.trunc())
}

fn is_web_address(text: &str) -> bool {
    let Some(rest) = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
    else {
        return false;
    };
    let (host, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
    let plain_host = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | ':' | '[' | ']');
    !host.is_empty() && host.chars().all(plain_host) && is_base_path(path)
}

fn is_base_path(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '_' | '~');
    text.is_empty()
        || text.strip_prefix('/').is_some_and(|rest| {
            rest.split('/')
                .all(|part| !part.is_empty() && part != "." && part != ".." && part.chars().all(plain))
        })
}

fn is_blobs_url(text: &str) -> bool {
    let rest = |prefix| text.strip_prefix(prefix).filter(|rest| !rest.is_empty());
    rest("file:").is_some() || rest("s3://").is_some_and(|bucket| !bucket.starts_with('/'))
}

fn is_log_filter(text: &str) -> bool {
    !text.is_empty() && tracing_subscriber::EnvFilter::try_new(text).is_ok() && !has_unknown_level(text)
}

/// `EnvFilter` takes a misspelt level for the name of a module: `inof` would silence everything.
fn has_unknown_level(text: &str) -> bool {
    const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
    text.split(',')
        .map(str::trim)
        .filter(|part| !part.is_empty() && !part.contains('['))
        .any(|part| {
            let level = part.rsplit_once('=').map_or(part, |(_, level)| level);
            !LEVELS.contains(&level.to_ascii_lowercase().as_str())
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(kind: Kind, text: &str, expect: Option<&str>) {
        let shown = kind
            .read(&Raw::Text(text.to_owned()))
            .ok()
            .map(|value| value.to_string());
        assert_eq!(shown.as_deref(), expect, "{kind:?} {text}");
    }

    #[test]
    fn values_are_read_from_text() {
        check(Kind::Address, "127.0.0.1:80", Some("\"127.0.0.1:80\""));
        check(Kind::Address, "localhost:80", None);
        check(Kind::Url, "https://a.example/", Some("\"https://a.example\""));
        check(
            Kind::Url,
            "https://a.example/matoi/",
            Some("\"https://a.example/matoi\""),
        );
        check(Kind::Url, "https://user@a.example", None);
        check(Kind::Url, "https://a.example/x?y", None);
        check(Kind::Url, "ftp://a.example", None);
        check(Kind::BasePath, "/a/b/", Some("\"/a/b\""));
        check(Kind::BasePath, "a", None);
        check(Kind::BasePath, "/a/../b", None);
        check(Kind::BasePath, "", Some("\"\""));
        check(Kind::Flag, "true", Some("true"));
        check(Kind::Flag, "yes", None);
        check(Kind::Number(1, 10), "10", Some("10"));
        check(Kind::Number(1, 10), "11", None);
        check(Kind::Duration(1, 3600), "90s", Some("\"90 s\""));
        check(Kind::Duration(1, 3600), "2 h", None);
        check(Kind::Size(1, 1 << 30), "64 MiB", Some("\"64 MiB\""));
        check(Kind::Choice(&["text", "json"]), "json", Some("\"json\""));
        check(Kind::Choice(&["text", "json"]), "JSON", None);
        check(Kind::List, "a, b,", Some("[\"a\", \"b\"]"));
        check(
            Kind::Networks,
            "10.1.2.3/8, ::1",
            Some("[\"10.0.0.0/8\", \"::1/128\"]"),
        );
        check(Kind::Networks, "proxy", None);
        check(
            Kind::Table,
            "csirt=handler,csirt_lead; soc = soc_operator",
            Some("{ \"csirt\" = [\"handler\", \"csirt_lead\"], \"soc\" = [\"soc_operator\"] }"),
        );
        check(
            Kind::LogFilter,
            "info,matoi_web=debug",
            Some("\"info,matoi_web=debug\""),
        );
        check(Kind::LogFilter, "inof", None);
        check(Kind::LogFilter, "", None);
        check(
            Kind::BlobsUrl,
            "s3://bucket/prefix",
            Some("\"s3://bucket/prefix\""),
        );
        check(Kind::BlobsUrl, "s3:///x", None);
        check(Kind::BlobsUrl, "/var/blobs", None);
        check(Kind::DatabaseUrl, "mysql://x", None);
    }

    #[test]
    fn an_error_says_what_is_expected_and_never_repeats_a_secret() {
        let error = Kind::Size(1024, 1 << 30).read(&Raw::Number(5)).unwrap_err();
        assert_eq!(
            error,
            "5 is not right: expected a size like \"512 KiB\" or \"64 MiB\", from \"1 KiB\" to \"1 GiB\""
        );
        let error = Kind::Secret
            .read(&Raw::List(vec![Raw::Text("hunter2".to_owned())]))
            .unwrap_err();
        assert_eq!(error, "expected a text that is not empty");
    }
}
