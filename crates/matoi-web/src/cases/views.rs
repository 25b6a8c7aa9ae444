//! The templates of this room.

use askama::Template;
use matoi_core::Action;
use matoi_core::assets::{AffectedAsset, Asset, AssetState};
use matoi_core::cases::model::policy_text;
use matoi_core::cases::progress::Missing;
use matoi_core::cases::{
    AptSuspected, Case, CaseKind, CaseState, Decision, Entry, EntryKind, Link, Relation, Task, TaskState,
};
use matoi_core::clocks::Clock;
use matoi_core::desk::{DeskItem, ItemKind};
use matoi_core::files::Attachment;
use matoi_core::kernel::access::ScopeMember;
use matoi_core::observables::Sighting;
use matoi_core::report_doc::Document;
use matoi_core::taxonomy::{self, ClassGroup};
use matoi_types::{AccountId, CaseId, Priority, Severity, Timestamp, Tlp};

use super::pages::{EditForm, NewForm};
use super::query::CaseQuery;
use super::small_form::SmallForm;
use crate::assets::say as asset_words;
use crate::ui::{FieldErrors, Markup, Ui};

/// A person who can be given work.
pub(super) type Person = (AccountId, String);

#[derive(Template)]
#[template(path = "cases/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) query: CaseQuery,
    pub(super) cases: Vec<Case>,
    pub(super) count: i64,
    pub(super) next: Option<String>,
    pub(super) phases: Vec<PhaseName>,
    pub(super) groups: &'static [ClassGroup],
}

impl ListPage {
    fn is(&self, value: &Option<String>, name: &str) -> bool {
        value.as_deref().unwrap_or_default() == name
    }

    fn phase(&self, case: &Case) -> String {
        self.phases
            .iter()
            .find(|phase| phase.kind == case.kind && phase.id == case.phase)
            .map_or_else(|| case.phase.clone(), |phase| phase.name.clone())
    }
}

/// A phase by name, for lists and filters.
#[derive(Debug, Clone)]
pub(super) struct PhaseName {
    pub(super) kind: CaseKind,
    pub(super) id: String,
    pub(super) name: String,
}

#[derive(Template)]
#[template(path = "cases/new.html")]
pub(super) struct NewPage {
    pub(super) ui: Ui,
    pub(super) form: NewForm,
    pub(super) errors: FieldErrors,
    pub(super) groups: &'static [ClassGroup],
}

/// One step of the phase strip.
#[derive(Debug, Clone)]
pub(super) struct PhaseStep {
    pub(super) name: String,
    /// `done`, `now` or empty.
    pub(super) class: &'static str,
    pub(super) services: String,
}

/// A clock as the page shows it: the fringe burns down, and the words say what is left.
#[derive(Debug, Clone)]
pub(super) struct ClockView {
    pub(super) name: String,
    pub(super) class: &'static str,
    /// What is left of the fringe, 0 to 120.
    pub(super) left: i64,
    pub(super) late: bool,
    pub(super) before: String,
    pub(super) time: String,
    pub(super) after: String,
    pub(super) due_at: Timestamp,
    pub(super) assignee: Option<String>,
}

impl ClockView {
    pub(super) fn new(ui: &Ui, name: &str, clock: &Clock, assignee: Option<String>) -> Self {
        let (percent, missed) = (clock.left_percent(ui.now), clock.is_missed(ui.now));
        let word = |key: &str| ui.t(key);
        let (class, before, seconds, after) = match (clock.met_at, missed) {
            (Some(met), true) => (
                "mid",
                String::new(),
                met.seconds_since(clock.started_at),
                word("clock-met-late"),
            ),
            (Some(met), false) => (
                "ok",
                String::new(),
                met.seconds_since(clock.started_at),
                word("clock-met"),
            ),
            (None, true) => (
                "crit",
                word("clock-late"),
                ui.now.seconds_since(clock.due_at),
                String::new(),
            ),
            (None, false) => {
                let class = if percent < 34 {
                    "high"
                } else if percent < 67 {
                    "mid"
                } else {
                    "low"
                };
                (
                    class,
                    word("clock-left"),
                    clock.due_at.seconds_since(ui.now),
                    String::new(),
                )
            }
        };
        Self {
            name: name.to_owned(),
            class,
            left: percent * 120 / 100,
            late: missed && clock.met_at.is_none(),
            before,
            time: ui.duration(seconds),
            after,
            due_at: clock.due_at,
            assignee,
        }
    }
}

