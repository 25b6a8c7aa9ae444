//! The query language of TheHive (`POST /api/v1/query`): where to begin, where to go from there, filter, sort, page, count.
//!
//! Alerts and cases are filtered and sorted by the database, over the fields named here; what hangs on one of them is filtered as
//! it is given. What is not supported is refused with what is.

use matoi_core::kernel::find::Window;
use serde_json::Value as Json;

use super::super::values::{Object, as_integer, integer, list, object, required_text};
use super::error::{HiveError, HiveResult, wrong};

/// Conditions inside conditions.
const MAX_DEPTH: usize = 20;
/// Rows of one answer.
pub(super) const MAX_ROWS: u32 = 1000;

/// Where a query begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Start {
    Alerts,
    Cases,
    Alert(String),
    Case(String),
    Task(String),
    CurrentUser,
}

/// What of the beginning is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Itself,
    Observables,
    Tasks,
    Comments,
    Alerts,
    Case,
}

/// A query, read.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Query {
    pub(super) start: Start,
    pub(super) part: Part,
    pub(super) filter: Expr,
    /// Field and whether the largest comes first.
    pub(super) sort: Vec<(String, bool)>,
    /// From and to, as given.
    pub(super) page: Option<(u32, u32)>,
    pub(super) count: bool,
}

/// A condition.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Expr {
    All(Vec<Expr>),
    Any(Vec<Expr>),
    Not(Box<Expr>),
    Test { field: String, test: Test, value: Json },
    Has(String),
}

/// How a field is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Test {
    Equal,
    Less,
    AtMost,
    Greater,
    AtLeast,
    Like,
    Begins,
    Ends,
}

/// Reads the body of a query.
pub(super) fn read(body: &Object) -> HiveResult<Query> {
    let steps = list(body, "query")?.ok_or_else(|| wrong("query", "a list of operations is expected"))?;
    if steps.len() > 20 {
        return Err(wrong("query", "at most 20 operations"));
    }
    let mut steps = steps.iter();
    let first = object(
        steps
            .next()
            .ok_or_else(|| wrong("query", "the first operation is missing"))?,
        "query",
    )?;
    let mut query = Query {
        start: start(first)?,
        part: Part::Itself,
        filter: Expr::All(Vec::new()),
        sort: Vec::new(),
        page: None,
        count: false,
    };
    let mut conditions = Vec::new();
    for step in steps {
        let step = object(step, "query")?;
        let name = required_text(step, "_name")?;
        if query.count {
            return Err(wrong("query", format!("\"{name}\" cannot follow a count")));
        }
        match name.as_str() {
            "filter" => conditions.push(all_of(step, 0)?),
            "sort" => query.sort = sort(step)?,
            "page" | "range" => query.page = Some(page(step)?),
            "count" | "limitedCount" => query.count = true,
            other => query.part = part(&query, other)?,
        }
    }
    query.filter = Expr::All(conditions);
    Ok(query)
}

fn start(step: &Object) -> HiveResult<Start> {
    let name = required_text(step, "_name")?;
    let id = || -> HiveResult<String> {
        match step.get("idOrName") {
            Some(Json::String(id)) => Ok(id.clone()),
            Some(Json::Number(number)) => Ok(number.to_string()),
            _ => Err(wrong("idOrName", "an identifier is expected")),
        }
    };
    Ok(match name.as_str() {
        "listAlert" => Start::Alerts,
        "listCase" => Start::Cases,
        "getAlert" => Start::Alert(id()?),
        "getCase" => Start::Case(id()?),
        "getTask" => Start::Task(id()?),
        "currentUser" => Start::CurrentUser,
        _ => {
            return Err(HiveError::Unsupported(
                "queries that begin elsewhere than with alerts, cases or a task",
            ));
        }
    })
}

