//! Documents of a case (報告書, D-7): interim, internal and external reports, made from the case, reviewed, approved, distributed.

pub(crate) mod findable;
pub mod service;
mod store;
