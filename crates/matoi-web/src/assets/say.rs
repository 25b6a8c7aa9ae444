//! Small marks of assets: importance as bars and a word, condition as a shape and a word.

use matoi_core::assets::table::{importance_key, kind_key, state_key};
use matoi_core::assets::{AssetCondition, AssetKind, AssetState};
use matoi_types::Importance;

use crate::ui::{Markup, Ui};

/// How important something is: one to four of four bars, and the word.
pub(crate) fn importance_mark(ui: &Ui, importance: &Importance) -> Markup {
    let filled = match importance {
        Importance::Critical => 4,
        Importance::High => 3,
        Importance::Medium => 2,
        Importance::Low => 1,
    };
    let mut bars = String::new();
    for at in 0..4 {
        let class = if at < filled { "on" } else { "off" };
        let (x, height) = (at * 4, 4 + at * 3);
        bars.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{}\" width=\"3\" height=\"{height}\"/>",
            13 - height
        ));
    }
    askama::filters::Safe(format!(
        "<span class=\"imp\"><svg viewBox=\"0 0 15 13\" aria-hidden=\"true\">{bars}</svg>{}</span>",
        ui.named("importance-", importance)
    ))
}

/// How an asset fares in a case.
pub(crate) fn condition_mark(ui: &Ui, condition: &AssetCondition) -> Markup {
    let (class, icon) = match condition {
        AssetCondition::Suspected => ("mid", "k-unknown"),
        AssetCondition::Affected => ("crit", "t-warn"),
        AssetCondition::Contained => ("doing", "lock"),
        AssetCondition::Recovered => ("ok", "t-done"),
        AssetCondition::Unaffected => ("info", "s-info"),
    };
    askama::filters::Safe(format!(
        "<span class=\"st {class}\">{}{}</span>",
        ui.glyph(icon).0,
        ui.named("asset-condition-", condition)
    ))
}

/// The words for a kind.
pub(crate) fn kind(ui: &Ui, kind: &AssetKind) -> String {
    ui.t(kind_key(*kind))
}

/// The words for an importance.
pub(crate) fn importance(ui: &Ui, importance: &Importance) -> String {
    ui.t(importance_key(*importance))
}

/// The words for whether an asset is in use.
pub(crate) fn state(ui: &Ui, state: &AssetState) -> String {
    ui.t(state_key(*state))
}

/// Whether a filter says this.
pub(crate) fn is(value: &Option<String>, wanted: &str) -> bool {
    value.as_deref() == Some(wanted)
}
