//! Nouns of the register of assets.

use matoi_types::{AccountId, AssetId, CaseId, Importance, Priority, Timestamp, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::cases::{CaseKind, CaseState};
use crate::kernel::data::Bilingual;
use crate::kernel::named;

named! {
    /// What kind of thing an asset is.
    AssetKind {
        /// A server, physical or virtual.
        Server = "server",
        /// A computer or a telephone that somebody works with.
        Client = "client",
        /// A router, a switch, a firewall, an access point.
        NetworkDevice = "network_device",
        /// A program or a system of several machines.
        Application = "application",
        /// A service that the organisation gives or uses.
        Service = "service",
        /// Information, wherever it lies.
        Data = "data",
        /// An account or an identity, like that of an administrator.
        Account = "account",
        /// A building, a room, a line.
        Facility = "facility",
        /// A device that controls machines or processes.
        OtDevice = "ot_device",
        /// A tenant or a subscription in somebody else's cloud.
        Cloud = "cloud",
        /// Anything else.
        Other = "other",
    }
}

named! {
    /// How an asset fares in a case.
    AssetCondition {
        /// It may be affected; nobody knows yet.
        Suspected = "suspected",
        /// It is affected.
        Affected = "affected",
        /// It is affected and cut off or stopped.
        Contained = "contained",
        /// It was affected and works again.
        Recovered = "recovered",
        /// It was looked into and is not affected.
        Unaffected = "unaffected",
    }
}

impl AssetCondition {
    /// Whether the asset is, or may be, affected at present.
    #[must_use]
    pub const fn is_affected(self) -> bool {
        matches!(self, Self::Suspected | Self::Affected | Self::Contained)
    }
}

named! {
    /// Whether an asset is in use.
    AssetState {
        /// It is.
        InUse = "in_use",
        /// It is not any more.
        Retired = "retired",
    }
}

/// An asset.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Asset {
    /// Its identifier.
    pub id: AssetId,
    /// Its name, unique among the assets in use, however it is spelt.
    pub name: String,
    /// What kind of thing.
    pub kind: AssetKind,
    /// How much the organisation depends on it.
    pub importance: Importance,
    /// Who answers for it.
    pub owner_id: Option<AccountId>,
    /// Their name.
    pub owner: Option<String>,
    /// The unit that answers for it.
    pub unit_id: Option<UnitId>,
    /// Its name.
    pub unit: Option<Bilingual>,
    /// Host names, addresses, domains and mail addresses by which it is recognised, in canonical form.
    pub identifiers: Vec<String>,
    /// What else is worth knowing.
    pub note: String,
    /// Whether it is in use.
    pub state: AssetState,
    /// When it was retired.
    pub retired_at: Option<Timestamp>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Version for `If-Match`.
    pub version: i64,
    /// The name as it is compared and sorted.
    #[serde(skip)]
    pub name_key: String,
}

/// What a new asset is.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssetInput {
    /// Its name, at most 200 characters.
    pub name: String,
    /// What kind of thing.
    #[serde(default = "other")]
    pub kind: AssetKind,
    /// How much the organisation depends on it.
    #[serde(default = "medium")]
    pub importance: Importance,
    /// Who answers for it.
    #[serde(default)]
    pub owner_id: Option<AccountId>,
    /// The unit that answers for it.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// Host names, addresses, domains and mail addresses, at most 100; defanged and full-width ones are understood.
    #[serde(default)]
    pub identifiers: Vec<String>,
    /// What else is worth knowing, at most 5,000 characters.
    #[serde(default)]
    pub note: String,
}

const fn other() -> AssetKind {
    AssetKind::Other
}

const fn medium() -> Importance {
    Importance::Medium
}

/// What can be changed of an asset. Absent fields stay as they are; `null` empties those that may be empty.
#[derive(Debug, Clone, Default, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AssetUpdate {
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What kind of thing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<AssetKind>,
    /// How much the organisation depends on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// Who answers for it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<AccountId>)]
    pub owner_id: Option<Option<AccountId>>,
    /// The unit that answers for it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(value_type = Option<UnitId>)]
    pub unit_id: Option<Option<UnitId>>,
    /// By what it is recognised; replaces the former list.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identifiers: Option<Vec<String>>,
    /// What else is worth knowing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A field that is there, even as `null`.
fn given<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(deserializer).map(Some)
}

