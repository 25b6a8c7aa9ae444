//! What the program wrote into a timeline, in the reader's language: the names inside it are stored as names.

use matoi_core::Message;
use matoi_core::kernel::message::Arg;

use crate::cases::views::PhaseName;
use crate::ui::Ui;

/// Says a message of the program. `phases` are those of the case's life cycle.
pub(in crate::cases) fn say_entry(ui: &Ui, phases: &[PhaseName], message: &Message) -> String {
    let mut said = message.clone();
    for (name, value) in &mut said.args {
        let Arg::Text(value) = value else { continue };
        let words = match (message.key.as_ref(), name.as_ref()) {
            ("timeline-phase", "from" | "to") => phases
                .iter()
                .find(|phase| phase.id == *value)
                .map(|phase| phase.name.clone()),
            ("timeline-task-state", "state") => Some(ui.named("task-", &value)),
            ("timeline-priority", "from" | "to") => Some(ui.named("priority-", &value)),
            ("timeline-item-joined", "kind") => Some(ui.named("item-", &value)),
            _ => None,
        };
        if let Some(words) = words {
            *value = words;
        }
    }
    ui.say(&said)
}
