//! ISO-2022-JP as Japanese mail really uses it.
//!
//! The web's decoder (and `encoding_rs` with it) treats two escape sequences in a row as an attack and knows neither
//! JIS X 0212 nor 7-bit and 8-bit half-width kana. In mail all of these are ordinary: encoded words that are joined
//! give `ESC ( B ESC $ B`, and Microsoft's variants (code pages 50220 to 50222) carry ①, ㈱, 髙 and ｶﾅ.
//! So the escape sequences are followed here and only the tables are taken from `encoding_rs`: a JIS X 0208 pair with its
//! high bits set is EUC-JP. See RFC 1468, RFC 1554 and RFC 2237.

use encoding_rs::{EUC_JP, EUC_KR, Encoding, GBK};

const ESC: u8 = 0x1B;
const SHIFT_OUT: u8 = 0x0E;
const SHIFT_IN: u8 = 0x0F;

/// Whether an escape sequence occurs that switches to a Japanese set.
pub(crate) fn has_escape(bytes: &[u8]) -> bool {
    memchr::memchr_iter(ESC, bytes)
        .filter_map(|at| bytes.get(at.saturating_add(1)..))
        .any(|rest| matches!(rest, [b'$', b'B' | b'@' | b'(', ..] | [b'(', b'I' | b'J', ..]))
}

/// Decodes; returns the text and how many times U+FFFD had to stand for something.
pub(crate) fn decode(bytes: &[u8]) -> (String, usize) {
    let mut state = Decoder {
        out: String::with_capacity(bytes.len()),
        pairs: Vec::new(),
        replaced: 0,
        set: Set::Ascii,
        shifted_out: false,
    };
    let mut rest = bytes;
    while let [first, tail @ ..] = rest {
        rest = state.step(*first, tail);
    }
    state.flush();
    (state.out, state.replaced)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Set {
    Ascii,
    JisRoman,
    Kana,
    Jis0208,
    Jis0212,
    Gb2312,
    Ksc5601,
}

impl Set {
    /// The encoding whose upper half holds this set's pairs.
    fn carrier(self) -> Option<&'static Encoding> {
        match self {
            Self::Jis0208 | Self::Jis0212 => Some(EUC_JP),
            Self::Gb2312 => Some(GBK),
            Self::Ksc5601 => Some(EUC_KR),
            Self::Ascii | Self::JisRoman | Self::Kana => None,
        }
    }
}

struct Decoder {
    out: String,
    /// Pairs of the current double-byte set, in the form of its carrier, not yet decoded.
    pairs: Vec<u8>,
    replaced: usize,
    set: Set,
    shifted_out: bool,
}

