//! Every way to get it wrong, with its key, its place and its message.

use std::collections::BTreeSet;

use matoi_condition::table::{DecisionTable, Finding, RowData, TableErrorKind, TestVerdict};
use matoi_condition::{
    ConditionErrorKind, Expression, FactErrorKind, MAX_LENGTH, MAX_NESTING, VocabularyErrorKind,
};

use crate::vocabulary;

/// Text, key without its prefix, the marked part of the text, message.
const MISTAKES: &[(&str, &str, &str, &str)] = &[
    ("  ", "empty", "  ", "the condition is empty"),
    (
        "cvss > 7 + 1",
        "unexpected-character",
        "+",
        "unexpected character \"+\"",
    ),
    (
        "data.personal && data.leaked",
        "wrong-spelling",
        "&&",
        "write \"and\" instead of \"&&\"",
    ),
    (
        "cvss is 7",
        "wrong-spelling",
        "is",
        "write \"==\" instead of \"is\"",
    ),
    (
        "tags has \"vip\"",
        "wrong-spelling",
        "has",
        "write \"contains\" instead of \"has\"",
    ),
    (
        "attack_type not in [dos]",
        "wrong-spelling",
        "not",
        "write \"not attack_type in [...]\" instead of \"not\"",
    ),
    (
        "attack_type == [dos]",
        "wrong-spelling",
        "==",
        "write \"in\" instead of \"==\"",
    ),
    (
        "tags contains [\"a\"]",
        "wrong-spelling",
        "contains",
        "write \"contains any\" instead of \"contains\"",
    ),
    (
        "subject == \"a",
        "unclosed-text",
        "\"a",
        "the closing quote of this text is missing",
    ),
    (
        "subject == \"a\nb\"",
        "control-character",
        "\n",
        "a text in quotes cannot hold line breaks or control characters",
    ),
    (
        "subject == \"a\\n\"",
        "bad-escape",
        "\\n",
        "in quotes, \"\\\" may only stand before a quote or another \"\\\"",
    ),
    (
        "elapsed > 24hours",
        "bad-literal",
        "24hours",
        "\"24hours\" is no number (like 1000 or 7.5), no duration (like 90s, 30min, 24h or 7d) and no date-time (like 2026-11-20T09:00:00+09:00)",
    ),
    (
        "data.personal and",
        "missing-condition",
        "",
        "a condition is missing here",
    ),
    (
        "data.personal and or",
        "missing-condition",
        "or",
        "a condition is missing here",
    ),
    ("()", "missing-condition", ")", "a condition is missing here"),
    ("cvss >", "missing-value", "", "a value is missing here"),
    (
        "(cvss >) and data.leaked",
        "missing-value",
        ")",
        "a value is missing here",
    ),
    (
        "attack_type in dos",
        "missing-list",
        "dos",
        "a list in square brackets is missing here",
    ),
    (
        "attack_type in [dos",
        "unclosed-list",
        "",
        "expected \",\" or \"]\" in this list",
    ),
    (
        "attack_type in [dos malware]",
        "unclosed-list",
        "malware",
        "expected \",\" or \"]\" in this list",
    ),
    (
        "(data.personal",
        "unclosed-parenthesis",
        "(",
        "the closing parenthesis is missing",
    ),
    (
        "known(cvss",
        "unclosed-parenthesis",
        "",
        "the closing parenthesis is missing",
    ),
    (
        "data.personal)",
        "extra-parenthesis",
        ")",
        "this closing parenthesis has no opening one",
    ),
    (
        "known cvss",
        "missing-parenthesis",
        "known",
        "write known(fact), with the fact in parentheses",
    ),
    (
        "unknown(7)",
        "missing-fact",
        "7",
        "the name of one fact belongs here",
    ),
    (
        "unknown(cvss > 7)",
        "missing-fact",
        ">",
        "the name of one fact belongs here",
    ),
    (
        "data.personal data.leaked",
        "missing-connective",
        "data.leaked",
        "expected \"and\" or \"or\" here",
    ),
    (
        "data.personal and data.leaked or cvss > 7",
        "mixed-connectives",
        "or",
        "\"and\" and \"or\" stand side by side: put parentheses around what belongs together",
    ),
    (
        "cvss > 7 < 9",
        "chained-comparison",
        "<",
        "compare one fact with one value, and join comparisons with \"and\"",
    ),
    (
        "7 < cvss",
        "value-on-left",
        "7",
        "write the fact first, then the sign, then the value",
    ),
    (
        "false == data.personal",
        "value-on-left",
        "false",
        "write the fact first, then the sign, then the value",
    ),
    (
        "affected_count > 1,000",
        "thousands-separator",
        ",",
        "write numbers without a thousands separator",
    ),
    (
        "severity == high",
        "unknown-fact",
        "severity",
        "unknown fact \"severity\"",
    ),
    (
        "known(entry_vectr)",
        "unknown-fact-similar",
        "entry_vectr",
        "unknown fact \"entry_vectr\": did you mean \"entry_vector\"?",
    ),
    (
        "length(subject) > 3",
        "unknown-function",
        "length",
        "\"length\" is no function: there are only known(fact) and unknown(fact)",
    ),
    (
        "cvss > loss",
        "fact-as-value",
        "loss",
        "\"loss\" is a fact: a fact can only be compared with a value",
    ),
    (
        "progress == attack_type",
        "fact-as-value",
        "attack_type",
        "\"attack_type\" is a fact: a fact can only be compared with a value",
    ),
    (
        "progress == unknown",
        "unknown-as-value",
        "unknown",
        "\"unknown\" is no value: write known(progress) or unknown(progress), or quotes if a step has this name",
    ),
    (
        "cvss != null",
        "unknown-as-value",
        "null",
        "\"null\" is no value: write known(cvss) or unknown(cvss), or quotes if a step has this name",
    ),
    (
        "tags contains vip",
        "unquoted-text",
        "vip",
        "put \"vip\" in double quotes",
    ),
    (
        "progress >= done",
        "unknown-step",
        "done",
        "\"done\" is not a step of \"progress\": expected one of attempted, delivered, executed, spread, completed",
    ),
    (
        "elapsed > 24",
        "wrong-type",
        "24",
        "\"elapsed\" is compared with a duration without quotes and spaces, like 90s, 30min, 24h or 7d",
    ),
    (
        "elapsed > 24 h",
        "wrong-type",
        "24",
        "\"elapsed\" is compared with a duration without quotes and spaces, like 90s, 30min, 24h or 7d",
    ),
    (
        "cvss > \"7\"",
        "wrong-type",
        "\"7\"",
        "\"cvss\" is compared with a number, like 1000 or 7.5",
    ),
    (
        "data.personal == yes",
        "wrong-type",
        "yes",
        "\"data.personal\" is compared with true or false",
    ),
    (
        "progress == true",
        "wrong-type",
        "true",
        "\"progress\" is compared with one of its steps",
    ),
    (
        "detected_at > \"2026-11-20T09:00:00Z\"",
        "wrong-type",
        "\"2026-11-20T09:00:00Z\"",
        "\"detected_at\" is compared with a date-time without quotes, like 2026-11-20T09:00:00+09:00",
    ),
    (
        "subject == 7",
        "wrong-type",
        "7",
        "\"subject\" is compared with a text in double quotes",
    ),
    (
        "progress",
        "not-boolean",
        "progress",
        "\"progress\" is one of several steps: compare it with a value",
    ),
    (
        "attack_type > dos",
        "not-ordered",
        ">",
        "\"attack_type\" has no order: use ==, != or in",
    ),
    (
        "data.kinds == personal",
        "wrong-operator",
        "==",
        "\"==\" cannot be used with \"data.kinds\", which is a set of steps",
    ),
    (
        "cvss contains 7",
        "wrong-operator",
        "contains",
        "\"contains\" cannot be used with \"cvss\", which is a number",
    ),
    (
        "subject < \"b\"",
        "wrong-operator",
        "<",
        "\"<\" cannot be used with \"subject\", which is a text",
    ),
    (
        "cvss > 10.1",
        "number-out-of-range",
        "10.1",
        "\"cvss\" only takes numbers from 0 to 10",
    ),
    (
        "affected_count > -1",
        "number-out-of-range",
        "-1",
        "\"affected_count\" only takes numbers from 0 upwards",
    ),
    (
        "affected_count > 1.5",
        "number-not-whole",
        "1.5",
        "\"affected_count\" only takes whole numbers",
    ),
    (
        "tags contains \"\"",
        "empty-text",
        "\"\"",
        "every text contains the empty text: write what is looked for",
    ),
    ("attack_type in []", "empty-list", "]", "the list is empty"),
    (
        "cvss in [7, 7.0]",
        "duplicate-value",
        "7.0",
        "7 stands twice in this list",
    ),
];

