//! Content-Transfer-Encoding (RFC 2045 section 6): base64 and quoted-printable, read as leniently as mail programs do.

use crate::defect::Defect;

/// Decoded bytes and what was wrong on the way.
pub(crate) struct Transferred {
    pub(crate) bytes: Vec<u8>,
    pub(crate) defects: Vec<Defect>,
    /// The limit was reached and the rest left out.
    pub(crate) cut: bool,
}

/// How a part's bytes are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TransferEncoding {
    Identity,
    Base64,
    QuotedPrintable,
    Unknown,
}

impl TransferEncoding {
    /// From the field's text; comments and stray punctuation around the token are passed over.
    pub(crate) fn from_field(value: &str) -> Self {
        let token = value
            .split(|c: char| c.is_whitespace() || matches!(c, ';' | '(' | ','))
            .find(|token| !token.is_empty())
            .unwrap_or_default()
            .trim_matches(['"', '\'']);
        match token.to_ascii_lowercase().as_str() {
            "" | "7bit" | "8bit" | "binary" | "7-bit" | "8-bit" => Self::Identity,
            "base64" | "base-64" => Self::Base64,
            "quoted-printable" | "quotedprintable" => Self::QuotedPrintable,
            _ => Self::Unknown,
        }
    }
}

/// Decodes at most `max` bytes.
pub(crate) fn decode(encoding: TransferEncoding, bytes: &[u8], max: usize) -> Transferred {
    match encoding {
        TransferEncoding::Base64 => decode_base64(bytes, max),
        TransferEncoding::QuotedPrintable => decode_quoted_printable(bytes, max),
        TransferEncoding::Identity | TransferEncoding::Unknown => Transferred {
            bytes: bytes.get(..max).unwrap_or(bytes).to_vec(),
            defects: Vec::new(),
            cut: bytes.len() > max,
        },
    }
}

const SKIP: u8 = 0xFF;
const SPACE: u8 = 0xFE;
const PAD: u8 = 0xFD;

#[expect(
    clippy::indexing_slicing,
    reason = "evaluated at compile time, where a bad index is an error"
)]
const fn base64_values() -> [u8; 256] {
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut values = [SKIP; 256];
    let mut at = 0;
    while at < alphabet.len() {
        values[alphabet[at] as usize] = at as u8;
        at += 1;
    }
    values[b' ' as usize] = SPACE;
    values[b'\t' as usize] = SPACE;
    values[b'\r' as usize] = SPACE;
    values[b'\n' as usize] = SPACE;
    values[b'=' as usize] = PAD;
    values
}

static BASE64_VALUES: [u8; 256] = base64_values();

/// Decodes base64. Foreign characters are passed over; padding in the middle ends a group, not the content, since that is how
/// several programs that open the attachment read it.
pub(crate) fn decode_base64(bytes: &[u8], max: usize) -> Transferred {
    let mut out = Vec::with_capacity((bytes.len() / 4 * 3).min(max).saturating_add(3));
    let mut passed_over = 0_usize;
    let mut group = 0_u32;
    let mut filled = 0_u32;
    let mut half_group = false;
    for &byte in bytes {
        let value = BASE64_VALUES.get(usize::from(byte)).copied().unwrap_or(SKIP);
        match value {
            0..=63 => {
                group = (group << 6) | u32::from(value);
                filled += 1;
                if filled == 4 {
                    let [_, a, b, c] = group.to_be_bytes();
                    out.extend([a, b, c]);
                    group = 0;
                    filled = 0;
                    if out.len() > max {
                        break;
                    }
                }
            }
            SPACE => {}
            PAD => {
                half_group |= filled == 1;
                finish_group(&mut out, group, filled);
                group = 0;
                filled = 0;
            }
            _ => passed_over += 1,
        }
    }
    // Missing padding loses nothing; a single left-over character does.
    half_group |= filled == 1;
    let unpadded = filled > 0;
    finish_group(&mut out, group, filled);
    let cut = out.len() > max;
    out.truncate(max);
    let mut defects = Vec::new();
    if passed_over > 0 {
        defects.push(Defect::BadBase64 { passed_over });
    }
    if half_group || unpadded {
        defects.push(Defect::TruncatedBase64);
    }
    Transferred {
        bytes: out,
        defects,
        cut,
    }
}

/// Writes the whole bytes of a group of fewer than four characters.
fn finish_group(out: &mut Vec<u8>, group: u32, filled: u32) {
    let [_, a, b, _] = (group << (6 * 4_u32.saturating_sub(filled))).to_be_bytes();
    match filled {
        2 => out.push(a),
        3 => out.extend([a, b]),
        _ => {}
    }
}

