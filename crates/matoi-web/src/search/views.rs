//! The templates of this room.

use askama::Template;
use matoi_core::search::{self, Found, FoundKind};

use super::query::SearchQuery;
use crate::ui::{FieldErrors, Markup, Ui};

#[derive(Template)]
#[template(path = "search/results.html")]
pub(super) struct SearchPage {
    pub(super) ui: Ui,
    pub(super) query: SearchQuery,
    pub(super) kinds: Vec<FoundKind>,
    pub(super) errors: FieldErrors,
    pub(super) found: search::SearchPage,
}

impl SearchPage {
    /// The kinds to choose from, with their numbers: those that were met or may come, and the chosen one; on later pages only
    /// the chosen one is known.
    fn choices(&self) -> Vec<(FoundKind, String)> {
        let Some(counts) = &self.found.counts else {
            return self.kinds.iter().map(|kind| (*kind, String::new())).collect();
        };
        let number = |kind| match (counts.of(kind), counts.more) {
            (0, true) => String::new(),
            (count, true) => format!("{count}+"),
            (count, false) => count.to_string(),
        };
        let offered = |kind: &FoundKind| {
            self.kinds.contains(kind)
                || counts
                    .kinds
                    .iter()
                    .any(|one| one.kind == *kind && (one.count > 0 || counts.more))
        };
        let kinds = FoundKind::ALL.iter().copied().filter(offered);
        kinds.map(|kind| (kind, number(kind))).collect()
    }

    /// How many there are, as far as it was counted.
    fn total(&self) -> String {
        match &self.found.counts {
            Some(counts) if counts.more => self.ui.t1("search-count-at-least", "n", counts.total),
            Some(counts) => self.ui.t1("count", "n", counts.total),
            None => String::new(),
        }
    }

    fn is_over(&self) -> bool {
        self.found.items.is_empty() && self.found.next.is_none()
    }
}

#[derive(Template)]
#[template(path = "search/suggestions.html")]
pub(super) struct Suggestions {
    pub(super) ui: Ui,
    pub(super) found: Vec<Found>,
}

/// The page of what a result belongs to, below the base path.
pub(super) fn place_path(place: &search::Place) -> String {
    let room = match place.kind {
        FoundKind::Report => "/reports",
        FoundKind::Alert => "/alerts",
        FoundKind::Observable => "/observables",
        FoundKind::Task => "/tasks",
        FoundKind::Asset => "/assets",
        _ => "/cases",
    };
    format!("{room}/{}", place.id)
}

impl Ui {
    /// The page where a result is read.
    #[must_use]
    pub fn found_path(&self, found: &Found) -> String {
        let place = place_path(&found.place);
        self.to(match found.kind {
            FoundKind::Task => format!("/tasks/{}", found.id),
            FoundKind::Entry => format!("{place}?entry={}#e-{}", found.id, found.id),
            _ => place,
        })
    }

    /// The icon of what was found.
    #[must_use]
    pub fn found_icon(&self, kind: &FoundKind) -> Markup {
        self.icon(match kind {
            FoundKind::Case => "cases",
            FoundKind::Entry => "note",
            FoundKind::Task => "check",
            FoundKind::Decision => "decide",
            FoundKind::Report => "report",
            FoundKind::Alert => "alert",
            FoundKind::Message => "mail",
            FoundKind::Observable => "tag",
            FoundKind::Asset => "box",
            FoundKind::Attachment => "file",
            FoundKind::Document => "list",
        })
    }
}
