//! Bytes to text, with Japanese mail in mind: what is declared is tried, checked and, if it cannot be true, corrected.
//!
//! No text that leaves this module contains U+0000: databases refuse it.

mod detect;
pub(crate) mod iso2022jp;

use std::borrow::Cow;

use encoding_rs::{EUC_JP, Encoding, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE};

use crate::defect::Defect;

/// A decoded text and what was wrong on the way.
pub(crate) struct DecodedText {
    pub(crate) text: String,
    /// Name of the character set used.
    pub(crate) charset: &'static str,
    pub(crate) defects: Vec<Defect>,
}

/// Decodes `bytes` as `declared`, or as what they are if that is missing, unknown or untrue.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> DecodedText {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    // No label is longer; what is longer would only swell the defects.
    let label = declared
        .map(|label| crate::cut_at(label.trim(), 60))
        .filter(|label| !label.is_empty());
    let known = label.map_or(Label::Missing, look_up);
    let mut defects = Vec::new();
    let found = match known {
        Label::Missing | Label::Ascii => {
            let found = detect_or_ascii(bytes);
            if found.charset != Charset::Ascii {
                let used = found.charset.name().to_owned();
                defects.push(match label {
                    Some(label) => Defect::WrongCharset {
                        declared: label.to_owned(),
                        used,
                    },
                    None => Defect::GuessedCharset { used },
                });
            }
            found
        }
        Label::Unknown | Label::Unsupported => {
            let charset = label.unwrap_or_default().to_owned();
            defects.push(match known {
                Label::Unsupported => Defect::UnsupportedCharset { charset },
                _ => Defect::UnknownCharset { charset },
            });
            detect_or_ascii(bytes)
        }
        Label::Known(charset) => {
            let found = decode_declared(bytes, charset);
            if found.charset != charset && found.charset != Charset::Ascii {
                defects.push(Defect::WrongCharset {
                    declared: label.unwrap_or_default().to_owned(),
                    used: found.charset.name().to_owned(),
                });
            }
            found
        }
    };
    let mut replaced = found.replaced;
    let mut text = found.text;
    if text.contains('\0') {
        replaced += memchr::memchr_iter(0, text.as_bytes()).count();
        text = text.replace('\0', "\u{FFFD}");
    }
    let charset = found.charset.name();
    if replaced > 0 {
        defects.push(Defect::LossyDecode {
            charset: charset.to_owned(),
            replaced,
        });
    }
    DecodedText {
        text,
        charset,
        defects,
    }
}

/// A character set this crate reads.
#[derive(Clone, Copy, PartialEq)]
enum Charset {
    Ascii,
    Utf8,
    Iso2022Jp,
    /// One of the WHATWG encodings; Shift_JIS there is Windows-31J with its NEC and IBM extensions.
    Web(&'static Encoding),
}

impl Charset {
    fn name(self) -> &'static str {
        match self {
            Self::Ascii => "US-ASCII",
            Self::Utf8 => "UTF-8",
            Self::Iso2022Jp => "ISO-2022-JP",
            Self::Web(encoding) => encoding.name(),
        }
    }

    fn is_single_byte(self) -> bool {
        match self {
            Self::Web(encoding) => encoding.is_single_byte(),
            _ => false,
        }
    }
}

#[derive(Clone, Copy)]
enum Label {
    Missing,
    Ascii,
    Unsupported,
    Unknown,
    Known(Charset),
}

/// The result of reading bytes in one character set.
struct Attempt {
    charset: Charset,
    text: String,
    /// How many times U+FFFD stands for something that could not be read.
    replaced: usize,
}

