//! Reading criteria from YAML: shape, names, conditions, the table as a whole, and the worked examples.

use std::collections::BTreeMap;

use matoi_condition::table::{DecisionTable, FindingLevel, RowData, TableErrorKind, TableTest, TestVerdict};
use matoi_condition::{Budget, Vocabulary};
use serde::Deserialize;

use super::model::{Criteria, CriteriaFact, Example, RowOutcome, TriageOutcome};
use crate::kernel::Message;
use crate::kernel::data::{self, Bilingual, DataError, entry_line};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    id: String,
    title: Bilingual,
    about: Bilingual,
    facts: Vec<CriteriaFact>,
    policies: BTreeMap<String, Bilingual>,
    rows: Vec<RowFile>,
    #[serde(default)]
    tests: Vec<Example>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowFile {
    id: String,
    when: String,
    then: RowOutcome,
}

/// Collects what is wrong with one text.
struct Wrong<'a> {
    file: &'a str,
    text: &'a str,
    errors: Vec<DataError>,
}

impl Wrong<'_> {
    /// Something wrong with the `index`th entry of a list, at its `key` or at its head.
    fn at(&mut self, section: &str, index: usize, key: Option<&str>, name: String, message: Message) {
        let line = entry_line(self.text, section, index, key);
        self.errors.push(DataError::new(self.file, line, name, message));
    }
}

pub(super) fn read(file: &str, text: &str) -> Result<Criteria, Vec<DataError>> {
    let parsed: File = data::from_yaml(file, text).map_err(|error| vec![error])?;
    let mut wrong = Wrong {
        file,
        text,
        errors: Vec::new(),
    };
    check_labels(&mut wrong, &parsed.facts);
    check_rows(&mut wrong, &parsed);
    let facts = parsed
        .facts
        .iter()
        .map(|fact| (fact.name.clone(), fact.fact_type.clone()));
    let vocabulary = match Vocabulary::new(facts) {
        Ok(vocabulary) => vocabulary,
        Err(error) => {
            let index = parsed.facts.iter().rposition(|fact| fact.name == error.fact);
            let message = Message::new(error.kind.key()).with_all(error.kind.args());
            wrong.at(
                "facts",
                index.unwrap_or(0),
                None,
                format!("fact {}", error.fact),
                message,
            );
            // Without a vocabulary no condition can be read.
            return Err(wrong.errors);
        }
    };
    let rows = parsed.rows.into_iter().map(|row| RowData {
        id: row.id,
        when: row.when,
        then: row.then,
    });
    let table = match DecisionTable::load(rows, &vocabulary) {
        Ok(table) => table,
        Err(errors) => {
            for error in errors {
                let (key, at) = match &error.kind {
                    TableErrorKind::Condition(_) => ("when", Some("when")),
                    _ => ("id", None),
                };
                let message = Message::new(error.kind.key()).with_all(error.kind.args());
                wrong.at(
                    "rows",
                    error.index,
                    at,
                    format!("row {}: {key}", error.row),
                    message,
                );
            }
            return Err(wrong.errors);
        }
    };
    let findings = table.check_first(Budget::default());
    for finding in findings.iter().filter(|f| f.level() == FindingLevel::Problem) {
        let message = Message::new(finding.key()).with_all(finding.args());
        let row = finding.args().into_iter().find(|(name, _)| *name == "row");
        let row = row.map(|(_, id)| id).unwrap_or_default();
        let index = table.rows().iter().position(|candidate| candidate.id == row);
        wrong.at("rows", index.unwrap_or(0), None, format!("row {row}"), message);
    }
    check_examples(&mut wrong, &table, &vocabulary, &parsed.tests);
    if !wrong.errors.is_empty() {
        return Err(wrong.errors);
    }
    Ok(Criteria {
        id: parsed.id,
        title: parsed.title,
        about: parsed.about,
        facts: parsed.facts,
        policies: parsed.policies,
        table,
        examples: parsed.tests,
        notices: findings,
        vocabulary,
    })
}

fn check_labels(wrong: &mut Wrong<'_>, facts: &[CriteriaFact]) {
    for (index, fact) in facts.iter().enumerate() {
        let steps = fact.fact_type.steps();
        for step in steps.iter().filter(|step| !fact.labels.contains_key(*step)) {
            let message = Message::new("data-step-without-label").with("step", step.as_str());
            wrong.at(
                "facts",
                index,
                Some("labels"),
                format!("fact {}", fact.name),
                message,
            );
        }
        for label in fact.labels.keys().filter(|label| !steps.contains(label)) {
            let message = Message::new("data-label-without-step")
                .with("label", label.as_str())
                .with("allowed", steps.join(", "));
            wrong.at(
                "facts",
                index,
                Some(label),
                format!("fact {}", fact.name),
                message,
            );
        }
    }
}

