//! From a sender's body to alerts: pure, bounded, and without an opinion of its own.

use matoi_types::Severity;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};

use super::model::{MAX_ALERTS, Mapping};
use super::path::View;
use super::table::Choice;
use super::time::FoundTime;
use crate::desk::AlertInput;
use crate::desk::model::NamedObservable;
use crate::kernel::change::hex;
use crate::kernel::{Error, FieldError, Message, Result};

/// Tags of one alert before the desk's own limit: what is longer is refused there.
const MAX_TAGS: usize = 200;
/// Traces of one alert before the desk's own limit.
const MAX_OBSERVABLES: usize = 2_001;

/// What a mapping makes of a body.
#[derive(Debug, Clone)]
pub struct Mapped {
    /// The alerts, in order.
    pub alerts: Vec<MappedAlert>,
    /// How many were passed over because the mapping does not accept them.
    pub passed_over: usize,
}

/// One alert a mapping made.
#[derive(Debug, Clone)]
pub struct MappedAlert {
    /// The alert. Its reference is empty when nothing the sender gives identifies it.
    pub input: AlertInput,
    /// What the mapping could not make anything of. The alert is taken all the same.
    pub remarks: Vec<Message>,
}

/// Makes alerts of a body.
///
/// # Errors
/// [`Error::Invalid`] naming the alert and the field: no title or source, too many alerts, nothing where alerts should be.
pub fn apply(mapping: &Mapping, body: &Json) -> Result<Mapped> {
    let elements = split(mapping, body)?;
    if elements.len() > MAX_ALERTS {
        let message = Message::new("error-too-many-alerts").with("max", MAX_ALERTS as i64);
        return Err(Error::field("", message));
    }
    let (mut alerts, mut wrong, mut passed_over) = (Vec::new(), Vec::new(), 0);
    for (at, element) in elements.iter().enumerate() {
        let view = View {
            here: element,
            alert: element,
            body,
        };
        if !accepts(mapping, view) {
            passed_over += 1;
            continue;
        }
        match one(mapping, view) {
            Ok(alert) => alerts.push(alert),
            Err(key) => wrong.push(FieldError::new(
                format!("/{at}/{key}"),
                Message::new("error-mapping-nothing")
                    .with("field", key)
                    .with("mapping", mapping.id.clone()),
            )),
        }
    }
    if wrong.is_empty() {
        Ok(Mapped { alerts, passed_over })
    } else {
        Err(Error::Invalid(wrong))
    }
}

fn split<'a>(mapping: &Mapping, body: &'a Json) -> Result<Vec<&'a Json>> {
    let view = View {
        here: body,
        alert: body,
        body,
    };
    let elements = if mapping.split.0.is_empty() {
        vec![body]
    } else {
        let found = mapping.split.0.iter().map(|path| path.find(view));
        found.into_iter().find(|found| !found.is_empty()).ok_or_else(|| {
            Error::field(
                "",
                Message::new("error-mapping-no-alerts").with("mapping", mapping.id.clone()),
            )
        })?
    };
    let elements = match elements.as_slice() {
        // A path that leads to a list means its elements.
        [Json::Array(list)] => list.iter().collect(),
        _ => elements,
    };
    match elements.iter().position(|element| !element.is_object()) {
        None => Ok(elements),
        Some(at) => {
            let message = Message::new("error-mapping-no-object").with("mapping", mapping.id.clone());
            Err(Error::field(format!("/{at}"), message))
        }
    }
}

fn accepts(mapping: &Mapping, view: View<'_>) -> bool {
    mapping.accept.iter().all(|accept| {
        let said = accept.from.fill(view).unwrap_or_default();
        accept.is.contains(&said)
    })
}