/// Everything an incident page shows.
#[derive(Template)]
#[template(path = "cases/case.html")]
pub(super) struct CasePage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) scope: String,
    pub(super) phases: Vec<PhaseStep>,
    pub(super) clocks: Vec<ClockView>,
    pub(super) work: Work,
    pub(super) traces: Traces,
    pub(super) timeline: Timeline,
}

impl CasePage {
    fn class_name(&self) -> Option<String> {
        let class = taxonomy::class(&self.case.class)?;
        let group = taxonomy::group_of(&self.case.class)?;
        Some(format!(
            "{} › {}",
            group.name.get(self.ui.lang),
            class.name.get(self.ui.lang)
        ))
    }

    /// The longer texts, in the order of a report.
    fn texts(&self) -> [(&'static str, &str); 5] {
        let case = &self.case;
        [
            ("case-impact-direct", &case.impact_direct),
            ("case-impact-indirect", &case.impact_indirect),
            ("case-cause", &case.cause),
            ("case-prevention", &case.prevention),
            ("case-review-notes", &case.review_notes),
        ]
    }

    fn policy(&self) -> Option<String> {
        policy_text(&self.case.policy, self.ui.lang)
    }
}

/// What is to be done: tasks, decisions, what came in, what is missing for closing.
#[derive(Template)]
#[template(path = "cases/work.html")]
pub(super) struct Work {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) tasks: Vec<Task>,
    pub(super) decisions: Vec<Decision>,
    pub(super) items: Vec<DeskItem>,
    pub(super) task_form: SmallForm,
    pub(super) decision_form: SmallForm,
}

impl Work {
    fn open_tasks(&self) -> i64 {
        self.tasks.iter().filter(|task| task.state.is_open()).count() as i64
    }

    fn mark(&self, state: &TaskState) -> Markup {
        let (kind, key) = match state {
            TaskState::Open => ("new", "task-open"),
            TaskState::Doing => ("doing", "task-doing"),
            TaskState::Waiting => ("wait", "task-waiting"),
            TaskState::Done => ("done", "task-done"),
            TaskState::Dropped => ("off", "task-dropped"),
        };
        self.ui.state(kind, key)
    }

    fn late(&self, task: &Task) -> bool {
        task.state.is_open() && task.due_at.is_some_and(|due| due < self.ui.now)
    }
}

/// What stands beside it: conditions of closing, traces, files, links, who needs to know.
#[derive(Template)]
#[template(path = "cases/traces.html")]
pub(super) struct Traces {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) missing: Vec<Missing>,
    pub(super) affected: Vec<AffectedAsset>,
    /// Assets that traces name, each with the trace.
    pub(super) suggested: Vec<(Asset, String)>,
    pub(super) affected_form: SmallForm,
    pub(super) new_asset_form: SmallForm,
    pub(super) observables: Vec<Sighting>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) documents: Vec<Document>,
    pub(super) links: Vec<Link>,
    pub(super) merged: Vec<(CaseId, String)>,
    pub(super) members: Vec<ScopeMember>,
    pub(super) observable_form: SmallForm,
}

/// The timeline with its filters.
#[derive(Template)]
#[template(path = "cases/timeline.html")]
pub(super) struct Timeline {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) phases: Vec<PhaseName>,
    pub(super) pinned: Vec<Entry>,
    pub(super) entries: Vec<Entry>,
    pub(super) next: Option<String>,
    pub(super) filter: String,
    pub(super) counts: Vec<(String, i64)>,
    /// Whether an older page is shown.
    pub(super) older: bool,
}

impl Timeline {
    fn total(&self) -> i64 {
        self.counts.iter().map(|(_, n)| n).sum()
    }

    fn count(&self, kinds: &str) -> i64 {
        self.counts
            .iter()
            .filter(|(kind, _)| kinds.split(',').any(|wanted| wanted == kind))
            .map(|(_, n)| n)
            .sum()
    }

