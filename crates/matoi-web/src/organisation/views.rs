//! The templates of this room.

use askama::Template;
use matoi_core::Action;
use matoi_core::kernel::data::Bilingual;
use matoi_core::organisation::{Organisation, OrganisationInput, Unit, UnitInput};
use matoi_types::{Lang, Tlp};
use serde::Deserialize;

use crate::ui::form::entries;
use crate::ui::{FieldErrors, Ui};

#[derive(Template)]
#[template(path = "organisation/settings.html")]
pub(super) struct SettingsPage {
    pub(super) ui: Ui,
    pub(super) form: SettingsForm,
    pub(super) errors: FieldErrors,
}

/// The settings as their form sends them.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct SettingsForm {
    pub(super) name_ja: String,
    pub(super) name_en: String,
    pub(super) constituency_ja: String,
    pub(super) constituency_en: String,
    pub(super) lang: String,
    pub(super) zone: String,
    pub(super) desk_phone: String,
    pub(super) desk_mail: String,
    pub(super) own_domains: String,
    pub(super) own_networks: String,
    pub(super) default_tlp: String,
    pub(super) fiscal_year_start: String,
    pub(super) version: i64,
}

impl SettingsForm {
    pub(super) fn of(organisation: Organisation) -> Self {
        Self {
            name_ja: organisation.name.ja,
            name_en: organisation.name.en,
            constituency_ja: organisation.constituency.ja,
            constituency_en: organisation.constituency.en,
            lang: organisation.lang.to_string(),
            zone: organisation.zone,
            desk_phone: organisation.desk_phone,
            desk_mail: organisation.desk_mail,
            own_domains: organisation.own_domains.join("\n"),
            own_networks: organisation.own_networks.join("\n"),
            default_tlp: organisation.default_tlp.to_string(),
            fiscal_year_start: organisation.fiscal_year_start.to_string(),
            version: organisation.version,
        }
    }

    pub(super) fn input(&self) -> OrganisationInput {
        OrganisationInput {
            name: bilingual(&self.name_ja, &self.name_en),
            constituency: bilingual(&self.constituency_ja, &self.constituency_en),
            lang: self.lang.parse().unwrap_or(Lang::Ja),
            zone: self.zone.clone(),
            desk_phone: self.desk_phone.clone(),
            desk_mail: self.desk_mail.clone(),
            own_domains: entries(&self.own_domains),
            own_networks: entries(&self.own_networks),
            default_tlp: self.default_tlp.parse().unwrap_or(Tlp::Amber),
            // What is no number is no month, and the service says so.
            fiscal_year_start: self.fiscal_year_start.parse().unwrap_or(0),
        }
    }
}

fn bilingual(ja: &str, en: &str) -> Bilingual {
    Bilingual {
        ja: ja.to_owned(),
        en: en.to_owned(),
    }
}

#[derive(Template)]
#[template(path = "organisation/units.html")]
pub(super) struct UnitsPage {
    pub(super) ui: Ui,
    pub(super) units: Vec<Unit>,
    pub(super) form: UnitForm,
    pub(super) errors: FieldErrors,
    /// What was refused of a change of name.
    pub(super) refused: FieldErrors,
}

impl UnitsPage {
    /// The units at the top with what is below them.
    fn tree(&self) -> Vec<UnitNode<'_>> {
        below(&self.ui, &self.units, None)
    }

    /// All units with the number of units above them, in the order of the tree: to choose from.
    fn flat(&self) -> Vec<(usize, &Unit)> {
        fn walk<'a>(nodes: &[UnitNode<'a>], depth: usize, flat: &mut Vec<(usize, &'a Unit)>) {
            for node in nodes {
                flat.push((depth, node.unit));
                walk(&node.children, depth + 1, flat);
            }
        }
        let mut flat = Vec::new();
        walk(&self.tree(), 0, &mut flat);
        flat
    }
}

fn below<'a>(ui: &'a Ui, units: &'a [Unit], parent: Option<&Unit>) -> Vec<UnitNode<'a>> {
    let mut nodes: Vec<UnitNode<'a>> = units
        .iter()
        .filter(|unit| unit.parent_id == parent.map(|parent| parent.id))
        .map(|unit| UnitNode {
            ui,
            unit,
            children: below(ui, units, Some(unit)),
        })
        .collect();
    nodes.sort_by(|a, b| ui.text_of(&a.unit.name).cmp(ui.text_of(&b.unit.name)));
    nodes
}

/// A unit with those below it.
#[derive(Template)]
#[template(path = "organisation/unit.html")]
pub(super) struct UnitNode<'a> {
    ui: &'a Ui,
    unit: &'a Unit,
    children: Vec<UnitNode<'a>>,
}

/// A unit as its form sends it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct UnitForm {
    pub(super) parent_id: String,
    pub(super) name_ja: String,
    pub(super) name_en: String,
    pub(super) version: i64,
}

impl UnitForm {
    pub(super) fn input(&self) -> UnitInput {
        UnitInput {
            parent_id: self.parent_id.parse().ok(),
            name: self.name(),
        }
    }

    pub(super) fn name(&self) -> Bilingual {
        bilingual(&self.name_ja, &self.name_en)
    }
}