/// Which assets are wanted.
#[derive(Debug, Clone, Default)]
pub struct AssetFilter {
    /// Of one of these kinds.
    pub kinds: Vec<AssetKind>,
    /// At least this important.
    pub importance_at_least: Option<Importance>,
    /// That this account answers for.
    pub owner: Option<AccountId>,
    /// That no account and no unit answers for.
    pub unowned: bool,
    /// That this unit answers for.
    pub unit: Option<UnitId>,
    /// Retired ones instead of those in use.
    pub retired: bool,
    /// Those in use and retired ones.
    pub all: bool,
    /// With this in the name, or as an identifier.
    pub text: Option<String>,
}

/// The order of a list of assets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AssetOrder {
    /// By name.
    #[default]
    Name,
    /// Most important first, then last changed.
    Importance,
    /// Last changed first.
    Updated,
}

/// An asset of a case, and how it fares there.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AffectedAsset {
    /// The asset.
    pub asset_id: AssetId,
    /// Its name.
    pub name: String,
    /// What kind of thing.
    pub kind: AssetKind,
    /// How much the organisation depends on it.
    pub importance: Importance,
    /// Whether it is in use.
    pub state: AssetState,
    /// How it fares.
    pub condition: AssetCondition,
    /// What is known of it here.
    pub note: String,
    /// Who noted it.
    pub added_by: Option<String>,
    /// When.
    pub added_at: Timestamp,
    /// The case it was noted in: this one, or one that became part of it.
    pub case_id: CaseId,
    /// The number of that case.
    pub case_number: String,
}

/// What is said of an asset that a case affects: one that is registered, by identifier or by name, or a new one.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectedInput {
    /// The asset.
    #[serde(default)]
    pub asset_id: Option<AssetId>,
    /// Its name or one of its identifiers, instead.
    #[serde(default)]
    pub name: Option<String>,
    /// An asset that is not registered yet, instead: it is registered.
    #[serde(default)]
    pub new: Option<AssetInput>,
    /// How it fares.
    #[serde(default = "suspected")]
    pub condition: AssetCondition,
    /// What is known of it here, at most 1,000 characters.
    #[serde(default)]
    pub note: String,
}

const fn suspected() -> AssetCondition {
    AssetCondition::Suspected
}

/// How an asset fares in a case now.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AffectedUpdate {
    /// How it fares.
    pub condition: AssetCondition,
    /// What is known of it here, at most 1,000 characters.
    #[serde(default)]
    pub note: String,
}

/// A case that an asset is noted in.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AffectingCase {
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub number: String,
    /// Its title.
    pub title: String,
    /// What kind of work it is.
    pub kind: CaseKind,
    /// How urgent it is.
    pub priority: Priority,
    /// Whether it is being worked on.
    pub state: CaseState,
    /// How the asset fares in it.
    pub condition: AssetCondition,
    /// What is known of it there.
    pub note: String,
    /// When it was noted.
    pub added_at: Timestamp,
}

/// The register in figures, within what the caller may see.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetOverview {
    /// Assets in use.
    pub in_use: i64,
    /// Retired ones.
    pub retired: i64,
    /// Assets in use that nobody answers for.
    pub unowned: i64,
    /// Assets that cases being worked on affect, or may affect.
    pub affected: i64,
    /// Assets in use by kind and importance; what there is none of is left out.
    pub counts: Vec<AssetCount>,
}

/// How many assets there are of one kind and importance.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AssetCount {
    /// The kind.
    pub kind: AssetKind,
    /// The importance.
    pub importance: Importance,
    /// How many.
    pub count: i64,
}

impl AssetOverview {
    /// How many there are of a kind and an importance; of all where none is given.
    #[must_use]
    pub fn count(&self, kind: Option<AssetKind>, importance: Option<Importance>) -> i64 {
        self.counts
            .iter()
            .filter(|one| {
                kind.is_none_or(|kind| kind == one.kind)
                    && importance.is_none_or(|importance| importance == one.importance)
            })
            .map(|one| one.count)
            .sum()
    }
}

/// An asset that a case being worked on affects.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AffectedNow {
    /// The asset.
    pub asset_id: AssetId,
    /// Its name.
    pub name: String,
    /// What kind of thing.
    pub kind: AssetKind,
    /// How much the organisation depends on it.
    pub importance: Importance,
    /// How it fares there.
    pub condition: AssetCondition,
    /// The case.
    pub case_id: CaseId,
    /// Its number.
    pub case_number: String,
    /// Its title.
    pub case_title: String,
}