/// Finds the character set for a label as mail programs write it, aliases of Windows and Java included.
fn look_up(label: &str) -> Label {
    let lower = label.trim_matches(['"', '\'', ' ']).to_ascii_lowercase();
    let charset = match lower.as_str() {
        "us-ascii" | "ascii" | "ansi_x3.4-1968" | "iso646-us" | "us" | "7bit" => return Label::Ascii,
        "utf-7" | "utf7" | "unicode-1-1-utf-7" | "x-unicode-1-1-utf-7" | "csutf7" => {
            return Label::Unsupported;
        }
        "utf-8" | "utf8" | "utf_8" | "unicode-1-1-utf-8" | "cp65001" | "utf-8mb4" | "utf8mb4" => {
            Charset::Utf8
        }
        "iso-2022-jp"
        | "iso2022-jp"
        | "iso2022jp"
        | "iso_2022-jp"
        | "csiso2022jp"
        | "jis"
        | "x-jis"
        | "jis7"
        | "jis8"
        | "iso-2022-jp-1"
        | "iso-2022-jp-2"
        | "iso-2022-jp-3"
        | "iso-2022-jp-2004"
        | "iso-2022-jp-ext"
        | "iso-2022-jp-ms"
        | "x-iso-2022-jp-ms"
        | "cp50220"
        | "cp50221"
        | "cp50222"
        | "x-windows-50220"
        | "x-windows-50221"
        | "x-windows-iso2022jp"
        | "_iso-2022-jp$sio"
        | "_iso-2022-jp$esc" => Charset::Iso2022Jp,
        "cp932" | "ms932" | "windows-932" | "windows932" | "windows-31j" | "cswindows31j" | "x-ms-cp932"
        | "sjis-win" | "sjis-open" | "x-sjis" | "x-sjis-cp932" | "shift_jis" | "shift-jis" | "shiftjis"
        | "sjis" | "cp943" | "cp943c" | "ibm-943" | "ibm943" | "ms_kanji" | "csshiftjis"
        | "shift_jis-2004" | "shift_jisx0213" | "pck" => Charset::Web(SHIFT_JIS),
        "euc-jp"
        | "euc_jp"
        | "eucjp"
        | "euc"
        | "x-euc"
        | "x-euc-jp"
        | "ujis"
        | "eucjp-win"
        | "eucjp-ms"
        | "eucjp-open"
        | "cp51932"
        | "cp20932"
        | "euc-jp-ms"
        | "euc-jis-2004"
        | "euc-jisx0213"
        | "cseucpkdfmtjapanese" => Charset::Web(EUC_JP),
        other => match Encoding::for_label_no_replacement(other.as_bytes()) {
            Some(encoding) if encoding == encoding_rs::X_USER_DEFINED => return Label::Unknown,
            Some(encoding) if encoding == UTF_8 => Charset::Utf8,
            Some(encoding) => Charset::Web(encoding),
            None => return Label::Unknown,
        },
    };
    Label::Known(charset)
}

/// Number of U+FFFD in a text.
pub(crate) fn replacements(text: &str) -> usize {
    memchr::memmem::find_iter(text.as_bytes(), "\u{FFFD}").count()
}

/// Reads in one character set, replacing what cannot be read.
fn attempt(bytes: &[u8], charset: Charset) -> Attempt {
    let (text, replaced) = match charset {
        Charset::Iso2022Jp => iso2022jp::decode(bytes),
        Charset::Ascii | Charset::Utf8 => match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => (text.to_owned(), 0),
            Cow::Owned(text) => {
                let genuine = memchr::memmem::find_iter(bytes, "\u{FFFD}").count();
                let replaced = replacements(&text).saturating_sub(genuine);
                (text, replaced)
            }
        },
        Charset::Web(encoding) => {
            // A byte order mark decides the order; everywhere else it is just a character.
            let (text, had_errors) = if encoding == UTF_16LE || encoding == UTF_16BE {
                let (text, _, had_errors) = encoding.decode(bytes);
                (text, had_errors)
            } else {
                encoding.decode_without_bom_handling(bytes)
            };
            let replaced = if had_errors { replacements(&text).max(1) } else { 0 };
            (text.into_owned(), replaced)
        }
    };
    Attempt {
        charset,
        text,
        replaced,
    }
}

fn detect_or_ascii(bytes: &[u8]) -> Attempt {
    if bytes.is_ascii() && !iso2022jp::has_escape(bytes) {
        return attempt(bytes, Charset::Ascii);
    }
    detect::detect(bytes)
}

/// Reads as declared unless the bytes prove the declaration wrong.
fn decode_declared(bytes: &[u8], declared: Charset) -> Attempt {
    let is_wide = matches!(declared, Charset::Web(encoding) if encoding == UTF_16LE || encoding == UTF_16BE);
    if bytes.is_ascii() && !is_wide {
        if declared == Charset::Iso2022Jp {
            return attempt(bytes, declared);
        }
        // A mail program that converted the body and kept the label: escapes mean nothing in any other set.
        if iso2022jp::has_escape(bytes) {
            let iso = attempt(bytes, Charset::Iso2022Jp);
            if iso.replaced == 0 {
                return iso;
            }
        }
        return attempt(bytes, Charset::Ascii);
    }
    let first = attempt(bytes, declared);
    let high_bytes = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    let is_valid_utf8 = high_bytes > 0 && std::str::from_utf8(bytes).is_ok();
    // Text of a single-byte or 7-bit set that happens to be valid UTF-8 throughout is UTF-8.
    let must_be_utf8 = is_valid_utf8
        && (declared.is_single_byte() || (declared == Charset::Iso2022Jp && !iso2022jp::has_escape(bytes)));
    if must_be_utf8 {
        return attempt(bytes, Charset::Utf8);
    }
    if declared == Charset::Iso2022Jp && !iso2022jp::has_escape(bytes) {
        // Without an escape only 8-bit half-width kana would be lawful, and Shift_JIS reads those the same.
        let other = detect::detect(bytes);
        return if other.charset.is_single_byte() {
            first
        } else {
            other
        };
    }
    if first.replaced == 0 {
        return if declared == Charset::Web(SHIFT_JIS) {
            unless_euc(first, bytes)
        } else {
            first
        };
    }
    better_of(first, detect::detect(bytes), high_bytes)
}

