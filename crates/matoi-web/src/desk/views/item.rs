//! The page of a report and that of an alert, and what they share.

use askama::Template;
use matoi_core::Action;
use matoi_core::audit::AuditEntry;
use matoi_core::clocks::Clock;
use matoi_core::desk::model::{AlertDetail, MessageChannel};
use matoi_core::desk::{DeskItem, Direction, ItemKind, ItemState, Message, ReportDetail, Verdict, rules};
use matoi_core::files::Attachment;
use matoi_core::observables::{Elsewhere, Observable, Sighting};
use matoi_types::{AccountId, Severity, Timestamp};

use super::MailView;
use crate::desk::pages::ItemForm;
use crate::desk::words::{FileMark, file_marks};
use crate::ui::{FieldErrors, Markup, Ui};

/// A clock as the pages draw it: strips for what is left, cut strips for what is gone.
#[derive(Debug, Clone)]
pub(in crate::desk) struct ClockView {
    /// What is due.
    pub(in crate::desk) name: String,
    /// Where it leads.
    pub(in crate::desk) link: String,
    /// Whose turn it is.
    pub(in crate::desk) whose: String,
    pub(in crate::desk) clock: Clock,
    pub(in crate::desk) class: &'static str,
    /// How long the strips of what is left are, of 120.
    pub(in crate::desk) strips: i64,
    /// The amount and its unit, like 41 and `minutes`.
    amount: i64,
    unit: &'static str,
    pub(in crate::desk) late: bool,
}

impl ClockView {
    pub(in crate::desk) fn new(
        now: Timestamp,
        clock: Clock,
        name: String,
        link: String,
        whose: String,
    ) -> Self {
        let left = clock.left_percent(now);
        let seconds = clock.due_at.seconds_since(now);
        let late = clock.is_running() && seconds < 0;
        let (amount, unit) = match seconds.abs() {
            // What is left is never shown as nothing, what is late never as more than it is.
            s @ 0..5_400 if late => (s / 60, "minutes"),
            s @ 0..5_400 => ((s + 59) / 60, "minutes"),
            s @ 5_400..172_800 => (s / 3600, "hours"),
            s => (s / 86_400, "days"),
        };
        let class = match left {
            _ if late => "crit",
            ..=20 => "high",
            21..=50 => "mid",
            _ => "low",
        };
        Self {
            name,
            link,
            whose,
            class,
            // A strip and its gap are five wide; at least one hangs while there is time.
            strips: if late { 0 } else { (left * 120 / 100).max(2) },
            amount,
            unit,
            late,
            clock,
        }
    }

    /// The amount with its unit and whether it is left or late, as markup of the clock.
    pub(in crate::desk) fn amount(&self, ui: &Ui) -> Markup {
        let side = if self.late { "late" } else { "left" };
        let part = |key: String| {
            let text = ui.t_if(&key).filter(|text| text != "-").unwrap_or_default();
            if text.is_empty() {
                text
            } else {
                format!("<i>{text}</i>")
            }
        };
        let icon = if self.late {
            ui.glyph("t-late").0
        } else {
            String::new()
        };
        askama::filters::Safe(format!(
            "{icon}{}{}{}{}",
            part(format!("desk-clock-{side}-before")),
            self.amount,
            part(format!("desk-clock-{}", self.unit)),
            part(format!("desk-clock-{side}-after")),
        ))
    }
}

/// A file with what must be known of it.
pub(in crate::desk) struct FileView {
    pub(in crate::desk) file: Attachment,
    pub(in crate::desk) marks: Vec<FileMark>,
    /// The beginning of its digest.
    pub(in crate::desk) short: String,
}

impl FileView {
    pub(in crate::desk) fn new(ui: &Ui, file: Attachment) -> Self {
        Self {
            marks: file_marks(ui, &file),
            short: file.sha256.chars().take(12).collect(),
            file,
        }
    }
}

/// What the pages of reports and alerts share.
pub(in crate::desk) struct Common {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) item: DeskItem,
    pub(in crate::desk) clocks: Vec<ClockView>,
    pub(in crate::desk) observables: Vec<Sighting>,
    pub(in crate::desk) files: Vec<FileView>,
    pub(in crate::desk) people: Vec<(AccountId, String)>,
    pub(in crate::desk) triage: Option<Markup>,
    pub(in crate::desk) history: Vec<AuditEntry>,
    /// What it was merged into, if the reader may see that.
    pub(in crate::desk) merged_into: Option<DeskItem>,
    /// What was typed into the form that was refused.
    pub(in crate::desk) form: ItemForm,
    /// Which form that was.
    pub(in crate::desk) failed: &'static str,
    pub(in crate::desk) errors: FieldErrors,
}

impl Common {
    /// Where a form of the page is sent.
    fn action(&self, name: &str) -> String {
        format!("{}/{name}", self.ui.item_path(&self.item))
    }

    /// What is wrong with a field of a form, if that form was refused.
    fn wrong(&self, form: &str, pointer: &str) -> Option<&str> {
        if self.failed == form {
            self.errors.at(pointer)
        } else {
            None
        }
    }

