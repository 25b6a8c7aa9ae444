//! How a word or a pair of characters is written as an index term of `[a-z0-9]` only.
//!
//! Both full-text engines split, stem, fold and order text by rules of their own. Terms of plain ASCII
//! letters and digits leave them nothing to decide, so both find the same.
//!
//! - An ASCII word is its own term; one that begins with `z` gets a second `z` before it.
//! - Anything else is `z`, then every character as four digits in base 36. The first of the four is
//!   never above `n` (the last code point is U+10FFFF), so no such term begins with `zz`.
//!
//! So no two words share a term, and a word begins with another exactly if its term does. That is what
//! prefix queries rest on: the term of `情` is the beginning of the term of `情報`.

/// First character of every term that is not an ASCII word.
const MARK: char = 'z';

/// Number of ASCII characters that one character outside ASCII words takes in a term.
pub(crate) const ENCODED_WIDTH: usize = 4;

/// Writes an ASCII word (lower case letters and digits) as a term.
pub(crate) fn encode_ascii_word(word: &str, term: &mut String) {
    term.clear();
    if word.starts_with(MARK) {
        term.push(MARK);
    }
    term.push_str(word);
}

/// Writes characters of other scripts as a term.
pub(crate) fn encode_characters(characters: impl Iterator<Item = char>, term: &mut String) {
    encode_all(characters.map(encode), term);
}

/// Writes characters that are encoded already as a term.
pub(crate) fn encode_all(characters: impl Iterator<Item = Encoded>, term: &mut String) {
    term.clear();
    term.push(MARK);
    for digits in characters {
        // ASCII, as it was made.
        term.push_str(std::str::from_utf8(&digits).unwrap_or_default());
    }
}

/// A character as it stands in terms.
pub(crate) type Encoded = [u8; ENCODED_WIDTH];

/// The four digits of a character.
pub(crate) fn encode(c: char) -> Encoded {
    let mut rest = u32::from(c);
    let mut digits = [0_u8; ENCODED_WIDTH];
    for digit in digits.iter_mut().rev() {
        *digit = match u8::try_from(rest % 36) {
            Ok(value @ 0..=9) => b'0' + value,
            Ok(value) => b'a' + (value - 10),
            Err(_) => b'0',
        };
        rest /= 36;
    }
    digits
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ascii(word: &str) -> String {
        let mut term = String::new();
        encode_ascii_word(word, &mut term);
        term
    }

    fn other(word: &str) -> String {
        let mut term = String::new();
        encode_characters(word.chars(), &mut term);
        term
    }

    #[test]
    fn ascii_words_stay_readable() {
        for (word, expect) in [("emotet", "emotet"), ("203", "203"), ("zip", "zzip"), ("z", "zz")] {
            assert_eq!(ascii(word), expect);
        }
        assert_eq!(other("情報"), "z0j450hf5");
        assert_eq!(other("情"), "z0j45");
    }

    proptest! {
        #[test]
        fn one_word_begins_with_another_exactly_if_its_term_does(
            a in "[a-z0-9]{1,6}|z[0-9a-z]{4}|[ァ-ヿ一-鿿\u{10000}-\u{10FFFF}]{1,3}",
            b in "[a-z0-9]{1,6}|z[0-9a-z]{4}|[ァ-ヿ一-鿿\u{10000}-\u{10FFFF}]{1,3}",
        ) {
            let term = |word: &str| if word.is_ascii() { ascii(word) } else { other(word) };
            prop_assert_eq!(term(&a).starts_with(&term(&b)), a.starts_with(&b), "{} {}", term(&a), term(&b));
        }
    }
}
