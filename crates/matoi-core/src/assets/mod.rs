//! Assets: a small register of what the organisation depends on, who answers for it, and in which cases it is affected.
//!
//! An asset is retired, never deleted: old cases keep naming it. The register knows names and importance, not the inside of
//! machines: it is no inventory that scans, and it never learns of a case what its reader may not know.

pub mod affected;
pub(crate) mod findable;
pub mod import;
pub mod model;
pub mod rules;
pub mod service;
mod store;
pub mod table;

pub use model::{
    AffectedAsset, AffectedInput, AffectedNow, AffectedUpdate, AffectingCase, Asset, AssetCondition,
    AssetCount, AssetFilter, AssetInput, AssetKind, AssetOrder, AssetOverview, AssetState, AssetUpdate,
};
