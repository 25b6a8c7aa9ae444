//! Styles, numbering, settings and fonts of a Word file.

use matoi_types::Lang;

use super::xml::Xml;

/// Width of the text in twentieths of a point: A4 less two margins of 22 mm.
pub(super) const TEXT_WIDTH: u32 = 9412;
/// The face of the text. Where it is missing, the font table names the one that every Word has.
const FACE: &str = "Noto Sans JP";
const FACE_ELSEWHERE: &str = "Yu Gothic";
const FIXED_FACE: &str = "Consolas";

pub(super) const INK: &str = "131A21";
pub(super) const INK_2: &str = "44505C";
pub(super) const BEAM: &str = "1C2733";
pub(super) const EDGE: &str = "7B8793";
pub(super) const LINE: &str = "CFD6DC";
pub(super) const SUNKEN: &str = "F1F4F6";
const INDIGO: &str = "1B4F80";

/// `w:numId` of the headings.
const HEADINGS: u32 = 1;
/// `w:numId` of bullets.
pub(super) const BULLETS: u32 = 2;
/// `w:numId` of the first ordered list; each list has its own, so that each begins anew.
pub(super) const FIRST_ORDERED: u32 = 3;

const MAIN: super::xml::Attributes<'static> = &[(
    "xmlns:w",
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
)];

/// An ordered list: the level it stands on and its first number.
pub(super) struct OrderedList {
    pub(super) level: usize,
    pub(super) start: u64,
}

/// The BCP 47 tag with region, as Word wants it.
pub(super) const fn language_tag(lang: Lang) -> &'static str {
    match lang {
        Lang::Ja => "ja-JP",
        Lang::En => "en-GB",
    }
}

pub(super) fn styles(lang: Lang) -> Vec<u8> {
    let mut xml = Xml::new("w:styles", MAIN);
    xml.within("w:docDefaults", &[], |xml| {
        xml.within("w:rPrDefault", &[], |xml| {
            xml.within("w:rPr", &[], |xml| {
                fonts(xml, FACE);
                xml.value("w:color", INK);
                xml.value("w:sz", 20);
                xml.value("w:szCs", 20);
                let latin = if lang == Lang::Ja {
                    "en-US"
                } else {
                    language_tag(lang)
                };
                xml.leaf(
                    "w:lang",
                    &[("w:val", latin), ("w:eastAsia", "ja-JP"), ("w:bidi", "ar-SA")],
                );
            });
        });
        xml.within("w:pPrDefault", &[], |xml| {
            xml.within("w:pPr", &[], |xml| {
                // As in the PDF: no extra space between kanji and digits.
                xml.value("w:autoSpaceDE", 0);
                xml.value("w:autoSpaceDN", 0);
                spacing(xml, 0, 120, 340);
            });
        });
    });
    let justified = if lang == Lang::Ja { "both" } else { "left" };
    let normal = Style::paragraph("Normal", "Normal").default();
    normal.write(
        &mut xml,
        |xml| {
            // Said here again, because LibreOffice does not look at the defaults for it.
            xml.value("w:autoSpaceDE", 0);
            xml.value("w:autoSpaceDN", 0);
            xml.value("w:jc", justified);
        },
        |_| {},
    );
    Style::paragraph("Title", "Title").next("Subtitle").write(
        &mut xml,
        |xml| {
            spacing(xml, 360, 120, 480);
            xml.value("w:jc", "left");
        },
        |xml| run(xml, true, None, 36),
    );
    Style::paragraph("Subtitle", "Subtitle").next("Normal").write(
        &mut xml,
        |xml| {
            spacing(xml, 0, 80, 320);
            xml.value("w:jc", "left");
        },
        |xml| run(xml, false, Some(INK_2), 22),
    );
    heading_styles(&mut xml);
    Style::paragraph("ListParagraph", "List Paragraph").write(
        &mut xml,
        |xml| spacing(xml, 0, 60, 340),
        |_| {},
    );
    table_text_styles(&mut xml);
    Style::paragraph("Code", "Code").write(
        &mut xml,
        |xml| {
            shade(xml, SUNKEN);
            spacing(xml, 0, 0, 260);
            xml.leaf("w:ind", &[("w:left", "120"), ("w:right", "120")]);
            xml.value("w:jc", "left");
        },
        |xml| fixed(xml, 17),
    );
    for (id, name) in [("Header", "header"), ("Footer", "footer")] {
        Style::paragraph(id, name).write(
            &mut xml,
            |xml| {
                spacing(xml, 0, 0, 260);
                xml.value("w:jc", "left");
            },
            |xml| run(xml, false, Some(INK_2), 16),
        );
    }
    character_styles(&mut xml);
    table_styles(&mut xml);
    xml.finish()
}

