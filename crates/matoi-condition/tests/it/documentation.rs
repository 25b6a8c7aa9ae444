//! The examples in the documents are true.

use matoi_condition::table::{DecisionTable, FindingLevel, RowData, TableTest};
use matoi_condition::{Budget, Expression, Vocabulary};
use serde::Deserialize;

const DOCUMENTS: [(&str, &str); 2] = [
    ("README.md", include_str!("../../README.md")),
    ("README.ja.md", include_str!("../../README.ja.md")),
];

/// The contents of the code blocks whose first line is exactly this.
fn blocks<'d>(document: &'d str, opening: &str) -> Vec<&'d str> {
    let opening = format!("\n```{opening}\n");
    document
        .split(&opening)
        .skip(1)
        .filter_map(|rest| rest.split("\n```").next())
        .collect()
}

fn documented_vocabulary(document: &str) -> Vocabulary {
    let declarations = blocks(document, "yaml");
    assert_eq!(declarations.len(), 1);
    serde_saphyr::from_str(declarations[0]).unwrap()
}

/// The texts between backquotes.
fn quoted(line: &str) -> Vec<&str> {
    line.split('`').skip(1).step_by(2).collect()
}

#[test]
fn conditions_can_be_read() {
    for (name, document) in DOCUMENTS {
        let vocabulary = documented_vocabulary(document);
        let in_tables = document
            .lines()
            .filter(|line| line.starts_with("| ") && line.contains("（`") | line.contains(" (`"));
        let in_tables: Vec<&str> = in_tables
            .flat_map(|line| {
                let (_, examples) = line.trim_start_matches("| ").split_once(" | ").unwrap();
                quoted(examples)
            })
            .collect();
        assert!(in_tables.len() >= 15, "{name}");
        for text in blocks(document, "condition").into_iter().chain(in_tables) {
            Expression::parse(text, &vocabulary).unwrap_or_else(|error| panic!("{name}: {text}: {error}"));
        }
    }
}

#[test]
fn slips_are_refused_and_their_corrections_are_not() {
    for (name, document) in DOCUMENTS {
        let vocabulary = documented_vocabulary(document);
        let slips: Vec<&str> = document
            .lines()
            .filter(|line| line.starts_with("- `") && line.contains("` → `"))
            .collect();
        assert!(slips.len() >= 14, "{name}");
        for line in slips {
            let pair = quoted(line);
            assert!(Expression::parse(pair[0], &vocabulary).is_err(), "{name}: {line}");
            assert!(Expression::parse(pair[1], &vocabulary).is_ok(), "{name}: {line}");
        }
    }
}

#[derive(Deserialize)]
struct TableFile {
    rows: Vec<RowData<String>>,
    tests: Vec<TableTest>,
}

#[test]
fn tables_are_sound_and_their_examples_pass() {
    for (name, document) in DOCUMENTS {
        let vocabulary = documented_vocabulary(document);
        let tables = blocks(document, "yaml table");
        assert!(!tables.is_empty(), "{name}");
        for text in tables {
            let file: TableFile = serde_saphyr::from_str(text).unwrap();
            let table = DecisionTable::load(file.rows, &vocabulary).unwrap();
            for report in table.run_tests(&vocabulary, &file.tests, |table, facts| {
                table.evaluate_first(facts)
            }) {
                assert!(
                    report.verdict.is_passed(),
                    "{name}: {:?}: {}",
                    report.name,
                    report.verdict
                );
            }
            let findings = table.check_first(Budget::default());
            assert!(
                findings
                    .iter()
                    .all(|finding| finding.level() < FindingLevel::Problem),
                "{findings:?}"
            );
        }
    }
}

#[test]
fn the_grammar_is_the_same_everywhere() {
    let [(_, english), (_, japanese)] = DOCUMENTS;
    let grammar = blocks(english, "ebnf");
    assert_eq!(grammar, blocks(japanese, "ebnf"));
    let documented: Vec<&str> = include_str!("../../src/lib.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("//! "))
        .skip_while(|line| *line != "```ebnf")
        .skip(1)
        .take_while(|line| *line != "```")
        .collect();
    assert_eq!(grammar, [documented.join("\n")]);
}
