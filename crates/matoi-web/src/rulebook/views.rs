//! The templates of this room.

use std::collections::HashMap;

use askama::Template;
use matoi_core::Action;
use matoi_core::criteria::Proposal;
use matoi_core::rulebook::{DataFile, DataFileEntry, DataFileState, DataKind};
use matoi_types::{AccountId, Severity};
use similar::{ChangeTag, TextDiff};

use super::forms::{ApproveForm, CheckResult, EditForm};
use crate::ui::{FieldErrors, Ui};

/// Everything of one name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) kind: DataKind,
    pub(super) name: String,
    pub(super) in_force: Option<DataFileEntry>,
    /// The newest draft that is newer than what is in force.
    pub(super) draft: Option<DataFileEntry>,
    pub(super) versions: usize,
}

/// The versions by kind and name, in the order in which they come.
pub(super) fn by_name(files: Vec<DataFileEntry>) -> Vec<Named> {
    let mut all: Vec<Named> = Vec::new();
    for file in files {
        let at = all
            .iter()
            .position(|named| named.kind == file.kind && named.name == file.name);
        let at = at.unwrap_or_else(|| {
            all.push(Named {
                kind: file.kind,
                name: file.name.clone(),
                in_force: None,
                draft: None,
                versions: 0,
            });
            all.len() - 1
        });
        let Some(named) = all.get_mut(at) else { continue };
        named.versions += 1;
        match file.state {
            DataFileState::Approved => named.in_force = Some(file),
            DataFileState::Draft if named.draft.as_ref().is_none_or(|d| d.version < file.version) => {
                named.draft = Some(file);
            }
            _ => {}
        }
    }
    all
}

#[derive(Template)]
#[template(path = "rulebook/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) all: Vec<Named>,
}

impl ListPage {
    fn of_kind(&self, kind: &DataKind) -> Vec<&Named> {
        self.all.iter().filter(|named| named.kind == *kind).collect()
    }
}

#[derive(Template)]
#[template(path = "rulebook/versions.html")]
pub(super) struct VersionsPage {
    pub(super) ui: Ui,
    pub(super) kind: DataKind,
    pub(super) name: String,
    pub(super) files: Vec<DataFileEntry>,
    pub(super) names: HashMap<AccountId, String>,
}

impl VersionsPage {
    fn newest(&self) -> Option<&DataFileEntry> {
        self.files.first()
    }
}

/// The mark and the key of a version's state.
pub(super) fn state_mark(state: &DataFileState) -> (&'static str, &'static str) {
    match state {
        DataFileState::Draft => ("wait", "data-state-draft"),
        DataFileState::Approved => ("done", "data-state-approved"),
        DataFileState::Superseded => ("off", "data-state-superseded"),
    }
}

/// A name of a map, or that it came with the program.
pub(super) fn author(ui: &Ui, names: &HashMap<AccountId, String>, id: &Option<AccountId>) -> String {
    match id {
        Some(id) => names.get(id).cloned().unwrap_or_default(),
        None => ui.t("data-shipped"),
    }
}

/// A line of a comparison, or a stretch that is left out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum DiffLine {
    /// In both.
    Same(usize, String),
    /// Only in the new text.
    Added(usize, String),
    /// Only in the old text.
    Removed(usize, String),
    /// Lines in both that say nothing about the change.
    LeftOut,
}

/// What is different, with three lines around each change. Empty when nothing is.
pub(super) fn differences(old: &str, new: &str) -> Vec<DiffLine> {
    let diff = TextDiff::from_lines(old, new);
    let mut lines = Vec::new();
    for (index, group) in diff.grouped_ops(3).iter().enumerate() {
        if index > 0 {
            lines.push(DiffLine::LeftOut);
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let text = change.value().trim_end_matches(['\r', '\n']).to_owned();
            let at = |index: Option<usize>| index.map_or(0, |index| index + 1);
            lines.push(match change.tag() {
                ChangeTag::Equal => DiffLine::Same(at(change.new_index()), text),
                ChangeTag::Insert => DiffLine::Added(at(change.new_index()), text),
                ChangeTag::Delete => DiffLine::Removed(at(change.old_index()), text),
            });
        }
    }
    lines
}

