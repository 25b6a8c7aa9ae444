//! Traces of well-known situations, as they are stored and shown.

use matoi_condition::{FactMap, PartKind, Trace, Truth, Value};
use serde_json::json;

use crate::parse;

/// Expression, truth, deciding facts, missing facts, assumed facts.
type Case<'c> = (&'c str, Truth, &'c [&'c str], &'c [&'c str], &'c [&'c str]);

fn check(text: &str, facts: &FactMap, truth: Truth, deciding: &[&str], missing: &[&str], assumed: &[&str]) {
    let trace = parse(text).evaluate(facts);
    assert_eq!(trace.truth(), truth, "{text}");
    assert_eq!(trace.deciding_facts(), deciding, "deciding in {text}");
    assert_eq!(trace.missing_facts(), missing, "missing in {text}");
    assert_eq!(trace.assumed_facts(), assumed, "assumed in {text}");
}

#[test]
fn a_trace_names_what_decided_what_is_missing_and_what_is_assumed() {
    use Truth::{False, True, Unknown};
    let facts = FactMap::new()
        .with("data.personal", true)
        .with("affected_count", 1200)
        .with_assumed("asset.importance", Value::choice("high"));
    let cases: &[Case<'_>] = &[
        ("data.personal", True, &["data.personal"], &[], &[]),
        ("data.leaked", Unknown, &[], &["data.leaked"], &[]),
        // One false part settles "and", one true part settles "or": the rest does not matter.
        (
            "data.leaked and affected_count < 5",
            False,
            &["affected_count"],
            &[],
            &[],
        ),
        (
            "data.leaked or affected_count > 5",
            True,
            &["affected_count"],
            &[],
            &[],
        ),
        (
            "data.personal or affected_count > 5",
            True,
            &["data.personal", "affected_count"],
            &[],
            &[],
        ),
        // What is settled still counts while something else is open.
        (
            "data.leaked and data.personal",
            Unknown,
            &["data.personal"],
            &["data.leaked"],
            &[],
        ),
        // Missing only where it still matters.
        (
            "(cvss > 7 and affected_count < 5) or (data.leaked and data.personal)",
            Unknown,
            &["affected_count", "data.personal"],
            &["data.leaked"],
            &[],
        ),
        ("not (cvss > 7 or cvss < 3)", Unknown, &[], &["cvss"], &[]),
        (
            "asset.importance >= high",
            True,
            &["asset.importance"],
            &[],
            &["asset.importance"],
        ),
        (
            "asset.importance >= high and data.personal",
            True,
            &["asset.importance", "data.personal"],
            &[],
            &["asset.importance"],
        ),
        // The assumption is not needed where something certain settles it.
        (
            "asset.importance >= high or data.personal",
            True,
            &["asset.importance", "data.personal"],
            &[],
            &[],
        ),
        (
            "known(asset.importance)",
            True,
            &["asset.importance"],
            &[],
            &["asset.importance"],
        ),
        ("unknown(cvss)", True, &["cvss"], &[], &[]),
        ("true", True, &[], &[], &[]),
    ];
    for (text, truth, deciding, missing, assumed) in cases {
        check(text, &facts, *truth, deciding, missing, assumed);
    }
}

#[test]
fn a_question_about_knowledge_may_raise_the_next_one() {
    let text = "(unknown(data.personal) or data.leaked) and data.personal";
    check(
        text,
        &FactMap::new(),
        Truth::Unknown,
        &["data.personal"],
        &["data.personal"],
        &[],
    );
    let facts = FactMap::new().with("data.personal", true);
    check(
        text,
        &facts,
        Truth::Unknown,
        &["data.personal"],
        &["data.leaked"],
        &[],
    );
}

#[test]
fn the_stored_form_of_a_trace_stays_the_same() {
    let facts = FactMap::new()
        .with("attack_type", Value::choice("ransomware"))
        .with_assumed("asset.importance", Value::choice("high"));
    let trace = parse("attack_type in [ransomware, dos] and not (asset.importance < high) and data.personal")
        .evaluate(&facts);
    let stored = json!({
        "text": "attack_type in [ransomware, dos] and not (asset.importance < high) and data.personal",
        "root": {
            "offset": 0, "length": 84, "truth": "unknown", "firm_truth": "unknown", "kind": "all",
            "parts": [
                {
                    "offset": 0, "length": 32, "truth": "true", "firm_truth": "true", "kind": "test",
                    "test": {
                        "fact": "attack_type", "operator": "in",
                        "operands": [{"choice": "ransomware"}, {"choice": "dos"}],
                        "state": "known", "value": {"choice": "ransomware"},
                    },
                },
                {
                    "offset": 37, "length": 29, "truth": "true", "firm_truth": "unknown", "kind": "not",
                    "parts": [{
                        "offset": 42, "length": 23, "truth": "false", "firm_truth": "unknown", "kind": "test",
                        "test": {
                            "fact": "asset.importance", "operator": "less", "operands": [{"choice": "high"}],
                            "state": "assumed", "value": {"choice": "high"},
                        },
                    }],
                },
                {
                    "offset": 71, "length": 13, "truth": "unknown", "firm_truth": "unknown", "kind": "test",
                    "test": {"fact": "data.personal", "operator": "is-true", "state": "unknown"},
                },
            ],
        },
    });
    assert_eq!(serde_json::to_value(&trace).unwrap(), stored);
    assert_eq!(serde_json::from_value::<Trace>(stored).unwrap(), trace);
    let negation = &trace.root.parts[1];
    assert_eq!(negation.kind, PartKind::Not);
    assert_eq!(trace.text_of(negation), "not (asset.importance < high)");
    assert_eq!(trace.text_of(&negation.parts[0]), "asset.importance < high");
}

#[test]
fn a_stored_trace_with_wrong_places_is_harmless() {
    let mut trace = parse("data.personal and data.leaked").evaluate(&FactMap::new());
    trace.root.offset = usize::MAX;
    assert_eq!(trace.text_of(&trace.root), "");
    trace.text = String::from("情");
    trace.root.offset = 1;
    trace.root.length = 1;
    assert_eq!(trace.text_of(&trace.root), "");
}
