//! Cuts the text of an expression into tokens, and names the right spelling where another language's was used.

use crate::error::{ConditionError, ConditionErrorKind};
use crate::literal::RESERVED_WORDS;

/// One token and where it stands, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum TokenKind {
    /// A name or a word of the language.
    Word(String),
    /// A text in quotes, without them and unescaped.
    Text(String),
    /// Starts with a digit: a number, a duration or a date-time.
    Literal(String),
    Symbol(Symbol),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Symbol {
    OpenParenthesis,
    CloseParenthesis,
    OpenBracket,
    CloseBracket,
    Comma,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What a sign means, the longer spellings first; `Err` names the spelling that is meant.
const SIGNS: [(&str, Result<Symbol, &str>); 30] = [
    ("===", Err("==")),
    ("!==", Err("!=")),
    ("==", Ok(Symbol::Equal)),
    ("!=", Ok(Symbol::NotEqual)),
    ("<=", Ok(Symbol::LessOrEqual)),
    (">=", Ok(Symbol::GreaterOrEqual)),
    ("=<", Err("<=")),
    ("=>", Err(">=")),
    ("<>", Err("!=")),
    ("&&", Err("and")),
    ("||", Err("or")),
    ("&", Err("and")),
    ("|", Err("or")),
    ("!", Err("not")),
    ("=", Err("==")),
    ("<", Ok(Symbol::Less)),
    (">", Ok(Symbol::Greater)),
    ("(", Ok(Symbol::OpenParenthesis)),
    (")", Ok(Symbol::CloseParenthesis)),
    ("[", Ok(Symbol::OpenBracket)),
    ("]", Ok(Symbol::CloseBracket)),
    (",", Ok(Symbol::Comma)),
    ("≥", Err(">=")),
    ("≧", Err(">=")),
    ("≤", Err("<=")),
    ("≦", Err("<=")),
    ("≠", Err("!=")),
    ("、", Err(",")),
    ("'", Err("\"")),
    ("`", Err("\"")),
];

const WRONG_QUOTES: &str = "“”„‘’«»「」『』";

/// Cuts a text into tokens.
pub(crate) fn tokens(text: &str) -> Result<Vec<Token>, ConditionError> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let offset = text.len() - rest.len();
        let (kind, length) = next_token(rest, first)
            .map_err(|(kind, start, length)| ConditionError::new(kind, offset + start, length))?;
        tokens.push(Token { kind, offset, length });
        rest = rest.get(length..).unwrap_or_default().trim_start();
    }
    Ok(tokens)
}

type LexerError = (ConditionErrorKind, usize, usize);

/// The token at the start of `rest`, which starts with `first`, and its length in bytes.
fn next_token(rest: &str, first: char) -> Result<(TokenKind, usize), LexerError> {
    if first == '"' {
        return quoted_text(rest);
    }
    let starts_number = |c: char| c.is_ascii_digit();
    if starts_number(first) || (first == '-' && rest.chars().nth(1).is_some_and(starts_number)) {
        let literal = leading(rest, |c| {
            c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '+' | '-')
        });
        check_width(literal)?;
        return Ok((TokenKind::Literal(literal.to_owned()), literal.len()));
    }
    if first.is_alphanumeric() || first == '_' {
        let word = leading(rest, |c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-'));
        check_width(word)?;
        check_case(word)?;
        return Ok((TokenKind::Word(word.to_owned()), word.len()));
    }
    sign(rest, first)
}

