//! Small marks with one meaning everywhere: severity, state, label, service. Shape, word and colour together.

use askama::filters::Safe;
use matoi_types::{Priority, Severity, Tlp};

use super::Ui;

/// HTML that was made by the program and is not escaped again.
pub type Markup = Safe<String>;

impl Ui {
    /// An icon of the sprite, hidden from screen readers: the word beside it says the same.
    #[must_use]
    pub fn icon(&self, name: &str) -> Markup {
        Safe(format!(
            "<svg class=\"ic\" aria-hidden=\"true\"><use href=\"{}#{name}\"/></svg>",
            self.asset("icons.svg")
        ))
    }

    /// An icon without the size of an icon in text, for marks that set their own.
    #[must_use]
    pub fn glyph(&self, name: &str) -> Markup {
        Safe(format!(
            "<svg aria-hidden=\"true\"><use href=\"{}#{name}\"/></svg>",
            self.asset("icons.svg")
        ))
    }

    /// Severity: diamond, triangle, half square, ring, bar.
    #[must_use]
    pub fn severity(&self, severity: &Severity) -> Markup {
        let (class, icon) = match severity {
            Severity::Critical => ("crit", "s-crit"),
            Severity::High => ("high", "s-high"),
            Severity::Medium => ("mid", "s-mid"),
            Severity::Low => ("low", "s-low"),
            Severity::Info => ("info", "s-info"),
        };
        let word = self.named("severity-", severity);
        Safe(format!(
            "<span class=\"sev {class}\">{}{word}</span>",
            self.glyph(icon).0
        ))
    }

    /// Priority as a chip, `P1` to `P4`.
    #[must_use]
    pub fn priority(&self, priority: &Priority) -> Markup {
        let word = self.named("priority-", priority);
        Safe(format!("<span class=\"chip {priority}\">{word}</span>"))
    }

    /// A TLP 2.0 label in the colours of the standard.
    #[must_use]
    pub fn tlp(&self, tlp: &Tlp) -> Markup {
        let class = match tlp {
            Tlp::Red => "red",
            Tlp::Amber | Tlp::AmberStrict => "amber",
            Tlp::Green => "green",
            Tlp::Clear => "clear",
        };
        Safe(format!("<span class=\"tlp {class}\">{tlp}</span>"))
    }

    /// A state: dotted ring 未着手, half disc 対応中, two bars 待ち, check 済, clock 超過.
    #[must_use]
    pub fn state(&self, kind: &str, key: &str) -> Markup {
        let (class, icon) = match kind {
            "done" => ("ok", "t-done"),
            "doing" => ("doing", "t-doing"),
            "wait" => ("mid", "t-wait"),
            "late" => ("crit", "t-late"),
            "off" => ("info", "s-info"),
            _ => ("info", "t-new"),
        };
        Safe(format!(
            "<span class=\"st {class}\">{}{}</span>",
            self.glyph(icon).0,
            self.t(key)
        ))
    }
}