fn part(query: &Query, name: &str) -> HiveResult<Part> {
    if query.part != Part::Itself {
        return Err(HiveError::Unsupported(
            "queries that go on from what hangs on an alert or a case",
        ));
    }
    Ok(match (&query.start, name) {
        (Start::Alert(_) | Start::Case(_), "observables") => Part::Observables,
        (Start::Case(_), "tasks") => Part::Tasks,
        (Start::Case(_), "comments") => Part::Comments,
        (Start::Case(_), "alerts") => Part::Alerts,
        (Start::Alert(_), "case") => Part::Case,
        _ => {
            return Err(HiveError::Unsupported(
                "this part of a query (an alert has observables and case, a case has observables, tasks, comments and alerts)",
            ));
        }
    })
}

fn sort(step: &Object) -> HiveResult<Vec<(String, bool)>> {
    let fields = list(step, "_fields")?.ok_or_else(|| wrong("_fields", "a list is expected"))?;
    let mut keys = Vec::new();
    for field in fields {
        for (name, direction) in object(field, "_fields")? {
            let descending = match direction.as_str() {
                Some("desc") => true,
                Some("asc") => false,
                _ => return Err(wrong(name, "\"asc\" or \"desc\" is expected")),
            };
            keys.push((name.clone(), descending));
        }
    }
    if keys.len() > 10 {
        return Err(wrong("_fields", "at most 10 fields"));
    }
    Ok(keys)
}

fn page(step: &Object) -> HiveResult<(u32, u32)> {
    let bound = |name: &str| -> HiveResult<u32> {
        integer(step, name)?
            .and_then(|number| u32::try_from(number).ok())
            .ok_or_else(|| wrong(name, "an integer from 0 is expected"))
    };
    let (from, to) = (bound("from")?, bound("to")?);
    if to < from || to - from > MAX_ROWS {
        return Err(wrong("to", format!("at most {MAX_ROWS} entries in one page")));
    }
    Ok((from, to))
}

impl Query {
    /// The rows wanted. Without a page one more than is given at most, so that it is noticed when something is left out.
    pub(super) fn window(&self) -> Window {
        match self.page {
            Some((from, to)) => Window {
                from,
                limit: to - from,
            },
            None => Window {
                from: 0,
                limit: MAX_ROWS + 1,
            },
        }
    }

    /// Refuses an answer that would leave something out in silence.
    pub(super) fn check_complete(&self, rows: usize) -> HiveResult<()> {
        if self.page.is_none() && rows > MAX_ROWS as usize {
            return Err(wrong(
                "query",
                format!("more than {MAX_ROWS} entries were found; ask for pages of at most {MAX_ROWS}"),
            ));
        }
        Ok(())
    }

    /// Filters, sorts and pages what is at hand.
    pub(super) fn apply(&self, mut rows: Vec<Json>) -> HiveResult<Json> {
        rows.retain(|row| self.filter.holds(row));
        if self.count {
            return Ok(Json::from(rows.len()));
        }
        for (field, descending) in self.sort.iter().rev() {
            rows.sort_by(|a, b| {
                let order = compare(value(a, field), value(b, field));
                if *descending { order.reverse() } else { order }
            });
        }
        if let Some((from, to)) = self.page {
            rows = rows
                .into_iter()
                .skip(from as usize)
                .take((to - from) as usize)
                .collect();
        }
        Ok(Json::Array(rows))
    }
}

/// Every condition that an object holds, besides the name of its operation.
fn all_of(object: &Object, depth: usize) -> HiveResult<Expr> {
    if depth > MAX_DEPTH {
        return Err(wrong(
            "query",
            format!("at most {MAX_DEPTH} conditions inside each other"),
        ));
    }
    // `{"_field": "title", "_value": "x"}` without an operator means equality.
    if object.contains_key("_field") && object.contains_key("_value") {
        return test("_eq", &Json::Object(object.clone()), Test::Equal);
    }
    let mut all = Vec::new();
    for (operator, operand) in object {
        if operator != "_name" {
            all.push(one(operator, operand, depth)?);
        }
    }
    Ok(Expr::All(all))
}

