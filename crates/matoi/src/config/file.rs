//! The configuration file: TOML, every key known, every mistake with its line.

use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::kind::Raw;
use super::settings::{self, SECTIONS, SETTINGS, Setting};

/// How alike two names must be to be suggested.
const ALIKE: f64 = 0.7;

/// What stands in the file.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) found: Vec<Found>,
    /// Line and what is wrong there.
    pub(super) problems: Vec<(usize, String)>,
    /// It is no TOML: what else stands in it is not known.
    pub(super) is_garbled: bool,
}

/// A value in the file.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) setting: &'static Setting,
    /// The value is the file of the secret, not the secret.
    pub(super) is_secret_file: bool,
    pub(super) raw: Raw,
    pub(super) line: usize,
}

/// Reads the text of a configuration file. Takes any text.
pub(super) fn read(text: &str) -> Read {
    let mut read = Read::default();
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        let at = error.span().unwrap_or_default();
        read.problems.push((line(text, &at), error.message().to_owned()));
    }
    // What follows a syntax error is guesswork: complaining about it would hide the error itself.
    read.is_garbled = !read.problems.is_empty();
    if !read.is_garbled {
        walk(text, "", table.get_ref(), &mut read);
    }
    read.problems.sort();
    read
}

fn walk(text: &str, prefix: &str, table: &DeTable<'_>, read: &mut Read) {
    for (key, value) in table.iter() {
        let line = line(text, &key.span());
        let path = match prefix {
            "" => key.get_ref().to_string(),
            _ => format!("{prefix}.{}", key.get_ref()),
        };
        let secret_file = settings::find_secret_file(&path);
        if let Some(setting) = settings::find(&path).or(secret_file) {
            read.found.push(Found {
                setting,
                is_secret_file: secret_file.is_some(),
                raw: raw(value),
                line,
            });
        } else if SECTIONS.iter().any(|section| section.name == path) {
            match value.get_ref() {
                DeValue::Table(inside) => walk(text, &path, inside, read),
                other => read.problems.push((
                    line,
                    format!(
                        "{path} is a table, written [{path}], and not {}",
                        article(other.type_str())
                    ),
                )),
            }
        } else {
            read.problems.push((line, unknown(&path)));
        }
    }
}

/// Says that there is no such setting, and which one may be meant.
pub(super) fn unknown(path: &str) -> String {
    let name = path.rsplit('.').next().unwrap_or(path);
    let secret_files = SETTINGS
        .iter()
        .filter(|setting| setting.is_secret())
        .map(|setting| format!("{}_file", setting.path));
    let all = SETTINGS
        .iter()
        .filter(|setting| !setting.is_secret())
        .map(|setting| setting.path.to_owned())
        .chain(secret_files)
        .chain(SECTIONS.iter().map(|section| section.name.to_owned()));
    let nearest = all
        .map(|known| {
            let known_name = known.rsplit('.').next().unwrap_or(&known);
            let whole = strsim::normalized_damerau_levenshtein(path, &known);
            // The right name in the wrong table is a common slip, but a weaker hint.
            let last = strsim::normalized_damerau_levenshtein(name, known_name) * 0.95;
            (whole.max(last), known)
        })
        .filter(|(alike, known)| *alike > ALIKE && !known.is_empty())
        .max_by(|a, b| a.0.total_cmp(&b.0));
    match nearest {
        Some((_, known)) => format!("there is no setting {path}; did you mean {known}?"),
        None => format!("there is no setting {path}; `matoi config show --example` lists them"),
    }
}

fn raw(value: &Spanned<DeValue<'_>>) -> Raw {
    match value.get_ref() {
        DeValue::String(text) => Raw::Text(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            i64::from_str_radix(&digits, number.radix())
                .map_or(Raw::Other("number that is too large"), Raw::Number)
        }
        DeValue::Boolean(flag) => Raw::Flag(*flag),
        DeValue::Array(items) => Raw::List(items.iter().map(raw).collect()),
        DeValue::Table(table) => Raw::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), raw(value)))
                .collect(),
        ),
        DeValue::Float(_) => Raw::Other("number with a fraction"),
        DeValue::Datetime(_) => Raw::Other("date"),
    }
}

fn article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

fn line(text: &str, at: &Range<usize>) -> usize {
    text.as_bytes()
        .iter()
        .take(at.start)
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(usize, &str)]) {
        let problems = read(text).problems;
        let problems: Vec<_> = problems
            .iter()
            .map(|(line, text)| (*line, text.as_str()))
            .collect();
        assert_eq!(problems, expect, "{text}");
    }

    #[test]
    fn mistakes_are_named_with_their_line() {
        check("[server]\nlisten = '127.0.0.1:1'\n", &[]);
        check(
            "\n[server]\nlisten = '127.0.0.1:1'\nlistn = 1\n",
            &[(4, "there is no setting server.listn; did you mean server.listen?")],
        );
        check(
            "listen = 1",
            &[(1, "there is no setting listen; did you mean server.listen?")],
        );
        check(
            "[databse]\nurl = 'x'",
            &[(1, "there is no setting databse; did you mean database?")],
        );
        check(
            "colour = 'blue'",
            &[(
                1,
                "there is no setting colour; `matoi config show --example` lists them",
            )],
        );
        check(
            "[oidc]\nclient_secrets_file = 'x'",
            &[(
                2,
                "there is no setting oidc.client_secrets_file; did you mean oidc.client_secret_file?",
            )],
        );
        check(
            "server = 5",
            &[(1, "server is a table, written [server], and not an integer")],
        );
    }

    #[test]
    fn what_is_no_toml_is_named_with_its_line() {
        let problems = read("[server]\nlisten = \n").problems;
        assert_eq!(problems.first().map(|problem| problem.0), Some(2), "{problems:?}");
        let problems = read("[server]\nlisten = '1'\nlisten = '2'\n").problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert_eq!(problems[0].0, 3, "{problems:?}");
    }

    #[test]
    fn values_are_kept_as_they_were_written() {
        let read = read(
            "[database]\nconnections = 1_0\npassword_file = 'p'\n[oidc]\nroles = { a = ['b'] }\n[session]\nidle = 1.5\n",
        );
        assert!(read.problems.is_empty(), "{:?}", read.problems);
        let raw = |path: &str| {
            let found = read
                .found
                .iter()
                .find(|found| found.setting.path == path)
                .unwrap();
            (found.raw.clone(), found.line, found.is_secret_file)
        };
        assert_eq!(raw("database.connections"), (Raw::Number(10), 2, false));
        assert_eq!(raw("database.password"), (Raw::Text("p".to_owned()), 3, true));
        let roles = Raw::Table(vec![("a".to_owned(), Raw::List(vec![Raw::Text("b".to_owned())]))]);
        assert_eq!(raw("oidc.roles"), (roles, 5, false));
        assert_eq!(
            raw("session.idle"),
            (Raw::Other("number with a fraction"), 7, false)
        );
    }
}