fn leading(text: &str, belongs: impl Fn(char) -> bool) -> &str {
    let end = text.find(|c| !belongs(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// Full-width letters and digits look right in an editor and are never meant.
fn check_width(word: &str) -> Result<(), LexerError> {
    if word.chars().any(|c| narrow(c).is_some()) {
        let narrowed = word.chars().map(|c| narrow(c).unwrap_or(c)).collect::<String>();
        return Err(wrong_spelling(word, &narrowed));
    }
    Ok(())
}

fn check_case(word: &str) -> Result<(), LexerError> {
    let lower = word.to_ascii_lowercase();
    if word != lower && RESERVED_WORDS.contains(&lower.as_str()) {
        return Err(wrong_spelling(word, &lower));
    }
    Ok(())
}

fn sign(rest: &str, first: char) -> Result<(TokenKind, usize), LexerError> {
    if let Some((spelling, meaning)) = SIGNS.iter().find(|(spelling, _)| rest.starts_with(spelling)) {
        return match meaning {
            Ok(symbol) => Ok((TokenKind::Symbol(*symbol), spelling.len())),
            Err(expected) => Err(wrong_spelling(spelling, expected)),
        };
    }
    let found = first.to_string();
    if WRONG_QUOTES.contains(first) {
        return Err(wrong_spelling(&found, "\""));
    }
    if let Some(narrowed) = narrow(first) {
        return Err(wrong_spelling(&found, &narrowed.to_string()));
    }
    Err((
        ConditionErrorKind::UnexpectedCharacter { character: first },
        0,
        first.len_utf8(),
    ))
}

fn wrong_spelling(found: &str, expected: &str) -> LexerError {
    let kind = ConditionErrorKind::WrongSpelling {
        found: found.to_owned(),
        expected: expected.to_owned(),
    };
    (kind, 0, found.len())
}

/// The ASCII character that a full-width form (U+FF01 to U+FF5E) stands for.
fn narrow(wide: char) -> Option<char> {
    let code = u32::from(wide);
    if (0xFF01..=0xFF5E).contains(&code) {
        char::from_u32(code - 0xFEE0)
    } else {
        None
    }
}

fn quoted_text(rest: &str) -> Result<(TokenKind, usize), LexerError> {
    let mut text = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((position, character)) = characters.next() {
        match character {
            '"' => return Ok((TokenKind::Text(text), position + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('"' | '\\'))) => text.push(escaped),
                Some((_, other)) => {
                    return Err((ConditionErrorKind::BadEscape, position, 1 + other.len_utf8()));
                }
                None => break,
            },
            control if control.is_control() => {
                return Err((ConditionErrorKind::ControlCharacter, position, control.len_utf8()));
            }
            other => text.push(other),
        }
    }
    Err((ConditionErrorKind::UnclosedText, 0, rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expect: &[(&str, usize)]) {
        let found = tokens(text).unwrap();
        let found: Vec<(String, usize)> = found
            .iter()
            .map(|token| {
                let spelling = match &token.kind {
                    TokenKind::Word(word) => word.clone(),
                    TokenKind::Text(text) => format!("text {text}"),
                    TokenKind::Literal(literal) => format!("literal {literal}"),
                    TokenKind::Symbol(symbol) => format!("{symbol:?}"),
                };
                (spelling, token.offset)
            })
            .collect();
        let expect: Vec<(String, usize)> = expect.iter().map(|(s, o)| ((*s).to_owned(), *o)).collect();
        assert_eq!(found, expect, "{text}");
    }

    #[test]
    fn a_text_is_cut_at_words_literals_texts_and_signs() {
        check("", &[]);
        check(
            " a.b_c>=-2h",
            &[("a.b_c", 1), ("GreaterOrEqual", 6), ("literal -2h", 8)],
        );
        check(
            "重要\u{3000}== \"a\\\"b\\\\\"",
            &[("重要", 0), ("Equal", 9), ("text a\"b\\", 12)],
        );
        check(
            "t<2026-11-20T09:00:00+09:00)",
            &[
                ("t", 0),
                ("Less", 1),
                ("literal 2026-11-20T09:00:00+09:00", 2),
                ("CloseParenthesis", 27),
            ],
        );
    }

    #[test]
    fn other_spellings_are_refused_with_the_right_one() {
        let cases = [
            ("a && b", 2, "&&", "and"),
            ("a||b", 1, "||", "or"),
            ("!a", 0, "!", "not"),
            ("a = 1", 2, "=", "=="),
            ("a === 1", 2, "===", "=="),
            ("a <> 1", 2, "<>", "!="),
            ("a => 1", 2, "=>", ">="),
            ("a ≧ 1", 2, "≧", ">="),
            ("a == 'x'", 5, "'", "\""),
            ("a == “x”", 5, "“", "\""),
            ("a == 「x」", 5, "「", "\""),
            ("a AND b", 2, "AND", "and"),
            ("a == True", 5, "True", "true"),
            ("a > １０００", 4, "１０００", "1000"),
            ("a > 1０", 4, "1０", "10"),
            ("（a）", 0, "（", "("),
            ("a in [b，c]", 7, "，", ","),
        ];
        for (text, offset, found, expected) in cases {
            let error = tokens(text).unwrap_err();
            let kind = ConditionErrorKind::WrongSpelling {
                found: found.into(),
                expected: expected.into(),
            };
            assert_eq!(error, ConditionError::new(kind, offset, found.len()), "{text}");
        }
    }

    #[test]
    fn broken_texts_and_foreign_characters_are_errors_with_a_place() {
        let cases = [
            ("a == \"x", ConditionErrorKind::UnclosedText, 5, 2),
            ("\"x\\", ConditionErrorKind::UnclosedText, 0, 3),
            ("\"x\\n\"", ConditionErrorKind::BadEscape, 2, 2),
            ("\"x\n\"", ConditionErrorKind::ControlCharacter, 2, 1),
            (
                "a + b",
                ConditionErrorKind::UnexpectedCharacter { character: '+' },
                2,
                1,
            ),
            (
                "a # note",
                ConditionErrorKind::UnexpectedCharacter { character: '#' },
                2,
                1,
            ),
        ];
        for (text, kind, offset, length) in cases {
            assert_eq!(
                tokens(text).unwrap_err(),
                ConditionError::new(kind, offset, length),
                "{text}"
            );
        }
    }
}
