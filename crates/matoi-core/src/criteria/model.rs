//! Nouns of the criteria, and their YAML.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use matoi_condition::table::{
    AskedFact, Certainty, DecisionTable, FindingLevel, RowData, TableEvaluation, TableTest, TestVerdict,
};
use matoi_condition::{Budget, FactMap, FactType, Vocabulary};
use matoi_types::{Priority, Severity};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::data::{self, Bilingual, DataError};

/// What something that came in turns out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TriageOutcome {
    /// An incident: a case with a life cycle, clocks and reports.
    Incident,
    /// A question or a consultation.
    Inquiry,
    /// Not an incident: the reporter gets an answer with the reason.
    NotIncident,
}

impl TriageOutcome {
    /// Every outcome.
    pub const ALL: [Self; 3] = [Self::Incident, Self::Inquiry, Self::NotIncident];

    /// The name in the database and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Incident => "incident",
            Self::Inquiry => "inquiry",
            Self::NotIncident => "not_incident",
        }
    }
}

impl fmt::Display for TriageOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TriageOutcome {
    type Err = crate::kernel::named::UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == text)
            .ok_or(crate::kernel::named::UnknownName)
    }
}

/// Triage criteria, read from YAML.
#[derive(Debug, Clone)]
pub struct Criteria {
    /// Which criteria, like `incident`.
    pub id: String,
    /// Their name.
    pub title: Bilingual,
    /// What they are for.
    pub about: Bilingual,
    /// What is asked, in the order of asking.
    pub facts: Vec<CriteriaFact>,
    /// What to do, by identifier.
    pub policies: BTreeMap<String, Bilingual>,
    /// The rows, first match first.
    pub table: DecisionTable<RowOutcome>,
    vocabulary: Vocabulary,
}

/// One thing the criteria ask for.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CriteriaFact {
    /// Its name in conditions.
    pub name: String,
    /// What it can be.
    #[serde(rename = "type")]
    pub fact_type: FactType,
    /// The question as a person is asked it.
    pub question: Bilingual,
    /// What helps to answer.
    #[serde(default)]
    pub hint: Option<Bilingual>,
    /// The steps in words.
    #[serde(default)]
    pub labels: BTreeMap<String, Bilingual>,
}

/// What a row says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RowOutcome {
    /// What it is.
    pub outcome: TriageOutcome,
    /// How urgent; none for what is no incident.
    #[serde(default)]
    pub priority: Option<Priority>,
    /// How bad.
    #[serde(default)]
    pub severity: Option<Severity>,
    /// The class of incident, an identifier of the taxonomy.
    #[serde(default)]
    pub class: Option<String>,
    /// What to do, an identifier of `policies`.
    #[serde(default)]
    pub policy: Option<String>,
    /// The row in a sentence: why it is so.
    pub reason: Bilingual,
}

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
    tests: Vec<TableTest>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RowFile {
    id: String,
    when: String,
    then: RowOutcome,
}

impl Criteria {
    /// Reads the YAML, checks every condition, every name and every worked example it carries.
    ///
    /// # Errors
    /// [`DataError`] with file, line and what is allowed.
    pub fn read(file: &str, text: &str) -> Result<Self, DataError> {
        let parsed: File = data::from_yaml(file, text)?;
        let wrong = |problem: String, needle: &str| DataError {
            file: file.to_owned(),
            line: line_of(text, needle),
            column: 1,
            problem,
        };
        for fact in &parsed.facts {
            for step in fact.fact_type.steps() {
                if !fact.labels.contains_key(step) {
                    return Err(wrong(
                        format!("fact {}: the step {step} has no label", fact.name),
                        &format!("name: {}", fact.name),
                    ));
                }
            }
            if let Some(label) = fact
                .labels
                .keys()
                .find(|label| !fact.fact_type.steps().contains(label))
            {
                return Err(wrong(
                    format!(
                        "fact {}: a label for {label}, expected one of {}",
                        fact.name,
                        fact.fact_type.steps().join(", ")
                    ),
                    &format!("name: {}", fact.name),
                ));
            }
        }
        let vocabulary = Vocabulary::new(
            parsed
                .facts
                .iter()
                .map(|fact| (fact.name.clone(), fact.fact_type.clone())),
        )
        .map_err(|error| wrong(format!("facts: {error}"), "facts:"))?;
        for row in &parsed.rows {
            if let Some(policy) = &row.then.policy
                && !parsed.policies.contains_key(policy)
            {
                let allowed: Vec<_> = parsed.policies.keys().map(String::as_str).collect();
                let problem = format!(
                    "row {}: unknown policy {policy}, expected one of {}",
                    row.id,
                    allowed.join(", ")
                );
                return Err(wrong(problem, &format!("policy: {policy}")));
            }
            if let Some(class) = &row.then.class
                && !crate::taxonomy::exists(class)
            {
                return Err(wrong(
                    format!("row {}: unknown class {class}", row.id),
                    &format!("class: {class}"),
                ));
            }
            if row.then.outcome == TriageOutcome::Incident && row.then.priority.is_none() {
                return Err(wrong(
                    format!("row {}: an incident needs a priority", row.id),
                    &format!("id: {}", row.id),
                ));
            }
        }
        let rows = parsed.rows.into_iter().map(|row| RowData {
            id: row.id,
            when: row.when,
            then: row.then,
        });
        let table = DecisionTable::load(rows, &vocabulary).map_err(|errors| {
            let first = errors.into_iter().next();
            first.map_or_else(
                || wrong("rows cannot be read".to_owned(), "rows:"),
                |error| wrong(error.to_string(), &format!("id: {}", error.row)),
            )
        })?;
        if let Some(finding) = table
            .check_first(Budget::default())
            .iter()
            .find(|f| f.level() == FindingLevel::Problem)
        {
            return Err(wrong(finding.to_string(), "rows:"));
        }
        for report in table.run_tests(&vocabulary, &parsed.tests, |table, facts| {
            table.evaluate_first(facts)
        }) {
            if report.verdict != TestVerdict::Passed {
                let name = report
                    .name
                    .clone()
                    .unwrap_or_else(|| format!("number {}", report.index + 1));
                let needle = report
                    .name
                    .map_or_else(|| "tests:".to_owned(), |name| format!("name: {name}"));
                return Err(wrong(format!("test {name}: {}", report.verdict), &needle));
            }
        }
        Ok(Self {
            id: parsed.id,
            title: parsed.title,
            about: parsed.about,
            facts: parsed.facts,
            policies: parsed.policies,
            table,
            vocabulary,
        })
    }

