//! Writing a text so that the scanner need know only one spelling.
//!
//! Undone here, with the way back to the original kept:
//! - full-width letters, digits and the signs of hosts and URLs (`１９２．１６８．１．１`, `ｈｔｔｐ：／／`),
//! - defanging by brackets: `[.]` `(.)` `{.}` `[dot]` `(dot)` `[:]` `[://]` `[at]` `(at)` `[@]`, with or
//!   without spaces around, and the half bracket `[.com`,
//! - ` dot ` between words, where something else in the name shows that a dot is meant,
//! - `。` for a dot, where the name leaves no doubt: between full-width letters, after `://`, in an address,
//! - characters nobody sees (zero-width space, soft hyphen), and hyphens that only look different.
//!
//! Full-width brackets, commas and quotes stay: they end a trace.

use std::ops::Range;

use crate::span_map::SpanMap;

/// A text in plain spelling.
pub(super) struct Plain {
    pub(super) text: String,
    map: SpanMap,
    /// Places in `text` of signs that were defanged, ascending.
    defanged: Vec<usize>,
}

impl Plain {
    /// Undoes everything this module knows.
    pub(super) fn new(original: &str) -> Self {
        Writer::new(original, true).write()
    }

    /// Undoes brackets only: what a person asked to be refanged.
    pub(super) fn unbracketed(original: &str) -> Self {
        Writer::new(original, false).write()
    }

    pub(super) fn original_range(&self, range: Range<usize>) -> Range<usize> {
        self.map.original_range(range)
    }

    /// Whether a sign within the range was defanged.
    pub(super) fn is_defanged(&self, range: Range<usize>) -> bool {
        let from = self.defanged.partition_point(|&at| at < range.start);
        self.defanged.get(from).is_some_and(|&at| at < range.end)
    }
}

struct Writer<'a> {
    original: &'a str,
    bytes: &'a [u8],
    /// Also full-width forms, unseen characters and dots that are not in brackets.
    everything: bool,
    plain: Plain,
    /// Start of what is copied as it is.
    run_start: usize,
    /// End, in the original, of the last defanged sign.
    last_sign_end: usize,
}

/// What a bracketed sign stands for.
struct Sign {
    with: &'static str,
    end: usize,
}

/// Bytes at which something may have to be undone.
const MAY_MATTER: [bool; 256] = {
    let mut table = [false; 256];
    let mut index = 0;
    let bytes = b"[({ \xC2\xE2\xE3\xEF";
    while index < bytes.len() {
        #[expect(clippy::indexing_slicing, reason = "evaluated by the compiler")]
        {
            table[bytes[index] as usize] = true;
        }
        index += 1;
    }
    table
};

impl<'a> Writer<'a> {
    fn new(original: &'a str, everything: bool) -> Self {
        let plain = Plain {
            text: String::with_capacity(original.len()),
            map: SpanMap::default(),
            defanged: Vec::new(),
        };
        Self {
            original,
            bytes: original.as_bytes(),
            everything,
            plain,
            run_start: 0,
            last_sign_end: 0,
        }
    }

    fn write(mut self) -> Plain {
        let mut at = 0;
        while let Some(&byte) = self.bytes.get(at) {
            if !MAY_MATTER.get(usize::from(byte)).copied().unwrap_or(false) {
                at += 1;
                continue;
            }
            at = match byte {
                b'[' | b'(' | b'{' => self.bracket(at),
                b' ' => self.space(at),
                _ => self.non_ascii(at),
            };
        }
        self.copy_until(self.bytes.len());
        let len = self.plain.text.len();
        self.plain.map.finish(len, self.original.len());
        self.plain
    }

    /// Copies what was read but not yet written.
    fn copy_until(&mut self, end: usize) {
        if let Some(run) = self.original.get(self.run_start..end)
            && !run.is_empty()
        {
            self.plain.map.begin_linear(self.plain.text.len(), self.run_start);
            self.plain.text.push_str(run);
        }
        self.run_start = end;
    }

    fn replace(&mut self, range: Range<usize>, with: &str) -> usize {
        self.copy_until(range.start);
        self.plain.map.begin_block(self.plain.text.len(), range.start);
        self.plain.text.push_str(with);
        self.run_start = range.end;
        range.end
    }

