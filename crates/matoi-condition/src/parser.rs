//! Recursive descent over the tokens, checking every name and value against the vocabulary on the way.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::error::{ConditionError, ConditionErrorKind};
use crate::expression::{MAX_LENGTH, MAX_NESTING, Node, NodeKind};
use crate::fact_test::{Operand, Operator, Test};
use crate::lexer::{Symbol, Token, TokenKind, tokens};
use crate::operand;
use crate::similar::most_similar;
use crate::vocabulary::{FactType, Vocabulary};

/// Parentheses that change nothing do not count as nesting, but there must be an end to them: one level of nesting
/// needs at most a `not` and a parenthesis in the canonical text.
const MAX_RECURSION: usize = 4 * MAX_NESTING;

/// Reads a text. The places in the tree are not set: the tree is printed afterwards, which sets them.
pub(crate) fn parse(text: &str, vocabulary: &Vocabulary) -> Result<Node, ConditionError> {
    check_length(text, text.len())?;
    let tokens = tokens(text)?;
    if tokens.is_empty() {
        return Err(ConditionError::new(ConditionErrorKind::Empty, 0, text.len()));
    }
    let mut parser = Parser {
        tokens: &tokens,
        next: 0,
        end: text.trim_end().len(),
        recursion: 0,
        vocabulary,
    };
    let (root, _) = parser.expression()?;
    if parser.peek().is_some() {
        return Err(parser.error_after_condition());
    }
    Ok(root)
}

/// Refuses a text that is too long; the error marks the text as it was written, which has `written_length` bytes.
pub(crate) fn check_length(text: &str, written_length: usize) -> Result<(), ConditionError> {
    if text.len() <= MAX_LENGTH {
        return Ok(());
    }
    Err(ConditionError::new(
        ConditionErrorKind::TooLong { limit: MAX_LENGTH },
        0,
        written_length,
    ))
}

struct Parser<'t> {
    tokens: &'t [Token],
    next: usize,
    /// The length of the text, for errors about what is missing at its end.
    end: usize,
    recursion: usize,
    vocabulary: &'t Vocabulary,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Connective {
    And,
    Or,
}

/// A node and how many levels of `not`, `and` and `or` it has.
type Parsed = Result<(Node, usize), ConditionError>;

impl<'t> Parser<'t> {
    /// `expression = negation, ( { "and", negation } | { "or", negation } )`
    fn expression(&mut self) -> Parsed {
        let (first, first_depth) = self.negation()?;
        let Some(connective) = self.peek_connective() else {
            return Ok((first, first_depth));
        };
        let mut parts = Vec::new();
        let mut depth = 0;
        add_part(&mut parts, &mut depth, connective, first, first_depth);
        while let Some(next) = self.peek_connective() {
            if next != connective {
                return Err(self.error_here(ConditionErrorKind::MixedConnectives));
            }
            self.next += 1;
            let (part, part_depth) = self.negation()?;
            add_part(&mut parts, &mut depth, connective, part, part_depth);
        }
        let kind = match connective {
            Connective::And => NodeKind::All(parts),
            Connective::Or => NodeKind::Any(parts),
        };
        self.nest(kind, depth)
    }

    /// `negation = "not", negation | primary`
    fn negation(&mut self) -> Parsed {
        if !self.peek_word("not") {
            return self.primary();
        }
        self.enter()?;
        self.next += 1;
        let (part, depth) = self.negation()?;
        self.recursion -= 1;
        self.nest(NodeKind::Not(Box::new(part)), depth)
    }

    /// `primary = "(", expression, ")" | "true" | "false" | knowledge | test`
    fn primary(&mut self) -> Parsed {
        let Some(token) = self.peek() else {
            return Err(self.error_here(ConditionErrorKind::MissingCondition));
        };
        let kind = match &token.kind {
            TokenKind::Symbol(Symbol::OpenParenthesis) => return self.parenthesised(token),
            TokenKind::Word(word) => match word.as_str() {
                "true" | "false" => self.constant(word == "true")?,
                "known" => self.knowledge(Operator::Known)?,
                "unknown" => self.knowledge(Operator::Unknown)?,
                "and" | "or" | "in" | "contains" | "any" | "all" => {
                    return Err(self.error_here(ConditionErrorKind::MissingCondition));
                }
                _ => self.test(token, word)?,
            },
            TokenKind::Text(_) | TokenKind::Literal(_) => {
                return Err(self.error_here(ConditionErrorKind::ValueOnLeft));
            }
            TokenKind::Symbol(_) => return Err(self.error_here(ConditionErrorKind::MissingCondition)),
        };
        Ok((leaf(kind), 0))
    }