fn one(operator: &str, operand: &Json, depth: usize) -> HiveResult<Expr> {
    Ok(match operator {
        "_and" => Expr::All(several(operator, operand, depth)?),
        "_or" => Expr::Any(several(operator, operand, depth)?),
        "_not" => Expr::Not(Box::new(all_of(object(operand, "_not")?, depth + 1)?)),
        "_any" => Expr::All(Vec::new()),
        "_eq" | "_is" => test(operator, operand, Test::Equal)?,
        "_ne" => Expr::Not(Box::new(test(operator, operand, Test::Equal)?)),
        "_lt" => test(operator, operand, Test::Less)?,
        "_lte" => test(operator, operand, Test::AtMost)?,
        "_gt" => test(operator, operand, Test::Greater)?,
        "_gte" => test(operator, operand, Test::AtLeast)?,
        "_like" | "_match" | "_wildcard" => test(operator, operand, Test::Like)?,
        "_startsWith" => test(operator, operand, Test::Begins)?,
        "_endsWith" => test(operator, operand, Test::Ends)?,
        "_id" => Expr::Test {
            field: "_id".to_owned(),
            test: Test::Equal,
            value: operand.clone(),
        },
        "_has" | "_contains" => match operand {
            Json::String(field) => Expr::Has(field.clone()),
            _ => return Err(wrong(operator, "the name of a field is expected")),
        },
        "_in" => {
            let operand = object(operand, "_in")?;
            let field = required_text(operand, "_field")?;
            let values =
                list(operand, "_values")?.ok_or_else(|| wrong("_in", "a list of _values is expected"))?;
            if values.len() > 500 {
                return Err(wrong("_in", "at most 500 values"));
            }
            let equal = |value: &Json| Expr::Test {
                field: field.clone(),
                test: Test::Equal,
                value: value.clone(),
            };
            Expr::Any(values.iter().map(equal).collect())
        }
        "_between" => {
            let operand = object(operand, "_between")?;
            let field = required_text(operand, "_field")?;
            let bound = |name: &str, test| -> HiveResult<Expr> {
                let value = operand
                    .get(name)
                    .cloned()
                    .ok_or_else(|| wrong("_between", format!("{name} is missing")))?;
                Ok(Expr::Test {
                    field: field.clone(),
                    test,
                    value,
                })
            };
            Expr::All(vec![bound("_from", Test::AtLeast)?, bound("_to", Test::Less)?])
        }
        other => {
            return Err(wrong(
                other,
                "unknown operator; known are _and, _or, _not, _eq, _ne, _lt, _lte, _gt, _gte, _in, _between, _like, _startsWith, _endsWith, _has, _id",
            ));
        }
    })
}

fn several(operator: &str, operand: &Json, depth: usize) -> HiveResult<Vec<Expr>> {
    let Json::Array(list) = operand else {
        return Err(wrong(operator, "a list is expected"));
    };
    if list.len() > 500 {
        return Err(wrong(operator, "at most 500 conditions"));
    }
    list.iter()
        .map(|inner| all_of(object(inner, operator)?, depth + 1))
        .collect()
}

/// `{"_field": "title", "_value": "x"}` or `{"title": "x"}`.
fn test(operator: &str, operand: &Json, test: Test) -> HiveResult<Expr> {
    let operand = object(operand, operator)?;
    let (field, value) = if operand.contains_key("_field") {
        let value = operand.get("_value").cloned();
        (
            required_text(operand, "_field")?,
            value.ok_or_else(|| wrong(operator, "_value is missing"))?,
        )
    } else {
        match operand.iter().next() {
            Some((field, value)) if operand.len() == 1 => (field.clone(), value.clone()),
            _ => return Err(wrong(operator, "_field and _value are expected")),
        }
    };
    Ok(Expr::Test { field, test, value })
}

impl Expr {
    /// Visits every field with the value it is compared with.
    pub(super) fn visit(&self, seen: &mut dyn FnMut(&str, Test, &Json)) {
        match self {
            Self::All(inner) | Self::Any(inner) => inner.iter().for_each(|one| one.visit(seen)),
            Self::Not(inner) => inner.visit(seen),
            Self::Test { field, test, value } => seen(field, *test, value),
            Self::Has(_) => {}
        }
    }

