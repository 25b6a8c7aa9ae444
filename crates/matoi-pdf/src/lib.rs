//! Documents: PDF, Word, Markdown, Excel and CSV. The only crate that sees Typst.
//!
//! A report goes through three stages, each a public function:
//!
//! 1. [`fill_template`]: data and a Markdown template that users may change become blocks;
//! 2. [`Document`]: blocks, title and control block (文書管理), the same for every format;
//! 3. [`Renderer::pdf`], [`write_docx`], [`write_document`]: blocks become a file.
//!
//! Between the first two a person may edit: [`write_blocks`] gives Markdown, [`parse_markdown`] takes it back.
//! [`Renderer::render_json`] does all of it for a request in JSON, which is how the child process is fed.
//! [`sheet`] writes tables for spreadsheets. README.md tells authors of templates what they may use.
//!
//! The crate does no input or output, reads no clock and starts nothing: fonts and shipped templates are built in, and
//! the same request gives the same bytes. Templates and data are taken for hostile: values cannot become markup, and
//! sizes, depth and running time are limited. What the limits cannot see (a filter over a very long list, a picture that
//! is slow to decode) is left to the limits of the process it runs in.

mod clean;
mod docx;
mod error;
pub mod incident;
mod markdown;
mod measure;
mod model;
mod pdf;
mod picture;
mod request;
pub mod sheet;
mod template;
mod words;

pub use docx::write_docx;
pub use error::{Diagnostic, Error};
pub use markdown::{Parsed, parse_markdown, write_blocks, write_document};
pub use model::{
    Align, Block, Cell, Column, Control, ControlDetail, Document, DocumentState, Inline, Meta, Pair,
    Signature, Table, Tone, plain_text,
};
pub use pdf::{DEFAULT_LAYOUT, Pdf, PdfProfile, Renderer};
pub use picture::Pictures;
pub use request::{Format, Output, Request, RequestPicture, Source};
pub use template::{TextFile, fill_template};
