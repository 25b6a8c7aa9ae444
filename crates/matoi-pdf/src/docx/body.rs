//! The text of a Word file.

use std::collections::BTreeMap;

use super::frame::{self, FOOTER_ID, HEADER_ID};
use super::styles::{self, BULLETS, FIRST_ORDERED, OrderedList, TEXT_WIDTH, border};
use super::xml::Xml;
use crate::model::{Block, Document, Inline};
use crate::picture::Info;
use matoi_types::Lang;

/// English Metric Units in a pixel at 96 dots per inch, and in a twentieth of a point.
const EMU_PER_PIXEL: u64 = 9525;
const EMU_PER_TWIP: u64 = 635;
/// The tallest picture, so that it fits a page with its caption.
const TALLEST_PICTURE: u64 = 7_500_000;

/// `document.xml` and what it refers to.
pub(super) struct Body {
    pub(super) xml: Vec<u8>,
    pub(super) ordered_lists: Vec<OrderedList>,
    pub(super) links: Vec<String>,
    /// Path under `word/` and name of each picture.
    pub(super) media: Vec<(String, String)>,
}

/// Relationship of a picture.
pub(super) fn picture_id(index: usize) -> String {
    format!("rIdPicture{index}")
}

/// Relationship of a link.
pub(super) fn link_id(index: usize) -> String {
    format!("rIdLink{index}")
}

impl Body {
    pub(super) fn of(document: &Document, pictures: &BTreeMap<String, Info>) -> Self {
        let mut writer = Writer {
            xml: Xml::new("w:document", super::NAMESPACES),
            lang: document.meta.lang,
            pictures,
            ordered_lists: Vec::new(),
            links: Vec::new(),
            drawings: 0,
        };
        writer.xml.open("w:body", &[]);
        writer.front(document);
        writer.blocks(&document.blocks, Place::default());
        writer.section();
        Self {
            xml: writer.xml.finish(),
            ordered_lists: writer.ordered_lists,
            links: writer.links,
            media: pictures
                .iter()
                .enumerate()
                .map(|(index, (name, info))| {
                    (format!("media/picture{index}.{}", info.extension), name.clone())
                })
                .collect(),
        }
    }
}

/// Where a block stands.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    /// Left edge in twentieths of a point.
    pub(super) indent: usize,
    /// How many lists it is in.
    pub(super) lists: usize,
    /// The number or bullet that its first paragraph carries.
    pub(super) number: Option<usize>,
    /// Whether it stays on the page of what follows.
    pub(super) keep: bool,
}

/// How a run of text looks.
#[derive(Clone, Copy, Default)]
struct Dress {
    strong: bool,
    emphasis: bool,
    strike: bool,
    link: bool,
}

pub(super) struct Writer<'w> {
    pub(super) xml: Xml,
    pub(super) lang: Lang,
    pictures: &'w BTreeMap<String, Info>,
    ordered_lists: Vec<OrderedList>,
    links: Vec<String>,
    drawings: usize,
}

