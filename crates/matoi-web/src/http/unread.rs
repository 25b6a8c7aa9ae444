//! What could not be read, said in the reader's language.
//!
//! The library that reads says it in English and with names of our types. Its sentences are few and fixed, so they are taken
//! apart here; the tests make it say each of them.

use matoi_core::Message;
use matoi_core::kernel::FieldError;
use matoi_types::ParseTimestampError;
use serde::de::DeserializeOwned;

/// The end of what an identifier says of a text that is none.
const NO_ID: &str = "id: expected a UUID of 36 characters";
/// The beginning of what an action says of a text that is none.
const NO_ACTION: &str = "not an action: ";
/// How much of a value is repeated, in characters.
const MAX_REPEATED: usize = 100;

/// A value out of its place, with what is wrong with it.
///
/// `text` is what the library says, without the place.
#[must_use]
pub fn value(path: &serde_path_to_error::Path, text: &str) -> FieldError {
    let pointer = pointer(path);
    match missing_or_unknown(text) {
        Some((field, message)) => {
            let inner = format!("/{}", escaped(&field));
            let of_the_field = if pointer.ends_with(&inner) {
                pointer
            } else {
                pointer + &inner
            };
            FieldError::new(of_the_field, message)
        }
        None => FieldError::new(pointer, other_value(text)),
    }
}

/// What cannot be read as JSON, with line and column, both from 1, the column in characters.
#[must_use]
pub fn syntax(error: &serde_json::Error, source: &[u8]) -> Message {
    let text = without_place(error);
    let problem = SYNTAX
        .iter()
        .find(|(begins, _)| text.starts_with(begins))
        .map_or("other", |(_, problem)| problem);
    Message::new("error-json-syntax")
        .with("problem", problem)
        .with("line", error.line())
        .with("column", column(error, source))
}

/// A JSON text that could not be read: where, and what is wrong there.
#[derive(Debug)]
pub struct Unread {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// The field, with what is wrong with it.
    pub field: FieldError,
}

/// Reads a JSON text with nothing after it.
///
/// # Errors
/// The first mistake.
pub fn json<T: DeserializeOwned>(source: &[u8]) -> Result<T, Unread> {
    let unread = |error: &serde_json::Error, field| Unread {
        line: error.line().max(1),
        column: column(error, source),
        field,
    };
    let mut deserializer = serde_json::Deserializer::from_slice(source);
    let value = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let (path, error) = (error.path().clone(), error.into_inner());
        unread(&error, field::<T>(&path, &error, source))
    })?;
    match deserializer.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(unread(&error, FieldError::new("", syntax(&error, source)))),
    }
}

fn field<T: DeserializeOwned>(
    path: &serde_path_to_error::Path,
    error: &serde_json::Error,
    source: &[u8],
) -> FieldError {
    if error.is_data() {
        return value(path, &without_place(error));
    }
    // A number where a word is wanted is called a fault of syntax, though the text is good JSON: read as that, it is
    // called what it is.
    let Ok(read) = serde_json::from_slice::<serde_json::Value>(source) else {
        return FieldError::new("", syntax(error, source));
    };
    match serde_path_to_error::deserialize::<_, T>(read) {
        Err(again) => value(again.path(), &again.inner().to_string()),
        Ok(_) => FieldError::new(pointer(path), syntax(error, source)),
    }
}

/// The column of an error, from 1, in characters; the library counts bytes.
fn column(error: &serde_json::Error, source: &[u8]) -> usize {
    let line = source
        .split(|byte| *byte == b'\n')
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    let before = line.get(..error.column()).unwrap_or(line);
    String::from_utf8_lossy(before).chars().count().max(1)
}

/// Beginnings of what is said of bad JSON, with the name of the problem in the texts.
const SYNTAX: &[(&str, &str)] = &[
    ("EOF while parsing", "end"),
    ("expected value", "value"),
    ("expected ident", "value"),
    ("expected `:`", "colon"),
    ("expected `,`", "comma"),
    ("trailing comma", "trailing-comma"),
    ("key must be a string", "key"),
    ("invalid escape", "text"),
    ("invalid unicode", "text"),
    ("unexpected end of hex escape", "text"),
    ("lone leading surrogate", "text"),
    ("control character", "control"),
    ("invalid number", "number"),
    ("number out of range", "number"),
    ("recursion limit", "depth"),
    ("trailing characters", "trailing"),
];

