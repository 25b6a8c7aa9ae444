//! Puts the layers over each other: defaults, the configuration file, the environment, the command line.

use std::fmt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::file;
use super::kind::{Kind, Raw, Value};
use super::settings::{self, OTHER_VARIABLES, SETTINGS, Setting};

/// The longest secret that is read from a file, in bytes.
const MAX_SECRET: usize = 64 * 1024;

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Nobody said anything.
    Default,
    /// A line of the configuration file.
    File(PathBuf, usize),
    /// An environment variable.
    Variable(String),
    /// A flag of the command line.
    Flag(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path, line) => write!(f, "{}:{line}", path.display()),
            Self::Variable(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// Something wrong with the configuration, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where: `FILE:LINE`, a variable, a flag, or a setting.
    pub place: String,
    /// What is wrong and what to do.
    pub message: String,
}

impl Problem {
    /// A problem at a place.
    pub fn new(place: impl fmt::Display, message: impl Into<String>) -> Self {
        Self {
            place: place.to_string(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// What the layers are read from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
    /// Environment variables, those of other programs too.
    pub variables: Vec<(String, String)>,
    /// Values from flags.
    pub flags: Vec<FlagValue>,
}

/// A value from the command line.
#[derive(Debug, Clone)]
pub struct FlagValue {
    /// The setting, as the user named it.
    pub path: String,
    /// The value as it was typed.
    pub text: String,
    /// The flag, for messages.
    pub flag: String,
}

/// A setting with its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Which setting.
    pub setting: &'static Setting,
    /// Its value, if it has one.
    pub value: Option<Value>,
    /// Where the value comes from.
    pub origin: Origin,
}

/// Every setting with its value.
#[derive(Debug, Clone)]
pub struct Effective {
    entries: Vec<Entry>,
    /// What is odd but does no harm.
    pub warnings: Vec<Problem>,
    /// Settings that somebody wrote and that could not be read; they have their defaults.
    broken: Vec<&'static str>,
    /// A whole layer could not be read.
    is_partial: bool,
}

impl Effective {
    /// Reads and checks every layer.
    ///
    /// # Errors
    /// Everything that is wrong, not only the first.
    pub fn load(sources: &Sources) -> Result<Self, Vec<Problem>> {
        match Self::read(sources) {
            (effective, problems) if problems.is_empty() => Ok(effective),
            (_, problems) => Err(problems),
        }
    }

    /// Reads every layer, with everything that is wrong. Settings that cannot be read have their defaults.
    #[must_use]
    pub fn read(sources: &Sources) -> (Self, Vec<Problem>) {
        let mut reading = Reading {
            entries: SETTINGS.iter().map(default_entry).collect(),
            problems: Vec::new(),
            warnings: Vec::new(),
            broken: Vec::new(),
            is_partial: false,
        };
        if let Some(path) = &sources.file {
            reading.file(path);
        }
        reading.variables(&sources.variables);
        for flag in &sources.flags {
            reading.flag(flag);
        }
        let effective = Self {
            entries: reading.entries,
            warnings: reading.warnings,
            broken: reading.broken,
            is_partial: reading.is_partial,
        };
        (effective, reading.problems)
    }

    /// Whether every one of these settings has the value that was written: else nothing can be said of how they fit.
    #[must_use]
    pub fn knows(&self, paths: &[&str]) -> bool {
        !self.is_partial && !paths.iter().any(|path| self.broken.contains(path))
    }

    /// A problem of a setting, at the place its value comes from.
    pub fn problem(&self, path: &str, message: impl Into<String>) -> Problem {
        let message = message.into();
        match self.entry(path).map(|entry| &entry.origin) {
            None | Some(Origin::Default) => Problem::new(path, message),
            Some(origin) => Problem::new(origin, format!("{path}: {message}")),
        }
    }

    /// Every setting, in the order of the example file.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// One setting.
    #[must_use]
    pub fn entry(&self, path: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.setting.path == path)
    }
}

struct Reading {
    entries: Vec<Entry>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    broken: Vec<&'static str>,
    is_partial: bool,
}

impl Reading {
    fn problem(&mut self, place: impl fmt::Display, message: impl Into<String>) {
        self.problems.push(Problem::new(place, message));
    }

