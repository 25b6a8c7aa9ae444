//! Word files (Office Open XML, ECMA-376 Transitional), for Word and LibreOffice.
//!
//! The parts are written directly, because what makes a report usable in Word is what small writers leave out: heading
//! styles with real numbering, header rows that repeat, language tags, East Asian font names, document properties, the
//! draft mark, and the same bytes for the same document.

mod body;
mod frame;
mod styles;
mod table;
mod xml;

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::clean;
use crate::error::Error;
use crate::model::{Document, DocumentState};
use crate::picture::{self, Pictures};
use body::Body;
use xml::Xml;

const WORD: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.";
const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006/relationships";

/// Namespaces of `document.xml`, header and footer.
const NAMESPACES: xml::Attributes<'static> = &[
    (
        "xmlns:w",
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    ),
    ("xmlns:r", RELATIONS),
    (
        "xmlns:wp",
        "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing",
    ),
    ("xmlns:a", "http://schemas.openxmlformats.org/drawingml/2006/main"),
    (
        "xmlns:pic",
        "http://schemas.openxmlformats.org/drawingml/2006/picture",
    ),
    ("xmlns:v", "urn:schemas-microsoft-com:vml"),
    ("xmlns:o", "urn:schemas-microsoft-com:office:office"),
];

/// Writes a document as a Word file.
///
/// # Errors
/// [`Error::Limit`] if it is too deep or too large, [`Error::Image`] for a picture.
pub fn write_docx(document: &Document, pictures: &Pictures) -> Result<Vec<u8>, Error> {
    let document = clean::document(document)?;
    let infos = picture::check(pictures, &document.blocks)?;
    let body = Body::of(&document, &infos);
    let mut package = Package::new();
    package.part("[Content_Types].xml", &content_types())?;
    package.part("_rels/.rels", &package_relations())?;
    package.part("docProps/core.xml", &core_properties(&document))?;
    package.part("docProps/app.xml", &app_properties(&document))?;
    package.part("word/styles.xml", &styles::styles(document.meta.lang))?;
    package.part("word/numbering.xml", &styles::numbering(&body.ordered_lists))?;
    package.part("word/settings.xml", &styles::settings(document.meta.lang))?;
    package.part("word/fontTable.xml", &styles::font_table())?;
    package.part("word/header1.xml", &frame::header(&document))?;
    package.part("word/footer1.xml", &frame::footer(&document))?;
    package.part("word/_rels/document.xml.rels", &document_relations(&body))?;
    for (target, name) in &body.media {
        if let Some(bytes) = pictures.get(name) {
            package.part(&format!("word/{target}"), bytes)?;
        }
    }
    package.part("word/document.xml", &body.xml)?;
    package.finish()
}

/// The ZIP archive that is the file.
struct Package {
    zip: ZipWriter<Cursor<Vec<u8>>>,
    options: SimpleFileOptions,
}

impl Package {
    fn new() -> Self {
        Self {
            zip: ZipWriter::new(Cursor::new(Vec::new())),
            // A fixed time, or the same document would give other bytes tomorrow.
            options: SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .last_modified_time(DateTime::default()),
        }
    }

    fn part(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        self.zip.start_file(name, self.options).map_err(Error::internal)?;
        self.zip.write_all(bytes).map_err(Error::internal)
    }

    fn finish(self) -> Result<Vec<u8>, Error> {
        Ok(self.zip.finish().map_err(Error::internal)?.into_inner())
    }
}

fn content_types() -> Vec<u8> {
    let mut xml = Xml::new(
        "Types",
        &[(
            "xmlns",
            "http://schemas.openxmlformats.org/package/2006/content-types",
        )],
    );
    for (extension, kind) in [
        ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
        ("xml", "application/xml"),
        ("png", "image/png"),
        ("jpg", "image/jpeg"),
    ] {
        xml.leaf("Default", &[("Extension", extension), ("ContentType", kind)]);
    }
    for (part, kind) in [
        ("document", "document.main+xml"),
        ("styles", "styles+xml"),
        ("numbering", "numbering+xml"),
        ("settings", "settings+xml"),
        ("fontTable", "fontTable+xml"),
        ("header1", "header+xml"),
        ("footer1", "footer+xml"),
    ] {
        xml.leaf(
            "Override",
            &[
                ("PartName", &format!("/word/{part}.xml")),
                ("ContentType", &format!("{WORD}{kind}")),
            ],
        );
    }
    for (part, kind) in [
        (
            "core",
            "application/vnd.openxmlformats-package.core-properties+xml",
        ),
        (
            "app",
            "application/vnd.openxmlformats-officedocument.extended-properties+xml",
        ),
    ] {
        xml.leaf(
            "Override",
            &[
                ("PartName", &format!("/docProps/{part}.xml")),
                ("ContentType", kind),
            ],
        );
    }
    xml.finish()
}

