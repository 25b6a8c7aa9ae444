//! The templates of this room.

use askama::Template;
use matoi_core::Action;
use matoi_core::cases::Case;
use matoi_core::report_doc::external::Finding;
use matoi_core::report_doc::{Document, DocumentForm, DocumentKind, DocumentState};
use matoi_types::{Lang, Tlp};

use super::pages::{EditForm, NewForm};
use crate::ui::{FieldErrors, Ui};

#[derive(Template)]
#[template(path = "documents/new.html")]
pub(super) struct NewPage {
    pub(super) ui: Ui,
    pub(super) case: Case,
    pub(super) kind: DocumentKind,
    pub(super) form: NewForm,
    pub(super) errors: FieldErrors,
}

#[derive(Template)]
#[template(path = "documents/show.html")]
pub(super) struct ShowPage {
    pub(super) ui: Ui,
    pub(super) document: Document,
    pub(super) scope: String,
    pub(super) body: Body,
}

/// The part of the page that changes while its files are made.
#[derive(Template)]
#[template(path = "documents/body.html")]
pub(super) struct Body {
    pub(super) ui: Ui,
    pub(super) document: Document,
    pub(super) findings: Vec<Finding>,
    /// Whether the reader wrote some of it: they neither review nor approve it.
    pub(super) own: bool,
    /// What was typed beside a refused step.
    pub(super) typed: String,
    pub(super) errors: FieldErrors,
}

impl Body {
    fn problem(&self) -> Option<String> {
        self.document.problem.as_ref().map(|problem| self.ui.say(problem))
    }

    /// Whether its files are being made.
    const fn is_making(&self) -> bool {
        !self.document.ready && self.document.problem.is_none() && !self.is(DocumentState::Withdrawn)
    }

    const fn is(&self, state: DocumentState) -> bool {
        matches!(
            (state, self.document.state),
            (DocumentState::Draft, DocumentState::Draft)
                | (DocumentState::Reviewed, DocumentState::Reviewed)
                | (DocumentState::Approved, DocumentState::Approved)
                | (DocumentState::Distributed, DocumentState::Distributed)
                | (DocumentState::Withdrawn, DocumentState::Withdrawn)
        )
    }

    /// The four steps with who took them and when.
    fn steps(&self) -> Vec<Step> {
        let document = &self.document;
        let step = |state, who: &Option<String>, at: Option<matoi_types::Timestamp>| Step {
            state,
            who: who.clone().unwrap_or_default(),
            at: at.map(|at| self.ui.clock(&at)),
        };
        vec![
            step(DocumentState::Draft, &document.author, Some(document.edited_at)),
            step(DocumentState::Reviewed, &document.reviewer, document.reviewed_at),
            step(DocumentState::Approved, &document.approver, document.approved_at),
            step(DocumentState::Distributed, &None, document.distributed_at),
        ]
    }
}

/// A step of the way of a document.
pub(super) struct Step {
    state: DocumentState,
    who: String,
    at: Option<crate::ui::Markup>,
}

#[derive(Template)]
#[template(path = "documents/edit.html")]
pub(super) struct EditPage {
    pub(super) ui: Ui,
    pub(super) document: Document,
    pub(super) form: EditForm,
    pub(super) errors: FieldErrors,
    /// The text of somebody who was faster.
    pub(super) theirs: Option<String>,
}