    fn parenthesised(&mut self, open: &'t Token) -> Parsed {
        self.enter()?;
        self.next += 1;
        let inner = self.expression()?;
        self.recursion -= 1;
        if self.peek().is_none() {
            return Err(error_at(open, ConditionErrorKind::UnclosedParenthesis));
        }
        if !self.take_symbol(Symbol::CloseParenthesis) {
            return Err(self.error_after_condition());
        }
        Ok(inner)
    }

    fn constant(&mut self, value: bool) -> Result<NodeKind, ConditionError> {
        if self.peek_after().is_some_and(|token| comparison(token).is_some()) {
            return Err(self.error_here(ConditionErrorKind::ValueOnLeft));
        }
        self.next += 1;
        Ok(NodeKind::Constant(value))
    }

    /// `knowledge = ( "known" | "unknown" ), "(", fact, ")"`
    fn knowledge(&mut self, operator: Operator) -> Result<NodeKind, ConditionError> {
        let word = operator.as_str().to_owned();
        if !self
            .peek_after()
            .is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::OpenParenthesis))
        {
            return Err(self.error_here(ConditionErrorKind::MissingParenthesis { word }));
        }
        self.next += 2;
        let fact = self.peek().and_then(|token| match &token.kind {
            TokenKind::Word(word) => Some((token, word)),
            _ => None,
        });
        let Some((token, name)) = fact else {
            return Err(self.error_here(ConditionErrorKind::MissingFact));
        };
        let fact_type = self.declared(token, name)?;
        self.next += 1;
        if !self.take_symbol(Symbol::CloseParenthesis) {
            let kind = if self.peek().is_some() {
                ConditionErrorKind::MissingFact
            } else {
                ConditionErrorKind::UnclosedParenthesis
            };
            return Err(self.error_here(kind));
        }
        Ok(test_node(name, fact_type, operator, Vec::new()))
    }

    /// `test = fact, [ comparison, value | "in", list | "contains", ( value | ( "any" | "all" ), list ) ]`
    fn test(&mut self, token: &'t Token, name: &'t str) -> Result<NodeKind, ConditionError> {
        if self
            .peek_after()
            .is_some_and(|next| next.kind == TokenKind::Symbol(Symbol::OpenParenthesis))
        {
            return Err(error_at(
                token,
                ConditionErrorKind::UnknownFunction {
                    name: name.to_owned(),
                },
            ));
        }
        let fact_type = self.declared(token, name)?;
        self.next += 1;
        let operator_token = self.peek();
        let Some(operator) = self.operator(name)? else {
            let fact_type_name = fact_type.as_str();
            return if Operator::IsTrue.suits(&fact_type) {
                Ok(test_node(name, fact_type, Operator::IsTrue, Vec::new()))
            } else {
                let kind = ConditionErrorKind::NotBoolean {
                    fact: name.to_owned(),
                    fact_type: fact_type_name,
                };
                Err(error_at(token, kind))
            };
        };
        if let (Some(token), Some(kind)) = (operator_token, misuse(operator, name, &fact_type)) {
            return Err(error_at(token, kind));
        }
        let operands = match operator {
            Operator::In | Operator::ContainsAny | Operator::ContainsAll => {
                self.list(name, &fact_type, operator)?
            }
            _ => {
                let at_list = self
                    .peek()
                    .is_some_and(|t| t.kind == TokenKind::Symbol(Symbol::OpenBracket));
                if let (true, Some(sign)) = (at_list, operator_token) {
                    return Err(list_after_sign(sign, operator));
                }
                vec![self.value(name, &fact_type, operator)?]
            }
        };
        Ok(test_node(name, fact_type, operator, operands))
    }

    /// Takes the operator after a fact; `None` where the fact stands alone.
    fn operator(&mut self, fact: &str) -> Result<Option<Operator>, ConditionError> {
        let Some(token) = self.peek() else { return Ok(None) };
        let operator = match &token.kind {
            TokenKind::Symbol(_) => match comparison(token) {
                Some(operator) => operator,
                None => return Ok(None),
            },
            TokenKind::Word(word) => match word.as_str() {
                "in" => Operator::In,
                "contains" => {
                    self.next += 1;
                    return Ok(Some(self.kind_of_contains()));
                }
                "not" => {
                    return Err(self.spelling_error(token, "not", &format!("not {fact} in [...]")));
                }
                "is" | "equals" | "eq" => return Err(self.spelling_error(token, word, "==")),
                "has" | "includes" => return Err(self.spelling_error(token, word, "contains")),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        self.next += 1;
        Ok(Some(operator))
    }

    fn kind_of_contains(&mut self) -> Operator {
        let operator = if self.peek_word("any") {
            Operator::ContainsAny
        } else if self.peek_word("all") {
            Operator::ContainsAll
        } else {
            return Operator::Contains;
        };
        self.next += 1;
        operator
    }

    fn spelling_error(&self, token: &Token, found: &str, expected: &str) -> ConditionError {
        let kind = ConditionErrorKind::WrongSpelling {
            found: found.to_owned(),
            expected: expected.to_owned(),
        };
        error_at(token, kind)
    }

    /// `list = "[", value, { ",", value }, "]"`
    fn list(
        &mut self,
        fact: &str,
        fact_type: &FactType,
        operator: Operator,
    ) -> Result<Vec<Operand>, ConditionError> {
        if !self.take_symbol(Symbol::OpenBracket) {
            return Err(self.error_here(ConditionErrorKind::MissingList));
        }
        if self
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Symbol(Symbol::CloseBracket))
        {
            return Err(self.error_here(ConditionErrorKind::EmptyList));
        }
        let mut operands = Vec::new();
        let mut seen = BTreeSet::new();
        loop {
            let token = self.peek();
            let operand = self.value(fact, fact_type, operator)?;
            if let (false, Some(token)) = (seen.insert(operand.value.clone()), token) {
                return Err(error_at(
                    token,
                    ConditionErrorKind::DuplicateValue { value: operand.text },
                ));
            }
            operands.push(operand);
            if self.take_symbol(Symbol::CloseBracket) {
                return Ok(operands);
            }
            if !self.take_symbol(Symbol::Comma) {
                return Err(self.error_here(ConditionErrorKind::UnclosedList));
            }
        }
    }

    fn value(
        &mut self,
        fact: &str,
        fact_type: &FactType,
        operator: Operator,
    ) -> Result<Operand, ConditionError> {
        let Some(token) = self.peek() else {
            return Err(self.error_here(ConditionErrorKind::MissingValue));
        };
        let operand = operand::read(token, fact, fact_type, operator, self.vocabulary)
            .map_err(|kind| error_at(token, kind))?;
        self.next += 1;
        Ok(operand)
    }

    fn declared(&self, token: &Token, name: &str) -> Result<Arc<FactType>, ConditionError> {
        if let Some(fact_type) = self.vocabulary.get_shared(name) {
            return Ok(Arc::clone(fact_type));
        }
        let similar = most_similar(name, self.vocabulary.iter().map(|(declared, _)| declared));
        let kind = ConditionErrorKind::UnknownFact {
            fact: name.to_owned(),
            similar: similar.map(str::to_owned),
        };
        Err(error_at(token, kind))
    }

    /// What is wrong with the token that stands where a condition has ended.
    fn error_after_condition(&self) -> ConditionError {
        let before = self.next.checked_sub(1).and_then(|index| self.tokens.get(index));
        let after_number = before.is_some_and(|token| matches!(token.kind, TokenKind::Literal(_)));
        let kind = match self.peek() {
            Some(token) if comparison(token).is_some() => ConditionErrorKind::ChainedComparison,
            Some(token) => match token.kind {
                TokenKind::Symbol(Symbol::CloseParenthesis) => ConditionErrorKind::ExtraParenthesis,
                TokenKind::Symbol(Symbol::Comma) if after_number => ConditionErrorKind::ThousandsSeparator,
                _ => ConditionErrorKind::MissingConnective,
            },
            None => ConditionErrorKind::MissingConnective,
        };
        self.error_here(kind)
    }

    fn enter(&mut self) -> Result<(), ConditionError> {
        self.recursion += 1;
        if self.recursion > MAX_RECURSION {
            return Err(self.error_here(ConditionErrorKind::TooDeep { limit: MAX_NESTING }));
        }
        Ok(())
    }

    /// A node around parts of which the deepest has `depth` levels.
    fn nest(&self, kind: NodeKind, depth: usize) -> Parsed {
        if depth >= MAX_NESTING {
            return Err(ConditionError::new(
                ConditionErrorKind::TooDeep { limit: MAX_NESTING },
                0,
                self.end,
            ));
        }
        Ok((leaf(kind), depth + 1))
    }

    fn peek(&self) -> Option<&'t Token> {
        self.tokens.get(self.next)
    }

    fn peek_after(&self) -> Option<&'t Token> {
        self.tokens.get(self.next + 1)
    }

    fn peek_word(&self, word: &str) -> bool {
        self.peek()
            .is_some_and(|token| matches!(&token.kind, TokenKind::Word(found) if found == word))
    }

    fn peek_connective(&self) -> Option<Connective> {
        if self.peek_word("and") {
            Some(Connective::And)
        } else if self.peek_word("or") {
            Some(Connective::Or)
        } else {
            None
        }
    }

    fn take_symbol(&mut self, symbol: Symbol) -> bool {
        let found = self
            .peek()
            .is_some_and(|token| token.kind == TokenKind::Symbol(symbol));
        if found {
            self.next += 1;
        }
        found
    }

    fn error_here(&self, kind: ConditionErrorKind) -> ConditionError {
        match self.peek() {
            Some(token) => error_at(token, kind),
            None => ConditionError::new(kind, self.end, 0),
        }
    }
}