impl Writer<'_> {
    fn front(&mut self, document: &Document) {
        if let Some(control) = &document.control {
            frame::control_block(&mut self.xml, control, self.lang);
            self.gap();
        }
        self.simple("Title", &document.meta.title);
        if let Some(subtitle) = &document.meta.subtitle {
            self.simple("Subtitle", subtitle);
        }
        self.simple("Subtitle", &document.meta.organisation);
        if !matches!(document.blocks.first(), Some(Block::Heading { .. })) {
            self.gap();
        }
    }

    fn section(&mut self) {
        self.xml.within("w:sectPr", &[], |xml| {
            xml.leaf("w:headerReference", &[("w:type", "default"), ("r:id", HEADER_ID)]);
            xml.leaf("w:footerReference", &[("w:type", "default"), ("r:id", FOOTER_ID)]);
            xml.leaf("w:pgSz", &[("w:w", "11906"), ("w:h", "16838")]);
            xml.leaf(
                "w:pgMar",
                &[
                    ("w:top", "1644"),
                    ("w:right", "1247"),
                    ("w:bottom", "1531"),
                    ("w:left", "1247"),
                    ("w:header", "720"),
                    ("w:footer", "620"),
                    ("w:gutter", "0"),
                ],
            );
        });
    }

    fn simple(&mut self, style: &str, text: &str) {
        self.paragraph(style, Place::default(), None, &[Inline::text(text)]);
    }

    /// A low paragraph that keeps what stands before and after it apart.
    pub(super) fn gap(&mut self) {
        self.xml.within("w:p", &[], |xml| {
            xml.within("w:pPr", &[], |xml| xml.value("w:pStyle", "TableGap"));
        });
    }

    pub(super) fn blocks(&mut self, blocks: &[Block], place: Place) {
        let mut place = place;
        let mut after_list = false;
        for block in blocks {
            let set_off = matches!(
                block,
                Block::Table(_) | Block::KeyValues { .. } | Block::Callout { .. } | Block::Code { .. }
            );
            if after_list && set_off {
                self.gap();
            }
            after_list = matches!(block, Block::List { .. });
            // A number that no paragraph took yet must not be lost.
            if place.number.is_some() && !matches!(block, Block::Paragraph { .. }) {
                self.paragraph("ListParagraph", place, None, &[]);
                place.number = None;
            }
            self.block(block, place);
            place.number = None;
        }
    }

    fn block(&mut self, block: &Block, place: Place) {
        match block {
            Block::Heading { level, text, .. } => {
                self.paragraph(&format!("Heading{level}"), Place::default(), None, text);
            }
            Block::Paragraph { text } => {
                let style = if place.lists > 0 {
                    "ListParagraph"
                } else {
                    "Normal"
                };
                let closing = self.lang == Lang::Ja && *text == [Inline::text("以上")];
                self.paragraph(style, place, closing.then_some("right"), text);
            }
            Block::List { start, items } => self.list(*start, items, place),
            Block::Table(table) => self.table(table),
            Block::KeyValues { rows, widths } => self.key_values(rows, widths),
            Block::Callout { tone, blocks } => self.callout(*tone, blocks),
            Block::Code { text } => {
                for line in text.split('\n') {
                    self.paragraph("Code", place, None, &[Inline::text(line)]);
                }
                self.gap();
            }
            Block::Rule => self.xml.within("w:p", &[], |xml| {
                xml.within("w:pPr", &[], |xml| {
                    xml.within("w:pBdr", &[], |xml| border(xml, "w:bottom", 4, styles::EDGE, 1));
                });
            }),
            Block::PageBreak => self.xml.within("w:p", &[], |xml| {
                xml.within("w:r", &[], |xml| xml.leaf("w:br", &[("w:type", "page")]));
            }),
            Block::Image { name, alt } => self.picture(name, alt),
        }
    }

    fn list(&mut self, start: Option<u64>, items: &[Vec<Block>], place: Place) {
        let number = match start {
            None => BULLETS as usize,
            Some(start) => {
                self.ordered_lists.push(OrderedList {
                    level: place.lists,
                    start,
                });
                FIRST_ORDERED as usize + self.ordered_lists.len() - 1
            }
        };
        for item in items {
            let inner = Place {
                indent: styles::list_edge(place.lists),
                lists: place.lists + 1,
                number: Some(number),
                keep: false,
            };
            self.blocks(item, inner);
        }
    }

    pub(super) fn paragraph(&mut self, style: &str, place: Place, align: Option<&str>, text: &[Inline]) {
        self.xml.open("w:p", &[]);
        self.xml.within("w:pPr", &[], |xml| {
            xml.value("w:pStyle", style);
            if place.keep {
                xml.leaf("w:keepNext", &[]);
            }
            if let Some(number) = place.number {
                xml.within("w:numPr", &[], |xml| {
                    xml.value("w:ilvl", place.lists.saturating_sub(1).min(8));
                    xml.value("w:numId", number);
                });
            } else if place.indent > 0 {
                xml.leaf("w:ind", &[("w:left", &place.indent.to_string())]);
            }
            // A line that its author broke must not be stretched to the margin.
            let broken = text.contains(&Inline::Break).then_some("left");
            if let Some(align) = align.or(broken) {
                xml.value("w:jc", align);
            }
        });
        self.inlines(text, Dress::default());
        self.xml.close();
    }

    fn inlines(&mut self, inlines: &[Inline], dress: Dress) {
        for inline in inlines {
            match inline {
                Inline::Text { text } => self.run(text, dress, false),
                Inline::Code { text } => self.run(text, dress, true),
                Inline::Strong { content } => self.inlines(
                    content,
                    Dress {
                        strong: true,
                        ..dress
                    },
                ),
                Inline::Emphasis { content } => self.inlines(
                    content,
                    Dress {
                        emphasis: true,
                        ..dress
                    },
                ),
                Inline::Strike { content } => self.inlines(
                    content,
                    Dress {
                        strike: true,
                        ..dress
                    },
                ),
                Inline::Link { url, content } => {
                    let id = link_id(self.links.len());
                    self.links.push(url.clone());
                    self.xml.open("w:hyperlink", &[("r:id", &id)]);
                    self.inlines(content, Dress { link: true, ..dress });
                    self.xml.close();
                }
                Inline::Tlp { label } => frame::label(&mut self.xml, *label, 16),
                Inline::Break => self.xml.within("w:r", &[], |xml| xml.leaf("w:br", &[])),
            }
        }
    }

    fn run(&mut self, text: &str, dress: Dress, fixed: bool) {
        self.xml.within("w:r", &[], |xml| {
            xml.within("w:rPr", &[], |xml| {
                if fixed {
                    xml.value("w:rStyle", "CodeText");
                } else if dress.link {
                    xml.value("w:rStyle", "Hyperlink");
                }
                if dress.strong {
                    xml.leaf("w:b", &[]);
                    xml.leaf("w:bCs", &[]);
                }
                if dress.strike {
                    xml.leaf("w:strike", &[]);
                }
                // As in the PDF: Japanese faces have no italic.
                if dress.emphasis {
                    xml.value("w:u", "dotted");
                }
            });
            xml.text("w:t", &[("xml:space", "preserve")], text);
        });
    }

    fn picture(&mut self, name: &str, alt: &str) {
        let Some((index, (_, info))) = self
            .pictures
            .iter()
            .enumerate()
            .find(|(_, (key, _))| *key == name)
        else {
            return;
        };
        self.drawings += 1;
        let number = self.drawings.to_string();
        let (width, height) = extent(info);
        let size = [("cx", width.as_str()), ("cy", height.as_str())];
        let id = picture_id(index);
        self.xml.open("w:p", &[]);
        self.xml.within("w:pPr", &[], |xml| xml.value("w:jc", "center"));
        self.xml.within("w:r", &[], |xml| {
            xml.within("w:drawing", &[], |xml| {
                xml.within(
                    "wp:inline",
                    &[("distT", "0"), ("distB", "0"), ("distL", "0"), ("distR", "0")],
                    |xml| {
                        xml.leaf("wp:extent", &size);
                        xml.leaf(
                            "wp:docPr",
                            &[
                                ("id", &number),
                                ("name", &format!("Picture {number}")),
                                ("descr", alt),
                            ],
                        );
                        xml.within("a:graphic", &[], |xml| {
                            let uri = "http://schemas.openxmlformats.org/drawingml/2006/picture";
                            xml.within("a:graphicData", &[("uri", uri)], |xml| {
                                picture_parts(xml, &id, &number, &size);
                            });
                        });
                    },
                );
            });
        });
        self.xml.close();
        if !alt.is_empty() {
            self.paragraph(
                "TableText",
                Place::default(),
                Some("center"),
                &[Inline::text(alt)],
            );
        }
    }
}

