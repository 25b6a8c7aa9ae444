//! What holds for every table, checked against trying everything the slow way.

use matoi_condition::table::{Certainty, DecisionTable, Finding, RowData};
use matoi_condition::{Budget, FactMap, Knowledge, Seconds, Truth, Value};
use proptest::prelude::*;
use proptest::sample::select;

use crate::generate::{any_expression, complete_situation, replaced, situation, value_expression};
use crate::vocabulary;

fn table(conditions: Vec<String>) -> DecisionTable<usize> {
    let rows = conditions.into_iter().enumerate().map(|(index, when)| RowData {
        id: index.to_string(),
        when,
        then: index % 3,
    });
    DecisionTable::load(rows, &vocabulary()).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_certain_row_stays_whatever_is_learnt(
        conditions in prop::collection::vec(value_expression(), 0..6),
        facts in situation(),
        answers in complete_situation(),
    ) {
        let table = table(conditions);
        let learnt = replaced(&facts, &answers, |name| {
            facts.0.get(name).is_none_or(|knowledge| *knowledge == Knowledge::Unknown)
        });
        let (before, after) = (table.evaluate_first(&facts), table.evaluate_first(&learnt));
        if before.certainty == Certainty::Certain {
            prop_assert_eq!((after.certainty, after.row), (Certainty::Certain, before.row));
        }
        let rank = |then: &usize| *then;
        let (before, after) = (table.evaluate_highest(&facts, rank), table.evaluate_highest(&learnt, rank));
        if before.certainty == Certainty::Certain {
            prop_assert_eq!((after.certainty, after.row), (Certainty::Certain, before.row));
        }
    }

    #[test]
    fn answers_to_what_is_asked_make_it_certain_and_nothing_is_asked_in_vain(
        conditions in prop::collection::vec(value_expression(), 0..6),
        facts in situation(),
        answers in complete_situation(),
    ) {
        let table = table(conditions);
        for by_rank in [false, true] {
            let evaluate = |facts: &FactMap| {
                if by_rank { table.evaluate_highest(facts, |then| *then) } else { table.evaluate_first(facts) }
            };
            let before = evaluate(&facts);
            prop_assert_eq!(before.ask.is_empty(), before.certainty == Certainty::Certain);
            let learnt = replaced(&facts, &answers, |name| before.ask.iter().any(|asked| asked.fact == name));
            prop_assert_eq!(evaluate(&learnt).certainty, Certainty::Certain);
        }
    }

    #[test]
    fn a_result_agrees_with_its_rows(
        conditions in prop::collection::vec(any_expression(), 0..6), facts in situation(),
    ) {
        let table = table(conditions);
        let found = table.evaluate_first(&facts);
        prop_assert_eq!(&found.row, &found.matched.first().cloned());
        prop_assert_eq!(found.rows.len(), table.rows().len());
        let firm: FactMap = FactMap(
            facts.0.iter().filter(|(_, knowledge)| !matches!(knowledge, Knowledge::Assumed(_)))
                .map(|(name, knowledge)| (name.clone(), knowledge.clone())).collect(),
        );
        let without = table.evaluate_first(&firm);
        let same = (without.row, without.certainty) == (found.row, found.certainty);
        prop_assert_eq!(found.rests_on_assumption, !same);
    }

    #[test]
    fn checking_any_table_comes_to_an_end(conditions in prop::collection::vec(any_expression(), 0..6)) {
        let table = table(conditions);
        for visits in [0, 1000, 100_000] {
            for finding in table.check_first(Budget::new(visits)) {
                prop_assert!(!finding.to_string().is_empty());
            }
        }
    }
}

/// Tests whose every class of answers is met by the values below.
const SMALL_TESTS: &[&str] = &[
    "data.personal",
    "not data.personal",
    "unknown(data.personal)",
    "cvss >= 7",
    "cvss < 7.5",
    "cvss in [0, 10]",
    "affected_count > 1",
    "affected_count < 2",
    "progress >= spread",
    "progress != attempted",
    "known(progress)",
    "elapsed > 1min",
    "elapsed <= 61s",
    "subject contains \"a\"",
    "subject contains \"ab\"",
    "subject == \"ba\"",
    "subject in [\"\", \"x\"]",
    "tags contains \"a\"",
    "tags contains all [\"a\", \"b\"]",
];

