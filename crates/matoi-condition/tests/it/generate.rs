//! Random expressions and situations over the vocabulary of the tests.

use matoi_condition::{FactMap, Knowledge, Seconds, Value};
use proptest::prelude::*;
use proptest::sample::select;

/// Conditions that ask for values only.
pub(crate) const VALUE_TESTS: &[&str] = &[
    "true",
    "false",
    "data.personal",
    "data.personal == false",
    "data.leaked",
    "data.leaked != true",
    "attack_type == ransomware",
    "attack_type in [phishing, \"web 改ざん\"]",
    "attack_type != dos",
    "progress >= executed",
    "progress < spread",
    "progress == attempted",
    "cvss >= 7",
    "cvss < 4.5",
    "affected_count > 1000",
    "affected_count in [0, 1]",
    "elapsed >= 24h",
    "elapsed < 30min",
    "detected_at >= 2026-11-20T09:00:00+09:00",
    "subject contains \"請求\"",
    "subject == \"請求書\"",
    "subject contains all [\"書\", \"至急\"]",
    "tags contains \"vip\"",
    "tags contains any [\"vip\", \"社外\"]",
    "data.kinds contains personal",
    "data.kinds contains all [card, medical]",
];

/// Conditions that ask whether a fact is known.
pub(crate) const KNOWLEDGE_TESTS: &[&str] = &[
    "known(data.personal)",
    "unknown(data.leaked)",
    "known(cvss)",
    "unknown(progress)",
    "unknown(attack_type)",
    "known(tags)",
];

/// Values of each fact on both sides of every test above.
pub(crate) fn values() -> Vec<(&'static str, Vec<Value>)> {
    let time = |text: &str| Value::DateTime(text.parse().unwrap());
    vec![
        ("data.personal", vec![true.into(), false.into()]),
        ("data.leaked", vec![true.into(), false.into()]),
        (
            "attack_type",
            ["ransomware", "phishing", "dos", "malware", "web 改ざん"]
                .map(Value::choice)
                .to_vec(),
        ),
        (
            "progress",
            ["attempted", "delivered", "executed", "spread", "completed"]
                .map(Value::choice)
                .to_vec(),
        ),
        ("cvss", [0, 4, 5, 7, 10].map(Value::from).to_vec()),
        ("affected_count", [0, 1, 2, 1000, 1001].map(Value::from).to_vec()),
        (
            "elapsed",
            [0, 1799, 1800, 86_399, 86_400]
                .map(|s| Value::from(Seconds(s)))
                .to_vec(),
        ),
        (
            "detected_at",
            vec![time("2026-11-19T23:59:59Z"), time("2026-11-20T00:00:00Z")],
        ),
        (
            "subject",
            ["", "請求書", "請求書 至急", "至急", "書"]
                .map(Value::text)
                .to_vec(),
        ),
        (
            "tags",
            vec![
                Value::texts(Vec::<&str>::new()),
                Value::texts(["vip"]),
                Value::texts(["社外"]),
                Value::texts(["vip", "社外", "x"]),
            ],
        ),
        (
            "data.kinds",
            vec![
                Value::choices(Vec::<&str>::new()),
                Value::choices(["personal"]),
                Value::choices(["card", "medical"]),
                Value::choices(["personal", "card", "medical", "design"]),
            ],
        ),
    ]
}

fn expression_over(tests: Vec<&'static str>) -> impl Strategy<Value = String> {
    select(tests)
        .prop_map(String::from)
        .prop_recursive(5, 24, 4, |inner| {
            let joined = |connective: &'static str| {
                move |parts: Vec<String>| {
                    parts
                        .iter()
                        .map(|part| format!("({part})"))
                        .collect::<Vec<_>>()
                        .join(connective)
                }
            };
            prop_oneof![
                2 => prop::collection::vec(inner.clone(), 2..4).prop_map(joined(" and ")),
                2 => prop::collection::vec(inner.clone(), 2..4).prop_map(joined(" or ")),
                1 => inner.prop_map(|part| format!("not ({part})")),
            ]
        })
}

/// An expression that asks for values only, so that more knowledge can never reverse it.
pub(crate) fn value_expression() -> impl Strategy<Value = String> {
    expression_over(VALUE_TESTS.to_vec())
}

/// Any expression.
pub(crate) fn any_expression() -> impl Strategy<Value = String> {
    expression_over([VALUE_TESTS, VALUE_TESTS, KNOWLEDGE_TESTS].concat())
}

fn knowledge_of(values: Vec<Value>) -> impl Strategy<Value = Knowledge> {
    prop_oneof![
        4 => Just(Knowledge::Unknown),
        4 => select(values.clone()).prop_map(Knowledge::Known),
        2 => select(values).prop_map(Knowledge::Assumed),
        1 => Just(Knowledge::Known(Value::choice("no such step"))),
    ]
}

/// Facts that are known, assumed, unknown and unusable.
pub(crate) fn situation() -> impl Strategy<Value = FactMap> {
    let facts: Vec<_> = values()
        .into_iter()
        .map(|(name, values)| knowledge_of(values).prop_map(move |knowledge| (String::from(name), knowledge)))
        .collect();
    facts.prop_map(|facts| FactMap(facts.into_iter().collect()))
}

/// Facts that are all known.
pub(crate) fn complete_situation() -> impl Strategy<Value = FactMap> {
    let facts: Vec<_> = values()
        .into_iter()
        .map(|(name, values)| {
            select(values).prop_map(move |value| (String::from(name), Knowledge::Known(value)))
        })
        .collect();
    facts.prop_map(|facts| FactMap(facts.into_iter().collect()))
}

/// The first facts, with some replaced by what the second say.
pub(crate) fn replaced(facts: &FactMap, others: &FactMap, replace: impl Fn(&str) -> bool) -> FactMap {
    let mut result = facts.clone();
    for (name, knowledge) in others.0.iter().filter(|(name, _)| replace(name)) {
        result.set(name, knowledge.clone());
    }
    result
}