    fn file(&mut self, path: &Path) {
        let text = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) => {
                self.is_partial = true;
                return self.problem(path.display(), format!("cannot be read: {error}"));
            }
        };
        let read = file::read(&text);
        self.is_partial = read.is_garbled;
        for (line, message) in read.problems {
            self.problem(Origin::File(path.to_owned(), line), message);
        }
        let directory = path.parent().unwrap_or(Path::new(""));
        for found in read.found {
            let origin = Origin::File(path.to_owned(), found.line);
            if found.is_secret_file {
                self.secret_file(found.setting, &found.raw, origin, directory);
            } else if found.setting.is_secret() {
                let (path, variable) = (found.setting.path, found.setting.variable());
                self.broken.push(path);
                self.problem(
                    origin,
                    format!(
                        "a secret does not stand in this file: name a file that holds it with {path}_file, or set {variable} in the environment"
                    ),
                );
            } else {
                self.set(found.setting, &found.raw, origin, directory);
            }
        }
    }

    fn variables(&mut self, variables: &[(String, String)]) {
        let value = |name: &str| {
            variables
                .iter()
                .find(|(found, value)| found == name && !value.is_empty())
                .map(|(_, value)| value.clone())
        };
        for setting in SETTINGS {
            let name = setting.variable();
            let file_name = format!("{name}_FILE");
            let text = value(&name);
            if setting.is_secret()
                && let Some(file) = value(&file_name)
            {
                if text.is_some() {
                    self.broken.push(setting.path);
                    self.problem(&name, format!("{file_name} is set too: only one of them can be"));
                    continue;
                }
                let origin = Origin::Variable(file_name);
                self.secret_file(setting, &Raw::Text(file), origin, Path::new(""));
            } else if let Some(text) = text {
                self.set(setting, &Raw::Text(text), Origin::Variable(name), Path::new(""));
            }
        }
        for (name, _) in variables {
            if let Some(message) = unknown_variable(name) {
                self.warnings.push(Problem::new(name, message));
            }
        }
    }

    fn flag(&mut self, flag: &FlagValue) {
        let origin = Origin::Flag(flag.flag.clone());
        if settings::find_secret_file(&flag.path).is_some()
            || settings::find(&flag.path).is_some_and(Setting::is_secret)
        {
            let path = flag.path.trim_end_matches("_file");
            return self.problem(
                origin,
                format!(
                    "a secret is never given on the command line, where every user of the machine can read it: use {path}_file in the configuration file, or the environment"
                ),
            );
        }
        match settings::find(&flag.path) {
            Some(setting) => self.set(setting, &Raw::Text(flag.text.clone()), origin, Path::new("")),
            None => self.problem(origin, file::unknown(&flag.path)),
        }
    }

    fn set(&mut self, setting: &'static Setting, raw: &Raw, origin: Origin, directory: &Path) {
        let read = setting
            .kind
            .read(raw)
            .and_then(|value| without_password(setting, value, &origin))
            .map(|value| rebased(setting, value, directory));
        match read {
            Ok(value) => self.put(setting, value, origin),
            Err(message) => {
                self.broken.push(setting.path);
                self.problem(origin, format!("{}: {message}", setting.path));
            }
        }
    }

    fn secret_file(&mut self, setting: &'static Setting, raw: &Raw, origin: Origin, directory: &Path) {
        let name = format!("{}_file", setting.path);
        let path = match Kind::Path.read(raw) {
            Ok(Value::Path(path)) => directory.join(path),
            Ok(_) => return,
            Err(message) => {
                self.broken.push(setting.path);
                return self.problem(origin, format!("{name}: {message}"));
            }
        };
        match read_secret(&path) {
            Ok(secret) => self.put(setting, Value::Text(secret), origin),
            Err(message) => {
                self.broken.push(setting.path);
                self.problem(origin, format!("{name}: {} {message}", path.display()));
            }
        }
    }

    fn put(&mut self, setting: &'static Setting, value: Value, origin: Origin) {
        if let Some(entry) = self
            .entries
            .iter_mut()
            .find(|entry| entry.setting.path == setting.path)
        {
            entry.value = Some(value);
            entry.origin = origin;
        }
    }
}

fn default_entry(setting: &'static Setting) -> Entry {
    let value = setting
        .default
        .and_then(|text| setting.kind.read(&Raw::Text(text.to_owned())).ok());
    Entry {
        setting,
        value,
        origin: Origin::Default,
    }
}

