//! Files that came with something: encrypted at rest, hostile by default, never opened here.
//!
//! The bytes go to the encrypted store before the row that names them; what is deleted leaves a trace. What a file
//! really is was found out by its bytes, in a process that can be lost.

pub(crate) mod findable;
pub mod model;
pub mod service;
mod store;

pub use model::{Attachment, FileFacts, NewFile, Owner};