/// serde_json appends " at line 1 column 2"; the place is said by its own arguments.
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rfind(" at line ")
        .and_then(|at| text.get(..at))
        .unwrap_or(&text)
        .to_owned()
}

fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    path.iter().fold(String::new(), |mut pointer, segment| {
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", escaped(key))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
        pointer
    })
}

fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// The field that is meant, and what is wrong with its being there or not.
fn missing_or_unknown(text: &str) -> Option<(String, Message)> {
    if let Some((field, _)) = named(text, "missing field ") {
        let message = Message::new("error-json-missing").with("field", field.clone());
        return Some((field, message));
    }
    if let Some((field, _)) = named(text, "duplicate field ") {
        let message = Message::new("error-json-duplicate").with("key", field.clone());
        return Some((field, message));
    }
    let (field, rest) = named(text, "unknown field ")?;
    let known = quoted(rest);
    let message = if known.is_empty() {
        Message::new("error-json-no-fields").with("field", short(&field))
    } else {
        Message::new("error-json-unknown")
            .with("field", short(&field))
            .with("allowed", known.join(", "))
    };
    Some((field, message))
}

fn other_value(text: &str) -> Message {
    if let Some((value, rest)) = named(text, "unknown variant ") {
        return Message::new("error-json-choice")
            .with("value", short(&value))
            .with("allowed", quoted(rest).join(", "));
    }
    for wrong in ["invalid type: ", "invalid value: ", "invalid length "] {
        if let Some((found, expected)) = text
            .strip_prefix(wrong)
            .and_then(|rest| rest.rsplit_once(", expected "))
        {
            return wrong_kind(found, expected);
        }
    }
    if text == ParseTimestampError.to_string() {
        return Message::new("error-time");
    }
    if text.ends_with(NO_ID) {
        return Message::new("error-json-id");
    }
    if let Some(action) = text.strip_prefix(NO_ACTION) {
        return Message::new("error-json-action").with("value", short(action));
    }
    // What a query or a form is read from is text, and a key can stand in it twice.
    if text == "unsupported value" {
        return Message::new("error-json-once");
    }
    let expected = match text {
        "provided string was not `true` or `false`" => "flag",
        "invalid float literal" | "cannot parse float from empty string" => "number",
        "invalid digit found in string"
        | "cannot parse integer from empty string"
        | "number too large to fit in target type"
        | "number too small to fit in target type" => "integer",
        _ => return Message::new("error-json-field").with("problem", short(text)),
    };
    Message::new("error-json-expected").with("expected", expected)
}

/// Another kind of value than the one that is wanted, or one out of its range.
fn wrong_kind(found: &str, expected: &str) -> Message {
    let range: Option<(i64, i64)> = match expected {
        "u8" => Some((0, u8::MAX.into())),
        "u16" => Some((0, u16::MAX.into())),
        "u32" => Some((0, u32::MAX.into())),
        "i8" => Some((i8::MIN.into(), i8::MAX.into())),
        "i16" => Some((i16::MIN.into(), i16::MAX.into())),
        "i32" => Some((i32::MIN.into(), i32::MAX.into())),
        _ => None,
    };
    if let (Some((min, max)), true) = (range, found.starts_with("integer")) {
        return Message::new("error-json-range").with("min", min).with("max", max);
    }
    let found = kind_of_found(found);
    let expected = kind_of_expected(expected);
    if found == expected || found == "other" {
        return Message::new("error-json-expected").with("expected", expected);
    }
    Message::new("error-json-type")
        .with("expected", expected)
        .with("found", found)
}

/// The kind of what was found, as the texts name it. The value itself is not repeated: it may be a secret.
fn kind_of_found(found: &str) -> &'static str {
    let begins = |word: &str| found.starts_with(word);
    match () {
        () if begins("string") || begins("character") => "text",
        () if begins("integer") => "integer",
        () if begins("floating point") || begins("number") => "number",
        () if begins("boolean") => "flag",
        () if begins("sequence") => "list",
        () if begins("map") => "object",
        () if begins("null") || begins("unit value") => "null",
        () => "other",
    }
}

