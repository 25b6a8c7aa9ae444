//! PDF by Typst.
//!
//! Typst gets the document as JSON in a virtual file and a layout that prints it; nothing from the data is ever Typst
//! source. Its world has no other files, no packages, no clock and no fonts but the two built in.

mod view;
mod world;

use typst::diag::{Severity, SourceDiagnostic};
use typst::foundations::{Datetime, Smart};
use typst::{World, WorldExt};
use typst_layout::PagedDocument;
use typst_pdf::{PdfOptions, PdfStandard, PdfStandards, Timestamp};

use crate::clean;
use crate::error::{Diagnostic, Error};
use crate::model::Document;
use crate::picture::{self, Pictures};
use crate::template::TextFile;
use serde::{Deserialize, Serialize};
use world::{ReportWorld, Shared};

/// The layout that is used when the caller gives none.
pub const DEFAULT_LAYOUT: &str = include_str!("../../../../templates/reports/layout.typ");

/// How long results of layout may wait to be used again, in documents.
const CACHE_AGE: usize = 4;

/// Which promises the file makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PdfProfile {
    /// PDF/A-2a for archives and PDF/UA-1 for screen readers. If a layout breaks one of their rules, the file is written
    /// as [`PdfProfile::Plain`] and a warning says why.
    #[default]
    Archive,
    /// Tagged PDF 1.7.
    Plain,
}

/// A PDF file and what was noticed while it was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pdf {
    /// The file.
    pub bytes: Vec<u8>,
    /// Number of pages.
    pub pages: usize,
    /// What a person who writes layouts should know.
    pub warnings: Vec<String>,
}

/// Makes PDF files. Costs some milliseconds to build; keep it and use it again.
pub struct Renderer {
    shared: Shared,
}

impl Renderer {
    /// Reads the fonts and Typst's library.
    ///
    /// # Errors
    /// [`Error::Internal`] if the fonts that were built in cannot be read.
    pub fn new() -> Result<Self, Error> {
        Ok(Self {
            shared: Shared::new()?,
        })
    }

    /// Lays out a document and writes it as PDF.
    ///
    /// The same document, pictures and layout give the same bytes.
    ///
    /// # Errors
    /// [`Error::Limit`], [`Error::Image`] for a picture, [`Error::Layout`] for a mistake in a given layout.
    pub fn pdf(
        &self,
        document: &Document,
        pictures: &Pictures,
        layout: Option<&TextFile>,
        profile: PdfProfile,
    ) -> Result<Pdf, Error> {
        let document = clean::document(document)?;
        let infos = picture::check(pictures, &document.blocks)?;
        let view = view::document(&document, &infos, self.shared.regular())?;
        let name = layout.map_or("layout.typ", |file| file.name.as_str());
        let world = ReportWorld::new(
            &self.shared,
            layout.map(|file| file.text.as_str()),
            view,
            pictures,
            &infos,
        )?;
        let outcome = self.export(&world, &document, profile, name);
        typst::comemo::evict(CACHE_AGE);
        outcome
    }

    fn export(
        &self,
        world: &ReportWorld<'_>,
        document: &Document,
        profile: PdfProfile,
        name: &str,
    ) -> Result<Pdf, Error> {
        let compiled = typst::compile::<PagedDocument>(world);
        let mut warnings: Vec<String> = compiled
            .warnings
            .iter()
            .map(|w| diagnostic(world, w, name).to_string())
            .collect();
        let paged = compiled.output.map_err(|errors| first(world, &errors, name))?;
        let mut options = PdfOptions {
            ident: Smart::Custom(identity(document)),
            creator: Smart::Custom(Some("Matoi".to_owned())),
            timestamp: created(document),
            ..PdfOptions::default()
        };
        if profile == PdfProfile::Archive {
            options.standards = archive_standards()?;
            match typst_pdf::pdf(&paged, &options) {
                Ok(bytes) => return Ok(pdf(bytes, &paged, warnings)),
                Err(errors) => warnings.extend(
                    errors
                        .iter()
                        .map(|e| format!("written without PDF/A and PDF/UA: {}", diagnostic(world, e, name))),
                ),
            }
            options.standards = PdfStandards::default();
        }
        let bytes = typst_pdf::pdf(&paged, &options).map_err(|errors| first(world, &errors, name))?;
        Ok(pdf(bytes, &paged, warnings))
    }
}

fn pdf(bytes: Vec<u8>, paged: &PagedDocument, warnings: Vec<String>) -> Pdf {
    Pdf {
        bytes,
        pages: paged.pages().len(),
        warnings,
    }
}

fn archive_standards() -> Result<PdfStandards, Error> {
    PdfStandards::new(&[PdfStandard::A_2a, PdfStandard::Ua_1])
        .map_err(|error| Error::internal(error.message()))
}

/// What stays the same over all renderings of one version of one document.
fn identity(document: &Document) -> String {
    match &document.control {
        Some(control) => format!("{} {}", control.number, control.version),
        None => format!("{} {}", document.meta.title, document.meta.created),
    }
}

fn created(document: &Document) -> Option<Timestamp> {
    let time = document.meta.created.to_jiff().to_zoned(jiff::tz::TimeZone::UTC);
    let datetime = Datetime::from_ymd_hms(
        i32::from(time.year()),
        u8::try_from(time.month()).ok()?,
        u8::try_from(time.day()).ok()?,
        u8::try_from(time.hour()).ok()?,
        u8::try_from(time.minute()).ok()?,
        u8::try_from(time.second()).ok()?,
    )?;
    Some(Timestamp::new_utc(datetime))
}

fn first(world: &ReportWorld<'_>, errors: &[SourceDiagnostic], name: &str) -> Error {
    errors
        .iter()
        .find(|d| d.severity == Severity::Error)
        .or(errors.first())
        .map_or_else(
            || Error::internal("typst gave no reason"),
            |error| Error::Layout {
                at: diagnostic(world, error, name),
            },
        )
}

fn diagnostic(world: &ReportWorld<'_>, found: &SourceDiagnostic, name: &str) -> Diagnostic {
    let source = world.source(world.main()).ok();
    let place = source.as_ref().and_then(|source| {
        (found.span.id() == Some(source.id())).then_some(())?;
        let range = world.range(found.span)?;
        let (line, column) = source.lines().byte_to_line_column(range.start)?;
        let text = source.text().get(range)?;
        Some((
            u32::try_from(line + 1).ok()?,
            u32::try_from(column + 1).ok()?,
            text.to_owned(),
        ))
    });
    let (line, column, subject) = match place {
        Some((line, column, text)) => (Some(line), Some(column), Some(text)),
        None => (None, None, None),
    };
    Diagnostic {
        file: name.to_owned(),
        line,
        column,
        what: std::iter::once(&found.message)
            .chain(found.hints.iter().map(|hint| &hint.v))
            .map(|text| text.as_str())
            .collect::<Vec<_>>()
            .join("; "),
        subject: subject.filter(|text| text.len() <= 120 && !text.contains('\n')),
    }
}