    /// Whether the reader works on it.
    fn works(&self) -> bool {
        self.ui.may(match self.item.kind {
            ItemKind::Report => Action::ReportUpdate,
            ItemKind::Alert => Action::AlertUpdate,
        })
    }

    fn open(&self) -> bool {
        self.item.state != ItemState::Closed
    }

    /// Whether it can still be decided what it is.
    fn to_triage(&self) -> bool {
        self.open() && self.item.case_id.is_none() && self.ui.may(Action::ReportTriage)
    }

    /// What keeps it from being closed, in words.
    fn problem_with_closing(&self) -> Option<String> {
        rules::problem_with_closing(&self.item).map(|message| self.ui.say(&message))
    }

    /// The one thing to do next: its button is the one in vermilion.
    fn next(&self) -> &'static str {
        let item = &self.item;
        match item.state {
            ItemState::Closed => "",
            ItemState::New if self.works() => "acknowledge",
            _ if item.outcome.is_none() && item.verdict.is_none() && self.to_triage() => "triage",
            _ if item.kind == ItemKind::Report && item.answered_at.is_none() => "answer",
            _ if item.kind == ItemKind::Alert && item.verdict.is_none() => "verdict",
            _ if rules::problem_with_closing(item).is_none() => "close",
            _ => "",
        }
    }

    /// `primary` for the button of what is to be done next.
    fn primary(&self, name: &str) -> &'static str {
        if self.next() == name { " primary" } else { "" }
    }

    /// Whether this account is the one chosen in a list of people.
    fn is_chosen(&self, id: &AccountId) -> bool {
        if self.failed == "assign" {
            self.form.assignee_id == id.to_string()
        } else {
            self.item.assignee_id == Some(*id)
        }
    }

    fn is_given_to(&self, id: &AccountId) -> bool {
        self.item.assignee_id == Some(*id)
    }

    /// What a command is called in the history.
    fn verb(&self, entry: &AuditEntry) -> String {
        let name = entry
            .verb
            .rsplit('.')
            .next()
            .unwrap_or_default()
            .replace('_', "-");
        self.ui
            .t_if(&format!("desk-verb-{name}"))
            .unwrap_or_else(|| entry.verb.clone())
    }

    /// Who did something in the history.
    fn actor(&self, entry: &AuditEntry) -> String {
        match entry.actor_kind.as_str() {
            "account" => entry.actor_name.clone(),
            kind => self.ui.t(&format!("desk-actor-{kind}")),
        }
    }
}

#[derive(Template)]
#[template(path = "desk/report.html")]
pub(in crate::desk) struct ReportPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) c: Common,
    pub(in crate::desk) detail: ReportDetail,
    pub(in crate::desk) category: String,
    pub(in crate::desk) mails: Vec<MailView>,
    pub(in crate::desk) messages: Vec<Message>,
    /// How an answer begins, in the reporter's language.
    pub(in crate::desk) greeting: String,
    /// A new follow-up code, shown this once.
    pub(in crate::desk) new_code: Option<String>,
}

impl ReportPage {
    /// When it was noticed, in words.
    fn noticed(&self) -> String {
        match self.detail.noticed.as_str() {
            when @ ("now" | "today" | "earlier") => self.ui.named("public-when-", when),
            other => other.to_owned(),
        }
    }

    /// The text of the answer form.
    fn answer_text(&self) -> &str {
        if self.c.failed == "message" {
            &self.c.form.body
        } else {
            &self.greeting
        }
    }
}

#[derive(Template)]
#[template(path = "desk/alert.html")]
pub(in crate::desk) struct AlertPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) c: Common,
    pub(in crate::desk) detail: AlertDetail,
    /// What the sender gave, set out in lines.
    pub(in crate::desk) raw: String,
}

impl AlertPage {
    /// The verdict chosen in the form.
    fn is_verdict(&self, verdict: &Verdict) -> bool {
        if self.c.failed == "verdict" {
            self.c.form.verdict == verdict.as_str()
        } else {
            self.c.item.verdict == Some(*verdict)
        }
    }
}

/// Somebody else changed it first: both texts side by side.
#[derive(Template)]
#[template(path = "desk/conflict.html")]
pub(in crate::desk) struct ConflictPage {
    pub(in crate::desk) ui: Ui,
    /// As it is now.
    pub(in crate::desk) item: DeskItem,
    /// What was typed.
    pub(in crate::desk) form: ItemForm,
}

impl ConflictPage {
    fn severity(&self) -> Option<Severity> {
        self.form.severity.parse().ok()
    }

    fn is_severity(&self, severity: &Severity) -> bool {
        self.form.severity == severity.as_str()
    }
}

#[derive(Template)]
#[template(path = "desk/observable.html")]
pub(in crate::desk) struct ObservablePage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) observable: Observable,
    pub(in crate::desk) places: Vec<Elsewhere>,
}

impl ObservablePage {
    fn path(&self, place: &Elsewhere) -> String {
        self.ui.to(format!("/{}s/{}", place.noun, place.id))
    }
}
