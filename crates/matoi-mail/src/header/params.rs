//! Content-Type and Content-Disposition with their parameters: RFC 2045, RFC 2231 continuations and character sets, and the
//! encoded words that Japanese mail programs put into file names although RFC 2047 forbids it.

use crate::charset;
use crate::defect::Defect;
use crate::transfer::hex_digit;

use super::words;

/// A value with parameters, like `text/plain; charset=utf-8`.
#[derive(Debug, Default)]
pub(crate) struct Parameterised {
    /// What stands before the first semicolon, in lower case, without comments.
    pub(crate) value: String,
    parameters: Vec<(String, String)>,
    pub(crate) defects: Vec<Defect>,
}

impl Parameterised {
    /// A parameter by its lower-case name.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// More parameters than anybody needs.
const MAX_PARAMETERS: usize = 200;

/// Parses the text of a field. `header` is its lower-case name, for the defects.
pub(crate) fn parse(text: &str, header: &str) -> Parameterised {
    let masked = words::mask(text);
    let mut found = Parameterised::default();
    let (value, mut rest) = take_value(&masked.text);
    found.value = strip_comments(&value.text)
        .trim()
        .trim_matches('"')
        .to_ascii_lowercase();
    let mut sections: Vec<Section> = Vec::new();
    while let Some(tail) = rest.strip_prefix(';') {
        let (name, after_name) = take_name(tail);
        let Some(after_equals) = after_name.strip_prefix('=') else {
            rest = after_name;
            continue;
        };
        let (value, after) = take_value(after_equals);
        rest = after;
        if sections.len() >= MAX_PARAMETERS {
            break;
        }
        if let Some(section) = Section::new(name, &value, &masked) {
            sections.push(section);
        }
    }
    if masked.has_bad_word {
        found.defects.push(Defect::BadEncodedWord {
            header: header.to_owned(),
        });
    }
    found.assemble(sections);
    found
}

/// One `name*0*=value`.
struct Section {
    name: String,
    /// Number of the continuation; `None` if the name has none.
    number: Option<u32>,
    is_percent_encoded: bool,
    value: String,
}

impl Section {
    fn new(name: &str, value: &Value, masked: &words::Masked) -> Option<Self> {
        let name = strip_comments(name).trim().to_ascii_lowercase();
        let (name, is_percent_encoded) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name.as_str(), false),
        };
        let (name, number) = match name.split_once('*') {
            Some((name, number)) => (name, Some(number.trim().parse().unwrap_or(u32::MAX))),
            None => (name, None),
        };
        if name.is_empty() {
            return None;
        }
        // A comment may follow a token, but parentheses belong to file names that nobody quoted.
        let text = if value.is_quoted || matches!(name, "name" | "filename") {
            value.text.clone()
        } else {
            strip_comments(&value.text)
        };
        Some(Self {
            name: name.to_owned(),
            number,
            is_percent_encoded,
            value: masked.reveal(if value.is_quoted { &text } else { text.trim() }),
        })
    }
}

impl Parameterised {
    fn assemble(&mut self, sections: Vec<Section>) {
        let mut names: Vec<String> = Vec::new();
        for section in &sections {
            if !names.contains(&section.name) {
                names.push(section.name.clone());
            }
        }
        for name in names {
            let (mut extended, plain): (Vec<&Section>, Vec<&Section>) = sections
                .iter()
                .filter(|section| section.name == name)
                .partition(|section| section.number.is_some() || section.is_percent_encoded);
            extended.sort_by_key(|section| section.number);
            let doubled = extended.windows(2).any(|pair| match pair {
                [a, b] => a.number == b.number,
                _ => false,
            });
            if plain.len() > 1 || doubled {
                self.defects.push(Defect::DuplicateParameter {
                    parameter: super::shortened(&name),
                });
            }
            extended.dedup_by_key(|section| section.number);
            // The RFC 2231 form says its character set, the plain one beside it is for programs that do not know it.
            let value = if extended.is_empty() {
                plain
                    .first()
                    .map(|section| section.value.clone())
                    .unwrap_or_default()
            } else {
                self.join_extended(&extended)
            };
            self.parameters.push((name, words::clean(&value)));
        }
    }

    /// Joins the sections of one parameter and decodes them together, since they may be cut inside a character.
    fn join_extended(&mut self, sections: &[&Section]) -> String {
        let mut declared: Option<String> = None;
        let mut bytes = Vec::new();
        // Neighbouring encoded sections are joined before decoding: some programs cut inside `%41`.
        let mut encoded = String::new();
        for (at, section) in sections.iter().enumerate() {
            let mut value = section.value.as_str();
            if at == 0 && section.is_percent_encoded {
                let mut pieces = value.splitn(3, '\'');
                if let (Some(charset), Some(_language), Some(text)) =
                    (pieces.next(), pieces.next(), pieces.next())
                {
                    declared = Some(charset.to_owned()).filter(|charset| !charset.is_empty());
                    value = text;
                }
            }
            if section.is_percent_encoded {
                encoded.push_str(value);
            } else {
                push_percent_decoded(&mut bytes, &std::mem::take(&mut encoded));
                bytes.extend_from_slice(value.as_bytes());
            }
        }
        push_percent_decoded(&mut bytes, &encoded);
        let decoded = charset::decode(&bytes, declared.as_deref());
        self.defects
            .extend(decoded.defects.into_iter().filter(|defect| match defect {
                // Without a declaration a name in UTF-8 is what one expects.
                Defect::GuessedCharset { used } => used != "UTF-8",
                _ => true,
            }));
        decoded.text
    }
}

