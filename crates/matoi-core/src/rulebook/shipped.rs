//! The files that come with the program.

use rust_embed::RustEmbed;

use super::model::DataKind;
use crate::kernel::data::embedded_text;

#[derive(RustEmbed)]
#[folder = "../../lifecycles"]
struct Lifecycles;

#[derive(RustEmbed)]
#[folder = "../../criteria"]
struct Criteria;

#[derive(RustEmbed)]
#[folder = "../../mappings"]
struct Mappings;

#[derive(RustEmbed)]
#[folder = "../../templates/reports"]
#[include = "*.md"]
struct Templates;

/// Kind, file name and text of each.
pub(super) fn all() -> Vec<(DataKind, String, String)> {
    let lifecycles = Lifecycles::iter().map(|name| {
        let kind = if name == "desk.yaml" {
            DataKind::Desk
        } else {
            DataKind::Lifecycle
        };
        (
            kind,
            format!("lifecycles/{name}"),
            embedded_text(Lifecycles::get(&name)).unwrap_or_default(),
        )
    });
    let criteria = Criteria::iter().map(|name| {
        (
            DataKind::Criteria,
            format!("criteria/{name}"),
            embedded_text(Criteria::get(&name)).unwrap_or_default(),
        )
    });
    let mappings = Mappings::iter().map(|name| {
        (
            DataKind::Mapping,
            format!("mappings/{name}"),
            embedded_text(Mappings::get(&name)).unwrap_or_default(),
        )
    });
    let templates = Templates::iter().map(|name| {
        (
            DataKind::Template,
            format!("templates/reports/{name}"),
            embedded_text(Templates::get(&name)).unwrap_or_default(),
        )
    });
    lifecycles
        .chain(criteria)
        .chain(mappings)
        .filter(|(_, name, _)| name.ends_with(".yaml"))
        .chain(templates)
        .collect()
}
