//! Report templates: Jinja over Markdown, filled with the data of a case.
//!
//! A template is a file that users copy and change, so it is treated as foreign: it sees the data and nothing else, it
//! cannot open files, include others or run for ever, and each mistake in it is answered with its line. Values are never
//! Markdown unless the template says `| markdown`, and then only as a note with small headings and checked links.

mod filters;
pub(crate) mod shield;

use std::fmt;
use std::io;

use matoi_types::Lang;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{AutoEscape, Environment, ErrorKind, Output, State, UndefinedBehavior};
use serde::{Deserialize, Serialize};

use crate::error::{Diagnostic, Error};
use crate::markdown::{Parsed, parse_filled};
use crate::words::{self, Word};

/// How many instructions a template may run.
const FUEL: u64 = 3_000_000;
/// How deeply macros may call each other.
const MAX_RECURSION: usize = 40;
/// How many bytes a template or its output may have.
const MAX_TEMPLATE: usize = 1 << 20;
const MAX_OUTPUT: usize = crate::clean::MAX_TEXT;

/// A text with the name under which errors speak of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TextFile {
    /// The name, such as `internal.ja.md`. It is only shown, never opened.
    pub name: String,
    /// The content.
    pub text: String,
}

/// Fills a Markdown template with data and reads the result.
///
/// `data` is a JSON object. It must have `lang` (`ja` or `en`) and `zone` (an IANA name), which the filters use.
/// README.md of this crate documents the filters and the data of an incident report.
///
/// # Errors
/// [`Error::Template`] with file, line and name for anything wrong in the template or missing in the data;
/// [`Error::Limit`] if template or output are too large or the template runs too long.
pub fn fill_template(template: &TextFile, data: &serde_json::Value) -> Result<Parsed, Error> {
    let filled = fill(template, data)?;
    parse_filled(&filled)
}

fn fill(template: &TextFile, data: &serde_json::Value) -> Result<String, Error> {
    if template.text.len() > MAX_TEMPLATE {
        return Err(Error::limit("template in bytes", MAX_TEMPLATE));
    }
    // Marks that only this crate may set, and line ends that differ by editor.
    let text = shield::without_marks(&template.text).replace("\r\n", "\n");
    let environment = environment()?;
    let fail = |error: minijinja::Error| failure(template, &text, &error);
    let compiled = environment
        .template_from_named_str(&template.name, &text)
        .map_err(fail)?;
    let mut sink = Sink::default();
    let outcome = compiled
        .render_captured_to(Value::from(Serde(data)), &mut sink)
        .map(drop);
    if sink.full {
        return Err(Error::limit("output of the template in bytes", MAX_OUTPUT));
    }
    outcome.map_err(fail)?;
    String::from_utf8(sink.bytes).map_err(Error::internal)
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build()
        .map_err(Error::internal)?;
    environment.set_syntax(syntax);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::Custom("markdown".into()));
    environment.set_formatter(format_value);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(MAX_RECURSION);
    environment.set_debug(true);
    for unwanted in ["safe", "escape", "e", "pprint"] {
        environment.remove_filter(unwanted);
    }
    environment.remove_global("debug");
    filters::add(&mut environment);
    Ok(environment)
}

/// Writes a value so that nothing in it is Markdown. What is not known says so.
fn format_value(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    if value.is_safe() {
        return write(out, value.as_str().unwrap_or_default());
    }
    let text = match value.kind() {
        ValueKind::Undefined => return Err(ErrorKind::UndefinedError.into()),
        ValueKind::None => words::word(filters::lang(state)?, Word::Unknown).to_owned(),
        ValueKind::Bool => {
            let word = if value.is_true() { Word::Yes } else { Word::No };
            words::word(filters::lang(state)?, word).to_owned()
        }
        ValueKind::Number | ValueKind::String => value.to_string(),
        kind => {
            return Err(minijinja::Error::new(
                ErrorKind::InvalidOperation,
                format!("a {kind} cannot be printed: loop over it or name a part of it"),
            ));
        }
    };
    write(out, &shield::shield(&text))
}

fn write(out: &mut Output<'_>, text: &str) -> Result<(), minijinja::Error> {
    fmt::Write::write_str(out, text).map_err(minijinja::Error::from)
}

/// Collects output up to the limit.
#[derive(Default)]
struct Sink {
    bytes: Vec<u8>,
    full: bool,
}

impl io::Write for Sink {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + buffer.len() > MAX_OUTPUT {
            self.full = true;
            return Err(io::Error::other("output too long"));
        }
        self.bytes.extend_from_slice(buffer);
        Ok(buffer.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn failure(template: &TextFile, source: &str, error: &minijinja::Error) -> Error {
    if error.kind() == ErrorKind::OutOfFuel {
        return Error::limit("running time of the template in instructions", FUEL as usize);
    }
    let range = error.range().filter(|range| !range.is_empty());
    let subject = range
        .clone()
        .and_then(|range| source.get(range))
        .map(str::trim)
        .filter(|text| !text.is_empty() && !text.contains('\n'))
        .map(|text| text.chars().take(120).collect());
    let column = range.and_then(|range| {
        let before = source.get(..range.start)?;
        let line = before.rsplit('\n').next().unwrap_or_default();
        u32::try_from(line.chars().count() + 1).ok()
    });
    Error::Template {
        at: Diagnostic {
            file: template.name.clone(),
            line: error.line().and_then(|line| u32::try_from(line).ok()),
            column,
            what: what(error),
            subject,
        },
    }
}

/// The most exact reason in a chain of errors.
fn what(error: &minijinja::Error) -> String {
    let mut reason = error;
    while let Some(inner) =
        std::error::Error::source(reason).and_then(|e| e.downcast_ref::<minijinja::Error>())
    {
        reason = inner;
    }
    match reason.detail() {
        // "undefined value: `x` is undefined" says it twice.
        Some(detail) if reason.kind() == ErrorKind::UndefinedError => detail.to_owned(),
        Some(detail) => format!("{}: {detail}", reason.kind()),
        None => reason.kind().to_string(),
    }
}

/// The language of a data value's `lang`.
pub(crate) fn lang_of(value: Option<&str>) -> Option<Lang> {
    value.and_then(|text| text.parse().ok())
}