fn heading_styles(xml: &mut Xml) {
    for (level, size, before, after) in [
        (1_u32, 25, 440, 200),
        (2, 22, 320, 140),
        (3, 20, 260, 120),
        (4, 19, 220, 100),
    ] {
        let id = format!("Heading{level}");
        let name = format!("heading {level}");
        Style::paragraph(&id, &name).next("Normal").write(
            xml,
            |xml| {
                xml.leaf("w:keepNext", &[]);
                xml.leaf("w:keepLines", &[]);
                if level <= 3 {
                    xml.within("w:numPr", &[], |xml| {
                        xml.value("w:ilvl", level - 1);
                        xml.value("w:numId", HEADINGS);
                    });
                }
                if level == 1 {
                    xml.within("w:pBdr", &[], |xml| border(xml, "w:bottom", 8, BEAM, 4));
                }
                spacing(xml, before, after, 320);
                xml.value("w:jc", "left");
                if level <= 3 {
                    xml.value("w:outlineLvl", level - 1);
                }
            },
            |xml| run(xml, true, (level == 4).then_some(INK_2), size),
        );
    }
}

fn table_text_styles(xml: &mut Xml) {
    let cell = |xml: &mut Xml| {
        spacing(xml, 48, 48, 250);
        xml.value("w:jc", "left");
    };
    Style::paragraph("TableText", "Table Text").write(xml, cell, |xml| run(xml, false, None, 17));
    Style::paragraph("TableHeading", "Table Heading")
        .based("TableText")
        .write(
            xml,
            |xml| {
                xml.leaf("w:keepNext", &[]);
                cell(xml);
            },
            |xml| run(xml, true, Some(INK_2), 17),
        );
    Style::paragraph("TableLabel", "Table Label")
        .based("TableText")
        .write(xml, cell, |xml| {
            run(xml, true, Some(INK_2), 17);
        });
    Style::paragraph("ControlLabel", "Control Label")
        .based("TableText")
        .write(xml, cell, |xml| {
            run(xml, true, Some(INK_2), 15);
        });
    // Word joins tables that follow each other; this keeps them apart.
    Style::paragraph("TableGap", "Table Gap").write(
        xml,
        |xml| {
            xml.leaf(
                "w:spacing",
                &[
                    ("w:before", "0"),
                    ("w:after", "0"),
                    ("w:line", "200"),
                    ("w:lineRule", "exact"),
                ],
            );
        },
        |xml| run(xml, false, None, 8),
    );
}

fn character_styles(xml: &mut Xml) {
    xml.within(
        "w:style",
        &[
            ("w:type", "character"),
            ("w:styleId", "CodeText"),
            ("w:customStyle", "1"),
        ],
        |xml| {
            xml.value("w:name", "Code Text");
            xml.within("w:rPr", &[], |xml| {
                fixed_fonts(xml);
                shade(xml, SUNKEN);
            });
        },
    );
    xml.within(
        "w:style",
        &[("w:type", "character"), ("w:styleId", "Hyperlink")],
        |xml| {
            xml.value("w:name", "Hyperlink");
            xml.within("w:rPr", &[], |xml| {
                xml.value("w:color", INDIGO);
                xml.value("w:u", "single");
            });
        },
    );
}