/// EUC-JP read as Shift_JIS often gives no error but a salad of half-width kana.
fn unless_euc(shift_jis: Attempt, bytes: &[u8]) -> Attempt {
    let wide = shift_jis.text.chars().filter(|c| !c.is_ascii()).count();
    let half = shift_jis
        .text
        .chars()
        .filter(|c| matches!(c, '\u{FF61}'..='\u{FF9F}'))
        .count();
    if half.saturating_mul(2) <= wide {
        return shift_jis;
    }
    let other = detect::detect(bytes);
    let is_euc = other.charset == Charset::Web(EUC_JP) && other.replaced == 0;
    if is_euc && detect::looks_japanese(&other.text) {
        other
    } else {
        shift_jis
    }
}

/// The declared reading unless the other one is clearly better. A single-byte set reads everything without an error, so it
/// needs more than that to win.
fn better_of(declared: Attempt, other: Attempt, high_bytes: usize) -> Attempt {
    let mostly_damaged = declared.replaced.saturating_mul(4) > high_bytes;
    let other_wins = if other.charset.is_single_byte() {
        mostly_damaged
    } else {
        other.replaced.saturating_mul(4) < declared.replaced
    };
    if other_wins { other } else { declared }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], declared: Option<&str>, text: &str, charset: &str, defects: &[&str]) {
        let found = decode(bytes, declared);
        let keys: Vec<&str> = found.defects.iter().map(Defect::key).collect();
        assert_eq!(
            (found.text.as_str(), found.charset, keys.as_slice()),
            (text, charset, defects),
            "{declared:?}"
        );
    }

    #[test]
    fn declared_japanese_sets_are_the_microsoft_ones() {
        let text = "①㈱髙﨑ｶﾅ～";
        for label in ["Shift_JIS", "windows-31j", "x-sjis", "MS_Kanji", "cp932"] {
            check(&SHIFT_JIS.encode(text).0, Some(label), text, "Shift_JIS", &[]);
        }
        check(&EUC_JP.encode(text).0, Some("euc-jp"), text, "EUC-JP", &[]);
        check(
            b"\x1b$B-!-jyu\x1b(I6E\x1b(B",
            Some("ISO-2022-JP-MS"),
            "①㈱﨑ｶﾅ",
            "ISO-2022-JP",
            &[],
        );
    }

    #[test]
    fn a_wrong_declaration_is_corrected_and_recorded() {
        let text = "お世話になっております";
        check(
            text.as_bytes(),
            Some("iso-2022-jp"),
            text,
            "UTF-8",
            &["wrong_charset"],
        );
        check(
            text.as_bytes(),
            Some("us-ascii"),
            text,
            "UTF-8",
            &["wrong_charset"],
        );
        check(
            text.as_bytes(),
            Some("iso-8859-1"),
            text,
            "UTF-8",
            &["wrong_charset"],
        );
        check(
            &SHIFT_JIS.encode(text).0,
            Some("utf-8"),
            text,
            "Shift_JIS",
            &["wrong_charset"],
        );
        check(
            &SHIFT_JIS.encode(text).0,
            Some("iso-2022-jp"),
            text,
            "Shift_JIS",
            &["wrong_charset"],
        );
        check(
            &EUC_JP.encode(text).0,
            Some("shift_jis"),
            text,
            "EUC-JP",
            &["wrong_charset"],
        );
        check(
            b"\x1b$B$\"\x1b(B",
            Some("utf-8"),
            "あ",
            "ISO-2022-JP",
            &["wrong_charset"],
        );
    }

    #[test]
    fn nothing_declared_is_guessed() {
        check(b"plain", None, "plain", "US-ASCII", &[]);
        check("あ".as_bytes(), None, "あ", "UTF-8", &["guessed_charset"]);
        check(b"\xEF\xBB\xBFplain", None, "plain", "US-ASCII", &[]);
    }

    #[test]
    fn what_cannot_be_read_is_counted() {
        check(
            b"abc\xFFdef, gr\xC3\xBC\xC3\x9Fe",
            Some("utf-8"),
            "abc\u{FFFD}def, grüße",
            "UTF-8",
            &["lossy_decode"],
        );
        check(
            b"a\0b",
            Some("utf-8"),
            "a\u{FFFD}b",
            "US-ASCII",
            &["lossy_decode"],
        );
    }

    #[test]
    fn utf7_and_unknown_sets_are_marked() {
        check(
            b"+ADw-script+AD4-",
            Some("UTF-7"),
            "+ADw-script+AD4-",
            "US-ASCII",
            &["unsupported_charset"],
        );
        check(
            "あい".as_bytes(),
            Some("x-nobody"),
            "あい",
            "UTF-8",
            &["unknown_charset"],
        );
        check(b"x", Some("hz-gb-2312"), "x", "US-ASCII", &["unknown_charset"]);
    }

    #[test]
    fn utf16_follows_its_mark() {
        check(b"\xFE\xFF\x30\x42", Some("utf-16"), "あ", "UTF-16LE", &[]);
        check(b"\x42\x30", Some("utf-16le"), "あ", "UTF-16LE", &[]);
    }
}
