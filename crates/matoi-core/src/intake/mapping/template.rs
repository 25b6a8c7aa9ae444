//! Texts with places to fill in: `{rule.description} on {agent.name}`.
//!
//! A place in braces holds a path. When a path leads nowhere, the whole template gives nothing and the next of a list of
//! templates is tried; with a question mark, as in `{agent.name?}`, the place is left empty instead. Braces themselves are
//! written twice.

use std::fmt;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::Value as Json;

use super::path::{Path, View};

/// Templates in a list.
const MAX_TEMPLATES: usize = 20;
/// The longest text that a template gives, in bytes; what is longer is refused where it is used.
const MAX_TEXT: usize = 1_100_000;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Text(String),
    Place { path: Path, optional: bool },
}

/// A text with places to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    source: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong and what is allowed.
    pub fn read(source: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, from) = rest.split_at(at);
            text.push_str(before);
            if let Some(after) = from.strip_prefix("{{") {
                text.push('{');
                rest = after;
            } else if let Some(after) = from.strip_prefix("}}") {
                text.push('}');
                rest = after;
            } else if let Some(inside) = from.strip_prefix('{') {
                let (place, after) = inside
                    .split_once('}')
                    .ok_or_else(|| "a { has no }; write {{ for a brace itself".to_owned())?;
                if !text.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut text)));
                }
                let (path, optional) = match place.trim().strip_suffix('?') {
                    Some(path) => (path, true),
                    None => (place, false),
                };
                pieces.push(Piece::Place {
                    path: Path::read(path)?,
                    optional,
                });
                rest = after;
            } else {
                return Err("a } has no {; write }} for a brace itself".to_owned());
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            pieces.push(Piece::Text(text));
        }
        Ok(Self {
            pieces,
            source: source.to_owned(),
        })
    }

    /// The filled-in text; several values of one place stand one after the other with commas. None when a place that is
    /// not optional stays empty.
    pub(super) fn fill(&self, view: View<'_>) -> Option<String> {
        let mut text = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(part) => text.push_str(part),
                Piece::Place { path, optional } => {
                    let values: Vec<String> = path.find(view).into_iter().filter_map(as_text).collect();
                    if values.is_empty() && !optional {
                        return None;
                    }
                    text.push_str(&values.join(", "));
                }
            }
            if text.len() > MAX_TEXT {
                text.truncate(text.floor_char_boundary(MAX_TEXT));
                break;
            }
        }
        let text = text.trim().to_owned();
        (!text.is_empty()).then_some(text)
    }

    /// Every text it gives: a template that is just one place gives one for each value.
    pub(super) fn fill_each(&self, view: View<'_>) -> Vec<String> {
        match self.pieces.as_slice() {
            [Piece::Place { path, .. }] => path.find(view).into_iter().flat_map(each_text).collect(),
            _ => self.fill(view).into_iter().collect(),
        }
    }

    /// The one value it leads to, if it is just one place: numbers stay numbers.
    pub(super) fn value<'a>(&self, view: View<'a>) -> Option<&'a Json> {
        match self.pieces.as_slice() {
            [Piece::Place { path, .. }] => path.find(view).into_iter().next(),
            _ => None,
        }
    }
}

/// A value as text; nothing for null, for what is empty and for what holds nothing.
pub(super) fn as_text(value: &Json) -> Option<String> {
    let text = match value {
        Json::Null => return None,
        Json::String(text) => text.clone(),
        Json::Bool(_) | Json::Number(_) => value.to_string(),
        Json::Array(list) => list.iter().filter_map(as_text).collect::<Vec<_>>().join(", "),
        Json::Object(map) if map.is_empty() => return None,
        Json::Object(_) => value.to_string(),
    };
    (!text.trim().is_empty()).then_some(text)
}

fn each_text(value: &Json) -> Vec<String> {
    match value {
        Json::Array(list) => list.iter().filter_map(as_text).collect(),
        other => as_text(other).into_iter().collect(),
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::read(&text).map_err(de::Error::custom)
    }
}

impl Serialize for Template {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.source)
    }
}

/// Templates of which the first that gives something counts: one, or a list.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FirstOf(pub(super) Vec<Template>);

impl FirstOf {
    /// The first text that any of them gives.
    pub(super) fn fill(&self, view: View<'_>) -> Option<String> {
        self.0.iter().find_map(|template| template.fill(view))
    }

    /// The first value or text that any of them gives.
    pub(super) fn value(&self, view: View<'_>) -> Option<Json> {
        self.0.iter().find_map(|template| {
            template
                .value(view)
                .cloned()
                .or_else(|| template.fill(view).map(Json::String))
        })
    }

    /// Whether nothing is said.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de> Deserialize<'de> for FirstOf {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = FirstOf;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a template, or a list of templates")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<FirstOf, E> {
                Template::read(text)
                    .map(|template| FirstOf(vec![template]))
                    .map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<FirstOf, A::Error> {
                let mut templates = Vec::new();
                while let Some(template) = list.next_element()? {
                    templates.push(template);
                    if templates.len() > MAX_TEMPLATES {
                        return Err(de::Error::custom(format!("at most {MAX_TEMPLATES} templates")));
                    }
                }
                Ok(FirstOf(templates))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fill(template: &str, body: &Json) -> Option<String> {
        let view = View {
            here: body,
            alert: body,
            body,
        };
        Template::read(template).unwrap().fill(view)
    }

    #[test]
    fn places_are_filled_in() {
        let body = json!({"a": "x", "n": 3, "list": ["p", "q"], "o": {"k": true}, "empty": " "});
        for (template, expect) in [
            ("{a}", Some("x")),
            ("level {n} of {a}", Some("level 3 of x")),
            ("{list[*]}", Some("p, q")),
            ("{list}", Some("p, q")),
            ("{o}", Some("{\"k\":true}")),
            ("{{{a}}}", Some("{x}")),
            ("plain", Some("plain")),
            ("{missing}", None),
            ("{a} {missing}", None),
            ("{a} {missing?}", Some("x")),
            ("{empty}", None),
            ("{missing?}", None),
            ("{ a ? }", Some("x")),
        ] {
            assert_eq!(fill(template, &body).as_deref(), expect, "{template}");
        }
    }

    #[test]
    fn a_wrong_template_is_refused() {
        for template in ["{a", "a}", "{}", "{a b}", "{[}"] {
            assert!(Template::read(template).is_err(), "{template}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_template_or_an_error(text in "\\PC{0,80}") {
            let body = json!({"a": [1, {"b": null}], "": {"": 1}});
            let view = View { here: &body, alert: &body, body: &body };
            if let Ok(template) = Template::read(&text) {
                let _ = (template.fill(view), template.fill_each(view));
            }
        }
    }
}
