//! What the program wrote into a timeline: names stand in it as identifiers, and are said in the reader's language.

use matoi_types::Lang;

use crate::kernel::Message;
use crate::kernel::message::Arg;
use crate::kernel::words::Words;

/// The message with the names of phases, states and kinds in words. `phase` knows the names of the case's life cycle.
#[must_use]
pub fn localised(message: &Message, lang: Lang, phase: impl Fn(&str) -> Option<String>) -> Message {
    let mut said = message.clone();
    let named = |prefix: &'static str, value: &str| Some(Words::get().named(lang, prefix, value));
    for (name, value) in &mut said.args {
        let Arg::Text(value) = value else { continue };
        let words = match (message.key.as_ref(), name.as_ref()) {
            ("timeline-phase", "from" | "to") => phase(value),
            ("timeline-task-state", "state") => named("task-", value),
            ("timeline-priority", "from" | "to") => named("priority-", value),
            ("timeline-item-joined", "kind") => named("item-", value),
            (
                "timeline-document-drafted"
                | "timeline-document-reviewed"
                | "timeline-document-approved"
                | "timeline-document-returned"
                | "timeline-document-distributed"
                | "timeline-document-withdrawn",
                "kind",
            ) => named("document-kind-", value),
            _ => None,
        };
        if let Some(words) = words {
            *value = words;
        }
    }
    said
}