    /// Whether it holds for an object as it is given.
    fn holds(&self, row: &Json) -> bool {
        match self {
            Self::All(inner) => inner.iter().all(|one| one.holds(row)),
            Self::Any(inner) => inner.iter().any(|one| one.holds(row)),
            Self::Not(inner) => !inner.holds(row),
            Self::Has(field) => !matches!(value(row, field), None | Some(Json::Null)),
            Self::Test {
                field,
                test,
                value: wanted,
            } => match value(row, field) {
                // One of several is enough, as with tags.
                Some(Json::Array(list)) => list.iter().any(|one| fits(one, *test, wanted)),
                Some(one) => fits(one, *test, wanted),
                None => false,
            },
        }
    }
}

fn value<'a>(row: &'a Json, field: &str) -> Option<&'a Json> {
    field.split('.').try_fold(row, |row, part| row.get(part))
}

fn fits(value: &Json, test: Test, wanted: &Json) -> bool {
    use std::cmp::Ordering::{Equal, Greater, Less};
    let texts = || {
        let text = |value: &Json| match value {
            Json::String(text) => text.to_lowercase(),
            other => other.to_string(),
        };
        (text(value), text(wanted))
    };
    match test {
        Test::Equal => value == wanted || compare(Some(value), Some(wanted)) == Equal && !value.is_null(),
        Test::Less => compare(Some(value), Some(wanted)) == Less,
        Test::AtMost => compare(Some(value), Some(wanted)) != Greater,
        Test::Greater => compare(Some(value), Some(wanted)) == Greater,
        Test::AtLeast => compare(Some(value), Some(wanted)) != Less,
        Test::Like => {
            let (value, wanted) = texts();
            like(&value, &wanted)
        }
        Test::Begins => {
            let (value, wanted) = texts();
            value.starts_with(&wanted)
        }
        Test::Ends => {
            let (value, wanted) = texts();
            value.ends_with(&wanted)
        }
    }
}

/// Without a `*` the text is looked for anywhere.
fn like(value: &str, wanted: &str) -> bool {
    if !wanted.contains('*') {
        return value.contains(wanted);
    }
    let pieces: Vec<&str> = wanted.split('*').collect();
    let mut rest = value;
    for (at, piece) in pieces.iter().enumerate() {
        if at == 0 {
            let Some(after) = rest.strip_prefix(piece) else {
                return false;
            };
            rest = after;
        } else if at + 1 == pieces.len() {
            return rest.ends_with(piece);
        } else {
            let Some((_, after)) = rest.split_once(piece) else {
                return false;
            };
            rest = after;
        }
    }
    true
}

fn compare(a: Option<&Json>, b: Option<&Json>) -> std::cmp::Ordering {
    match (a, b) {
        (Some(Json::String(a)), Some(Json::String(b))) => a.cmp(b),
        (Some(a), Some(b)) => match (number(a), number(b)) {
            (Some(a), Some(b)) => a.total_cmp(&b),
            _ => a.to_string().cmp(&b.to_string()),
        },
        (a, b) => a.is_some().cmp(&b.is_some()),
    }
}

