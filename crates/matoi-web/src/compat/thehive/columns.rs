//! Filters and orders of the query language over the fields that our alerts and cases have.

use std::collections::HashMap;

use matoi_core::cases::find::CaseField;
use matoi_core::desk::find::AlertField;
use matoi_core::kernel::find::{Compare, Condition, Pattern, SortKey, Value, v};
use serde_json::Value as Json;

use super::super::number;
use super::super::values::as_integer;
use super::error::{HiveResult, wrong};
use super::query::{Expr, Test};
use super::words::{ALERT_STATUSES, CLOSING};

const ALERT_FIELDS: &str = "_id, title, description, severity, tlp, type, source, sourceRef, externalLink, tags, date, _createdAt, _updatedAt, _createdBy, status, stage, caseId, assignee";
const CASE_FIELDS: &str = "_id, number, title, description, severity, tlp, tags, startDate, endDate, _createdAt, _updatedAt, _createdBy, status, stage, assignee";

/// How the values of a field are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    /// With an optional `~` in front.
    Id,
    Number,
    /// 1 to 4; our lowest step, 0, is given as 1.
    Severity,
    Millis,
    /// A JSON list of texts.
    Tags,
}

fn alert_field(name: &str) -> Option<(AlertField, Kind)> {
    Some(match name {
        "_id" | "id" => (AlertField::Id, Kind::Id),
        "title" => (AlertField::Title, Kind::Text),
        "description" => (AlertField::Description, Kind::Text),
        "severity" => (AlertField::Severity, Kind::Severity),
        "tlp" => (AlertField::Tlp, Kind::Number),
        "type" => (AlertField::AlertType, Kind::Text),
        "source" => (AlertField::Source, Kind::Text),
        "sourceRef" => (AlertField::SourceRef, Kind::Text),
        "externalLink" => (AlertField::Link, Kind::Text),
        "tags" => (AlertField::Tags, Kind::Tags),
        "date" => (AlertField::EventAt, Kind::Millis),
        "_createdAt" | "createdAt" | "newDate" => (AlertField::ReceivedAt, Kind::Millis),
        "_updatedAt" | "updatedAt" | "lastSyncDate" => (AlertField::UpdatedAt, Kind::Millis),
        "_createdBy" | "createdBy" => (AlertField::CreatedBy, Kind::Text),
        "caseId" => (AlertField::Case, Kind::Id),
        "assignee" => (AlertField::Assignee, Kind::Text),
        _ => return None,
    })
}

fn case_field(name: &str) -> Option<(CaseField, Kind)> {
    Some(match name {
        "_id" | "id" => (CaseField::Id, Kind::Id),
        "title" => (CaseField::Title, Kind::Text),
        "description" => (CaseField::Summary, Kind::Text),
        "severity" => (CaseField::Severity, Kind::Severity),
        "tlp" => (CaseField::Tlp, Kind::Number),
        "startDate" => (CaseField::OccurredAt, Kind::Millis),
        "endDate" | "closedDate" => (CaseField::ClosedAt, Kind::Millis),
        "_createdAt" | "createdAt" | "newDate" => (CaseField::CreatedAt, Kind::Millis),
        "_updatedAt" | "updatedAt" => (CaseField::UpdatedAt, Kind::Millis),
        "_createdBy" | "createdBy" => (CaseField::CreatedBy, Kind::Text),
        "assignee" => (CaseField::Handler, Kind::Text),
        _ => return None,
    })
}

/// The condition of a query over alerts.
pub(super) fn alerts(expr: &Expr) -> HiveResult<Condition<AlertField>> {
    Ok(match expr {
        Expr::All(inner) => Condition::All(inner.iter().map(alerts).collect::<HiveResult<_>>()?),
        Expr::Any(inner) => Condition::Any(inner.iter().map(alerts).collect::<HiveResult<_>>()?),
        Expr::Not(inner) => Condition::Not(Box::new(alerts(inner)?)),
        Expr::Has(name) => has(name, alert_field(name), ALERT_FIELDS)?,
        Expr::Test { field, test, value } => match field.as_str() {
            "status" => alert_status(&exact(field, *test, value)?)?,
            "stage" => alert_stage(&exact(field, *test, value)?)?,
            name => {
                let (column, kind) = alert_field(name).ok_or_else(|| unknown(name, ALERT_FIELDS))?;
                condition(column, kind, name, *test, value)?
            }
        },
    })
}

