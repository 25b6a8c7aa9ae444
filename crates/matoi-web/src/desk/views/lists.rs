//! Now, the lists, and entering a report.

use askama::Template;
use matoi_core::Action;
use matoi_core::cases::glass::GlassNotice;
use matoi_core::cases::{Task, TaskState};
use matoi_core::desk::model::TabCounts;
use matoi_core::desk::{DeskItem, ItemKind, Verdict};
use matoi_core::first_response::Category;
use matoi_types::{AccountId, Lang, Severity};

use super::ClockView;
use crate::desk::pages::EntryForm;
use crate::desk::query::ItemQuery;
use crate::ui::{FieldErrors, Markup, Ui};

/// A tab of the queue.
#[derive(Debug, Clone)]
pub(in crate::desk) struct Tab {
    pub(in crate::desk) id: &'static str,
    pub(in crate::desk) count: i64,
    pub(in crate::desk) current: bool,
}

/// One thing that several items were not done for.
#[derive(Debug, Clone)]
pub(in crate::desk) struct NotDone {
    pub(in crate::desk) number: String,
    pub(in crate::desk) problem: String,
}

/// What became of something done to several items, when not all of it was done.
#[derive(Debug, Clone, Default)]
pub(in crate::desk) struct BulkOutcome {
    pub(in crate::desk) done: i64,
    pub(in crate::desk) not_done: Vec<NotDone>,
}

impl BulkOutcome {
    fn left(&self) -> i64 {
        self.not_done.len() as i64
    }
}

#[derive(Template)]
#[template(path = "desk/now.html")]
pub(in crate::desk) struct NowPage {
    pub(in crate::desk) ui: Ui,
    /// None for those who do not see the queue.
    pub(in crate::desk) queue: Option<Queue>,
    /// Who entered cases the reader answers for.
    pub(in crate::desk) glass: Vec<GlassNotice>,
    pub(in crate::desk) clocks: Vec<ClockView>,
    pub(in crate::desk) tasks: Vec<Task>,
    /// Whether the reader has tasks at all.
    pub(in crate::desk) has_tasks: bool,
    pub(in crate::desk) own: Vec<DeskItem>,
    pub(in crate::desk) bulk: Option<BulkOutcome>,
}

/// The queue of the page.
pub(in crate::desk) struct Queue {
    pub(in crate::desk) tabs: Vec<Tab>,
    pub(in crate::desk) tab: &'static str,
    pub(in crate::desk) counts: TabCounts,
    pub(in crate::desk) items: Vec<DeskItem>,
    pub(in crate::desk) cursor: Option<String>,
    pub(in crate::desk) next: Option<String>,
    /// What was typed into the bar of what is done to several.
    pub(in crate::desk) reason: String,
    pub(in crate::desk) override_reason: String,
}

impl NowPage {
    fn shown(&self, count: i64, more: bool) -> String {
        if more && count >= 1000 {
            "1,000+".to_owned()
        } else if more {
            format!("{count}+")
        } else {
            count.to_string()
        }
    }

    /// Where this view of the queue is.
    fn here(&self, queue: &Queue) -> String {
        let cursor = queue.cursor.as_deref().map_or_else(String::new, |cursor| {
            format!("&cursor={}", crate::ui::url_encode(cursor))
        });
        self.ui.to(format!("/?tab={}{cursor}", queue.tab))
    }

    fn works(&self) -> bool {
        self.ui.may(Action::ReportUpdate) || self.ui.may(Action::AlertUpdate)
    }

    /// When it is due, pressing when little is left.
    fn due(&self, item: &DeskItem) -> Markup {
        due(&self.ui, item)
    }

    fn task_path(&self, task: &Task) -> String {
        if self.ui.may(Action::CaseRead) {
            self.ui.to(format!("/cases/{}#task-{}", task.case_id, task.id))
        } else {
            self.ui.to(format!("/tasks/{}", task.id))
        }
    }

    fn task_state(&self, task: &Task) -> Markup {
        let late = task.due_at.is_some_and(|due| due < self.ui.now);
        match task.state {
            _ if late && task.state.is_open() => self.ui.state("late", "clock-late"),
            TaskState::Open => self.ui.state("new", "task-open"),
            TaskState::Doing => self.ui.state("doing", "task-doing"),
            TaskState::Waiting => self.ui.state("wait", "task-waiting"),
            TaskState::Done => self.ui.state("done", "task-done"),
            TaskState::Dropped => self.ui.state("off", "task-dropped"),
        }
    }
}

/// The next deadline of an item: by the clock, and how long that is.
pub(in crate::desk) fn due(ui: &Ui, item: &DeskItem) -> Markup {
    let Some(due) = item.due_at else {
        return askama::filters::Safe("—".to_owned());
    };
    let seconds = due.seconds_since(ui.now);
    let (class, words) = if seconds < 0 {
        ("crit", ui.t1("desk-due-late", "time", ui.duration(-seconds)))
    } else if seconds < 900 {
        ("high", ui.t1("desk-due-left", "time", ui.duration(seconds)))
    } else {
        ("", ui.t1("desk-due-left", "time", ui.duration(seconds)))
    };
    askama::filters::Safe(format!(
        "{} <b class=\"due {class}\">{words}</b>",
        ui.clock(&due).0
    ))
}

#[derive(Template)]
#[template(path = "desk/list.html")]
pub(in crate::desk) struct ListPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) kind: ItemKind,
    pub(in crate::desk) query: ItemQuery,
    pub(in crate::desk) errors: FieldErrors,
    pub(in crate::desk) items: Vec<DeskItem>,
    pub(in crate::desk) count: i64,
    pub(in crate::desk) next: Option<String>,
    pub(in crate::desk) people: Vec<(AccountId, String)>,
    pub(in crate::desk) sources: Vec<String>,
}

impl ListPage {
    fn path(&self) -> String {
        self.ui.to(match self.kind {
            ItemKind::Report => "/reports",
            ItemKind::Alert => "/watch",
        })
    }

    fn is(&self, value: &Option<String>, name: &str) -> bool {
        value.as_deref().unwrap_or_default() == name
    }

    fn is_person(&self, id: &AccountId) -> bool {
        self.query.assignee.as_deref() == Some(id.to_string().as_str())
    }

    fn due(&self, item: &DeskItem) -> Markup {
        due(&self.ui, item)
    }

    fn shown_count(&self) -> String {
        if self.count >= 1000 {
            "1,000+".to_owned()
        } else {
            self.count.to_string()
        }
    }
}

#[derive(Template)]
#[template(path = "desk/own_list.html")]
pub(in crate::desk) struct OwnListPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) items: Vec<DeskItem>,
    pub(in crate::desk) next: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/entry.html")]
pub(in crate::desk) struct EntryPage {
    pub(in crate::desk) ui: Ui,
    pub(in crate::desk) form: EntryForm,
    pub(in crate::desk) errors: FieldErrors,
    /// Whether a member of the desk writes down what somebody said; else somebody reports for themselves.
    pub(in crate::desk) for_others: bool,
    pub(in crate::desk) categories: &'static [Category],
    pub(in crate::desk) files_lost: bool,
    pub(in crate::desk) max_file: i64,
}

impl EntryPage {
    /// A label for whoever writes down what others say, or for whoever reports for themselves.
    fn label(&self, for_others: &str, for_oneself: &str) -> String {
        self.ui.t(if self.for_others { for_others } else { for_oneself })
    }
}
