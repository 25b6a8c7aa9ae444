//! What holds for every text, every expression and all facts.

use matoi_condition::{Expression, FactMap, FactState, Knowledge, Trace, TraceNode, Truth};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::generate::{any_expression, complete_situation, replaced, situation, value_expression};
use crate::{parse, vocabulary};

/// Reads a text and checks what must hold for every text.
fn check_any_text(text: &str) {
    match Expression::parse(text, &vocabulary()) {
        Ok(expression) => {
            let again = parse(expression.as_str());
            assert_eq!(again, expression);
            assert_eq!(again.as_str(), expression.as_str());
            let trace = expression.evaluate(&FactMap::new());
            check_places(&trace, &trace.root);
        }
        Err(error) => {
            let marked = text.get(error.offset..error.offset + error.length);
            assert!(
                marked.is_some(),
                "{error} marks {}+{} of {text:?}",
                error.offset,
                error.length
            );
            assert!(!error.to_string().is_empty());
            assert!(!error.key().is_empty());
            let _ = error.args();
        }
    }
}

/// The text of every part is an expression that comes out like the part.
fn check_places(trace: &Trace, node: &TraceNode) {
    assert_eq!(parse(trace.text_of(node)).truth(&FactMap::new()), node.truth);
    for part in &node.parts {
        check_places(trace, part);
    }
}

fn has_unusable(node: &TraceNode) -> bool {
    node.test
        .as_ref()
        .is_some_and(|test| test.state == FactState::Unusable)
        || node.parts.iter().any(has_unusable)
}