    /// The facts in the form conditions know them.
    #[must_use]
    pub const fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// What the table says of these facts.
    #[must_use]
    pub fn evaluate(&self, facts: &FactMap) -> Evaluation {
        let evaluation = self.table.evaluate_first(facts);
        let proposal = evaluation
            .row
            .as_deref()
            .and_then(|id| self.table.row(id))
            .map(|row| Proposal {
                row: row.id.clone(),
                outcome: row.then.outcome,
                priority: row.then.priority,
                severity: row.then.severity,
                class: row.then.class.clone(),
                policy: row
                    .then
                    .policy
                    .as_ref()
                    .and_then(|id| self.policies.get(id))
                    .cloned(),
                reason: row.then.reason.clone(),
            });
        Evaluation {
            certainty: evaluation.certainty,
            rests_on_assumption: evaluation.rests_on_assumption,
            ask: evaluation.ask.clone(),
            proposal,
            table: evaluation,
        }
    }
}

/// What the criteria propose, with every reason.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Evaluation {
    /// Whether missing facts could still change it.
    pub certainty: Certainty,
    /// Whether it rests on something that is only assumed.
    pub rests_on_assumption: bool,
    /// The facts to ask for next, the most useful first.
    pub ask: Vec<AskedFact>,
    /// What is proposed; none when no row matches or too much is unknown.
    pub proposal: Option<Proposal>,
    /// Every row with its trace.
    pub table: TableEvaluation,
}

/// What a matching row proposes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Proposal {
    /// The row.
    pub row: String,
    /// What it is.
    pub outcome: TriageOutcome,
    /// How urgent.
    pub priority: Option<Priority>,
    /// How bad.
    pub severity: Option<Severity>,
    /// Its class.
    pub class: Option<String>,
    /// What to do.
    pub policy: Option<Bilingual>,
    /// Why.
    pub reason: Bilingual,
}

/// The line, from 1, that says just this, as an entry of a list or a key; else the first that says it among other things;
/// else 0. Row `sales` must not be looked for in row `sales_by_telephone`.
fn line_of(text: &str, needle: &str) -> u64 {
    let says_just_this = |line: &str| {
        let line = line.trim();
        line.strip_prefix("- ").unwrap_or(line) == needle
    };
    text.lines()
        .position(says_just_this)
        .or_else(|| text.lines().position(|line| line.contains(needle)))
        .map_or(0, |at| at as u64 + 1)
}

/// The criteria behind a hash, read once.
///
/// # Errors
/// [`DataError`], when the text cannot be read; it was checked when it was kept.
pub fn cached(hash: &str, text: &str) -> Result<Arc<Criteria>, DataError> {
    static CACHE: OnceLock<RwLock<HashMap<String, Arc<Criteria>>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(found) = cache.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
        return Ok(Arc::clone(found));
    }
    let criteria = Arc::new(Criteria::read(hash, text)?);
    cache
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(hash.to_owned(), Arc::clone(&criteria));
    Ok(criteria)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INCIDENT: &str = include_str!("../../../../criteria/incident.yaml");

    fn shipped() -> Criteria {
        Criteria::read("criteria/incident.yaml", INCIDENT).unwrap_or_else(|error| panic!("{error}"))
    }

    fn examples() -> Vec<TableTest> {
        data::from_yaml::<File>("criteria/incident.yaml", INCIDENT)
            .unwrap()
            .tests
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
                "  - id: ransomware",
                "ransomware",
            ),
            (
                "  - id: control_system\n    when: ics_affected\n",
                "  - id: control_system\n    when: ics_effected\n",
                "  - id: control_system",
                "ics_affected",
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
                "  - name: a vendor offers a security product",
                "expected row \"question\", found row \"sales\" (certain)",
            ),
            (
                "    facts: {}\n    expect: undetermined\n    certainty: provisional\n",
                "    facts: {}\n    expect: undetermined\n",
                "  - name: nothing is known yet, so somebody has to look",
                "row \"undetermined\" is provisional, not certain, unknown: attack_type",
            ),
            (
                "      spam: { ja: 迷惑メール, en: Spam }\n",
                "",
                "  - name: attack_type",
                "the step spam has no label",
            ),
            (
                "      outside: { ja: 外, en: Outside }\n",
                "      outside: { ja: 外, en: Outside }\n      both: { ja: 両方, en: Both }\n",
                "  - name: source",
                "a label for both, expected one of outside, inside",
            ),
            (
                "  - id: insider\n    when: attack_type == insider\n    then:\n      outcome: incident\n      priority: p2\n",
                "  - id: insider\n    when: attack_type == insider\n    then:\n      outcome: incident\n",
                "  - id: insider",
                "an incident needs a priority",
            ),
            (
                "      priority: p4\n",
                "      priority: p5\n",
                "      priority: p5",
                "p1",
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
}
