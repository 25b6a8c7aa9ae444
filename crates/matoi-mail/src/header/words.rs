//! Encoded words (RFC 2047) as they occur: folded in the middle of a character, without spaces between them, inside quoted
//! strings and parameters.

use crate::charset;
use crate::defect::Defect;
use crate::transfer::{self, hex_digit};

/// A text in which every run of encoded words is one character of a private plane, so that a grammar (addresses, parameters)
/// can be applied without what is inside the words being taken for syntax.
pub(crate) struct Masked {
    pub(crate) text: String,
    runs: Vec<String>,
    /// Some word was not well-formed or not decodable without loss.
    pub(crate) has_bad_word: bool,
}

const FIRST_MARK: u32 = 0x10_0000;
/// The characters behind it are left to the callers as marks of their own.
const LAST_MARK: u32 = 0x10_FF00;

/// Decodes every encoded word of an unstructured field; returns the text and whether some word was bad.
pub(crate) fn decode_unstructured(text: &str) -> (String, bool) {
    let masked = mask(text);
    (clean(&masked.reveal(&masked.text)), masked.has_bad_word)
}

/// Takes the encoded words out of a structured field.
pub(crate) fn mask(text: &str) -> Masked {
    let mut masked = Masked {
        text: String::with_capacity(text.len()),
        runs: Vec::new(),
        has_bad_word: false,
    };
    let mut rest = text;
    let mut run: Vec<Word<'_>> = Vec::new();
    while let Some(at) = rest.find("=?") {
        let (plain, from_word) = rest.split_at(at);
        let Some((word, after)) = parse_word(from_word) else {
            masked.end_run(&mut run);
            masked.push_plain(plain);
            masked.push_plain("=?");
            rest = from_word.get(2..).unwrap_or_default();
            continue;
        };
        // White space between two encoded words is no text (RFC 2047 6.2).
        if run.is_empty() || !plain.trim().is_empty() {
            masked.end_run(&mut run);
            masked.push_plain(plain);
        }
        run.push(word);
        rest = after;
    }
    masked.end_run(&mut run);
    masked.push_plain(rest);
    masked
}

impl Masked {
    /// Puts the decoded words back into a piece of the masked text.
    pub(crate) fn reveal(&self, piece: &str) -> String {
        if self.runs.is_empty() {
            return piece.to_owned();
        }
        let mut out = String::with_capacity(piece.len());
        for c in piece.chars() {
            let index = u32::from(c)
                .checked_sub(FIRST_MARK)
                .and_then(|at| usize::try_from(at).ok());
            match index.and_then(|at| self.runs.get(at)) {
                Some(run) => out.push_str(run),
                None => out.push(c),
            }
        }
        out
    }

    fn push_plain(&mut self, plain: &str) {
        for c in plain.chars() {
            self.text.push(if is_mark(c) {
                char::REPLACEMENT_CHARACTER
            } else {
                c
            });
        }
    }

    fn end_run(&mut self, run: &mut Vec<Word<'_>>) {
        if run.is_empty() {
            return;
        }
        let (decoded, is_bad) = decode_run(run);
        run.clear();
        self.has_bad_word |= is_bad;
        let mark = u32::try_from(self.runs.len())
            .ok()
            .and_then(|at| at.checked_add(FIRST_MARK))
            .filter(|point| *point <= LAST_MARK)
            .and_then(char::from_u32);
        if let Some(mark) = mark {
            self.text.push(mark);
            self.runs.push(decoded);
        } else {
            self.has_bad_word = true;
            self.text.push(char::REPLACEMENT_CHARACTER);
        }
    }
}

fn is_mark(c: char) -> bool {
    u32::from(c) >= FIRST_MARK
}

