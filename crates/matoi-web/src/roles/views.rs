//! The templates of this room.

use askama::Template;
use matoi_core::Action;
use matoi_core::identity::{Role, RoleInput};
use matoi_core::kernel::data::Bilingual;
use matoi_types::Tlp;
use serde::Deserialize;

use crate::ui::{FieldErrors, Ui};

/// Actions on one kind of thing, as one block of the matrix.
#[derive(Debug)]
pub(super) struct Group {
    /// What stands before the dot.
    pub(super) resource: &'static str,
    pub(super) actions: Vec<Action>,
}

impl Group {
    /// Whether any of these actions is one of the group.
    pub(super) fn has_any(&self, actions: &[Action]) -> bool {
        self.actions.iter().any(|action| actions.contains(action))
    }
}

/// All actions by what they are done to, in the order of their declaration.
pub(super) fn groups() -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for action in Action::ALL {
        let resource = action.as_str().split('.').next().unwrap_or_default();
        match groups.last_mut() {
            Some(group) if group.resource == resource => group.actions.push(*action),
            _ => groups.push(Group {
                resource,
                actions: vec![*action],
            }),
        }
    }
    groups
}

#[derive(Template)]
#[template(path = "roles/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) roles: Vec<Role>,
    pub(super) groups: Vec<Group>,
}

impl ListPage {
    fn columns(&self) -> usize {
        self.roles.len() + 1
    }
}

#[derive(Template)]
#[template(path = "roles/edit.html")]
pub(super) struct EditPage {
    pub(super) ui: Ui,
    /// The role as it is now; none for a new one.
    pub(super) role: Option<Role>,
    pub(super) form: RoleForm,
    pub(super) errors: FieldErrors,
    pub(super) groups: Vec<Group>,
}

/// Labels a role can give: TLP:RED is opened by naming people.
pub(super) const CLEARANCES: [Tlp; 4] = [Tlp::Clear, Tlp::Green, Tlp::Amber, Tlp::AmberStrict];

/// A role as its form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct RoleForm {
    pub(super) id: String,
    pub(super) name_ja: String,
    pub(super) name_en: String,
    pub(super) about_ja: String,
    pub(super) about_en: String,
    pub(super) clearance: String,
    pub(super) actions: Vec<String>,
    pub(super) version: i64,
}

impl RoleForm {
    pub(super) fn of(role: &Role) -> Self {
        Self {
            id: role.id.clone(),
            name_ja: role.name.ja.clone(),
            name_en: role.name.en.clone(),
            about_ja: role.about.ja.clone(),
            about_en: role.about.en.clone(),
            clearance: role.clearance.to_string(),
            actions: role.actions.iter().map(ToString::to_string).collect(),
            version: role.version,
        }
    }

    pub(super) fn input(&self) -> RoleInput {
        let text = |ja: &str, en: &str| Bilingual {
            ja: ja.to_owned(),
            en: en.to_owned(),
        };
        RoleInput {
            id: self.id.clone(),
            name: text(&self.name_ja, &self.name_en),
            about: text(&self.about_ja, &self.about_en),
            clearance: self.clearance.parse().unwrap_or(Tlp::Green),
            actions: self
                .actions
                .iter()
                .filter_map(|action| action.parse().ok())
                .collect(),
        }
    }

    pub(super) fn has_any(&self, group: &Group) -> bool {
        group.actions.iter().any(|action| self.has(action))
    }

    pub(super) fn has(&self, action: &Action) -> bool {
        self.actions.iter().any(|name| name == action.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_action_stands_in_exactly_one_group() {
        let groups = groups();
        let names: std::collections::BTreeSet<_> = groups.iter().map(|group| group.resource).collect();
        assert_eq!(
            names.len(),
            groups.len(),
            "actions on one thing are declared together"
        );
        let count: usize = groups.iter().map(|group| group.actions.len()).sum();
        assert_eq!(count, Action::ALL.len());
    }
}
