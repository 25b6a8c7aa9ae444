//! First response: what to do and what to keep until help comes, per kind of report.

use matoi_types::Severity;

use crate::kernel::data::Bilingual;

/// The category of what fits no other.
pub const OTHER: &str = "other";

/// A kind of report.
#[derive(Debug, Clone)]
pub struct Category {
    /// Its identifier.
    pub id: String,
    /// Its name on the form.
    pub label: Bilingual,
    /// How bad it usually is.
    pub severity: Severity,
}

/// Every category.
#[must_use]
pub fn categories() -> &'static [Category] {
    static ALL: std::sync::OnceLock<Vec<Category>> = std::sync::OnceLock::new();
    ALL.get_or_init(|| {
        let c = |id: &str, ja: &str, en: &str, severity| Category {
            id: id.to_owned(),
            label: Bilingual {
                ja: ja.to_owned(),
                en: en.to_owned(),
            },
            severity,
        };
        vec![
            c(
                "file_locked",
                "ファイルが開けない、脅す文が出た",
                "Files do not open, a threat appeared",
                Severity::High,
            ),
            c(
                OTHER,
                "その他、わからない",
                "Something else, not sure",
                Severity::Medium,
            ),
        ]
    })
}

/// A category by identifier.
#[must_use]
pub fn category(id: &str) -> Option<&'static Category> {
    categories().iter().find(|category| category.id == id)
}