#[test]
fn every_mistake_has_a_key_a_place_and_a_message() {
    for (text, key, marked, message) in MISTAKES {
        let error = Expression::parse(text, &vocabulary()).expect_err(text);
        assert_eq!(error.key(), format!("condition-{key}"), "{text}");
        assert_eq!(
            text.get(error.offset..error.offset + error.length),
            Some(*marked),
            "{text}"
        );
        assert_eq!(error.to_string(), *message, "{text}");
    }
}

#[test]
fn the_right_place_is_marked_among_wide_characters() {
    let error = Expression::parse("subject == \"請求書\" and 重要度 >= high", &vocabulary()).unwrap_err();
    assert_eq!((error.offset, error.length), (27, 9));
    assert_eq!(error.args(), [("fact", String::from("重要度"))]);
}

#[test]
fn length_and_nesting_have_limits() {
    let fits = format!(
        "subject == \"{}\"",
        "x".repeat(MAX_LENGTH - "subject == \"\"".len())
    );
    assert!(Expression::parse(&fits, &vocabulary()).is_ok());
    let error = Expression::parse(&format!("{fits} "), &vocabulary()).unwrap_err();
    assert_eq!(error.kind, ConditionErrorKind::TooLong { limit: MAX_LENGTH });

    // Without spaces it fits, in canonical form it does not.
    let crowded = format!("cvss>7{}", " or cvss>7".repeat(408));
    assert!(crowded.len() <= MAX_LENGTH);
    let error = Expression::parse(&crowded, &vocabulary()).unwrap_err();
    assert_eq!(error.key(), "condition-too-long");
    assert_eq!(error.length, crowded.len());

    let nested = |levels: usize| "not ".repeat(levels) + "data.personal";
    assert!(Expression::parse(&nested(MAX_NESTING), &vocabulary()).is_ok());
    let too_deep = ConditionErrorKind::TooDeep { limit: MAX_NESTING };
    assert_eq!(
        Expression::parse(&nested(MAX_NESTING + 1), &vocabulary())
            .unwrap_err()
            .kind,
        too_deep
    );
    for opening in ["(", "not ", "not (", "(data.personal and "] {
        let endless = opening.repeat(MAX_LENGTH / opening.len());
        assert_eq!(
            Expression::parse(&endless, &vocabulary()).unwrap_err().kind,
            too_deep,
            "{opening}"
        );
    }
    // Parts of a chain of one word are no levels, however they are grouped.
    let chained = format!(
        "{}data.personal{}",
        "(".repeat(40),
        " and data.leaked)".repeat(40)
    );
    assert!(Expression::parse(&chained, &vocabulary()).is_ok());
    let useless = format!("{}data.personal{}", "(".repeat(50), ")".repeat(50));
    assert_eq!(
        Expression::parse(&useless, &vocabulary()).unwrap().as_str(),
        "data.personal"
    );
}

