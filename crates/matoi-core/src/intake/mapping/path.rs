//! Paths into what a sender gave: `rule.level`, `hits[*]._source`, `["@timestamp"]`, `$.id`, `$$.ruleName`, `.`.
//!
//! | written | means |
//! |---|---|
//! | `a.b` | `b` of `a` of what is looked at: the alert, or the element of an `each` |
//! | `.` | what is looked at itself |
//! | `$.a` | `a` of the alert, also inside an `each` |
//! | `$$.a` | `a` of the whole body |
//! | `a[0]` | the first element |
//! | `a[*]` | every element |
//! | `["a.b"]` | a key with characters that a path gives a meaning to |
//!
//! A key that itself holds dots, as Elastic writes them, is found by its plain spelling too: `kibana.alert.uuid` finds
//! both `{"kibana": {"alert": {"uuid": …}}}` and `{"kibana.alert.uuid": …}`.

use std::fmt;

use serde_json::Value as Json;

/// Steps of a path.
const MAX_STEPS: usize = 24;
/// Values a path gives; the rest is left out.
pub(super) const MAX_MATCHES: usize = 10_000;

/// Where a path begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Root {
    Here,
    Alert,
    Body,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Key(String),
    /// A key in brackets: taken as it is, never joined with its neighbours.
    Exact(String),
    Index(usize),
    Every,
}

/// A path, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    root: Root,
    steps: Vec<Step>,
    text: String,
}

/// What a path can begin at.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) here: &'a Json,
    pub(super) alert: &'a Json,
    pub(super) body: &'a Json,
}

impl<'a> View<'a> {
    pub(super) const fn at(self, here: &'a Json) -> Self {
        Self { here, ..self }
    }
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn read(text: &str) -> Result<Self, String> {
        let trimmed = text.trim();
        let (root, rest) = if let Some(rest) = trimmed.strip_prefix("$$") {
            (Root::Body, rest)
        } else if let Some(rest) = trimmed.strip_prefix('$') {
            (Root::Alert, rest)
        } else {
            (Root::Here, trimmed)
        };
        if rest.is_empty() && root == Root::Here {
            return Err("a path is missing".to_owned());
        }
        let steps = read_steps(rest, root)?;
        if steps.len() > MAX_STEPS {
            return Err(format!("a path has at most {MAX_STEPS} steps"));
        }
        Ok(Self {
            root,
            steps,
            text: trimmed.to_owned(),
        })
    }

    /// The values it leads to, in order; nulls are nothing.
    pub(super) fn find<'a>(&self, view: View<'a>) -> Vec<&'a Json> {
        let start = match self.root {
            Root::Here => view.here,
            Root::Alert => view.alert,
            Root::Body => view.body,
        };
        let mut found = Vec::new();
        walk(start, &self.steps, &mut found);
        found
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Visits each value at most once: where keys hold dots, different ways lead to different values.
fn walk<'a>(value: &'a Json, steps: &[Step], found: &mut Vec<&'a Json>) {
    if found.len() >= MAX_MATCHES {
        return;
    }
    let Some((step, rest)) = steps.split_first() else {
        if !value.is_null() {
            found.push(value);
        }
        return;
    };
    match (step, value) {
        (Step::Exact(key), Json::Object(map)) => {
            if let Some(inner) = map.get(key) {
                walk(inner, rest, found);
            }
        }
        (Step::Key(key), Json::Object(map)) => walk_keys(map, key, rest, found),
        (Step::Index(at), Json::Array(list)) => {
            if let Some(inner) = list.get(*at) {
                walk(inner, rest, found);
            }
        }
        (Step::Every, Json::Array(list)) => {
            for inner in list {
                walk(inner, rest, found);
            }
        }
        _ => {}
    }
}

/// The nearest spelling that leads somewhere: nested first, then keys joined with dots.
fn walk_keys<'a>(
    map: &'a serde_json::Map<String, Json>,
    key: &str,
    rest: &[Step],
    found: &mut Vec<&'a Json>,
) {
    let before = found.len();
    let mut joined = key.to_owned();
    let mut rest = rest;
    loop {
        if let Some(inner) = map.get(&joined) {
            walk(inner, rest, found);
            if found.len() > before {
                return;
            }
        }
        let Some((Step::Key(next), after)) = rest.split_first() else {
            return;
        };
        joined.push('.');
        joined.push_str(next);
        rest = after;
    }
}