    fn icon(&self, entry: &Entry) -> Markup {
        self.ui.glyph(match entry.kind {
            _ if entry.pinned => "pin",
            EntryKind::Note => "note",
            EntryKind::Status => "report",
            EntryKind::Phone => "phone",
            EntryKind::Message => "mail",
            EntryKind::Item => "alert",
            EntryKind::Task => "t-doing",
            EntryKind::Decision => "decide",
            EntryKind::State => "state",
            EntryKind::File => "file",
            EntryKind::Document => "box",
            EntryKind::Trace => "tag",
        })
    }

    fn author(&self, entry: &Entry) -> String {
        match (&entry.author, entry.author_kind.as_str()) {
            (Some(name), _) => name.clone(),
            (None, "reporter") => self.ui.t("timeline-by-reporter"),
            (None, _) => self.ui.t("timeline-by-system"),
        }
    }

    /// What the program wrote, with the names of things in the reader's language.
    fn said(&self, entry: &Entry) -> String {
        entry.message.as_ref().map_or_else(String::new, |message| {
            super::pages::say_entry(&self.ui, &self.phases, message)
        })
    }

    /// Whether it was written down noticeably later than it happened.
    fn entered_late(&self, entry: &Entry) -> bool {
        entry.entered_at.seconds_since(entry.at) > 600
    }

    fn own(&self, entry: &Entry) -> bool {
        entry.kind.is_written()
            && !entry.deleted
            && entry.author_id.is_some()
            && self.ui.user.as_ref().map(|u| u.id) == entry.author_id
    }
}

#[derive(Template)]
#[template(path = "cases/entry_edit.html")]
pub(super) struct EntryEditPage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) entry: Entry,
    pub(super) body: String,
    pub(super) at: String,
    pub(super) errors: FieldErrors,
    /// What it says now, when somebody changed it meanwhile.
    pub(super) theirs: Option<String>,
}

#[derive(Template)]
#[template(path = "cases/task.html")]
pub(super) struct TaskPage {
    pub(super) ui: Ui,
    pub(super) task: Task,
    pub(super) sees_case: bool,
    pub(super) result: String,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "cases/edit.html")]
pub(super) struct EditPage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) form: EditForm,
    pub(super) errors: FieldErrors,
    pub(super) groups: &'static [ClassGroup],
    pub(super) people: Vec<Person>,
    /// Whether somebody changed the case since the form was opened: then each field shows what it is now.
    pub(super) conflict: bool,
}

impl EditPage {
    /// What a field is now, if it is not what was typed.
    fn theirs<'a>(&self, now: &'a str, typed: &str) -> Option<&'a str> {
        (self.conflict && now.trim() != typed.trim()).then_some(now)
    }
}

/// A phase that may be entered next.
#[derive(Debug, Clone)]
pub(super) struct NextPhase {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) missing: Vec<Missing>,
    /// Whether the reader may take the step, conditions aside.
    pub(super) permitted: bool,
    /// Whether the reader may pass conditions over.
    pub(super) may_override: bool,
}

impl NextPhase {
    fn is_shut(&self) -> bool {
        !self.permitted
            || self.missing.iter().any(|m| !m.can_override)
            || (!self.missing.is_empty() && !self.may_override)
    }
}

#[derive(Template)]
#[template(path = "cases/phase.html")]
pub(super) struct PhasePage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) current: String,
    pub(super) next: Vec<NextPhase>,
    pub(super) chosen: String,
    pub(super) reason: String,
    pub(super) statement: String,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "cases/access.html")]
pub(super) struct AccessPage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) members: Vec<ScopeMember>,
    pub(super) people: Vec<Person>,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "cases/links.html")]
pub(super) struct LinksPage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) links: Vec<Link>,
    pub(super) merged: Vec<(CaseId, String)>,
    pub(super) number: String,
    pub(super) note: String,
    pub(super) reason: String,
    pub(super) errors: FieldErrors,
    pub(super) merge_errors: FieldErrors,
}

/// Severity to priority to label: what selects offer.
pub(super) const SEVERITIES: &[Severity] = Severity::ALL;
pub(super) const PRIORITIES: &[Priority] = Priority::ALL;
pub(super) const LABELS: [Tlp; 5] = Tlp::ALL;
pub(super) const RELATIONS: &[Relation] = Relation::ALL;
pub(super) const APT: &[AptSuspected] = AptSuspected::ALL;