fn table_styles(xml: &mut Xml) {
    let margins = |xml: &mut Xml| {
        xml.within("w:tblCellMar", &[], |xml| {
            for side in ["w:left", "w:right"] {
                xml.leaf(side, &[("w:w", "113"), ("w:type", "dxa")]);
            }
        });
    };
    xml.within(
        "w:style",
        &[
            ("w:type", "table"),
            ("w:styleId", "Report"),
            ("w:customStyle", "1"),
        ],
        |xml| {
            xml.value("w:name", "Report");
            xml.within("w:tblPr", &[], |xml| {
                xml.within("w:tblBorders", &[], |xml| {
                    border(xml, "w:top", 8, BEAM, 0);
                    border(xml, "w:bottom", 4, EDGE, 0);
                    border(xml, "w:insideH", 4, LINE, 0);
                });
                margins(xml);
            });
        },
    );
    xml.within(
        "w:style",
        &[
            ("w:type", "table"),
            ("w:styleId", "Control"),
            ("w:customStyle", "1"),
        ],
        |xml| {
            xml.value("w:name", "Control");
            xml.within("w:tblPr", &[], |xml| {
                xml.within("w:tblBorders", &[], |xml| {
                    for side in ["w:top", "w:left", "w:bottom", "w:right", "w:insideH", "w:insideV"] {
                        border(xml, side, 4, EDGE, 0);
                    }
                });
                margins(xml);
            });
        },
    );
}

pub(super) fn numbering(lists: &[OrderedList]) -> Vec<u8> {
    let mut xml = Xml::new("w:numbering", MAIN);
    abstract_numbering(&mut xml, 0, |xml, level| {
        let text: Vec<String> = (1..=level + 1).map(|n| format!("%{n}")).collect();
        xml.value("w:start", 1);
        xml.value("w:numFmt", "decimal");
        if level < 3 {
            xml.value("w:pStyle", format!("Heading{}", level + 1));
        }
        xml.value("w:lvlText", text.join("."));
        xml.value("w:lvlJc", "left");
        let indent = (480 + 140 * level).to_string();
        xml.within("w:pPr", &[], |xml| {
            xml.leaf("w:ind", &[("w:left", &indent), ("w:hanging", &indent)]);
        });
    });
    abstract_numbering(&mut xml, 1, |xml, level| {
        xml.value("w:start", 1);
        xml.value("w:numFmt", "bullet");
        xml.value("w:lvlText", if level % 2 == 0 { "•" } else { "–" });
        xml.value("w:lvlJc", "left");
        list_indent(xml, level);
    });
    abstract_numbering(&mut xml, 2, |xml, level| {
        xml.value("w:start", 1);
        xml.value("w:numFmt", "decimal");
        xml.value("w:lvlText", format!("%{}.", level + 1));
        xml.value("w:lvlJc", "left");
        list_indent(xml, level);
    });
    for (id, source) in [(HEADINGS, 0), (BULLETS, 1)] {
        xml.within("w:num", &[("w:numId", &id.to_string())], |xml| {
            xml.value("w:abstractNumId", source);
        });
    }
    for (index, list) in lists.iter().enumerate() {
        let id = FIRST_ORDERED as usize + index;
        xml.within("w:num", &[("w:numId", &id.to_string())], |xml| {
            xml.value("w:abstractNumId", 2);
            xml.within(
                "w:lvlOverride",
                &[("w:ilvl", &list.level.min(8).to_string())],
                |xml| {
                    xml.value("w:startOverride", list.start);
                },
            );
        });
    }
    xml.finish()
}

fn abstract_numbering(xml: &mut Xml, id: u32, level: impl Fn(&mut Xml, usize)) {
    xml.within("w:abstractNum", &[("w:abstractNumId", &id.to_string())], |xml| {
        xml.value("w:multiLevelType", "multilevel");
        for index in 0..9 {
            xml.within("w:lvl", &[("w:ilvl", &index.to_string())], |xml| {
                level(xml, index);
            });
        }
    });
}

/// Left edge of the text of a list item.
pub(super) const fn list_edge(level: usize) -> usize {
    320 * (level + 1)
}

fn list_indent(xml: &mut Xml, level: usize) {
    let left = list_edge(level).to_string();
    xml.within("w:pPr", &[], |xml| {
        xml.leaf("w:ind", &[("w:left", &left), ("w:hanging", "280")]);
    });
}

pub(super) fn settings(lang: Lang) -> Vec<u8> {
    let mut xml = Xml::new("w:settings", MAIN);
    xml.leaf("w:zoom", &[("w:percent", "100")]);
    xml.value("w:defaultTabStop", 720);
    xml.value("w:characterSpacingControl", "compressPunctuation");
    xml.within("w:compat", &[], |xml| {
        xml.leaf(
            "w:compatSetting",
            &[
                ("w:name", "compatibilityMode"),
                ("w:uri", "http://schemas.microsoft.com/office/word"),
                ("w:val", "15"),
            ],
        );
    });
    xml.leaf(
        "w:themeFontLang",
        &[("w:val", language_tag(lang)), ("w:eastAsia", "ja-JP")],
    );
    xml.finish()
}

