//! Which assets are wanted, as a query string says it: the same words for the page, the file and the API.

use matoi_core::assets::{AssetFilter, AssetKind, AssetOrder};
use matoi_core::kernel::PageRequest;
use matoi_core::kernel::check::Fields;
use matoi_core::{Caller, Error};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::filter::{given, wrong};
use crate::ui::url_encode;

/// The filters of the register. Several kinds are separated by commas and mean "one of".
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(super) struct AssetQuery {
    /// A part of the name, or a whole identifier, however it is spelt.
    pub(super) q: Option<String>,
    /// Kinds, like `server,cloud`.
    pub(super) kind: Option<String>,
    /// At least this important.
    #[serde(rename = "importance.gte")]
    pub(super) importance_gte: Option<String>,
    /// `me`, `none` (neither account nor unit), or an account's identifier.
    pub(super) owner: Option<String>,
    /// A unit's identifier.
    pub(super) unit: Option<String>,
    /// `in_use` (when not given), `retired`, or `all`.
    pub(super) state: Option<String>,
    /// `name` (when not given), `-importance` or `-updated`.
    pub(super) sort: Option<String>,
    /// `next` of the page before.
    pub(super) cursor: Option<String>,
    /// Rows of a page, 1 to 200; 50 when not given.
    #[param(minimum = 1, maximum = 200)]
    pub(super) limit: Option<u32>,
}

impl AssetQuery {
    /// The filter and order it stands for.
    ///
    /// # Errors
    /// [`Error::Invalid`] naming each parameter that is not right.
    pub(super) fn read(&self, caller: &Caller) -> Result<(AssetFilter, AssetOrder), Error> {
        let mut fields = Fields::new();
        let mut filter = AssetFilter {
            text: given(&self.q).map(|text| text.chars().take(200).collect()),
            ..AssetFilter::default()
        };
        if let Some(kinds) = given(&self.kind) {
            for kind in kinds.split(',').map(str::trim).filter(|kind| !kind.is_empty()) {
                match kind.parse::<AssetKind>() {
                    Ok(kind) => filter.kinds.push(kind),
                    Err(_) => {
                        let all: Vec<_> = AssetKind::ALL.iter().map(|kind| kind.as_str()).collect();
                        wrong(&mut fields, "/kind", &all.join(", "));
                    }
                }
            }
        }
        if let Some(importance) = given(&self.importance_gte) {
            filter.importance_at_least = importance.parse().ok();
            if filter.importance_at_least.is_none() {
                wrong(&mut fields, "/importance.gte", "low, medium, high, critical");
            }
        }
        match given(&self.owner) {
            Some("me") => filter.owner = caller.account(),
            Some("none") => filter.unowned = true,
            Some(id) => filter.owner = fields.parsed("/owner", id, "error-person-filter"),
            None => {}
        }
        if let Some(unit) = given(&self.unit) {
            filter.unit = fields.parsed("/unit", unit, "error-unknown-unit");
        }
        match given(&self.state) {
            None | Some("in_use") => {}
            Some("retired") => filter.retired = true,
            Some("all") => filter.all = true,
            Some(_) => wrong(&mut fields, "/state", "in_use, retired, all"),
        }
        let order = match given(&self.sort) {
            None | Some("name") => AssetOrder::Name,
            Some("-importance") => AssetOrder::Importance,
            Some("-updated") => AssetOrder::Updated,
            Some(_) => {
                wrong(&mut fields, "/sort", "name, -importance, -updated");
                AssetOrder::Name
            }
        };
        fields.done()?;
        Ok((filter, order))
    }

    pub(super) fn page(&self) -> PageRequest {
        PageRequest {
            cursor: given(&self.cursor).map(str::to_owned),
            limit: self.limit,
        }
    }

    /// The same query with another page.
    pub(super) fn link(&self, cursor: Option<&str>) -> String {
        let pairs = [
            ("q", given(&self.q)),
            ("kind", given(&self.kind)),
            ("importance.gte", given(&self.importance_gte)),
            ("owner", given(&self.owner)),
            ("unit", given(&self.unit)),
            ("state", given(&self.state)),
            ("sort", given(&self.sort)),
            ("cursor", cursor),
        ];
        let said: Vec<String> = pairs
            .into_iter()
            .filter_map(|(name, value)| Some(format!("{name}={}", url_encode(value?))))
            .collect();
        if said.is_empty() {
            String::new()
        } else {
            format!("?{}", said.join("&"))
        }
    }
}