fn picture_parts(xml: &mut Xml, id: &str, number: &str, size: super::xml::Attributes<'_>) {
    xml.within("pic:pic", &[], |xml| {
        xml.within("pic:nvPicPr", &[], |xml| {
            xml.leaf(
                "pic:cNvPr",
                &[("id", number), ("name", &format!("Picture {number}"))],
            );
            xml.leaf("pic:cNvPicPr", &[]);
        });
        xml.within("pic:blipFill", &[], |xml| {
            xml.leaf("a:blip", &[("r:embed", id)]);
            xml.within("a:stretch", &[], |xml| xml.leaf("a:fillRect", &[]));
        });
        xml.within("pic:spPr", &[], |xml| {
            xml.within("a:xfrm", &[], |xml| {
                xml.leaf("a:off", &[("x", "0"), ("y", "0")]);
                xml.leaf("a:ext", size);
            });
            xml.within("a:prstGeom", &[("prst", "rect")], |xml| xml.leaf("a:avLst", &[]));
        });
    });
}

/// The size of a picture on paper: as on a screen, but no larger than the text.
fn extent(info: &Info) -> (String, String) {
    let (width, height) = (
        u64::from(info.width) * EMU_PER_PIXEL,
        u64::from(info.height) * EMU_PER_PIXEL,
    );
    let widest = u64::from(TEXT_WIDTH) * EMU_PER_TWIP;
    let (width, height) = if width > widest {
        (widest, height * widest / width)
    } else {
        (width, height)
    };
    let (width, height) = if height > TALLEST_PICTURE {
        (width * TALLEST_PICTURE / height, TALLEST_PICTURE)
    } else {
        (width, height)
    };
    (width.max(1).to_string(), height.max(1).to_string())
}