    fn refang(&mut self, range: Range<usize>, with: &str) -> usize {
        self.copy_until(range.start);
        let at = self.plain.text.len();
        self.plain.defanged.extend(at..at + with.len());
        self.last_sign_end = range.end;
        self.replace(range, with)
    }

    fn bracket(&mut self, at: usize) -> usize {
        if let Some(sign) = self.sign_in_brackets(at)
            && self.before_fits(at, sign.with)
            && self.after_fits(sign.end, sign.with)
        {
            return self.refang(at..sign.end, sign.with);
        }
        // `example[.com`: a bracket that was never closed.
        if self.bytes.get(at..at + 2) == Some(b"[.")
            && self.byte_before(at).is_ascii_alphanumeric()
            && self.byte(at + 2).is_ascii_alphanumeric()
        {
            return self.refang(at..at + 2, ".");
        }
        at + 1
    }

    /// ` [.] `, ` [at] `, and ` dot `.
    fn space(&mut self, at: usize) -> usize {
        let next = self.byte(at + 1);
        if matches!(next, b'[' | b'(' | b'{') {
            if let Some(sign) = self.sign_in_brackets(at + 1)
                && matches!(sign.with, "." | "@")
                && self.byte_before(at).is_ascii_alphanumeric()
            {
                let end = if self.byte(sign.end) == b' ' {
                    sign.end + 1
                } else {
                    sign.end
                };
                let name_follows = self.byte(end).is_ascii_alphanumeric()
                    && (sign.with == "." || self.name_with_dot_follows(end));
                if name_follows {
                    return self.refang(at..end, sign.with);
                }
            }
        } else if matches!(next, b'd' | b'D')
            && self.everything
            && self.is_spaced_dot(at)
            && self.spaced_dot_is_meant(at)
        {
            return self.refang(at..at + SPACED_DOT.len(), ".");
        }
        at + 1
    }

    /// "see (at) all" is no mail address.
    fn name_with_dot_follows(&self, at: usize) -> bool {
        let label = self.bytes.get(at..).unwrap_or_default();
        let end = at
            + label
                .iter()
                .take(MAX_LABEL)
                .take_while(|b| is_label_byte(**b))
                .count();
        let sign_at = if self.byte(end) == b' ' { end + 1 } else { end };
        self.byte(end) == b'.'
            || self.is_spaced_dot(end)
            || self
                .sign_in_brackets(sign_at)
                .is_some_and(|sign| sign.with == ".")
    }

    fn is_spaced_dot(&self, at: usize) -> bool {
        let end = at + SPACED_DOT.len();
        self.bytes
            .get(at..end)
            .is_some_and(|bytes| bytes.eq_ignore_ascii_case(SPACED_DOT))
            && self.byte_before(at).is_ascii_alphanumeric()
            && self.byte(end).is_ascii_alphanumeric()
    }

    /// "connect the dot to" is no name; `evil dot example dot com` and `hxxp://evil dot com` are.
    fn spaced_dot_is_meant(&self, at: usize) -> bool {
        let label_start = at + SPACED_DOT.len();
        let label = self.bytes.get(label_start..).unwrap_or_default();
        let label_end = label_start
            + label
                .iter()
                .take(MAX_LABEL)
                .take_while(|b| is_label_byte(**b))
                .count();
        if self.is_spaced_dot(label_end)
            || self
                .sign_in_brackets(label_end)
                .is_some_and(|sign| sign.with == ".")
        {
            return true;
        }
        let before = self.bytes.get(..at).unwrap_or_default();
        let label_len = before
            .iter()
            .rev()
            .take(MAX_LABEL)
            .take_while(|b| is_label_byte(**b))
            .count();
        let label_start = at - label_len;
        let after_sign = self.last_sign_end > 0 && self.last_sign_end == label_start;
        after_sign
            || before
                .get(..label_start)
                .is_some_and(|text| text.ends_with(b"://"))
    }

