//! Queries in the languages of the full-text engines.
//!
//! What is written consists of index terms (`[a-z0-9]+`), operators and quotes put there by this module;
//! nothing that was typed is copied. It is still bound as a parameter by the caller.

use super::{Clause, SearchQuery, Term};
use crate::tokens::address_terms;

/// What a query asks of the rows of a full-text index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextFilter {
    /// The query is empty: every row passes, the index need not be asked.
    Everything,
    /// Rows that match this expression pass.
    Matching(String),
    /// The query only excludes: rows pass that do *not* match this expression.
    EverythingExcept(String),
}

impl SearchQuery {
    /// The query as an SQLite FTS5 `MATCH` expression, to be bound as a parameter.
    #[must_use]
    pub fn to_fts5(&self) -> TextFilter {
        self.filter(&FTS5)
    }

    /// The query as text for a PostgreSQL `$1::tsquery` cast.
    #[must_use]
    pub fn to_tsquery(&self) -> TextFilter {
        self.filter(&TSQUERY)
    }

    fn filter(&self, language: &Language) -> TextFilter {
        let excluded = (!self.excluded.is_empty()).then(|| any_of(&self.excluded, language));
        if self.clauses.is_empty() {
            return excluded.map_or(TextFilter::Everything, TextFilter::EverythingExcept);
        }
        let required = self
            .clauses
            .iter()
            .map(|clause| any_of(&clause.alternatives, language))
            .collect::<Vec<_>>()
            .join(language.and);
        TextFilter::Matching(match excluded {
            None => required,
            Some(excluded) => format!("({required}){}{excluded}", language.and_not),
        })
    }
}

impl Clause {
    /// The clause as an SQLite FTS5 `MATCH` expression.
    #[must_use]
    pub fn to_fts5(&self) -> String {
        any_of(&self.alternatives, &FTS5)
    }

    /// The clause as text for a PostgreSQL `$1::tsquery` cast.
    #[must_use]
    pub fn to_tsquery(&self) -> String {
        any_of(&self.alternatives, &TSQUERY)
    }
}

struct Language {
    phrase: fn(&Term) -> String,
    quote: char,
    and: &'static str,
    or: &'static str,
    and_not: &'static str,
}

const FTS5: Language = Language {
    phrase: fts5_phrase,
    quote: '"',
    and: " AND ",
    or: " OR ",
    and_not: " NOT ",
};
const TSQUERY: Language = Language {
    phrase: tsquery_phrase,
    quote: '\'',
    and: " & ",
    or: " | ",
    and_not: " & !",
};

/// An expression in parentheses that is found when one of the terms is.
fn any_of(terms: &[Term], language: &Language) -> String {
    let phrases: Vec<_> = terms.iter().map(|term| one(term, language)).collect();
    format!("({})", phrases.join(language.or))
}

/// A phrase, led by the terms of the addresses in it: these are rare, and its numbers are not.
fn one(term: &Term, language: &Language) -> String {
    let certain = term.tokens.len() - usize::from(term.prefix).min(term.tokens.len());
    let addresses = address_terms(term.tokens.iter().take(certain).map(String::as_str));
    if addresses.is_empty() {
        return (language.phrase)(term);
    }
    let quote = language.quote;
    let mut parts: Vec<_> = addresses
        .iter()
        .map(|term| format!("{quote}{term}{quote}"))
        .collect();
    if term.tokens.len() > 4 {
        parts.push((language.phrase)(term));
    }
    format!("({})", parts.join(language.and))
}

/// SQLite documentation, "Full-text Query Syntax": `"one two thr" *`.
fn fts5_phrase(term: &Term) -> String {
    let star = if term.prefix { " *" } else { "" };
    format!("\"{}\"{star}", term.tokens.join(" "))
}