fn check_rows(wrong: &mut Wrong<'_>, parsed: &File) {
    for (index, row) in parsed.rows.iter().enumerate() {
        let (then, name) = (&row.then, |key: &str| format!("row {}: {key}", row.id));
        if let Some(policy) = &then.policy
            && !parsed.policies.contains_key(policy)
        {
            let allowed: Vec<_> = parsed.policies.keys().map(String::as_str).collect();
            let message = Message::new("data-unknown-policy")
                .with("policy", policy.as_str())
                .with("allowed", allowed.join(", "));
            wrong.at("rows", index, Some("policy"), name("policy"), message);
        }
        if let Some(class) = &then.class
            && !crate::taxonomy::exists(class)
        {
            let message = Message::new("data-unknown-class").with("class", class.as_str());
            wrong.at("rows", index, Some("class"), name("class"), message);
        }
        if then.outcome == TriageOutcome::Incident && then.priority.is_none() {
            let message = Message::new("data-incident-without-priority");
            wrong.at("rows", index, Some("outcome"), name("priority"), message);
        }
    }
}

fn check_examples(
    wrong: &mut Wrong<'_>,
    table: &DecisionTable<RowOutcome>,
    vocabulary: &Vocabulary,
    examples: &[Example],
) {
    let tests: Vec<TableTest> = examples
        .iter()
        .map(|example| TableTest {
            name: None,
            facts: example.facts.clone(),
            expect: example.expect.clone(),
            certainty: example.certainty,
        })
        .collect();
    for report in table.run_tests(vocabulary, &tests, |table, facts| table.evaluate_first(facts)) {
        let name = format!("test {}", report.index + 1);
        match &report.verdict {
            TestVerdict::Passed => {}
            TestVerdict::BadFacts(errors) => {
                for error in errors {
                    let message = Message::new(error.kind.key()).with_all(error.kind.args());
                    let name = format!("{name}: {}", error.fact);
                    wrong.at("tests", report.index, Some("facts"), name, message);
                }
            }
            verdict => {
                let message = Message::new(verdict.key()).with_all(verdict.args());
                wrong.at("tests", report.index, Some("expect"), name, message);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use matoi_condition::table::Certainty;
    use matoi_types::Priority;

    use super::*;

    const INCIDENT: &str = include_str!("../../../../criteria/incident.yaml");

    fn shipped() -> Criteria {
        Criteria::read("criteria/incident.yaml", INCIDENT).unwrap_or_else(|error| panic!("{error}"))
    }

    fn examples() -> Vec<Example> {
        shipped().examples
    }

    #[test]
    fn the_shipped_file_is_right_and_every_incident_says_how_urgent_how_bad_what_and_what_to_do() {
        let criteria = shipped();
        assert_eq!(criteria.id, "incident");
        for row in criteria.table.rows() {
            let then = &row.then;
            assert!(then.policy.is_some(), "{}: no policy", row.id);
            match then.outcome {
                TriageOutcome::Incident => assert!(
                    then.priority.is_some() && then.severity.is_some() && then.class.is_some(),
                    "{}",
                    row.id
                ),
                TriageOutcome::Inquiry => assert!(then.priority.is_some(), "{}", row.id),
                TriageOutcome::NotIncident => assert!(then.priority.is_none(), "{}", row.id),
            }
        }
        let used: Vec<_> = criteria
            .table
            .rows()
            .iter()
            .filter_map(|row| row.then.policy.as_ref())
            .collect();
        for policy in criteria.policies.keys() {
            assert!(used.contains(&policy), "no row uses the policy {policy}");
        }
    }

    #[test]
    fn every_shipped_row_has_a_worked_example_that_is_certain() {
        let examples = examples();
        for row in shipped().table.rows() {
            assert!(
                examples
                    .iter()
                    .any(|example| example.expect.as_ref() == Some(&row.id)
                        && example.certainty == Certainty::Certain),
                "{}",
                row.id
            );
        }
    }

    #[test]
    fn what_is_unknown_never_leads_away_from_an_incident() {
        let criteria = shipped();
        let outcome = |facts: &BTreeMap<String, serde_json::Value>| {
            let facts = criteria.vocabulary().read_facts(facts).unwrap();
            criteria
                .evaluate(&facts)
                .proposal
                .map(|proposal| proposal.outcome)
        };
        assert_eq!(outcome(&BTreeMap::new()), Some(TriageOutcome::Incident));
        // A row that is no incident holds on its own facts alone: no incident row comes before it that could still be open.
        let outcomes: Vec<_> = criteria.table.rows().iter().map(|row| row.then.outcome).collect();
        assert!(outcomes.is_sorted_by_key(|outcome| *outcome == TriageOutcome::Incident));
        // To know less of an example that is an incident leaves it one.
        for example in examples() {
            if outcome(&example.facts) != Some(TriageOutcome::Incident) {
                continue;
            }
            for first in example.facts.keys() {
                for second in example.facts.keys() {
                    let mut fewer = example.facts.clone();
                    fewer.remove(first);
                    fewer.remove(second);
                    assert_eq!(
                        outcome(&fewer),
                        Some(TriageOutcome::Incident),
                        "{:?} without {first}, {second}",
                        example.name
                    );
                }
            }
        }
    }

    #[test]
    fn an_assumption_is_marked_and_the_facts_to_ask_for_are_named() {
        let criteria = shipped();
        let plain = serde_json::json!({ "attack_type": { "assumed": "ransomware" } });
        let facts = criteria
            .vocabulary()
            .read_facts(plain.as_object().unwrap())
            .unwrap();
        let evaluation = criteria.evaluate(&facts);
        let proposal = evaluation.proposal.unwrap();
        assert_eq!(
            (proposal.row.as_str(), proposal.priority, evaluation.certainty),
            ("ransomware", Some(Priority::P1), Certainty::Provisional)
        );
        assert!(evaluation.rests_on_assumption);
        assert!(proposal.policy.is_some_and(|policy| !policy.ja.is_empty()));
        assert!(evaluation.ask.iter().any(|asked| asked.fact == "ics_affected"));
    }

    #[test]
    fn a_wrong_file_names_line_and_what_is_allowed() {
        let cases = [
            (
                "  - id: ransomware\n    when: attack_type == ransomware\n",
                "  - id: ransomware\n    when: attack_type == ransomwere\n",
                "    when: attack_type == ransomwere",
                "row ransomware: when: \"ransomwere\" is not a step of \"attack_type\": expected one of ransomware,",
            ),
            (
                "  - id: control_system\n    when: ics_affected\n",
                "  - id: control_system\n    when: ics_effected\n",
                "    when: ics_effected",
                "did you mean \"ics_affected\"?",
            ),
            (
                "      policy: partner\n",
                "      policy: partners\n",
                "      policy: partners",
                "unknown policy partners, expected one of answer_inquiry, answer_only,",
            ),
            (
                "      class: fraud.masquerade\n",
                "      class: fraud.masque\n",
                "      class: fraud.masque",
                "unknown class fraud.masque",
            ),
            (
                "    expect: sales\n",
                "    expect: question\n",
                "    expect: question",
                "test 4: expected row \"question\", found row \"sales\" (certain)",
            ),
            (
                "    facts: {}\n    expect: undetermined\n    certainty: provisional\n",
                "    facts: {}\n    expect: undetermined\n",
                "    expect: undetermined",
                "it is provisional, not certain; facts to ask for: attack_type",
            ),
            (
                "    facts: { contact_type: sales, verification: real, progress: none }\n",
                "    facts: { contact_type: sails, verification: real, progress: none }\n",
                "    facts: { contact_type: sails, verification: real, progress: none }",
                "test 4: contact_type: \"sails\" is not one of event,",
            ),
            (
                "      spam: { ja: 迷惑メール, en: Spam }\n",
                "",
                "    labels:",
                "fact attack_type: the step spam has no label",
            ),
            (
                "      outside: { ja: 外, en: Outside }\n",
                "      outside: { ja: 外, en: Outside }\n      both: { ja: 両方, en: Both }\n",
                "      both: { ja: 両方, en: Both }",
                "fact source: a label for both, expected one of outside, inside",
            ),
            (
                "  - id: insider\n    when: attack_type == insider\n    then:\n      outcome: incident\n      priority: p2\n",
                "  - id: insider\n    when: attack_type == insider\n    then:\n      outcome: incident\n",
                "      outcome: incident",
                "row insider: priority: an incident needs a priority",
            ),
            (
                "      priority: p4\n",
                "      priority: p5\n",
                "      priority: p5",
                "priority: unknown value \"p5\", expected one of p4, p3, p2, p1",
            ),
            (
                "      priority: p4\n",
                "      urgency: p4\n",
                "      urgency: p4",
                "urgency: unknown key \"urgency\", expected one of outcome,",
            ),
        ];
        for (from, to, line, expect) in cases {
            let text = INCIDENT.replacen(from, to, 1);
            assert_ne!(text, INCIDENT, "{from}");
            let error = Criteria::read("x.yaml", &text).err().unwrap();
            let found = text.lines().nth((error.line as usize).saturating_sub(1)).unwrap();
            assert_eq!(found, line, "{error}");
            assert!(
                error.file == "x.yaml" && error.problem.contains(expect),
                "{error}"
            );
        }
    }

    #[test]
    fn a_row_that_another_always_wins_over_is_refused() {
        let text = INCIDENT.replacen(
            "  - id: insider\n    when: attack_type == insider\n",
            "  - id: insider\n    when: attack_type == insider and data.leak == confirmed and data.kinds contains personal\n",
            1,
        );
        let error = Criteria::read("x.yaml", &text).err().unwrap();
        assert!(error.problem.contains("insider_leak"), "{error}");
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let text = INCIDENT
            .replacen("      policy: partner\n", "      policy: partners\n", 1)
            .replacen(
                "      class: fraud.masquerade\n",
                "      class: fraud.masque\n",
                1,
            )
            .replacen("    when: ics_affected\n", "    when: ics_effected\n", 1)
            .replacen(
                "    when: attack_type == lost_device\n",
                "    when: attack_type = lost_device\n",
                1,
            );
        let errors = Criteria::read_all("x.yaml", &text).err().unwrap();
        let keys: Vec<_> = errors.iter().map(|error| error.message.key.as_ref()).collect();
        assert_eq!(
            keys,
            [
                "data-unknown-policy",
                "data-unknown-class",
                "condition-wrong-spelling",
                "condition-unknown-fact-similar"
            ]
        );
    }
}