/// Makes a decoded header text safe to carry on: line ends and tabs are spaces, other control characters (which encoded words
/// can smuggle in) are U+FFFD, space at the ends is gone.
pub(crate) fn clean(text: &str) -> String {
    text.trim()
        .chars()
        .map(|c| match c {
            '\r' | '\n' | '\t' => ' ',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

/// Longest encoded text that is looked at. The RFC allows 75 characters; some programs never fold.
const MAX_WORD: usize = 8 * 1024;

struct Word<'a> {
    charset: &'a str,
    is_base64: bool,
    payload: &'a str,
}

/// Parses `=?charset*language?B?payload?=` at the start of `text`. The payload may hold spaces, which folding leaves there.
fn parse_word(text: &str) -> Option<(Word<'_>, &str)> {
    let (label, rest) = text.strip_prefix("=?")?.split_once('?')?;
    let charset = label.split_once('*').map_or(label, |(charset, _)| charset).trim();
    if charset.is_empty() || charset.len() > 60 || !charset.bytes().all(|byte| byte.is_ascii_graphic()) {
        return None;
    }
    let (encoding, rest) = rest.split_once('?')?;
    let is_base64 = match encoding.trim() {
        "B" | "b" => true,
        "Q" | "q" => false,
        _ => return None,
    };
    let end = memchr::memmem::find(rest.as_bytes().get(..MAX_WORD).unwrap_or(rest.as_bytes()), b"?=")?;
    let (payload, after) = (rest.get(..end)?, rest.get(end.checked_add(2)?..)?);
    // A question mark that opens another word means this one was never closed.
    if payload.contains("=?") {
        return None;
    }
    Some((
        Word {
            charset,
            is_base64,
            payload,
        },
        after,
    ))
}

/// Decodes neighbouring words. Those of one character set are joined as bytes first: mail programs cut in the middle of a
/// character, of a shift state, and even of a base64 group.
fn decode_run(run: &[Word<'_>]) -> (String, bool) {
    let mut text = String::new();
    let mut is_bad = false;
    for same in run.chunk_by(|a, b| a.charset.eq_ignore_ascii_case(b.charset)) {
        let Some(first) = same.first() else { continue };
        let mut best = decode_joined(first.charset, &join_bytes(same));
        if best.1 > 0 && same.len() > 1 {
            let mut separate = (String::new(), 0);
            for word in same {
                let (piece, bad) = decode_joined(word.charset, &word_bytes(word));
                separate.0.push_str(&piece);
                separate.1 += bad;
            }
            if separate.1 < best.1 {
                best = separate;
            }
            if best.1 > 0 && same.iter().all(|word| word.is_base64) {
                let payload: String = same
                    .iter()
                    .map(|word| word.payload.trim_end_matches('='))
                    .collect();
                let regrouped = decode_joined(
                    first.charset,
                    &transfer::decode_base64(payload.as_bytes(), usize::MAX),
                );
                if regrouped.1 < best.1 {
                    best = regrouped;
                    is_bad = true;
                }
            }
        }
        is_bad |= best.1 > 0;
        text.push_str(&best.0);
    }
    (text, is_bad)
}

fn join_bytes(words: &[Word<'_>]) -> transfer::Transferred {
    let mut joined = transfer::Transferred {
        bytes: Vec::new(),
        defects: Vec::new(),
        cut: false,
    };
    for word in words {
        let piece = word_bytes(word);
        joined.bytes.extend(piece.bytes);
        joined.defects.extend(piece.defects);
    }
    joined
}

fn word_bytes(word: &Word<'_>) -> transfer::Transferred {
    if word.is_base64 {
        let mut decoded = transfer::decode_base64(word.payload.as_bytes(), usize::MAX);
        // Missing padding is so common in words that it says nothing, unless a lone character is left over.
        let letters = word
            .payload
            .bytes()
            .filter(|byte| !matches!(byte, b'=' | b' ' | b'\t'))
            .count();
        if letters % 4 != 1 {
            decoded
                .defects
                .retain(|defect| *defect != Defect::TruncatedBase64);
        }
        return decoded;
    }
    let mut bytes = Vec::with_capacity(word.payload.len());
    let mut places = 0;
    let mut rest = word.payload.as_bytes();
    loop {
        rest = match rest {
            [] => break,
            [b'_', tail @ ..] => {
                bytes.push(b' ');
                tail
            }
            [b'=', high, low, tail @ ..] => {
                if let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) {
                    bytes.push(high * 16 + low);
                    tail
                } else {
                    places += 1;
                    bytes.push(b'=');
                    rest.get(1..).unwrap_or_default()
                }
            }
            [byte, tail @ ..] => {
                bytes.push(*byte);
                tail
            }
        };
    }
    let defects = if places > 0 {
        vec![Defect::BadQuotedPrintable { places }]
    } else {
        Vec::new()
    };
    transfer::Transferred {
        bytes,
        defects,
        cut: false,
    }
}

/// The text and a number that says how bad the result is.
fn decode_joined(label: &str, transferred: &transfer::Transferred) -> (String, usize) {
    let decoded = charset::decode(&transferred.bytes, Some(label));
    let bad = decoded
        .defects
        .iter()
        .chain(&transferred.defects)
        .map(|defect| match defect {
            Defect::LossyDecode { replaced, .. } => replaced.saturating_add(1),
            _ => 1,
        })
        .sum();
    (decoded.text, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(input: &str, output: &str, bad: bool) {
        assert_eq!(decode_unstructured(input), (output.to_owned(), bad), "{input:?}");
    }

    #[test]
    fn words_and_text_are_joined_as_the_rfc_says() {
        check("=?utf-8?Q?a_b?= c", "a b c", false);
        check("x =?utf-8?Q?a?= =?utf-8?Q?b?= y", "x ab y", false);
        check("=?utf-8?Q?a?=\r\n =?utf-8?Q?b?=", "ab", false);
        check("=?ISO-8859-1*de?q?Gr=FC=DFe?=", "Grüße", false);
        check("Re:=?utf-8?B?44GC?=!", "Re:あ!", false);
        check("=?utf-8?B?44GC?==?utf-8?B?44GE?=", "あい", false);
    }

    #[test]
    fn a_character_cut_between_words_is_whole_again() {
        check("=?utf-8?B?44E=?= =?utf-8?B?gg==?=", "あ", false);
        check("=?utf-8?Q?=E3=81?= =?UTF-8?Q?=82?=", "あ", false);
        check(
            "=?iso-2022-jp?B?GyRCJA==?= =?iso-2022-jp?B?IhsoQg==?=",
            "あ",
            false,
        );
        check(
            "=?iso-2022-jp?B?GyRCJCIbKEI=?= =?iso-2022-jp?B?GyRCJCQbKEI=?=",
            "あい",
            false,
        );
        check("=?shift_jis?Q?=82?= =?shift_jis?Q?=A0?=", "あ", false);
    }

    #[test]
    fn a_base64_group_cut_between_words_is_whole_again() {
        check("=?utf-8?B?44G?= =?utf-8?B?C44GE?=", "あい", true);
    }

    #[test]
    fn what_is_no_word_stays() {
        check("=?utf-8?X?a?=", "=?utf-8?X?a?=", false);
        check("a =? b", "a =? b", false);
        check("=?utf-8?Q?open", "=?utf-8?Q?open", false);
        check("=?utf-8?Q?=3D?=", "=", false);
        check("=?utf-8?Q?a=zz?=", "a=zz", true);
    }

    #[test]
    fn decoded_line_ends_and_controls_cannot_leave_the_field() {
        check(
            "=?utf-8?Q?a=0D=0ABcc:_x=00=07?=",
            "a  Bcc: x\u{FFFD}\u{FFFD}",
            true,
        );
    }

    #[test]
    fn private_characters_in_the_field_are_not_taken_for_marks() {
        check("\u{100000} =?utf-8?Q?a?=", "\u{FFFD} a", false);
    }
}