pub(super) fn font_table() -> Vec<u8> {
    let mut xml = Xml::new("w:fonts", MAIN);
    xml.within("w:font", &[("w:name", FACE)], |xml| {
        xml.value("w:altName", FACE_ELSEWHERE);
        xml.value("w:charset", 80);
        xml.value("w:family", "swiss");
        xml.value("w:pitch", "variable");
    });
    xml.within("w:font", &[("w:name", FIXED_FACE)], |xml| {
        xml.value("w:charset", "00");
        xml.value("w:family", "modern");
        xml.value("w:pitch", "fixed");
    });
    xml.finish()
}

/// Font names for all scripts; the East Asian one is what Japanese is set in.
fn fonts(xml: &mut Xml, face: &str) {
    xml.leaf(
        "w:rFonts",
        &[
            ("w:ascii", face),
            ("w:hAnsi", face),
            ("w:eastAsia", FACE),
            ("w:cs", face),
        ],
    );
}

pub(super) fn fixed_fonts(xml: &mut Xml) {
    fonts(xml, FIXED_FACE);
}

fn fixed(xml: &mut Xml, half_points: u32) {
    fixed_fonts(xml);
    sizes(xml, half_points);
}

fn run(xml: &mut Xml, bold: bool, colour: Option<&str>, half_points: u32) {
    if bold {
        xml.leaf("w:b", &[]);
        xml.leaf("w:bCs", &[]);
    }
    if let Some(colour) = colour {
        xml.value("w:color", colour);
    }
    sizes(xml, half_points);
}

fn sizes(xml: &mut Xml, half_points: u32) {
    xml.value("w:sz", half_points);
    xml.value("w:szCs", half_points);
}

fn spacing(xml: &mut Xml, before: u32, after: u32, line: u32) {
    xml.leaf(
        "w:spacing",
        &[
            ("w:before", &before.to_string()),
            ("w:after", &after.to_string()),
            ("w:line", &line.to_string()),
            ("w:lineRule", "atLeast"),
        ],
    );
}

pub(super) fn shade(xml: &mut Xml, fill: &str) {
    xml.leaf(
        "w:shd",
        &[("w:val", "clear"), ("w:color", "auto"), ("w:fill", fill)],
    );
}

/// A border; `eighths` of a point thick, `space` points away.
pub(super) fn border(xml: &mut Xml, side: &'static str, eighths: u32, colour: &str, space: u32) {
    xml.leaf(
        side,
        &[
            ("w:val", "single"),
            ("w:sz", &eighths.to_string()),
            ("w:space", &space.to_string()),
            ("w:color", colour),
        ],
    );
}

/// A paragraph style being described.
struct Style<'s> {
    id: &'s str,
    name: &'s str,
    based: Option<&'s str>,
    next: Option<&'s str>,
    default: bool,
}

impl<'s> Style<'s> {
    const fn paragraph(id: &'s str, name: &'s str) -> Self {
        Self {
            id,
            name,
            based: None,
            next: None,
            default: false,
        }
    }

    const fn based(mut self, id: &'s str) -> Self {
        self.based = Some(id);
        self
    }

    const fn next(mut self, id: &'s str) -> Self {
        self.next = Some(id);
        self
    }

    const fn default(mut self) -> Self {
        self.default = true;
        self
    }

    fn write(self, xml: &mut Xml, paragraph: impl FnOnce(&mut Xml), run: impl FnOnce(&mut Xml)) {
        let mut attributes = vec![("w:type", "paragraph"), ("w:styleId", self.id)];
        if self.default {
            attributes.push(("w:default", "1"));
        }
        xml.within("w:style", &attributes, |xml| {
            xml.value("w:name", self.name);
            if !self.default {
                xml.value("w:basedOn", self.based.unwrap_or("Normal"));
            }
            if let Some(next) = self.next {
                xml.value("w:next", next);
            }
            xml.leaf("w:qFormat", &[]);
            xml.within("w:pPr", &[], paragraph);
            xml.within("w:rPr", &[], run);
        });
    }
}
