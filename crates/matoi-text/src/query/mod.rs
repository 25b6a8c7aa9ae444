//! What people type into a search box.
//!
//! | typed | found |
//! |---|---|
//! | `emotet 感染` | both, in any order |
//! | `"不審な メール"`, `「不審なメール」`, `“a b”` | the phrase |
//! | `-訓練`, `-"test mail"` | not this |
//! | `inci*` | words that begin so |
//! | `emotet OR qakbot 感染` | one of the two, and the third (`OR` binds tighter; `|` is the same) |
//!
//! Anything is a query, nothing is an error: an open quote ends with the text, a lone sign is nothing,
//! `AND` between words is what is meant anyway. A Japanese word is a phrase of its pairs of characters and
//! so is found inside longer words; a single such character is found wherever it stands. A word like
//! `svc-maint` or `203.0.113.47` is a phrase of its parts. An exclusion beside `OR` is not an alternative:
//! `a OR -b` means `a -b`.
//!
//! A query that only excludes means everything else. No full-text engine of ours can say that in one
//! expression, so [`SearchQuery::to_fts5`] and [`SearchQuery::to_tsquery`] give a [`TextFilter`], which
//! tells the caller to negate.

mod lex;
mod render;

use crate::fold::fold;
use crate::tokens::{OVERLAP_TOKENS, Shape, for_each_token};
use lex::{Piece, pieces};
pub use render::TextFilter;

/// Most terms of a query; what is typed after them is not looked at.
pub const MAX_QUERY_TERMS: usize = 32;

/// Most bytes of the typed text that are looked at.
const MAX_QUERY_BYTES: usize = 4_096;

/// A parsed search: every clause must be found, nothing that is excluded may be.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SearchQuery {
    clauses: Vec<Clause>,
    excluded: Vec<Term>,
}

/// A part of a query of which one alternative must be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    alternatives: Vec<Term>,
}

/// A word or phrase of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    text: String,
    tokens: Vec<String>,
    prefix: bool,
}

impl SearchQuery {
    /// Understands what was typed; never fails. Text without any word or character to search for gives
    /// an empty query.
    #[must_use]
    pub fn parse(typed: &str) -> Self {
        let looked_at = typed
            .get(..typed.floor_char_boundary(MAX_QUERY_BYTES))
            .unwrap_or(typed);
        let mut query = Self::default();
        let mut or_pending = false;
        let mut can_continue = false;
        let mut terms = 0;
        for piece in pieces(looked_at) {
            match piece {
                Piece::Or => or_pending = true,
                Piece::And => {}
                Piece::Term {
                    text,
                    excluded,
                    prefix,
                } => {
                    let Some(term) = Term::new(text, prefix) else {
                        continue;
                    };
                    terms += 1;
                    if terms > MAX_QUERY_TERMS {
                        break;
                    }
                    query.add(term, excluded, or_pending && can_continue);
                    or_pending = false;
                    can_continue = !excluded;
                }
            }
        }
        query
    }

    fn add(&mut self, term: Term, excluded: bool, alternative: bool) {
        if excluded {
            self.excluded.push(term);
            return;
        }
        match self.clauses.last_mut() {
            Some(clause) if alternative => clause.alternatives.push(term),
            _ => self.clauses.push(Clause {
                alternatives: vec![term],
            }),
        }
    }

    /// Whether nothing was asked for and nothing excluded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.clauses.is_empty() && self.excluded.is_empty()
    }

    /// The parts that must all be found.
    ///
    /// An index that holds long texts in several rows (see [`chunk`](crate::chunk())) looks each clause up by
    /// itself and keeps the texts found for all of them, less those found for [`Self::excluded`].
    #[must_use]
    pub fn clauses(&self) -> &[Clause] {
        &self.clauses
    }

    /// What must not be found: one clause whose alternatives are all the exclusions.
    #[must_use]
    pub fn excluded(&self) -> Option<Clause> {
        (!self.excluded.is_empty()).then(|| Clause {
            alternatives: self.excluded.clone(),
        })
    }
}

impl Clause {
    /// The terms of which one is enough; at least one.
    #[must_use]
    pub fn alternatives(&self) -> &[Term] {
        &self.alternatives
    }
}