/// The kind of what is wanted, as the texts name it.
fn kind_of_expected(expected: &str) -> &'static str {
    match expected {
        "a string" | "a borrowed string" | "str" | "a character" => "text",
        "a boolean" => "flag",
        "f32" | "f64" | "a finite number" => "number",
        "a map" => "object",
        "unit" => "null",
        // An enumeration is written as a word.
        "string or map" => "text",
        _ if expected.starts_with("struct ") || expected.contains(" tagged enum ") => "object",
        _ if expected.starts_with("a sequence")
            || expected.starts_with("an array")
            || expected.starts_with("a tuple")
            || expected.starts_with("tuple struct") =>
        {
            "list"
        }
        _ if is_integer(expected) => "integer",
        _ => "other",
    }
}

fn is_integer(expected: &str) -> bool {
    expected
        .strip_prefix(['u', 'i'])
        .is_some_and(|bits| bits == "size" || bits.parse::<u8>().is_ok())
}

/// The name in backquotes after `begins`, and what follows it.
fn named<'a>(text: &'a str, begins: &str) -> Option<(String, &'a str)> {
    let rest = text.strip_prefix(begins)?.strip_prefix('`')?;
    // The name was sent by somebody: what follows it is what the library adds at the end.
    let end = rest
        .rfind("`, expected ")
        .or_else(|| rest.rfind("`, there are no "))
        .or_else(|| rest.strip_suffix('`').map(str::len))?;
    Some((rest.get(..end)?.to_owned(), rest.get(end + 1..)?))
}

/// Every name in backquotes.
fn quoted(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).collect()
}

fn short(text: &str) -> String {
    text.chars().take(MAX_REPEATED).collect()
}

#[cfg(test)]
mod tests {
    use matoi_core::kernel::message::Arg;
    use matoi_core::kernel::words::Words;
    use matoi_core::{Action, Error};
    use matoi_types::{CaseId, Lang, Severity, Timestamp};
    use serde::Deserialize;

    use super::super::extract::{from_json, from_query};
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Input {
        title: String,
        #[serde(default)]
        tags: Vec<String>,
        #[serde(default)]
        month: Option<u8>,
        #[serde(default)]
        count: Option<i64>,
        #[serde(default)]
        share: Option<f64>,
        #[serde(default)]
        urgent: Option<bool>,
        #[serde(default)]
        severity: Option<Severity>,
        #[serde(default)]
        at: Option<Timestamp>,
        #[serde(default)]
        id: Option<CaseId>,
        #[serde(default)]
        action: Option<Action>,
        #[serde(default)]
        inner: Option<Inner>,
        #[serde(default)]
        command: Option<Command>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(tag = "action", rename_all = "snake_case")]
    enum Command {
        Take,
        Drop,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read")]
    struct Inner {
        name: String,
    }

    fn said<T>(read: Result<T, super::super::error::WebError>) -> Option<(String, Message)> {
        match read.err()?.0 {
            Error::Invalid(mut fields) => fields.pop().map(|field| (field.pointer, field.message)),
            _ => None,
        }
    }

    #[track_caller]
    fn check((pointer, message): (String, Message), place: &str, english: &str) {
        assert_eq!(
            (pointer.as_str(), Words::get().say(Lang::En, &message).as_str()),
            (place, english)
        );
        // What stands in a Japanese sentence was sent, or is a name of ours.
        let problem = message.args.iter().find(|(name, _)| name == "problem");
        let is_prose = matches!(problem, Some((_, Arg::Text(text))) if text.contains(' '));
        assert!(!is_prose, "{message:?}");
    }