/// What was looked up beside the cases before a query over them: tags and closing statuses with the cases that have them.
#[derive(Debug, Default)]
pub(super) struct LookedUp {
    pub(super) by_tag: HashMap<String, Vec<String>>,
    pub(super) by_status: HashMap<String, Vec<String>>,
}

/// The condition of a query over cases.
pub(super) fn cases(expr: &Expr, looked_up: &LookedUp) -> HiveResult<Condition<CaseField>> {
    let inside =
        |inner: &[Expr]| -> HiveResult<Vec<_>> { inner.iter().map(|one| cases(one, looked_up)).collect() };
    Ok(match expr {
        Expr::All(inner) => Condition::All(inside(inner)?),
        Expr::Any(inner) => Condition::Any(inside(inner)?),
        Expr::Not(inner) => Condition::Not(Box::new(cases(inner, looked_up)?)),
        Expr::Has(name) => has(name, case_field(name), CASE_FIELDS)?,
        Expr::Test { field, test, value } => match field.as_str() {
            "status" => case_status(&exact(field, *test, value)?, looked_up)?,
            "stage" => case_stage(&exact(field, *test, value)?)?,
            "tags" => {
                let tag = exact(field, *test, value)?;
                one_of_ids(looked_up.by_tag.get(&tag))
            }
            "number" | "caseId" => {
                let number = as_integer(value)
                    .filter(|_| *test == Test::Equal)
                    .and_then(number::case);
                let number = number
                    .ok_or_else(|| wrong(field, "the number of a case is expected, with _eq or _in"))?;
                Condition::equals(CaseField::Number, number)
            }
            name => {
                let (column, kind) = case_field(name).ok_or_else(|| unknown(name, CASE_FIELDS))?;
                condition(column, kind, name, *test, value)?
            }
        },
    })
}

/// The order of a query over alerts; newest first when none is asked for.
pub(super) fn alert_order(sort: &[(String, bool)]) -> HiveResult<Vec<SortKey<AlertField>>> {
    if sort.is_empty() {
        return Ok(vec![SortKey {
            field: AlertField::ReceivedAt,
            descending: true,
        }]);
    }
    let key = |(name, descending): &(String, bool)| {
        let field = match name.as_str() {
            "status" | "stage" => AlertField::State,
            name => alert_field(name).ok_or_else(|| unknown(name, ALERT_FIELDS))?.0,
        };
        Ok(SortKey {
            field,
            descending: *descending,
        })
    };
    sort.iter().map(key).collect()
}

/// The order of a query over cases; newest first when none is asked for.
pub(super) fn case_order(sort: &[(String, bool)]) -> HiveResult<Vec<SortKey<CaseField>>> {
    if sort.is_empty() {
        return Ok(vec![SortKey {
            field: CaseField::CreatedAt,
            descending: true,
        }]);
    }
    let key = |(name, descending): &(String, bool)| {
        let field = match name.as_str() {
            "status" | "stage" => CaseField::State,
            "number" | "caseId" => CaseField::CreatedAt,
            name => case_field(name).ok_or_else(|| unknown(name, CASE_FIELDS))?.0,
        };
        Ok(SortKey {
            field,
            descending: *descending,
        })
    };
    sort.iter().map(key).collect()
}

fn unknown(name: &str, known: &str) -> super::error::HiveError {
    wrong(name, format!("cannot be asked for here; known are {known}"))
}

fn has<F: Copy>(name: &str, field: Option<(F, Kind)>, known: &str) -> HiveResult<Condition<F>> {
    let (column, kind) = field.ok_or_else(|| unknown(name, known))?;
    Ok(match kind {
        Kind::Text | Kind::Id => Condition::Not(Box::new(Condition::equals(column, ""))),
        Kind::Tags => Condition::Not(Box::new(Condition::equals(column, "[]"))),
        Kind::Millis => Condition::Is(column, Compare::AtLeast, v(0)),
        Kind::Number | Kind::Severity => Condition::everything(),
    })
}