impl Term {
    /// The term of a piece of typed text, if there is anything in it that can be searched for.
    fn new(text: &str, prefix: bool) -> Option<Self> {
        let mut tokens = Vec::new();
        let mut last_shape = None;
        for_each_token(&fold(text), |token| {
            if tokens.len() < OVERLAP_TOKENS {
                tokens.push(token.term.to_owned());
                last_shape = Some(token.shape);
            } else {
                last_shape = Some(Shape::Pair);
            }
        });
        let prefix = match last_shape? {
            // In the text the word may go on, so its last character need not end a run.
            Shape::RunEnd => {
                tokens.pop();
                false
            }
            Shape::Single => true,
            Shape::Word => prefix,
            Shape::Pair => false,
        };
        Some(Self {
            text: text.to_owned(),
            tokens,
            prefix,
        })
    }

    /// The term as it was typed, without its signs.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The index tokens that must stand one after the other; at least one, at most 64.
    #[must_use]
    pub fn tokens(&self) -> &[String] {
        &self.tokens
    }

    /// Whether the last token need only be the beginning of a token of the text.
    #[must_use]
    pub fn is_prefix(&self) -> bool {
        self.prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `clause | clause - exclusions`, alternatives parted by `/`, prefixes with `*`.
    fn shown(typed: &str) -> String {
        let query = SearchQuery::parse(typed);
        let terms = |terms: &[Term]| {
            terms
                .iter()
                .map(|term| format!("{}{}", term.text(), if term.is_prefix() { "*" } else { "" }))
                .collect::<Vec<_>>()
                .join("/")
        };
        let mut shown = query
            .clauses()
            .iter()
            .map(|clause| terms(clause.alternatives()))
            .collect::<Vec<_>>()
            .join(" & ");
        if let Some(excluded) = query.excluded() {
            shown += &format!(" - {}", terms(excluded.alternatives()));
        }
        shown
    }

    fn check(typed: &str, expect: &str) {
        assert_eq!(shown(typed), expect, "{typed:?}");
    }

    #[test]
    fn what_is_typed_is_understood() {
        for (typed, expect) in [
            ("", ""),
            ("   　", ""),
            ("!? -", ""),
            ("- -- *", ""),
            ("OR", ""),
            ("OR AND |", ""),
            ("emotet 感染", "emotet & 感染"),
            ("emotet　感染", "emotet & 感染"),
            ("emotet AND 感染", "emotet & 感染"),
            ("\"a b\" c", "a b & c"),
            ("「不審なメール」", "不審なメール"),
            ("『不審』なメール", "不審 & なメール"),
            ("“a b” ＂c d＂", "a b & c d"),
            ("\"open", "open"),
            ("open\" quote", "open &  quote"),
            ("-訓練", " - 訓練"),
            ("－訓練 a", "a - 訓練"),
            ("a -\"test mail\" -「訓練 メール」", "a - test mail/訓練 メール"),
            ("inci*", "inci*"),
            ("inci＊ \"svc ma\"*", "inci* & svc ma*"),
            ("a OR b c", "a/b & c"),
            ("a | b ｜ c ＯＲ d", "a/b/c/d"),
            ("a OR", "a"),
            ("OR a", "a"),
            ("a OR OR b", "a/b"),
            ("a OR !! b", "a/b"),
            ("a OR -b", "a - b"),
            ("-a OR b", "b - a"),
            ("a OR -b c", "a & c - b"),
            ("or and", "or & and"),
            ("社", "社*"),
            ("A社", "A社*"),
            ("svc-maint", "svc-maint"),
            ("--x", " - x"),
        ] {
            check(typed, expect);
        }
    }

    #[test]
    fn a_japanese_word_is_a_phrase_of_pairs() {
        let tokens = |typed: &str| {
            SearchQuery::parse(typed).clauses()[0].alternatives()[0]
                .tokens()
                .to_vec()
        };
        assert_eq!(tokens("情報").len(), 1);
        assert_eq!(tokens("情").len(), 1);
        assert_eq!(tokens("情報漏洩").len(), 3);
        assert_eq!(tokens("203.0.113.47"), ["203", "0", "113", "47"]);
        assert_eq!(tokens("攻撃APT").len(), 3, "the run ends here in the text too");
    }

    #[test]
    fn a_query_has_a_size() {
        let query = SearchQuery::parse(&"a ".repeat(1000));
        assert_eq!(query.clauses().len(), MAX_QUERY_TERMS);
        let query = SearchQuery::parse(&"漏洩".repeat(1000));
        assert_eq!(
            query.clauses()[0].alternatives()[0].tokens().len(),
            OVERLAP_TOKENS
        );
        assert!(!query.clauses()[0].alternatives()[0].is_prefix());
    }
}