#[derive(Template)]
#[template(path = "rulebook/file.html")]
pub(super) struct FilePage {
    pub(super) ui: Ui,
    pub(super) file: DataFile,
    pub(super) names: HashMap<AccountId, String>,
    /// The version in force, when this is another one.
    pub(super) other: Option<DataFile>,
    pub(super) diff: Vec<DiffLine>,
    pub(super) is_mine: bool,
    pub(super) form: ApproveForm,
    pub(super) errors: FieldErrors,
}

impl FilePage {
    fn can_try(&self) -> bool {
        matches!(self.file.kind, DataKind::Criteria | DataKind::Mapping)
    }

    fn can_approve(&self) -> bool {
        self.file.state != DataFileState::Approved && self.ui.may(Action::CriteriaApprove)
    }
}

#[derive(Template)]
#[template(path = "rulebook/edit.html")]
pub(super) struct EditPage {
    pub(super) ui: Ui,
    pub(super) form: EditForm,
    pub(super) errors: FieldErrors,
    pub(super) checked: Option<CheckResult>,
}

impl EditPage {
    /// The line of the text that an error is about.
    fn line(&self, line: &u64) -> &str {
        let index = usize::try_from(*line).unwrap_or(0);
        index
            .checked_sub(1)
            .and_then(|index| self.form.content.lines().nth(index))
            .unwrap_or_default()
    }
}

/// A question of criteria that are tried.
#[derive(Debug)]
pub(super) struct TrialQuestion {
    pub(super) name: String,
    pub(super) question: String,
    /// Value, words, whether it is chosen.
    pub(super) options: Vec<(String, String, bool)>,
    pub(super) is_several: bool,
    pub(super) text: String,
}

/// What criteria say of facts.
#[derive(Debug)]
pub(super) struct TriedCriteria {
    pub(super) certainty: &'static str,
    pub(super) proposal: Option<Proposal>,
    pub(super) class: Option<String>,
    pub(super) ask: Vec<String>,
    pub(super) rows: Vec<RowView>,
}

/// A row of criteria with how it came out.
#[derive(Debug)]
pub(super) struct RowView {
    pub(super) id: String,
    pub(super) truth: &'static str,
    pub(super) applies: bool,
    pub(super) reason: String,
    pub(super) condition: String,
    pub(super) tests: Vec<TestView>,
}

/// One test of a row's condition.
#[derive(Debug)]
pub(super) struct TestView {
    pub(super) text: String,
    pub(super) truth: &'static str,
    pub(super) question: String,
    pub(super) found: String,
}

/// The mark and the key of a truth.
pub(super) fn truth_mark(truth: &str) -> (&'static str, &'static str) {
    match truth {
        "true" => ("done", "trial-holds"),
        "false" => ("off", "trial-not"),
        _ => ("wait", "trial-open"),
    }
}

#[derive(Template)]
#[template(path = "rulebook/trial.html")]
pub(super) struct TrialPage {
    pub(super) ui: Ui,
    pub(super) file: DataFile,
    pub(super) questions: Vec<TrialQuestion>,
    pub(super) examples: Vec<String>,
    pub(super) tried: Option<TriedCriteria>,
    pub(super) errors: FieldErrors,
}

/// An alert that a mapping would make.
#[derive(Debug)]
pub(super) struct MappedView {
    pub(super) title: String,
    pub(super) source: String,
    pub(super) source_ref: String,
    pub(super) severity: Severity,
    pub(super) text: String,
    pub(super) remarks: Vec<String>,
}

#[derive(Template)]
#[template(path = "rulebook/mapping_trial.html")]
pub(super) struct MappingTrialPage {
    pub(super) ui: Ui,
    pub(super) file: DataFile,
    pub(super) body: String,
    pub(super) result: Option<(Vec<MappedView>, usize)>,
    pub(super) errors: FieldErrors,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comparison_shows_what_changed_and_leaves_the_rest_out() {
        assert_eq!(differences("a\nb\n", "a\nb\n"), []);
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("\n2\n", "\nzwei\n").replace("\n19\n", "\n19\n19a\n");
        let lines = differences(&old, &new);
        assert!(lines.contains(&DiffLine::Removed(2, "2".to_owned())));
        assert!(lines.contains(&DiffLine::Added(2, "zwei".to_owned())));
        assert!(lines.contains(&DiffLine::Added(20, "19a".to_owned())));
        assert!(lines.contains(&DiffLine::LeftOut));
        assert!(!lines.contains(&DiffLine::Same(10, "10".to_owned())));
    }
}
