//! What is read from the bytes of a mail without taking it apart: what identifies it, and its first lines when nothing else
//! can be read.

use sha2::{Digest as _, Sha256};

use crate::kernel::change::hex;

/// Header fields that stay the same whichever way a mail comes. Servers add and change others on the way.
const LASTING: [&str; 7] = [
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "message-id",
    "content-type",
];
/// Bytes of a header that are looked at.
const MAX_HEADER: usize = 256 * 1024;
/// Bytes of the fields that [`head`] keeps.
const MAX_HEAD: usize = 16 * 1024;

/// SHA-256, in hex, over what lasts of a mail: the same mail that came twice, over other servers or with other line ends, has
/// the same.
#[must_use]
pub fn content_digest(raw: &[u8]) -> String {
    let Split {
        header,
        mut body,
        ended,
    } = split(raw);
    let mut hash = Sha256::new();
    let mut fields: Vec<(String, Vec<u8>)> = fields(header)
        .into_iter()
        .filter(|(name, _)| LASTING.contains(&name.as_str()))
        .collect();
    fields.sort();
    if fields.is_empty() || !ended {
        // Hardly a mail, or one whose text stands among its header: all of it counts.
        body = raw;
    }
    for (name, value) in fields {
        hash.update(name.as_bytes());
        hash.update(b":");
        for word in value
            .split(u8::is_ascii_whitespace)
            .filter(|word| !word.is_empty())
        {
            hash.update(b" ");
            hash.update(word);
        }
        hash.update(b"\n");
    }
    hash.update(b"\n");
    for line in body.trim_ascii_end().split(|byte| *byte == b'\n') {
        hash.update(line.strip_suffix(b"\r").unwrap_or(line));
        hash.update(b"\n");
    }
    hex(&hash.finalize())
}

/// The few fields by which a mail is known, as a mail without a body: small enough to be taken apart when the whole is not.
pub(super) fn head(raw: &[u8]) -> Vec<u8> {
    const KEPT: [&str; 8] = [
        "from",
        "reply-to",
        "to",
        "subject",
        "date",
        "message-id",
        "in-reply-to",
        "references",
    ];
    let mut head = Vec::new();
    for (name, value) in fields(split(raw).header) {
        if KEPT.contains(&name.as_str()) && head.len() + value.len() < MAX_HEAD {
            head.extend_from_slice(name.as_bytes());
            head.extend_from_slice(b": ");
            head.extend(value.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
            head.extend_from_slice(b"\r\n");
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// A field as it stands, at most 500 characters of it; for when not even [`head`] can be taken apart.
pub(super) fn field(raw: &[u8], name: &str) -> Option<String> {
    let (_, value) = fields(split(raw).header)
        .into_iter()
        .find(|(key, _)| key == name)?;
    let text: String = String::from_utf8_lossy(&value)
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(500)
        .collect();
    let text = text.trim().to_owned();
    (!text.is_empty()).then_some(text)
}

/// A mail, cut at the end of its header.
struct Split<'a> {
    header: &'a [u8],
    body: &'a [u8],
    /// Whether an empty line ends the header.
    ended: bool,
}

/// Header and body, without what an mbox or a byte order mark puts in front.
fn split(raw: &[u8]) -> Split<'_> {
    let mut rest = raw.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(raw);
    while let [b'\n', tail @ ..] | [b'\r', b'\n', tail @ ..] = rest {
        rest = tail;
    }
    if rest.starts_with(b"From ") || rest.starts_with(b">From ") {
        let end = rest
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(rest.len(), |at| at + 1);
        rest = rest.get(end..).unwrap_or_default();
    }
    let head = rest.get(..MAX_HEADER).unwrap_or(rest);
    let mut at = 0;
    while let Some(line) = head.get(at..).filter(|line| !line.is_empty()) {
        let end = line
            .iter()
            .position(|byte| *byte == b'\n')
            .map_or(line.len(), |n| n + 1);
        if line.get(..end).is_some_and(|line| line.trim_ascii().is_empty()) {
            return Split {
                header: rest.get(..at).unwrap_or_default(),
                body: rest.get(at + end..).unwrap_or_default(),
                ended: true,
            };
        }
        at += end;
    }
    Split {
        header: head,
        body: rest.get(at..).unwrap_or_default(),
        ended: false,
    }
}

/// Name in lower case and value, folded lines joined with a line feed.
fn fields(header: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut fields: Vec<(String, Vec<u8>)> = Vec::new();
    for line in header.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match line.first() {
            Some(b' ' | b'\t') => {
                if let Some((_, value)) = fields.last_mut() {
                    value.push(b'\n');
                    value.extend_from_slice(line.trim_ascii());
                }
            }
            _ => {
                if let Some(at) = line.iter().position(|byte| *byte == b':')
                    && let Some(name) = line.get(..at)
                {
                    let name = String::from_utf8_lossy(name.trim_ascii()).to_lowercase();
                    fields.push((name, line.get(at + 1..).unwrap_or_default().trim_ascii().to_vec()));
                }
            }
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIL: &str = "Received: by a\r\nFrom: x@a.example\r\nSubject: one\r\n two\r\nMessage-ID: <1@a.example>\r\n\r\nbody\r\nline\r\n";

    #[test]
    fn the_way_a_mail_came_does_not_change_what_it_is() {
        let digest = content_digest(MAIL.as_bytes());
        for same in [
            MAIL.replace("\r\n", "\n"),
            MAIL.replace(
                "Received: by a\r\n",
                "Received: by b\r\nReturn-Path: <x>\r\nX-Spam: no\r\n",
            ),
            MAIL.replace("one\r\n two", "one\r\n\ttwo"),
            format!("From x@a.example Fri Nov 20\n{}\n\n", MAIL.replace("\r\n", "\n")),
            format!("\u{feff}\n{MAIL}"),
        ] {
            assert_eq!(content_digest(same.as_bytes()), digest, "{same}");
        }
        for other in [
            MAIL.replace("body", "another body"),
            MAIL.replace("one", "three"),
            MAIL.replace("<1@", "<2@"),
            MAIL.replace("x@a", "y@a"),
        ] {
            assert_ne!(content_digest(other.as_bytes()), digest, "{other}");
        }
        // What has no header, or whose header has no end, is told apart by all of it.
        for [one, other] in [
            ["one", "other"],
            ["Subject: x\nhello", "Subject: x\nbye"],
            ["a: b\n\nc", "a: b\n\nd"],
        ] {
            assert_ne!(
                content_digest(one.as_bytes()),
                content_digest(other.as_bytes()),
                "{one}"
            );
        }
    }

    #[test]
    fn the_head_is_a_small_mail() {
        let head = head(MAIL.as_bytes());
        assert_eq!(
            String::from_utf8(head).unwrap(),
            "from: x@a.example\r\nsubject: one two\r\nmessage-id: <1@a.example>\r\n\r\n"
        );
        assert_eq!(field(MAIL.as_bytes(), "subject").as_deref(), Some("one two"));
        assert_eq!(field(b"no header at all", "subject"), None);
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_have_a_digest_and_a_head(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..2000)) {
            let _ = (content_digest(&bytes), head(&bytes), field(&bytes, "subject"));
        }
    }
}