/// The text of a test for equality; other tests make no sense of a status.
fn exact(field: &str, test: Test, value: &Json) -> HiveResult<String> {
    match (test, value) {
        (Test::Equal, Json::String(text)) => Ok(text.clone()),
        _ => Err(wrong(field, "only _eq, _ne and _in with texts are supported")),
    }
}

fn condition<F: Copy>(
    column: F,
    kind: Kind,
    name: &str,
    test: Test,
    value: &Json,
) -> HiveResult<Condition<F>> {
    let text = || match value {
        Json::String(text) => Ok(text.clone()),
        Json::Number(_) | Json::Bool(_) => Ok(value.to_string()),
        _ => Err(wrong(name, "a text is expected")),
    };
    let pattern = |text: &str| match test {
        Test::Begins => Pattern::beginning(text),
        Test::Ends => Pattern::ending(text),
        _ if text.contains('*') => Pattern::with_wildcards(text),
        _ => Pattern::containing(text),
    };
    match kind {
        Kind::Text => {
            let text = text()?;
            Ok(match comparison(test) {
                Some(compare) => Condition::Is(column, compare, v(text)),
                None => Condition::Fits(column, pattern(&text)),
            })
        }
        Kind::Id => {
            let text = text()?;
            let id = text.trim_start_matches('~').to_owned();
            match test {
                Test::Equal => Ok(Condition::equals(column, id)),
                _ => Err(wrong(name, "only _eq, _ne and _in are supported")),
            }
        }
        Kind::Tags => {
            let text = text()?;
            // A tag stands in the list as JSON writes it.
            let quoted = serde_json::to_string(&text).unwrap_or_default();
            let inner = quoted.trim_matches('"');
            match test {
                Test::Equal => Ok(Condition::Fits(column, Pattern::containing(&quoted))),
                Test::Like | Test::Begins | Test::Ends => {
                    let inner = inner.trim_matches('*');
                    let text = match test {
                        Test::Begins => format!("\"{inner}"),
                        Test::Ends => format!("{inner}\""),
                        _ => inner.to_owned(),
                    };
                    Ok(Condition::Fits(column, Pattern::containing(&text)))
                }
                _ => Err(wrong(name, "tags cannot be compared in size")),
            }
        }
        Kind::Number | Kind::Severity | Kind::Millis => {
            let number = as_integer(value).ok_or_else(|| wrong(name, "an integer is expected"))?;
            let compare =
                comparison(test).ok_or_else(|| wrong(name, "a number cannot be compared with a pattern"))?;
            Ok(match kind {
                Kind::Millis => times(column, compare, number),
                Kind::Severity => severities(column, compare, number),
                _ => Condition::Is(column, compare, v(number)),
            })
        }
    }
}

const fn comparison(test: Test) -> Option<Compare> {
    Some(match test {
        Test::Equal => Compare::Equal,
        Test::Less => Compare::Less,
        Test::AtMost => Compare::AtMost,
        Test::Greater => Compare::Greater,
        Test::AtLeast => Compare::AtLeast,
        Test::Like | Test::Begins | Test::Ends => return None,
    })
}

/// We keep microseconds; the same millisecond is the same time here.
fn times<F: Copy>(column: F, compare: Compare, millis: i64) -> Condition<F> {
    let first = millis.saturating_mul(1000);
    let next = first.saturating_add(1000);
    match compare {
        Compare::Equal => Condition::All(vec![
            Condition::Is(column, Compare::AtLeast, v(first)),
            Condition::Is(column, Compare::Less, v(next)),
        ]),
        Compare::Less => Condition::Is(column, Compare::Less, v(first)),
        Compare::AtMost => Condition::Is(column, Compare::Less, v(next)),
        Compare::Greater => Condition::Is(column, Compare::AtLeast, v(next)),
        Compare::AtLeast => Condition::Is(column, Compare::AtLeast, v(first)),
    }
}

/// Our lowest step is given as 1, like the one above it.
fn severities<F: Copy>(column: F, compare: Compare, number: i64) -> Condition<F> {
    match compare {
        Compare::Equal if number == 1 => Condition::Is(column, Compare::AtMost, v(1)),
        Compare::Equal if number < 1 => Condition::Any(Vec::new()),
        Compare::Less | Compare::AtMost if number < 1 => Condition::Any(Vec::new()),
        Compare::Less if number == 1 => Condition::Any(Vec::new()),
        Compare::Greater if number < 1 => Condition::everything(),
        Compare::AtLeast if number <= 1 => Condition::everything(),
        _ => Condition::Is(column, compare, v(number)),
    }
}

