//! Search tokens: the terms under which a text is found.
//!
//! Japanese has no spaces between words, so a run of Han, kana, Hangul and the like becomes overlapping
//! pairs of characters: `情報漏洩` gives `情報`, `報漏`, `漏洩` and, because a single character must be found
//! by its beginning too, the last character `洩` alone. A run of one character is that character. Each
//! character of a run therefore has exactly one token, and any part of a run of two or more characters is
//! a phrase of tokens. Everything else becomes words, split at what is neither letter nor digit
//! (`203.0.113.47`, `svc-maint`, `user_name`).
//!
//! Positions count up by one from token to token, whatever stands between them, so that phrases work
//! across scripts: `APT攻撃` is found in `APT 攻撃` and `APT-攻撃`.
//!
//! Four small numbers in a row (`203.0.113.47`) have one term together as well ([`address_terms`]), without a position:
//! each of the four stands in almost every log, so that a phrase of them would be looked up slowly.
//!
//! Nothing here depends on the full-text engine: both get the same terms ([`encode`]) at the same
//! positions, as an FTS5 document ([`fts5_document`]) or a `tsvector` ([`tsvector`]). Texts of any length
//! are first cut by [`chunk`].

mod chunk;
mod encode;
pub(crate) mod script;

use std::collections::BTreeSet;
use std::ops::Range;

use crate::fold::{Folded, fold};
pub use chunk::{MAX_CHUNK_TOKENS, OVERLAP_TOKENS, chunk};
use encode::{Encoded, encode, encode_all, encode_ascii_word, encode_characters};
use script::{Class, class_of, joins};

/// Longest ASCII word, in characters, that is one token; a longer one is cut into several. A SHA-512
/// just fits.
pub const MAX_WORD_LEN: usize = 128;

/// Longest word of another script, in characters, that is one token.
const MAX_ENCODED_CHARS: usize = 31;

/// Begins the term of four numbers. No other term begins so: see [`encode`].
const ADDRESS_MARK: &str = "zyip";

/// Largest position that a PostgreSQL `tsvector` holds.
pub const MAX_TSVECTOR_POSITION: u32 = 16_383;

/// One term of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// The term, `[a-z0-9]+`, at most 129 bytes.
    pub term: String,
    /// Place among the tokens of the text, counted from 1.
    pub position: u32,
    /// The bytes of the original text that the term stands for.
    pub range: Range<usize>,
}

/// The tokens of a text, in order.
#[must_use]
pub fn index_tokens(text: &str) -> Vec<Token> {
    let folded = Folded::new(text);
    let mut tokens = Vec::new();
    for_each_token(folded.as_str(), |token| {
        tokens.push(Token {
            term: token.term.to_owned(),
            position: token.position,
            range: folded.original_range(token.range),
        });
    });
    tokens
}

/// The tokens of a text as a document for SQLite FTS5 with `tokenize = 'unicode61 remove_diacritics 0'`:
/// terms parted by spaces.
///
/// Texts that may be long go through [`chunk`] first, one row each, as for PostgreSQL.
#[must_use]
pub fn fts5_document(text: &str) -> String {
    let folded = fold(text);
    let mut document = String::with_capacity(folded.len() * 2);
    let mut addresses = Addresses::default();
    for_each_token(&folded, |token| {
        addresses.see(token.term);
        if !document.is_empty() {
            document.push(' ');
        }
        document.push_str(token.term);
    });
    // Behind everything else, where they part no phrase.
    for address in addresses.found {
        document.push(' ');
        document.push_str(&address);
    }
    document
}

/// The tokens of a text as a literal for `$1::tsvector`.
///
/// A `tsvector` ends at position 16,383 and keeps 255 places of a term; what lies beyond is left out
/// here. Texts that may be long go through [`chunk`] first, which stays below both.
#[must_use]
pub fn tsvector(text: &str) -> String {
    let folded = fold(text);
    let mut literal = String::with_capacity(folded.len() * 3);
    let mut addresses = Addresses::default();
    for_each_token(&folded, |token| {
        if token.position > MAX_TSVECTOR_POSITION {
            return;
        }
        addresses.see(token.term);
        if !literal.is_empty() {
            literal.push(' ');
        }
        literal.push('\'');
        literal.push_str(token.term);
        literal.push_str("':");
        push_number(token.position, &mut literal);
    });
    for address in addresses.found {
        literal.push_str(" '");
        literal.push_str(&address);
        literal.push('\'');
    }
    literal
}

/// The terms that four small numbers in a row have together: every row of four among `terms`, as often as it is there once.
///
/// A text in which the four stand as a phrase has the term, and a text with the term has the phrase.
pub(crate) fn address_terms<'a>(terms: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
    let mut addresses = Addresses::default();
    terms.for_each(|term| addresses.see(term));
    addresses.found
}

/// Watches terms go by for four small numbers in a row.
#[derive(Default)]
struct Addresses {
    /// The last numbers, at most three.
    last: Vec<String>,
    found: BTreeSet<String>,
}