/// Decodes `%41` to bytes; a broken sequence stays as it stands.
pub(crate) fn push_percent_decoded(bytes: &mut Vec<u8>, text: &str) {
    let mut rest = text.as_bytes();
    loop {
        rest = match rest {
            [] => return,
            [b'%', high, low, tail @ ..] => {
                if let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) {
                    bytes.push(high * 16 + low);
                    tail
                } else {
                    bytes.push(b'%');
                    rest.get(1..).unwrap_or_default()
                }
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
}

struct Value {
    text: String,
    is_quoted: bool,
}

/// Reads a quoted string or everything up to the next semicolon; returns what follows, beginning with that semicolon.
fn take_value(text: &str) -> (Value, &str) {
    let trimmed = text.trim_start();
    let Some(quoted) = trimmed.strip_prefix('"') else {
        let end = trimmed.find(';').unwrap_or(trimmed.len());
        let (value, rest) = trimmed.split_at_checked(end).unwrap_or((trimmed, ""));
        return (
            Value {
                text: value.trim().to_owned(),
                is_quoted: false,
            },
            rest,
        );
    };
    let mut out = String::new();
    let mut chars = quoted.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => {
                let after = quoted.get(at.saturating_add(1)..).unwrap_or_default();
                let semicolon = after.find(';').unwrap_or(after.len());
                let rest = after.get(semicolon..).unwrap_or_default();
                return (
                    Value {
                        text: out,
                        is_quoted: true,
                    },
                    rest,
                );
            }
            // Only what needs escaping is unescaped: Windows paths are sent unescaped.
            '\\' => match chars.clone().next() {
                Some((_, escaped @ ('"' | '\\'))) => {
                    chars.next();
                    out.push(escaped);
                }
                _ => out.push('\\'),
            },
            _ => out.push(c),
        }
    }
    // Never closed: take it as if it had not been opened.
    let end = quoted.find(';').unwrap_or(quoted.len());
    let (value, rest) = quoted.split_at_checked(end).unwrap_or((quoted, ""));
    (
        Value {
            text: value.trim().to_owned(),
            is_quoted: false,
        },
        rest,
    )
}

/// Reads up to `=` or `;`.
fn take_name(text: &str) -> (&str, &str) {
    let end = text.find(['=', ';']).unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

/// Removes `(comments)`, nested ones too.
pub(crate) fn strip_comments(text: &str) -> String {
    if !text.contains('(') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut depth = 0_usize;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' if depth > 0 => depth -= 1,
            _ if depth == 0 => out.push(c),
            _ => {}
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, value: &str, parameters: &[(&str, &str)], defects: &[&str]) {
        let found = parse(text, "content-type");
        let keys: Vec<&str> = found.defects.iter().map(Defect::key).collect();
        let pairs: Vec<(&str, &str)> = found
            .parameters
            .iter()
            .map(|(k, v)| (k.as_str(), v.as_str()))
            .collect();
        assert_eq!(
            (found.value.as_str(), pairs.as_slice(), keys.as_slice()),
            (value, parameters, defects),
            "{text:?}"
        );
    }

    #[test]
    fn parameters_are_read_leniently() {
        check(
            "Text/Plain; Charset=\"utf-8\" ; format = flowed",
            "text/plain",
            &[("charset", "utf-8"), ("format", "flowed")],
            &[],
        );
        check(
            "text/html;charset=utf-8 (comment);",
            "text/html",
            &[("charset", "utf-8")],
            &[],
        );
        check(
            "multipart/mixed; boundary=\"a;\\\"b\"",
            "multipart/mixed",
            &[("boundary", "a;\"b")],
            &[],
        );
        check(
            "multipart/mixed;boundary=\"open",
            "multipart/mixed",
            &[("boundary", "open")],
            &[],
        );
        check(
            "attachment; filename=My report (1).pdf",
            "attachment",
            &[("filename", "My report (1).pdf")],
            &[],
        );
        check(
            "attachment; filename=\"C:\\tmp\\a.doc\"",
            "attachment",
            &[("filename", "C:\\tmp\\a.doc")],
            &[],
        );
        check("a/b; x=1; x=2", "a/b", &[("x", "1")], &["duplicate_parameter"]);
        check("a/b; flag; x=1", "a/b", &[("x", "1")], &[]);
        check("", "", &[], &[]);
    }

    #[test]
    fn encoded_words_in_parameters_are_decoded() {
        check(
            "a/b; name=\"=?ISO-2022-JP?B?GyRCQEE1YT1xGyhCLnBkZg==?=\"",
            "a/b",
            &[("name", "請求書.pdf")],
            &[],
        );
        check(
            "a/b; name==?utf-8?Q?a=3B?= =?utf-8?Q?b?=; x=1",
            "a/b",
            &[("name", "a;b"), ("x", "1")],
            &[],
        );
    }

    #[test]
    fn rfc2231_is_joined_before_it_is_decoded() {
        check(
            "a/b; filename*=UTF-8''%E3%81%82.txt",
            "a/b",
            &[("filename", "あ.txt")],
            &[],
        );
        check(
            "a/b; filename*1*=%1B%28B.txt; filename*0*=iso-2022-jp''%1B%24B%24%22",
            "a/b",
            &[("filename", "あ.txt")],
            &[],
        );
        check(
            "a/b; filename*0=\"long \"; filename*1=name.txt",
            "a/b",
            &[("filename", "long name.txt")],
            &[],
        );
        check(
            "a/b; filename=\"fallback.txt\"; filename*=utf-8'ja'%e3%81%82.txt",
            "a/b",
            &[("filename", "あ.txt")],
            &[],
        );
        check(
            "a/b; filename*0*=utf-8''%E3%81; filename*1*=%82",
            "a/b",
            &[("filename", "あ")],
            &[],
        );
    }
}