fn alert_status(status: &str) -> HiveResult<Condition<AlertField>> {
    let merged = || Condition::Not(Box::new(Condition::equals(AlertField::MergedInto, "")));
    let in_case = || Condition::Not(Box::new(Condition::equals(AlertField::Case, "")));
    let free = |state: &[&str]| {
        vec![
            Condition::equals(AlertField::MergedInto, ""),
            Condition::equals(AlertField::Case, ""),
            Condition::one_of(AlertField::State, state.iter().map(|state| v(*state))),
        ]
    };
    let wrong_one = || Condition::equals(AlertField::Verdict, "false_positive");
    Ok(match status {
        "Duplicate" => merged(),
        "Imported" => Condition::All(vec![Condition::Not(Box::new(merged())), in_case()]),
        "New" => Condition::All(free(&["new"])),
        "InProgress" => Condition::All(free(&["acknowledged", "triaged"])),
        "FalsePositive" => {
            let mut all = free(&["closed"]);
            all.push(wrong_one());
            Condition::All(all)
        }
        "Ignored" => {
            let mut all = free(&["closed"]);
            all.push(Condition::Not(Box::new(wrong_one())));
            Condition::All(all)
        }
        _ => {
            return Err(wrong(
                "status",
                format!("no such status; known are {}", ALERT_STATUSES.join(", ")),
            ));
        }
    })
}

fn alert_stage(stage: &str) -> HiveResult<Condition<AlertField>> {
    let statuses: &[&str] = match stage {
        "New" => &["New"],
        "InProgress" => &["InProgress"],
        "Imported" => &["Imported"],
        "Closed" => &["Duplicate", "FalsePositive", "Ignored"],
        _ => {
            return Err(wrong(
                "stage",
                "no such stage; known are New, InProgress, Imported, Closed",
            ));
        }
    };
    let all: HiveResult<Vec<_>> = statuses.iter().map(|status| alert_status(status)).collect();
    Ok(Condition::Any(all?))
}

fn case_stage(stage: &str) -> HiveResult<Condition<CaseField>> {
    let open = Condition::equals(CaseField::State, "open");
    let detect = Condition::equals(CaseField::Phase, "detect");
    Ok(match stage {
        "New" => Condition::All(vec![open, detect]),
        "InProgress" => Condition::All(vec![open, Condition::Not(Box::new(detect))]),
        "Closed" => Condition::Not(Box::new(open)),
        _ => return Err(wrong("stage", "no such stage; known are New, InProgress, Closed")),
    })
}

fn case_status(status: &str, looked_up: &LookedUp) -> HiveResult<Condition<CaseField>> {
    let closed = Condition::equals(CaseField::State, "closed");
    Ok(match status {
        "New" | "InProgress" => case_stage(status)?,
        "Duplicated" => Condition::Any(vec![
            Condition::equals(CaseField::State, "merged"),
            Condition::All(vec![closed, one_of_ids(looked_up.by_status.get(status))]),
        ]),
        // What was closed elsewhere has no status of TheHive's.
        "Other" => {
            let named: Vec<_> = CLOSING
                .iter()
                .filter(|name| **name != "Other")
                .map(|name| one_of_ids(looked_up.by_status.get(*name)))
                .collect();
            Condition::All(vec![closed, Condition::Not(Box::new(Condition::Any(named)))])
        }
        _ if CLOSING.contains(&status) => {
            Condition::All(vec![closed, one_of_ids(looked_up.by_status.get(status))])
        }
        _ => {
            return Err(wrong(
                "status",
                format!(
                    "no such status; known are New, InProgress, {}",
                    CLOSING.join(", ")
                ),
            ));
        }
    })
}

fn one_of_ids(ids: Option<&Vec<String>>) -> Condition<CaseField> {
    let ids = ids.map(Vec::as_slice).unwrap_or_default();
    Condition::one_of(CaseField::Id, ids.iter().map(Value::from))
}