const PIECES: &[&str] = &[
    "data.personal",
    "cvss",
    "progress",
    "tags",
    "elapsed",
    "detected_at",
    "subject",
    "attack_type",
    "nope",
    "and",
    "or",
    "not",
    "in",
    "contains",
    "any",
    "all",
    "known",
    "unknown",
    "true",
    "false",
    "(",
    ")",
    "[",
    "]",
    ",",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    ">=",
    "=",
    "!",
    "&&",
    "7",
    "7.5",
    "-",
    "-1",
    "24h",
    "24",
    "h",
    "\"vip\"",
    "\"",
    "\\",
    "ransomware",
    "executed",
    "2026-11-20T09:00:00Z",
    "（",
    "　",
    "重",
    "\n",
    "\u{0}",
    "é",
    ".",
    ":",
    "+",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn any_text_is_an_expression_or_an_error_with_a_place(text in ".{0,200}") {
        check_any_text(&text);
    }

    #[test]
    fn any_sequence_of_words_and_signs_is_an_expression_or_an_error(
        pieces in prop::collection::vec((select(PIECES), prop::bool::weighted(0.8)), 0..40)
    ) {
        let text: String = pieces.iter().flat_map(|(piece, space)| [*piece, if *space { " " } else { "" }]).collect();
        check_any_text(&text);
    }

    #[test]
    fn a_damaged_expression_is_an_expression_or_an_error(
        text in any_expression(), at: Index, piece in select(PIECES), remove in 0usize..4
    ) {
        let mut characters: Vec<char> = text.chars().collect();
        let start = at.index(characters.len());
        let end = (start + remove).min(characters.len());
        characters.splice(start..end, piece.chars());
        check_any_text(&characters.into_iter().collect::<String>());
    }

    #[test]
    fn an_expression_survives_its_text(text in any_expression(), facts in situation()) {
        let expression = parse(&text);
        let again = parse(expression.as_str());
        prop_assert_eq!(&again, &expression);
        prop_assert_eq!(again.evaluate(&facts), expression.evaluate(&facts));
    }

    #[test]
    fn a_trace_survives_json_and_agrees_with_the_short_evaluation(text in any_expression(), facts in situation()) {
        let expression = parse(&text);
        let trace = expression.evaluate(&facts);
        prop_assert_eq!(trace.truth(), expression.truth(&facts));
        let json = serde_json::to_string(&trace).unwrap();
        prop_assert_eq!(serde_json::from_str::<Trace>(&json).unwrap(), trace);
    }

    #[test]
    fn learning_a_fact_never_reverses_what_is_decided(
        text in value_expression(), facts in situation(), answers in complete_situation()
    ) {
        let expression = parse(&text);
        let before = expression.truth(&facts);
        let learnt = replaced(&facts, &answers, |name| {
            facts.0.get(name).is_none_or(|knowledge| *knowledge == Knowledge::Unknown)
        });
        if before.is_decided() {
            prop_assert_eq!(expression.truth(&learnt), before);
        }
    }

    #[test]
    fn only_facts_asked_whether_they_are_known_can_reverse_what_is_decided(
        text in any_expression(), facts in situation(), answers in complete_situation()
    ) {
        let expression = parse(&text);
        let before = expression.truth(&facts);
        let learnt = replaced(&facts, &answers, |name| {
            let asked = [format!("known({name})"), format!("unknown({name})")];
            facts.0.get(name).is_none_or(|knowledge| *knowledge == Knowledge::Unknown)
                && !asked.iter().any(|test| text.contains(test))
        });
        if before.is_decided() {
            prop_assert_eq!(expression.truth(&learnt), before);
        }
    }

    #[test]
    fn facts_are_missing_exactly_when_the_outcome_is_unknown(text in any_expression(), facts in situation()) {
        let trace = parse(&text).evaluate(&facts);
        prop_assert_eq!(trace.missing_facts().is_empty(), trace.truth().is_decided());
    }

    #[test]
    fn answers_to_the_missing_facts_decide(
        text in value_expression(), facts in situation(), answers in complete_situation()
    ) {
        let expression = parse(&text);
        let trace = expression.evaluate(&facts);
        let missing = trace.missing_facts();
        let learnt = replaced(&facts, &answers, |name| missing.contains(&name));
        prop_assert!(expression.truth(&learnt).is_decided());
    }

    #[test]
    fn asking_again_and_again_comes_to_an_end(
        text in any_expression(), facts in situation(), answers in complete_situation()
    ) {
        let expression = parse(&text);
        let mut facts = facts;
        for _ in 0..=answers.0.len() {
            let trace = expression.evaluate(&facts);
            let missing = trace.missing_facts();
            facts = replaced(&facts, &answers, |name| missing.contains(&name));
        }
        prop_assert!(expression.truth(&facts).is_decided());
    }

    #[test]
    fn a_fact_that_is_neither_deciding_nor_missing_has_no_influence(
        text in any_expression(), facts in situation(), others in situation()
    ) {
        let expression = parse(&text);
        let trace = expression.evaluate(&facts);
        let (deciding, missing) = (trace.deciding_facts(), trace.missing_facts());
        let changed = replaced(&facts, &others, |name| !deciding.contains(&name) && !missing.contains(&name));
        prop_assert_eq!(expression.truth(&changed), trace.truth());
    }

    #[test]
    fn an_assumption_counts_as_a_value_and_the_trace_tells(text in any_expression(), facts in situation()) {
        let expression = parse(&text);
        let trace = expression.evaluate(&facts);
        let as_known = FactMap(facts.0.iter().map(|(name, knowledge)| {
            (name.clone(), knowledge.value().cloned().map_or(Knowledge::Unknown, Knowledge::Known))
        }).collect());
        let as_unknown = FactMap(facts.0.iter().filter(|(_, knowledge)| {
            !matches!(knowledge, Knowledge::Assumed(_))
        }).map(|(name, knowledge)| (name.clone(), knowledge.clone())).collect());
        prop_assert_eq!(expression.truth(&as_known), trace.truth());
        prop_assert_eq!(expression.truth(&as_unknown), trace.root.firm_truth);
        prop_assert_eq!(trace.assumed_facts().is_empty(), !trace.rests_on_assumption());
        for fact in trace.assumed_facts() {
            prop_assert!(matches!(facts.0.get(fact), Some(Knowledge::Assumed(_))));
        }
    }

    #[test]
    fn the_laws_of_de_morgan_hold(left in any_expression(), right in any_expression(), facts in situation()) {
        let pairs = [
            (format!("not (({left}) and ({right}))"), format!("(not ({left})) or (not ({right}))")),
            (format!("not (({left}) or ({right}))"), format!("(not ({left})) and (not ({right}))")),
            (format!("not (not ({left}))"), left.clone()),
            (format!("({left}) and ({right})"), format!("({right}) and ({left})")),
        ];
        for (one, other) in pairs {
            let (Ok(one), Ok(other)) =
                (Expression::parse(&one, &vocabulary()), Expression::parse(&other, &vocabulary())) else { continue };
            prop_assert_eq!(one.truth(&facts), other.truth(&facts));
        }
    }

    #[test]
    fn with_all_facts_known_everything_is_decided(text in any_expression(), facts in complete_situation()) {
        let trace = parse(&text).evaluate(&facts);
        prop_assert_ne!(trace.truth(), Truth::Unknown);
        prop_assert!(!has_unusable(&trace.root));
    }
}
