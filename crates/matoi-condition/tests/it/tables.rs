//! Decision tables: which row applies, what to ask, and what is wrong with a table.

use matoi_condition::table::{
    Certainty, DecisionTable, Finding, FindingLevel, RowData, TableEvaluation, TableTest,
};
use matoi_condition::{Budget, FactMap, FactType, Value, Vocabulary, possible_outcomes};

use crate::{parse, vocabulary};

/// Id, condition, priority.
type RowText<'t> = (&'t str, &'t str, u8);

/// A table whose outcomes are priorities from 4 (in its turn) to 1 (now).
fn table(rows: &[RowText<'_>]) -> DecisionTable<u8> {
    let rows = rows.iter().map(|(id, when, then)| RowData {
        id: String::from(*id),
        when: String::from(*when),
        then: *then,
    });
    DecisionTable::load(rows, &vocabulary()).unwrap()
}

fn triage() -> DecisionTable<u8> {
    table(&[
        (
            "not_an_incident",
            "progress == attempted and data.leaked == false",
            4,
        ),
        (
            "spreading",
            "attack_type in [ransomware, malware] and progress >= spread",
            1,
        ),
        ("personal_data", "data.personal and data.leaked", 1),
        (
            "important_asset",
            "asset.importance >= high and progress >= executed",
            2,
        ),
        ("otherwise", "true", 3),
    ])
}

fn asked(evaluation: &TableEvaluation) -> Vec<(&str, Vec<&str>)> {
    evaluation
        .ask
        .iter()
        .map(|asked| {
            (
                asked.fact.as_str(),
                asked.rows.iter().map(String::as_str).collect(),
            )
        })
        .collect()
}

#[test]
fn the_first_row_that_holds_applies_when_nothing_before_it_is_open() {
    let facts = FactMap::new()
        .with("attack_type", Value::choice("ransomware"))
        .with("progress", Value::choice("spread"));
    let evaluation = triage().evaluate_first(&facts);
    assert_eq!(evaluation.certainty, Certainty::Certain);
    assert_eq!(evaluation.row.as_deref(), Some("spreading"));
    assert_eq!(evaluation.matched, ["spreading", "otherwise"]);
    assert_eq!(evaluation.possible, ["personal_data", "important_asset"]);
    assert_eq!(asked(&evaluation), []);
    assert!(!evaluation.rests_on_assumption);
}

#[test]
fn a_row_before_it_that_is_open_makes_the_result_provisional_and_names_the_facts() {
    let facts = FactMap::new().with("progress", Value::choice("spread"));
    let evaluation = triage().evaluate_first(&facts);
    assert_eq!(evaluation.certainty, Certainty::Provisional);
    assert_eq!(evaluation.row.as_deref(), Some("otherwise"));
    // Those that settle a row alone come before those that do not.
    let expect = [
        ("attack_type", vec!["spreading"]),
        ("asset.importance", vec!["important_asset"]),
        ("data.personal", vec!["personal_data"]),
        ("data.leaked", vec!["personal_data"]),
    ];
    assert_eq!(asked(&evaluation), expect);
}

#[test]
fn the_fact_that_could_settle_the_most_rows_is_asked_first() {
    let evaluation = triage().evaluate_first(&FactMap::new());
    assert_eq!(evaluation.certainty, Certainty::Provisional);
    let expect = [
        (
            "progress",
            vec!["not_an_incident", "spreading", "important_asset"],
        ),
        ("data.leaked", vec!["not_an_incident", "personal_data"]),
        ("attack_type", vec!["spreading"]),
        ("data.personal", vec!["personal_data"]),
        ("asset.importance", vec!["important_asset"]),
    ];
    assert_eq!(asked(&evaluation), expect);
}

#[test]
fn without_a_row_that_holds_the_result_is_undecided_or_certainly_none() {
    let table = table(&[("leak", "data.leaked and data.personal", 1)]);
    let evaluation = table.evaluate_first(&FactMap::new().with("data.leaked", true));
    assert_eq!(
        (evaluation.certainty, evaluation.row.as_deref()),
        (Certainty::Undecided, None)
    );
    assert_eq!(asked(&evaluation), [("data.personal", vec!["leak"])]);
    let evaluation = table.evaluate_first(&FactMap::new().with("data.leaked", false));
    assert_eq!(
        (evaluation.certainty, evaluation.row.as_deref()),
        (Certainty::Certain, None)
    );
    assert_eq!(asked(&evaluation), []);
}

#[test]
fn the_highest_rank_applies_and_only_higher_rows_keep_it_open() {
    let urgency = |priority: &u8| 5 - *priority;
    let facts = FactMap::new()
        .with("attack_type", Value::choice("phishing"))
        .with("progress", Value::choice("executed"))
        .with("asset.importance", Value::choice("critical"));
    let evaluation = triage().evaluate_highest(&facts, urgency);
    assert_eq!(evaluation.row.as_deref(), Some("important_asset"));
    assert_eq!(evaluation.certainty, Certainty::Provisional);
    let expect = [
        ("data.personal", vec!["personal_data"]),
        ("data.leaked", vec!["personal_data"]),
    ];
    assert_eq!(asked(&evaluation), expect);

    let evaluation = triage().evaluate_highest(&facts.with("data.leaked", false), urgency);
    assert_eq!(
        (evaluation.certainty, evaluation.row.as_deref()),
        (Certainty::Certain, Some("important_asset"))
    );
}

#[test]
fn of_rows_with_the_same_rank_the_first_applies() {
    let table = table(&[
        ("a", "data.personal", 2),
        ("b", "data.leaked", 2),
        ("c", "cvss > 7", 3),
    ]);
    let facts = FactMap::new().with("data.leaked", true).with("cvss", 9);
    let evaluation = table.evaluate_highest(&facts, |priority| 5 - *priority);
    assert_eq!(
        (evaluation.certainty, evaluation.row.as_deref()),
        (Certainty::Provisional, Some("b"))
    );
}

#[test]
fn a_result_that_needs_an_assumption_says_so() {
    let table = triage();
    let facts = FactMap::new()
        .with_assumed("attack_type", Value::choice("ransomware"))
        .with("progress", Value::choice("spread"));
    let evaluation = table.evaluate_first(&facts);
    assert_eq!(
        (evaluation.certainty, evaluation.row.as_deref()),
        (Certainty::Certain, Some("spreading"))
    );
    assert!(evaluation.rests_on_assumption);
    let facts = facts.with_assumed("data.personal", true);
    let facts = facts.with("attack_type", Value::choice("malware"));
    assert!(!table.evaluate_first(&facts).rests_on_assumption);
}

#[test]
fn a_result_survives_json() {
    let evaluation = triage().evaluate_first(&FactMap::new().with("data.leaked", true));
    let json = serde_json::to_string(&evaluation).unwrap();
    assert!(
        json.starts_with(
            r#"{"certainty":"provisional","row":"otherwise","rests_on_assumption":false,"ask":[{"fact":"#
        ),
        "{json}"
    );
    assert_eq!(
        serde_json::from_str::<TableEvaluation>(&json).unwrap(),
        evaluation
    );
}

#[test]
fn rows_are_plain_data_and_a_table_shows_its_canonical_text() {
    let json = r#"[{"id": "a", "when": "cvss>=7", "then": {"priority": "p1"}}]"#;
    let rows: Vec<RowData<serde_json::Value>> = serde_json::from_str(json).unwrap();
    let table = DecisionTable::load(rows, &vocabulary()).unwrap();
    assert_eq!(
        serde_json::to_string(&table).unwrap(),
        r#"[{"id":"a","when":"cvss >= 7","then":{"priority":"p1"}}]"#
    );
    assert!(serde_json::from_str::<RowData<u8>>(r#"{"id": "a", "when": "true", "than": 1}"#).is_err());
}

fn findings(rows: &[RowText<'_>]) -> Vec<String> {
    table(rows)
        .check_first(Budget::default())
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
fn a_sound_table_has_no_findings() {
    assert_eq!(
        findings(&[("a", "data.personal", 1), ("b", "not data.personal", 2)]),
        Vec::<String>::new()
    );
    let graded = [
        ("low", "cvss < 4", 4),
        ("medium", "cvss >= 4 and cvss < 7", 3),
        ("high", "cvss >= 7 and cvss < 9", 2),
        ("critical", "cvss >= 9", 1),
    ];
    assert_eq!(findings(&graded), Vec::<String>::new());
    let counted = [
        ("none", "affected_count == 0", 4),
        ("few", "affected_count in [1, 2]", 3),
        ("many", "affected_count > 2", 1),
    ];
    assert_eq!(findings(&counted), Vec::<String>::new());
}

#[test]
fn rows_that_cannot_apply_are_found() {
    let cases: &[(&[RowText<'_>], &[&str])] = &[
        (
            &[("a", "true", 1), ("b", "data.personal", 2)],
            &["row \"b\" can never apply: row \"a\" always wins over it"],
        ),
        (
            &[("a", "data.personal and not data.personal", 1), ("b", "true", 2)],
            &["row \"a\" can never match"],
        ),
        (
            &[
                ("a", "cvss > 7 and cvss < 4", 1),
                ("b", "progress < attempted", 1),
                ("c", "true", 2),
            ],
            &["row \"a\" can never match", "row \"b\" can never match"],
        ),
        (
            &[
                ("a", "progress >= executed", 1),
                ("b", "progress == spread and data.personal", 1),
                ("c", "true", 2),
            ],
            &["row \"b\" can never apply: row \"a\" always wins over it"],
        ),
        (
            &[
                ("a", "progress >= executed", 1),
                ("b", "data.personal", 1),
                ("c", "(progress == spread or data.personal) and cvss > 7", 1),
                ("d", "true", 2),
            ],
            &["row \"c\" can never apply: other rows always win over it"],
        ),
        (
            &[
                ("a", "data.personal", 1),
                ("b", "not data.personal", 2),
                ("c", "true", 3),
            ],
            &["row \"c\" can only apply while facts are unknown"],
        ),
        (
            &[
                ("a", "subject == \"x\" and subject contains \"y\"", 1),
                ("b", "true", 2),
            ],
            &["row \"a\" can never match"],
        ),
        (
            &[
                ("a", "subject contains \"請求\"", 1),
                ("b", "subject contains \"請求書\"", 1),
                ("c", "true", 2),
            ],
            &["row \"b\" can never apply: row \"a\" always wins over it"],
        ),
        (
            &[
                ("a", "known(cvss) and unknown(cvss)", 1),
                ("b", "unknown(cvss) and cvss > 7", 1),
                ("c", "true", 2),
            ],
            &["row \"a\" can never match", "row \"b\" can never match"],
        ),
        (
            &[
                ("a", "data.kinds contains all [card, medical]", 1),
                ("b", "data.kinds contains card and data.kinds contains medical", 1),
                ("c", "true", 2),
            ],
            &["row \"b\" can never apply: row \"a\" always wins over it"],
        ),
    ];
    for (rows, expect) in cases {
        assert_eq!(findings(rows), *expect, "{rows:?}");
    }
}

#[test]
fn a_situation_without_a_row_is_found_with_an_example() {
    let cases: &[(&[RowText<'_>], &str)] = &[
        (&[("a", "data.personal", 1)], "data.personal: false"),
        (
            &[
                ("a", "progress >= executed", 1),
                ("b", "progress == attempted", 1),
            ],
            "progress: delivered",
        ),
        (&[("a", "cvss < 4", 1), ("b", "cvss > 4", 1)], "cvss: 4"),
        (&[("a", "cvss < 4 or cvss >= 5", 1)], "cvss: 4"),
        (
            &[("a", "affected_count < 4 or affected_count > 5", 1)],
            "affected_count: 4",
        ),
        (&[("a", "elapsed < 1h or elapsed > 1h", 1)], "elapsed: 1h"),
        (
            &[("a", "detected_at != 2026-11-20T09:00:00+09:00", 1)],
            "detected_at: 2026-11-20T00:00:00Z",
        ),
        (
            &[
                ("a", "attack_type in [ransomware, malware]", 1),
                ("b", "known(attack_type) and data.personal", 1),
            ],
            "attack_type: phishing; data.personal: false",
        ),
        (&[("a", "known(cvss)", 1)], "cvss: unknown"),
        (&[("a", "tags contains \"vip\"", 1)], "tags: []"),
        (&[("a", "subject != \"x\"", 1)], "subject: \"x\""),
        (&[("a", "subject == \"x\"", 1)], "subject: \"…\""),
    ];
    for (rows, example) in cases {
        assert_eq!(
            findings(rows),
            [format!("no row matches this situation: {example}")],
            "{rows:?}"
        );
    }
    assert_eq!(
        findings(&[("a", "false", 1)]),
        ["row \"a\" can never match", "no row matches this situation: any"]
    );
    assert_eq!(findings(&[]), ["no row matches this situation: any"]);
}

#[test]
fn rank_decides_which_row_covers_which() {
    let table = table(&[
        ("a", "progress == spread", 3),
        ("b", "progress >= executed", 1),
        ("c", "true", 4),
    ]);
    let found = table.check_highest(|priority| 5 - *priority, Budget::default());
    assert_eq!(
        found,
        [Finding::Unreachable {
            row: "a".into(),
            covered_by: Some("b".into())
        }]
    );
    assert_eq!(found[0].level(), FindingLevel::Problem);
    assert_eq!(
        found[0].args(),
        [("row", String::from("a")), ("covering", String::from("b"))]
    );
    assert_eq!(table.check_first(Budget::default()), []);
}

#[test]
fn a_table_that_is_too_large_is_checked_in_part_and_says_so() {
    let names: Vec<String> = (0..40).map(|index| format!("f{index}")).collect();
    let vocabulary = Vocabulary::new(names.iter().map(|name| (name, FactType::Boolean))).unwrap();
    let mut rows: Vec<RowData<()>> = names
        .iter()
        .map(|name| RowData {
            id: name.clone(),
            when: name.clone(),
            then: (),
        })
        .collect();
    rows.push(RowData {
        id: "never".into(),
        when: "f1 and not f1".into(),
        then: (),
    });
    rows.push(RowData {
        id: "covered".into(),
        when: "f7 and f8".into(),
        then: (),
    });
    rows.push(RowData {
        id: "always".into(),
        when: "true".into(),
        then: (),
    });
    rows.push(RowData {
        id: "late".into(),
        when: "f3 and f9".into(),
        then: (),
    });
    let table = DecisionTable::load(rows, &vocabulary).unwrap();
    let found = table.check_first(Budget::default());
    assert_eq!(found[0], Finding::NeverMatches { row: "never".into() });
    assert_eq!(
        found[1],
        Finding::Unreachable {
            row: "covered".into(),
            covered_by: Some("f7".into())
        }
    );
    assert_eq!(
        found[2],
        Finding::Unreachable {
            row: "late".into(),
            covered_by: Some("f3".into())
        }
    );
    let Finding::Unfinished { rows } = &found[3] else {
        panic!("{:?}", found[3])
    };
    assert_eq!(rows.len(), 40);
    assert_eq!(found.len(), 4);
    // Without any budget, a row that is always true is still seen.
    let found = table.check_first(Budget::new(0));
    assert_eq!(
        found[0],
        Finding::Unreachable {
            row: "late".into(),
            covered_by: Some("always".into())
        }
    );
}

#[test]
fn checking_the_largest_table_comes_to_an_end() {
    let rows = (0..500).map(|index| RowData {
        id: index.to_string(),
        when: format!(
            "subject contains any [\"{index}\", \"a\", \"b\", \"c\"] and tags contains all [\"{index}\", \"x\"] and cvss > 7"
        ),
        then: (),
    });
    let table = DecisionTable::load(rows, &vocabulary()).unwrap();
    let found = table.check_first(Budget::new(1_000_000));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].key(), "table-unfinished");
}

#[test]
fn a_single_condition_can_be_checked_for_what_it_can_come_to() {
    let outcomes = |text: &str| {
        let found = possible_outcomes(&parse(text), &mut Budget::default()).unwrap();
        (found.can_be_true, found.can_be_false)
    };
    assert_eq!(outcomes("cvss > 7"), (true, true));
    assert_eq!(outcomes("cvss >= 0"), (true, false));
    assert_eq!(outcomes("cvss > 10"), (false, true));
    assert_eq!(outcomes("data.personal or not data.personal"), (true, false));
    assert_eq!(possible_outcomes(&parse("cvss > 7"), &mut Budget::new(0)), None);
}

#[test]
fn examples_beside_a_table_pass_or_tell_why_not() {
    let json = r#"[
        {"name": "worm", "facts": {"attack_type": "malware", "progress": "spread"}, "expect": "spreading"},
        {"facts": {"progress": "spread"}, "expect": "otherwise", "certainty": "provisional"},
        {"facts": {"progress": "spread"}, "expect": "otherwise"},
        {"facts": {"attack_type": {"assumed": "malware"}, "progress": "spread"}, "expect": "personal_data"},
        {"facts": {"attack_type": "worm", "pogress": 1}, "expect": "otherwise"},
        {"facts": {}, "expect": "no_such_row"},
        {"facts": {"data.leaked": null}}
    ]"#;
    let tests: Vec<TableTest> = serde_json::from_str(json).unwrap();
    let reports = triage().run_tests(&vocabulary(), &tests, |table, facts| table.evaluate_first(facts));
    let messages: Vec<String> = reports.iter().map(|report| report.verdict.to_string()).collect();
    assert_eq!(
        messages,
        [
            "as expected",
            "as expected",
            "row \"otherwise\" is provisional, not certain, unknown: attack_type, asset.importance, data.personal, data.leaked",
            "expected row \"personal_data\", found row \"spreading\" (certain)",
            "fact \"attack_type\": \"worm\" is not one of ransomware, malware, phishing, dos, web 改ざん; fact \"pogress\": not declared in the vocabulary",
            "the table has no row \"no_such_row\"",
            "expected no row, found row \"otherwise\" (provisional, unknown: progress, data.leaked, attack_type, data.personal, asset.importance)",
        ]
    );
    assert!(reports[0].verdict.is_passed());
    assert_eq!(reports[0].name.as_deref(), Some("worm"));
    assert_eq!(reports[2].verdict.key(), "table-test-wrong-certainty");
    assert_eq!(reports[3].verdict.args()[1], ("found", String::from("spreading")));
}