    fn non_ascii(&mut self, at: usize) -> usize {
        let Some(c) = self.original.get(at..).and_then(|rest| rest.chars().next()) else {
            return at + 1;
        };
        let end = at + c.len_utf8();
        if matches!(c, '［' | '（' | '｛') {
            return self.bracket(at).max(end);
        }
        if !self.everything {
            return end;
        }
        match c {
            '\u{AD}' | '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}' => self.replace(at..end, ""),
            '\u{2010}' | '\u{2011}' | '\u{2212}' => self.replace(at..end, "-"),
            '。' | '｡' if self.full_stop_is_a_dot(at, end) => self.refang(at..end, "."),
            _ => match plain_ascii(c) {
                Some(ascii) => self.replace(at..end, ascii.encode_utf8(&mut [0; 4])),
                None => end,
            },
        }
    }

    fn full_stop_is_a_dot(&mut self, at: usize, end: usize) -> bool {
        let before = self.original.get(..at).and_then(|text| text.chars().next_back());
        let after = self.original.get(end..).and_then(|text| text.chars().next());
        let (Some(before), Some(after)) = (before, after) else {
            return false;
        };
        if is_full_width_alphanumeric(before) && is_full_width_alphanumeric(after) {
            return true;
        }
        if !before.is_ascii_alphanumeric() || !after.is_ascii_alphanumeric() {
            return false;
        }
        self.copy_until(at);
        let text = self.plain.text.as_bytes();
        let tail = text
            .iter()
            .rev()
            .take(MAX_NAME)
            .take_while(|b| is_label_byte(**b) || **b == b'.')
            .count();
        let (lead, tail) = text.split_at_checked(text.len() - tail).unwrap_or_default();
        if lead.ends_with(b"://") || tail.starts_with(b"www.") {
            return true;
        }
        // An address: digits on both sides and no other kind of dot before.
        let digits = tail.iter().all(|b| b.is_ascii_digit() || *b == b'.');
        digits
            && tail.len() <= LONGEST_THREE_OCTETS
            && after.is_ascii_digit()
            && (lead.len()..)
                .zip(tail)
                .all(|(place, b)| *b != b'.' || self.plain.is_defanged(place..place + 1))
    }

    /// The sign in brackets that begin at `at`, if there is one.
    fn sign_in_brackets(&self, at: usize) -> Option<Sign> {
        let inside = self
            .original
            .get(at..)?
            .strip_prefix(['[', '(', '{', '［', '（', '｛'])?;
        let inside = inside.strip_prefix(' ').unwrap_or(inside);
        let (with, after) = SIGNS.iter().find_map(|(spelling, with)| {
            let (head, after) = inside.split_at_checked(spelling.len())?;
            head.eq_ignore_ascii_case(spelling).then_some((*with, after))
        })?;
        let after = after.strip_prefix(' ').unwrap_or(after);
        let after = after.strip_prefix([']', ')', '}', '］', '）', '｝'])?;
        Some(Sign {
            with,
            end: self.original.len() - after.len(),
        })
    }

    fn before_fits(&self, at: usize, with: &str) -> bool {
        let byte = self.byte_before(at);
        let letter = byte.is_ascii_alphanumeric() || !byte.is_ascii();
        match with {
            "." => letter || byte == b'_',
            "@" => letter || matches!(byte, b'.' | b'_' | b'-' | b'+'),
            _ => letter || matches!(byte, b':' | b']' | b')' | b'}'),
        }
    }

    fn after_fits(&self, end: usize, with: &str) -> bool {
        let byte = self.byte(end);
        let letter = byte.is_ascii_alphanumeric() || (!byte.is_ascii() && self.letter_at(end));
        match with {
            "." | "@" => letter || byte == b'_',
            _ => letter || matches!(byte, b'/' | b':' | b'[' | b'(' | b'{'),
        }
    }

    fn letter_at(&self, at: usize) -> bool {
        self.original
            .get(at..)
            .and_then(|text| text.chars().next())
            .is_some_and(char::is_alphanumeric)
    }

    fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or(0)
    }

    fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |before| self.byte(before))
    }
}

const SPACED_DOT: &[u8] = b" dot ";
const MAX_LABEL: usize = 63;
const MAX_NAME: usize = 253;
const LONGEST_THREE_OCTETS: usize = "255.255.255".len();

