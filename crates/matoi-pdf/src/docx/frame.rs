//! What stands around the text: control block, header, footer, draft mark.

use matoi_types::{Lang, Tlp};

use super::styles::{EDGE, SUNKEN, TEXT_WIDTH, border, shade};
use super::xml::Xml;
use crate::model::{Control, ControlDetail, Document, DocumentState, Signature};
use crate::words::{self, Word};

/// Relationship of the header.
pub(super) const HEADER_ID: &str = "rIdHeader";
/// Relationship of the footer.
pub(super) const FOOTER_ID: &str = "rIdFooter";

/// Width of one box for a signature.
const SIGNATURE_WIDTH: u32 = 1474;
/// Width of the labels.
const LABEL_WIDTH: u32 = 1380;

pub(super) fn header(document: &Document) -> Vec<u8> {
    let mut xml = Xml::new("w:hdr", super::NAMESPACES);
    let control = document.control.as_ref();
    xml.within("w:p", &[], |xml| {
        xml.within("w:pPr", &[], |xml| {
            xml.value("w:pStyle", "Header");
            xml.within("w:pBdr", &[], |xml| border(xml, "w:bottom", 4, EDGE, 4));
            tabs(xml, &[("right", TEXT_WIDTH)]);
        });
        text(xml, &document.meta.organisation);
        if let Some(tlp) = control.and_then(|control| control.tlp) {
            tab(xml);
            label(xml, tlp, 24);
        }
        if control.is_some_and(|control| control.state == DocumentState::Draft) {
            draft_mark(xml, document.meta.lang);
        }
    });
    xml.finish()
}

pub(super) fn footer(document: &Document) -> Vec<u8> {
    let mut xml = Xml::new("w:ftr", super::NAMESPACES);
    let lang = document.meta.lang;
    let control = document.control.as_ref();
    xml.within("w:p", &[], |xml| {
        xml.within("w:pPr", &[], |xml| {
            xml.value("w:pStyle", "Footer");
            xml.within("w:pBdr", &[], |xml| border(xml, "w:top", 4, EDGE, 4));
            tabs(xml, &[("center", TEXT_WIDTH / 2), ("right", TEXT_WIDTH)]);
        });
        if let Some(control) = control {
            text(
                xml,
                &words::document_line(lang, &control.number, &control.version),
            );
        }
        tab(xml);
        let (before, between) = match lang {
            Lang::Ja => ("ページ ", " / "),
            Lang::En => ("Page ", " of "),
        };
        text(xml, before);
        field(xml, "PAGE");
        text(xml, between);
        field(xml, "NUMPAGES");
        if let Some(tlp) = control.and_then(|control| control.tlp) {
            tab(xml);
            label(xml, tlp, 24);
        }
    });
    if let Some(classification) = control.and_then(|control| control.classification.as_ref()) {
        xml.within("w:p", &[], |xml| {
            xml.within("w:pPr", &[], |xml| xml.value("w:pStyle", "Footer"));
            text(xml, classification);
        });
    }
    xml.finish()
}

/// The control block as a table before the title.
pub(super) fn control_block(xml: &mut Xml, control: &Control, lang: Lang) {
    match control.detail {
        ControlDetail::Full => full_block(xml, control, lang),
        ControlDetail::Public => public_block(xml, control, lang),
    }
}

fn full_block(xml: &mut Xml, control: &Control, lang: Lang) {
    let unset = || "—".to_owned();
    let state = words::state(lang, control.state);
    let version = match lang {
        Lang::Ja => format!("{}（{state}）", control.version),
        Lang::En => format!("{} ({state})", control.version),
    };
    let rows = [
        (Word::DocumentNumber, control.number.clone()),
        (Word::Version, version),
        (
            Word::Classification,
            control.classification.clone().unwrap_or_else(unset),
        ),
        (
            Word::Issued,
            control.issued.map_or_else(unset, |day| words::date(lang, day)),
        ),
    ];
    let signatures = [
        (Word::Approved, &control.approved),
        (Word::Reviewed, &control.reviewed),
        (Word::Prepared, &control.prepared),
    ];
    let value_width = TEXT_WIDTH - LABEL_WIDTH - 3 * SIGNATURE_WIDTH;
    let widths = [
        LABEL_WIDTH,
        value_width,
        SIGNATURE_WIDTH,
        SIGNATURE_WIDTH,
        SIGNATURE_WIDTH,
    ];
    table(xml, &widths, |xml| {
        for (index, (word, value)) in rows.into_iter().enumerate() {
            xml.within("w:tr", &[], |xml| {
                xml.within("w:trPr", &[], |xml| xml.leaf("w:cantSplit", &[]));
                label_cell(xml, words::word(lang, word), LABEL_WIDTH, "left");
                cell(xml, &Place::plain(value_width), |xml| {
                    paragraph(xml, "TableText", "left", &value);
                });
                for (word, who) in &signatures {
                    match index {
                        0 => label_cell(xml, words::word(lang, *word), SIGNATURE_WIDTH, "center"),
                        1 => cell(xml, &Place::merged(SIGNATURE_WIDTH, "restart"), |xml| {
                            signature(xml, who.as_ref(), lang);
                        }),
                        _ => cell(xml, &Place::merged(SIGNATURE_WIDTH, "continue"), |xml| {
                            paragraph(xml, "TableText", "center", "");
                        }),
                    }
                }
            });
        }
        if !control.distribution.is_empty() {
            xml.within("w:tr", &[], |xml| {
                label_cell(xml, words::word(lang, Word::Distribution), LABEL_WIDTH, "left");
                let place = Place {
                    span: 4,
                    ..Place::plain(TEXT_WIDTH - LABEL_WIDTH)
                };
                let names = control.distribution.join(words::list_comma(lang));
                cell(xml, &place, |xml| paragraph(xml, "TableText", "left", &names));
            });
        }
    });
}

