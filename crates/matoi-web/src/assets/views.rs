//! The templates of this room.

use askama::Template;
use matoi_core::Action;
use matoi_core::assets::import::{ImportPlan, ImportStep, PlannedLine};
use matoi_core::assets::{AffectedNow, AffectingCase, Asset, AssetKind, AssetOverview, AssetState};
use matoi_core::cases::CaseState;
use matoi_core::kernel::history::Past;
use matoi_core::organisation::model::Unit;
use matoi_types::Importance;

use super::pages::{AssetForm, Person};
use super::query::AssetQuery;
use super::say;
use crate::ui::{FieldErrors, Markup, Ui};

/// Most important first: what selects and tables offer.
pub(super) const IMPORTANCES: [Importance; 4] = [
    Importance::Critical,
    Importance::High,
    Importance::Medium,
    Importance::Low,
];

#[derive(Template)]
#[template(path = "assets/list.html")]
pub(super) struct ListPage {
    pub(super) ui: Ui,
    pub(super) query: AssetQuery,
    pub(super) assets: Vec<Asset>,
    pub(super) count: i64,
    pub(super) next: Option<String>,
    pub(super) owners: Vec<Person>,
}

impl ListPage {
    fn filtered(&self) -> bool {
        !self.query.link(None).is_empty()
    }
}

#[derive(Template)]
#[template(path = "assets/form.html")]
pub(super) struct FormPage {
    pub(super) ui: Ui,
    /// The asset that is changed; none for a new one.
    pub(super) asset: Option<Asset>,
    pub(super) form: AssetForm,
    pub(super) errors: FieldErrors,
    pub(super) people: Vec<Person>,
    pub(super) units: Vec<Unit>,
    /// Whether somebody changed it meanwhile: then the page shows what it is now.
    pub(super) conflict: bool,
}

#[derive(Template)]
#[template(path = "assets/show.html")]
pub(super) struct ShowPage {
    pub(super) ui: Ui,
    pub(super) asset: Asset,
    pub(super) cases: Vec<AffectingCase>,
    pub(super) next: Option<String>,
    pub(super) later: bool,
    pub(super) history: Vec<Step>,
    pub(super) errors: FieldErrors,
    pub(super) reason: String,
}

/// One command of an asset's history, in words.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) past: Past,
    pub(super) what: String,
    /// What changed: label, before, after.
    pub(super) changes: Vec<(String, String, String)>,
}

#[derive(Template)]
#[template(path = "assets/import.html")]
pub(super) struct ImportPage {
    pub(super) ui: Ui,
    pub(super) errors: FieldErrors,
    /// What would be done, when a file was looked at.
    pub(super) plan: Option<ImportPlan>,
    /// The text of the file, to be sent again when it is taken.
    pub(super) text: String,
}

impl ImportPage {
    fn step(&self, step: &ImportStep) -> Markup {
        let (kind, key) = match step {
            ImportStep::Create => ("new", "import-create"),
            ImportStep::Update => ("doing", "import-update"),
            ImportStep::Unchanged => ("done", "import-unchanged"),
            ImportStep::Skipped => ("off", "import-skipped"),
            ImportStep::Wrong => {
                let words = self.ui.t("import-wrong");
                let mark = self.ui.glyph("t-warn");
                return askama::filters::Safe(format!("<span class=\"st crit\">{}{words}</span>", mark.0));
            }
        };
        self.ui.state(kind, key)
    }

    /// What is wrong first, then what changes: at most 500 lines.
    fn shown(&self, plan: &ImportPlan) -> Vec<PlannedLine> {
        let mut lines = plan.lines.clone();
        lines.sort_by_key(|line| match line.step {
            ImportStep::Wrong => 0,
            ImportStep::Create | ImportStep::Update => 1,
            ImportStep::Unchanged | ImportStep::Skipped => 2,
        });
        lines.truncate(500);
        lines
    }

    fn changes_anything(plan: &ImportPlan) -> bool {
        plan.is_right() && plan.count(ImportStep::Create) + plan.count(ImportStep::Update) > 0
    }
}

#[derive(Template)]
#[template(path = "assets/exposure.html")]
pub(super) struct ExposurePage {
    pub(super) ui: Ui,
    pub(super) overview: AssetOverview,
    pub(super) affected: Vec<AffectedNow>,
}

impl ExposurePage {
    /// The kinds there are assets of.
    fn kinds(&self) -> Vec<AssetKind> {
        AssetKind::ALL
            .iter()
            .copied()
            .filter(|kind| self.overview.count(Some(*kind), None) > 0)
            .collect()
    }

    /// How dark a cell is, 0 to 3: the more, the darker.
    fn heat(&self, count: i64) -> i64 {
        match count {
            0 => 0,
            1..=4 => 1,
            5..=19 => 2,
            _ => 3,
        }
    }
}

/// The options of a field that names an asset.
#[derive(Template)]
#[template(path = "assets/options.html")]
pub(super) struct OptionsPart {
    pub(super) ui: Ui,
    pub(super) assets: Vec<Asset>,
}