/// PostgreSQL manual, section 8.11.2: `'one' <-> 'two' <-> 'thr':*`.
fn tsquery_phrase(term: &Term) -> String {
    let star = if term.prefix { ":*" } else { "" };
    format!("'{}'{star}", term.tokens.join("' <-> '"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn queries_are_written_for_both_engines() {
        let matching = |text: &str| TextFilter::Matching(text.to_owned());
        for (typed, fts5, tsquery) in [
            ("a", "(\"a\")", "('a')"),
            ("a b*", "(\"a\") AND (\"b\" *)", "('a') & ('b':*)"),
            (
                "情報漏",
                "(\"z0j450hf5 z0hf50lxr\")",
                "('z0j450hf5' <-> 'z0hf50lxr')",
            ),
            ("情", "(\"z0j45\" *)", "('z0j45':*)"),
            ("203.0.113.9", "((\"zyip203x0x113x9\"))", "(('zyip203x0x113x9'))"),
            (
                "203.0.113.9:443",
                "((\"zyip203x0x113x9\" AND \"203 0 113 9 443\"))",
                "(('zyip203x0x113x9' & '203' <-> '0' <-> '113' <-> '9' <-> '443'))",
            ),
            (
                "203.0.113.9*",
                "(\"203 0 113 9\" *)",
                "('203' <-> '0' <-> '113' <-> '9':*)",
            ),
            (
                "a OR \"b c\" -d",
                "((\"a\" OR \"b c\")) NOT (\"d\")",
                "(('a' | 'b' <-> 'c')) & !('d')",
            ),
        ] {
            let query = SearchQuery::parse(typed);
            assert_eq!(query.to_fts5(), matching(fts5), "{typed:?}");
            assert_eq!(query.to_tsquery(), matching(tsquery), "{typed:?}");
        }
    }

    #[test]
    fn a_query_that_only_excludes_asks_to_negate() {
        assert_eq!(SearchQuery::parse(" !").to_fts5(), TextFilter::Everything);
        let query = SearchQuery::parse("-a -「b c」");
        assert_eq!(
            query.to_fts5(),
            TextFilter::EverythingExcept("(\"a\" OR \"b c\")".to_owned())
        );
        assert_eq!(
            query.to_tsquery(),
            TextFilter::EverythingExcept("('a' | 'b' <-> 'c')".to_owned())
        );
    }

    /// Takes an expression apart by the grammar this module may write; anything else fails.
    fn is_only_terms_and_operators(expression: &str, quote: char, operators: &[&str]) -> bool {
        let mut parts = expression.split(quote);
        let outside_ok = |outside: &str| {
            let mut rest = outside.to_owned();
            for operator in operators {
                rest = rest.replace(operator, "");
            }
            rest.chars().all(|c| c == '(' || c == ')')
        };
        let inside_ok = |inside: &str| {
            !inside.is_empty()
                && inside.split(' ').all(|term| {
                    !term.is_empty() && term.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                })
        };
        loop {
            match (parts.next(), parts.next()) {
                (Some(outside), Some(inside)) => {
                    if !outside_ok(outside) || !inside_ok(inside) {
                        return false;
                    }
                }
                (Some(outside), None) => return outside_ok(outside),
                (None, _) => return false,
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1000))]
        #[test]
        fn nothing_typed_reaches_the_engine_but_terms(
            typed in r#"([-"'「」*()|&!:<>\\;%_$ ]|OR|NEAR|AND|NOT|\PC|情報|[a-z]{1,3}| ){0,20}"#,
        ) {
            let query = SearchQuery::parse(&typed);
            for (filter, quote, operators) in [
                (query.to_fts5(), '"', &[" AND ", " OR ", " NOT ", " *"][..]),
                (query.to_tsquery(), '\'', &[" & !", " & ", " | ", " <-> ", ":*"][..]),
            ] {
                match filter {
                    TextFilter::Everything => prop_assert!(query.is_empty()),
                    TextFilter::Matching(text) | TextFilter::EverythingExcept(text) => {
                        prop_assert!(is_only_terms_and_operators(&text, quote, operators), "{}", text);
                    }
                }
            }
        }
    }
}
