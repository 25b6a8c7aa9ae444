//! What the core needs from outside and never reaches for itself: hostile parsing and document making, which run in
//! processes that can be lost. Plain data goes in and comes out; only the binary wires them.

use std::future::Future;
use std::pin::Pin;

use matoi_mail::ParsedMail;
use matoi_types::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::Result;
use crate::files::FileFacts;

/// A future that can be kept in a box.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Takes hostile input apart.
pub trait Parsers: Send + Sync + 'static {
    /// A mail with the bytes of its attachments. Anything is a mail; an error means that the parser was lost, and trying
    /// again once is worth it.
    fn mail(&self, raw: Vec<u8>, received_at: Timestamp) -> Boxed<'_, Result<ParsedMail>>;

    /// What a file is, by its bytes.
    fn file_facts(
        &self,
        content: Vec<u8>,
        name: String,
        declared_type: String,
    ) -> Boxed<'_, Result<FileFacts>>;
}

/// The parsers in this process: for tests, and for programs that handle only their own input.
#[derive(Debug, Clone, Copy, Default)]
pub struct InProcess;

impl Parsers for InProcess {
    fn mail(&self, raw: Vec<u8>, received_at: Timestamp) -> Boxed<'_, Result<ParsedMail>> {
        let limits = matoi_mail::Limits {
            received_at: Some(received_at),
            ..matoi_mail::Limits::default()
        };
        Box::pin(async move { Ok(matoi_mail::parse(&raw, &limits)) })
    }

    fn file_facts(
        &self,
        content: Vec<u8>,
        name: String,
        declared_type: String,
    ) -> Boxed<'_, Result<FileFacts>> {
        Box::pin(async move { Ok(facts_of(&content, &name, &declared_type)) })
    }
}

/// What a file is, by its bytes. Runs where losing the process loses nothing.
#[must_use]
pub fn facts_of(content: &[u8], name: &str, declared_type: &str) -> FileFacts {
    let declared = Some(declared_type).filter(|text| !text.is_empty());
    let sniffed = matoi_mail::sniff(content, Some(name), declared);
    let archive = matoi_mail::archive_facts(content, sniffed.kind, &matoi_mail::Limits::default());
    FileFacts {
        sniffed: Some(sniffed),
        archive,
        name: Some(matoi_mail::FileName::new(name)),
    }
}

/// Bytes that were stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// Where they are.
    pub blob: String,
    /// How many.
    pub size: u64,
    /// Their SHA-256, in hex.
    pub sha256: String,
}

/// Keeps files, encrypted. What `put` has returned is durable.
pub trait Files: Send + Sync + 'static {
    /// Stores bytes.
    fn put(&self, content: Vec<u8>) -> Boxed<'_, Result<StoredFile>>;

    /// Reads stored bytes; none when there are none.
    fn get(&self, blob: String) -> Boxed<'_, Result<Option<Vec<u8>>>>;

    /// Removes bytes that nothing names. What cannot be removed now is found by the next sweep.
    fn discard(&self, blob: String) -> Boxed<'_, ()>;
}

/// A file that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MadeFile {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Pages, where the form has pages that are known.
    pub pages: Option<i64>,
}

/// A table for a spreadsheet.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sheet {
    /// The name on its tab.
    pub name: String,
    /// Heading and kind of each column.
    pub columns: Vec<SheetColumn>,
    /// The rows.
    pub rows: Vec<Vec<SheetCell>>,
}

/// A column of a [`Sheet`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SheetColumn {
    /// Its heading.
    pub title: String,
    /// Its width in characters.
    pub width: u16,
}

/// A cell of a [`Sheet`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SheetCell {
    /// Nothing.
    Empty,
    /// A text, never a formula.
    Text(String),
    /// A whole number.
    Int(i64),
    /// A number.
    Number(f64),
    /// A point in time, shown in the sheet's zone.
    Time(Timestamp),
    /// A length of time in seconds.
    Duration(i64),
}

/// Makes documents. What it is asked and what it answers is described in the README of the crate `matoi-pdf`.
pub trait Documents: Send + Sync + 'static {
    /// Fills a template with data, a JSON object. Gives Markdown that a person may edit.
    ///
    /// A template that is wrong is [`Error::Invalid`](super::Error::Invalid) at `/template`.
    fn fill(&self, name: String, template: String, data: Json) -> Boxed<'_, Result<String>>;

    /// Makes a file as a request in JSON says.
    ///
    /// A text that cannot be set is [`Error::Invalid`](super::Error::Invalid) at `/content`.
    fn make(&self, request: Json) -> Boxed<'_, Result<MadeFile>>;

    /// A spreadsheet. Times are shown in `zone`.
    fn workbook(&self, sheets: Vec<Sheet>, zone: String) -> Boxed<'_, Result<Vec<u8>>>;
}