impl Decoder {
    /// Takes one character or control sequence and returns what is left.
    fn step<'a>(&mut self, first: u8, tail: &'a [u8]) -> &'a [u8] {
        match first {
            ESC => self.escape(tail),
            SHIFT_OUT => {
                self.shifted_out = true;
                tail
            }
            SHIFT_IN => {
                self.shifted_out = false;
                tail
            }
            b'\n' => {
                // RFC 1468: every line begins in ASCII, whatever the one before forgot.
                self.flush();
                self.set = Set::Ascii;
                self.shifted_out = false;
                self.out.push('\n');
                tail
            }
            0x00..=0x20 | 0x7F => {
                self.flush();
                self.out.push(char::from(first));
                tail
            }
            _ if self.set.carrier().is_some() && !self.shifted_out => self.pair(first, tail),
            0xA1..=0xDF => {
                self.kana(first);
                tail
            }
            0x21..=0x5F if self.set == Set::Kana || self.shifted_out => {
                self.kana(first | 0x80);
                tail
            }
            0x80.. => {
                self.replace();
                tail
            }
            _ => {
                self.out.push(match (self.set, first) {
                    (Set::JisRoman, b'\\') => '¥',
                    // JIS Roman has an overline here, but what people meant to send is a tilde (in addresses above all).
                    _ => char::from(first),
                });
                tail
            }
        }
    }

    fn escape<'a>(&mut self, tail: &'a [u8]) -> &'a [u8] {
        let (set, rest) = match tail {
            [b'(', b'B' | b'H', rest @ ..] => (Set::Ascii, rest),
            [b'(', b'J', rest @ ..] => (Set::JisRoman, rest),
            [b'(', b'I', rest @ ..] => (Set::Kana, rest),
            [b'$', b'@' | b'B', rest @ ..] => (Set::Jis0208, rest),
            [b'$', b'(', b'@' | b'B', rest @ ..] => (Set::Jis0208, rest),
            // Planes 1 of JIS X 0213 are JIS X 0208 with additions; what is added is lost and counted.
            [b'$', b'(', b'O' | b'Q', rest @ ..] => (Set::Jis0208, rest),
            [b'$', b'(', b'D', rest @ ..] => (Set::Jis0212, rest),
            [b'$', b'A', rest @ ..] | [b'$', b'(', b'A', rest @ ..] => (Set::Gb2312, rest),
            [b'$', b'(', b'C', rest @ ..] => (Set::Ksc5601, rest),
            // Announces a revision of JIS X 0208; the designation follows.
            [b'&', b'@', rest @ ..] => return rest,
            _ => {
                self.replace();
                return tail;
            }
        };
        if set != self.set {
            self.flush();
            self.set = set;
        }
        rest
    }

    fn pair<'a>(&mut self, lead: u8, tail: &'a [u8]) -> &'a [u8] {
        let Some((trail, rest)) = tail.split_first() else {
            self.replace();
            return tail;
        };
        let in_range = |byte: u8| matches!(byte & 0x7F, 0x21..=0x7E);
        if !in_range(lead) || !in_range(*trail) || (lead ^ trail) & 0x80 != 0 {
            // A trail that is an escape or a line end keeps its meaning: only the lead is lost.
            self.replace();
            return tail;
        }
        if self.set == Set::Jis0212 {
            self.pairs.push(0x8F);
        }
        self.pairs.extend([lead | 0x80, trail | 0x80]);
        rest
    }

    fn kana(&mut self, byte: u8) {
        let point = 0xFF61 + u32::from(byte.saturating_sub(0xA1));
        self.out
            .push(char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER));
    }

    fn replace(&mut self) {
        self.flush();
        self.out.push(char::REPLACEMENT_CHARACTER);
        self.replaced += 1;
    }

    fn flush(&mut self) {
        if self.pairs.is_empty() {
            return;
        }
        if let Some(carrier) = self.set.carrier() {
            let (text, had_errors) = carrier.decode_without_bom_handling(&self.pairs);
            if had_errors {
                self.replaced += super::replacements(&text);
            }
            self.out.push_str(&text);
        }
        self.pairs.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str, replaced: usize) {
        assert_eq!(decode(bytes), (text.to_owned(), replaced), "{bytes:?}");
    }

    #[test]
    fn ordinary_and_microsoft_variants_are_read() {
        check(b"A\x1b$B$\"\x1b(BB", "AあB", 0);
        check(b"\x1b$@$\"\x1b(J\\~", "あ¥~", 0);
        check(b"\x1b(I12\x1b(B", "ｱｲ", 0);
        check(b"\x1b$B-!-j\x1b(B", "①㈱", 0);
        check(b"\x1b$B|byu\x1b(B", "髙﨑", 0);
        check(b"\x1b$(D0!\x1b(B", "丂", 0);
        check(b"\x0e12\x0fA", "ｱｲA", 0);
        check(b"\xb1\xb2A", "ｱｲA", 0);
    }

    #[test]
    fn joined_words_give_no_false_replacement() {
        check(b"\x1b$B$\"\x1b(B\x1b$B$$\x1b(B\x1b(B", "あい", 0);
    }

    #[test]
    fn a_line_begins_in_ascii() {
        check(b"\x1b$B$\"\r\nB$\"", "あ\r\nB$\"", 0);
    }

    #[test]
    fn broken_input_is_counted_and_read_on() {
        check(b"\x1b$B$", "\u{FFFD}", 1);
        check(b"\x1b$B$\x1b(BA", "\u{FFFD}A", 1);
        check(b"\x1bZ", "\u{FFFD}Z", 1);
        check(b"\x1b", "\u{FFFD}", 1);
        check(b"\xff", "\u{FFFD}", 1);
    }

    #[test]
    fn escapes_are_found() {
        assert!(has_escape(b"x\x1b$By"));
        assert!(has_escape(b"\x1b\x1b(I"));
        assert!(!has_escape(b"\x1b[31mred\x1b(B"));
        assert!(!has_escape(b"\x1b"));
    }
}