fn public_block(xml: &mut Xml, control: &Control, lang: Lang) {
    let mut pairs = vec![
        (Word::DocumentNumber, control.number.clone(), 2400),
        (Word::Version, control.version.clone(), 800),
    ];
    if let Some(day) = control.issued {
        pairs.push((Word::Issued, words::date(lang, day), 2072));
    }
    let widths: Vec<u32> = pairs
        .iter()
        .flat_map(|(_, _, width)| [LABEL_WIDTH, *width])
        .collect();
    table(xml, &widths, |xml| {
        xml.within("w:tr", &[], |xml| {
            for (word, value, width) in &pairs {
                label_cell(xml, words::word(lang, *word), LABEL_WIDTH, "left");
                cell(xml, &Place::plain(*width), |xml| {
                    paragraph(xml, "TableText", "left", value);
                });
            }
        });
    });
}

fn signature(xml: &mut Xml, who: Option<&Signature>, lang: Lang) {
    let Some(who) = who else {
        paragraph(xml, "TableText", "center", "—");
        return;
    };
    let mut lines: Vec<(String, bool)> = Vec::new();
    lines.extend(who.role.clone().map(|role| (role, false)));
    lines.push((who.name.clone(), true));
    if who.deputy {
        lines.push((words::deputy_mark(lang).trim().to_owned(), false));
    }
    lines.extend(who.on.map(|day| (words::short_date(lang, day), false)));
    xml.within("w:p", &[], |xml| {
        xml.within("w:pPr", &[], |xml| {
            xml.value("w:pStyle", "TableText");
            xml.value("w:jc", "center");
        });
        for (index, (line, strong)) in lines.iter().enumerate() {
            xml.within("w:r", &[], |xml| {
                xml.within("w:rPr", &[], |xml| {
                    if *strong {
                        xml.leaf("w:b", &[]);
                        xml.leaf("w:bCs", &[]);
                    } else {
                        xml.value("w:sz", 14);
                        xml.value("w:szCs", 14);
                    }
                });
                if index > 0 {
                    xml.leaf("w:br", &[]);
                }
                xml.text("w:t", &[("xml:space", "preserve")], line);
            });
        }
    });
}

fn table(xml: &mut Xml, widths: &[u32], rows: impl FnOnce(&mut Xml)) {
    xml.within("w:tbl", &[], |xml| {
        xml.within("w:tblPr", &[], |xml| {
            xml.value("w:tblStyle", "Control");
            xml.leaf(
                "w:tblW",
                &[
                    ("w:w", &widths.iter().sum::<u32>().to_string()),
                    ("w:type", "dxa"),
                ],
            );
            xml.leaf("w:tblLayout", &[("w:type", "fixed")]);
        });
        xml.within("w:tblGrid", &[], |xml| {
            for width in widths {
                xml.leaf("w:gridCol", &[("w:w", &width.to_string())]);
            }
        });
        rows(xml);
    });
}

/// How a cell stands in its table.
struct Place {
    width: u32,
    span: u32,
    merge: Option<&'static str>,
    fill: Option<&'static str>,
}

impl Place {
    const fn plain(width: u32) -> Self {
        Self {
            width,
            span: 1,
            merge: None,
            fill: None,
        }
    }

    const fn merged(width: u32, merge: &'static str) -> Self {
        Self {
            merge: Some(merge),
            ..Self::plain(width)
        }
    }
}

fn cell(xml: &mut Xml, place: &Place, content: impl FnOnce(&mut Xml)) {
    xml.within("w:tc", &[], |xml| {
        xml.within("w:tcPr", &[], |xml| {
            xml.leaf("w:tcW", &[("w:w", &place.width.to_string()), ("w:type", "dxa")]);
            if place.span > 1 {
                xml.value("w:gridSpan", place.span);
            }
            if let Some(merge) = place.merge {
                xml.value("w:vMerge", merge);
            }
            if let Some(fill) = place.fill {
                shade(xml, fill);
            }
            xml.value("w:vAlign", "center");
        });
        content(xml);
    });
}