/// Decodes quoted-printable (RFC 2045 6.7). White space before a line end is dropped; a broken `=` stays as it stands.
pub(crate) fn decode_quoted_printable(bytes: &[u8], max: usize) -> Transferred {
    let mut out = Vec::with_capacity(bytes.len().min(max).saturating_add(2));
    let mut places = 0_usize;
    let mut cut = false;
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let (content, line_end) = split_line_end(line);
        let mut rest = trim_trailing_blanks(content);
        let mut is_soft = false;
        while let Some(at) = memchr::memchr(b'=', rest) {
            let (plain, tail) = rest.split_at(at);
            out.extend_from_slice(plain);
            match tail {
                [_] => {
                    is_soft = true;
                    rest = &[];
                    break;
                }
                [_, high, low, after @ ..] => {
                    if let (Some(high), Some(low)) = (hex_digit(*high), hex_digit(*low)) {
                        out.push(high * 16 + low);
                        rest = after;
                        continue;
                    }
                    places += 1;
                    out.push(b'=');
                    rest = tail.get(1..).unwrap_or_default();
                }
                _ => {
                    places += 1;
                    out.push(b'=');
                    rest = tail.get(1..).unwrap_or_default();
                }
            }
        }
        out.extend_from_slice(rest);
        if !is_soft {
            out.extend_from_slice(line_end);
        }
        if out.len() > max {
            cut = true;
            out.truncate(max);
            break;
        }
    }
    let defects = if places > 0 {
        vec![Defect::BadQuotedPrintable { places }]
    } else {
        Vec::new()
    };
    Transferred {
        bytes: out,
        defects,
        cut,
    }
}

/// Value of a hexadecimal digit in either case.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        b'A'..=b'F' => Some(byte - b'A' + 10),
        _ => None,
    }
}

fn split_line_end(line: &[u8]) -> (&[u8], &[u8]) {
    let length = if line.ends_with(b"\r\n") {
        2
    } else {
        usize::from(line.ends_with(b"\n"))
    };
    line.split_at_checked(line.len().saturating_sub(length))
        .unwrap_or((line, &[]))
}

fn trim_trailing_blanks(line: &[u8]) -> &[u8] {
    let mut rest = line;
    while let [head @ .., b' ' | b'\t'] = rest {
        rest = head;
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoding: TransferEncoding, input: &str, output: &[u8], keys: &[&str]) {
        let found = decode(encoding, input.as_bytes(), 1000);
        let found_keys: Vec<&str> = found.defects.iter().map(Defect::key).collect();
        assert_eq!(
            (found.bytes.as_slice(), found_keys.as_slice()),
            (output, keys),
            "{input:?}"
        );
    }

    #[test]
    fn base64_is_read_leniently() {
        let check =
            |input, output: &[u8], keys: &[&str]| check(TransferEncoding::Base64, input, output, keys);
        check("aGVsbG8=", b"hello", &[]);
        check("aGVs\r\nbG8=\r\n", b"hello", &[]);
        check("aGVsbG8", b"hello", &["truncated_base64"]);
        check("aGVsbG", b"hell", &["truncated_base64"]);
        check("aGVsb", b"hel", &["truncated_base64"]);
        check("aG!VsbG8=", b"hello", &["bad_base64"]);
        check("aGk=aGk=", b"hihi", &[]);
        check("", b"", &[]);
    }

    #[test]
    fn quoted_printable_is_read_leniently() {
        let check = |input, output: &[u8], keys: &[&str]| {
            check(TransferEncoding::QuotedPrintable, input, output, keys);
        };
        check("a=E3=81=82b", "aあb".as_bytes(), &[]);
        check("soft=\r\nbreak =  \nx  \r\n", b"softbreak x\r\n", &[]);
        check("a=e3=81=82", "aあ".as_bytes(), &[]);
        check("1=2 =G1 =3", b"1=2 =G1 =3", &["bad_quoted_printable"]);
        check("end=", b"end", &[]);
    }

    #[test]
    fn the_limit_cuts() {
        assert_eq!(decode_base64(b"aGVsbG8=", 4).bytes, b"hell");
        assert!(decode_base64(b"aGVsbG8=", 4).cut);
        assert!(!decode_base64(b"aGVsbG8=", 5).cut);
        assert_eq!(decode_quoted_printable(b"hello", 3).bytes, b"hel");
        assert!(decode_quoted_printable(b"hello", 3).cut);
    }

    #[test]
    fn encoding_names_are_read_leniently() {
        assert_eq!(
            TransferEncoding::from_field(" Base64 (really)"),
            TransferEncoding::Base64
        );
        assert_eq!(TransferEncoding::from_field("8bit;"), TransferEncoding::Identity);
        assert_eq!(
            TransferEncoding::from_field("x-uuencode"),
            TransferEncoding::Unknown
        );
    }
}
