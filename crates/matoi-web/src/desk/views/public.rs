//! What anybody sees: the form, the receipt, the follow-up.

use askama::Template;
use matoi_core::criteria::TriageOutcome;
use matoi_core::desk::messages::FollowUp;
use matoi_core::desk::model::MessageChannel;
use matoi_core::desk::{DeskItem, Direction, ItemState, Message};
use matoi_core::files::Attachment;
use matoi_core::first_response::{self, Cards, Category};
use matoi_types::Timestamp;

use crate::desk::pages::PublicForm;
use crate::desk::words::{Contact, contact};
use crate::ui::{FieldErrors, Ui};

#[derive(Template)]
#[template(path = "desk/form.html")]
pub(in crate::desk) struct FormPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) form: PublicForm,
    pub(in crate::desk) errors: FieldErrors,
    pub(in crate::desk) desk_phone: String,
    pub(in crate::desk) desk_mail: String,
    pub(in crate::desk) categories: &'static [Category],
    /// What everybody is told, before anything is chosen.
    pub(in crate::desk) cards: Option<&'static Cards>,
    /// What is told for the category that was chosen.
    pub(in crate::desk) chosen: Option<&'static Cards>,
    /// Whether files were sent with a form that was refused.
    pub(in crate::desk) files_lost: bool,
    pub(in crate::desk) max_file: i64,
}

impl FormPage {
    /// What follows `tel:`, when the desk's telephone is one that can be called.
    fn phone(&self) -> Option<String> {
        match contact(&self.desk_phone) {
            Contact::Telephone(number) => Some(number),
            Contact::Mail(_) | Contact::Other => None,
        }
    }

    /// A label with its number.
    fn nth(&self, number: i64, key: &str) -> String {
        format!("{number}. {}", self.ui.t(key))
    }
}

#[derive(Template)]
#[template(path = "desk/cards_fragment.html")]
pub(in crate::desk) struct CardsFragment {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) cards: Option<&'static Cards>,
}

#[derive(Template)]
#[template(path = "desk/receipt.html")]
pub(in crate::desk) struct ReceiptPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) item: DeskItem,
    pub(in crate::desk) code: String,
    pub(in crate::desk) acknowledge_due: Option<Timestamp>,
    pub(in crate::desk) answer_due: Option<Timestamp>,
    /// Whether the reporter said how to be reached.
    pub(in crate::desk) reachable: bool,
    pub(in crate::desk) cards: Option<&'static Cards>,
    pub(in crate::desk) files: i64,
}

#[derive(Template)]
#[template(path = "desk/follow_up_entry.html")]
pub(in crate::desk) struct FollowUpEntryPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) typed: String,
    pub(in crate::desk) errors: FieldErrors,
}

/// One step of what becomes of a report.
pub(in crate::desk) struct Step {
    /// `done`, `now` or `todo`.
    class: &'static str,
    icon: &'static str,
    title: String,
    text: String,
}

/// What is typed on a follow-up page that is shown again.
#[derive(Debug, Clone, Default)]
pub(in crate::desk) struct Typed {
    pub(in crate::desk) body: String,
    pub(in crate::desk) errors: FieldErrors,
    pub(in crate::desk) files_lost: bool,
}

/// What a reporter sees of the own report: on the public page, and inside the program.
#[derive(Template)]
#[template(path = "desk/follow_up_body.html")]
pub(in crate::desk) struct FollowUpBody {
    ui: Ui,
    item: DeskItem,
    category: String,
    told: Option<String>,
    messages: Vec<Message>,
    files: Vec<Attachment>,
    answer_due: Option<Timestamp>,
    action: String,
    nonce: String,
    typed: String,
    errors: FieldErrors,
    files_lost: bool,
    max_file: i64,
}

/// The follow-up page for whoever holds the code.
#[derive(Template)]
#[template(path = "desk/follow_up.html")]
pub(in crate::desk) struct FollowUpPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) body: FollowUpBody,
}

/// The same for somebody who is signed in.
#[derive(Template)]
#[template(path = "desk/own_report.html")]
pub(in crate::desk) struct OwnReportPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) body: FollowUpBody,
}

impl FollowUpBody {
    /// `action` is where what is added goes.
    pub(in crate::desk) fn new(
        ui: Ui,
        follow_up: FollowUp,
        action: String,
        nonce: String,
        max_file: i64,
        typed: Typed,
    ) -> Self {
        let category = first_response::category(&follow_up.detail.category);
        Self {
            category: category.map_or_else(String::new, |c| c.label.get(ui.lang).to_owned()),
            told: follow_up.detail.not_incident_reason,
            messages: follow_up.messages,
            files: follow_up.files,
            answer_due: follow_up.answer_due_at,
            item: follow_up.item,
            ui,
            action,
            nonce,
            typed: typed.body,
            errors: typed.errors,
            files_lost: typed.files_lost,
            max_file,
        }
    }

    /// The number of the report.
    pub(in crate::desk) fn number(&self) -> &str {
        &self.item.number
    }

    /// Received, looked at, answered, done.
    fn steps(&self) -> Vec<Step> {
        let (ui, item) = (&self.ui, &self.item);
        let seen = item.acknowledged_at.is_some() || item.state != ItemState::New;
        let answered = item.answered_at.is_some();
        let closed = item.state == ItemState::Closed;
        let step = |done: bool, now: bool, title: &str, text: String| {
            let (class, icon) = match (done, now) {
                (true, _) => ("done", "t-done"),
                (false, true) => ("now", "t-doing"),
                (false, false) => ("todo", "t-new"),
            };
            Step {
                class,
                icon,
                title: ui.t(title),
                text,
            }
        };
        let work = match item.outcome {
            _ if !seen => ui.t("follow-up-step-wait"),
            Some(TriageOutcome::Incident) => ui.t("follow-up-step-incident"),
            Some(TriageOutcome::Inquiry) => ui.t("follow-up-step-inquiry"),
            Some(TriageOutcome::NotIncident) if answered => ui.t("follow-up-step-not-incident"),
            _ if closed => String::new(),
            _ => ui.t("follow-up-step-looking"),
        };
        let answer = match self.answer_due {
            Some(due) if !answered => ui.t1("follow-up-step-answer-by", "at", ui.short(&due)),
            _ => String::new(),
        };
        let end = if closed {
            ui.t("follow-up-step-closed")
        } else {
            String::new()
        };
        vec![
            step(true, false, "follow-up-received", String::new()),
            step(closed || answered, seen, "follow-up-handling", work),
            step(answered, false, "follow-up-answered", answer),
            step(closed, answered, "follow-up-done", end),
        ]
    }

    /// Why it is no incident, unless one of the messages says just that.
    fn told_reason(&self) -> Option<&str> {
        let told = self.told.as_deref()?;
        let said = self
            .messages
            .iter()
            .any(|message| message.body.trim() == told.trim());
        (self.item.answered_at.is_some() && !said).then_some(told)
    }
}