fn number(value: &Json) -> Option<f64> {
    value
        .as_f64()
        .or_else(|| as_integer(value).map(|integer| integer as f64))
        .or_else(|| value.as_bool().map(|flag| if flag { 1.0 } else { 0.0 }))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read_query(steps: &Json) -> HiveResult<Query> {
        read(json!({"query": steps}).as_object().unwrap())
    }

    fn filter(condition: Json) -> Expr {
        let mut step = condition.as_object().unwrap().clone();
        step.insert("_name".to_owned(), json!("filter"));
        read_query(&json!([{"_name": "listAlert"}, step])).unwrap().filter
    }

    #[test]
    fn what_hangs_on_something_is_filtered_as_it_is_given() {
        let row = json!({"data": "198.51.100.7", "tlp": 2, "ioc": true, "tags": ["a", "b"], "_createdAt": 100, "none": null});
        for (condition, expect) in [
            (json!({"_eq": {"_field": "data", "_value": "198.51.100.7"}}), true),
            (json!({"_field": "tlp", "_value": 2}), true),
            (json!({"_eq": {"tlp": 3}}), false),
            (json!({"_ne": {"_field": "tlp", "_value": 3}}), true),
            (json!({"_gt": {"_field": "_createdAt", "_value": 99}}), true),
            (json!({"_lte": {"_field": "_createdAt", "_value": 99}}), false),
            (
                json!({"_between": {"_field": "_createdAt", "_from": 100, "_to": 101}}),
                true,
            ),
            (
                json!({"_between": {"_field": "_createdAt", "_from": 99, "_to": 100}}),
                false,
            ),
            (json!({"_in": {"_field": "tags", "_values": ["x", "b"]}}), true),
            (json!({"_like": {"_field": "data", "_value": "198.*.7"}}), true),
            (json!({"_like": {"_field": "data", "_value": "51"}}), true),
            (json!({"_like": {"_field": "data", "_value": "51*"}}), false),
            (json!({"_startsWith": {"_field": "data", "_value": "198"}}), true),
            (json!({"_endsWith": {"_field": "data", "_value": "198"}}), false),
            (json!({"_has": "ioc"}), true),
            (json!({"_has": "none"}), false),
            (json!({"_not": {"_has": "none"}}), true),
            (
                json!({"_and": [{"_has": "ioc"}, {"_eq": {"_field": "ioc", "_value": true}}]}),
                true,
            ),
            (
                json!({"_or": [{"_has": "none"}, {"_eq": {"_field": "ioc", "_value": false}}]}),
                false,
            ),
            (json!({"_any": ""}), true),
            (json!({}), true),
        ] {
            assert_eq!(filter(condition.clone()).holds(&row), expect, "{condition}");
        }
    }

    #[test]
    fn rows_are_sorted_and_paged() {
        let query = read_query(&json!([
            {"_name": "getCase", "idOrName": 7}, {"_name": "tasks"},
            {"_name": "sort", "_fields": [{"order": "desc"}, {"title": "asc"}]},
            {"_name": "page", "from": 0, "to": 2}
        ]))
        .unwrap();
        assert_eq!(
            (&query.start, query.part),
            (&Start::Case("7".to_owned()), Part::Tasks)
        );
        let rows = vec![
            json!({"title": "b", "order": 1}),
            json!({"title": "a", "order": 1}),
            json!({"title": "c", "order": 2}),
        ];
        let titles: Vec<Json> = query
            .apply(rows)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["title"].clone())
            .collect();
        assert_eq!(titles, ["c", "a"]);
    }

    #[test]
    fn what_is_not_supported_is_refused() {
        let deep = (0..40).fold(json!({"_has": "x"}), |inner, _| json!({"_not": inner}));
        let mut deep_step = deep.as_object().unwrap().clone();
        deep_step.insert("_name".to_owned(), json!("filter"));
        for steps in [
            json!([]),
            json!([{"_name": "listUser"}]),
            json!([{"_name": "listAlert"}, {"_name": "observables"}]),
            json!([{"_name": "getCase", "idOrName": "x"}, {"_name": "tasks"}, {"_name": "logs"}]),
            json!([{"_name": "listAlert"}, {"_name": "filter", "_between": {"_field": "date"}}]),
            json!([{"_name": "listAlert"}, {"_name": "filter", "_regex": {"_field": "a", "_value": "b"}}]),
            json!([{"_name": "listAlert"}, {"_name": "page", "from": 0, "to": 1001}]),
            json!([{"_name": "listAlert"}, {"_name": "page", "from": -1, "to": 5}]),
            json!([{"_name": "listAlert"}, {"_name": "sort", "_fields": [{"date": "down"}]}]),
            json!([{"_name": "listAlert"}, {"_name": "count"}, {"_name": "sort", "_fields": []}]),
            json!([{"_name": "listAlert"}, deep_step]),
            json!(["listAlert"]),
            json!("listAlert"),
        ] {
            assert!(read_query(&steps).is_err(), "{steps}");
        }
    }
}