fn label_cell(xml: &mut Xml, word: &str, width: u32, align: &str) {
    let place = Place {
        fill: Some(SUNKEN),
        ..Place::plain(width)
    };
    cell(xml, &place, |xml| paragraph(xml, "ControlLabel", align, word));
}

fn paragraph(xml: &mut Xml, style: &str, align: &str, words: &str) {
    xml.within("w:p", &[], |xml| {
        xml.within("w:pPr", &[], |xml| {
            xml.value("w:pStyle", style);
            xml.value("w:jc", align);
        });
        text(xml, words);
    });
}

fn text(xml: &mut Xml, words: &str) {
    if !words.is_empty() {
        xml.within("w:r", &[], |xml| {
            xml.text("w:t", &[("xml:space", "preserve")], words);
        });
    }
}

fn tab(xml: &mut Xml) {
    xml.within("w:r", &[], |xml| xml.leaf("w:tab", &[]));
}

fn tabs(xml: &mut Xml, stops: &[(&str, u32)]) {
    xml.within("w:tabs", &[], |xml| {
        for (kind, place) in stops {
            xml.leaf("w:tab", &[("w:val", kind), ("w:pos", &place.to_string())]);
        }
    });
}

fn field(xml: &mut Xml, instruction: &str) {
    xml.within("w:fldSimple", &[("w:instr", instruction)], |xml| text(xml, "1"));
}

/// A TLP label in its colour on black.
pub(super) fn label(xml: &mut Xml, tlp: Tlp, half_points: u32) {
    xml.within("w:r", &[], |xml| {
        xml.within("w:rPr", &[], |xml| {
            xml.leaf("w:b", &[]);
            xml.leaf("w:bCs", &[]);
            xml.value("w:color", words::tlp_colour(tlp).trim_start_matches('#'));
            xml.value("w:sz", half_points);
            xml.value("w:szCs", half_points);
            shade(xml, "000000");
        });
        xml.text("w:t", &[("xml:space", "preserve")], &format!("\u{a0}{tlp}\u{a0}"));
    });
}

/// The mark across every page of a draft: the shape that Word itself makes for a watermark (VML, text path).
fn draft_mark(xml: &mut Xml, lang: Lang) {
    let (width, height) = match lang {
        Lang::Ja => ("330pt", "160pt"),
        Lang::En => ("440pt", "105pt"),
    };
    let style = format!(
        "position:absolute;margin-left:0;margin-top:0;width:{width};height:{height};rotation:328;z-index:-251658752;\
         mso-position-horizontal:center;mso-position-horizontal-relative:margin;\
         mso-position-vertical:center;mso-position-vertical-relative:margin"
    );
    xml.within("w:r", &[], |xml| {
        xml.within("w:rPr", &[], |xml| xml.leaf("w:noProof", &[]));
        xml.within("w:pict", &[], |xml| {
            xml.within(
                "v:shapetype",
                &[
                    ("id", "_x0000_t136"),
                    ("coordsize", "21600,21600"),
                    ("o:spt", "136"),
                    ("adj", "10800"),
                    ("path", "m@7,l@8,m@5,21600l@6,21600e"),
                ],
                |xml| {
                    xml.within("v:formulas", &[], |xml| {
                        for equation in [
                            "sum #0 0 10800",
                            "prod #0 2 1",
                            "sum 21600 0 @1",
                            "sum 0 0 @2",
                            "sum 21600 0 @3",
                            "if @0 @3 0",
                            "if @0 21600 @1",
                            "if @0 0 @2",
                            "if @0 @4 21600",
                        ] {
                            xml.leaf("v:f", &[("eqn", equation)]);
                        }
                    });
                    xml.leaf("v:path", &[("textpathok", "t"), ("o:connecttype", "rect")]);
                    xml.leaf("v:textpath", &[("on", "t"), ("fitshape", "t")]);
                },
            );
            xml.within(
                "v:shape",
                &[
                    ("id", "MatoiDraft"),
                    ("o:spid", "_x0000_s2049"),
                    ("type", "#_x0000_t136"),
                    ("alt", words::word(lang, Word::Draft)),
                    ("style", &style),
                    ("o:allowincell", "f"),
                    ("fillcolor", "#c8ced4"),
                    ("stroked", "f"),
                ],
                |xml| {
                    xml.leaf("v:fill", &[("opacity", ".5")]);
                    xml.leaf(
                        "v:textpath",
                        &[
                            (
                                "style",
                                "font-family:\"Noto Sans JP\";font-size:1pt;font-weight:bold",
                            ),
                            ("string", words::word(lang, Word::Draft)),
                        ],
                    );
                },
            );
        });
    });
}
