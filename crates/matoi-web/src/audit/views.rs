//! The templates of this room.

use std::collections::{BTreeSet, HashMap};

use askama::Template;
use matoi_core::audit::{AuditEntry, ChainState, KeptVerification};
use matoi_core::jobs::Job;
use matoi_types::AccountId;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::ui::{Pager, Ui, with_query};

/// What stands on the log, in the order in which the filter offers it.
pub(super) const NOUNS: &[&str] = &[
    "account",
    "session",
    "token",
    "role",
    "organisation",
    "unit",
    "report",
    "alert",
    "case",
    "task",
    "entry",
    "decision",
    "observable",
    "attachment",
    "document",
    "asset",
    "data_file",
    "webhook",
    "job",
    "audit_log",
    "login",
    "files",
    "master_key",
    "installation",
];

/// Kinds of actors.
pub(super) const ACTORS: &[&str] = &["account", "system", "anonymous", "reporter"];

/// The filters of the list.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct ListQuery {
    pub(super) actor_kind: String,
    pub(super) actor: String,
    pub(super) kind: String,
    pub(super) thing: String,
    pub(super) verb: String,
    pub(super) from: String,
    pub(super) until: String,
    pub(super) cursor: String,
}

impl ListQuery {
    pub(super) fn pairs(&self) -> [(&str, &str); 7] {
        [
            ("actor_kind", self.actor_kind.as_str()),
            ("actor", self.actor.as_str()),
            ("kind", self.kind.as_str()),
            ("thing", self.thing.as_str()),
            ("verb", self.verb.as_str()),
            ("from", self.from.as_str()),
            ("until", self.until.as_str()),
        ]
    }

    /// Whether anything is filtered.
    pub(super) fn is_filtered(&self) -> bool {
        self.pairs().iter().any(|(_, value)| !value.is_empty())
    }

    /// The same filters without some of them, or with others in their place.
    pub(super) fn with(&self, ui: &Ui, others: &[(&str, &str)]) -> String {
        let mut pairs = self.pairs();
        for (name, value) in &mut pairs {
            if let Some((_, other)) = others.iter().find(|(n, _)| n == name) {
                *value = other;
            }
        }
        ui.to(with_query("/audit", &pairs))
    }
}

/// A field before and after.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) field: String,
    pub(super) before: Option<String>,
    pub(super) after: Option<String>,
}

/// A row of the list.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) row: AuditEntry,
    pub(super) differences: Vec<Difference>,
    pub(super) note: Option<String>,
    pub(super) is_erased: bool,
    /// The page of the thing, where it has one.
    pub(super) page: Option<String>,
}

impl Entry {
    pub(super) fn of(ui: &Ui, row: AuditEntry) -> Self {
        let (mut differences, mut note) = (Vec::new(), None);
        if let Some(detail) = &row.detail {
            note.clone_from(&detail.note);
            let fields: BTreeSet<&String> = detail.before.keys().chain(detail.after.keys()).collect();
            for field in fields {
                differences.push(Difference {
                    field: field.clone(),
                    before: detail.before.get(field).map(|value| text_of(ui, value)),
                    after: detail.after.get(field).map(|value| text_of(ui, value)),
                });
            }
        }
        Self {
            differences,
            note,
            is_erased: row.detail.is_none(),
            page: page_of(ui, &row),
            row,
        }
    }

    /// The end of the identifier, enough to tell rows of one page apart.
    fn short_id(&self) -> &str {
        let id = &self.row.entity_id;
        id.get(id.len().saturating_sub(8)..).unwrap_or(id)
    }
}

/// A value of a field for people: texts as they are, lists with commas, anything else as JSON.
fn text_of(ui: &Ui, value: &Json) -> String {
    match value {
        Json::Null => "—".to_owned(),
        Json::Bool(value) => ui.t(if *value { "audit-yes" } else { "audit-no" }),
        Json::String(text) if text.is_empty() => ui.t("audit-empty"),
        Json::String(text) => text.clone(),
        Json::Array(values) if values.is_empty() => ui.t("audit-empty"),
        Json::Array(values) if values.iter().all(|value| !value.is_object()) => {
            let texts: Vec<_> = values.iter().map(|value| text_of(ui, value)).collect();
            texts.join(", ")
        }
        other => other.to_string(),
    }
}

fn page_of(ui: &Ui, row: &AuditEntry) -> Option<String> {
    let place = match row.entity_kind.as_str() {
        "account" => "/accounts",
        "role" => "/roles",
        "case" => "/cases",
        "report" => "/reports",
        "alert" => "/alerts",
        "data_file" => "/rulebook/files",
        "organisation" => return Some(ui.to("/organisation")),
        "unit" => return Some(ui.to("/units")),
        "job" => return Some(ui.to("/jobs")),
        "document" => "/documents",
        "asset" => "/assets",
        _ => return None,
    };
    Some(ui.to(format!("{place}/{}", crate::ui::url_encode(&row.entity_id))))
}

#[derive(Template)]
#[template(path = "audit/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) query: ListQuery,
    pub(super) entries: Vec<Entry>,
    pub(super) names: HashMap<AccountId, String>,
    /// Numbers of cases, reports, alerts and documents by identifier.
    pub(super) numbers: HashMap<String, String>,
    pub(super) state: ChainState,
    pub(super) last: Option<KeptVerification>,
    pub(super) under_way: Option<Job>,
    pub(super) pager: Pager,
}

impl ListPage {
    /// The name of a person, the number of what has one, or the identifier of anything else.
    fn name_of(&self, id: &str) -> String {
        let account = id.parse::<AccountId>().ok();
        account
            .and_then(|account| self.names.get(&account))
            .or_else(|| self.numbers.get(id))
            .cloned()
            .unwrap_or_else(|| id.to_owned())
    }

    /// What tells the thing of a row from others of its kind: its number, its name, the end of its identifier.
    fn which(&self, entry: &Entry) -> String {
        match self.numbers.get(&entry.row.entity_id) {
            Some(number) => number.clone(),
            None if entry.row.entity_kind == "role" => entry.row.entity_id.clone(),
            None => format!("…{}", entry.short_id()),
        }
    }

    /// Who did it, in words for those who are no account.
    fn actor(&self, entry: &Entry) -> String {
        match entry.row.actor_kind.as_str() {
            "account" => entry.row.actor_name.clone(),
            kind => {
                let word = self.ui.named_or("actor-", kind);
                if entry.row.actor_name.is_empty() || kind != "system" {
                    word
                } else {
                    format!("{word} ({})", entry.row.actor_name)
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_filter_is_taken_off_and_the_others_stay() {
        let query = ListQuery {
            actor: "a".to_owned(),
            kind: "case".to_owned(),
            cursor: "x".to_owned(),
            ..ListQuery::default()
        };
        assert!(query.is_filtered());
        let pairs: Vec<_> = query.pairs().into_iter().filter(|(_, v)| !v.is_empty()).collect();
        assert_eq!(pairs, [("actor", "a"), ("kind", "case")]);
    }
}
