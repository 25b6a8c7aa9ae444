//! One request, one document: what the child process is asked in JSON.

use std::panic::{AssertUnwindSafe, catch_unwind};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use crate::docx::write_docx;
use crate::error::Error;
use crate::markdown::{parse_markdown, write_blocks, write_document};
use crate::model::{Block, Control, Document, Meta};
use crate::pdf::{PdfProfile, Renderer};
use crate::picture::Pictures;
use crate::template::{TextFile, fill_template};

/// A document to be made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// What kind of file.
    pub format: Format,
    /// Title, organisation, language, creation time. A title in the source goes before `meta.title`.
    pub meta: Meta,
    /// The control block.
    #[serde(default)]
    pub control: Option<Control>,
    /// Where the text comes from.
    pub source: Source,
    /// Pictures the text asks for.
    #[serde(default)]
    pub pictures: Vec<RequestPicture>,
    /// A page layout in Typst instead of the shipped one. Only for PDF.
    #[serde(default)]
    pub layout: Option<TextFile>,
    /// What the PDF file promises.
    #[serde(default)]
    pub profile: PdfProfile,
}

/// The kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// PDF.
    Pdf,
    /// Office Open XML for Word and LibreOffice.
    Docx,
    /// Markdown with the control block as a table.
    Markdown,
    /// The text alone as Markdown, for a person to edit; what [`Source::Markdown`] takes.
    Text,
}

/// Where the text comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "from", rename_all = "snake_case")]
pub enum Source {
    /// A template to be filled with data.
    Template {
        /// The template.
        template: TextFile,
        /// The data, a JSON object with at least `lang` and `zone`.
        data: serde_json::Value,
    },
    /// Markdown as a person wrote or edited it.
    Markdown {
        /// The text.
        text: String,
    },
    /// Blocks.
    Blocks {
        /// The blocks.
        blocks: Vec<Block>,
    },
}

/// A picture in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestPicture {
    /// The name by which the text asks for it: `![alt](name)`.
    pub name: String,
    /// PNG or JPEG in base64 (RFC 4648, section 4).
    pub base64: String,
}

/// A document that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The file.
    pub bytes: Vec<u8>,
    /// Its media type.
    pub media_type: &'static str,
    /// Its usual extension, without the dot.
    pub extension: &'static str,
    /// Number of pages, where the format has pages that are known.
    pub pages: Option<usize>,
    /// What a person who writes templates or layouts should know.
    pub warnings: Vec<String>,
}

impl Renderer {
    /// Makes the document that a request in JSON asks for. Takes any bytes.
    ///
    /// A typesetter is a large program that other people wrote: should it panic over a strange document, the answer is
    /// [`Error::Internal`] and the next request finds a working renderer.
    ///
    /// # Errors
    /// [`Error::Request`] if the bytes are no request, else what [`Renderer::render`] gives.
    pub fn render_json(&self, request: &[u8]) -> Result<Output, Error> {
        let request: Request = serde_json::from_slice(request).map_err(|error| Error::Request {
            what: error.to_string(),
        })?;
        // The renderer holds only what it read at its start; a document that failed leaves nothing behind in it.
        catch_unwind(AssertUnwindSafe(|| self.render(&request)))
            .unwrap_or_else(|_| Err(Error::internal("a library panicked over this document")))
    }

    /// Makes the document that a request asks for.
    ///
    /// # Errors
    /// Whatever keeps it from being made; see [`Error`].
    pub fn render(&self, request: &Request) -> Result<Output, Error> {
        let (title, blocks) = match &request.source {
            Source::Template { template, data } => {
                let parsed = fill_template(template, data)?;
                (parsed.title, parsed.blocks)
            }
            Source::Markdown { text } => {
                let parsed = parse_markdown(text)?;
                (parsed.title, parsed.blocks)
            }
            Source::Blocks { blocks } => (None, blocks.clone()),
        };
        let heading = title.as_ref().map(|title| format!("# {title}\n\n"));
        let mut meta = request.meta.clone();
        if let Some(title) = title {
            meta.title = title;
        }
        let document = Document {
            meta,
            control: request.control.clone(),
            blocks,
        };
        let pictures = pictures(&request.pictures)?;
        match request.format {
            Format::Pdf => {
                let pdf = self.pdf(&document, &pictures, request.layout.as_ref(), request.profile)?;
                Ok(Output {
                    bytes: pdf.bytes,
                    media_type: "application/pdf",
                    extension: "pdf",
                    pages: Some(pdf.pages),
                    warnings: pdf.warnings,
                })
            }
            Format::Docx => Ok(Output {
                bytes: write_docx(&document, &pictures)?,
                media_type: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                extension: "docx",
                pages: None,
                warnings: Vec::new(),
            }),
            Format::Markdown => Ok(Output {
                bytes: write_document(&document)?.into_bytes(),
                media_type: "text/markdown; charset=utf-8",
                extension: "md",
                pages: None,
                warnings: Vec::new(),
            }),
            Format::Text => Ok(Output {
                bytes: (heading.unwrap_or_default() + &write_blocks(&document.blocks)).into_bytes(),
                media_type: "text/markdown; charset=utf-8",
                extension: "md",
                pages: None,
                warnings: Vec::new(),
            }),
        }
    }
}

fn pictures(given: &[RequestPicture]) -> Result<Pictures, Error> {
    given
        .iter()
        .map(|picture| {
            let bytes = STANDARD.decode(&picture.base64).map_err(|error| Error::Image {
                name: picture.name.clone(),
                what: error.to_string(),
            })?;
            Ok((picture.name.clone(), bytes))
        })
        .collect()
}
