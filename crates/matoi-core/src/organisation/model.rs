//! Nouns of the organisation.

use matoi_types::{Lang, Tlp, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::kernel::data::Bilingual;

/// The organisation this installation belongs to.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Organisation {
    /// Its name.
    pub name: Bilingual,
    /// Whom the centre serves (サービス対象).
    pub constituency: Bilingual,
    /// The language of pages for people who have not chosen one.
    pub lang: Lang,
    /// The IANA time zone of its documents and public pages.
    pub zone: String,
    /// The telephone of the desk, shown on the public form.
    pub desk_phone: String,
    /// The mail address of the desk.
    pub desk_mail: String,
    /// Its own domains: observables within them are marked as own.
    pub own_domains: Vec<String>,
    /// Its own networks, as addresses or CIDR.
    pub own_networks: Vec<String>,
    /// The label that new reports and cases get.
    pub default_tlp: Tlp,
    /// The month in which the fiscal year begins, 1 to 12.
    pub fiscal_year_start: i64,
    /// Version for `If-Match`.
    pub version: i64,
}

/// What can be changed of the organisation.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OrganisationInput {
    /// Its name, at most 200 characters in each language.
    pub name: Bilingual,
    /// Whom the centre serves, at most 500 characters in each language.
    pub constituency: Bilingual,
    /// The language of pages for people who have not chosen one.
    pub lang: Lang,
    /// An IANA time zone, like `Asia/Tokyo`.
    pub zone: String,
    /// The telephone of the desk.
    #[serde(default)]
    pub desk_phone: String,
    /// The mail address of the desk.
    #[serde(default)]
    pub desk_mail: String,
    /// Its own domains.
    #[serde(default)]
    pub own_domains: Vec<String>,
    /// Its own networks.
    #[serde(default)]
    pub own_networks: Vec<String>,
    /// The label that new reports and cases get.
    #[serde(default = "default_tlp")]
    pub default_tlp: Tlp,
    /// The month in which the fiscal year begins, 1 to 12.
    #[serde(default = "april")]
    pub fiscal_year_start: i64,
}

const fn default_tlp() -> Tlp {
    Tlp::Amber
}

const fn april() -> i64 {
    4
}

/// A unit of the organisation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Unit {
    /// Its identifier.
    pub id: UnitId,
    /// The unit above.
    pub parent_id: Option<UnitId>,
    /// Its name.
    pub name: Bilingual,
    /// Version for `If-Match`.
    pub version: i64,
}

/// What can be said of a unit.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UnitInput {
    /// The unit above; none for one at the top. Cannot be changed later.
    #[serde(default)]
    pub parent_id: Option<UnitId>,
    /// Its name, at most 200 characters in each language.
    pub name: Bilingual,
}