    #[test]
    fn a_field_is_named_with_what_is_wrong_with_it() {
        let check = |json: &str, place: &str, english: &str| {
            check(said(from_json::<Input>(json.as_bytes())).unwrap(), place, english);
        };
        check("{}", "/title", "The field \"title\" is missing");
        check(
            r#"{"title":"x","inner":{}}"#,
            "/inner/name",
            "The field \"name\" is missing",
        );
        check(
            r#"{"title":"x","inner":{"name":"x","n/a me`, expected":1}}"#,
            "/inner/n~1a me`, expected",
            "There is no field \"n/a me`, expected\" here. There is: name",
        );
        check(
            r#"{"title":"x","title":"y"}"#,
            "/title",
            "The key \"title\" stands twice",
        );
        check(
            r#"{"title":5}"#,
            "/title",
            "A text is wanted here, in quotes; this is a whole number",
        );
        check(
            r#"{"title":null}"#,
            "/title",
            "A text is wanted here, in quotes; this is null",
        );
        check(
            r#"{"title":"x","tags":"y"}"#,
            "/tags",
            "A list is wanted here, in [ ]; this is a text",
        );
        check(
            r#"{"title":"x","tags":["y",{}]}"#,
            "/tags/1",
            "A text is wanted here, in quotes; this is an object",
        );
        check(
            r#"{"title":"x","month":300}"#,
            "/month",
            "A whole number from 0 to 255",
        );
        check(
            r#"{"title":"x","count":"5"}"#,
            "/count",
            "A whole number is wanted here; this is a text",
        );
        check(
            r#"{"title":"x","share":[]}"#,
            "/share",
            "A number is wanted here; this is a list",
        );
        check(
            r#"{"title":"x","urgent":1.5}"#,
            "/urgent",
            "true or false is wanted here; this is a number",
        );
        check(
            r#"{"title":"x","severity":"huge"}"#,
            "/severity",
            "\"huge\" is none of these: info, low, medium, high, critical",
        );
        check(
            r#"{"title":"x","severity":5}"#,
            "/severity",
            "A text is wanted here, in quotes; this is a whole number",
        );
        check(
            r#"{"title":"x","at":"yesterday"}"#,
            "/at",
            "A time needs an offset, like 2026-11-20T03:12:00+09:00",
        );
        check(
            r#"{"title":"x","id":"5"}"#,
            "/id",
            "An identifier is a UUID of 36 characters in small letters",
        );
        check(
            r#"{"title":"x","action":"case.dance"}"#,
            "/action",
            "There is no action \"case.dance\"",
        );
        check(
            r#"{"title":"x","inner":"y"}"#,
            "/inner",
            "An object is wanted here, in { }; this is a text",
        );
        check(
            r#"{"title":"x","command":"take"}"#,
            "/command",
            "An object is wanted here, in { }; this is a text",
        );
        check(
            r#"{"title":"x","command":{"action":"fly"}}"#,
            "/command/action",
            "\"fly\" is none of these: take, drop",
        );
        check("[]", "", "An object is wanted here");
    }

    #[test]
    fn what_is_no_json_is_named_with_its_place_in_characters() {
        let check = |json: &str, problem: &str| {
            check(
                said(from_json::<Input>(json.as_bytes())).unwrap(),
                "",
                &format!("Not readable as JSON ({problem})"),
            );
        };
        check("", "line 1, column 1: it ends too early");
        check("{\"title\":\"x\"", "line 1, column 12: it ends too early");
        check("{\n  \"title\" 5}", "line 2, column 11: a colon is missing");
        check(
            "{\"title\":\"題名\" 5}",
            "line 1, column 15: a comma or a closing bracket is missing",
        );
        check(
            "{\"title\": x}",
            "line 1, column 11: a value is missing, or a text without quotes",
        );
        check(
            "{\"title\":\"x\" \"y\"}",
            "line 1, column 14: a comma or a closing bracket is missing",
        );
        check("{\"title\":\"x\",}", "line 1, column 14: a comma too many");
        check(
            "{title:\"x\"}",
            "line 1, column 2: a key in double quotes is wanted here",
        );
        check(
            "{\"title\":\"\\q\"}",
            "line 1, column 12: \\ begins what JSON does not know",
        );
        check(
            "{\"title\":\"\n\"}",
            "line 2, column 1: a line break or control character inside a text, write \\n",
        );
        check("{\"count\":1.}", "line 1, column 12: no right number");
    }

    #[test]
    fn a_query_is_named_as_well() {
        let check = |query: &str, place: &str, english: &str| {
            check(said(from_query::<Input>(query)).unwrap(), place, english);
        };
        check("", "/title", "The field \"title\" is missing");
        check("title=x&count=many", "/count", "A whole number is wanted here");
        check("title=x&month=300", "/month", "A whole number is wanted here");
        check("title=x&share=half", "/share", "A number is wanted here");
        check("title=x&title=y", "/title", "Only one value is accepted here");
        check("title=x&urgent=yes", "/urgent", "true or false is wanted here");
        check(
            "title=x&severity=huge",
            "/severity",
            "\"huge\" is none of these: info, low, medium, high, critical",
        );
    }
}