impl Addresses {
    fn see(&mut self, term: &str) {
        if term.len() > 3
            || !term
                .parse::<u8>()
                .is_ok_and(|_| term.bytes().all(|b| b.is_ascii_digit()))
        {
            self.last.clear();
            return;
        }
        if let [a, b, c] = self.last.as_slice() {
            self.found.insert(format!("{ADDRESS_MARK}{a}x{b}x{c}x{term}"));
            self.last.remove(0);
        }
        self.last.push(term.to_owned());
    }
}

/// What a token was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A word of a script with spaces.
    Word,
    /// Two neighbouring characters of a run.
    Pair,
    /// The last character of a run of two or more.
    RunEnd,
    /// The only character of a run.
    Single,
}

/// A token on its way past, with places in the folded text.
pub(crate) struct SeenToken<'a> {
    pub(crate) term: &'a str,
    pub(crate) position: u32,
    pub(crate) shape: Shape,
    pub(crate) range: Range<usize>,
    /// End of the first character of a pair; else the end of the token.
    pub(crate) head_end: usize,
}

/// Calls `see` for every token of a folded text, without allocating for each.
pub(crate) fn for_each_token(folded: &str, see: impl FnMut(SeenToken<'_>)) {
    let mut walk = Walk {
        see,
        term: String::with_capacity(MAX_WORD_LEN + 1),
        position: 0,
        run: None,
    };
    let mut rest = 0;
    while let Some((at, c)) = folded
        .get(rest..)
        .and_then(|tail| Some((rest, tail.chars().next()?)))
    {
        rest = at + c.len_utf8();
        match class_of(c) {
            Class::Separator => {}
            Class::Unspaced => walk.unspaced(folded, at, c),
            Class::Ascii => {
                walk.end_run();
                rest = ascii_word_end(folded, at);
                walk.word(folded, at..rest, encode_ascii_word);
            }
            Class::Spaced => {
                walk.end_run();
                rest = spaced_word_end(folded, at);
                walk.word(folded, at..rest, |word, term| {
                    encode_characters(word.chars(), term);
                });
            }
        }
    }
    walk.end_run();
}

struct Walk<F> {
    see: F,
    term: String,
    position: u32,
    run: Option<Run>,
}

/// The last character of the run being read.
#[derive(Clone, Copy)]
struct Run {
    c: Encoded,
    start: usize,
    end: usize,
    alone: bool,
}

impl<F: FnMut(SeenToken<'_>)> Walk<F> {
    fn unspaced(&mut self, folded: &str, at: usize, c: char) {
        let end = at + c.len_utf8();
        let c = encode(c);
        let mut alone = true;
        if let Some(run) = self.run {
            if folded.get(run.end..at).is_some_and(joins) {
                encode_all([run.c, c].into_iter(), &mut self.term);
                self.emit(Shape::Pair, run.start..end, run.end);
                alone = false;
            } else {
                self.end_run();
            }
        }
        self.run = Some(Run {
            c,
            start: at,
            end,
            alone,
        });
    }

    fn end_run(&mut self) {
        if let Some(run) = self.run.take() {
            encode_all(std::iter::once(run.c), &mut self.term);
            let shape = if run.alone { Shape::Single } else { Shape::RunEnd };
            self.emit(shape, run.start..run.end, run.end);
        }
    }

    fn word(&mut self, folded: &str, range: Range<usize>, encode: impl FnOnce(&str, &mut String)) {
        encode(folded.get(range.clone()).unwrap_or_default(), &mut self.term);
        let end = range.end;
        self.emit(Shape::Word, range, end);
    }

    fn emit(&mut self, shape: Shape, range: Range<usize>, head_end: usize) {
        self.position = self.position.saturating_add(1);
        (self.see)(SeenToken {
            term: &self.term,
            position: self.position,
            shape,
            range,
            head_end,
        });
    }
}

fn ascii_word_end(folded: &str, start: usize) -> usize {
    let bytes = folded.as_bytes().get(start..).unwrap_or_default();
    let len = bytes
        .iter()
        .take(MAX_WORD_LEN)
        .take_while(|b| b.is_ascii_alphanumeric())
        .count();
    start + len.max(1)
}

fn spaced_word_end(folded: &str, start: usize) -> usize {
    let tail = folded.get(start..).unwrap_or_default();
    tail.char_indices()
        .enumerate()
        .find(|&(count, (_, c))| count == MAX_ENCODED_CHARS || class_of(c) != Class::Spaced)
        .map_or(folded.len(), |(_, (at, _))| start + at)
}

fn push_number(number: u32, text: &mut String) {
    let mut rest = number;
    let mut digits = [b'0'; 10];
    let mut used = 0;
    for digit in digits.iter_mut().rev() {
        *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    text.extend(digits.iter().skip(digits.len() - used).copied().map(char::from));
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The tokens in readable form: terms decoded again.
    fn readable(text: &str) -> Vec<String> {
        index_tokens(text)
            .iter()
            .zip(1_u32..)
            .map(|(token, position)| {
                assert_eq!(token.position, position);
                decode(&token.term)
            })
            .collect()
    }

    fn decode(term: &str) -> String {
        if let Some(word) = term.strip_prefix("zz") {
            return format!("z{word}");
        }
        match term.strip_prefix('z') {
            None => term.to_owned(),
            Some(digits) => digits
                .as_bytes()
                .chunks(4)
                .map(|four| {
                    let four = std::str::from_utf8(four).unwrap();
                    char::from_u32(u32::from_str_radix(four, 36).unwrap()).unwrap()
                })
                .collect(),
        }
    }

    fn check(text: &str, expect: &[&str]) {
        assert_eq!(readable(text), expect, "{text:?}");
    }

    #[test]
    fn japanese_becomes_pairs_and_the_rest_words() {
        check("", &[]);
        check("　、。!?", &[]);
        check("情報漏洩", &["情報", "報漏", "漏洩", "洩"]);
        check("情", &["情"]);
        check("ﾏﾙｳｪｱ", &["マル", "ルウ", "ウェ", "ェア", "ア"]);
        check("サーバー、人々", &["サー", "ーバ", "バー", "ー", "人々", "々"]);
        check("APT攻撃", &["apt", "攻撃", "撃"]);
        check("A社のPC", &["a", "社の", "の", "pc"]);
        check("203.0.113.47", &["203", "0", "113", "47"]);
        check("svc-maint user_name", &["svc", "maint", "user", "name"]);
        check("Ｅｍｏｔｅｔ　ZIP", &["emotet", "zip"]);
        check("Привет мир", &["привет", "мир"]);
        check("abcд", &["abc", "д"]);
        check("한국어", &["한국", "국어", "어"]);
        check("①件 ㈱纏", &["1", "件", "株", "纏"]);
        check("ไทย", &["ไท", "ทย", "ย"]);
    }

    #[test]
    fn a_line_break_a_single_space_or_a_middle_dot_does_not_end_a_run() {
        check("情報\n漏洩", &["情報", "報漏", "漏洩", "洩"]);
        check("情報\r\n> 漏洩", &["情報", "報漏", "漏洩", "洩"]);
        check("山田　太郎", &["山田", "田太", "太郎", "郎"]);
        check("サイバー・攻撃", &["サイ", "イバ", "バー", "ー攻", "攻撃", "撃"]);
        check("情報\n\n漏洩", &["情報", "報", "漏洩", "洩"]);
        check("情報  漏洩", &["情報", "報", "漏洩", "洩"]);
        check("情報、漏洩", &["情報", "報", "漏洩", "洩"]);
    }

    #[test]
    fn long_words_are_cut_and_terms_stay_short() {
        let long = "a".repeat(MAX_WORD_LEN + 2);
        check(&long, &["a".repeat(MAX_WORD_LEN).as_str(), "aa"]);
        for token in index_tokens(&("ж".repeat(1000) + &"z".repeat(1000))) {
            assert!(token.term.len() <= MAX_WORD_LEN + 1);
        }
        assert_eq!(index_tokens(&"0f".repeat(64)).len(), 1, "a SHA-512 is one token");
    }

    #[test]
    fn tokens_know_where_they_stand_in_the_original() {
        let text = "PCがｳｲﾙｽに感染";
        let shown: Vec<_> = index_tokens(text)
            .into_iter()
            .map(|token| &text[token.range])
            .collect();
        assert_eq!(
            shown,
            ["PC", "がｳ", "ｳｲ", "ｲﾙ", "ﾙｽ", "ｽに", "に感", "感染", "染"]
        );
    }

    #[test]
    fn four_small_numbers_in_a_row_have_a_term_of_their_own() {
        for (text, expect) in [
            ("from 203.0.113.47 to", "from 203 0 113 47 to zyip203x0x113x47"),
            ("ip-10-1-2-3", "ip 10 1 2 3 zyip10x1x2x3"),
            (
                "1.2.3.4.5 1.2.3.4",
                "1 2 3 4 5 1 2 3 4 zyip1x2x3x4 zyip2x3x4x5 zyip3x4x5x1 zyip4x5x1x2 zyip5x1x2x3",
            ),
            ("2026.11.20.1", "2026 11 20 1"),
            ("1.2.256.4", "1 2 256 4"),
            ("1.2 a 3.4", "1 2 a 3 4"),
            ("1.2.3.0004", "1 2 3 0004"),
        ] {
            assert_eq!(fts5_document(text), expect);
        }
        assert_eq!(tsvector("10.1.2.3"), "'10':1 '1':2 '2':3 '3':4 'zyip10x1x2x3'");
    }

    #[test]
    fn documents_for_both_engines_carry_the_same_terms() {
        assert_eq!(fts5_document("情報 zip"), "z0j450hf5 z0hf5 zzip");
        assert_eq!(tsvector("情報 zip"), "'z0j450hf5':1 'z0hf5':2 'zzip':3");
        assert_eq!(tsvector(""), "");
        let many = "a ".repeat(20_000);
        assert!(tsvector(&many).ends_with("'a':16383"));
    }
}