fn error_at(token: &Token, kind: ConditionErrorKind) -> ConditionError {
    ConditionError::new(kind, token.offset, token.length)
}

fn leaf(kind: NodeKind) -> Node {
    Node {
        offset: 0,
        length: 0,
        kind,
    }
}

fn test_node(fact: &str, fact_type: Arc<FactType>, operator: Operator, operands: Vec<Operand>) -> NodeKind {
    NodeKind::Test(Test {
        fact: fact.to_owned(),
        fact_type,
        operator,
        operands,
    })
}

/// Adds a part to a chain; a part that is a chain of the same connective joins it.
fn add_part(parts: &mut Vec<Node>, depth: &mut usize, connective: Connective, part: Node, part_depth: usize) {
    match (connective, part.kind) {
        (Connective::And, NodeKind::All(inner)) | (Connective::Or, NodeKind::Any(inner)) => {
            parts.extend(inner);
            *depth = (*depth).max(part_depth.saturating_sub(1));
        }
        (_, kind) => {
            parts.push(leaf(kind));
            *depth = (*depth).max(part_depth);
        }
    }
}

fn comparison(token: &Token) -> Option<Operator> {
    let TokenKind::Symbol(symbol) = token.kind else {
        return None;
    };
    match symbol {
        Symbol::Equal => Some(Operator::Equal),
        Symbol::NotEqual => Some(Operator::NotEqual),
        Symbol::Less => Some(Operator::Less),
        Symbol::LessOrEqual => Some(Operator::LessOrEqual),
        Symbol::Greater => Some(Operator::Greater),
        Symbol::GreaterOrEqual => Some(Operator::GreaterOrEqual),
        _ => None,
    }
}

/// Why an operator cannot be used with a fact, if so.
fn misuse(operator: Operator, fact: &str, fact_type: &FactType) -> Option<ConditionErrorKind> {
    if operator.suits(fact_type) {
        return None;
    }
    let fact = fact.to_owned();
    Some(match fact_type {
        FactType::Choice { .. } if operator.needs_order() => ConditionErrorKind::NotOrdered { fact },
        _ => ConditionErrorKind::WrongOperator {
            operator: operator.as_str(),
            fact,
            fact_type: fact_type.as_str(),
        },
    })
}

/// A list after an operator that takes one value.
fn list_after_sign(sign: &Token, operator: Operator) -> ConditionError {
    let spelling = |expected: &str| ConditionErrorKind::WrongSpelling {
        found: operator.as_str().to_owned(),
        expected: expected.to_owned(),
    };
    let kind = match operator {
        Operator::Equal => spelling("in"),
        Operator::Contains => spelling("contains any"),
        _ => ConditionErrorKind::MissingValue,
    };
    error_at(sign, kind)
}
