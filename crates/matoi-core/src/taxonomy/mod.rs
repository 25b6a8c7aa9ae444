//! The classes of incidents: ENISA's Reference Security Incident Taxonomy and the references' own examples.

use std::sync::OnceLock;

use rust_embed::RustEmbed;
use serde::{Deserialize, Serialize};

use crate::kernel::data::{self, Bilingual, DataError, embedded_text};

#[derive(RustEmbed)]
#[folder = "../../taxonomies"]
struct Files;

/// One class.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Class {
    /// Its identifier, like `malicious-code.ransomware`.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// What falls under it, in our own words.
    #[serde(default)]
    pub about: Option<Bilingual>,
}

/// A group of classes.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassGroup {
    /// Its identifier, like `malicious-code`.
    pub id: String,
    /// Its name.
    pub name: Bilingual,
    /// Its classes.
    pub classes: Vec<Class>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Vec<ClassGroup>,
}

/// Every group, in order.
#[must_use]
pub fn groups() -> &'static [ClassGroup] {
    static GROUPS: OnceLock<Vec<ClassGroup>> = OnceLock::new();
    GROUPS.get_or_init(|| {
        read().unwrap_or_else(|error| {
            tracing::error!(%error, "the taxonomy cannot be read");
            Vec::new()
        })
    })
}

fn read() -> Result<Vec<ClassGroup>, DataError> {
    let text = embedded_text(Files::get("incident-classes.yaml")).unwrap_or_default();
    data::from_yaml::<File>("taxonomies/incident-classes.yaml", &text).map(|file| file.groups)
}

/// Whether there is such a class.
#[must_use]
pub fn exists(id: &str) -> bool {
    class(id).is_some()
}

/// A class by identifier.
#[must_use]
pub fn class(id: &str) -> Option<&'static Class> {
    groups()
        .iter()
        .flat_map(|group| &group.classes)
        .find(|class| class.id == id)
}

/// The group a class belongs to.
#[must_use]
pub fn group_of(id: &str) -> Option<&'static ClassGroup> {
    groups()
        .iter()
        .find(|group| group.classes.iter().any(|class| class.id == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_is_right_and_ids_are_unique() {
        let groups = read().unwrap();
        let mut ids: Vec<_> = groups
            .iter()
            .flat_map(|group| group.classes.iter().map(|class| &class.id))
            .collect();
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
        for group in &groups {
            assert!(
                group
                    .classes
                    .iter()
                    .all(|class| class.id.starts_with(&format!("{}.", group.id))),
                "{}",
                group.id
            );
            for class in &group.classes {
                let about = class.about.as_ref().unwrap_or_else(|| panic!("{}", class.id));
                assert!(!about.ja.is_empty() && !about.en.is_empty(), "{}", class.id);
            }
        }
    }

    #[test]
    fn every_group_of_the_reference_taxonomy_is_there_in_its_order_and_our_own_after_it() {
        let ids: Vec<_> = groups().iter().map(|group| group.id.as_str()).collect();
        assert_eq!(
            ids,
            [
                "abusive-content",
                "malicious-code",
                "information-gathering",
                "intrusion-attempts",
                "intrusions",
                "availability",
                "information-content-security",
                "fraud",
                "vulnerable",
                "other",
                "test",
                "organisation"
            ]
        );
        assert_eq!(
            group_of("malicious-code.ransomware").unwrap().id,
            "malicious-code"
        );
        assert!(!exists("malicious-code.nothing"));
    }
}