fn package_relations() -> Vec<u8> {
    let mut xml = Xml::new("Relationships", &[("xmlns", PACKAGE)]);
    let core = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties";
    relation(
        &mut xml,
        "rId1",
        &format!("{RELATIONS}/officeDocument"),
        "word/document.xml",
    );
    relation(&mut xml, "rId2", core, "docProps/core.xml");
    relation(
        &mut xml,
        "rId3",
        &format!("{RELATIONS}/extended-properties"),
        "docProps/app.xml",
    );
    xml.finish()
}

fn document_relations(body: &Body) -> Vec<u8> {
    let mut xml = Xml::new("Relationships", &[("xmlns", PACKAGE)]);
    for (id, kind, target) in [
        ("rIdStyles", "styles", "styles.xml"),
        ("rIdNumbering", "numbering", "numbering.xml"),
        ("rIdSettings", "settings", "settings.xml"),
        ("rIdFonts", "fontTable", "fontTable.xml"),
        (frame::HEADER_ID, "header", "header1.xml"),
        (frame::FOOTER_ID, "footer", "footer1.xml"),
    ] {
        relation(&mut xml, id, &format!("{RELATIONS}/{kind}"), target);
    }
    for (index, (target, _)) in body.media.iter().enumerate() {
        relation(
            &mut xml,
            &body::picture_id(index),
            &format!("{RELATIONS}/image"),
            target,
        );
    }
    for (index, url) in body.links.iter().enumerate() {
        xml.leaf(
            "Relationship",
            &[
                ("Id", &body::link_id(index)),
                ("Type", &format!("{RELATIONS}/hyperlink")),
                ("Target", url),
                ("TargetMode", "External"),
            ],
        );
    }
    xml.finish()
}

fn relation(xml: &mut Xml, id: &str, kind: &str, target: &str) {
    xml.leaf("Relationship", &[("Id", id), ("Type", kind), ("Target", target)]);
}

fn core_properties(document: &Document) -> Vec<u8> {
    let meta = &document.meta;
    let created = meta.created.to_jiff().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut xml = Xml::new(
        "cp:coreProperties",
        &[
            (
                "xmlns:cp",
                "http://schemas.openxmlformats.org/package/2006/metadata/core-properties",
            ),
            ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
            ("xmlns:dcterms", "http://purl.org/dc/terms/"),
            ("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"),
        ],
    );
    xml.text("dc:title", &[], &meta.title);
    if let Some(subtitle) = &meta.subtitle {
        xml.text("dc:subject", &[], subtitle);
    }
    xml.text("dc:creator", &[], &meta.organisation);
    xml.text("dc:language", &[], styles::language_tag(meta.lang));
    if let Some(control) = &document.control {
        let status = match control.state {
            DocumentState::Draft => "Draft",
            DocumentState::Approved => "Final",
        };
        xml.text("dc:identifier", &[], &control.number);
        xml.text("cp:version", &[], &control.version);
        xml.text("cp:contentStatus", &[], status);
        if let Some(tlp) = control.tlp {
            xml.text("cp:keywords", &[], tlp.as_str());
        }
    }
    for name in ["dcterms:created", "dcterms:modified"] {
        xml.text(name, &[("xsi:type", "dcterms:W3CDTF")], &created);
    }
    xml.finish()
}

fn app_properties(document: &Document) -> Vec<u8> {
    let mut xml = Xml::new(
        "Properties",
        &[(
            "xmlns",
            "http://schemas.openxmlformats.org/officeDocument/2006/extended-properties",
        )],
    );
    xml.text("Application", &[], "Matoi");
    xml.text("Company", &[], &document.meta.organisation);
    xml.finish()
}
