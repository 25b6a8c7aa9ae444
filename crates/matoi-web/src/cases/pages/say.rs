//! What the program wrote into a timeline, in the reader's language.

use matoi_core::Message;
use matoi_core::cases::say;

use crate::cases::views::PhaseName;
use crate::ui::Ui;

/// Says a message of the program. `phases` are those of the case's life cycle.
pub(in crate::cases) fn say_entry(ui: &Ui, phases: &[PhaseName], message: &Message) -> String {
    let phase = |id: &str| {
        phases
            .iter()
            .find(|phase| phase.id == id)
            .map(|phase| phase.name.clone())
    };
    ui.say(&say::localised(message, ui.lang, phase))
}
