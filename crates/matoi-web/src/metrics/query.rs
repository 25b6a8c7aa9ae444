//! Which figures are wanted, as a query string says it.

use matoi_core::Error;
use matoi_core::kernel::check::Fields;
use matoi_core::metrics::MetricsFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::ui::url_encode;

/// The period, and which cases are counted.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct MetricsQuery {
    /// The first month, like `2026-01`; a year before the last when not given.
    pub(super) from: Option<String>,
    /// The last month; the present one when not given. At most 60 months.
    pub(super) until: Option<String>,
    /// Cases of this kind only: `incident` or `inquiry`.
    pub(super) kind: Option<String>,
    /// Cases of this priority only: `p1` to `p4`.
    pub(super) priority: Option<String>,
}

impl MetricsQuery {
    /// The filter it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn read(&self) -> Result<MetricsFilter, Error> {
        let mut fields = Fields::new();
        let kind = given(&self.kind).and_then(|kind| fields.parsed("/kind", kind, "error-choose"));
        let priority =
            given(&self.priority).and_then(|priority| fields.parsed("/priority", priority, "error-choose"));
        fields.done()?;
        Ok(MetricsFilter {
            from: given(&self.from).map(str::to_owned),
            until: given(&self.until).map(str::to_owned),
            kind,
            priority,
        })
    }

    /// The same query as a link.
    pub(super) fn link(&self) -> String {
        let pairs = [
            ("from", &self.from),
            ("until", &self.until),
            ("kind", &self.kind),
            ("priority", &self.priority),
        ];
        let said: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", url_encode(given(value)?))))
            .collect();
        if said.is_empty() {
            String::new()
        } else {
            format!("?{}", said.join("&"))
        }
    }
}

fn given(value: &Option<String>) -> Option<&str> {
    value.as_deref().map(str::trim).filter(|text| !text.is_empty())
}
