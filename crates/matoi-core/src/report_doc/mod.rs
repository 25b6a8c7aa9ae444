//! Documents of a case (報告書, D-7): interim, internal and external reports, drawn up from the case, reviewed, approved,
//! distributed.
//!
//! A document is filled once from a template and the case as it was then; after that its text is a person's to change.
//! Its files (PDF, Word, Markdown) always show the text and the signatures of the moment, and are made by a job. What
//! must not leave in an external report is a rule over its text ([`external`]), asked at every step.

pub mod external;
pub(crate) mod findable;
mod gather;
pub mod model;
pub mod render;
pub mod rules;
pub mod service;
mod store;
pub mod template;

pub use model::{
    Document, DocumentForm, DocumentInput, DocumentKind, DocumentState, ExternalInput, StoredForm,
};
pub use render::RenderDocuments;