/// At least one value of every class for [`SMALL_TESTS`].
fn small_values(fact: &str) -> Vec<Value> {
    let numbers = |tenths: &[i32]| {
        tenths
            .iter()
            .map(|tenth| Value::Number(matoi_condition::Number::new(f64::from(*tenth) / 10.0).unwrap()))
            .collect()
    };
    match fact {
        "data.personal" => vec![true.into(), false.into()],
        "cvss" => numbers(&[0, 1, 69, 70, 71, 74, 75, 76, 99, 100]),
        "affected_count" => (0..4).map(Value::from).collect(),
        "progress" => ["attempted", "delivered", "executed", "spread", "completed"]
            .map(Value::choice)
            .to_vec(),
        "elapsed" => (58..64).map(|seconds| Value::from(Seconds(seconds))).collect(),
        "subject" => ["", "x", "y", "a", "b", "ab", "ba", "aab", "bab", "yy"]
            .map(Value::text)
            .to_vec(),
        "tags" => [&[][..], &["a"], &["b"], &["a", "b"], &["c"]]
            .into_iter()
            .map(|tags| Value::texts(tags.iter().copied()))
            .collect(),
        other => panic!("{other} has no values"),
    }
}

fn every_situation(table: &DecisionTable<usize>) -> Vec<FactMap> {
    let facts: std::collections::BTreeSet<&str> =
        table.rows().iter().flat_map(|row| row.when.facts()).collect();
    let mut situations = vec![FactMap::new()];
    for fact in facts {
        let known = small_values(fact).into_iter().map(Knowledge::Known);
        let states: Vec<Knowledge> = known.chain([Knowledge::Unknown]).collect();
        situations = situations
            .iter()
            .flat_map(|situation| {
                states.iter().map(|state| {
                    let mut situation = situation.clone();
                    situation.set(fact, state.clone());
                    situation
                })
            })
            .collect();
    }
    situations
}

fn small_condition() -> impl Strategy<Value = String> {
    let test = || select(SMALL_TESTS);
    prop_oneof![
        2 => test().prop_map(String::from),
        3 => (test(), test()).prop_map(|(left, right)| format!("{left} and {right}")),
        2 => (test(), test()).prop_map(|(left, right)| format!("{left} or {right}")),
        1 => (test(), test()).prop_map(|(left, right)| format!("not ({left} or {right})")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn what_is_found_in_a_table_is_exactly_what_trying_everything_finds(
        conditions in prop::collection::vec(small_condition(), 1..4)
    ) {
        let table = table(conditions);
        let situations = every_situation(&table);
        prop_assume!(situations.len() <= 5000);
        let found = table.check_first(Budget::default());

        let mut held = vec![false; table.rows().len()];
        let mut applied = held.clone();
        let mut applied_complete = held.clone();
        let mut gap = false;
        let asked_for_knowledge = |fact: &str| {
            let asks = |row: &matoi_condition::table::Row<usize>| row.when.as_str().contains(&format!("known({fact})"));
            table.rows().iter().any(asks)
        };
        for situation in &situations {
            let truths: Vec<Truth> = table.rows().iter().map(|row| row.when.truth(situation)).collect();
            gap |= truths.iter().all(|truth| *truth == Truth::False);
            if let Some(first) = truths.iter().position(|truth| *truth == Truth::True) {
                applied[first] = true;
                applied_complete[first] |= situation.0.iter().all(|(fact, knowledge)| {
                    *knowledge != Knowledge::Unknown || asked_for_knowledge(fact)
                });
            }
            for (held, truth) in held.iter_mut().zip(&truths) {
                *held |= *truth == Truth::True;
            }
        }
        for (index, row) in table.rows().iter().enumerate() {
            let never = found.contains(&Finding::NeverMatches { row: row.id.clone() });
            prop_assert_eq!(never, !held[index], "{} never matches", row.when);
            let unreachable =
                found.iter().any(|finding| matches!(finding, Finding::Unreachable { row: id, .. } if *id == row.id));
            prop_assert_eq!(unreachable, held[index] && !applied[index], "{} is unreachable", row.when);
            let provisional = found.contains(&Finding::OnlyProvisional { row: row.id.clone() });
            prop_assert_eq!(provisional, applied[index] && !applied_complete[index], "{} is provisional", row.when);
        }
        let example = found.iter().find_map(|finding| match finding {
            Finding::Gap { example } => Some(example),
            _ => None,
        });
        prop_assert_eq!(example.is_some(), gap);
        if let Some(example) = example {
            let truths: Vec<Truth> = table.rows().iter().map(|row| row.when.truth(example)).collect();
            prop_assert!(truths.iter().all(|truth| *truth == Truth::False), "{:?} is no gap", example);
        }
    }
}