fn read_steps(text: &str, root: Root) -> Result<Vec<Step>, String> {
    let mut steps = Vec::new();
    let mut rest = text;
    if rest == "." {
        return Ok(steps);
    }
    let mut first = root == Root::Here;
    while !rest.is_empty() {
        if let Some(inside) = rest.strip_prefix('[') {
            let (step, after) = read_bracket(inside)?;
            steps.push(step);
            rest = after;
        } else {
            let name_start = if first {
                rest.strip_prefix('.').unwrap_or(rest)
            } else {
                rest.strip_prefix('.')
                    .ok_or_else(|| format!("a dot or a bracket is missing before \"{rest}\""))?
            };
            let end = name_start.find(['.', '[']).unwrap_or(name_start.len());
            let (name, after) = name_start.split_at(end);
            if name.is_empty()
                || name.contains([']', '{', '}', '|', '"', '\''])
                || name.contains(char::is_whitespace)
            {
                return Err(format!(
                    "\"{name}\" is not a key; write keys with other characters as [\"…\"]"
                ));
            }
            steps.push(Step::Key(name.to_owned()));
            rest = after;
        }
        first = false;
    }
    Ok(steps)
}

/// What stands behind a `[`: a number, `*`, or a key in quotes.
fn read_bracket(inside: &str) -> Result<(Step, &str), String> {
    for quote in ['"', '\''] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (key, after) = quoted
                .split_once(quote)
                .ok_or_else(|| format!("the closing {quote} is missing"))?;
            let after = after.strip_prefix(']').ok_or("the closing ] is missing")?;
            return Ok((Step::Exact(key.to_owned()), after));
        }
    }
    let (index, after) = inside.split_once(']').ok_or("the closing ] is missing")?;
    if index.trim() == "*" {
        return Ok((Step::Every, after));
    }
    let number = index
        .trim()
        .parse()
        .map_err(|_| format!("[{index}] is neither a number from 0 nor [*]"))?;
    Ok((Step::Index(number), after))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn find(path: &str, body: &Json) -> Vec<Json> {
        let view = View {
            here: body,
            alert: body,
            body,
        };
        let path = Path::read(path).unwrap();
        path.find(view).into_iter().cloned().collect()
    }

    #[test]
    fn a_path_leads_to_values() {
        let body = json!({
            "rule": {"level": 12, "groups": ["a", "b"]},
            "hits": [{"_source": {"id": 1}}, {"_source": {"id": 2}}, {"other": 3}],
            "@timestamp": "t", "kibana.alert.uuid": "flat", "a b": {"c.d": "deep"}, "none": null,
        });
        for (path, expect) in [
            ("rule.level", vec![json!(12)]),
            ("rule.groups[1]", vec![json!("b")]),
            ("rule.groups[*]", vec![json!("a"), json!("b")]),
            ("hits[*]._source.id", vec![json!(1), json!(2)]),
            ("@timestamp", vec![json!("t")]),
            ("[\"@timestamp\"]", vec![json!("t")]),
            ("kibana.alert.uuid", vec![json!("flat")]),
            ("['a b'].c.d", vec![json!("deep")]),
            ("$.rule.level", vec![json!(12)]),
            ("$$.rule.level", vec![json!(12)]),
            ("none", vec![]),
            ("rule.level.more", vec![]),
            ("hits[9]", vec![]),
        ] {
            assert_eq!(find(path, &body), expect, "{path}");
        }
        assert_eq!(find(".", &json!("x")), vec![json!("x")]);
        assert_eq!(find("[0]", &json!(["x"])), vec![json!("x")]);
    }

    #[test]
    fn an_element_sees_its_alert_and_the_body() {
        let body = json!({"name": "body", "list": [{"name": "alert", "inner": [{"name": "element"}]}]});
        let (alert, element) = (&body["list"][0], &body["list"][0]["inner"][0]);
        let view = View {
            here: element,
            alert,
            body: &body,
        };
        for (path, expect) in [("name", "element"), ("$.name", "alert"), ("$$.name", "body")] {
            assert_eq!(Path::read(path).unwrap().find(view), [&json!(expect)], "{path}");
        }
    }

    #[test]
    fn a_wrong_path_is_refused_with_what_is_allowed() {
        for (path, says) in [
            ("", "missing"),
            ("a..b", "is not a key"),
            ("a[", "closing ]"),
            ("a[x]", "neither a number"),
            ("a[\"b]", "closing \""),
            ("a b", "is not a key"),
            ("a[0]b", "a dot or a bracket"),
        ] {
            let error = Path::read(path).unwrap_err();
            assert!(error.contains(says), "{path}: {error}");
        }
        assert!(Path::read(&"a.".repeat(30)).is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_path_or_an_error(text in "\\PC{0,60}") {
            let _ = Path::read(&text);
        }
    }
}