/// The alert, or the field that cannot do without a value.
fn one(mapping: &Mapping, view: View<'_>) -> std::result::Result<MappedAlert, &'static str> {
    let rules = &mapping.alert;
    let mut remarks = Vec::new();
    let source = rules.source.fill(view).ok_or("source")?;
    let title = rules.title.fill(view).ok_or("title")?;
    let severity = rules.severity.as_ref().map_or(Severity::Medium, |rule| {
        let choice = rule.choose(view);
        if matches!(choice, Choice::Unknown(_)) {
            remarks.push(Message::new("remark-severity-unknown"));
        }
        choice.value().copied().unwrap_or(Severity::Medium)
    });
    let tlp = rules.tlp.as_ref().and_then(|rule| {
        let choice = rule.choose(view);
        if matches!(choice, Choice::Unknown(_)) {
            remarks.push(Message::new("remark-tlp-unknown"));
        }
        choice.value().copied()
    });
    let event_at = match rules.event_at.as_ref().map(|rule| rule.find(view)) {
        None | Some(FoundTime::Unsaid) => None,
        Some(FoundTime::At(time)) => Some(time),
        Some(FoundTime::Unreadable(text)) => {
            remarks.push(Message::new("remark-time-unreadable").with("value", shortened(&text)));
            None
        }
    };
    let source_ref = match (rules.source_ref.fill(view), event_at) {
        (Some(given), _) => given,
        (None, Some(_)) => {
            remarks.push(Message::new("remark-no-source-ref"));
            content_reference(view.alert)
        }
        // Without reference and time, the same content sent twice may well be two alerts: better one too many than one lost.
        (None, None) => {
            remarks.push(Message::new("remark-no-identity"));
            String::new()
        }
    };
    Ok(MappedAlert {
        input: AlertInput {
            title: one_line(&title),
            description: rules.description.fill(view).unwrap_or_default(),
            source: one_line(&source),
            source_ref: one_line(&source_ref),
            alert_type: rules
                .alert_type
                .fill(view)
                .map(|text| one_line(&text).chars().take(100).collect())
                .unwrap_or_default(),
            severity,
            tlp,
            tags: tags(mapping, view),
            event_at,
            link: link(mapping, view),
            observables: observables(mapping, view),
            raw: view.alert.clone(),
            extra: json!({}),
        },
        remarks,
    })
}

/// What identifies an alert whose sender gives no reference: its content, with the time in it.
#[must_use]
pub fn content_reference(alert: &Json) -> String {
    format!("sha256:{}", hex(&Sha256::digest(alert.to_string().as_bytes())))
}

fn tags(mapping: &Mapping, view: View<'_>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for rule in &mapping.alert.tags {
        let texts = rule.from.fill_each(view);
        let split: Vec<String> = match &rule.split {
            Some(mark) => texts
                .iter()
                .flat_map(|text| text.split(mark.as_str()))
                .map(ToOwned::to_owned)
                .collect(),
            None => texts,
        };
        for tag in split {
            let tag = one_line(&tag);
            if !tag.is_empty() && tags.len() < MAX_TAGS && !tags.contains(&tag) {
                tags.push(tag);
            }
        }
    }
    tags
}

/// A link that is none is left out: it is not worth losing the alert.
fn link(mapping: &Mapping, view: View<'_>) -> String {
    mapping
        .alert
        .link
        .fill(view)
        .map(|text| one_line(&text))
        .filter(|text| text.len() <= 2000 && (text.starts_with("https://") || text.starts_with("http://")))
        .unwrap_or_default()
}

fn observables(mapping: &Mapping, view: View<'_>) -> Vec<NamedObservable> {
    let mut all: Vec<NamedObservable> = Vec::new();
    for rule in &mapping.observables {
        let elements = match &rule.each {
            Some(path) => path.0.find(view),
            None => vec![view.here],
        };
        // A path that leads to a list means its elements.
        let elements = elements.into_iter().flat_map(|element| match element {
            Json::Array(list) => list.iter().collect(),
            other => vec![other],
        });
        for element in elements {
            let here = view.at(element);
            let Some(value) = rule.value.fill(here) else {
                continue;
            };
            let kind = rule.kind.as_ref().and_then(|kind| kind.name(here));
            let observable = NamedObservable {
                kind: kind.unwrap_or_default(),
                value: one_line(&value),
                tlp: rule
                    .tlp
                    .as_ref()
                    .and_then(|tlp| tlp.choose(here).value().copied()),
                note: rule
                    .note
                    .fill(here)
                    .map(|note| one_line(&note))
                    .unwrap_or_default(),
            };
            let again = all
                .iter()
                .any(|other| other.kind == observable.kind && other.value == observable.value);
            if !again && all.len() < MAX_OBSERVABLES {
                all.push(observable);
            }
        }
    }
    all
}

fn one_line(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect::<String>()
        .trim()
        .to_owned()
}

fn shortened(text: &str) -> String {
    text.chars().take(100).collect()
}
