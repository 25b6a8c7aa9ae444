//! How a sender's own form becomes alerts, as a data file says.
//!
//! A mapping says where title, severity, reference, time and traces stand in the JSON that a program sends. It is data:
//! paths, texts with places to fill in, and tables, nothing that runs. What it cannot make anything of is remarked, and the
//! whole of what was sent is kept with the alert. See `docs/compat.md` for how to write one.

mod apply;
mod model;
mod path;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod time;

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

pub use apply::{Mapped, MappedAlert, apply, content_reference};
pub use model::{
    Accept, AlertRules, MAX_ALERTS, Mapping, ObservableRule, PathText, Paths, Signature, SignatureAlgorithm,
    SignatureEncoding, TagRule, is_name,
};
pub use path::Path;
pub use table::{Chosen, Named, Table};
pub use template::{FirstOf, Template};
pub use time::{TimeFormat, TimeRule};

use serde_json::Value as Json;

use crate::kernel::data::DataError;
use crate::kernel::{Error, Result as CoreResult, Tx};
use crate::rulebook::{self, DataKind};

/// What one version of a mapping, in force or not, would make of a body. Nothing is taken in.
pub async fn try_out(tx: &mut Tx, hash: &str, body: &Json) -> CoreResult<Mapped> {
    let file = rulebook::service::get(tx, hash).await?;
    if file.kind != DataKind::Mapping {
        return Err(Error::NotFound("mapping"));
    }
    let mapping = cached(&file.hash, &file.content).map_err(|error| Error::Internal(error.to_string()))?;
    apply(&mapping, body)
}

/// The mapping behind a hash, read once: content behind a hash never changes.
///
/// # Errors
/// [`DataError`], when the text cannot be read; it was checked when it was kept.
pub fn cached(hash: &str, text: &str) -> Result<Arc<Mapping>, DataError> {
    static CACHE: OnceLock<RwLock<HashMap<String, Arc<Mapping>>>> = OnceLock::new();
    let cache = CACHE.get_or_init(RwLock::default);
    if let Some(found) = cache.read().unwrap_or_else(PoisonError::into_inner).get(hash) {
        return Ok(Arc::clone(found));
    }
    let mapping = Arc::new(Mapping::read(hash, text)?);
    cache
        .write()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(hash.to_owned(), Arc::clone(&mapping));
    Ok(mapping)
}