/// What may stand in the brackets, longer spellings before their beginnings.
const SIGNS: &[(&str, &str)] = &[
    (".", "."),
    ("dot", "."),
    ("．", "."),
    ("。", "."),
    ("｡", "."),
    ("ｄｏｔ", "."),
    ("://", "://"),
    ("：／／", "://"),
    (":", ":"),
    ("：", ":"),
    ("/", "/"),
    ("at", "@"),
    ("@", "@"),
    ("＠", "@"),
    ("ａｔ", "@"),
];

fn is_label_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
}

fn is_full_width_alphanumeric(c: char) -> bool {
    plain_ascii(c).is_some_and(|ascii| ascii.is_ascii_alphanumeric())
}

/// The ASCII form of full-width characters that are part of hosts and URLs.
fn plain_ascii(c: char) -> Option<char> {
    if !('\u{FF01}'..='\u{FF5E}').contains(&c) {
        return None;
    }
    let ascii = char::from_u32(u32::from(c) - 0xFEE0)?;
    (ascii.is_ascii_alphanumeric() || ".:/@-_%?&=#+~\\".contains(ascii)).then_some(ascii)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(original: &str, expect: &str) {
        assert_eq!(Plain::new(original).text, expect, "{original:?}");
    }

    #[test]
    fn defanged_spellings_become_plain() {
        for (original, expect) in [
            ("evil[.]com evil(.)com evil{.}com", "evil.com evil.com evil.com"),
            (
                "evil[dot]com evil(DOT)com evil [dot] com",
                "evil.com evil.com evil.com",
            ),
            (
                "hxxp[:]//evil[.]com hxxp[://]evil.com",
                "hxxp://evil.com hxxp://evil.com",
            ),
            (
                "a[at]b[.]com a(at)b.com a [at] b.com a[@]b.com",
                "a@b.com a@b.com a@b.com a@b.com",
            ),
            ("info (at) example (dot) com", "info@example.com"),
            ("1.2.3[.]4 1[.]2[.]3[.]4", "1.2.3.4 1.2.3.4"),
            ("2001[:]db8[:][:]1", "2001:db8::1"),
            ("example[.com", "example.com"),
            ("evil［．］com evil（。）com", "evil.com evil.com"),
            ("evil dot example dot com", "evil.example.com"),
            ("hxxp://evil dot com", "hxxp://evil.com"),
            ("evil[.]example dot com", "evil.example.com"),
            ("connect the dot to the line", "connect the dot to the line"),
            ("the dot com bubble", "the dot com bubble"),
            (
                "see (at) all, array[.] (.) f( . )",
                "see (at) all, array[.] (.) f( . )",
            ),
            ("ｈｔｔｐ：／／ｅｘａｍｐｌｅ．ｃｏｍ／", "http://example.com/"),
            ("１９２．１６８．１．１", "192.168.1.1"),
            ("ｅｖｉｌ。ｃｏｍ", "evil.com"),
            (
                "http://evil。com www。evil。com",
                "http://evil.com www。evil。com",
            ),
            ("www.evil。com", "www.evil.com"),
            ("192。0。2。1", "192.0.2.1"),
            ("203.0.113.5。10時", "203.0.113.5。10時"),
            ("原因はEmotet。Windowsで", "原因はEmotet。Windowsで"),
            ("ex\u{200B}ample.c\u{AD}om", "example.com"),
            ("CVE\u{2011}2024\u{2010}1", "CVE-2024-1"),
            ("（本社）、「ＡＢＣ」", "（本社）、「ABC」"),
        ] {
            check(original, expect);
        }
    }

    #[test]
    fn only_brackets_are_undone_for_refanging() {
        assert_eq!(
            Plain::unbracketed("ｅｖｉｌ[.]com a dot b dot c").text,
            "ｅｖｉｌ.com a dot b dot c"
        );
    }

    proptest! {
        #[test]
        fn places_lead_back_to_character_boundaries(
            original in r"([\[\](){}.:@ ]|dot|at|://|[a-c0-9]|[Ａ-Ｃ．：。（）［］]|\u{200B}|\PC){0,40}",
            from in 0_usize..60,
            len in 0_usize..20,
        ) {
            let plain = Plain::new(&original);
            let from = plain.text.floor_char_boundary(from);
            let to = plain.text.ceil_char_boundary(from + len);
            let range = plain.original_range(from..to);
            prop_assert!(original.get(range).is_some());
        }
    }
}