/// The password of a database stands in a place of its own, so that the rest can be shown and logged.
/// From the environment, where whole addresses are customary, it is accepted.
fn without_password(setting: &Setting, value: Value, origin: &Origin) -> Result<Value, String> {
    if let (Kind::DatabaseUrl, Value::Text(url)) = (setting.kind, &value)
        && has_password(url)
        && !matches!(origin, Origin::Variable(_))
    {
        return Err(
            "the address holds a password: name a file that holds it with database.password_file, or set MATOI_DATABASE_PASSWORD in the environment"
                .to_owned(),
        );
    }
    Ok(value)
}

/// Whether an address like `postgres://user:password@host/…?password=…` holds a password.
#[must_use]
pub fn has_password(url: &str) -> bool {
    let Some((_, rest)) = url.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let in_authority = authority
        .rsplit_once('@')
        .is_some_and(|(user, _)| user.contains(':'));
    let in_query = url
        .split_once('?')
        .is_some_and(|(_, query)| query.split('&').any(|pair| pair.starts_with("password=")));
    in_authority || in_query
}

/// Paths in the configuration file are relative to its directory, so that it means the same wherever it is read from.
fn rebased(setting: &Setting, value: Value, directory: &Path) -> Value {
    let within = |prefix: &str, text: &str| {
        text.strip_prefix(prefix)
            .map(|path| format!("{prefix}{}", directory.join(path).display()))
    };
    match (setting.kind, value) {
        (Kind::Path, Value::Path(path)) => Value::Path(directory.join(path)),
        (Kind::DatabaseUrl, Value::Text(text)) => {
            let plain = text.replacen("sqlite://", "sqlite:", 1);
            Value::Text(within("sqlite:", &plain).unwrap_or(text))
        }
        (Kind::BlobsUrl, Value::Text(text)) => Value::Text(within("file:", &text).unwrap_or(text)),
        (_, value) => value,
    }
}

fn read_secret(path: &Path) -> Result<String, String> {
    let bytes = Zeroizing::new(std::fs::read(path).map_err(|error| format!("cannot be read: {error}"))?);
    if bytes.len() > MAX_SECRET {
        return Err("is too long for a secret".to_owned());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "is not UTF-8 text".to_owned())?;
    let text = text.trim_end_matches(['\n', '\r']);
    if text.is_empty() {
        return Err("is empty".to_owned());
    }
    Ok(text.to_owned())
}