#[test]
fn every_key_is_reached_and_can_be_a_message_key() {
    let mut reached: BTreeSet<&str> = MISTAKES
        .iter()
        .map(|(text, ..)| Expression::parse(text, &vocabulary()).expect_err(text).key())
        .collect();
    reached.extend(["condition-too-long", "condition-too-deep"]);
    assert_eq!(reached, ConditionErrorKind::KEYS.iter().copied().collect());

    let all = [
        ConditionErrorKind::KEYS,
        FactErrorKind::KEYS,
        VocabularyErrorKind::KEYS,
        TableErrorKind::KEYS,
        Finding::KEYS,
        TestVerdict::KEYS,
    ]
    .concat();
    for key in &all {
        let allowed = |c: char| c.is_ascii_lowercase() || c == '-';
        assert!(key.chars().all(allowed), "{key} cannot be a Fluent identifier");
    }
    assert_eq!(
        all.iter().collect::<BTreeSet<_>>().len(),
        all.len(),
        "a key stands for one message only"
    );
}

#[test]
fn a_table_reports_everything_that_is_wrong_with_its_rows() {
    let row = |id: &str, when: &str| RowData {
        id: id.into(),
        when: when.into(),
        then: (),
    };
    let rows = [row("a", "true"), row("a", "cvss >"), row(" ", "true")];
    let errors = DecisionTable::load(rows, &vocabulary()).unwrap_err();
    let messages: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        messages,
        [
            "row 2 (\"a\"): the id stands twice",
            "row 2 (\"a\"): a value is missing here",
            "row 3 (\" \"): the row has no id",
        ]
    );
    assert_eq!(errors[1].kind.key(), "condition-missing-value");

    let many = (0..501).map(|index| row(&index.to_string(), "true"));
    let errors = DecisionTable::load(many, &vocabulary()).unwrap_err();
    assert_eq!(
        errors[0].to_string(),
        "row 501 (\"500\"): a table has at most 500 rows"
    );
}