/// A variable that looks like a setting but is none. Only a warning: containers are given variables nobody asked for.
fn unknown_variable(name: &str) -> Option<String> {
    let rest = name.strip_prefix("MATOI_")?;
    if OTHER_VARIABLES.contains(&name) || rest.starts_with("TEST_") {
        return None;
    }
    let known = |wanted: &str| {
        SETTINGS.iter().any(|setting| {
            let variable = setting.variable();
            wanted == variable || setting.is_secret() && wanted == format!("{variable}_FILE")
        })
    };
    if known(name) {
        return None;
    }
    let nearest = SETTINGS
        .iter()
        .map(Setting::variable)
        .map(|variable| (strsim::normalized_damerau_levenshtein(name, &variable), variable))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .filter(|(likeness, _)| *likeness > 0.7);
    Some(match nearest {
        Some((_, variable)) => format!("this variable is not read; did you mean {variable}?"),
        None => "this variable is not read".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> Sources {
        Sources {
            variables: pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            ..Sources::default()
        }
    }

    fn flag(path: &str, text: &str) -> FlagValue {
        FlagValue {
            path: path.to_owned(),
            text: text.to_owned(),
            flag: "--set".to_owned(),
        }
    }

    fn shown(effective: &Effective, path: &str) -> String {
        let entry = effective.entry(path).unwrap();
        let value = entry.value.as_ref().map(ToString::to_string);
        format!("{} ({})", value.unwrap_or_default(), entry.origin)
    }

    #[test]
    fn every_default_is_a_value_of_its_kind() {
        for setting in SETTINGS {
            if let Some(text) = setting.default {
                let read = setting.kind.read(&Raw::Text(text.to_owned()));
                assert!(read.is_ok(), "{}: {read:?}", setting.path);
            }
        }
    }

    #[test]
    fn flags_win_over_the_environment_and_the_environment_over_the_file() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("matoi.toml");
        std::fs::write(
            &file,
            "data_dir = 'data'\n[server]\nlisten = '127.0.0.1:1'\n[log]\nlevel = 'warn'\nformat = 'json'\n",
        )
        .unwrap();
        let sources = Sources {
            file: Some(file.clone()),
            flags: vec![flag("server.listen", "127.0.0.1:3")],
            ..variables(&[
                ("MATOI_SERVER_LISTEN", "127.0.0.1:2"),
                ("MATOI_LOG_LEVEL", "debug"),
                ("MATOI_LANGUAGE", ""),
                ("PATH", "/bin"),
            ])
        };
        let effective = Effective::load(&sources).unwrap();
        assert_eq!(shown(&effective, "server.listen"), "\"127.0.0.1:3\" (--set)");
        assert_eq!(shown(&effective, "log.level"), "\"debug\" (MATOI_LOG_LEVEL)");
        assert_eq!(
            shown(&effective, "log.format"),
            format!("\"json\" ({}:6)", file.display())
        );
        assert_eq!(shown(&effective, "language"), "\"auto\" (default)");
        assert_eq!(
            shown(&effective, "data_dir"),
            format!("{:?} ({}:1)", dir.path().join("data"), file.display())
        );
        assert!(effective.warnings.is_empty(), "{:?}", effective.warnings);
    }

    #[test]
    fn a_secret_comes_from_a_file_or_the_environment_and_from_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("password"), "hunter2\n").unwrap();
        let file = dir.path().join("matoi.toml");
        std::fs::write(&file, "[database]\npassword_file = 'password'\n").unwrap();
        let sources = Sources {
            file: Some(file.clone()),
            ..Sources::default()
        };
        let effective = Effective::load(&sources).unwrap();
        assert_eq!(
            shown(&effective, "database.password"),
            format!("\"hunter2\" ({}:2)", file.display())
        );

        let check = |sources: Sources, expect: &str| {
            let problems = Effective::load(&sources).unwrap_err();
            let text: Vec<_> = problems.iter().map(ToString::to_string).collect();
            assert_eq!(text.len(), 1, "{text:?}");
            assert!(text[0].contains(expect), "{text:?}");
            assert!(!text[0].contains("hunter2"), "{text:?}");
        };
        std::fs::write(&file, "[database]\npassword = 'hunter2'\n").unwrap();
        check(sources, "matoi.toml:2: a secret does not stand in this file");
        let flags = Sources {
            flags: vec![flag("database.password", "hunter2")],
            ..Sources::default()
        };
        check(flags, "never given on the command line");
        let flags = Sources {
            flags: vec![flag("database.url", "postgres://matoi:hunter2@db/matoi")],
            ..Sources::default()
        };
        check(flags, "the address holds a password");
        let both = variables(&[
            ("MATOI_DATABASE_PASSWORD", "hunter2"),
            ("MATOI_DATABASE_PASSWORD_FILE", "/x"),
        ]);
        check(both, "only one of them");
        let missing = variables(&[("MATOI_DATABASE_PASSWORD_FILE", "/nowhere/password")]);
        check(missing, "/nowhere/password cannot be read");
        assert!(
            Effective::load(&variables(&[(
                "MATOI_DATABASE_URL",
                "postgres://matoi:hunter2@db/matoi"
            )]))
            .is_ok()
        );
    }

    #[test]
    fn a_misspelt_variable_is_a_warning() {
        let sources = variables(&[
            ("MATOI_SERVER_LISTN", "127.0.0.1:1"),
            ("MATOI_SERVICE_PORT_8322_TCP", "x"),
        ]);
        let warnings = Effective::load(&sources).unwrap().warnings;
        let text: Vec<_> = warnings.iter().map(ToString::to_string).collect();
        assert_eq!(
            text,
            [
                "MATOI_SERVER_LISTN: this variable is not read; did you mean MATOI_SERVER_LISTEN?",
                "MATOI_SERVICE_PORT_8322_TCP: this variable is not read",
            ]
        );
    }

    #[test]
    fn passwords_are_found_in_addresses() {
        for (url, expect) in [
            ("postgres://matoi@db/matoi", false),
            ("postgres://matoi:x@db/matoi", true),
            ("postgres://db:5432/matoi", false),
            ("postgres://matoi@db/matoi?password=x", true),
            ("postgres://matoi@db/matoi?sslmode=require", false),
            ("sqlite:/a:b@c", false),
        ] {
            assert_eq!(has_password(url), expect, "{url}");
        }
    }
}
